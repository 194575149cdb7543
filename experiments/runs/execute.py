"""One run from the first lesson to the ``done`` marker: tune, train, evaluate, write."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from ...students.draws import spawn_seed
from ..store.columns import names
from ..store.runs import (
    BELIEF,
    CURVES,
    LAST,
    LAST_TEACHER,
    LESSONS,
    SAMPLED,
    STUDENTS,
    TEACHER,
    TRAIN,
    TUNING,
    UNEXPECTED,
    VALIDATION,
    Run,
)
from .lineup import ready_policy, refusal
from .lives import lives_of, missing_lives, wanted_shape, write_lives
from .outcomes import BeliefBin, TrainRow, search_columns, student_columns, train_columns
from .plan import RunPlan
from .search import TRAINING_COST, settled
from .sharing import copied

if TYPE_CHECKING:
    from ...agents.learnt.teacher import Teacher
    from ...agents.problem import Policy
    from ...agents.rollouts import Rollout
    from ...envs.scenario import Scenario

Report: TypeAlias = Callable[[float], None]
"""Tell how much of a run is done, as a share in [0, 1]."""

KEPT_STUDENTS = 200
KEPT_BYTES = 64_000_000
"""Lessons are kept of the first so many test students, of fewer where their observations would be larger than this."""
EVALUATION = ("validation", "test", "last", "sampled", "unexpected")
"""The stages that are repeated where a run is evaluated again."""


def make_run(plan: RunPlan, report: Report) -> None:
    """Make one run and write its folder.

    Args:
        plan: what to run.
        report: told the share that is done, now and then.
    """
    run, meter = Run(plan.folder), _Meter(plan, report)
    if run.done != plan.fingerprint.value and not copied(plan, run):
        _make(plan, run, meter)
    if missing_lives(plan):
        _let_live(plan, run, meter)


def _make(plan: RunPlan, run: Run, meter: _Meter) -> None:
    """Everything that the fingerprint covers, and ``done``."""
    took = run.start(plan.settings, fingerprint=plan.fingerprint, keep=plan.checkpoint)
    meter.seconds |= {stage: seconds for stage, seconds in took.items() if stage not in EVALUATION}
    policy = _teacher(plan, run, meter) if plan.trained else _untrained(plan, run, meter)
    if plan.kinds is None:
        _write_students(plan, run, meter, policy)
    else:
        _write_kinds(plan, plan.kinds, run, meter, policy)
    roles = {role: spawn_seed(plan.cohort_seed, role) for role in ("validation", "test", "calendar")}
    seeds = {"policy": plan.seed} | roles
    run.finish(plan.fingerprint, kind=plan.entry.kind, seeds=seeds, seconds=meter.seconds, name=plan.name)


def _let_live(plan: RunPlan, run: Run, meter: _Meter) -> None:
    """Several lives, after ``done``: whoever is interrupted here repeats them alone."""
    with meter.stage("lives"):
        outcome = lives_of(plan, run, meter.lived)
    run.took("lives", meter.seconds["lives"])  # before the lives: who is interrupted here comes back
    write_lives(plan, run, outcome)


def _teacher(plan: RunPlan, run: Run, meter: _Meter) -> Policy:
    """The trained teacher, trained now unless it was before."""
    from ...agents.learnt.teacher import Teacher

    if not run.is_prepared(plan.fingerprint):
        _train(plan, run, meter)
        run.prepared(plan.fingerprint, seconds=meter.seconds)
    return Teacher.load(run.path / TEACHER)


def _train(plan: RunPlan, run: Run, meter: _Meter) -> None:
    """Train, and write the learning curve and the teacher; in a comparison also the one at the end of the training."""
    from ...agents.learnt.teacher import Teacher
    from ...agents.learnt.training import train

    if plan.trained_by is not None:
        other = Run(plan.trained_by)
        run.write_csv(TRAIN, {name: other.csv(TRAIN)[name] for name in names(TrainRow)})
        if other.has(TUNING):
            run.write_json(TUNING, other.json(TUNING))
        Teacher.load(other.path / TEACHER).save(run.path / TEACHER)
        return
    spec = settled(plan, run)
    with meter.stage("train"):
        teacher = train(
            plan.made_for,
            spec,
            lessons=int(plan.settings["lessons"]),
            seed=plan.seed,
            cohort_seed=plan.cohort_seed,
            n_validation=plan.n_validation,
            progress=meter.trained,
            # what was tuned may be the trainer itself
            checkpoint=run.path / plan.checkpoint if plan.checkpoint and spec.get("trainer") == "fast" else None,
        )
        run.write_csv(TRAIN, train_columns(teacher.card["training"]["curve"]))
        teacher.save(run.path / TEACHER)
        if teacher.last is not None and plan.kinds is None:
            teacher.last.save(run.path / LAST_TEACHER)


def _untrained(plan: RunPlan, run: Run, meter: _Meter) -> Policy:
    """Tune on validation students where the policy wants that, unless that was done before; write what was tried."""
    from ...agents.registry import build_policy

    prepared = run.is_prepared(plan.fingerprint)
    if prepared and run.has(TUNING):
        return build_policy(run.chosen(plan.entry.spec))
    with meter.stage("tune"):
        policy, tuning = ready_policy(
            plan.entry.spec,
            plan.made_for[0] if len(plan.made_for) == 1 else plan.made_for,
            cohort_seed=plan.tuning_cohort,
            n_students=int(plan.settings.get("n_validation", 1)),
            budget=int(plan.settings.get("tune_budget", 1)),
            progress=meter.tuned,
        )
        if tuning is not None:
            run.write_json(TUNING, tuning)
            if curve := search_columns(tuning["trials"]):
                run.write_csv(TRAIN, curve)
    if not prepared:
        run.prepared(plan.fingerprint, seconds=meter.seconds)
    return policy


def _write_students(plan: RunPlan, run: Run, meter: _Meter, policy: Policy) -> None:
    """Teach the validation, the test and the unexpected students of a scenario, and write everything about them."""
    scenario, primary = plan.scenario, plan.scenario.outcome.primary
    with meter.stage("validation"):
        outcome = _seen_in_training(plan, policy)
        if outcome is None:
            outcome = meter.teach(scenario, policy, "validation", metrics=False).mean(primary)
        run.write_json(VALIDATION, {"primary": primary, "mean": outcome, "students": plan.settings["n_validation"]})
    with meter.stage("test"):
        keep = kept_students(plan)
        test = meter.teach(scenario, policy, "test", keep=keep)
        run.write_csv(STUDENTS, student_columns(test, scenario))
        assert test.mastery_by_lesson is not None
        assert test.calibration is not None
        run.write_arrays(CURVES, {"mastery_by_lesson": test.mastery_by_lesson})
        run.write_csv(BELIEF, {name: test.calibration[name] for name in names(BeliefBin)})
        if keep:
            run.write_arrays(LESSONS, test.kept | mastery_choice(plan, test.kept))
    if run.has(LAST_TEACHER):
        with meter.stage("last"):
            last = _taught_last(plan, run, meter, policy, test)
            run.write_csv(LAST, student_columns(last, scenario))
    if plan.entry.kind == "learnt":
        with meter.stage("sampled"):
            sampled = meter.teach(scenario, policy, "test", deterministic=False)
            run.write_csv(SAMPLED, student_columns(sampled, scenario))
    if plan.settings["unexpected"] and plan.entry.name != "optimal":
        with meter.stage("unexpected"):
            for kind, other in _teachable(plan, scenario.unexpected()):
                taught = meter.teach(other, policy, "test")
                run.write_csv(f"{UNEXPECTED}/{kind}.csv", student_columns(taught, other))


def _seen_in_training(plan: RunPlan, policy: Policy) -> float | None:
    """The mean of the validation students, where the training has taught the same ones with the same weights."""
    if not plan.trained or plan.trained_by is not None or plan.made_for != (plan.scenario,):
        return None
    card = cast("Teacher", policy).card
    if card["trained_on"] != [plan.scenario.label]:
        return None
    training = card["training"]
    return next(row["validation"] for row in training["curve"] if row["lessons"] == training["chosen"])


def _taught_last(plan: RunPlan, run: Run, meter: _Meter, best: Policy, test: Rollout) -> Rollout:
    """The test students of the teacher at the end of the training: those of the best one, where it is the same."""
    from ...agents.learnt.teacher import Teacher

    last = Teacher.load(run.path / LAST_TEACHER)
    if (
        isinstance(best, Teacher)
        and last.weights.keys() == best.weights.keys()
        and all(np.array_equal(array, best.weights[name]) for name, array in last.weights.items())
    ):
        return test
    return meter.teach(plan.scenario, last, "test")


def _write_kinds(plan: RunPlan, kinds: Mapping[str, Scenario], run: Run, meter: _Meter, policy: Policy) -> None:
    """Teach every kind of students; ``students.csv`` has one column of the primary outcome for each."""
    columns: dict[str, Any] = {"student": range(int(plan.settings["n_students"]))}
    with meter.stage("test"):
        for kind, other in _teachable(plan, kinds):
            taught = meter.teach(other, policy, "test", metrics=False)
            columns[kind] = taught.outcomes[other.outcome.primary]
    run.write_csv(STUDENTS, columns)


def _teachable(plan: RunPlan, kinds: Mapping[str, Scenario]) -> Iterator[tuple[str, Scenario]]:
    """The kinds of students that tell what the policy looks at, if it is one that looks inside them."""
    for kind, other in kinds.items():
        if plan.entry.kind != "privileged" or refusal(plan.entry, other) is None:
            yield kind, other


def kept_students(plan: RunPlan) -> int:
    """Of how many students lessons are kept: those whom the report may show, of policies that it explains."""
    if plan.entry.kind != "learnt" and not plan.entry.own and plan.entry.name not in ("mastery", "mastery_tuned"):
        return 0
    curriculum = plan.scenario.curriculum
    rows = curriculum.n_skills if plan.scenario.rows == "skills" else curriculum.n_items
    lesson = 2 * (rows * len(plan.scenario.column_names) + curriculum.n_skills)
    horizon = plan.scenario.schedule.horizon(curriculum.minutes)
    return min(KEPT_STUDENTS, int(plan.settings["n_students"]), max(20, KEPT_BYTES // (lesson * horizon)))


def mastery_choice(plan: RunPlan, kept: dict[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """What tuned mastery learning would have taught in the situations that a teacher met.

    Returns:
        ``mastery_choice`` (n, T) int16, the item; -1 after the end. Empty where there is no tuned mastery learning.
    """
    if plan.mastery is None:
        return {}
    from ...agents.problem import Problem
    from ...agents.registry import build_policy

    policy = build_policy(Run(plan.mastery).chosen(None))
    env = plan.scenario.make(1, seed=0, autoreset=False)
    policy.bind(Problem.of(env))
    n, horizon = kept["items"].shape
    chosen = np.full((n, horizon), -1, np.int16)
    masks = np.ones((n, env.n_actions), bool)
    for lesson in range(horizon):
        if env.finish is not None:
            masks[:, env.finish] = lesson >= plan.scenario.finish_after
        there = kept["items"][:, lesson] >= 0
        if there.any():
            seen = kept["obs"][there, lesson].astype(np.float32)
            chosen[there, lesson] = policy.predict(seen, deterministic=True, action_masks=masks[there])[0]
    return {"mastery_choice": chosen}


class _Meter:
    """Teaches cohorts, and knows how long the stages of a run take and how much of it is done."""

    def __init__(self, plan: RunPlan, report: Report) -> None:
        self.plan, self.report, self.seconds = plan, report, dict[str, float]()
        self.total, self.done = effort(plan), 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure one stage."""
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started

    def trained(self, lessons: int, wanted: int) -> None:
        """Training tells how far it is."""
        self.report(min(1.0, (self.done + TRAINING_COST * lessons) / self.total))
        if lessons >= wanted:
            self.done += TRAINING_COST * wanted

    def tuned(self, tried: int, wanted: int) -> None:
        """Tuning tells how many settings it has tried."""
        del wanted  # it may end sooner
        horizon = self.plan.scenario.schedule.horizon(self.plan.scenario.curriculum.minutes)
        each = horizon * int(self.plan.settings["n_validation"]) * len(self.plan.made_for)
        self.report(min(1.0, tried * each / self.total))
        self.done = float(tried * each)

    def lived(self, share: float) -> None:
        """The students' lives tell how far they are."""
        self.report(1.0 - (1.0 - share) * _living(self.plan) / self.total)

    def teach(self, scenario: Scenario, policy: Policy, role: str, **options: Any) -> Rollout:
        """Teach the cohort of a role, "validation" or "test", telling how far it is."""
        from ...agents.rollouts import teach

        found = teach(
            scenario,
            policy,
            n_students=int(self.plan.settings["n_validation" if role == "validation" else "n_students"]),
            cohort_seed=spawn_seed(self.plan.cohort_seed, role),
            seed=self.plan.seed,
            progress=lambda students, lessons: self.report(min(1.0, (self.done + lessons) / self.total)),
            **options,
        )
        self.done += float(found.outcomes["lessons"].sum())
        return found


def effort(plan: RunPlan) -> float:
    """About how much work a run is, in lessons of evaluation; for the order of runs and the progress bar."""
    settings, scenario = plan.settings, plan.scenario
    horizon = scenario.schedule.horizon(scenario.curriculum.minutes)
    if plan.kinds is not None:
        cohorts, tries = len(plan.kinds), len(plan.made_for) * settings.get("tune_budget", 1)
    else:
        cohorts = 1 + 2 * (plan.entry.kind == "learnt") + len(scenario.sections["unexpected"]) * settings["unexpected"]
        tries = 1 if plan.trained else 1 + int(settings.get("tune_budget", 0))
    if Run(plan.folder).is_prepared(plan.fingerprint):
        return float(horizon * cohorts * settings["n_students"] + _living(plan))
    work = horizon * (cohorts * settings["n_students"] + tries * settings.get("n_validation", 0)) + _living(plan)
    return float(work + TRAINING_COST * settings.get("lessons", 0) * (plan.trained_by is None))


def _living(plan: RunPlan) -> float:
    """The lessons of the students' lives."""
    n_lives, n_students = wanted_shape(plan)
    return float(plan.scenario.schedule.horizon(plan.scenario.curriculum.minutes) * n_lives * n_students)
