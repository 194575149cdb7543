"""Tables of several students side by side: every entry is ``lanes`` numbers, one of each student.

What is done to one is done to the others by the same instructions of the processor, and each gets the bits that he gets
alone. Places in tables are unsigned: else a processor's instructions for several numbers would not be used, because a
negative place would count from the end.
"""

from __future__ import annotations

import numpy as np

from ....students.jit import Truth, Whole, inline
from ..base import Floats, Ints
from .tree import (
    ABOVE,
    AT_SKILLS,
    BIT,
    FIRST,
    HEADER,
    HOME,
    LOSSES,
    LOST,
    MAP,
    NEEDED,
    PER_CLIQUE,
    PER_SKILL,
    SEPARATED,
    SHARED,
    SIZE,
    STEPS,
    WALK,
)  # fmt: skip


@inline
def age(
    s: Floats, lanes: Whole, place: Whole, first: Whole, size: Whole, then: Whole, now: Whole, breaks: Floats,
    forget: Floats, skills_of: Ints,
) -> None:  # fmt: skip
    """The days between two breaks pass in one table.

    Args:
        s: the tables.
        lanes: how many students are side by side.
        place: where the table's skills begin in ``skills_of``.
        first: its first entry.
        size: how many it has.
        then: the break until which they have passed.
        now: the one until which they are to pass.
        breaks: (B + 1, K + 1) after each break: the day, and the share of every skill that the break made forgotten.
        forget: (K,) per day.
        skills_of: the cliques' skills in the order of their bits, one clique after the other.
    """
    step = 1
    while step < size:
        one = _lost(skills_of[place], then, now, breaks, forget)
        if 2 * step < size:
            two = _lost(skills_of[place + 1], then, now, breaks, forget)
            _fade_two(s, first * lanes, (first + size) * lanes, step * lanes, one, two)
            step *= 4
            place += 2
        else:
            _fade(s, first * lanes, (first + size) * lanes, step * lanes, one)
            step *= 2


@inline
def _lost(k: Whole, then: Whole, now: Whole, breaks: Floats, forget: Floats) -> float:
    """The share of a skill that is forgotten between two breaks."""
    if then + 1 == now:
        return breaks[now, k + 1]
    return 1.0 - np.exp(-forget[k] * (breaks[now, 0] - breaks[then, 0]))


@inline
def _fade(s: Floats, first: Whole, end: Whole, step: Whole, lost: float) -> None:
    """One skill is forgotten, in one table."""
    for block in range(first, end, 2 * step):
        not_, known = np.uint64(block), np.uint64(block + step)
        for x in range(np.uint64(step)):
            moved = s[known + x] * lost
            s[known + x] -= moved
            s[not_ + x] += moved


@inline
def _fade_two(s: Floats, first: Whole, end: Whole, step: Whole, one: float, two: float) -> None:
    """Two skills with neighbouring bits are forgotten: what ``_fade`` would do twice, in one pass."""
    for block in range(first, end, 4 * step):
        at_a, at_b = np.uint64(block), np.uint64(block + step)
        at_c, at_d = np.uint64(block + 2 * step), np.uint64(block + 3 * step)
        for x in range(np.uint64(step)):
            a, b, c, d = s[at_a + x], s[at_b + x], s[at_c + x], s[at_d + x]
            moved = b * one
            a, b = a + moved, b - moved
            moved = d * one
            c, d = c + moved, d - moved
            moved = c * two
            a, c = a + moved, c - moved
            moved = d * two
            s[at_a + x], s[at_b + x], s[at_c + x], s[at_d + x] = a, b + moved, c, d - moved


@inline
def pass_on(s: Floats, n: Ints, lanes: Whole, edge: Whole, hangs: Truth, ratio: Floats) -> None:
    """What a clique says over an edge becomes true at the other end.

    Args:
        s: the tables.
        n: the tree.
        lanes: how many students are side by side.
        edge: the clique that hangs on the other one.
        hangs: whether it is the one that hears.
        ratio: room for the separator.
    """
    row: Whole = HEADER + edge * PER_CLIQUE
    above: Whole = HEADER + n[row + ABOVE] * PER_CLIQUE
    shared, table, first, up = n[row + SHARED], n[row + MAP], n[row + FIRST], n[above + FIRST]
    width, each, between = np.uint64(shared * lanes), np.uint64(lanes), np.uint64(n[row + SEPARATED] * lanes)
    for j in range(width):
        ratio[j] = 0.0
    if hangs:
        for x in range(n[above + SIZE]):
            at, to = np.uint64((up + x) * lanes), np.uint64(n[table + x] * lanes)
            for j in range(each):
                ratio[to + j] += s[at + j]
    else:
        for block in range(first, first + n[row + SIZE], shared):
            at = np.uint64(block * lanes)
            for j in range(width):
                ratio[j] += s[at + j]
    for j in range(width):
        now, before = ratio[j], s[between + j]
        s[between + j] = now
        change = now / before
        ratio[j] = change if before > 0.0 else 0.0
    if hangs:
        for block in range(first, first + n[row + SIZE], shared):
            at = np.uint64(block * lanes)
            for j in range(width):
                s[at + j] *= ratio[j]
    else:
        for x in range(n[above + SIZE]):
            at, to = np.uint64((up + x) * lanes), np.uint64(n[table + x] * lanes)
            for j in range(each):
                s[at + j] *= ratio[to + j]


