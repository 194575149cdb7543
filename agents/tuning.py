"""Tuning a policy on validation students, and making ready what it needs from a class of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError

from ..students.draws import spawn_seed
from .registry import build_policy
from .rollouts import teach
from .search_space import BUDGET, CMA_ES, Proposals, read_space

if TYPE_CHECKING:
    from ..envs.scenario import Scenario
    from .problem import Policy

Spec = dict[str, Any]
Floats = npt.NDArray[np.float64]
Trial = dict[str, Any]
"""The values that were tried, and what came of them.

``outcome``: mean primary outcome; ``students``: on how many of the validation students it was tried; ``difference`` and
``error``: its mean difference to the best setting on the same students with the same luck, and the standard error of
that; ``taught``: the lessons that validation students had. Of a setting that was given up after a quarter of the
students, ``outcome`` is the best's plus the difference. What else trials of learners tell: ``learnt.tuning``.
"""

N_STUDENTS = 1000
CLEARLY = 3.0
"""A setting is clearly worse when it is behind by more than so many standard errors of the paired difference."""


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
    tunable = read_space(spec, budget)
    if tunable.method == CMA_ES:
        from .evolution import evolve

        return evolve(
            spec, scenario, tunable, cohort_seed=cohort_seed, n_students=n_students,
            progress=lambda share: progress(round(share * budget), budget) if progress else None,
        )  # fmt: skip
    space, budget = tunable.space, tunable.budget
    proposals, race = Proposals(space, search_luck(spec, cohort_seed)), Race(scenario, cohort_seed, n_students)
    best, found, tried = tunable.own, base, list[tuple[dict[str, Any], Floats, int]]()
    values: dict[str, Any] | None = best
    while values is not None:
        proposals.tried(values)
        ready = rehearsed(base | values, scenario, cohort_seed=cohort_seed)
        before = race.lessons
        outcomes, won = race.run(ready)
        tried.append((values, outcomes, race.lessons - before))
        if won:
            best, found = values, ready
        if progress:
            progress(len(tried), budget)
        values = proposals.draw(best, len(tried), budget)
    assert race.best is not None
    return found, [values | beside(outcomes, race.best) | {"taught": lessons} for values, outcomes, lessons in tried]


def search_luck(spec: Mapping[str, Any], cohort_seed: int) -> np.random.Generator:
    """Whose draws say which settings of a policy are tried."""
    return np.random.default_rng(spawn_seed(cohort_seed, f"tuning/{spec.get('name', '')}"))


def beside(outcomes: Floats, best: Floats) -> Trial:
    """What is told of a trial beside the best one: (n,) the first students', (N,) all."""
    n = len(outcomes)
    difference, error = behind(outcomes, best[:n])
    outcome = mean(outcomes) if n == len(best) else mean(best) + difference
    return {"outcome": outcome, "difference": difference, "error": error, "students": n}


def behind(outcomes: Floats, best: Floats) -> tuple[float, float]:
    """The mean difference to the best on the same students, and its standard error."""
    differences = outcomes - best
    return mean(differences), float(differences.std()) / math.sqrt(len(differences))


def found_by_search(spec: Mapping[str, Any], trials: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What files tell of a search: the specification that it chose, what it cost, and every trial."""
    return {"spec": dict(spec), "budget": budget_of(trials), "trials": list(trials)}


def budget_of(trials: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """What a search cost, whatever was tuned: ``settings``, lessons of ``training`` and of ``validation``."""
    training, validation = (sum(int(trial.get(name, 0)) for trial in trials) for name in ("trained", "taught"))
    return {"settings": len(trials), "training": training, "validation": validation}


class Race:
    """Tries settings on the validation students, the first quarter first."""

    def __init__(self, scenario: Scenario | Sequence[Scenario], cohort_seed: int, n_students: int) -> None:
        self.scenarios, self.seed = several(scenario), spawn_seed(cohort_seed, "validation")
        self.quarter, self.n = max(1, n_students // 4), n_students
        self.best: Floats | None = None
        self.lessons = 0

    def run(self, spec: Spec) -> tuple[Floats, bool]:
        """The primary outcome of all students, or of the first quarter only; and whether it is the best so far."""
        policy = build_policy(spec)
        first = self._taught(policy, 0, self.quarter)
        if self.best is not None:
            worse = first - self.best[: self.quarter]
            if float(worse.mean()) < -CLEARLY * float(worse.std()) / math.sqrt(len(worse)):
                return first, False
        outcomes = np.concatenate([first, self._taught(policy, self.quarter, self.n - self.quarter)])
        won = self.best is None or mean(outcomes) > mean(self.best)
        if won:
            self.best = outcomes
        return outcomes, won

    def _taught(self, policy: Policy, first: int, n: int) -> Floats:
        if n == 0:
            return np.zeros(0)
        options = {"n_students": n, "first_student": first, "cohort_seed": self.seed, "metrics": False}
        taught = [teach(s, policy, **options).outcomes for s in self.scenarios]
        self.lessons += sum(int(found["lessons"].sum()) for found in taught)
        outcomes = [found[s.outcome.primary] for s, found in zip(self.scenarios, taught, strict=True)]
        return outcomes[0] if len(outcomes) == 1 else np.mean(outcomes, axis=0)


def mean(values: Floats) -> float:
    """The mean, rounded once, so that it does not depend on the order of the students."""
    return math.fsum(values) / len(values)
