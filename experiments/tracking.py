"""Mirrors of the result files in an experiment tracker: Weights & Biases (offline by default), TensorBoard, or none.

The files are the truth; a tracker shows them. Nothing is logged while a run computes: each finished run is mirrored
from its files, by one process, in some hundredths of a second. Rows about single students are never sent, nor is what
this machine and its folders are called. What W&B wrote offline lies in the run's folder, nothing of it elsewhere, so a
copy of that folder can be uploaded from any machine.
"""

from __future__ import annotations

import inspect
import math
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from zpdgym.errors import InputError, unknown
from zpdgym.files import read_json

from ..configs.build import TARGET, build, config_files, load, read_yaml
from .places import without_places
from .store.runs import write_json

__all__ = ["Mirror", "NoTracker", "TensorboardTracker", "Tracker", "WandbTracker"]

Curve: TypeAlias = Mapping[str, Sequence[float]]
"""Columns of equal length; the first is the horizontal axis."""

MIRRORED = "tracked.json"
_GROWTH = re.compile(r"<svg[^>]*-growth-title[^>]*>.*?</svg>", re.DOTALL)
_LOOK = "<style>text{font:13px system-ui,sans-serif;fill:#222}</style>"
COMPARISON = "comparison"


@dataclass(frozen=True)
class Table:
    """A table for a tracker: column names and rows of plain values."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


class Tracker(Protocol):
    """Whoever shows results elsewhere. Bring your own: ``tracking._target_=my_module.MyTracker``.

    A tracker is built with the folder it may write into and the experiment's name, and is closed in ``finally``.
    """

    def run(
        self, name: str, *, settings: Mapping[str, Any], curves: Mapping[str, Curve], numbers: Mapping[str, float]
    ) -> None:
        """Show one finished run: its settings, curves by prefix ("train", "validation", "test") and numbers."""
        ...

    def experiment(self, *, settings: Mapping[str, Any], tables: Mapping[str, Table], report: Path | None) -> None:
        """Show the comparison: its settings, the final tables, and the report's page."""
        ...

    def close(self) -> None:
        """Write out what is still in memory."""
        ...


class NoTracker(Tracker):
    """Shows nothing anywhere."""

    def __init__(self, *, folder: Path, experiment: str) -> None:
        del folder, experiment


