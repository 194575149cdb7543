"""The tutor's belief as a small compiled simulator: what planners try lessons on.

A *mind* is (6, K) float64: what the tutor believes of a student's skills, how many lessons each has had (the step of
Elo's rule depends on it), and an appraisal: for every skill the gain per cost of its best item now, among items that
are ready and among all, and those two items (-1: none). A lesson changes the appraisal of few skills, so it follows a
mind cheaply. All constants lie in two packed arrays, because every array that a helper gets costs time.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError

from ....students.curriculum.curriculum import EXAMPLE, EXPLANATION
from ....students.jit import inline
from ...problem import Observation, Problem

BELIEF, LESSONS, READY_RATE, ANY_RATE, READY_ITEM, ANY_ITEM, ROWS = range(7)  # of a mind

KIND, LEAK, LEARN_FIRST, ALPHA, BETA, GUESS, REFERENCE, READY, BY_MINUTE, ITEMS = range(10)  # of the floats
COST, SPEND, PER_ITEM = range(4, 7)  # of an item, behind learn, guess, slip or difficulty, learn, centre, narrowness

ASKS, SKILLS, WIDTH, PARENTS, N_PARENTS, OWNED, N_OWNED, TOUCHED, N_TOUCHED, HEADER = range(10)  # of the integers

LIMIT = 30.0  # logits, as in the Elo belief
LEAST = 1e-12  # a belief's distance from 0 and 1 on the scale of logits

KINDS = ("bkt", "exact", "elo")
"""The beliefs that planners can try lessons on."""

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]


class Believed:
    """The numbers of a tutor's belief as the kernels take them, and the minds of a cohort.

    Skills are taken as independent, also where the belief is exact, because policies see one number a skill.

    Args:
        problem: its belief is of kind bkt, exact or elo.
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
        law, items = _numbers(problem, name)
        minutes, ones = np.array(c.minutes), np.ones(c.n_items)
        cost, spend = minutes if per == "minute" else ones, minutes if problem.schedule.by_minutes else ones
        switches = [*law, ready, float(per == "minute")]
        self.floats = np.concatenate([switches, np.column_stack([items, cost, spend]).ravel()])
        place = np.argsort(c.order)
        own = np.where(c.item_skills >= 0, place[c.item_skills], -1)
        skills = np.take_along_axis(c.item_skills, np.argsort(-own, axis=1, kind="stable"), axis=1)
        opened = c.q | (c.q.astype(np.int64) @ c.prerequisites.T > 0)  # (M, K) skills whose gains a lesson may change
        touched = [np.unique(skills[c.q[:, row].any(axis=1), 0]) for row in opened]
        asks = ~np.isin(c.approach, (EXAMPLE, EXPLANATION))
        owned = [np.flatnonzero(skills[:, 0] == k) for k in range(c.n_skills)]
        self.ints = _packed(asks[:, None].astype(np.int64), skills, c.parents, _padded(owned), _padded(touched))

    def minds(self, observation: Observation) -> Float:
        """(N, 2, K) the first two rows of each student's mind now."""
        columns = [self.problem.column(observation, name) for name in ("belief", "tries")]
        return np.ascontiguousarray(np.stack(columns, axis=1))


def _numbers(problem: Problem, name: str) -> tuple[list[float], Float]:
    """The numbers that hold for all items, and four of every item."""
    kind, c = problem.belief.kind, problem.curriculum
    if kind not in KINDS:
        raise InputError(f"policy {name} plans on a belief of kind {', '.join(KINDS)}, not {kind}")
    numbers = problem.belief.parameters()
    if kind == "elo":
        law = [1.0, numbers["leak"], 0.0, *(numbers[n] for n in ("alpha", "beta", "guess", "reference"))]
        help_, learn_, centre, width = (np.array(numbers[n])[c.approach] for n in ("help", "learn", "centre", "width"))
        return law, np.column_stack([c.difficulty - help_, learn_, c.difficulty - centre, 1.0 / width])
    law = [0.0, numbers["leak"], float(numbers["learn_first"]), *[0.0] * 4]
    return law, np.column_stack([numbers["learn"], numbers["guess"], numbers["slip"], np.zeros(c.n_items)])


def _padded(rows: list[Int]) -> Int:
    table = np.full((len(rows), max(len(row) for row in rows)), -1, np.int64)
    for k, row in enumerate(rows):
        table[k, : len(row)] = row
    return table


def _packed(asks: Int, *tables: Int) -> Int:
    """The header, then the tables one after the other."""
    ends = HEADER + np.cumsum([t.size for t in (asks, *tables)])
    header = [HEADER]
    for start, table in zip(ends[:-1], tables, strict=True):
        header += [int(start), table.shape[1]]
    return np.concatenate([header, *[t.ravel() for t in (asks, *tables)]]).astype(np.int64)


@inline
def _sigma(x):
    return 1.0 / (1.0 + np.exp(-x))


@inline
def _logit(p):
    inside = min(max(p, LEAST), 1.0 - LEAST)
    return np.log(inside / (1.0 - inside))


@inline
def readiness(mind, k, n):
    """The product of the beliefs in a skill's direct prerequisites."""
    ready, first = 1.0, n[PARENTS] + k * n[N_PARENTS]
    for at in range(first, first + n[N_PARENTS]):
        if n[at] >= 0:
            ready *= mind[BELIEF, n[at]]
    return ready


