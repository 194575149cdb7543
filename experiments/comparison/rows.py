"""The rows of a comparison's and a matrix's tables: what stands in their JSON and CSV files, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

from ..metrics import MEANING
from ..mistakes import LIMITS
from ..store.columns import Level as Level
from ..store.columns import Part, column
from .pace import Pace

if TYPE_CHECKING:
    from ..statistics import Estimate

SHARE, SKILLS, LESSONS, MINUTES, ANSWERS = "share", "skills", "lessons", "minutes", "answers"
THE_RUN, LIVES = "run", "lives"
FRUSTRATING = f"runs that would frustrate: {LIMITS}"


@dataclass(frozen=True)
class Interval(Part):
    """A number with its 95 % interval over training seeds and students."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, found: Estimate) -> Interval:
        """The number and the interval of an estimate."""
        return cls(found.value, *found.interval())


@dataclass(frozen=True)
class TaughtShare(Part):
    """A share of the very students who were taught, with its 95 % interval over what their lives leave open."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference(Part):
    """A paired difference with its 95 % interval; corrected for policies that get a verdict, else None.

    Attributes:
        value: the difference.
        low: lower end of its 95 % interval.
        high: upper end of the same.
        p: two-sided p-value; None for a policy that was trained with too few seeds.
        p_corrected: the same, corrected for all verdicts of the table (Bonferroni).
        low_corrected: lower end of the interval behind the verdict.
        high_corrected: upper end of the same.
    """

    value: float
    low: float
    high: float
    p: float | None
    p_corrected: float | None = None
    low_corrected: float | None = None
    high_corrected: float | None = None


@dataclass(frozen=True, kw_only=True)
class PolicyRow:
    """One policy in one scenario."""

    scenario: str = column("the scenario's label")
    axes: Mapping[str, Level] | None = column("axis of the grid: its value here", default=None)
    policy: str = column("its name")
    kind: str = column("baseline, learnt or privileged")
    marks: tuple[str, ...] = column("best untrained, best learner, bound or reference")
    seeds: int = column("training seeds", "runs")
    students: int = column("test students that each run taught", "students")
    validation: float = column("primary outcome of the validation students, mean over runs", "outcome")
    outcome: Interval = column("primary outcome, mean over test students and runs", "outcome")
    iqm: float = column("interquartile mean of the runs' outcomes", "outcome")
    outlying_seeds: tuple[int, ...] = column("training seeds whose run is far from the others", default=())
    lowest_run: float = column("outcome of the lowest run", "outcome")
    highest_run: float = column("outcome of the highest run", "outcome")
    worst_decile: Interval = column("primary outcome, mean of the tenth of the students who end lowest", "outcome")
    pre: float = column(MEANING["pre"], SHARE)
    exam: float = column(MEANING["exam"], SHARE)
    gain: float = column(MEANING["gain"], SHARE)
    normalised_gain: float = column(MEANING["normalised_gain"], SHARE)
    later: Interval | None = column(
        "expected share of exam items right `later_days` after the exam, where the scenario asks for it",
        SHARE,
        default=None,
    )
    later_vs_tuned: Interval | None = column("paired difference to `mastery_tuned` then", SHARE, default=None)
    mastery_exam: float = column(MEANING["mastery_exam"], SHARE)
    skills_mastered: float = column(MEANING["skills_mastered"], SKILLS)
    lessons: float = column(MEANING["lessons"], LESSONS)
    minutes: float = column(MEANING["minutes"], MINUTES)
    gain_per_hour: float = column(MEANING["gain_per_hour"], "share an hour")
    lessons_to_mastery: float = column(MEANING["lessons_to_mastery"], LESSONS)
    minutes_to_mastery: float = column(MEANING["minutes_to_mastery"], MINUTES)
    reached: float = column(MEANING["reached"], SHARE)
    wasted: float = column(MEANING["wasted"], SHARE)
    wasted_mastered: float = column(MEANING["wasted_mastered"], LESSONS)
    wasted_unready: float = column(MEANING["wasted_unready"], LESSONS)
    in_band: float = column(MEANING["in_band"], SHARE)
    quit: float = column(MEANING["quit"], SHARE)
    misbelief: float = column(MEANING["misbelief"], SHARE, default=nan)
    belief_brier: float = column(MEANING["belief_brier"], default=nan)
    belief_log_loss: float = column(MEANING["belief_log_loss"], "nats", default=nan)
    right: float = column(MEANING["right"], SHARE, default=nan)
    longest_wrong: float = column(MEANING["longest_wrong"], ANSWERS, default=nan)
    mostly_wrong: float = column(MEANING["mostly_wrong"], SHARE, default=nan)
    mostly_wrong_highest: float = column("the same in the run where they are most", SHARE, default=nan)
    frustrating: int | None = column(FRUSTRATING, "runs", default=None)
    of_the_way: float | None = column("from `no_teaching`, 0, to `reference`, 1", SHARE, always=True, default=None)
    worse_off: Interval | None = column(
        "students who once, with the same luck, ended lower than under `mastery_tuned` by more than the smallest "
        "difference: mostly luck, `harm` is without",
        SHARE,
        default=None,
    )
    more_skills: Interval | None = column("skills mastered more than under `mastery_tuned`", SKILLS, default=None)
    gap_between: str | None = column(
        "the two groups of `gap`: who knew most before the teaching, and who least", default=None
    )
    gap_before: float | None = column("how much more the first of them knew before (`pre`)", SHARE, default=None)
    gap: Interval | None = column("how much more they have right at the exam", SHARE, default=None)
    p_improvement: float | None = column(
        "chance that a run of it ends above a run of `mastery_tuned`", "probability", default=None
    )
    sampled: Interval | None = column("learnt: primary outcome, actions sampled", "outcome", default=None)
    last: Interval | None = column("trained: primary outcome under the teacher at the end", "outcome", default=None)
    vs_tuned_verdict: str | None = column("what may be said of `vs_tuned`", always=True, default=None)
    vs_tuned: Difference | None = column("paired difference to `mastery_tuned`", "outcome", default=None)
    vs_best_verdict: str | None = column("what may be said of `vs_best`", always=True, default=None)
    vs_best: Difference | None = column("paired difference to `best_untrained`", "outcome", default=None)
    vs_baseline_verdict: str | None = column("what may be said of `vs_baseline`", default=None)
    vs_baseline: Difference | None = column(
        "paired difference to `baseline`, where that is another than `mastery_tuned`", "outcome", default=None
    )
    beats_control: str | None = column("on a control, of a learnt row: why it cannot be true", default=None)


@dataclass(frozen=True, kw_only=True)
class GroupRow:
    """One policy with one named group of students."""

    scenario: str = column("the scenario's label")
    axes: Mapping[str, Level] | None = column("axis of the grid: its value here", default=None)
    policy: str = column("its name")
    kind: str = column("baseline, learnt or privileged")
    group: str = column("name of the group")
    students: int = column("how many of them each run taught", "students")
    outcome: Interval = column("primary outcome", "outcome")
    worst_decile: float = column("mean of the tenth of the group who end lowest", "outcome")
    quit: float = column("who gave up", SHARE)
    never_mastered: float = column("who at no time had four fifths of the skills mastered", SHARE)
    skills_mastered: float = column("at the exam", SKILLS)
    right: float = column(MEANING["right"], SHARE, default=nan)
    longest_wrong: float = column(MEANING["longest_wrong"], ANSWERS, default=nan)
    mostly_wrong: float = column(MEANING["mostly_wrong"], SHARE, default=nan)
    frustrating: int | None = column(FRUSTRATING, "runs", default=None)
    vs_tuned: Interval | None = column("paired difference to `mastery_tuned`", "outcome", default=None)


@dataclass(frozen=True, kw_only=True)
class HarmRow:
    """Who loses and who gains in expectation under one policy, set beside `mastery_tuned`, in one group or in all.

    The row of `mastery_tuned` is the floor: the policy against itself in other lives.
    """

    scenario: str = column("the scenario's label")
    axes: Mapping[str, Level] | None = column("axis of the grid: its value here", default=None)
    policy: str = column("its name; `mastery_tuned`: the floor, this policy against itself in other lives")
    kind: str = column("baseline, learnt or privileged")
    group: str | None = column("name of the group; null: all students", always=True)
    students: int = column("how many students lived several times", "students")
    lives: int = column("how many times each lived", "lives")
    difference: Interval = column("mean difference to `mastery_tuned` over all lives", "outcome")
    reliability: float | None = column(
        "share of the variance of students' mean differences that is no luck", SHARE, default=None
    )
    noise: float | None = column("standard error of a student's mean difference", "outcome", default=None)
    harmed: TaughtShare | None = column(
        "students whose expected loss exceeds the smallest difference", SHARE, default=None
    )
    harmed_told: bool = column("whether `harmed` may be said: its interval reaches .04 at most", default=False)
    gained: TaughtShare | None = column(
        "students whose expected gain exceeds the smallest difference", SHARE, default=None
    )
    gained_told: bool = column("whether `gained` may be said: its interval reaches .04 at most", default=False)


@dataclass(frozen=True, kw_only=True)
class UnexpectedRow:
    """One policy with one kind of students that it was not made for."""

    scenario: str = column("the scenario's label")
    axes: Mapping[str, Level] | None = column("axis of the grid: its value here", default=None)
    students_kind: str = column("which kind")
    policy: str = column("its name")
    kind: str = column("baseline, learnt or privileged")
    outcome: Interval = column("primary outcome", "outcome")
    vs_tuned: Interval | None = column("paired difference to `mastery_tuned`", "outcome", default=None)


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A policy that was to be compared and cannot teach this scenario."""

    policy: str = column("its name")
    reason: str = column("why not")


