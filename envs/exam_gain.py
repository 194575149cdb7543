"""What a lesson now does for the exam: the expected change of its forecast, for any students that have one."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..students.model import FloatN, FloatNM, State, allocate_outcome
from .reward import exam_later

LUCK = (2.0**-53, 1.0 - 2.0**-53)
"""Draws of those who have all the luck there is, and none: every chance is met by the first, missed by the second."""


def exam_gain(student: Any, state: State, days: FloatN, exam_items: npt.NDArray[np.int64]) -> FloatNM:
    """(N, M) what each item's lesson now adds to the expected share of exam items right after these days.

    Models that know it say so (``exam_gain``). For all others each item is taught to two copies of every student, one
    with all luck and one with none, and both are examined. What lies between counts by a weight: that with which the
    copies' masteries mean what mastery is known to gain (``expected_gain``); where luck makes no difference to mastery,
    the chance of a right answer. That is exact where a lesson ends in one of two ways: learnt or not, right or wrong.

    Args:
        student: a model with ``forecast`` and ``expected_gain``.
        state: (N,) the records; they are left as they are.
        days: (N,) until the exam.
        exam_items: its items.
    """
    if hasattr(student, "exam_gain"):
        return student.exam_gain(state, days, exam_items)
    n, m = len(state), student.curriculum.n_items
    no_rest = np.zeros((n, student.rest_draws))  # of a student with a forecast nobody's days are drawn
    now = student.mastery_sum(state, np.empty(n))
    before = exam_later(student, state, days, no_rest, exam_items)[0]
    wanted: FloatNM = student.expected_gain(state)
    right: FloatNM = student.p_all(state)
    out = allocate_outcome(n)
    exam, mastery, gains = np.empty((2, n)), np.empty((2, n)), np.empty((n, m))
    for item in range(m):
        items = np.full(n, item)
        for which, luck in enumerate(LUCK):
            copies = state.copy()
            student.step(copies, items, np.full((n, student.lesson_draws), luck), out)
            exam[which] = exam_later(student, copies, days, no_rest, exam_items)[0]
            mastery[which] = student.mastery_sum(copies, np.empty(n)) - now
        apart = mastery[0] - mastery[1]
        tells = np.abs(apart) > 1e-9
        weight: FloatN = np.where(tells, (wanted[:, item] - mastery[1]) / np.where(tells, apart, 1.0), right[:, item])
        gains[:, item] = exam[1] + np.clip(weight, 0.0, 1.0) * (exam[0] - exam[1]) - before
    return gains
