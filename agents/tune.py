"""Tuning a policy on validation students, and making ready what it needs from a class of its own."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..students.draws import spawn_seed
from ..students.errors import InputError, Violations
from .policies import build_policy
from .rollouts import teach

if TYPE_CHECKING:
    from ..envs.scenario import Scenario

Spec = dict[str, Any]
Trial = dict[str, Any]
"""The values that were tried, and the mean primary outcome that they had under the key ``outcome``."""

N_STUDENTS, BUDGET = 1000, 40
EVERY = 100_000
"""A grid of at most this many settings is listed; a larger one is drawn from value by value."""


def prepare(
    spec: Mapping[str, Any],
    scenario: Scenario,
    *,
    cohort_seed: int,
    n_students: int = N_STUDENTS,
    budget: int = BUDGET,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Spec, list[Trial]]:
    """Make a policy ready to teach: tune what its specification says is tuned, and rehearse what it rehearses.

    Args:
        spec: a specification as ``load_policy`` gives it; ``tune: {budget, space}`` says what may be tuned.
        scenario: what will be taught.
        cohort_seed: the experiment's; tuning uses its cohort "validation", rehearsals its cohort "calendar", so that
            test students stay unseen.
        n_students: validation students per trial.
        budget: the largest number of trials (the smaller of this and the specification's counts).
        progress: called with (trials done, trials in all).

    Returns:
        The specification to build and teach with (without ``tune``), and the trials, [] where nothing is tuned.

    Raises:
        InputError: ``tune`` is not as it must be, or the policy cannot teach this scenario.
    """
    if spec.get("tune") and budget > 1:
        return tune(spec, scenario, cohort_seed=cohort_seed, n_students=n_students, budget=budget, progress=progress)
    return rehearsed({k: v for k, v in spec.items() if k != "tune"}, scenario, cohort_seed=cohort_seed), []


def rehearsed(spec: Spec, scenario: Scenario, *, cohort_seed: int) -> Spec:
    """The specification with what the policy makes with a class of its own (``rehearse``), if it does."""
    policy: Any = build_policy(spec)
    if not hasattr(policy, "rehearse"):
        return spec
    return spec | policy.rehearse(scenario, cohort_seed=cohort_seed)


def tune(
    spec: Mapping[str, Any],
    scenario: Scenario,
    *,
    cohort_seed: int,
    n_students: int = N_STUDENTS,
    budget: int = BUDGET,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Spec, list[Trial]]:
    """Find the settings with the best mean primary outcome over the validation students.

    The first trial is the specification's own settings. Half of the budget goes to settings drawn at random, the other
    half to neighbours of the best so far (one parameter changed). All trials teach the same students with the same
    luck, so their differences are paired. Every policy gets the same budget; nothing here looks at test students.

    Args and errors: as ``prepare``.
    """
    base = {k: v for k, v in spec.items() if k != "tune"}
    space, budget = _read(spec, budget)
    generator = np.random.default_rng(spawn_seed(cohort_seed, f"tuning/{spec.get('name', '')}"))
    grid = _Grid(space, generator)
    trials: list[Trial] = []
    best: tuple[float, dict[str, Any], Spec] | None = None
    while len(trials) < budget:
        values = {k: base[k] for k in space if k in base} if best is None else grid.draw(best[1], len(trials), budget)
        if values is None:
            break
        grid.tried(values)
        ready = rehearsed(base | values, scenario, cohort_seed=cohort_seed)
        outcome = _outcome(ready, scenario, cohort_seed, n_students)
        trials.append(values | {"outcome": outcome})
        if best is None or outcome > best[0]:
            best = outcome, values, ready
        if progress:
            progress(len(trials), budget)
    assert best is not None  # the first trial is always run
    return best[2], trials


def _outcome(spec: Spec, scenario: Scenario, cohort_seed: int, n_students: int) -> float:
    """The mean primary outcome of the validation students; the sum is rounded once, so that it is reproducible."""
    taught = teach(
        scenario,
        build_policy(spec),
        n_students=n_students,
        cohort_seed=spawn_seed(cohort_seed, "validation"),
        metrics=False,
    )
    return math.fsum(taught.outcomes[scenario.outcome.primary]) / n_students


def _read(spec: Mapping[str, Any], budget: int) -> tuple[dict[str, list[Any]], int]:
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
    wrong.raise_any()
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
        """The next setting to try; None when all have been."""
        if self.size > budget and 2 * trial >= budget:
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
