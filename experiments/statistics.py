"""How sure a difference between two policies is, when training seeds and students both differ by luck.

Every policy teaches the same test students with the same luck, and every seed of a learnt policy teaches all of them.
So outcomes form a table, seeds x students, in which both ways are random ("crossed"). An interval here answers: what if
we had trained with other seeds AND met other students?

All randomness comes from a passed numpy Generator; nothing here reads files or simulates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError

Floats: TypeAlias = npt.NDArray[np.float64]
Statistic: TypeAlias = Callable[[Floats, Floats], Floats]
"""From sorted-or-not values (S, N) and how often each student counts (B, N) to (B, S)."""

HEADLINE_SEEDS = 10
"""A headline needs this many training seeds; with fewer, every table says so."""

BETTER, WORSE, NO_DIFFERENCE, CANNOT_TELL = "better", "worse", "no practical difference", "cannot tell"


@dataclass(frozen=True)
class Estimate:
    """A number with its interval over seeds and students.

    Attributes:
        value: the estimate: the mean over seeds of the statistic over students.
        seed_variance: squared standard error that comes from the training seeds (0 with one seed).
        student_variance: squared standard error that comes from which students we met.
        seeds: how many training seeds.
        students: how many students.
    """

    value: float
    seed_variance: float
    student_variance: float
    seeds: int
    students: int

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The lower and upper end of the interval at this confidence level."""
        half = self._half_width(1.0 - level)
        return self.value - half, self.value + half

    @property
    def p(self) -> float:
        """Two-sided p-value against 0: one minus the level at which the interval just touches 0."""
        if self.value == 0.0:
            return 1.0
        if self.seed_variance == 0.0 and self.student_variance == 0.0:
            return 0.0
        from scipy.optimize import brentq

        smallest = 1e-300
        if self._half_width(smallest) < abs(self.value):
            return smallest
        exponent: float = brentq(lambda x: self._half_width(10.0**x) - abs(self.value), -300.0, 0.0)  # pyright: ignore
        return 10.0**exponent

    def _half_width(self, alpha: float) -> float:
        """Seeds by Student's t, students by theirs, added in quadrature."""
        from scipy import stats

        parts = [0.0]
        if self.seeds > 1:
            parts.append(float(stats.t.isf(alpha / 2, self.seeds - 1)) * math.sqrt(self.seed_variance))
        if self.students > 1:
            parts.append(float(stats.t.isf(alpha / 2, self.students - 1)) * math.sqrt(self.student_variance))
        # hypot, because with two seeds the square of a critical value may be too large for a float.
        return math.hypot(*parts)

    def to_dict(self, level: float = 0.95) -> dict[str, float]:
        """``value``, ``low``, ``high`` and ``p`` as plain numbers."""
        low, high = self.interval(level)
        return {"value": self.value, "low": low, "high": high, "p": self.p}


def mean(values: Floats, weights: Floats) -> Floats:
    """The mean over students: (S, N) values and (B, N) counts give (B, S)."""
    return weights @ values.T / weights.sum(axis=1, keepdims=True)


def worst_decile(values: Floats, weights: Floats) -> Floats:
    """The mean of the tenth of the students who end lowest (the expected shortfall at 10 %).

    (S, N) values and (B, N) counts give (B, S). A student on the boundary counts in part.
    """
    out = np.empty((len(weights), len(values)))
    for s, row in enumerate(values):
        order = np.argsort(row, kind="stable")
        reached = np.cumsum(weights[:, order], axis=1)
        tail = 0.1 * reached[:, -1:]
        taken = np.clip(tail - (reached - weights[:, order]), 0.0, weights[:, order])
        out[:, s] = (taken @ row[order]) / tail[:, 0]
    return out


def estimate(
    values: Floats,
    minus: Floats | None = None,
    *,
    generator: np.random.Generator,
    statistic: Statistic = mean,
    resamples: int = 400,
) -> Estimate:
    """A policy's outcome, or the paired difference to another policy, with seeds and students crossed.

    The statistic is computed for each seed over all students; with ``minus`` it is the difference of the two policies'
    statistics on the same students. The seeds' part of the error is the variance of those per-seed numbers (Student's t
    with S - 1 degrees of freedom); the students' part is the variance when the students are resampled, the same
    resample for all seeds (for the mean in closed form, which is what infinitely many resamples give). The chance of
    single lessons shows up in both parts and is taken out of one of them. The two parts are added in quadrature, each
    at its own critical value. A plain percentile bootstrap over 10 seeds would cover only 84-89 % (Agarwal et al. 2021
    discuss few-run intervals); ``tests/experiments/test_statistics.py`` simulates what this one covers.

    Args:
        values: (S, N) outcome of each student under each seed of the policy.
        minus: (S, N) or (1, N) outcome of the same students under the other policy; one run is paired with every seed.
        generator: the source of the resamples.
        statistic: ``mean`` or ``worst_decile``.
        resamples: how many resamples of the students, for statistics other than the mean.
    """
    pair = [np.atleast_2d(np.asarray(v, np.float64)) for v in ((values,) if minus is None else (values, minus))]
    if len(pair) == 2:
        seeds = max(len(pair[0]), len(pair[1]))
        if pair[0].shape[1] != pair[1].shape[1] or any(len(v) not in (1, seeds) for v in pair):
            raise ValueError(f"cannot pair outcomes of shapes {pair[0].shape} and {pair[1].shape}")
        pair = [np.broadcast_to(v, (seeds, v.shape[1])) for v in pair]
    n_seeds, n = pair[0].shape
    if statistic is mean:
        table = pair[0] if len(pair) == 1 else pair[0] - pair[1]
        per_seed = table.mean(axis=1)
        crossed = float(table.mean(axis=0).var(ddof=1)) / n if n > 1 else 0.0
        within = float(table.var(axis=1, ddof=1).mean()) / n if n > 1 else 0.0
    else:
        ones = np.ones((1, n))
        counts = generator.multinomial(n, np.full(n, 1.0 / n), size=resamples).astype(np.float64)
        per_seed = statistic(pair[0], ones)[0]
        replicas = statistic(pair[0], counts)
        if len(pair) == 2:
            per_seed = per_seed - statistic(pair[1], ones)[0]
            replicas = replicas - statistic(pair[1], counts)
        crossed = float(replicas.mean(axis=1).var(ddof=1))
        within = float(replicas.var(axis=0, ddof=1).mean())
    seed_variance = 0.0
    if n_seeds > 1:
        twice_counted = max((within - crossed) / (n_seeds - 1), 0.0)
        seed_variance = max(float(per_seed.var(ddof=1)) / n_seeds - twice_counted, 0.0)
    return Estimate(float(per_seed.mean()), seed_variance, crossed, n_seeds, n)


