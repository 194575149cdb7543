"""The numbers of a robust evaluation matrix, computed from the files of its runs and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..statistics import BETTER, NO_DIFFERENCE, Estimate, estimate, holm, holm_levels, seeds_warning, verdict
from ..store.runs import RUN, STUDENTS, Run
from .plan import TUNED
from .robustness_plan import ANY, REFERENCES

Floats = npt.NDArray[np.float64]
Cell = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Row:
    """One way of teaching before every kind of students.

    Attributes:
        policy: its name.
        kind: "baseline", "learnt" or "privileged".
        home: the kind of students that it was made for, "mixture" or "any".
        outcome: kind of students -> (S, N) primary outcome; kinds that it cannot teach are left out.
    """

    policy: str
    kind: str
    home: str
    outcome: Mapping[str, Floats]

    @property
    def name(self) -> str:
        """What tables call it: ``streak@own`` was made for the scenario's own students."""
        return self.policy if self.home == ANY else f"{self.policy}@{self.home}"

    @property
    def fair(self) -> bool:
        """Whether a real teacher could do it."""
        return self.kind != "privileged"

    @property
    def worst(self) -> str:
        """The kind of students with the lowest mean outcome."""
        return min(self.outcome, key=lambda column: float(self.outcome[column].mean()))


def read_rows(folder: Path, about: Mapping[str, Any]) -> list[Row]:
    """The rows of a matrix whose runs are finished."""
    return [
        _read(folder, row["policy"], row["kind"], row["home"], row["seeds"], about["columns"]) for row in about["rows"]
    ]


def _read(folder: Path, policy: str, kind: str, home: str, seeds: Sequence[int], columns: Iterable[str]) -> Row:
    frames = [Run(folder / policy / home / f"seed{seed}").csv(STUDENTS) for seed in seeds]
    there = [column for column in columns if column in frames[0].columns]
    return Row(policy, kind, home, {c: np.stack([f[c].to_numpy(np.float64) for f in frames]) for c in there})


