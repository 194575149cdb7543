"""From a pilot's results to how many seeds and students a verdict takes, and what that costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from zpdgym.errors import InputError, unknown

from ..comparison.rows import Difference, Interval
from ..comparison.taught import Taught
from ..runs.specification import TUNED
from ..statistics import ALPHA, Floats, critical, estimate
from ..store.runs import RUN
from .power import Design, Spread
from .reading import Scene, one_scene, read_results
from .rows import PlanRow, PlanTable, SpreadRow

__all__ = ["Wanted", "plan"]

DIFFERENT, BETTER = "different", "better"
GRID_SEEDS, GRID_STUDENTS = (3, 5, 10, 20), (100, 200, 500, 1000, 2000, 5000)
"""The sizes in the table of half-widths."""
PER_STUDENT = ("test", "last", "sampled", "unexpected")
"""Stages of a run that take as long as there are test students; the others do not depend on them."""
FEWEST_DIFFERENT = 10
"""Of fewer students who end otherwise than the rest nobody knows how far students differ."""
SAME = 1e-9
WIDER = 1.02
"""So many times as wide is more than what the simulation leaves open."""
CAUTION = 0.6
"""The upper end of an interval of this level is above the truth four times in five (Browne 1995, Statistics in
Medicine): who plans with it reaches the power that often, whatever luck the pilot had."""
MINUTE, HOUR = 60.0, 3600.0


@dataclass(frozen=True)
class Wanted:
    """What is to be told, and how surely.

    Attributes:
        difference: the true difference.
        power: the chance of the verdict, where that difference is true.
        verdict: ``different``: the interval is without 0; ``better``: it lies above the smallest difference.
        baseline: the policy that all are set beside.
        policies: only these; none: all that do not look inside students.
        verdicts: for how many verdicts intervals are corrected; None: as many as in the pilot's table.
        seed: of the simulated experiments.
    """

    difference: float
    power: float = 0.8
    verdict: str = DIFFERENT
    baseline: str = TUNED
    policies: tuple[str, ...] = ()
    verdicts: int | None = None
    seed: int = 0


def plan(folder: str | Path, wanted: Wanted, *, scenario: str | None = None) -> list[PlanTable]:
    """How many seeds and students it takes, scenario by scenario.

    Args:
        folder: results of a finished comparison: the pilot.
        wanted: what is to be told.
        scenario: only that of this label; None: all.

    Raises:
        InputError: no finished comparison, no such scenario or policy, or a verdict that no experiment can promise.
    """
    scenes = read_results(folder)
    chosen = scenes if scenario is None else [one_scene(scenes, scenario)]
    return [_table(scene, wanted) for scene in chosen]


def _table(scene: Scene, wanted: Wanted) -> PlanTable:
    smallest, base = scene.about.smallest_difference, _policy(scene, wanted.baseline)
    if wanted.verdict == BETTER and wanted.difference <= smallest:
        raise InputError(
            f"difference={wanted.difference:g} must be above {smallest:g}, the smallest difference of {scene.label}: "
            "nobody is better by less"
        )
    names = [_policy(scene, name).policy for name in wanted.policies] or [
        name for name, taught in scene.taught.items() if taught.kind != "privileged" and name != base.policy
    ]
    verdicts = wanted.verdicts or max(scene.chosen.verdicts, 1)
    design = Design(
        wanted.difference,
        beyond=smallest if wanted.verdict == BETTER else 0.0,
        verdicts=verdicts,
        generator=np.random.default_rng(wanted.seed),
    )
    spreads, grid, sizes, says = list[SpreadRow](), list[PlanRow](), list[PlanRow](), list[str]()
    for name in names:
        taught = scene.taught[name]
        if name == base.policy:
            raise InputError(f"policies: {name} is the baseline; a difference is between two policies")
        if untold := _luck_untold(taught, base):
            says.append(f"{name}: no plan: {untold}.")
            continue
        sized = _Sized(taught, base, design, wanted.power, verdicts)
        spreads.append(sized.row())
        grid += sized.grid()
        sizes += sized.sizes()
        says += sized.says()
    return PlanTable(
        scenario=scene.label,
        baseline=base.policy,
        wanted=wanted.verdict,
        difference=wanted.difference,
        smallest_difference=smallest,
        power=wanted.power,
        verdicts=verdicts,
        spreads=tuple(spreads),
        grid=tuple(grid),
        sizes=tuple(sizes),
        says=tuple(says),
    )


def _luck_untold(taught: Taught, base: Taught) -> str | None:
    """Why the pilot says nothing of the luck in a difference; None: it does."""
    alone = [one.policy for one in (taught, base) if one.trained and len(one.runs) < 2]
    if alone:
        return f"{alone[0]} was trained with one seed, which tells nothing of their luck"
    own, other = _paired(taught.outcome, base.outcome)
    differences = own - other
    n, most = differences.shape[1], np.median(differences)
    differ = int((np.abs(differences - most) > SAME).any(axis=0).sum())
    if differ >= FEWEST_DIFFERENT:
        return None
    if differ:
        alike = f"in the pilot only {differ} of {n:,} students ended otherwise"
    else:
        alike = f"in the pilot all {n:,} students ended alike" if n > 1 else "the pilot has one student"
    much = f"{most:+.3f} apart" if abs(most) > SAME else "nothing apart"
    return f"{alike} ({much}) under {taught.policy} and {base.policy}, which tells nothing of the luck in a difference"


def _paired(own: Floats, other: Floats) -> tuple[Floats, Floats]:
    """The students and the seeds that both have."""
    if len({len(own), len(other)} - {1}) > 1:  # seeds that are not in both cannot be paired
        common = min(len(own), len(other))
        own, other = own[:common], other[:common]
    n = min(own.shape[1], other.shape[1])
    return own[:, :n], other[:, :n]


def _policy(scene: Scene, name: str) -> Taught:
    name = {"best_untrained": scene.chosen.best_untrained, "best_learner": scene.chosen.best_learner}.get(name) or name
    if name not in scene.taught:
        raise unknown("policy", name, scene.taught)
    return scene.taught[name]


class _Sized:
    """One policy against the baseline: the pilot's luck, and experiments of all sizes."""

    def __init__(self, taught: Taught, base: Taught, design: Design, power: float, verdicts: int) -> None:
        self.taught, self.base, self.design, self.power = taught, base, design, power
        self.level = 1.0 - ALPHA / verdicts
        self.own, self.other = _paired(taught.outcome, base.outcome)
        self.n = self.own.shape[1]
        self.spread = Spread.of(self.own, self.other)
        self.found = design.enough(self.spread, power)

    def row(self) -> SpreadRow:
        """What the pilot says of luck."""
        spread = self.spread
        seen = estimate(self.own, self.other, generator=np.random.default_rng(0))
        low, high = spread.trainings_between() if spread.trains else (0.0, 0.0)
        return SpreadRow(
            policy=self.taught.policy,
            seeds=spread.seeds,
            students=self.n,
            difference=Difference(seen.value, *seen.interval(), seen.p, None, *seen.interval(self.level)),
            between_seeds=Interval(*(math.sqrt(variance) for variance in (spread.trainings, low, high))),
            between_students=math.sqrt(spread.students),
            lessons=math.sqrt(spread.lessons),
        )

    def grid(self) -> list[PlanRow]:
        """All sizes of the table."""
        seeds = GRID_SEEDS if self.spread.trains else (1,)
        return [self._row(s, n) for s in seeds for n in GRID_STUDENTS]

    def sizes(self) -> list[PlanRow]:
        """The sizes that are just enough."""
        return [self._row(seeds, students, smallest=True) for seeds, students in self.found]

    def _row(self, seeds: int, students: int, *, smallest: bool = False) -> PlanRow:
        told = self.design.told(self.spread, seeds, students)
        return PlanRow(
            policy=self.taught.policy,
            seeds=seeds,
            students=students,
            half_width=told.half_width,
            power=told.power,
            seconds=self.seconds(seeds, students),
            enough=told.power >= self.power,
            smallest=smallest,
        )

    def seconds(self, seeds: int, students: int) -> float:
        """What the runs of both policies take, by the seconds of the pilot's runs."""
        total = 0.0
        for taught in (self.taught, self.base):
            fixed, each = _costs(taught)
            total += (seeds if taught.trained else 1) * (fixed + each * students)
        return total

    def says(self) -> list[str]:
        """The plan in sentences, and what the pilot leaves open."""
        name, spread = self.taught.policy, self.spread
        if not self.found:
            return [f"{name}: no size that was tried (up to 50 seeds and 100,000 students) is enough."]
        costs = {size: self.seconds(*size) for size in self.found}
        best = min(self.found, key=lambda size: costs[size])
        others = [f"{_size(*size)} ({duration(costs[size])})" for size in self.found if size != best]
        told = f"{name}: {_size(*best)} ({duration(costs[best])})"
        lines = [f"{told}{f'; or {_few(others)}' if others else ''}."]
        if not spread.trains:
            return lines
        lines += self._wider()
        low, high = (math.sqrt(variance) for variance in spread.trainings_between())
        cautious = spread.but(spread.trainings_between(CAUTION)[1])
        power = self.design.told(cautious, *best).power
        needed = self.design.enough(cautious, self.power)
        cheapest = min(needed, key=lambda size: self.seconds(*size), default=None)
        takes = f"it takes {_size(*cheapest)} then" if cheapest else "no size that was tried is enough then"
        lines.append(
            f"{name}: {spread.seeds} seeds of the pilot leave open how far trainings differ: standard deviation "
            f"{math.sqrt(spread.trainings):.3f} [{low:.3f}, {high:.3f}]. Cautiously, with "
            f"{math.sqrt(cautious.trainings):.3f}, {_size(*best)} have a power of {power:.2f}; {takes}."
        )
        return lines

    def _wider(self) -> list[str]:
        """Says why, where more students make the interval of few seeds wider."""
        for seeds in GRID_SEEDS:
            widths = [self.design.told(self.spread, seeds, n).half_width for n in GRID_STUDENTS]
            least = min(range(len(widths)), key=lambda i: widths[i])
            if max(widths[least:]) > WIDER * widths[least]:
                t = critical(1.0 - self.level, seeds - 1)
                return [
                    f"{self.taught.policy}: with {seeds} seeds more students make the interval wider, from ±"
                    f"{widths[least]:.3f} ({GRID_STUDENTS[least]:,} students) to ±{max(widths[least:]):.3f}: with few "
                    "students the luck of lessons hides how far trainings differ, with many it shows, and with "
                    f"{seeds} seeds the interval reaches {t:.0f} standard errors. More seeds help, not students."
                ]
        return []


def _size(seeds: int, students: int) -> str:
    return f"{students:,} students" if seeds == 1 else f"{seeds} seeds and {students:,} students"


def _few(parts: Sequence[str]) -> str:
    """The first and the last, where there are many."""
    return ", ".join(parts if len(parts) <= 3 else [parts[0], parts[len(parts) // 2], parts[-1]])


def duration(seconds: float) -> str:
    """A time in the unit that fits."""
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < HOUR else f"{seconds / HOUR:.1f} h"


def _costs(taught: Taught) -> tuple[float, float]:
    """Seconds of a run that do not depend on the number of test students, and seconds for each of them."""
    fixed, each = 0.0, 0.0
    for run in taught.runs:
        seconds: Mapping[str, float] = run.json(RUN)["seconds"]
        of_students = sum(seconds.get(stage, 0.0) for stage in PER_STUDENT)
        each += of_students / taught.n
        fixed += sum(seconds.values()) - of_students
    return fixed / len(taught.runs), each / len(taught.runs)
