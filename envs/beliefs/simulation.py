"""Lessons tried on a belief, compiled: what planners foresee. Each belief's own equations stand in its file.

A *mind* is (2 or more, K) float64: what the tutor believes of a student's skills, and how many lessons each has had
(the step of Elo's rule depends on it); rows behind them belong to who plans, but for the last two of a mind whose
skills hang together: what is ready and what is open (``together.py``). All constants lie in two packed arrays, ``f``
and ``n``, because every array that a helper gets costs time; both keep places for the planner's own.

Which law holds is a number in ``f``, because a kernel that is handed functions, or closes over them, is compiled anew
in every process. A belief that follows a law of these needs no more than its numbers (``Belief.simulation``).
"""

from __future__ import annotations

import numpy as np
from zpdgym.errors import InputError

from ...students.curriculum.curriculum import Curriculum
from ...students.jit import Truth, Whole, inline
from . import elo, together, tracing
from .base import Belief, Floats, Ints, Simulation
from .build import belief_class, kinds

BELIEF, LESSONS, OWN_ROWS = range(3)  # of a mind

LAW, LEAK, LEARN_FIRST, ALPHA, BETA, GUESS, REFERENCE, COUNTED, OWN_NUMBERS = range(9)  # of the floats
ITEMS = OWN_NUMBERS + 2  # behind two numbers of the planner's
OWN_OF_ITEM = 4  # behind learn, guess, slip or difficulty, learn, centre, narrowness
PER_ITEM = OWN_OF_ITEM + 2

ASKS, SKILLS, WIDTH, PARENTS, N_PARENTS, CHILDREN, N_CHILDREN, OWN_TABLES = range(
    8
)  # of the integers: where tables begin, how wide they are
HEADER = OWN_TABLES + 4  # with two tables of the planner's

TRACING, TOGETHER = 0.0, 2.0  # the laws of ``tracing`` and of ``together``; else that of ``elo``


def simulation_of(belief: Belief, who: str) -> Simulation:
    """A belief's numbers for planners.

    Raises:
        InputError: lessons cannot be tried on this kind of belief; those on which they can are named.
    """
    numbers = getattr(belief, "simulation", None)
    if numbers is None:
        able = [kind for kind in kinds() if hasattr(belief_class(kind), "simulation")]
        raise InputError(f"policy {who} plans on a belief of kind {', '.join(able)}, not {belief.kind}")
    return numbers()


def of_joint(numbers: Simulation) -> Simulation:
    """The same numbers for minds that say what is ready and open of each skill, as a joint belief knows it."""
    return numbers._replace(law=[TOGETHER, *numbers.law[1:]])


def pack_numbers(numbers: Simulation, own: tuple[float, float], own_of_items: tuple[Floats, Floats]) -> Floats:
    """``f``: the law, C lessons told apart, the planner's two numbers, then six of every item, the last two its own.

    Behind them stand, where learning depends on the lessons so far, the items' chances to teach, (M, C).
    """
    items = np.column_stack([numbers.items, *own_of_items])
    learn = np.zeros((len(items), 0)) if numbers.learn is None else numbers.learn
    return np.concatenate([[*numbers.law, float(learn.shape[1]), *own], items.ravel(), learn.ravel()])


def pack_tables(curriculum: Curriculum, skills: Ints, own: tuple[Ints, Ints]) -> Ints:
    """``n``: the header, who asks, items' skills, skills' prerequisites and dependents, and the planner's two tables.

    Args:
        curriculum: what is taught.
        skills: (M, S) each item's skills, children before their prerequisites, padded with -1.
        own: two more tables, padded with -1.
    """
    asks = curriculum.asks
    tables = [asks[:, None].astype(np.int64), skills, curriculum.parents, curriculum.children, *own]
    ends = HEADER + np.cumsum([table.size for table in tables])
    header = [HEADER]
    for start, table in zip(ends[:-1], tables[1:], strict=True):
        header += [int(start), table.shape[1]]
    return np.concatenate([header, *[table.ravel() for table in tables]]).astype(np.int64)


@inline
def readiness(mind: Floats, k: Whole, f: Floats, n: Ints) -> float:
    """How likely all direct prerequisites of a skill are known; skills as independent: the product of the beliefs."""
    if f[LAW] == TOGETHER:
        return float(mind[mind.shape[0] - 2, k])
    ready, first = 1.0, n[PARENTS] + k * n[N_PARENTS]
    for at in range(first, first + n[N_PARENTS]):
        if n[at] >= 0:
            ready *= mind[BELIEF, n[at]]
    return ready


