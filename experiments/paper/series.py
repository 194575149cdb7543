"""The numbers behind a figure: what is drawn for one policy in one scenario, with its 95 % intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..statistics import estimate
from ..store.runs import CURVES, STUDENTS, TRAIN
from .channels import Taught

Floats: TypeAlias = npt.NDArray[np.float64]
THRESHOLDS = 101
LOWEST = {"gain": -1.0}
"""The lowest value that a primary outcome can have, where it is not 0; the highest is 1."""


@dataclass(frozen=True)
class Series:
    """A line, or a point, with the interval around it.

    Attributes:
        x: where.
        value: what.
        low: lower ends of the intervals; NaN where there are none.
        high: upper ends.
    """

    x: Floats
    value: Floats
    low: Floats
    high: Floats


def was_trained(taught: Taught) -> bool:
    """Whether there are learning curves."""
    return all(of.run.has(TRAIN) for of in taught.runs)


def training(taught: Taught) -> Series:
    """Validation outcome by lessons of training, mean over seeds, straight between the looks at a training."""
    runs = [of.run.columns(TRAIN) for of in taught.runs]
    first, last = max(run["lessons"][0] for run in runs), min(run["lessons"][-1] for run in runs)
    looks = np.unique(np.concatenate([run["lessons"] for run in runs])).astype(np.float64)
    looks = looks[(looks >= first) & (looks <= last)]
    values = np.stack([np.interp(looks, run["lessons"], run["validation"]) for run in runs])
    return _over_seeds(looks, values, lowest=LOWEST.get(taught.runs[0].primary, 0.0))


def mastery(taught: Taught) -> Series:
    """Share of all skills mastered by lesson, mean over students and seeds."""
    values = np.stack([of.run.arrays(CURVES)["mastery_by_lesson"] for of in taught.runs]).astype(np.float64)
    return _over_seeds(np.arange(values.shape[1], dtype=np.float64), values, lowest=0.0)


def profile(taught: Taught, thresholds: Floats) -> Series:
    """Share of the students whose outcome exceeds each threshold, seeds and students crossed."""
    outcome = _students(taught, taught.runs[0].primary)
    found = [_interval((outcome > tau).astype(np.float64)) for tau in thresholds]
    value, low, high = np.array(found).T
    return Series(thresholds, value, np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0))


def minutes(taught: Taught) -> tuple[float, float, float]:
    """Minutes of lessons per student, with the interval."""
    return _interval(_students(taught, "minutes"))


def thresholds(every: Sequence[Taught]) -> Floats:
    """Thresholds over all outcomes that any student of these reached."""
    values = [_students(t, t.runs[0].primary) for t in every]
    return np.linspace(min(float(v.min()) for v in values), max(float(v.max()) for v in values), THRESHOLDS)


def _students(taught: Taught, column: str) -> Floats:
    return np.stack([np.asarray(of.run.columns(STUDENTS)[column], np.float64) for of in taught.runs])


def _over_seeds(x: Floats, values: Floats, *, lowest: float) -> Series:
    """(S, T) shares of the seeds: their mean, and its interval, as far as there are such shares, if there are more."""
    if len(values) == 1:
        none = np.full(len(x), np.nan)
        return Series(x, values[0], none, none)
    found = [_interval(column[:, None]) for column in values.T]
    value, low, high = np.array(found).reshape(-1, 3).T
    return Series(x, value, np.clip(low, lowest, 1.0), np.clip(high, lowest, 1.0))


def _interval(values: Floats) -> tuple[float, float, float]:
    found = estimate(values, generator=np.random.default_rng(0))  # a mean draws nothing
    return found.value, *found.interval()
