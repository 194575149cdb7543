"""Axes of a grid that changed nothing: cells that are each other's copies answer no question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from .comparison.rows import Level
from .comparison.taught import Taught

Place: TypeAlias = tuple[tuple[str, Level], ...]
"""Axes with their values."""
UNTAUGHT = "no_teaching"
"""Nobody is taught there, so most axes cannot change anything; that is no news."""
MOST_NAMED = 3
"""So many combinations are named that no value of one axis sums up."""


@dataclass(frozen=True, eq=False)
class Placed:
    """A policy's runs, and where in the grid they stand.

    Attributes:
        policy: without the settings that the grid varies.
        cell: axes that make the cell, with their values here.
        own: the same of axes that are settings of the policy.
        taught: the runs.
    """

    policy: str
    cell: Mapping[str, Level]
    own: Mapping[str, Level]
    taught: Taught


@dataclass(frozen=True)
class _Row:
    """Runs that differ in one axis alone, and whether they ended alike."""

    policy: str
    where: Place
    alike: bool


def inert_axes(placed: Sequence[Placed], primary: str) -> list[str]:
    """A line for each axis that changed nothing, in any run, in some cells, or under some policies.

    Args:
        placed: the runs of all policies in all cells.
        primary: the outcome that decides, by which runs are alike or not.
    """
    axes = dict.fromkeys(axis for one in placed for axis in (*one.cell, *one.own))
    lines = list[str]()
    for axis in axes:
        rows = [row for row in _rows(placed, axis) if row.policy != UNTAUGHT]
        if where := _where(rows):
            lines.append(
                f"axis {axis} changed nothing {where}: every student's {primary} is the same at all its values"
            )
    return lines


def _rows(placed: Sequence[Placed], axis: str) -> Iterator[_Row]:
    groups = defaultdict[tuple[str, Place, Place], list[Taught]](list)
    for one in placed:
        if axis in one.cell or axis in one.own:
            cell, own = (tuple((a, v) for a, v in part.items() if a != axis) for part in (one.cell, one.own))
            groups[one.policy, cell, own].append(one.taught)
    for (policy, cell, _), several in groups.items():
        # runs of one fingerprint are one run: that the axis is none of its settings was known before
        if len({taught.runs[0].done for taught in several}) > 1:
            first, *others = (taught.outcome for taught in several)
            yield _Row(policy, cell, all(np.array_equal(first, other) for other in others))


def _where(rows: Sequence[_Row]) -> str:
    """In which runs nothing was changed, in words; nothing where something was changed everywhere."""
    if not rows or not any(row.alike for row in rows):
        return ""
    if all(row.alike for row in rows):
        return "in any run"
    changed = {row.where for row in rows if not row.alike}
    if places := _summed_up([row.where for row in rows if row.where not in changed], changed):
        return f"in any run with {places}"
    policies = dict.fromkeys(row.policy for row in rows)
    untouched = [name for name in policies if all(row.alike for row in rows if row.policy == name)]
    return f"in any run of {', '.join(untouched)}" if untouched else ""


def _summed_up(alike: Sequence[Place], changed: set[Place]) -> str:
    """Places in words: by one value where it says all of them, each in full otherwise."""
    single = dict.fromkeys(level for place in alike for level in place if not any(level in other for other in changed))
    rest = dict.fromkeys(place for place in alike if place and not any(level in place for level in single))
    parts = [_text((level,)) for level in single] + [_text(place) for place in list(rest)[:MOST_NAMED]]
    more = len(rest) - MOST_NAMED
    return " or ".join(parts) + (f" or in {more} more combinations" if more > 0 else "")


def _text(place: Place) -> str:
    from .runs.grid import text

    return ", ".join(f"{axis}={text(level)}" for axis, level in place)
