"""Whether intervals hold what they promise and words are true, by simulation: today's method beside the one before.

``python -m benchmarks.interval_coverage`` takes half a minute; ``--full`` makes ten times as many experiments and is
what ``docs/results/coverage.md`` holds; ``docs/evidence.md`` says what it means.

An experiment is a table of training seeds times students. Of normal students and lessons, four numbers hold all that an
interval looks at: the seeds' means and three mean squares. They are drawn directly, so a hundred thousand experiments
take seconds; intervals and words come from ``zpdgym.experiments.statistics`` itself.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from zpdgym.experiments.statistics import (
    AHEAD,
    ALPHA,
    BEHIND,
    BETTER,
    CANNOT_TELL,
    NO_DIFFERENCE,
    VERDICTS,
    WORSE,
    critical,
    outlying,
    reach,
    spread_of_seeds,
    verdict,
)

Floats = npt.NDArray[np.float64]
Reach = Callable[["Experiments", float], tuple[Floats, Floats]]

SEED_SD, STUDENT_SD, LESSON_SD = 0.02, 0.12, 0.1
"""Spread of trainings, of the students' own differences and of single lessons, near those of Algebra."""
SMALLEST, POLICIES = 0.02, 8
FAILS = 0.1
"""How often a training fails."""
KINDS = ("normal", "lognormal .5", "lognormal 1", "fails by 2", "fails by 5", "fails by 10", "fails by 30")


class Experiments(NamedTuple):
    """Many simulated experiments: what an estimate is made of. ``R`` stands for one or more axes."""

    value: Floats  # (R)
    crossed: Floats  # (R)
    within: Floats  # (R)
    per_seed: Floats  # (R, S)
    students: int


