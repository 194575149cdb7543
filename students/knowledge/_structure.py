"""Kernels of the structure students: batches over rows of one (N, W) float64 state and two packed parameter arrays.

Two kinds of rows. ``BLIM`` and ``TMS``: group, multipliers on the odds of learning, guessing and slipping, known (K).
``KSS``: group, multiplier on the increment, last skill visited (-1: none yet), ability (K). Helpers take scalars only,
as in ``_bkt``. The skills of an item stand children first, so every lesson is judged by what was there before it.
"""

from __future__ import annotations

import math

import numpy as np

from ..jit import inline, kernel

N_SKILLS, N_ITEMS, WIDTH, PARENTS, HEADER = range(5)  # of the integers: K, M, S skills per item, P parents per skill

# BLIM and TMS
LEARN, GUESS, SLIP, KNOWN = 1, 2, 3, 4  # columns of the state
LEARN_FIRST, CONSTANTS = range(2)
GUESS_ODDS, SLIP_ODDS, MINUTES, ASKS, PER_ITEM = range(5)
PRIOR_ODDS, LEARN_ODDS, PER_SKILL = range(3)

# KSS
INCREMENT, LAST, ABILITY = 1, 2, 3  # columns of the state
RATE, CEILING, SLOPE, FLOOR, KSS_CONSTANTS = range(5)
KSS_DIFFICULTY, KSS_MINUTES, KSS_ASKS, KSS_ITEM = range(4)
REFERENCE, LEADS_TO = range(2)  # of a skill; from LEADS_TO on K flags: may come next; then D shares of its increment
"""The integers end with the number D and, for every skill, the D skills that get these shares, padded with -1."""


@kernel
def reset(s, rows, deviates, u, split, f, n):
    """Fresh students; ``u`` from column ``split`` on: one draw per skill."""
    skills, items, parents = n[N_SKILLS], n[N_ITEMS], n[PARENTS]
    order, parent0, skill0 = n.shape[0] - skills, HEADER + items * n[WIDTH], CONSTANTS + items * PER_ITEM
    for r in range(rows.shape[0]):
        i = rows[r]
        prior = math.exp(deviates[r, 0])
        for column in range(LEARN, KNOWN):
            s[i, column] = math.exp(deviates[r, column])
        for position in range(skills):
            k = n[order + position]
            ready = True
            for slot in range(parent0 + k * parents, parent0 + k * parents + parents):
                if n[slot] < 0:
                    break
                ready = ready & (s[i, KNOWN + n[slot]] > 0.0)
            o = f[skill0 + k * PER_SKILL + PRIOR_ODDS] * prior
            s[i, KNOWN + k] = 1.0 if ready & (u[r, split + k] * (1.0 + o) < o) else 0.0


@kernel
def step(s, items, u, out, f, n):
    """Answer and learn, in the model's order. ``u``: the answer, then one per skill of the item."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    width, parents = n[WIDTH], n[PARENTS]
    parent0, skill0 = HEADER + n[N_ITEMS] * width, CONSTANTS + n[N_ITEMS] * PER_ITEM
    learn_first = f[LEARN_FIRST] > 0.0
    for i in range(items.shape[0]):
        j = items[i]
        if j < 0:
            answered[i] = False
            correct[i] = False
            minutes[i] = 0.0
            continue
        item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
        before, after = True, True
        for slot in range(width):
            k = n[first + slot]
            if k < 0:
                break
            known = s[i, KNOWN + k] > 0.0
            o = f[skill0 + k * PER_SKILL + LEARN_ODDS] * s[i, LEARN]
            then = u[i, 1 + slot] * (1.0 + o) < o
            for parent in range(parent0 + k * parents, parent0 + k * parents + parents):
                p = n[parent]  # no break: a loop of fixed length is faster than a branch that nobody can foresee
                then = then & ((p < 0) | (s[i, KNOWN + max(p, 0)] > 0.0))
            then = then | known
            s[i, KNOWN + k] = 1.0 if then else 0.0
            before = before & known
            after = after & then
        knows = after if learn_first else before
        o = f[item + SLIP_ODDS] * s[i, SLIP] if knows else f[item + GUESS_ODDS] * s[i, GUESS]
        asks = f[item + ASKS] > 0.0
        answered[i] = asks
        correct[i] = asks & (u[i, 0] * (1.0 + o) < (1.0 if knows else o))
        minutes[i] = f[item + MINUTES]


@kernel
def p_some(s, items, out, f, n):
    """Probability of a right answer to each of these items."""
    width = n[WIDTH]
    for i in range(out.shape[0]):
        for e in range(items.shape[0]):
            item, first = CONSTANTS + items[e] * PER_ITEM, HEADER + items[e] * width
            knows = True
            for slot in range(first, first + width):
                if n[slot] < 0:
                    break
                knows = knows & (s[i, KNOWN + n[slot]] > 0.0)
            o = f[item + SLIP_ODDS] * s[i, SLIP] if knows else f[item + GUESS_ODDS] * s[i, GUESS]
            out[i, e] = (1.0 if knows else o) / (1.0 + o)


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none)."""
    width = n[WIDTH]
    for i in range(out.shape[0]):
        out[i] = 0.0
        j = items[i]
        if j >= 0:
            item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
            knows = True
            for slot in range(first, first + width):
                if n[slot] < 0:
                    break
                knows = knows & (s[i, KNOWN + n[slot]] > 0.0)
            o = f[item + SLIP_ODDS] * s[i, SLIP] if knows else f[item + GUESS_ODDS] * s[i, GUESS]
            out[i] = (1.0 if knows else o) / (1.0 + o)


