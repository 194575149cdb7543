"""How students do in an exam, and what a lesson now does for it: the same questions to models of any kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import getattr_static
from typing import NamedTuple, Protocol, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from .model import (
    FloatN,
    FloatNK,
    FloatNM,
    IntN,
    KernelModel,
    State,
    StudentModel,
    allocate_outcome,
    kernel_behind,
    written_by_kernel,
)

LUCKY, UNLUCKY = 2.0**-53, 1.0 - 2.0**-53
"""Draws of those who have all the luck there is, and none: every chance is met by the first, missed by the second."""
RATINGS = 8
"""Draws of a right answer that stand for all of them, where it may be rated hard, good or easy."""

Kernel: TypeAlias = Callable[..., None]
_Luck: TypeAlias = npt.NDArray[np.float64]
Sat: TypeAlias = tuple[FloatNM, FloatNM, FloatNK]
"""Chances of right answers in an exam now and in an exam some days later, (N, E) each, and mastery then, (N, K)."""


class _Whole(StudentModel, Protocol):
    """A model with all the methods that may be missing: asked only for what it has."""

    def p_some(self, state: State, items: IntN) -> FloatNM: ...
    def p_exam(self, state: State, items: IntN, days: FloatN | None, u: FloatNM | None) -> FloatNM: ...
    def sit_exam(self, state: State, items: IntN, days: FloatN, u: FloatNM) -> Sat: ...
    def forecast(self, state: State, days: FloatN) -> tuple[FloatNM, FloatNK]: ...
    def exam_gain(self, state: State, days: FloatN, items: IntN) -> FloatNM: ...

    @property
    def shared_clock(self) -> str: ...


def exam_chances(student: StudentModel, state: State, items: IntN, days: FloatN | None, u: FloatNM | None) -> FloatNM:
    """Chances of right answers in an exam: (N, len(items)), the caller's own, whether or not the model has ``p_exam``.

    Args:
        student: the model.
        state: their records, or longer ones that begin with them.
        items: of the exam.
        days: (N,) until the exam; None: it is now.
        u: (N, rest_draws or more) the luck of these days, for models that cannot tell what is expected of them.
    """
    model = cast(_Whole, student)
    if hasattr(student, "p_exam"):
        return model.p_exam(state, items, days, u)
    if days is not None and hasattr(student, "forecast"):
        return _own(model.forecast(state, days)[0][:, items])
    if days is not None:
        state, luck = state.copy(), np.zeros((len(state), 0)) if u is None else u[:, : student.rest_draws]
        student.elapse(state, days, np.ascontiguousarray(luck))
    return _own(model.p_some(state, items) if hasattr(student, "p_some") else student.p_all(state)[:, items])


def sit_exam(student: StudentModel, state: State, items: IntN, days: FloatN, u: FloatNM) -> Sat:
    """Chances of right answers in an exam now and later, and mastery then: what an end of teaching asks, asked once.

    Mastery is what the model expects (``forecast``), else what these days with this luck leave of it.

    Args:
        student: the model.
        state: their records; they are left as they are.
        items: of the exam.
        days: (N,) until the exam.
        u: (N, rest_draws) the luck of these days.
    """
    model = cast(_Whole, student)
    if _sits(student):
        return model.sit_exam(state, items, days, u)
    now = exam_chances(student, state, items, None, None)
    if hasattr(student, "forecast"):
        p, mastery = model.forecast(state, days)
        sat = hasattr(student, "p_exam")
        return now, exam_chances(student, state, items, days, u) if sat else p[:, items], mastery
    later = state.copy()
    student.elapse(later, days, u)
    # who sits an exam in another way than a lesson knows the days that have passed; of all others it is now
    sat = (state, items, days, u) if hasattr(student, "p_exam") else (later, items, None, None)
    return now, exam_chances(student, *sat), student.mastery(later)


def _sits(student: StudentModel) -> bool:
    """Whether there is a ``sit_exam`` that no class which derives from its own has made untrue."""
    for cls in type(student).__mro__:
        if "sit_exam" in vars(cls):
            break
        if "p_exam" in vars(cls) or ("forecast" in vars(cls) and hasattr(student, "forecast")):
            return False
    return hasattr(student, "sit_exam")


class ExamKernels(NamedTuple):
    """The kernels that are all of ``sit_exam``, each None where there is none; they are called as ``KernelModel`` says.

    Attributes:
        p_some: the chances of right answers to some items.
        p_all: without ``p_some``, those to all items; None: ``forecast`` tells them, in no days.
        forecast: what is expected after some days; without it days pass by ``elapse``, and ``mastery`` tells the rest.
        elapse: None without ``forecast``: days change nothing.
        mastery: None without ``forecast``: it stands in the records, from column ``kept`` on.
        kept: see there.
        calm: the column that is 0 in an exam; -1: none.
        packed: the parameters.
    """

    p_some: Kernel | None
    p_all: Kernel | None
    forecast: Kernel | None
    elapse: Kernel | None
    mastery: Kernel | None
    kept: int
    calm: int
    packed: tuple[FloatN, IntN]


def exam_kernels(student: StudentModel) -> ExamKernels | None:
    """The kernels behind ``sit_exam``; None where a class writes one of the methods that they stand for itself."""
    if not isinstance(student, KernelModel):
        return None
    cls, calm, kept = cast("type[KernelModel]", type(student)), -1, -1
    some = hasattr(student, "p_some")
    p_all = None if some else cast("Kernel | None", kernel_behind(student, "p_all"))
    if p_all is None and not written_by_kernel(cls, "p_some" if some else "p_all"):
        return None
    calmed = next((vars(base) for base in cls.__mro__ if "exam_fields" in vars(base)), {})
    for method in ("p_exam", "sit_exam"):
        if getattr_static(cls, method, None) is not calmed.get(method):
            return None
    if calmed:
        kept, calm = (int((student.dtype.fields or {})[name][1]) // 8 for name in calmed["exam_fields"])
    kernels = student.kernels
    p_some = getattr(kernels, "p_some", None)
    if hasattr(student, "forecast"):
        forecast = kernels.forecast if written_by_kernel(cls, "forecast") else None
        return forecast and ExamKernels(p_some, p_all, forecast, None, None, kept, calm, student.packed)
    own = getattr_static(cls, "mastery") is calmed.get("mastery")
    if not some or not written_by_kernel(cls, "elapse") or not (own or written_by_kernel(cls, "mastery")):
        return None
    elapse = getattr(kernels, "elapse", None)
    return ExamKernels(p_some, p_all, None, elapse, None if own else kernels.mastery, kept, calm, student.packed)


def _own(p: FloatNM) -> FloatNM:
    """A copy: a user's model may hand out a view of its state."""
    return np.array(p, np.float64, order="C")


