"""One run of the robust evaluation matrix: a policy is made for its students, and then teaches every kind."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ...students.draws import spawn_seed
from ..evaluate import ready_policy
from ..store.runs import STUDENTS, TEACHER, TRAIN, TUNING, Run
from ..store.workers import Report
from .plan import can_teach

if TYPE_CHECKING:
    from ...agents.problem import Policy
    from .robustness_plan import RowPlan


def make_row(plan: RowPlan, report: Report) -> dict[str, Any]:
    """Make one run and write its folder; ``students.csv`` has one column for every kind of students that it taught.

    Args:
        plan: what to run.
        report: told the share that is done, now and then.

    Returns:
        ``seconds``, how long it took.
    """
    from ...agents.rollouts import teach

    run, settings, seconds = Run(plan.folder), plan.settings, dict[str, float]()
    cohort_seed, n = int(settings["cohort_seed"]), int(settings["n_students"])
    run.start(settings)
    started = time.perf_counter()
    policy = _trained(plan, run, report) if "lessons" in settings else _tuned(plan, run)
    seconds["make"] = time.perf_counter() - started
    started, columns = time.perf_counter(), dict[str, Any]()
    for name, world in plan.columns.items():
        if plan.entry.kind == "privileged" and not can_teach(plan.entry, world):
            continue  # these students do not tell what it looks at
        taught = teach(
            world, policy, n_students=n, cohort_seed=spawn_seed(cohort_seed, "test"), seed=plan.seed, metrics=False
        )
        columns[name] = taught.outcomes[world.outcome.primary]
    run.write_csv(STUDENTS, {"student": range(n), **columns})
    seconds["test"] = time.perf_counter() - started
    seeds = {"policy": plan.seed} | {role: spawn_seed(cohort_seed, role) for role in ("validation", "test")}
    run.finish(plan.fingerprint, kind=plan.entry.kind, seeds=seeds, seconds=seconds)
    return {"seconds": sum(seconds.values())}


def _trained(plan: RowPlan, run: Run, report: Report) -> Policy:
    """Train for one kind of students, or for all of them together; write the learning curve and the teacher."""
    from ...agents.learnt.training import train

    settings = plan.settings
    teacher = train(
        plan.worlds,
        plan.entry.spec,
        lessons=int(settings["lessons"]),
        seed=plan.seed,
        cohort_seed=int(settings["cohort_seed"]),
        # they are shared out, and no kind shall count on fewer than a specialist's
        n_validation=int(settings["n_validation"]) * len(plan.worlds),
        progress=lambda done, wanted: report(0.9 * min(done / wanted, 1.0)),
    )
    curve = teacher.card["training"]["curve"]
    run.write_csv(TRAIN, {name: [row[name] for row in curve] for name in curve[0]})
    teacher.save(run.path / TEACHER)
    return teacher


def _tuned(plan: RowPlan, run: Run) -> Policy:
    """Tune on validation students of one kind, or of all kinds together, where that is wanted; write what was tried."""
    settings = plan.settings
    policy, tuning = ready_policy(
        plan.entry.spec,
        plan.worlds[0] if len(plan.worlds) == 1 else plan.worlds,
        cohort_seed=int(settings["cohort_seed"]),
        n_students=int(settings.get("n_validation", 1)),
        budget=int(settings.get("tune_budget", 1)),
    )
    if tuning is not None:
        run.write_json(TUNING, tuning)
    return policy
