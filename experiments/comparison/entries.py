"""A scenario as an experiment or a command line names it, made to fit another curriculum."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

MEDIANS = "unexpected students get the median of numbers given per skill"


def with_medians(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry such that the scenario's unexpected students fit the curriculum that it puts in.

    Their numbers are given per skill of the scenario's own curriculum; under another one they get the median.

    Args:
        entry: ``scenario``, ``replace`` and ``change``, as ``Scenario.load`` takes them.

    Returns:
        the same, or with ``unexpected`` among the changes, for the kinds of students that have numbers per skill.

    Raises:
        InputError: there is no such scenario.
    """
    from ...envs.scenario import find_scenario, read_scenario

    change = dict(entry.get("change") or {})
    if "curriculum" not in (entry.get("replace") or {}) or "unexpected" in change:
        return dict(entry)
    unexpected = read_scenario(find_scenario(str(entry["scenario"])))["unexpected"]
    evened = {kind: _even(students) for kind, students in unexpected.items()}
    evened = {kind: students for kind, students in evened.items() if students != unexpected[kind]}
    return {**entry, "change": {**change, "unexpected": evened}} if evened else dict(entry)


def _even(students: Mapping[str, Any]) -> dict[str, Any]:
    """Sections of students with every list of numbers of the student model replaced by its median."""
    if not isinstance(students.get("student"), Mapping):  # none, or the name of a configuration
        return dict(students)

    def even(value: Any) -> Any:
        numbers = isinstance(value, list) and all(isinstance(v, int | float) for v in value)
        return statistics.median(value) if numbers else value

    return {**students, "student": {key: even(value) for key, value in students["student"].items()}}
