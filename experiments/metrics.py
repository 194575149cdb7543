"""What is measured of every student and every run, in words and in numbers.

Nothing here simulates: metrics are computed from the rows that a run wrote, one row per student.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .mistakes import mistakes
from .statistics import restricted_mean, worst_decile

if TYPE_CHECKING:
    from ..envs.scenario import Scenario

Students = Mapping[str, npt.NDArray[Any]]
"""Column name -> (N,) array, as in ``students.csv``."""

TOLD = "The tutor is told who knows what (belief.kind=truth), as no tutor is: whoever teaches here is privileged."
MEANING = {
    "outcome": "the scenario's primary outcome, mean over students",
    "pre": "expected share of exam items right before the first lesson",
    "exam": "expected share of exam items right at the exam, retention_days after the last lesson",
    "gain": "exam less pre: what the teaching brought, net of forgetting",
    "normalised_gain": "mean gain as a share of what was there to gain, 1 - mean pre (Hake's group gain)",
    "mastery_exam": "mean true mastery over skills at the exam",
    "skills_mastered": "skills mastered at the exam",
    "worst_decile": "primary outcome, mean of the tenth of the students who end lowest",
    "lessons": "lessons given per student",
    "minutes": "minutes of lessons per student",
    "gain_per_hour": "mean gain divided by mean hours of lessons",
    "lessons_to_mastery": "lessons until four fifths of the skills were mastered at once, at most the whole budget",
    "minutes_to_mastery": "minutes until then, at most the whole budget (who never got there counts with all of it)",
    "reached": "share of students who got there within the budget",
    "wasted": "share of lessons wasted: everything in the item mastered already, or its prerequisites missing",
    "wasted_mastered": "lessons per student on what was mastered already",
    "wasted_unready": "lessons per student on what the student was not ready for",
    "in_band": "share of lessons inside the difficulty band: where difficulty teaches these students most",
    "quit": "share of students who gave up; they are examined like everybody else",
    "misbelief": "what the tutor wrongly believes: growth of its mean belief less growth of mean true mastery",
    "belief_brier": "how far the tutor's belief is from the truth: mean squared distance, 0 at best",
    "belief_log_loss": "the same as log-loss in nats, above that of who knows mastery itself",
    "right": "share of a student's answers that were right, mean over students",
    "longest_wrong": "longest run of wrong answers of the student in the middle",
    "mostly_wrong": "share of students with fewer than half of their answers right",
}
"""Every number of a run, in a sentence; ``docs/evidence.md`` prints this."""

BELIEF = ("belief_brier", "belief_log_loss")
"""What tells how good the tutor's belief was; means over the students who had lessons."""


@dataclass(frozen=True)
class Limits:
    """Beyond which nobody is followed in times to mastery: the same for every policy.

    Attributes:
        lessons: the largest possible number of lessons.
        minutes: the budget in minutes; where the schedule counts lessons, those lessons at the items' mean length.
    """

    lessons: int
    minutes: float

    @classmethod
    def of(cls, scenario: Scenario) -> Limits:
        """The limits of a scenario's schedule."""
        minutes = scenario.curriculum.minutes
        horizon = scenario.schedule.horizon(minutes)
        total = scenario.schedule.total if scenario.schedule.by_minutes else horizon * float(minutes.mean())
        return cls(horizon, float(total))


def summary(students: Students, *, primary: str, limits: Limits) -> dict[str, float]:
    """The numbers of one run: every key of ``MEANING``.

    Args:
        students: the rows of the evaluated students, quitters included.
        primary: the column of the scenario's primary outcome.
        limits: where times to mastery end.
    """
    column = {name: np.asarray(values, np.float64) for name, values in students.items() if name != "group"}
    n = len(column[primary])
    for name in ("misbelief", *BELIEF):
        column.setdefault(name, np.full(n, np.nan))  # older files lack it
    means = {name: float(values.mean()) for name, values in column.items()}
    lessons = means["lessons"]
    room = 1.0 - means["pre"]
    lessons_to, reached = restricted_mean(column["lessons_to_mastery"], limits.lessons)
    wasted = means["wasted_mastered"] + means["wasted_unready"]
    has_band = not np.isnan(column["in_band"]).all()
    in_band = np.nan_to_num(column["in_band"]) @ column["lessons"] / n
    found = {
        "outcome": means[primary],
        "normalised_gain": means["gain"] / room if room > 0 else np.nan,
        "worst_decile": float(worst_decile(column[primary][None], np.ones((1, n)))[0, 0]),
        "gain_per_hour": 60.0 * means["gain"] / means["minutes"] if means["minutes"] > 0 else np.nan,
        "lessons_to_mastery": lessons_to,
        "minutes_to_mastery": restricted_mean(column["minutes_to_mastery"], limits.minutes)[0],
        "reached": reached,
        "wasted": wasted / lessons if lessons > 0 else np.nan,
        "in_band": float(in_band) / lessons if has_band and lessons > 0 else np.nan,
        **{name: _of_the_taught(column[name]) for name in BELIEF},
        **mistakes(column),
    }
    return {name: float(found[name] if name in found else means[name]) for name in MEANING}


def _of_the_taught(values: npt.NDArray[np.float64]) -> float:
    """The mean over those who had lessons, for whom there is a value; NaN where nobody had any."""
    there = values[~np.isnan(values)]
    return float(there.mean()) if there.size else np.nan


def mean_over_runs(summaries: list[dict[str, float]]) -> dict[str, float]:
    """Every number averaged over the runs of a policy."""
    return {name: float(np.mean([s[name] for s in summaries])) for name in MEANING}
