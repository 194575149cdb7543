"""The numbers of a robust evaluation matrix, computed from the files of its runs and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from zpdgym.errors import RunsFailed

from ..runs.lineup import MATRIX_REFERENCES
from ..runs.plan import Plan, RunPlan
from ..runs.scenarios import ANY, MIXTURE, OWN, together
from ..runs.specification import TUNED
from ..statistics import AHEAD, ALPHA, BETTER, NO_DIFFERENCE, Estimate, estimate, seeds_warning, verdict
from ..store.runs import Run
from .judging import Floats, judged
from .making import some_failed
from .rows import FailedRun, Interval, Leader, MatrixCell, MatrixRow, MatrixTable
from .taught import Taught


@dataclass(frozen=True, eq=False)
class Row:
    """One way of teaching before every kind of students.

    Attributes:
        policy: its name.
        kind: "baseline", "learnt" or "privileged".
        home: the kind of students that it was made for, "mixture" or "any".
        outcome: kind of students -> (S, N) primary outcome; kinds that it cannot teach are left out.
        enough_seeds: whether there are enough trainings, if it is trained, for anything to be said of it.
    """

    policy: str
    kind: str
    home: str
    outcome: Mapping[str, Floats]
    enough_seeds: bool = True

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
    failed: tuple[FailedRun, ...] | None
    notes: tuple[str, ...]


def about_matrix(plan: Plan, failed: Sequence[FailedRun] = ()) -> About:
    """What a planned matrix consists of, and which of its runs could not be made."""
    (scenario,) = plan.scenarios
    untuned = sorted({run.home or "" for run in failed if run.policy == TUNED and run.home != MIXTURE})
    notes = [f"{TUNED} for {home} failed, so nothing is set beside it in that column." for home in untuned]
    columns = tuple(plan.kinds or ())
    unseen = [column for column in columns if column not in together(plan.experiment, plan.kinds or {})]
    if unseen:
        notes.append(f"No row for the mixture, with or without a kind, has met {' or '.join(unseen)} before the test.")
    return {
        "name": plan.experiment.name,
        "scenario": scenario.label,
        "primary": scenario.outcome.primary,
        "smallest_difference": float(scenario.outcome.smallest_difference),
        "students": plan.experiment.n_students,
        "columns": columns,
        "failed": tuple(failed) or None,
        "notes": (*notes, *plan.line_ups[scenario.label].notes),
    }


def read_rows(plan: Plan, failed: Sequence[FailedRun] = ()) -> list[Row]:
    """The rows of a matrix, of the runs that there are.

    Rows are set side by side seed by seed, so that of trained ones those seeds count that all of them have. Where they
    have none in common, those of which a run failed have no row.

    Raises:
        RunsFailed: nobody is left whom a real teacher could follow.
    """
    gone = {(run.policy, run.home, run.seed) for run in failed}
    there = [run for run in plan.runs if (run.entry.name, run.home, run.seed) not in gone]
    seeds = {row: {run.seed for run in there if _row_of(run) == row} for row in dict.fromkeys(map(_row_of, there))}
    trained = {_row_of(run) for run in there if run.trained}
    wanted = {row: {run.seed for run in plan.runs if _row_of(run) == row} for row in trained}
    whole = {row for row in trained if seeds[row] == wanted[row]}
    common = {
        seed for seed in plan.experiment.seeds if all(seed in seeds[row] for row in trained if seed in wanted[row])
    }
    if not common:
        common, trained = set(plan.experiment.seeds), trained - whole
        there = [run for run in there if _row_of(run) not in trained]
    there = [run for run in there if not run.trained or run.seed in common]
    if not any(run.entry.kind == "baseline" for run in there):
        raise RunsFailed(f"there is no matrix: {some_failed(failed)}", traced=True)
    runs: dict[tuple[str, str, str], list[Run]] = {}
    for run in there:
        runs.setdefault(_row_of(run), []).append(Run(run.folder))
    rows: list[Row] = []
    for (policy, kind, home), own in runs.items():
        taught = Taught(policy, kind, tuple(own), OWN)
        there = [column for column in plan.kinds or () if column in taught.students[0]]
        outcome = {column: taught.column(column) for column in there}
        rows.append(Row(policy, kind, home, outcome, taught.enough_seeds))
    return rows


def _row_of(run: RunPlan) -> tuple[str, str, str]:
    return run.entry.name, run.entry.kind, run.home


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
    mastery = next((row for row in there if row.policy == TUNED and row.home in (column, ANY)), None)
    beside = [row for row in there if row is not mastery] if mastery else []
    differences = {r.name: _difference(r.outcome[column], mastery.outcome[column]) for r in beside if mastery}
    able = [r for r in beside if r.fair and r.enough_seeds and mastery and mastery.enough_seeds]
    verdicts = judged({r.name: differences[r.name] for r in able}, smallest)
    cells: list[MatrixCell] = []
    for row in there:
        difference, said = differences.get(row.name), verdicts.get(row.name)
        cells.append(
            MatrixCell(
                **row.who,
                students=column,
                outcome=Interval.of(_mean(row.outcome[column])),
                vs_mastery=difference and Interval.of(difference),
                vs_mastery_p_corrected=said and said.p,
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
    return _leader(worst, _too_few(fair), smallest)


def _least_regret(fair: Sequence[Row], best: Mapping[str, Row], smallest: float) -> Leader:
    """Who is least far behind the best row where it is furthest behind (min-max), and who cannot be told from that."""
    behind: dict[str, Floats] = {}
    for row in fair:
        column = _regret(row, best)
        top, own = np.broadcast_arrays(best[column].outcome[column], row.outcome[column])
        behind[row.name] = own - top
    return _leader(behind, _too_few(fair), smallest)


def _too_few(rows: Sequence[Row]) -> set[str]:
    """The rows that were trained with too few seeds."""
    return {row.name for row in rows if not row.enough_seeds}


def _leader(values: Mapping[str, Floats], too_few: set[str], smallest: float) -> Leader:
    """The largest mean; a winner only where it is better than every other one, corrected for how many they are.

    That the leader was picked by its mean needs no more correction: this is a comparison with the best (Hsu 1981).
    Of rows that were trained with too few seeds nothing can be told.
    """
    leader = max(values, key=lambda name: float(values[name].mean()))
    differences = {n: _difference(values[leader], v) for n, v in values.items() if n != leader}
    untold = differences.keys() if leader in too_few else differences.keys() & too_few
    level = [n for n, said in judged(differences, smallest).items() if said.verdict != BETTER or n in untold]
    level.sort(key=lambda name: -float(values[name].mean()))
    return Leader(leader=leader, winner=None if level else leader, not_told_apart=tuple(level))


def _dominance(fair: Sequence[Row], columns: Sequence[str], smallest: float) -> dict[str, list[str]]:
    """Row -> the rows that weakly dominate it: nowhere worse, and better with at least one kind of students.

    "Better" and "not worse" are verdicts, with intervals corrected for the number of columns (Bonferroni); where one
    cannot tell, nothing is claimed.
    """
    above: dict[str, list[str]] = {row.name: [] for row in fair}
    told = [row for row in fair if row.enough_seeds]
    for i, one in enumerate(told):
        for other in told[i + 1 :]:
            found = [_difference(one.outcome[c], other.outcome[c]) for c in columns]
            ends = [d.interval(1.0 - ALPHA / len(columns)) for d in found]
            if _dominates([verdict(low, high, smallest) for low, high in ends]):
                above[other.name].append(one.name)
            if _dominates([verdict(-high, -low, smallest) for low, high in ends]):
                above[one.name].append(other.name)
    return above


def _dominates(says: Sequence[str]) -> bool:
    """Whether verdicts, one a column, say that a row is somewhere better and nowhere worse."""
    return BETTER in says and set(says) <= {BETTER, AHEAD, NO_DIFFERENCE}


_LUCK = np.random.default_rng(0)
"""Means need no resampling; ``estimate`` asks for it all the same."""


def _mean(outcome: Floats) -> Estimate:
    return estimate(outcome, generator=_LUCK)


def _difference(one: Floats, other: Floats) -> Estimate:
    """Paired: the same students with the same luck, and of rows with seeds the same seed.

    Rows for all kinds but one may have the first seeds only.
    """
    if (seeds := min(len(one), len(other))) > 1:
        one, other = one[:seeds], other[:seeds]
    return estimate(one, other, generator=_LUCK)
