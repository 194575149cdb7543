"""How often pupils are wrong under each way of teaching and in each group, and whether that would frustrate them."""

from __future__ import annotations

from collections.abc import Sequence

from ..comparison.rows import GroupRow, PolicyRow
from ..figures.markup import Child, Markup, join, name_of, tag
from ..figures.tables import table as html_table
from ..figures.words import amount, capital, group_words, percent
from ..language.translate import tr, tr_many
from ..mistakes import HALF, RUN
from .outcomes import label
from .results import Way, World


def _limit() -> str:
    """From when on a way of teaching would frustrate, in words."""
    return tr(
        "less than {share} of the answers right, on average or for most pupils, or {number} wrong answers in a row at "
        "some time for half of the pupils",
        share=percent(HALF), number=RUN,
    )  # fmt: skip


def measured(world: World) -> bool:
    """Whether the results say how often pupils are wrong: those of older versions do not."""
    return any(way.row.frustrating is not None for way in world.ways.values())


def warning(world: World) -> Markup | None:
    """The flag beside the verdict, where the teacher of the page or mastery learning would frustrate pupils."""
    found = [way for way in (world.teacher, world.mastery) if way.row.frustrating]
    if not found:
        return None
    said = " ".join(capital(_told(way)) for way in found)
    limit = tr("The limit is a prior guess of ours, not a finding: {limit}.", limit=_limit())
    return tag("p", tag("strong", f"{tr('Would frustrate.')} "), said, " ", limit, class_="caution")


def _told(way: Way) -> str:
    """One way of teaching that would frustrate, in a sentence."""
    row = way.row
    parts = {"teacher": way.called, "right": percent(row.right), "wrong": percent(row.mostly_wrong)}
    shares = (
        tr("under {teacher} pupils get {right} of their answers right, and {wrong} of them get fewer than half right "
            "({worst} in the worst training).", worst=percent(row.mostly_wrong_highest), **parts)
        if row.seeds > 1
        else tr("under {teacher} pupils get {right} of their answers right, and {wrong} of them get fewer than half "
                 "right.", **parts)
    )  # fmt: skip
    run = tr_many(
        "Half of the pupils are at some time wrong {n} time in a row or more.",
        "Half of the pupils are at some time wrong {n} times in a row or more.",
        round(row.longest_wrong),
    )
    return f"{shares} {run}"


def how_often_wrong(world: World) -> Markup:
    """The section: every way of teaching, then every group under the teacher and mastery learning."""
    if not measured(world):
        why = tr(
            "How often pupils are wrong was not measured: these results were made with an older version of the "
            "program. Made again, they would say it."
        )
        return tag("p", why)
    several = any(way.row.seeds > 1 for way in world.ways.values())
    intro = [
        tr("Pupils learn from mistakes, but nobody likes to fail most of the time. Real pupils would lose heart, "
            "guess or stop; most of the simulated pupils do not mind, so their results do not show it."),
        tr("“Would frustrate” means, in one training or more: {limit}.", limit=_limit())
        if several
        else tr("“Would frustrate” means: {limit}.", limit=_limit()),
        tr("This limit is a prior guess of ours, not a finding. Lessons that ask no question are passed over."),
    ]  # fmt: skip
    head = [
        tr("Way of teaching"), tr("Answers right"), tr("Pupils below half right"),
        *([tr("In the worst training")] if several else []),
        tr("Longest run of wrong answers"), tr("Would frustrate?"),
    ]  # fmt: skip
    lines: list[list[Child]] = []
    for way in world.ways.values():
        row = way.row
        worst = percent(row.mostly_wrong_highest) if row.seeds > 1 else "–"
        cells = (percent(row.right), percent(row.mostly_wrong), *([worst] if several else []), _run(row))
        lines.append([label(world, way), *cells, in_words(row, row.seeds)])
    caption = tr(
        "How often pupils are wrong; half of the pupils have a longest run of wrong answers as long as this, or longer"
    )
    return join(tag("p", " ".join(intro)), html_table(caption, head, lines, words=(0, len(head) - 1)), _by_group(world))


def in_words(row: PolicyRow | GroupRow, trainings: int) -> str:
    """The flag of a row, and in how many trainings it holds."""
    if row.frustrating is None:
        return tr("nobody is asked")
    if not row.frustrating:
        return tr("no")
    if trainings == 1:
        return tr("yes")
    return tr_many("yes, in {some} of {n} training", "yes, in {some} of {n} trainings", trainings,
                    some=row.frustrating)  # fmt: skip


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
        tr("Group"), tr("Way of teaching"), tr("Answers right"), tr("Pupils below half right"),
        tr("Longest run of wrong answers"), tr("Would frustrate?"),
    ]  # fmt: skip
    return html_table(tr("How often pupils of each group are wrong"), head, rows, words=(0, 1, 5))


def _group_cells(world: World, way: Way, row: GroupRow) -> Sequence[Child]:
    flag = in_words(row, way.row.seeds)
    shares = percent(row.right), percent(row.mostly_wrong)
    return [name_of(group_words(row.group)), label(world, way), *shares, _run(row), flag]
