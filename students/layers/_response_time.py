"""Kernels of response times around any student: batches over rows of one (N, W) float64 state.

The layer has one column, ``at``: speed (logarithmic). A lesson meets three draws from column ``own`` of ``u`` on:
whether it is a rapid guess; the guess; the time, whose normal deviate is given.
"""

from __future__ import annotations

import math

from ..jit import kernel
from ._base import rated

RAPID, GUESS = 0, 1  # draws from the layer's first
CHANCE, FLOOR, SPREAD, EASE, CONTRAST, RAPID_MINUTES = range(6)  # of the parameters


@kernel
def rapid(items, u, own, asks, f, out):
    """Who guesses without a look at the item."""
    for i in range(items.shape[0]):
        j = items[i]
        out[i] = (j >= 0) & (asks[j] > 0.0) & (u[i, own + RAPID] < f[CHANCE])


@kernel
def after(s, at, items, u, own, p, normal, fast, out, f):
    """The guesses, and how long everything took."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    rating, option = out["rating"], out["option"]
    for i in range(items.shape[0]):
        if items[i] < 0:
            continue
        if fast[i]:
            right = answered[i] & (u[i, own + GUESS] < f[FLOOR])
            if right != correct[i]:
                correct[i] = right
                option[i] = -1
                rating[i] = rated(rating[i], right)
            minutes[i] = f[RAPID_MINUTES] * math.exp(f[SPREAD] * normal[i])
            continue
        x = f[SPREAD] * normal[i] - s[i, at]
        if answered[i]:
            x -= (p[i] - 0.5) * (f[EASE] + (f[CONTRAST] if correct[i] else -f[CONTRAST]))
        minutes[i] *= math.exp(x)


@kernel
def answers(p, f):
    """The probabilities (N, any) of right answers, rapid guesses included, in place."""
    for i in range(p.shape[0]):
        for j in range(p.shape[1]):
            p[i, j] = (1.0 - f[CHANCE]) * p[i, j] + f[CHANCE] * f[FLOOR]