class WandbTracker:
    """Weights & Biases: one W&B run per run, one for the comparison, all in the group of the experiment's name.

    Args:
        folder: everything that W&B writes goes below ``<folder>/wandb``.
        experiment: the group's name.
        mode: "offline" (no account, no network; upload later with ``wandb sync``) or "online".
        project: the W&B project.
        entity: the W&B team; None is your own account.

    Raises:
        InputError: W&B is not installed, ``mode`` is neither, or online without an account.
    """

    def __init__(
        self,
        *,
        folder: Path,
        experiment: str,
        mode: str = "offline",
        project: str = "zpdgym",
        entity: str | None = None,
    ) -> None:
        if mode not in ("offline", "online"):
            raise unknown("tracking.mode", str(mode), ("offline", "online"))
        self.group, self.project, self.entity = experiment, project, entity
        self.home = folder / "wandb"
        self.home.mkdir(parents=True, exist_ok=True)
        self._environment = {"WANDB_ERROR_REPORTING": "false"}
        for kind in ("CACHE", "DATA", "ARTIFACT", "CONFIG"):
            self._environment[f"WANDB_{kind}_DIR"] = str((self.home / ".local").resolve())
        self._before = {key: os.environ.get(key) for key in self._environment}
        os.environ.update(self._environment)
        try:
            import wandb
        except ImportError as error:
            self._restore()
            raise _missing("Weights & Biases is", "wandb") from error
        self._wandb = wandb
        if mode == "online":
            self._log_in()
        self._settings = wandb.Settings(
            mode=mode,
            root_dir=str(folder),
            silent=True,
            console="off",
            save_code=False,
            host="",  # its default is the name of this machine
            disable_git=True,
            disable_job_creation=True,
            x_disable_stats=True,
            x_disable_meta=True,
            x_disable_machine_info=True,
            x_save_requirements=False,
        )

    def run(
        self, name: str, *, settings: Mapping[str, Any], curves: Mapping[str, Curve], numbers: Mapping[str, float]
    ) -> None:
        """One W&B run: curves as history, final numbers as summary, the policy's kind as job type."""
        with self._open(name, str(settings.get("kind", "run")), settings) as shown:
            for prefix, curve in curves.items():
                names = [f"{prefix}/{column}" for column in curve]
                shown.define_metric(names[0])
                for other in names[1:]:
                    shown.define_metric(other, step_metric=names[0])
                for row in zip(*curve.values(), strict=True):
                    shown.log({k: v for k, v in zip(names, row, strict=True) if v is not None and not math.isnan(v)})
            shown.summary.update({f"test/{key}": value for key, value in numbers.items()})

    def experiment(self, *, settings: Mapping[str, Any], tables: Mapping[str, Table], report: Path | None) -> None:
        """One W&B run with the tables and the report."""
        with self._open(COMPARISON, COMPARISON, settings) as shown:
            for name, table in tables.items():
                made = self._wandb.Table(columns=list(table.columns), data=[list(r) for r in table.rows])
                made.bind_to_run(shown, name, shown.step)  # so that it becomes a file of the run, and no artifact
                shown.log({name: made})
            if report is not None:
                page = report.read_text(encoding="utf-8")
                figures = {f"growth-{i}": figure for i, figure in enumerate(growth_figures(page))}
                for key, text in {"report": page, **figures}.items():
                    shown.log({key: self._wandb.Html(text, inject=False)})

    def close(self) -> None:
        """Stop W&B's helper process and put the environment back."""
        self._wandb.teardown()
        shutil.rmtree(self.home / ".local", ignore_errors=True)  # W&B's cache: everything in it is in the run folders
        for logs in (*self.home.glob("*run-*/logs"), *self.home.glob("*run-*/tmp")):
            shutil.rmtree(logs, ignore_errors=True)  # W&B notes in them where on this machine it writes
        for link in (*self.home.glob("debug*.log"), *self.home.glob("latest-run")):
            link.unlink(missing_ok=True)
        self._restore()

    def _open(self, name: str, kind: str, settings: Mapping[str, Any]) -> Any:
        return self._wandb.init(
            project=self.project,
            entity=self.entity,
            group=self.group,
            name=name,
            job_type=kind,
            config=dict(settings),
            settings=self._settings,
            reinit="create_new",
        )

    def _log_in(self) -> None:
        from wandb.errors import UsageError

        try:
            known = self._wandb.login()
        except UsageError as error:
            self._restore()
            raise InputError(
                "tracking=online needs a W&B account: run 'wandb login' once, or keep tracking=wandb (offline)"
            ) from error
        if not known:
            self._restore()
            raise InputError("tracking=online: W&B did not accept the account; try 'wandb login', or tracking=wandb")

    def _restore(self) -> None:
        for key, value in self._before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value


class TensorboardTracker:
    """TensorBoard: event files below ``<folder>/tensorboard``, one folder per run.

    Raises:
        InputError: TensorBoard is not installed.
    """

    def __init__(self, *, folder: Path, experiment: str) -> None:
        try:
            from tensorboard.summary import Writer
        except ImportError as error:
            raise _missing("TensorBoard is", "tensorboard") from error
        self._writer, self.home, self.name = Writer, folder / "tensorboard", experiment

    def run(
        self, name: str, *, settings: Mapping[str, Any], curves: Mapping[str, Curve], numbers: Mapping[str, float]
    ) -> None:
        """Scalars over their own axis, rounded to whole steps; final numbers at step 0."""
        del settings  # TensorBoard shows numbers only
        shutil.rmtree(self.home / name, ignore_errors=True)
        writer = self._writer(str(self.home / name))
        for prefix, curve in curves.items():
            steps, *columns = curve.items()
            for column, values in columns:
                for step, value in zip(steps[1], values, strict=True):
                    writer.add_scalar(f"{prefix}/{column}", float(value), int(step))
        for key, value in numbers.items():
            writer.add_scalar(f"test/{key}", float(value), 0)
        writer.close()
        _without_host(self.home / name)

    def experiment(self, *, settings: Mapping[str, Any], tables: Mapping[str, Table], report: Path | None) -> None:
        """The numbers of the tables, one scalar per cell; the page stays a file."""
        del settings, report
        shutil.rmtree(self.home / COMPARISON, ignore_errors=True)
        writer = self._writer(str(self.home / COMPARISON))
        for name, table in tables.items():
            for row in table.rows:
                for column, value in zip(table.columns, row, strict=True):
                    if isinstance(value, int | float) and not isinstance(value, bool):
                        writer.add_scalar(f"{name}/{row[0]}/{column}", float(value), 0)
        writer.close()
        _without_host(self.home / COMPARISON)

    def close(self) -> None:
        """Nothing is left in memory: every file was closed."""


