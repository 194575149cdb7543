"""What an experiment consists of, as files and command lines say it, checked before anything is done.

It has four axes: scenarios, policies, seeds and kinds of students. ``compare`` varies the first three and looks at the
scenario's unexpected students beside; ``robustness`` has one scenario and varies the kinds of students.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zpdgym.errors import InputError, Violations, unknown
from zpdgym.names import name_fault

from ..store.runs import plain

__all__ = ["Experiment"]

Named = str | Mapping[str, Any]
"""A scenario, a policy or a kind of students: by name, or as a mapping that says more."""

TUNED = "mastery_tuned"
"""Everything is set beside it."""
DEFAULTS: dict[str, Any] = {
    "seeds": 10,
    "n_students": 2000,
    "n_validation": 1000,
    "lessons": 300_000,
    "unexpected": True,
    "cohort_seed": 0,
    "train_on": (),
    "tune_budget": 40,
    "lives": 64,
    "fewer_students": {},
    "tracking": "wandb",
}
KEYS = ("name", "scenarios", "policies", *DEFAULTS)
MATRIX_DEFAULTS: dict[str, Any] = {
    "name": "robustness",
    "scenario": "Algebra-v0",
    "students": None,
    "policies": ("ppo_scorer", TUNED, "greedy_ready", "streak", "zpdes_optimised", "interleaved"),
    "seeds": 10,
    "n_students": 1000,
    "n_validation": 300,
    "lessons": 300_000,
    "cohort_seed": 0,
    "tune_budget": 40,
}
"""Every key of a matrix."""


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
        lives: how many times students live, the same people with other luck, so that harm can be told from bad luck;
            0 or 1: that is not measured. Policies of ``fewer_students`` are too slow for it.
        fewer_students: policy -> so many test students, and at most so many validation students, for what is slow.
        tracking: the name of a tracker in ``configs/tracking``, or a specification with ``_target_``.
        students: of a matrix the kinds of students beside the scenario's own, each a name or a mapping with ``name``,
            ``student`` and ``population``; () are the scenario's unexpected ones. None: a comparison, no matrix.
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
    lives: int
    fewer_students: Mapping[str, int]
    tracking: str | Mapping[str, Any]
    students: tuple[Named, ...] | None = None

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Experiment:
        """A comparison from plain data, such as a file of ``configs/experiment``.

        Raises:
            InputError: an unknown key (with the nearest one), or values of the wrong kind or out of range, all named.
        """
        check_keys(spec)
        return cls(**_checked({**DEFAULTS, **_given(spec)}, "experiment"))

    @classmethod
    def of_matrix(cls, spec: Mapping[str, Any]) -> Experiment:
        """A robust evaluation matrix from plain data, such as a file of ``configs/matrix``.

        Raises:
            InputError: as ``of``.
        """
        full = full_matrix(spec)
        students = full.pop("students")
        if students is not None and not (isinstance(students, list | tuple) and students):
            raise InputError(
                f"robustness.students={students!r} must list at least one kind of students beside the own ones"
            )
        full["scenarios"] = [full.pop("scenario")]
        checked = _checked({**DEFAULTS, "unexpected": False, "lives": 0, "tracking": "none", **full}, "robustness")
        return cls(**checked, students=tuple(students or ()))

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain data; ``Experiment.of`` of it is the same comparison."""
        return plain({key: getattr(self, key) for key in KEYS})


def full_matrix(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The specification of a matrix with all its keys, in the order in which they are written.

    Raises:
        InputError: a key that no matrix has, with the nearest one.
    """
    for key in spec:
        if key not in MATRIX_DEFAULTS:
            raise unknown("key robustness.", str(key), MATRIX_DEFAULTS)
    return {**MATRIX_DEFAULTS, **_given(spec)}


def check_keys(spec: Mapping[str, Any]) -> None:
    """Refuse a key that no experiment has.

    Raises:
        InputError: such a key, with the nearest one.
    """
    for key in spec:
        if key not in KEYS:
            raise unknown("key experiment.", str(key), KEYS)


def _given(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in spec.items() if value is not None}


def _checked(full: dict[str, Any], where: str) -> dict[str, Any]:
    """The values of an experiment, checked, lists as tuples and seeds one by one."""
    wrong = Violations(where)
    name = full.get("name")
    fault = name_fault(name, plain=True)
    wrong.unless(fault is None, f"name={name!r} {fault}")
    for key in ("scenarios", "policies", "train_on"):
        value, least = full.get(key), key != "train_on"
        listed = isinstance(value, list | tuple) and all(isinstance(v, str | Mapping) for v in value)
        enough = " with at least one entry" * least
        wrong.unless(
            listed and len(value or ()) >= least,
            f"{key}={value!r} must be a list of names (or of mappings){enough}",
        )
    lowest = {"n_students": 10, "n_validation": 10, "lessons": 1, "cohort_seed": 0, "tune_budget": 1, "lives": 0}
    for key, low in lowest.items():
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
    tuples = {key: tuple(full[key]) for key in ("scenarios", "policies", "train_on")}
    return {**full, **tuples, "seeds": tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds)}


def _whole(value: Any, low: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= low
