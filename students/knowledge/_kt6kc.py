"""Kernels of the six-skill students: batches over rows of one (N, 64) float64 state.

Helpers take scalars only, as in ``_bkt``.
"""

from __future__ import annotations

import math

from ..jit import inline, kernel

SKILLS = 6
LEARN_ODDS, GUESS_ODDS, SLIP_ODDS, KNOWN, LEARN, GUESS, SLIP, DEPENDS = 1, 2, 3, 4, 10, 16, 22, 28
"""Columns of the state (0 is the group): multipliers on odds, then (6,) blocks, then the (6, 6) dependencies."""


@inline
def _tilt(p, odds):
    """A probability with its odds multiplied."""
    return p * odds / (1.0 - p + p * odds)


@kernel
def reset(s, rows, deviates, values):
    """Fresh students: multipliers, nothing known, and their own parameters."""
    for r in range(rows.shape[0]):
        i = rows[r]
        for t in range(3):
            s[i, LEARN_ODDS + t] = math.exp(deviates[r, t])
        for k in range(SKILLS):
            s[i, KNOWN + k] = 0.0
        for column in range(values.shape[1]):
            s[i, LEARN + column] = values[r, column]


@kernel
def step(s, items, u, out, minutes):
    """Learn, then answer."""
    answered, correct, took = out["answered"], out["correct"], out["minutes"]
    for i in range(items.shape[0]):
        j = items[i]
        if j < 0:
            answered[i] = False
            correct[i] = False
            took[i] = 0.0
            continue
        p = s[i, LEARN + j]
        for parent in range(SKILLS):
            p += s[i, DEPENDS + j * SKILLS + parent] * s[i, KNOWN + parent]
        known = (s[i, KNOWN + j] > 0.0) | (u[i, 0] < _tilt(min(p, 1.0), s[i, LEARN_ODDS]))
        s[i, KNOWN + j] = 1.0 if known else 0.0
        right = 1.0 - _tilt(s[i, SLIP + j], s[i, SLIP_ODDS]) if known else _tilt(s[i, GUESS + j], s[i, GUESS_ODDS])
        answered[i] = True
        correct[i] = u[i, 1] < right
        took[i] = minutes[j]


@kernel
def p_all(s, out):
    """Probability of a right answer to every exercise."""
    for i in range(out.shape[0]):
        for j in range(SKILLS):
            known = s[i, KNOWN + j] > 0.0
            right, wrong = _tilt(s[i, GUESS + j], s[i, GUESS_ODDS]), _tilt(s[i, SLIP + j], s[i, SLIP_ODDS])
            out[i, j] = 1.0 - wrong if known else right


@kernel
def expected_gain(s, out):
    """Probability of learning from every exercise."""
    for i in range(out.shape[0]):
        for j in range(SKILLS):
            p = s[i, LEARN + j]
            for parent in range(SKILLS):
                p += s[i, DEPENDS + j * SKILLS + parent] * s[i, KNOWN + parent]
            out[i, j] = 0.0 if s[i, KNOWN + j] > 0.0 else _tilt(min(p, 1.0), s[i, LEARN_ODDS])