def foresees_exam(student: StudentModel) -> bool:
    """Whether a model can tell what a lesson does for the exam."""
    return hasattr(student, "exam_gain") or (hasattr(student, "forecast") and hasattr(student, "expected_gain"))


def exam_gain(student: StudentModel, state: State, days: FloatN, items: IntN) -> FloatNM:
    """(N, M) what each item's lesson now adds to the expected share of exam items right after these days.

    Models that know it say so (``exam_gain``). For all others each item is taught to copies of every student, who are
    examined. Where one draw decides a lesson, that of the answer, copies with a right and a wrong answer count with
    their chances. Where there are more, one copy has all luck and one has none, and they count with the weights with
    which their masteries give what mastery is known to gain (``expected_gain``); where luck makes no difference to
    mastery, with the chance of a right answer. That is exact where a lesson ends in one of two ways. Where one draw
    decides and skills are apart (``shared_clock``), copies are taught all skills at once.

    Args:
        student: a model that ``foresees_exam``.
        state: (N,) the records; they are left as they are.
        days: (N,) until the exam.
        items: of the exam.
    """
    if hasattr(student, "exam_gain"):
        return cast(_Whole, student).exam_gain(state, days, items)
    before = _mark(student, state, days, items)
    gains = np.empty((len(state), student.curriculum.n_items))
    right = student.p_all(state)
    if student.lesson_draws == 1:
        points = RATINGS if "rating" in student.reports else 1
        if _are_apart(student):
            return _gains_apart(cast(_Whole, student), state, days, items, right, points)
        for item in range(gains.shape[1]):
            after = [
                weight * _mark(student, _taught(student, state, item, luck), days, items)
                for weight, luck in _by_answer(right[:, item], points)
            ]
            gains[:, item] = sum(after) - before
        return gains
    wanted = student.expected_gain(state)
    now = student.mastery_sum(state, np.empty(len(state)))
    for item in range(gains.shape[1]):
        best, worst = (_taught(student, state, item, np.full(len(state), luck)) for luck in (LUCKY, UNLUCKY))
        high, low = (student.mastery_sum(copies, np.empty(len(now))) - now for copies in (best, worst))
        tells = np.abs(high - low) > 1e-9
        weight: FloatN = np.where(tells, (wanted[:, item] - low) / np.where(tells, high - low, 1.0), right[:, item])
        with_luck, without = (_mark(student, copies, days, items) for copies in (best, worst))
        gains[:, item] = without + np.clip(weight, 0.0, 1.0) * (with_luck - without) - before
    return gains


