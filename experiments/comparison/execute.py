"""One run from the first lesson to the ``done`` marker: tune, train, evaluate, write."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...students.draws import spawn_seed
from ..evaluate import named_groups, ready_policy
from ..store.runs import CURVES, LAST, LESSONS, SAMPLED, STUDENTS, TEACHER, TRAIN, TUNING, UNEXPECTED, VALIDATION, Run
from ..store.workers import Report
from .plan import RunPlan, can_teach

if TYPE_CHECKING:
    from ...agents.problem import Policy
    from ...agents.rollouts import Rollout

KEPT_STUDENTS = 200
KEPT_BYTES = 64_000_000
"""Lessons are kept of the first so many test students, of fewer where their observations would be larger than this."""
TRAINING_COST = 40.0
"""A lesson of training takes about so many times as long as one of evaluation; for the progress bar only."""


def make_run(plan: RunPlan, report: Report) -> dict[str, Any]:
    """Make one run and write its folder.

    Args:
        plan: what to run.
        report: told the share that is done, now and then.

    Returns:
        ``seconds``, how long it took.
    """
    run, scenario, meter = Run(plan.folder), plan.scenario, _Meter(plan, report)
    cohort_seed, n = int(plan.settings["cohort_seed"]), int(plan.settings["n_students"])
    run.start(plan.settings, keep=plan.checkpoint)
    policy = _teacher(plan, run, meter) if "lessons" in plan.settings else _baseline(plan, run, meter)

    def taught(role: str, world: Any = scenario, **options: Any) -> Rollout:
        count = int(plan.settings["n_validation"]) if role == "validation" else n
        cohort = spawn_seed(cohort_seed, role)
        return meter.teach(world, policy, n_students=count, cohort_seed=cohort, seed=plan.seed, **options)

    with meter.stage("validation"):
        primary = scenario.outcome.primary
        outcome = taught("validation", metrics=False).mean(primary)
        run.write_json(VALIDATION, {"primary": primary, "mean": outcome, "students": plan.settings["n_validation"]})
    with meter.stage("test"):
        keep = kept_students(plan)
        test = taught("test", keep=keep)
        run.write_csv(STUDENTS, named_groups(test, scenario))
        assert test.mastery_by_lesson is not None
        run.write_arrays(CURVES, {"mastery_by_lesson": test.mastery_by_lesson})
        if keep:
            run.write_arrays(LESSONS, test.kept | mastery_choice(plan, test.kept))
    if plan.entry.kind == "learnt":
        with meter.stage("sampled"):
            run.write_csv(SAMPLED, named_groups(taught("test", deterministic=False), scenario))
    if plan.settings["unexpected"] and plan.entry.name != "optimal":
        with meter.stage("unexpected"):
            for kind, other in scenario.unexpected().items():
                if plan.entry.kind == "privileged" and not can_teach(plan.entry, other):
                    continue  # these students do not tell what it looks at
                run.write_csv(f"{UNEXPECTED}/{kind}.csv", named_groups(taught("test", other), other))
    run.finish(
        plan.fingerprint,
        kind=plan.entry.kind,
        seeds={"policy": plan.seed} | {r: spawn_seed(cohort_seed, r) for r in ("validation", "test", "calendar")},
        seconds=meter.seconds,
    )
    return {"seconds": sum(meter.seconds.values())}


def _teacher(plan: RunPlan, run: Run, meter: _Meter) -> Policy:
    """Train, and write the learning curve and the teacher; the last one is evaluated beside the best."""
    from ...agents.learnt.teacher import Teacher
    from ...agents.learnt.training import train

    if plan.trained_by is not None:
        other = Run(plan.trained_by)
        run.write_csv(TRAIN, {str(k): v for k, v in other.csv(TRAIN).items()})
        teacher = Teacher.load(other.path / TEACHER)
        teacher.save(run.path / TEACHER)
        return teacher
    settings = plan.settings
    with meter.stage("train"):
        teacher = train(
            plan.train_on or plan.scenario,
            plan.entry.spec,
            lessons=int(settings["lessons"]),
            seed=plan.seed,
            cohort_seed=int(settings["cohort_seed"]),
            n_validation=int(settings["n_validation"]),
            progress=meter.trained,
            checkpoint=run.path / plan.checkpoint if plan.checkpoint else None,
        )
        curve = teacher.card["training"]["curve"]
        run.write_csv(TRAIN, {name: [row[name] for row in curve] for name in curve[0]})
        teacher.save(run.path / TEACHER)
    if teacher.last is not None:
        with meter.stage("last"):
            last = meter.teach(
                plan.scenario,
                teacher.last,
                n_students=int(settings["n_students"]),
                cohort_seed=spawn_seed(int(settings["cohort_seed"]), "test"),
                seed=plan.seed,
            )
            run.write_csv(LAST, named_groups(last, plan.scenario))
    return teacher


def _baseline(plan: RunPlan, run: Run, meter: _Meter) -> Policy:
    """Tune on validation students where the policy wants that, and write what was tried."""
    settings = plan.settings
    with meter.stage("tune"):
        policy, tuning = ready_policy(
            plan.entry.spec,
            plan.scenario,
            cohort_seed=int(settings["cohort_seed"]),
            n_students=int(settings["n_validation"]),
            budget=int(settings.get("tune_budget", 1)),
        )
        if tuning is not None:
            run.write_json(TUNING, tuning)
    return policy


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

    policy = build_policy(Run(plan.mastery).json(TUNING)["spec"])
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
    """How long the stages of a run take, and how much of it is done."""

    def __init__(self, plan: RunPlan, report: Report) -> None:
        self.report, self.seconds = report, dict[str, float]()
        self.horizon = plan.scenario.schedule.horizon(plan.scenario.curriculum.minutes)
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

    def teach(self, scenario: Any, policy: Policy, **options: Any) -> Rollout:
        """Teach a cohort, telling how far it is."""
        from ...agents.rollouts import teach

        found = teach(
            scenario,
            policy,
            progress=lambda students, lessons: self.report(min(1.0, (self.done + lessons) / self.total)),
            **options,
        )
        self.done += float(found.outcomes["lessons"].sum())
        return found


def effort(plan: RunPlan) -> float:
    """About how much work a run is, in lessons of evaluation; for the order of runs and the progress bar."""
    settings = plan.settings
    horizon = plan.scenario.schedule.horizon(plan.scenario.curriculum.minutes)
    cohorts = 1 + 2 * (plan.entry.kind == "learnt") + len(plan.scenario.sections["unexpected"]) * settings["unexpected"]
    tries = 1 if "lessons" in settings else 1 + int(settings.get("tune_budget", 0))
    work = horizon * (cohorts * settings["n_students"] + tries * settings["n_validation"])
    return float(work + TRAINING_COST * settings.get("lessons", 0) * (plan.trained_by is None))
