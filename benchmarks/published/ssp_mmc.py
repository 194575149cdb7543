"""SSP-MMC: the expected costs of its plan, and its authors' simulated deck of words."""

from __future__ import annotations

import math
import random

import numpy as np
import numpy.typing as npt
from zpdgym.agents.references.ssp_mmc import first_half_life, solve_intervals
from zpdgym.students.jit import kernel

from benchmarks.published.figure import Figure

COSTS = (15.62, 20.81, 24.91, 29.20, 33.01, 37.17)
CARDS, DAYS, BUDGET, WANTED = 100_000, 1000, 600, 6000


def dhp() -> list[Figure]:
    """Least expected costs of a new word until its half-life is 360 days."""
    return [
        Figure(f"difficulty {d}", ours, published, within=0.01, digits=2)
        for d, (ours, published) in enumerate(zip(expected_costs(), COSTS, strict=True), 1)
    ]


def ssp_mmc() -> list[Figure]:
    """The first day with 6000 mastered words, on the simulated deck of the authors."""
    days = first_days()
    return [
        Figure("by the intervals of SSP-MMC", days["ssp_mmc"], 466, within=0, digits=0),
        Figure("reviews at a recall of .9", days["recall"], 533, within=0, digits=0),
    ]


def expected_costs() -> list[float]:
    """Of difficulties 1 to 6, from the first half-life on."""
    nodes = np.rint(np.log(first_half_life(np.arange(1, 7))) / math.log(1.05)).astype(int) + 30
    return solve_intervals().cost[np.arange(6), nodes].tolist()


def first_days() -> dict[str, int]:
    """When the deck is mastered, by the plan and with reviews at a recall of .9."""
    chance = random.Random(114)
    hard = np.array([chance.randint(1, 10) for _ in range(CARDS)], float)
    luck = np.array([chance.random() for _ in range(400_000)])
    tables = {"ssp_mmc": solve_intervals().days, "recall": np.zeros((0, 0), np.int64)}
    return {name: int(_first_day(hard, luck, table, BUDGET, WANTED, DAYS)) for name, table in tables.items()}


@kernel
def _first_day(
    hard: npt.NDArray[np.float64],
    luck: npt.NDArray[np.float64],
    table: npt.NDArray[np.int64],
    budget: float,
    wanted: int,
    n_days: int,
) -> int:
    """The first day with so many mastered cards: the deck of the cited work; ``table`` empty: review at recall .9."""
    n = len(hard)
    half, last, due, d = np.zeros(n), np.zeros(n), np.full(n, np.inf), hard.copy()
    met, mastered, at, new = np.zeros(n, np.bool_), 0, 0, 0
    for day in range(n_days):
        cost = 0.0
        for card in range(new):  # cards are met in order, so all that were met lie before ``new``
            if due[card] > day:
                continue
            if cost > budget:
                break
            h, before = half[card], d[card]
            p = 2.0 ** (-(day - last[card]) / h)
            if luck[at] < p:
                cost += 3.0
                h = h * (1.0 + math.exp(3.81) * before**-0.534 * h**-0.127 * (1.0 - p) ** 0.97)
            else:
                cost += 9.0
                h = math.exp(-0.041) * before**-0.041 * h**0.377 * (1.0 - p) ** -0.227
                d[card] = min(before + 2.0, 18.0)
            at += 1
            half[card], last[card] = h, day
            if h >= 360.0:
                mastered += 1
                due[card] = np.inf
                continue
            due[card] = day + _interval(h, before, table)
        while new < n and not cost > budget:
            half[new] = -1.0 / math.log2(max(0.925 - 0.05 * d[new], 0.025))
            met[new], last[new] = True, day
            due[new] = day + _interval(half[new], d[new], table)
            cost += 6.0
            new += 1
        if mastered >= wanted:
            return day
    return -1


@kernel
def _interval(h: float, d: float, table: npt.NDArray[np.int64]) -> float:
    if len(table) == 0:
        return max(1.0, np.rint(-h * math.log2(0.9)))
    row = int(math.log(min(h, 360.0)) / math.log(1.05) + 30.0) - 1
    return float(table[int(d) - 1, row])
