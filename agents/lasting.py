"""What is learnt now is worth at the exam, as the tutor's belief has it: how much of it lasts, and what it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..students.jit import inline

if TYPE_CHECKING:
    from .problem import Problem

GRID = 17
"""How many levels of the time left (and, for item scorers, of belief) lookup tables hold; between them: linear."""


def lasting(problem: Problem) -> npt.NDArray[np.float32]:
    """(K, GRID) the share of a known skill that lasts until the exam, by the share of the budget that is left.

    Times what the skill counts in the exam (``Curriculum.worth``), where items have marks.
    """
    n_skills, schedule = problem.curriculum.n_skills, problem.schedule
    table = np.empty((n_skills, GRID), np.float32)
    for j, left in enumerate(np.linspace(0.0, 1.0, GRID)):
        days = left * schedule.total_days + schedule.retention_days
        table[:, j] = problem.belief.after(np.ones((1, n_skills)), days)[0]
    return table * problem.curriculum.worth[:, None].astype(np.float32)


@inline
def between(table, row, at):
    """Linear interpolation of ``table[row]`` over [0, 1]."""
    place = min(max(np.float64(at), 0.0), 1.0) * (GRID - 1)
    low = min(np.int64(place), GRID - 2)
    share = place - low
    return table[row, low] * (1.0 - share) + table[row, low + 1] * share