@inline
def _better(belief, item, ready, f):
    """The belief in a skill of an item that an expected lesson leads to, without an answer."""
    open_ = f[LEAK] + (1.0 - f[LEAK]) * ready
    if f[KIND] == 0.0:
        return belief + (1.0 - belief) * f[item] * open_
    ability = _logit(belief) + f[REFERENCE]
    away = (f[item + 2] - ability) * f[item + 3]
    ability += f[item + 1] * np.exp(-0.5 * away * away) * open_
    return _sigma(min(max(ability, -LIMIT), LIMIT) - f[REFERENCE])


@inline
def gain_of(mind, m, f, n):
    """What a lesson with an item is expected to add to the sum of the beliefs.

    For bkt in the order of operations of ``expected_gain``, so that ties are ties.
    """
    total, item, first = 0.0, ITEMS + m * PER_ITEM, n[SKILLS] + m * n[WIDTH]
    for at in range(first, first + n[WIDTH]):
        k = n[at]
        if k < 0:
            break
        belief, ready = mind[BELIEF, k], readiness(mind, k, n)
        if f[KIND] == 0.0:
            total += (1.0 - belief) * (f[LEAK] + (1.0 - f[LEAK]) * ready)
        else:
            total += _better(belief, item, ready, f) - belief
    return total * f[item] if f[KIND] == 0.0 else total


@inline
def learn(mind, m, f, n):
    """The expected learning of one lesson. Children come first among an item's skills: no door opens within it."""
    item, first = ITEMS + m * PER_ITEM, n[SKILLS] + m * n[WIDTH]
    for at in range(first, first + n[WIDTH]):
        k = n[at]
        if k < 0:
            break
        mind[BELIEF, k] = _better(mind[BELIEF, k], item, readiness(mind, k, n), f)


@inline
def chance_right(mind, m, f, n):
    """How likely a right answer to an item is, if it is asked now."""
    known, total, count, item, first = 1.0, 0.0, 0, ITEMS + m * PER_ITEM, n[SKILLS] + m * n[WIDTH]
    for at in range(first, first + n[WIDTH]):
        if n[at] < 0:
            break
        belief = mind[BELIEF, n[at]]
        known *= belief
        if f[KIND] != 0.0:
            total += _logit(belief) + f[REFERENCE]
            count += 1
    if f[KIND] == 0.0:
        return f[item + 1] + (1.0 - f[item + 1] - f[item + 2]) * known
    return f[GUESS] + (1.0 - f[GUESS]) * _sigma(total / count - f[item])


@inline
def answer(mind, m, correct, f, n):
    """What the belief makes of an answer: Bayes' rule, or Elo's step."""
    p, known, item, first = chance_right(mind, m, f, n), 1.0, ITEMS + m * PER_ITEM, n[SKILLS] + m * n[WIDTH]
    evidence = p if correct else 1.0 - p
    if_all = 1.0 - f[item + 2] if correct else f[item + 2]
    if_not = f[item + 1] if correct else 1.0 - f[item + 1]
    for at in range(first, first + n[WIDTH]):
        if n[at] >= 0:
            known *= mind[BELIEF, n[at]]
    for at in range(first, first + n[WIDTH]):
        k = n[at]
        if k < 0:
            break
        if f[KIND] == 0.0:
            if evidence > 0.0:
                mind[BELIEF, k] = (mind[BELIEF, k] * if_not + (if_all - if_not) * known) / evidence
        else:
            step = f[ALPHA] / (1.0 + f[BETA] * mind[LESSONS, k])
            ability = _logit(mind[BELIEF, k]) + f[REFERENCE] + step * ((1.0 if correct else 0.0) - p)
            mind[BELIEF, k] = _sigma(ability - f[REFERENCE])


@inline
def practise(mind, m, f, n):
    """One lesson whose answer is not looked at."""
    learn(mind, m, f, n)
    first = n[SKILLS] + m * n[WIDTH]
    for at in range(first, first + n[WIDTH]):
        if n[at] >= 0:
            mind[LESSONS, n[at]] += 1.0


@inline
def teach(mind, m, correct, f, n):
    """One lesson with a given answer."""
    if n[n[ASKS] + m] == 0:
        practise(mind, m, f, n)
    elif f[LEARN_FIRST] > 0.0:
        practise(mind, m, f, n)
        answer(mind, m, correct, f, n)
    else:
        answer(mind, m, correct, f, n)
        practise(mind, m, f, n)


@inline
def chance(mind, scratch, m, f, n):
    """How likely a right answer in a lesson is (0: none is asked); lessons that teach first ask after it."""
    if n[n[ASKS] + m] == 0:
        return 0.0
    if f[LEARN_FIRST] == 0.0:
        return chance_right(mind, m, f, n)
    copy(mind, scratch)
    learn(scratch, m, f, n)
    return chance_right(scratch, m, f, n)


@inline
def copy(mind, other):
    """One mind into another."""
    for row in range(mind.shape[0]):
        for k in range(mind.shape[1]):
            other[row, k] = mind[row, k]


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
                fits = fits and (n[at] < 0 or readiness(mind, n[at], n) >= f[READY])
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