def share_worse(values: Floats, minus: Floats, *, generator: np.random.Generator, smallest: float) -> Estimate:
    """The share of students who end lower than under the other policy by more than ``smallest`` (and than rounding)."""
    a, b = np.atleast_2d(values), np.atleast_2d(minus)
    return estimate((a < b - smallest - 1e-9).astype(np.float64), generator=generator)


def iqm(runs: Sequence[float] | Floats) -> float:
    """The interquartile mean over runs: the mean of the middle half, runs on its boundary counted in part."""
    ordered = np.sort(np.asarray(runs, np.float64))
    edges = np.arange(len(ordered) + 1) / len(ordered)
    inside = np.clip(np.minimum(edges[1:], 0.75) - np.maximum(edges[:-1], 0.25), 0.0, None)
    return float(inside @ ordered / inside.sum())


def probability_of_improvement(runs: Sequence[float] | Floats, others: Sequence[float] | Floats) -> float:
    """The chance that a run of the one policy ends above a run of the other (a tie counts one half)."""
    a, b = np.asarray(runs, np.float64)[:, None], np.asarray(others, np.float64)[None, :]
    return float(np.mean((a > b) + 0.5 * (a == b)))


def restricted_mean(times: Floats, limit: float) -> tuple[float, float]:
    """Mean lessons (or minutes) to mastery when nobody is followed beyond ``limit``, and the share who got there.

    A student who never reached mastery (NaN) counts with the limit, so that a policy cannot look fast by losing the
    slow ones.
    """
    times = np.asarray(times, np.float64)
    reached = ~np.isnan(times) & (times <= limit)
    return float(np.where(reached, times, limit).mean()), float(reached.mean())


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """p-values corrected for looking at several policies at once (Holm 1979, step-down)."""
    corrected: dict[str, float] = {}
    largest = 0.0
    for rank, name in enumerate(sorted(p, key=lambda k: p[k])):
        largest = max(largest, min(1.0, (len(p) - rank) * p[name]))
        corrected[name] = largest
    return corrected


def holm_levels(p: Mapping[str, float], *, alpha: float = 0.05) -> dict[str, float]:
    """The confidence level of each policy's interval in Holm's procedure: 1 - alpha / (how many are still in play)."""
    return {name: 1.0 - alpha / (len(p) - rank) for rank, name in enumerate(sorted(p, key=lambda k: p[k]))}


def verdict(
    difference: float, p_holm: float, smallest: float, *, interval: tuple[float, float], alpha: float = 0.05
) -> str:
    """What may be said of a paired difference: better, worse, no practical difference, or that we cannot tell.

    A policy is better (or worse) only when its corrected interval excludes 0 and the difference is larger than the
    smallest one worth having. There is no practical difference when the interval excludes 0 and the difference is not
    that large, or when the whole interval lies within that distance of 0. Otherwise the students and seeds were too
    few to tell.

    Args:
        difference: the paired difference.
        p_holm: its corrected p-value.
        smallest: the smallest difference worth having.
        interval: the corrected interval.
        alpha: below this p-value the interval excludes 0.

    Raises:
        InputError: ``smallest`` is negative.
    """
    if not smallest >= 0:
        raise InputError(f"outcome.smallest_difference={smallest} must be 0 or more: it is a distance")
    if p_holm >= alpha:
        return NO_DIFFERENCE if -smallest <= interval[0] and interval[1] <= smallest else CANNOT_TELL
    if abs(difference) <= smallest:
        return NO_DIFFERENCE
    return BETTER if difference > 0 else WORSE


def seeds_warning(seeds: int) -> str | None:
    """The sentence that every table with too few training seeds carries; None when there are enough."""
    if seeds >= HEADLINE_SEEDS:
        return None
    return f"A quick look: {seeds} training seed{'s' * (seeds != 1)}. A headline needs {HEADLINE_SEEDS}."
