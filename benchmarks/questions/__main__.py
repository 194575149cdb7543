"""What the answers of a grid are worth, simulated: contrasts, crossings, worlds and plans against a known truth.

``python -m benchmarks.questions`` takes about three minutes; ``docs/how-to/questions.md`` shows what it prints.
Students, trainings and lessons differ, all normally; every cell has trainings of its own and the same people.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
from zpdgym.experiments.questions.contrasts import contrasts
from zpdgym.experiments.questions.crossing import crossing, points
from zpdgym.experiments.questions.power import Design, Spread
from zpdgym.experiments.questions.rows import ContrastRow, CrossingTable
from zpdgym.experiments.questions.worlds import worlds
from zpdgym.experiments.statistics import ALPHA, estimate

from tests.experiments.questions.made import made

REPEATS = 1000
AXES = {"forget": (0.01, 0.03, 0.1), "schedule": (0, 1)}
AT = points(0.003, 0.1)


def effect(forget: float, schedule: float) -> float:
    """The true difference in a cell."""
    return forget + 0.05 * schedule + 0.5 * forget * schedule


def true_of(row: ContrastRow) -> float:
    """What a row estimates."""
    at = dict(row.axes or {})
    first = {axis: levels[0] for axis, levels in AXES.items()}

    def mean(fixed: dict[str, float]) -> float:
        places = itertools.product(*((fixed[a],) if a in fixed else levels for a, levels in AXES.items()))
        return float(np.mean([effect(*place) for place in places]))

    if row.kind == "difference":
        return mean(at)
    if row.kind == "change":
        return mean(at) - mean({axis: first[axis] for axis in at})
    one, two = at
    corners = ({**at}, {**at, one: first[one]}, {**at, two: first[two]}, {one: first[one], two: first[two]})
    return mean(corners[0]) - mean(corners[1]) - mean(corners[2]) + mean(corners[3])


def of_contrasts(rng: np.random.Generator, seeds: int, seed_sd: float) -> list[str]:
    """Coverage by kind of row, and how often all corrected intervals hold."""
    hits, together = dict[str, list[bool]](), 0
    for _ in range(REPEATS):
        cells = made(AXES, effect, rng, seeds=seeds, students=100, seed_sd=seed_sd)
        rows = contrasts(cells, ["own - base by forget x schedule"], smallest=0.02).rows
        for row in rows:
            hits.setdefault(row.kind, []).append(row.difference.low <= true_of(row) <= row.difference.high)
        together += all(r.difference.low_corrected <= true_of(r) <= r.difference.high_corrected for r in rows)
    return [*(share(np.mean(found)) for found in hits.values()), share(together / REPEATS)]


def of_means(rng: np.random.Generator, common: float) -> str:
    """Coverage of the mean over sixteen cells, where trainings of one number have a share of their luck in common."""
    hits = 0
    for _ in range(REPEATS):
        cells = made({"a": range(16)}, lambda a: 0.1, rng, seed_sd=0.03, students=300, common=common)
        difference = contrasts(cells, ["own - base"], smallest=0.02).rows[0].difference
        hits += difference.low <= 0.1 <= difference.high
    return share(hits / REPEATS)


def of_crossings(rng: np.random.Generator, truth: Callable[[float], float], roots: Sequence[float]) -> list[str]:
    """How often an answer is true, and how often the right number of crossings is found."""
    true, right = 0, 0
    for _ in range(REPEATS):
        cells = made({"forget": AT}, truth, rng, students=100, seed_sd=0.01)
        table = crossing(cells, "own - base", "forget", smallest=0.02)
        true += is_true(table, roots)
        right += table.answer == ("none", "one", "several")[len(roots)]
    return [share(true / REPEATS), share(right / REPEATS)]


def is_true(table: CrossingTable, roots: Sequence[float]) -> bool:
    """Whether nothing false is said: of how many crossings there are, or of where they lie."""
    least = {"none": (0, 0), "one": (1, 1), "at least one": (1, 9), "several": (2, 9), "cannot tell": (0, 9)}
    low, high = least[table.answer]
    held = all(any(row.crossing.low <= r <= row.crossing.high for r in roots) for row in table.crossings)
    return held and low <= len(roots) <= high


def of_worlds(rng: np.random.Generator, count: int) -> list[str]:
    """Coverage of the mean over worlds, and of a further world."""
    mean, further = 0, 0
    for _ in range(REPEATS):
        effects = 0.05 + 0.02 * rng.standard_normal(count + 1)
        where = range(count + 1)
        cells = made({"cohort": where}, lambda c, e=effects: float(e[c]), rng, seeds=3, students=60, seed_sd=0.01)
        (row,) = worlds(cells[:-1], ["own - base"], smallest=0.02).together
        mean += row.mean.low <= 0.05 <= row.mean.high
        new = float(cells[-1].outcomes["own"].mean() - cells[-1].outcomes["base"].mean())
        further += row.further.low <= new <= row.further.high
    return [share(mean / REPEATS), share(further / REPEATS)]


def of_plans(rng: np.random.Generator, seed_sd: float, verdicts: int) -> list[list[str]]:
    """Planned sizes, and the power that whole experiments of these sizes have."""
    luck, rows = Spread(0.0, seed_sd**2, 0.06**2, 0.08**2, 10, 200), list[list[str]]()
    design = Design(0.03, beyond=0.0, verdicts=verdicts, generator=np.random.default_rng(0))
    for seeds, students in design.enough(luck, 0.8)[:2]:
        hits = 0
        for _ in range(REPEATS):
            training, person = rng.standard_normal((seeds, 1)), rng.standard_normal((1, students))
            lessons = rng.standard_normal((seeds, students))
            table = 0.03 + seed_sd * training + 0.06 * person + 0.08 * lessons
            hits += estimate(table, generator=rng).interval(1 - ALPHA / verdicts)[0] > 0
        rows.append([f"{seed_sd:g}", f"{verdicts}", f"{seeds}", f"{students}", share(hits / REPEATS)])
    return rows


def share(value: float) -> str:
    """A share as the pages write it."""
    return f"{value:.3f}".removeprefix("0") if value < 1 else "1.000"


def show(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table."""
    print(f"\n{title}\n\n| {' | '.join(heads)} |\n|{'---|' + '---:|' * (len(heads) - 1)}")
    print("\n".join(f"| {' | '.join(row)} |" for row in rows), flush=True)


