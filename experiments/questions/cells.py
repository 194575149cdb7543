"""The cells of a grid, and the difference between two policies in any weighted sum of them.

In all cells the student of the same number is the same person with the same luck, so sums of cells are taken student by
student. Trainings are not paired across cells: the same seed number in another cell is another training, so the
variances that trainings bring to a sum are added. They begin alike, though, and where sums by seed number spread more
than that, this larger variance is taken. Cells that say that they share their teachers are an exception: there a seed
is one training, and its sum is taken.

Cells of another cohort or draw are other worlds, and worlds are drawn by lot. A mean over them is a mean of a sample,
whatever question it answers: its error is the spread of what the worlds say, by Student's t over them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from zpdgym.errors import InputError, shown, unknown

from ..comparison.rows import Level
from ..runs.grid import text
from ..statistics import FEWEST_SEEDS, Estimate, Floats, spread_of_seeds

__all__ = ["Cell"]

OTHER_PEOPLE = ("cohort", "draw")
"""Axes whose values have students of their own: nobody is paired across them."""
FEWEST_WORLDS = 3
"""With fewer nobody knows how much worlds differ, and there is no verdict on their mean."""


@dataclass(frozen=True, eq=False)
class Cell:
    """One cell of a grid: who taught there, and what came of every student.

    Attributes:
        axes: axis -> its value here.
        outcomes: policy -> (S, N) outcome of each student under each training seed; what does not train has S = 1.
        roles: such as ``best_untrained``, chosen on validation students -> the policy that has it here.
        trained: the policies that train. Whatever has several seeds does, asked for or not.
        teachers: cells with the same text share their trained teachers, seed by seed; "": this cell has its own.
    """

    axes: Mapping[str, Level]
    outcomes: Mapping[str, Floats]
    roles: Mapping[str, str] = field(default_factory=dict[str, str])
    trained: frozenset[str] = frozenset()
    teachers: str = ""

    @property
    def name(self) -> str:
        """The cell in words."""
        return named(self.axes)

    def policy(self, name: str) -> str | None:
        """The policy of this name or role; None: it did not teach here."""
        name = self.roles.get(name, name)
        return name if name in self.outcomes else None

    def few_seeds(self, policy: str) -> bool:
        """Whether it was trained with too few seeds for a verdict."""
        seeds = len(self.outcomes[policy])
        return seeds < FEWEST_SEEDS and (seeds > 1 or policy in self.trained)


def named(axes: Mapping[str, Level]) -> str:
    """Values of axes in words, as in the label of a cell."""
    return ", ".join(f"{axis}={text(value)}" for axis, value in axes.items())


def short(axis: str) -> str:
    """The last part of an axis' name."""
    return axis.rpartition(".")[2]


def find_axis(name: str, axes: Iterable[str], where: str) -> str:
    """The axis of this name, or the only one whose name ends so, or with which the given one ends.

    Args:
        name: as somebody wrote it: ``forget``.
        axes: all: ``student.forget``, ``schedule``.
        where: the key, for messages.

    Raises:
        InputError: there is none, or there are several.
    """
    known = list(axes)
    found = [axis for axis in known if axis == name]
    found = found or [axis for axis in known if axis.endswith(f".{name}") or name.endswith(f".{axis}")]
    if not found:
        raise InputError(f"{where}: {unknown('axis', name, known)}")
    if len(found) > 1:
        raise InputError(f"{where}: axis '{name}' may be {' or '.join(found)}: write the whole name")
    return found[0]


@dataclass(frozen=True)
class Sample:
    """Worlds over which a mean is taken.

    Attributes:
        axis: whose values they are.
        values: what each of them says.
        shared: whether they have trainings in common, whose luck is then not in their spread.
    """

    axis: str
    values: tuple[float, ...]
    shared: bool = False

    @property
    def mean(self) -> Estimate:
        """The mean of independent parts, whose error is their spread."""
        # the worlds stand where seeds stand elsewhere: Student's t with n - 1 degrees of freedom, nothing beside it
        return Estimate(float(np.mean(self.values)), self.variance, 0.0, len(self.values), 1)

    @property
    def variance(self) -> float:
        """Squared standard error of the mean."""
        return float(np.var(self.values, ddof=1)) / len(self.values)


