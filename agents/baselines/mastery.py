"""Mastery learning: stay with a skill until it seems known, then go on."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations

from ...students.jit import kernel
from ..problem import Actions, Baseline, Observation, Problem
from .item_rule import FINISH, ItemRule, column_reader

__all__ = ["Mastery", "Streak"]


class Mastery(Baseline):
    """Teach the first skill that is not believed mastered, in curriculum order (Corbett & Anderson 1995).

    Every lesson, the first of these that applies:

    1. a skill taught before and not seen for ``review_days`` is reviewed, the longest unseen first;
    2. the first skill in curriculum order with belief below ``threshold``, readiness of at least ``ready`` and fewer
       than ``cap`` lessons so far is taught;
    3. where all skills are believed mastered and the scenario has ``finish``, the teaching ends;
    4. the ready skill with the lowest belief is reviewed (any skill, where none is ready).

    Args:
        threshold: a skill counts as mastered from this belief on, in (0, 1]; .95 in the cited work.
        ready: a skill is taught only when the product of its prerequisites' beliefs reaches this, in [0, 1].
        review_days: days after which a taught skill is seen again; 0: never on purpose.
        cap: lessons on one skill after which the policy goes on without mastery; 0: no cap.
        items: which item of the skill; see ``zpdgym.agents.ItemRule``.
        finish: whether rule 3 holds; False: it reviews until the time is over.

    Raises:
        InputError: a parameter out of range.
    """

    name = "mastery"

    def __init__(
        self,
        *,
        threshold: float = 0.95,
        ready: float = 0.0,
        review_days: float = 0.0,
        cap: int = 0,
        items: str | float = "cycle",
        finish: bool = True,
    ) -> None:
        wrong = Violations("policy mastery")
        wrong.unless(0 < threshold <= 1, f"threshold={threshold} must be in (0, 1]: it is a belief")
        wrong.unless(0 <= ready <= 1, f"ready={ready} must be in [0, 1]: it is a belief")
        wrong.unless(review_days >= 0, f"review_days={review_days} must be at least 0")
        check_cap(wrong, cap)
        check_finish(wrong, finish)
        wrong.raise_any()
        self.finish = finish
        self.numbers = np.array([threshold, ready, review_days, cap], np.float64)
        self.rule = ItemRule(items)
        self.needs = frozenset({"belief", "ready", "tries"}) | self.rule.needs
        if review_days > 0:
            self.needs |= {"days_since"}

    def prepare(self, problem: Problem) -> None:
        """Lay out the ladders and find the columns."""
        self.rule.bind(problem)
        read = [column_reader(problem, name) for name in ("belief", "ready", "tries")]
        read.append(column_reader(problem, "days_since") if "days_since" in self.needs else read[0])
        self.positions = np.array([j for j, _ in read], np.int64)
        self.scales = np.array([scale for _, scale in read], np.float64)

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """Skill by the rule above, item by the shared rule."""
        may_finish = may_end(self.problem, masks, self.finish)
        skills = np.empty(len(observation), np.int64)
        order = self.problem.curriculum.order
        _first_unmastered(observation, self.positions, self.scales, self.numbers, order, may_finish, skills)
        return self.rule(observation, skills, masks)


class Streak(Baseline):
    """Teach each skill, in curriculum order, until ``n`` answers in a row were right.

    Where all skills are done, the teaching ends if the scenario has ``finish`` (and the policy is to use it); else the
    skill that was not seen for longest is reviewed (the one with the fewest lessons on ties). Kelly, Wang, Thompson &
    Heffernan 2015 describe the rule as ASSISTments uses it (n = 3).

    Args:
        n: right answers in a row, 1 … 10.
        ready: as in ``Mastery``.
        cap: as in ``Mastery``.
        items: as in ``Mastery``.
        finish: as in ``Mastery``.

    Raises:
        InputError: a parameter out of range.
    """

    name = "streak"

    def __init__(
        self, *, n: int = 3, ready: float = 0.0, cap: int = 0, items: str | float = "cycle", finish: bool = True
    ) -> None:
        wrong = Violations("policy streak")
        wrong.unless(1 <= n <= 10 and int(n) == n, f"n={n} must be a whole number in [1, 10]")
        wrong.unless(0 <= ready <= 1, f"ready={ready} must be in [0, 1]: it is a belief")
        check_cap(wrong, cap)
        check_finish(wrong, finish)
        wrong.raise_any()
        self.finish = finish
        self.numbers = np.array([n, ready, cap], np.float64)
        self.rule = ItemRule(items)
        self.needs = frozenset({"streak", "ready", "tries", "days_since"}) | self.rule.needs

    def prepare(self, problem: Problem) -> None:
        """Lay out the ladders and find the columns."""
        self.rule.bind(problem)
        read = [column_reader(problem, name) for name in ("streak", "ready", "tries", "days_since")]
        self.positions = np.array([j for j, _ in read], np.int64)
        self.scales = np.array([scale for _, scale in read], np.float64)

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """Skill by the rule above, item by the shared rule."""
        may_finish = may_end(self.problem, masks, self.finish)
        skills = np.empty(len(observation), np.int64)
        order = self.problem.curriculum.order
        _first_without_streak(observation, self.positions, self.scales, self.numbers, order, may_finish, skills)
        return self.rule(observation, skills, masks)


def check_cap(wrong: Violations, cap: Any) -> None:
    """Note a cap on the lessons of one skill that is none."""
    wrong.unless(cap >= 0 and int(cap) == cap, f"cap={cap} must be a whole number of lessons, at least 0")


def check_finish(wrong: Violations, finish: Any) -> None:
    """Note a ``finish`` that is neither true nor false."""
    wrong.unless(isinstance(finish, bool), f"finish={finish} must be true or false")


def may_end(problem: Problem, masks: npt.NDArray[np.bool_], wanted: bool) -> npt.NDArray[np.bool_]:
    """Whose teaching may be ended: the scenario allows it at this lesson, and the policy wants it at all (N,)."""
    if not wanted or problem.finish is None:
        return np.zeros(len(masks), bool)
    return masks[:, problem.finish]


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
            out[i] = FINISH
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
            out[i] = FINISH
        else:
            out[i] = oldest
