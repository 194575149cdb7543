"""Does a difference hold in other cohorts, and in worlds with other parameters?

Each world has students of its own, so worlds are independent, and their differences are a sample of what such worlds
show. The interval of the mean is Student's t over worlds: what is uncertain within each is in their spread already.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from zpdgym.errors import InputError

from ..comparison.judging import judged
from ..comparison.rows import Difference, Interval, Level
from ..statistics import ALPHA, Estimate, critical
from .cells import FEWEST_WORLDS, OTHER_PEOPLE, Cell, Grid, PairedCells, Sample, named, short
from .contrasts import Contrast, understood
from .rows import WorldRow, WorldsRow, WorldsTable

__all__ = ["worlds"]


def worlds(
    cells: Sequence[Cell],
    asked: Sequence[object],
    *,
    smallest: float,
    over: str | None = None,
    together: int | None = None,
) -> WorldsTable:
    """Whether differences hold in all cohorts, or in all draws of the students' parameters.

    Args:
        cells: of the grid; the mean is taken over axes that are neither worlds nor behind ``by``.
        asked: each as ``Contrast.of`` reads it: ``ppo_scorer - mastery_tuned by schedule``.
        smallest: the smallest difference worth having.
        over: the axis whose values are the worlds; None: the one that is called cohort or draw.
        together: for how many verdicts the means are corrected, such as those of the contrasts that they stand in, too;
            None: for those of the means.

    Raises:
        InputError: no such axis or policy, fewer than two worlds, or a policy that is not there everywhere.
    """
    grid = Grid(cells)
    axis = _axis(grid, over)
    if len(grid.axes[axis]) < 2:
        raise InputError(f"worlds: axis {axis} has one value; two worlds are the fewest that can be compared")
    _must_train_anew(cells, axis)
    found = list[_Worlds]()
    known = [name for cell in cells for name in (*cell.outcomes, *cell.roles)]
    for n, (contrast, by) in enumerate(understood(asked, grid.axes, known, key="worlds")):
        if axis in by:
            raise InputError(f"worlds[{n}]: {axis} is the axis of the worlds; it cannot stand behind 'by'")
        pair = grid.pair(contrast.policy, contrast.minus)
        for values in itertools.product(*(grid.axes[name] for name in by)):
            found.append(_looked_at(grid, pair, contrast, axis, dict(zip(by, values, strict=True))))
    return _table(found, axis, smallest, together)


def _axis(grid: Grid, over: str | None) -> str:
    if over is not None:
        return grid.axis(over, "worlds")
    there = [axis for axis in grid.axes if short(axis) in OTHER_PEOPLE and len(grid.axes[axis]) > 1]
    if len(there) != 1:
        said = f"the axes {' and '.join(there)} both are" if there else "no axis is called cohort or draw"
        raise InputError(f"worlds: {said}: say over which axis ({', '.join(grid.axes) or 'there is none'})")
    return there[0]


def _must_train_anew(cells: Sequence[Cell], axis: str) -> None:
    """Refuse worlds that share teachers: their differences share the luck of those trainings, and no sample is left."""
    where = dict[str, Level]()
    for cell in cells:
        if cell.teachers and where.setdefault(cell.teachers, cell.axes[axis]) != cell.axes[axis]:
            raise InputError(
                f"worlds: {axis}={where[cell.teachers]} and {cell.axes[axis]} share their trained teachers: "
                "train anew in each (without train_on), so that worlds are independent"
            )


@dataclass(frozen=True)
class _Worlds:
    contrast: Contrast
    axes: Mapping[str, Level]
    estimates: Mapping[Level, Estimate]
    few: bool

    @property
    def mean(self) -> Estimate:
        """The mean over worlds: a sum of independent parts whose error is the spread of the parts."""
        return Sample("", tuple(found.value for found in self.estimates.values())).mean


def _looked_at(grid: Grid, pair: PairedCells, contrast: Contrast, axis: str, fixed: Mapping[str, Level]) -> _Worlds:
    estimates, few = dict[Level, Estimate](), False
    for world in grid.axes[axis]:
        wanted = {**fixed, axis: world}
        places = list(itertools.product(*((wanted[a],) if a in wanted else grid.axes[a] for a in grid.axes)))
        for place in places:
            if place not in pair.index:
                where = named(dict(zip(grid.axes, place, strict=True)))
                raise InputError(f"worlds: {contrast.policy} - {contrast.minus} is not there in {where}")
        here = [pair.index[place] for place in places]
        estimates[world] = pair.estimate(dict.fromkeys(here, 1.0 / len(here)))
        few = few or any(pair.few[c] for c in here)
    return _Worlds(contrast, fixed, estimates, few)


def _table(found: Sequence[_Worlds], axis: str, smallest: float, family: int | None) -> WorldsTable:
    enough = {str(n): one.mean for n, one in enumerate(found) if len(one.estimates) >= FEWEST_WORLDS}
    told = judged(enough, smallest, together=family)
    together, single = list[WorldsRow](), list[WorldRow]()
    for n, one in enumerate(found):
        mean, said = one.mean, told.get(str(n))
        corrected = (said.p, said.low, said.high) if said else ()
        rows = _rows(one, smallest)
        single += rows
        spread = np.array([estimate.value for estimate in one.estimates.values()])
        within = float(np.mean([e.seed_variance + e.student_variance for e in one.estimates.values()]))
        variance, count = float(spread.var(ddof=1)), len(spread)
        reach = critical(ALPHA, count - 1) * math.sqrt(variance * (1 + 1 / count))
        further = Interval(mean.value, mean.value - reach, mean.value + reach)
        same = float(np.mean(np.sign(spread) == np.sign(mean.value)))
        sure = [_sure(row.difference) * (1 if mean.value >= 0 else -1) for row in rows]
        row = WorldsRow(
            contrast=one.contrast.text,
            axes=dict(one.axes) or None,
            over=axis,
            worlds=count,
            mean=Difference(mean.value, *mean.interval(), mean.p if said else None, *corrected),
            verdict=said and said.verdict,
            between=math.sqrt(max(variance - within, 0.0)),
            within=math.sqrt(within),
            same_sign=same,
            certain_same=sure.count(1),
            certain_other=sure.count(-1),
            further=further,
            says=_says(mean, said and said.verdict, count, same, sure.count(-1), further),
        )
        together.append(row)
    return WorldsTable(
        smallest_difference=smallest, verdicts=family or len(told), together=tuple(together), worlds=tuple(single)
    )


def _rows(one: _Worlds, smallest: float) -> list[WorldRow]:
    """Each world for itself, corrected for all of them."""
    told = {} if one.few else judged({str(world): e for world, e in one.estimates.items()}, smallest)
    rows = list[WorldRow]()
    for world, estimate in one.estimates.items():
        said = told.get(str(world))
        corrected = (said.p, said.low, said.high) if said else ()
        p = estimate.p if said else None
        rows.append(
            WorldRow(
                contrast=one.contrast.text,
                axes=dict(one.axes) or None,
                world=world,
                difference=Difference(estimate.value, *estimate.interval(), p, *corrected),
                verdict=said and said.verdict,
            )
        )
    return rows


def _sure(difference: Difference) -> int:
    """The sign of a difference where its corrected interval has one, else 0."""
    low, high = difference.low_corrected, difference.high_corrected
    return 0 if low is None or high is None else int(low > 0) - int(high < 0)


def _says(mean: Estimate, verdict: str | None, count: int, same: float, others: int, further: Interval) -> str:
    """What all worlds say together, in a sentence or two."""
    low, high = mean.interval()
    sign = "above" if mean.value > 0 else "below"
    told = f"Mean over {count} worlds {mean.value:+.3f} [{low:+.3f}, {high:+.3f}]"
    told += f": {verdict}. " if verdict else f": no verdict from {count} worlds; {FEWEST_WORLDS} are the fewest. "
    told += f"It is {sign} 0 in {round(same * count)} of {count}"
    told += f", and for certain on the other side in {others}. " if others else ". "
    ends = f"[{further.low:+.3f}, {further.high:+.3f}]"
    if further.low > 0 or further.high < 0:
        return f"{told}A further world is to be expected on the same side: {ends}."
    return f"{told}A further world may be on either side: {ends}."
