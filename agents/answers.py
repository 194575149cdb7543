"""How often a student is wrong: what a lesson feels like from the other side of the desk."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


class Answers:
    """Counts the answers of one rollout, lesson by lesson; lessons that ask for none are passed over.

    The outcomes, one column each, (N,):

    * ``right``: share of the answers that were right; NaN where none was asked for;
    * ``longest_wrong``: the longest run of wrong answers, one after the other, over sessions too.

    Args:
        n_students: N.
    """

    def __init__(self, n_students: int) -> None:
        self.asked, self.correct = np.zeros(n_students, np.int64), np.zeros(n_students, np.int64)
        self.running, self.longest = np.zeros(n_students, np.int64), np.zeros(n_students, np.int64)

    def after(self, asked: npt.NDArray[np.bool_], correct: npt.NDArray[np.bool_]) -> None:
        """See the answers of one lesson; ``correct`` (N,) counts where ``asked`` (N,) is True."""
        right = asked & correct
        self.asked += asked
        self.correct += right
        self.running[right] = 0
        self.running += asked & ~right
        np.maximum(self.longest, self.running, out=self.longest)

    def outcomes(self) -> dict[str, npt.NDArray[np.generic]]:
        """The columns."""
        share = np.where(self.asked > 0, self.correct / np.maximum(self.asked, 1), np.nan)
        return {"right": share, "longest_wrong": self.longest.copy()}
