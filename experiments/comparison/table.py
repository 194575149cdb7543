"""The numbers of a comparison, computed from the files of its runs and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...students.draws import spawn_seed
from ..metrics import MEANING, Limits, mean_over_runs, summary
from ..statistics import (
    BETTER,
    Estimate,
    estimate,
    holm,
    holm_levels,
    iqm,
    probability_of_improvement,
    seeds_warning,
    share_worse,
    verdict,
    worst_decile,
)
from ..store.runs import LAST, RUN, SAMPLED, STUDENTS, UNEXPECTED, VALIDATION, Run
from .plan import TUNED

Floats = npt.NDArray[np.float64]
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Taught:
    """A policy's runs in one scenario.

    Attributes:
        policy: its name.
        kind: "baseline", "learnt" or "privileged".
        runs: one per training seed.
        primary: the column of the primary outcome.
    """

    policy: str
    kind: str
    runs: tuple[Run, ...]
    primary: str

    @cached_property
    def students(self) -> list[dict[str, npt.NDArray[Any]]]:
        """The rows of every run, column by column."""
        return [_columns(run, STUDENTS) for run in self.runs]

    @cached_property
    def outcome(self) -> Floats:
        """(S, N) primary outcome."""
        return self.column(self.primary)

    @property
    def n(self) -> int:
        """How many students each run taught: the first so many of the test students."""
        return self.outcome.shape[1]

    def column(self, name: str) -> Floats:
        """(S, N) one column of ``students.csv``."""
        return np.stack([np.asarray(s[name], np.float64) for s in self.students])

    def outcome_of(self, file: str) -> Floats:
        """(S, N) primary outcome in another file of the runs."""
        return np.stack([np.asarray(_columns(run, file)[self.primary], np.float64) for run in self.runs])

    @cached_property
    def validation(self) -> float:
        """Mean primary outcome of the validation students."""
        return float(np.mean([run.json(VALIDATION)["mean"] for run in self.runs]))


def _columns(run: Run, file: str) -> dict[str, npt.NDArray[Any]]:
    frame = run.csv(file)
    return {str(name): frame[name].to_numpy() for name in frame.columns}


def comparison(folder: Path, experiment: Mapping[str, Any]) -> dict[str, Any]:
    """All numbers of an experiment whose runs are finished.

    Args:
        folder: the experiment's folder.
        experiment: the contents of ``experiment.json``.

    Returns:
        what ``table.json`` holds; see ``docs/evidence.md``.
    """
    scenarios = {}
    for label, about in experiment["compared"].items():
        scenarios[label] = _Scenario(folder / label, about, experiment).table()
    seeds = len(experiment["seeds"])
    learnt = any(p["kind"] == "learnt" for s in experiment["compared"].values() for p in s["policies"])
    warning = seeds_warning(seeds) if learnt else None
    return {
        "experiment": experiment["name"],
        "seeds": seeds,
        "warning": warning,
        "scenarios": scenarios,
    }


class _Scenario:
    """The table of one scenario."""

    def __init__(self, folder: Path, about: Mapping[str, Any], experiment: Mapping[str, Any]) -> None:
        self.about, self.label = about, folder.name
        self.primary, self.smallest = about["primary"], float(about["smallest_difference"])
        self.limits = Limits(about["horizon"], about["minutes"])
        self.generator = np.random.default_rng(spawn_seed(experiment["cohort_seed"], "resampling"))
        self.taught = {
            p["policy"]: Taught(
                p["policy"],
                p["kind"],
                tuple(Run(folder / p["policy"] / f"seed{seed}") for seed in p["seeds"]),
                self.primary,
            )
            for p in about["policies"]
        }
        self.best_untrained = self._best("baseline")
        self.best_learner = self._best("learnt")
        self.reference = next((name for name in ("optimal", "oracle_greedy") if name in self.taught), None)

    def _best(self, kind: str) -> str | None:
        """The policy of a kind that does best on validation students, of those that taught all of them."""
        names = [t.policy for t in self.taught.values() if t.kind == kind and t.n == self.about["n_students"]]
        return max(names, key=lambda name: self.taught[name].validation, default=None)

    def table(self) -> dict[str, Any]:
        """Everything that there is to say about this scenario."""
        rows = [self._row(t) for t in self.taught.values()]
        for key, against in (("vs_tuned", TUNED), ("vs_best", self.best_untrained)):
            self._compare(rows, key, self.taught[against] if against else None)
        rows.sort(key=lambda row: -row["outcome"])
        winners = [r for r in rows if r["kind"] == "learnt" and r["vs_best_verdict"] == BETTER]
        return {
            "primary": self.primary,
            "smallest_difference": self.smallest,
            "students": self.about["n_students"],
            "validation_students": self.about["n_validation"],
            "skills": self.about["skills"],
            "horizon": self.limits.lessons,
            "minutes": self.limits.minutes,
            "tuned": TUNED,
            "best_untrained": self.best_untrained,
            "best_learner": self.best_learner,
            "winner": winners[0]["policy"] if winners else None,
            "reference": self.reference,
            "reference_kind": self._reference_kind(),
            "cannot_teach": list(self.about["cannot_teach"]),
            "notes": list(self.about["notes"]),
            "policies": rows,
            "groups": [row for t in self.taught.values() for row in self._groups(t)],
            "unexpected_kinds": list(self.about["unexpected"]),
            "unexpected": [row for kind in self.about["unexpected"] for row in self._unexpected(kind)],
        }

    def _row(self, taught: Taught) -> Row:
        """What concerns one policy alone, or beside a fixed reference line."""
        numbers = mean_over_runs([summary(s, primary=self.primary, limits=self.limits) for s in taught.students])
        runs = taught.outcome.mean(axis=1)
        row: Row = {
            "scenario": self.label,
            "policy": taught.policy,
            "kind": taught.kind,
            "marks": self._marks(taught.policy),
            "seeds": len(taught.runs),
            "students": taught.n,
            "validation": taught.validation,
        }
        row |= _spread("outcome", estimate(taught.outcome, generator=self.generator))
        row |= {"iqm": iqm(runs), "lowest_run": float(runs.min()), "highest_run": float(runs.max())}
        decile = estimate(taught.outcome, generator=self.generator, statistic=worst_decile)
        row |= _spread("worst_decile", decile)
        row |= {name: numbers[name] for name in MEANING if name not in row}
        row["of_the_way"] = self._of_the_way(taught)
        if taught.policy != TUNED:
            tuned, skills = (self.taught[TUNED].column(c)[:, : taught.n] for c in (self.primary, "skills_mastered"))
            worse = share_worse(taught.outcome, tuned, generator=self.generator, smallest=self.smallest)
            row |= _spread("worse_off", worse)
            row |= _spread("more_skills", estimate(taught.column("skills_mastered"), skills, generator=self.generator))
            row["p_improvement"] = probability_of_improvement(runs, tuned.mean(axis=1))
        for key, file in (("sampled", SAMPLED), ("last", LAST)):
            if all(run.has(file) for run in taught.runs):
                row |= _spread(key, estimate(taught.outcome_of(file), generator=self.generator))
        return row

    def _marks(self, policy: str) -> list[str]:
        marks = {
            "best untrained": self.best_untrained,
            "best learner": self.best_learner,
            self._reference_kind(): self.reference,
        }
        return [mark for mark, name in marks.items() if mark and name == policy]

    def _reference_kind(self) -> str | None:
        """Only exact values are called a bound; None where no reference can be computed."""
        return self.reference and ("bound" if self.reference == "optimal" else "reference")

    def _of_the_way(self, taught: Taught) -> float | None:
        """How far from no teaching (0) to the privileged reference (1) the mean outcome is."""
        if self.reference is None:
            return None
        ends = [self.taught[name].outcome for name in ("no_teaching", self.reference)]
        n = min(taught.n, *(end.shape[1] for end in ends))
        bottom, top, own = (float(outcome[:, :n].mean()) for outcome in (*ends, taught.outcome))
        return (own - bottom) / (top - bottom) if top > bottom else None

    def _compare(self, rows: list[Row], key: str, other: Taught | None) -> None:
        """Paired differences to one policy, corrected over the policies that could have won."""
        if other is None:
            return
        differences = {
            t.policy: estimate(t.outcome, other.outcome[:, : t.n], generator=self.generator)
            for t in self.taught.values()
            if t is not other
        }
        fair = {name: d.p for name, d in differences.items() if self.taught[name].kind != "privileged"}
        corrected, levels = holm(fair), holm_levels(fair)
        for row in rows:
            name = row["policy"]
            difference = differences.get(name)
            row[f"{key}_verdict"] = None
            if difference is None:
                continue
            row |= _spread(key, difference)
            row[f"{key}_p"] = difference.p
            if name in corrected:
                low, high = difference.interval(levels[name])
                row[f"{key}_p_holm"], row[f"{key}_low_holm"], row[f"{key}_high_holm"] = corrected[name], low, high
                row[f"{key}_verdict"] = verdict(difference.value, corrected[name], self.smallest, interval=(low, high))

    def _groups(self, taught: Taught) -> list[Row]:
        """The same policy for each named group of students."""
        names = taught.students[0]["group"]
        rows, tuned = [], self.taught[TUNED]
        for group in dict.fromkeys(names.tolist()):
            here = names == group
            part = taught.outcome[:, here]
            quit_share = float(taught.column("quit")[:, here].mean())
            row: Row = {"scenario": self.label, "policy": taught.policy, "kind": taught.kind, "group": str(group)}
            row |= {"students": int(here.sum())} | _spread("outcome", estimate(part, generator=self.generator))
            row |= {"worst_decile": float(worst_decile(part, np.ones((1, part.shape[1]))).mean())}
            row |= {"quit": quit_share, "never_mastered": 1.0 - float(taught.column("reached")[:, here].mean())}
            row |= {"skills_mastered": float(taught.column("skills_mastered")[:, here].mean())}
            if taught is not tuned:
                same = tuned.outcome[:, : taught.n][:, here]
                row |= _spread("vs_tuned", estimate(part, same, generator=self.generator))
            rows.append(row)
        return rows

    def _unexpected(self, kind: str) -> list[Row]:
        """Every policy on one kind of students that it was not made for."""
        file, rows = f"{UNEXPECTED}/{kind}.csv", []
        found = {t.policy: t.outcome_of(file) for t in self.taught.values() if t.runs[0].has(file)}
        for policy, outcome in found.items():
            row: Row = {"scenario": self.label, "students_kind": kind, "policy": policy}
            row |= {"kind": self.taught[policy].kind} | _spread("outcome", estimate(outcome, generator=self.generator))
            if policy != TUNED:
                same = found[TUNED][:, : outcome.shape[1]]
                row |= _spread("vs_tuned", estimate(outcome, same, generator=self.generator))
            rows.append(row)
        return rows


def _spread(name: str, found: Estimate) -> Row:
    """The estimate under its name, its interval beside it."""
    low, high = found.interval()
    return {name: found.value, f"{name}_low": low, f"{name}_high": high}


def seconds_of(folder: Path, experiment: Mapping[str, Any]) -> float:
    """How long the runs of an experiment took, added up."""
    total = 0.0
    for label, about in experiment["compared"].items():
        for policy in about["policies"]:
            for seed in policy["seeds"]:
                total += sum(Run(folder / label / policy["policy"] / f"seed{seed}").json(RUN)["seconds"].values())
    return total