@kernel
def mastery_sum(s, out, n):
    """Number of known skills."""
    for i in range(out.shape[0]):
        total = 0.0
        for column in range(KNOWN, KNOWN + n[N_SKILLS]):
            total += s[i, column]
        out[i] = total


@kernel
def expected_gain(s, out, f, n):
    """Expected number of skills that each item teaches now."""
    width, parents = n[WIDTH], n[PARENTS]
    parent0, skill0 = HEADER + n[N_ITEMS] * width, CONSTANTS + n[N_ITEMS] * PER_ITEM
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            total = 0.0
            for slot in range(HEADER + j * width, HEADER + j * width + width):
                k = n[slot]
                if k < 0:
                    break
                fringe = s[i, KNOWN + k] <= 0.0
                for parent in range(parent0 + k * parents, parent0 + k * parents + parents):
                    if n[parent] < 0:
                        break
                    fringe = fringe & (s[i, KNOWN + n[parent]] > 0.0)
                o = f[skill0 + k * PER_SKILL + LEARN_ODDS] * s[i, LEARN]
                total += o / (1.0 + o) if fringe else 0.0
            out[i, j] = total


@kernel
def outer_fringe(s, out, n):
    """Which unknown skills have all their prerequisites."""
    parents, parent0 = n[PARENTS], HEADER + n[N_ITEMS] * n[WIDTH]
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            fringe = s[i, KNOWN + k] <= 0.0
            for parent in range(parent0 + k * parents, parent0 + k * parents + parents):
                if n[parent] < 0:
                    break
                fringe = fringe & (s[i, KNOWN + n[parent]] > 0.0)
            out[i, k] = fringe


@inline
def sigmoid(x):
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + math.exp(min(-x, 700.0)))


@kernel
def kss_reset(s, rows, deviates, starts, f, n):
    """Fresh students, who have visited nothing; ``starts`` (n, K): abilities, still to be shifted and capped."""
    for r in range(rows.shape[0]):
        i = rows[r]
        s[i, INCREMENT] = math.exp(deviates[r, 1])
        s[i, LAST] = -1.0
        for k in range(n[N_SKILLS]):
            s[i, ABILITY + k] = min(starts[r, k] + deviates[r, 0], f[CEILING])


@kernel
def kss_step(s, items, u, out, f, n):
    """Answer, then learn from what the last visit leads to."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    skills, width, parents = n[N_SKILLS], n[WIDTH], n[PARENTS]
    parent0, skill0 = HEADER + n[N_ITEMS] * width, KSS_CONSTANTS + n[N_ITEMS] * KSS_ITEM
    heirs0, heirs = parent0 + skills * (parents + 1) + 1, n[parent0 + skills * (parents + 1)]
    per_skill, ceiling, slope, floor = LEADS_TO + skills + heirs, f[CEILING], f[SLOPE], f[FLOOR]
    for i in range(items.shape[0]):
        j = items[i]
        if j < 0:
            answered[i] = False
            correct[i] = False
            minutes[i] = 0.0
            continue
        item, first = KSS_CONSTANTS + j * KSS_ITEM, HEADER + j * width
        knows = 1.0
        for slot in range(first, first + width):
            if n[slot] < 0:
                break
            knows *= sigmoid(slope * (s[i, ABILITY + n[slot]] - f[item + KSS_DIFFICULTY]))
        asks = f[item + KSS_ASKS] > 0.0
        answered[i] = asks
        correct[i] = asks & (u[i, 0] < floor + (1.0 - floor) * knows)
        minutes[i] = f[item + KSS_MINUTES]
        last, visited = int(s[i, LAST]), -1
        for slot in range(first, first + width):
            k = n[slot]
            if k < 0:
                break
            if last >= 0 and f[skill0 + last * per_skill + LEADS_TO + k] <= 0.0:
                continue
            short = 0.0
            for parent in range(parent0 + k * parents, parent0 + k * parents + parents):
                if n[parent] < 0:
                    break
                short += ceiling - s[i, ABILITY + n[parent]]
            gain = f[RATE] * s[i, INCREMENT] * (ceiling - s[i, ABILITY + k]) * math.exp(-short)
            share = skill0 + k * per_skill + LEADS_TO + skills
            for heir in range(heirs):
                d = n[heirs0 + k * heirs + heir]
                if d < 0:
                    break
                s[i, ABILITY + d] = min(s[i, ABILITY + d] + f[share + heir] * gain, ceiling)
            visited = visited if visited >= 0 else k
        if visited >= 0:
            s[i, LAST] = visited


@kernel
def kss_p_some(s, items, out, f, n):
    """Probability of a right answer to each of these items."""
    width, slope, floor = n[WIDTH], f[SLOPE], f[FLOOR]
    for i in range(out.shape[0]):
        for e in range(items.shape[0]):
            item, first = KSS_CONSTANTS + items[e] * KSS_ITEM, HEADER + items[e] * width
            knows = 1.0
            for slot in range(first, first + width):
                if n[slot] < 0:
                    break
                knows *= sigmoid(slope * (s[i, ABILITY + n[slot]] - f[item + KSS_DIFFICULTY]))
            out[i, e] = floor + (1.0 - floor) * knows


@kernel
def kss_p_correct(s, items, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none)."""
    width, slope, floor = n[WIDTH], f[SLOPE], f[FLOOR]
    for i in range(out.shape[0]):
        out[i] = 0.0
        j = items[i]
        if j >= 0:
            item, first = KSS_CONSTANTS + j * KSS_ITEM, HEADER + j * width
            knows = 1.0
            for slot in range(first, first + width):
                if n[slot] < 0:
                    break
                knows *= sigmoid(slope * (s[i, ABILITY + n[slot]] - f[item + KSS_DIFFICULTY]))
            out[i] = floor + (1.0 - floor) * knows


