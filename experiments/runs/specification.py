"""What an experiment consists of, as files and command lines say it, checked before anything is done.

It has four axes: scenarios, policies, seeds and kinds of students; a grid adds others. ``compare`` varies the first
three and looks at the scenario's unexpected students beside; ``robustness`` has one scenario and varies the students.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from zpdgym.errors import InputError, Violations, shown, unknown
from zpdgym.names import name_fault
from zpdgym.parameters import LARGEST, Number, Switch, Table, must_be_keys, number_of, read, whole_of

from ..store.runs import plain
from .arguments import LESSONS, LIVES, MOST_SEEDS, N_TEST, N_VALIDATION, SEED, TUNE_BUDGET, Axes, Named, Plain
from .draws import draw_parameters
from .entries import must_be_entry
from .grid import COHORT, DRAW, FITS, full_key, read_grid

__all__ = ["Experiment"]

TUNED = "mastery_tuned"
"""Everything is set beside it."""
DEFAULTS: Plain = {
    "seeds": 10,
    "n_students": 2000,
    "n_validation": 1000,
    "lessons": 300_000,
    "unexpected": True,
    "tune_seeds": False,
    "cohort_seed": 0,
    "train_on": (),
    "tune_budget": 40,
    "lives": 64,
    "fewer_students": {},
    "tracking": "wandb",
    "grid": {},
    "belief": {"fit_to": FITS[0]},
    "contrasts": (),
    "sensitivity": (),
    "baseline": TUNED,
}
UNSAID = ("grid", "belief", "contrasts", "sensitivity", "baseline", "tune_seeds")
"""Keys that a specification is written without where they are as usual."""
NUMBERS: Table = {
    "n_students": N_TEST,
    "n_validation": N_VALIDATION,
    "lessons": LESSONS,
    "cohort_seed": SEED,
    "tune_budget": TUNE_BUDGET,
    "lives": LIVES,
    "unexpected": Switch("whether unexpected students are taught too"),
    "tune_seeds": Switch("whether what is tuned is tuned anew for every seed"),
}
KEYS = ("name", "scenarios", "policies", *DEFAULTS)
WORLDS = ("cohorts", "draws")
"""Keys that are short for an axis of the grid."""
MOST_WORLDS = 1000
POINTS, DECADE = 7, 10
"""How many values are tried between two ends, and from which factor between them on evenly on the log scale."""
MATRIX_DEFAULTS: Plain = {
    "name": "robustness",
    "scenario": "Algebra-v0",
    "students": None,
    "unseen": (),
    "policies": ("ppo_scorer", TUNED, "greedy_ready", "streak", "zpdes_optimised", "interleaved"),
    "seeds": 10,
    "leave_one_out": 0,
    "specialists": None,
    "n_students": 1000,
    "n_validation": 300,
    "lessons": 300_000,
    "cohort_seed": 0,
    "tune_budget": 40,
}
"""Every key of a matrix."""
FEWER_SEEDS = ("leave_one_out", "specialists")
"""Those that give some of its rows fewer training seeds."""


@dataclass(frozen=True)
class Experiment:
    """What is compared with what, on whom.

    Attributes:
        name: the folder below ``results``.
        scenarios: each a name, the path of a file, or a mapping with ``scenario`` and optionally ``replace`` and
            ``change`` (see ``Scenario.load``), and ``name``, what tables and folders call it.
        policies: each a name, the path of a file, or a specification with ``_target_``; the reference lines are added.
        seeds: the training seeds of learnt policies; untrained ones have one run, under the first seed.
        n_students: test students, whom nothing was tuned or chosen on.
        n_validation: validation students, for tuning and for choosing the best of a kind.
        lessons: how many lessons a learnt policy is trained on.
        train_on: scenarios, written as in ``scenarios``, that learnt policies are trained on together instead of on the
            one that they then teach; none: each is trained on that one.
        unexpected: also evaluate on the scenario's unexpected students.
        cohort_seed: the experiment's students.
        tune_budget: how many settings a tuned policy may try, the same for every policy.
        tune_seeds: tune policies that do not learn anew for every seed, on other validation students each time, so that
            the luck of tuning is in their intervals; else they are tuned once.
        lives: how many times students live, the same people with other luck, so that harm can be told from bad luck;
            0 or 1: that is not measured. Policies of ``fewer_students`` are too slow for it.
        fewer_students: policy -> so many test students, and at most so many validation students, for what is slow.
        tracking: the name of a tracker in ``configs/tracking``, or a specification with ``_target_``.
        grid: axis -> values, each key in full; see ``grid.py``.
        belief: ``fit_to``: whether the tutor knows the students of each "cell", or those of the scenario without the
            grid, "base".
        contrasts: questions to the cells: "recall_threshold - mastery_tuned by forget x schedule".
        sensitivity: axes of the grid by their full keys: where along them does the lead over the baseline flip?
        baseline: the policy that all are set beside; beside ``mastery_tuned`` they are anyway.
        students: of a matrix the kinds of students beside the scenario's own, each a name or a mapping with ``name``,
            ``student`` and ``population``; () are the scenario's unexpected ones. None: a comparison, no matrix.
        unseen: of a matrix more kinds, written likewise, that rows for all kinds together are not made for.
        leave_one_out: of a matrix how many training seeds, the first ones, learnt policies have that are made for all
            kinds together but one; 0: there are no such rows.
        specialists: of a matrix how many training seeds, the first ones, learnt policies have that are made for one
            kind alone which is not the scenario's own; None: all.
    """

    name: str
    scenarios: tuple[Named, ...]
    policies: tuple[Named, ...]
    seeds: tuple[int, ...]
    n_students: int
    n_validation: int
    lessons: int
    train_on: tuple[Named, ...]
    unexpected: bool
    cohort_seed: int
    tune_budget: int
    tune_seeds: bool
    lives: int
    fewer_students: Mapping[str, int]
    tracking: str | Mapping[str, Any]
    grid: Axes
    belief: Mapping[str, str]
    contrasts: tuple[str, ...]
    sensitivity: tuple[str, ...]
    baseline: str
    students: tuple[Named, ...] | None = None
    unseen: tuple[Named, ...] = ()
    leave_one_out: int = 0
    specialists: int | None = None

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Experiment:
        """A comparison from plain data, such as a file of ``configs/experiment``.

        Raises:
            InputError: an unknown key (with the nearest one), or values of the wrong kind or out of range, all named.
        """
        check_keys(spec)
        return cls(**_checked({**DEFAULTS, **_with_worlds(_given(spec))}, "experiment"))

    @classmethod
    def of_matrix(cls, spec: Mapping[str, Any]) -> Experiment:
        """A robust evaluation matrix from plain data, such as a file of ``configs/matrix``.

        Raises:
            InputError: as ``of``.
        """
        full = full_matrix(spec)
        students, unseen = full.pop("students"), full.pop("unseen")
        counts = {key: full.pop(key) for key in FEWER_SEEDS}
        if students is not None and not (isinstance(students, list | tuple) and students):
            raise InputError(
                f"robustness.students={shown(students)} must list at least one kind of students beside the own ones"
            )
        if not isinstance(unseen, list | tuple):
            raise InputError(f"robustness.unseen={shown(unseen)} must list kinds of students, as students does")
        full["scenarios"] = [full.pop("scenario")]
        checked = _checked({**DEFAULTS, "unexpected": False, "lives": 0, "tracking": "none", **full}, "robustness")
        wrong = Violations("robustness")
        seeds = Number("seeds of some rows", low=0, high=len(checked["seeds"]), whole=True)
        fewer = {key: int(seeds.one(v, key, wrong)) for key, v in counts.items() if v is not None}
        wrong.raise_any()
        return cls(
            **checked,
            students=tuple(students or ()),
            unseen=tuple(unseen),
            leave_one_out=fewer.get("leave_one_out", 0),
            specialists=fewer.get("specialists"),
        )

    def to_dict(self) -> Plain:
        """The comparison as plain data; ``Experiment.of`` of it is the same comparison."""
        told = {key: plain(getattr(self, key)) for key in KEYS}
        return {key: value for key, value in told.items() if key not in UNSAID or value != plain(DEFAULTS[key])}


def full_matrix(spec: Mapping[str, Any]) -> Plain:
    """The specification of a matrix with all its keys, in the order in which they are written.

    Raises:
        InputError: a key that no matrix has, with the nearest one.
    """
    must_be_keys(spec, "robustness", "key: value")
    for key in spec:
        if key not in MATRIX_DEFAULTS:
            raise unknown("key robustness.", str(key), MATRIX_DEFAULTS)
    return {**MATRIX_DEFAULTS, **_given(spec)}


def check_keys(spec: Mapping[str, Any]) -> None:
    """Refuse a key that no experiment has.

    Raises:
        InputError: such a key, with the nearest one.
    """
    must_be_keys(spec, "experiment", "key: value, or the name of a file")
    for key in spec:
        if key not in (*KEYS, *WORLDS):
            raise unknown("key experiment.", str(key), (*KEYS, *WORLDS))


def _given(spec: Mapping[str, Any]) -> Plain:
    return {key: value for key, value in spec.items() if value is not None}


def _with_worlds(given: Plain) -> Plain:
    """The same with ``cohorts`` and ``draws`` as the axes of the grid that they are short for.

    Raises:
        InputError: a number of them that there cannot be, ranges that cannot be drawn from, or the axis is there too.
    """
    wrong, seed = Violations("experiment"), given.get("cohort_seed", DEFAULTS["cohort_seed"])
    given = _with_points(given, wrong)
    cohorts, draws = given.pop("cohorts", None), given.pop("draws", None)
    grid, axes = given.get("grid", {}), Plain()
    seed, cohorts = whole_of(seed), whole_of(cohorts)
    wrong.unless(cohorts is None or draws is None, "cohorts and draws: give one; every draw has people of its own")
    first = seed if isinstance(seed, int) and not isinstance(seed, bool) else None
    if cohorts is not None and _is_number_of_worlds(cohorts, "cohorts", wrong) and first is not None:
        axes[COHORT] = [first + i for i in range(cohorts)]
    if draws is not None:
        fine = isinstance(draws, Mapping) and "number" in draws and len(draws) > 1
        lacks = ": number is missing" * (isinstance(draws, Mapping) and "number" not in draws)
        told = f"must be {{number: 20, student.forget: {{low: .003, high: .1}}, …}}{lacks}"
        wrong.unless(fine, f"draws={shown(draws)} {told}")
        number = whole_of(draws["number"]) if fine else None
        if fine and _is_number_of_worlds(number, "draws.number", wrong) and first is not None:
            ranges = {key: value for key, value in draws.items() if key != "number"}
            axes[DRAW] = draw_parameters(ranges, number, seed=first)
    for axis in axes if isinstance(grid, Mapping) else ():
        wrong.unless(axis not in grid, f"grid.{axis}: cohorts and draws are axes themselves; give one of them")
    wrong.raise_any()
    return {**given, "grid": {**grid, **axes}} if axes else given


def _with_points(given: Plain, wrong: Violations) -> Plain:
    """The same with the ends of ``sensitivity`` as axes of the grid, and its keys alone where the ends stood."""
    asked, grid = given.get("sensitivity"), given.get("grid", {})
    if not isinstance(asked, Mapping) or not isinstance(grid, Mapping):
        return given
    axes = Plain()
    for key, ends in asked.items():
        listed = isinstance(ends, list | tuple) and len(ends) == 2 and all(number_of(end) is not None for end in ends)
        wrong.unless(
            listed or isinstance(ends, Mapping), f"sensitivity.{key}={shown(ends)} must be two ends: [low, high]"
        )
        if listed and not ends[0] < ends[1]:
            wrong.unless(False, f"sensitivity.{key}={shown(ends)}: the first end must be the lower one")
        elif listed:
            low, high = ends
            ends = {"low": low, "high": high, "points": POINTS, "log": low > 0 and high >= DECADE * low}
        wrong.unless(key not in grid, f"sensitivity.{key}: grid has this axis too; give one of them")
        axes[str(key)] = ends
    wrong.raise_any()
    return {**given, "grid": {**grid, **axes}, "sensitivity": list(axes)}


def _is_number_of_worlds(given: object, key: str, wrong: Violations) -> TypeGuard[int]:
    fine = isinstance(given, int) and not isinstance(given, bool) and 2 <= given <= MOST_WORLDS
    wrong.unless(fine, f"{key}={shown(given)} must be a whole number in [2, {MOST_WORLDS}]")
    return fine


def _checked(full: Plain, where: str) -> Plain:
    """The values of an experiment, checked, lists as tuples and seeds one by one."""
    wrong = Violations(where)
    name = full.get("name")
    fault = name_fault(name, plain=True)
    wrong.unless(fault is None, f"name={shown(name)} {fault}")
    for key in ("scenarios", "policies", "train_on"):
        value, least = full.get(key), key != "train_on"
        listed = isinstance(value, list | tuple) and all(isinstance(v, str | Mapping) for v in value)
        enough = " with at least one entry" * least
        wrong.unless(
            listed and len(value or ()) >= least,
            f"{key}={shown(value)} must be a list of names (or of mappings){enough}",
        )
        for entry in value or () if listed and key != "policies" else ():
            must_be_entry(entry, f"{where}.{'scenario' if where == 'robustness' else key}")
    full = {**full, **vars(read(NUMBERS, full, wrong))}
    tracking = full["tracking"]
    wrong.unless(
        isinstance(tracking, str | Mapping), f"tracking={shown(tracking)} must be a name such as wandb or none"
    )
    fewer = full["fewer_students"]
    named = isinstance(fewer, Mapping) and all(isinstance(policy, str) for policy in fewer)
    wrong.unless(named, f"fewer_students={shown(fewer)} must say how many, at least 10, for policies by name")
    counts = {p: int(N_TEST.one(n, f"fewer_students.{p}", wrong)) for p, n in fewer.items()} if named else {}
    seeds = _seeds(full["seeds"], wrong)
    grid = read_grid(full["grid"], wrong)
    full = {**full, "grid": grid, **_questions(full, wrong), "sensitivity": _along(full["sensitivity"], grid, wrong)}
    if full["belief"].get("fit_to") == "base" and all(key.startswith("policies.") for key in grid):
        wrong.unless(False, "belief.fit_to=base has no effect without a grid over the scenario: there is no other base")
    wrong.raise_any()
    tuples = {key: tuple(full[key]) for key in ("scenarios", "policies", "train_on")}
    return {**full, **tuples, "fewer_students": counts, "seeds": seeds}


def _questions(full: Mapping[str, Any], wrong: Violations) -> Plain:
    """What is asked of a grid and of its tutor, checked as far as that needs no scenario."""
    belief, contrasts, baseline = full["belief"], full["contrasts"], full["baseline"]
    fine = isinstance(belief, Mapping) and set(belief) == {"fit_to"} and belief["fit_to"] in FITS
    wrong.unless(fine, f"belief={shown(belief)} must be {{fit_to: {' or '.join(FITS)}}}")
    listed = isinstance(contrasts, list | tuple) and all(isinstance(line, str) for line in contrasts)
    wrong.unless(
        listed, f"contrasts={shown(contrasts)} must be a list of differences, such as 'streak - mastery_tuned'"
    )
    wrong.unless(isinstance(baseline, str), f"baseline={shown(baseline)} must be the name of a policy")
    return {"contrasts": tuple(contrasts) if listed else (), "belief": dict(belief) if fine else {}}


def _along(given: object, grid: Axes, wrong: Violations) -> tuple[str, ...]:
    """The axes of ``sensitivity`` by their full keys; each must be there, and be one of two numbers or more."""
    listed = isinstance(given, list | tuple) and all(isinstance(key, str) for key in given)
    wrong.unless(listed, f"sensitivity={shown(given)} must be axis: [low, high], or a list of axes of the grid")
    full = (
        tuple(full_key(str(key), wrong, where="sensitivity") for key in given)
        if isinstance(given, list | tuple)
        else ()
    )
    for key in full:
        values = grid.get(key, ())
        numbers = len(values) > 1 and all(number_of(value) is not None for value in values)
        wrong.unless(numbers, f"sensitivity.{key} must be an axis of the grid with two numbers or more")
    return full


def _seeds(given: object, wrong: Violations) -> tuple[int, ...]:
    """The seeds, from how many there are or from a list of them."""
    several = list(given) if isinstance(given, list | tuple) else None
    numbers = [number_of(value) for value in ([given] if several is None else several)]
    whole = [int(n) for n in numbers if n is not None and n % 1 == 0 and 0 <= n <= LARGEST]
    fine = len(whole) == len(numbers) and 1 <= len(whole) <= MOST_SEEDS and len(set(whole)) == len(whole)
    if several is None:
        fine = fine and 1 <= whole[0] <= MOST_SEEDS
    told = f"how many seeds (10; at most {MOST_SEEDS}), or a list of different ones ([0, 1, 2])"
    wrong.unless(fine, f"seeds={shown(given)} must be {told}")
    return () if not fine else tuple(whole) if several is not None else tuple(range(whole[0]))
