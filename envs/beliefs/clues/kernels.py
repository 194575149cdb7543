"""Kernels of clues: how much likelier a time and hints are if the skills are known."""

from __future__ import annotations

import numpy as np

from ....students.jit import Truth, Whole, inline
from ..base import Floats
from ..tracing import ITEMS as FIRST
from .numbers import (
    COUNTS,
    HINTED,
    HINTS,
    ITEMS,
    LEAST,
    MEAN,
    NOISE,
    PACE,
    RAPID,
    RAPID_MEAN,
    RAPID_SD,
    SD,
    SIZE,
    TIMED,
)  # fmt: skip

MOST = 100.0
"""The most by which times and hints together change the odds of an answer's own evidence, either way."""


@inline
def _normal(x: float, mean: float, variance: float) -> float:
    """The density of a normal distribution, up to a factor that all share."""
    return np.exp(-0.5 * (x - mean) * (x - mean) / variance) / np.sqrt(variance)


@inline
def clue(
    f: Floats, m: Whole, right: Truth, minutes: float, hints: Whole, guess: float, slip: float, known: float,
    pace: float, lessons: float,
) -> tuple[float, float, float]:  # fmt: skip
    """How much likelier time and hints of an answer are if all its skills are known, and what it says of the pace.

    A rapid guess is as likely whether they are known or not, so as far as it may be one, it says nothing; nor does the
    time of a lesson with hints.

    Args:
        f: numbers of the belief, those of clues last.
        m: the item.
        right: whether the answer was.
        minutes: of the lesson.
        hints: that were asked for.
        guess: of the item.
        slip: of the item.
        known: P(all of the item's skills are known) before.
        pace: the sum of what this student took longer than others so far, in log minutes.
        lessons: of how many lessons.

    Returns:
        The ratio; by how much this one took longer than expected; and the chance that it was no rapid guess.
    """
    last: Whole = f.shape[0] - SIZE
    hit: Whole = 1 if right else 0
    if_known, if_not = (1.0 - slip, guess) if right else (slip, 1.0 - guess)
    odds, longer, looked = 1.0, 0.0, 0.0
    if f[last + TIMED] > 0.0 and hints == 0 and if_known > 0.0 and if_not > 0.0:
        at, noise, spread = last - int(f[last + ITEMS]) + m, f[last + NOISE], f[last + PACE]
        slow, doubt = 0.0, 0.0
        if spread > 0.0:
            slow, doubt = spread * pace / (spread * lessons + noise), spread * noise / (spread * lessons + noise)
        y = np.log(max(minutes, LEAST))
        x, guessed = y - f[at] - slow, min(f[last + RAPID + hit], if_known, if_not)
        rapid = guessed * _normal(y, f[last + RAPID_MEAN], f[last + RAPID_SD] ** 2) if guessed > 0.0 else 0.0
        one, two = last + SD + hit, last + SD + 2 + hit
        no = (if_not - guessed) * _normal(x, f[last + MEAN + hit], f[one] * f[one] + doubt) + rapid
        yes = (if_known - guessed) * _normal(x, f[last + MEAN + 2 + hit], f[two] * f[two] + doubt) + rapid
        if yes > 0.0 or no > 0.0:
            odds = yes * if_not / (no * if_known) if no > 0.0 else MOST
            total = known * yes + (1.0 - known) * no
            if total > 0.0:
                sure = known * yes / total
                looked = 1.0 - rapid / total
                longer = x + slow - sure * f[last + MEAN + 2 + hit] - (1.0 - sure) * f[last + MEAN + hit]
    if f[last + HINTED] > 0.0:
        count: Whole = min(hints, COUNTS - 1)
        odds *= f[last + HINTS + (2 + hit) * COUNTS + count] / f[last + HINTS + hit * COUNTS + count]
    return min(max(odds, 1.0 / MOST), MOST), longer, looked


@inline
def look(s: Floats, at: Whole, m: Whole, seen: np.void, known: float, f: Floats) -> float:
    """The ratio of ``clue`` for an answer that is ``seen``; the student's pace, which begins at ``at``, takes it in."""
    first: Whole = FIRST + 3 * m
    odds, longer, looked = clue(
        f, m, seen["correct"], seen["minutes"], seen["hints"], f[first + 1], f[first + 2], known, s[at], s[at + 1]
    )
    s[at] += looked * longer
    s[at + 1] += looked
    return odds
