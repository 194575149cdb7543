"""The rows of what a grid answers: what stands in its JSON and CSV files, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..comparison.rows import Difference, Interval, Level
from ..store.columns import Part, column

OUTCOME, SHARE, RUNS, STUDENTS, SECONDS, WORLDS = "outcome", "share", "runs", "students", "seconds", "worlds"
DIFFERENCE, CHANGE, INTERACTION = "difference", "change", "interaction"
"""What a row of a contrast may be."""


@dataclass(frozen=True)
class Between(Part):
    """A place on an axis with the interval that holds it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class ContrastRow:
    """One number of a contrast: a difference somewhere, how it changes along an axis, or how two axes interact."""

    contrast: str = column("as it was asked for")
    kind: str = column("`difference` (of two policies), `change` (of that, along an axis), `interaction` (of two axes)")
    policy: str = column("the policy")
    minus: str = column("the one that is subtracted")
    axes: Mapping[str, Level] | None = column(
        "axis: its value here; the mean is taken over axes that are not named", default=None
    )
    against: str | None = column("of a change and an interaction: the values that it is set against", default=None)
    cells: int = column("over how many cells of the grid the number goes", "cells")
    difference: Difference = column(
        "the number, corrected for all rows of all contrasts together; of a change: by how much the difference is "
        "higher than at `against`; of an interaction: by how much one axis' change is higher than there",
        OUTCOME,
    )
    verdict: str | None = column(
        "what may be said of it; null: trained with too few seeds, or fewer than three worlds", always=True
    )
    over: str | None = column(
        "the axis of worlds that the mean is taken over: the interval is Student's t over them", default=None
    )
    worlds: int | None = column("how many", WORLDS, default=None)


@dataclass(frozen=True, kw_only=True)
class ContrastTable:
    """`contrasts.json`."""

    smallest_difference: float = column("the smallest difference worth having", OUTCOME)
    verdicts: int = column("how many rows have a verdict, for all of which each is corrected", "rows")
    rows: tuple[ContrastRow, ...] = column("= contrasts.csv")
    notes: tuple[str, ...] = column("what was left out, and why")


@dataclass(frozen=True, kw_only=True)
class PointRow:
    """The difference at one value of the axis."""

    axis: str = column("the axis")
    at: float = column("its value")
    difference: Difference = column("paired difference, corrected for all values together", OUTCOME)
    verdict: str | None = column("what may be said of it; null: trained with too few seeds", always=True)


@dataclass(frozen=True, kw_only=True)
class CrossingRow:
    """A place where one policy takes the lead from the other."""

    axis: str = column("the axis")
    crossing: Between = column("where the difference is 0, by straight lines between the values that were tried")
    surely_after: float = column("the last value before it at which the sign is certain")
    surely_before: float = column("the first value behind it at which the sign is certain")
    leads_before: str = column("who is ahead before it")
    leads_behind: str = column("who is ahead behind it")


@dataclass(frozen=True, kw_only=True)
class VerdictRow:
    """A stretch of the axis on which one verdict holds."""

    axis: str = column("the axis")
    low: float = column("where it begins")
    high: float = column("where it ends")
    verdict: str = column("what may be said of the difference there")


@dataclass(frozen=True, kw_only=True)
class CrossingTable:
    """`sensitivity.json`."""

    contrast: str = column("the difference")
    axis: str = column("the axis")
    scale: str = column("`log` or `linear`: on which straight lines are drawn between the values")
    smallest_difference: float = column("the smallest difference worth having", OUTCOME)
    answer: str = column("none, one, at least one, several or cannot tell")
    says: str = column("the same in a sentence")
    points: tuple[PointRow, ...] = column("the difference at every value that was tried")
    over: str | None = column(
        "the axis of worlds that means are taken over: intervals are Student's t over them", default=None
    )
    worlds: int | None = column("how many", WORLDS, default=None)
    crossings: tuple[CrossingRow, ...] = column("where the lead changes for certain")
    verdicts: tuple[VerdictRow, ...] = column("which verdict holds where; empty with too few seeds")


