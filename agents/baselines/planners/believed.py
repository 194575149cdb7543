"""What planners keep beside a tutor's belief while they try lessons on it.

A *mind* is (6, K) float64: what the belief's simulation knows (beliefs, lessons), and an appraisal: for every skill the
gain per cost of its best item now, among items that are ready and among all, and those two items (-1: none). A joint
belief adds two rows, what is ready and open of every skill. A lesson changes the appraisal of few skills, so it follows
a mind cheaply.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ....envs.beliefs.simulation import (
    ITEMS,
    OWN_NUMBERS,
    OWN_OF_ITEM,
    OWN_ROWS,
    OWN_TABLES,
    PER_ITEM,
    SKILLS,
    WIDTH,
    gain_of,
    of_joint,
    pack_numbers,
    pack_tables,
    readiness,
    simulation_of,
)
from ....students.jit import inline
from ...problem import Observation, Problem, must_foresee

READY_RATE, ANY_RATE, READY_ITEM, ANY_ITEM, ROWS = range(OWN_ROWS, OWN_ROWS + 5)  # of a mind
READY, BY_MINUTE = range(OWN_NUMBERS, OWN_NUMBERS + 2)  # of the floats
COST, SPEND = range(OWN_OF_ITEM, OWN_OF_ITEM + 2)  # of an item
OWNED, N_OWNED, TOUCHED, N_TOUCHED = range(OWN_TABLES, OWN_TABLES + 4)  # of the integers

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]


class Believed:
    """The numbers of a tutor's belief as the kernels take them, and the minds of a cohort.

    Where a joint belief (graph, exact) shows what is open of each skill, lessons move that and what is ready, too;
    else skills are taken as independent, because policies see one number a skill.

    Args:
        problem: its belief is of kind bkt, graph, practice, exact or elo.
        name: the policy's, for messages.
        per: "lesson" or "minute": what gains are divided by.
        ready: items are ready when all their skills have at least this readiness.

    Attributes:
        floats: the belief's numbers, then six of every item.
        ints: offsets and widths of the tables behind them: who asks, each item's skills (the last in curriculum order
            first: it owns the item), each skill's prerequisites and own items, and the skills whose items may be
            worth more or less after a lesson with an item. Padded with -1.

    Raises:
        InputError: another kind of belief.
    """

    needs = frozenset({"belief", "tries"})

    def __init__(self, problem: Problem, name: str, *, per: str, ready: float) -> None:
        self.problem, c = problem, problem.curriculum
        numbers = simulation_of(problem.belief, name)
        must_foresee(problem, f"policy {name}")
        together = bool(problem.belief.joint) and any(column.name == "open" for column in problem.columns)
        self.shown: tuple[str, ...] = ("belief", "tries")
        if together:
            problem.index("ready")  # or is refused
            numbers, self.shown = of_joint(numbers), (*self.shown, "ready", "open")
        minutes, ones = np.array(c.minutes), np.ones(c.n_items)
        cost, spend = minutes if per == "minute" else ones, minutes if problem.schedule.by_minutes else ones
        self.floats = pack_numbers(numbers, (ready, float(per == "minute")), (cost, spend))
        place = np.argsort(c.order)
        own = np.where(c.item_skills >= 0, place[c.item_skills], -1)
        skills = np.take_along_axis(c.item_skills, np.argsort(-own, axis=1, kind="stable"), axis=1)
        needed = c.q | (c.q.astype(np.int64) @ c.prerequisites > 0) if together else c.q
        # (M, K) skills whose gains a lesson may change
        opened = needed | (needed.astype(np.int64) @ c.prerequisites.T > 0)
        touched = [np.unique(skills[c.q[:, row].any(axis=1), 0]) for row in opened]
        owned = [np.flatnonzero(skills[:, 0] == k) for k in range(c.n_skills)]
        self.ints = pack_tables(c, skills, (_padded(owned), _padded(touched)))

    def minds(self, observation: Observation) -> Float:
        """(N, 2 or 4, K) what is seen of each student's mind now: its first two rows, and its last two if joint."""
        columns = [self.problem.column(observation, name) for name in self.shown]
        return np.ascontiguousarray(np.stack(columns, axis=1))


def _padded(rows: list[Int]) -> Int:
    table = np.full((len(rows), max(len(row) for row in rows)), -1, np.int64)
    for k, row in enumerate(rows):
        table[k, : len(row)] = row
    return table


@inline
def rows_of(seen):
    """How many rows a mind has of which so many are seen."""
    return ROWS - OWN_ROWS + seen


@inline
def _appraise(mind, k, allowed, f, n):
    """The best items of one skill."""
    mind[READY_RATE, k], mind[ANY_RATE, k], mind[READY_ITEM, k], mind[ANY_ITEM, k] = -np.inf, -np.inf, -1.0, -1.0
    first = n[OWNED] + k * n[N_OWNED]
    for place in range(first, first + n[N_OWNED]):
        m = n[place]
        if m < 0:
            break
        if not allowed[m]:
            continue
        rate = gain_of(mind, m, f, n) / f[ITEMS + m * PER_ITEM + COST]
        if rate > mind[ANY_RATE, k]:
            mind[ANY_RATE, k], mind[ANY_ITEM, k] = rate, m
        if rate > mind[READY_RATE, k]:
            fits, skill = True, n[SKILLS] + m * n[WIDTH]
            for at in range(skill, skill + n[WIDTH]):
                fits = fits and (n[at] < 0 or readiness(mind, n[at], f, n) >= f[READY])
            if fits:
                mind[READY_RATE, k], mind[READY_ITEM, k] = rate, m


@inline
def appraise(mind, allowed, f, n):
    """The best items of every skill."""
    for k in range(mind.shape[1]):
        _appraise(mind, k, allowed, f, n)


@inline
def appraise_again(mind, m, allowed, f, n):
    """The best items of the skills whose items a lesson with item m may have changed."""
    first = n[TOUCHED] + m * n[N_TOUCHED]
    for place in range(first, first + n[N_TOUCHED]):
        if n[place] < 0:
            break
        _appraise(mind, n[place], allowed, f, n)


@inline
def row_of(mind):
    """0 where some item is ready, so that only ready ones are considered, else 1."""
    for k in range(mind.shape[1]):
        if mind[READY_ITEM, k] >= 0.0:
            return 0
    return 1


@inline
def best_skill(mind, row, used):
    """The skill, not ``used`` yet, whose item has the largest gain per cost; the first item of equals; -1: none."""
    at = -1
    for k in range(mind.shape[1]):
        if used[k] or mind[READY_ITEM + row, k] < 0.0:
            continue
        rate, most = mind[READY_RATE + row, k], mind[READY_RATE + row, at]
        if at < 0 or rate > most or (rate == most and mind[READY_ITEM + row, k] < mind[READY_ITEM + row, at]):
            at = k
    return at
