"""From a real log to the parameters of knowledge tracing, checked on students the fit has not seen, and to a world."""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from zpdgym.errors import InputError, Violations

from ...configs.build import TARGET, build
from ...envs.beliefs.em import BETA, FLAT, NONE, Fit, Parameters, Sequences, fit, predict
from ...students.knowledge.presets import PARAMETERS, hyper_prior, to_json
from ..store.runs import move_aside, provenance, write_bytes, write_json
from . import held_out as checks
from .answers import described, like, read, reading, sequences, share_right
from .figure import MOST_PANELS, learning_curve_figure
from .logs import Log
from .world import with_belief, world_sections, world_settings

if TYPE_CHECKING:
    from .dkt import DeepTracing

__all__ = ["Calibration", "KnowledgeTracing"]

ESTIMATES = ("map", "ml")
DEGENERATE = 0.5
"""A skill whose guess or slip lies above says the opposite of what it should: it is reported and draws no world."""
QUANTILES = (5, 25, 50, 75, 95)
SUMMARY, WORLD, CURVES = "summary.json", "world.yaml", "learning_curves.csv"


@dataclass(frozen=True, kw_only=True)
class KnowledgeTracing:
    """Knowledge tracing, one skill at a time, all skills fitted at once by expectation-maximisation.

    Args:
        estimate: ``map`` (weak Beta priors: learn (2, 8), guess (2, 6), slip (2, 10)) or ``ml``, maximum likelihood.
            Both are fitted and reported; this one is used.
        starts: how many starting points each skill gets, at least 5 for a result to be relied on.
        min_answers: skills with fewer answers are not fitted.
        forget: fit forgetting per day as well (the log must have times).
        tolerance: relative change of a skill's objective at which a start has settled.
        max_iterations: passes after which a start is given up (and reported).
    """

    estimate: str = "map"
    starts: int = 5
    min_answers: int = 300
    forget: bool = False
    tolerance: float = 1e-6
    max_iterations: int = 2000

    def __post_init__(self) -> None:
        wrong = Violations("model")
        wrong.unless(self.estimate in ESTIMATES, f"estimate='{self.estimate}' must be map or ml")
        for key in ("starts", "min_answers", "max_iterations"):
            value = getattr(self, key)
            whole = isinstance(value, int) and not isinstance(value, bool) and value >= 1
            wrong.unless(whole, f"{key}={value!r} must be a whole number of at least 1")
        wrong.unless(isinstance(self.forget, bool), f"forget={self.forget!r} must be true or false")
        small = isinstance(self.tolerance, float) and 0 < self.tolerance < 0.1
        wrong.unless(small, f"tolerance={self.tolerance!r} must be a number in (0, 0.1)")
        wrong.raise_any()

    def fit(self, data: Sequences, estimate: str, seed: int) -> Fit:
        """Fit every skill of the sequences."""
        return fit(
            data,
            starts=self.starts,
            seed=seed,
            pseudocounts=BETA if estimate == "map" else NONE,
            forget=self.forget,
            tolerance=self.tolerance,
            max_iterations=self.max_iterations,
        )


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
    """Fit a log, check the fit on students it has not seen, and write parameters, checks and a world.

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
    # one secret key for both files: the same learner has the same pseudonym in both, and nobody can tell whose it is
    key = secrets.token_bytes(16)
    source = reading(data)
    test = source.pop("test", None) if test is None else test
    holdout = source.pop("holdout", None) or holdout
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
    folder = None if out is None else Path(out)
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
    from .dkt import DeepTracing

    if isinstance(fitter, DeepTracing):
        from .network import DeepWork

        return DeepWork(log, fitter, seed, tell)
    return Work(log, fitter, seed, tell)


class Work:
    """One log being fitted."""

    def __init__(self, log: Log, model: KnowledgeTracing, seed: int, tell: Callable[[str], None]) -> None:
        self.log, self.model, self.seed, self.tell = log, model, seed, tell
        if model.forget and log.days is None:
            raise InputError(f"model.forget=true needs times, and {log.source} has none (data.columns.time)")
        answers = np.bincount(log.skill, minlength=len(log.skills))
        self.kept = np.flatnonzero(answers >= model.min_answers)
        if not len(self.kept):
            raise InputError(
                f"{log.source}: no skill has {model.min_answers} answers or more (the most is {answers.max()});"
                " model.min_answers lowers the bar"
            )
        self.names = tuple(log.skills[k] for k in self.kept)
        self.answers = answers[self.kept]
        self.data = sequences(log, self.names, forget=model.forget)
        began = time.perf_counter()
        tell(f"fitting {len(self.names)} skills to {len(log):,} answers, {model.starts} starts each")
        self.fits = {name: model.fit(self.data, name, seed) for name in ESTIMATES}
        self.seconds = time.perf_counter() - began
        self.chosen = self.fits[model.estimate].parameters
        self.degenerate = (self.chosen.guess > DEGENERATE) | (self.chosen.slip > DEGENERATE)

    def check(self, test: Log | None, holdout: float) -> dict[str, Any]:
        """How well answers of other students are foretold."""
        trained, test, of = self.split(test, holdout)
        parameters = self.chosen
        if trained is not self.log:
            data = sequences(trained, self.names, forget=self.model.forget)
            parameters = self.model.fit(data, self.model.estimate, self.seed).parameters
        both = np.intersect1d(np.unique(trained.student), np.unique(test.student))
        self.test = sequences(test, self.names, forget=self.model.forget, compress=False)
        if not len(self.test.correct):
            raise InputError(f"{test.source}: no answer in it is on a skill that was fitted")
        self.foretold, _ = predict(self.test, parameters)
        share = share_right(trained, self.names)[self.test.skill][self.test.sequence_of_row]
        return {
            "of": of,
            "students": test.n_students,
            "students_in_both": len(both),
            "answers_on_other_skills": len(test) - len(self.test.correct),
            **checks.held_out(self.test.correct, self.foretold, share),
        }

    def split(self, test: Log | None, holdout: float) -> tuple[Log, Log, str]:
        """The log to fit for the checks, the log to check on, and which that is, in words."""
        if test is not None:
            if self.model.forget and test.days is None:
                raise InputError(f"model.forget=true needs times, and {test.source} has none")
            return self.log, test, test.source
        if not 0 < holdout < 1:
            raise InputError(f"data.holdout={holdout} must be in (0, 1): it is a share of the students")
        who = np.unique(self.log.student, return_index=True)[1]
        who = self.log.student[np.sort(who)]  # in order of appearance, which no key changes
        out = np.random.default_rng([self.seed, 1]).random(len(who)) < holdout
        held = np.isin(self.log.student, who[out])
        if not held.any() or held.all():
            raise InputError(f"{self.log.source}: {len(who)} students are too few to hold out a share of {holdout}")
        return self.log.where(~held), self.log.where(held), f"{holdout:.0%} held out"

    def files(self) -> dict[str, dict[str, list[Any]]]:
        """The tables, by file name."""
        parameters: dict[str, list[Any]] = {"skill": list(self.names), "answers": self.answers.tolist()}
        parameters["sequences"] = np.bincount(self.data.skill, self.data.count, len(self.names)).astype(int).tolist()
        for name in (self.model.estimate, *(e for e in ESTIMATES if e != self.model.estimate)):
            prefix = "" if name == self.model.estimate else f"{name}_"
            found = self.fits[name].parameters
            columns = zip((*PARAMETERS, "forget"), found.arrays(), strict=True)
            parameters |= {prefix + p: v.tolist() for p, v in columns if p != "forget" or self.model.forget}
        best = self.fits[self.model.estimate]
        parameters["log_likelihood_per_answer"] = (best.log_likelihood / self.answers).tolist()
        parameters["starts_converged"] = best.converged.sum(axis=0).tolist()
        parameters["spread_of_starts"] = np.ptp(best.objectives, axis=0).tolist()
        parameters["degenerate"] = self.degenerate.tolist()
        return {
            "parameters.csv": parameters,
            "calibration.csv": checks.calibration_table(
                self.test.correct, self.foretold, checks.opportunities(self.test)
            ),
            CURVES: checks.learning_curves(self.data, self.chosen, self.names),
        }

    def summary(self, settings: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
        """summary.json."""
        log, best = self.log, self.fits[self.model.estimate]
        good = ~self.degenerate
        values = dict(zip(PARAMETERS, self.chosen.arrays(), strict=False))
        spread = {p: {str(q): float(np.percentile(v, q)) for q in QUANTILES} for p, v in values.items()}
        prior = hyper_prior([v[good] for v in values.values()], source=log.source) if good.sum() > 2 else None
        return {
            "settings": dict(settings),
            "data": {
                "source": log.source,
                "rows": log.rows,
                "malformed": log.malformed,
                "malformed_examples": list(log.examples),
                "padding": log.padding,
                "answers": len(log),
                "students": log.n_students,
                "share_right": float(log.correct.mean()),
                "account": log.account(),
            },
            "skills": {
                "in_log": len(log.skills),
                "fitted": len(self.names),
                "too_few_answers": len(log.skills) - len(self.names),
                "degenerate": int(self.degenerate.sum()),
                "degenerate_names": [n for n, d in zip(self.names, self.degenerate, strict=True) if d],
                "degenerate_by_maximum_likelihood": _degenerate(self.fits["ml"].parameters),
                "say_nothing": int((self.chosen.guess + self.chosen.slip >= FLAT).sum()),
            },
            "fit": {
                "starts": self.model.starts,
                "not_converged": int((~best.converged).sum()),
                "most_iterations": int(best.iterations.max()),
            },
            "medians": {
                name: {p: float(np.median(v)) for p, v in zip(PARAMETERS, f.parameters.arrays(), strict=False)}
                for name, f in self.fits.items()
            },
            "quantiles": spread,
            "hyper_prior": None if prior is None else to_json(prior),
            "held_out": dict(held),
            "seconds": {"fit": self.seconds},
            "provenance": provenance(),
        }

    def world(self, folder: Path, beside: Path, plan: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The sections of the world, its tutor's belief included, and where that comes from.

        Args:
            folder: where the calibration will stand; its name is the world's.
            beside: where it is being written.
            plan: of ``world_settings``.
        """
        return with_belief(self.sections(folder.name, plan), plan)

    def sections(self, name: str, plan: Mapping[str, Any]) -> dict[str, Any]:
        """The sections of the world without the tutor's belief."""
        good = ~self.degenerate
        found = zip((*PARAMETERS, "forget"), self.chosen.arrays(), strict=True)
        return world_sections(
            name,
            [n for n, g in zip(self.names, good, strict=True) if g],
            {p: v[good] for p, v in found},
            plan,
            source=f"{self.log.source} ({len(self.log):,} answers)",
            fitted_forgetting=self.model.forget,
        )