@inline
def all_known(s: Floats, n: Ints, lanes: Whole, c: Whole, mask: Whole, known: Floats, to: Whole) -> None:
    """The probability that all skills of a clique are known whose bits are set."""
    row: Whole = HEADER + c * PER_CLIQUE
    each, start = np.uint64(lanes), np.uint64(to)
    for j in range(each):
        known[start + j] = 0.0
    for x in range(n[row + SIZE]):
        if (x & mask) == mask:
            at = np.uint64((n[row + FIRST] + x) * lanes)
            for j in range(each):
                known[start + j] += s[at + j]


@inline
def weigh(s: Floats, n: Ints, lanes: Whole, c: Whole, mask: Whole, yes: Whole, no: Whole, known: Floats) -> None:
    """Factors on who knows all of these skills, and on who does not."""
    row: Whole = HEADER + c * PER_CLIQUE
    each = np.uint64(lanes)
    for x in range(n[row + SIZE]):
        at, by = np.uint64((n[row + FIRST] + x) * lanes), np.uint64(yes if (x & mask) == mask else no)
        for j in range(each):
            s[at + j] *= known[by + j]


@inline
def learn_one(
    s: Floats, n: Ints, lanes: Whole, k: Whole, learn: Floats, leak: float, rate: Floats, ratio: Floats
) -> None:
    """The chance of having learnt one skill, in every clique that has it; see ``_graph.py``.

    Args:
        s: the tables.
        n: the tree.
        lanes: how many students are side by side.
        k: the skill.
        learn: each student's chance with an open door; two more rows are room.
        leak: the share of it without the prerequisites.
        rate: room for the chances, by combination.
        ratio: room for two separators.
    """
    skill: Whole = n[AT_SKILLS] + k * PER_SKILL
    row: Whole = HEADER + n[skill + HOME] * PER_CLIQUE
    first, bit, needed, each = n[row + FIRST], n[skill + BIT], n[skill + NEEDED], np.uint64(lanes)
    for j in range(lanes):
        learn[lanes + j] = 1.0
    for lost in range(n[skill + LOST], n[skill + LOST] + n[skill + LOSSES]):
        other: Whole = n[AT_SKILLS] + n[lost] * PER_SKILL
        all_known(s, n, lanes, n[other + HOME], n[other + BIT], learn, 2 * lanes)
        for j in range(lanes):
            learn[lanes + j] *= learn[2 * lanes + j]
    for j in range(lanes):
        learn[lanes + j] = learn[j] * (leak + (1.0 - leak) * learn[lanes + j])
        learn[2 * lanes + j] = learn[j] * leak
    for x in range(n[row + SIZE]):
        if (x & bit) == 0:
            at, by = np.uint64((first + x) * lanes), np.uint64(lanes if (x & needed) == needed else 2 * lanes)
            for j in range(each):
                rate[at + j] = learn[by + j]
    for step in range(n[skill + WALK], n[skill + WALK] + 4 * n[skill + STEPS], 4):
        _rates(s, n, lanes, n[step], n[step + 3], n[step + 2], rate, ratio)
    _move(s, rate, first * lanes, first * lanes, n[row + SIZE] * lanes, bit * lanes)
    for step in range(n[skill + WALK], n[skill + WALK] + 4 * n[skill + STEPS], 4):
        row: Whole = HEADER + n[step] * PER_CLIQUE
        at = n[row + FIRST] * lanes
        _move(s, rate, at, at, n[row + SIZE] * lanes, n[step + 1] * lanes)


@inline
def _rates(s: Floats, n: Ints, lanes: Whole, c: Whole, bit: Whole, source: Whole, rate: Floats, moved: Floats) -> None:
    """A clique's chances of learning from those of a neighbour, and what is between them after it.

    ``bit`` is the skill's, in the entries of the clique that hangs on the other.
    """
    row: Whole = HEADER + c * PER_CLIQUE
    other: Whole = HEADER + source * PER_CLIQUE
    hangs = n[row + ABOVE] == source
    edge: Whole = row if hangs else other
    shared, table, first, start = n[edge + SHARED], n[edge + MAP], n[row + FIRST], n[other + FIRST]
    each, half = np.uint64(lanes), np.uint64(shared * lanes)
    for j in range(np.uint64(2 * shared * lanes)):
        moved[j] = 0.0
    for x in range(n[other + SIZE]):
        to = n[table + x] if hangs else x & (shared - 1)
        if (to & bit) == 0:
            at, sum_, mass = np.uint64((start + x) * lanes), np.uint64(to * lanes), np.uint64((shared + to) * lanes)
            for j in range(each):
                moved[sum_ + j] += s[at + j] * rate[at + j]
                moved[mass + j] += s[at + j]
    for j in range(half):
        # by its own mass, not by what both should have: so a chance stays one where next to nothing is left
        share = moved[j] / moved[half + j]
        moved[j] = share if moved[half + j] > 0.0 else 0.0
    _move(s, moved, n[edge + SEPARATED] * lanes, 0, shared * lanes, bit * lanes)
    for x in range(n[row + SIZE]):
        to = x & (shared - 1) if hangs else n[table + x]
        if (to & bit) == 0:
            at, by = np.uint64((first + x) * lanes), np.uint64(to * lanes)
            for j in range(each):
                rate[at + j] = moved[by + j]


@inline
def _move(s: Floats, rate: Floats, at: Whole, first: Whole, width: Whole, step: Whole) -> None:
    """One skill may have been learnt, in the table that begins at ``at``; its chances begin at ``first``.

    ``width`` is that of the table and ``step`` the skill's bit, in numbers.
    """
    for block in range(0, width, 2 * step):
        not_, known, by = np.uint64(at + block), np.uint64(at + block + step), np.uint64(first + block)
        for x in range(np.uint64(step)):
            moved = s[not_ + x] * rate[by + x]
            s[not_ + x] -= moved
            s[known + x] += moved
