"""How many lessons a second there are in worlds that are large, or whose lessons are: and how many in plain Python.

``python -m benchmarks.large`` prints a table; ``--quick`` measures less. One thread; CPU time (``process_time``), best
of several turns taken in rotation: only the ratios within one run mean anything. Bar: with many students at once at
least twenty times the lessons of the plain environment. Wrong rules and problems of several steps have none: a plain
belief in them is a table of all combinations of all skills. Their ratios are to our own environment of one student.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from rich.console import Console
from rich.table import Table
from zpdgym.envs import Scenario, TutorEnv

from benchmarks.large.plain import PlainTutor

BAR = 20.0
SIZES = (16, 256)
WORLDS = {
    "1000 words": ("Vocabulary-v0", {"curriculum.n_skills": 1000}, {"sessions": 60, "session_lessons": 20}),
    "200 questions": ("ItemPool-v0", {}, None),
}
PLAIN = "plain Python"
WITHOUT_PLAIN = {"wrong rules": ("Remediation-v0", {}, None), "problems of steps": ("Tutor-v0", {}, None)}
"""Scenario, what is changed of it, and another schedule, because the plain environment counts lessons, not minutes."""


class Luck:
    """One NumPy generator."""

    def __init__(self, seed: int = 0) -> None:
        self.generator = np.random.default_rng(seed)

    def reset(self, count: int) -> Any:
        return self.generator.random(count)

    lesson = reset


def world(name: str) -> Scenario:
    """The scenario of a world."""
    scenario, change, schedule = (WORLDS | WITHOUT_PLAIN)[name]
    given = {**schedule, "days_between": [1, 1, 1, 1, 1, 2], "retention_days": 30} if schedule else None
    return Scenario.load(scenario, change=change, replace={"schedule": given} if given else None)


def lessons(scenario: Scenario, n: int, count: int) -> np.ndarray:
    """(count, n) items at random; where none may come twice, in an order of every student's own."""
    rng, items = np.random.default_rng(0), scenario.curriculum.n_items
    if scenario.once:
        return rng.permuted(np.tile(np.arange(items), (n, 1)), axis=1)[:, :count].T.copy()
    return rng.integers(0, items, (count, n))


def one_by_one(env: Any, scenario: Scenario, count: int) -> Callable[[], float]:
    """Lessons a second of one student after another."""
    items = lessons(scenario, 1, min(count, 30 if scenario.once else count))[:, 0].tolist()

    def turn() -> float:
        spent, given = 0.0, 0
        while given < count:
            env.reset()
            began = time.process_time()
            for item in items:
                given += 1
                if env.step(item)[2]:
                    break
            spent += time.process_time() - began
        return given / spent

    env.reset(seed=0)
    env.step(items[0])
    return turn


def together(scenario: Scenario, n: int, count: int) -> Callable[[], float]:
    """Student-lessons a second of n students at once, restarts included."""
    env, horizon = scenario.make(n), 30 if scenario.once else count
    items = lessons(scenario, n, horizon)
    env.reset(seed=0)
    env.step(items[0])
    env.reset(seed=0)

    def turn() -> float:
        began = time.process_time()
        for t in range(count):
            env.step(items[t % horizon])
        return count * n / (time.process_time() - began)

    return turn


def measure(name: str, *, turns: int, scale: float) -> dict[str, float]:
    """Lessons a second of every implementation: the best of so many turns, in rotation."""
    scenario = world(name)
    few, steps = max(30, int(600 * scale)), max(30, int(120 * scale))
    jobs = {
        **({PLAIN: one_by_one(PlainTutor(scenario, Luck()), scenario, few)} if name in WORLDS else {}),
        "`TutorEnv`": one_by_one(TutorEnv(scenario), scenario, few),
        **{f"{n} students": together(scenario, n, steps) for n in SIZES},
    }
    best = dict.fromkeys(jobs, 0.0)
    for _ in range(turns):
        for job, turn in jobs.items():
            best[job] = max(best[job], turn())
    return best


def main(arguments: list[str] | None = None) -> dict[str, dict[str, float]]:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer lessons and turns")
    quick = parser.parse_args(arguments).quick
    table = Table(title="Student-lessons a second (one thread, CPU time)")
    for heading in ("world", "implementation", "lessons/s", "ratio", "bar"):
        table.add_column(heading, justify="left" if heading in ("world", "implementation") else "right")
    turns, scale = (1, 0.1) if quick else (5, 1.0)
    found = {name: measure(name, turns=turns, scale=scale) for name in WORLDS | WITHOUT_PLAIN}
    for name, best in found.items():
        for job, rate in best.items():
            ratio, judged = rate / next(iter(best.values())), PLAIN in best and job == f"{SIZES[-1]} students"
            bar = f"{BAR:g} {'passed' if ratio >= BAR else 'MISSED'}" if judged else ""
            table.add_row(name, job.replace("`", ""), f"{rate:,.0f}", f"{ratio:.1f}", bar)
        table.add_section()
    Console().print(table)
    return found


if __name__ == "__main__":
    main()
