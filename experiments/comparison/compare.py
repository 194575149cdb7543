"""The main job: every policy and seed of an experiment in every scenario, then the table and the report."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zpdgym.errors import InputError

from ..evaluate import group_names
from ..metrics import Limits
from ..store.fingerprint import digest_of
from ..store.progress import runs_progress
from ..store.runs import (
    CURVES,
    MARKERS,
    STUDENTS,
    TRAIN,
    Run,
    must_not_hold_another,
    only_writer,
    plain,
    to_do,
    write_json,
    write_yaml,
)
from ..store.tracking import Mirror, Table, load_tracking
from ..store.workers import Job, cores, run_jobs
from .execute import effort, make_run
from .plan import (
    TUNED,
    Experiment,
    LineUp,
    RunPlan,
    line_up,
    load_scenarios,
    load_train_on,
    plan_runs,
    share_training,
    to_run,
    trains,
)
from .show import headlines, save_tables, terminal
from .table import comparison, seconds_of

if TYPE_CHECKING:
    from rich.console import Console

    from ...envs.scenario import Scenario

__all__ = ["Comparison"]

EXPERIMENT = MARKERS["comparison"]
SPECIFICATION, SCENARIO, TABLE = "experiment.yaml", "scenario.json", "table.json"


@dataclass(frozen=True, eq=False)
class Comparison:
    """A finished comparison.

    Attributes:
        folder: where everything lies: ``results/<experiment>``.
        table: all numbers; see ``docs/evidence.md``.
        report: the page for educators.
        made: how many runs were made now (the others were finished before).
    """

    folder: Path
    table: Mapping[str, Any]
    report: Path
    made: int


def compare(
    experiment: Mapping[str, Any] | str,
    *,
    results: str | Path = "results",
    jobs: int | None = None,
    rerun: bool = False,
    console: Console | None = None,
) -> Comparison:
    """Let several ways of teaching teach the same simulated students, and tell which is better by how much.

    Tunes, trains and evaluates every policy, then prints and writes the table and the report.

    Finished runs with the same fingerprint are skipped, so an interrupted comparison is resumed by repeating it.

    Args:
        experiment: the specification, or the name of a file in ``configs/experiment``.
        results: the folder that the experiment's folder lies in.
        jobs: how many processes; None: one per core.
        rerun: move finished runs that other code or other settings made aside, instead of refusing.
        console: where to print; None: the terminal.

    Raises:
        InputError: whatever is wrong with the experiment, before anything is written; or runs of another fingerprint.
    """
    from rich.console import Console

    console = console or Console()
    started = time.perf_counter()
    asked = Experiment.of(load_experiment(experiment) if isinstance(experiment, str) else experiment)
    if jobs is not None and jobs < 1:
        raise InputError(f"jobs={jobs} must be at least 1")
    folder = Path(results) / asked.name
    must_not_hold_another(folder, "comparison")
    load_tracking(asked.tracking)
    scenarios = load_scenarios(asked)
    train_on = load_train_on(asked, scenarios)
    lined_up = line_up(asked, scenarios, train_on)
    plans = share_training(
        p for s in scenarios for p in plan_runs(asked, s, lined_up[s.label].entries, folder, train_on)
    )
    with only_writer(folder):
        missing = {run.path for run in to_do(map(to_run, plans), rerun=rerun)}
        mirror = Mirror.open(asked.tracking, folder=folder, experiment=asked.name)
        try:
            compared = {s.label: _compared(asked, s, lined_up[s.label]) for s in scenarios}
            gone = _not_compared_any_more(folder, compared)
            about = asked.to_dict() | {"compared": compared, "again": _again(folder)}
            write_yaml(folder / SPECIFICATION, asked.to_dict())
            write_json(folder / EXPERIMENT, about)
            for scenario in scenarios:
                write_json(folder / scenario.label / SCENARIO, describe(scenario))
            todo = [p for p in plans if p.folder in missing]
            _make_runs(todo, plans, mirror, jobs or cores(), console)
            table = comparison(folder, about)
            write_json(folder / TABLE, table)
            save_tables(folder, table)
            report = _write_report(folder)
            mirror.experiment(digest_of(table), settings=about, tables=_tracked_tables(table), report=report)
        finally:
            mirror.tracker.close()
    for part in terminal(table, width=console.width):
        console.print(part)
    for label in gone:
        console.print(f"{label} was in this table before and is not now; its runs are still in {folder / label}")
    spent = f"{len(todo)} of {len(plans)} runs made now"
    console.print(
        f"{spent}; {time.perf_counter() - started:.0f} s, {seconds_of(folder, about):.0f} s of computing in all.\n"
        f"Table: {folder / 'table.csv'}\nReport: {report}",
        highlight=False,
        soft_wrap=True,
    )
    return Comparison(folder, table, report, len(todo))


def load_experiment(name: str) -> dict[str, Any]:
    """The specification in ``configs/experiment/<name>.yaml``, or in a YAML file of one's own.

    Raises:
        InputError: there is no such file (the nearest name is proposed), or it is not readable.
    """
    from zpdgym.errors import unknown

    from ...configs.build import config_files, read_yaml

    files = config_files("experiment")
    path = Path(name) if name.endswith((".yaml", ".yml")) else files.get(name)
    if path is None or not path.is_file():
        raise unknown("experiment", name, files)
    return {"name": path.stem, **read_yaml(path)}


def describe(scenario: Scenario) -> dict[str, Any]:
    """What the report and a reader need to know of a scenario: ``scenario.json``."""
    from ..report.origin import origin

    env = scenario.make(1, seed=0, autoreset=False)
    schedule, student = scenario.schedule, scenario.student
    wanted = scenario.outcome.mastered_at
    return plain(
        {
            "name": scenario.name,
            "label": scenario.label,
            "sections": scenario.sections,
            "curriculum": scenario.curriculum.to_dict(),
            "schedule": {
                "sessions": schedule.sessions,
                "session_lessons": schedule.session_lessons,
                "session_minutes": schedule.session_minutes,
                "session_days": schedule.session_days,
                "retention_days": schedule.retention_days,
                "total": schedule.total,
                "by_minutes": schedule.by_minutes,
            },
            "horizon": env.horizon,
            "rows": env.rows,
            "columns": [
                {"name": c.name, "scale": c.scale, "low": c.low, "high": c.high, "text": c.text} for c in env.columns
            ],
            "action_names": env.action_names,
            "finish": env.finish,
            "groups": group_names(scenario),
            "mastered_at": student.mastered_at if wanted is None else wanted,
            "belief": scenario.belief_parameters,
            "unexpected": list(scenario.unexpected()),
            **origin(scenario),
        }
    )


def _compared(experiment: Experiment, scenario: Scenario, policies: LineUp) -> dict[str, Any]:
    """What ``experiment.json`` says of a scenario: which runs its table is made of."""
    limits = Limits.of(scenario)
    seeds = {e.name: experiment.seeds if trains(e) else experiment.seeds[:1] for e in policies.entries}
    return {
        "primary": scenario.outcome.primary,
        "smallest_difference": scenario.outcome.smallest_difference,
        "n_students": experiment.n_students,
        "n_validation": experiment.n_validation,
        "skills": scenario.curriculum.n_skills,
        "horizon": limits.lessons,
        "minutes": limits.minutes,
        "policies": [{"policy": e.name, "kind": e.kind, "seeds": list(seeds[e.name])} for e in policies.entries],
        "cannot_teach": [{"policy": name, "reason": reason} for name, reason in policies.refused.items()],
        "unexpected": list(scenario.unexpected()) if experiment.unexpected else [],
        "notes": list(policies.notes),
    }


def _again(folder: Path) -> str:
    """The command that makes this comparison again, whatever it was asked for with."""
    again = f"zpdgym compare experiment={shlex.quote(str(folder / SPECIFICATION))}"
    return again if folder.parent == Path("results") else f"{again} results={shlex.quote(str(folder.parent))}"


def _not_compared_any_more(folder: Path, compared: Mapping[str, Any]) -> list[str]:
    """The scenarios that the folder's table had before and has no longer."""
    path = folder / EXPERIMENT
    before = json.loads(path.read_text(encoding="utf-8"))["compared"] if path.is_file() else {}
    return [label for label in before if label not in compared]