def must_know(name: str, known: Iterable[str], where: str) -> None:
    """Refuse a policy or a role that there is not.

    Raises:
        InputError: with the nearest name.
    """
    names = dict.fromkeys(known)
    if name not in names:
        raise InputError(f"{where}: {unknown('policy', name, names)}")


@dataclass(frozen=True, eq=False)
class Grid:
    """All cells, checked: the same axes everywhere, no combination twice.

    Attributes:
        cells: in the order of the table.
    """

    cells: Sequence[Cell]

    def __post_init__(self) -> None:
        if not self.cells:
            raise InputError("cells: there are none; a grid has at least one")
        first, seen = set(self.cells[0].axes), set[tuple[Level, ...]]()
        for cell in self.cells:
            if set(cell.axes) != first:
                told = f"{', '.join(cell.axes) or 'none'}, another {', '.join(self.cells[0].axes) or 'none'}"
                raise InputError(f"cells: one has the axes {told}: every cell must have all axes")
        for cell in self.cells:
            where = tuple(cell.axes[axis] for axis in self.axes)
            if where in seen:
                raise InputError(f"cells: {cell.name or 'the one without axes'} is there twice")
            seen.add(where)

    @cached_property
    def axes(self) -> dict[str, tuple[Level, ...]]:
        """Axis -> its values, in order of first appearance."""
        return {axis: tuple(dict.fromkeys(cell.axes[axis] for cell in self.cells)) for axis in self.cells[0].axes}

    def axis(self, name: str, where: str) -> str:
        """The axis of this name; see ``find_axis``."""
        return find_axis(name, self.axes, where)

    def must_know(self, name: str, where: str) -> None:
        """Refuse a policy that teaches in no cell; see ``must_know``."""
        must_know(name, [known for cell in self.cells for known in (*cell.outcomes, *cell.roles)], where)

    def pair(self, policy: str, minus: str) -> PairedCells:
        """The differences between two policies in all cells where both teach."""
        return PairedCells(self, policy, minus)


@dataclass(frozen=True, eq=False)
class _Trainings:
    """What one set of trainings brings to a cell: (S, N) signed outcomes, and the numbers that sums need of them."""

    table: Floats
    group: tuple[str, ...]

    @cached_property
    def per_seed(self) -> Floats:
        return self.table.mean(axis=1)

    @cached_property
    def errors(self) -> tuple[float, float]:
        """Squared standard errors from the students: of the mean over seeds, and of one seed."""
        return _errors(self.table)


def _errors(table: Floats) -> tuple[float, float]:
    n = table.shape[1]
    if n < 2:
        return 0.0, 0.0
    return float(table.mean(axis=0).var(ddof=1)) / n, float(table.var(axis=1, ddof=1).mean()) / n


