"""SSP-MMC: when to review a card, so that it is remembered for good at the least expected cost (Ye, Su & Cao 2022)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, unknown
from zpdgym.parameters import Choice, Table

from ...students.jit import inline, kernel
from ...students.memory.dhp import DHP, FORGOTTEN, RECALLED
from ..baselines.parameters import ITEMS
from ..problem import Actions, Baseline, Memory, Observation, Problem

__all__ = ["SSPMMC"]

BASE, LOWEST, HIGHEST = 1.05, -30, 121
"""The grid of half-lives: BASE^k days, k = LOWEST … HIGHEST."""
HARDEST, HARDER = 18, 2  # the largest difficulty; by how much forgetting raises it
RIGHT, WRONG = 3.0, 9.0  # cost of a review, in seconds in the cited work
MASTERED_DAYS = 360.0
START = 2000.0  # of every cost, above all of them
LEAST_RECALL = 0.3  # no interval is tried at which recall is less likely
LOOKUPS = ("nearest", "shipped")

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Intervals:
    """The optimal policy of the grid model.

    Attributes:
        days: (18, 152) whole days to the next review, by difficulty (from 1) and half-life (BASE^k, from LOWEST).
        cost: (18, 152) the expected cost from there until the half-life has reached the last node.
    """

    days: Int
    cost: Float

    def look_up(self, half_life: Any, difficulty: Any, *, lookup: str = "nearest") -> Int:
        """Days to the next review.

        Args:
            half_life: days, after the last review; any shape.
            difficulty: 1 … 18, of the same shape; rounded.
            lookup: "nearest" takes the nearest node; "shipped" the row that the program of the cited work takes, one
                or two below it. It also takes the difficulty from before a lapse, which is the caller's to give.

        Raises:
            InputError: no such lookup.
        """
        if not isinstance(lookup, str) or lookup not in LOOKUPS:
            raise unknown("choice lookup=", str(lookup), LOOKUPS)
        h, nodes = np.maximum(np.asarray(half_life, np.float64), 1e-9), self.days.shape[1]
        if lookup == "shipped":
            node = (np.log(np.minimum(h, MASTERED_DAYS)) / math.log(BASE) - LOWEST).astype(np.int64) - 1
        else:
            # the last node is the goal: it has no interval of its own
            node = np.minimum(np.rint(np.log(h) / math.log(BASE)).astype(np.int64) - LOWEST, nodes - 2)
        hard = np.clip(np.rint(difficulty), 1, HARDEST).astype(np.int64) - 1
        return self.days[hard, np.clip(node, 0, nodes - 1)]


def first_half_life(difficulty: Any) -> Float:
    """Days, after the first exposure to a card of this difficulty."""
    return -1.0 / np.log2(np.maximum(0.925 - 0.05 * np.asarray(difficulty, np.float64), 0.025))


@cache
def solve_intervals() -> Intervals:
    """Value iteration over half-life and difficulty; under a second.

    ``J_d(h) = min over t of p (3 + J_d(h+)) + (1 - p) (9 + J_min(d+2,18)(h-))``, ``p = 2^(-t/h)``; ``h+`` and ``h-``
    are moved to the nearest node, the last of which costs nothing more. t = 1 … the day when recall falls below .3;
    of equal t the longest. The cost of the first exposure (6) is not in it.
    """
    nodes = HIGHEST - LOWEST + 1
    cost, days = np.full((HARDEST, nodes), START), np.ones((HARDEST, nodes), np.int64)
    cost[:, -1] = 0.0
    _iterate(cost, days, np.array([*RECALLED, *FORGOTTEN]))
    return Intervals(days, cost)


@inline
def _grown(h, d, gap, c, first):
    """``e^a d^b h^c (1 - p)^e`` with the four numbers from ``first`` on."""
    return math.exp(c[first] + c[first + 1] * math.log(d) + c[first + 2] * math.log(h)) * gap ** c[first + 3]


@inline
def _node(h, nodes):
    return min(max(np.int64(np.rint(math.log(h) / math.log(BASE))) - LOWEST, 0), nodes - 1)


@kernel
def _iterate(cost, days, c):
    nodes = cost.shape[1]
    for d in range(HARDEST, 0, -1):
        harder = min(d + HARDER, HARDEST)
        changed = True
        while changed:
            changed = False
            for k in range(nodes - 2, -1, -1):
                h = BASE ** (k + LOWEST)
                longest = max(1, np.int64(np.rint(h * math.log(LEAST_RECALL) / math.log(0.5))))
                best, at = cost[d - 1, k], days[d - 1, k]
                for t in range(1, longest + 1):
                    p = 2.0 ** (-t / h)
                    up, down = h + h * _grown(h, d, 1.0 - p, c, 0), _grown(h, d, 1.0 - p, c, 4)
                    right, wrong = RIGHT + cost[d - 1, _node(up, nodes)], WRONG + cost[harder - 1, _node(down, nodes)]
                    expected = p * right + (1.0 - p) * wrong
                    if expected < best or (expected == best and t > at):
                        changed = changed or expected < best
                        best, at = expected, t
                cost[d - 1, k], days[d - 1, k] = best, at


class SSPMMC(Baseline):
    """Review what is due by the optimal intervals of SSP-MMC, else meet the next new word.

    For students with DHP memories only. It reads each word's true half-life and difficulty, as the cited scheduler
    does, so it is privileged. Every lesson: the first word in curriculum order that is due; else the first that was
    never met; else the one that will be due first. A word with a half-life of 360 days is mastered and comes last. The
    intervals minimise the cost per word until then. That is not the exam of a scenario, so this is a reference and no
    bound.

    Raises:
        InputError: no such choice, or other students.
    """

    PARAMETERS: ClassVar[Table] = {
        "lookup": Choice("the nearest node of the table, or as the cited program reads it", options=LOOKUPS),
        "items": ITEMS,
    }
    name = "ssp_mmc"
    privileged = True

    def __init__(self, *, lookup: str = "nearest", items: str | float = "cycle") -> None:
        given = self.checked(locals())
        self.lookup, self.rule = given.lookup, given.items
        self.needs = self.rule.needs

    def prepare(self, problem: Problem) -> None:
        """Solve the grid model.

        Raises:
            InputError: the students are not DHP students.
        """
        student = problem.probe.student
        if not isinstance(student, DHP):
            raise InputError(f"policy ssp_mmc is for DHP students, not {type(student).__name__}: give student=dhp")
        self.rule.bind(problem)
        self.intervals = solve_intervals()

    def blank(self) -> Memory:
        """Each word's last review, its difficulty then, and the difficulty that its interval is for; nan: not seen."""
        unseen = np.full(self.problem.curriculum.n_skills, np.nan)
        return {"last": unseen, "now": unseen, "asked": unseen}

    def decide(self, observation: Observation, memory: Memory, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """The word to show."""
        students = self.problem.probe.copy_of_students()
        last, hard, half_life = (students["memory"][name] for name in ("last", "difficulty", "half_life"))
        seen = ~np.isnan(memory["now"])
        # the shipped program asks with the difficulty from before the review
        before = np.where(last != memory["last"], memory["now"], memory["asked"])
        asked = np.where(seen, before, hard)
        days = self.intervals.look_up(half_life, asked if self.lookup == "shipped" else hard, lookup=self.lookup)
        met = np.isfinite(last)
        mastered = half_life >= MASTERED_DAYS
        wait = np.where(met, last + np.where(mastered, half_life, days) - students["clock"][:, None], 0.0)
        memory |= {"last": last, "now": hard, "asked": asked}
        return self.rule(observation, self._skills(met, wait, mastered), masks)

    def _skills(self, met: npt.NDArray[np.bool_], wait: Float, mastered: npt.NDArray[np.bool_]) -> Int:
        """(N,) the first word that is due, else the first that is new, else the one that will be due first."""
        order = self.problem.curriculum.order
        met, wait, mastered = met[:, order], wait[:, order], mastered[:, order]
        due, new, later, last = 0.0, 1.0, 2.0 + wait, 1e9 + wait
        rank = np.where(mastered, last, np.where(~met, new, np.where(wait <= 0, due, later)))
        return order[rank.argmin(axis=1)]
