"""Mastery learning along the prerequisites: teach what the student is ready to learn, the outer fringe."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.parameters import Choice, Number, Table

from ...students.jit import inline, kernel
from ..problem import Actions, Memory, Observation, Problem
from .answer_history import RIGHT, WRONG, AnswerFollower, Int
from .item_rule import END, column_readers
from .parameters import CAP, FINISH, ITEMS, THRESHOLD
from .skill_after_skill import may_end

__all__ = ["OuterFringe"]

CHOICES = ("first", "weakest", "random")
_RANDOM = CHOICES.index("random")


class OuterFringe(AnswerFollower):
    """Teach a skill that is not believed mastered and all of whose direct prerequisites are: the outer fringe.

    Every lesson, the first of these that applies:

    1. a prerequisite that is to be seen again (see below) is taught, the first in curriculum order;
    2. a skill of the outer fringe with fewer than ``cap`` lessons so far is taught, chosen by ``choose``;
    3. where all skills are believed mastered and the scenario has ``finish``, the teaching ends;
    4. the skill of the outer fringe with the lowest belief is taught (where all are mastered, the one of all skills).

    After ``failures`` wrong answers in a row a skill is stuck: each of its direct prerequisites is to be seen once
    again, then the skill has a new start.

    Raises:
        InputError: a parameter out of range.
    """

    PARAMETERS: ClassVar[Table] = {
        "threshold": THRESHOLD,
        "choose": Choice("the first of the fringe in curriculum order, the one with the lowest belief, or one drawn "
                         "from all and kept until it leaves the fringe", options=CHOICES),
        "failures": Number("wrong answers in a row after which the prerequisites come again; 0: never",
                           low=0, high=20, whole=True, unit="answers"),
        "cap": CAP,
        "items": ITEMS,
        "finish": FINISH,
    }  # fmt: skip
    name = "outer_fringe"

    def __init__(
        self,
        *,
        threshold: float = 0.95,
        choose: str = "first",
        failures: int = 3,
        cap: int = 0,
        items: str | float = "cycle",
        finish: bool = True,
    ) -> None:
        given = self.checked(locals())
        self.finish, self.failures, self.choice = given.finish, given.failures, CHOICES.index(given.choose)
        self.draws = 1 if self.choice == _RANDOM else 0
        self.numbers = np.array([given.threshold, given.cap, self.choice], np.float64)
        self.rule = given.items
        self.needs = AnswerFollower.needs | {"belief"} | self.rule.needs

    def prepare(self, problem: Problem) -> None:
        """Lay out the ladders and find the columns."""
        self.rule.bind(problem)
        self.positions, self.scales = column_readers(problem, ("belief", "tries"))

    def start(self) -> Memory:
        """No wrong answer, nothing to be seen again, no skill drawn."""
        n = self.problem.curriculum.n_skills
        return {"wrong": np.zeros(n, np.int64), "again": np.zeros(n, np.bool_), "drawn": np.array(-1)}

    def follow(self, observation: Observation, memory: Memory, answers: Int) -> None:
        """Count wrong answers in a row, and send whoever is stuck back to the prerequisites."""
        parents = self.problem.curriculum.parents
        _count_wrong(memory["wrong"], memory["again"], memory["followed_skill"], answers, parents, self.failures)

    def next_lesson(
        self, observation: Observation, memory: Memory, masks: npt.NDArray[np.bool_], u: Any
    ) -> tuple[Int, Actions]:
        """Skill by the rule above, item by the shared rule."""
        skills = np.empty(len(observation), np.int64)
        curriculum, may_finish = self.problem.curriculum, may_end(self.problem, masks, self.finish)
        luck = u if self.draws else np.zeros((len(observation), 1))
        _on_the_fringe(
            observation, self.positions, self.scales, self.numbers, curriculum.order, curriculum.parents,
            memory["again"], memory["drawn"], may_finish, luck, skills,
        )  # fmt: skip
        return skills, self.rule(observation, skills, masks)


@kernel
def _count_wrong(wrong, again, skills, answers, parents, failures):
    for i in range(len(skills)):
        k = skills[i]
        if answers[i] == RIGHT:
            wrong[i, k] = 0
        elif answers[i] == WRONG:
            wrong[i, k] += 1
            if failures > 0 and wrong[i, k] >= failures:
                wrong[i, k] = 0
                for j in range(parents.shape[1]):
                    if parents[k, j] >= 0:
                        again[i, parents[k, j]] = True


@inline
def _below(observation, k, at, scale, threshold):
    return observation[k, at[0]] * scale[0] < threshold


@inline
def _mark(observation, at, scale, numbers, parents, marks):
    """Mark each skill: 0 mastered or not ready, 1 on the fringe but capped, 2 a candidate; how many candidates."""
    threshold, cap, candidates = numbers[0], numbers[1], 0
    for k in range(parents.shape[0]):
        marks[k] = 1 if _below(observation, k, at, scale, threshold) else 0
        for j in range(parents.shape[1]):
            if parents[k, j] >= 0 and _below(observation, parents[k, j], at, scale, threshold):
                marks[k] = 0
        if marks[k] == 1 and (cap == 0 or observation[k, at[1]] * scale[1] < cap - 0.5):
            marks[k] = 2
            candidates += 1
    return candidates


@inline
def _lowest(observation, at, order, marks, at_least):
    """The marked skill with the lowest belief, the first of equals; -1 where none is marked."""
    lowest, least = -1, np.inf
    for k in order:
        if marks[k] >= at_least and observation[k, at[0]] < least:
            lowest, least = k, observation[k, at[0]]
    return lowest


@inline
def _nth(order, marks, n):
    """Candidate number n in curriculum order."""
    chosen = -1
    for k in order:
        if marks[k] == 2 and n >= 0:
            chosen = k
            n -= 1
    return chosen


@kernel
def _on_the_fringe(observation, at, scale, numbers, order, parents, again, drawn, may_finish, u, out):
    choice, marks = int(numbers[2]), np.zeros(len(order), np.int64)
    for i in range(observation.shape[0]):
        out[i] = -2
        for k in order:
            if again[i, k]:
                again[i, k] = False
                out[i] = k
                break
        if out[i] >= 0:
            continue
        candidates = _mark(observation[i], at, scale, numbers, parents, marks)
        if candidates == 0:
            out[i] = _lowest(observation[i], at, order, marks, 1)
            if out[i] < 0:  # all are mastered
                out[i] = END if may_finish[i] else _lowest(observation[i], at, order, marks, 0)
        elif choice == 1:
            out[i] = _lowest(observation[i], at, order, marks, 2)
        elif choice == 0:
            out[i] = _nth(order, marks, 0)
        else:
            if drawn[i] < 0 or marks[drawn[i]] != 2:
                drawn[i] = _nth(order, marks, int(u[i, 0] * candidates))
            out[i] = drawn[i]
