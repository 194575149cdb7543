"""Kernels of the students on a map of concepts (KSS): batches over the rows of one (N, W) float64 state.

A student's row: group, multiplier on the increment, last skill visited (-1: none yet), ability (K). The skills of an
item stand children first, so every lesson is judged by what was there before it.
"""

from __future__ import annotations

import math

import numpy as np

from ..jit import inline, kernel
from ..loops import answers_of, lesson_of, masteries_of
from ..normal import sigmoid
from ..packed import HEADER, N_ITEMS, N_SKILLS, PARENTS, WIDTH

INCREMENT, LAST, ABILITY = 1, 2, 3  # columns of the state
RATE, CEILING, SLOPE, FLOOR, CONSTANTS = range(5)
DIFFICULTY, MINUTES, ASKS, PER_ITEM = range(4)
REFERENCE, LEADS_TO = range(2)  # of a skill; from LEADS_TO on K flags: may come next; then D shares of its increment
"""The integers end with the number D and, for every skill, the D skills that get these shares, padded with -1."""


@inline
def numbers(f, n):
    """What is read once for all students; from D on: where the skills' floats begin, how many, where their heirs do."""
    width, skills, parent0 = n[WIDTH], n[N_SKILLS], HEADER + n[N_ITEMS] * n[WIDTH]
    heirs0, skill0 = parent0 + skills * (n[PARENTS] + 1) + 1, CONSTANTS + n[N_ITEMS] * PER_ITEM
    heirs = n[heirs0 - 1]
    return (
        width, n[PARENTS], parent0, f[RATE], f[CEILING], f[SLOPE], f[FLOOR],
        heirs, skill0, LEADS_TO + skills + heirs, heirs0,
    )  # fmt: skip


@inline
def p_right(s, i, j, c, f, n):
    """P(right answer) to item j, by the abilities alone."""
    width, slope, floor = c[0], c[5], c[6]
    item, knows = CONSTANTS + j * PER_ITEM, 1.0  # no number survives an exponential in a register: f is read again
    for slot in range(HEADER + j * width, HEADER + j * width + width):
        if n[slot] < 0:
            break
        knows *= sigmoid(slope * (s[i, ABILITY + n[slot]] - f[item + DIFFICULTY]))
    return floor + (1.0 - floor) * knows


@inline
def known(s, i, k, c, f, n):
    """P(right answer) to the reference item of skill k."""
    slope, floor, skill = c[5], c[6], c[8] + k * c[9]
    return floor + (1.0 - floor) * sigmoid(slope * (s[i, ABILITY + k] - f[skill + REFERENCE]))


@inline
def _increment(s, i, k, c, n):
    """What a visit adds to skill k: a share of what it lacks, shrunk by what its prerequisites lack."""
    parents, parent0, rate, ceiling, short = c[1], c[2], c[3], c[4], 0.0
    for slot in range(parent0 + k * parents, parent0 + k * parents + parents):
        if n[slot] < 0:
            break
        short += ceiling - s[i, ABILITY + n[slot]]
    return rate * s[i, INCREMENT] * (ceiling - s[i, ABILITY + k]) * math.exp(-short)


@inline
def _visit(s, i, j, new, r, c, f, n):
    """Visit item j's skills that the last visit leads to, and say which was the first of them (-1: none).

    What the visits add goes into row r of ``new``, which may be ``s`` itself.
    """
    width, ceiling, heirs, skill0, per_skill, heirs0 = c[0], c[4], c[7], c[8], c[9], c[10]
    last, visited = int(s[i, LAST]), -1
    for slot in range(HEADER + j * width, HEADER + j * width + width):
        k = n[slot]
        if k < 0:
            break
        if last >= 0 and f[skill0 + last * per_skill + LEADS_TO + k] <= 0.0:
            continue
        gain, share = _increment(s, i, k, c, n), skill0 + (k + 1) * per_skill - heirs
        for heir in range(heirs):
            d = n[heirs0 + k * heirs + heir]
            if d < 0:
                break
            new[r, ABILITY + d] = min(new[r, ABILITY + d] + f[share + heir] * gain, ceiling)
        visited = visited if visited >= 0 else k
    return visited


p_some, p_correct = answers_of(__name__)
mastery, mastery_sum = masteries_of(__name__)


@kernel
def reset(s, rows, deviates, starts, f, n):
    """Fresh students, who have visited nothing; ``starts`` (n, K): abilities, still to be shifted and capped."""
    for r in range(rows.shape[0]):
        i = rows[r]
        s[i, INCREMENT] = math.exp(deviates[r, 1])
        s[i, LAST] = -1.0
        for k in range(n[N_SKILLS]):
            s[i, ABILITY + k] = min(starts[r, k] + deviates[r, 0], f[CEILING])


@inline
def learn(s, i, j, asks, hits, c, f, n):
    """Item j's skills that the last visit leads to are visited."""
    visited = _visit(s, i, j, s, i, c, f, n)
    if visited >= 0:
        s[i, LAST] = visited


step = lesson_of(__name__)


@kernel
def expected_gain(s, out, f, n):
    """Change of the sum of masteries from each item: no chance is in it."""
    skills, slope, floor, c = n[N_SKILLS], f[SLOPE], f[FLOOR], numbers(f, n)
    skill0, per_skill = c[8], c[9]
    now, new = np.empty(skills), np.empty((1, ABILITY + skills))
    for i in range(out.shape[0]):
        for k in range(skills):
            new[0, ABILITY + k] = s[i, ABILITY + k]
            now[k] = sigmoid(slope * (s[i, ABILITY + k] - f[skill0 + k * per_skill + REFERENCE]))
        for j in range(out.shape[1]):
            _visit(s, i, j, new, 0, c, f, n)
            total = 0.0
            for k in range(skills):
                ability = new[0, ABILITY + k]
                if ability != s[i, ABILITY + k]:
                    total += sigmoid(slope * (ability - f[skill0 + k * per_skill + REFERENCE])) - now[k]
                    new[0, ABILITY + k] = s[i, ABILITY + k]
            out[i, j] = (1.0 - floor) * total
