"""The time of a schedule in stretches that a teacher plans in: weeks, or days of a single week, or some lessons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..language.translate import tr
from .lessons import Lessons

MOST = 12
"""More columns than this cannot be read; of a longer schedule some weeks are shown, evenly spread."""
QUARTERS = 4
"""Into so many parts a single day is cut."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """The end of a stretch of time.

    Attributes:
        words: what it is called, such as "week 2".
        unit: one of "week", "day" and "lesson".
        done: (n,) how many lessons each pupil has had by then.
    """

    words: str
    unit: str
    done: npt.NDArray[np.int64]


def stretches(lessons: Lessons) -> list[Stretch]:
    """Ends of weeks, of days where all is done within one week, or of quarters of the lessons on a single day."""
    taught = lessons.taught
    days = np.unique(lessons.day[taught].round(3))
    if not len(days):
        return []
    weeks = int(days[-1] // 7) + 1
    if weeks > 1:
        return [
            Stretch(tr("week {number}", number=week), "week", (taught & (lessons.day < 7 * week)).sum(axis=1))
            for week in _spread(weeks, MOST)
        ]
    if len(days) > 1:
        return [
            Stretch(tr("day {number}", number=f"{day:g}"), "day", (taught & (lessons.day < day)).sum(axis=1))
            for day in np.unique(np.floor(days) + 1)
        ]
    longest = int(lessons.lengths.max())
    return [
        Stretch(tr("lesson {number}", number=end), "lesson", np.minimum(lessons.lengths, end))
        for end in _spread(longest, QUARTERS)
    ]


def _spread(last: int, most: int) -> list[int]:
    """At most so many whole numbers up to the last one, which is among them."""
    return sorted({int(n) for n in np.ceil(np.linspace(0, last, min(most, last) + 1)[1:] - 1e-9)})
