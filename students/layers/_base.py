"""What the kernels of all layers share."""

from __future__ import annotations

from ..jit import inline

AGAIN, HARD = 1, 2  # ratings


@inline
def rated(rating, right):
    """The rating that goes with an answer that a layer has changed: lost is 'again', found with help is 'hard'."""
    return 0 if rating == 0 else (HARD if right else AGAIN)
