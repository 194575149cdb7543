"""How long lessons take and how often hints are asked for, by whether the skills are known: the numbers of clues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

import numpy as np
from zpdgym.errors import Violations

from ....students.curriculum.curriculum import Curriculum
from ..base import Floats, Numbers, numbers_in

Section: TypeAlias = Mapping[str, object]
COUNTS = 4
"""Hints are counted as none, one, two, and three or more."""
(ITEMS, TIMED, HINTED, PACE, NOISE, RAPID, RAPID_MEAN, RAPID_SD, MEAN, SD, HINTS, SIZE) = (
    0, 1, 2, 3, 4, 5, 7, 8, 9, 13, 17, 17 + 4 * COUNTS,
)  # fmt: skip
"""Of the last numbers that kernels get: how many items, two switches, variances of the pace and of a lesson, chances of
a rapid guess by (wrong, right), then tables by (not known, known) and (wrong, right). The logarithms of the items'
minutes stand before them."""
MINUTES: dict[str, tuple[tuple[int, ...], float, float]] = {
    "mean": ((2, 2), -20.0, 20.0),
    "sd": ((2, 2), 1e-3, 20.0),
    "pace": ((), 0.0, 20.0),
    "rapid": ((2,), 0.0, 0.999),
    "rapid_mean": ((), -20.0, 20.0),
    "rapid_sd": ((), 1e-3, 20.0),
}
"""The keys of ``minutes``: shape, least and most."""


@dataclass(frozen=True, eq=False)
class Clues:
    """What a tutor knows of times and hints, and whether it looks at them.

    Attributes:
        minutes: by ``MINUTES``; None: nothing is known of times.
        hints: (2, 2, ``COUNTS``) P(so many hints), by (not known, known) and (wrong, right); None: nothing is known.
        times_seen, hints_seen: whether the tutor is told.
    """

    minutes: dict[str, Floats] | None = None
    hints: Floats | None = None
    times_seen: bool = True
    hints_seen: bool = True

    @classmethod
    def read(cls, minutes: object, hints: object, times_seen: object, hints_seen: object) -> Clues:
        """The same from what a file may hold.

        Raises:
            InputError: all that is not allowed, in one line.
        """
        wrong = Violations("belief")
        for name, switch in (("times_seen", times_seen), ("hints_seen", hints_seen)):
            wrong.unless(isinstance(switch, bool), f"{name}={switch!r} must be true or false")
        timed = None if minutes is None else _minutes(minutes, wrong)
        table = None if hints is None else _hints(hints, wrong)
        wrong.raise_any()
        return cls(timed, table, times_seen is True, hints_seen is True)

    @property
    def timed(self) -> bool:
        """Whether times are looked at."""
        return self.minutes is not None and self.times_seen

    @property
    def hinted(self) -> bool:
        """Whether hints are looked at."""
        return self.hints is not None and self.hints_seen

    @property
    def any(self) -> bool:
        """Whether anything beside the answer is looked at."""
        return self.timed or self.hinted

    def arguments(self) -> Numbers:
        """The arguments of a belief, as plain lists; none of clues that are not known."""
        told: Numbers = {}
        if self.minutes is not None:
            told |= {"minutes": {name: value.tolist() for name, value in self.minutes.items()}}
            told |= {} if self.times_seen else {"times_seen": False}
        if self.hints is not None:
            told |= {"hints": self.hints.tolist()} | ({} if self.hints_seen else {"hints_seen": False})
        return told

    def pack(self, curriculum: Curriculum) -> Floats:
        """What kernels read of them: see ``SIZE``."""
        last = np.zeros(SIZE)
        last[ITEMS], last[TIMED], last[HINTED] = curriculum.n_items, self.timed, self.hinted
        if self.minutes is not None:
            last[PACE], last[NOISE] = self.minutes["pace"] ** 2, (self.minutes["sd"] ** 2).mean()
            last[RAPID : RAPID + 2] = self.minutes["rapid"]
            last[RAPID_MEAN], last[RAPID_SD] = self.minutes["rapid_mean"], self.minutes["rapid_sd"]
            last[MEAN : MEAN + 4], last[SD : SD + 4] = self.minutes["mean"].ravel(), self.minutes["sd"].ravel()
        if self.hints is not None:
            last[HINTS:] = self.hints.ravel()
        return np.concatenate([np.log(np.maximum(curriculum.minutes, LEAST)), last])


LEAST = 1e-4
"""Minutes; shorter lessons count as this long."""


def _minutes(given: object, wrong: Violations) -> dict[str, Floats] | None:
    if not isinstance(given, Mapping) or set(cast("Section", given)) != set(MINUTES):
        wrong.unless(False, f"minutes must be a section with the keys {', '.join(MINUTES)}")
        return None
    section, found = cast("Section", given), dict[str, Floats]()
    for name, (shape, low, high) in MINUTES.items():
        value = numbers_in(section[name])
        fits = value is not None and value.shape == shape and bool(((value >= low) & (value <= high)).all())
        what = f"{shape} numbers" if shape else "a number"
        wrong.unless(fits, f"minutes.{name}={section[name]!r} must be {what} in [{low:g}, {high:g}]")
        if value is not None:
            found[name] = value
    return found


def _hints(given: object, wrong: Violations) -> Floats | None:
    table = numbers_in(given)
    fits = table is not None and table.shape == (2, 2, COUNTS) and bool(((table > 0.0) & (table <= 1.0)).all())
    fits = fits and table is not None and bool((np.abs(table.sum(axis=2) - 1.0) < 1e-3).all())
    text = f"hints must be a (2, 2, {COUNTS}) table of chances above 0, of which every row adds up to 1"
    wrong.unless(fits, text)
    return table
