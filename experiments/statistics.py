"""How sure a difference between two policies is, when training seeds and students both differ by luck.

Every policy teaches the same test students with the same luck, and every seed of a learnt policy teaches all of them.
So outcomes form a table, seeds x students, in which both ways are random ("crossed"). An interval here answers: what if
we had trained with other seeds AND met other students?

All randomness comes from a passed numpy Generator; nothing here reads files or simulates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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
FEWEST_SEEDS = 3
"""A policy that trains gets neither a p-value nor a verdict from fewer seeds: nobody knows its luck then."""

BETTER, WORSE = "better", "worse"
AHEAD, BEHIND = "ahead, perhaps by less than is worth having", "behind, perhaps by less than matters"
NO_DIFFERENCE, CANNOT_TELL = "no practical difference", "cannot tell"
VERDICTS = (BETTER, AHEAD, NO_DIFFERENCE, BEHIND, WORSE, CANNOT_TELL)
"""All that may be said of a difference; see ``verdict``."""

ALPHA = 0.05
"""The share of tables in which at least one word about a difference may be false."""
SMALLEST_P = 1e-100
"""Smaller p-values are told as this one."""
OUTLYING_ALPHA = 0.01
"""About the share of policies of which a run is called outlying though all runs are of one normal kind."""


@dataclass(frozen=True)
class Estimate:
    """A number with its interval over seeds and students.

    Attributes:
        value: the estimate: the mean over seeds of the statistic over students.
        seed_variance: squared standard error that comes from the training seeds (0 with one seed).
        student_variance: squared standard error that comes from which students we met.
        seeds: how many training seeds.
        students: how many students.
        skewness: of the per-seed values; negative where some trainings are far below the others.
    """

    value: float
    seed_variance: float
    student_variance: float
    seeds: int
    students: int
    skewness: float = 0.0

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The lower and upper end of the interval at this confidence level."""
        below, above = self._reach(1.0 - level)
        return self.value - below, self.value + above

    @property
    def p(self) -> float:
        """Two-sided p-value against 0: one minus the level at which the interval just touches 0."""
        if self.value == 0.0:
            return 1.0
        if self.seed_variance == 0.0 and self.student_variance == 0.0:
            return 0.0
        from scipy.optimize import brentq

        side, distance = (0 if self.value > 0 else 1), abs(self.value)
        if self._reach(SMALLEST_P)[side] < distance:
            return SMALLEST_P
        exponent: float = brentq(  # pyright: ignore
            lambda x: self._reach(10.0**x)[side] - distance, math.log10(SMALLEST_P), 0.0
        )
        return 10.0**exponent

    def _reach(self, alpha: float) -> tuple[float, float]:
        below, above = reach(
            self.seed_variance, self.student_variance, self.skewness, (self.seeds, self.students), alpha
        )
        return float(below), float(above)

    def to_dict(self, level: float = 0.95) -> dict[str, float]:
        """``value``, ``low``, ``high`` and ``p`` as plain numbers."""
        low, high = self.interval(level)
        return {"value": self.value, "low": low, "high": high, "p": self.p}


def critical(alpha: float, degrees: int) -> float:
    """Student's t that is exceeded, up or down, with this chance.

    Right out to ``SMALLEST_P``, where scipy's own quantile ends at infinity for some degrees of freedom.

    Args:
        alpha: the chance, between 0 and 1.
        degrees: degrees of freedom.
    """
    from scipy.special import betaincinv

    # t² / (degrees + t²) is Beta(1/2, degrees/2); the smaller of it and its complement keeps all its digits.
    if alpha < 0.5:
        rest = float(betaincinv(degrees / 2, 0.5, alpha))
        return math.sqrt(degrees * (1.0 - rest) / rest)
    share = float(betaincinv(0.5, degrees / 2, 1.0 - alpha))
    return math.sqrt(degrees * share / (1.0 - share))


def reach(
    seed_variance: Floats | float,
    student_variance: Floats | float,
    skewness: Floats | float,
    counts: tuple[int, int],
    alpha: float,
) -> tuple[Floats, Floats]:
    """How far an interval reaches below and above its estimate.

    Seeds by Student's t, students by theirs, added in quadrature, side by side. The seeds' side where the long tail
    must be (above for a positive skewness) reaches further by twice Johnson's (1978) shift, at most twice as far:
    runs that fail now and then pull the true mean to that side, and a sample tends to hold too few of them.

    Args:
        seed_variance: as ``Estimate`` has it, for one estimate or for many.
        student_variance: likewise.
        skewness: likewise.
        counts: how many seeds and students.
        alpha: one minus the confidence level.
    """
    seeds, students = counts
    of_students = critical(alpha, students - 1) * np.sqrt(student_variance) if students > 1 else np.zeros(())
    if seeds == 1:
        return of_students, of_students
    t, error = critical(alpha, seeds - 1), np.sqrt(seed_variance)
    shift = np.asarray(skewness) * (1 + 2 * t * t) / (3 * math.sqrt(seeds))
    below, above = (error * (t + np.clip(side, 0.0, t)) for side in (-shift, shift))
    return np.hypot(below, of_students), np.hypot(above, of_students)


