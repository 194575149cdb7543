"""After how many lessons and seconds `ppo_scorer` passes tuned mastery learning on Algebra, if it does.

Mastery learning is tuned as `zpdgym compare` tunes it (40 settings, 1000 validation students). While the teacher is
trained, its network is kept every 40 000 lessons or so; afterwards each of these teaches 4000 students whom neither
has met (most probable item). *Passed* is the first point where the mean paired difference of the primary outcome is
above three standard errors and is so at the next point too. Lessons and seconds count everything spent until then:
trials of readiness thresholds that are not used in the end as well (their own points are left out, for they lead
nowhere); the time for looking is not counted, neither ours nor that on validation students. Seconds are of processor
time on one thread. The learning rate falls to 0 over the lessons that the training was asked for (`--lessons`), so
another number gives another curve.

Bar: passed within 400 000 lessons and 30 seconds.

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
from zpdgym.agents.tuning import prepare
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--lessons", type=int, default=BAR_LESSONS)
    parser.add_argument("--trainers", nargs="+", choices=("fast", "sb3"), default=("fast", "sb3"))
    parser.add_argument("--points", action="store_true", help="print the difference at every point too")
    arguments = parser.parse_args()
    scenario = Scenario.load("Algebra-v0")
    spec, _ = prepare(load_policy("mastery_tuned"), scenario, cohort_seed=0)
    mastery = outcome(scenario, build_policy(spec))
    tuned = ", ".join(f"{key}={spec[key]}" for key in ("threshold", "ready", "review_days", "cap", "items"))
    print(f"tuned mastery on {scenario.label}: {scenario.outcome.primary} {mastery.mean():.4f} ({tuned})")
    print(f"ppo_scorer trained for {arguments.lessons} lessons; differences with {ERRORS:g} standard errors")
    for trainer in arguments.trainers:
        way(scenario, trainer, lessons=2000, seed=0)  # compiles the kernels
        for seed in range(arguments.seeds):
            points = way(scenario, trainer, lessons=arguments.lessons, seed=seed)
            differences = [outcome(scenario, point.teacher) - mastery for point in points]
            report(trainer, seed, points, differences, everything=arguments.points)


def report(trainer: str, seed: int, points: list[Point], differences: list[np.ndarray], *, everything: bool) -> None:
    """What came of one training, in a line; with ``everything`` the points before it."""
    if everything:
        for point, difference in zip(points, differences, strict=True):
            print(f"  {_at(point)}  {_difference(difference)}")
    found = passing(differences)
    if found is None:
        best = int(np.argmax([d.mean() for d in differences]))
        text = f"does NOT pass: best {_difference(differences[best])} at {_at(points[best])}; bar MISSED"
    else:
        point = points[found]
        kept = point.lessons <= BAR_LESSONS and point.seconds <= BAR_SECONDS
        text = f"passes at {_at(point)} with {_difference(differences[found])}; bar {'kept' if kept else 'MISSED'}"
    print(f"{trainer:4} seed {seed}: {text}; end {_at(points[-1])} {_difference(differences[-1])}", flush=True)


def _at(point: Point) -> str:
    return f"{point.lessons:7d} lessons {point.seconds:5.1f} s"


def _difference(difference: np.ndarray) -> str:
    return f"{difference.mean():+.4f} (± {ERRORS * difference.std() / np.sqrt(len(difference)):.4f})"


if __name__ == "__main__":
    main()
