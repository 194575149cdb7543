"""What an experiment consists of, as files and command lines say it, checked before anything is done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zpdgym.errors import Violations, unknown

from ..store.runs import plain

__all__ = ["Experiment"]

DEFAULTS: dict[str, Any] = {
    "seeds": 10,
    "n_students": 2000,
    "n_validation": 1000,
    "lessons": 300_000,
    "unexpected": True,
    "cohort_seed": 0,
    "train_on": (),
    "tune_budget": 40,
    "fewer_students": {},
    "tracking": "wandb",
}
KEYS = ("name", "scenarios", "policies", *DEFAULTS)
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.~+-]*")


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
    train_on: tuple[str | Mapping[str, Any], ...]
    unexpected: bool
    cohort_seed: int
    tune_budget: int
    fewer_students: Mapping[str, int]
    tracking: str | Mapping[str, Any]

    @classmethod
    def of(cls, spec: Mapping[str, Any], *, where: str = "experiment") -> Experiment:
        """An experiment from plain data, such as a file of ``configs/experiment``.

        Args:
            spec: the data.
            where: what messages call it.

        Raises:
            InputError: an unknown key (with the nearest one), or values of the wrong kind or out of range, all named.
        """
        check_keys(spec)
        full = {**DEFAULTS, **{k: v for k, v in spec.items() if v is not None}}
        wrong = Violations(where)
        name = full.get("name")
        wrong.unless(
            isinstance(name, str) and bool(FILE_NAME.fullmatch(name)),
            f"name={name!r} must be letters, digits, '_', '-' or '.': it names a folder",
        )
        for key in ("scenarios", "policies", "train_on"):
            value, least = full.get(key), key != "train_on"
            listed = isinstance(value, list | tuple) and all(isinstance(v, str | Mapping) for v in value)
            enough = " with at least one entry" * least
            wrong.unless(
                listed and len(value or ()) >= least,
                f"{key}={value!r} must be a list of names (or of mappings){enough}",
            )
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
        for key in ("scenarios", "policies", "train_on"):
            full[key] = tuple(full[key])
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


def _whole(value: Any, low: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= low
