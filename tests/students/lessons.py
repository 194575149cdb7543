"""Lessons that the tests of many students give: beside students in plain Python, and those of the golden digests."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
from zpdgym.students import StudentModel, allocate_outcome
from zpdgym.students.draws import LESSON, RESET, REST, draw
from zpdgym.students.model import Outcome, State

from tests.helpers import cohort
from tests.reference import plain_student

Watch = Callable[[State, list[Any], Outcome], None]


def side_by_side(
    model: StudentModel,
    *,
    n: int = 12,
    lessons: int = 30,
    days: Sequence[float] = (0.0, 0.0, 3.0),
    lowest: int = 0,
    tolerance: float = 1e-9,
    extremes: bool = False,
    watch: Watch | None = None,
) -> tuple[State, list[Any]]:
    """Teach a cohort and as many plain students with the same luck; they must agree event by event.

    Args:
        model: the compiled students; ``tests/reference`` has the plain ones.
        n: how many.
        lessons: how many, each followed by a rest.
        days: from which the length of a rest is drawn; what stands twice comes twice as often.
        lowest: -1 if some lessons shall be left out.
        tolerance: of probabilities and masteries.
        extremes: whether the first student's first and last draw at the start are 0.
        watch: what else to check after every lesson: it is given the state, the plain students and the outcome.
    """
    rng, n_items = np.random.default_rng(1), model.curriculum.n_items
    start, state = rng.random((n, model.reset_draws)), model.allocate(n)
    if extremes:
        start[0, [0, -1]] = 0.0
    model.reset(state, np.arange(n), start)
    plain = [plain_student(model) for _ in range(n)]
    for student, u in zip(plain, start, strict=True):
        student.reset(u)
    optional = [
        f for f in ("quit", "rating", "option", "hints", "right_steps") if f in model.reports or hasattr(plain[0], f)
    ]
    for t in range(lessons):
        items, luck = rng.integers(lowest, n_items, n), rng.random((n, model.lesson_draws))
        told = [s.p(int(j)) if j >= 0 else 0.0 for s, j in zip(plain, items, strict=True)]
        assert model.p_correct(state, items) == pytest.approx(told, abs=tolerance)
        if t % 5 == 0:
            told = np.array([[s.p(j) for j in range(n_items)] for s in plain])
            assert model.p_all(state) == pytest.approx(told, abs=tolerance)
        out = model.step(state, items, luck, allocate_outcome(n))
        answered, correct, minutes = zip(
            *(s.step(int(j), u) for s, j, u in zip(plain, items, luck, strict=True)), strict=True
        )
        assert out["answered"].tolist() == list(answered)
        assert out["correct"].tolist() == list(correct)
        assert out["minutes"] == pytest.approx(minutes, rel=1e-9)
        for field in optional:
            assert out[field].tolist() == [getattr(s, field) for s in plain]
        if watch is not None:
            watch(state, plain, out)
        pause, rest = rng.choice(days, n), rng.random((n, model.rest_draws))
        model.elapse(state, pause, rest)
        for s, d, u in zip(plain, pause, rest, strict=True):
            s.elapse(float(d), u)
        assert model.mastery(state) == pytest.approx(np.array([s.mastery() for s in plain]), abs=tolerance)
    return state, plain


def golden_lessons(
    model: StudentModel, *, lessons: int = 20, stride: int = 1, days: float = 0.0
) -> Iterator[tuple[State, Outcome]]:
    """Eight students and the outcome after each of the lessons from which the golden digests are made.

    Luck, order and lengths are those of the first release; the state is the same array every time.
    """
    who, zero = np.arange(8), np.zeros(8, np.int64)
    luck, state = partial(draw, 1, students=who, episodes=zero), model.allocate(8)
    model.reset(state, who, luck(stream=RESET, lessons=zero, count=model.reset_draws))
    for t in range(lessons):
        u = luck(stream=LESSON, lessons=zero + t, count=model.lesson_draws)
        out = model.step(state, (who + stride * t) % 10, u, allocate_outcome(8))
        if days > 0.0:
            model.elapse(state, np.full(8, days), luck(stream=REST, lessons=zero + t, count=model.rest_draws))
        yield state, out


def after_golden_lessons(model: StudentModel, **kind: Any) -> np.ndarray:
    """All probabilities of a right answer, then all masteries, after the last of ``golden_lessons``."""
    *_, (state, _) = golden_lessons(model, **kind)
    return np.concatenate([model.p_all(state).ravel(), model.mastery(state).ravel()])


def digest_of_lessons(model: StudentModel) -> str:
    """The golden digest of students whose knowledge has a structure: after each of 20 lessons without a rest."""
    state, rng, seen = cohort(model, 8, 5), np.random.default_rng(7), []
    for t in range(20):
        model.step(state, (np.arange(8) + t) % 10, rng.random((8, model.lesson_draws)), allocate_outcome(8))
        seen += [np.round(1e10 * told).astype(np.int64).ravel() for told in (model.p_all(state), model.mastery(state))]
    return hashlib.sha256(np.concatenate(seen).tobytes()).hexdigest()[:16]


def digest_of_lessons_and_rests(model: StudentModel) -> str:
    """The golden digest of students who remember traces: after each of 20 lessons and days, drawn at random."""
    state, rng, seen = cohort(model, 8), np.random.default_rng(3), []
    for _ in range(20):
        model.step(state, rng.integers(0, 10, 8), rng.random((8, model.lesson_draws)), allocate_outcome(8))
        model.elapse(state, rng.choice([0.0, 1.0], 8), np.empty((8, 0)))
        seen += [model.p_all(state), model.mastery(state)]
    return hashlib.sha256(b"".join(np.round(told, 10).tobytes() for told in seen)).hexdigest()[:16]
