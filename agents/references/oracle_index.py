"""The tuned index of somebody who looks inside the students: a privileged reference."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError

from ..baselines.tuned_index import TunedIndex
from ..problem import Actions, Observation, Problem

__all__ = ["OracleIndex"]


class OracleIndex(TunedIndex):
    """The weighted sum of ``tuned_index``, of what is true in place of what is believed.

    Who knows what, what is ready and open, what each lesson is expected to bring this student and how likely a right
    answer is: all are read from the simulated student, never from its luck. Where skills are more than known or not,
    ``ready`` is the product of the masteries of the prerequisites. It is a reference, not a bound: one score serves
    every student and every day.

    Raises:
        InputError: a weight that is no number.
    """

    name = "oracle_index"
    privileged = True

    def prepare(self, problem: Problem) -> None:
        """As ``tuned_index``.

        Raises:
            InputError: the student model does not tell what a lesson gains.
        """
        super().prepare(problem)
        model = type(problem.probe.student).__name__
        if not hasattr(problem.probe.student, "expected_gain"):
            raise InputError(f"policy {self.name} needs the optional method expected_gain, which {model} has not")
        self.parents = np.array(problem.curriculum.parents)

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: object) -> Actions:
        """The item with the largest score; the first on ties."""
        probe = self.problem.probe
        mastery = probe.mastery()
        ready = np.where(self.parents < 0, 1.0, mastery[:, self.parents]).prod(axis=2)
        true = np.array(observation)
        for at, values in zip(self.at[[0, 1, 7]], (mastery, ready, (1.0 - mastery) * ready), strict=True):
            if at >= 0:
                true[:, :, at] = values
        return self.best(true, probe.expected_gain(), probe.p_all(), masks)