@dataclass(frozen=True, kw_only=True)
class RefusedRow:
    """The same in `table.csv`, below the other rows."""

    scenario: str = column("the scenario's label")
    policy: str = column("its name")
    cannot_teach: str = column("why not")


@dataclass(frozen=True, kw_only=True)
class FailedRun:
    """A run that could not be made; in `table.csv` and `matrix.csv` it stands below the other rows."""

    scenario: str = column("the scenario's label")
    policy: str = column("its name")
    home: str | None = column("of a matrix: the students that it was to be made for", default=None)
    seed: int = column("its seed")
    lacks: str = column("`run`, or `lives` where the run is there and only they are not")
    why: str = column("what went wrong, in one line")

    @property
    def name(self) -> str:
        """Which run, and what of it, in words."""
        row = self.policy if self.home in (None, "any") else f"{self.policy}@{self.home}"
        lives = "the lives of " * (self.lacks == LIVES)
        return f"{lives}{row} in {self.scenario}, seed {self.seed},"


@dataclass(frozen=True, kw_only=True)
class ScenarioTable:
    """What `table.json` says of one scenario."""

    axes: Mapping[str, Level] | None = column("axis of the grid: its value in this cell", default=None)
    primary: str = column("the column of the outcome that decides")
    smallest_difference: float = column("the smallest difference worth having", "outcome")
    later_days: float | None = column("after the exam, of the second outcome `later`", "days", default=None)
    control_bound: str | None = column("of a control: what proves that nobody can do better", default=None)
    control_value: float | None = column("the bound; none: the outcome of `no_teaching`", "outcome", default=None)
    students: int = column("test students", "students")
    validation_students: int = column("validation students", "students")
    skills: int = column("of the curriculum", SKILLS)
    horizon: int = column("the largest possible number of lessons", LESSONS)
    minutes: float = column("the budget", MINUTES)
    tuned: str = column("the policy that all are set beside")
    baseline: str | None = column("the policy that all are set beside too, where one was asked for", default=None)
    best_untrained: str = column("chosen on validation students")
    best_learner: str | None = column("chosen on validation students", always=True)
    winner: str | None = column(
        "the learnt policy with the highest outcome among those better than `best_untrained`", always=True
    )
    reference: str | None = column(
        "whom `of_the_way` is measured by: `optimal`, else the best of those who look inside; null where there is none",
        always=True,
    )
    reference_kind: str | None = column("bound (exact: `optimal`, `fully_observed`) or reference", always=True)
    verdicts: int = column(
        "how many verdicts there are, in a grid those of all its cells, for all of which each is corrected", default=0
    )
    cannot_teach: tuple[Refused, ...] = column("policies that cannot teach here, with the reason", default=())
    failed: tuple[FailedRun, ...] | None = column("runs that could not be made, if there are such", default=None)
    notes: tuple[str, ...] = column("on reference lines and on training")
    pace: Pace | None = column(
        "sessions (lessons, if there is one session) after which 95 % of all that any policy ever brings is there",
        "sessions",
        default=None,
    )
    policies: tuple[PolicyRow, ...] = column("= table.csv")
    groups: tuple[GroupRow, ...] = column("= groups.csv")
    harm: tuple[HarmRow, ...] = column("= harm.csv; empty where students lived once", default=())
    unexpected_kinds: tuple[str, ...] = column("the kinds of students in `unexpected`", default=())
    unexpected: tuple[UnexpectedRow, ...] = column("= unexpected.csv")


