"""The numbers of a comparison, computed from the files of its runs and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np
from zpdgym.files import read_json

from ...students.draws import spawn_seed
from ..budgets import searches_in_words
from ..gaps import gap
from ..inert import Placed, inert_axes
from ..metrics import MEANING, TOLD, Limits, mean_over_runs, summary
from ..mistakes import frustrating, of_some
from ..runs.outcomes import LATER
from ..runs.specification import TUNED
from ..statistics import (
    BETTER,
    Estimate,
    estimate,
    iqm,
    outlying,
    probability_of_improvement,
    seeds_warning,
    share_worse,
    worst_decile,
)
from ..store.columns import from_plain
from ..store.runs import CURVES, LAST, LESSONS, SAMPLED, UNEXPECTED, Run
from .failing import NO_DIFFERENCES, lacks_lives
from .harming import Lives, harm_rows
from .judging import Floats, beats_control, judged
from .pace import Pace, pace_of
from .rows import (
    Compared,
    ComparisonTable,
    Difference,
    GroupRow,
    HarmRow,
    Interval,
    Level,
    PolicyRow,
    ScenarioTable,
    UnexpectedRow,
)
from .taught import Taught
from .telling import notes_on_columns

_Told: TypeAlias = tuple[Difference | None, str | None]
"""A difference and its verdict, as far as there are any."""
BOUNDS = ("optimal", "fully_observed")
"""Policies that nobody can pass who knows no more: they are exact; the first is what a tutor can reach."""
_INTERVALS = {"outcome", "worst_decile"}
"""Numbers of a run that stand in a row with an interval."""


def comparison(folder: Path, experiment: Mapping[str, Any]) -> ComparisonTable:
    """All numbers of an experiment whose runs are finished.

    Args:
        folder: the experiment's folder.
        experiment: the contents of ``experiment.json``.
    """
    where = str(folder / "experiment.json")
    compared = {label: from_plain(Compared, about, where=where) for label, about in experiment["compared"].items()}
    cohort_seed, seeds = int(experiment["cohort_seed"]), len(experiment["seeds"])
    learnt = any(runs.kind == "learnt" for about in compared.values() for runs in about.policies)
    baseline, axes = str(experiment.get("baseline", TUNED)), experiment.get("axes")
    cells = {label: _Scenario(folder / label, about, cohort_seed, baseline) for label, about in compared.items()}
    # the cells of a grid are one question, so what is said in them is corrected for all that is said in any
    together = sum(cell.verdicts for cell in cells.values()) if axes else None
    return ComparisonTable(
        experiment=experiment["name"],
        seeds=seeds,
        warning=seeds_warning(seeds) if learnt else None,
        axes={name: tuple(levels) for name, levels in axes.items()} if axes else None,
        notes=(tuple([*_inert(cells.values()), *_told_the_truth(compared)]) or None) if axes else None,
        scenarios={label: cell.table(together or cell.verdicts) for label, cell in cells.items()},
    )


def _told_the_truth(compared: Mapping[str, Compared]) -> list[str]:
    """Which cells of a grid are taught by somebody who is told the truth."""
    cells = [label for label, about in compared.items() if TOLD in about.notes]
    return [f"{', '.join(cells)}: {TOLD}"] if cells else []


def _inert(cells: Iterable[_Scenario]) -> list[str]:
    """A line for each axis of a grid that changed nothing; of cells with different outcomes nothing is said."""
    cells = list(cells)
    primaries = {cell.primary for cell in cells}
    placed = [
        Placed(of.policy.partition(",")[0] if of.axes else of.policy, cell.about.axes or {}, of.axes or {}, taught)
        for cell in cells
        for of in cell.about.policies
        if (taught := cell.taught.get(of.policy))
    ]
    return inert_axes(placed, primaries.pop()) if len(primaries) == 1 else []


def _best_reference(taught: Mapping[str, Taught]) -> str | None:
    """An exact bound, else the privileged policy that ends highest, of those that taught most students; the first."""
    bounds = [name for name in BOUNDS if name in taught]
    inside = [t for t in taught.values() if t.kind == "privileged"]
    if bounds or not inside:
        return bounds[0] if bounds else None
    most = max(t.n for t in inside)
    return max((t for t in inside if t.n == most), key=lambda t: float(t.outcome.mean())).policy


class _Scenario:
    """The table of one scenario."""

    def __init__(self, folder: Path, about: Compared, cohort_seed: int, baseline: str) -> None:
        self.about, self.label, self.file = about, folder.name, folder / "scenario.json"
        self.primary, self.smallest = about.primary, float(about.smallest_difference)
        self.limits = Limits(about.horizon, about.minutes)
        self.resampling = spawn_seed(cohort_seed, "resampling")
        self.generator = np.random.default_rng(self.resampling)
        self.taught: dict[str, Taught] = {}
        for of in about.policies:
            runs = tuple(Run(folder / of.policy / f"seed{seed}") for seed in of.seeds)
            self.taught[of.policy] = Taught(of.policy, of.kind, runs, self.primary)
        self.tuned = self.taught.get(TUNED)
        self.baseline = self.taught.get(baseline) if baseline != TUNED else None
        self.best_learner = self._best("learnt")
        best = self._best("baseline")
        assert best is not None  # reference lines teach everybody
        self.best_untrained = best
        self.reference = _best_reference(self.taught)

    def _best(self, kind: str) -> str | None:
        """The policy of a kind that does best on validation students, of those that taught all of them."""
        names = [t.policy for t in self.taught.values() if t.kind == kind and t.n == self.about.n_students]
        return max(names, key=lambda name: self.taught[name].validation, default=None)

    @property
    def _yardsticks(self) -> tuple[Taught | None, ...]:
        """Whom all are set beside: tuned mastery learning, the best untrained policy, and whom the user asks for."""
        return self.tuned, self.taught[self.best_untrained], self.baseline

    @property
    def verdicts(self) -> int:
        """How many differences get a verdict here."""
        return len({pair for other in self._yardsticks if other for pair in self._pairs(other)})

    def table(self, together: int) -> ScenarioTable:
        """Everything that there is to say about this scenario.

        Args:
            together: how many differences are looked at together, here and in other cells of the grid.
        """
        against = [self._compared_with(other, together) for other in self._yardsticks]
        rows = [
            self._row(t, *(differences.get(t.policy, (None, None)) for differences in against))
            for t in self.taught.values()
        ]
        rows.sort(key=lambda row: -row.outcome.value)
        winners = [row.policy for row in rows if row.kind == "learnt" and row.vs_best_verdict == BETTER]
        return ScenarioTable(
            axes=self.about.axes,
            primary=self.primary,
            smallest_difference=self.smallest,
            later_days=self.about.later_days,
            control_bound=self.about.control_bound,
            control_value=self.about.control_value,
            students=self.about.n_students,
            validation_students=self.about.n_validation,
            skills=self.about.skills,
            horizon=self.limits.lessons,
            minutes=self.limits.minutes,
            tuned=TUNED,
            baseline=self.baseline and self.baseline.policy,
            best_untrained=self.best_untrained,
            best_learner=self.best_learner,
            winner=winners[0] if winners else None,
            reference=self.reference,
            reference_kind=self._reference_kind(),
            verdicts=together,
            cannot_teach=self.about.cannot_teach,
            failed=self.about.failed,
            notes=(
                *self._on_failures(),
                *self.about.notes,
                *self._on_searches(),
                *self._on_the_way(),
                *notes_on_columns(self.primary, rows),
            ),
            pace=self._pace(),
            policies=tuple(rows),
            groups=tuple(row for t in self.taught.values() for row in self._groups(t)),
            harm=tuple(self._harm()),
            unexpected_kinds=self.about.unexpected,
            unexpected=tuple(row for kind in self.about.unexpected for row in self._unexpected(kind)),
        )

    def _estimate(self, values: Floats, minus: Floats | None = None) -> Estimate:
        return estimate(values, minus, generator=self.generator)

    def _row(self, taught: Taught, vs_tuned: _Told, vs_best: _Told, vs_baseline: _Told) -> PolicyRow:
        """Everything about one policy."""
        summaries = [summary(s, primary=self.primary, limits=self.limits) for s in taught.students]
        numbers = mean_over_runs(summaries)
        runs = taught.outcome.mean(axis=1)
        outcome = self._estimate(taught.outcome)
        decile = estimate(taught.outcome, generator=self.generator, statistic=worst_decile)
        beside: dict[str, Any] = {}
        if self.tuned is not None and taught is not self.tuned:
            tuned, skills = (self.tuned.column(c)[:, : taught.n] for c in (self.primary, "skills_mastered"))
            worse = share_worse(taught.outcome, tuned, generator=self.generator, smallest=self.smallest)
            more = self._estimate(taught.column("skills_mastered"), skills)
            beside["worse_off"], beside["more_skills"] = Interval.of(worse), Interval.of(more)
            beside["p_improvement"] = probability_of_improvement(runs, tuned.mean(axis=1))
        beside |= self._gap(taught)
        if self.about.later_days is not None:
            beside |= self._later(taught)
        for key, file in (("sampled", SAMPLED), ("last", LAST)):
            if all(run.has(file) for run in taught.runs):
                beside[key] = Interval.of(self._estimate(taught.column(self.primary, file)))
        return PolicyRow(
            scenario=self.label,
            axes=self._axes(taught.policy),
            policy=taught.policy,
            kind=taught.kind,
            marks=self._marks(taught.policy),
            seeds=len(taught.runs),
            students=taught.n,
            validation=taught.validation,
            outcome=Interval.of(outcome),
            iqm=iqm(runs),
            outlying_seeds=self._outlying(taught, runs),
            lowest_run=float(runs.min()),
            highest_run=float(runs.max()),
            worst_decile=Interval.of(decile),
            mostly_wrong_highest=max(s["mostly_wrong"] for s in summaries),
            frustrating=frustrating(summaries),
            of_the_way=self._of_the_way(taught),
            vs_tuned=vs_tuned[0],
            vs_tuned_verdict=vs_tuned[1],
            vs_best=vs_best[0],
            vs_best_verdict=vs_best[1],
            vs_baseline=vs_baseline[0],
            vs_baseline_verdict=vs_baseline[1],
            beats_control=self._beats_control(taught, vs_best[0]),
            **{name: numbers[name] for name in MEANING if name not in _INTERVALS},
            **beside,
        )

    def _gap(self, taught: Taught) -> dict[str, str | float | Interval | None]:
        first, generator = taught.students[0], np.random.default_rng(self.resampling)
        found = gap(taught.column("exam"), np.asarray(first["pre"], np.float64), first["group"], generator)
        between = found and f"{found.most} – {found.least}"
        return {"gap_between": between, "gap_before": found.before, "gap": Interval.of(found.after)} if found else {}

    def _later(self, taught: Taught) -> dict[str, Interval]:
        """The second outcome, and how far it is from that of tuned mastery learning."""
        found = {LATER: Interval.of(self._estimate(taught.column(LATER)))}
        if self.tuned is not None and taught is not self.tuned:
            base = self.tuned.column(LATER)[:, : taught.n]
            found["later_vs_tuned"] = Interval.of(self._estimate(taught.column(LATER), base))
        return found

    def _beats_control(self, taught: Taught, vs_best: Difference | None) -> str | None:
        """Why the row of a learnt policy cannot be true, where nobody can win."""
        bound, value = self.about.control_bound, self.about.control_value
        if bound is None or taught.kind != "learnt":
            return None
        if value is not None:
            return beats_control(vs_best, self.best_untrained, self._estimate(taught.outcome - value), f"{value:g}")
        untaught = self.taught.get(bound)
        above = None if untaught is None else self._estimate(taught.outcome, untaught.outcome[:, : taught.n])
        return beats_control(vs_best, self.best_untrained, above, bound)

    def _axes(self, policy: str) -> dict[str, Level] | None:
        """Where a row stands in the grid: its cell, and the settings of the policy that the grid varies."""
        own = next((of.axes for of in self.about.policies if of.policy == policy), None)
        return {**(self.about.axes or {}), **(own or {})} or None

    def _marks(self, policy: str) -> tuple[str, ...]:
        marks = {
            "best untrained": self.best_untrained,
            "best learner": self.best_learner,
            self._reference_kind(): self.reference,
        }
        return tuple(mark for mark, name in marks.items() if mark and name == policy)

    def _reference_kind(self) -> str | None:
        """Only exact values are called a bound; None where no reference can be computed."""
        return self.reference and ("bound" if self.reference in BOUNDS else "reference")

    def _pace(self) -> Pace | None:
        """The pace of whoever is done first and looks inside nobody, by the calendar of the best with lessons."""
        kept = [t for t in self.taught.values() if t.kind != "privileged" and t.runs[t.typical].has(LESSONS)]
        if not kept or not self.file.is_file():
            return None
        best = max(kept, key=lambda t: float(t.outcome.mean()))
        told = read_json(self.file, way_out="repeat zpdgym compare, which writes it again")
        schedule = cast("Mapping[str, Mapping[str, Sequence[float]]]", told)["schedule"]
        fair = [t for t in self.taught.values() if t.kind != "privileged"]
        curves = {t.policy: t.runs[t.typical].arrays(CURVES)["mastery_by_lesson"] for t in fair}
        return pace_of(best.policy, best.runs[best.typical], schedule["session_days"], curves=curves)

    def _on_failures(self) -> list[str]:
        """What the table lacks where a run failed that others are set beside."""
        if self.tuned is None:
            return [NO_DIFFERENCES]
        if self.tuned.policy in lacks_lives(self.about.failed):
            return [f"The lives of {TUNED} failed, so who is harmed is not measured."]
        return []

    def _on_searches(self) -> list[str]:
        """What the searches for settings cost, where a learner was tuned beside the others."""
        told = searches_in_words({taught.policy: taught.runs[0] for taught in self.taught.values()})
        return [] if told is None else [told]

    def _of_the_way(self, taught: Taught) -> float | None:
        """How far from no teaching (0) to the privileged reference (1) the mean outcome is."""
        if self.reference is None or "no_teaching" not in self.taught or self._passing() is not None:
            return None
        ends = [self.taught[name].outcome for name in ("no_teaching", self.reference)]
        n = min(taught.n, *(end.shape[1] for end in ends))
        bottom, top, own = (float(outcome[:, :n].mean()) for outcome in (*ends, taught.outcome))
        return (own - bottom) / (top - bottom) if top > bottom else None

    def _passing(self) -> Taught | None:
        """The untrained policy that passes the reference, on the same students, by most; a bound is passed by luck."""
        if self.reference is None or self._reference_kind() == "bound":
            return None
        top = self.taught[self.reference].outcome
        leads = {
            t.policy: float(t.outcome[:, :n].mean() - top[:, :n].mean())
            for t in self.taught.values()
            if t.kind == "baseline" and (n := min(t.n, top.shape[1]))
        }
        best = max(leads, key=lambda name: leads[name])
        return self.taught[best] if leads[best] > 1e-9 else None

    def _on_the_way(self) -> list[str]:
        """Why there is no way to the reference, where that is so."""
        best = self._passing()
        if best is None or self.reference is None:
            return []
        own, top = (t.outcome.mean() for t in (best, self.taught[self.reference]))
        return [
            f"The way to the reference is not given: {best.policy} ({own:.3f}) passes {self.reference} ({top:.3f}), "
            "the best of those who look inside the students, which is no bound."
        ]

    def _outlying(self, taught: Taught, runs: Floats) -> tuple[int, ...]:
        """The seeds of trainings that ended far from the others."""
        seeds = next(of.seeds for of in self.about.policies if of.policy == taught.policy)
        return tuple(seeds[i] for i in outlying(runs, self.smallest)) if taught.trained else ()

    def _judged_beside(self, other: Taught) -> list[Taught]:
        """Who gets a verdict beside another one: who could have won, and was trained often enough."""
        fair = [t for t in self.taught.values() if t is not other and t.kind != "privileged"]
        return [t for t in fair if t.enough_seeds and other.enough_seeds]

    def _pairs(self, other: Taught) -> set[frozenset[str]]:
        return {frozenset((t.policy, other.policy)) for t in self._judged_beside(other)}

    def _compared_with(self, other: Taught | None, together: int) -> dict[str, _Told]:
        """Policy -> paired difference to another one and its verdict, corrected for all that are looked at together."""
        if other is None:
            return {}
        others = [t for t in self.taught.values() if t is not other]
        differences = {t.policy: self._estimate(t.outcome, other.outcome[:, : t.n]) for t in others}
        names = [t.policy for t in self._judged_beside(other)]
        verdicts = judged({name: differences[name] for name in names}, self.smallest, together=together)
        found: dict[str, _Told] = {}
        for name, difference in differences.items():
            said = verdicts.get(name)
            corrected = (said.p, said.low, said.high) if said else ()
            p = difference.p if self.taught[name].enough_seeds else None
            found[name] = Difference(difference.value, *difference.interval(), p, *corrected), said and said.verdict
        return found

    def _groups(self, taught: Taught) -> list[GroupRow]:
        """The same policy for each named group of students."""
        names = taught.students[0]["group"]
        rows: list[GroupRow] = []
        groups: list[Any] = names.tolist()
        for group in dict.fromkeys(groups):
            here = names == group
            part = taught.outcome[:, here]
            outcome = Interval.of(self._estimate(part))
            same = None
            if self.tuned is not None and taught is not self.tuned:
                same = self.tuned.outcome[:, : taught.n][:, here]
            wrong = [of_some(students, here) for students in taught.students]
            right, longest, mostly = (
                float(np.mean([found[name] for found in wrong])) for name in ("right", "longest_wrong", "mostly_wrong")
            )
            rows.append(
                GroupRow(
                    scenario=self.label,
                    axes=self._axes(taught.policy),
                    policy=taught.policy,
                    kind=taught.kind,
                    group=str(group),
                    students=int(here.sum()),
                    outcome=outcome,
                    worst_decile=float(worst_decile(part, np.ones((1, part.shape[1]))).mean()),
                    quit=float(taught.column("quit")[:, here].mean()),
                    never_mastered=1.0 - float(taught.column("reached")[:, here].mean()),
                    skills_mastered=float(taught.column("skills_mastered")[:, here].mean()),
                    right=right,
                    longest_wrong=longest,
                    mostly_wrong=mostly,
                    frustrating=frustrating(wrong),
                    vs_tuned=None if same is None else Interval.of(self._estimate(part, same)),
                )
            )
        return rows

    def _harm(self) -> list[HarmRow]:
        """Who loses and who gains in expectation; nothing where students lived once."""
        gone = lacks_lives(self.about.failed)
        if self.about.lives < 2 or self.tuned is None or self.tuned.policy in gone:
            return []
        several = {name: t for name, t in self.taught.items() if name not in gone and t.has_lives}
        lives = {name: Lives.of(taught, self.about.lives) for name, taught in several.items()}
        rows = harm_rows(self.label, lives, self.tuned.policy, smallest=self.smallest, seed=self.resampling)
        return [replace(row, axes=self._axes(row.policy)) for row in rows]

    def _unexpected(self, kind: str) -> Sequence[UnexpectedRow]:
        """Every policy on one kind of students that it was not made for."""
        file = f"{UNEXPECTED}/{kind}.csv"
        found = {t.policy: t.column(self.primary, file) for t in self.taught.values() if t.runs[0].has(file)}
        rows: list[UnexpectedRow] = []
        for policy, values in found.items():
            outcome = Interval.of(self._estimate(values))
            same = None if policy == TUNED or TUNED not in found else found[TUNED][:, : values.shape[1]]
            rows.append(
                UnexpectedRow(
                    scenario=self.label,
                    axes=self._axes(policy),
                    students_kind=kind,
                    policy=policy,
                    kind=self.taught[policy].kind,
                    outcome=outcome,
                    vs_tuned=None if same is None else Interval.of(self._estimate(values, same)),
                )
            )
        return rows
