"""Kernels of the graph belief: the probability of every combination of known skills of each clique.

One record is ``belief`` (K), ``total``, ``ready`` (K), ``open`` (K), then the tables of the cliques one after the
other, then those of the separators: what a clique shares with the one that it hangs on. Entry x of a table is the
probability that exactly those of its skills are known whose bits are set in x. All tables agree about the skills that
they share; what changes one is passed on through the tree.

``n`` holds the tree, as ``kernels/tree.py`` lays it out; its tables of cliques, skills and items have rows of fixed
width.
"""

from __future__ import annotations

import numpy as np

from ...students.jit import Truth, Whole, inline, kernel
from ...students.model import Outcome
from .base import Floats, Ints
from .clues.kernels import look
from .kernels.tree import (
    ABOVE,
    ALONE,
    AT_ITEMS,
    AT_SKILLS,
    BELOW,
    BELOW_END,
    BIT,
    BOTH,
    CLIQUES,
    COUNTED,
    END,
    FIRST,
    GROUPS,
    HEADER,
    HOME,
    LEARN,
    LOSSES,
    LOST,
    MAP,
    NEEDED,
    OFF,
    OPEN,
    PER_CLIQUE,
    PER_ITEM,
    PER_SKILL,
    SEPARATED,
    SEPARATOR,
    SHARED,
    SIZE,
    SKILLS,
    STEPS,
    TRIES,
    WALK,
    WIDTH,
)  # fmt: skip
from .tracing import ITEMS, LEAK, LEARN_FIRST

SAME = 1e-12
"""Changes of a separator that are not passed on, as shares of it: what is rare now may be likely after an answer."""


@inline
def _down(s: Floats, n: Ints, joint: Whole, c: Whole, ratio: Floats) -> Truth:
    """Make a clique agree with the one that it hangs on; whether that changed anything.

    Args:
        s: the records.
        n: the tree.
        joint: where this student's tables begin.
        c: the clique.
        ratio: room for the separator.
    """
    row: Whole = HEADER + c * PER_CLIQUE
    above: Whole = HEADER + n[row + ABOVE] * PER_CLIQUE
    shared, between, table = n[row + SHARED], joint + n[row + SEPARATED], n[row + MAP]
    up, at = joint + n[above + FIRST], joint + n[row + FIRST]
    for x in range(shared):
        ratio[x] = 0.0
    for x in range(n[above + SIZE]):
        ratio[n[table + x]] += s[up + x]
    changed = _ratios(s, between, shared, ratio)
    if changed:
        for block in range(at, at + n[row + SIZE], shared):
            for x in range(shared):
                s[block + x] *= ratio[x]
    return changed


@inline
def _up(s: Floats, n: Ints, joint: Whole, c: Whole, ratio: Floats) -> Truth:
    """Make the clique that another hangs on agree with it; whether that changed anything."""
    row: Whole = HEADER + c * PER_CLIQUE
    above: Whole = HEADER + n[row + ABOVE] * PER_CLIQUE
    shared, between, table = n[row + SHARED], joint + n[row + SEPARATED], n[row + MAP]
    up, at = joint + n[above + FIRST], joint + n[row + FIRST]
    for x in range(shared):
        ratio[x] = 0.0
    for block in range(at, at + n[row + SIZE], shared):
        for x in range(shared):
            ratio[x] += s[block + x]
    changed = _ratios(s, between, shared, ratio)
    if changed:
        for x in range(n[above + SIZE]):
            s[up + x] *= ratio[n[table + x]]
    return changed


@inline
def _ratios(s: Floats, between: Whole, shared: Whole, now: Floats) -> Truth:
    """A separator becomes what it is now; ``now`` becomes by how much it grew."""
    changed = False
    for x in range(shared):
        before = s[between + x]
        changed |= abs(now[x] - before) > SAME * before
        s[between + x] = now[x]
        now[x] = now[x] / before if before > 0.0 else 0.0
    return changed


@inline
def spread(s: Floats, n: Ints, joint: Whole, start: Whole, ratio: Floats, fresh: Ints, touched: Ints) -> None:
    """Pass on what changed in one clique: towards the root, then down every other branch.

    ``fresh`` is room for the cliques that changed, in the order in which they did.
    """
    fresh[0] = start
    count, going = 1, True
    while going:
        c = fresh[count - 1]
        going = n[HEADER + c * PER_CLIQUE + ABOVE] >= 0 and _up(s, n, joint, c, ratio)
        if going:
            fresh[count] = n[HEADER + c * PER_CLIQUE + ABOVE]
            count += 1
    way, at = count, 0
    while at < count:
        c = fresh[at]
        touched[c] = 1
        origin = fresh[at - 1] if 0 < at < way else -1
        row: Whole = HEADER + c * PER_CLIQUE
        for below in range(n[row + BELOW], n[row + BELOW_END]):
            if n[below] != origin and _down(s, n, joint, n[below], ratio):
                fresh[count] = n[below]
                count += 1
        at += 1


