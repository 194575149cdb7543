"""Tuning a learner: every setting is trained anew and judged on validation students, as baselines are.

No training of a search is ever reported: its seeds are negative, and those of experiments are not. Whoever wants a
teacher with the settings that were found trains it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError
from zpdgym.files import plain

from ...students.draws import spawn_seed
from ..search_space import BUDGET, Proposals, Values, read_space
from ..tuning import CLEARLY, N_STUDENTS, Spec, Trial, behind, mean, search_luck, several

if TYPE_CHECKING:
    from ...envs.scenario import Scenario
    from .checkpoints import Checkpoint

Floats = npt.NDArray[np.float64]

QUARTER = 0.25
"""At this share of its lessons a training that is clearly behind is given up."""
TRAININGS = 2
"""So many trainings the best setting has: one training may be lucky."""


@dataclass(frozen=True, eq=False)
class Tried:
    """A setting and what came of it.

    Attributes:
        values: the setting.
        outcome: (N,) primary outcome of every validation student, the mean over the trainings; of a training that was
            given up, when it was.
        difference: to the best setting until then, the mean over the students, and its standard error.
        error: the same, its standard error.
        given_up: whether its training was given up.
        at: (L,) the lessons after which its first training was looked at …
        looks: (L, N) … and the primary outcome of every student then.
        trainings: how many trainings it had.
        trained: lessons of them.
        taught: lessons of validation students.
        seconds: how long it took.
    """

    values: Values
    outcome: Floats
    difference: float
    error: float
    given_up: bool
    at: list[int]
    looks: Floats
    trainings: int
    trained: int
    taught: int
    seconds: float

    def early(self, lessons: int) -> Floats | None:
        """(N,) the latest look at its first training after at most so many lessons; None: there was none."""
        index = int(np.searchsorted(self.at, lessons, side="right")) - 1
        return None if index < 0 else self.looks[index]


@dataclass(frozen=True, eq=False)
class LearnerSearch:
    """What came of a search.

    Attributes:
        spec: the specification to train, without ``tune``.
        trials: what was tried, in that order. Beside what trials of other policies tell, ``trained`` are the lessons
            of the trainings, ``trainings`` how many there were, and ``given_up`` says that the only one was; then
            ``outcome`` and ``difference`` are those of a quarter of the lessons, beside the best until then.
        seconds: how long it took, without interruptions.
    """

    spec: Spec
    trials: list[Trial]
    seconds: float


def search(
    spec: Mapping[str, Any],
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
    best. Each is trained once, with a seed of its own. A training that is clearly behind the best one at a quarter of
    its lessons is given up. A setting that is ahead of the best is trained a second time, and takes its place where the
    mean of both is still ahead; the policy's own settings are trained twice from the start.

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
    before = [] if memory is None else _read(memory)
    proposals, tried = Proposals(tunable.space, search_luck(spec, cohort_seed)), list[Tried]()
    values: Values | None = tunable.own
    while values is not None:
        proposals.tried(values)
        number = len(tried)
        tried.append(_again(before[number], values, memory) if number < len(before) else race.run(values, number))
        race.settle(tried[-1])
        if memory is not None and number >= len(before):
            memory.write({"tried": [vars(one) for one in tried]})
        if progress is not None:
            progress(len(tried), tunable.budget)
        values = proposals.draw(race.best.values, len(tried), tunable.budget)
    if memory is not None:
        memory.remove()
    trials = [one.values | _told(one, race.best) for one in tried]
    return LearnerSearch(base | race.best.values, trials, sum(one.seconds for one in tried))


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
        "trainings": one.trainings,
        "given_up": one.given_up,
    }


class _Race:
    """Trains settings, and knows the best one."""

    best: Tried

    def __init__(
        self, base: Spec, scenarios: tuple[Scenario, ...], *, lessons: int, cohort_seed: int, n_validation: int
    ) -> None:
        self.base, self.scenarios, self.lessons = base, scenarios, lessons
        self.cohort_seed, self.n_validation = cohort_seed, n_validation
        self.smallest = max(float(scenario.outcome.smallest_difference) for scenario in scenarios)

    def run(self, values: Values, number: int) -> Tried:
        """Train a setting, a second time where it is ahead of the best."""
        started, best = time.perf_counter(), self.best if number else None
        trainings = [self._train(values, number, 0, best)]
        first = trainings[0]
        if not first.given_up and (best is None or mean(first.outcome) > mean(best.outcome)):
            trainings += [self._train(values, number, n, None) for n in range(1, TRAININGS)]
        outcome: Floats = np.mean([training.outcome for training in trainings], axis=0)
        difference, error = (
            first.behind if first.given_up else behind(outcome, outcome if best is None else best.outcome)
        )
        return Tried(
            values=values,
            outcome=outcome,
            difference=difference,
            error=error,
            given_up=first.given_up,
            at=list(first.looks),
            looks=np.stack(list(first.looks.values())),
            trainings=len(trainings),
            trained=sum(training.trained for training in trainings),
            taught=sum(training.taught for training in trainings),
            seconds=time.perf_counter() - started,
        )

    def settle(self, one: Tried) -> None:
        """The best setting from now on: of all those that were not given up the one with the highest mean."""
        if not hasattr(self, "best") or (not one.given_up and mean(one.outcome) > mean(self.best.outcome)):
            self.best = one

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

        Students' luck is in the standard error, that of the training is not; so it must also be behind by more than
        anybody would care for.
        """
        self.looks[lessons] = outcome
        if self.best is None or self.judged or not self.at <= lessons < self.until:
            return True
        self.judged = True
        early = self.best.early(lessons)
        if early is None:
            return True
        difference, error = self.behind = behind(outcome, early)
        self.given_up = difference < -max(CLEARLY * error, self.smallest)
        return not self.given_up


def _checkpoint(path: str | Path, about: dict[str, Any]) -> Checkpoint:
    from .checkpoints import Checkpoint

    return Checkpoint(path, about)


def _read(memory: Checkpoint) -> list[Tried]:
    """The trials of an interrupted search."""
    state = memory.read()
    names = [field.name for field in fields(Tried)]
    try:
        return [Tried(**{name: one[name] for name in names}) for one in (state or {"tried": []})["tried"]]
    except (KeyError, TypeError) as error:
        raise InputError(f"{memory.path} is not a whole checkpoint of a search: delete it") from error


def _again(one: Tried, values: Values, memory: Checkpoint) -> Tried:
    """A finished trial, which must be the one that the search comes to."""
    if one.values != plain(values):
        raise InputError(f"{memory.path} belongs to another search: it tried {one.values} where {values} is next")
    return Tried(**{**vars(one), "values": values})
