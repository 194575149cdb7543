"""From an experiment's specification to the runs that it consists of, checked before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zpdgym.errors import InputError, unknown

from ...envs.beliefs.refit import with_own_belief
from ..store.fingerprint import Fingerprint, fingerprint
from ..store.runs import CHECKPOINT, Run, plain
from .entries import with_medians
from .specification import FILE_NAME, Experiment

if TYPE_CHECKING:
    from ...envs.scenario import Scenario

REFERENCES = ("no_teaching", "random", "ready_random", "classroom", "mastery", "mastery_tuned")
"""Every comparison has these lines, asked for or not."""
PRIVILEGED = {"oracle_greedy": "Greedy on the truth", "optimal": "The exact optimum"}
"""These too, where they can be computed: policy -> what notes call it."""
TUNED = "mastery_tuned"
ENTRY_KEYS = ("name", "scenario", "replace", "change")
"""What a scenario of an experiment may say, where it is more than a name."""


@dataclass(frozen=True)
class Entry:
    """A policy of the comparison before it was tuned or trained.

    Attributes:
        name: what tables and folders call it.
        kind: "baseline", "learnt" or "privileged".
        spec: its specification, with ``_target_``.
        own: whether it is the user's own class.
    """

    name: str
    kind: str
    spec: Mapping[str, Any]
    own: bool


@dataclass(frozen=True)
class RunPlan:
    """One run to be made: everything that a worker needs.

    Attributes:
        folder: where the run goes.
        scenario: what is taught to whom.
        entry: who teaches.
        seed: the policy's seed.
        settings: what ``config.yaml`` will hold.
        fingerprint: of the settings, the source and the data.
        mastery: folder of the tuned mastery policy's run, which learnt teachers are set beside; None: there is none.
        train_on: the scenarios that the teacher is trained on, if not ``scenario``.
        trained_by: folder of the run that trains the same teacher for another scenario; None: this run trains it.
    """

    folder: Path
    scenario: Scenario
    entry: Entry
    seed: int
    settings: Mapping[str, Any]
    fingerprint: Fingerprint
    mastery: Path | None
    train_on: tuple[Scenario, ...] = ()
    trained_by: Path | None = None

    @property
    def name(self) -> str:
        """The run's folder below the experiment's."""
        return run_name(self.scenario.label, self.entry.name, self.seed)

    @property
    def checkpoint(self) -> str | None:
        """The file in which an interrupted training waits for being repeated; None where the trainer writes none."""
        kept = self.entry.spec.get("trainer") == "fast" and "lessons" in self.settings
        return f"{CHECKPOINT}{self.fingerprint.value[:16]}" if kept else None


def run_name(label: str, policy: str, seed: int) -> str:
    """Where a run lies below the experiment's folder."""
    return f"{label}/{policy}/seed{seed}"


def load_scenarios(experiment: Experiment) -> list[Scenario]:
    """The scenarios of an experiment, everything in them checked, their unexpected students too.

    Raises:
        InputError: an unknown scenario or key, a value that is refused, or the same scenario twice.
    """
    return _load("scenarios", experiment.scenarios)


def load_train_on(experiment: Experiment, scenarios: Iterable[Scenario]) -> tuple[Scenario, ...]:
    """The scenarios that learnt policies are trained on together; none where each is trained on its own.

    Raises:
        InputError: as ``load_scenarios``; or they do not show what the scenarios to be taught show.
    """
    from ...envs.scenario_set import ScenarioSet

    members = tuple(_load("train_on", experiment.train_on))
    for scenario in scenarios if members else ():
        _ = ScenarioSet([*members, scenario])
    return members


def _load(key: str, wanted: Iterable[str | Mapping[str, Any]]) -> list[Scenario]:
    found: dict[str, Scenario] = {}
    for entry in wanted:
        scenario = with_own_belief(_scenario_of(key, entry))
        if scenario.label in found:
            raise InputError(f"experiment.{key}: {scenario.label} is there twice")
        _ = scenario.belief_parameters, scenario.unexpected()
        found[scenario.label] = scenario
    return list(found.values())


def _scenario_of(key: str, entry: str | Mapping[str, Any]) -> Scenario:
    from ...envs.scenario import Scenario

    if not isinstance(entry, Mapping):
        return Scenario.load(entry)
    for name in entry:
        if name not in ENTRY_KEYS:
            raise unknown(f"key experiment.{key}.", str(name), ENTRY_KEYS)
    if "scenario" not in entry:
        raise InputError(f"experiment.{key}: {dict(entry)} must say which scenario it is: scenario=…")
    fitting = with_medians(entry)
    try:
        scenario = Scenario.load(entry["scenario"], replace=entry.get("replace"), change=fitting.get("change"))
    except InputError as error:
        raise InputError(f"experiment.{key}, {entry.get('name', entry['scenario'])}: {error}") from error
    label = entry.get("name", scenario.label)
    if not (isinstance(label, str) and FILE_NAME.fullmatch(label)):
        raise InputError(
            f"experiment.{key}: name={label!r} must be letters, digits, '_', '-' or '.': it names a folder"
        )
    return Scenario(scenario.name, label, scenario.sections)


