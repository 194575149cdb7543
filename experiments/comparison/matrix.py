"""The numbers of a robust evaluation matrix, computed from the files of its runs and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from ..runs.lineup import MATRIX_REFERENCES
from ..runs.plan import Plan
from ..runs.scenarios import ANY, OWN
from ..runs.specification import TUNED
from ..statistics import BETTER, NO_DIFFERENCE, Estimate, estimate, seeds_warning, verdict
from ..store.runs import Run
from .judging import Floats, judged
from .rows import Interval, Leader, MatrixCell, MatrixRow, MatrixTable
from .taught import Taught


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

    @property
    def who(self) -> dict[str, str]:
        """What every row and cell says of it."""
        return {"row": self.name, "policy": self.policy, "kind": self.kind, "home": self.home}

    @property
    def seeds(self) -> int:
        """How many training seeds."""
        return len(next(iter(self.outcome.values())))


class About(TypedDict):
    """What a matrix consists of, as ``MatrixTable`` has it."""

    name: str
    scenario: str
    primary: str
    smallest_difference: float
    students: int
    columns: tuple[str, ...]
    notes: tuple[str, ...]


def about_matrix(plan: Plan) -> About:
    """What a planned matrix consists of."""
    (scenario,) = plan.scenarios
    return {
        "name": plan.experiment.name,
        "scenario": scenario.label,
        "primary": scenario.outcome.primary,
        "smallest_difference": float(scenario.outcome.smallest_difference),
        "students": plan.experiment.n_students,
        "columns": tuple(plan.kinds or ()),
        "notes": plan.line_ups[scenario.label].notes,
    }


def read_rows(plan: Plan) -> list[Row]:
    """The rows of a matrix whose runs are finished."""
    runs: dict[tuple[str, str, str], list[Run]] = {}
    for run in plan.runs:
        runs.setdefault((run.entry.name, run.entry.kind, run.home), []).append(Run(run.folder))
    rows: list[Row] = []
    for (policy, kind, home), own in runs.items():
        taught = Taught(policy, kind, tuple(own), OWN)
        there = [column for column in plan.kinds or () if column in taught.students[0]]
        rows.append(Row(policy, kind, home, {column: taught.column(column) for column in there}))
    return rows


def matrix_table(about: About, rows: Sequence[Row]) -> MatrixTable:
    """Everything that there is to say about a matrix; see ``docs/robustness.md``."""
    columns, smallest = about["columns"], about["smallest_difference"]
    fair, twins = [row for row in rows if row.fair], _twins(rows)
    distinct = [row for row in fair if row.name not in twins]
    best = {c: max(fair, key=lambda row: float(row.outcome[c].mean())) for c in columns}
    above = _dominance(distinct, columns, smallest)
    above |= {twin: above[first] for twin, first in twins.items() if first in above}
    learnt = any(row.kind == "learnt" for row in rows)
    return MatrixTable(
        **about,
        warning=seeds_warning(max(row.seeds for row in rows)) if learnt else None,
        best={column: row.name for column, row in best.items()},
        best_worst_case=_best_worst_case(distinct, smallest),
        least_regret=_least_regret(distinct, best, smallest),
        undominated=tuple(row.name for row in fair if not above[row.name]),
        rows=tuple(_summary(row, best, above, twins) for row in rows),
        cells=tuple(cell for column in columns for cell in _column(rows, column, best[column], smallest)),
    )


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


def _column(rows: Sequence[Row], column: str, best: Row, smallest: float) -> list[MatrixCell]:
    """Every row before one kind of students: its outcome, and beside tuned mastery learning made for them."""
    there = [row for row in rows if column in row.outcome]
    mastery = next(row for row in there if row.policy == TUNED and row.home in (column, ANY))
    differences = {r.name: _difference(r.outcome[column], mastery.outcome[column]) for r in there if r is not mastery}
    verdicts = judged({r.name: differences[r.name] for r in there if r.fair and r is not mastery}, smallest)
    cells: list[MatrixCell] = []
    for row in there:
        difference, said = differences.get(row.name), verdicts.get(row.name)
        cells.append(
            MatrixCell(
                **row.who,
                students=column,
                outcome=Interval.of(_mean(row.outcome[column])),
                vs_mastery=difference and Interval.of(difference),
                vs_mastery_p_holm=said and said.p,
                vs_mastery_verdict=said and said.verdict,
                regret=Interval.of(_difference(best.outcome[column], row.outcome[column])),
            )
        )
    return cells


def _summary(
    row: Row, best: Mapping[str, Row], above: Mapping[str, Sequence[str]], twins: Mapping[str, str]
) -> MatrixRow:
    """A row over all kinds of students."""
    regret = _regret(row, best)
    # a student's number means the same luck in every column, so the mean is taken student by student
    together: Floats = np.mean(list(row.outcome.values()), axis=0)
    return MatrixRow(
        **row.who,
        worst_students=row.worst,
        worst=Interval.of(_mean(row.outcome[row.worst])),
        mean=Interval.of(_mean(together)),
        regret_students=regret,
        largest_regret=Interval.of(_difference(best[regret].outcome[regret], row.outcome[regret])),
        dominated_by=tuple(above.get(row.name, ())),
        reference=row.policy in MATRIX_REFERENCES or not row.fair,
        twin_of=twins.get(row.name),
        seeds=row.seeds,
    )


def _regret(row: Row, best: Mapping[str, Row]) -> str:
    """The kind of students with whom a row is furthest behind the best row there."""
    return max(row.outcome, key=lambda c: float(best[c].outcome[c].mean() - row.outcome[c].mean()))


def _best_worst_case(fair: Sequence[Row], smallest: float) -> Leader:
    """Who is best where it is worst (max-min), and who cannot be told from that."""
    worst = {row.name: row.outcome[row.worst] for row in fair}
    return _leader(worst, smallest)


def _least_regret(fair: Sequence[Row], best: Mapping[str, Row], smallest: float) -> Leader:
    """Who is least far behind the best row where it is furthest behind (min-max), and who cannot be told from that."""
    behind: dict[str, Floats] = {}
    for row in fair:
        column = _regret(row, best)
        top, own = np.broadcast_arrays(best[column].outcome[column], row.outcome[column])
        behind[row.name] = own - top
    return _leader(behind, smallest)


def _leader(values: Mapping[str, Floats], smallest: float) -> Leader:
    """The largest mean; a winner only where it is better than every other one, corrected for how many they are."""
    leader = max(values, key=lambda name: float(values[name].mean()))
    differences = {n: _difference(values[leader], v) for n, v in values.items() if n != leader}
    level = [name for name, said in judged(differences, smallest).items() if said.verdict != BETTER]
    level.sort(key=lambda name: -float(values[name].mean()))
    return Leader(leader=leader, winner=None if level else leader, not_told_apart=tuple(level))


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


_LUCK = np.random.default_rng(0)
"""Means need no resampling; ``estimate`` asks for it all the same."""


def _mean(outcome: Floats) -> Estimate:
    return estimate(outcome, generator=_LUCK)


def _difference(one: Floats, other: Floats) -> Estimate:
    """Paired: the same students with the same luck, and of rows with seeds the same seed."""
    return estimate(one, other, generator=_LUCK)
