"""The main job: every policy and seed of an experiment in every scenario, then the table and the report."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zpdgym.errors import ControlBeaten
from zpdgym.files import is_file, must_be_free
from zpdgym.parameters import read_arguments

from ...configs.build import OWN, config_files, no_such, read_yaml
from ...configs.trust import printed
from ...envs.scenario_file import CONTROL
from ..kept_files import keep_files
from ..metrics import TOLD, Limits, summary
from ..places import below_here, from_here
from ..questions.asking import answer_files, write_answers
from ..questions.overview import at_a_glance
from ..questions.show import Answer, sheets
from ..questions.show import terminal as answered
from ..questions.stated import stated
from ..report.origin import origin
from ..runs.arguments import writable
from ..runs.grid import FITS, cell_axes
from ..runs.lineup import REFERENCES
from ..runs.outcomes import TrainRow, group_names
from ..runs.plan import Plan, RunPlan
from ..runs.specification import Experiment
from ..store.columns import from_plain, names, to_plain
from ..store.fingerprint import digest_of
from ..store.locks import only_writer
from ..store.runs import (
    CURVES,
    MARKERS,
    STUDENTS,
    TRAIN,
    VALIDATION,
    Run,
    must_not_hold_another,
    plain,
    seal_experiment,
    unseal_experiment,
    write_json,
    write_yaml,
)
from ..tracking import MIRRORED, Mirror, Table, load_tracking
from ..where import RESULTS, place_of, read_beside
from .failing import without
from .first import impossible
from .joined import SPECIFICATION, Joined
from .making import MAKING, Made, Making, kept, missing_runs
from .rows import Compared, ComparisonTable, PolicyRuns, Refused
from .show import TABLES, headlines, save_tables, terminal
from .table import comparison

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from ...envs.scenario import Scenario
    from ..cluster.clusters import Chosen

__all__ = ["Comparison"]

EXPERIMENT = MARKERS["comparison"]
SCENARIO, TABLE = "scenario.json", "table.json"
KNOWS_THE_BASE = (
    "The tutor's belief was fitted to the students of the scenario without the grid (fit_to: base): it does not know "
    "what is different here."
)
NOT_KNOWN = (
    "The tutor does not know of these changes: it believes in the pupils as they are without them. Where a sentence "
    "above says that its model of the pupils is right, it is not."
)
NO_CONTROL = "Changed, this is no control any more: its bound is not known, and no row is refused for passing it."
TUNED_ANEW = (
    "What does not learn but is tuned was tuned anew for every seed, each time on other validation students: the luck "
    "of that is in its intervals and in the differences to it."
)
TRACKED = (
    *("policy", "kind", "seeds", "outcome", "outcome_low", "outcome_high", "vs_tuned", "vs_tuned_low", "vs_tuned_high"),
    *("vs_tuned_verdict", "vs_best", "vs_best_verdict", "worst_decile", "minutes"),
)
"""The essential columns, which a tracker shows."""


@dataclass(frozen=True, eq=False)
class Comparison(Made):
    """A finished comparison.

    Attributes:
        report: the page for educators.
    """

    report: Path

    def all_made(self) -> None:
        """Refuse to call it done where somebody wins on a control, or where runs failed.

        Raises:
            ControlBeaten: a learnt policy wins where nobody can.
            RunsFailed: some runs failed.
        """
        tables = from_plain(ComparisonTable, self.table, where=TABLE).scenarios.values()
        if beaten := [line for table in tables for line in impossible(table)]:
            more = f" (and {len(beaten) - 1} more rows)" if len(beaten) > 1 else ""
            raise ControlBeaten(f"{beaten[0]}{more}; table and report are written")
        super().all_made()


def compare(
    experiment: Mapping[str, Any] | str,
    *,
    results: str | Path | None = None,
    drop: Sequence[str] = (),
    jobs: int | None = None,
    rerun: bool = False,
    cluster: Chosen = None,
    console: Console | None = None,
) -> Comparison:
    """Let several ways of teaching teach the same simulated students, and tell which is better by how much.

    Tunes, trains and evaluates every policy, then prints and writes the table and the report.

    Finished runs with the same fingerprint are skipped, so an interrupted comparison is resumed by repeating it.

    Args:
        experiment: the specification, or the name of a file in ``configs/experiment``.
        results: the folder that the experiment's folder lies in; None: "results", or where the specification lies if
            that is the ``experiment.yaml`` of a comparison. What a comparison of the same name left there stays in the
            table: asking for other policies, scenarios or seeds adds them.
        drop: policies, scenarios or cells to leave out of the table; their runs stay.
        jobs: how many processes; None: one per core.
        rerun: move finished runs that are damaged, or that other code or other settings made, aside, instead of
            refusing.
        cluster: where runs are made: a name in ``configs/cluster``, a section, or an object such as
            ``zpdgym.experiments.DaskCluster(address=…)``; None: on this machine.
        console: where to print; None: the terminal.

    Raises:
        InputError: whatever is wrong with the experiment, before anything is written; or runs that are damaged or of
            another fingerprint.
        RunsFailed: so many runs failed that there is no table; where some are left, the result says which failed.
        CannotWrite: the disk is full or ``results`` is read-only.
    """
    given = read_arguments(MAKING, locals(), "compare")
    making, rerun = Making(given.jobs, console, cluster), given.rerun
    if isinstance(experiment, str):
        file, experiment = experiment, load_experiment(experiment)
        place = place_of(file, "comparison", own=experiment["name"], results=results)
        results, experiment = place.results, {**experiment, "name": place.name or experiment["name"]}
    home, asked = writable(RESULTS if results is None else results, "results"), Experiment.of(experiment)
    folder = home / asked.name
    must_not_hold_another(folder, "comparison")
    load_tracking(asked.tracking)
    joined = Joined.of(asked, folder, drop=drop)
    plan = joined.plan
    questions = stated(plan.experiment, [s.label for s in plan.scenarios], [run.entry for run in plan.runs])
    must_be_free(folder / name for name in (*_written(plan), *answer_files(questions)))
    with making.at(folder, joined.asked), kept(plan), only_writer(folder):
        todo = missing_runs(replace(plan, runs=joined.asked), rerun=rerun)
        mirror = Mirror.open(asked.tracking, folder=folder, experiment=asked.name)
        try:
            whole = plan.experiment
            compared = {scenario.label: _compared(plan, scenario) for scenario in plan.scenarios}
            specification = keep_files(from_here(whole.to_dict()), folder)
            plain_compared = {label: to_plain(part) for label, part in compared.items()}
            about = specification | {"compared": plain_compared, "again": _again(folder, whole.to_dict())}
            if axes := cell_axes(whole.scenarios, whole.grid):
                about["axes"] = {name: list(levels) for name, levels in axes.items()}
            unseal_experiment(folder)
            write_yaml(folder / SPECIFICATION, specification)
            write_json(folder / EXPERIMENT, about)
            for scenario in plan.scenarios:
                write_json(folder / scenario.label / SCENARIO, _described(plan, scenario))
            for run in plan.runs:
                if run not in todo:
                    mirror_run(run, mirror, axes=_axes(compared, run))
            failed = making.make(todo, on_finished=lambda run: mirror_run(run, mirror, axes=_axes(compared, run)))
            if failed:
                about["compared"] = {label: to_plain(part) for label, part in without(compared, failed).items()}
                write_json(folder / EXPERIMENT, about)
            table = comparison(folder, about)
            stored = to_plain(table)
            write_json(folder / TABLE, stored)
            save_tables(folder, table)
            seal_experiment(folder, [TABLE, *(f"{scenario.label}/{SCENARIO}" for scenario in plan.scenarios)])
            answers, unanswered = questions.answers(folder)
            write_answers(folder, answers)
            report = _write_report(folder)
            mirror.experiment(digest_of(stored), settings=about, tables=_tracked_tables(table), report=report)
        finally:
            mirror.tracker.close()
    shown = [*_shown(plan, table, answers, width=making.console.width), *unanswered, *joined.said]
    making.tell(plan, len(todo) - len(failed), shown, f"Table: {folder / 'table.csv'}\nReport: {report}")
    return Comparison(folder, stored, len(todo) - len(failed), failed, report)


def load_experiment(name: str) -> dict[str, Any]:
    """The specification in ``configs/experiment/<name>.yaml``, or in a YAML file of one's own.

    Raises:
        InputError: there is no such file (the nearest name is proposed), or it is not readable.
    """
    files = config_files("experiment")
    path = Path(name) if name.endswith((".yaml", ".yml")) else files.get(name)
    if path is None or not is_file(path):
        raise no_such("experiment", name, files)
    return {"name": path.stem, **read_beside(path, "comparison", read_yaml(path))}


def _described(plan: Plan, scenario: Scenario) -> dict[str, object]:
    """``scenario.json``, with what a tutor who does not know these students makes of the scenario's assumptions."""
    told = describe(scenario)
    if plan.cells[scenario.label].fit_to != FITS[0]:
        told["changes"] = [*(told.get("changes") or []), NOT_KNOWN]
    return told


