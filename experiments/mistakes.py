"""How often students are wrong, and when that would frustrate them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

HALF = 0.5
"""Who gets fewer than this share of the answers right is wrong more often than not: a prior, our own line."""
RUN = 10
"""So many wrong answers in a row are a quarter of an hour without a success: a prior.

A lower limit would blame chance: who gets every second of two hundred questions right must expect seven in a row.
"""
LIMITS = (
    f"less than {100 * HALF:.0f} % of the answers right, on average or for most students, or {RUN} wrong in a row for "
    "the student in the middle"
)
"""The same in words."""


def mistakes(students: Mapping[str, npt.NDArray[np.float64]]) -> dict[str, float]:
    """How often the students of a run are wrong; NaN where that was not measured, or nobody had to answer.

    Args:
        students: columns of ``students.csv``.

    Returns:
        ``right``, ``longest_wrong`` and ``mostly_wrong``, as ``MEANING`` explains them.
    """
    share = students.get("right", np.empty(0))
    asked = ~np.isnan(share)
    if not asked.any():
        return {"right": np.nan, "longest_wrong": np.nan, "mostly_wrong": np.nan}
    return {
        "right": float(share[asked].mean()),
        "longest_wrong": float(np.median(students["longest_wrong"][asked])),
        "mostly_wrong": float((share[asked] < HALF).mean()),
    }


def frustrates(found: Mapping[str, float]) -> bool | None:
    """Whether the typical student of a run would be frustrated; None where it was not measured.

    Args:
        found: what ``mistakes`` gives.
    """
    if np.isnan(found["right"]):
        return None
    return found["right"] < HALF or found["mostly_wrong"] > HALF or found["longest_wrong"] >= RUN


def frustrating(runs: Sequence[Mapping[str, float]]) -> int | None:
    """How many runs would frustrate the typical student; None where it was not measured."""
    found = [frustrates(run) for run in runs]
    return None if None in found else sum(map(bool, found))


def of_some(students: Mapping[str, npt.ArrayLike], here: npt.NDArray[np.bool_]) -> dict[str, float]:
    """``mistakes`` of some of the students of a run."""
    there = [name for name in ("right", "longest_wrong") if name in students]
    return mistakes({name: np.asarray(students[name], np.float64)[here] for name in there})
