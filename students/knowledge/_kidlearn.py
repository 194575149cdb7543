"""Kernels of the KidLearn students: batches over rows of one (N, W) float64 state and two packed parameter arrays.

A student's row: group, multiplier on the odds of learning, comprehension of each approach (4), level (K). The skills
of an item stand children first, so every lesson is judged by the levels before it.
"""

from __future__ import annotations

import math

from ..jit import inline, kernel
from ..loops import answers_of, masteries_of
from ..packed import HEADER, N_ITEMS, N_SKILLS, PARENTS, WIDTH, untaught

LEARN, COMPREHENSION, LEVEL = 1, 2, 6  # columns of the state
APPROACHES = 4

STEEPNESS, OFFSET, REACH, ANSWER_STEEPNESS, ANSWER_OFFSET, ANSWER_REACH, CEILING, CONSTANTS = range(8)
MINUTES, APPROACH, ASKS, REQUIRED = range(4)  # of an item; from REQUIRED on one level for each of its skills
TOP, SHARE, PER_SKILL = range(3)


@inline
def learning(gap, steepness, offset, odds):
    """P(learning) where the item asks for a level by ``gap`` above the student's, within reach."""
    chance = math.exp(steepness * (offset - gap)) * odds
    return chance / (1.0 + chance)


@inline
def answering(gap, steepness, offset, reach):
    """One skill's part of the probability of a right answer; 0 where the item is beyond reach."""
    return 0.0 if gap > reach else 1.0 / (1.0 + math.exp(-steepness * (offset - gap)))


@inline
def right_answer(product, skills, ceiling, comprehension):
    """P(right answer) from the product over the item's skills: their geometric mean."""
    return comprehension * ceiling * (product if skills == 1 else math.pow(product, 1.0 / skills))


@kernel
def reset(s, rows, deviates, starts, comprehension, f, n):
    """Fresh students; ``starts`` (n, K): levels, still to be capped by the skill's top and its prerequisites'."""
    skills, items, width, parents = n[N_SKILLS], n[N_ITEMS], n[WIDTH], n[PARENTS]
    order, parent0 = n.shape[0] - skills, HEADER + items * width
    skill0 = CONSTANTS + items * (REQUIRED + width)
    for r in range(rows.shape[0]):
        i = rows[r]
        s[i, LEARN] = math.exp(deviates[r, 1])
        for a in range(APPROACHES):
            s[i, COMPREHENSION + a] = comprehension[r, a]
        for position in range(skills):
            k = n[order + position]
            share = 1.0
            for slot in range(parent0 + k * parents, parent0 + k * parents + parents):
                if n[slot] < 0:
                    break
                share = min(share, s[i, LEVEL + n[slot]] / f[skill0 + n[slot] * PER_SKILL + TOP])
            s[i, LEVEL + k] = min(starts[r, k], share * f[skill0 + k * PER_SKILL + TOP])


@kernel
def step(s, items, u, out, f, n):
    """Learn, then answer. ``u``: the answer, then one per skill of the item."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    width, parents, parent0 = n[WIDTH], n[PARENTS], HEADER + n[N_ITEMS] * n[WIDTH]
    per_item = REQUIRED + width
    skill0 = CONSTANTS + n[N_ITEMS] * per_item
    steepness, offset, reach = f[STEEPNESS], f[OFFSET], f[REACH]
    for i in range(items.shape[0]):
        if untaught(items[i], i, answered, correct, minutes):
            continue
        j = items[i]
        item, listed = CONSTANTS + j * per_item, HEADER + j * width
        comprehension = s[i, COMPREHENSION + int(f[item + APPROACH])]
        product, count = 1.0, 0
        for slot in range(width):
            k = n[listed + slot]
            if k < 0:
                break
            level, required, skill = s[i, LEVEL + k], f[item + REQUIRED + slot], skill0 + k * PER_SKILL
            new = (1.0 - f[skill + SHARE]) * level + f[skill + SHARE] * required
            open_ = (level < required) & (required - level <= reach)
            for parent in range(parent0 + k * parents, parent0 + k * parents + parents):
                p = n[parent]
                if p < 0:
                    break
                open_ = open_ & (new * f[skill0 + p * PER_SKILL + TOP] <= s[i, LEVEL + p] * f[skill + TOP])
            if open_ and u[i, 1 + slot] < comprehension * learning(required - level, steepness, offset, s[i, LEARN]):
                s[i, LEVEL + k] = new
                level = new
            product *= answering(required - level, f[ANSWER_STEEPNESS], f[ANSWER_OFFSET], f[ANSWER_REACH])
            count += 1
        asks = f[item + ASKS] > 0.0
        answered[i] = asks
        correct[i] = asks & (u[i, 0] < right_answer(product, count, f[CEILING], comprehension))
        minutes[i] = f[item + MINUTES]


@inline
def numbers(f, n):
    """What is read once for all students."""
    return n[WIDTH], CONSTANTS + n[N_ITEMS] * (REQUIRED + n[WIDTH])


@inline
def p_right(s, i, j, c, f, n):
    """P(right answer) to item j from the levels now."""
    width = c[0]
    item, listed = CONSTANTS + j * (REQUIRED + width), HEADER + j * width
    product, count = 1.0, 0
    for slot in range(width):
        if n[listed + slot] < 0:
            break
        gap = f[item + REQUIRED + slot] - s[i, LEVEL + n[listed + slot]]
        product *= answering(gap, f[ANSWER_STEEPNESS], f[ANSWER_OFFSET], f[ANSWER_REACH])
        count += 1
    return right_answer(product, count, f[CEILING], s[i, COMPREHENSION + int(f[item + APPROACH])])


@inline
def known(s, i, k, c, f, n):
    """The level as a share of the skill's top."""
    return s[i, LEVEL + k] / f[c[1] + k * PER_SKILL + TOP]


p_some, p_correct = answers_of(__name__)
mastery, mastery_sum = masteries_of(__name__)


@kernel
def expected_gain(s, out, f, n):
    """Expected change of the sum of masteries from each item: exact."""
    width, parents, parent0 = n[WIDTH], n[PARENTS], HEADER + n[N_ITEMS] * n[WIDTH]
    per_item = REQUIRED + width
    skill0 = CONSTANTS + n[N_ITEMS] * per_item
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            item, total = CONSTANTS + j * per_item, 0.0
            for slot in range(width):
                k = n[HEADER + j * width + slot]
                if k < 0:
                    break
                level, required, skill = s[i, LEVEL + k], f[item + REQUIRED + slot], skill0 + k * PER_SKILL
                new, top = (1.0 - f[skill + SHARE]) * level + f[skill + SHARE] * required, f[skill + TOP]
                open_ = (level < required) & (required - level <= f[REACH])
                for parent in range(parent0 + k * parents, parent0 + k * parents + parents):
                    p = n[parent]
                    if p < 0:
                        break
                    open_ = open_ & (new * f[skill0 + p * PER_SKILL + TOP] <= s[i, LEVEL + p] * top)
                if open_:
                    chance = learning(required - level, f[STEEPNESS], f[OFFSET], s[i, LEARN])
                    total += chance * (new - level) / top
            out[i, j] = total * s[i, COMPREHENSION + int(f[item + APPROACH])]
