"""Students who remember: what a page says of their first lessons, their limits and a real learner's cards."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.configs.build import build, student_section
from zpdgym.students import ACTR, DASH, FSRS, HalfLife, StudentModel, allocate_outcome
from zpdgym.students.curriculum.builders import chain

from benchmarks.published.figure import Figure
from tests.helpers import COMPILED, cohort, one_skill

REVIEWS = Path(__file__).resolve().parents[2] / "tests" / "data" / "anki_reviews.csv"
RIGHT, WRONG = 0.0, 1.0 - 1e-9
"""Luck that answers right, and luck that answers wrong."""
Draws = Callable[[np.random.Generator, tuple[int, int]], npt.NDArray[np.float64]]
HISTORIES: dict[str, Draws] = {
    "massed": lambda rng, shape: np.zeros(shape),
    "daily": lambda rng, shape: np.ones(shape),
    "sessions": lambda rng, shape: np.where(rng.random(shape) < 0.2, rng.choice([1.0, 2.0, 7.0], shape), 0.0),
    "wide": lambda rng, shape: rng.exponential(10.0, shape),
}
"""Days after each of many lessons on one skill."""


def actr() -> list[Figure]:
    """Largest errors of students who keep so many traces, against students who keep all, over all histories."""
    figures = []
    for capacity in (8, 16, 32):
        recall, activation = np.max([errors_of_capacity(kind, capacity) for kind in HISTORIES], axis=0)
        figures.append(Figure(f"recall, capacity {capacity}", recall, digits=4))
        figures.append(Figure(f"activation, capacity {capacity}", activation, digits=4))
    return figures


def errors_of_capacity(kind: str, capacity: int) -> tuple[float, float]:
    """Recall (now, and after a day, a month and a year) and activation: the largest error in 200 lessons."""
    lessons, n = (200, 8) if COMPILED else (40, 2)
    some, every = ACTR(chain(1), capacity=capacity), ACTR(chain(1), capacity=lessons)
    days = HISTORIES[kind](np.random.default_rng(1), (lessons, n))
    both = [(model, cohort(model, n)) for model in (some, every)]
    recall = activation = 0.0
    for t in range(lessons):
        for model, state in both:
            model.step(state, np.zeros(n, np.int64), np.full((n, 1), 0.5), allocate_outcome(n))
            model.elapse(state, days[t], np.empty((n, 0)))
        one, other = (model.activation(state) for model, state in both)
        activation = max(activation, float(np.abs(one - other).max()))
        for ahead in (0.0, 1.0, 30.0, 365.0):
            a, b = (model.forecast(state, np.full(n, ahead))[1] for model, state in both)
            recall = max(recall, float(np.abs(a - b).max()))
        if t < capacity:
            assert recall == activation == 0.0, "nothing is lost before the capacity is reached"
    return recall, activation


def das3h() -> list[Figure]:
    """Chances of a right answer, per cent: ``student=das3h``."""
    return _percent("das3h", days=(8, 30))


def dash() -> list[Figure]:
    """Chances of a right answer, per cent, and that of a student with the published bias before the first lesson."""
    published = DASH(chain(1))
    untaught = float(published.mastery(cohort(published, 1))[0, 0])
    return [Figure("published bias, before the first lesson", untaught, digits=2), *_percent("dash", days=(31,))]


def _percent(student: str, days: tuple[float, ...]) -> list[Figure]:
    """Before the first lesson, after one and three right answers, and so many days after those three."""
    model = build(student_section(student), "student", curriculum=chain(1))
    state, told = cohort(model, 1), []

    def tell(when: str) -> None:
        told.append(Figure(when, 100 * float(model.mastery(state)[0, 0]), digits=0))

    tell("before the first lesson, %")
    for lesson in (1, 2, 3):
        _answer(model, state, RIGHT)
        if lesson != 2:
            tell(f"after {lesson} right, %")
    gone = 0.0
    for day in days:
        model.elapse(state, np.array([day - gone]), np.empty((1, 0)))
        gone = day
        tell(f"{day} days later, %")
    return told


def half_life() -> list[Figure]:
    """Three right answers and a wrong one after the first, which finds nothing to recall."""
    return [Figure("half-life in days", half_lives()[-1], 80.3977, within=5e-5, digits=4)]


def half_lives() -> list[float]:
    """After each of five lessons, three days apart: wrong for sure, right, right, wrong, right."""
    model = HalfLife(one_skill())
    state, found = cohort(model, 1), []
    for luck in (0.5, RIGHT, RIGHT, WRONG, RIGHT):
        model.elapse(state, np.array([3.0]), np.empty((1, 0)))
        _answer(model, state, luck)
        found.append(math.log(2) / state["memory"]["rate"][0, 0])
    return found


def fsrs() -> list[Figure]:
    """201 cards of one Anki user, replayed with the default weights."""
    told, found = told_and_found()
    quarters = [(told[part].mean(), found[part].mean()) for part in np.array_split(np.argsort(told), 4)]
    share = found.mean()
    surprise = -np.log(np.where(found, told, 1 - told)).mean()
    constant = -(share * math.log(share) + (1 - share) * math.log(1 - share))
    return [
        Figure("reviews a day or more apart", len(told), digits=0),
        Figure("recall, mean foretold", told.mean()),
        Figure("recall, share found", share),
        Figure("largest error of a quarter by prediction", max(abs(a - b) for a, b in quarters)),
        Figure("log loss", surprise),
        Figure("log loss of the share alone", constant),
    ]


def told_and_found() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Of every review a day or more after the last: the recall that FSRS-6 foretells, and whether it came."""
    with REVIEWS.open(encoding="utf-8") as file:
        rows = [(int(r["card"]), float(r["day"]), int(r["rating"])) for r in csv.DictReader(file)]
    model, told, found = FSRS(chain(1)), [], []
    state = cohort(model, 1 + max(card for card, _, _ in rows))
    for card, day, rating in rows:
        one = state[card : card + 1]
        model.elapse(one, day - one["clock"], np.empty((1, 0)))
        if model.stability(one)[0, 0] > 0 and day - one["memory"][0, 0, 2] >= 1:
            told.append(model.retrievability(one)[0, 0])
            found.append(rating > 1)
        model.review(one, np.array([0]), np.array([rating]))
    return np.array(told), np.array(found)


def _answer(model: StudentModel, state: npt.NDArray[Any], luck: float) -> None:
    """One lesson of everybody on item 0."""
    n = len(state)
    model.step(state, np.zeros(n, np.int64), np.full((n, model.lesson_draws), luck), allocate_outcome(n))