def _by_answer(right: _Luck, points: int) -> Iterator[tuple[_Luck, _Luck]]:
    """Weights and draws that stand for a lesson: ``points`` draws of a right answer, one of a wrong one."""
    for point in range(points):
        yield right / points, right * (point + 0.5) / points
    yield 1.0 - right, right + (1.0 - right) / 2.0


def _are_apart(student: StudentModel) -> bool:
    """Whether lessons on two items touch nothing in common but a clock, unless they are on the same skill."""
    return hasattr(student, "shared_clock") and bool((student.curriculum.q.sum(axis=1) == 1).all())


def _gains_apart(student: _Whole, state: State, days: FloatN, items: IntN, right: FloatNM, points: int) -> FloatNM:
    """``exam_gain`` of students whose skills are apart: one copy is taught an item of every skill, and examined once.

    The time that a lesson takes passes for all skills alike. So the clock is set back after every item, and on to the
    end of one lesson before the exam; what that time alone changes is told by a copy that is taught nothing.
    """
    c, clock, n = student.curriculum, student.shared_clock, len(state)
    before, out = exam_chances(student, state, items, days, None), allocate_outcome(n)
    gains, skills = np.empty((n, c.n_items)), c.q.argmax(axis=1)
    for together in _rounds(skills, c.minutes):
        idle = state.copy()
        idle[clock] = _taught(student, state, int(together[0]), right[:, together[0]])[clock]
        rest = exam_chances(student, idle, items, days, None)
        own = np.equal.outer(skills[items], skills[together]).astype(np.float64)  # (E, items of this round)
        gains[:, together] = (rest - before).sum(axis=1)[:, None]
        for weight, luck in _by_answer(right[:, together], points):
            copies = state.copy()
            for item, u in zip(together.tolist(), luck.T, strict=True):
                student.step(copies, np.full(n, item), np.ascontiguousarray(u[:, None]), out)
                copies[clock] = state[clock]
            copies[clock] = idle[clock]
            gains[:, together] += weight * ((exam_chances(student, copies, items, days, None) - rest) @ own)
    return gains / len(items)


def _rounds(skills: IntN, minutes: FloatN) -> Iterator[IntN]:
    """Items in groups of equally long ones with no skill twice."""
    for length in np.unique(minutes):
        left = np.flatnonzero(minutes == length)
        while len(left):
            first = np.unique(skills[left], return_index=True)[1]
            yield left[np.sort(first)]
            left = np.delete(left, first)


def _taught(student: StudentModel, state: State, item: int, luck: FloatN) -> State:
    """Copies of the students after a lesson of this item with this luck in every draw."""
    copies, n = state.copy(), len(state)
    u = np.repeat(luck[:, None], student.lesson_draws, axis=1)
    student.step(copies, np.full(n, item), u, allocate_outcome(n))
    return copies


def _mark(student: StudentModel, state: State, days: FloatN, items: IntN) -> FloatN:
    return exam_chances(student, state, items, days, None).mean(axis=1)
