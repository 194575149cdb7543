"""Two results set beside each other: the same students under both, and which settings differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from zpdgym.errors import InputError

from ..comparison.judging import Floats, judged
from ..comparison.rows import Interval
from ..statistics import FEWEST_SEEDS, Estimate, estimate
from ..store.columns import as_frame, column
from ..store.fingerprint import Fingerprint
from ..store.runs import STUDENTS, TEACHER, VALIDATION, Run, must_be_whole
from ..store.whole import DONE
from .folder import EXPERIMENT, Folder, comparison_folder

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Diff"]


@dataclass(frozen=True, kw_only=True)
class DiffRow:
    """One policy in one scenario, in both results."""

    scenario: str = column("the scenario's label")
    policy: str = column("its name")
    runs: str = column("scenario, policy and seed of both, where two runs were named; empty: of two comparisons")
    seeds: int = column("runs in both", "runs")
    students: int = column("students in both", "students")
    first: float = column("primary outcome in the first", "outcome")
    second: float = column("primary outcome in the second", "outcome")
    difference: Interval = column("the second less the first, student by student", "outcome")
    verdict: str | None = column("what may be said of it, corrected for all rows", always=True)
    differs: str = column("what the runs were made with that differs; empty: nothing")


@dataclass(frozen=True, eq=False)
class Diff:
    """Two results, student by student.

    Attributes:
        rows: one for each policy in each scenario that is in both.
        only_first: runs that are in the first alone.
        only_second: runs that are in the second alone.
    """

    rows: tuple[DiffRow, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """The rows as a data frame."""
        return as_frame(self.rows)


@dataclass(frozen=True)
class _One:
    """One run, in whichever way it was named."""

    key: tuple[str, str, int]
    run: Run
    primary: str
    smallest: float


def diff(first: str | Path, second: str | Path) -> Diff:
    """Set two comparisons, or two runs, beside each other: the same students with the same luck under both.

    Args:
        first: a comparison's folder, or that of one run.
        second: likewise; differences are this one less the first.

    Raises:
        InputError: they have other students, another outcome or no run in common, so that they cannot be paired; or
            files are damaged.
    """
    sides, named = [_runs_of(path) for path in (first, second)], ""
    if all(_is_run(Path(path)) for path in (first, second)):  # of two policies, say: whoever names runs means these
        named = " -> ".join(_named(side[0]) for side in sides)
        sides = [[replace(side[0], key=sides[0][0].key)] for side in sides]
    one, other = ({found.key: found for found in side} for side in sides)
    common = [key for key in one if key in other]
    if not common:
        raise InputError(f"{first} and {second} have no scenario, policy and seed in common: nothing can be paired")
    groups = dict.fromkeys(key[:2] for key in common)
    pairs = {group: [(one[key], other[key]) for key in common if key[:2] == group] for group in groups}
    differences = {f"{scenario}\n{policy}": _difference(pairs[scenario, policy]) for scenario, policy in groups}
    rows = list[DiffRow]()
    for scenario, policy in groups:
        both, name = pairs[scenario, policy], f"{scenario}\n{policy}"
        said = judged({name: differences[name]}, both[0][0].smallest, together=len(differences))[name]
        rows.append(_row(scenario, policy, both, differences[name], said.verdict, runs=named))
    left = [tuple("/".join(map(str, key)) for key in mine if key not in common) for mine in (one, other)]
    return Diff(tuple(rows), left[0], left[1])


def _is_run(path: Path) -> bool:
    return (path / DONE).exists() and (path / VALIDATION).exists() and not (path / EXPERIMENT).exists()


def _runs_of(path: str | Path) -> list[_One]:
    given = Path(path)
    if _is_run(given):
        run = Run(given)
        must_be_whole([run])
        config = run.config()
        smallest = cast("Mapping[str, float]", config["sections"]["outcome"])["smallest_difference"]
        name = str(config["policy"].get("name", given.parent.name))
        key = (str(config["scenario"]), name, int(config["seed"]))
        return [_One(key, run, str(run.json(VALIDATION)["primary"]), float(smallest))]
    folder = Folder.read(comparison_folder(path))
    smallest = {label: about.smallest_difference for label, about in folder.compared.items()}
    return [_One((of.scenario, of.policy, of.seed), of.run, of.primary, smallest[of.scenario]) for of in folder.runs]


def _difference(pairs: Sequence[tuple[_One, _One]]) -> Estimate:
    """The second less the first, the same students in both."""
    for a, b in pairs:
        if a.primary != b.primary:
            raise InputError(
                f"{a.run.path} and {b.run.path} cannot be paired: their outcomes are {a.primary} and {b.primary}"
            )
        seeds = [one.run.json("run.json")["seeds"]["test"] for one in (a, b)]
        if seeds[0] != seeds[1]:
            counts = [one.run.config()["cohort_seed"] for one in (a, b)]
            raise InputError(
                f"{a.run.path} and {b.run.path} cannot be paired: they taught other students (cohort_seed {counts[0]} "
                f"and {counts[1]})"
            )
        numbers = [len(_outcome(one)) for one in (a, b)]
        if numbers[0] != numbers[1]:
            raise InputError(
                f"{a.run.path} and {b.run.path} cannot be paired: they taught {numbers[0]} and {numbers[1]} students"
            )
    first, second = (np.stack([_outcome(pair[i]) for pair in pairs]) for i in (0, 1))
    return estimate(second, first, generator=np.random.default_rng(0))  # a mean draws nothing


def _outcome(one: _One) -> Floats:
    return np.asarray(one.run.columns(STUDENTS)[one.primary], np.float64)


def _named(one: _One) -> str:
    scenario, policy, seed = one.key
    return f"{scenario} {policy} seed{seed}"


def _row(
    scenario: str, policy: str, pairs: Sequence[tuple[_One, _One]], found: Estimate, verdict: str, *, runs: str
) -> DiffRow:
    first, second = (float(np.mean([_outcome(pair[i]).mean() for pair in pairs])) for i in (0, 1))
    enough = len(pairs) >= FEWEST_SEEDS or not any(one.run.has(TEACHER) for pair in pairs for one in pair)
    differs = dict.fromkeys(_differences(a.run, b.run) for a, b in pairs)
    return DiffRow(
        scenario=scenario,
        policy=policy,
        runs=runs,
        seeds=len(pairs),
        students=found.students,
        first=first,
        second=second,
        difference=Interval.of(found),
        verdict=verdict if enough else None,
        differs="; ".join(filter(None, differs)),
    )


def _differences(first: Run, second: Run) -> str:
    """In words, what the second was made with that the first was not."""
    before, after = first.json("run.json"), second.json("run.json")
    if before["fingerprint"] == after["fingerprint"]:
        return ""
    made = Fingerprint(after["fingerprint"], after["parts"], second.config())
    return made.differences(before["parts"], first.config())
