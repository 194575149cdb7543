"""Kernels of the students on a map of concepts (KSS): batches over the rows of one (N, W) float64 state.

A student's row: group, multiplier on the increment, last skill visited (-1: none yet), ability (K). The skills of an
item stand children first, so every lesson is judged by what was there before it.
"""

from __future__ import annotations

import math

import numpy as np

from ..jit import inline, kernel
from ..normal import sigmoid
from ..packed import HEADER, N_ITEMS, N_SKILLS, PARENTS, WIDTH, blank

INCREMENT, LAST, ABILITY = 1, 2, 3  # columns of the state
RATE, CEILING, SLOPE, FLOOR, CONSTANTS = range(5)
DIFFICULTY, MINUTES, ASKS, PER_ITEM = range(4)
REFERENCE, LEADS_TO = range(2)  # of a skill; from LEADS_TO on K flags: may come next; then D shares of its increment
"""The integers end with the number D and, for every skill, the D skills that get these shares, padded with -1."""


@inline
def _p_right(s, i, j, f, n):
    """P(right answer) to item j, by the abilities alone."""
    difficulty, knows = f[CONSTANTS + j * PER_ITEM + DIFFICULTY], 1.0
    for slot in range(HEADER + j * n[WIDTH], HEADER + (j + 1) * n[WIDTH]):
        if n[slot] < 0:
            break
        knows *= sigmoid(f[SLOPE] * (s[i, ABILITY + n[slot]] - difficulty))
    return f[FLOOR] + (1.0 - f[FLOOR]) * knows


@inline
def _mastery(s, i, k, f, n):
    """P(right answer) to the reference item of skill k."""
    heirs = n[HEADER + n[N_ITEMS] * n[WIDTH] + n[N_SKILLS] * (n[PARENTS] + 1)]
    skill = CONSTANTS + n[N_ITEMS] * PER_ITEM + k * (LEADS_TO + n[N_SKILLS] + heirs)
    return f[FLOOR] + (1.0 - f[FLOOR]) * sigmoid(f[SLOPE] * (s[i, ABILITY + k] - f[skill + REFERENCE]))


@inline
def _increment(s, i, k, f, n):
    """What a visit adds to skill k: a share of what it lacks, shrunk by what its prerequisites lack."""
    parent0, short = HEADER + n[N_ITEMS] * n[WIDTH] + k * n[PARENTS], 0.0
    for slot in range(parent0, parent0 + n[PARENTS]):
        if n[slot] < 0:
            break
        short += f[CEILING] - s[i, ABILITY + n[slot]]
    return f[RATE] * s[i, INCREMENT] * (f[CEILING] - s[i, ABILITY + k]) * math.exp(-short)


@kernel
def reset(s, rows, deviates, starts, f, n):
    """Fresh students, who have visited nothing; ``starts`` (n, K): abilities, still to be shifted and capped."""
    for r in range(rows.shape[0]):
        i = rows[r]
        s[i, INCREMENT] = math.exp(deviates[r, 1])
        s[i, LAST] = -1.0
        for k in range(n[N_SKILLS]):
            s[i, ABILITY + k] = min(starts[r, k] + deviates[r, 0], f[CEILING])


@kernel
def step(s, items, u, out, f, n):
    """Answer, then learn from what the last visit leads to."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    skills, width, skill0 = n[N_SKILLS], n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM
    heirs0 = HEADER + n[N_ITEMS] * width + skills * (n[PARENTS] + 1) + 1
    heirs = n[heirs0 - 1]
    per_skill, ceiling = LEADS_TO + skills + heirs, f[CEILING]
    for i in range(items.shape[0]):
        j = items[i]
        if j < 0:
            blank(answered, correct, minutes, i)
            continue
        item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
        asks = f[item + ASKS] > 0.0
        answered[i] = asks
        correct[i] = asks & (u[i, 0] < _p_right(s, i, j, f, n))
        minutes[i] = f[item + MINUTES]
        last, visited = int(s[i, LAST]), -1
        for slot in range(first, first + width):
            k = n[slot]
            if k < 0:
                break
            if last >= 0 and f[skill0 + last * per_skill + LEADS_TO + k] <= 0.0:
                continue
            gain = _increment(s, i, k, f, n)
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
def p_some(s, items, out, f, n):
    """Probability of a right answer to each of these items."""
    for i in range(out.shape[0]):
        for e in range(items.shape[0]):
            out[i, e] = _p_right(s, i, items[e], f, n)


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none)."""
    for i in range(out.shape[0]):
        out[i] = _p_right(s, i, items[i], f, n) if items[i] >= 0 else 0.0


@kernel
def mastery(s, out, f, n):
    """Probability of a right answer to each skill's reference item."""
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[i, k] = _mastery(s, i, k, f, n)


@kernel
def mastery_sum(s, out, f, n):
    """Sum of the masteries."""
    for i in range(out.shape[0]):
        total = 0.0
        for k in range(n[N_SKILLS]):
            total += _mastery(s, i, k, f, n)
        out[i] = total


@kernel
def expected_gain(s, out, f, n):
    """Change of the sum of masteries from each item: no chance is in it."""
    skills, width, skill0 = n[N_SKILLS], n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM
    heirs0 = HEADER + n[N_ITEMS] * width + skills * (n[PARENTS] + 1) + 1
    heirs = n[heirs0 - 1]
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
                gain = _increment(s, i, k, f, n)
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
