"""A comparison's folder as whoever reads it needs it: what was asked for, and which finished runs there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias, cast

from zpdgym.errors import InputError, shown
from zpdgym.files import is_file, is_folder, read_json
from zpdgym.names import check_name

from ..comparison.rows import Compared, ComparisonTable, Level
from ..store.columns import from_plain
from ..store.runs import MARKERS, Run, must_be_as_made, must_be_whole
from ..store.whole import DONE

Told: TypeAlias = Mapping[str, Any]
"""What a JSON file says."""
EXPERIMENT, TABLE, SCENARIO = MARKERS["comparison"], "table.json", "scenario.json"
AGAIN = "repeat zpdgym compare, which writes it again"


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """One finished run of a comparison.

    Attributes:
        scenario: the label of its scenario or cell.
        axes: the axis's name -> its value, of the cell and of the policy's variant.
        policy: its name; that of a variant ends in what is varied: "ppo_scorer,gamma=0.9".
        base: the policy's name without that.
        kind: "baseline", "learnt" or "privileged".
        seed: of the policy.
        primary: the column of the outcome that decides.
        run: where its files are.
    """

    scenario: str
    axes: Mapping[str, Level]
    policy: str
    base: str
    kind: str
    seed: int
    primary: str
    run: Run

    @cached_property
    def origin(self) -> Told:
        """What ``run.json`` says: fingerprint, seconds, seeds, versions."""
        return self.run.json("run.json")


@dataclass(frozen=True, eq=False)
class Folder:
    """A comparison's folder.

    Attributes:
        path: where it is.
        experiment: what ``experiment.json`` says: the specification, and what was compared.
        compared: scenario's label -> which runs its table is made of.
        axes: the axis's name -> all its values, in order.
        runs: the finished ones.
        unfinished: folders of runs that belong to it and are not finished.
    """

    path: Path
    experiment: Told
    compared: Mapping[str, Compared]
    axes: Mapping[str, tuple[Level, ...]]
    runs: tuple[FinishedRun, ...]
    unfinished: tuple[Path, ...]

    @classmethod
    def read(cls, path: str | Path) -> Folder:
        """Read a folder, and check that the runs in it are what was written.

        Raises:
            InputError: it is no comparison's folder, or a file in it is damaged.
        """
        folder = comparison_folder(path)
        where = str(folder / EXPERIMENT)
        experiment = read_json(folder / EXPERIMENT, way_out=AGAIN)
        every = cast("Told", experiment).get("compared") if isinstance(experiment, dict) else None
        if not isinstance(experiment, dict) or not isinstance(every, dict):
            raise InputError(f"{where} names nothing that was compared: {AGAIN}")
        must_be_as_made(folder)
        every = cast("Told", every)
        compared = {label: from_plain(Compared, about, where=where) for label, about in every.items()}
        runs = _listed(folder, compared)
        finished = tuple(run for run in runs if (run.run.path / DONE).exists())
        must_be_whole(run.run for run in finished)
        left = tuple(run.run.path for run in runs if run not in finished)
        axes = _axes(cast("Told", experiment), compared, where)
        return cls(folder, cast("Told", experiment), compared, axes, finished, left)

    @cached_property
    def table(self) -> ComparisonTable:
        """What ``table.json`` says.

        Raises:
            InputError: it is not there, because the comparison is not finished, or it was changed.
        """
        path = self.path / TABLE
        if not path.is_file():
            raise InputError(f"{self.path} has no {TABLE}: repeat zpdgym compare, which finishes it")
        found = cast("Told", read_json(path, way_out=AGAIN))
        return from_plain(ComparisonTable, found, where=str(path))

    def about(self, label: str) -> Told:
        """What ``scenario.json`` says of a scenario."""
        found = read_json(self.path / label / SCENARIO, way_out=AGAIN)
        if not isinstance(found, dict):
            raise InputError(f"{self.path / label / SCENARIO} holds no keys: {AGAIN}")
        return cast("Told", found)


def comparison_folder(path: object) -> Path:
    """A folder that holds a comparison.

    Raises:
        InputError: there is none, or it holds something else, which is named.
    """
    if not isinstance(path, str | Path) or not str(path).strip():
        raise InputError(f"results={shown(path)} must be the folder of a comparison, such as results/quickstart")
    folder = Path(path)
    if not is_folder(folder):
        raise InputError(f"there is no folder '{folder}': give that of a comparison, such as results/quickstart")
    if is_file(folder / EXPERIMENT):
        return folder
    if is_file(folder / MARKERS["matrix"]):
        raise InputError(
            f"{folder} holds a matrix ({MARKERS['matrix']}), no comparison: its numbers stand in its matrix.csv"
        )
    if is_file(folder / DONE):
        raise InputError(f"{folder} is one run: give the comparison's folder, three above it")
    raise InputError(f"{folder} holds no comparison: {EXPERIMENT} is missing; zpdgym compare writes such folders")


def base_of(policy: str, axes: Mapping[str, Level] | None) -> str:
    """The name of a policy without what its variant varies."""
    return policy.partition(",")[0] if axes else policy


def _listed(folder: Path, compared: Mapping[str, Compared]) -> list[FinishedRun]:
    found = list[FinishedRun]()
    for label, about in compared.items():
        check_name(label, f"{folder / EXPERIMENT}: name")
        for of in about.policies:
            check_name(of.policy, f"{folder / EXPERIMENT}: name")
            axes, base = {**(about.axes or {}), **(of.axes or {})}, base_of(of.policy, of.axes)
            for seed in of.seeds:
                run = Run(folder / label / of.policy / f"seed{seed}")
                found.append(FinishedRun(label, axes, of.policy, base, of.kind, seed, about.primary, run))
    return found


def _axes(experiment: Told, compared: Mapping[str, Compared], where: str) -> dict[str, tuple[Level, ...]]:
    """All values of every axis: in the order of the specification, or in that of the cells."""
    told: object = experiment.get("axes") or {}
    if not isinstance(told, Mapping):
        raise InputError(f"{where}.axes is {shown(told)}, which it cannot be: {AGAIN}")
    given = cast("Mapping[str, Sequence[Level]]", told)
    found: dict[str, list[Level]] = {name: list(values) for name, values in given.items()}
    for about in compared.values():
        for axes in (about.axes, *(of.axes for of in about.policies)):
            for name, value in (axes or {}).items():
                if value not in found.setdefault(name, []):
                    found[name].append(value)
    return {name: tuple(values) for name, values in found.items()}
