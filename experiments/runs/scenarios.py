"""The scenarios of an experiment and the kinds of students in them, as its specification names them."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zpdgym.errors import InputError, Violations
from zpdgym.names import check_name, name_fault

from ...envs.beliefs.refit import with_any_belief, with_own_belief
from .entries import must_be_entry, must_have_effect
from .grid import FITS, Cell, cells_of
from .specification import Experiment, Named

if TYPE_CHECKING:
    from ...envs.scenario import Scenario

OWN, MIXTURE, ANY = "own", "mixture", "any"
"""The scenario's own students; a policy made for all kinds together; a policy made for no students in particular."""
WITHOUT = "without_"
"""Before the name of a kind: a policy made for all kinds together but that one."""
MEDIANS = "unexpected students get the median of numbers given per skill"
_RESERVED = (OWN, MIXTURE, ANY, "student")
_KIND_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def load_scenarios(experiment: Experiment) -> list[Scenario]:
    """The scenarios of an experiment, everything in them checked, each with the belief of its own tutor.

    Raises:
        InputError: as ``read_scenarios``.
    """
    return [scenario for scenario, _ in load_cells(experiment)]


def load_cells(experiment: Experiment) -> list[tuple[Scenario, Cell]]:
    """The scenarios of an experiment, each with its place in the grid and the belief of its own tutor.

    Raises:
        InputError: as ``read_cells``.
    """
    return [
        (_knowing_the_base(scenario, cell) if cell.fit_to != FITS[0] else with_own_belief(scenario), cell)
        for scenario, cell in read_cells(experiment)
    ]


def read_cells(experiment: Experiment) -> list[tuple[Scenario, Cell]]:
    """The scenarios of an experiment, each with its place in the grid, before a belief is fitted.

    Raises:
        InputError: as ``read_scenarios``; or a tutor that is to know the students of another curriculum.
    """
    must_have_effect(experiment)
    fit_to, seed = experiment.belief["fit_to"], experiment.cohort_seed
    cells = cells_of(experiment.scenarios, experiment.grid, fit_to=fit_to, cohort_seed=seed)
    read = [(scenario_of("scenarios", cell.entry, typed=not cell.axes), cell) for cell in cells]
    labels = set[str]()
    for scenario, cell in read:
        if scenario.label in labels:
            raise InputError(f"experiment.scenarios: {scenario.label} is there twice")
        labels.add(scenario.label)
        if cell.fit_to != FITS[0]:
            _ = _base_of(scenario, cell)
        before = with_any_belief(scenario)
        _ = before.belief, before.unexpected()
    return read


def _knowing_the_base(scenario: Scenario, cell: Cell) -> Scenario:
    """The scenario of a cell before a tutor who knows the students of the scenario without the grid."""
    known = replace(scenario)
    known.__dict__["belief_parameters"] = with_own_belief(_base_of(scenario, cell)).belief_parameters
    return known


def _base_of(scenario: Scenario, cell: Cell) -> Scenario:
    """The scenario without the grid, whose students a cell's tutor is to know.

    Raises:
        InputError: it teaches another curriculum, or believes in another way.
    """
    base = scenario_of("scenarios", cell.base)
    if base.sections["curriculum"] != scenario.sections["curriculum"]:
        raise InputError(
            f"experiment.belief.fit_to=base: {scenario.label} has another curriculum than {base.label}, of whose items "
            "the tutor would know nothing; use fit_to: cell"
        )
    if base.sections["belief"] != scenario.sections["belief"]:
        raise InputError(
            f"experiment.belief.fit_to=base: {scenario.label} has another section belief than {base.label}; "
            "use fit_to: cell"
        )
    return base


def load_train_on(experiment: Experiment, scenarios: Iterable[Scenario]) -> tuple[Scenario, ...]:
    """The scenarios that learnt policies are trained on together; none where each is trained on its own.

    Raises:
        InputError: as ``read_train_on``.
    """
    return tuple(with_own_belief(scenario) for scenario in read_train_on(experiment, scenarios))


def read_scenarios(experiment: Experiment) -> list[Scenario]:
    """The scenarios of an experiment before a belief is fitted, everything else in them checked.

    Raises:
        InputError: an unknown scenario or key, a value that is refused, or the same scenario twice.
    """
    return [scenario for scenario, _ in read_cells(experiment)]


def read_train_on(experiment: Experiment, scenarios: Iterable[Scenario]) -> tuple[Scenario, ...]:
    """Those of ``load_train_on`` before a belief is fitted.

    Raises:
        InputError: as ``read_scenarios``; or they do not show what the scenarios to be taught show.
    """
    from ...envs.scenario_set import ScenarioSet

    members = tuple(_read("train_on", experiment.train_on))
    for scenario in scenarios if members else ():
        _ = ScenarioSet([*members, scenario])
    return members


