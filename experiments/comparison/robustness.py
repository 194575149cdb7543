"""The robust evaluation matrix: every way of teaching before every kind of students, also those it was not made for.

After Doroudi, Aleven & Brunskill (2017), "Robust evaluation matrix: towards a more principled offline exploration of
instructional policies", Learning at Scale.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zpdgym.errors import InputError

from ..store.progress import runs_progress
from ..store.runs import MARKERS, must_not_hold_another, only_writer, to_do, write_yaml
from ..store.workers import Job, cores, run_jobs
from .robustness_plan import Matrix, RowPlan
from .robustness_run import make_row
from .robustness_show import MARKDOWN, PICTURE, save_matrix, terminal
from .robustness_table import matrix_table, seconds_of

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Robustness"]

SPECIFICATION = MARKERS["matrix"]


@dataclass(frozen=True, eq=False)
class Robustness:
    """A finished matrix.

    Attributes:
        folder: where everything lies: ``results/<name>``.
        table: all numbers; see ``docs/robustness.md``.
        picture: the heat map.
        made: how many runs were made now (the others were finished before).
    """

    folder: Path
    table: Mapping[str, Any]
    picture: Path
    made: int


def robustness(
    matrix: Matrix | Mapping[str, Any] | str = "algebra",
    *,
    results: str | Path = "results",
    jobs: int | None = None,
    rerun: bool = False,
    console: Console | None = None,
) -> Robustness:
    """How well every way of teaching does with every kind of students, also those that it was not made for.

    Finished runs with the same fingerprint are skipped, so an interrupted matrix is resumed by repeating it.

    Args:
        matrix: the specification, as plain data or already read, or the name of a file in ``configs/matrix``; see
            ``docs/robustness.md``.
        results: the folder that the matrix's folder lies in.
        jobs: how many processes; None: one per core.
        rerun: move finished runs that other code or other settings made aside, instead of refusing.
        console: where to print; None: the terminal.

    Raises:
        InputError: whatever is wrong with the specification, before anything is written; or runs of another
            fingerprint.
    """
    from rich.console import Console

    console = console or Console()
    started = time.perf_counter()
    asked = matrix if isinstance(matrix, Matrix) else read_matrix(matrix)
    if jobs is not None and jobs < 1:
        raise InputError(f"jobs={jobs} must be at least 1")
    folder = Path(results) / asked.experiment.name
    must_not_hold_another(folder, "matrix")
    plans = list(asked.plans(folder))
    about = _about(asked, plans)
    with only_writer(folder):
        missing = {run.path for run in to_do((plan.run for plan in plans), rerun=rerun)}
        write_yaml(folder / SPECIFICATION, asked.spec)
        todo = [plan for plan in plans if plan.folder in missing]
        _make_runs(todo, jobs or cores(), console)
        table = matrix_table(folder, about)
        save_matrix(folder, table)
    for part in terminal(table, width=console.width):
        console.print(part)
    spent = f"{len(todo)} of {len(plans)} runs made now"
    console.print(
        f"{spent}; {time.perf_counter() - started:.0f} s, {seconds_of(folder, about):.0f} s of computing in all.\n"
        f"Table: {folder / MARKDOWN}\nPicture: {folder / PICTURE}",
        highlight=False,
        soft_wrap=True,
    )
    return Robustness(folder, table, folder / PICTURE, len(todo))


def read_matrix(matrix: Mapping[str, Any] | str, *, where: str | None = None) -> Matrix:
    """The matrix that a specification describes, checked.

    Args:
        matrix: the specification, or the name of a file in ``configs/matrix``.
        where: the file that the specification comes from, for messages.

    Raises:
        InputError: whatever is wrong with it; the file is named.
    """
    if isinstance(matrix, str):
        return read_matrix(load_matrix(matrix), where=f"matrix={matrix}")
    try:
        return Matrix.of(matrix)
    except InputError as error:
        raise InputError(f"{where}: {error}" if where else str(error)) from error


def load_matrix(name: str) -> dict[str, Any]:
    """The specification in ``configs/matrix/<name>.yaml``, or in a YAML file of one's own.

    Raises:
        InputError: there is no such file (the nearest name is proposed), or it is not readable.
    """
    from ...configs.build import read_choice

    return dict(read_choice("matrix", name) or {})


def _about(matrix: Matrix, plans: Sequence[RowPlan]) -> dict[str, Any]:
    """What the table consists of."""
    seeds: dict[tuple[str, str], list[int]] = {}
    for plan in plans:
        seeds.setdefault((plan.entry.name, plan.home), []).append(plan.seed)
    kinds = {entry.name: entry.kind for entry in matrix.entries}
    return {
        "name": matrix.experiment.name,
        "scenario": matrix.scenario.label,
        "primary": matrix.scenario.outcome.primary,
        "smallest_difference": matrix.scenario.outcome.smallest_difference,
        "students": matrix.experiment.n_students,
        "columns": list(matrix.columns),
        "rows": [{"policy": p, "kind": kinds[p], "home": home, "seeds": s} for (p, home), s in seeds.items()],
        "notes": list(matrix.notes),
    }


def _make_runs(todo: Sequence[RowPlan], workers: int, console: Console) -> None:
    """Make the missing runs, the longest first, so that no core is idle at the end."""
    if not todo:
        return
    ordered = sorted(todo, key=lambda plan: -plan.effort)
    with runs_progress({plan.name: plan.effort for plan in todo}, console) as (on_progress, on_done):
        run_jobs(
            make_row,
            [Job(plan.name, plan) for plan in ordered],
            workers=workers,
            on_progress=on_progress,
            on_done=lambda name, _: on_done(name),
        )
