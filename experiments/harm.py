"""How many students a policy harms, in expectation: what one luck did to a student is no harm, and no gain.

A student lives several times: the same person, other luck. The mean difference of two policies over a student's lives
is what the student loses or gains in expectation, plus noise whose size the lives tell. The share of students who lose
more than the smallest difference worth having is a question about the distribution of the first without the second.

That distribution is taken to be a mixture of three normal distributions, some of which may be as narrow as a point:
so two groups of students and one broad group can both be said. All mixtures that fit the data are drawn, each as often
as it is probable (an affine-invariant ensemble, Goodman & Weare 2010, with jumps of differential evolution, ter Braak
2006). Where the draws disagree about the share, or the noise is too large, nothing is said of it.
``python -m benchmarks.harm`` prints how often that is, and how far from the truth is what is said.

All randomness comes from a passed numpy Generator; nothing here reads files or simulates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

REACH, LEVEL = 0.04, 0.95
"""A share is told if its 95 % interval goes no further than this from it; simulations then find it right within .03."""
MOST_NOISE = 0.8
"""Mixtures tell nothing where the noise of a student's mean difference exceeds this share of the smallest one."""
SURE = 2.326
"""With more noise only what no noise explains is told: 1 in 100 is so many standard errors from what is expected."""
COMPONENTS = 3
FEWEST_LIVES, FEWEST_STUDENTS = 4, 20
"""With fewer nothing is estimated."""

_WALKERS, _WARM_UP, _KEPT, _EVERY = 40, 150, 150, 5
_CLASSES, _PER_NOISE = 6, 4
"""Students whose noise and mean are nearly equal count as one: so many classes of noise, so many bins a noise."""
_JUMP_EVERY, _FULL_JUMP_EVERY = 3, 2
_AT_ONCE = 32
"""Questions whose mixtures are drawn side by side: their arrays are so small that calling NumPy is what takes time."""


@dataclass(frozen=True)
class Share:
    """A share of students.

    Attributes:
        value: the estimate.
        low: of its interval of ``LEVEL``.
        high: of the same.
        told: whether it may be said; else the lives are too few to tell.
    """

    value: float
    low: float
    high: float
    told: bool


@dataclass(frozen=True)
class Harm:
    """Who loses and who gains in expectation under one policy, set beside another.

    Attributes:
        harmed: the share of students whose expected loss exceeds the smallest difference.
        gained: the share whose expected gain does.
        reliability: of a student's mean difference: the share of its variance that is no luck.
        noise: of a student's mean difference: its standard error, over students in the root of the mean square.
    """

    harmed: Share
    gained: Share
    reliability: float
    noise: float


def harm(differences: Floats, smallest: float, *, generator: np.random.Generator) -> Harm | None:
    """The shares of students who lose and who gain in expectation, the luck of the lives taken out.

    The shares are those of the students who were taught. Several trainings of a policy count together: the shares are
    then means over trainings, and the interval is that of one training, because all of them teach the same students.

    Args:
        differences: (S, L, N) outcome of each training, life and student, less that under the other policy.
        smallest: the smallest difference worth having.
        generator: the source of the draws.

    Returns:
        None with fewer than ``FEWEST_LIVES`` lives or ``FEWEST_STUDENTS`` students.
    """
    return harms([differences], smallest, generators=[generator])[0]


def harms(
    differences: Sequence[Floats], smallest: float, *, generators: Sequence[np.random.Generator]
) -> list[Harm | None]:
    """What ``harm`` says of each of several, with a generator each: the same numbers, in less time.

    Args:
        differences: as ``harm`` takes them.
        smallest: the smallest difference worth having.
        generators: the source of the draws of each.
    """
    found = [_Question.of(each, smallest, generator) for each, generator in zip(differences, generators, strict=True)]
    open_ = [question for question in found if isinstance(question, _Question)]
    told = list[Harm]()
    for first in range(0, len(open_), _AT_ONCE):
        told += _answers(open_[first : first + _AT_ONCE], smallest)
    answers = iter(told)
    return [next(answers) if isinstance(each, _Question) else each for each in found]


