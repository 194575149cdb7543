"""How many students and seeds it takes to be told a difference, from the luck that a pilot has seen.

The luck of one paired difference has three parts: trainings differ, students differ, and a student's lessons differ. A
planned experiment is simulated with normal luck of these sizes, and judged as every table is judged: by the same
intervals, their estimated variances and lopsided reach included.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..statistics import ALPHA, FEWEST_SEEDS, Floats, reach, spread_of_seeds

SEEDS = (FEWEST_SEEDS, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50)
"""Numbers of seeds that are tried."""
SPARES = 0.9
"""More seeds are worth naming where they need no more than this share of the students."""
SIMULATED = 4000
"""So many experiments of each size; a power of .8 is known to .013 (two standard errors)."""
SIZES = (*range(20, 100), *range(100, 1000, 10), *range(1000, 10_000, 100), *range(10_000, 100_001, 1000))
"""Numbers of students with two digits that count: nobody plans 1037."""


@dataclass(frozen=True)
class Spread:
    """The luck in one paired difference, as variances.

    Attributes:
        value: the difference that the pilot found.
        trainings: between training seeds.
        students: between students.
        lessons: of one student under one seed, by the luck of lessons.
        seeds: of the pilot; 1: nobody trains.
        n: students of the pilot.
    """

    value: float
    trainings: float
    students: float
    lessons: float
    seeds: int
    n: int

    @classmethod
    def of(cls, values: Floats, minus: Floats) -> Spread:
        """The luck that a pilot has seen.

        Args:
            values: (S, N) outcome of each student under each seed of a policy.
            minus: (S, N) or (1, N) of the same students under the other one.
        """
        n = min(values.shape[1], minus.shape[1])
        table = values[:, :n] - minus[:, :n]
        seeds, per_seed = len(table), table.mean(axis=1)
        crossed, within = (
            float(table.mean(axis=0).var(ddof=1)) / n,
            float(table.var(axis=1, ddof=1).mean()) / n,
        )
        if seeds == 1:
            return cls(float(per_seed[0]), 0.0, n * within, 0.0, 1, n)
        lessons = max(n * (within - crossed) * seeds / (seeds - 1), 0.0)
        variance = float(spread_of_seeds(per_seed, crossed, within)[0])
        students = max(n * crossed - lessons / seeds, 0.0)
        return cls(float(per_seed.mean()), seeds * variance, students, lessons, seeds, n)

    @property
    def trains(self) -> bool:
        """Whether seeds matter."""
        return self.seeds > 1

    def trainings_between(self, level: float = 0.95) -> tuple[float, float]:
        """The interval of the variance between trainings, by chi-square, of normal trainings."""
        from scipy.stats import chi2

        rest = self.lessons / self.n
        seen, degrees = self.trainings + rest, self.seeds - 1
        tails = chi2.ppf([(1 + level) / 2, (1 - level) / 2], degrees)
        low, high = (max(seen * degrees / float(tail) - rest, 0.0) for tail in tails)
        return low, high

    def but(self, trainings: float) -> Spread:
        """The same with another variance between trainings."""
        return Spread(self.value, trainings, self.students, self.lessons, self.seeds, self.n)


@dataclass(frozen=True)
class Told:
    """What an experiment of one size tells.

    Attributes:
        half_width: how far the corrected interval reaches below the estimate, in the middle of all simulations.
        power: the chance of the verdict.
    """

    half_width: float
    power: float


class Design:
    """Experiments of all sizes, simulated with the same luck, in which one difference is true.

    Args:
        difference: the true difference; its sign does not matter.
        beyond: what the whole interval must lie above: 0, or the smallest difference worth having.
        verdicts: for how many verdicts the intervals are corrected.
        generator: the source of the luck.
    """

    def __init__(self, difference: float, *, beyond: float, verdicts: int, generator: np.random.Generator) -> None:
        self.difference, self.beyond, self.alpha = abs(difference), beyond, ALPHA / verdicts
        luck = generator.standard_normal((SIMULATED, max(SEEDS)))
        self._seeds = {1: (np.zeros(SIMULATED),) * 3}
        for seeds in SEEDS:
            variance, skewness = spread_of_seeds(luck[:, :seeds], 0.0, 0.0)
            self._seeds[seeds] = luck[:, :seeds].mean(axis=1), variance, skewness
        self._students = generator.standard_normal(SIMULATED)

    def told(self, spread: Spread, seeds: int, students: int) -> Told:
        """What so many seeds and students tell.

        Args:
            spread: the luck.
            seeds: training seeds, one of ``SEEDS``; 1 where nobody trains.
            students: test students.
        """
        own = spread.students if spread.trains else spread.students + spread.lessons
        crossed = (spread.students + spread.lessons / seeds) / students
        mean, variance, skewness = self._seeds[seeds]
        luck = (spread.trainings + spread.lessons / students) * spread.trains
        values = self.difference + math.sqrt(luck) * mean + math.sqrt(own / students) * self._students
        # the chance of lessons is in the spread of seeds and in that of students, and counts once, as in every table
        seen = np.maximum(luck * variance - spread.lessons / (seeds * students), 0.0)
        below, _ = reach(seen, crossed, skewness, (seeds, students), self.alpha)
        below = np.broadcast_to(below, values.shape)
        return Told(float(np.median(below)), float(np.mean(values - below > self.beyond)))

    def fewest_students(self, spread: Spread, seeds: int, power: float) -> int | None:
        """The smallest number of students with which the verdict is said with this chance; None: none is enough."""
        if self.told(spread, seeds, SIZES[-1]).power < power:
            return None
        low, high = 0, len(SIZES) - 1
        while low < high:
            middle = (low + high) // 2
            if self.told(spread, seeds, SIZES[middle]).power >= power:
                high = middle
            else:
                low = middle + 1
        return SIZES[low]

    def enough(self, spread: Spread, power: float) -> list[tuple[int, int]]:
        """Seeds and students that are just enough; more seeds stand here only where they spare many students."""
        found = list[tuple[int, int]]()
        for seeds in SEEDS if spread.trains else (1,):
            students = self.fewest_students(spread, seeds, power)
            if students is not None and (not found or students <= SPARES * found[-1][1]):
                found.append((seeds, students))
        return found
