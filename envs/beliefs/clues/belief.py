"""What beliefs have in common that look at response times and hints beside the answer."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError

from ....students.curriculum.curriculum import Curriculum
from ..base import Floats, Numbers
from ..tracing import TracingBelief
from .numbers import Clues

PACE = ("pace", np.float64, (2,))
"""Last in a record where clues are looked at: what a student took longer than others so far, in how many lessons."""


class CluedBelief(TracingBelief, ABC):
    """A belief of known or not known skills that may look at times and hints, too.

    Args:
        curriculum: what is taught.
        prior, learn, guess, slip, forget, leak, learn_first: see ``BKTBelief``.
        minutes: how long lessons take, by whether the skills are known and the answer is right; None: not looked at.
        hints: how many hints are asked for, likewise.
        times_seen: whether the tutor is told the time of a lesson; if not, ``minutes`` are not used.
        hints_seen: whether it is told of hints.
    """

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        prior: npt.ArrayLike,
        learn: npt.ArrayLike,
        guess: npt.ArrayLike,
        slip: npt.ArrayLike,
        forget: npt.ArrayLike = 0.0,
        leak: float = 0.0,
        learn_first: bool = False,
        minutes: Mapping[str, npt.ArrayLike] | None = None,
        hints: npt.ArrayLike | None = None,
        times_seen: bool = True,
        hints_seen: bool = True,
    ) -> None:
        self.clues = Clues.read(minutes, hints, times_seen, hints_seen)
        if self.clues.any and curriculum.has_steps:
            told = f"'{curriculum.name}' has problems of several steps, whose times and hints are not told apart"
            raise InputError(f"belief: {told}: leave minutes and hints out")
        super().__init__(
            curriculum, prior=prior, learn=learn, guess=guess, slip=slip, forget=forget, leak=leak,
            learn_first=learn_first,
        )  # fmt: skip

    def pack_clues(self) -> Floats:
        """The belief's numbers as kernels take them, with those of clues last where anything is looked at."""
        return np.concatenate([self.pack(), self.clues.pack(self.curriculum)]) if self.clues.any else self.pack()

    def parameters(self) -> Numbers:
        """The numbers of this belief as plain lists."""
        return {**super().parameters(), **self.clues.arguments()}
