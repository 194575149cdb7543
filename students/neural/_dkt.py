"""Kernels of the DKT students: one long short-term memory per student, row by row, in a fixed order of additions.

A student's row: group, hidden state (H), cell state (H). The numbers of the network lie in one packed array: the start
state (2 H), the gates' bias (4 H), the recurrent weights (H, 4 H), the input weights (3 M, 4 H), the output weights
(M + K, H) and their bias (M + K), then the minutes of the items (M). Gates stand in the order input, forget, candidate,
output. Input 3 m is a wrong answer to item m, 3 m + 1 a right one, 3 m + 2 an item that was shown and asked nothing.
Output row m is item m, row M + k the reference item of skill k.

Every sum starts with the bias and adds its terms in an order that depends on the network alone, so a student's numbers
are equal to the bit in every cohort.
"""

from __future__ import annotations

import math

import numpy as np

from ..jit import inline, kernel
from ..packed import untaught

STATE = 1  # the first column of the hidden state
WRONG, RIGHT, SHOWN, KINDS = 0, 1, 2, 3
N_HIDDEN, N_ITEMS, N_SKILLS, BIAS, RECURRENT, INPUT, OUTPUT, OUTPUT_BIAS, MINUTES, ASKS = range(10)
"""Of the integers: H, M, K, where each part of the packed floats begins, then for every item whether it asks."""


@inline
def sigmoid(x):
    """1 / (1 + exp(-x)), without overflow."""
    e = math.exp(-abs(x))
    return 1.0 / (1.0 + e) if x >= 0.0 else e / (1.0 + e)


@inline
def tanh(x):
    """The hyperbolic tangent, from one exponential."""
    e = math.exp(-2.0 * abs(x))
    t = (1.0 - e) / (1.0 + e)
    return t if x >= 0.0 else -t


@inline
def _logit(s, i, row, f, n):
    """What a row of the output layer says before its sigmoid: the bias, then one hidden unit after the other."""
    z, first = f[n[OUTPUT_BIAS] + row], n[OUTPUT] + row * n[N_HIDDEN]
    for k in range(n[N_HIDDEN]):
        z += f[first + k] * s[i, STATE + k]
    return z


@inline
def _total(s, i, f, n):
    """Sum over skills of the probability of a right answer to their reference items."""
    total = 0.0
    for row in range(n[N_ITEMS], n[N_ITEMS] + n[N_SKILLS]):
        total += sigmoid(_logit(s, i, row, f, n))
    return total


@inline
def _hear(z, heard, s, i, new, r, hidden, f):
    """Feed an answer, whose input weights begin at ``heard``, to student i's network: into row r of ``new``.

    ``z``: what bias and hidden state give to the gates. ``new`` may be ``s`` itself: a cell is read before it is set.
    """
    cell = STATE + hidden
    for k in range(hidden):
        kept = sigmoid(z[hidden + k] + f[heard + hidden + k]) * s[i, cell + k]
        state = kept + sigmoid(z[k] + f[heard + k]) * tanh(z[2 * hidden + k] + f[heard + 2 * hidden + k])
        new[r, cell + k] = state
        new[r, STATE + k] = sigmoid(z[3 * hidden + k] + f[heard + 3 * hidden + k]) * tanh(state)


@kernel
def reset(s, rows, deviates, u, f, n):
    """Fresh students: all begin in the state that was learnt for the start."""
    for r in range(rows.shape[0]):
        for c in range(2 * n[N_HIDDEN]):
            s[rows[r], STATE + c] = f[c]


@kernel
def p_some(s, items, out, f, n):
    """Probability of a right answer to some items, or at other rows of the output layer."""
    for i in range(out.shape[0]):
        for e in range(items.shape[0]):
            out[i, e] = sigmoid(_logit(s, i, items[e], f, n))


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to one item each (0 where there is none)."""
    for i in range(out.shape[0]):
        out[i] = sigmoid(_logit(s, i, items[i], f, n)) if items[i] >= 0 else 0.0


@kernel
def mastery(s, out, f, n):
    """Probability of a right answer to each skill's reference item."""
    p_some(s, n[N_ITEMS] + np.arange(n[N_SKILLS]), out, f, n)


@kernel
def mastery_sum(s, out, f, n):
    """Its sum over skills."""
    for i in range(out.shape[0]):
        out[i] = _total(s, i, f, n)


@kernel
def forecast(s, days, p, expected, f, n):
    """The same as now, whatever the days: the network sees the order of lessons, not their dates."""
    p_some(s, np.arange(n[N_ITEMS]), p, f, n)
    mastery(s, expected, f, n)


@kernel
def step(s, items, u, out, f, n):
    """Answer from the present state, then feed the answer back."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    hidden, gates, recurrent = n[N_HIDDEN], 4 * n[N_HIDDEN], n[RECURRENT]
    whole, z = hidden - hidden % 4, np.empty(gates)
    for i in range(items.shape[0]):
        if untaught(items[i], i, answered, correct, minutes):
            continue
        j = items[i]
        asks = n[ASKS + j] > 0
        right = asks & (u[i, 0] < sigmoid(_logit(s, i, j, f, n)))
        answered[i] = asks
        correct[i] = right
        minutes[i] = f[n[MINUTES] + j]
        # the gates: four hidden units at a time, because a sum that goes through memory for each is slower
        for g in range(gates):
            z[g] = f[n[BIAS] + g]
        for k in range(0, whole, 4):
            a, b, c, d = s[i, STATE + k], s[i, STATE + k + 1], s[i, STATE + k + 2], s[i, STATE + k + 3]
            first = recurrent + k * gates
            for g in range(gates):
                z[g] += (a * f[first + g] + b * f[first + gates + g]) + (
                    c * f[first + 2 * gates + g] + d * f[first + 3 * gates + g]
                )
        for k in range(whole, hidden):
            a, first = s[i, STATE + k], recurrent + k * gates
            for g in range(gates):
                z[g] += a * f[first + g]
        kind = (RIGHT if right else WRONG) if asks else SHOWN
        _hear(z, n[INPUT] + (KINDS * j + kind) * gates, s, i, s, i, hidden, f)


@kernel
def expected_gain(s, out, f, n):
    """Expected change of the sum of mastery by each item now: over its two answers, or what being shown it does."""
    hidden, gates, recurrent = n[N_HIDDEN], 4 * n[N_HIDDEN], n[RECURRENT]
    z, new = np.empty(gates), np.empty((1, STATE + 2 * hidden))
    for i in range(out.shape[0]):
        for g in range(gates):
            z[g] = f[n[BIAS] + g]
        for k in range(hidden):
            a, first = s[i, STATE + k], recurrent + k * gates
            for g in range(gates):
                z[g] += a * f[first + g]
        now = _total(s, i, f, n)
        for j in range(out.shape[1]):
            p, asks, total = sigmoid(_logit(s, i, j, f, n)), n[ASKS + j] > 0, 0.0
            for kind in range(WRONG, KINDS):
                if asks == (kind == SHOWN):
                    continue
                _hear(z, n[INPUT] + (KINDS * j + kind) * gates, s, i, new, 0, hidden, f)
                total += _total(new, 0, f, n) * (1.0 if kind == SHOWN else (p if kind == RIGHT else 1.0 - p))
            out[i, j] = total - now
