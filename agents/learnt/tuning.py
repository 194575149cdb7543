"""Tuning a learner: every setting is trained anew and judged on validation students, as baselines are.

No training of a search is ever reported: its seeds are negative, and those of experiments are not. Whoever wants a
teacher with the settings that were found trains it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError
from zpdgym.files import plain

from ...students.draws import spawn_seed
from ..race import CLEARLY, N_STUDENTS, Spec, Trial, behind, mean, search_luck, several
from ..search_space import BUDGET, Proposals, Values, read_space

if TYPE_CHECKING:
    from ...envs.scenario import Scenario
    from .checkpoints import Checkpoint

Floats = npt.NDArray[np.float64]

QUARTER = 0.25
"""At this share of its lessons a training that is clearly behind is given up."""
AT_FIRST, AT_MOST = 3, 5
"""How many trainings the policy's own settings have from the start, and the best setting in the end."""
LUCKY = 2.0
"""A training is clearly behind when it is so by more than so many standard deviations of the luck of trainings."""


@dataclass(eq=False)
class Tried:
    """A setting and what came of its trainings.

    Attributes:
        values: the setting.
        outcomes: (T, N) primary outcome of every validation student after each training, with the teacher that was
            kept; of a training that was given up, when it was.
        at: (L,) the lessons after which each training was looked at.
        looks: (T, L, N) the primary outcome of every student then; (T, 0, N) of a setting that has lost.
        trained: lessons of training.
        taught: lessons of validation students.
        seconds: how long it took.
        given_up: whether its only training was given up.
        difference: of one that was: to the best setting at that time, the mean over the students.
        error: its standard error.
    """

    values: Values
    outcomes: Floats
    at: list[int]
    looks: Floats
    trained: int
    taught: int
    seconds: float
    given_up: bool = False
    difference: float = 0.0
    error: float = 0.0

    @property
    def outcome(self) -> Floats:
        """(N,) the mean over the trainings."""
        return self.outcomes.mean(axis=0)

    def early(self, lessons: int) -> Floats | None:
        """(T, N) the latest look after at most so many lessons; None: there was none."""
        index = int(np.searchsorted(self.at, lessons, side="right")) - 1
        return None if index < 0 else self.looks[:, index]

    def lead(self, best: Tried) -> float:
        """How much higher its mean over trainings and students is."""
        return mean(self.outcome) - mean(best.outcome)

    def luck(self, best: Tried) -> float:
        """The standard error of that which comes from the luck of trainings."""
        variances = [one.outcomes.mean(axis=1).var(ddof=1) / len(one.outcomes) for one in (self, best)]
        return float(np.sqrt(sum(variances)))

    def add(self, training: _Training, seconds: float) -> None:
        """One more training, with looks at the same lessons."""
        self.outcomes = np.concatenate([self.outcomes, training.outcome[None]])
        self.looks = np.concatenate([self.looks, np.stack(list(training.looks.values()))[None]])
        self.trained += training.trained
        self.taught += training.taught
        self.seconds += seconds


@dataclass(frozen=True, eq=False)
class LearnerSearch:
    """What came of a search.

    Attributes:
        spec: the specification to train, without ``tune``.
        trials: what was tried, in that order. Beside what trials of other policies tell, ``trained`` are the lessons
            of training, ``trainings`` how many trainings there were, and ``given_up`` says that the only one was; then
            ``outcome`` and ``difference`` are those of a quarter of the lessons, beside the best until then.
        seconds: how long it took, without interruptions.
    """

    spec: Spec
    trials: list[Trial]
    seconds: float


