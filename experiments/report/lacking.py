"""What a page says of runs that could not be made, and what is left of it where nothing can be set side by side."""

from __future__ import annotations

from ..comparison.failing import lines
from ..figures.markup import Markup, join, tag
from ..figures.markup import table as html_table
from ..figures.words import amount, capital, percent
from .results import World
from .verdicts import later


def lacking(world: World) -> Markup | None:
    """Which runs are not on the page, and why; None where all are."""
    gone = lines(world.table.failed)
    if not gone:
        return None
    meaning = (
        "Some runs could not be made. The numbers below are those of the others; the command that made this page tries "
        "them again."
    )
    return tag(
        "div",
        tag("p", tag("strong", "Runs are missing. "), meaning, class_="caution"),
        tag("ul", [tag("li", line) for line in gone]),
    )


def side_by_side_is_missing(world: World) -> Markup:
    """What can be said without tuned mastery learning, or without anybody beside it: how each way ended."""
    unit = world.unit
    rows = [
        [way.name, str(way.row.seeds), amount(way.row.outcome.value * unit.scale), percent(way.row.quit)]
        for way in world.ways.values()
    ]
    head = ["Way of teaching", "Runs", f"{capital(unit.words)} ({unit.whole()})", "Gave up"]
    why = (
        "Everything on this page would be set beside tuned mastery learning, and that run, or every other one, is "
        "missing here. So nobody is said to be better or worse: these are only the means."
    )
    return join(tag("p", why), html_table(f"All ways of teaching, {later(world)}", head, rows))
