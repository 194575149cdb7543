"""``zpdgym compare``: every policy and seed of an experiment, then the table and the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zpdgym.errors import InputError
from zpdgym.scripts.command import keys
from zpdgym.scripts.command.settings import resolved_experiment
from zpdgym.scripts.command.verbs import Group, Key, Verb

if TYPE_CHECKING:
    from zpdgym.experiments.where import Place

TUNE_SEEDS = Key(
    name="tune_seeds", kind="true or false",
    text="tune policies that do not learn anew for every seed, so that the luck of tuning is in their intervals",
)  # fmt: skip
OF_THE_EXPERIMENT = (
    Key(name="name", kind="text", text="the experiment's folder below results", usual="the experiment's name"),
    Key(name="scenarios", kind="list", text="names or paths, instead of those of the experiment"),
    Key(name="policies", kind="list", text="names, paths or my_module.MyPolicy, instead of those of the experiment"),
    *keys.of_a_file(
        "the experiment's",
        (keys.SEEDS, 10),
        (keys.N_STUDENTS, 2000),
        (keys.N_VALIDATION, 1000),
        (keys.LESSONS, 300000),
        (keys.TRAIN_ON, "()"),
        (keys.COHORT_SEED, 0),
        (keys.UNEXPECTED, "true"),
        (keys.TUNE_BUDGET, 40),
        (TUNE_SEEDS, "false"),
    ),
    Key(
        name="lives",
        kind="whole number",
        low=0,
        high=1000,
        text="how many times students live, with other luck, to tell harm from bad luck; 0: that is not measured",
        usual="the experiment's, else 64",
    ),
    Key(
        name="fewer_students",
        kind="keys",
        default={},
        below="POLICY=N",
        text="fewer_students.<policy>=200: so many test students for a policy that is slow, and at most so many "
        "validation students",
        usual="the experiment's, else {}",
    ),
    Key(
        name="grid",
        kind="keys",
        default={},
        below="AXIS=[VALUES]",
        lists=True,
        text="grid.student.forget=[.01,.03] grid.schedule=[seven_weeks,once_a_week]: one cell for every combination; "
        "grid.policies.POLICY.gamma=[.9,.99] varies a policy",
        usual="the experiment's, else {}",
    ),
    Key(
        name="belief",
        kind="keys",
        default={},
        below="fit_to=base",
        text="belief.fit_to=base: the tutor does not know what the grid changes of the students; cell: it does",
        usual="the experiment's, else cell",
    ),
    Key(
        name="contrasts",
        kind="list",
        text="questions to the cells: 'streak - mastery_tuned by forget x schedule', '… along forget'",
        usual="the experiment's, else ()",
    ),
    Key(
        name="sensitivity",
        kind="keys",
        default={},
        below="student.forget=[.003,.1]",
        lists=True,
        text="sensitivity.student.forget=[.003,.1]: where, over seven values, does the lead over the baseline flip?",
        usual="the experiment's, else ()",
    ),
    Key(
        name="baseline",
        kind="text",
        text="a policy that all are set beside, beside tuned mastery learning",
        usual="the experiment's, else mastery_tuned",
    ),
    Key(
        name="cohorts",
        kind="whole number",
        low=2,
        high=1000,
        text="the same with so many other cohorts of students",
        usual="the experiment's, else one cohort",
    ),
    Key(
        name="draws",
        kind="keys",
        default={},
        below="student.forget={low: .003, high: .1}",
        lists=True,
        text="draws.number=20 draws.student.forget={low: .003, high: .1, log: true}: worlds drawn from these ranges",
        usual="the experiment's, else none",
    ),
)
"""What a file of configs/experiment holds; each can be set on the command line too."""


def run(settings: Mapping[str, Any]) -> str:
    """Run the experiment that the settings describe; where its report is.

    Raises:
        InputError: there is nothing to compare, or whatever is wrong with the experiment.
        RunsFailed: some runs failed; the table and the report are those of the others.
    """
    from zpdgym.experiments.comparison.compare import compare
    from zpdgym.experiments.runs.lineup import entry_of
    from zpdgym.experiments.runs.specification import Experiment
    from zpdgym.scripts.command.settings import tell_if_no_fewer, tell_if_too_short

    spec = specification(settings)
    experiment = Experiment.of(spec)
    tell_if_too_short(experiment.policies, experiment.lessons)
    names = [entry_of(policy).name for policy in experiment.policies]
    asked = {policy: count for policy, count in experiment.fewer_students.items() if policy in names}
    tell_if_no_fewer(asked, experiment.n_students)
    found = compare(
        spec,
        results=_place(settings).results,
        drop=settings["drop"] or (),
        jobs=settings["jobs"],
        rerun=settings["rerun"],
        cluster=settings["cluster"],
    )
    found.all_made()
    return f"report: {found.report}"


def specification(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The experiment: its file, with what the command line sets instead.

    Raises:
        InputError: neither an experiment nor scenarios and policies were given, or one of them is empty.
    """
    from zpdgym.experiments.runs.grid import joined_axes
    from zpdgym.experiments.runs.specification import check_keys
    from zpdgym.experiments.where import read_beside
    from zpdgym.scripts.command.settings import scenario_entry

    spec: dict[str, Any] = read_beside(settings["files"].get("experiment"), "comparison", settings["experiment"] or {})
    scenario = settings["scenario"]
    if scenario["name"] is not None:
        if settings["scenarios"] is not None:
            raise InputError("give scenario= or scenarios=, not both")
        spec["scenarios"] = [scenario_entry(settings)]
    elif scenario["replace"] or scenario["change"]:
        raise InputError("say with scenario= whose sections or numbers you change")
    given = {key.name: settings[key.name] for key in OF_THE_EXPERIMENT if settings[key.name] not in (None, {})}
    typed = {key: _dotted(given[key]) for key in ("grid", "draws", "sensitivity") if key in given}
    if "grid" in typed:  # an axis that is typed goes before the file's of that name, and the file's others stay
        typed["grid"] = joined_axes(spec.get("grid") or {}, typed["grid"])
    spec |= given | typed
    for key in ("lessons", "tune_budget", "n_validation", "belief"):
        axis = "belief.fit_to" if key == "belief" else key
        if key in given and axis in (spec.get("grid") or {}):
            raise InputError(f"{axis}=… has no effect: grid.{axis} sets it in every cell; leave one of them out")
    if settings["add"]:
        spec["policies"] = [*(spec.get("policies") or []), *settings["add"]]
    if (folder := _place(settings).name) is not None:
        spec["name"] = folder
    if settings["tracking"] is not None:
        spec["tracking"] = settings["tracking"]
    check_keys(spec)
    for needed in ("scenarios", "policies"):
        if needed in spec and spec[needed] in ([], None):
            where = settings["files"].get("experiment") if settings[needed] is None else None
            raise InputError(f"{f'{where}: ' if where else ''}{needed} is empty: list at least one")
        if not spec.get(needed):
            raise InputError(f"nothing to compare: give experiment=…, or {needed}=…")
    return {"name": "comparison", **spec}