@dataclass(frozen=True)
class LineUp:
    """The policies of one scenario.

    Attributes:
        entries: those that can teach there.
        refused: policy -> why it cannot teach there.
        notes: on reference lines that nobody asked for and that cannot be computed there.
    """

    entries: tuple[Entry, ...]
    refused: Mapping[str, str]
    notes: tuple[str, ...]


def line_up(
    experiment: Experiment, scenarios: Iterable[Scenario], train_on: Sequence[Scenario] = ()
) -> dict[str, LineUp]:
    """The policies to compare in every scenario: those asked for, then the reference lines that were not.

    A policy that cannot teach a scenario does not stop the others: it is listed there with the reason.

    Returns:
        the scenario's label -> its policies.

    Raises:
        InputError: an unknown policy, a parameter that is refused, two of one name, a key of ``fewer_students`` that is
            no policy or a reference line, a scenario that ``mastery_tuned`` cannot teach, or no scenario that any of
            the policies asked for can teach.
    """
    asked = [entry_of(policy) for policy in experiment.policies]
    names = [entry.name for entry in asked]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"experiment.policies: two policies are called '{name}'; give one another name")
    for name in experiment.fewer_students:
        if name in REFERENCES:
            raise InputError(f"experiment.fewer_students: {name} is a reference line and teaches all students")
        if name not in (*names, *PRIVILEGED):
            raise unknown("policy in experiment.fewer_students", name, names)
    found = {scenario.label: _line_up(asked, scenario, train_on) for scenario in scenarios}
    if all(name in lined_up.refused for lined_up in found.values() for name in names):
        reasons = dict.fromkeys(reason for lined_up in found.values() for reason in lined_up.refused.values())
        raise InputError("; ".join(reasons))
    return found


def _line_up(asked: list[Entry], scenario: Scenario, train_on: Sequence[Scenario]) -> LineUp:
    names = [entry.name for entry in asked]
    entries, refused, notes = [], dict[str, str](), []
    for entry in (*asked, *(entry_of(name) for name in REFERENCES if name not in names)):
        try:
            check_entry(entry, scenario, train_on)
        except InputError as refusal:
            if entry.name == TUNED:
                raise  # everything is set beside it
            refused[entry.name] = str(refusal)
        else:
            entries.append(entry)
    for name, words in PRIVILEGED.items():
        if name in names:
            continue
        reference = entry_of(name)
        try:
            check_entry(reference, scenario)
        except InputError as refusal:
            notes.append(f"{words} is not among the reference lines: {refusal}")
        else:
            entries.append(reference)
    if train_on and any(trains(entry) for entry in entries):
        notes.append(_trained_on(scenario, train_on))
    return LineUp(tuple(entries), refused, tuple(notes))


def _trained_on(scenario: Scenario, train_on: Sequence[Scenario]) -> str:
    """Which scenarios the learnt policies know, in a sentence."""
    labels = [member.label for member in train_on]
    met = "this one is among them" if scenario.label in labels else "they never met this one"
    together = f"{len(labels)} scenarios together" if len(labels) > 1 else "one scenario"
    return f"Learnt policies were trained on {together} ({', '.join(labels)}); {met}."


def entry_of(policy: str | Mapping[str, Any]) -> Entry:
    """A policy by name, file or specification.

    Raises:
        InputError: there is no such policy, or its parameters are refused.
    """
    from ...agents.registry import build_policy, load_policy
    from ...agents.tuning import read_space

    spec = load_policy(policy)
    built = build_policy(spec)
    if spec.get("tune"):
        _ = read_space(spec)
    name = str(spec.get("name", built.name))
    if not FILE_NAME.fullmatch(name):
        raise InputError(f"policy name '{name}' must be letters, digits, '_', '-' or '.': it names a folder")
    kind = "privileged" if built.privileged else "learnt" if built.learnt else "baseline"
    return Entry(name, kind, {**spec, "name": name}, own=not str(spec["_target_"]).startswith("zpdgym."))