@dataclass(frozen=True)
class _Question:
    """Means of students (S N,) with their squared noise, whose distribution is to be found."""

    means: Floats
    noise: Floats
    reliability: float
    data: _Data
    generator: np.random.Generator

    @classmethod
    def of(cls, differences: Floats, smallest: float, generator: np.random.Generator) -> _Question | Harm | None:
        """The question; or the answer, where none is to be drawn."""
        n_seeds, n_lives, n_students = differences.shape
        if n_lives < FEWEST_LIVES or n_students < FEWEST_STUDENTS:
            return None
        means = differences.mean(axis=1).ravel()
        noise = _steadied(differences.var(axis=1, ddof=1).ravel(), n_lives) / n_lives
        luck = float(noise.mean())
        true = max(float(means.var(ddof=1) - noise.mean()), 0.0)
        if not noise.any():  # the lives of each student are all alike
            lost, won = (_counted(side * means > smallest + 1e-9) for side in (-1, 1))
            return Harm(lost, won, reliability=1.0 if true > 0 else 0.0, noise=0.0)
        data = _Data.of(means, noise, np.full(len(means), 1.0 / n_seeds))
        return cls(means, noise, true / (true + luck), data, generator)


def _answers(questions: Sequence[_Question], smallest: float) -> Iterator[Harm]:
    """What the mixtures say that are drawn for these questions side by side."""
    mixtures = [_Mixtures(question.data, smallest) for question in questions]
    drawn = _draw(mixtures, [question.generator for question in questions])
    for question, mixture, rows in zip(questions, mixtures, drawn, strict=True):
        means, noise = question.means, question.noise
        luck = float(noise.mean())
        quiet = bool(np.sqrt(luck) <= MOST_NOISE * smallest)
        lost, won = (
            _share(chances, question.data, question.generator, quiet=quiet)
            for chances in mixture.chances(rows, smallest)
        )
        if not quiet:
            lost, won = (
                _beyond_noise(side * means, np.sqrt(noise), smallest, share) for side, share in ((-1, lost), (1, won))
            )
        yield Harm(lost, won, reliability=question.reliability, noise=float(np.sqrt(luck)))


def _counted(those: npt.NDArray[np.bool_]) -> Share:
    share = float(those.mean())
    return Share(share, share, share, told=True)


def _beyond_noise(means: Floats, error: Floats, smallest: float, share: Share) -> Share:
    """The share again, told where the noise is too small to matter although it is large.

    Whoever ends ``SURE`` standard errors beyond the limit is beyond it but for 1 in 100, and whoever is beyond it ends
    so far below it but for 1 in 100: that bounds the share, whatever the distribution.
    """
    low = max(float((means - SURE * error > smallest).mean()) - 0.01, 0.0)
    high = min(float((means + SURE * error > smallest).mean()) + 0.01, 1.0)
    if high - low > 2 * REACH:
        return share
    return Share(min(max(share.value, low), high), low, high, told=high - low <= REACH)


def _steadied(variances: Floats, n_lives: int) -> Floats:
    """Each student's variance between lives, drawn to the mean of all as far as it is known too little itself.

    The mean of all stays, so that neither too much luck is taken out nor too little.
    """
    by_chance = 2.0 * float((variances**2).mean()) / (n_lives + 1)
    all_in_all = float(variances.var())
    own = max(1.0 - by_chance / all_in_all, 0.0) if all_in_all > 0 else 0.0
    return variances.mean() + own * (variances - variances.mean())


@dataclass(frozen=True)
class _Data:
    """Means of students, like ones merged: (n,) mean, squared noise, and how many students each stands for."""

    means: Floats
    noise: Floats
    weights: Floats

    @classmethod
    def of(cls, means: Floats, noise: Floats, weights: Floats) -> _Data:
        """Merge what is alike within a fraction of the noise."""
        edges = np.quantile(noise, np.linspace(0.0, 1.0, _CLASSES + 1)[1:-1])
        classes = np.searchsorted(edges, noise)
        merged: list[Floats] = []
        for k in np.unique(classes):
            here = classes == k
            own = float(noise[here].mean())
            width = max(np.sqrt(own) / _PER_NOISE, 1e-9)
            _, inside = np.unique(np.round(means[here] / width), return_inverse=True)
            count = np.bincount(inside, weights[here])
            mean = np.bincount(inside, weights[here] * means[here]) / count
            merged.append(np.stack([mean, np.full(len(mean), own), count]))
        return cls(*np.concatenate(merged, axis=1))