@dataclass(frozen=True, kw_only=True)
class WorldRow:
    """The difference in one cohort, or one draw of the students' parameters."""

    contrast: str = column("the difference")
    axes: Mapping[str, Level] | None = column("axis: its value here", default=None)
    world: Level = column("which cohort or draw")
    difference: Difference = column("paired difference, corrected for all worlds together", OUTCOME)
    verdict: str | None = column("what may be said of it; null: trained with too few seeds", always=True)


@dataclass(frozen=True, kw_only=True)
class WorldsRow:
    """What all worlds say together."""

    contrast: str = column("the difference")
    axes: Mapping[str, Level] | None = column("axis: its value here", default=None)
    over: str = column("the axis whose values are the worlds")
    worlds: int = column("how many", WORLDS)
    mean: Difference = column("mean over worlds, which are themselves drawn by lot (t over worlds)", OUTCOME)
    verdict: str | None = column("what may be said of the mean; null: fewer than three worlds", always=True)
    between: float = column("standard deviation between worlds, without what is uncertain within each", OUTCOME)
    within: float = column("standard error within a world, root mean square", OUTCOME)
    same_sign: float = column("worlds in which the difference has the sign of the mean", SHARE)
    certain_same: int = column("worlds in which it has that sign for certain", WORLDS)
    certain_other: int = column("worlds in which it has the other sign for certain", WORLDS)
    further: Interval = column("what a further world would show, measured as these were (95 %)", OUTCOME)
    says: str = column("the same in a sentence")


@dataclass(frozen=True, kw_only=True)
class WorldsTable:
    """`worlds.json`."""

    smallest_difference: float = column("the smallest difference worth having", OUTCOME)
    verdicts: int = column(
        "for how many verdicts each mean is corrected: in a comparison, for those of contrasts", "rows"
    )
    together: tuple[WorldsRow, ...] = column("all worlds together")
    worlds: tuple[WorldRow, ...] = column("each for itself")


@dataclass(frozen=True, kw_only=True)
class SpreadRow:
    """What a pilot says of the luck in one paired difference."""

    policy: str = column("the policy")
    seeds: int = column("of the pilot; 1: it does not train", RUNS)
    students: int = column("of the pilot", STUDENTS)
    difference: Difference = column("what the pilot found", OUTCOME)
    between_seeds: Interval = column("standard deviation between trainings, with its interval (chi-square)", OUTCOME)
    between_students: float = column("standard deviation of the difference between students", OUTCOME)
    lessons: float = column("standard deviation of one student's difference by the luck of lessons", OUTCOME)


@dataclass(frozen=True, kw_only=True)
class PlanRow:
    """One size of an experiment."""

    policy: str = column("the policy")
    seeds: int = column("training seeds", RUNS)
    students: int = column("test students", STUDENTS)
    half_width: float = column("how far the corrected interval reaches below the difference, in the middle", OUTCOME)
    power: float = column("chance of the verdict", "probability")
    seconds: float = column("computing time, by the pilot's", SECONDS)
    enough: bool = column("whether the power is what was asked for")
    smallest: bool = column("whether it is the smallest number of students with so many seeds", default=False)


@dataclass(frozen=True, kw_only=True)
class PlanTable:
    """What `zpdgym plan` says of one scenario."""

    scenario: str = column("the scenario's label")
    baseline: str = column("the policy that all are set beside")
    wanted: str = column("the verdict that is wanted: `different` or `better`")
    difference: float = column("the true difference that it is wanted for", OUTCOME)
    smallest_difference: float = column("the smallest difference worth having", OUTCOME)
    power: float = column("the chance that is wanted", "probability")
    verdicts: int = column("for how many verdicts intervals are corrected")
    spreads: tuple[SpreadRow, ...] = column("what the pilot says of luck")
    grid: tuple[PlanRow, ...] = column("seeds by students")
    sizes: tuple[PlanRow, ...] = column("the fewest students that are enough, for several numbers of seeds")
    says: tuple[str, ...] = column("the same in sentences")
