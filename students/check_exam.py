"""What a model that speaks of exams must keep: ``p_exam``, ``sit_exam`` and ``exam_gain``, which may be missing."""

from __future__ import annotations

from typing import Protocol, cast

import numpy as np

from .exam import exam_chances, sit_exam
from .model import FloatNM, State, StudentModel, allocate_outcome

DAYS = 5.0
LESSONS_TRIED = 12
REPEATS = 4000  # of one lesson
TOO_FAR = 5.0  # standard errors, as in ``check.py``


class Asker(Protocol):
    """A model under test, and whoever refuses it."""

    model: StudentModel
    rng: np.random.Generator

    def read(self, method: str, state: State, *arguments: object) -> FloatNM:
        """What a method tells that must not change the state."""
        ...

    def must(self, holds: bool, message: str) -> None:
        """Refuse the model with this sentence unless the condition holds."""
        ...

    def close(self, found: object, right: object, message: str) -> None:
        """Refuse the model unless the two agree to rounding."""
        ...


def check_exam(asker: Asker, state: State) -> None:
    """Ask students, taught a while, what the model says of exams; a model without these methods keeps them all."""
    if hasattr(asker.model, "p_exam"):
        _chances(asker, state)
    if hasattr(asker.model, "shared_clock"):
        _skills_apart(asker, state)
    if hasattr(asker.model, "exam_gain"):
        _gains(asker, state)
    if hasattr(asker.model, "sit_exam"):
        _together(asker, state)


def _chances(asker: Asker, state: State) -> None:
    n, items = len(state), np.arange(asker.model.curriculum.n_items)
    luck = asker.rng.random((n, asker.model.rest_draws))
    now = asker.read("p_exam", state, items, None, None)
    later = asker.read("p_exam", state, items, np.full(n, DAYS), luck)
    some = items[::-2].copy()
    told = asker.read("p_exam", state, some, np.full(n, DAYS), luck)
    for p, asked in ((now, items), (later, items), (told, some)):
        asker.must(p.shape == (n, len(asked)), f"p_exam must be (N, E), not {p.shape}")
        good = bool(np.isfinite(p).all() and (p >= 0.0).all() and (p <= 1.0).all())
        asker.must(good, f"p_exam leaves [0, 1]: from {p.min()} to {p.max()}")
    asker.close(asker.read("p_exam", state, items, np.zeros(n), luck), now, "p_exam in 0 days differs from p_exam now")
    asker.close(told, later[:, some], "p_exam of some items differs from these columns of p_exam of all")


def _together(asker: Asker, state: State) -> None:
    """``sit_exam`` and those who are asked one after the other say the same."""
    model, n = asker.model, len(state)
    items, days = np.arange(model.curriculum.n_items)[::-2].copy(), np.full(n, DAYS)
    luck = asker.rng.random((n, model.rest_draws))
    told = asker.read("sit_exam", state, items, days, luck)
    apart = sit_exam(cast(StudentModel, _Apart(model)), state, items, days, luck)
    for found, right, what in zip(told, apart, ("now", "later", "mastery then"), strict=True):
        same = found.shape == right.shape and found.tobytes() == right.tobytes()
        asker.must(same, f"sit_exam ({what}) differs from what the other methods say")


def _skills_apart(asker: Asker, state: State) -> None:
    """``shared_clock`` names all that lessons on different skills share: set back, it leaves others as they were."""
    model, n, c = asker.model, len(state), asker.model.curriculum
    clock = str(getattr(model, "shared_clock", ""))
    asker.must(clock in (model.dtype.names or ()), f"shared_clock={clock!r} is no field of model.dtype")
    before = asker.read("p_all", state)
    for item in asker.rng.integers(0, c.n_items, LESSONS_TRIED):
        taught = state.copy()
        model.step(taught, np.full(n, item), asker.rng.random((n, model.lesson_draws)), allocate_outcome(n))
        passed = taught[clock] - state[clock]
        asker.must(bool(np.ptp(passed) < 1e-9), f"item {item} moves {clock} by what differs between students")
        taught[clock] = state[clock]
        others = ~(c.q & c.q[item]).any(axis=1)
        same = asker.read("p_all", taught)[:, others].tobytes() == before[:, others].tobytes()
        asker.must(same, f"shared_clock={clock!r}, but a lesson of item {item} changes more of other skills than that")


class _Apart:
    """A model that has every method of another but ``sit_exam``."""

    def __init__(self, model: StudentModel) -> None:
        self._model = model

    def __getattr__(self, name: str) -> object:
        if name == "sit_exam":
            raise AttributeError(name)
        return getattr(self._model, name)


def _gains(asker: Asker, state: State) -> None:
    """What lessons are said to add to the exam, and what they add when they are given many times."""
    model, rng = asker.model, asker.rng
    c = model.curriculum
    # where there are problems of several steps, a model may tell of the curriculum's own exam alone
    exam = c.exam_items if c.has_steps else np.arange(c.n_items)[::2].copy()
    told = asker.read("exam_gain", state, np.full(len(state), DAYS), exam)
    shape = (len(state), model.curriculum.n_items)
    asker.must(told.shape == shape and bool(np.isfinite(told).all()), "exam_gain must be (N, M), finite")
    if hasattr(model, "student") or hasattr(model, "students"):
        return  # layers and mixtures hand on what is said inside, where it may have been tried on a few copies
    days = np.full(REPEATS, DAYS)
    for i, item in zip(rng.integers(0, shape[0], LESSONS_TRIED), rng.integers(0, shape[1], LESSONS_TRIED), strict=True):
        copies = np.repeat(state[i][None], REPEATS)
        before, after = copies, copies.copy()
        draws = rng.random((REPEATS, model.lesson_draws))
        out = model.step(after, np.full(REPEATS, item), draws, allocate_outcome(REPEATS))
        luck = rng.random((REPEATS, model.rest_draws))
        change = exam_chances(model, after, exam, days, luck).mean(axis=1)
        change -= exam_chances(model, before, exam, days, luck).mean(axis=1)
        said = float(told[i, item])
        # a rare gain, or a rare answer that changes the gain, may not have come up at all
        alike = bool(out["answered"].any()) and len(np.unique(out["correct"])) == 1
        rare = (abs(said) / REPEATS) ** 0.5 if model.discrete or alike else abs(said) / REPEATS
        error = TOO_FAR * (float(change.std()) / REPEATS**0.5 + rare) + 1e-9
        text = f"item {item} adds {change.mean():.5f} to an exam in {DAYS:g} days, but exam_gain says {said:.5f}"
        asker.must(abs(float(change.mean()) - said) <= error, text)
