"""Students that a neural network imitates: deep knowledge tracing, trained on answers and run as a simulator."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations
from zpdgym.parameters import Parameter, Table

from ..curriculum.curriculum import PRACTICE, Curriculum
from ..model import IntN, KernelModel
from ..parameters import probability
from ..population import Population
from . import _dkt
from .dkt_files import read_network

__all__ = ["DKT"]


class DKT(KernelModel, kernels=_dkt):
    """A student whose next answer a neural network foretells from all earlier ones.

    Deep Knowledge Tracing (Piech et al. 2015, NeurIPS 28) used as a simulator: the answer is drawn from the network's
    prediction and fed back into it. The network is one layer of long short-term memory, trained before with the
    regularisers of Yeung & Yeung (2018); here it only runs, without torch. It has seen what happened in a log, not
    what would have happened under another teacher: read docs/students/dkt.md before training policies on it.

    Args:
        curriculum: what is taught; it must be the one that the network was trained on.
        population: named groups only; the network has no traits that could differ between students.
        weights, mastered_at: see ``PARAMETERS``; ``zpdgym list student dkt`` prints them.

    Attributes:
        card: what ``dkt.json`` says about the network and its training.
        weights: the arrays by name, float32: ``input`` (3 M, 4 H; per item a wrong answer, a right one, shown without
            a question), ``recurrent`` (H, 4 H), ``bias`` (4 H,), ``output`` (M, H), ``output_bias`` (M,), ``start``
            (2, H: hidden and cell state). Gates: input, forget, candidate, output.
        asks: (M,) bool, whether an item asks for an answer.
        references: for each skill the items whose prediction is its mastery.

    Raises:
        InputError: weights that are missing, damaged or of another curriculum; a skill that no item asks about.
    """

    PARAMETERS: ClassVar[Table] = {
        "weights": Parameter(
            "the network: a folder with dkt.json and weights.safetensors, or its dkt.json; one that comes with zpdgym, "
            "else a path",
            allowed="Practice-v0, Algebra-v1, or a path",
        ),
        "mastered_at": probability(
            "probability of a right answer from which on a skill counts as mastered; predictions end where the log's "
            "best students do, who slip, so .95 would hardly ever be reached",
        ),
    }  # fmt: skip

    discrete = False
    ready_at = 0.5
    lesson_draws = 1
    invariants = frozenset({"answer_then_learn", "elapse_composes", "forgetting_is_monotone", "time_changes_nothing"})

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        weights: str | Path,
        population: Population | None = None,
        mastered_at: float = 0.8,
    ) -> None:
        # first whether the network knows this curriculum at all: otherwise no population or parameter would help
        wrong = Violations("DKT")
        self.asks = curriculum.asks
        self.references = tuple(_references(curriculum, k, self.asks, wrong) for k in range(curriculum.n_skills))
        wrong.raise_any()
        self.card, self.weights = read_network(weights, curriculum)
        values, wrong = self._read(curriculum, population, locals())
        wrong.raise_any()
        self.mastered_at = values.mastered_at
        self._floats, self._ints = self._pack()
        hidden = (self.weights["recurrent"].shape[0],)
        self._lay_out(("hidden", np.float64, hidden), ("cell", np.float64, hidden), draws=0)

    def _pack(self) -> tuple[npt.NDArray[np.float64], IntN]:
        """The network, and one output row more for every skill; see ``_dkt``."""
        c, w = self.curriculum, {name: array.astype(np.float64) for name, array in self.weights.items()}
        output = np.column_stack([w["output_bias"], w["output"]])
        skills = np.stack([output[list(items)].mean(axis=0) for items in self.references])
        for m in np.flatnonzero(~self.asks):  # never asked, so never trained: what its skills' references would give
            output[m] = skills[c.q[m]].mean(axis=0)
        rows = np.concatenate([output, skills])
        parts = [w["start"], w["bias"], w["recurrent"], w["input"], rows[:, 1:], rows[:, 0], c.minutes]
        begin = np.cumsum([0] + [part.size for part in parts])
        sizes = [self.weights["recurrent"].shape[0], c.n_items, c.n_skills]
        ints = np.concatenate([sizes, begin[1:7], self.asks])
        return np.concatenate([part.ravel() for part in parts]), ints.astype(np.int64)


def _references(curriculum: Curriculum, skill: int, asks: npt.NDArray[np.bool_], wrong: Violations) -> tuple[int, ...]:
    """The item that stands for a skill: of its own practice the one nearest to difficulty 0.

    A skill without practice of its own is stood for by whatever asks about it alone, else by all that asks about it.
    """
    c = curriculum
    about = c.q[:, skill] & asks
    alone = about & (c.q.sum(axis=1) == 1)
    for kind in (alone & (c.approach == PRACTICE), alone):
        own = np.flatnonzero(kind)
        if len(own):
            return (int(own[np.argmin(np.abs(c.difficulty[own]))]),)
    wrong.unless(bool(about.any()), f"no item asks for an answer on the skill '{c.skills[skill]}'; a DKT needs one")
    return tuple(int(m) for m in np.flatnonzero(about))
