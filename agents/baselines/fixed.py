"""Fixed curricula and luck: what teaching looks like without watching the student."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.parameters import Number, Table

from ...students.jit import kernel
from ..problem import Actions, Baseline, Observation, Problem
from .greedy import item_ready
from .item_rule import column_reader, first_allowed
from .parameters import ITEMS

__all__ = ["Interleaved", "Linear", "NoTeaching", "Random", "ReadyRandom"]


class NoTeaching(Baseline):
    """Nobody is ever taught: the calendar passes, and the exam comes as it does for everybody else.

    ``rollout`` knows this from ``teaches``; there is no action for it, so it never chooses.
    """

    name = "no_teaching"
    teaches = False

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """-1: no lesson, for everybody."""
        return np.full(len(observation), -1, np.int64)


class Random(Baseline):
    """Any item that the scenario allows, all equally likely; never ``finish``."""

    name = "random"
    draws = 1

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """One uniform choice per student."""
        allowed = masks[:, : self.problem.curriculum.n_items].astype(np.int64).cumsum(axis=1)
        wanted = np.floor(u[:, 0] * allowed[:, -1]).astype(np.int64) + 1
        return (allowed < wanted[:, None]).sum(axis=1)


class ReadyRandom(Baseline):
    """An item whose prerequisites are believed known and which is not itself believed mastered, all equally likely.

    An item is a candidate when all its skills have readiness (the product of the direct prerequisites' beliefs) of at
    least ``ready`` and at least one of them a belief below ``done``. Where there is none, items that are ready;
    where there is none of these, any item.

    Raises:
        InputError: a parameter out of range.
    """

    PARAMETERS: ClassVar[Table] = {
        "ready": Number("readiness (the product of the prerequisites' beliefs) from which an item is a candidate",
                        low=0, high=1, unit="belief"),
        "done": Number("belief from which a skill needs no lesson", low=0, high=1, above=True, unit="belief"),
    }  # fmt: skip
    name = "ready_random"
    draws = 1
    needs = frozenset({"belief", "ready"})

    def __init__(self, *, ready: float = 0.8, done: float = 0.95) -> None:
        given = self.checked(locals())
        self.ready, self.done = given.ready, given.done

    def prepare(self, problem: Problem) -> None:
        """Find the columns."""
        self.readers = column_reader(problem, "ready"), column_reader(problem, "belief")

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """One uniform choice per student among the candidates."""
        out = np.empty(len(observation), np.int64)
        skills = self.problem.curriculum.item_skills
        ready, belief = self.readers
        _uniform_ready(observation, masks, skills, ready, belief, self.ready, self.done, u, out)
        return out


class _SkillByClock(Baseline):
    """The skill follows from how far the teaching is, whatever the student answers."""

    PARAMETERS: ClassVar[Table] = {"items": ITEMS}
    clock: ClassVar[str]
    """The column that tells how far it is."""

    def __init__(self, *, items: str | float = "cycle") -> None:
        self.rule = self.checked(locals()).items
        self.needs = frozenset({self.clock}) | self.rule.needs

    def prepare(self, problem: Problem) -> None:
        """Lay out the ladders."""
        self.rule.bind(problem)


class Linear(_SkillByClock):
    """Skill after skill in curriculum order, each for an equal share of the budget (blocked practice)."""

    name = "linear"
    clock = "time_left"

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """The skill whose share of the budget is running, whether it is lessons or minutes."""
        order = self.problem.curriculum.order
        used = 1.0 - observation[:, 0, self.problem.index("time_left")].astype(np.float64)
        place = np.minimum((used * len(order) + 1e-5).astype(np.int64), len(order) - 1)
        return self.rule(observation, order[place], masks)


class Interleaved(_SkillByClock):
    """Every lesson the next skill in curriculum order, round and round (interleaved practice)."""

    name = "interleaved"
    clock = "lesson"

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """Skill number lesson modulo K."""
        order = self.problem.curriculum.order
        lesson = np.rint(self.problem.column(observation, "lesson")[:, 0]).astype(np.int64)
        return self.rule(observation, order[lesson % len(order)], masks)


@kernel
def _uniform_ready(observation, masks, skills, ready, belief, at_least, done, u, out):
    for i in range(observation.shape[0]):
        ready_ones, candidates, allowed = 0, 0, 0
        kind = np.zeros(skills.shape[0], np.int8)
        for m in range(skills.shape[0]):
            if not masks[i, m]:
                continue
            allowed += 1
            kind[m] = 1
            if not item_ready(observation[i], skills[m], ready, at_least):
                continue
            ready_ones += 1
            kind[m] = 2
            for j in range(skills.shape[1]):
                k = skills[m, j]
                if k >= 0 and observation[i, k, belief[0]] * belief[1] < done:
                    kind[m] = 3
            if kind[m] == 3:
                candidates += 1
        wanted, left = 3, candidates
        if candidates == 0:
            wanted, left = (2, ready_ones) if ready_ones > 0 else (1, allowed)
        out[i] = first_allowed(masks[i])
        left = np.int64(u[i, 0] * left)
        for m in range(skills.shape[0]):
            if kind[m] >= wanted:
                if left == 0:
                    out[i] = m
                    break
                left -= 1
