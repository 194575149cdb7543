"""The exam of those whose teaching has ended, as one compiled call where the student is compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from ...students.address import address_of, array_at, call, compiled, pointer, table_of
from ...students.exam import exam_kernels
from ...students.jit import inline, kernel
from ...students.model import matrix
from ..kernels import Floats, Ints

if TYPE_CHECKING:
    from ...students.model import State, StudentModel

Arrays: TypeAlias = tuple[npt.NDArray[np.generic], ...]
P_SOME, P_ALL, FORECAST, ELAPSE, MASTERY, CALM, KEPT, N_ITEMS, ARRAYS = range(9)
STATE, ITEMS, FLOATS, INTS = range(ARRAYS, ARRAYS + 2 * 4, 2)


@inline
def _mean(p: Floats, i: int, items: Ints, each: bool) -> float:
    """The share right of these items, or of all columns; added in the order of the items."""
    total = 0.0
    for e in range(items.shape[0]):
        total += p[i, items[e] if each else e]
    return total / items.shape[0]


@kernel
def examine(at: Ints, rows: Ints, days: Floats, luck: Floats, now: Floats, later: Floats, mastery: Floats) -> None:
    """What ``students.exam.sit_exam`` says of the students in these rows, as shares of the exam."""
    n, width, calm = rows.shape[0], at[STATE + 1], at[CALM]
    items = array_at(pointer(at[ITEMS]), at[ITEMS + 1], np.int64)
    floats = array_at(pointer(at[FLOATS]), at[FLOATS + 1], np.float64)
    ints = array_at(pointer(at[INTS]), at[INTS + 1], np.int64)
    students, p = np.empty((n, width)), np.empty((n, items.shape[0]))
    s = array_at(pointer(at[STATE]), (rows.max() + 1, width), np.float64)
    for r in range(n):
        for column in range(width):
            students[r, column] = s[rows[r], column]
        if calm >= 0:
            students[r, calm] = 0.0
    if at[P_SOME] != 0:
        call(at[P_SOME], (students, items, p, floats, ints))
        for r in range(n):
            now[r] = _mean(p, r, items, False)
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
                now[r] = _mean(expected, r, items, True)
        call(at[FORECAST], (students, days, expected, mastery, floats, ints))
        for r in range(n):
            later[r] = _mean(expected, r, items, True)
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
        later[r] = _mean(p, r, items, False)


def exam_table(student: StudentModel, state: State, items: Ints) -> tuple[Ints, Arrays]:
    """What ``examine`` takes of a cohort, and the arrays that must be kept as long as it is used.

    Empty where the student does something in an exam that is no kernel, or nothing is compiled.

    Args:
        student: the model.
        state: (N,) the students' records.
        items: (E,) of the exam.
    """
    told = exam_kernels(student) if compiled() else None
    if told is None:
        return np.zeros(0, np.int64), ()
    s, one, c = matrix(state), np.zeros(1), student.curriculum
    packed, mastery, rest = told.packed, np.zeros((1, c.n_skills)), np.zeros((1, student.rest_draws))
    arguments = (
        (told.p_some, (s, items, np.zeros((1, len(items))), *packed)),
        (told.p_all, (s, np.zeros((1, c.n_items)), *packed)),
        (told.forecast, (s, one, np.zeros((1, c.n_items)), mastery, *packed)),
        (told.elapse, (s, one, rest, *packed)),
        (told.mastery, (s, mastery, *packed)),
    )
    addresses = [0 if kernel is None else address_of(kernel, given) for kernel, given in arguments]
    kept = s, items, *packed
    return table_of([*addresses, told.calm, told.kept, c.n_items], kept), kept
