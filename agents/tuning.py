"""Tuning a policy on validation students, and making ready what it needs from a class of its own."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations

from ..students.draws import spawn_seed
from .registry import build_policy
from .rollouts import teach

if TYPE_CHECKING:
    from ..envs.scenario import Scenario
    from .problem import Policy

Spec = dict[str, Any]
Floats = npt.NDArray[np.float64]
Trial = dict[str, Any]
"""The values that were tried, and what came of them.

``outcome``: mean primary outcome; ``students``: on how many of the validation students it was tried; ``difference`` and
``error``: its mean difference to the best setting on the same students with the same luck, and the standard error of
that. Of a setting that was given up after a quarter of the students, ``outcome`` is the best's plus the difference.
"""

N_STUDENTS, BUDGET = 1000, 40
RANDOM_SHARE = 1 / 3
"""The share of the trials that are drawn from the whole space; the others are near the best so far."""
EVERY = 100_000
"""A grid of at most this many settings is listed; a larger one is drawn from value by value."""


def prepare(
    spec: Mapping[str, Any],
    scenario: Scenario | Sequence[Scenario],
    *,
    cohort_seed: int,
    n_students: int = N_STUDENTS,
    budget: int = BUDGET,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Spec, list[Trial]]:
    """Make a policy ready to teach: tune what its specification says is tuned, and rehearse what it rehearses.

    Args:
        spec: a specification as ``load_policy`` gives it; ``tune: {budget, space}`` says what may be tuned.
        scenario: what will be taught; several: the settings with the best mean over all of them are chosen.
        cohort_seed: the experiment's; tuning uses its cohort "validation", rehearsals its cohort "calendar", so that
            test students stay unseen.
        n_students: validation students per trial.
        budget: the largest number of trials (the smaller of this and the specification's counts).
        progress: called with (trials done, trials in all).

    Returns:
        The specification to build and teach with (without ``tune``), and the trials, [] where nothing is tuned.

    Raises:
        InputError: ``tune`` is not as it must be, or the policy cannot teach this scenario, or it rehearses and there
            are several.
    """
    if spec.get("tune") and budget > 1:
        return _search(spec, scenario, cohort_seed, n_students, budget, progress)
    return rehearsed({k: v for k, v in spec.items() if k != "tune"}, scenario, cohort_seed=cohort_seed), []


def rehearsed(spec: Spec, scenario: Scenario | Sequence[Scenario], *, cohort_seed: int) -> Spec:
    """The specification with what the policy makes with a class of its own (``rehearse``), if it does and has not yet.

    Raises:
        InputError: it does, and there are several scenarios: a class is of one kind.
    """
    policy: Any = build_policy(spec)
    if not hasattr(policy, "rehearse") or getattr(policy, "rehearsed", False):
        return spec
    first, *others = several(scenario)
    if others:
        raise InputError(f"policy {policy.name} rehearses with one class: it cannot be made for several scenarios")
    return spec | policy.rehearse(first, cohort_seed=cohort_seed)


def several(scenario: Scenario | Sequence[Scenario]) -> tuple[Scenario, ...]:
    """One scenario or several, as several."""
    return tuple(scenario) if isinstance(scenario, Sequence) else (scenario,)


def _search(
    spec: Mapping[str, Any],
    scenario: Scenario | Sequence[Scenario],
    cohort_seed: int,
    n_students: int,
    budget: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[Spec, list[Trial]]:
    """Find the settings with the best mean primary outcome over the validation students.

    The first trial is the specification's own settings. A third of the budget goes to settings drawn at random, the
    rest to neighbours of the best so far (one parameter changed). All trials teach the same students with the same
    luck, so differences are paired; one that is clearly worse than the best so far on a quarter of them is not tried on
    the rest. Every policy gets the same budget. With several scenarios, the outcome of a student is the mean over the
    students of that number in all of them.
    """
    base = {k: v for k, v in spec.items() if k != "tune"}
    space, budget = read_space(spec, budget)
    generator = np.random.default_rng(spawn_seed(cohort_seed, f"tuning/{spec.get('name', '')}"))
    grid, race = _Grid(space, generator), _Race(scenario, cohort_seed, n_students)
    best, found, tried = {k: base[k] for k in space}, base, list[tuple[dict[str, Any], Floats]]()
    values: dict[str, Any] | None = best
    while values is not None:
        grid.tried(values)
        ready = rehearsed(base | values, scenario, cohort_seed=cohort_seed)
        outcomes, won = race.run(ready)
        tried.append((values, outcomes))
        if won:
            best, found = values, ready
        if progress:
            progress(len(tried), budget)
        values = grid.draw(best, len(tried), budget)
    assert race.best is not None
    return found, [values | _beside(outcomes, race.best) for values, outcomes in tried]


def _beside(outcomes: Floats, best: Floats) -> Trial:
    """What is told of a trial beside the best one."""
    n = len(outcomes)
    differences = outcomes - best[:n]
    difference, error = _mean(differences), float(differences.std()) / math.sqrt(n)
    outcome = _mean(outcomes) if n == len(best) else _mean(best) + difference
    return {"outcome": outcome, "difference": difference, "error": error, "students": n}


class _Race:
    """Tries settings on the validation students, the first quarter first."""

    def __init__(self, scenario: Scenario | Sequence[Scenario], cohort_seed: int, n_students: int) -> None:
        self.scenarios, self.seed = several(scenario), spawn_seed(cohort_seed, "validation")
        self.quarter, self.n = max(1, n_students // 4), n_students
        self.best: Floats | None = None

    def run(self, spec: Spec) -> tuple[Floats, bool]:
        """The primary outcome of all students, or of the first quarter only; and whether it is the best so far."""
        policy = build_policy(spec)
        first = self._taught(policy, 0, self.quarter)
        if self.best is not None:
            worse = first - self.best[: self.quarter]
            mean, error = float(worse.mean()), float(worse.std()) / math.sqrt(len(worse))
            if mean < -3 * error:
                return first, False
        outcomes = np.concatenate([first, self._taught(policy, self.quarter, self.n - self.quarter)])
        won = self.best is None or _mean(outcomes) > _mean(self.best)
        if won:
            self.best = outcomes
        return outcomes, won

    def _taught(self, policy: Policy, first: int, n: int) -> Floats:
        if n == 0:
            return np.zeros(0)
        options = {"n_students": n, "first_student": first, "cohort_seed": self.seed, "metrics": False}
        outcomes = [teach(s, policy, **options).outcomes[s.outcome.primary] for s in self.scenarios]
        return outcomes[0] if len(outcomes) == 1 else np.mean(outcomes, axis=0)


def _mean(values: Floats) -> float:
    return math.fsum(values) / len(values)


def read_space(spec: Mapping[str, Any], budget: int = BUDGET) -> tuple[dict[str, list[Any]], int]:
    """What a policy's section ``tune`` lets vary, and how many settings may be tried.

    Returns:
        parameter -> the values to try; the smaller of ``budget`` and the section's own.

    Raises:
        InputError: what is wrong with the section, or a value in it that the policy refuses.
    """
    section = spec.get("tune")
    name = f"policy {spec.get('name', '')}"
    if not isinstance(section, Mapping) or set(section) - {"budget", "space"} or "space" not in section:
        raise InputError(f"{name}: tune must hold space (parameter: list of values) and may hold budget")
    wrong, space = Violations(f"{name}: tune"), section["space"]
    own = section.get("budget", BUDGET)
    whole = isinstance(own, int) and not isinstance(own, bool) and own >= 1
    wrong.unless(whole, f"budget={own!r} must be a whole number of trials, at least 1")
    fine = isinstance(space, Mapping) and len(space) > 0
    wrong.unless(fine, f"space={space!r} must name at least one parameter")
    for key, values in (space if fine else {}).items():
        listed = isinstance(values, list | tuple) and len(values) > 0
        wrong.unless(listed, f"space.{key}={values!r} must be a list of values to try")
        wrong.unless(key in spec, f"space.{key}: give the policy a value of its own for '{key}' too, to start from")
    wrong.unless(
        not getattr(build_policy(spec), "rehearsed", False),
        "what a rehearsal would make is given already, so nothing is left to tune: take tune away (policy.tune=null)",
    )
    wrong.raise_any()
    for key, values in space.items():
        for value in values:  # a value that the class refuses is not left for the search to come upon
            build_policy({**spec, key: value})
    return {k: list(v) for k, v in space.items()}, min(own, budget)


class _Grid:
    """Settings of a finite space, each drawn at most once."""

    def __init__(self, space: dict[str, list[Any]], generator: np.random.Generator) -> None:
        self.space, self.generator = space, generator
        self.done: set[tuple[str, ...]] = set()
        self.size = math.prod(len(v) for v in space.values())

    def _key(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(repr(values.get(k)) for k in self.space)

    def tried(self, values: Mapping[str, Any]) -> None:
        """Do not draw these again."""
        self.done.add(self._key(values))

    def draw(self, best: Mapping[str, Any], trial: int, budget: int) -> dict[str, Any] | None:
        """The setting of trial number ``trial``; None when the budget is spent or all settings have been tried."""
        if trial >= budget:
            return None
        if self.size > budget and trial >= budget * RANDOM_SHARE:
            near = [{**best, k: value} for k, values in self.space.items() for value in values if value != best.get(k)]
            new = [v for v in near if self._key(v) not in self.done]
            if new:
                return new[int(self.generator.integers(len(new)))]
        if self.size <= EVERY:
            new = [v for v in self._all() if self._key(v) not in self.done]
            return new[int(self.generator.integers(len(new)))] if new else None
        while True:
            values = {k: v[int(self.generator.integers(len(v)))] for k, v in self.space.items()}
            if self._key(values) not in self.done:
                return values

    def _all(self) -> list[dict[str, Any]]:
        return [dict(zip(self.space, v, strict=True)) for v in itertools.product(*self.space.values())]