def trainings(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """The luck of trainings of one kind, of mean 0; in standard deviations (of those that do not fail)."""
    normal = rng.standard_normal(shape)
    name, _, number = kind.rpartition(" ")
    if name == "lognormal":
        sigma = float(number)
        mean = np.exp(sigma**2 / 2)
        return (mean - np.exp(sigma * normal)) / (mean * np.sqrt(np.expm1(sigma**2)))
    if name == "fails by":
        return normal - float(number) * ((rng.random(shape) < FAILS) - FAILS)
    return normal


def simulated(
    kind: str,
    truth: float | Floats,
    shape: tuple[int, ...],
    rng: np.random.Generator,
    *,
    seeds: int,
    students: int,
    seed_sd: float = SEED_SD,
) -> Experiments:
    """Experiments about a true difference. The last axis of ``shape`` is one of policies that share what they are set
    beside, whose students make half of the variance."""
    rows, columns = seeds - 1, students - 1
    beside = rng.standard_normal((*shape[:-1], 1)) + rng.standard_normal(shape)
    student = STUDENT_SD * beside / np.sqrt(2 * students) + truth
    lesson = LESSON_SD * rng.standard_normal((*shape, seeds)) / np.sqrt(students)
    per_seed = student[..., None] + lesson + seed_sd * trainings(kind, (*shape, seeds), rng)
    mean_square = (STUDENT_SD**2 + LESSON_SD**2 / seeds) * rng.chisquare(columns, shape) / columns
    lessons = LESSON_SD**2 * rng.chisquare(rows * columns, shape) / (seeds * columns)
    crossed, within = mean_square / students, (mean_square + lessons) / students
    return Experiments(per_seed.mean(axis=-1), crossed, within, per_seed, students)


def now(found: Experiments, alpha: float) -> tuple[Floats, Floats]:
    """How far today's interval reaches."""
    variance, skewness = spread_of_seeds(found.per_seed, found.crossed, found.within)
    return reach(variance, found.crossed, skewness, (found.per_seed.shape[-1], found.students), alpha)


def before(found: Experiments, alpha: float) -> tuple[Floats, Floats]:
    """The same of the method before: Student's t for both parts, whatever the seeds look like."""
    variance, _ = spread_of_seeds(found.per_seed, found.crossed, found.within)
    return reach(variance, found.crossed, 0.0, (found.per_seed.shape[-1], found.students), alpha)


def seeds_alone(found: Experiments, alpha: float, method: str) -> tuple[Floats, Floats]:
    """What else an interval for the mean of the seeds could be: Hall's (1992), or the bootstrap's t."""
    per_seed, seeds = found.per_seed, found.per_seed.shape[-1]
    mean, error = per_seed.mean(axis=-1), per_seed.std(axis=-1, ddof=1) / np.sqrt(seeds)
    if method == "bootstrap-t":
        chosen = np.random.default_rng(0).integers(0, seeds, (999, seeds))
        low, high = np.empty_like(mean), np.empty_like(mean)
        for place in np.ndindex(mean.shape):
            again = per_seed[place][chosen]
            spread = np.maximum(again.std(axis=1, ddof=1), 1e-12) / np.sqrt(seeds)
            low[place], high[place] = np.quantile(
                (again.mean(axis=1) - mean[place]) / spread, (alpha / 2, 1 - alpha / 2)
            )
        return high * error, -low * error
    _, skewness = spread_of_seeds(per_seed, 0.0, 0.0)
    lean = skewness / np.sqrt(seeds) * np.sqrt(seeds * (seeds - 1)) / (seeds - 2)
    t = critical(alpha, seeds - 1)
    below, above = (3 / lean * (np.cbrt(1 + lean * (side * t - lean / 6)) - 1) for side in (1, -1))
    return below * error, -above * error


def covered(found: Experiments, truth: float, method: Reach) -> str:
    """Coverage and mean width at 95 %."""
    below, above = method(found, ALPHA)
    hits = (found.value - below <= truth) & (truth <= found.value + above)
    return f"{hits.mean():.3f} ({(below + above).mean():.4f})"


def words_now(found: Experiments) -> npt.NDArray[np.str_]:
    """(R, P) what is said of every policy, corrected over the table (Bonferroni)."""
    below, above = now(found, ALPHA / found.value.shape[-1])
    ends = zip((found.value - below).flat, (found.value + above).flat, strict=True)
    return np.array([verdict(low, high, SMALLEST) for low, high in ends]).reshape(found.value.shape)


def words_before(found: Experiments) -> npt.NDArray[np.str_]:
    """(R, P) what was said before: corrected by Holm's steps, "no practical difference" by size alone if 0 was out."""
    value, policies = found.value, found.value.shape[-1]
    rank = np.argsort(np.argsort(-np.abs(value) / before(found, ALPHA)[0], axis=-1), axis=-1)
    steps = np.stack([before(found, ALPHA / (policies - step))[0] for step in range(policies)])
    half = np.take_along_axis(steps, rank[None], axis=0)[0]
    misses = np.where(np.abs(value) > half, policies, rank).min(axis=-1, keepdims=True)
    inside = np.abs(value) + half <= SMALLEST
    said = np.where(value > 0, BETTER, WORSE)
    said = np.where(np.abs(value) <= SMALLEST, NO_DIFFERENCE, said)
    return np.where(rank < misses, said, np.where(inside, NO_DIFFERENCE, CANNOT_TELL))


def false_words(said: npt.NDArray[np.str_], truth: Floats, at_least: float) -> float:
    """The share of tables with a false word.

    Args:
        said: (R, P) words.
        truth: (P,) the true differences.
        at_least: "better" says that the difference is larger than this.
    """
    true = {
        BETTER: truth > at_least,
        AHEAD: truth > 0,
        NO_DIFFERENCE: np.abs(truth) <= SMALLEST,
        BEHIND: truth < 0,
        WORSE: truth < -at_least,
    }
    wrong = np.any([(said == word) & ~is_true for word, is_true in true.items()], axis=0)
    return float(wrong.any(axis=-1).mean())


def show(title: str, heads: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a Markdown table."""
    heads = list(heads)
    print(f"\n{title}\n\n| {' | '.join(heads)} |\n|---|{'---:|' * (len(heads) - 1)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)


def coverage(repeats: int, rng: np.random.Generator) -> None:
    """Coverage with widths beside, before and now."""
    for students in (200, 4000):
        rows = []
        for kind in KINDS:
            for seeds in (3, 5, 10, 20):
                found = simulated(kind, 0.0, (repeats, 1), rng, seeds=seeds, students=students)
                none = f"{(1 - FAILS) ** seeds:.2f}" if kind.startswith("fails") else ""
                rows.append((kind, seeds, covered(found, 0.0, before), covered(found, 0.0, now), none))
        heads = ("trainings", "seeds", "before", "now", "samples without a failure")
        show(f"Coverage of 95 % intervals (mean width); {students} students", heads, rows)


def candidates(repeats: int, rng: np.random.Generator) -> None:
    """The methods that were looked at, for ten seeds and endless students."""
    rows = []
    for kind in KINDS:
        found = simulated(kind, 0.0, (repeats, 1), rng, seeds=10, students=10**9)
        few = found._replace(value=found.value[:4000], per_seed=found.per_seed[:4000])
        hall, bootstrap = (lambda f, a, m=m: seeds_alone(f, a, m) for m in ("Hall", "bootstrap-t"))
        told = [covered(found, 0.0, method) for method in (before, now, hall)]
        rows.append((kind, *told, covered(few, 0.0, bootstrap)))
    show("Coverage (mean width); 10 seeds, endless students", ("trainings", "t", "now", "Hall", "bootstrap-t"), rows)


def words(repeats: int, rng: np.random.Generator) -> None:
    """How often each word is said of a true difference."""
    for seeds, students, seed_sd in ((10, 4000, 0.01), (10, 1000, 0.01), (3, 4000, 0.01)):
        rows = []
        for truth in (0.0, 0.01, 0.02, 0.04):
            for kind in ("normal", "lognormal 1"):
                shape = (repeats, POLICIES)
                found = simulated(kind, truth, shape, rng, seeds=seeds, students=students, seed_sd=seed_sd)
                for name, said in (("before", words_before(found)), ("now", words_now(found))):
                    rows.append((f"{truth:g}", kind, name, *(f"{(said == word).mean():.3f}" for word in VERDICTS)))
        title = (
            f"What is said; {seeds} seeds of standard deviation {seed_sd:g}, {students} students, {POLICIES} policies"
        )
        show(title, ("true difference", "trainings", "method", *VERDICTS), rows)


def families(repeats: int, rng: np.random.Generator) -> None:
    """How many tables hold a false word."""
    half = POLICIES // 2
    just_above = SMALLEST + 1e-4
    truths = {
        "all 0": np.zeros(POLICIES),
        "all the smallest difference": np.full(POLICIES, SMALLEST),
        "all just above it": np.full(POLICIES, just_above),
        "half 0, half just above it": np.repeat([0.0, just_above], half),
    }
    rows = []
    for name, truth in truths.items():
        for kind in ("normal", "lognormal .5", "lognormal 1"):
            cells = []
            for seeds, students, seed_sd in ((10, 200, 0.02), (10, 4000, 0.02), (10, 4000, 0.002), (3, 4000, 0.002)):
                shape = (repeats, POLICIES)
                found = simulated(kind, truth, shape, rng, seeds=seeds, students=students, seed_sd=seed_sd)
                old, new = false_words(words_before(found), truth, 0.0), false_words(words_now(found), truth, SMALLEST)
                cells.append(f"{old:.3f} / {new:.3f}")
            rows.append((name, kind, *cells))
    heads = (
        "true differences",
        "trainings",
        "10 seeds, 200 students",
        "10, 4000",
        "10, 4000, sd .002",
        "3, 4000, sd .002",
    )
    show(f"Tables of {POLICIES} policies with a false word: before / now (at most .05)", heads, rows)


def failures(repeats: int, rng: np.random.Generator) -> None:
    """How often a run is called outlying: where all are alike, and where one failed."""
    rows = []
    for seeds in (4, 5, 7, 10, 20):
        alike = [bool(outlying(runs)) for runs in rng.standard_normal((repeats, seeds))]
        cells = [f"{np.mean(alike):.3f}"]
        for deviations in (2, 5, 10, 30):
            runs = rng.standard_normal((repeats // 4, seeds))
            runs[:, 0] -= deviations
            cells.append(f"{np.mean([0 in outlying(one) for one in runs]):.2f}")
        rows.append((seeds, *cells))
    show("Called outlying", ("seeds", "a false alarm", *(f"one failed by {d}" for d in (2, 5, 10, 30))), rows)


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="ten times as many experiments")
    full = parser.parse_args().full
    times, rng = 10 if full else 1, np.random.default_rng(0)
    made_by = f"python -m benchmarks.interval_coverage{' --full' * full}"
    print("# What intervals and words are worth, by simulation\n")
    print(f"Made by `{made_by}`; what it means: [evidence](../evidence.md#how-sure).")
    coverage(10_000 * times, rng)
    candidates(10_000 * times, rng)
    words(1000 * times, rng)
    families(2000 * times, rng)
    failures(2000 * times, rng)


if __name__ == "__main__":
    main()