def describe(scenario: Scenario) -> dict[str, Any]:
    """What the report and a reader need to know of a scenario: ``scenario.json``."""
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


def _shown(plan: Plan, table: ComparisonTable, answers: Sequence[Answer], *, width: int) -> list[RenderableType]:
    """The table as it is printed, of a grid one of all cells; and what was asked of them."""
    names = {run.entry.name for run in plan.runs if run.entry.kind != "privileged"} - set(REFERENCES)
    shown = at_a_glance(table, names, width=width) if table.axes else terminal(table, width=width)
    return [*shown, *answered([page for answer in answers for page in sheets(answer)], width=width)]


def _compared(plan: Plan, scenario: Scenario) -> Compared:
    """What ``experiment.json`` says of a scenario: which runs its table is made of."""
    limits, experiment = Limits.of(scenario), plan.experiment
    policies, cell = plan.line_ups[scenario.label], plan.cells[scenario.label]
    runs = [run for run in plan.runs if run.scenario.label == scenario.label]
    seeds = {entry.name: tuple(run.seed for run in runs if run.entry.name == entry.name) for entry in policies.entries}
    return Compared(
        axes=cell.axes or None,
        primary=scenario.outcome.primary,
        smallest_difference=scenario.outcome.smallest_difference,
        later_days=scenario.outcome.later_days,
        control_bound=scenario.control and scenario.control.bound,
        control_value=scenario.control and scenario.control.value,
        n_students=experiment.n_students,
        n_validation=cell.settings.get("n_validation", experiment.n_validation),
        lives=experiment.lives if experiment.lives > 1 else 0,
        skills=scenario.curriculum.n_skills,
        horizon=limits.lessons,
        minutes=limits.minutes,
        policies=tuple(
            PolicyRuns(policy=entry.name, kind=entry.kind, axes=entry.axes, seeds=seeds[entry.name])
            for entry in policies.entries
            if seeds[entry.name]
        ),
        cannot_teach=tuple(Refused(policy=name, reason=reason) for name, reason in policies.refused.items()),
        unexpected=tuple(scenario.unexpected()) if experiment.unexpected else (),
        notes=(
            *policies.notes,
            *([KNOWS_THE_BASE] if cell.fit_to != FITS[0] else []),
            *([TOLD] if scenario.told else []),
            *([TUNED_ANEW] if experiment.tune_seeds and len(experiment.seeds) > 1 else []),
            *([NO_CONTROL] if CONTROL in scenario.sections and scenario.control is None else []),
        ),
    )