@inline
def all_known(s: Floats, n: Ints, joint: Whole, c: Whole, mask: Whole) -> float:
    """The probability that all skills of a clique are known whose bits are set."""
    row: Whole = HEADER + c * PER_CLIQUE
    total = 0.0
    at: Whole = joint + n[row + FIRST]
    for x in range(n[row + SIZE]):
        total += s[at + x] if (x & mask) == mask else 0.0
    return total


@inline
def _not_all(s: Floats, n: Ints, joint: Whole, c: Whole, mask: Whole, all_: float) -> float:
    """The probability of the rest of a clique's table, ``all_`` being that of all these skills.

    A table misses one by a rounding error, which grows by ``if_not / evidence`` with every answer for which the rest is
    taken for ``1 - all_``: after two hundred wrong answers it was all of the belief. So the rest is what is there, once
    it has grown; until then ``1 - all_``, of which published numbers are made, to the last bit.
    """
    row: Whole = HEADER + c * PER_CLIQUE
    rest = 0.0
    at: Whole = joint + n[row + FIRST]
    for x in range(n[row + SIZE]):
        rest += s[at + x] if (x & mask) != mask else 0.0
    return rest if abs(all_ + rest - 1.0) > OFF else 1.0 - all_


@inline
def _answer(
    s: Floats, n: Ints, joint: Whole, m: Whole, if_right: float, if_not: float, known: Floats, ratio: Floats,
    fresh: Ints, touched: Ints,
) -> float:  # fmt: skip
    """Bayes' rule; groups of skills in different cliques as if independent of each other.

    Returns how probable the answer was.
    """
    first: Whole = n[AT_ITEMS] + m * n[PER_ITEM] + n[GROUPS]
    groups, all_ = (n[PER_ITEM] - n[GROUPS]) // 2, 1.0
    for g in range(groups):
        c = n[first + 2 * g]
        known[g] = all_known(s, n, joint, c, n[first + 2 * g + 1]) if c >= 0 else 1.0
        all_ *= known[g]
    for g in range(groups):
        c, mask, rest = n[first + 2 * g], n[first + 2 * g + 1], 1.0
        if c >= 0:
            for other in range(groups):
                rest *= known[other] if other != g else 1.0
            if_all = rest * if_right + (1.0 - rest) * if_not
            here = all_known(s, n, joint, c, mask) if g > 0 else known[0]
            evidence = here * if_all + _not_all(s, n, joint, c, mask, here) * if_not
            if evidence > 0.0:
                row: Whole = HEADER + c * PER_CLIQUE
                at = joint + n[row + FIRST]
                yes, no = if_all / evidence, if_not / evidence
                for x in range(n[row + SIZE]):
                    s[at + x] *= yes if (x & mask) == mask else no
                spread(s, n, joint, c, ratio, fresh, touched)
    return all_ * if_right + (1.0 - all_) * if_not


@inline
def _learn(
    s: Floats, n: Ints, joint: Whole, k: Whole, learn: float, leak: float, rate: Floats, ratio: Floats, touched: Ints
) -> None:  # fmt: skip
    """The chance of having learnt one skill, in every clique that has it.

    ``rate`` (as long as the tables) is the chance by combination; a clique that does not know all prerequisites has
    the mean of those of its neighbour, given what both share.
    """
    skill: Whole = n[AT_SKILLS] + k * PER_SKILL
    home, bit, needed, steps = n[skill + HOME], n[skill + BIT], n[skill + NEEDED], n[skill + STEPS]
    row: Whole = HEADER + home * PER_CLIQUE
    first, ready = n[row + FIRST], 1.0
    for lost in range(n[skill + LOST], n[skill + LOST] + n[skill + LOSSES]):
        other: Whole = n[AT_SKILLS] + n[lost] * PER_SKILL
        ready *= all_known(s, n, joint, n[other + HOME], n[other + BIT])
    open_ = leak + (1.0 - leak) * ready
    for x in range(n[row + SIZE]):
        rate[first + x] = learn * (open_ if (x & needed) == needed else leak)
    for step in range(n[skill + WALK], n[skill + WALK] + 4 * steps, 4):
        _rates(s, n, joint, n[step], n[step + 3], n[step + 2], rate, ratio)
    _move(s, rate, joint + first, first, n[row + SIZE], bit)
    touched[home] = 1
    for step in range(n[skill + WALK], n[skill + WALK] + 4 * steps, 4):
        row: Whole = HEADER + n[step] * PER_CLIQUE
        _move(s, rate, joint + n[row + FIRST], n[row + FIRST], n[row + SIZE], n[step + 1])
        touched[n[step]] = 1


