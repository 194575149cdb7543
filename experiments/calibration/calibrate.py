"""From a real log to the parameters of knowledge tracing, checked on students the fit has not seen, and to a world."""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from zpdgym.errors import InputError, shown
from zpdgym.files import read_json
from zpdgym.names import check_name
from zpdgym.parameters import Number, Table, must_be_keys, read_arguments

from ...configs.build import TARGET, build
from ...students.knowledge.presets import PARAMETERS
from ..runs.arguments import RERUN, SEED, writable
from ..store.runs import move_aside, write_bytes, write_json
from ..store.sheets import as_csv
from .answers import described, like, read, reading, without_names
from .dkt import DeepTracing
from .figure import MOST_PANELS, learning_curve_figure
from .knowledge_tracing import CURVES, DEGENERATE, ESTIMATES, KnowledgeTracing, Work
from .logs import Log
from .network import DeepWork
from .world import world_settings

__all__ = ["Calibration"]

CALIBRATE: Table = {
    "holdout": Number(
        "the share that is held out", low=0, high=1, above=True, below=True, why="it is a share of the students"
    ),
    "seed": SEED,
    "rerun": RERUN,
}
SUMMARY, WORLD = "summary.json", "world.yaml"


@dataclass(frozen=True)
class Calibration:
    """What a log says about its skills.

    Attributes:
        folder: where the files are; None when none were written.
        parameters: the columns of parameters.csv, one entry per fitted skill.
        summary: the content of summary.json.
    """

    folder: Path | None
    parameters: dict[str, list[Any]]
    summary: dict[str, Any]

    @property
    def world(self) -> Path | None:
        """The scenario file of the fitted world."""
        return None if self.folder is None else self.folder / WORLD

    def lines(self) -> list[str]:
        """The result in words, as lines to print."""
        s = self.summary
        skills, fit_, held = s["skills"], s["fit"], s["held_out"]
        lines = [*s["data"]["account"]]
        lines.append(
            f"{skills['fitted']} skills fitted ({skills['too_few_answers']} have fewer than"
            f" {s['settings']['model']['min_answers']} answers), {fit_['starts']} starts each,"
            f" {fit_['not_converged']} of them not converged; {s['seconds']['fit']:.1f} s"
        )
        for name in ESTIMATES:
            medians = ", ".join(f"{p} {s['medians'][name][p]:.3f}" for p in PARAMETERS)
            lines.append(f"medians ({'maximum likelihood' if name == 'ml' else 'weak priors'}): {medians}")
        lines.append(
            f"{skills['degenerate']} degenerate (guess or slip above {DEGENERATE:g}): reported, not used in the world"
        )
        kind = "the network, " if "network" in s else ""
        lines.append(
            f"{kind}{held['answers']:,} answers of {held['students']:,} other students ({held['of']}):"
            f" AUC {held['auc']:.3f}, log-loss {held['log_loss']:.4f}"
            f" ({held['log_loss_of_skill_mean']:.4f} by the skill's mean), RMSE {held['rmse']:.4f},"
            f" predictions off by {100 * held['calibration_error']:.1f} points on average"
        )
        if "bkt" in held:
            bkt = held["bkt"]
            lines.append(f"knowledge tracing on the same: AUC {bkt['auc']:.3f}, log-loss {bkt['log_loss']:.4f}")
        if self.folder is not None:
            lines.append(f"world of {s['world']['skills']} skills: {self.world}")
        return lines