class _Mixtures:
    """Mixtures of normal distributions that may have made the means: rows of logits, centres and log widths.

    A priori all weights are equally probable, centres lie about the mean of all as widely as the means do, and widths
    are equally probable on a logarithmic scale from a twentieth of the smallest difference up.
    """

    def __init__(self, data: _Data, smallest: float) -> None:
        self.data = data
        self.centre = float(np.average(data.means, weights=data.weights))
        self.spread = float(np.sqrt(np.average((data.means - self.centre) ** 2, weights=data.weights)))
        narrowest = max(smallest / 20, self.spread / 200)
        self.widths = np.log(narrowest), np.log(2 * max(self.spread, 4 * narrowest))

    def first(self, generator: np.random.Generator) -> Floats:
        """(_WALKERS, D) mixtures to begin with, from what is thought a priori."""
        return np.concatenate(
            [
                generator.normal(size=(_WALKERS, COMPONENTS - 1)),
                self.centre + self.spread * generator.normal(size=(_WALKERS, COMPONENTS)),
                generator.uniform(*self.widths, (_WALKERS, COMPONENTS)),
            ],
            axis=1,
        )

    def chances(self, rows: Floats, smallest: float) -> tuple[Floats, Floats]:
        """(B, n) twice: the chance of each mean's students to lose, and to gain, more than the smallest difference."""
        from scipy.special import ndtr

        weights, centres, widths = _split(rows, *map(np.asarray, self.widths))
        own, luck, middle = widths[:, :, None] ** 2, self.data.noise, centres[:, :, None]
        parts = _parts(self.data.means, luck, weights[:, :, None], middle, own)
        parts /= parts.sum(axis=1, keepdims=True)
        expected = (self.data.means * own + middle * luck) / (own + luck)
        spread = np.sqrt(own * luck / (own + luck))
        return tuple((parts * ndtr((side * expected - smallest) / spread)).sum(axis=1) for side in (-1, 1))


def _split(rows: Floats, narrowest: Floats, widest: Floats) -> tuple[Floats, Floats, Floats]:
    """(…, K) weights, centres and widths of mixtures (…, D); log widths are held between these two."""
    logits = np.zeros((*rows.shape[:-1], COMPONENTS))
    logits[..., 1:] = rows[..., : COMPONENTS - 1]
    logits -= logits.max(axis=-1, keepdims=True)
    weights = np.exp(logits, out=logits)
    weights /= weights.sum(axis=-1, keepdims=True)
    centres, logs = rows[..., COMPONENTS - 1 : -COMPONENTS], rows[..., -COMPONENTS:]
    # not np.clip: these are small arrays, and it asks many questions first
    return weights, centres, np.exp(np.minimum(np.maximum(logs, narrowest), widest))


def _parts(means: Floats, noise: Floats, weights: Floats, centres: Floats, own: Floats) -> Floats:
    """(B, K, n) what each component, whose squared widths are ``own``, says of each mean.

    The last three are (B, K, 1) where all means have one mixture, else (B, K, n).
    """
    variance = own + noise
    parts = means - centres
    np.square(parts, out=parts)
    parts *= -0.5
    parts /= variance
    np.exp(parts, out=parts)
    parts *= weights
    parts /= np.sqrt(variance, out=variance)
    return parts