def _without_host(folder: Path) -> None:
    """Rename event files, which TensorBoard names after this machine."""
    for number, path in enumerate(sorted(folder.glob("events.out.tfevents.*"))):
        path.rename(folder / f"events.out.tfevents.{number}")


@dataclass
class Mirror:
    """A tracker that remembers, on disk, which runs it has shown, so that a resumed sweep shows each of them once."""

    tracker: Tracker
    folder: Path
    shown: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, tracking: str | Mapping[str, Any], *, folder: Path, experiment: str) -> Mirror:
        """The tracker that ``tracking`` names, for an experiment's folder.

        Raises:
            InputError: no such tracker, or its package is not installed.
        """
        shown = _shown(folder)
        built = build(load_tracking(tracking), "tracking", folder=folder, experiment=experiment)
        return cls(built, folder, shown)

    @property
    def memory(self) -> Path:
        """The file that says what was shown. Processes that share it take turns (``store.locks.in_turn``)."""
        return self.folder / MIRRORED

    def run(self, name: str, fingerprint: str, **contents: Any) -> None:
        """Show a run unless this very run was shown before."""
        if self.shown.get(name) != fingerprint:
            self.tracker.run(name, **{**contents, "settings": without_places(contents["settings"])})
            self._remember(name, fingerprint)

    def experiment(self, fingerprint: str, **contents: Any) -> None:
        """Show the comparison unless this very one was shown before."""
        if self.shown.get(COMPARISON) != fingerprint:
            self.tracker.experiment(**{**contents, "settings": without_places(contents["settings"])})
            self._remember(COMPARISON, fingerprint)

    def _remember(self, name: str, fingerprint: str) -> None:
        self.shown = _shown(self.folder) | {name: fingerprint}  # others may have shown theirs meanwhile
        write_json(self.memory, dict(sorted(self.shown.items())))


def _shown(folder: Path) -> dict[str, str]:
    """Run -> the fingerprint with which it was shown to the tracker.

    Raises:
        InputError: the file that remembers it is damaged.
    """
    memory, way_out = folder / MIRRORED, "delete it, and everything is shown to the tracker again"
    shown = read_json(memory, way_out=way_out) if memory.exists() else {}
    if not isinstance(shown, dict):
        raise InputError(f"{memory} does not say what was shown: {way_out}")
    return shown


def growth_figures(page: str) -> list[str]:
    """The growth curves of a report, one picture a scenario in the order of its tables, as pages of their own."""
    return [f"<!DOCTYPE html>{_LOOK}{found[0]}" for found in _GROWTH.finditer(page)]


def load_tracking(tracking: str | Mapping[str, Any]) -> dict[str, Any]:
    """The specification behind a name in ``configs/tracking`` or a mapping with ``_target_``.

    Raises:
        InputError: there is no such name (the nearest one is proposed).
    """
    if isinstance(tracking, Mapping):
        if TARGET not in tracking:
            raise InputError(f"tracking: the key '{TARGET}' is missing: it names the tracker's class")
        _check_keys(tracking)
        return dict(tracking)
    files = config_files("tracking")
    if tracking not in files:
        raise unknown("tracking", str(tracking), files)
    return read_yaml(files[tracking])


def _check_keys(spec: Mapping[str, object]) -> None:
    """Refuse a key that the tracker does not take: it is made only when there is a folder to write to."""
    takes = inspect.signature(load(str(spec[TARGET]), f"tracking.{TARGET}")).parameters
    settable = [name for name in takes if name not in ("folder", "experiment")]
    for key in spec:
        if key != TARGET and key not in settable and "kwargs" not in takes:
            raise unknown("key tracking.", str(key), settable)


def _missing(what: str, package: str) -> InputError:
    return InputError(
        f"{what} not installed: pip install 'zpdgym[track]' brings the package {package}, "
        "or use tracking=none (the result files are complete without it)"
    )