def matrix_table(folder: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that there is to say about a matrix whose runs are finished.

    Args:
        folder: the matrix's folder.
        about: what the matrix consists of: ``columns`` (names), ``rows`` (policy, kind, home, seeds), ``primary``,
            ``smallest_difference`` and whatever else the file shall tell.

    Returns:
        what ``matrix.json`` holds; see ``docs/robustness.md``.
    """
    rows = read_rows(folder, about)
    columns, smallest = list(about["columns"]), float(about["smallest_difference"])
    fair, twins = [row for row in rows if row.fair], _twins(rows)
    distinct = [row for row in fair if row.name not in twins]
    best = {c: max(fair, key=lambda row: float(row.outcome[c].mean())) for c in columns}
    cells = [cell for column in columns for cell in _column(rows, column, best[column], smallest)]
    above = _dominance(distinct, columns, smallest)
    above |= {twin: above[first] for twin, first in twins.items() if first in above}
    seeds = max(len(row["seeds"]) for row in about["rows"])
    return {
        **about,
        "warning": seeds_warning(seeds) if any(row.kind == "learnt" for row in rows) else None,
        "best": {column: row.name for column, row in best.items()},
        "best_worst_case": _best_worst_case(distinct, smallest),
        "least_regret": _least_regret(distinct, best, smallest),
        "undominated": [row.name for row in fair if not above[row.name]],
        "rows": [
            _summary(row, best, above) | {"twin_of": twins.get(row.name), "seeds": len(a["seeds"])}
            for row, a in zip(rows, about["rows"], strict=True)
        ],
        "cells": cells,
    }


def _twins(rows: Sequence[Row]) -> dict[str, str]:
    """Row -> the first row of the same policy with the same outcome of every student: tuning chose the same for both.

    They are one way of teaching, so they stand once among those that are compared.
    """
    found, firsts = dict[str, str](), list[Row]()
    for row in rows:
        same = (first for first in firsts if first.policy == row.policy and _same(first.outcome, row.outcome))
        if twin := next(same, None):
            found[row.name] = twin.name
        else:
            firsts.append(row)
    return found


def _same(one: Mapping[str, Floats], other: Mapping[str, Floats]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[column], other[column]) for column in one)


def _column(rows: Sequence[Row], column: str, best: Row, smallest: float) -> list[Cell]:
    """Every row before one kind of students: its outcome, and beside tuned mastery learning made for them."""
    there = [row for row in rows if column in row.outcome]
    mastery = next(row for row in there if row.policy == TUNED and row.home in (column, ANY))
    differences = {r.name: _difference(r.outcome[column], mastery.outcome[column]) for r in there if r is not mastery}
    family = {row.name: differences[row.name].p for row in there if row.fair and row is not mastery}
    corrected, levels = holm(family), holm_levels(family)
    cells = []
    for row in there:
        cell: Cell = {"row": row.name, "policy": row.policy, "kind": row.kind, "home": row.home, "students": column}
        cell |= _spread("outcome", estimate(row.outcome[column], generator=_LUCK))
        if row is not mastery:
            cell |= _spread("vs_mastery", differences[row.name])
        if row.name in corrected:
            low, high = differences[row.name].interval(levels[row.name])
            cell |= {"vs_mastery_p_holm": corrected[row.name]}
            cell["vs_mastery_verdict"] = verdict(
                cell["vs_mastery"], corrected[row.name], smallest, interval=(low, high)
            )
        cells.append(cell | _spread("regret", _difference(best.outcome[column], row.outcome[column])))
    return cells


def _summary(row: Row, best: Mapping[str, Row], above: Mapping[str, Sequence[str]]) -> Cell:
    """A row over all kinds of students."""
    regret = _regret(row, best)
    summary: Cell = {"row": row.name, "policy": row.policy, "kind": row.kind, "home": row.home}
    summary |= {"worst_students": row.worst} | _spread("worst", estimate(row.outcome[row.worst], generator=_LUCK))
    # a student's number means the same luck in every column, so the mean is taken student by student
    summary |= _spread("mean", estimate(np.mean(list(row.outcome.values()), axis=0), generator=_LUCK))
    summary |= {"regret_students": regret}
    summary |= _spread("largest_regret", _difference(best[regret].outcome[regret], row.outcome[regret]))
    summary["dominated_by"] = list(above.get(row.name, ()))
    summary["reference"] = row.policy in REFERENCES or not row.fair
    return summary


def _regret(row: Row, best: Mapping[str, Row]) -> str:
    """The kind of students with whom a row is furthest behind the best row there."""
    return max(row.outcome, key=lambda c: float(best[c].outcome[c].mean() - row.outcome[c].mean()))


def _best_worst_case(fair: Sequence[Row], smallest: float) -> dict[str, Any]:
    """Who is best where it is worst (max-min), and who cannot be told from that."""
    worst = {row.name: row.outcome[row.worst] for row in fair}
    return _leader(worst, smallest)


def _least_regret(fair: Sequence[Row], best: Mapping[str, Row], smallest: float) -> dict[str, Any]:
    """Who is least far behind the best row where it is furthest behind (min-max), and who cannot be told from that."""
    behind = {}
    for row in fair:
        column = _regret(row, best)
        top, own = np.broadcast_arrays(best[column].outcome[column], row.outcome[column])
        behind[row.name] = own - top
    return _leader(behind, smallest)


def _leader(values: Mapping[str, Floats], smallest: float) -> dict[str, Any]:
    """The largest mean; a winner only where it is better than every other one, corrected for how many they are."""
    leader = max(values, key=lambda name: float(values[name].mean()))
    differences = {n: _difference(values[leader], v) for n, v in values.items() if n != leader}
    p = {name: d.p for name, d in differences.items()}
    corrected, levels = holm(p), holm_levels(p)
    says = {
        name: verdict(d.value, corrected[name], smallest, interval=d.interval(levels[name]))
        for name, d in differences.items()
    }
    level = sorted((n for n, said in says.items() if said != BETTER), key=lambda n: -float(values[n].mean()))
    return {"leader": leader, "winner": None if level else leader, "not_told_apart": level}


def _dominance(fair: Sequence[Row], columns: Sequence[str], smallest: float) -> dict[str, list[str]]:
    """Row -> the rows that weakly dominate it: nowhere worse, and better with at least one kind of students.

    "Better" and "not worse" are verdicts, with intervals corrected for the number of columns (Bonferroni); where one
    cannot tell, nothing is claimed.
    """
    above: dict[str, list[str]] = {row.name: [] for row in fair}
    for i, one in enumerate(fair):
        for other in fair[i + 1 :]:
            found = [_difference(one.outcome[c], other.outcome[c]) for c in columns]
            ends = [d.interval(1.0 - 0.05 / len(columns)) for d in found]
            for sign, upper, lower in ((1, one, other), (-1, other, one)):
                says = {
                    _says(sign * d.value, sorted((sign * a, sign * b)), smallest)
                    for d, (a, b) in zip(found, ends, strict=True)
                }
                if BETTER in says and says <= {BETTER, NO_DIFFERENCE}:
                    above[lower.name].append(upper.name)
    return above


def _says(difference: float, interval: Sequence[float], smallest: float) -> str:
    low, high = interval
    return verdict(difference, 1.0 if low <= 0.0 <= high else 0.0, smallest, interval=(low, high))


def _difference(one: Floats, other: Floats) -> Estimate:
    """Paired: the same students with the same luck, and of rows with seeds the same seed."""
    return estimate(one, other, generator=_LUCK)


_LUCK = np.random.default_rng(0)
"""Means need no resampling; ``estimate`` asks for it all the same."""


def _spread(name: str, found: Estimate) -> Cell:
    low, high = found.interval()
    return {name: found.value, f"{name}_low": low, f"{name}_high": high}


def seconds_of(folder: Path, about: Mapping[str, Any]) -> float:
    """How long the runs of a matrix took, added up."""
    runs = (Run(folder / r["policy"] / r["home"] / f"seed{seed}") for r in about["rows"] for seed in r["seeds"])
    return sum(sum(run.json(RUN)["seconds"].values()) for run in runs)
