"""What can be asked of a scenario's students: the chances at which difficulty teaches most, the mastery they can reach.

Both are found by trying, on a few students of their own, so that they hold for any model, a user's too.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError

from ..students.curriculum.curriculum import PRACTICE
from ..students.model import allocate_outcome

if TYPE_CHECKING:
    from ..students.model import State, StudentModel
    from .scenario import Scenario

Floats = npt.NDArray[np.float64]

STUDENTS = 16
SHIFTS = np.linspace(-6.0, 6.0, 25)
"""By how many logits all items are made harder or easier."""
MOST = 0.5
"""An item is of the right difficulty when it teaches at least this share of what the best difficulty would."""
FEW = 0.1
"""Difficulty matters when it does for more than this share of what could be taught."""
LESSONS = 60
FLAT = 0.005
"""A skill has reached what it can when as many lessons again add less than this."""
LUCKY = 2.0**-53
"""A draw that meets every chance."""


def difficulty_band(scenario: Scenario) -> tuple[float, float] | None:
    """The chances of a right answer at which an item's difficulty is right for these students; None: it is all one.

    All items are made easier and harder, and each fresh student is asked what a lesson would then be worth
    (``expected_gain``) and how likely a right answer is. The band runs from the lowest chance to the highest at which a
    practice item teaches at least half of what it would at its best difficulty: the median over students and items.
    """
    base, curriculum = scenario.student, scenario.curriculum
    items = np.flatnonzero(curriculum.approach == PRACTICE)
    if not hasattr(base, "expected_gain") or not len(items):
        return None
    state, chances, gains = _fresh(base), list[Floats](), list[Floats]()
    for shift in SHIFTS:
        try:
            other = scenario.student_for(dataclasses.replace(curriculum, difficulty=curriculum.difficulty + shift))
        except InputError:
            return None  # a network knows the curriculum that it was trained on and no other
        chances.append(other.p_all(state)[:, items].ravel())
        gains.append(other.expected_gain(state)[:, items].ravel())
    p, gain = np.array(chances), np.array(gains)
    top = gain.max(axis=0)
    teaches = top > 1e-6
    p, share = p[:, teaches], gain[:, teaches] / top[teaches]
    matters = (share.min(axis=0) < MOST) & (np.ptp(p, axis=0) > 0.05)
    if matters.mean() <= FEW if matters.size else True:
        return None
    ends = np.array([_ends(*curve) for curve in zip(p[:, matters].T, share[:, matters].T, strict=True)])
    low, high = np.round(np.median(ends, axis=0), 3)
    return float(low), float(high)


def _ends(p: Floats, share: Floats) -> tuple[float, float]:
    """The lowest and the highest chance with a share of at least ``MOST``, between the shifts by a straight line."""
    inside = share >= MOST
    ends = list[float](p[inside])
    for i in np.flatnonzero(inside[1:] != inside[:-1]):
        way = (MOST - share[i]) / (share[i + 1] - share[i])
        ends.append(float(p[i] + way * (p[i + 1] - p[i])))
    return min(ends), max(ends)


def mastery_levels(scenario: Scenario) -> Floats:
    """(K,) from which mastery on each skill counts as mastered.

    That is what the scenario says, else the student model's ``mastered_at``. Where these students cannot get so high,
    because they slip or a network has never seen it, it is ``mastered_at`` times what they can reach: the end of a
    course of nothing but lessons on this skill, with all luck, if as many lessons again bring nothing more.
    """
    student, wanted = scenario.student, scenario.outcome.mastered_at
    levels = np.full(scenario.curriculum.n_skills, student.mastered_at if wanted is None else wanted)
    if wanted is not None or student.discrete or "lessons_change_nothing" in student.invariants:
        return levels
    top = _reached(student)
    return np.where(top < levels, levels * top, levels)


def _reached(student: StudentModel) -> Floats:
    """(K,) the highest mastery that lessons bring; 1 where they have not brought all they can."""
    curriculum, state = student.curriculum, _fresh(student)
    n, out = len(state), allocate_outcome(len(state))
    luck, top = np.full((n, student.lesson_draws), LUCKY), np.ones(curriculum.n_skills)
    for skill in curriculum.order:
        items, courses = np.flatnonzero(curriculum.q[:, skill]), np.empty((2, n))
        for course in courses:
            for lesson in range(LESSONS):
                student.step(state, np.full(n, items[lesson % len(items)]), luck, out)
            course[:] = student.mastery(state)[:, skill]
        if (courses[1] - courses[0]).max() < FLAT:
            top[skill] = courses.max()
    return top


def _fresh(student: StudentModel) -> State:
    """A few students of no cohort, who are the same whenever they are asked."""
    state = student.allocate(STUDENTS)
    student.reset(state, np.arange(STUDENTS), np.random.default_rng(0).random((STUDENTS, student.reset_draws)))
    return state
