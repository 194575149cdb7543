"""Worlds drawn by lot: students whose parameters come from ranges.

A draw is a pure function of the seed, the parameter's name and the number of the draw, like all luck here. So twenty
draws are the first twenty of thirty, a range more leaves the other parameters as they were, and finished worlds stay.
A Latin hypercube would fill the ranges more evenly, but it has none of that, and its worlds are not independent, as the
interval over worlds wants them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from zpdgym.errors import InputError, Violations, shown
from zpdgym.parameters import must_be_keys, number_of

from ...students.draws import RESET, draw, spawn_seed
from ..store.columns import Level

__all__ = ["draw_parameters"]

RANGE = ("low", "high", "log")
DIGITS = 6
"""Significant digits of what is drawn: it names folders and columns."""


def draw_parameters(ranges: Mapping[str, object], n: int, *, seed: int) -> list[dict[str, Level]]:
    """Changes of a scenario for worlds drawn by lot.

    Args:
        ranges: dotted key -> ``{low, high}``, ``{low, high, log: true}`` (evenly on the logarithmic scale), or a list
            of values that are equally likely.
        n: how many worlds.
        seed: of the draws.

    Returns:
        for each world dotted key -> value.

    Raises:
        InputError: a range that cannot be drawn from; all are named.
    """
    must_be_keys(ranges, "draws", "key: {low: …, high: …} or a list")
    wrong = Violations("draws")
    wrong.unless(bool(ranges), "there are no ranges")
    wrong.unless(n >= 1, f"n={n} must be 1 or more")
    for key, given in ranges.items():
        _check(key, given, wrong)
    wrong.raise_any()
    columns = {key: [_at(given, u) for u in _uniforms(key, n, seed)] for key, given in ranges.items()}
    return [{key: column[i] for key, column in columns.items()} for i in range(n)]


def _uniforms(key: str, n: int, seed: int) -> list[float]:
    """One in [0, 1) for each world."""
    worlds, none = np.arange(n, dtype=np.int64), np.zeros(n, np.int64)
    found = draw(spawn_seed(seed, f"draw/{key}"), stream=RESET, students=worlds, episodes=none, lessons=none, count=1)
    return [float(u) for u in found[:, 0]]


def _check(key: str, given: object, wrong: Violations) -> None:
    if isinstance(given, list | tuple):
        fine = bool(given) and all(isinstance(value, bool | int | float | str) for value in given)
        wrong.unless(fine, f"{key}={shown(given)} must be a list of numbers, texts or true and false, not empty")
        return
    if not isinstance(given, Mapping):
        wrong.unless(False, f"{key}={shown(given)} must be {{low: …, high: …}} or a list of values")
        return
    strange = [str(name) for name in given if name not in RANGE]
    wrong.unless(not strange, f"{key} has {', '.join(strange)}: a range has {', '.join(RANGE)}")
    low, high, log = number_of(given.get("low")), number_of(given.get("high")), given.get("log", False)
    wrong.unless(isinstance(log, bool), f"{key}.log={shown(log)} must be true or false")
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high) and low < high):
        wrong.unless(False, f"{key}={shown(dict(given))}: low and high must be numbers, low the smaller one")
    elif log is True:
        wrong.unless(low > 0, f"{key}.low={low:g} must be above 0: log=true")


def _at(given: object, u: float) -> Level:
    """The value at a share of the way through a range."""
    if isinstance(given, list | tuple):
        return given[int(u * len(given))]
    if not isinstance(given, Mapping):
        raise InputError(f"draws: {shown(given)} is no range")
    low, high = float(given["low"]), float(given["high"])
    value = low * (high / low) ** u if given.get("log") else low + (high - low) * u
    return float(f"{value:.{DIGITS}g}")
