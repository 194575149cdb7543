"""From an experiment's specification to the runs that it consists of, checked before anything is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..students.errors import InputError, Violations, unknown
from .beliefs_refit import with_own_belief
from .fingerprint import Fingerprint, fingerprint
from .runs import Run, plain

if TYPE_CHECKING:
    from ..envs.scenario import Scenario

REFERENCES = ("no_teaching", "random", "ready_random", "classroom", "mastery", "mastery_tuned")
"""Every comparison has these lines, asked for or not."""
PRIVILEGED = {"oracle_greedy": "Greedy on the truth", "optimal": "The exact optimum"}
"""These too, where they can be computed: policy -> what notes call it."""
TUNED = "mastery_tuned"
DEFAULTS: dict[str, Any] = {
    "seeds": 10,
    "n_students": 2000,
    "n_validation": 1000,
    "lessons": 300_000,
    "unexpected": True,
    "cohort_seed": 0,
    "tune_budget": 40,
    "fewer_students": {},
    "tracking": "wandb",
}
KEYS = ("name", "scenarios", "policies", *DEFAULTS)
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.~+-]*")


@dataclass(frozen=True)
class Experiment:
    """What is compared with what, on whom.

    Attributes:
        name: the folder below ``results``.
        scenarios: each a name, the path of a file, or a mapping with ``scenario`` and optionally ``replace`` and
            ``change`` (see ``Scenario.load``).
        policies: each a name, the path of a file, or a specification with ``_target_``; the reference lines are added.
        seeds: the training seeds of learnt policies; untrained ones have one run, under the first seed.
        n_students: test students, whom nothing was tuned or chosen on.
        n_validation: validation students, for tuning and for choosing the best of a kind.
        lessons: how many lessons a learnt policy is trained on.
        unexpected: also evaluate on the scenario's unexpected students.
        cohort_seed: the experiment's students.
        tune_budget: how many settings a tuned policy may try, the same for every policy.
        fewer_students: policy -> so many test students, and at most so many validation students, for what is slow.
        tracking: the name of a tracker in ``configs/tracking``, or a specification with ``_target_``.
    """

    name: str
    scenarios: tuple[str | Mapping[str, Any], ...]
    policies: tuple[str | Mapping[str, Any], ...]
    seeds: tuple[int, ...]
    n_students: int
    n_validation: int
    lessons: int
    unexpected: bool
    cohort_seed: int
    tune_budget: int
    fewer_students: Mapping[str, int]
    tracking: str | Mapping[str, Any]

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Experiment:
        """An experiment from plain data, such as a file of ``configs/experiment``.

        Raises:
            InputError: an unknown key (with the nearest one), or values of the wrong kind or out of range, all named.
        """
        check_keys(spec)
        full = {**DEFAULTS, **{k: v for k, v in spec.items() if v is not None}}
        wrong = Violations("experiment")
        name = full.get("name")
        wrong.unless(
            isinstance(name, str) and bool(_FILE_NAME.fullmatch(name)),
            f"name={name!r} must be letters, digits, '_', '-' or '.': it names a folder",
        )
        for key in ("scenarios", "policies"):
            value = full.get(key)
            ok = isinstance(value, list | tuple) and bool(value) and all(isinstance(v, str | Mapping) for v in value)
            wrong.unless(ok, f"{key}={value!r} must be a list of names (or of mappings) with at least one entry")
        for key, low in (
            ("n_students", 10),
            ("n_validation", 10),
            ("lessons", 1),
            ("cohort_seed", 0),
            ("tune_budget", 1),
        ):
            wrong.unless(_whole(full[key], low), f"{key}={full[key]!r} must be a whole number of at least {low}")
        wrong.unless(isinstance(full["unexpected"], bool), f"unexpected={full['unexpected']!r} must be true or false")
        tracking = full["tracking"]
        wrong.unless(isinstance(tracking, str | Mapping), f"tracking={tracking!r} must be a name such as wandb or none")
        fewer = full["fewer_students"]
        counts = isinstance(fewer, Mapping) and all(_whole(n, 10) for n in fewer.values())
        wrong.unless(counts, f"fewer_students={fewer!r} must say how many, at least 10, for policies by name")
        seeds = full["seeds"]
        several = isinstance(seeds, list | tuple) and bool(seeds) and all(_whole(s, 0) for s in seeds)
        wrong.unless(
            _whole(seeds, 1) or (several and len(set(seeds)) == len(seeds)),
            f"seeds={seeds!r} must be how many seeds (10), or a list of different ones ([0, 1, 2])",
        )
        wrong.raise_any()
        full["seeds"] = tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds)
        full["scenarios"], full["policies"] = tuple(full["scenarios"]), tuple(full["policies"])
        return cls(**full)

    def to_dict(self) -> dict[str, Any]:
        """The experiment as plain data; ``Experiment.of`` of it is the same experiment."""
        return plain({key: getattr(self, key) for key in KEYS})


def check_keys(spec: Mapping[str, Any]) -> None:
    """Refuse a key that no experiment has.

    Raises:
        InputError: such a key, with the nearest one.
    """
    for key in spec:
        if key not in KEYS:
            raise unknown("key experiment.", str(key), KEYS)


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
    """

    folder: Path
    scenario: Scenario
    entry: Entry
    seed: int
    settings: Mapping[str, Any]
    fingerprint: Fingerprint
    mastery: Path | None

    @property
    def name(self) -> str:
        """The run's folder below the experiment's."""
        return run_name(self.scenario.label, self.entry.name, self.seed)


