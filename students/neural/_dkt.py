"""Kernels of the DKT students: one long short-term memory per student, row by row, in a fixed order of additions.

A student's row: group, hidden state (H), cell state (H). The numbers of the network lie in one packed array: the start
state (2 H), the gates' bias (4 H), the recurrent weights (H, 4 H), the input weights (3 M, 4 H), the output weights
(M + K, H) and their bias (M + K), then the minutes of the items (M). Gates stand in the order input, forget, candidate,
output. Input 3 m is a wrong answer to item m, 3 m + 1 a right one, 3 m + 2 an item that was shown and asked nothing.
Output row m is item m, row M + k the reference item of skill k.

Every sum starts with the bias and adds its terms in an order that depends on the network alone, so a student's numbers
are equal to the bit in every cohort. Loops are written out because a helper that takes an array costs two atomic
reference counts per array and call.
"""

from __future__ import annotations

import math

import numpy as np

from ..jit import inline, kernel

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


@kernel
def reset(s, rows, f, n):
    """Fresh students: all begin in the state that was learnt for the start."""
    for r in range(rows.shape[0]):
        for c in range(2 * n[N_HIDDEN]):
            s[rows[r], STATE + c] = f[c]


@kernel
def chances(s, outputs, out, f, n):
    """Probability of a right answer at the chosen rows of the output layer."""
    hidden, weights, bias = n[N_HIDDEN], n[OUTPUT], n[OUTPUT_BIAS]
    for i in range(out.shape[0]):
        for e in range(outputs.shape[0]):
            row = outputs[e]
            z = f[bias + row]
            for k in range(hidden):
                z += f[weights + row * hidden + k] * s[i, STATE + k]
            out[i, e] = sigmoid(z)


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to one item each (0 where there is none)."""
    hidden, weights, bias = n[N_HIDDEN], n[OUTPUT], n[OUTPUT_BIAS]
    for i in range(out.shape[0]):
        out[i] = 0.0
        if items[i] >= 0:
            z = f[bias + items[i]]
            for k in range(hidden):
                z += f[weights + items[i] * hidden + k] * s[i, STATE + k]
            out[i] = sigmoid(z)


@kernel
def mastery_sum(s, out, f, n):
    """Sum over skills of the probability of a right answer to their reference items."""
    hidden, weights, bias, first = n[N_HIDDEN], n[OUTPUT], n[OUTPUT_BIAS], n[N_ITEMS]
    for i in range(out.shape[0]):
        total = 0.0
        for row in range(first, first + n[N_SKILLS]):
            z = f[bias + row]
            for k in range(hidden):
                z += f[weights + row * hidden + k] * s[i, STATE + k]
            total += sigmoid(z)
        out[i] = total


@kernel
def step(s, items, u, out, f, n):
    """Answer from the present state, then feed the answer back."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    hidden, gates = n[N_HIDDEN], 4 * n[N_HIDDEN]
    weights, bias, recurrent, inputs = n[OUTPUT], n[OUTPUT_BIAS], n[RECURRENT], n[INPUT]
    whole, cell = hidden - hidden % 4, STATE + hidden
    z = np.empty(gates)
    for i in range(items.shape[0]):
        j = items[i]
        if j < 0:
            answered[i] = False
            correct[i] = False
            minutes[i] = 0.0
            continue
        y = f[bias + j]
        for k in range(hidden):
            y += f[weights + j * hidden + k] * s[i, STATE + k]
        asks = n[ASKS + j] > 0
        right = asks & (u[i, 0] < sigmoid(y))
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
        heard = inputs + (KINDS * j + ((RIGHT if right else WRONG) if asks else SHOWN)) * gates
        for k in range(hidden):
            kept = sigmoid(z[hidden + k] + f[heard + hidden + k]) * s[i, cell + k]
            new = kept + sigmoid(z[k] + f[heard + k]) * tanh(z[2 * hidden + k] + f[heard + 2 * hidden + k])
            s[i, cell + k] = new
            s[i, STATE + k] = sigmoid(z[3 * hidden + k] + f[heard + 3 * hidden + k]) * tanh(new)


@kernel
def expected_gain(s, out, f, n):
    """Expected change of the sum of mastery by each item now: over its two answers, or what being shown it does."""
    hidden, gates, items, skills = n[N_HIDDEN], 4 * n[N_HIDDEN], n[N_ITEMS], n[N_SKILLS]
    weights, bias, recurrent, inputs = n[OUTPUT], n[OUTPUT_BIAS], n[RECURRENT], n[INPUT]
    cell = STATE + hidden
    z, h = np.empty(gates), np.empty(hidden)
    for i in range(out.shape[0]):
        for g in range(gates):
            z[g] = f[n[BIAS] + g]
        for k in range(hidden):
            a, first = s[i, STATE + k], recurrent + k * gates
            for g in range(gates):
                z[g] += a * f[first + g]
        now = 0.0
        for row in range(items, items + skills):
            y = f[bias + row]
            for k in range(hidden):
                y += f[weights + row * hidden + k] * s[i, STATE + k]
            now += sigmoid(y)
        for j in range(items):
            y = f[bias + j]
            for k in range(hidden):
                y += f[weights + j * hidden + k] * s[i, STATE + k]
            p = sigmoid(y)
            asks, total = n[ASKS + j] > 0, 0.0
            for kind in range(WRONG, KINDS):
                if asks == (kind == SHOWN):
                    continue
                heard = inputs + (KINDS * j + kind) * gates
                for k in range(hidden):
                    kept = sigmoid(z[hidden + k] + f[heard + hidden + k]) * s[i, cell + k]
                    new = kept + sigmoid(z[k] + f[heard + k]) * tanh(z[2 * hidden + k] + f[heard + 2 * hidden + k])
                    h[k] = sigmoid(z[3 * hidden + k] + f[heard + 3 * hidden + k]) * tanh(new)
                later = 0.0
                for row in range(items, items + skills):
                    y = f[bias + row]
                    for k in range(hidden):
                        y += f[weights + row * hidden + k] * h[k]
                    later += sigmoid(y)
                total += later * (1.0 if kind == SHOWN else (p if kind == RIGHT else 1.0 - p))
            out[i, j] = total - now
