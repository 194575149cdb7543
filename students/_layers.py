"""What the kernels of all layers share."""

from __future__ import annotations

from .jit import inline, kernel

AGAIN, HARD = 1, 2  # ratings


@inline
def rated(rating, right):
    """The rating that goes with an answer that a layer has changed: lost is 'again', found with help is 'hard'."""
    return 0 if rating == 0 else (HARD if right else AGAIN)


@kernel
def keep(s, rows, past):
    """The records of the student inside, of these rows."""
    for r in range(rows.shape[0]):
        for column in range(past.shape[1]):
            past[r, column] = s[rows[r], column]


@kernel
def restore(past, rows, s):
    """Make them what they were."""
    for r in range(rows.shape[0]):
        for column in range(past.shape[1]):
            s[rows[r], column] = past[r, column]
