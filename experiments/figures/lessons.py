"""What was taught lesson by lesson to the pupils whose lessons were kept, and what was believed before each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ...students.curriculum.curriculum import Curriculum
from ..language.translate import texts, tr

Floats = npt.NDArray[np.float64]
ANSWERED = texts({1: "The pupil answered right.", 0: "The pupil answered wrong.", -1: "No answer was asked for."})


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
        right_steps: (n, T) bit s says that step s of a problem was right; None: there are no problems.
    """

    curriculum: Curriculum
    items: npt.NDArray[np.int64]
    correct: npt.NDArray[np.int8]
    day: Floats
    seen: dict[str, Floats]
    mastery: Floats
    mastery_choice: npt.NDArray[np.int64] | None
    ended: npt.NDArray[np.bool_]
    right_steps: npt.NDArray[np.uint8] | None = None

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
            None if self.right_steps is None else self.right_steps[rows],
        )

    def answer_in_words(self, i: int, t: int) -> str:
        """How a student answered in a lesson, as a sentence."""
        if self.right_steps is not None and (steps := int((self.curriculum.item_steps[self.items[i, t]] >= 0).sum())):
            right = int(self.right_steps[i, t]).bit_count()
            return tr("The pupil got {right} of {steps} steps right.", right=right, steps=steps)
        return tr(ANSWERED[int(self.correct[i, t])])

    def by_skill(self, i: int) -> npt.NDArray[np.int8]:
        """(T, K) a student's answers on every skill: of a problem, 1 where all steps on it were right; -1: none."""
        told = np.where(self.skills[i], self.correct[i][:, None], -1).astype(np.int8)
        if self.right_steps is None:
            return told
        steps = self.curriculum.item_steps
        for t in np.flatnonzero((self.items[i] >= 0) & (steps[self.items[i]] >= 0).any(axis=1)):
            own = steps[self.items[i, t]]
            right = (int(self.right_steps[i, t]) >> np.arange(len(own))) & 1
            for k in np.unique(own[own >= 0]):
                told[t, k] = right[own == k].all()
        return told


@dataclass(frozen=True, eq=False)
class Taught:
    """When each skill was taught, over ALL kept students of one run; one entry per skill.

    Who never meets a skill counts as meeting it after everybody else. So a skill that only a few fast ones reach never
    seems to come before the skills that it needs.

    Attributes:
        met_in: (n, K) number (from 1) of the lesson in which each student first met each skill; infinite if never.
        first: by which lesson half of the students have met it; NaN where fewer than half ever do.
        day: on which day that is; the simulation counts days from 0.
        share: share of students who met it at all.
        lessons: mean number of lessons on it, over all students.
        last: median number of the last lesson on it, among those who met it.
    """

    met_in: Floats
    first: Floats
    day: Floats
    share: Floats
    lessons: Floats
    last: Floats

    def met_by(self, done: npt.NDArray[np.int64]) -> Floats:
        """(K,) share of the students who have met each skill once they have had ``done`` (n,) lessons."""
        return (self.met_in <= done[:, None]).mean(axis=0)


def when_taught(lessons: Lessons) -> Taught:
    """When every skill is first and last taught, to how many, and how many lessons it gets."""
    skills = lessons.skills
    met = np.asarray(skills.any(axis=1))  # (n, K)
    first = skills.argmax(axis=1)
    met_in = np.where(met, first + 1.0, np.inf)
    day = np.where(met, np.take_along_axis(np.asarray(lessons.day, np.float64), first, axis=1), np.inf)
    last = np.where(met, lessons.horizon - skills[:, ::-1].argmax(axis=1), 0)
    among = [last[seen, k] for k, seen in enumerate(met.T)]
    ends = np.array([np.median(numbers) if len(numbers) else np.nan for numbers in among])
    shares = met.mean(axis=0), skills.sum(axis=1).mean(axis=0)
    return Taught(met_in, _half(met_in), _half(day), *shares, ends)


def _half(values: Floats) -> Floats:
    """(K,) the value that half of the students are at or below; NaN where it is infinite."""
    middle = np.sort(values, axis=0)[(len(values) - 1) // 2]
    return np.where(np.isinf(middle), np.nan, middle)
