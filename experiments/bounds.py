"""What can be known about the best possible outcome of a scenario: exact optima, proven bounds, and references."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from zpdgym.errors import InputError
from zpdgym.parameters import Number, Switch, Table, read_arguments

from ..envs.beliefs.refit import with_own_belief
from ..students.exam import foresees_exam
from .runs.arguments import SEED
from .runs.lineup import BY_MINUTE
from .statistics import estimate

if TYPE_CHECKING:
    from ..envs.scenario import Scenario

__all__ = ["Bound"]

BOUNDS: Table = {
    "n_students": Number("test students, all taught at the same time", low=2, high=100_000, whole=True),
    "cohort_seed": SEED,
    "tuned": Switch("also tune `oracle_index` for this scenario, which takes a minute or more"),
}
TUNED_INDEX = "oracle_index"
REFERENCES = {
    "oracle_lookahead": "tries the next lessons on copies of the true student; a better plan may exist",
    "oracle_greedy": "the largest true gain of each single lesson; a better plan may exist",
    "oracle_per_minute": "the largest true gain a minute of each single lesson; a better plan may exist",
    TUNED_INDEX: "the best weights that a search found for what is true of a student; a better plan may exist",
    "no_teaching": "nobody is taught",
}
SLOW = 20
"""So many students for several lessons of foresight where each copy of a student has to try every item."""


@dataclass(frozen=True)
class Bound:
    """One thing that is known about the best possible outcome, or why it is not.

    Attributes:
        name: the policy's name, or "everything_known".
        kind: "optimum" (exact, reachable by a tutor), "bound" (nobody can do better) or "reference" (what somebody who
            looks inside the students, or nobody at all, reaches).
        text: what it is; where there is no value, why not.
        value: expected share of exam items right; None where it is not available.
        low: of the 95 % interval over students; None where the value is exact or not available.
        high: of the same.
    """

    name: str
    kind: str
    text: str
    value: float | None = None
    low: float | None = None
    high: float | None = None


def bounds(
    scenario: str | Path | Scenario,
    *,
    n_students: int = 500,
    cohort_seed: int = 0,
    tuned: bool = False,
    told: Callable[[str], None] | None = None,
) -> list[Bound]:
    """What can be known about the best possible share of exam items right in a scenario, the strongest first.

    Args:
        scenario: a name, the path of a scenario file, or a ``Scenario``.
        n_students: test students for what is simulated or differs between students.
        cohort_seed: whose students; those of ``evaluate`` with the same number.
        tuned: also tune ``oracle_index``, on other students.
        told: called with what is computed next, for some of it takes long.

    Raises:
        InputError: an unknown scenario, one without a tutor's belief, or ``n_students`` below 2.
    """
    from ..envs.scenario import Scenario
    from ..students.draws import spawn_seed

    given = read_arguments(BOUNDS, locals(), "bounds")
    n_students, cohort_seed = given.n_students, given.cohort_seed
    world, seed = with_own_belief(Scenario.load(scenario)), spawn_seed(cohort_seed, "test")
    left_out = {*([] if world.schedule.by_minutes else [BY_MINUTE]), *([] if given.tuned else [TUNED_INDEX])}
    _ = world.belief  # where no tutor could be, one line says so instead of six
    asked: list[tuple[str, str, Callable[[], dict[str, Any]]]] = [
        ("everything_known", "bound", lambda: _everything_known(world, n_students, seed)),
        ("fully_observed", "bound", lambda: _solved(world, "fully_observed")),
        ("optimal", "optimum", lambda: _solved(world, "optimal")),
        *(
            (name, "reference", lambda name=name: _taught(world, name, n_students, seed, cohort_seed))
            for name in REFERENCES
            if name not in left_out
        ),
    ]
    found: list[Bound] = []
    for name, kind, find in asked:
        if told:
            told(name)
        found.append(_known(name, kind, find))
    return found


def _known(name: str, kind: str, find: Callable[[], dict[str, Any]]) -> Bound:
    """What was found, or why nothing was."""
    try:
        return Bound(name, kind, **find())
    except InputError as error:
        return Bound(name, kind, f"not available: {str(error).partition(': ')[2] or error}")


def _solved(scenario: Scenario, name: str) -> dict[str, Any]:
    from ..agents.problem import Problem
    from ..agents.registry import build_policy

    texts = {
        "fully_observed": "exact: the best plan of somebody who sees at every lesson what the student knows",
        "optimal": "exact: the best plan of a tutor who sees only answers but knows the model; no tutor can do better",
    }
    policy: Any = build_policy(name)
    policy.bind(Problem.of(scenario.make(1, seed=0, autoreset=False), privileged=True))
    return {"text": texts[name], "value": policy.plan.value}


def _everything_known(scenario: Scenario, n_students: int, seed: int) -> dict[str, Any]:
    from ..agents.references.enumerated_world import everything_known

    env = scenario.make(n_students, seed=seed, autoreset=False)
    env.reset(seed=seed)
    gaps = scenario.schedule.days_between
    # who finishes between sessions is examined so much sooner
    early = float(gaps.max()) if scenario.finish and len(gaps) else 0.0
    days = max(scenario.schedule.retention_days - early, 0.0)
    shares = everything_known(env.student, env.state, days, env.curriculum.exam_items)
    text = "every skill known when the teaching ends; proven, and seldom within reach"
    return {"text": text, **_with_interval(shares)}


def _taught(scenario: Scenario, name: str, n_students: int, seed: int, cohort_seed: int) -> dict[str, Any]:
    from ..agents.registry import build_policy, load_policy
    from ..agents.rollouts import teach
    from ..agents.tuning import prepare

    spec = load_policy(name)
    if scenario.schedule.by_minutes and name == "oracle_lookahead":
        spec["per"] = "minute"  # time is what is scarce there
    if spec.get("tune"):
        spec, _ = prepare(spec, scenario, cohort_seed=cohort_seed)
    text, student = REFERENCES[name], scenario.student
    if name == "oracle_lookahead" and foresees_exam(student) and not hasattr(student, "exam_gain"):
        n_students = min(n_students, SLOW)
        text += f"; it takes long here, so {n_students} students"
    taught = teach(scenario, build_policy(spec), n_students=n_students, cohort_seed=seed, metrics=False)
    return {"text": text, **_with_interval(taught.outcomes["exam"])}


def _with_interval(values: Any) -> dict[str, float]:
    """The mean over students; with its interval, where they differ."""
    mean = float(np.mean(values))
    if float(np.ptp(values)) < 1e-12:
        return {"value": mean}
    low, high = estimate(values[None], generator=np.random.default_rng(0)).interval()
    return {"value": mean, "low": max(float(low), 0.0), "high": min(float(high), 1.0)}
