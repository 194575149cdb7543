"""Knowledge tracing fitted to a log: the parameters of every skill, how well they foretell, and the world they make."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from zpdgym.errors import InputError
from zpdgym.parameters import Choice, Number, Switch, Table, read_arguments

from ...envs.beliefs.em import BETA, FLAT, NONE, Fit, Parameters, Sequences, fit, predict
from ...students.knowledge.presets import PARAMETERS, hyper_prior, to_json
from ..store.provenance import provenance
from . import held_out as checks
from .answers import sequences, share_right
from .logs import Log
from .world import with_belief, world_sections

__all__ = ["KnowledgeTracing"]

ESTIMATES = ("map", "ml")
DEGENERATE = 0.5
"""A skill whose guess or slip lies above says the opposite of what it should: it is reported and draws no world."""
QUANTILES = (5, 25, 50, 75, 95)
CURVES = "learning_curves.csv"


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

    PARAMETERS: ClassVar[Table] = {
        "estimate": Choice("map: weak Beta priors, ml: maximum likelihood", options=ESTIMATES),
        "starts": Number("starting points of each skill", low=1, high=1000, whole=True),
        "min_answers": Number("skills with fewer answers are not fitted", low=1, whole=True, unit="answers"),
        "forget": Switch("fit forgetting per day as well"),
        "tolerance": Number("change at which a start has settled", low=0, high=0.1, above=True, below=True),
        "max_iterations": Number("passes after which a start is given up", low=1, high=10**6, whole=True),
    }

    estimate: str = "map"
    starts: int = 5
    min_answers: int = 300
    forget: bool = False
    tolerance: float = 1e-6
    max_iterations: int = 2000

    def __post_init__(self) -> None:
        for name, value in vars(read_arguments(self.PARAMETERS, vars(self), "model")).items():
            object.__setattr__(self, name, value)

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
            return self.log, test, f"another log, {test.size.removeprefix('a log ')}"
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
        prior = hyper_prior([v[good] for v in values.values()], source=log.size) if good.sum() > 2 else None
        return {
            "settings": dict(settings),
            "data": {
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
            source=self.log.size,
            fitted_forgetting=self.model.forget,
        )


def _degenerate(parameters: Parameters) -> int:
    return int(((parameters.guess > DEGENERATE) | (parameters.slip > DEGENERATE)).sum())