def calibrate(
    data: Mapping[str, Any] | Log,
    *,
    model: Mapping[str, Any] | None = None,
    test: Mapping[str, Any] | str | Path | Log | None = None,
    holdout: float = 0.2,
    out: str | Path | None = None,
    world: Mapping[str, Any] | None = None,
    seed: int = 0,
    rerun: bool = False,
    say: Callable[[str], None] | None = None,
) -> Calibration:
    """Make simulated students from a log of real answers, and check them on students that the fit has not seen.

    Args:
        data: a log, or how to read it: ``path`` and the other arguments of ``read_long`` (or of the reader that
            ``_target_`` names); it may also hold ``test`` and ``holdout``.
        model: arguments of ``KnowledgeTracing``; may name another ``_target_``, such as
            ``zpdgym.experiments.DeepTracing``.
        test: the log to check on, read like ``data``; None: a share of the students is held out, the model is fitted
            to the others for the checks, and to everybody for the parameters.
        holdout: that share.
        out: the folder to write; None: write nothing.
        world: settings of the world: ``n_skills`` (default 30, 0: all that can be used), ``seed``, ``n_students`` (of
            the log that its tutor's belief is fitted to) and ``forget`` (per day, where the log does not tell it).
        seed: of starting points and of the held-out share.
        rerun: move a calibration with other settings that stands in ``out`` aside.
        say: told what is being done, line by line.

    Raises:
        InputError: the log or a setting is wrong, no skill has enough answers, or ``out`` holds something else.
    """
    tell = say or (lambda line: None)
    for name, value in (("model", model), ("world", world)):
        must_be_keys({} if value is None else value, name, "setting: value")
    if not isinstance(data, Mapping | Log):
        raise InputError(f"data={shown(data)} must be a log, or how to read it: path and other arguments of read_long")
    # one secret key for both files: the same learner has the same pseudonym in both, and nobody can tell whose it is
    key = secrets.token_bytes(16)
    source = reading(data)
    test = source.pop("test", None) if test is None else test
    share = source.pop("holdout", None)
    checked = {"holdout": holdout if share is None else share, "seed": seed, "rerun": rerun}
    given = read_arguments(CALIBRATE, checked, "calibrate")
    holdout, seed, rerun = given.holdout, given.seed, given.rerun
    tracing = {TARGET: "zpdgym.experiments.KnowledgeTracing"}
    fitter: KnowledgeTracing | DeepTracing = build({**tracing, **(model or {})}, "model")
    plan = world_settings(world)
    settings = {
        "data": described(source, data),
        "test": described(like(source, test), test) if test is not None else holdout,
        "model": {TARGET: type(fitter).__name__, **vars(fitter)},
        "world": plan,
        "seed": seed,
    }
    folder = None if out is None else writable(out, "out")
    if folder is not None:
        check_name(folder.name, "out: the folder's name")  # which the world gets, too
    _refuse(folder, settings, rerun)
    log = data if isinstance(data, Log) else read(source, key)
    other = None if test is None else test if isinstance(test, Log) else read(like(source, test), key)
    work = _work(log, fitter, seed, tell)
    held = work.check(other, holdout)
    summary = work.summary(settings, held)
    files = work.files()
    if folder is None:
        return Calibration(None, files["parameters.csv"], summary)
    _write(folder, work, files, summary, plan, rerun)
    return Calibration(folder, files["parameters.csv"], summary)


def _work(log: Log, fitter: KnowledgeTracing | DeepTracing, seed: int, tell: Callable[[str], None]) -> Work:
    if isinstance(fitter, DeepTracing):
        return DeepWork(log, fitter, seed, tell)
    return Work(log, fitter, seed, tell)


def _refuse(folder: Path | None, settings: Mapping[str, Any], rerun: bool) -> None:
    """Leave alone what is not a calibration, and a calibration with other settings unless it may be moved aside."""
    if folder is None or not folder.exists():
        return
    summary = folder / SUMMARY
    if not summary.is_file():
        raise InputError(f"{folder} exists and holds no calibration: give the calibration another name")
    stored = {} if rerun else read_json(summary, way_out="rerun=true moves this calibration aside")
    before = stored.get("settings") if isinstance(stored, dict) else None
    if _nameless(before) != json.loads(json.dumps(settings)) and not rerun:
        raise InputError(
            f"{folder} holds a calibration of other data or settings: add rerun=true to move it aside, or give this one"
            " another name"
        )


def _nameless(settings: object) -> object:
    """Settings as they are compared: those that older versions wrote hold names of files."""
    if not isinstance(settings, Mapping):
        return settings
    logs = {key: without_names(log) for key in ("data", "test") if isinstance(log := settings.get(key), Mapping)}
    return {**settings, **logs}


def _write(
    folder: Path,
    work: Work,
    files: Mapping[str, dict[str, list[Any]]],
    summary: dict[str, Any],
    plan: Mapping[str, Any],
    rerun: bool,
) -> None:
    """All files beside their place, then moved there in one step; only their owner may read them."""
    import yaml

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".writing-{folder.name}-", dir=folder.parent) as made:
        beside = Path(made) / folder.name
        beside.mkdir()
        for name, columns in files.items():
            write_bytes(beside / name, as_csv(columns).encode())
        if CURVES in files:
            most = np.argsort(-work.answers, kind="stable")[: MOST_PANELS - 1]
            shown = [work.names[k] for k in most]
            figure = learning_curve_figure(files[CURVES], shown, work.log.size)
            write_bytes(beside / "learning_curves.svg", figure.encode())
        work.tell(f"fitting the belief of the world's tutor to {plan['n_students']:,} simulated students")
        world, about = work.world(folder, beside, plan)
        summary["world"] = {"skills": len(world["curriculum"]["skills"]), "belief": about}
        head = f"# A world whose skills answer like those of {work.log.size}; made by zpdgym calibrate.\n"
        plain = json.loads(json.dumps(world))  # nothing shared, so nothing is written as a reference to elsewhere
        text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)
        write_bytes(beside / WORLD, (head + text).encode())
        write_json(beside / SUMMARY, summary)
        for path in (beside, *beside.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
        if folder.exists():
            if rerun:
                move_aside(folder)
            else:
                shutil.rmtree(folder)
        beside.rename(folder)
