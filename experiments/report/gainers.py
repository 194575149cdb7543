"""Who gains and who loses against mastery learning, group by group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..comparison.harm_show import harm_of
from ..comparison.rows import HarmRow
from ..figures.bars import Shares, shares_chart
from ..figures.markup import Child, Markup, join, name_of, tag
from ..figures.markup import table as html_table
from ..figures.svg import figure
from ..figures.words import amount, capital, group_words, percent
from ..store.runs import STUDENTS
from .results import World

EVERYBODY = "all pupils"


def shares_in_expectation(world: World) -> list[Shares]:
    """Everybody and every group: who can expect to end worse, the same or better; empty where students lived once.

    A share that the lives do not tell is NaN.
    """
    rows = [row for row in world.table.harm if row.policy == world.teacher.policy]
    rows.sort(key=lambda row: row.group or "")
    return [_expected(row, harm_of(world.table, world.table.tuned, row.group)) for row in rows]


def _expected(row: HarmRow, floor: HarmRow | None) -> Shares:
    name = EVERYBODY if row.group is None else group_words(row.group)
    if row.harmed is None or row.gained is None or not (row.harmed_told and row.gained_told):
        return Shares(name, row.students, np.nan, np.nan, np.nan, floor=None)
    by_luck = floor.harmed.value if floor and floor.harmed and floor.harmed_told else None
    worse, better = row.harmed.value, row.gained.value
    return Shares(name, row.students, worse, 1 - worse - better, better, floor=by_luck)


def shares_in_one_run(world: World) -> list[Shares]:
    """Everybody and every group: who ended worse, the same or better than under mastery learning, with the same luck.

    That is one run of luck for each pupil under each way of teaching: a difference of a single pupil is mostly luck.
    """
    teacher, mastery, smallest = world.teacher, world.mastery, world.table.smallest_difference
    outcomes = np.stack([run.columns(STUDENTS)[world.unit.column] for run in teacher.runs]).astype(np.float64)
    base = mastery.runs[0].columns(STUDENTS)
    n = outcomes.shape[1]
    difference = outcomes - np.asarray(base[world.unit.column][:n], np.float64)
    group = np.array([str(name) for name in base["group"][:n]])
    everybody = [(EVERYBODY, np.ones(n, bool))]
    groups = sorted(set(group.tolist()))
    some = everybody + [(group_words(g), group == g) for g in groups] * (len(groups) > 1)
    found: list[Shares] = []
    for name, here in some:
        worse, better = ((sign * difference[:, here] > smallest).mean(axis=1) for sign in (-1, 1))
        means = float(worse.mean()), float(better.mean())
        trainings = tuple(zip(worse.tolist(), better.tolist(), strict=True))
        found.append(Shares(name, int(here.sum()), means[0], 1 - sum(means), means[1], floor=None, trainings=trainings))
    return found


def who_gains(world: World, key: str, rows: Sequence[Shares], *, in_expectation: bool = False) -> Markup:
    """The section.

    Args:
        world: whose pupils.
        key: for the names of elements.
        rows: everybody first, then the groups.
        in_expectation: the shares are of pupils whose EXPECTED result is worse or better; else of single results.
    """
    teacher, mastery = world.teacher, world.mastery
    much = f"{amount(world.table.smallest_difference * world.unit.scale)} {world.unit.words}"
    chart = shares_chart(f"{key}-gains", "Who does worse, the same and better", rows, mastery.name)
    caption = (
        f"Under {teacher.called} against {mastery.name}, group by group. Worse and better: by more than {much}. "
        f"A number is left out where its part is too narrow."
    )
    if len(teacher.runs) > 1:
        caption += " Below each bar, a pair of dots for every training: where its grey part begins and ends."
    if any(row.floor is not None for row in rows):
        caption += " The broken line is the floor: so many would stand at “worse” if nothing but luck differed."
    return join(tag("p", _meaning(rows, in_expectation=in_expectation)), figure(caption, chart), _numbers(rows))


def _meaning(rows: Sequence[Shares], *, in_expectation: bool) -> Markup:
    if in_expectation:
        return join(
            "What counts is what a pupil can expect, not how one run of luck went: each pupil was taught several times "
            "with other luck, and the luck was taken out."
        )
    floor = rows[0].floor
    luck = (
        "How many would stand at “worse” by luck alone, if both ways of teaching were equally good, was not measured "
        "here; it can be most of them."
        if floor is None
        else f"By luck alone {percent(floor)} would stand at “worse”: only what is beyond that is due to the teacher."
    )
    return join(
        tag("strong", "In this one run of luck. "),
        "Every pupil was taught once in each way, and a single result has much luck in it: lucky guesses, a skill that "
        "came at once. Who ends lower here may end higher the next time. Do not read the bars as harm done. ",
        luck,
    )


def _numbers(rows: Sequence[Shares]) -> Markup:
    floor = any(row.floor is not None for row in rows)
    head = ["Group", "Pupils", "Worse", "About the same", "Better", *(["Worse by luck alone"] if floor else [])]
    lines: list[list[Child]] = []
    for row in rows:
        shares = ["–" if np.isnan(share) else percent(share) for share in (row.worse, row.same, row.better)]
        lines.append([name_of(capital(row.name)), str(row.pupils), *shares])
        if floor:
            lines[-1].append("–" if row.floor is None else percent(row.floor))
    table = html_table("Who does worse, the same and better", head, lines)
    return tag("details", tag("summary", "The same as numbers"), table)
