"""The results of a comparison as cells of a grid, from their files and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from zpdgym.errors import InputError, unknown

from ..comparison.rows import Compared, Level, ScenarioTable
from ..comparison.taught import Taught
from ..reading.folder import AGAIN, EXPERIMENT, TABLE, Folder
from ..store.runs import Run, must_be_whole
from .cells import Cell

__all__ = ["read_cells"]

BEST_UNTRAINED, BEST_LEARNER = "best_untrained", "best_learner"
"""Roles that a policy may have in a cell, chosen on validation students."""
ONE_OF_SEVERAL = "scenario"
"""The axis of an experiment without a grid that has several scenarios."""


@dataclass(frozen=True, eq=False)
class Scene:
    """One scenario of a comparison.

    Attributes:
        label: its name in files.
        about: what was compared.
        taught: policy -> its runs.
        chosen: its table, which says who was chosen on validation students.
        shared: whether all scenarios have the same trained teachers.
    """

    label: str
    about: Compared
    taught: Mapping[str, Taught]
    chosen: ScenarioTable
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


def read_results(path: str | Path) -> list[Scene]:
    """The scenarios of a finished comparison.

    Raises:
        InputError: the folder holds none, or a file in it is not what was written.
    """
    folder = Folder.read(path)
    must_be_whole(map(Run, folder.unfinished))
    scenes = list[Scene]()
    for label, about in folder.compared.items():
        if label not in folder.table.scenarios:
            raise InputError(f"{folder.path / TABLE} does not know {label}, which {EXPERIMENT} has: {AGAIN}")
        here = [of for of in folder.runs if of.scenario == label]
        taught = {
            of.policy: Taught(of.policy, of.kind, tuple(r.run for r in here if r.policy == of.policy), about.primary)
            for of in about.policies
        }
        lacking = [t.runs[0].path for t in taught.values() if about.primary not in t.students[0]]
        if lacking:
            where = folder.path / EXPERIMENT
            raise InputError(f"{where}: {label}.primary is {about.primary}, which {lacking[0]} lacks: {AGAIN}")
        shared = bool(folder.experiment.get("train_on"))
        scenes.append(Scene(label, about, taught, folder.table.scenarios[label], shared))
    return scenes


def read_cells(folder: str | Path) -> list[Cell]:
    """The results of a finished comparison as the cells of its grid, for ``contrasts``, ``crossing`` and ``worlds``.

    Args:
        folder: such as ``results/my_grid``.

    Raises:
        InputError: the folder holds none, a file in it was changed, or the cells cannot be summed.
    """
    return cells_of(read_results(folder))


def one_scene(scenes: list[Scene], label: str) -> Scene:
    """The scenario of this label, in any case.

    Raises:
        InputError: there is none, with the nearest.
    """
    found = [scene for scene in scenes if scene.label.lower() == label.lower()]
    if not found:
        raise unknown("scenario", label, [scene.label for scene in scenes])
    return found[0]
