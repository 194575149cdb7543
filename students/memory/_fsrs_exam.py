"""What a lesson of FSRS students does for an exam: a kernel over rows of their state (layout: ``_fsrs``)."""

from __future__ import annotations

import numpy as np

from ..jit import inline, kernel
from ..packed import HEADER, N_SKILLS, WIDTH, exam_of_skills
from ._fsrs import (
    AGAIN,
    ASKS,
    BLOCK,
    CLOCK,
    CONSTANTS,
    DIFFICULTY,
    EASY,
    EASY_RATING,
    FACTOR,
    FLOORED,
    GROWTH,
    HARD,
    LAST,
    LENGTH,
    LENGTHS,
    MEMORY,
    OWN,
    PER_ITEM,
    PER_MEMORY,
    REST,
    SAME_DAY,
    WHOLE_DAYS,
    _chance,
    _recall,
    _weights,
    block,
    recall,
    stability_after,
)  # fmt: skip


@inline
def _right(value, listed, width, n):
    """P(right answer) to an item, from recall of every skill."""
    p = 1.0
    for slot in range(listed, listed + width):
        # without a branch: a missing skill reads the first one and multiplies by 1
        p *= value[max(n[slot], 0)] if n[slot] >= 0 else 1.0
    return p


@inline
def _asked_before(listed, width, first, slot, n):
    """Whether an exam item asks for a skill that stands before this slot in the lesson's item, too."""
    found = False
    for earlier in range(first, slot):
        for other in range(listed, listed + width):
            found = found | (n[other] == n[earlier])
    return found


@kernel
def exam_gain(s, days, items, out, f, n):
    """What each item's lesson now adds to the expected share of these right after some days: exact.

    Every skill of the lesson is recalled, and rated, by a draw of its own, so an exam item of several skills takes the
    product of the expectations. The lesson's minutes come before the days; what others lose in them is computed once
    for each length that items have.
    """
    own, lengths = _weights(s, f, n), f[f.shape[0] - BLOCK - n[LENGTHS] : f.shape[0] - BLOCK]
    skills, width, memory, hard, easy = n[N_SKILLS], n[WIDTH], n[MEMORY], f[HARD], f[EASY]
    whole, same_day, floored = f[WHOLE_DAYS] > 0.0, f[SAME_DAY] > 0.0, f[FLOORED] > 0.0
    now, then = np.empty((out.shape[0], skills)), np.empty((out.shape[0], skills))
    recall(s, np.zeros(out.shape[0]), 1.0, now, f, n)
    recall(s, days, 1.0, then, f, n)
    untaught, alone = np.empty((lengths.shape[0], skills)), np.empty(lengths.shape[0])
    kept = np.empty((lengths.shape[0], skills))
    begins, lists = exam_of_skills(items, n)
    for i in range(out.shape[0]):
        w, clock, growth, factor = block(own, i * n[OWN], n[OWN] * REST), s[i, CLOCK], s[i, GROWTH], s[i, FACTOR]
        before = 0.0
        for e in range(items.shape[0]):
            before += _right(then[i], HEADER + items[e] * width, width, n)
        for g in range(lengths.shape[0]):
            for k in range(skills):
                at = memory + PER_MEMORY * k
                untaught[g, k] = then[i, k]
                if s[i, at] > 0.0:
                    passed = clock + lengths[g] + days[i] - s[i, at + LAST]
                    untaught[g, k] = _recall(passed, s[i, at], factor, w[20], whole)
            alone[g] = 0.0
            for e in range(items.shape[0]):
                alone[g] += _right(untaught[g], HEADER + items[e] * width, width, n)
            kept[g] = untaught[g]
        for j in range(out.shape[1]):
            item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
            g, asks = int(f[item + LENGTH]), f[item + ASKS] > 0.0
            for slot in range(first, first + width):
                k = n[slot]
                if k >= 0:
                    at, p, total = memory + PER_MEMORY * k, now[i, k], 0.0
                    stability, difficulty, since = s[i, at], s[i, at + DIFFICULTY], clock - s[i, at + LAST]
                    # what is shown for the first time counts as "again", and later renews the time alone
                    for rating in range(AGAIN, (EASY_RATING if asks else AGAIN) + 1):
                        chance, new = _chance(rating, p, hard, easy) if asks else 1.0, stability
                        if asks | (stability <= 0.0):
                            new = stability_after(w, growth, stability, difficulty, rating, since, p, same_day, floored)
                        total += chance * _recall(lengths[g] + days[i], new, factor, w[20], whole)
                    kept[g, k] = total
            after = alone[g]  # but for the exam items that ask for a skill of the lesson, each once
            for slot in range(first, first + width):
                k = max(n[slot], 0)
                for place in range(begins[k], begins[k + 1] if n[slot] >= 0 else begins[k]):
                    listed = HEADER + items[lists[place]] * width
                    if not _asked_before(listed, width, first, slot, n):
                        after += _right(kept[g], listed, width, n) - _right(untaught[g], listed, width, n)
            out[i, j] = (after - before) / items.shape[0]
            for slot in range(first, first + width):
                k = max(n[slot], 0)
                kept[g, k] = untaught[g, k]