def search(
    spec: Mapping[str, object],
    scenario: Scenario | Sequence[Scenario],
    *,
    lessons: int,
    cohort_seed: int,
    n_validation: int = N_STUDENTS,
    budget: int = BUDGET,
    checkpoint: str | Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> LearnerSearch:
    """Find the settings with which a learner becomes the best teacher of validation students.

    The settings are drawn as those of baselines: first the policy's own, then some at random, then neighbours of the
    best. Every training has a seed of its own, and one may be lucky: so a setting takes the place of the best when its
    mean over as many trainings is higher by more than a standard error of what trainings differ, and is trained again
    only as long as it is ahead. The best setting has three trainings at first, and one more for every setting that is
    set beside it, up to five (after SMAC's "intensify": Hutter, Hoos & Leyton-Brown 2011). A first training that is
    clearly behind at a quarter of its lessons is given up.

    Args:
        spec: a learnt policy's specification with a section ``tune``; its ``budget`` and ``lessons`` count where they
            are smaller.
        scenario: where to teach; several: as for ``train``.
        lessons: how many lessons each training has.
        cohort_seed: the experiment's; validation students come from it.
        n_validation: how many of them.
        budget: the largest number of settings.
        checkpoint: a file for the finished trials. Where it is there, the search goes on from it, to the same result;
            when the search ends, it is deleted.
        progress: called with (trials done, trials in all).

    Raises:
        InputError: ``tune`` is not as it must be, or the policy cannot be trained here.
    """
    base, tunable = {k: v for k, v in spec.items() if k != "tune"}, read_space(spec, budget)
    scenarios, lessons = several(scenario), min(lessons, tunable.lessons or lessons)
    race = _Race(base, scenarios, lessons=lessons, cohort_seed=cohort_seed, n_validation=n_validation)
    about = {
        "scenario": [one.label for one in scenarios],
        "policy": plain(dict(spec)),
        "lessons": lessons,
        "validation students": [cohort_seed, n_validation],
        "settings": tunable.budget,
    }
    memory = None if checkpoint is None else _checkpoint(checkpoint, about)
    if memory is not None:
        _take_up(memory, race)
    proposals, number = Proposals(tunable.space, search_luck(spec, cohort_seed)), 0
    values: Values | None = tunable.own
    while values is not None:
        proposals.tried(values)
        if number < len(race.tried):
            _must_be_next(race.tried[number], values, memory)
        else:
            race.run(values)
            if memory is not None:
                memory.write({"tried": [vars(one) for one in race.tried], "leaders": race.leaders})
        number += 1
        if progress is not None:
            progress(number, tunable.budget)
        values = proposals.draw(race.tried[race.leaders[number - 1]].values, number, tunable.budget)
    if memory is not None:
        memory.remove()
    trials = [one.values | _told(one, race.best) for one in race.tried]
    return LearnerSearch(base | race.best.values, trials, sum(one.seconds for one in race.tried))


def _told(one: Tried, best: Tried) -> Trial:
    """What is told of a trial beside the best one."""
    difference, error = (one.difference, one.error) if one.given_up else behind(one.outcome, best.outcome)
    return {
        "outcome": mean(one.outcome),
        "difference": difference,
        "error": error,
        "students": len(one.outcome),
        "taught": one.taught,
        "trained": one.trained,
        "trainings": len(one.outcomes),
        "given_up": one.given_up,
    }


class _Race:
    """Trains settings, and knows the best one.

    Attributes:
        tried: the settings, in order.
        leaders: after each of them the index of the best one.
    """

    def __init__(
        self, base: Spec, scenarios: tuple[Scenario, ...], *, lessons: int, cohort_seed: int, n_validation: int
    ) -> None:
        self.base, self.scenarios, self.lessons = base, scenarios, lessons
        self.cohort_seed, self.n_validation = cohort_seed, n_validation
        self.smallest = max(float(scenario.outcome.smallest_difference) for scenario in scenarios)
        self.tried, self.leaders = list[Tried](), list[int]()

    @property
    def best(self) -> Tried:
        """The best setting so far."""
        return self.tried[self.leaders[-1]]

    def run(self, values: Values) -> None:
        """Try a setting: the first one, or one beside the best."""
        if not self.tried:
            self.tried.append(self._first_training(values, None))
            for _ in range(1, AT_FIRST):
                self._train_again(0)
            self.leaders.append(0)
            return
        leader, number, best = self.leaders[-1], len(self.tried), self.best
        if len(best.outcomes) < AT_MOST:
            self._train_again(leader)
        one = self._first_training(values, best)
        self.tried.append(one)
        while not one.given_up and one.lead(best) > 0 and len(one.outcomes) < len(best.outcomes):
            self._train_again(number)
        ahead = len(one.outcomes) >= len(best.outcomes) and one.lead(best) > one.luck(best)
        self.leaders.append(number if ahead else leader)
        loser = best if ahead else one
        loser.looks = loser.looks[:, :0]  # nobody is set beside it any more

    def _first_training(self, values: Values, best: Tried | None) -> Tried:
        number, started = len(self.tried), time.perf_counter()
        training = self._train(values, number, 0, best)
        difference, error = training.behind
        return Tried(
            values=values,
            outcomes=training.outcome[None],
            at=list(training.looks),
            looks=np.stack(list(training.looks.values()))[None],
            trained=training.trained,
            taught=training.taught,
            seconds=time.perf_counter() - started,
            given_up=training.given_up,
            difference=difference,
            error=error,
        )

    def _train_again(self, number: int) -> None:
        one, started = self.tried[number], time.perf_counter()
        one.add(self._train(one.values, number, len(one.outcomes), None), time.perf_counter() - started)

    def _train(self, values: Values, number: int, training: int, best: Tried | None) -> _Training:
        from .training import train

        seen = _Training(best, at=QUARTER * self.lessons, until=self.lessons, smallest=self.smallest)
        teacher = train(
            self.scenarios,
            self.base | values,
            lessons=self.lessons,
            seed=-1 - spawn_seed(self.cohort_seed, f"tuning/{self.base.get('name', '')}/{number}/{training}"),
            cohort_seed=self.cohort_seed,
            n_validation=self.n_validation,
            on_evaluate=seen.evaluated,
            go_on=seen.look,
        )
        told = teacher.card["training"]
        seen.trained, seen.outcome = int(told["lessons"]), seen.looks[int(told["chosen"])]
        return seen


class _Training:
    """One training, looked at as it goes on.

    Args:
        best: the best setting so far; None: this training is not given up.
        at: from so many lessons on it may be given up …
        until: … and no longer when it has had so many.
        smallest: the smallest difference in the outcome that is worth having.
    """

    outcome: Floats
    trained: int

    def __init__(self, best: Tried | None, *, at: float, until: int, smallest: float) -> None:
        self.best, self.at, self.until, self.smallest = best, at, until, smallest
        self.looks, self.taught = dict[int, Floats](), 0
        self.judged = self.given_up = False
        self.behind = (0.0, 0.0)

    def evaluated(self, row: Mapping[str, float]) -> None:
        """Validation students were taught."""
        self.taught += int(row["taught"])

    def look(self, lessons: int, outcome: Floats) -> bool:
        """Whether the training shall go on: it is judged once, at the first look after a quarter of the lessons.

        Clearly behind is who is so for the students' luck, for the luck that the trainings of the best had until then,
        and by more than anybody would care for.
        """
        self.looks[lessons] = outcome
        if self.best is None or self.judged or not self.at <= lessons < self.until:
            return True
        self.judged = True
        early = self.best.early(lessons)
        if early is None:
            return True
        difference, error = self.behind = behind(outcome, early.mean(axis=0))
        trainings = len(early)
        luck = float(early.mean(axis=1).std(ddof=1)) * math.sqrt(1 + 1 / trainings)
        self.given_up = difference < -max(CLEARLY * error, LUCKY * luck, self.smallest)
        return not self.given_up


def _checkpoint(path: str | Path, about: dict[str, object]) -> Checkpoint:
    from .checkpoints import Checkpoint

    return Checkpoint(path, about)


def _take_up(memory: Checkpoint, race: _Race) -> None:
    """Go on with the trials of an interrupted search."""
    state = memory.read()
    if state is None:
        return
    names = [field.name for field in fields(Tried)]
    try:
        race.tried = [Tried(**{name: one[name] for name in names}) for one in state["tried"]]
        race.leaders = [int(leader) for leader in state["leaders"]]
    except (KeyError, TypeError) as error:
        raise InputError(f"{memory.path} is not a whole checkpoint of a search: delete it") from error


def _must_be_next(one: Tried, values: Values, memory: Checkpoint | None) -> None:
    """A finished trial must be the one that the search comes to; its values are of the kinds that were drawn."""
    if one.values != plain(values):
        path = "the checkpoint" if memory is None else memory.path
        raise InputError(f"{path} belongs to another search: it tried {one.values} where {values} is next")
    one.values = values