def trains(entry: Entry) -> bool:
    """Whether the policy is a recipe that training turns into a teacher (a saved teacher is learnt already)."""
    from ...agents.learnt.recipes import Learner
    from ...agents.registry import build_policy

    return isinstance(build_policy(entry.spec), Learner)


def check_entry(entry: Entry, scenario: Scenario, train_on: Sequence[Scenario] = ()) -> None:
    """Refuse, before anything is written, a policy that cannot teach this scenario.

    Args:
        entry: the policy.
        scenario: what it shall teach.
        train_on: what it is trained on, if not that.

    Raises:
        InputError: what it needs and the scenario does not show, a world that is too large for it, or a network that
            is made for one curriculum and shall teach another.
    """
    from ...agents.learnt.recipes import Learner
    from ...agents.problem import Problem, require
    from ...agents.registry import build_policy

    policy = build_policy(entry.spec)
    env = scenario.make(2, seed=0, autoreset=False)
    problem = Problem.of(env, privileged=policy.privileged)
    if isinstance(policy, Learner):
        require(policy, problem, rows=problem.rows)
        if train_on and policy.network != "scorer":
            raise InputError(
                f"policy {entry.name}: its network is made for one curriculum; train_on is for item scorers"
            )
    elif not hasattr(policy, "rehearse"):  # who rehearses with a class can only be bound after that
        policy.bind(problem)


def can_teach(entry: Entry, scenario: Scenario) -> bool:
    """Whether a policy can teach the students of this scenario."""
    try:
        check_entry(entry, scenario)
    except InputError:
        return False
    return True


def plan_runs(
    experiment: Experiment,
    scenario: Scenario,
    entries: Iterable[Entry],
    folder: Path,
    train_on: tuple[Scenario, ...] = (),
) -> list[RunPlan]:
    """The runs of one scenario: one per seed of what is trained, one of everything else."""
    entries = list(entries)
    mastery = next((e for e in entries if e.name == TUNED), None)
    beside = folder / run_name(scenario.label, TUNED, experiment.seeds[0]) if mastery else None
    plans = []
    for entry in entries:
        trained = trains(entry)
        for seed in experiment.seeds if trained else experiment.seeds[:1]:
            settings = run_settings(experiment, scenario, entry, seed, trained=trained)
            if trained and train_on:
                settings["train_on"] = [
                    plain({"label": s.label, "sections": s.sections, "belief_parameters": s.belief_parameters})
                    for s in train_on
                ]
            plans.append(
                RunPlan(
                    folder=folder / run_name(scenario.label, entry.name, seed),
                    scenario=scenario,
                    entry=entry,
                    seed=seed,
                    settings=settings,
                    fingerprint=fingerprint(settings, files=saved_files(entry.spec)),
                    mastery=beside if trained else None,
                    train_on=train_on if trained else (),
                )
            )
    return plans


def share_training(plans: Iterable[RunPlan]) -> list[RunPlan]:
    """The same runs, but a teacher that several scenarios have in common is trained for the first of them only."""
    trained: dict[tuple[str, int], RunPlan] = {}
    shared = []
    for plan in plans:
        first = trained.setdefault((plan.entry.name, plan.seed), plan) if plan.train_on else plan
        shared.append(plan if first is plan else replace(plan, trained_by=first.folder))
    return shared


def run_settings(
    experiment: Experiment, scenario: Scenario, entry: Entry, seed: int, *, trained: bool
) -> dict[str, Any]:
    """What a run depends on and nothing else, so that a change concerns only the runs that it changes."""
    fewer = experiment.fewer_students.get(entry.name, max(experiment.n_students, experiment.n_validation))
    settings: dict[str, Any] = {
        "scenario": scenario.label,
        "policy": dict(entry.spec),
        "seed": seed,
        "cohort_seed": experiment.cohort_seed,
        "n_students": min(fewer, experiment.n_students),
        "n_validation": min(fewer, experiment.n_validation),
        "unexpected": experiment.unexpected,
    }
    if trained:
        settings["lessons"] = experiment.lessons
    if "tune" in entry.spec or trained:
        settings["tune_budget"] = experiment.tune_budget
    settings["sections"] = scenario.sections
    settings["belief_parameters"] = scenario.belief_parameters
    return plain(settings)


def saved_files(spec: Mapping[str, Any]) -> list[Path]:
    """The files of a saved teacher, where the policy is one."""
    path = Path(str(spec["path"])) if spec.get("path") else None
    return sorted(p for p in path.rglob("*") if p.is_file()) if path is not None and path.is_dir() else []


def to_run(plan: RunPlan) -> tuple[Run, Fingerprint]:
    """The run's folder with the fingerprint that it should have."""
    return Run(plan.folder), plan.fingerprint
