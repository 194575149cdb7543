"""Cells of a grid with known truth: students, trainings and lessons of normal luck."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from zpdgym.experiments.questions.cells import Cell

Truth = Callable[..., float]


def made(
    axes: Mapping[str, Sequence],
    truth: Truth,
    rng: np.random.Generator,
    *,
    seeds: int = 10,
    students: int = 200,
    seed_sd: float = 0.02,
    student_sd: float = 0.05,
    lesson_sd: float = 0.05,
) -> list[Cell]:
    """``base`` (untrained) and ``own`` (trained), which is ``truth`` of the axes' values better.

    Every student has a part of the difference that is the same in all cells, and one that is not; cells of a
    ``cohort`` have people of their own.
    """
    cells, people = [], {}
    for values in itertools.product(*axes.values()):
        here = dict(zip(axes, values, strict=True))
        who = here.get("cohort")
        if who not in people:
            people[who] = rng.standard_normal((2, 1, students))
        person, liking = people[who]
        base = 0.5 + 0.1 * person
        own = base + truth(*values) + seed_sd * rng.standard_normal((seeds, 1)) + student_sd * liking
        own = own + student_sd * rng.standard_normal((1, students)) + lesson_sd * rng.standard_normal((seeds, students))
        cells.append(Cell(here, {"base": base, "own": own}, {"best_untrained": "base"}, frozenset({"own"})))
    return cells
