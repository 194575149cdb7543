"""A lesson of a whole cohort as one compiled call, where student and belief are compiled; else one before and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from ...students.address import address_of, array_at, ask, call, compiled, fit_for_address, pointer, table_of
from ...students.jit import kernel
from ...students.model import OUTCOME, KernelModel, State, StudentModel, kernel_behind, matrix, written_by_kernel
from .. import kernels
from ..kernels import PASSED, ROWS, Bools, Floats, Ints, Table

if TYPE_CHECKING:
    from ..beliefs.base import Belief, BeliefState

Kernel: TypeAlias = Callable[..., None]
Arrays: TypeAlias = Sequence[npt.NDArray[np.generic]]
CHOOSE, STEP, UPDATE, AFTER, ELAPSE, FADE, DAYS, ARRAYS = range(8)
"""Addresses of kernels, 0 where there is none; then those of the arrays."""
(
    PLAN, SCALE, PATTERNS, WHOLE, REAL, ITEMS, STATE, U, OUT, FLOATS, INTS, BELIEFS, BELIEF_TABLE, NUMBERS, LINKS,
    TABLE, MASK, FADING,
) = range(ARRAYS, ARRAYS + 2 * 18, 2)  # fmt: skip


@kernel
def begin_lesson(at: Ints, actions: Ints) -> int:
    """Actions to items; gives back what ``kernels.choose`` does."""
    n = actions.shape[0]
    plan = array_at(pointer(at[PLAN]), at[PLAN + 1], np.int64)
    whole = array_at(pointer(at[WHOLE]), (n, at[WHOLE + 1]), np.int64)
    items = array_at(pointer(at[ITEMS]), n, np.int64)
    return ask(at[CHOOSE], (plan, whole, actions, items))


@kernel
def end_lesson(at: Ints, out: Table, reward: Floats, ended: Bools, day: Floats) -> int:
    """What comes after an answer; gives back what ``kernels.after_lesson`` does."""
    n = reward.shape[0]
    plan = array_at(pointer(at[PLAN]), at[PLAN + 1], np.int64)
    scale = array_at(pointer(at[SCALE]), at[SCALE + 1], np.float64)
    patterns = array_at(pointer(at[PATTERNS]), (4, at[PATTERNS + 1]), np.float32)
    whole = array_at(pointer(at[WHOLE]), (n, at[WHOLE + 1]), np.int64)
    real = array_at(pointer(at[REAL]), (n, at[REAL + 1]), np.float64)
    items = array_at(pointer(at[ITEMS]), n, np.int64)
    outcome = array_at(pointer(at[OUT]), n, OUTCOME)
    u = array_at(pointer(at[U]), (n, at[U + 1]), np.float64)
    belief_table = array_at(pointer(at[BELIEF_TABLE]), (n, at[BELIEF_TABLE + 1]), np.float64)
    table = array_at(pointer(at[TABLE]), (n, at[TABLE + 1]), np.float32)
    mask = array_at(pointer(at[MASK]), (n, at[MASK + 1]), np.bool_)
    return ask(
        at[AFTER],
        (plan, scale, patterns, whole, real, items, outcome, belief_table, table, out, u, mask, reward, ended, day),
    )


@kernel
def teach(at: Ints, actions: Ints, out: Table, reward: Floats, ended: Bools, day: Floats) -> int:
    """Choose, step, update and what comes after, with the days that pass where those are compiled, too.

    Returns -1 - row where the action is not allowed, and then nothing is done; else what ``kernels.after_lesson`` does,
    without the rows for which days have passed here.
    """
    n = actions.shape[0]
    refused = begin_lesson(at, actions)
    if refused >= 0:
        return -1 - refused
    items = array_at(pointer(at[ITEMS]), n, np.int64)
    u = array_at(pointer(at[U]), (n, at[U + 1]), np.float64)
    outcome = array_at(pointer(at[OUT]), n, OUTCOME)
    state = array_at(pointer(at[STATE]), (n, at[STATE + 1]), np.float64)
    floats = array_at(pointer(at[FLOATS]), at[FLOATS + 1], np.float64)
    ints = array_at(pointer(at[INTS]), at[INTS + 1], np.int64)
    call(at[STEP], (state, items, u, outcome, floats, ints))
    beliefs = array_at(pointer(at[BELIEFS]), at[BELIEFS + 1], np.float64)
    numbers = array_at(pointer(at[NUMBERS]), at[NUMBERS + 1], np.float64)
    links = array_at(pointer(at[LINKS]), at[LINKS + 1], np.int64)
    call(at[UPDATE], (beliefs, items, outcome, numbers, links))
    code = end_lesson(at, out, reward, ended, day)
    if (code & ROWS) == 0 or at[DAYS] == 0:
        return code
    real = array_at(pointer(at[REAL]), (n, at[REAL + 1]), np.float64)
    days, luck = np.empty(n), np.empty((n, 0))
    for i in range(n):
        days[i] = real[i, PASSED]
    if at[ELAPSE] != 0:
        call(at[ELAPSE], (state, days, luck, floats, ints))
    fading = array_at(pointer(at[FADING]), at[FADING + 1], np.float64)
    call(at[FADE], (beliefs, days, fading))
    plan = array_at(pointer(at[PLAN]), at[PLAN + 1], np.int64)
    scale = array_at(pointer(at[SCALE]), at[SCALE + 1], np.float64)
    patterns = array_at(pointer(at[PATTERNS]), (4, at[PATTERNS + 1]), np.float32)
    whole = array_at(pointer(at[WHOLE]), (n, at[WHOLE + 1]), np.int64)
    belief_table = array_at(pointer(at[BELIEF_TABLE]), (n, at[BELIEF_TABLE + 1]), np.float64)
    table = array_at(pointer(at[TABLE]), (n, at[TABLE + 1]), np.float32)
    call(at[DAYS], (plan, scale, patterns, whole, real, belief_table, table, out, reward))
    return code - (code & ROWS)


def lesson_table(
    student: StudentModel, belief: Belief, state: State, belief_state: BeliefState, arrays: Arrays
) -> tuple[Ints, Arrays]:
    """What the kernels above take of a cohort, and the arrays that must be kept as long as it is used.

    Empty where nothing is compiled. Where the student or the belief does something in a lesson that is no kernel, there
    is no address at ``STEP``, and nothing but ``begin_lesson`` and ``end_lesson`` may be called.

    Args:
        student: the model.
        belief: the tutor's.
        state: (N,) the students' records.
        belief_state: (N,) the tutor's.
        arrays: plan, scale, patterns, whole, real, items, outcome, u, table and mask, as ``kernels`` has them.
    """
    if not compiled():
        return np.zeros(0, np.int64), ()
    plan, scale, patterns, whole, real, items, outcome, u, table, mask = arrays
    beliefs = belief_state.view(np.float64)
    by_student, n = beliefs.reshape(len(items), -1), len(items)
    given = np.zeros_like(table), np.zeros(n), np.zeros(n, np.bool_), np.zeros(n)
    after = (plan, scale, patterns, whole, real, items, outcome, by_student, table, given[0], u, mask, *given[1:])
    first = address_of(kernels.choose, (plan, whole, items, items))
    then = address_of(kernels.after_lesson, after)
    parts = _parts_of(student, belief)
    if parts is None:
        none = np.zeros(1)
        kept = (
            plan, scale, patterns, whole, real, items, none, u, outcome, none, none, none, by_student, none, none,
            table, mask, none,
        )  # fmt: skip
        return table_of([first, 0, 0, then, 0, 0, 0], kept), kept
    step, (floats, ints), (renew, numbers, links) = parts
    s = matrix(state)
    middle = (
        address_of(step, (s, items, u, outcome, floats, ints)),
        address_of(renew, (beliefs, items, outcome, numbers, links)),
    )
    days, fading = _days_of(student, belief, (s, beliefs, floats, ints))
    passing = (plan, scale, patterns, whole, real, by_student, table, given[0], given[1])
    last = address_of(kernels.after_days, passing) if days else 0
    kept = (
        plan, scale, patterns, whole, real, items, s, u, outcome, floats, ints, beliefs, by_student, numbers, links,
        table, mask, fading,
    )  # fmt: skip
    return table_of([first, *middle, then, *(days or (0, 0)), last], kept), kept


def _parts_of(
    student: StudentModel, belief: Belief
) -> tuple[Kernel, tuple[Floats, Ints], tuple[Kernel, Floats, Ints]] | None:
    """The kernels of ``step`` and ``update`` with what they take; None: one of them is no kernel."""
    step = cast("Kernel | None", kernel_behind(student, "step"))
    update = cast("tuple[Kernel, Floats, Ints] | None", kernel_behind(belief, "update"))
    if step is None or update is None:
        return None
    (floats, ints), (renew, numbers, links) = cast(KernelModel, student).packed, update
    fit = fit_for_address((step, renew), (floats, numbers), (ints, links))
    return (step, (floats, ints), update) if fit else None


def _days_of(
    student: StudentModel, belief: Belief, given: tuple[Floats, Floats, Floats, Ints]
) -> tuple[tuple[int, int] | None, Floats]:
    """The addresses of both kernels of ``elapse``, and what the belief's takes; None: one of them is no kernel.

    Students who need luck for these days draw it in Python.
    """
    s, beliefs, *packed = given
    fade = cast("tuple[Kernel, Floats] | None", kernel_behind(belief, "elapse"))
    by_kernel = written_by_kernel(cast("type[KernelModel]", type(student)), "elapse")
    if fade is None or student.rest_draws or not by_kernel:
        return None, np.zeros(1)
    elapse = cast("Kernel | None", getattr(cast(KernelModel, student).kernels, "elapse", None))
    if not fit_for_address((elapse, fade[0]), fade[1:], ()):
        return None, np.zeros(1)
    days, luck = np.zeros(len(s)), np.zeros((len(s), 0))
    mine = 0 if elapse is None else address_of(elapse, (s, days, luck, *packed))
    return (mine, address_of(fade[0], (beliefs, days, fade[1]))), fade[1]