def kinds_of_students(experiment: Experiment, scenario: Scenario) -> dict[str, Scenario]:
    """The kinds of students of a matrix by name, the scenario's own first, all before the same tutor.

    Raises:
        InputError: an unknown kind, a name that is refused or there twice, or sections that are refused.
    """
    from ...envs.scenario_file import students_by_name

    unexpected: Mapping[str, Any] = scenario.sections["unexpected"] or {}
    met = students_by_name(experiment.students or tuple(unexpected), unexpected, "robustness.students")
    if not met:
        raise InputError("robustness.students=[] must list at least one kind of students beside the own ones")
    unseen = students_by_name(experiment.unseen, unexpected, "robustness.unseen")
    wrong = Violations("robustness")
    for key, names in (("students", met), ("unseen", unseen)):
        for name in names:
            fine = bool(_KIND_NAME.fullmatch(name)) and name_fault(name) is None
            fine = fine and name not in _RESERVED and not name.startswith(WITHOUT)
            words = f"letters, digits, '_' or '-', not {WITHOUT}… and none of {', '.join(_RESERVED)}: it names a folder"
            wrong.unless(fine, f"{key}: the name {name!r} must be {words}")
    for name in met.keys() & unseen.keys():
        wrong.unless(False, f"unseen: {name!r} stands in students, too: whoever is trained on those has met it")
    wrong.raise_any()
    others = scenario.with_students(met, where="robustness.students")
    return {OWN: scenario, **others, **scenario.with_students(unseen, where="robustness.unseen")}


def together(experiment: Experiment, kinds: Mapping[str, Scenario]) -> dict[str, Scenario]:
    """Those kinds of students that rows for all kinds together are made for: all but the unseen ones."""
    from ...envs.scenario_file import students_by_name

    unseen = students_by_name(experiment.unseen, kinds[OWN].sections["unexpected"] or {}, "robustness.unseen")
    return {name: world for name, world in kinds.items() if name not in unseen}


def with_medians(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry such that the scenario's unexpected students fit the curriculum that it puts in.

    Their numbers are given per skill of the scenario's own curriculum; under another one they get the median.

    Args:
        entry: ``scenario``, ``replace`` and ``change``, as ``Scenario.load`` takes them.

    Returns:
        the same, or with ``unexpected`` among the changes, for the kinds of students that have numbers per skill.

    Raises:
        InputError: there is no such scenario.
    """
    from ...envs.scenario_file import find_scenario, read_scenario

    change = dict(entry.get("change") or {})
    if "curriculum" not in (entry.get("replace") or {}) or "unexpected" in change:
        return dict(entry)
    unexpected = read_scenario(find_scenario(str(entry["scenario"])))["unexpected"]
    evened = {kind: _even(students) for kind, students in unexpected.items()}
    evened = {kind: students for kind, students in evened.items() if students != unexpected[kind]}
    return {**entry, "change": {**change, "unexpected": evened}} if evened else dict(entry)


def _read(key: str, wanted: Iterable[Named]) -> list[Scenario]:
    found: dict[str, Scenario] = {}
    for entry in wanted:
        scenario = scenario_of(key, entry)
        if scenario.label in found:
            raise InputError(f"experiment.{key}: {scenario.label} is there twice")
        before = with_any_belief(scenario)
        _ = before.belief, before.unexpected()
        found[scenario.label] = scenario
    return list(found.values())


def scenario_of(key: str, entry: Named, *, typed: bool = True) -> Scenario:
    """The scenario that an entry names, its keys checked by ``must_be_entry``, under its label.

    Args:
        key: of the experiment, for messages.
        entry: a name, a path, or a mapping.
        typed: whether its name, if it has one, was given by the user.

    Raises:
        InputError: whatever is wrong with it.
    """
    from ...envs.scenario import Scenario

    if not isinstance(entry, Mapping):
        return Scenario.load(entry)
    must_be_entry(entry, f"experiment.{key}")
    fitting = with_medians(entry)
    try:
        scenario = Scenario.load(entry["scenario"], replace=entry.get("replace"), change=fitting.get("change"))
    except InputError as error:
        raise InputError(f"experiment.{key}, {entry.get('name', entry['scenario'])}: {error}") from error
    label = entry.get("name", scenario.label)
    if "name" in entry:
        check_name(label, f"experiment.{key}: name", plain=typed)
    return replace(scenario, label=label)


def _even(students: Mapping[str, Any]) -> dict[str, Any]:
    """Sections of students with every list of numbers of the student model replaced by its median."""
    if not isinstance(students.get("student"), Mapping):  # none, or the name of a configuration
        return dict(students)

    def even(value: Any) -> Any:
        numbers = isinstance(value, list) and all(isinstance(v, int | float) for v in value)
        # the mean of two middle numbers is to read like what somebody would write: .467, not .46699999999999997
        return round(statistics.median(value), 12) if numbers else value

    return {**students, "student": {key: even(value) for key, value in students["student"].items()}}
