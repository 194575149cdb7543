"""Pupils at risk: who would be flagged when, from what a tutor sees, and how many of them really end low."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...figures.lessons import Floats, Lessons
from ...figures.markup import Child, Markup, join, name_of, tag
from ...figures.stretches import Stretch, stretches
from ...figures.tables import table as html_table
from ...figures.words import capital, group_words, percent
from ...language.translate import tr, tr_many
from ...mistakes import HALF
from ..results import Way, World

LOW = 0.25
"""The lowest quarter: so many pupils a school could look after specially."""
FLAGGED = 1 / 3
"""So many of the class are flagged. A fixed limit, such as half of the answers right, flags nearly everybody or nobody,
because some teachers set hard questions and some easy ones."""
ENOUGH = 10
"""Nobody is flagged before so many answers: of fewer, chance alone makes many wrong."""
LITTLE = 0.1
"""A flag that moves the share of those who end low by less than this tells little."""

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Flagged:
    """The flags at the end of a stretch of time.

    Attributes:
        words: when.
        share: of all pupils, who is flagged.
        low_if_flagged: of those, who ends in the lowest quarter; NaN where nobody is flagged.
        low_if_not: of the others, who ends there; NaN where all are flagged.
        found: of those who end there, who is flagged.
    """

    words: str
    share: float
    low_if_flagged: float
    low_if_not: float
    found: float


def flagged(lessons: Lessons, stretch: Stretch) -> Bools:
    """(n,) of those with ``ENOUGH`` answers by then, the third with the lowest share of right ones."""
    before = np.arange(lessons.horizon) < stretch.done[:, None]
    asked = (before & (lessons.correct >= 0)).sum(axis=1)
    right = (before & (lessons.correct == 1)).sum(axis=1)
    enough = asked >= ENOUGH
    flag = np.zeros(len(enough), bool)
    flag[enough] = _lowest(right[enough] / asked[enough], FLAGGED) if enough.any() else False
    return flag


def ends_low(outcome: Floats) -> Bools:
    """(n,) the lowest quarter; of pupils who end equally, the first ones."""
    return _lowest(outcome, LOW)


def _lowest(values: Floats, share: float) -> Bools:
    """(n,) this share of the pupils, the lowest ones; of equal ones the first, and one at least."""
    low = np.zeros(len(values), bool)
    low[np.argsort(values, kind="stable")[: max(1, round(share * len(values)))]] = True
    return low


def when_flagged(lessons: Lessons, outcome: Floats) -> list[Flagged]:
    """The flags at the end of every week (or day, or quarter of the lessons)."""
    low = ends_low(outcome)
    found: list[Flagged] = []
    for stretch in stretches(lessons):
        flag = flagged(lessons, stretch)
        found.append(
            Flagged(stretch.words, float(flag.mean()), _share(low, flag), _share(low, ~flag), _share(flag, low))
        )
    return found


def _share(what: Bools, among: Bools) -> float:
    return float(what[among].mean()) if among.any() else np.nan


def at_risk(world: World, own: Lessons, other: Lessons) -> Markup:
    """The section: flags over time under the teacher, beside mastery learning, and by group."""
    teacher, mastery = world.teacher, world.mastery
    kept = {way.policy: _outcome(world, way, lessons) for way, lessons in ((teacher, own), (mastery, other))}
    rows, base = when_flagged(own, kept[teacher.policy]), when_flagged(other, kept[mastery.policy])
    if not rows:
        return tag("p", tr("Nobody was taught."))
    intro = tr(
        "Could a teacher tell early who will end low? Flagged is here, from what any tutor sees, the third of the "
        "class with the lowest share of right answers so far; only pupils with at least {answers} answers count. To "
        "end low is to be among the quarter of the pupils who end lowest. Looked at are the {pupils} whose lessons "
        "were kept{of_which}.",
        answers=ENOUGH, pupils=tr_many("{n} pupil", "{n} pupils", own.n_students), of_which=teacher.of_which,
    )  # fmt: skip
    head = [
        tr("By the end of"), tr("Flagged"), tr("Of the flagged, end low"), tr("Of the others, end low"),
        tr("Of those who end low, flagged"), tr("Of the flagged, end low, under {other}", other=mastery.name),
    ]  # fmt: skip
    beside = {row.words: percent(row.low_if_flagged) for row in base}
    lines = [
        [capital(r.words), *map(percent, (r.share, r.low_if_flagged, r.low_if_not, r.found)), beside.get(r.words, "–")]
        for r in rows
    ]
    return join(
        tag("p", intro),
        tag("p", _in_short(rows)),
        html_table(tr("Who would be flagged when, under {teacher}", teacher=teacher.called), head, lines),
        _by_group(world, own),
    )


def _outcome(world: World, way: Way, lessons: Lessons) -> Floats:
    return np.asarray(way.pupils[world.unit.column][: lessons.n_students], np.float64)


def _in_short(rows: Sequence[Flagged]) -> str:
    """What the first stretch that flags anybody tells, and how far the flag is to be trusted."""
    some = [row for row in rows if 0 < row.share < 1]
    if not some:
        return tr("Nobody has {answers} answers in time, so nobody can be flagged.", answers=ENOUGH)
    first = some[0]
    said = tr(
        "By the end of {when}, {flagged} of the flagged end low, and {others} of the others; if the flag said nothing, "
        "both would be {low}.",
        when=first.words, flagged=percent(first.low_if_flagged), others=percent(first.low_if_not), low=percent(LOW),
    )  # fmt: skip
    if first.low_if_flagged - first.low_if_not < LITTLE:
        so = tr("So that early the flag tells little.")
    elif first.low_if_flagged < HALF:
        so = tr("So it is a reason to look, not a verdict: most of the pupils flagged that early do not end low.")
    else:
        so = tr("So it is a reason to look, not a verdict: some of the flagged do not end low, and some others do.")
    return f"{said} {so}"


def _by_group(world: World, lessons: Lessons) -> Markup | None:
    """Which groups the flagged come from: early, half-way and at the end."""
    group = np.array([str(name) for name in world.teacher.pupils["group"][: lessons.n_students]])
    names = sorted(set(group.tolist()))
    if len(names) == 1:
        return None
    when = stretches(lessons)
    when = [when[i] for i in sorted({0, (len(when) - 1) // 2, len(when) - 1})]
    flags = [flagged(lessons, stretch) for stretch in when]
    low = ends_low(_outcome(world, world.teacher, lessons))
    rows: list[list[Child]] = []
    for name in names:
        here = group == name
        shares = [percent(_share(flag, here)) for flag in flags]
        rows.append([name_of(group_words(name)), str(int(here.sum())), *shares, percent(_share(low, here))])
    by = [tr("Flagged by the end of {when}", when=stretch.words) for stretch in when]
    head = [tr("Group"), tr("Pupils"), *by, tr("End low")]
    return html_table(tr("The same by group, under {teacher}", teacher=world.teacher.called), head, rows)
