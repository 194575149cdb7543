"""The results of a comparison as cells of a grid, from their files and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from zpdgym.errors import InputError, unknown
from zpdgym.files import read_json
from zpdgym.names import check_name

from ..comparison.rows import Compared, Level
from ..comparison.taught import Taught
from ..store.columns import column, from_plain
from ..store.runs import Run, must_be_as_made, must_be_whole
from .cells import Cell

__all__ = ["read_cells"]

EXPERIMENT, TABLE = "experiment.json", "table.json"
AGAIN = "repeat zpdgym compare, which writes it again"
BEST_UNTRAINED, BEST_LEARNER = "best_untrained", "best_learner"
"""Roles that a policy may have in a cell, chosen on validation students."""
ONE_OF_SEVERAL = "scenario"
"""The axis of an experiment without a grid that has several scenarios."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What the table of a scenario says of who was chosen; its other columns are passed over."""

    best_untrained: str = column("chosen on validation students")
    best_learner: str | None = column("chosen on validation students", default=None)
    verdicts: int = column("how many verdicts there are", default=0)


@dataclass(frozen=True, kw_only=True)
class _Table:
    scenarios: Mapping[str, Chosen] = column("by label")


@dataclass(frozen=True, eq=False)
class Scene:
    """One scenario of a comparison.

    Attributes:
        label: its name in files.
        about: what was compared.
        taught: policy -> its runs.
        chosen: who was chosen on validation students.
        shared: whether all scenarios have the same trained teachers.
    """

    label: str
    about: Compared
    taught: Mapping[str, Taught]
    chosen: Chosen
    shared: bool

    def cell(self, axes: Mapping[str, Level]) -> Cell:
        """What came of every student, as a cell with these values of axes; who looks inside students is left out."""
        fair = {name: taught for name, taught in self.taught.items() if taught.kind != "privileged"}
        chosen = {BEST_UNTRAINED: self.chosen.best_untrained, BEST_LEARNER: self.chosen.best_learner}
        return Cell(
            axes=axes,
            outcomes={name: taught.outcome for name, taught in fair.items()},
            roles={role: name for role, name in chosen.items() if name in fair},
            trained=frozenset(name for name, taught in fair.items() if taught.trained),
            teachers="all" if self.shared else "",
        )


def cells_of(scenes: list[Scene]) -> list[Cell]:
    """The scenarios as cells: with the axes of the grid, or with the axis ``scenario`` where there is none.

    Raises:
        InputError: the scenarios differ in the outcome that decides, or in the smallest difference worth having.
    """
    kinds = {(scene.about.primary, scene.about.smallest_difference) for scene in scenes}
    if len(kinds) > 1:
        told = ", ".join(f"{primary} ({smallest:g})" for primary, smallest in sorted(kinds))
        raise InputError(f"the cells have different outcomes or smallest differences: {told}: they cannot be summed")
    several = len(scenes) > 1
    return [scene.cell(scene.about.axes or ({ONE_OF_SEVERAL: scene.label} if several else {})) for scene in scenes]


def read_results(folder: Path) -> list[Scene]:
    """The scenarios of a finished comparison.

    Raises:
        InputError: the folder holds none, or a file in it is not what was written.
    """
    for name in (EXPERIMENT, TABLE):
        if not (folder / name).is_file():
            why = "give the folder of an experiment, such as results/quickstart, after zpdgym compare has finished it"
            raise InputError(f"{folder} has no {name}: {why}")
    experiment = _keys(folder / EXPERIMENT)
    table = from_plain(_Table, _keys(folder / TABLE), where=str(folder / TABLE))
    must_be_as_made(folder)
    compared, where = experiment.get("compared"), str(folder / EXPERIMENT)
    if not isinstance(compared, Mapping) or not compared:
        raise InputError(f"{where} names nothing that was compared: {AGAIN}")
    scenes = list[Scene]()
    for label, given in cast("Mapping[str, Mapping[str, object]]", compared).items():
        about = from_plain(Compared, given, where=where)
        if label not in table.scenarios:
            raise InputError(f"{folder / TABLE} does not know {label}, which {EXPERIMENT} has: {AGAIN}")
        for name in (label, *(of.policy for of in about.policies)):
            check_name(name, f"{where}: name")
        taught = dict[str, Taught]()
        for of in about.policies:
            runs = tuple(Run(folder / label / of.policy / f"seed{seed}") for seed in of.seeds)
            taught[of.policy] = Taught(of.policy, of.kind, runs, about.primary)
        scenes.append(Scene(label, about, taught, table.scenarios[label], bool(experiment.get("train_on"))))
    must_be_whole(run for scene in scenes for taught in scene.taught.values() for run in taught.runs)
    for scene in scenes:
        lacking = [t.runs[0].path for t in scene.taught.values() if scene.about.primary not in t.students[0]]
        if lacking:
            raise InputError(
                f"{where}: {scene.label}.primary is {scene.about.primary}, which {lacking[0]} lacks: {AGAIN}"
            )
    return scenes


def read_cells(folder: str | Path) -> list[Cell]:
    """The results of a finished comparison as the cells of its grid, for ``contrasts``, ``crossing`` and ``worlds``.

    Args:
        folder: such as ``results/my_grid``.

    Raises:
        InputError: the folder holds none, a file in it was changed, or the cells cannot be summed.
    """
    return cells_of(read_results(Path(folder)))


def one_scene(scenes: list[Scene], label: str) -> Scene:
    """The scenario of this label, in any case.

    Raises:
        InputError: there is none, with the nearest.
    """
    found = [scene for scene in scenes if scene.label.lower() == label.lower()]
    if not found:
        raise unknown("scenario", label, [scene.label for scene in scenes])
    return found[0]


def _keys(path: Path) -> Mapping[str, object]:
    found = read_json(path, way_out=AGAIN)
    if not isinstance(found, Mapping):
        raise InputError(f"{path} holds no keys: {AGAIN}")
    return cast("Mapping[str, object]", found)
