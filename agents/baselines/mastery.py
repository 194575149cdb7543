"""Mastery learning: stay with a skill until it seems known, then go on."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.parameters import Number, Table

from ...students.jit import kernel
from ..problem import Actions, Observation
from .item_rule import END
from .parameters import CAP, FINISH, ITEMS, READY, THRESHOLD
from .skill_after_skill import SkillAfterSkill

__all__ = ["Mastery", "Streak"]


@dataclass(kw_only=True, eq=False)
class Mastery(SkillAfterSkill):
    """Teach the first skill that is not believed mastered, in curriculum order (Corbett & Anderson 1995).

    Every lesson, the first of these that applies:

    1. a skill taught before and not seen for ``review_days`` is reviewed, the longest unseen first;
    2. the first skill in curriculum order with belief below ``threshold``, readiness of at least ``ready`` and fewer
       than ``cap`` lessons so far is taught;
    3. where all skills are believed mastered and the scenario has ``finish``, the teaching ends;
    4. the ready skill with the lowest belief is reviewed (any skill, where none is ready).
    """

    threshold: float = 0.95
    review_days: float = 0.0

    PARAMETERS: ClassVar[Table] = {
        "threshold": THRESHOLD,
        "ready": READY,
        "review_days": Number("how long until a taught skill is seen again; 0: never on purpose", low=0, unit="days"),
        "cap": CAP,
        "items": ITEMS,
        "finish": FINISH,
    }
    name = "mastery"
    settings = ("threshold", "ready", "review_days", "cap")

    def configure(self, given: SimpleNamespace) -> None:
        """The days since a lesson are needed only where skills are reviewed; else the kernel does not look there."""
        self.columns = ("belief", "ready", "tries", "days_since" if given.review_days > 0 else "belief")
        super().configure(given)

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """Skill by the rule above, item by the shared rule."""
        return self.lessons(observation, masks, _first_unmastered)[1]


@dataclass(kw_only=True, eq=False)
class Streak(SkillAfterSkill):
    """Teach each skill, in curriculum order, until ``n`` answers in a row were right.

    Where all skills are done, the teaching ends if the scenario has ``finish`` (and the policy is to use it); else the
    skill that was not seen for longest is reviewed (the one with the fewest lessons on ties). Kelly, Wang, Thompson &
    Heffernan 2015 describe the rule as ASSISTments uses it (n = 3).
    """

    n: int = 3

    PARAMETERS: ClassVar[Table] = {
        "n": Number("right answers in a row", low=1, high=10, whole=True, unit="answers"),
        **SkillAfterSkill.PARAMETERS,
    }
    name = "streak"
    columns = ("streak", "ready", "tries", "days_since")
    settings = ("n", "ready", "cap")

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """Skill by the rule above, item by the shared rule."""
        return self.lessons(observation, masks, _first_without_streak)[1]


@kernel
def _first_unmastered(observation, at, scale, numbers, order, may_finish, out):
    threshold, ready, review, cap = numbers[0], numbers[1], numbers[2], numbers[3]
    for i in range(observation.shape[0]):
        due, first, ready_low, low = -1, -1, -1, 0
        longest, ready_least, least, all_known = review, np.inf, np.inf, True
        for k in order:
            belief = observation[i, k, at[0]] * scale[0]
            is_ready = observation[i, k, at[1]] * scale[1] >= ready
            lessons = observation[i, k, at[2]] * scale[2]
            if belief < threshold:
                all_known = False
                if first < 0 and is_ready and (cap == 0 or lessons < cap - 0.5):
                    first = k
                    if review == 0:
                        break
            if review > 0 and lessons > 0.5:
                days = observation[i, k, at[3]] * scale[3]
                if (due < 0 and days >= longest) or days > longest:
                    due, longest = k, days
            if belief < least:
                low, least = k, belief
            if is_ready and belief < ready_least:
                ready_low, ready_least = k, belief
        if due >= 0:
            out[i] = due
        elif first >= 0:
            out[i] = first
        elif all_known and may_finish[i]:
            out[i] = END
        else:
            out[i] = ready_low if ready_low >= 0 else low


@kernel
def _first_without_streak(observation, at, scale, numbers, order, may_finish, out):
    needed, ready, cap = numbers[0], numbers[1], numbers[2]
    for i in range(observation.shape[0]):
        first, oldest, days_most, lessons_least, all_done = -1, 0, -1.0, np.inf, True
        for k in order:
            lessons = observation[i, k, at[2]] * scale[2]
            if observation[i, k, at[0]] * scale[0] < needed - 0.5:
                all_done = False
                is_ready = observation[i, k, at[1]] * scale[1] >= ready
                if is_ready and (cap == 0 or lessons < cap - 0.5):
                    first = k
                    break
            days = observation[i, k, at[3]] * scale[3]
            if days > days_most or (days == days_most and lessons < lessons_least):
                oldest, days_most, lessons_least = k, days, lessons
        if first >= 0:
            out[i] = first
        elif all_done and may_finish[i]:
            out[i] = END
        else:
            out[i] = oldest