def run_name(label: str, policy: str, seed: int) -> str:
    """Where a run lies below the experiment's folder."""
    return f"{label}/{policy}/seed{seed}"


def load_scenarios(experiment: Experiment) -> list[Scenario]:
    """The scenarios of an experiment, everything in them checked, their unexpected students too.

    Raises:
        InputError: an unknown scenario or key, a value that is refused, or the same scenario twice.
    """
    from ..envs.scenario import Scenario

    found: dict[str, Scenario] = {}
    for wanted in experiment.scenarios:
        if isinstance(wanted, Mapping):
            for key in wanted:
                if key not in ("scenario", "replace", "change"):
                    raise unknown("key experiment.scenarios.", str(key), ("scenario", "replace", "change"))
            scenario = Scenario.load(
                wanted.get("scenario", ""), replace=wanted.get("replace"), change=wanted.get("change")
            )
        else:
            scenario = Scenario.load(wanted)
        if scenario.label in found:
            raise InputError(f"experiment.scenarios: {scenario.label} is there twice")
        scenario = with_own_belief(scenario)
        _ = scenario.belief_parameters, scenario.unexpected()
        found[scenario.label] = scenario
    return list(found.values())


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


def line_up(experiment: Experiment, scenarios: Iterable[Scenario]) -> dict[str, LineUp]:
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
    found = {scenario.label: _line_up(asked, scenario) for scenario in scenarios}
    if all(name in lined_up.refused for lined_up in found.values() for name in names):
        reasons = dict.fromkeys(reason for lined_up in found.values() for reason in lined_up.refused.values())
        raise InputError("; ".join(reasons))
    return found


def _line_up(asked: list[Entry], scenario: Scenario) -> LineUp:
    names = [entry.name for entry in asked]
    entries, refused, notes = [], dict[str, str](), []
    for entry in (*asked, *(entry_of(name) for name in REFERENCES if name not in names)):
        try:
            check_entry(entry, scenario)
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
    return LineUp(tuple(entries), refused, tuple(notes))


def entry_of(policy: str | Mapping[str, Any]) -> Entry:
    """A policy by name, file or specification.

    Raises:
        InputError: there is no such policy, or its parameters are refused.
    """
    from ..agents.policies import build_policy, load_policy

    spec = load_policy(policy)
    built = build_policy(spec)
    name = str(spec.get("name", built.name))
    if not _FILE_NAME.fullmatch(name):
        raise InputError(f"policy name '{name}' must be letters, digits, '_', '-' or '.': it names a folder")
    kind = "privileged" if built.privileged else "learnt" if built.learnt else "baseline"
    return Entry(name, kind, {**spec, "name": name}, own=not str(spec["_target_"]).startswith("zpdgym."))


def trains(entry: Entry) -> bool:
    """Whether the policy is a recipe that training turns into a teacher (a saved teacher is learnt already)."""
    from ..agents.learners import Learner
    from ..agents.policies import build_policy

    return isinstance(build_policy(entry.spec), Learner)


def check_entry(entry: Entry, scenario: Scenario) -> None:
    """Refuse, before anything is written, a policy that cannot teach this scenario.

    Raises:
        InputError: what it needs and the scenario does not show, or a world that is too large for it.
    """
    from ..agents.learners import Learner
    from ..agents.policies import build_policy
    from ..agents.problem import Problem, require

    policy = build_policy(entry.spec)
    env = scenario.make(2, seed=0, autoreset=False)
    problem = Problem.of(env, privileged=policy.privileged)
    if isinstance(policy, Learner):
        require(policy, problem, rows=problem.rows)
    elif not hasattr(policy, "rehearse"):  # who rehearses with a class can only be bound after that
        policy.bind(problem)


def plan_runs(experiment: Experiment, scenario: Scenario, entries: Iterable[Entry], folder: Path) -> list[RunPlan]:
    """The runs of one scenario: one per seed of what is trained, one of everything else."""
    entries = list(entries)
    mastery = next((e for e in entries if e.name == TUNED), None)
    beside = folder / run_name(scenario.label, TUNED, experiment.seeds[0]) if mastery else None
    plans = []
    for entry in entries:
        trained = trains(entry)
        for seed in experiment.seeds if trained else experiment.seeds[:1]:
            settings = run_settings(experiment, scenario, entry, seed, trained=trained)
            plans.append(
                RunPlan(
                    folder=folder / run_name(scenario.label, entry.name, seed),
                    scenario=scenario,
                    entry=entry,
                    seed=seed,
                    settings=settings,
                    fingerprint=fingerprint(settings, files=saved_files(entry.spec)),
                    mastery=beside if trained else None,
                )
            )
    return plans


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


def _whole(value: Any, low: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= low