@kernel
def kss_mastery(s, out, f, n):
    """Probability of a right answer to each skill's reference item."""
    skill0, heirs = KSS_CONSTANTS + n[N_ITEMS] * KSS_ITEM, HEADER + n[N_ITEMS] * n[WIDTH]
    per_skill = LEADS_TO + n[N_SKILLS] + n[heirs + n[N_SKILLS] * (n[PARENTS] + 1)]
    slope, floor = f[SLOPE], f[FLOOR]
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            gap = s[i, ABILITY + k] - f[skill0 + k * per_skill + REFERENCE]
            out[i, k] = floor + (1.0 - floor) * sigmoid(slope * gap)


@kernel
def kss_mastery_sum(s, out, f, n):
    """Sum of the masteries."""
    skill0, heirs = KSS_CONSTANTS + n[N_ITEMS] * KSS_ITEM, HEADER + n[N_ITEMS] * n[WIDTH]
    per_skill = LEADS_TO + n[N_SKILLS] + n[heirs + n[N_SKILLS] * (n[PARENTS] + 1)]
    slope, floor = f[SLOPE], f[FLOOR]
    for i in range(out.shape[0]):
        total = 0.0
        for k in range(n[N_SKILLS]):
            gap = s[i, ABILITY + k] - f[skill0 + k * per_skill + REFERENCE]
            total += floor + (1.0 - floor) * sigmoid(slope * gap)
        out[i] = total


@kernel
def kss_expected_gain(s, out, f, n):
    """Change of the sum of masteries from each item: no chance is in it."""
    skills, width, parents = n[N_SKILLS], n[WIDTH], n[PARENTS]
    parent0, skill0 = HEADER + n[N_ITEMS] * width, KSS_CONSTANTS + n[N_ITEMS] * KSS_ITEM
    heirs0, heirs = parent0 + skills * (parents + 1) + 1, n[parent0 + skills * (parents + 1)]
    per_skill, ceiling, slope, floor = LEADS_TO + skills + heirs, f[CEILING], f[SLOPE], f[FLOOR]
    now, ability = np.empty(skills), np.empty(skills)
    for i in range(out.shape[0]):
        last = int(s[i, LAST])
        for k in range(skills):
            ability[k] = s[i, ABILITY + k]
            now[k] = sigmoid(slope * (ability[k] - f[skill0 + k * per_skill + REFERENCE]))
        for j in range(out.shape[1]):
            listed = HEADER + j * width
            for slot in range(listed, listed + width):
                k = n[slot]
                if k < 0:
                    break
                if last >= 0 and f[skill0 + last * per_skill + LEADS_TO + k] <= 0.0:
                    continue
                short = 0.0
                for parent in range(parent0 + k * parents, parent0 + k * parents + parents):
                    if n[parent] < 0:
                        break
                    short += ceiling - s[i, ABILITY + n[parent]]
                gain = f[RATE] * s[i, INCREMENT] * (ceiling - s[i, ABILITY + k]) * math.exp(-short)
                share = skill0 + k * per_skill + LEADS_TO + skills
                for heir in range(heirs):
                    d = n[heirs0 + k * heirs + heir]
                    if d < 0:
                        break
                    ability[d] = min(ability[d] + f[share + heir] * gain, ceiling)
            total = 0.0
            for d in range(skills):
                if ability[d] != s[i, ABILITY + d]:
                    total += sigmoid(slope * (ability[d] - f[skill0 + d * per_skill + REFERENCE])) - now[d]
                    ability[d] = s[i, ABILITY + d]
            out[i, j] = (1.0 - floor) * total
