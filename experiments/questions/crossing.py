"""Where along an axis of numbers the better of two policies changes, and where the verdict on them does.

The differences at the values that were tried have simultaneous intervals. Straight lines between their ends make a
band, which holds the whole curve of true differences, with the chance of 95 % with which it does so at the values, if
that curve is straight between them on the axis' scale. Wherever the band holds 0 a crossing may lie; where it does not,
the sign is certain. A change of certain signs needs no straight lines: somewhere between them the curve goes through 0.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from zpdgym.errors import InputError, Violations, shown

from ..comparison.judging import judged
from ..comparison.rows import Difference, Level
from ..statistics import Estimate, Floats, verdict
from .cells import FEWEST_WORLDS, Cell, Grid, Sample, must_be_difference
from .rows import Between, CrossingRow, CrossingTable, PointRow, VerdictRow

__all__ = ["crossing"]

NONE, ONE, AT_LEAST_ONE, SEVERAL, UNKNOWN = "none", "one", "at least one", "several", "cannot tell"
"""All answers."""
LOG, LINEAR = "log", "linear"
LOG_FROM = 10.0
"""A range of positive numbers whose end is so many times its beginning is looked at on a logarithmic scale."""


def scale_of(low: float, high: float) -> str:
    """``log`` for positive numbers over a factor of ten or more, else ``linear``."""
    return LOG if low > 0 and high / low >= LOG_FROM * (1 - 1e-12) else LINEAR


def points(low: float, high: float, n: int = 7, *, scale: str | None = None) -> list[float]:
    """Values of an axis to try between two ends, equally far apart on its scale.

    Args:
        low: the first.
        high: the last.
        n: how many.
        scale: ``log`` or ``linear``; None: ``log`` for positive numbers over a factor of ten or more.

    Raises:
        InputError: there is nothing between the ends, or no logarithm of one.
    """
    wrong = Violations("sensitivity")
    wrong.unless(low < high and math.isfinite(high - low), f"[{low:g}, {high:g}] must be a smaller and a larger number")
    wrong.unless(n >= 2, f"n={n} must be 2 or more: it counts the ends too")
    wrong.unless(scale in (None, LOG, LINEAR), f"scale={shown(scale)} must be log or linear")
    wrong.unless(scale != LOG or low > 0, f"scale=log needs numbers above 0, not {low:g}")
    wrong.raise_any()
    spaced = np.geomspace if (scale or scale_of(low, high)) == LOG else np.linspace
    inner = [float(f"{value:.6g}") for value in spaced(low, high, n)[1:-1].tolist()]
    return [float(low), *inner, float(high)]


def crossing(
    cells: Sequence[Cell], asked: object, axis: str, *, smallest: float, scale: str | None = None
) -> CrossingTable:
    """Where along an axis the lead changes from one policy to the other.

    Args:
        cells: of the grid; the mean is taken over its other axes.
        asked: the difference, such as ``recall_threshold - mastery_tuned``.
        axis: its name, or its end; its values must be numbers.
        smallest: the smallest difference worth having.
        scale: ``log`` or ``linear``; None: as ``points``.

    Raises:
        InputError: there is no such policy or axis, a policy is not there everywhere, or the axis has no two numbers.
    """
    policy, minus, by = must_be_difference(asked, "sensitivity")
    if by:
        raise InputError(f"sensitivity={shown(asked)}: a difference without 'by'; the axis is {axis}")
    grid = Grid(cells)
    for name in (policy, minus):
        grid.must_know(name, "sensitivity")
    axis = grid.axis(axis, "sensitivity")
    at = _numbers(axis, grid.axes[axis], scale)
    scale = scale or scale_of(at[0], at[-1])
    pair = grid.pair(policy, minus)
    position = list(grid.axes).index(axis)
    estimates, few, over = list[Estimate](), False, None
    for value in at:
        here = [cell for place, cell in pair.index.items() if float(place[position]) == value]
        wanted = sum(float(cell.axes[axis]) == value for cell in cells)
        if len(here) < wanted:
            raise InputError(f"sensitivity: {policy} - {minus} is not there in every cell with {axis}={value:g}")
        weights = dict.fromkeys(here, 1.0 / len(here))
        estimates.append(pair.estimate(weights))
        few = few or pair.too_few(weights)
        over = pair.over(weights)
    table = _Curve(axis, at, estimates, scale, smallest, policy, minus, over)
    return table.table(f"{policy} - {minus}", few)


def _numbers(axis: str, values: Sequence[Level], scale: str | None) -> list[float]:
    numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v)]
    wrong = Violations("sensitivity")
    wrong.unless(
        len(numbers) == len(values) >= 2,
        f"axis {axis} has the values {shown(list(values))}: it must have two numbers or more, and nothing else",
    )
    wrong.unless(scale in (None, LOG, LINEAR), f"scale={shown(scale)} must be log or linear")
    if scale == LOG and numbers:
        wrong.unless(min(numbers) > 0, f"scale=log needs numbers above 0, and axis {axis} has {min(numbers):g}")
    wrong.raise_any()
    return sorted(numbers)


@dataclass(frozen=True)
class _Curve:
    """The differences along an axis, with their simultaneous intervals."""

    axis: str
    at: Sequence[float]
    estimates: Sequence[Estimate]
    scale: str
    smallest: float
    policy: str
    minus: str
    over: Sample | None

    def table(self, contrast: str, few: bool) -> CrossingTable:
        told = judged({str(n): found for n, found in enumerate(self.estimates)}, self.smallest)
        judgements = [told[str(n)] for n in range(len(self.at))]
        rows = list[PointRow]()
        for at, found, said in zip(self.at, self.estimates, judgements, strict=True):
            corrected = () if few else (said.p, said.low, said.high)
            p = None if few else found.p
            difference = Difference(found.value, *found.interval(), p, *corrected)
            rows.append(PointRow(axis=self.axis, at=at, difference=difference, verdict=None if few else said.verdict))
        low, high = (np.array([getattr(said, end) for said in judgements]) for end in ("low", "high"))
        # who was trained too seldom has no certain sign anywhere
        signs = [0] * len(self.at) if few else [int(a > 0) - int(b < 0) for a, b in zip(low, high, strict=True)]
        crossings = [self._crossing(i, j, low, high) for i, j in _changes(signs)]
        answer = _answer(signs, len(crossings))
        return CrossingTable(
            contrast=contrast,
            axis=self.axis,
            scale=self.scale,
            smallest_difference=self.smallest,
            answer=answer,
            says=self._few() if few else self._says(answer, signs, crossings),
            points=tuple(rows),
            over=self.over and self.over.axis,
            worlds=self.over and len(self.over.values),
            crossings=tuple(crossings),
            verdicts=() if few else tuple(self._verdicts(low, high)),
        )

    def _place(self, value: float) -> float:
        return math.log(value) if self.scale == LOG else value

    def _value(self, place: float) -> float:
        return math.exp(place) if self.scale == LOG else place

    def _crossing(self, i: int, j: int, low: Floats, high: Floats) -> CrossingRow:
        """Between two neighbouring certain signs, i and j, that differ: where the band holds 0."""
        upwards = low[j] > 0
        rises, falls = (high, low) if upwards else (low, high)
        # the end of the band that leaves the sure sign first, and the one that reaches the other sure sign last
        first = self._root(i, j, rises, last=False)
        last = self._root(i, j, falls, last=True)
        middle = np.array([found.value for found in self.estimates])
        value = self._root(i, j, middle, last=False)
        leads = (self.minus, self.policy) if upwards else (self.policy, self.minus)
        return CrossingRow(
            axis=self.axis,
            crossing=Between(value, first, last),
            surely_after=self.at[i],
            surely_before=self.at[j],
            leads_before=leads[0],
            leads_behind=leads[1],
        )

    def _root(self, i: int, j: int, heights: Floats, *, last: bool) -> float:
        """The first or last zero of a chain of straight lines between the values i and j."""
        steps = range(j - 1, i - 1, -1) if last else range(i, j)
        for n in steps:
            a, b = float(heights[n]), float(heights[n + 1])
            if a != b and min(a, b) <= 0.0 <= max(a, b):
                start, end = self._place(self.at[n]), self._place(self.at[n + 1])
                return self._value(start + (end - start) * a / (a - b))
        raise AssertionError("the signs at both ends differ, so there is a zero between them")

    def _verdicts(self, low: Floats, high: Floats) -> list[VerdictRow]:
        """Neighbouring stretches of the axis with different verdicts, by the band."""
        found = list[VerdictRow]()
        for n in range(len(self.at) - 1):
            shares = {0.0, 1.0}
            for ends, level in itertools.product((low, high), (-self.smallest, 0.0, self.smallest)):
                a, b = float(ends[n]) - level, float(ends[n + 1]) - level
                if a * b < 0:
                    shares.add(a / (a - b))
            start, end = self._place(self.at[n]), self._place(self.at[n + 1])
            for one, two in itertools.pairwise(sorted(shares)):
                middle = (one + two) / 2
                below, above = (float(ends[n] + middle * (ends[n + 1] - ends[n])) for ends in (low, high))
                word = verdict(below, above, self.smallest)
                begins, stops = (self._value(start + (end - start) * share) for share in (one, two))
                begins = self.at[n] if one == 0.0 else begins
                stops = self.at[n + 1] if two == 1.0 else stops
                if found and found[-1].verdict == word:
                    begins = found.pop().low
                found.append(VerdictRow(axis=self.axis, low=begins, high=stops, verdict=word))
        return found

    def _few(self) -> str:
        if self.over and len(self.over.values) < FEWEST_WORLDS:
            worlds = f"{len(self.over.values)} worlds ({self.over.axis})"
            return f"Cannot tell: a mean over {worlds} has no verdict; {FEWEST_WORLDS} are the fewest."
        return f"Cannot tell: {self.policy} or {self.minus} was trained with too few seeds for a verdict."

    def _says(self, answer: str, signs: Sequence[int], crossings: Sequence[CrossingRow]) -> str:
        """The answer in a sentence or two."""
        name, ends = self.axis, f"from {self.at[0]:.4g} to {self.at[-1]:.4g}"
        if answer == NONE:
            return f"None: {self._leader(signs[0])} is ahead at all values of {name} that were tried, {ends}."
        open_ = self._stretches(signs, lambda sign: sign == 0, outside=crossings)
        unsure = f" It cannot be told who is ahead at {name} {_listed(open_)}." if open_ else ""
        if answer == UNKNOWN:
            sure = [
                f"{self._leader(sign)} is ahead at {name} {_listed(stretches)}"
                for sign in (1, -1)
                if (stretches := self._stretches(signs, lambda s, sign=sign: s == sign))
            ]
            if not sure:
                return f"Cannot tell: nowhere {ends} of {name} is it certain who is ahead."
            return f"Cannot tell whether there is a crossing: {'; '.join(sure)} for certain.{unsure}"
        told = [
            f"{row.leads_before} before and {row.leads_behind} behind {name} = {row.crossing.value:.4g} "
            f"[{row.crossing.low:.4g}, {row.crossing.high:.4g}]"
            for row in crossings
        ]
        heads = {
            ONE: "One crossing",
            AT_LEAST_ONE: "At least one crossing",
            SEVERAL: f"Several crossings, at least {len(crossings)}",
        }
        return f"{heads[answer]}; ahead {'is' if len(told) == 1 else 'are'} {'; '.join(told)}.{unsure}"

    def _leader(self, sign: int) -> str:
        return self.policy if sign > 0 else self.minus

    def _stretches(
        self, signs: Sequence[int], wanted: Callable[[int], bool], outside: Sequence[CrossingRow] = ()
    ) -> list[str]:
        """Values at which the sign is wanted, neighbours as one stretch; not those inside a certain crossing."""
        found = list[str]()
        groups = itertools.groupby(range(len(signs)), key=lambda n: wanted(signs[n]))
        for fits, group in groups:
            places = [self.at[n] for n in group]
            inside = any(row.surely_after < places[0] and places[-1] < row.surely_before for row in outside)
            if fits and not inside:
                alone = len(places) == 1
                found.append(f"{places[0]:.4g}" if alone else f"{places[0]:.4g} to {places[-1]:.4g}")
        return found


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def _changes(signs: Sequence[int]) -> list[tuple[int, int]]:
    """Neighbouring certain signs that differ; values between them, if any, have no certain sign."""
    sure = [n for n, sign in enumerate(signs) if sign]
    return [(i, j) for i, j in itertools.pairwise(sure) if signs[i] != signs[j]]


def _answer(signs: Sequence[int], crossings: int) -> str:
    """What the signs at all values say of how many crossings there are."""
    if crossings > 1:
        return SEVERAL
    if crossings == 0:
        return NONE if all(signs) else UNKNOWN
    (i, j), *_ = _changes(signs)
    elsewhere = any(sign == 0 for n, sign in enumerate(signs) if not i < n < j)
    return AT_LEAST_ONE if elsewhere else ONE