def spread_of_seeds(per_seed: Floats, crossed: Floats | float, within: Floats | float) -> tuple[Floats, Floats]:
    """The seeds' part of the error, and the skewness of the seeds.

    Args:
        per_seed: (..., S) the statistic for each seed, over the same students.
        crossed: (...) squared standard error of the mean over seeds that comes from the students.
        within: (...) the same of a single seed, mean over seeds.

    Returns:
        (...) squared standard error of the mean over seeds that comes from the seeds, and (...) the skewness.
    """
    seeds = per_seed.shape[-1]
    deviation = per_seed - per_seed.mean(axis=-1, keepdims=True)
    largest = np.abs(deviation).max(axis=-1, keepdims=True)
    if seeds == 1:
        return np.zeros_like(largest[..., 0]), np.zeros_like(largest[..., 0])
    twice_counted = np.maximum((within - crossed) / (seeds - 1), 0.0)
    variance = np.maximum(per_seed.var(axis=-1, ddof=1) / seeds - twice_counted, 0.0)
    scaled = deviation / np.where(largest > 0, largest, 1.0)
    square = np.where(largest[..., 0] > 0, (scaled**2).mean(axis=-1), 1.0)
    return variance, (scaled**3).mean(axis=-1) / square**1.5


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
    statistics on the same students. The seeds' part of the error is the variance of those per-seed numbers; the
    students' part is the variance when the students are resampled, the same resample for all seeds (for the mean in
    closed form, which is what infinitely many resamples give). The chance of single lessons shows up in both parts
    and is taken out of one of them. ``reach`` makes an interval of them. ``python -m benchmarks.interval_coverage``
    simulates what it covers.

    Args:
        values: (S, N) outcome of each student under each seed of the policy.
        minus: (S, N) or (1, N) outcome of the same students under the other policy; one run is paired with every seed.
            Where both have several runs and one has more (a run failed), its last ones are left out: the luck of a
            training has nothing to do with that of the other policy's, so any pairs will do.
        generator: the source of the resamples.
        statistic: ``mean`` or ``worst_decile``.
        resamples: how many resamples of the students, for statistics other than the mean.
    """
    pair = [np.atleast_2d(np.asarray(v, np.float64)) for v in ((values,) if minus is None else (values, minus))]
    if len(pair) == 2:
        if pair[0].shape[1] != pair[1].shape[1] or not all(len(v) for v in pair):
            raise ValueError(f"cannot pair outcomes of shapes {pair[0].shape} and {pair[1].shape}")
        several = [len(v) for v in pair if len(v) > 1]
        seeds = min(several, default=1)
        pair = [np.broadcast_to(v[:seeds], (seeds, v.shape[1])) for v in pair]
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
    seed_variance, skewness = (float(part) for part in spread_of_seeds(per_seed, crossed, within))
    return Estimate(float(per_seed.mean()), seed_variance, crossed, n_seeds, n, skewness)


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


def verdict(low: float, high: float, smallest: float) -> str:
    """What may be said of a paired difference: one of ``VERDICTS``, by where its whole interval lies.

    Every word is true wherever the interval holds the true difference.

    Args:
        low: lower end of the interval, corrected for how many differences are looked at together.
        high: its upper end.
        smallest: the smallest difference worth having.

    Raises:
        InputError: ``smallest`` is negative.

    Example:
        >>> verdict(0.03, 0.05, 0.02), verdict(-0.01, 0.01, 0.02), verdict(-0.01, 0.05, 0.02)
        ('better', 'no practical difference', 'cannot tell')
    """
    if not smallest >= 0:
        raise InputError(f"outcome.smallest_difference={smallest} must be 0 or more: it is a distance")
    if low > smallest:
        return BETTER
    if high < -smallest:
        return WORSE
    if -smallest <= low and high <= smallest:
        return NO_DIFFERENCE
    if low > 0:
        return AHEAD
    return BEHIND if high < 0 else CANNOT_TELL


def outlying(runs: Sequence[float] | Floats, smallest: float = 0.0) -> list[int]:
    """Which runs of a policy lie so far from its others that they are hardly of the same kind.

    Rosner's (1983) generalised test for up to a third of the runs, so that two that failed do not hide each other.
    With fewer than four runs nothing can be told.

    Args:
        runs: the mean outcome of each.
        smallest: runs no further than this from the mean of the others are not called outlying.
    """
    values = np.asarray(runs, np.float64)
    left, taken, found = list(range(len(values))), list[int](), 0
    for _ in range((len(values) - 1) // 3):
        rest = values[left]
        distance, spread, n = np.abs(rest - rest.mean()), float(rest.std(ddof=1)), len(rest)
        t = critical(OUTLYING_ALPHA / n, n - 2)
        furthest = int(distance.argmax())
        taken.append(left.pop(furthest))
        if distance[furthest] > spread * (n - 1) * t / math.sqrt((n - 2 + t * t) * n):
            found = len(taken)
    others = np.delete(values, taken[:found])
    return sorted(i for i in taken[:found] if abs(values[i] - others.mean()) > smallest)


def seeds_warning(seeds: int) -> str | None:
    """The sentence that every table with too few training seeds carries; None when there are enough."""
    if seeds >= HEADLINE_SEEDS:
        return None
    return f"A quick look: {seeds} training seed{'s' * (seeds != 1)}. A headline needs {HEADLINE_SEEDS}."