@dataclass(frozen=True, kw_only=True)
class ComparisonTable:
    """`table.json`."""

    experiment: str = column("the experiment's name")
    seeds: int = column("training seeds", "runs")
    warning: str | None = column("the sentence about too few seeds", always=True)
    axes: Mapping[str, tuple[Level, ...]] | None = column("axes of the grid: all their values", default=None)
    notes: tuple[str, ...] | None = column("on axes of the grid that changed nothing, if there are such", default=None)
    scenarios: Mapping[str, ScenarioTable] = column("by label")


@dataclass(frozen=True, kw_only=True)
class PolicyRuns:
    """Which runs of a policy are in the table."""

    policy: str = column("its name")
    axes: Mapping[str, Level] | None = column("axes of the grid that are settings of this policy", default=None)
    kind: str = column("baseline, learnt or privileged")
    seeds: tuple[int, ...] = column("one run each")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What `experiment.json` says of one scenario: what its table is made of."""

    axes: Mapping[str, Level] | None = column("axes of the grid that make this cell", default=None)
    primary: str = column("the column of the outcome that decides")
    smallest_difference: float = column("the smallest difference worth having", "outcome")
    later_days: float | None = column("after the exam, of the second outcome `later`", "days", default=None)
    control_bound: str | None = column("of a control: what proves that nobody can do better", default=None)
    control_value: float | None = column("the bound; none: the outcome of `no_teaching`", "outcome", default=None)
    n_students: int = column("test students", "students")
    n_validation: int = column("validation students", "students")
    lives: int = column("how many times the first test students live", "lives", default=0)
    skills: int = column("of the curriculum", SKILLS)
    horizon: int = column("the largest possible number of lessons", LESSONS)
    minutes: float = column("the budget", MINUTES)
    policies: tuple[PolicyRuns, ...] = column("policy, kind and seeds of the runs")
    cannot_teach: tuple[Refused, ...] = column("policies that cannot teach here, with the reason", default=())
    failed: tuple[FailedRun, ...] | None = column("runs that could not be made, if there are such", default=None)
    unexpected: tuple[str, ...] = column("kinds of students that no policy expects")
    notes: tuple[str, ...] = column("on reference lines and on training")


@dataclass(frozen=True, kw_only=True)
class MatrixRow:
    """One way of teaching over all kinds of students."""

    row: str = column("`policy@home`, or the policy alone where it was made for nobody in particular")
    policy: str = column("its name")
    kind: str = column("baseline, learnt or privileged")
    home: str = column("the kind of students that it was made for, `mixture` or `any`")
    worst_students: str = column("with whom it is worst")
    worst: Interval = column("primary outcome with them", "outcome")
    mean: Interval = column("primary outcome, mean over all kinds", "outcome")
    regret_students: str = column("with whom it is furthest behind the best row")
    largest_regret: Interval = column("how far it is behind with them", "outcome")
    dominated_by: tuple[str, ...] = column("rows that weakly dominate it")
    reference: bool = column("whether nobody is asked to beat it")
    twin_of: str | None = column("the row that teaches exactly alike", always=True, default=None)
    seeds: int = column("training seeds", "runs")


@dataclass(frozen=True, kw_only=True)
class MatrixCell:
    """One way of teaching with one kind of students."""

    row: str = column("`policy@home`")
    policy: str = column("its name")
    kind: str = column("baseline, learnt or privileged")
    home: str = column("the kind of students that it was made for, `mixture` or `any`")
    students: str = column("whom it teaches")
    outcome: Interval = column("primary outcome", "outcome")
    vs_mastery: Interval | None = column(
        "paired difference to `mastery_tuned` tuned on these students", "outcome", default=None
    )
    vs_mastery_p_corrected: float | None = column(
        "its p-value, corrected for all verdicts of the column (Bonferroni)", "probability", default=None
    )
    vs_mastery_verdict: str | None = column("what may be said of it", default=None)
    regret: Interval = column("how far it is behind the best row of the column", "outcome")


@dataclass(frozen=True, kw_only=True)
class Leader:
    """Who leads by a measure, and whether it wins."""

    leader: str = column("the row that is best by this measure")
    winner: str | None = column("the same row, if it is better than every other one", always=True)
    not_told_apart: tuple[str, ...] = column("rows that cannot be told from the leader")


@dataclass(frozen=True, kw_only=True)
class MatrixTable:
    """`matrix.json`."""

    name: str = column("the matrix's name")
    scenario: str = column("whose tutor teaches")
    primary: str = column("the column of the outcome that decides")
    smallest_difference: float = column("the smallest difference worth having", "outcome")
    students: int = column("test students of each kind", "students")
    columns: tuple[str, ...] = column("the kinds of students, the scenario's own first")
    rows: tuple[MatrixRow, ...] = column("ways of teaching over all kinds of students")
    failed: tuple[FailedRun, ...] | None = column("runs that could not be made, if there are such", default=None)
    notes: tuple[str, ...] = column("on rows and cells that there are not")
    warning: str | None = column("the sentence about too few seeds", always=True)
    best: Mapping[str, str] = column("kind of students: the best row that looks inside nobody")
    best_worst_case: Leader = column("by the worst outcome")
    least_regret: Leader = column("by the largest regret")
    undominated: tuple[str, ...] = column("rows that no other weakly dominates")
    cells: tuple[MatrixCell, ...] = column("= matrix.csv")
