"""The next problem by the skills that lack, as tutors choose whose problems have many."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.parameters import Choice, Table

from ...students.jit import kernel
from ..problem import Actions, Baseline, Observation, Problem
from .greedy import item_ready
from .item_rule import column_reader
from .parameters import FINISH, READY_ITEMS, THRESHOLD

__all__ = ["MostLacking"]


class MostLacking(Baseline):
    """Teach the item that exercises most skills believed below a threshold, the first such item on ties.

    Every lesson, the first of these that applies:

    1. of the items that are ready and exercise a skill with belief below ``threshold``, the one with the most such
       skills (``by: number``), or the one all of whose skills are together least known, by the product of their
       beliefs (``by: product``);
    2. where no allowed item exercises such a skill and the scenario has ``finish``, the teaching ends;
    3. the item with the smallest product of beliefs, ready or not.

    Where no item of rule 1 is ready, all of them count as ready.

    Raises:
        InputError: a parameter out of range.
    """

    PARAMETERS: ClassVar[Table] = {
        "threshold": THRESHOLD,
        "by": Choice("what is compared: how many skills lack, or how little all of an item's skills are known together",
                     options=("number", "product")),
        "ready": READY_ITEMS,
        "finish": FINISH,
    }  # fmt: skip
    name = "most_lacking"

    def __init__(self, *, threshold: float = 0.95, by: str = "number", ready: float = 0.0, finish: bool = True) -> None:
        given = self.checked(locals())
        self.threshold, self.by, self.ready, self.finish = given.threshold, given.by, given.ready, given.finish
        self.needs = frozenset({"belief", "ready"} if self.ready > 0 else {"belief"})

    def prepare(self, problem: Problem) -> None:
        """Find the columns, and whether the teaching may end."""
        self.skills = np.ascontiguousarray(problem.curriculum.item_skills)
        self.read_belief = column_reader(problem, "belief")
        self.read_ready = column_reader(problem, "ready" if self.ready > 0 else "belief")
        self.end = problem.finish if self.finish and problem.finish is not None else -1

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: object) -> Actions:
        """The item by the rule above."""
        out = np.empty(len(observation), np.int64)
        _most_lacking(
            observation, masks, self.skills, self.read_belief, self.threshold, self.by == "number", self.read_ready,
            self.ready, self.end, out,
        )  # fmt: skip
        return out


@kernel
def _most_lacking(observation, masks, skills, belief, threshold, by_number, ready, least, end, out):
    for i in range(observation.shape[0]):
        best, any_best, worst = -np.inf, -np.inf, np.inf
        at, any_at, worst_at = -1, -1, -1
        for m in range(skills.shape[0]):
            lacking, known = 0, 1.0
            for slot in range(skills.shape[1]):
                k = skills[m, slot]
                if k >= 0:
                    p = observation[i, k, belief[0]] * belief[1]
                    lacking += 1 if p < threshold else 0
                    known *= p
            if not masks[i, m]:
                continue
            if known < worst:
                worst, worst_at = known, m
            value = float(lacking) if by_number else -known
            if lacking > 0 and value > any_best:
                any_best, any_at = value, m
            if lacking > 0 and value > best and (least <= 0 or item_ready(observation[i], skills[m], ready, least)):
                best, at = value, m
        chosen = at if at >= 0 else any_at
        if chosen < 0:
            chosen = end if end >= 0 and masks[i, end] else worst_at
        out[i] = chosen