def _degenerate(parameters: Parameters) -> int:
    return int(((parameters.guess > DEGENERATE) | (parameters.slip > DEGENERATE)).sum())


def _refuse(folder: Path | None, settings: Mapping[str, Any], rerun: bool) -> None:
    """Leave alone what is not a calibration, and a calibration with other settings unless it may be moved aside."""
    if folder is None or not folder.exists():
        return
    summary = folder / SUMMARY
    if not summary.is_file():
        raise InputError(f"{folder} exists and holds no calibration: give the calibration another name")
    before = json.loads(summary.read_text(encoding="utf-8")).get("settings")
    if before != json.loads(json.dumps(settings)) and not rerun:
        raise InputError(
            f"{folder} holds a calibration of other data or settings: add rerun=true to move it aside, or give this one"
            " another name"
        )


def _write(
    folder: Path,
    work: Work,
    files: Mapping[str, dict[str, list[Any]]],
    summary: dict[str, Any],
    plan: Mapping[str, Any],
    rerun: bool,
) -> None:
    """All files beside their place, then moved there in one step."""
    import pandas as pd
    import yaml

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".writing-{folder.name}-", dir=folder.parent) as made:
        beside = Path(made) / folder.name
        beside.mkdir()
        for name, columns in files.items():
            write_bytes(beside / name, pd.DataFrame(columns).to_csv(index=False, lineterminator="\n").encode())
        if CURVES in files:
            most = np.argsort(-work.answers, kind="stable")[: MOST_PANELS - 1]
            shown = [work.names[k] for k in most]
            figure = learning_curve_figure(files[CURVES], shown, work.log.source)
            write_bytes(beside / "learning_curves.svg", figure.encode())
        work.tell(f"fitting the belief of the world's tutor to {plan['n_students']:,} simulated students")
        world, about = work.world(folder, beside, plan)
        summary["world"] = {"skills": len(world["curriculum"]["skills"]), "belief": about}
        head = f"# A world whose skills answer like those of {work.log.source}; made by zpdgym calibrate.\n"
        plain = json.loads(json.dumps(world))  # nothing shared, so nothing is written as a reference to elsewhere
        text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)
        write_bytes(beside / WORLD, (head + text).encode())
        write_json(beside / SUMMARY, summary)
        if folder.exists():
            if rerun:
                move_aside(folder)
            else:
                shutil.rmtree(folder)
        beside.rename(folder)
