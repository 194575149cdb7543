"""What was taught lesson by lesson to the pupils whose lessons were kept, and what was believed before each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ...students.curriculum.curriculum import Curriculum

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lessons:
    """The kept lessons of n students of one run; T lessons at most, K skills.

    Attributes:
        curriculum: the skills and items.
        items: (n, T) int, the item of each lesson; -1 where there was none (the teaching was over).
        correct: (n, T) int8, 1 right, 0 wrong, -1 no answer was asked for.
        day: (n, T) the day of each lesson.
        seen: column name -> (n, T, K) what the teacher saw of each skill before the lesson, in natural units.
        mastery: (n, T+1, K) what the simulated student really knew before each lesson and at the end.
        mastery_choice: (n, T) the item that mastery learning would have chosen in the same situation; -1: none.
        ended: (n, T) True where the teacher chose to end the teaching instead of giving a lesson.
    """

    curriculum: Curriculum
    items: npt.NDArray[np.int64]
    correct: npt.NDArray[np.int8]
    day: Floats
    seen: dict[str, Floats]
    mastery: Floats
    mastery_choice: npt.NDArray[np.int64] | None
    ended: npt.NDArray[np.bool_]

    @property
    def n_students(self) -> int:
        """How many students' lessons were kept."""
        return len(self.items)

    @property
    def horizon(self) -> int:
        """T, the largest possible number of lessons."""
        return self.items.shape[1]

    @cached_property
    def taught(self) -> npt.NDArray[np.bool_]:
        """(n, T) True where there was a lesson."""
        return self.items >= 0

    @cached_property
    def lengths(self) -> npt.NDArray[np.int64]:
        """(n,) lessons given to each student."""
        return self.taught.sum(axis=1)

    @cached_property
    def skills(self) -> npt.NDArray[np.bool_]:
        """(n, T, K) the skills that each lesson exercised."""
        known = np.vstack([self.curriculum.q, np.zeros((1, self.curriculum.n_skills), bool)])
        return known[np.where(self.taught, self.items, -1)]

    def of(self, students: Sequence[int] | npt.NDArray[np.int64]) -> Lessons:
        """The lessons of some of the students."""
        rows = np.asarray(students, np.int64)

        return Lessons(
            self.curriculum,
            self.items[rows],
            self.correct[rows],
            self.day[rows],
            {name: values[rows] for name, values in self.seen.items()},
            self.mastery[rows],
            None if self.mastery_choice is None else self.mastery_choice[rows],
            self.ended[rows],
        )


@dataclass(frozen=True, eq=False)
class Taught:
    """When each skill was taught, over the kept students of one run; one entry per skill.

    Attributes:
        first: median number (from 1) of the lesson in which it was first taught, among those who met it; NaN if never.
        day: median day of that lesson; the simulation counts days from 0.
        share: share of students who met it at all.
        lessons: mean number of lessons on it, over all students.
        last: median number of the last lesson on it.
    """

    first: Floats
    day: Floats
    share: Floats
    lessons: Floats
    last: Floats


def when_taught(lessons: Lessons) -> Taught:
    """Typical first and last lesson of every skill, and how many lessons it gets."""
    skills = lessons.skills
    met = np.asarray(skills.any(axis=1))  # (n, K)
    first = np.where(met, skills.argmax(axis=1), 0)
    last = np.where(met, lessons.horizon - 1 - skills[:, ::-1].argmax(axis=1), 0)
    day = np.take_along_axis(np.asarray(lessons.day, np.float64), first, axis=1)

    def middle(values: npt.NDArray[Any]) -> Floats:
        columns = [values[seen, k] for k, seen in enumerate(met.T)]
        return np.array([np.median(c) if len(c) else np.nan for c in columns])

    return Taught(middle(first + 1), middle(day), met.mean(axis=0), skills.sum(axis=1).mean(axis=0), middle(last + 1))


def calendar(lessons: Lessons, *, bins: int = 24) -> tuple[Floats, Floats]:
    """Share of the lessons of each stretch of time that goes to each skill.

    Returns:
        edges (B+1,) in lessons, and shares (K, B); an item of two skills counts half for each.
    """
    n_bins = min(bins, lessons.horizon)
    edges = np.round(np.linspace(0, lessons.horizon, n_bins + 1)).astype(np.int64)
    weight = lessons.skills / np.maximum(lessons.skills.sum(axis=2, keepdims=True), 1)
    by_lesson = weight.sum(axis=0)  # (T, K)
    taught = lessons.taught.sum(axis=0)
    shares = np.zeros((lessons.curriculum.n_skills, n_bins))
    for b in range(n_bins):
        part = slice(edges[b], edges[b + 1])
        shares[:, b] = by_lesson[part].sum(axis=0) / max(taught[part].sum(), 1)
    return edges.astype(np.float64), shares