@inline
def _better(belief: float, item: Whole, ready: float, f: Floats) -> float:
    """The belief in a skill of an item that an expected lesson leads to, without an answer."""
    open_ = f[LEAK] + (1.0 - f[LEAK]) * ready
    if f[LAW] == TRACING:
        return tracing.learnt(belief, f[item], open_)
    return elo.learnt(belief, f[item + 1], f[item + 2], f[item + 3], open_, f[REFERENCE])


@inline
def _teaches(mind: Floats, k: Whole, m: Whole, f: Floats) -> float:
    """The chance that a lesson with an item teaches a skill, after the lessons that there were on it."""
    counted = int(f[COUNTED])
    if counted == 0:
        return float(f[ITEMS + m * PER_ITEM])
    n_items = (f.shape[0] - ITEMS) // (PER_ITEM + counted)
    return float(f[ITEMS + n_items * PER_ITEM + m * counted + min(int(mind[LESSONS, k] + 0.5), counted - 1)])


@inline
def gain_of(mind: Floats, m: Whole, f: Floats, n: Ints) -> float:
    """What a lesson with an item is expected to add to the sum of the beliefs.

    For tracing in the order of operations of ``expected_gain``, so that ties are ties.
    """
    total, item, first = 0.0, ITEMS + m * PER_ITEM, n[SKILLS] + m * n[WIDTH]
    for at in range(first, first + n[WIDTH]):
        k = n[at]
        if k < 0:
            break
        if f[LAW] == TOGETHER:
            worth = together.worth(mind, k, f[LEAK])
            total += worth * _teaches(mind, k, m, f) if f[COUNTED] > 0.0 else worth
            continue
        belief, ready = mind[BELIEF, k], readiness(mind, k, f, n)
        if f[LAW] == TRACING:
            total += (1.0 - belief) * (f[LEAK] + (1.0 - f[LEAK]) * ready)
        else:
            total += _better(belief, item, ready, f) - belief
    return total * f[item] if f[LAW] == TRACING or (f[LAW] == TOGETHER and f[COUNTED] == 0.0) else total


@inline
def learn(mind: Floats, m: Whole, f: Floats, n: Ints) -> None:
    """The expected learning of one lesson. Children come first among an item's skills: no door opens within it."""
    item, first = ITEMS + m * PER_ITEM, n[SKILLS] + m * n[WIDTH]
    for at in range(first, first + n[WIDTH]):
        k = n[at]
        if k < 0:
            break
        if f[LAW] == TOGETHER:
            together.learn_together(mind, k, _teaches(mind, k, m, f), f[LEAK], n[CHILDREN], n[N_CHILDREN], n)
        else:
            mind[BELIEF, k] = _better(mind[BELIEF, k], item, readiness(mind, k, f, n), f)


@inline
def _all_known(mind: Floats, m: Whole, n: Ints) -> float:
    """The probability that all skills of an item are known; a skill whose prerequisites stand in it, given those."""
    known, first = 1.0, n[SKILLS] + m * n[WIDTH]
    for at in range(first, first + n[WIDTH]):
        k = n[at]
        if k >= 0:
            needs, inside, parents = 0, 0, n[PARENTS] + k * n[N_PARENTS]
            for place in range(parents, parents + n[N_PARENTS]):
                if n[place] >= 0:
                    needs += 1
                    inside += _exercised(n[place], m, n)
            if needs > 0 and inside == needs:
                ready, open_ = float(mind[mind.shape[0] - 2, k]), float(mind[mind.shape[0] - 1, k])
                known *= min(max((ready - open_) / ready, 0.0), 1.0) if ready > 0.0 else 0.0
            else:
                known *= mind[BELIEF, k]
    return known


@inline
def _exercised(k: Whole, m: Whole, n: Ints) -> Truth:
    """Whether an item exercises a skill."""
    found, first = False, n[SKILLS] + m * n[WIDTH]
    for at in range(first, first + n[WIDTH]):
        found = found or n[at] == k
    return found


