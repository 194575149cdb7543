"""The belief of the scheduler FSRS: a skill is a memory with a stability and a difficulty."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from zpdgym.errors import Violations

from ....students.curriculum.curriculum import Curriculum
from ....students.memory.fsrs import BOUNDS, FSRS, WEIGHTS
from ....students.model import StudentModel
from ..base import Floats
from .memory_base import STABILITY, MemoryBelief

__all__ = ["FSRSBelief"]


class FSRSBelief(MemoryBelief):
    """The memory of the scheduler FSRS (version 6): stability, difficulty, and recall that falls as a power of time.

    A wrong answer is rated "again"; a right one as the student rated it, "good" where there are no ratings. What is
    only shown makes a first memory as "again" does, and later renews the time alone. Equations: docs/students/fsrs.md.

    Args:
        curriculum: what is taught.
        prior: (K,) P(recalled without having been taught); it does not fade.
        weights: the 21 weights of FSRS-6; None: the published defaults.
        guess: (M,) P(right answer without recall).
        slip: (M,) P(wrong answer in spite of it).
        typical: the stability in days of a memory about which nothing else is known (``after``); a prior.
    """

    kind = "fsrs"
    searched, rounds = 4, 0

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        prior: Any = 0.0,
        weights: Any = None,
        guess: Any = 0.0,
        slip: Any = 0.0,
        typical: float = 30.0,
    ) -> None:
        wrong = Violations("belief")
        self.weights = fsrs_weights(weights, wrong)
        shared = {"prior": prior, "guess": guess, "slip": slip, "typical": typical}
        super().__init__(curriculum, STABILITY, fsrs_block(self.weights), 0.0, shared, wrong)

    def parameters(self) -> dict[str, Any]:
        """The numbers of this belief as plain lists."""
        return {"kind": self.kind, "weights": self.weights.tolist(), **self._shared()}

    @staticmethod
    def told(own: Floats, x: Floats) -> dict[str, Any]:
        """A few of the weights, because two kinds of answers and a few weeks do not tell all of them.

        The first stability after a wrong answer, one factor for those after the three better ratings, the growth by a
        success (w8) and what a lapse leaves (w11); the others stay the published defaults.
        """
        weights = np.array(WEIGHTS["6"])
        weights[0] *= np.exp(x[0])
        weights[1:4] *= np.exp(x[1])
        weights[8] += x[2]
        weights[11] *= np.exp(x[3])
        low, high = zip(*BOUNDS["6"], strict=True)
        return {"weights": np.clip(weights, low, high)}

    @staticmethod
    def from_student(student: StudentModel) -> dict[str, Any] | None:
        """The numbers of students who forget as this belief thinks."""
        if isinstance(student, FSRS) and student.version == "6":
            return {"weights": student.weights.tolist(), "prior": student.p_first.tolist()}
        return None


def fsrs_weights(given: Any, wrong: Violations) -> Floats:
    """(21,) weights of FSRS-6 from a list, checked against the bounds of the package; None: the published defaults."""
    default = np.array(WEIGHTS["6"])
    if given is None:
        return default
    try:
        weights = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        weights = np.zeros(0)
    if weights.shape != default.shape:
        wrong.unless(False, f"weights={given!r} must be 21 numbers, as FSRS-6 has")
        return default
    for j, (value, (low, high)) in enumerate(zip(weights.tolist(), BOUNDS["6"], strict=True)):
        wrong.unless(low <= value <= high, f"weights[{j}]={value:g} must be in [{low:g}, {high:g}]")
    return weights


def fsrs_block(weights: Floats) -> Floats:
    """(25,) the 21 weights of FSRS-6 and what follows from them: lapse cap, target difficulty, growth, factor."""
    w = weights
    follows = [math.exp(-w[17] * w[18]), w[4] - math.exp(3.0 * w[5]) + 1.0, math.exp(w[8]), 0.9 ** (-1.0 / w[20]) - 1.0]
    return np.concatenate([w, follows])
