"""Mastery learning with scheduled review: what is mastered comes back, at growing intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.parameters import Number, Table

from ...students.jit import inline, kernel
from ..problem import Actions, Memory, Observation
from .answer_history import NO_LESSON, WRONG, AnswerFollower, Int
from .item_rule import END
from .parameters import THRESHOLD
from .skill_after_skill import SkillAfterSkill

__all__ = ["MasteryReview"]


@dataclass(kw_only=True, eq=False)
class MasteryReview(SkillAfterSkill, AnswerFollower):
    """Mastery learning in which every mastered skill is reviewed ``review_days`` later, and then ever less often.

    A skill enters the schedule when its belief reaches ``threshold``. Its first review is due after ``review_days``,
    the next after ``growth`` times that, and so on; after a wrong answer the intervals begin anew. Every lesson, the
    first of these that applies:

    1. the most overdue skill is reviewed (of equals the one whose last lesson is longest ago), unless one of the last
       ``every - 1`` lessons was a review;
    2. the first skill in curriculum order with belief below ``threshold``, readiness of at least ``ready`` and fewer
       than ``cap`` lessons so far is taught; it leaves the schedule until it is mastered again;
    3. the most overdue skill is reviewed;
    4. where all skills are believed mastered and the scenario has ``finish``, the teaching ends;
    5. the ready skill with the lowest belief is taught (any skill, where none is ready).
    """

    threshold: float = 0.95
    review_days: float = 4.0
    growth: float = 2.0
    every: int = 4

    PARAMETERS: ClassVar[Table] = {
        "threshold": THRESHOLD,
        "review_days": Number("how long from mastery to the first review; 0: due at once", low=0, unit="days"),
        "growth": Number("what each interval is multiplied with; 1: equal intervals", low=1, high=10),
        "every": Number("at most one of so many lessons is a review while there is something to learn; 1: no limit",
                        low=1, high=50, whole=True, unit="lessons"),
        **SkillAfterSkill.PARAMETERS,
    }  # fmt: skip
    name = "mastery_review"
    columns = ("belief", "ready", "tries", "days_since")
    settings = ("threshold", "review_days", "growth", "every", "ready", "cap")

    def start(self) -> Memory:
        """No skill in the schedule: ``stage`` counts from 1 there. ``taught_at`` is the lesson of the last one."""
        n = self.problem.curriculum.n_skills
        return {
            "stage": np.zeros(n, np.int64),
            "taught_at": np.full(n, -1, np.int64),
            "lesson": np.array(0),
            "reviewing": np.array(False),
            "since_review": np.array(self.every - 1),
        }

    def follow(self, observation: Observation, memory: Memory, answers: Int) -> None:
        """After a review the next one is due later; after a wrong answer the intervals begin anew."""
        _reschedule(memory["stage"], memory["reviewing"], memory["followed_skill"], answers)

    def next_lesson(
        self, observation: Observation, memory: Memory, masks: npt.NDArray[np.bool_], u: Any
    ) -> tuple[Int, Actions]:
        """Skill by the rule above, item by the shared rule."""
        return self.lessons(
            observation, masks, _learn_or_review, memory["stage"], memory["taught_at"], memory["lesson"],
            memory["reviewing"], memory["since_review"],
        )  # fmt: skip


@kernel
def _reschedule(stage, reviewing, skills, answers):
    for i in range(len(skills)):
        if reviewing[i] and answers[i] != NO_LESSON:
            stage[i, skills[i]] = 1 if answers[i] == WRONG else stage[i, skills[i]] + 1


@inline
def _most_overdue(observation, at, scale, numbers, order, stage, taught_at):
    """The skill in the schedule that is due for longest, of equals the one not taught for longest; -1: none is due."""
    review_days, growth, due, longest = numbers[1], numbers[2], -1, 0.0
    for k in order:
        if stage[k] == 0:
            continue
        overdue = observation[k, at[3]] * scale[3] - review_days * growth ** (stage[k] - 1)
        if overdue > longest or (overdue == longest and (due < 0 or taught_at[k] < taught_at[due])):
            due, longest = k, overdue
    return due


@inline
def _first_to_learn(observation, at, scale, numbers, order):
    """The first skill to be learnt (-1: none); the one to be taught where there is none; whether all are mastered."""
    first, ready_low, low, ready_least, least, all_known = -1, -1, -1, np.inf, np.inf, True
    for k in order:
        belief = observation[k, at[0]] * scale[0]
        is_ready = observation[k, at[1]] * scale[1] >= numbers[4]
        if belief < numbers[0]:
            all_known = False
            below_cap = numbers[5] == 0 or observation[k, at[2]] * scale[2] < numbers[5] - 0.5
            if first < 0 and is_ready and below_cap:
                first = k
        if belief < least:
            low, least = k, belief
        if is_ready and belief < ready_least:
            ready_low, ready_least = k, belief
    return first, ready_low if ready_low >= 0 else low, all_known


@kernel
def _learn_or_review(
    observation, at, scale, numbers, order, stage, taught_at, lesson, reviewing, since_review, may_finish, out
):
    for i in range(observation.shape[0]):
        for k in order:  # what was mastered by the last lessons enters the schedule
            taught = observation[i, k, at[2]] * scale[2] > 0.5
            if taught and stage[i, k] == 0 and observation[i, k, at[0]] * scale[0] >= numbers[0]:
                stage[i, k] = 1
        due = _most_overdue(observation[i], at, scale, numbers, order, stage[i], taught_at[i])
        first, other, all_known = _first_to_learn(observation[i], at, scale, numbers, order)
        reviewing[i] = due >= 0 and (first < 0 or since_review[i] >= numbers[3] - 1)
        if reviewing[i]:
            out[i] = due
            since_review[i] = 0
        else:
            out[i] = first if first >= 0 else END if all_known and may_finish[i] else other
            since_review[i] += 1
        if first >= 0 and not reviewing[i]:
            stage[i, first] = 0
        lesson[i] += 1
        if out[i] >= 0:
            taught_at[i, out[i]] = lesson[i]
