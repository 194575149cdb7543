"""Kernel of minutes by outcome around any student: a batch over rows of one (N, W) float64 state.

The layer has M columns from ``at`` on: 1 where the item has been met. ``f`` holds the factors of a first lesson, then
those of later ones, each by rating. No draws.
"""

from __future__ import annotations

from ..jit import kernel

RATINGS = 4
AGAIN, GOOD = 1, 3  # what an answer without a rating counts as


@kernel
def after(s, at, items, out, f):
    """How long the lesson took, and that its item has been met."""
    answered, correct, minutes, rating = out["answered"], out["correct"], out["minutes"], out["rating"]
    for i in range(items.shape[0]):
        j = items[i]
        if j < 0:
            continue
        later = s[i, at + j] > 0.0
        s[i, at + j] = 1.0
        if answered[i]:
            rated = rating[i] if rating[i] > 0 else (GOOD if correct[i] else AGAIN)
            minutes[i] *= f[(RATINGS if later else 0) + rated - 1]
