"""Tuning by evolution: CMA-ES moves a cloud of settings towards those that teach training students best."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np
from zpdgym.errors import InputError, not_installed

from ..students.draws import spawn_seed
from .problem import Actions, Asked, AskedPolicy, Policy, Problem
from .race import Floats, Race, Spec, Trial, beside, mean, rehearsed, search_luck, several
from .registry import build_policy
from .rollouts import at_once, rollout
from .search_space import LOOK, Range, Tunable, Values

if TYPE_CHECKING:
    from ..envs.scenario import Scenario

GENERATIONS = 60
"""A search is to have at least so many generations, if its lessons are enough for ``FEWEST`` students in each."""
FEWEST, MOST = 8, 128
"""Students whom all settings of a generation teach: the more lessons there are, the surer each is judged."""
STEP = 0.025
"""The cloud's first standard deviation in every parameter, as a share of its range."""


def evolve(
    spec: Mapping[str, object],
    scenario: Scenario | Sequence[Scenario],
    tunable: Tunable,
    *,
    cohort_seed: int,
    n_students: int,
    progress: Callable[[float], None],
) -> tuple[Spec, list[Trial]]:
    """Find the settings with the best mean primary outcome by an evolution strategy (CMA-ES, Hansen 2016).

    All settings of a generation teach the same training students with the same luck, every generation other students.
    Now and then the middle of the cloud teaches the validation students, whom the evolution never sees; the best of
    those, the policy's own settings among them, is chosen. With several scenarios, the outcome is the mean over them.

    Args:
        spec: the policy's specification.
        scenario: what will be taught.
        tunable: its section ``tune``; ``lessons`` are those that training students may have, and with ``patience``
            the search ends sooner: when so many generations brought no gain on the validation students.
        cohort_seed: the experiment's.
        n_students: validation students.
        progress: told the share of the lessons that is spent.

    Returns:
        The specification that was chosen, and the settings that validation students were taught with. Beside what
        other trials tell, ``trained`` are the lessons of training students since the trial before, and ``reward`` their
        mean outcome.
    """
    base, lessons = {k: v for k, v in spec.items() if k != "tune"}, tunable.lessons or 0
    luck, scenarios = search_luck(spec, cohort_seed), several(scenario)
    cloud = _Cloud(tunable, luck)
    race, class_ = Race(scenarios, cohort_seed, n_students), _Training(base, scenarios, spec, cohort_seed, lessons)
    tried, best_at = list[_Look](), 0

    def look(values: Values) -> bool:
        ready, before = rehearsed(base | values, scenario, cohort_seed=cohort_seed), race.lessons
        outcomes, won = race.run(ready)
        tried.append(_Look(values, ready, outcomes, race.lessons - before, *class_.since_last_look(), won))
        return won

    look(tunable.own)
    while class_.lessons < lessons and (tunable.patience is None or cloud.generation - best_at < tunable.patience):
        settings = cloud.ask()
        cloud.tell(class_.outcomes(settings, cloud.size))
        ended = class_.lessons >= lessons
        if (cloud.generation % LOOK == 0 or ended) and look(cloud.middle):
            best_at = cloud.generation
        progress(min(class_.lessons / lessons, 1.0))
    assert race.best is not None
    chosen = max(index for index, one in enumerate(tried) if one.won)
    return tried[chosen].spec, [one.told(race.best) for one in tried]


@dataclass(frozen=True, eq=False)
class _Look:
    """What came of one setting on the validation students, and what training there was before."""

    values: Values
    spec: Spec
    outcomes: Floats
    taught: int
    trained: int
    reward: float | None
    won: bool

    def told(self, best: Floats) -> Trial:
        """As a trial is told."""
        told = self.values | beside(self.outcomes, best) | {"taught": self.taught, "trained": self.trained}
        return told if self.reward is None else told | {"reward": self.reward}


class _Cloud:
    """The settings of each generation: a normal distribution over the ranges that CMA-ES moves.

    Args:
        tunable: the ranges, and where to begin.
        luck: whose draws make the settings.
    """

    def __init__(self, tunable: Tunable, luck: np.random.Generator) -> None:
        self.ranges = {key: values for key, values in tunable.space.items() if isinstance(values, Range)}
        start = [place for key, values in self.ranges.items() if (place := values.place(tunable.own[key])) is not None]
        self._strategy = _strategy(start, luck)
        self.size, self.generation = self._strategy.popsize, 0
        self._asked: list[Floats] = []

    def ask(self) -> list[Values]:
        """The settings of the next generation."""
        self._asked = self._strategy.ask()
        return [self._values(places) for places in self._asked]

    def tell(self, outcomes: Sequence[float]) -> None:
        """What came of them."""
        self._strategy.tell(self._asked, [-outcome for outcome in outcomes])
        self.generation += 1

    @property
    def middle(self) -> Values:
        """The mean of the distribution."""
        return self._values(self._strategy.result.xfavorite)

    def _values(self, places: Floats) -> Values:
        return {key: values.at(float(place)) for (key, values), place in zip(self.ranges.items(), places, strict=True)}


