"""Who teaches: the policies of an experiment with the reference lines, and where each of them can teach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from zpdgym.errors import InputError, shown, unknown
from zpdgym.files import plain
from zpdgym.names import name_fault

from .arguments import Plain
from .grid import Level, variants_of, varied_policies, without_axes
from .scenarios import ANY, MIXTURE, OWN, WITHOUT
from .specification import TUNED, Experiment, Named

if TYPE_CHECKING:
    from ...agents.learnt.recipes import Learner
    from ...agents.problem import Policy
    from ...envs.scenario import Scenario

ORACLE = "oracle_greedy"
REFERENCES = ("no_teaching", "random", "ready_random", "classroom", "mastery", TUNED)
"""Every comparison has these lines, asked for or not."""
BY_MINUTE = "oracle_per_minute"
PRIVILEGED = {
    ORACLE: "Greedy on the truth",
    BY_MINUTE: "Greedy on the truth by the minute",
    "optimal": "The exact optimum",
}
"""These too, where they can be computed: policy -> what notes call it; by the minute only where minutes are scarce."""
MATRIX_REFERENCES = ("no_teaching", "random")
"""Rows of every matrix that nobody is asked to beat."""


@dataclass(frozen=True)
class Entry:
    """A policy of the comparison before it was tuned or trained.

    Attributes:
        name: what tables and folders call it.
        kind: "baseline", "learnt" or "privileged".
        spec: its specification, with ``_target_``.
        own: whether it is the user's own class.
        axes: of a variant, the axis of the grid -> what its value is called; None: it is none.
    """

    name: str
    kind: str
    spec: Mapping[str, Any]
    own: bool
    axes: Mapping[str, Level] | None = None


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
    experiment: Experiment,
    scenarios: Iterable[Scenario],
    train_on: Sequence[Scenario] = (),
    *,
    references: Sequence[str] = REFERENCES,
) -> dict[str, LineUp]:
    """The policies to compare in every scenario: those asked for, then the reference lines that were not.

    A policy that cannot teach a scenario does not stop the others: it is listed there with the reason.

    Args:
        experiment: what is compared.
        scenarios: what is taught.
        train_on: what learnt policies are trained on, if not that.
        references: the reference lines; the privileged ones are added to all of them only.

    Returns:
        the scenario's label -> its policies.

    Raises:
        InputError: an unknown policy, a parameter that is refused, two of one name, a key of ``fewer_students`` that is
            no policy or a reference line, a scenario that ``mastery_tuned`` cannot teach, no scenario that any of the
            policies asked for can teach, or a reward that was changed and does not reach who is trained.
    """
    asked = asked_entries(experiment, "experiment")
    names = [entry.name for entry in asked]
    for name in experiment.fewer_students:
        if name in REFERENCES:
            raise InputError(f"experiment.fewer_students: {name} is a reference line and teaches all students")
        if name not in (*names, *PRIVILEGED):
            raise unknown("policy in experiment.fewer_students", name, names)
    found = {scenario.label: _line_up(asked, scenario, train_on, references) for scenario in scenarios}
    if references == REFERENCES:
        _must_have_the_baseline(experiment.baseline, found)
    if all(name in lined_up.refused for lined_up in found.values() for name in names):
        reasons = dict.fromkeys(
            without_axes(reason, label) for label, lined_up in found.items() for reason in lined_up.refused.values()
        )
        raise InputError("; ".join(reasons))
    return found


def _must_have_the_baseline(baseline: str, found: Mapping[str, LineUp]) -> None:
    """Refuse a policy that all are to be set beside and that is not there, or that looks inside the students."""
    for label, lined_up in found.items():
        entries = {entry.name: entry for entry in lined_up.entries}
        if baseline in lined_up.refused:
            raise InputError(f"experiment.baseline={baseline} cannot teach {label}: {lined_up.refused[baseline]}")
        if baseline not in entries:
            raise unknown(
                "policy in experiment.baseline", baseline, [n for n, e in entries.items() if e.kind != "privileged"]
            )
        if entries[baseline].kind == "privileged":
            raise InputError(f"experiment.baseline={baseline} looks inside the students; nobody can be set beside it")


def asked_entries(experiment: Experiment, where: str) -> list[Entry]:
    """The policies asked for, with the variants that a grid makes of them.

    Raises:
        InputError: two of one name, or a grid over settings of a policy that is not there.
    """
    asked = [entry_of(policy) for policy in experiment.policies]
    names = [entry.name for entry in asked]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{where}.policies: two policies are called '{name}'; give one another name")
    for name in sorted(varied_policies(experiment.grid)):
        if name not in (*names, *REFERENCES):
            raise unknown("policy in experiment.grid: policies.", name, names)
    every = [*asked, *(entry_of(name) for name in REFERENCES if name in varied_policies(experiment.grid) - {*names})]
    return [one for entry in every for one in _with_variants(entry, experiment)]


def _with_variants(entry: Entry, experiment: Experiment) -> list[Entry]:
    """The policy as it is, or what a grid makes of it; what the grid sets is not searched by tuning."""
    variants = variants_of(entry.name, experiment.grid)
    made = [entry_of(_not_searched(dict(entry.spec), variant.settings)) for variant in variants]
    return [
        replace(one, name=variant.name, spec={**one.spec, "name": variant.name}, axes=variant.axes)
        for one, variant in zip(made, variants, strict=True)
    ] or [entry]


def _not_searched(spec: Plain, settings: Plain) -> Plain:
    """The specification with these settings, which a search leaves as they are."""
    tune = spec.get("tune")
    if not isinstance(tune, Mapping):
        return {**spec, **settings}
    space = {key: values for key, values in tune["space"].items() if key not in settings}
    return {**spec, **settings, "tune": {**tune, "space": space} if space else None}


def _line_up(asked: list[Entry], scenario: Scenario, train_on: Sequence[Scenario], references: Sequence[str]) -> LineUp:
    names = [entry.name for entry in asked]
    entries, refused, notes = list[Entry](), dict[str, str](), list[str]()
    for entry in (*asked, *(entry_of(name) for name in references if name not in names)):
        reward_must_reach(entry, scenario, train_on)
        try:
            check_entry(entry, scenario, train_on)
        except InputError as error:
            if entry.name == TUNED:
                raise  # everything is set beside it
            refused[entry.name] = str(error)
        else:
            must_keep_the_contract(entry, scenario)
            entries.append(entry)
    for name, words in PRIVILEGED.items():
        if name in names or references != REFERENCES or (name == BY_MINUTE and not scenario.schedule.by_minutes):
            continue
        reference = entry_of(name)
        if (why := refusal(reference, scenario)) is not None:
            notes.append(f"{words} is not among the reference lines: {why}")
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


def entry_of(policy: Named) -> Entry:
    """A policy by name, file or specification.

    Raises:
        InputError: there is no such policy, or its parameters are refused.
    """
    from ...agents.registry import build_policy, load_policy
    from ...agents.search_space import read_space

    spec = load_policy(policy)
    built = build_policy(spec)
    if spec.get("tune"):
        _ = read_space(spec)
    name = str(spec.get("name", built.name))
    if (fault := name_fault(name, plain=True)) is not None:
        raise InputError(f"policy name '{name}' {fault}")
    for key, value in spec.items():
        try:
            _ = plain(value)
        except TypeError as error:
            raise InputError(
                f"policy {name}: {key}={shown(value)} is known to this program only; an experiment's files and workers "
                f"need its address: {key}={{'_target_': 'my_module.MyName'}}"
            ) from error
    kind = "privileged" if built.privileged else "learnt" if built.learnt else "baseline"
    return Entry(name, kind, {**spec, "name": name}, own=not str(spec["_target_"]).startswith("zpdgym."))


def trains(entry: Entry) -> bool:
    """Whether the policy is a recipe that training turns into a teacher (a saved teacher is learnt already)."""
    from ...agents.learnt.recipes import Learner
    from ...agents.registry import build_policy

    return isinstance(build_policy(entry.spec), Learner)


def learnt_with(entry: Entry, made_for: Sequence[Scenario]) -> tuple[Scenario, ...]:
    """The kinds of students that a learner meets in training beside those whom it is made for, as itself says."""
    from ...agents.learnt.recipes import Learner
    from ...agents.registry import build_policy

    policy = build_policy(entry.spec)
    return tuple(w for w in policy.worlds(made_for) if w not in made_for) if isinstance(policy, Learner) else ()


def reward_must_reach(entry: Entry, scenario: Scenario, train_on: Sequence[Scenario] = ()) -> None:
    """Refuse a scenario's reward that was changed and does not reach the policy, if that is trained.

    Raises:
        InputError: as ``must_reach``.
    """
    from ...agents.learnt.paid import must_reach
    from ...agents.learnt.recipes import Learner
    from ...agents.registry import build_policy

    policy = build_policy(entry.spec)
    if isinstance(policy, Learner):
        must_reach(policy, scenario, train_on or (scenario,))


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
    from ...agents.registry import build_policy

    policy = build_policy(entry.spec)
    if isinstance(policy, Learner):
        check_learner(policy, scenario, train_on)
    else:
        must_be_able(policy, scenario)


def check_learner(learner: Learner, scenario: Scenario, train_on: Sequence[Scenario] = ()) -> None:
    """Refuse to train for a scenario what could not teach it, or on scenarios that it cannot be trained on.

    Raises:
        InputError: as ``check_entry``.
    """
    from ...agents.problem import Problem, require

    problem = Problem.of(scenario.make(2, seed=0, autoreset=False))
    require(cast("Policy", learner), problem, rows=problem.rows)
    _ = learner.worlds(train_on or (scenario,))
    if train_on and learner.network != "scorer":
        raise InputError(f"policy {learner.name}: its network is made for one curriculum; train_on is for item scorers")


def must_be_able(policy: Policy, scenario: Scenario) -> None:
    """Refuse a policy that cannot teach this scenario.

    Raises:
        InputError: as ``check_entry``.
    """
    from ...agents.problem import Problem, require

    problem = Problem.of(scenario.make(2, seed=0, autoreset=False), privileged=policy.privileged)
    require(policy, problem, rows=problem.rows)
    if not hasattr(policy, "rehearse"):  # who rehearses with a class can only be bound after that
        policy.bind(problem)


def must_keep_the_contract(entry: Entry, scenario: Scenario) -> None:
    """Refuse an experiment with a policy of the user's own that counts on itself; its numbers would mean nothing.

    Raises:
        InputError: as ``must_decide_by_rows``.
    """
    from ...agents.check import must_decide_by_rows
    from ...agents.registry import build_policy

    policy = build_policy(entry.spec)
    if not entry.own or trains(entry) or hasattr(policy, "rehearse"):
        return
    try:
        must_decide_by_rows(policy, scenario)
    except InputError:
        raise
    except Exception:  # what fails by itself stops no other policy: its run tells why, with file and line
        return


def matrix_line_up(experiment: Experiment, kinds: Mapping[str, Scenario]) -> LineUp:
    """The policies of a matrix: those asked for, then the reference rows that were not.

    Raises:
        InputError: two policies of one name, or one that cannot teach these students: what a row must do, it can.
    """
    asked = asked_entries(experiment, "robustness")
    names = [entry.name for entry in asked]
    more = [name for name in (TUNED, *MATRIX_REFERENCES, ORACLE) if name not in names]
    entries, notes = list[Entry](), list[str]()
    for entry in (*asked, *map(entry_of, more)):
        if met := learnt_with(entry, (kinds[OWN],)):
            raise InputError(
                f"{entry.name} says itself with which students it is trained ({len(met)} more kinds); in a matrix an "
                "item scorer (ppo_scorer) has a row for the mixture"
            )
        refused = {name: why for name, world in kinds.items() if (why := refusal(entry, world)) is not None}
        if refused and entry.kind != "privileged":
            raise InputError(next(iter(refused.values())))
        if len(refused) == len(kinds) and entry.name in names:
            raise InputError(f"{entry.name} cannot teach any of these students: {next(iter(refused.values()))}")
        if len(refused) < len(kinds):
            must_keep_the_contract(entry, next(world for name, world in kinds.items() if name not in refused))
            entries.append(entry)
        notes += [f"{entry.name} cannot teach {name}: {reason}" for name, reason in refused.items()]
        reason = no_mixture(entry)
        notes += [f"{entry.name} has no row for the mixture: {reason}"] if reason else []
    if experiment.leave_one_out and not any(trains(entry) and no_mixture(entry) is None for entry in entries):
        raise InputError(
            f"robustness.leave_one_out={experiment.leave_one_out} asks for trainings without one kind of students, and "
            f"none of the policies {', '.join(names)} is trained on several: add ppo_scorer to them, or take it away"
        )
    return LineUp(tuple(entries), {}, tuple(notes))


def homes(entry: Entry, kinds: Iterable[str], *, tuned: bool, left_out: Iterable[str] = ()) -> list[str]:
    """What a policy is made for: each kind of students and all together where it is made for any; else nobody.

    Args:
        entry: the policy.
        kinds: every kind of students.
        tuned: whether it is tuned.
        left_out: those without which it is also made for the others together, if it is trained.
    """
    from ...agents.registry import build_policy

    if not (trains(entry) or tuned or hasattr(build_policy(entry.spec), "rehearse")):
        return [ANY]
    if no_mixture(entry):
        return [*kinds]
    return [*kinds, MIXTURE, *(WITHOUT + kind for kind in left_out if trains(entry))]


def no_mixture(entry: Entry) -> str | None:
    """Why a policy cannot be made for several kinds of students together; None where it can."""
    from ...agents.registry import build_policy

    policy: Any = build_policy(entry.spec)
    if trains(entry) and policy.network != "scorer":
        return "only an item scorer (ppo_scorer) is trained on several kinds of students together"
    return "it rehearses with one class" if hasattr(policy, "rehearse") else None


def refusal(entry: Entry, scenario: Scenario) -> str | None:
    """Why a policy cannot teach the students of this scenario; None where it can."""
    try:
        check_entry(entry, scenario)
    except InputError as error:
        return str(error)
    return None


def ready_policy(
    policy: str | Mapping[str, Any],
    scenario: Scenario | Sequence[Scenario],
    *,
    cohort_seed: int,
    n_students: int = 1000,
    budget: int = 40,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Policy, dict[str, Any] | None]:
    """A policy that can teach: tuned on validation students of the scenarios and rehearsed, where it wants that.

    Returns:
        the policy, and what the tuning found (None where there was none): ``trials``, a list of settings with their
        validation outcome, and ``spec``, the specification that was chosen.
    """
    from ...agents.registry import build_policy, load_policy
    from ...agents.tuning import found_by_search, prepare

    spec = load_policy(policy)
    prepared, trials = prepare(
        spec, scenario, cohort_seed=cohort_seed, n_students=n_students, budget=budget, progress=progress
    )
    tuning = found_by_search(prepared, trials) if prepared != spec else None
    return build_policy(prepared), tuning