class _Ensembles:
    """An ensemble of mixtures for each of C questions; of their data (n,) each, all stand in one row."""

    def __init__(self, mixtures: Sequence[_Mixtures]) -> None:
        data = [each.data for each in mixtures]
        sizes = [len(each.means) for each in data]
        ends = np.cumsum(sizes).tolist()
        self.whose = np.repeat(np.arange(len(data)), sizes)
        self.cuts = [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
        self.means, self.noise = (np.concatenate([getattr(each, name) for each in data]) for name in ("means", "noise"))
        self.counts = [each.weights for each in data]
        self.centre = np.array([each.centre for each in mixtures])[:, None, None]
        self.squared = np.array([each.spread**2 for each in mixtures])[:, None]
        self.trembling = np.array([1e-5 * each.spread for each in mixtures])[:, None, None]
        self.narrowest, self.widest = np.array([each.widths for each in mixtures]).T[:, :, None, None]

    def probability(self, rows: Floats) -> Floats:
        """(C, B) logarithm of how probable mixtures (C, B, D) are, up to constants."""
        weights, centres, widths = _split(rows, self.narrowest, self.widest)
        logs = rows[..., -COMPONENTS:]
        allowed = ((logs > self.narrowest) & (logs < self.widest)).all(axis=-1)
        spread = (np.moveaxis(each, 0, -1).take(self.whose, axis=-1) for each in (weights, centres, widths**2))
        said = np.log(_parts(self.means, self.noise, *spread).sum(axis=1) + 1e-300)
        # one product for each: the order of additions depends on the size
        likely = np.array(
            [np.ascontiguousarray(said[:, cut]) @ count for cut, count in zip(self.cuts, self.counts, strict=True)]
        )
        off = ((centres - self.centre) ** 2).sum(axis=-1)
        prior = np.log(weights + 1e-300).sum(axis=-1) - 0.5 * off / self.squared
        return np.where(allowed, likely + prior, -np.inf)

    def proposal(
        self, here: Floats, there: Floats, step: int, generators: Sequence[np.random.Generator]
    ) -> tuple[Floats, Floats]:
        """Where to go from here, by what the other half of the ensemble is like, and the log of the factor it costs."""
        n, size = here.shape[1:]
        whose = np.arange(len(here))[:, None]
        if step % _JUMP_EVERY == _JUMP_EVERY - 1:
            luck = [(each.integers(0, n, (2, n)), each.normal(size=(n, size))) for each in generators]
            one, other = np.array([places for places, _ in luck]).swapaxes(0, 1)
            length = 1.0 if step % _FULL_JUMP_EVERY else 2.38 / np.sqrt(2 * size)
            trembling = self.trembling * np.array([normal for _, normal in luck])
            return here + length * (there[whose, one] - there[whose, other]) + trembling, np.zeros(here.shape[:2])
        low, high = np.sqrt(0.5), np.sqrt(2.0)
        drawn = [(each.random(n), each.integers(0, n, n)) for each in generators]
        stretch = (low + (high - low) * np.array([uniform for uniform, _ in drawn])) ** 2
        anchor = there[whose, np.array([places for _, places in drawn])]
        return anchor + stretch[..., None] * (here - anchor), (size - 1) * np.log(stretch)


def _draw(mixtures: Sequence[_Mixtures], generators: Sequence[np.random.Generator]) -> Floats:
    """(C, B, D) mixtures for each question, each as often as it is probable."""
    half, ensembles = _WALKERS // 2, _Ensembles(mixtures)
    rows = np.array([each.first(generator) for each, generator in zip(mixtures, generators, strict=True)])
    sides, kept = [rows[:, :half], rows[:, half:]], list[Floats]()
    logs = [ensembles.probability(side) for side in sides]
    for step in range(_WARM_UP + _KEPT):
        for moved, other in ((0, 1), (1, 0)):
            proposed, factor = ensembles.proposal(sides[moved], sides[other], step, generators)
            log = ensembles.probability(proposed)
            luck = np.log(np.array([generator.random(half) for generator in generators]))
            taken = luck < factor + log - logs[moved]
            sides[moved] = np.where(taken[..., None], proposed, sides[moved])
            logs[moved] = np.where(taken, log, logs[moved])
        if step >= _WARM_UP and step % _EVERY == 0:
            kept.append(np.concatenate(sides, axis=1))
    return np.concatenate(kept, axis=1)


def _share(chances: Floats, data: _Data, generator: np.random.Generator, *, quiet: bool) -> Share:
    """The share among the students who were taught, from (B, n) chances under B mixtures."""
    n_students = data.weights.sum()
    chances = np.clip(chances, 0.0, 1.0)  # sums of parts may leave it by rounding
    shares = chances @ data.weights / n_students
    by_chance = np.sqrt((chances * (1.0 - chances)) @ data.weights) / n_students
    drawn = np.clip(shares + by_chance * generator.normal(size=len(shares)), 0.0, 1.0)
    low, high = np.quantile(drawn, [(1.0 - LEVEL) / 2, (1.0 + LEVEL) / 2])
    value = float(shares.mean())
    low, high = min(float(low), value), max(float(high), value)
    return Share(value, low, high, told=quiet and max(high - value, value - low) <= REACH)
