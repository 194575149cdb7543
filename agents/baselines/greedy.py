"""Planning one lesson ahead on the tutor's belief."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.parameters import Choice, Table

from ...students.jit import inline, kernel
from ..lasting import between, lasting
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

    PARAMETERS: ClassVar[Table] = {
        "per": PER,
        "ready": READY_ITEMS,
        "gain": Choice("which gain counts: all that is expected of the lesson, or what of it lasts until the exam",
                       options=("now", "exam")),
    }  # fmt: skip
    name = "greedy"

    def __init__(self, *, per: str = "lesson", ready: float = 0.0, gain: str = "now") -> None:
        given = self.checked(locals())
        self.per, self.ready, self.gain = given.per, given.ready, given.gain
        read = {"belief": True, "ready": self.ready > 0, "time_left": self.gain == "exam"}
        self.needs = frozenset(name for name, is_read in read.items() if is_read)

    def prepare(self, problem: Problem) -> None:
        """Fix the costs of the items, and how much of each skill lasts."""
        must_foresee(problem, f"policy {self.name}")
        minutes, at_exam = problem.curriculum.minutes, self.gain == "exam"
        self.costs = minutes if self.per == "minute" else np.ones(len(minutes))
        self.read_ready = column_reader(problem, "ready" if self.ready > 0 else "belief")
        self.left = problem.index("time_left") if at_exam else -1
        self.lasts = lasting(problem) if at_exam else np.zeros((0, 0), np.float32)

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """The ready item with the largest expected gain; the first on ties."""
        gains = self.problem.belief.expected_gain(self.problem.believed(observation))
        out = np.empty(len(observation), np.int64)
        skills = self.problem.curriculum.item_skills
        _best_ready(
            observation, gains, masks, self.costs, skills, self.lasts, self.left, self.read_ready, self.ready, out
        )
        return out


@inline
def item_ready(observation, skills, ready, threshold):
    """Whether all skills of an item have a readiness of at least the threshold."""
    for j in range(skills.shape[0]):
        k = skills[j]
        if k >= 0 and observation[k, ready[0]] * ready[1] < threshold:
            return False
    return True


@inline
def mean_over(values, skills):
    """The mean over an item's skills."""
    total, count = 0.0, 0
    for j in range(skills.shape[0]):
        if skills[j] >= 0:
            total += values[skills[j]]
            count += 1
    return total / count


@kernel
def _best_ready(observation, gains, masks, costs, skills, lasts, left, ready, threshold, out):
    kept = np.empty(lasts.shape[0])
    for i in range(gains.shape[0]):
        for k in range(kept.shape[0]):
            kept[k] = between(lasts, k, observation[i, 0, left])
        best, any_best, at, any_at = -np.inf, -np.inf, -1, -1
        for m in range(gains.shape[1]):
            value = gains[i, m] / costs[m]
            if left >= 0:
                value *= mean_over(kept, skills[m])
            if not masks[i, m] or value <= best:
                continue
            if value > any_best:
                any_best, any_at = value, m
            if threshold <= 0 or item_ready(observation[i], skills[m], ready, threshold):
                best, at = value, m
        if at < 0:
            at = any_at if any_at >= 0 else first_allowed(masks[i])
        out[i] = at
