"""What must be known before anything else: that a schedule does not fit its curriculum."""

from __future__ import annotations

from collections.abc import Sequence

from ..comparison.pace import Pace, advice, pace_of
from ..figures.markup import Markup, name_of, tag
from .results import Way, World


def first_of_all(worlds: Sequence[World]) -> Markup | None:
    """A box above everything for schedules that are far too long or far too short; None where all fit."""
    lines = [(world, said) for world in worlds if (said := schedule_advice(world))]
    if not lines:
        return None
    several = len(worlds) > 1
    points = [tag("p", [name_of(world.title), ": "] if several else None, said) for world, said in lines]
    return tag("section", tag("h2", "The schedule does not fit"), points, class_="first", aria_label="Schedule")


def schedule_advice(world: World) -> str | None:
    """What is to be said of the schedule of a world, in the words of the page."""
    pace = world.table.pace or _from_files(world)
    return advice(pace, who=world.ways[pace.policy].called, learners="pupils") if pace else None


def _from_files(world: World) -> Pace | None:
    """The pace where the table does not have it: results of an older version."""
    fair = [way for way in world.ways.values() if way.kind != "privileged"]
    kept = [way for way in fair if way.lessons_kept]
    if not kept:
        return None
    best: Way = max(kept, key=lambda way: way.row.outcome.value)
    curves = {way.policy: way.mastery_by_lesson[way.typical] for way in fair}
    return pace_of(best.policy, best.runs[best.typical], world.about["schedule"]["session_days"], curves=curves)
