"""The robust evaluation matrix: every way of teaching before every kind of students, also those it was not made for.

After Doroudi, Aleven & Brunskill (2017), "Robust evaluation matrix: towards a more principled offline exploration of
instructional policies", Learning at Scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zpdgym.errors import InputError
from zpdgym.files import must_be_free
from zpdgym.parameters import read_arguments

from ...configs.build import read_choice
from ..kept_files import keep_files
from ..places import from_here
from ..runs.arguments import writable
from ..runs.plan import Plan
from ..runs.specification import Experiment, full_matrix
from ..store.columns import to_plain
from ..store.locks import only_writer
from ..store.runs import MARKERS, must_not_hold_another, write_yaml
from ..where import RESULTS, place_of, read_beside
from .making import MAKING, Made, Making, kept, missing_runs
from .matrix import about_matrix, matrix_table, read_rows
from .matrix_show import CSV, JSON, MARKDOWN, PICTURE, save_matrix, terminal

if TYPE_CHECKING:
    from rich.console import Console

    from ..cluster.clusters import Chosen

__all__ = ["Robustness"]

SPECIFICATION = MARKERS["matrix"]


@dataclass(frozen=True, eq=False)
class Robustness(Made):
    """A finished matrix.

    Attributes:
        picture: the heat map.
    """

    picture: Path


def robustness(
    matrix: Mapping[str, Any] | str = "algebra",
    *,
    results: str | Path | None = None,
    jobs: int | None = None,
    rerun: bool = False,
    cluster: Chosen = None,
    where: str | None = None,
    console: Console | None = None,
) -> Robustness:
    """How well every way of teaching does with every kind of students, also those that it was not made for.

    Finished runs with the same fingerprint are skipped, so an interrupted matrix is resumed by repeating it.

    Args:
        matrix: the specification, or the name of a file in ``configs/matrix``; see ``docs/robustness.md``.
        results: the folder that the matrix's folder lies in; None: "results", or where the specification lies if that
            is the ``matrix.yaml`` of a matrix.
        jobs: how many processes; None: one per core.
        rerun: move finished runs that are damaged, or that other code or other settings made, aside, instead of
            refusing.
        cluster: where runs are made, as for ``compare``; None: on this machine.
        where: the file that the specification comes from, for messages.
        console: where to print; None: the terminal.

    Raises:
        InputError: whatever is wrong with the specification, before anything is written; or runs that are damaged or
            of another fingerprint.
        RunsFailed: so many runs failed that there is no matrix; where some are left, the result says which failed.
        CannotWrite: the disk is full or ``results`` is read-only.
    """
    given = read_arguments(MAKING, locals(), "robustness")
    making, rerun = Making(given.jobs, console, cluster), given.rerun
    if isinstance(matrix, str):
        file, matrix, where = matrix, load_matrix(matrix), f"matrix={matrix}"
        place = place_of(file, "matrix", own=matrix.get("name"), results=results)
        results, matrix = place.results, matrix | ({"name": place.name} if place.name else {})
    home = writable(RESULTS if results is None else results, "results")
    plan = plan_matrix(matrix, home, where=where)
    folder = home / plan.experiment.name
    must_not_hold_another(folder, "matrix")
    must_be_free(folder / name for name in (SPECIFICATION, JSON, CSV, MARKDOWN, PICTURE))
    with making.at(folder, plan.runs), kept(plan), only_writer(folder):
        todo = missing_runs(plan, rerun=rerun)
        write_yaml(folder / SPECIFICATION, keep_files(from_here(full_matrix(matrix)), folder))
        failed = making.make(todo)
        table = matrix_table(about_matrix(plan, failed), read_rows(plan, failed))
        save_matrix(folder, table)
    making.tell(
        plan,
        len(todo) - len(failed),
        terminal(table, width=making.console.width),
        f"Table: {folder / MARKDOWN}\nPicture: {folder / PICTURE}",
    )
    return Robustness(folder, to_plain(table), len(todo) - len(failed), failed, folder / PICTURE)


def plan_matrix(spec: Mapping[str, Any], results: Path, *, where: str | None) -> Plan:
    """The matrix that a specification describes, checked.

    Raises:
        InputError: whatever is wrong with it; the file is named.
    """
    try:
        asked = Experiment.of_matrix(spec)
        return Plan.of(asked, results / asked.name)
    except InputError as error:
        raise InputError(f"{where}: {error}" if where else str(error)) from error


def load_matrix(name: str) -> dict[str, Any]:
    """The specification in ``configs/matrix/<name>.yaml``, or in a YAML file of one's own.

    Raises:
        InputError: there is no such file (the nearest name is proposed), or it is not readable.
    """
    return read_beside(name, "matrix", read_choice("matrix", name) or {})
