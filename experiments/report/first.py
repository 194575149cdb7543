"""What must be known before anything else: that a schedule does not fit its curriculum, or that runs are missing."""

from __future__ import annotations

from collections.abc import Sequence

from ..comparison.failing import lines as failures
from ..comparison.pace import Pace, advice, pace_of
from ..figures.markup import Markup, join, name_of, tag
from ..figures.tables import table as html_table
from ..figures.words import amount, capital, percent
from ..language.translate import in_files, tr
from .results import Way, World
from .verdicts import later


def first_of_all(worlds: Sequence[World]) -> Markup | None:
    """A box above everything for schedules that are far too long or far too short; None where all fit."""
    lines = [(world, said) for world in worlds if (said := schedule_advice(world))]
    if not lines:
        return None
    several = len(worlds) > 1
    points = [
        tag("p", [name_of(world.title), ": "] if several else None, said) for world, said in lines
    ]  # fmt: skip
    heading = tag("h2", tr("The schedule does not fit"))
    return tag("section", heading, points, class_="first", aria_label=tr("Schedule"))


def schedule_advice(world: World) -> str | None:
    """What is to be said of the schedule of a world, in the words of the page."""
    pace = world.table.pace or _from_files(world)
    return advice(pace, who=world.ways[pace.policy].called, learners=tr("pupils")) if pace else None


def _from_files(world: World) -> Pace | None:
    """The pace where the table does not have it: results of an older version."""
    fair = [way for way in world.ways.values() if way.kind != "privileged"]
    kept = [way for way in fair if way.lessons_kept]
    if not kept:
        return None
    best: Way = max(kept, key=lambda way: way.row.outcome.value)
    curves = {way.policy: way.mastery_by_lesson[way.typical] for way in fair}
    return pace_of(best.policy, best.runs[best.typical], world.about["schedule"]["session_days"], curves=curves)


def beaten_control(world: World) -> Markup | None:
    """A box for a learnt teacher that wins where nobody can; None where all is as it must be."""
    won = [way for way in world.ways.values() if way.row.beats_control]
    if not won:
        return None
    meaning = tr(
        "This is a control: a world in which it is proven that nobody can do better than simple rules do. Whoever "
        "seems to has found a mistake in the program or sees what no tutor can. Trust nothing that is said of this "
        "way of teaching, here or in other worlds, before the mistake is found."
    )
    points = [tag("li", tag("strong", f"{way.name}: "), in_files(way.row.beats_control)) for way in won]
    heading = tag("h2", tr("A control was won"))
    return tag("section", heading, tag("p", meaning), tag("ul", points), class_="first", role="alert")


def lacking(world: World) -> Markup | None:
    """Which runs are not on the page, and why; None where all are."""
    gone = failures(world.table.failed)
    if not gone:
        return None
    meaning = tr(
        "Some runs could not be made. The numbers below are those of the others; the command that made this page tries "
        "them again."
    )
    return tag(
        "div",
        tag("p", tag("strong", f"{tr('Runs are missing.')} "), meaning, class_="caution"),
        tag("ul", [tag("li", in_files(line)) for line in gone]),
    )


def side_by_side_is_missing(world: World) -> Markup:
    """What can be said without tuned mastery learning, or without anybody beside it: how each way ended."""
    unit = world.unit
    rows = [
        [way.name, str(way.row.seeds), amount(way.row.outcome.value * unit.scale), percent(way.row.quit)]
        for way in world.ways.values()
    ]
    head = [tr("Way of teaching"), tr("Runs"), f"{capital(unit.words)} ({unit.whole()})", tr("Gave up")]
    why = tr(
        "Everything on this page would be set beside tuned mastery learning, and that run, or every other one, is "
        "missing here. So nobody is said to be better or worse: these are only the means."
    )
    return join(tag("p", why), html_table(tr("All ways of teaching, {when}", when=later(world)), head, rows))