@inline
def _rates(s: Floats, n: Ints, joint: Whole, c: Whole, bit: Whole, source: Whole, rate: Floats, moved: Floats) -> None:
    """A clique's chances of learning from those of a neighbour, and what is between them after it.

    ``bit`` is the skill's, in the entries of the clique that hangs on the other.
    """
    row: Whole = HEADER + c * PER_CLIQUE
    other: Whole = HEADER + source * PER_CLIQUE
    hangs = n[row + ABOVE] == source
    edge = row if hangs else other
    shared, table, between = n[edge + SHARED], n[edge + MAP], joint + n[edge + SEPARATED]
    first, start = n[row + FIRST], n[other + FIRST]
    for x in range(2 * shared):
        moved[x] = 0.0
    for x in range(n[other + SIZE]):
        to = n[table + x] if hangs else x & (shared - 1)
        moved[to] += s[joint + start + x] * rate[start + x]
        moved[to + shared] += s[joint + start + x]
    for x in range(shared):
        # by its own mass, not by what both should have: so a chance stays one where next to nothing is left
        moved[x] = moved[x] / moved[x + shared] if moved[x + shared] > 0.0 else 0.0
    _move(s, moved, between, 0, shared, bit)
    for x in range(n[row + SIZE]):
        rate[first + x] = moved[x & (shared - 1) if hangs else n[table + x]]


@inline
def _move(s: Floats, rate: Floats, at: Whole, first: Whole, size: Whole, bit: Whole) -> None:
    """One skill may have been learnt, in the table that begins at ``at``; its chances begin at ``first``."""
    for x in range(size):
        if (x & bit) == 0:
            moved = s[at + x] * rate[first + x]
            s[at + x] -= moved
            s[at + x + bit] += moved


@inline
def sum_up_of(s: Floats, n: Ints, at: Whole, touched: Ints) -> None:
    """What is read off the tables: beliefs and their sum, ``ready`` and ``open`` of every skill."""
    skills = n[SKILLS]
    ready_at, open_at, joint, total = at + skills + 1, at + 2 * skills + 1, at + 3 * skills + 1, 0.0
    for k in range(skills):
        skill: Whole = n[AT_SKILLS] + k * PER_SKILL
        if touched[n[skill + HOME]] == 1:
            first = joint + n[HEADER + n[skill + HOME] * PER_CLIQUE + FIRST]
            open_, both, alone = 0.0, 0.0, 0.0
            for entry in range(n[skill + OPEN], n[skill + BOTH]):
                open_ += s[first + n[entry]]
            for entry in range(n[skill + BOTH], n[skill + ALONE]):
                both += s[first + n[entry]]
            for entry in range(n[skill + ALONE], n[skill + END]):
                alone += s[first + n[entry]]
            s[at + k] = min(both + alone, 1.0)
            s[ready_at + k] = min(open_ + both, 1.0)
            s[open_at + k] = open_
        total += s[at + k]
    s[at + skills] = total
    for k in range(skills):
        skill: Whole = n[AT_SKILLS] + k * PER_SKILL
        if n[skill + LOSSES] > 0:
            home, needed, share = n[skill + HOME], n[skill + NEEDED], 1.0
            ready = all_known(s, n, joint, home, needed)
            both = all_known(s, n, joint, home, needed | n[skill + BIT])
            for lost in range(n[skill + LOST], n[skill + LOST] + n[skill + LOSSES]):
                share *= s[at + n[lost]]
            s[ready_at + k] = min(ready, 1.0) * share
            s[open_at + k] = max(ready - both, 0.0) * share


@inline
def lesson(
    s: Floats, n: Ints, at: Whole, m: Whole, answered: Truth, right: Truth, odds: float, numbers: Floats,
    known: Floats, ratio: Floats, rate: Floats, fresh: Ints, touched: Ints,
) -> float:  # fmt: skip
    """Learn and answer, or answer and learn; how probable the answer was (1 without any). Beliefs stay as they were.

    ``odds``: how much likelier what else was seen of the answer is if the skills are known; 1: nothing was.
    """
    leak, learn_first, p = numbers[LEAK], numbers[LEARN_FIRST] > 0.0, 1.0
    first: Whole = ITEMS + 3 * m
    joint, learn, guess, slip = at + 3 * n[SKILLS] + 1, numbers[first], numbers[first + 1], numbers[first + 2]
    counted, tries = n[COUNTED], at + n[TRIES]
    for turn in range(2):
        if learn_first == (turn == 0):
            for slot in range(n[AT_ITEMS] + m * n[PER_ITEM], n[AT_ITEMS] + m * n[PER_ITEM] + n[GROUPS]):
                if n[slot] >= 0:
                    if counted > 0:
                        before = min(np.int64(s[tries + n[slot]]), counted - 1)
                        learn = float(numbers[n[LEARN] + m * counted + before])
                        s[tries + n[slot]] += 1.0
                    _learn(s, n, joint, n[slot], learn, leak, rate, ratio, touched)
        elif answered:
            if_right, if_not = ((1.0 - slip) * odds, guess) if right else (slip * odds, 1.0 - guess)
            p = _answer(s, n, joint, m, if_right, if_not, known, ratio, fresh, touched)
    return p


