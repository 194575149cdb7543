"""What a better belief is worth: docs/results/better_beliefs.md is written again from a finished comparison.

``python -m benchmarks.pages.better_beliefs results/better_beliefs``. The same students under all beliefs, so that
differences between beliefs are paired like those between policies, which ``zpdgym diff`` does for two of them.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
from zpdgym.experiments.statistics import Estimate, estimate

from benchmarks.pages.scenarios import table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "results" / "better_beliefs.md"
BELIEFS = ("factored", "graph", "exact", "truth")
CELLS = {
    "Algebra": ("Algebra-v0", "Algebra-v1", None, "algebra-truth"),
    "Practice": ("Practice-v0", "Practice-v1", "practice-exact", "practice-truth"),
    "KT6KC": ("KT6KC-v0", "KT6KC-v1", "kt6kc-exact", "kt6kc-truth"),
}
INDEXES = {
    "tuned_index": "`tuned_index`, 800 000 lessons",
    "tuned_index_3m": "`tuned_index`, 3 million",
    "tuned_index_patient": "`tuned_index`, until 30 generations bring no gain",
}
POLICIES = {
    **{name: f"`{name}`" for name in ("random", "mastery", "mastery_tuned", "outer_fringe", "greedy_per_minute")},
    **INDEXES,
    "ppo_scorer": "`ppo_scorer`, 800 000 lessons (learnt)",
    "oracle_per_minute": "`oracle_per_minute` (sees the truth anyway)",
    "oracle_greedy": "`oracle_greedy` (sees the truth anyway)",
}
Floats = npt.NDArray[np.float64]


class Comparison:
    """The students of every run of a comparison."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def runs(self, cell: str | None, policy: str, column: str = "exam") -> Floats | None:
        """(S, N) a column of the students of all seeds that have been taught; None where there are no such runs."""
        folder = self.folder / str(cell) / policy
        if cell is None or not folder.is_dir():
            return None
        made = (path.parent for path in folder.glob("seed*/students.csv") if ".old-" not in path.parent.name)
        seeds = sorted(made, key=lambda path: int(path.name.removeprefix("seed")))
        return np.stack([_column(seed / "students.csv", column) for seed in seeds]) if seeds else None


def _column(path: Path, column: str) -> Floats:
    with path.open(encoding="utf-8", newline="") as file:
        return np.array([float(row[column]) for row in csv.DictReader(file)])


def estimated(values: Floats | None, minus: Floats | None) -> Estimate | None:
    """The paired difference of two tables of runs; None where one is missing."""
    if values is None or minus is None:
        return None
    return estimate(values, minus, generator=np.random.default_rng(0))


def value(values: Floats | None) -> str:
    """A mean with its interval, for a cell of a table."""
    if values is None:
        return "–"
    found = estimate(values, generator=np.random.default_rng(0))
    low, high = found.interval()
    return f"{found.value:.3f} ± {max(found.value - low, high - found.value):.3f}"


def difference(found: Estimate | None) -> str:
    """A difference with its interval, for a cell of a table."""
    if found is None:
        return "–"
    low, high = found.interval()
    return f"{found.value:+.3f} [{low:+.3f}, {high:+.3f}]"


def outcomes(told: Comparison) -> Iterable[str]:
    """For each scenario the policies by the beliefs."""
    for name, cells in CELLS.items():
        rows = [
            [
                "",
                *(f"{belief} (`{cell}`)" if cell else f"{belief}" for belief, cell in zip(BELIEFS, cells, strict=True)),
            ]
        ]
        for policy, words in POLICIES.items():
            found = [told.runs(cell, policy) for cell in cells]
            if any(values is not None for values in found):
                rows.append([words, *map(value, found)])
        distance = [told.runs(cell, "mastery_tuned", "belief_brier") for cell in cells]
        rows.append(["*distance from the truth (Brier) under* `mastery_tuned`", *map(value, distance)])
        yield f"### {name}\n\n{table(rows)}"


def worth(told: Comparison) -> str:
    """What each belief is worth to each policy, over the factored one."""
    heads = [
        f"{name}, {belief}"
        for name, cells in CELLS.items()
        for belief, cell in zip(BELIEFS, cells, strict=True)
        if cell
    ]
    kept = [head for head in heads if "factored" not in head]
    rows = [["", *kept]]
    for policy in ("mastery", "mastery_tuned", "outer_fringe", "greedy_per_minute", *INDEXES, "ppo_scorer"):
        row = [POLICIES[policy]]
        for cells in CELLS.values():
            first = told.runs(cells[0], policy)
            row += [difference(estimated(told.runs(cell, policy), first)) for cell in cells[1:] if cell]
        rows.append(row)
    return table(rows)


def ahead(told: Comparison) -> str:
    """The learnt teacher against the index at each budget, under each belief."""
    rows = [["scenario", "belief", *(f"less {words}" for words in INDEXES.values())]]
    for name, cells in CELLS.items():
        for belief, cell in zip(BELIEFS, cells, strict=True):
            learnt = told.runs(cell, "ppo_scorer")
            if learnt is not None:
                rows.append([name, belief, *(difference(estimated(learnt, told.runs(cell, one))) for one in INDEXES)])
    return table(rows)


def page(told: Comparison) -> str:
    """The whole page."""
    parts = [
        "# What a better belief is worth",
        f"Made by `zpdgym compare experiment=better_beliefs` and `python -m benchmarks.pages.better_beliefs "
        f"results/better_beliefs` on {date.today():%Y-%m-%d}. Simulated students; nothing was tried with children.",
        WORDS,
        "## Exam",
        *outcomes(told),
        "± is the 95 % interval over students and, of `ppo_scorer`, five trainings. One search each for the tuned "
        "policies, whose luck is not in it: where more lessons end lower, the search went astray, and its validation "
        "students had said so. The distance from the truth depends on what is asked, so it is that of one policy.",
        "## What a belief is worth to whom",
        "Paired differences of the exam to the same policy with the factored belief, with 95 % intervals that are not "
        "corrected for their number:",
        worth(told),
        "## What learning adds to the index",
        "`ppo_scorer` (800 000 lessons) less `tuned_index`, paired, on the same belief, with 95 % intervals that are "
        "not corrected for their number:",
        ahead(told),
    ]
    return "\n\n".join(parts) + "\n"


WORDS = (
    "What a tutor makes of answers: *factored*, every skill by itself (`bkt`, version 0 of each scenario); *graph*, "
    "what hangs together (version 1); *exact*, all combinations of known skills, where there are few enough; *truth*, "
    "what only the simulation knows, which no tutor can be told. The first three are fitted to the same log of "
    "students; truth has the students' mean numbers. All policies are tuned or trained anew under each belief, and "
    "teach the same 4000 students, whose seed was committed before anybody was taught. "
    "[What a budget buys](budgets.md) has the curves."
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    PAGE.write_text(page(Comparison(parser.parse_args(arguments).folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