class PairedCells:
    """The paired differences of two policies, cell by cell, ready to be summed with any weights.

    Args:
        grid: all cells.
        policy: a policy or a role.
        minus: the one that is subtracted.

    Attributes:
        index: values of all axes -> which cell; only cells where both teach.
        few: whether one of both was trained too seldom for a verdict, cell by cell.
    """

    def __init__(self, grid: Grid, policy: str, minus: str) -> None:
        self.grid, self.index, self.few = grid, dict[tuple[Level, ...], int](), list[bool]()
        self._students, self._people = list[Floats](), list[tuple[Level, ...]]()
        self._of_worlds = [axis for axis in grid.axes if short(axis) in OTHER_PEOPLE]
        self._trainings = list[list[_Trainings]]()
        for cell in grid.cells:
            one, other = cell.policy(policy), cell.policy(minus)
            if one is None or other is None:
                continue
            self.index[tuple(cell.axes[axis] for axis in grid.axes)] = len(self._students)
            self.few.append(one != other and (cell.few_seeds(one) or cell.few_seeds(other)))
            self._add(cell, one, other)
        self._sizes = {people: self._size(people) for people in self._people}

    def _add(self, cell: Cell, one: str, other: str) -> None:
        pair = [np.atleast_2d(np.asarray(cell.outcomes[name], np.float64)) for name in (one, other)]
        n = min(table.shape[1] for table in pair)
        above, below = (table[:, :n] for table in pair)
        own = cell.teachers or f"cell {len(self._students)}"
        self._people.append(tuple(cell.axes[axis] for axis in self._of_worlds))
        self._students.append(above.mean(axis=0) - below.mean(axis=0))
        if len(above) == len(below) or 1 in (len(above), len(below)):  # paired seed by seed, as in the table
            trainings = [_Trainings(above - below, (own, one, other))]
        else:
            trainings = [_Trainings(above, (own, one)), _Trainings(-below, (own, other))]
        self._trainings.append([found for found in trainings if len(found.table) > 1])

    def _size(self, people: tuple[Level, ...]) -> int:
        """How many students all of the cells with these people have in common."""
        return min(len(own) for own, whose in zip(self._students, self._people, strict=True) if whose == people)

    def estimate(self, weights: Mapping[int, float]) -> Estimate:
        """The weighted sum of the cells' differences, with seeds and students as far as each is shared.

        A mean over worlds is uncertain by how far these differ.

        Args:
            weights: cell -> its weight.
        """
        sample = self.over(weights)
        if sample and not sample.shared:
            return sample.mean
        value, student_variance, students = self._over_students(weights)
        if sample:
            value, student_variance, students = sample.mean.value, sample.variance, len(sample.values)
        seed_variance, degrees, skewness = self._over_seeds(weights)
        seeds = 1 if degrees == 0 else 1 + max(1, math.floor(degrees + 1e-9))
        return Estimate(value, seed_variance, student_variance, seeds, students, skewness * math.sqrt(seeds))

    def over(self, weights: Mapping[int, float]) -> Sample | None:
        """The worlds that this sum is a mean over; None: it is about one, or sets some against others.

        Where cohorts and draws are axes both, those whose mean is less certain.
        """
        found = [sample for axis in self._of_worlds if (sample := self._sample(weights, axis))]
        return max(found, key=lambda sample: sample.mean.interval()[1] - sample.mean.value, default=None)

    def _sample(self, weights: Mapping[int, float], axis: str) -> Sample | None:
        """The same of one axis: in each of its values the cells must have the same weights."""
        position, places = list(self.grid.axes).index(axis), list(self.index)
        of_world = dict[Level, dict[int, float]]()
        for c, weight in weights.items():
            of_world.setdefault(places[c][position], {})[c] = weight
        alike = [
            {places[c][:position] + places[c][position + 1 :]: round(weight, 12) for c, weight in parts.items()}
            for parts in of_world.values()
        ]
        if len(of_world) < 2 or any(parts != alike[0] for parts in alike):
            return None
        values = [len(of_world) * self._over_students(parts)[0] for parts in of_world.values()]
        groups = [{own.group for c in parts for own in self._trainings[c]} for parts in of_world.values()]
        return Sample(axis, tuple(values), shared=sum(map(len, groups)) > len(set[tuple[str, ...]]().union(*groups)))

    def too_few(self, weights: Mapping[int, float]) -> bool:
        """Whether there are too few trainings, or worlds, for a verdict on this sum."""
        sample = self.over(weights)
        if sample and len(sample.values) < FEWEST_WORLDS:
            return True
        # worlds with trainings of their own are as many trainings, and their luck is in the worlds' spread
        return (sample is None or sample.shared) and any(self.few[c] for c in weights)

    def _over_students(self, weights: Mapping[int, float]) -> tuple[float, float, int]:
        """Value, squared standard error and how many students stand behind it."""
        sums = dict[tuple[Level, ...], Floats]()
        for c, weight in weights.items():
            people = self._people[c]
            own = weight * self._students[c][: self._sizes[people]]
            sums[people] = own if people not in sums else sums[people] + own
        value = sum(float(own.mean()) for own in sums.values())
        parts = [(float(own.var(ddof=1)) / len(own), len(own)) for own in sums.values() if len(own) > 1]
        total = sum(part for part, _ in parts)
        shares = sum(part * part / (n - 1) for part, n in parts)
        smallest = min((n for _, n in parts), default=1)
        return value, total, smallest if shares == 0.0 else 1 + math.floor(total * total / shares + 1e-9)

    def _over_seeds(self, weights: Mapping[int, float]) -> tuple[float, float, float]:
        """Squared standard error, degrees of freedom (Welch and Satterthwaite), and the skewness of the mean.

        The variances of all trainings added, or the variance of sums by seed number, whichever is larger.
        """
        groups = dict[tuple[str, ...], list[tuple[float, _Trainings]]]()
        for c, weight in weights.items():
            for trainings in self._trainings[c]:
                groups.setdefault(trainings.group, []).append((weight, trainings))
        found = [_summed(parts) for parts in groups.values()]
        if not found:
            return 0.0, 0.0, 0.0
        lengths = [len(per_seed) for per_seed, _, _ in found]
        twice = sum(max(w - c, 0.0) / (n - 1) for (_, c, w), n in zip(found, lengths, strict=True))
        spreads = [_spread(per_seed) for per_seed, _, _ in found]
        raw = sum(variance for variance, _ in spreads)
        if len(found) > 1 and len(set(lengths)) == 1:
            # what trainings of one number have in common, be it where they begin or whom they practise on, shows here
            variance, skewness = _spread(sum((per_seed for per_seed, _, _ in found), np.zeros(lengths[0])))
            if variance > raw:
                return max(variance - twice, 0.0), lengths[0] - 1, skewness
        if raw == 0.0:
            return 0.0, float(sum(lengths) - len(lengths)), 0.0
        degrees = raw**2 / sum(v * v / (n - 1) for (v, _), n in zip(spreads, lengths, strict=True))
        return max(raw - twice, 0.0), degrees, sum(skew * v**1.5 for v, skew in spreads) / raw**1.5


