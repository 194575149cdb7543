"""Kernels of the misconceptions belief: the probability of every combination of states of each clique's skills.

A record is that of the graph belief (``_graph.py``), but a skill has S states instead of two: 0 unknown, 1 right,
b + 1 bug b, and behind ``open`` stands how likely each bug of each skill is. Entry x of a table belongs to the
combination whose states are the digits of x to the base S, those of the skills that are shared with the clique above
counting least. So what changes passes through the tree as there.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...students.jit import Truth, Whole, inline, kernel
from ...students.model import Outcome
from ._graph import spread
from .base import Floats, Ints
from .kernels.bug_tree import HOME, LOSSES, LOST, PER_GROUP, PER_SLOT, READY, STEPS, UNIT, WALK, WIDE
from .kernels.tree import (
    ABOVE,
    AT_ITEMS,
    AT_SKILLS,
    CLIQUES,
    FIRST,
    GROUPS,
    HEADER,
    MAP,
    PER_CLIQUE,
    PER_ITEM,
    SEPARATED,
    SEPARATOR,
    SHARED,
    SIZE,
    SKILLS,
    WIDTH,
)  # fmt: skip

LEAK, STICKY, REFUTE, OPTIONS, SEEN, CONSTANTS = range(6)
LEARN, CATCH, SLIP, STRAY, PER_SKILL = range(5)
LEARNT, CAUGHT, LEAVE, REFUTED, HELD, PER_TURN = range(6)
"""Of the floats: the constants, the numbers of every skill, then what a lesson may do to the skills of every item
(``kernels/bugs.py``), in the order of its slots."""
ASTRAY, STAYS, FIRM, VIEWS = range(4)
"""Of an item's skill in each state, and on average: the chance of what was seen if it decides, whether it does not lead
astray, and how surely the right option is chosen then."""
WRONG = -1
"""What was seen where an answer was wrong and the option is not known; else the option."""


@inline
def _before(n: Ints) -> Whole:
    """What stands before the tables: beliefs, their sum, ``ready``, ``open`` and the bugs."""
    return (n[-1] + 1) * n[SKILLS] + 1


@inline
def _look(s: Floats, n: Ints, joint: Whole, row: Whole, numbers: Floats, seen: Whole, view: Floats) -> None:
    """What every skill of an item says about what was seen, in each of its states; on average where it has groups."""
    options, told = numbers[OPTIONS], n[row + n[PER_ITEM] - 1]
    states = n[-1]
    several = n[PER_ITEM] > n[GROUPS] + PER_GROUP + 1 and n[row + n[GROUPS] + PER_GROUP] >= 0
    wide: Whole = states + 1
    for slot in range(n[GROUPS] // PER_SLOT):
        k: Whole = n[row + PER_SLOT * slot]
        if k >= 0:
            skill: Whole = CONSTANTS + k * PER_SKILL
            at = slot * VIEWS * wide
            for v in range(states):
                sure = 1.0 - numbers[skill + (SLIP if v == 1 else STRAY)]
                other, decides = (1.0 - sure) / (options - 1.0), v > 1 and ((told >> (v - 1)) & 1) == 1
                p = sure if seen == v - 1 else other
                if seen == WRONG:
                    p = 1.0 - other
                if v == 0:
                    p, decides = 1.0 - 1.0 / options if seen == WRONG else 1.0 / options, True
                view[at + v] = p if decides else 0.0
                view[at + STAYS * wide + v] = 0.0 if decides else 1.0
                view[at + FIRM * wide + v] = 0.0 if decides else sure
            if several:
                for what in range(VIEWS):
                    view[at + what * wide + states] = 0.0
                place: Whole = n[AT_SKILLS] + k * WIDE
                home: Whole = HEADER + n[place + HOME] * PER_CLIQUE
                first, unit = joint + n[home + FIRST], n[place + UNIT]
                for x in range(n[home + SIZE]):
                    for what in range(VIEWS):
                        view[at + what * wide + states] += s[first + x] * view[at + what * wide + x // unit % states]


@inline
def _likely(n: Ints, row: Whole, group: Whole, options: float, seen: Whole, view: Floats, like: Floats) -> None:
    """P(what was seen) by combination of a group: the most basic skill that leads astray decides."""
    states = n[-1]
    wide: Whole = states + 1
    for c in range(n[row + n[GROUPS] + PER_GROUP * group + 1]):
        p, reach, firm = 0.0, 1.0, 1.0
        for slot in range(n[GROUPS] // PER_SLOT - 1, -1, -1):
            if n[row + PER_SLOT * slot] >= 0:
                mine = n[row + PER_SLOT * slot + 1] == group
                at = slot * VIEWS * wide + (c // n[row + PER_SLOT * slot + 2] % states if mine else states)
                p += reach * view[at]
                reach *= view[at + STAYS * wide]
                firm *= view[at + FIRM * wide]
        if seen == 0:
            like[c] = p + firm
        else:
            like[c] = p + (reach - firm) / (1.0 if seen == WRONG else options - 1.0)


@inline
def _evidence(s: Floats, n: Ints, joint: Whole, row: Whole, group: Whole, like: Floats) -> float:
    """How probable what was seen is, by one group of an item's skills."""
    at: Whole = row + n[GROUPS] + PER_GROUP * group
    clique: Whole = HEADER + n[at] * PER_CLIQUE
    first: Whole = joint + n[clique + FIRST]
    table: Whole = n[at + 2]
    total = 0.0
    for x in range(n[clique + SIZE]):
        total += s[first + x] * like[n[table + x]]
    return total


