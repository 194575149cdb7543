"""Who gains and who loses against mastery learning, group by group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...students.draws import spawn_seed
from ..comparison.harm_show import harm_of
from ..comparison.rows import HarmRow, TaughtShare
from ..figures.bars import Shares, range_of, shares_chart
from ..figures.markup import Child, Markup, join, name_of, tag
from ..figures.svg import figure
from ..figures.tables import table as html_table
from ..figures.words import amount, capital, group_words, percent
from ..harm import MOST_NOISE, Harm, harms
from ..language.translate import texts, tr, tr_many
from ..store.runs import LIVES, STUDENTS
from .results import World

EVERYBODY = texts("all pupils")
UNTOLD = np.nan, np.nan


def shares_in_expectation(world: World) -> list[Shares]:
    """Everybody and every group: who can expect to end worse, the same or better; empty where students lived once.

    A share that the lives do not tell exactly is given from and to; where they tell nothing, it is NaN.
    """
    rows = [row for row in world.table.harm if row.policy == world.teacher.policy]
    rows.sort(key=lambda row: row.group or "")
    smallest = world.table.smallest_difference
    return [_expected(row, world, smallest) for row in rows]


def _expected(row: HarmRow, world: World, smallest: float) -> Shares:
    name = tr(EVERYBODY) if row.group is None else group_words(row.group)
    floor = harm_of(world.table, world.table.tuned, row.group)
    by_luck = floor.harmed.value if floor and floor.harmed and floor.harmed_told else None
    too_noisy = row.noise is None or row.noise > MOST_NOISE * smallest
    if row.harmed is None or row.gained is None or (too_noisy and not (row.harmed_told and row.gained_told)):
        return Shares(name, row.students, UNTOLD, UNTOLD)
    worse, better = _told(row.harmed, exact=row.harmed_told), _told(row.gained, exact=row.gained_told)
    worse, better = (worse[0], min(worse[1], 1.0 - better[0])), (better[0], min(better[1], 1.0 - worse[0]))
    if worse[1] + better[1] > 1.0 + 1e-9:  # whoever is not worse may be better: there is nothing to draw
        return Shares(name, row.students, UNTOLD, UNTOLD)
    single = single_trainings(world, row.group) if len(world.teacher.runs) > 1 else []
    trainings = tuple((each.harmed.value, each.gained.value) for each in single)
    return Shares(name, row.students, worse, better, floor=by_luck, trainings=trainings)


def _told(share: TaughtShare, *, exact: bool) -> tuple[float, float]:
    return (share.value, share.value) if exact else (share.low, share.high)


def single_trainings(world: World, group: str | None = None) -> list[Harm]:
    """What is estimated from each training of the teacher alone; empty where students lived once."""
    base, smallest = world.mastery.runs[0], world.table.smallest_difference
    names = np.array([str(name) for name in base.columns(STUDENTS)["group"]])
    differences = list[npt.NDArray[np.float64]]()
    for run in world.teacher.runs:
        if not (run.has(LIVES) and base.has(LIVES)):
            return []
        own, other = (each.arrays(LIVES)["outcome"].astype(np.float64) for each in (run, base))
        lives, students = min(len(own), len(other)), own.shape[1]
        here = np.ones(students, bool) if group is None else names[:students] == group
        differences.append((own[:lives, here] - other[:lives, :students][:, here])[None])
    seed = spawn_seed(0, "single trainings")
    answers = harms(differences, smallest, generators=[np.random.default_rng(seed) for _ in differences])
    return [said for said in answers if said is not None]


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
    everybody = [(tr(EVERYBODY), np.ones(n, bool))]
    groups = sorted(set(group.tolist()))
    some = everybody + [(group_words(g), group == g) for g in groups] * (len(groups) > 1)
    found: list[Shares] = []
    for name, here in some:
        worse, better = ((sign * difference[:, here] > smallest).mean(axis=1) for sign in (-1, 1))
        means = float(worse.mean()), float(better.mean())
        trainings = tuple(zip(worse.tolist(), better.tolist(), strict=True))
        exact = [(share, share) for share in means]
        found.append(Shares(name, int(here.sum()), exact[0], exact[1], trainings=trainings))
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
    chart = shares_chart(f"{key}-gains", tr("Who does worse, the same and better"), rows, mastery.name)
    captions = [
        tr("Under {teacher} against {other}, group by group. Worse and better: by more than {much}. A number is left "
            "out where its part is too narrow.", teacher=teacher.called, other=mastery.name, much=much)
    ]  # fmt: skip
    if any(row.open for row in rows):
        captions.append(tr("“Perhaps”: the lives do not tell more exactly (95 % intervals)."))
    if any(len(row.trainings) > 1 for row in rows):
        captions.append(
            tr("Below each bar, a pair of dots for every training: where its grey part begins and ends.")
        )  # fmt: skip
    if any(row.floor is not None for row in rows):
        captions.append(
            tr("The broken line is the floor: so many would stand at “worse” if nothing but luck differed.")
        )  # fmt: skip
    meaning = tag("p", _meaning(world, rows, in_expectation=in_expectation))
    return join(meaning, figure(" ".join(captions), chart), _numbers(rows))


def _meaning(world: World, rows: Sequence[Shares], *, in_expectation: bool) -> Markup:
    if in_expectation:
        said = [
            tr("What counts is what a pupil can expect, not how one run of luck went: each pupil was taught several "
                "times with other luck, and the luck was taken out.")
        ]  # fmt: skip
        if world.teacher.kind == "learnt":
            said.append(
                tr_many("All shares are those under this training; another training may harm more or fewer.",
                         "All shares are those under these {n} trainings; another training may harm more or fewer.",
                         len(world.teacher.runs))
            )  # fmt: skip
        return join(" ".join(said))
    floor = rows[0].floor
    luck = (
        tr("How many would stand at “worse” by luck alone, if both ways of teaching were equally good, was "
            "not measured here; it can be most of them.")
        if floor is None
        else tr("By luck alone {share} would stand at “worse”: only what is beyond that is due to the teacher.",
                 share=percent(floor))
    )  # fmt: skip
    once = tr(
        "Every pupil was taught once in each way, and a single result has much luck in it: lucky guesses, a skill that "
        "came at once. Who ends lower here may end higher the next time. Do not read the bars as harm done."
    )
    return join(tag("strong", f"{tr('In this one run of luck.')} "), f"{once} {luck}")


def _numbers(rows: Sequence[Shares]) -> Markup:
    floor = any(row.floor is not None for row in rows)
    head = [tr("Group"), tr("Pupils"), tr("Worse"), tr("About the same"), tr("Better")]
    head += [tr("Worse by luck alone")] if floor else []
    lines: list[list[Child]] = []
    for row in rows:
        shares = ["–" if row.untold else range_of(share) for share in (row.worse, row.same, row.better)]
        lines.append([name_of(capital(row.name)), str(row.pupils), *shares])
        if floor:
            lines[-1].append("–" if row.floor is None else percent(row.floor))
    table = html_table(tr("Who does worse, the same and better"), head, lines)
    return tag("details", tag("summary", tr("The same as numbers")), table)
