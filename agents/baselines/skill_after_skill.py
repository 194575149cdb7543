"""What rules share that lead from skill to skill, in curriculum order, and may end the teaching."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.parameters import Table

from ..problem import Actions, Baseline, Observation, Problem
from .item_rule import column_readers
from .parameters import CAP, FINISH, ITEMS, READY

Int = npt.NDArray[np.int64]


@dataclass(kw_only=True, eq=False)
class SkillAfterSkill(Baseline):
    """A kernel chooses the skill by a few columns and numbers, the shared rule chooses the item.

    Attributes:
        columns: the columns that the kernel reads, in its order.
        settings: the parameters that it takes as its numbers, in its order.

    Raises:
        InputError: a parameter out of range.
    """

    ready: float = 0.0
    cap: int = 0
    items: str | float = "cycle"
    finish: bool = True

    PARAMETERS: ClassVar[Table] = {"ready": READY, "cap": CAP, "items": ITEMS, "finish": FINISH}
    columns = ()
    settings: ClassVar[tuple[str, ...]]

    def configure(self, given: SimpleNamespace) -> None:
        """Pack the numbers, and find out which columns are needed."""
        self.rule = given.items
        self.numbers = np.array([getattr(given, name) for name in self.settings], np.float64)
        self.needs |= {*self.columns} | self.rule.needs

    def prepare(self, problem: Problem) -> None:
        """Lay out the ladders and find the columns."""
        self.rule.bind(problem)
        self.positions, self.scales = column_readers(problem, self.columns)

    def lessons(
        self, observation: Observation, masks: npt.NDArray[np.bool_], kernel: Callable[..., None], *memory: object
    ) -> tuple[Int, Actions]:
        """The skills (N,) by the kernel, which may take and change parts of a memory, and their items (N,)."""
        skills = np.empty(len(observation), np.int64)
        order, may_finish = self.problem.curriculum.order, may_end(self.problem, masks, self.finish)
        kernel(observation, self.positions, self.scales, self.numbers, order, *memory, may_finish, skills)
        return skills, self.rule(observation, skills, masks)


def may_end(problem: Problem, masks: npt.NDArray[np.bool_], wanted: bool) -> npt.NDArray[np.bool_]:
    """Whose teaching may be ended: the scenario allows it at this lesson, and the policy wants it at all (N,)."""
    if not wanted or problem.finish is None:
        return np.zeros(len(masks), bool)
    return masks[:, problem.finish]