def _spread(per_seed: Floats) -> tuple[float, float]:
    """Squared standard error of a mean over seeds, students' part included, and the skewness of that mean."""
    variance, skewness = spread_of_seeds(per_seed, 0.0, 0.0)
    return float(variance), float(skewness) / math.sqrt(len(per_seed))


def _summed(parts: Sequence[tuple[float, _Trainings]]) -> tuple[Floats, float, float]:
    """Per-seed values and both errors from students of trainings that several cells share."""
    if len(parts) == 1:
        (weight, one), *_ = parts
        crossed, within = one.errors
        return weight * one.per_seed, weight * weight * crossed, weight * weight * within
    n = min(one.table.shape[1] for _, one in parts)
    table = sum(weight * one.table[:, :n] for weight, one in parts)
    assert isinstance(table, np.ndarray)
    return table.mean(axis=1), *_errors(table)


def must_be_difference(given: object, where: str) -> tuple[str, str, str]:
    """Policy, the one that is subtracted, and what stands behind ``by``, of ``a - b by forget x schedule``.

    Raises:
        InputError: it is not written so.
    """
    wanted = "must be written policy - policy, policy - policy by axis x axis, or policy - policy along axis"
    if not isinstance(given, str):
        raise InputError(f"{where}={shown(given)} {wanted}")
    sides, _, by = (part.strip() for part in f" {given} ".replace("−", "-").partition(" by "))
    parts = [part.strip() for part in sides.split(" - ")]
    if len(parts) != 2 or not all(parts) or any(" " in part for part in parts) or (" by " in f" {given} " and not by):
        raise InputError(f"{where}={shown(given)} {wanted}")
    if parts[0] == parts[1]:
        raise InputError(f"{where}={shown(given)}: both sides are {parts[0]}; a difference is between two policies")
    return parts[0], parts[1], by
