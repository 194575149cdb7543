"""A privileged reference: one lesson of foresight with perfect knowledge of the student."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..students.errors import InputError, unknown
from .planning import PER
from .problem import Actions, Baseline, Observation, Problem


class OracleGreedy(Baseline):
    """Show the item with the largest true expected gain of this one lesson.

    It looks inside the students (never at their luck), so no tutor could do it. It is a reference, not a bound: it is
    blind to what a skill opens up later. Where every gain is 0 and the scenario has ``finish``, it ends the teaching.

    Args:
        per: "lesson" or "minute": what the gain is divided by.

    Raises:
        InputError: no such choice.
    """

    name = "oracle_greedy"
    privileged = True

    def __init__(self, *, per: str = "lesson") -> None:
        if per not in PER:
            raise unknown("choice per=", str(per), PER)
        self.per = per

    def prepare(self, problem: Problem) -> None:
        """Fix the costs of the items.

        Raises:
            InputError: the student model does not tell its expected gains.
        """
        if not hasattr(problem.probe.student, "expected_gain"):
            model = type(problem.probe.student).__name__
            raise InputError(f"policy oracle_greedy needs the optional method expected_gain, which {model} has not")
        minutes = problem.curriculum.minutes
        self.costs = minutes if self.per == "minute" else np.ones(len(minutes))

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """The allowed item with the largest true gain; the first on ties."""
        items = masks[:, : len(self.costs)]
        gains = np.where(items, self.problem.probe.expected_gain() / self.costs, -np.inf)
        best = gains.argmax(axis=1)
        finish = self.problem.finish
        if finish is not None:
            stop = (gains.max(axis=1) <= 0) & masks[:, finish]
            best[stop] = finish
        return best
