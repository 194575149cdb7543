"""Students who store what they study on many time scales at once: the multiscale context model."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from zpdgym.errors import unknown
from zpdgym.parameters import Choice, Number, Table

from ..curriculum.curriculum import Curriculum
from ..model import FloatN, FloatNK, State, Traits, matrix
from ..parameters import odds, pack, probability
from ..population import Population
from . import _mcm
from .clock import FORGETS, Clocked

__all__ = ["MCM"]

MATERIALS = {
    "swahili": (0.98, 3.72, 0.937, 0.491),
    "facts": (1.78, 12.85, 0.956, 0.330),
    "objects": (5.14, 1.05, 0.921, 0.967),
}
"""mu (days), nu, omega and xi as fitted to three kinds of material (docs/students/mcm.md says by whom, to what)."""

NEGLIGIBLE = 1e-9  # weight that integrators at the slow end may have together to be left out


class MCM(Clocked, kernels=_mcm):
    """A student whose memory of a fact is a set of stores, some of which leak within days, others hardly ever.

    The multiscale context model (Mozer, Pashler, Cepeda, Lindsey & Vul 2009, *Advances in Neural Information Processing
    Systems* 22) as a cascade of leaky integrators i = 1 … N with time constants tau_i = mu nu^i days and weights
    gamma_i = xi^i / sum. A skill is recalled with P = min(1, s_N), where s_i is the mean of the integrators 1 … i,
    weighted by gamma. A lesson tries to recall, and then, with probability omega, adds ``boost`` (1 - s_i) to
    integrator i if recall succeeded and 1 - s_i if it failed (never less than 0; all s_i from before). What is stored
    already leaves little room: a lesson right after another stores next to nothing. Page: docs/students/mcm.md.

    Args:
        curriculum: what is taught. Prerequisites, difficulty and approach change nothing in memory.
        population: individual differences in ``traits``; None: all students are alike.
        material, mu, …: see ``PARAMETERS``; ``zpdgym list student mcm`` prints them.

    Attributes:
        tau: (n,) time constants of the integrators that are kept (days).
        gamma: (n,) their weights; they sum to 1.

    Raises:
        InputError: an unknown material; parameters out of range, all of them together.

    Example:
        >>> from zpdgym.students import chain
        >>> MCM(chain(1)).tau[:3].round(2).tolist()
        [3.65, 13.56, 50.45]
    """

    TRAITS: ClassVar[Traits] = {"forget": "logarithm of the speed of forgetting", "encode": "logits of omega"}

    PARAMETERS: ClassVar[Table] = {
        "material": Choice(
            "foreign words, obscure facts or names of objects: what mu, nu, omega and xi are, unless they are given",
            options=tuple(MATERIALS),
        ),
        "mu": Number(
            "time constants begin here; none: that of the material", low=1e-6, high=1e6, unit="days", optional=True
        ),
        "nu": Number(
            "factor by which they grow from one integrator to the next; none: that of the material",
            low=1, high=100, why="time constants grow by it", optional=True,
        ),
        "omega": probability("chance that a lesson is encoded; none: that of the material", optional=True),
        "xi": Number(
            "factor by which weights fall from one integrator to the next; none: that of the material",
            low=1e-6, high=1, why="weights fall by it", optional=True,
        ),
        "boost": Number(
            "how much more a lesson stores after successful recall (epsilon_r)",
            low=0, high=1000, why="it multiplies what a lesson stores",
        ),
        "integrators": Number(
            "how many; those at the slow end that weigh less than 1e-9 of all together are left out",
            low=1, high=1000, whole=True, why="it counts integrators",
        ),
    }  # fmt: skip

    invariants = FORGETS | {"consistent_start"}

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        material: str = "swahili",
        mu: float | None = None,
        nu: float | None = None,
        omega: float | None = None,
        xi: float | None = None,
        boost: float = 9.0,
        integrators: int = 100,
    ) -> None:
        if not isinstance(material, str) or material not in MATERIALS:
            raise unknown("material", str(material), MATERIALS)
        values, wrong = self._read(curriculum, population, locals())
        wrong.raise_any()
        given = (values.mu, values.nu, values.omega, values.xi)
        fit = zip(given, MATERIALS[material], strict=True)
        self.mu, self.nu, self.omega, self.xi = (usual if own is None else own for own, usual in fit)
        self.material, self.boost, self.integrators = material, values.boost, values.integrators
        self.tau, self.gamma = self._cascade()
        self._declare()

    def _cascade(self) -> tuple[FloatN, FloatN]:
        """Time constants and weights, without those whose weight is negligible."""
        i = np.arange(1.0, self.integrators + 1.0)
        with np.errstate(over="ignore"):  # a time constant of inf does not leak
            tau, gamma = self.mu * self.nu**i, self.xi**i
        rest = np.append(np.cumsum(gamma[::-1])[::-1][1:], 0.0) / gamma.sum()  # the weight of all slower ones
        kept = int(np.argmax(rest < NEGLIGIBLE)) + 1
        return tau[:kept], gamma[:kept] / gamma[:kept].sum()

    def _declare(self) -> None:
        c, room = self.curriculum, -(-len(self.tau) // 8) * 8
        marks = [(name, np.float64) for name in ("pace", "encode", "clock")]
        stores = [("moment", np.float64, (c.n_skills,)), ("store", np.float64, (c.n_skills, room))]
        self._lay_out(*marks, *stores, draws=0)
        lengths, length = np.unique(c.minutes / 1440.0, return_inverse=True)
        items = [c.minutes / 1440.0, c.minutes, c.asks, length]
        floats, whole = pack(c, [odds(self.omega), self.boost], items, [np.zeros(c.n_skills)])
        more = (0, room - len(self.tau))
        rows = (np.pad(1.0 / self.tau, more), np.pad(self.gamma, more), np.pad(1.0 / self.gamma.cumsum(), more, "edge"))
        self._floats = np.concatenate([floats, lengths, *rows])
        self._ints = np.append(whole, [len(lengths), room])
        self.lesson_draws = 2 * c.item_skills.shape[1]

    def strength(self, state: State) -> FloatNK:
        """s_N of every skill now, which may exceed 1, where recall is certain: (N, K)."""
        out = np.empty((len(state), self.curriculum.n_skills))
        _mcm.strength(matrix(state), np.zeros(len(state)), out, self._floats, self._ints)
        return out
