"""Planning one lesson ahead on the tutor's belief."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.parameters import Table

from ...students.jit import inline, kernel
from ..problem import Actions, Baseline, Observation, Problem, must_foresee
from .item_rule import column_reader, first_allowed
from .parameters import PER, READY_ITEMS

__all__ = ["Greedy"]


class Greedy(Baseline):
    """Show the item from which the tutor's own belief expects to gain most in this one lesson.

    For BKT the expected gain of a lesson does not depend on the answer, so one step of look-ahead is exact for one
    step (``belief + (1 - belief) * learn``); it is blind to what a skill opens up later.

    Raises:
        InputError: a parameter out of range.
    """

    PARAMETERS: ClassVar[Table] = {"per": PER, "ready": READY_ITEMS}
    name = "greedy"

    def __init__(self, *, per: str = "lesson", ready: float = 0.0) -> None:
        given = self.checked(locals())
        self.per, self.ready = given.per, given.ready
        self.needs = frozenset({"belief", "ready"} if self.ready > 0 else {"belief"})

    def prepare(self, problem: Problem) -> None:
        """Fix the costs of the items."""
        must_foresee(problem, f"policy {self.name}")
        minutes = problem.curriculum.minutes
        self.costs = minutes if self.per == "minute" else np.ones(len(minutes))
        self.read_ready = column_reader(problem, "ready" if self.ready > 0 else "belief")

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """The ready item with the largest expected gain; the first on ties."""
        gains = self.problem.belief.expected_gain(self.problem.believed(observation))
        out = np.empty(len(observation), np.int64)
        skills = self.problem.curriculum.item_skills
        _best_ready(observation, gains, masks, self.costs, skills, self.read_ready, self.ready, out)
        return out


@inline
def item_ready(observation, skills, ready, threshold):
    """Whether all skills of an item have a readiness of at least the threshold."""
    for j in range(skills.shape[0]):
        k = skills[j]
        if k >= 0 and observation[k, ready[0]] * ready[1] < threshold:
            return False
    return True


@kernel
def _best_ready(observation, gains, masks, costs, skills, ready, threshold, out):
    for i in range(gains.shape[0]):
        best, any_best, at, any_at = -np.inf, -np.inf, -1, -1
        for m in range(gains.shape[1]):
            value = gains[i, m] / costs[m]
            if not masks[i, m] or value <= best:
                continue
            if value > any_best:
                any_best, any_at = value, m
            if threshold <= 0 or item_ready(observation[i], skills[m], ready, threshold):
                best, at = value, m
        if at < 0:
            at = any_at if any_at >= 0 else first_allowed(masks[i])
        out[i] = at
