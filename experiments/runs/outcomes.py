"""What a run writes of every student and of every look at a training: the columns of its CSV files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..store.columns import column, names

if TYPE_CHECKING:
    from ...agents.rollouts import Rollout
    from ...envs.scenario import Scenario

LATER = "later"
SOMETIMES = (LATER, "log_score")
"""Columns that are there only where the scenario asks for them."""


@dataclass(frozen=True, kw_only=True)
class StudentRow:
    """One student of a cohort after the exam."""

    student: int = column("number in the cohort")
    group: str = column("name of the group")
    pre: float = column("expected share of exam items right before the first lesson", "share")
    post: float = column("the same right after the last lesson", "share")
    exam: float = column("the same at the exam", "share")
    later: float = column(
        "the same `outcome.later_days` after the exam, as if that had not been; only where the scenario asks for it",
        "share",
        default=nan,
    )
    log_score: float = column(
        "mean log score of the tutor's beliefs at the exam, less the price of the lessons; only where it is the "
        "scenario's primary outcome",
        "nats",
        default=nan,
    )
    gain: float = column("`exam` - `pre`", "share")
    mastery_exam: float = column("mean true mastery over skills at the exam", "share")
    lessons: int = column("given to this student", "lessons")
    minutes: float = column("of lessons given to this student", "minutes")
    quit: bool = column("whether the student gave up")
    mastery_pre: float = column("mean true mastery over skills before the first lesson", "share")
    mastery_post: float = column("the same right after the last lesson", "share")
    skills_mastered: float = column(
        "skills mastered at the exam; expected where a skill is known or not, or remembered or not", "skills"
    )
    wasted_mastered: int = column("lessons on what was mastered already", "lessons")
    wasted_unready: int = column("lessons on what the student was not ready for", "lessons")
    in_band: float = column(
        "share of lessons at whose chance of a right answer difficulty teaches these students most; empty without "
        "lessons, and where difficulty is all one to them",
        "share",
    )
    reached: bool = column("whether four fifths of the skills were ever mastered at the same time")
    lessons_to_mastery: float = column("lessons until then; empty if never", "lessons")
    minutes_to_mastery: float = column("minutes of lessons until then; empty if never", "minutes")
    misbelief: float = column(
        "growth of the tutor's mean belief less growth of mean true mastery, from the start to the exam", "share"
    )
    right: float = column("share of this student's answers that were right; empty if none was asked for", "share")
    longest_wrong: int = column("longest run of wrong answers; lessons without an answer are passed over", "answers")
    belief_brier: float = column(
        "mean squared distance of the tutor's belief from true mastery, over skills, before up to 20 lessons spread "
        "over the horizon; empty without lessons"
    )
    belief_log_loss: float = column("log-loss of the same above that of who knows mastery itself", "nats")


@dataclass(frozen=True)
class BeliefBin:
    """The tutor's beliefs of a certain size about test students, before the lessons at which beliefs are judged."""

    low: float = column("the least belief of the bin", "probability")
    high: float = column("where the next bin begins", "probability")
    weight: float = column("beliefs in it: one for each student, skill and lesson at which they are judged", "beliefs")
    belief: float = column("their mean; empty where there are none", "probability")
    known: float = column("mean true mastery of these skills; the belief itself if it is calibrated", "share")
    spread: float = column("variance of their true mastery")


@dataclass(frozen=True)
class TrainRow:
    """One look at a teacher in training, or at the middle of a search by evolution."""

    lessons: int = column("lessons of training so far; 0: a teacher before any training", "lessons")
    reward: float = column(
        "mean return of the training students since the row before; of a search their mean primary outcome", "reward"
    )
    validation: float = column("mean primary outcome of the validation students, most probable action", "outcome")


def student_columns(taught: Rollout, scenario: Scenario) -> dict[str, npt.NDArray[Any]]:
    """The columns of ``students.csv``: what came of every student, groups by their names."""
    found = {**taught.outcomes, "group": np.array(group_names(scenario))[taught.outcomes["group"]]}
    return {name: found[name] for name in names(StudentRow) if name not in SOMETIMES or name in found}


def train_columns(curve: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    """The columns of ``train.csv``."""
    return {name: [row[name] for row in curve] for name in names(TrainRow)}


def search_columns(trials: Sequence[Mapping[str, float]]) -> dict[str, list[float]] | None:
    """The same columns of a search by evolution, from what its trials tell; None of another search."""
    if not trials or "trained" not in trials[0]:
        return None
    lessons = np.cumsum([trial["trained"] for trial in trials]).tolist()
    rewards = [trial.get("reward", float("nan")) for trial in trials]
    rows = [lessons, rewards, [trial["outcome"] for trial in trials]]
    return dict(zip(names(TrainRow), rows, strict=True))


def group_names(scenario: Scenario) -> list[str]:
    """The names of the groups that the scenario's students come from."""
    return [group.name for group in scenario.student.population.groups]