def _again(folder: Path, spec: Mapping[str, object]) -> str:
    """The command that makes this comparison again, whatever it was asked for with.

    Results elsewhere than below the current folder are made again from the folder that they lie in: what the folders
    of this machine are called, people's names among them, is no matter of whoever reads the results.
    """
    folder = below_here(folder) or Path(folder.name)
    again = f"zpdgym compare experiment={shlex.quote(str(folder / SPECIFICATION))}"
    again += "" if folder.parent == Path("results") else f" results={shlex.quote(str(folder.parent))}"
    again += printed(spec)
    own = os.environ.get(OWN)
    return f"{again} --config-dir {shlex.quote(str(below_here(Path(own)) or 'FOLDER'))}" if own else again


def mirror_run(plan: RunPlan, mirror: Mirror, *, axes: Mapping[str, object] | None = None) -> None:
    """Show one finished run in the tracker, from its files; nothing about single students.

    Args:
        plan: the run.
        mirror: where it is shown.
        axes: axis of the grid -> its value for this run, to group runs by; none: there is no grid.
    """
    run = Run(plan.folder)
    mastery = run.arrays(CURVES)["mastery_by_lesson"].tolist()
    trained_on, validation = [int(plan.settings.get("lessons", 0))], [run.json(VALIDATION)["mean"]]
    curves: dict[str, Any] = {
        "test": {"lesson": list(range(len(mastery))), "mastery": mastery},
        # by itself, for whoever tunes: a search that looked at test students would have chosen on them
        "validation": {"lessons": trained_on, "outcome": validation},
    }
    if run.has(TRAIN):
        curve = run.columns(TRAIN)
        curves["train"] = {name: curve[name].tolist() for name in names(TrainRow)}
    primary, limits = plan.scenario.outcome.primary, Limits.of(plan.scenario)
    numbers = summary(run.columns(STUDENTS), primary=primary, limits=limits)
    shown = {k: v for k, v in plan.settings.items() if k not in ("sections", "belief_parameters")}
    shown |= {"axes": dict(axes)} if axes else {}
    mirror.run(
        plan.name,
        plan.fingerprint.value,
        settings=shown | {"kind": plan.entry.kind, "fingerprint": plan.fingerprint.value},
        curves=curves,
        numbers={k: v for k, v in numbers.items() if v == v},
    )


