"""Kernels of the six-skill students: batches over rows of one (N, 64) float64 state."""

from __future__ import annotations

import math

from .jit import inline, kernel

SKILLS = 6
ODDS, KNOWN, TEACH, GUESS, SLIP, DEPENDS = 1, 4, 10, 16, 22, 28  # columns of the state; 0 is the group


@inline
def _tilt(p, odds):
    """A probability with its odds multiplied."""
    return p * odds / (1.0 - p + p * odds)


@inline
def _chance(s, i, j):
    return (
        1.0 - _tilt(s[i, SLIP + j], s[i, ODDS + 2]) if s[i, KNOWN + j] > 0.0 else _tilt(s[i, GUESS + j], s[i, ODDS + 1])
    )


@inline
def _learning(s, i, j):
    p = s[i, TEACH + j]
    for parent in range(SKILLS):
        p += s[i, DEPENDS + j * SKILLS + parent] * s[i, KNOWN + parent]
    return _tilt(min(p, 1.0), s[i, ODDS])


@kernel
def reset(s, rows, deviates, values):
    """Fresh students: odds multipliers, nothing known, and their own parameters."""
    for r in range(rows.shape[0]):
        i = rows[r]
        for t in range(3):
            s[i, ODDS + t] = math.exp(deviates[r, t])
        for k in range(SKILLS):
            s[i, KNOWN + k] = 0.0
        for column in range(values.shape[1]):
            s[i, TEACH + column] = values[r, column]


@kernel
def step(s, items, u, out, minutes):
    """Learn, then answer."""
    for i in range(items.shape[0]):
        j = items[i]
        if j < 0:
            out[i]["answered"] = False
            out[i]["correct"] = False
            out[i]["minutes"] = 0.0
            continue
        if s[i, KNOWN + j] <= 0.0 and u[i, 0] < _learning(s, i, j):
            s[i, KNOWN + j] = 1.0
        out[i]["answered"] = True
        out[i]["correct"] = u[i, 1] < _chance(s, i, j)
        out[i]["minutes"] = minutes[j]


@kernel
def p_all(s, out):
    """Probability of a right answer to every exercise."""
    for i in range(out.shape[0]):
        for j in range(SKILLS):
            out[i, j] = _chance(s, i, j)


@kernel
def p_correct(s, items, out):
    """Probability of a right answer to the chosen exercises (0 where there is none)."""
    for i in range(out.shape[0]):
        out[i] = _chance(s, i, items[i]) if items[i] >= 0 else 0.0


@kernel
def mastery_sum(s, out):
    """Number of known skills."""
    for i in range(out.shape[0]):
        total = 0.0
        for k in range(SKILLS):
            total += s[i, KNOWN + k]
        out[i] = total


@kernel
def expected_gain(s, out):
    """Probability of learning from every exercise."""
    for i in range(out.shape[0]):
        for j in range(SKILLS):
            out[i, j] = 0.0 if s[i, KNOWN + j] > 0.0 else _learning(s, i, j)