@inline
def chance_right(mind: Floats, m: Whole, f: Floats, n: Ints) -> float:
    """How likely a right answer to an item is, if it is asked now."""
    known, total, count, item, first = 1.0, 0.0, 0, ITEMS + m * PER_ITEM, n[SKILLS] + m * n[WIDTH]
    if f[LAW] == TOGETHER:
        return tracing.forecast(_all_known(mind, m, n), f[item + 1], f[item + 2])
    for at in range(first, first + n[WIDTH]):
        if n[at] < 0:
            break
        belief = mind[BELIEF, n[at]]
        known *= belief
        if f[LAW] != TRACING:
            total += elo.ability_of(belief, f[REFERENCE])
            count += 1
    if f[LAW] == TRACING:
        return tracing.forecast(known, f[item + 1], f[item + 2])
    return elo.forecast(total / count, f[item], f[GUESS])


@inline
def answer(mind: Floats, m: Whole, correct: Truth, f: Floats, n: Ints) -> None:
    """What the belief makes of an answer: Bayes' rule, or Elo's step."""
    if f[LAW] == TOGETHER:
        _answer_together(mind, m, correct, f, n)
        return
    p, known, item, first = chance_right(mind, m, f, n), 1.0, ITEMS + m * PER_ITEM, n[SKILLS] + m * n[WIDTH]
    evidence = p if correct else 1.0 - p
    surprise = (1.0 if correct else 0.0) - p
    for at in range(first, first + n[WIDTH]):
        if n[at] >= 0:
            known *= mind[BELIEF, n[at]]
    for at in range(first, first + n[WIDTH]):
        k = n[at]
        if k < 0:
            break
        if f[LAW] == TRACING:
            mind[BELIEF, k] = tracing.informed(mind[BELIEF, k], known, evidence, f[item + 1], f[item + 2], correct)
        else:
            step = f[ALPHA] / (1.0 + f[BETA] * mind[LESSONS, k])
            mind[BELIEF, k] = elo.informed(mind[BELIEF, k], step, surprise, f[REFERENCE])


@inline
def _answer_together(mind: Floats, m: Whole, correct: Truth, f: Floats, n: Ints) -> None:
    """Bayes' rule for every skill of an item, the others as likely known as before; then what hangs on it."""
    item, first, known = ITEMS + m * PER_ITEM, n[SKILLS] + m * n[WIDTH], _all_known(mind, m, n)
    if_all = 1.0 - f[item + 2] if correct else f[item + 2]
    if_not = f[item + 1] if correct else 1.0 - f[item + 1]
    ready: Whole = mind.shape[0] - 2
    for at in range(first, first + n[WIDTH]):
        k = n[at]
        if k >= 0 and mind[BELIEF, k] > 0.0:
            before, was_ready = mind[BELIEF, k], mind[ready, k]
            rest = min(known / before, 1.0)
            together.weigh(mind, k, rest * if_all + (1.0 - rest) * if_not, if_not)
            together.lift_children(mind, k, before, -1, n[CHILDREN], n[N_CHILDREN], n)
            together.lift_parents(mind, k, was_ready, n[PARENTS], n[N_PARENTS], n[CHILDREN], n[N_CHILDREN], n)


@inline
def practise(mind: Floats, m: Whole, f: Floats, n: Ints) -> None:
    """One lesson whose answer is not looked at."""
    learn(mind, m, f, n)
    first = n[SKILLS] + m * n[WIDTH]
    for at in range(first, first + n[WIDTH]):
        if n[at] >= 0:
            mind[LESSONS, n[at]] += 1.0


@inline
def teach(mind: Floats, m: Whole, correct: Truth, f: Floats, n: Ints) -> None:
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
def chance(mind: Floats, scratch: Floats, m: Whole, f: Floats, n: Ints) -> float:
    """How likely a right answer in a lesson is (0: none is asked); lessons that teach first ask after it."""
    if n[n[ASKS] + m] == 0:
        return 0.0
    if f[LEARN_FIRST] == 0.0:
        return chance_right(mind, m, f, n)
    copy(mind, scratch)
    learn(scratch, m, f, n)
    return chance_right(scratch, m, f, n)


@inline
def copy(mind: Floats, other: Floats) -> None:
    """One mind into another."""
    for row in range(mind.shape[0]):
        for k in range(mind.shape[1]):
            other[row, k] = mind[row, k]