@inline
def pass_days(s: Floats, n: Ints, at: Whole, lost: Floats, skills_of: Ints) -> None:
    """Some of what is known is forgotten, in every table. Beliefs stay as they were."""
    joint, place = at + 3 * n[SKILLS] + 1, 0
    for c in range(n[CLIQUES]):
        row: Whole = HEADER + c * PER_CLIQUE
        bit = 1
        while bit < n[row + SIZE]:
            k: Whole = skills_of[place]
            _fade(s, joint + n[row + FIRST], n[row + SIZE], bit, lost[k])
            if bit < n[row + SHARED]:  # what is shared comes first
                _fade(s, joint + n[row + SEPARATED], n[row + SHARED], bit, lost[k])
            bit *= 2
            place += 1


@kernel
def update(s: Floats, items: Ints, out: Outcome, numbers: Floats, n: Ints) -> None:
    """One lesson each."""
    ratio, known, rate = np.empty(2 * n[SEPARATOR]), np.empty(n[PER_ITEM]), np.empty(n[WIDTH])
    fresh, touched = np.empty(n[CLIQUES], np.int64), np.empty(n[CLIQUES], np.int64)
    for i in range(items.shape[0]):
        m: Whole = items[i]
        if m < 0:
            continue
        at: Whole = i * n[WIDTH]
        answered, right = out[i]["answered"], out[i]["correct"]
        touched[:] = 0
        lesson(s, n, at, m, answered, right, 1.0, numbers, known, ratio, rate, fresh, touched)
        sum_up_of(s, n, at, touched)


@kernel
def update_with_clues(s: Floats, items: Ints, out: Outcome, numbers: Floats, n: Ints) -> None:
    """One lesson each, with what its time and hints say; the last two numbers of a record are a student's pace."""
    ratio, known, rate = np.empty(2 * n[SEPARATOR]), np.empty(n[PER_ITEM]), np.empty(n[WIDTH])
    fresh, touched = np.empty(n[CLIQUES], np.int64), np.empty(n[CLIQUES], np.int64)
    for i in range(items.shape[0]):
        m: Whole = items[i]
        if m < 0:
            continue
        at: Whole = i * n[WIDTH]
        answered, right, odds, all_ = out[i]["answered"], out[i]["correct"], 1.0, 1.0
        if answered:
            for slot in range(n[AT_ITEMS] + m * n[PER_ITEM], n[AT_ITEMS] + m * n[PER_ITEM] + n[GROUPS]):
                k: Whole = n[slot]
                all_ *= s[at + k] if k >= 0 else 1.0
            odds = look(s, at + n[WIDTH] - 2, m, out[i], all_, numbers)
        touched[:] = 0
        lesson(s, n, at, m, answered, right, odds, numbers, known, ratio, rate, fresh, touched)
        sum_up_of(s, n, at, touched)


@inline
def _fade(s: Floats, first: Whole, size: Whole, bit: Whole, lost: float) -> None:
    """One skill is forgotten, in one table."""
    for x in range(first, first + size):
        if ((x - first) & bit) != 0:
            moved = s[x] * lost
            s[x] -= moved
            s[x - bit] += moved


@kernel
def sum_up(s: Floats, n: Ints) -> None:
    """Everything that is read off the tables, of every record."""
    touched = np.ones(n[CLIQUES], np.int64)
    for at in range(0, s.shape[0], n[WIDTH]):
        sum_up_of(s, n, at, touched)


@kernel
def elapse(s: Floats, days: Floats, forget: Floats, n: Ints, skills_of: Ints) -> None:
    """Every known skill is forgotten with probability 1 - exp(-forget days), independently.

    Args:
        s: the records.
        days: (N,).
        forget: (K,) per day.
        n: the tree.
        skills_of: the cliques' skills in the order of their bits, one clique after the other.
    """
    lost, known_for = np.zeros(n[SKILLS]), 0.0  # ``lost`` was computed for this gap
    touched = np.ones(n[CLIQUES], np.int64)
    for i in range(days.shape[0]):
        if days[i] <= 0.0:
            continue
        if days[i] != known_for:
            known_for = days[i]
            for k in range(n[SKILLS]):
                lost[k] = 1.0 - np.exp(-forget[k] * known_for)
        pass_days(s, n, i * n[WIDTH], lost, skills_of)
        sum_up_of(s, n, i * n[WIDTH], touched)
