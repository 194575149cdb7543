"""The curriculum as it was taught: on the prerequisite map, over time, and as scope and sequence to take away."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence

import numpy as np

from ....students.curriculum.curriculum import Curriculum
from ...figures.calendar import calendar, calendar_chart, in_words
from ...figures.lessons import Lessons, Taught, when_taught
from ...figures.markup import Child, Markup, join, name_of, tag
from ...figures.pictures import map_chart
from ...figures.stretches import Stretch, stretches
from ...figures.svg import figure
from ...figures.tables import table as html_table
from ...figures.words import amount, capital, listed, percent
from ...language.translate import speaking, texts, tr
from ...store.sheets import neutral
from ..results import World

BY = texts(
    {
        "week": "Scope and sequence under {teacher}, week by week",
        "day": "Scope and sequence under {teacher}, day by day",
        "lesson": "Scope and sequence under {teacher}, lesson by lesson",
    }
)


def taught_curriculum(world: World, own: Lessons, other: Lessons, key: str) -> Markup:
    """Which skill when: on the prerequisite map, as a calendar and as a table to take away."""
    left, right, ways = when_taught(own), when_taught(other), (world.teacher, world.mastery)
    called = (ways[0].called, ways[1].called)
    curriculum = world.curriculum
    calendars = [calendar(ways[0].name, own), calendar(ways[1].name, other)]
    on_map = map_chart(f"{key}-map", curriculum, left, right, max(c.end for c in calendars), called)
    caption = tr(
        "An arrow leads from a skill to the skills that need it. In every box: the lesson by which half of all pupils "
        "have met the skill, under {one} (T, left) and under {other} (M, right). Strong shades are "
        "early, faint ones late. None: fewer than half of the pupils ever meet it; the percentage says how many do.",
        one=called[0], other=called[1],
    )  # fmt: skip
    said = f"{'. '.join(in_words(lessons, c) for lessons, c in zip((own, other), calendars, strict=True))}."
    over_time = calendar_chart(f"{key}-calendar", curriculum, calendars, said)
    return join(
        figure(caption, on_map),
        figure(_second_caption([c.end for c in calendars], called), over_time),
        _scope_and_sequence(world, (own, other), (left, right), key),
    )


def _second_caption(ends: Sequence[int], names: Sequence[str]) -> str:
    stops = listed(
        [tr("lesson {lesson} under {teacher}", lesson=end, teacher=name) for end, name in zip(ends, names, strict=True)]
    )
    return tr(
        "Rows are skills in the order of the curriculum. The stronger the shade, the more of all pupils work on the "
        "skill at that time; pupils who are done already count as working on none, so a picture that grows pale shows "
        "that pupils finish. It stops where fewer than a tenth of the pupils are still taught: {stops}.",
        stops=stops,
    )


def sequence(curriculum: Curriculum, taught: Taught) -> list[int]:
    """The skills as they are met, each after all those that it needs.

    Among the skills whose prerequisites are listed already, the one that half of the pupils meet first is next, then
    the one that more pupils meet.
    """
    place = np.argsort(curriculum.order)
    rank = {
        k: (float(np.nan_to_num(taught.first[k], nan=np.inf)), -float(taught.share[k]), int(place[k]))
        for k in range(curriculum.n_skills)
    }
    found: list[int] = []
    while len(found) < curriculum.n_skills:
        listed_now = np.isin(np.arange(curriculum.n_skills), found)
        free = [k for k in rank if not listed_now[k] and not (curriculum.prerequisites[k] & ~listed_now).any()]
        found.append(min(free, key=lambda k: rank[k]))
    return found


def out_of_order(curriculum: Curriculum, taught: Taught) -> list[float]:
    """Per skill, the share of all pupils who met it before a skill that it needs and that they met later."""
    shares: list[float] = []
    for needed, own in zip(curriculum.prerequisites, taught.met_in.T, strict=True):
        later = np.where(np.isinf(taught.met_in), 0.0, taught.met_in)[:, needed]
        shares.append(float((later > own[:, None]).any(axis=1).mean()))
    return shares


def _scope_and_sequence(
    world: World, lessons: tuple[Lessons, Lessons], taught: tuple[Taught, Taught], key: str
) -> Markup:
    """Which share of the pupils has met each skill by the end of each week, here and in a spreadsheet."""
    teacher, mastery, order = world.teacher, world.mastery, sequence(world.curriculum, taught[0])
    by = BY[next((stretch.unit for stretch in stretches(lessons[0])), "week")]
    parts: list[Child] = []
    for way, kept, found in zip((teacher, mastery), lessons, taught, strict=True):
        heads, rows = _by_week(world.curriculum, kept, found, order)
        caption = tr("Scope and sequence of {teacher}: share of all pupils who have met each skill by the end of …",
                      teacher=way.called)  # fmt: skip
        shown = html_table(caption, heads, rows, words=(0, 1))
        parts.append(tag("details", tag("summary", tr(by, teacher=way.called)), shown))
    meaning = tr(
        "All pupils count in every column, those too who are done or gave up. A skill stands below all skills that it "
        "needs. “Know it” is what is true of the simulated pupils right after their last lesson, taught or not."
    )
    with speaking(None):  # its heads are read again as a curriculum
        rows = _for_a_spreadsheet(world, lessons, taught, order)
    said = tr("Download this table (CSV, opens in a spreadsheet)")
    link = tag("a", said, download=f"scope-and-sequence-{key}.csv", href=csv_link(rows))
    return join(*parts, tag("p", meaning), tag("p", link))


def _by_week(
    curriculum: Curriculum, lessons: Lessons, taught: Taught, order: Sequence[int]
) -> tuple[list[Child], list[list[Child]]]:
    """Heads and rows of the table on the page."""
    when = stretches(lessons)
    met, known = _met(taught, when), lessons.mastery[:, -1].mean(axis=0)
    rows: list[list[Child]] = []
    for k in order:
        needs = ", ".join(curriculum.skills[j] for j in np.flatnonzero(curriculum.prerequisites[k]))
        shares = [percent(float(share)) for share in met[k]]
        rows.append(
            [
                name_of(curriculum.skills[k]),
                name_of(needs),
                *shares,
                percent(float(known[k])),
                amount(taught.lessons[k]),
            ]
        )
    heads = [tr("Skill"), tr("Needs first"), *(capital(w.words) for w in when)]
    return [*heads, tr("Know it"), tr("Lessons per pupil")], rows


def _met(taught: Taught, when: Sequence[Stretch]) -> list[list[float]]:
    """Per skill, the share of the pupils who have met it by the end of each stretch."""
    columns = [taught.met_by(stretch.done) for stretch in when]
    return [[float(column[k]) for column in columns] for k in range(len(taught.share))]


def _for_a_spreadsheet(
    world: World, lessons: tuple[Lessons, Lessons], taught: tuple[Taught, Taught], order: Sequence[int]
) -> list[list[str]]:
    """Everything that is known of each skill under both ways of teaching."""
    curriculum, (left, right), other = world.curriculum, taught, world.mastery.name
    when = [stretches(kept) for kept in lessons]
    met = [_met(found, stretch) for found, stretch in zip(taught, when, strict=True)]
    known = [kept.mastery[:, -1].mean(axis=0) for kept in lessons]
    before = out_of_order(curriculum, left)
    head = [
        "Skill", "Topic", "Prerequisites", "Half of the pupils have met it by lesson", "Day (the first is day 1)",
        "Typical last lesson", "Lessons per pupil", "Pupils who meet it", "Met before what it needs",
        *(f"Met by the end of {stretch.words}" for stretch in when[0]), "Know it after their last lesson",
        f"By lesson, {other}", f"Lessons per pupil, {other}",
        *(f"Met by the end of {stretch.words}, {other}" for stretch in when[1]), f"Know it, {other}",
    ]  # fmt: skip
    rows = [head]
    for k in order:
        needs = "; ".join(curriculum.skills[j] for j in np.flatnonzero(curriculum.prerequisites[k]))
        rows.append([
            curriculum.skills[k], curriculum.topics[k], needs, amount(left.first[k], 0), amount(left.day[k] + 1, 0),
            amount(left.last[k], 0), amount(left.lessons[k]), percent(left.share[k]), percent(before[k]),
            *map(percent, met[0][k]), percent(float(known[0][k])),
            amount(right.first[k], 0), amount(right.lessons[k]), *map(percent, met[1][k]), percent(float(known[1][k])),
        ])  # fmt: skip
    return rows


def csv_link(rows: list[list[str]]) -> str:
    """A table as a link that holds it. What a spreadsheet would run as a formula begins with an apostrophe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
    # The mark at the start tells spreadsheets that the text is UTF-8.
    data = ("\ufeff" + buffer.getvalue()).encode("utf-8", "replace")
    return f"data:text/csv;charset=utf-8;base64,{base64.b64encode(data).decode()}"