def main() -> None:
    """Print all tables."""
    rng = np.random.default_rng(0)
    kinds = [(seeds, sd) for seeds in (3, 10) for sd in (0.003, 0.02)]
    rows = [[f"{seeds} seeds, sd {sd:g}", *of_contrasts(rng, seeds, sd)] for seeds, sd in kinds]
    heads = ("trainings", "differences", "changes", "interactions", "all rows, corrected")
    show("Coverage of contrasts", heads, rows)
    rows = [[f"{common:.0%}", of_means(rng, common)] for common in (0.0, 0.15, 0.5)]
    show("Coverage of the mean over 16 cells, ten seeds", ("luck in common", "mean"), rows)
    shapes: list[tuple[str, Callable[[float], float], tuple[float, ...]]] = [
        ("none: .05 everywhere", lambda x: 0.05, ()),
        ("one, straight", lambda x: 0.03 * math.log(x / 0.02), (0.02,)),
        ("one, near an end", lambda x: 0.03 * math.log(x / 0.005), (0.005,)),
        ("one, bent", lambda x: 0.06 * math.tanh(2 * math.log(x / 0.02)), (0.02,)),
        ("two, bent", lambda x: 0.05 * math.log(x / 0.006) * math.log(x / 0.05), (0.006, 0.05)),
    ]
    rows = [[name, *of_crossings(rng, truth, roots)] for name, truth, roots in shapes]
    show("Crossings", ("truth", "nothing false is said", "the right number is found"), rows)
    rows = [[str(count), *of_worlds(rng, count)] for count in (3, 5, 20)]
    show("Coverage of worlds", ("worlds", "mean", "a further world"), rows)
    rows = [row for sd in (0.004, 0.012) for verdicts in (1, 8) for row in of_plans(rng, sd, verdicts)]
    show("Power .8 as planned", ("sd of trainings", "verdicts", "seeds", "students", "power"), rows)


if __name__ == "__main__":
    main()
