"""``zpdgym train``: one policy, one scenario, one seed, one folder."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from zpdgym.scripts.command import keys
from zpdgym.scripts.command.verbs import Key, Ranked, Verb

if TYPE_CHECKING:
    from zpdgym.experiments.runs.plan import RunPlan


def run(settings: Mapping[str, Any]) -> Ranked:
    """Make the run that the settings describe, unless it is finished already, and print what came of it."""
    from zpdgym.experiments.comparison.compare import mirror_run
    from zpdgym.experiments.runs.arguments import writable
    from zpdgym.experiments.runs.early import check_early_alone
    from zpdgym.experiments.runs.execute import effort, make_run
    from zpdgym.experiments.runs.lineup import check_entry, entry_of
    from zpdgym.experiments.runs.plan import plan_runs
    from zpdgym.experiments.runs.scenarios import load_scenarios, load_train_on, read_scenarios, read_train_on
    from zpdgym.experiments.runs.specification import Experiment
    from zpdgym.experiments.store.locks import in_turn, writer_beside_others
    from zpdgym.experiments.store.runs import TEACHER, Run
    from zpdgym.experiments.tracking import Mirror
    from zpdgym.scripts.command.console import progress_bar, training_table
    from zpdgym.scripts.command.settings import tell_if_too_short

    home, experiment = writable(settings["results"], "results"), Experiment.of(specification(settings))
    entry = entry_of(experiment.policies[0])
    read = read_scenarios(experiment)
    check_early_alone(entry, read[0], read_train_on(experiment, read))
    (scenario,) = load_scenarios(experiment)
    train_on = load_train_on(experiment, [scenario])
    check_entry(entry, scenario, train_on)
    tell_if_too_short(experiment.policies, experiment.lessons)
    folder = home / experiment.name
    (plan,) = plan_runs(experiment, scenario, entry, folder, train_on=train_on)
    with writer_beside_others(folder), in_turn(plan.folder):
        mirror = Mirror.open(experiment.tracking, folder=folder, experiment=experiment.name)
        try:
            missing = _searched(plan, rerun=settings["rerun"])
            if missing:
                total = round(effort(plan))
                with progress_bar("training" if entry.kind == "learnt" else "teaching", total=total) as show:
                    make_run(plan, lambda share: show(round(share * total)))
            with in_turn(mirror.memory):
                mirror_run(plan, mirror)
        finally:
            with in_turn(mirror.memory):  # trackers tidy up below what all trainings share
                mirror.tracker.close()
    run = Run(plan.folder)
    headline = training_table(run, plan)
    print(f"{'made now' if missing else 'finished before, not repeated'}: {plan.folder}")
    if run.has(TEACHER):
        print(f"teacher: {plan.folder / TEACHER} (policy=saved policy.path=…)")
    return headline


def _searched(plan: RunPlan, *, rerun: bool) -> bool:
    """Whether the run must be made; the search that it waits for, and shares with other seeds, is made then."""
    from zpdgym.experiments.runs.search import make_search, searches
    from zpdgym.experiments.store.locks import in_turn
    from zpdgym.experiments.store.runs import to_do
    from zpdgym.scripts.command.console import progress_bar

    sought = searches([plan])
    with ExitStack() as turns:
        for search in sought:
            turns.enter_context(in_turn(search.folder))
        missing = plan.run[0] in to_do([*(search.run for search in sought), plan.run], rerun=rerun)
        for search in sought if missing else ():
            if not search.made:
                total = search.budget
                with progress_bar("tuning", total=total, unit="settings") as show:
                    make_search(search, lambda share, total=total, show=show: show(round(share * total)))
    return missing


def specification(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The experiment that consists of this one run."""
    from zpdgym.scripts.command.settings import named_policy, scenario_entry

    same = ("name", "n_students", "n_validation", "lessons", "unexpected", "cohort_seed", "tune_budget")
    return {
        **{key: settings[key] for key in same},
        "scenarios": [scenario_entry(settings)],
        "policies": [named_policy(settings)],
        "seeds": [settings["seed"]],
        "lives": 0,
        "train_on": settings["train_on"],
        "tracking": settings["tracking"],
    }


VERB = Verb(
    name="train",
    summary="train a teacher, evaluate it on students it has never met, write the run",
    text="Trains a learnt policy (ppo_scorer, ppo) on simulated students, keeps the teacher that is best on validation "
    "students, and evaluates it on test students and on students it does not expect. A policy that does not learn is "
    "only evaluated. Prints what validation students say; a sweep (-m) is ranked by them. Test students are for "
    "compare, and their rows in students.csv. Writes results/<name>/<scenario>/<policy>/seed<k>/: the settings, the "
    "learning curve, one row per student, curves, and the teacher. Changed parameters mark the policy's folder "
    "(ppo_scorer~3f2a), or policy.name=short names it. A finished run is not repeated.",
    groups=(keys.SCENARIO, keys.POLICY, *keys.SECTIONS, keys.TRACKING),
    keys=(
        keys.LESSONS.but(default=300_000, text="lessons that it is trained on"),
        keys.TRAIN_ON.but(
            default=[],
            text="scenarios to train on together, instead of the one that is then taught (item scorers only)",
        ),
        keys.SEED,
        keys.COHORT_SEED,
        keys.N_STUDENTS.but(default=2000),
        keys.N_VALIDATION.but(default=1000),
        keys.UNEXPECTED.but(default=True, text="also teach students that it does not expect"),
        keys.TUNE_BUDGET.but(default=40),
        Key(name="name", kind="text", default="training", text="the folder below results"),
        keys.RESULTS,
        keys.RERUN,
    ),
    examples="""
  zpdgym train scenario=kt6kc policy=ppo_scorer
      a teacher for the six-skill chain
  zpdgym train -m scenario=algebra policy=ppo_scorer seed=0,1,2
      three teachers, one after the other
  zpdgym train scenario=algebra policy=ppo_scorer policy.gamma=.95 scenario.student.leak=.2 name=soft
      a shorter view, and students who can learn a little without the prerequisites
""",
    run=run,
    needs=("scenario", "policy"),
)

if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("train")
