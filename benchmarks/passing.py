"""After how many lessons and seconds `ppo_scorer` passes tuned mastery learning and `tuned_index` on Algebra, if so.

Both are tuned as `zpdgym compare` tunes them: mastery learning with 40 settings and 1000 validation students, the index
by evolution over the lessons that its file says, with as many validation students. What each search took stands beside
it. While the teacher is trained, its network is kept every 40 000 lessons or so; afterwards each of these teaches 4000
students whom neither has met (most probable item). *Passed* is the first point where the mean paired difference of the
primary outcome is above three standard errors and is so at the next point too. Lessons and seconds count everything
spent until then: trials of readiness thresholds that are not used in the end as well (their own points are left out,
for they lead nowhere). The time for looking is not counted, neither ours nor that on validation students; a search
cannot do without that, so its seconds hold it. Seconds are of processor time on one thread. The learning rate falls
over the lessons that the training was asked for (`--lessons`), so another number gives another curve.

Bar: mastery learning is passed within 400 000 lessons and 30 seconds. There is none for the index.

    .venv/bin/python -m benchmarks.passing [--seeds 3] [--lessons 400000] [--trainers fast sb3] [--points]
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any, NamedTuple
from unittest.mock import patch

os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from zpdgym.agents.learnt import training
from zpdgym.agents.learnt.sb3 import weights_of
from zpdgym.agents.learnt.teacher import Teacher
from zpdgym.agents.problem import Problem
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.agents.tuning import budget_of, prepare
from zpdgym.envs.scenario import Scenario

EVERY = 40_000
STUDENTS, COHORT = 4000, 77
ERRORS = 3.0
BAR_LESSONS, BAR_SECONDS = 400_000, 30.0


class Point(NamedTuple):
    """A network on the way: what had been spent when it was kept, and with which readiness threshold it learns."""

    lessons: int
    seconds: float
    ready: Any
    teacher: Teacher


class Way(training.Curve):
    """The watcher of a training, which also keeps networks, and whose clock stands still while it looks."""

    latest: Way

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.points: list[Point] = []
        self.looking = 0.0
        Way.latest = self

    def before_rollout(self, model: Any) -> bool:
        began = time.process_time()
        if not self.points or self.spent + model.num_timesteps >= self.points[-1].lessons + EVERY:
            self._keep(model, began)
        goes_on = super().before_rollout(model)
        self.looking += time.process_time() - began
        return goes_on

    def at_end(self, model: Any) -> None:
        began = time.process_time()
        if self.spent + model.num_timesteps > self.points[-1].lessons:
            self._keep(model, began)
        super().at_end(model)
        self.looking += time.process_time() - began

    def _keep(self, model: Any, now: float) -> None:
        problem = Problem.of(model.get_env().env)
        teacher = Teacher.of(problem, self.learner, weights_of(model), {}, trained_on=self.several)
        spent, seconds = self.spent + model.num_timesteps, now - self.started - self.looking
        self.points.append(Point(spent, seconds, teacher.card["settings"]["ready"], teacher))


def outcome(scenario: Scenario, policy: Any) -> np.ndarray:
    taught = teach(scenario, policy, n_students=STUDENTS, cohort_seed=COHORT, metrics=False)
    return taught.outcomes[scenario.outcome.primary]


def way(scenario: Scenario, trainer: str, *, lessons: int, seed: int) -> list[Point]:
    """The points of a training that lead to its teacher."""
    spec = load_policy("ppo_scorer", change={"trainer": trainer})
    with patch.object(training, "Curve", Way):
        teacher = training.train(scenario, spec, lessons=lessons, seed=seed)
    return [point for point in Way.latest.points if point.ready == teacher.card["settings"]["ready"]]


def passing(differences: list[np.ndarray]) -> int | None:
    """The place of the first point that is clearly ahead and whose next one is too; None where there is none."""
    ahead = [d.mean() > ERRORS * d.std() / np.sqrt(len(d)) for d in differences]
    return next((j for j in range(len(ahead) - 1) if ahead[j] and ahead[j + 1]), None)


class Bar(NamedTuple):
    """A tuned policy that is to be passed: what its test students reached, and how it was found."""

    name: str
    outcome: np.ndarray
    told: str
    bound: bool

    @classmethod
    def tuned(cls, scenario: Scenario, name: str, *, bound: bool = False) -> Bar:
        """The policy as a comparison tunes it; ``bound`` says whether passing it has a limit."""
        began = time.process_time()
        spec, trials = prepare(load_policy(name), scenario, cohort_seed=0)
        seconds, spent = time.process_time() - began, budget_of(trials)
        reached = outcome(scenario, build_policy(spec))
        lessons = spent["training"] + spent["validation"]
        told = (
            f"{name}: {scenario.outcome.primary} {reached.mean():.4f}; its search took {seconds:.1f} s and {lessons} "
            f"lessons, {spent['validation']} of them on validation students"
        )
        return cls(name, reached, told, bound)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--lessons", type=int, default=BAR_LESSONS)
    parser.add_argument("--trainers", nargs="+", choices=("fast", "sb3"), default=("fast", "sb3"))
    parser.add_argument("--points", action="store_true", help="print the differences at every point too")
    arguments = parser.parse_args()
    scenario = Scenario.load("Algebra-v1")
    index = load_policy("tuned_index")
    short = {**index, "tune": {**index["tune"], "lessons": 2000}}
    _ = prepare(short, scenario, cohort_seed=1, n_students=100)  # compiles the kernels
    bars = [Bar.tuned(scenario, "mastery_tuned", bound=True), Bar.tuned(scenario, "tuned_index")]
    print(f"{scenario.label}, {STUDENTS} students", *(bar.told for bar in bars), sep="\n")
    print(
        f"ppo_scorer trained for {arguments.lessons} lessons; differences with {ERRORS:g} standard errors", flush=True
    )
    for trainer in arguments.trainers:
        way(scenario, trainer, lessons=2000, seed=0)  # compiles the kernels
        for seed in range(arguments.seeds):
            points = way(scenario, trainer, lessons=arguments.lessons, seed=seed)
            outcomes = [outcome(scenario, point.teacher) for point in points]
            for bar in bars:
                told = report(bar, points, [reached - bar.outcome for reached in outcomes], everything=arguments.points)
                print(f"{trainer:4} seed {seed}: {told}", flush=True)


def report(bar: Bar, points: list[Point], differences: list[np.ndarray], *, everything: bool) -> str:
    """What came of one training, in a line; with ``everything`` the points before it are printed."""
    if everything:
        for point, difference in zip(points, differences, strict=True):
            print(f"  {bar.name}: {_at(point)}  {_difference(difference)}")
    found = passing(differences)
    if found is None:
        best = int(np.argmax([d.mean() for d in differences]))
        text = f"does NOT pass {bar.name}: best {_difference(differences[best])} at {_at(points[best])}"
        kept = False
    else:
        point = points[found]
        kept = point.lessons <= BAR_LESSONS and point.seconds <= BAR_SECONDS
        text = f"passes {bar.name} at {_at(point)} with {_difference(differences[found])}"
    verdict = f"; bar {'kept' if kept else 'MISSED'}" if bar.bound else ""
    return f"{text}{verdict}; end {_at(points[-1])} {_difference(differences[-1])}"


def _at(point: Point) -> str:
    return f"{point.lessons:7d} lessons {point.seconds:5.1f} s"


def _difference(difference: np.ndarray) -> str:
    return f"{difference.mean():+.4f} (± {ERRORS * difference.std() / np.sqrt(len(difference)):.4f})"


if __name__ == "__main__":
    main()
