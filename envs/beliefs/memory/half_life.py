"""The half-life belief: a skill is a memory that is halved in a time which grows with the answers."""

from __future__ import annotations

from typing import Any

import numpy as np
from zpdgym.errors import Violations

from ....students.curriculum.curriculum import Curriculum
from ....students.memory.exponential import HalfLife
from ....students.model import StudentModel
from ..base import Floats, vector
from .memory_base import HALF_LIFE, MemoryBelief

__all__ = ["HalfLifeBelief"]

RIGHT, WRONG, BIAS = 2.5819, -0.8674, 2.7245
"""The published start values of srs-benchmark; the last is log2 of the first half-life in days."""


class HalfLifeBelief(MemoryBelief):
    """Half-life regression (Settles & Meeder 2016): recall is 2^(-days / h), h = 2^(right √r + wrong √w + bias) days.

    r and w are the skill's right and wrong answers so far. A wrong answer to what was never taught does not count.

    Args:
        curriculum: what is taught.
        prior: (K,) P(recalled without having been taught); it does not fade.
        right: what the root of the right answers adds to log2 of the half-life, >= 0.
        wrong: what the root of the wrong answers adds to it.
        bias: (K,) log2 of the first half-life in days.
        guess: (M,) P(right answer without recall).
        slip: (M,) P(wrong answer in spite of it).
        typical: the half-life in days of a memory about which nothing else is known (``after``).

    The defaults are the published start values of srs-benchmark; ``typical`` is a prior. Half-lives stay between 15
    minutes and 274 days, as in the authors' code.
    """

    kind = "half_life"
    searched, rounds, usual = 3, 3, BIAS

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        prior: Any = 0.0,
        right: float = RIGHT,
        wrong: float = WRONG,
        bias: Any = BIAS,
        guess: Any = 0.0,
        slip: Any = 0.0,
        typical: float = 30.0,
    ) -> None:
        mistakes = Violations("belief")
        self.right = float(vector(right, 1, "right", 0.0, 10.0, mistakes)[0])
        self.wrong = float(vector(wrong, 1, "wrong", -10.0, 10.0, mistakes)[0])
        self.bias = vector(bias, curriculum.n_skills, "bias", -10.0, 10.0, mistakes)
        shared = {"prior": prior, "guess": guess, "slip": slip, "typical": typical}
        super().__init__(curriculum, HALF_LIFE, [self.right, self.wrong], self.bias, shared, mistakes)

    def parameters(self) -> dict[str, Any]:
        """The numbers of this belief as plain lists."""
        own = {"right": self.right, "wrong": self.wrong, "bias": self.bias.tolist()}
        return {"kind": self.kind, **own, **self._shared()}

    @staticmethod
    def told(own: Floats, x: Floats) -> dict[str, Any]:
        """The weights of right and wrong answers, and every skill's first half-life.

        What all first half-lives share (x[2]) is sought with the weights, with which it goes together.
        """
        right, wrong = min(float(RIGHT * np.exp(x[0])), 10.0), float(WRONG + x[1])
        return {"right": right, "wrong": wrong, "bias": np.clip(own + x[2], -10.0, 10.0)}

    @staticmethod
    def from_student(student: StudentModel) -> dict[str, Any] | None:
        """The numbers of students who forget as this belief thinks."""
        if isinstance(student, HalfLife) and student.plus == 0:
            return {"right": student.right, "wrong": student.wrong, "bias": student.bias.tolist()}
        return None
