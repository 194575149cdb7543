"""How settings of a policy are judged: on validation students, the first quarter first, all with the same luck."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError

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
that; ``taught``: the lessons that validation students had. Of a setting that was given up after a quarter of the
students, ``outcome`` is the best's plus the difference. What else trials of learners tell: ``learnt.tuning``.
"""

N_STUDENTS = 1000
CLEARLY = 3.0
"""A setting is clearly worse when it is behind by more than so many standard errors of the paired difference."""


class Race:
    """Tries settings on the validation students, the first quarter first."""

    def __init__(self, scenarios: tuple[Scenario, ...], cohort_seed: int, n_students: int) -> None:
        self.scenarios, self.seed = scenarios, spawn_seed(cohort_seed, "validation")
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


def search_luck(spec: Mapping[str, object], cohort_seed: int) -> np.random.Generator:
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


def mean(values: Floats) -> float:
    """The mean, rounded once, so that it does not depend on the order of the students."""
    return math.fsum(values) / len(values)