class _Training:
    """The training students: other ones in every generation, the same for all of its settings."""

    def __init__(
        self, base: Spec, scenarios: tuple[Scenario, ...], spec: Mapping[str, object], cohort_seed: int, budget: int
    ) -> None:
        self.base, self.scenarios, self.budget, self.cohort_seed = base, scenarios, budget, cohort_seed
        self.seed = spawn_seed(cohort_seed, f"tuning/{spec.get('name', '')}/students")
        self.lessons = self.first = self._lessons_before = 0
        self._since: list[float] = []

    def outcomes(self, settings: Sequence[Values], size: int) -> list[float]:
        """The mean primary outcome of each setting, on students who were never taught before."""
        horizon = sum(one.schedule.horizon(one.curriculum.minutes) for one in self.scenarios)
        n = int(np.clip(self.budget // (GENERATIONS * size * horizon), FEWEST, MOST))
        found = []
        for scenario in self.scenarios:
            specs = [rehearsed(self.base | values, scenario, cohort_seed=self.cohort_seed) for values in settings]
            taught, lessons = teach_each(
                scenario, [build_policy(one) for one in specs], n_students=n, cohort_seed=self.seed, first=self.first
            )
            self.lessons += lessons
            found.append(taught)
        self.first += n
        outcomes = [mean(one) for one in np.mean(found, axis=0)]
        self._since += outcomes
        return outcomes

    def since_last_look(self) -> tuple[int, float | None]:
        """The lessons since this was last asked, and the mean outcome of those whom they taught."""
        lessons, self._lessons_before = self.lessons - self._lessons_before, self.lessons
        reward, self._since = mean(np.array(self._since)) if self._since else None, []
        return lessons, reward


def teach_each(
    scenario: Scenario, policies: Sequence[Policy], *, n_students: int, cohort_seed: int, first: int
) -> tuple[Floats, int]:
    """Teach the same students with every one of several policies, side by side, which is faster than in turns.

    Returns:
        (P, N) the primary outcomes, those that ``teach`` gives for each policy alone; and the lessons in all.
    """
    found, lessons = list[Floats](), 0
    together = max(at_once(scenario) // len(policies), 1)
    for begin in range(0, n_students, together):
        n = min(together, n_students - begin)
        env = scenario.make(len(policies) * n, seed=cohort_seed, autoreset=False, reward="exam", copy=False)
        env.records["student"] = first + begin + np.tile(np.arange(n), len(policies))
        taught = rollout(env, _SideBySide(policies, n), metrics=False)
        found.append(taught.outcomes[scenario.outcome.primary].reshape(len(policies), n))
        lessons += taught.lessons
    return np.concatenate(found, axis=1), lessons


class _SideBySide(AskedPolicy):
    """Several policies as one: each teaches its own block of students."""

    def __init__(self, policies: Sequence[Policy], n: int) -> None:
        first = policies[0]
        self.name, self.privileged, self.learnt = first.name, first.privileged, first.learnt
        self.draws, self.needs = first.draws, first.needs
        self.policies, self.blocks = policies, [slice(i * n, (i + 1) * n) for i in range(len(policies))]

    def bind(self, problem: Problem) -> None:
        """All of them."""
        for policy, block in zip(self.policies, self.blocks, strict=True):
            policy.bind(problem if problem.probe is None else replace(problem, probe=problem.probe.of(block)))

    def answer(self, asked: Asked) -> tuple[Actions, list[object]]:
        """What each policy chooses for its own students."""
        start, masks, u = asked.episode_start, asked.action_masks, asked.u
        found = [
            policy.predict(
                asked.observation[block],
                None if asked.state is None else asked.state[i],
                None if start is None else start[block],
                asked.deterministic,
                action_masks=None if masks is None else masks[block],
                u=None if u is None else u[block],
            )
            for i, (policy, block) in enumerate(zip(self.policies, self.blocks, strict=True))
        ]
        return np.concatenate([actions for actions, _ in found]), [after for _, after in found]


class _Result(Protocol):
    xfavorite: Floats


class _Strategy(Protocol):
    """What of the package is used."""

    popsize: int
    result: _Result

    def ask(self) -> list[Floats]: ...

    def tell(self, solutions: list[Floats], function_values: list[float]) -> None: ...


def _strategy(start: list[float], luck: np.random.Generator) -> _Strategy:
    """CMA-ES in the unit cube, which draws by this luck alone."""
    try:
        with warnings.catch_warnings():  # what it says at its import concerns nobody here
            warnings.simplefilter("ignore")
            import cma
    except ModuleNotFoundError as error:
        raise InputError(f"tune.method=cma_es: {not_installed(error.name)}") from error
    options = {
        "bounds": [0.0, 1.0],
        "verbose": -9,
        "randn": lambda *shape: luck.standard_normal(shape),
        "seed": np.nan,  # or it would seed NumPy's own generator
    }
    return cast("_Strategy", cma.CMAEvolutionStrategy(start, STEP, options))
