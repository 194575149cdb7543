"""Students who store what they study on many time scales at once: the multiscale context model."""

from __future__ import annotations

import numpy as np
from zpdgym.errors import Violations, unknown

from ..curriculum.curriculum import EXAMPLE, EXPLANATION, Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, matrix
from ..parameters import number, odds, pack
from ..population import Population
from . import _actr, _mcm

__all__ = ["MCM"]

MATERIALS = {
    "swahili": (0.98, 3.72, 0.937, 0.491),
    "facts": (1.78, 12.85, 0.956, 0.330),
    "objects": (5.14, 1.05, 0.921, 0.967),
}
"""mu (days), nu, omega and xi as fitted to three kinds of material (docs/students/mcm.md says by whom, to what)."""

NEGLIGIBLE = 1e-9  # weight that integrators at the slow end may have together to be left out
MOST_INTEGRATORS = 1000


class MCM:
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
        material: ``swahili`` (foreign words), ``facts`` (obscure facts) or ``objects`` (names of objects): what mu,
            nu, omega and xi are, unless they are given.
        mu: time constants begin here (days).
        nu: and grow by this factor from one integrator to the next.
        omega: probability that a lesson is encoded.
        xi: by which factor weights fall from one integrator to the next.
        boost: how much more a lesson stores after successful recall (epsilon_r).
        integrators: N. Those at the slow end that weigh less than 1e-9 of all together are left out.

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

    traits = ("forget", "encode")
    """Deviates: the logarithm of the speed of forgetting; logits of the probability that a lesson is encoded."""

    discrete = False
    mastered_at = 0.95
    ready_at = 0.5
    rest_draws = 0
    reports: frozenset[str] = frozenset()
    invariants = frozenset(
        {"answer_then_learn", "consistent_start", "elapse_composes", "forgetting_is_monotone"}
        | {"never_improves_untaught"}
    )

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
        wrong = Violations("MCM")
        self.curriculum = curriculum
        self.population = population or Population()
        self.population.check_traits(self.traits, "MCM")
        if material not in MATERIALS:
            raise unknown("material", str(material), MATERIALS)
        given = [fit if own is None else own for own, fit in zip((mu, nu, omega, xi), MATERIALS[material], strict=True)]
        self.material = material
        self.mu = number(given[0], "mu", 1e-6, 1e6, wrong, "it is in days")
        self.nu = number(given[1], "nu", 1.0, 100.0, wrong, "time constants grow by it")
        self.omega = number(given[2], "omega", 0.0, 1.0, wrong, "it is a probability")
        self.xi = number(given[3], "xi", 1e-6, 1.0, wrong, "weights fall by it")
        self.boost = number(boost, "boost", 0.0, 1000.0, wrong, "it multiplies what a lesson stores")
        whole = isinstance(integrators, int) and not isinstance(integrators, bool)
        good = whole and 1 <= integrators <= MOST_INTEGRATORS
        text = f"integrators={integrators!r} must be a whole number in [1, {MOST_INTEGRATORS}]: it counts integrators"
        wrong.unless(good, text)
        wrong.raise_any()
        self.integrators = integrators
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
        self.dtype = np.dtype([("group", np.int64), *marks, *stores])
        self._lengths, length = np.unique(c.minutes / 1440.0, return_inverse=True)
        asks = (c.approach != EXAMPLE) & (c.approach != EXPLANATION)
        items = [c.minutes / 1440.0, c.minutes, asks, length]
        floats, whole = pack(c, [odds(self.omega), self.boost], items, [np.zeros(c.n_skills)])
        more = (0, room - len(self.tau))
        rows = (np.pad(1.0 / self.tau, more), np.pad(self.gamma, more), np.pad(1.0 / self.gamma.cumsum(), more, "edge"))
        self._floats, self._ints = np.concatenate([floats, *rows]), np.append(whole, room)
        self.reset_draws = self.population.draws(self.traits)
        self.lesson_draws = 2 * c.item_skills.shape[1]

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students, who have studied nothing yet: recall is 0."""
        group, deviates = self.population.sample(u, self.traits)
        _mcm.reset(matrix(state), rows, deviates, self.dtype.itemsize // 8)
        state["group"][rows] = group

    def p_all(self, state: State) -> FloatNM:
        """Probability of recalling all skills of every item; of items that ask for no answer, if they asked."""
        return self._answers(self.mastery(state))

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each."""
        out = np.empty(len(state))
        _mcm.p_correct(matrix(state), items, out, self._floats, self._ints)
        return out

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Recall (where the item asks), then store. ``u``: per skill of the item one for recall, one for encoding."""
        _mcm.step(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass: the integrators leak."""
        state["clock"] += days

    def mastery(self, state: State) -> FloatNK:
        """Probability of recall now: (N, K)."""
        return self._recall(self._strength(state, 0.0))

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """Expected number of skills recalled."""
        _actr.row_sums(self.mastery(state), out)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """Expected change of ``mastery_sum`` by each item now, its minutes included: (N, M), exact."""
        out = np.empty((len(state), self.curriculum.n_items))
        later = np.stack([self._strength(state, days) for days in self._lengths])
        now = self._strength(state, 0.0)
        _mcm.expected_gain(matrix(state), now, later, self._lengths, out, self._floats, self._ints)
        return out

    def forecast(self, state: State, days: FloatN) -> tuple[FloatNM, FloatNK]:
        """Right answers (N, M) and mastery (N, K) after so many days without a lesson: exact, no draw."""
        mastery = self._recall(self._strength(state, days))
        return self._answers(mastery), mastery

    def strength(self, state: State) -> FloatNK:
        """s_N of every skill now, which may exceed 1, where recall is certain: (N, K)."""
        return self._strength(state, 0.0)

    def _strength(self, state: State, ahead: float | FloatN) -> FloatNK:
        out = np.empty((len(state), self.curriculum.n_skills))
        days = np.ascontiguousarray(np.broadcast_to(ahead, len(state)), np.float64)
        _mcm.strength(matrix(state), days, out, self._floats, self._ints)
        return out

    def _recall(self, strength: FloatNK) -> FloatNK:
        _mcm.recall(strength, strength)
        return strength

    def _answers(self, recalled: FloatNK) -> FloatNM:
        out = np.empty((len(recalled), self.curriculum.n_items))
        _actr.answers(recalled, out, self._ints)
        return out