def _make_runs(
    todo: Sequence[RunPlan], plans: Sequence[RunPlan], mirror: Mirror, workers: int, console: Console
) -> None:
    """Make the missing runs, and mirror those and the finished ones."""
    by_name = {p.name: p for p in plans}
    missing = {p.name for p in todo}
    for plan in plans:
        if plan.name not in missing:
            mirror_run(plan, mirror)
    # what others wait for comes first, then the longest, so that no core is idle at the end
    ordered = sorted(todo, key=lambda p: (p.entry.name != TUNED, -effort(p)))
    names = {p.folder: p.name for p in plans}
    jobs = [Job(p.name, p, frozenset(names[f] for f in (p.mastery, p.trained_by) if f is not None)) for p in ordered]
    with runs_progress({p.name: effort(p) for p in todo}, console) as (on_progress, on_done):

        def done(name: str, _: Any) -> None:
            on_done(name)
            mirror_run(by_name[name], mirror)

        run_jobs(make_run, jobs, workers=workers, on_progress=on_progress, on_done=done)


def mirror_run(plan: RunPlan, mirror: Mirror) -> None:
    """Show one finished run in the tracker, from its files; nothing about single students."""
    from ..metrics import summary

    run = Run(plan.folder)
    students = run.csv(STUDENTS)
    columns = {str(name): students[name].to_numpy() for name in students.columns}
    mastery = run.arrays(CURVES)["mastery_by_lesson"].tolist()
    curves: dict[str, Any] = {"test": {"lesson": list(range(len(mastery))), "mastery": mastery}}
    if run.has(TRAIN):
        curve = run.csv(TRAIN)
        curves["train"] = {str(name): curve[name].tolist() for name in curve.columns}
    numbers = summary(columns, primary=plan.scenario.outcome.primary, limits=Limits.of(plan.scenario))
    shown = {k: v for k, v in plan.settings.items() if k not in ("sections", "belief_parameters")}
    mirror.run(
        plan.name,
        plan.fingerprint.value,
        settings=shown | {"kind": plan.entry.kind, "fingerprint": plan.fingerprint.value},
        curves=curves,
        numbers={k: v for k, v in numbers.items() if v == v},
    )


def _tracked_tables(table: Mapping[str, Any]) -> dict[str, Table]:
    """The final tables as a tracker shows them: the essential columns, one table a scenario."""
    columns = ("policy", "kind", "seeds", "outcome", "outcome_low", "outcome_high", "vs_tuned", "vs_tuned_low")
    columns += (
        "vs_tuned_high",
        "vs_tuned_verdict",
        "vs_best",
        "vs_best_verdict",
        "worst_decile",
        "worse_off",
        "minutes",
    )
    found = {}
    for label, scenario in table["scenarios"].items():
        rows = [[row.get(column) for column in columns] for row in scenario["policies"]]
        found[f"table/{label}"] = Table(columns, rows)
        found[f"headlines/{label}"] = Table(("sentence",), [[line] for line in headlines(scenario)])
    return found


def _write_report(folder: Path) -> Path:
    from ..report import write_report

    return write_report(folder)