@inline
def _answer(
    s: Floats, n: Ints, joint: Whole, row: Whole, numbers: Floats, seen: Whole, view: Floats, like: Floats,
    ratio: Floats, fresh: Ints, touched: Ints,
) -> float:  # fmt: skip
    """Bayes' rule; groups of skills in different cliques as if independent. Returns how probable what was seen was."""
    _look(s, n, joint, row, numbers, seen, view)
    p = 1.0
    for g in range((n[PER_ITEM] - 1 - n[GROUPS]) // PER_GROUP):
        at: Whole = row + n[GROUPS] + PER_GROUP * g
        c = n[at]
        if c >= 0:
            _likely(n, row, g, numbers[OPTIONS], seen, view, like)
            evidence = _evidence(s, n, joint, row, g, like)
            p = evidence if g == 0 else p
            if evidence > 0.0:
                first, table = joint + n[HEADER + c * PER_CLIQUE + FIRST], n[at + 2]
                for x in range(n[HEADER + c * PER_CLIQUE + SIZE]):
                    s[first + x] *= like[n[table + x]] / evidence
                spread(s, n, joint, c, ratio, fresh, touched)
    return p


@inline
def _become(
    n: Ints, k: Whole, turn: Whole, told: Whole, asked: Truth, seen: Whole, numbers: Floats, become: Floats
) -> None:
    """The chances of a skill, prerequisites known: of bugs, as of the unknown, to become right, behind them to catch.

    Where an answer was wrong and the option is not known, the bug's own was chosen as often as by who has that bug.
    ``turn``: where the chances of the item's skill begin.
    """
    states = n[-1]
    skill = CONSTANTS + k * PER_SKILL
    stray: float = numbers[skill + STRAY]
    become[0], become[states] = numbers[turn + LEARNT], numbers[turn + CAUGHT] if asked else 0.0
    for v in range(2, states):
        chosen = 0.0
        if asked and ((told >> (v - 1)) & 1) == 1:
            if seen == v - 1:
                chosen = 1.0
            elif seen == WRONG:
                chosen = (1.0 - stray) / (1.0 - stray / (numbers[OPTIONS] - 1.0))
        leave: float = numbers[turn + LEAVE]
        other = 0.0 if (not asked) or seen == 0 else 1.0 - chosen
        become[v] = leave + chosen * (numbers[turn + REFUTED] - leave) + other * (numbers[turn + HELD] - leave)


@inline
def _learn(
    s: Floats, n: Ints, joint: Whole, k: Whole, leak: float, become: Floats, gate: Floats, ratio: Floats, touched: Ints
) -> None:
    """What may become of one skill, in every clique that has it.

    ``gate`` (as long as the tables) is how far the prerequisites let it, by combination; a clique that does not know
    all of them has the mean of that of its neighbour, given what both share.
    """
    skill: Whole = n[AT_SKILLS] + k * WIDE
    states, home, ready = n[-1], n[skill + HOME], 1.0
    row: Whole = HEADER + home * PER_CLIQUE
    first, size = n[row + FIRST], n[row + SIZE]
    for lost in range(n[skill + LOST], n[skill + LOST] + n[skill + LOSSES]):
        ready *= _known(s, n, joint, n[lost])
    for x in range(size):
        gate[first + x] = leak + (1.0 - leak) * ready * n[n[skill + READY] + x]
    for step in range(n[skill + WALK], n[skill + WALK] + 4 * n[skill + STEPS], 4):
        _gates(s, n, joint, n[step], n[step + 3], n[step + 2], become, gate, ratio)
    _move(s, gate, joint + first, first, size, n[skill + UNIT], states, become)
    touched[home] = 1
    for step in range(n[skill + WALK], n[skill + WALK] + 4 * n[skill + STEPS], 4):
        row: Whole = HEADER + n[step] * PER_CLIQUE
        _move(s, gate, joint + n[row + FIRST], n[row + FIRST], n[row + SIZE], n[step + 1], states, become)
        touched[n[step]] = 1


@inline
def _known(s: Floats, n: Ints, joint: Whole, k: Whole) -> float:
    """P(right) of a skill, from its own clique."""
    skill: Whole = n[AT_SKILLS] + k * WIDE
    row: Whole = HEADER + n[skill + HOME] * PER_CLIQUE
    states, unit, first, total = n[-1], n[skill + UNIT], joint + n[row + FIRST], 0.0
    for block in range(first, first + n[row + SIZE], unit * states):
        for x in range(block + unit, block + 2 * unit):
            total += s[x]
    return total


@inline
def _gates(
    s: Floats, n: Ints, joint: Whole, c: Whole, unit: Whole, source: Whole, become: Floats, gate: Floats, mean: Floats
) -> None:  # fmt: skip
    """A clique's gates from those of a neighbour, and what is between them after the lesson.

    ``unit`` is what a state of the skill counts in the separator.
    """
    row: Whole = HEADER + c * PER_CLIQUE
    other: Whole = HEADER + source * PER_CLIQUE
    hangs = n[row + ABOVE] == source
    edge = row if hangs else other
    shared, table, between = n[edge + SHARED], n[edge + MAP], joint + n[edge + SEPARATED]
    first, start = n[row + FIRST], n[other + FIRST]
    for x in range(2 * shared):
        mean[x] = 0.0
    for x in range(n[other + SIZE]):
        to = n[table + x] if hangs else x % shared
        mean[to] += s[joint + start + x] * gate[start + x]
        mean[to + shared] += s[joint + start + x]
    for x in range(shared):
        # by its own mass, not by what both should have: so a gate stays open where next to nothing is left
        mean[x] = mean[x] / mean[x + shared] if mean[x + shared] > 0.0 else 0.0
    _move(s, mean, between, 0, shared, unit, n[-1], become)
    for x in range(n[row + SIZE]):
        gate[first + x] = mean[x % shared if hangs else n[table + x]]


@inline
def _move(
    s: Floats, gate: Floats, at: Whole, first: Whole, size: Whole, unit: Whole, states: Whole, become: Floats
) -> None:
    """One skill may have become right or a bug, in the table that begins at ``at``; its gates begin at ``first``."""
    for block in range(0, size, unit * states):
        for x in range(block, block + unit):
            right = at + x + unit
            for v in range(2, states):
                moved = s[at + x + v * unit] * gate[first + x + v * unit] * become[v]
                s[at + x + v * unit] -= moved
                s[right] += moved
            unknown = s[at + x]
            learnt, caught = unknown * gate[first + x] * become[0], unknown * become[states]
            s[right] += learnt
            for v in range(2, states):
                s[at + x + v * unit] += caught
            s[at + x] = max(unknown - learnt - (states - 2) * caught, 0.0)


@inline
def _read(s: Floats, n: Ints, at: Whole, k: Whole, share: float) -> None:
    """Belief, ``ready`` and ``open`` of a skill; ``share``: how surely the prerequisites elsewhere are known."""
    skills, states = n[SKILLS], n[-1]
    skill: Whole = n[AT_SKILLS] + k * WIDE
    row: Whole = HEADER + n[skill + HOME] * PER_CLIQUE
    unit, first, marks = n[skill + UNIT], at + _before(n) + n[row + FIRST], n[skill + READY]
    bugs: Whole = at + 3 * skills + 1 + k * (states - 2)
    known, both, open_ = 0.0, 0.0, 0.0
    for block in range(0, n[row + SIZE], unit * states):
        for x in range(block, block + unit):
            known += s[first + x + unit]
            if n[marks + x] == 1:
                both += s[first + x + unit]
                open_ += s[first + x]
                for v in range(2, states):
                    open_ += s[first + x + v * unit]
    for v in range(2, states):
        wrong = 0.0
        for block in range(first + v * unit, first + n[row + SIZE], unit * states):
            for x in range(block, block + unit):
                wrong += s[x]
        s[bugs + v - 2] = min(wrong, 1.0)
    s[at + k] = min(known, 1.0)
    s[at + skills + 1 + k] = min(open_ + both, 1.0) * share
    s[at + 2 * skills + 1 + k] = min(open_, 1.0) * share


@inline
def _sum_up(s: Floats, n: Ints, at: Whole, touched: Ints) -> None:
    """What is read off the tables: beliefs and their sum, ``ready`` and ``open`` of every skill."""
    total = 0.0
    for k in range(n[SKILLS]):
        if touched[n[n[AT_SKILLS] + k * WIDE + HOME]] == 1:
            _read(s, n, at, k, 1.0)
        total += s[at + k]
    s[at + n[SKILLS]] = total
    for k in range(n[SKILLS]):
        skill: Whole = n[AT_SKILLS] + k * WIDE
        if n[skill + LOSSES] > 0:
            share = 1.0
            for lost in range(n[skill + LOST], n[skill + LOST] + n[skill + LOSSES]):
                other: Whole = at + n[lost]
                share *= s[other]
            _read(s, n, at, k, share)


@inline
def _lesson(
    s: Floats, n: Ints, at: Whole, m: Whole, asked: Truth, seen: Whole, numbers: Floats, view: Floats, like: Floats,
    become: Floats, gate: Floats, ratio: Floats, fresh: Ints, touched: Ints,
) -> float:  # fmt: skip
    """Answer and learn; how probable what was seen was (1 without a question). Beliefs stay as they were."""
    joint, p = at + _before(n), 1.0
    row: Whole = n[AT_ITEMS] + m * n[PER_ITEM]
    last: Whole = row + n[PER_ITEM] - 1
    told: Whole = n[last]
    if asked:
        p = _answer(s, n, joint, row, numbers, seen, view, like, ratio, fresh, touched)
    slots = n[GROUPS] // PER_SLOT
    turns = CONSTANTS + n[SKILLS] * PER_SKILL + m * slots * PER_TURN
    for slot in range(slots):
        k: Whole = n[row + PER_SLOT * slot]
        if k >= 0:
            _become(n, k, turns + slot * PER_TURN, told, asked, seen, numbers, become)
            _learn(s, n, joint, k, numbers[LEAK], become, gate, ratio, touched)
    return p


@kernel
def update(s: Floats, items: Ints, out: Outcome, numbers: Floats, n: Ints) -> None:
    """One lesson each."""
    states = n[-1]
    view, like, become = np.empty(n[GROUPS] * (states + 1)), np.empty(n[WIDTH]), np.empty(states + 1)
    gate, ratio = np.empty(n[WIDTH]), np.empty(2 * n[SEPARATOR])
    fresh, touched = np.empty(n[CLIQUES], np.int64), np.empty(n[CLIQUES], np.int64)
    for i in range(items.shape[0]):
        m: Whole = items[i]
        if m < 0:
            continue
        asked, option = out[i]["answered"], np.int64(out[i]["option"])
        seen = option if option > 0 and numbers[SEEN] > 0.0 else WRONG
        seen = 0 if out[i]["correct"] else seen
        touched[:] = 0
        _lesson(s, n, i * n[WIDTH], m, asked, seen, numbers, view, like, become, gate, ratio, fresh, touched)
        _sum_up(s, n, i * n[WIDTH], touched)


@kernel
def sum_up(s: Floats, n: Ints) -> None:
    """Everything that is read off the tables, of every record."""
    touched = np.ones(n[CLIQUES], np.int64)
    for at in range(0, s.shape[0], n[WIDTH]):
        _sum_up(s, n, at, touched)


@kernel
def foretell(
    s: Floats, items: Ints, answers: npt.NDArray[np.int8], options: npt.NDArray[np.int8], owners: Ints,
    numbers: Floats, n: Ints, whole: Truth, loss: Floats,
) -> None:  # fmt: skip
    """Run the belief over a log, and sum the log-loss of each answer, foretold before it, by the item's own skill.

    Args:
        s: fresh records; their tables are those at the end of the log, their beliefs stay as they were.
        items: (N, T), -1 where there was no lesson.
        answers: (N, T) 1 right, 0 wrong, -1 not asked.
        options: (N, T) which option was chosen, -1 not known.
        owners: (M,) the skill that an item's answers are counted for.
        numbers: of the belief.
        n: the tree.
        whole: whether all that was seen is foretold, or only right and wrong.
        loss: (K,), added to.
    """
    states = n[-1]
    view, like, become = np.empty(n[GROUPS] * (states + 1)), np.empty(n[WIDTH]), np.empty(states + 1)
    gate, ratio = np.empty(n[WIDTH]), np.empty(2 * n[SEPARATOR])
    fresh, touched = np.empty(n[CLIQUES], np.int64), np.empty(n[CLIQUES], np.int64)
    for i in range(items.shape[0]):
        at: Whole = i * n[WIDTH]
        for t in range(items.shape[1]):
            m: Whole = items[i, t]
            if m >= 0:
                asked, right, p = answers[i, t] >= 0, 1.0, 1.0
                row: Whole = n[AT_ITEMS] + m * n[PER_ITEM]
                if asked and not whole:
                    _look(s, n, at + _before(n), row, numbers, 0, view)
                    _likely(n, row, 0, numbers[OPTIONS], 0, view, like)
                    right = _evidence(s, n, at + _before(n), row, 0, like)
                seen = np.int64(options[i, t]) if options[i, t] > 0 and numbers[SEEN] > 0.0 else WRONG
                seen = 0 if answers[i, t] == 1 else seen
                p = _lesson(s, n, at, m, asked, seen, numbers, view, like, become, gate, ratio, fresh, touched)
                if not whole:
                    p = right if seen == 0 else 1.0 - right
                if asked:
                    loss[owners[m]] -= np.log(max(p, 1e-12))
