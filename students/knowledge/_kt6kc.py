"""Kernels of the six-skill students: batches over rows of one (N, 64) float64 state.

All their parameters stand in their rows, because each student may have own ones; the packed floats are the minutes.
"""

from __future__ import annotations

import math

from ..jit import inline, kernel
from ..loops import answers_of, kept_sum_of
from ..packed import untaught

SKILLS = 6
LEARN_ODDS, GUESS_ODDS, SLIP_ODDS, KNOWN, LEARN, GUESS, SLIP, DEPENDS = 1, 2, 3, 4, 10, 16, 22, 28
"""Columns of the state (0 is the group): multipliers on odds, then (6,) blocks, then the (6, 6) dependencies."""


@inline
def _tilt(p, odds):
    """A probability with its odds multiplied."""
    return p * odds / (1.0 - p + p * odds)


@inline
def numbers(f, n):
    """What is read once for all students: nothing."""
    return ()


@inline
def p_right(s, i, j, c, f, n):
    """P(right answer) to exercise j from what is known now."""
    if s[i, KNOWN + j] > 0.0:
        return 1.0 - _tilt(s[i, SLIP + j], s[i, SLIP_ODDS])
    return _tilt(s[i, GUESS + j], s[i, GUESS_ODDS])


p_some, p_correct = answers_of(__name__)


@kernel
def p_all(s, out):
    """Probability of a right answer to every exercise: faster than one that is told which exercises."""
    for i in range(out.shape[0]):
        for j in range(SKILLS):
            knows = s[i, KNOWN + j] > 0.0
            guesses, slips = _tilt(s[i, GUESS + j], s[i, GUESS_ODDS]), _tilt(s[i, SLIP + j], s[i, SLIP_ODDS])
            out[i, j] = 1.0 - slips if knows else guesses


@inline
def _p_learn(s, i, j):
    """P(learning skill j) from its exercise: by itself, and by what is known of the other skills."""
    p = s[i, LEARN + j]
    for parent in range(SKILLS):
        p += s[i, DEPENDS + j * SKILLS + parent] * s[i, KNOWN + parent]
    return _tilt(min(p, 1.0), s[i, LEARN_ODDS])


@kernel
def reset(s, rows, deviates, values, f, n):
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
def step(s, items, u, out, f, n):
    """Learn, then answer. ``u``: learning, answer."""
    answered, correct, took = out["answered"], out["correct"], out["minutes"]
    for i in range(items.shape[0]):
        if untaught(items[i], i, answered, correct, took):
            continue
        j = items[i]
        known = (s[i, KNOWN + j] > 0.0) | (u[i, 0] < _p_learn(s, i, j))
        s[i, KNOWN + j] = 1.0 if known else 0.0
        answered[i] = True
        right = 1.0 - _tilt(s[i, SLIP + j], s[i, SLIP_ODDS]) if known else _tilt(s[i, GUESS + j], s[i, GUESS_ODDS])
        correct[i] = u[i, 1] < right
        took[i] = f[j]


@inline
def kept(n):
    """Where what is known stands in a student's row."""
    return KNOWN, KNOWN + SKILLS


mastery_sum = kept_sum_of(__name__)


@kernel
def expected_gain(s, out, f, n):
    """Probability of learning from every exercise."""
    for i in range(out.shape[0]):
        for j in range(SKILLS):
            out[i, j] = 0.0 if s[i, KNOWN + j] > 0.0 else _p_learn(s, i, j)
