"""When time passes: lessons, sessions, the days between them, and the exam."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations, unknown

__all__ = ["Schedule"]

KEYS = ("lessons", "sessions", "session_lessons", "session_minutes", "days_between", "retention_days")
MAX_LESSONS = 100_000
MAX_DAYS = 3650.0


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
        for key in section:
            if key not in KEYS:
                raise unknown("key schedule.", str(key), KEYS)
        wrong = Violations("schedule")
        forms = [k for k in ("lessons", "session_lessons", "session_minutes") if section.get(k) is not None]
        wrong.unless(
            len(forms) == 1,
            "give either lessons, or sessions with session_lessons, or sessions with session_minutes"
            + (f" (given: {', '.join(forms)})" if forms else ""),
        )
        _whole(section, ("lessons", "sessions", "session_lessons"), wrong)
        _real(section, "session_minutes", MAX_LESSONS, wrong, positive=True)
        _real(section, "retention_days", MAX_DAYS, wrong)
        one = "lessons" in forms
        wrong.unless(
            not (one and (section.get("sessions") or section.get("days_between"))),
            "lessons means one session: it goes with neither sessions nor days_between",
        )
        wrong.unless(one or section.get("sessions") is not None, "sessions is missing")
        wrong.raise_any()
        sessions = 1 if one else int(section["sessions"])
        gaps = _gaps(section.get("days_between"), sessions, wrong)
        wrong.raise_any()
        return cls(
            sessions=sessions,
            session_lessons=int(section.get("lessons") or section.get("session_lessons") or 0),
            session_minutes=float(section.get("session_minutes") or 0.0),
            days_between=gaps,
            retention_days=float(section.get("retention_days") or 0.0),
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

    def horizon(self, minutes: npt.NDArray[np.float64]) -> int:
        """The largest possible number of lessons with items that take these minutes each."""
        if not self.by_minutes:
            return self.sessions * self.session_lessons
        return max(1, math.ceil(self.total / float(minutes.min()) - 1e-9))


def _whole(section: Mapping[str, Any], keys: Sequence[str], wrong: Violations) -> None:
    for key in keys:
        value = section.get(key)
        if value is not None:
            whole = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_LESSONS
            wrong.unless(whole, f"{key}={value!r} must be a whole number from 1 to {MAX_LESSONS}")


def _real(section: Mapping[str, Any], key: str, top: float, wrong: Violations, *, positive: bool = False) -> None:
    value = section.get(key)
    if value is not None:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        inside = number and (value > 0 if positive else value >= 0) and value <= top
        wrong.unless(inside, f"{key}={value!r} must be a number in {'(' if positive else '['}0, {top:g}]")


def _gaps(value: object, sessions: int, wrong: Violations) -> npt.NDArray[np.float64]:
    values: Sequence[object] = [1.0 if value is None else value]
    if isinstance(value, list | tuple):
        values = cast("Sequence[object]", value)
    for v in values:
        good = isinstance(v, int | float) and not isinstance(v, bool) and 0 <= v <= MAX_DAYS
        wrong.unless(good, f"days_between={v!r} must be a number of days in [0, {MAX_DAYS:g}]")
    wrong.unless(len(values) > 0, "days_between is an empty list")
    if wrong.messages:
        return np.zeros(0)
    return np.array([float(cast("float", values[i % len(values)])) for i in range(sessions - 1)])
