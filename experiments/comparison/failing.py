"""Runs that could not be made: what a table is made of without them, and what it says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from zpdgym.errors import RunsFailed

from ..runs.specification import TUNED
from .making import some_failed
from .rows import LIVES, THE_RUN, Compared, FailedRun, PolicyRuns

NO_DIFFERENCES = f"{TUNED} failed, so there are no differences to it, and nobody is said to be better or worse than it."


def without(compared: Mapping[str, Compared], failed: Sequence[FailedRun]) -> dict[str, Compared]:
    """What the tables of a comparison are made of: the runs that there are.

    Args:
        compared: scenario -> what was asked for.
        failed: the runs that could not be made.

    Raises:
        RunsFailed: in no scenario an untrained policy is left that taught all students, so there is no table.
    """
    found = dict[str, Compared]()
    for label, about in compared.items():
        here = tuple(run for run in failed if run.scenario == label)
        gone = {(run.policy, run.seed) for run in here if run.lacks == THE_RUN}
        left = [
            PolicyRuns(policy=of.policy, kind=of.kind, seeds=seeds)
            for of in about.policies
            if (seeds := tuple(seed for seed in of.seeds if (of.policy, seed) not in gone))
        ]
        if any(of.kind == "baseline" for of in left):
            found[label] = replace(about, policies=tuple(left), failed=here or None)
    if not found:
        raise RunsFailed(f"there is no table: {some_failed(failed)}", traced=True)
    return found


def lines(failed: Sequence[FailedRun] | None) -> list[str]:
    """A line for each policy and reason: which runs a table lacks, and why."""
    seeds = dict[tuple[str, str], list[int]]()
    for run in failed or ():
        row = run.policy if run.home in (None, "any") else f"{run.policy}@{run.home}"
        lacking = "the lives of " if run.lacks == LIVES else ""
        seeds.setdefault((f"{lacking}{row}", run.why), []).append(run.seed)
    return [
        f"failed: {row}, seed{'s' * (len(those) > 1)} {', '.join(map(str, those))}: {why}"
        for (row, why), those in seeds.items()
    ]


def lacks_lives(failed: Sequence[FailedRun] | None) -> set[str]:
    """The policies of which some run lacks its lives."""
    return {run.policy for run in failed or () if run.lacks == LIVES}
