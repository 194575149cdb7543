"""Kernels of the belief that counts lessons: what a lesson is worth now, and what is thought at every row of a log."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ....students.jit import Whole, kernel
from .._graph import all_known, lesson, pass_days
from ..base import Floats, Ints
from ..kernels.tree import (
    AT_ITEMS,
    AT_SKILLS,
    BIT,
    BOTH,
    CLIQUES,
    END,
    FIRST,
    GROUPS,
    HEADER,
    HOME,
    LOSSES,
    LOST,
    OPEN,
    PER_CLIQUE,
    PER_ITEM,
    PER_SKILL,
    SEPARATOR,
    SKILLS,
    WIDTH,
)  # fmt: skip
from ..tracing import LEAK

LEAST = 1e-9
"""Chances below it say nothing of what else is known."""


@kernel
def accompany(
    start: Floats, items: Ints, answers: npt.NDArray[np.int8], gap: Ints, lengths: Floats, owners: Ints,
    numbers: Floats, forget: Floats, n: Ints, skills_of: Ints, first: Ints, ready: Floats, others: Floats,
    loss: Floats,
) -> None:  # fmt: skip
    """Run the belief over a log, one student after the other, and note what it thinks before each lesson.

    Args:
        start: one student's record at the beginning.
        items: (N, T), -1 where there was no lesson.
        answers: (N, T) 1 right, 0 wrong, -1 not asked.
        gap: (T,) which of the ``lengths`` are the days before each lesson; -1: none passed.
        lengths: (G,) days.
        owners: (M,) the skill that an item's answers are counted for.
        numbers: as for ``update``.
        forget: (K,) per day.
        n: the tree.
        skills_of: as for ``elapse``.
        first: (N, K) the first row of each student's lessons on each skill.
        ready: (R,), becomes the share of ``learn`` that there is: given that the skill is not known, P(all its
            prerequisites are), and the leak for the rest.
        others: (R,), becomes P(all other skills of the row's item are known, given that this one is).
        loss: (K,), the log-loss of every answer, foretold before it, is added.
    """
    ratio, known, rate = np.empty(2 * n[SEPARATOR]), np.empty(n[PER_ITEM]), np.empty(n[WIDTH])
    fresh, touched, s = np.empty(n[CLIQUES], np.int64), np.empty(n[CLIQUES], np.int64), np.empty(n[WIDTH])
    lost, row = np.empty((lengths.shape[0], n[SKILLS])), np.empty(n[SKILLS], np.int64)
    joint, leak = 3 * n[SKILLS] + 1, numbers[LEAK]
    for g in range(lengths.shape[0]):
        for k in range(n[SKILLS]):
            lost[g, k] = 1.0 - np.exp(-forget[k] * lengths[g])
    for i in range(items.shape[0]):
        s[:], row[:] = start, first[i]
        for t in range(items.shape[1]):
            if gap[t] >= 0:
                pass_days(s, n, 0, lost[gap[t]], skills_of)
            m = items[i, t]
            if m < 0:
                continue
            slots, all_ = n[AT_ITEMS] + m * n[PER_ITEM], 1.0
            for group in range(slots + n[GROUPS], slots + n[PER_ITEM], 2):
                if n[group] >= 0:
                    all_ *= all_known(s, n, joint, n[group], n[group + 1])
            for slot in range(slots, slots + n[GROUPS]):
                k = n[slot]
                if k >= 0:
                    skill, open_, belief = n[AT_SKILLS] + k * PER_SKILL, 0.0, 0.0
                    at = joint + n[HEADER + n[skill + HOME] * PER_CLIQUE + FIRST]
                    for entry in range(n[skill + OPEN], n[skill + BOTH]):
                        open_ += s[at + n[entry]]
                    for entry in range(n[skill + BOTH], n[skill + END]):
                        belief += s[at + n[entry]]
                    for other in range(n[skill + LOST], n[skill + LOST] + n[skill + LOSSES]):
                        away: Whole = n[AT_SKILLS] + n[other] * PER_SKILL
                        open_ *= all_known(s, n, joint, n[away + HOME], n[away + BIT])
                    given = open_ / (1.0 - belief) if belief < 1.0 - LEAST else 1.0
                    ready[row[k]] = leak + (1.0 - leak) * min(given, 1.0)
                    others[row[k]] = min(all_ / belief, 1.0) if belief > LEAST else 1.0
                    row[k] += 1
            asked, right = answers[i, t] >= 0, answers[i, t] == 1
            p = lesson(s, n, 0, m, asked, right, 1.0, numbers, known, ratio, rate, fresh, touched)
            loss[owners[m]] -= np.log(max(p, 1e-12))


@kernel
def gain(
    learn: Floats, item_skills: Ints, leak: float, belief: Floats, open_: Floats, tries: Floats, out: Floats
) -> None:  # fmt: skip
    """What each item promises: of its skills what is open, and the leak of the rest, by the chance after ``tries``."""
    counted = learn.shape[1]
    worth, lessons = np.empty(belief.shape[1]), np.empty(belief.shape[1], np.int64)
    for i in range(belief.shape[0]):
        for k in range(belief.shape[1]):
            closed = max(1.0 - belief[i, k] - open_[i, k], 0.0)  # numbers of an observation are rounded
            worth[k] = open_[i, k] + leak * closed
            lessons[k] = min(np.int64(tries[i, k] + 0.5), counted - 1)
        for m in range(item_skills.shape[0]):
            total = 0.0
            for s in range(item_skills.shape[1]):
                k = item_skills[m, s]
                if k >= 0:
                    total += worth[k] * learn[m, lessons[k]]
            out[i, m] = total