def gather(settings: dict[str, Any], axes: Mapping[str, list[Any]]) -> None:
    """Make the axes of a sweep those of the experiment's grid; several scenarios are a list of scenarios."""
    grid = {axis: values for axis, values in axes.items() if axis != "scenarios"}
    settings["grid"] = {**(settings["grid"] or {}), **grid}
    if "scenarios" in axes:
        scenario = settings["scenario"]
        fixed = {key: scenario[key] for key in ("replace", "change") if scenario[key]}
        settings["scenarios"] = [{"scenario": name, **fixed} for name in axes["scenarios"]]
        settings["scenario"] = {"name": None, "replace": {}, "change": {}}


def costs(settings: Mapping[str, Any]) -> list[str]:
    """How many cells and runs there are, and what they will cost, without making any belief.

    Raises:
        InputError: whatever is wrong with the experiment, its questions among it.
    """
    from pathlib import Path

    from zpdgym.experiments.comparison.joined import specified
    from zpdgym.experiments.questions.costs import costs_of
    from zpdgym.experiments.questions.stated import stated_early
    from zpdgym.experiments.runs.specification import Experiment

    experiment = Experiment.of(specification(settings))
    folder = Path(settings["results"] or "results") / experiment.name
    _ = stated_early(specified(experiment, folder)[0])
    return costs_of(experiment, folder)


def _dotted(given: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Keys of the command line as the dotted names that they were typed as; lists and ranges are values.

    Raises:
        InputError: one is given twice, once by its dotted name and once inside another.
    """
    found = dict[str, Any]()
    for key, value in given.items():
        nested = isinstance(value, Mapping) and not set(value) & {"low", "high"}
        for name, one in (_dotted(value, f"{above}{key}.") if nested else {f"{above}{key}": value}).items():
            if name in found:
                raise InputError(f"{name} is given twice, once inside {key}")
            found[name] = one
    return found


def _place(settings: Mapping[str, object]) -> Place:
    from zpdgym.experiments.where import place_asked

    return place_asked(settings, "experiment", "comparison")


VERB = Verb(
    name="compare",
    summary="the main job: every policy and seed of an experiment, then the table and the report",
    text="Tunes, trains and evaluates every policy of an experiment on the same students with the same luck, and "
    "prints who is better by how much, with 95 % intervals. Writes results/<name>/: one folder per run, table.csv, "
    "table.md, table.json, and report.html, a page for educators. Reference lines (no teaching, random, tuned mastery "
    "learning and others) are added. Interrupted? The same command goes on where it stopped.",
    groups=(
        Group(name="experiment", text="a name, or the path of an experiment file"),
        keys.SCENARIO,
        *keys.SECTIONS,
        keys.TRACKING,
        keys.CLUSTER,
    ),
    keys=(
        *OF_THE_EXPERIMENT,
        Key(name="add", kind="list", text="policies beside those of the experiment; what was made stays in the table"),
        Key(name="drop", kind="list", text="policies, scenarios or cells to leave out of the table; their runs stay"),
        keys.RESULTS_OR_THERE,
        keys.JOBS,
        keys.RERUN,
    ),
    examples="""
  zpdgym compare experiment=quickstart
      a quick look at the algebra scenario: a few minutes
  zpdgym compare scenario=algebra curriculum.path=mine.csv student=typical policies=ppo_scorer
      your own curriculum, filled in as a spreadsheet (docs/curriculum.md)
  zpdgym compare experiment=quickstart policies=mastery_tuned,my_policy.yaml seeds=10 name=mine jobs=8
      a policy of your own (my_policy.yaml: _target_: my_module.MyPolicy) with ten seeds on eight cores
  zpdgym compare scenario=practice policies=recall_threshold grid.student.forget=[.01,.03] name=forgetting
      a question: one cell for each rate of forgetting, one table (examples/spacing/spacing.yaml asks more)
""",
    run=run,
    resolve=lambda settings: resolved_experiment(specification(settings)),
    costs=costs,
    gather=gather,
)

if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("compare")
