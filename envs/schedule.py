"""When time passes: lessons, sessions, the days between them, and the exam."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations
from zpdgym.parameters import Number, Parameter, Table, read_section

__all__ = ["Schedule"]

MAX_LESSONS = 100_000
MAX_DAYS = 3650.0
LONGEST = 1_000_000
"""Lessons of a whole episode."""
DAYS = Number("days from a session to the next", low=0, high=MAX_DAYS, unit="days")
SECTION: Table = {
    "lessons": Number("lessons, all in one session", low=1, high=MAX_LESSONS, whole=True, optional=True),
    "sessions": Number("how many sessions", low=1, high=MAX_LESSONS, whole=True, optional=True),
    "session_lessons": Number("lessons a session", low=1, high=MAX_LESSONS, whole=True, optional=True),
    "session_minutes": Number("minutes a session", low=0, above=True, high=MAX_LESSONS, optional=True),
    "days_between": Parameter("days from each session to the next, repeated", allowed=DAYS.range, optional=True),
    "retention_days": Number("days from the last lesson to the exam", low=0, high=MAX_DAYS, optional=True),
}
"""What a scenario's section ``schedule`` may hold."""


@dataclass(frozen=True, eq=False)
class Schedule:
    """How much teaching there is, when, and how long after it the exam is.

    Either ``lessons`` in one session, or ``sessions`` of ``session_lessons`` lessons or ``session_minutes`` minutes.
    By minutes, sessions end at the cumulative marks: a lesson that overruns is deducted from the next session, and a
    lesson may begin while any minute of the whole budget is left.

    Attributes:
        sessions: S, how many sessions.
        session_lessons: lessons a session; 0 when sessions are counted in minutes.
        session_minutes: minutes a session; 0 when sessions are counted in lessons.
        days_between: (S - 1,) float64, days from each session to the next.
        retention_days: days from the last lesson to the exam.
    """

    sessions: int
    session_lessons: int
    session_minutes: float
    days_between: npt.NDArray[np.float64]
    retention_days: float

    @classmethod
    def from_section(cls, section: Mapping[str, Any]) -> Schedule:
        """A schedule from a scenario's ``schedule`` section.

        Args:
            section: ``lessons``, or ``sessions`` with ``session_lessons`` or ``session_minutes``; ``days_between``
                (one number, or a list that is repeated: ``[2, 2, 3]`` is three times a week); ``retention_days``.

        Raises:
            InputError: an unknown key, or values of the wrong kind or out of range, all of them named.
        """
        given, wrong = read_section(SECTION, section, "schedule", {}), Violations("schedule")
        forms = [k for k in ("lessons", "session_lessons", "session_minutes") if getattr(given, k) is not None]
        wrong.unless(
            len(forms) == 1,
            "give either lessons, or sessions with session_lessons, or sessions with session_minutes"
            + (f" (given: {', '.join(forms)})" if forms else ""),
        )
        one = "lessons" in forms
        wrong.unless(
            not (one and (given.sessions or given.days_between is not None)),
            "lessons means one session: it goes with neither sessions nor days_between",
        )
        wrong.unless(one or given.sessions is not None, "sessions is missing")
        wrong.raise_any()
        sessions = 1 if one else int(given.sessions or 1)
        lessons = given.lessons or given.session_lessons or 0
        wrong.unless(sessions * lessons <= LONGEST, f"{sessions} x {lessons} lessons are more than {LONGEST:,} in all")
        gaps = _gaps(given.days_between, sessions, wrong)
        wrong.raise_any()
        return cls(
            sessions=sessions,
            session_lessons=lessons,
            session_minutes=given.session_minutes or 0.0,
            days_between=gaps,
            retention_days=given.retention_days or 0.0,
        )

    @property
    def by_minutes(self) -> bool:
        """Whether sessions are counted in minutes (else in lessons)."""
        return self.session_lessons == 0

    @property
    def total(self) -> float:
        """The whole budget: minutes when ``by_minutes``, else lessons."""
        return self.sessions * (self.session_minutes if self.by_minutes else float(self.session_lessons))

    @cached_property
    def session_days(self) -> npt.NDArray[np.float64]:
        """(S,) the day of each session, the first on day 0."""
        return np.concatenate([[0.0], np.cumsum(self.days_between)])

    @property
    def total_days(self) -> float:
        """Days from the first session to the last."""
        return float(self.session_days[-1])

    def differences(self, other: Schedule) -> tuple[str, ...]:
        """In which things another schedule differs, in words; one that differs in several tells less beside it."""
        gaps = min(len(self.days_between), len(other.days_between))
        same = {
            "how many sessions": self.sessions == other.sessions,
            "how long a session is": (self.session_lessons, self.session_minutes)
            == (other.session_lessons, other.session_minutes),
            "the days between sessions": np.array_equal(self.days_between[:gaps], other.days_between[:gaps]),
            "the days to the exam": self.retention_days == other.retention_days,
        }
        return tuple(name for name, is_same in same.items() if not is_same)

    def horizon(self, minutes: npt.NDArray[np.float64]) -> int:
        """The largest possible number of lessons with items that take these minutes each."""
        if not self.by_minutes:
            return self.sessions * self.session_lessons
        lessons = max(1, math.ceil(self.total / float(minutes.min()) - 1e-9))
        if lessons > LONGEST:
            told = (
                f"{self.total:g} minutes of items that take {float(minutes.min()):g} are more than {LONGEST:,} lessons"
            )
            raise InputError(f"schedule: {told}; make it shorter, or the items longer")
        return lessons


def _gaps(value: object, sessions: int, wrong: Violations) -> npt.NDArray[np.float64]:
    values: Sequence[object] = [1.0 if value is None else value]
    if isinstance(value, list | tuple):
        values = cast("Sequence[object]", value)
    wrong.unless(len(values) > 0, "days_between is an empty list")
    days = [DAYS.one(v, "days_between", wrong) for v in values]
    return np.array([days[i % len(days)] for i in range(sessions - 1)]) if days else np.zeros(0)
