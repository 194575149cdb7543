"""How often pupils are wrong under each way of teaching and in each group, and whether that would frustrate them."""

from __future__ import annotations

from collections.abc import Sequence

from ..comparison.rows import GroupRow, PolicyRow
from ..figures.markup import Child, Markup, join, name_of, tag
from ..figures.tables import table as html_table
from ..figures.words import amount, capital, counted, group_words, percent
from ..mistakes import HALF, RUN
from .outcomes import label
from .results import Way, World

NOT_MEASURED = "not measured"
LIMIT = (
    f"less than {percent(HALF)} of the answers right, on average or for most pupils, or {RUN} wrong answers in a row "
    "at some time for half of the pupils"
)


def measured(world: World) -> bool:
    """Whether the results say how often pupils are wrong: those of older versions do not."""
    return any(way.row.frustrating is not None for way in world.ways.values())


def warning(world: World) -> Markup | None:
    """The flag beside the verdict, where the teacher of the page or mastery learning would frustrate pupils."""
    found = [way for way in (world.teacher, world.mastery) if way.row.frustrating]
    if not found:
        return None
    said = " ".join(capital(_told(way)) for way in found)
    limit = f"The limit is a prior guess of ours, not a finding: {LIMIT}."
    return tag("p", tag("strong", "Would frustrate. "), said, " ", limit, class_="caution")


def _told(way: Way) -> str:
    """One way of teaching that would frustrate, in a sentence."""
    row = way.row
    worst = f" ({percent(row.mostly_wrong_highest)} in the worst training)" if row.seeds > 1 else ""
    return (
        f"under {way.called} pupils get {percent(row.right)} of their answers right, and {percent(row.mostly_wrong)} "
        f"of them get fewer than half right{worst}. Half of the pupils are at some time wrong "
        f"{counted(round(row.longest_wrong), 'time')} in a row or more."
    )


def how_often_wrong(world: World) -> Markup:
    """The section: every way of teaching, then every group under the teacher and mastery learning."""
    if not measured(world):
        why = (
            f"How often pupils are wrong was {NOT_MEASURED}: these results were made with an older version of the "
            "program. Made again, they would say it."
        )
        return tag("p", why)
    several = any(way.row.seeds > 1 for way in world.ways.values())
    intro = (
        "Pupils learn from mistakes, but nobody likes to fail most of the time. Real pupils would lose heart, guess or "
        "stop; most of the simulated pupils do not mind, so their results do not show it. "
        f"“Would frustrate” means{', in one training or more' if several else ''}: {LIMIT}. This limit is a prior "
        "guess of ours, not a finding. Lessons that ask no question are passed over."
    )
    head = [
        "Way of teaching", "Answers right", "Pupils below half right", *(["In the worst training"] if several else []),
        "Longest run of wrong answers", "Would frustrate?",
    ]  # fmt: skip
    lines: list[list[Child]] = []
    for way in world.ways.values():
        row = way.row
        worst = percent(row.mostly_wrong_highest) if row.seeds > 1 else "–"
        cells = (percent(row.right), percent(row.mostly_wrong), *([worst] if several else []), _run(row))
        lines.append([label(world, way), *cells, in_words(row, row.seeds)])
    caption = (
        "How often pupils are wrong; half of the pupils have a longest run of wrong answers as long as this, or longer"
    )
    return join(tag("p", intro), html_table(caption, head, lines, words=(0, len(head) - 1)), _by_group(world))


def in_words(row: PolicyRow | GroupRow, trainings: int) -> str:
    """The flag of a row, and in how many trainings it holds."""
    if row.frustrating is None:
        return "nobody is asked"
    if not row.frustrating:
        return "no"
    return f"yes, in {row.frustrating} of {counted(trainings, 'training')}" if trainings > 1 else "yes"


def _run(row: PolicyRow | GroupRow) -> str:
    return amount(row.longest_wrong, 0)


def _by_group(world: World) -> Markup | None:
    """Every group under the teacher and under mastery learning; None where all pupils are in one."""
    found = {(row.policy, row.group): row for row in world.table.groups}
    groups = sorted({group for _, group in found})
    if len(groups) == 1:
        return None
    rows = [
        _group_cells(world, way, found[way.policy, group])
        for group in groups
        for way in (world.teacher, world.mastery)
        if (way.policy, group) in found
    ]
    head = [
        "Group", "Way of teaching", "Answers right", "Pupils below half right", "Longest run of wrong answers",
        "Would frustrate?",
    ]  # fmt: skip
    return html_table("How often pupils of each group are wrong", head, rows, words=(0, 1, 5))


def _group_cells(world: World, way: Way, row: GroupRow) -> Sequence[Child]:
    flag = in_words(row, way.row.seeds)
    shares = percent(row.right), percent(row.mostly_wrong)
    return [name_of(group_words(row.group)), label(world, way), *shares, _run(row), flag]
