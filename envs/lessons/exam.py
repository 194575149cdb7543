"""The exam of those whose teaching has ended, as one compiled call where the student is compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from ...students.address import address_of, array_at, call, compiled, fit_for_address, pointer, table_of
from ...students.exam import ExamKernels, Kernel, exam_kernels
from ...students.jit import inline, kernel
from ...students.model import OUTCOME, kernel_behind, matrix
from ..kernels import DAY, LAST_DAY, VALUE, Bools, Floats, Ints

if TYPE_CHECKING:
    from ...students.model import State, StudentModel
    from ..beliefs.base import Belief, BeliefState

Arrays: TypeAlias = tuple[npt.NDArray[np.generic], ...]
P_SOME, P_ALL, FORECAST, ELAPSE, MASTERY, CALM, KEPT, N_ITEMS, N_SKILLS, FADE, ARRAYS = range(11)
STATE, ITEMS, FLOATS, INTS, REAL, BEFORE, OUT, TAUGHT, BELIEFS, FADING = range(ARRAYS, ARRAYS + 2 * 10, 2)
PRE, NOW, LATER = range(3)
"""Rows of what ``examine`` tells."""


@inline
def _mean(p: Floats, i: int, items: Ints, each: bool) -> float:
    """The share right of these items, or of all columns; added in the order of the items."""
    total = 0.0
    for e in range(items.shape[0]):
        total += p[i, items[e] if each else e]
    return total / items.shape[0]


@kernel
def _sit(at: Ints, size: int, rows: Ints, days: Floats, luck: Floats, told: Floats, mastery: Floats) -> None:
    """What ``students.exam.sit_exam`` says of the students in these rows, as shares of the exam."""
    n, width, calm = rows.shape[0], at[STATE + 1], at[CALM]
    items = array_at(pointer(at[ITEMS]), at[ITEMS + 1], np.int64)
    floats = array_at(pointer(at[FLOATS]), at[FLOATS + 1], np.float64)
    ints = array_at(pointer(at[INTS]), at[INTS + 1], np.int64)
    students, p = np.empty((n, width)), np.empty((n, items.shape[0]))
    s = array_at(pointer(at[STATE]), (size, width), np.float64)
    for r in range(n):
        for column in range(width):
            students[r, column] = s[rows[r], column]
        if calm >= 0:
            students[r, calm] = 0.0
    if at[P_SOME] != 0:
        call(at[P_SOME], (students, items, p, floats, ints))
        for r in range(n):
            told[NOW, r] = _mean(p, r, items, False)
            if calm >= 0:
                students[r, calm] = s[rows[r], calm]
    if at[FORECAST] != 0:
        expected = np.empty((n, at[N_ITEMS]))
        if at[P_SOME] == 0:
            if at[P_ALL] != 0:
                call(at[P_ALL], (students, expected, floats, ints))
            else:
                call(at[FORECAST], (students, np.zeros(n), expected, mastery, floats, ints))
            for r in range(n):
                told[NOW, r] = _mean(expected, r, items, True)
        call(at[FORECAST], (students, days, expected, mastery, floats, ints))
        for r in range(n):
            told[LATER, r] = _mean(expected, r, items, True)
        return
    if at[ELAPSE] != 0:
        call(at[ELAPSE], (students, days, luck, floats, ints))
    if at[MASTERY] != 0:
        call(at[MASTERY], (students, mastery, floats, ints))
    for r in range(n):
        if at[MASTERY] == 0:
            for k in range(mastery.shape[1]):
                mastery[r, k] = students[r, at[KEPT] + k]
        if calm >= 0:
            students[r, calm] = 0.0
    call(at[P_SOME], (students, items, p, floats, ints))
    for r in range(n):
        told[LATER, r] = _mean(p, r, items, False)


@kernel
def examine(
    at: Ints, rows: Ints, retention: float, luck: Floats, told: Floats, mastery: Floats, left: Bools, reward: Floats
) -> None:
    """The exam of the students in these rows, whose teaching has ended.

    Args:
        at: of ``exam_table``.
        rows: (n,) who.
        retention: days from the last lesson to the exam.
        luck: (n, rest_draws) of these days.
        told: (3, N) filled in these rows: the share of the exam before the teaching, now, and at the exam.
        mastery: (N, K) filled in these rows: at the exam.
        left: (N,) filled in these rows: who has given up.
        reward: (N,) to which the change of the beliefs until the exam is added, if ``at`` says so.
    """
    n, size, days = rows.shape[0], reward.shape[0], np.empty(rows.shape[0])
    real = array_at(pointer(at[REAL]), (size, at[REAL + 1]), np.float64)
    before = array_at(pointer(at[BEFORE]), size, np.float64)
    outcome = array_at(pointer(at[OUT]), size, OUTCOME)
    taught = array_at(pointer(at[TAUGHT]), size, np.int64)
    for r in range(n):
        i = rows[r]
        told[PRE, i] = before[i]
        left[i] = outcome[i]["quit"] & (taught[i] >= 0)
        days[r] = max(retention - (real[i, DAY] - real[i, LAST_DAY]), 0.0)
    shares, knows = np.empty((3, n)), np.empty((n, at[N_SKILLS]))
    _sit(at, size, rows, days, luck, shares, knows)
    for r in range(n):
        i = rows[r]
        told[NOW, i], told[LATER, i] = shares[NOW, r], shares[LATER, r]
        for k in range(knows.shape[1]):
            mastery[i, k] = knows[r, k]
    if at[FADE] != 0:
        width, total = at[BELIEFS + 1], at[N_SKILLS]
        all_beliefs = array_at(pointer(at[BELIEFS]), (size, width), np.float64)
        beliefs = np.empty(n * width)
        for r in range(n):
            for column in range(width):
                beliefs[r * width + column] = all_beliefs[rows[r], column]
        call(at[FADE], (beliefs, days, array_at(pointer(at[FADING]), at[FADING + 1], np.float64)))
        for r in range(n):
            reward[rows[r]] += beliefs[r * width + total] - real[rows[r], VALUE]


def exam_table(
    student: StudentModel, belief: Belief | None, state: State, belief_state: BeliefState, items: Ints, arrays: Arrays
) -> tuple[Ints, Arrays]:
    """What ``examine`` takes of a cohort, and the arrays that must be kept as long as it is used.

    Empty where the student does something in an exam that is no kernel, or nothing is compiled.

    Args:
        student: the model.
        belief: the tutor's, if the change of what it believes is paid.
        state: (N,) the students' records.
        belief_state: (N,) the tutor's.
        items: (E,) of the exam.
        arrays: real, before, outcome and the items taught.
    """
    told = exam_kernels(student) if compiled() else None
    fade = cast("tuple[Kernel, Floats] | None", kernel_behind(belief, "elapse"))
    if told is None or not _fit(told, fade):
        return np.zeros(0, np.int64), ()
    s, one, c = matrix(state), np.zeros(1), student.curriculum
    packed, mastery, rest = told.packed, np.zeros((1, c.n_skills)), np.zeros((1, student.rest_draws))
    beliefs = belief_state.view(np.float64)
    arguments = (
        (told.p_some, (s, items, np.zeros((1, len(items))), *packed)),
        (told.p_all, (s, np.zeros((1, c.n_items)), *packed)),
        (told.forecast, (s, one, np.zeros((1, c.n_items)), mastery, *packed)),
        (told.elapse, (s, one, rest, *packed)),
        (told.mastery, (s, mastery, *packed)),
    )
    addresses = [0 if kernel is None else address_of(kernel, given) for kernel, given in arguments]
    paid, fading = (0, one) if fade is None else (address_of(fade[0], (beliefs, one, fade[1])), fade[1])
    kept = s, items, *packed, *arrays, beliefs.reshape(len(s), -1), fading
    return table_of([*addresses, told.calm, told.kept, c.n_items, c.n_skills, paid], kept), kept


def _fit(told: ExamKernels, fade: tuple[Kernel, Floats] | None) -> bool:
    """Whether all that an exam takes can be called, and handed over, by address."""
    kernels = told.p_some, told.p_all, told.forecast, told.elapse, told.mastery
    fading, numbers = (None, ()) if fade is None else (fade[0], fade[1:])
    return fit_for_address((*kernels, fading), (told.packed[0], *numbers), told.packed[1:])