def _tracked_tables(table: ComparisonTable) -> dict[str, Table]:
    """The final tables as a tracker shows them, one a scenario."""
    found: dict[str, Table] = {}
    for label, scenario in table.scenarios.items():
        rows = [[row.get(column) for column in TRACKED] for row in map(to_plain, scenario.policies)]
        found[f"table/{label}"] = Table(TRACKED, rows)
        found[f"headlines/{label}"] = Table(("sentence",), [[line] for line in headlines(scenario)])
    if table.axes:
        found["table/all"] = _table_of_all(table, tuple(table.axes))
    return found


def _table_of_all(table: ComparisonTable, axes: tuple[str, ...]) -> Table:
    """All cells of a grid in one table, the axes as columns: what a chart over an axis is made of."""
    rows = list[list[object]]()
    for label, scenario in table.scenarios.items():
        for policy in scenario.policies:
            row, levels = to_plain(policy), {**(scenario.axes or {}), **(policy.axes or {})}
            rows.append([f"{label}/{policy.policy}", label, *map(levels.get, axes), *map(row.get, TRACKED)])
    return Table(("row", "scenario", *axes, *TRACKED), rows)


def _axes(compared: Mapping[str, Compared], run: RunPlan) -> dict[str, object]:
    """Axis of the grid -> its value for a run, those of its cell and those of its policy."""
    cell = compared[run.scenario.label]
    own = next((of.axes for of in cell.policies if of.policy == run.entry.name), None)
    return {**(cell.axes or {}), **(own or {})}


def _written(plan: Plan) -> list[str]:
    """The files that a comparison writes beside its runs, below its folder."""
    from ..report.page import REPORT

    described = [f"{scenario.label}/{SCENARIO}" for scenario in plan.scenarios]
    return [SPECIFICATION, EXPERIMENT, *described, TABLE, *TABLES, REPORT, MIRRORED]


def _write_report(folder: Path) -> Path:
    from ..report import write_report

    return write_report(folder)
