"""How many lessons a second the simulator gives, against a plain scalar Gymnasium environment in the same run.

``python -m benchmarks.simulator`` prints a table; ``--quick`` measures less, ``--json FILE`` keeps the numbers.
One thread; CPU time (``process_time``), best of several turns taken in rotation, because machines are noisy: only the
ratios within one run mean anything.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from zpdgym.envs import Scenario, TutorEnv

from benchmarks.scalar_env import ScalarBandStudent, ScalarBKTStudent, ScalarTutorEnv, TunedScalarTutorEnv

LESSONS = 200
SIZES = (1, 16, 64, 1024, 4096, 16384)
BARS = {
    "bkt": {"Env": 2.5, 64: 70.0, 1024: 150.0, 4096: 170.0}, "difficulty band": {1024: 150.0}, "with giving up": {},
    "graph belief": {},
}  # fmt: skip
"""Pass lines for the ratio to the plain scalar environment."""

BAND_CURRICULUM = {
    "_target_": "zpdgym.students.random_dag",
    "n_skills": 30,
    "seed": 1,
    "items": [{"approach": "practice", "difficulty": float(d)} for d in (-1, 0, 1, 2, 3)],
}
BAND_STUDENT = {"_target_": "zpdgym.students.DifficultyBandLearner", "forget": 0.01}
WORLDS: dict[str, dict[str, Any]] = {
    "bkt": {
        "curriculum": {"_target_": "zpdgym.students.random_dag", "n_skills": 30, "seed": 1},
        "student": {
            "_target_": "zpdgym.students.BKT",
            "prior": 0.3,
            "learn": 0.15,
            "forget": 0.01,
            "level_width": float("inf"),
        },
        "population": {
            "_target_": "zpdgym.students.Population",
            "sd": {"prior": 0.5, "learn": 0.6, "guess": 0.3, "slip": 0.3, "forget": 0.3},
        },
    },
    "difficulty band": {
        "curriculum": BAND_CURRICULUM,
        "student": {**BAND_STUDENT, "engagement": False},
        "population": {
            "_target_": "zpdgym.students.Population",
            "sd": {"ability": 0.5, "learn": 0.5, "forget": 0.3},
        },
    },
    "with giving up": {
        "curriculum": BAND_CURRICULUM,
        "student": BAND_STUDENT,
        "population": {
            "_target_": "zpdgym.students.Population",
            "groups": [{"name": "patient", "share": 1.0, "shift": {"engagement": 1.0}}],
            "sd": {"ability": 0.5, "learn": 0.5, "forget": 0.3, "engagement": 1.0},
        },
    },
}  # fmt: skip
WORLDS["graph belief"] = WORLDS["bkt"]
BELIEF = {"kind": "bkt", "source": "given", "prior": 0.2, "learn": 0.15, "guess": 0.2, "slip": 0.1, "forget": 0.01}
"""The same tutor in all worlds but the last, where evidence travels along the prerequisites."""
STUDENTS: dict[str, Any] = {
    "bkt": ScalarBKTStudent, "difficulty band": ScalarBandStudent, "with giving up": ScalarBandStudent,
    "graph belief": ScalarBKTStudent,
}  # fmt: skip


def make_scenario(world: str) -> Scenario:
    """Thirty skills, ten sessions of twenty lessons, the tutor's belief as observation."""
    schedule = {"sessions": 10, "session_lessons": 20, "days_between": [2, 2, 3], "retention_days": 7}
    belief = {**BELIEF, "kind": "graph"} if world == "graph belief" else BELIEF
    return Scenario.load("tiny", replace={"schedule": schedule, **WORLDS[world]}, change={"belief": belief})


def one_by_one(env: Any, lessons: int) -> Callable[[], float]:
    """Lessons a second of an environment of one student."""
    actions = np.random.default_rng(0).integers(0, env.action_space.n, LESSONS).tolist()

    def turn() -> float:
        began = time.process_time()
        for _ in range(lessons // LESSONS):
            env.reset()
            for action in actions:
                if env.step(action)[2]:
                    env.reset()
        return lessons / (time.process_time() - began)

    env.reset(seed=0)
    turn()
    return turn


def together(scenario: Scenario, n: int, lessons: int) -> Callable[[], float]:
    """Student-lessons a second of N students at once, with all restarts."""
    env = scenario.make(n)
    actions = np.random.default_rng(0).integers(0, env.n_actions, (LESSONS, n))
    steps = max(LESSONS, lessons // n // LESSONS * LESSONS)

    def turn() -> float:
        began = time.process_time()
        for t in range(steps):
            env.step(actions[t % LESSONS])
        return steps * n / (time.process_time() - began)

    env.reset(seed=0)
    for t in range(LESSONS):
        env.step(actions[t])
    return turn


def measure(world: str, *, turns: int = 5, scale: float = 1.0, sizes: tuple[int, ...] = SIZES) -> dict[str, float]:
    """Lessons a second of every implementation of one world: the best of ``turns`` turns, taken in rotation."""
    scenario, few = make_scenario(world), max(LESSONS, int(4000 * scale))
    jobs = {"plain scalar": one_by_one(ScalarTutorEnv(scenario, STUDENTS[world](scenario.student)), few)}
    if world == "bkt":
        jobs["hand-tuned scalar"] = one_by_one(TunedScalarTutorEnv(scenario, ScalarBKTStudent(scenario.student)), few)
    jobs["Env"] = one_by_one(TutorEnv(scenario), few)
    for n in sizes:
        jobs[str(n)] = together(scenario, n, int(min(4000 * n, 800_000) * scale))
    best = dict.fromkeys(jobs, 0.0)
    for _ in range(turns):
        for name, job in jobs.items():
            best[name] = max(best[name], job())
    return best


def show(results: dict[str, dict[str, float]], console: Console) -> None:
    """Print lessons a second, the ratio to the plain scalar environment, and the bars."""
    table = Table(title="Simulated student-lessons a second (one thread, CPU time)")
    for heading in ("world", "implementation", "lessons/s", "ns", "ratio", "bar"):
        table.add_column(heading, justify="left" if heading in ("world", "implementation") else "right")
    for world, best in results.items():
        bars = {str(k): v for k, v in BARS[world].items()}
        for name, rate in best.items():
            ratio = rate / best["plain scalar"]
            bar = bars.get(name)
            told = "" if bar is None else f"{bar:g} {'passed' if ratio >= bar else 'MISSED'}"
            label = name if not name.isdigit() else f"TutorVectorEnv, N = {name}"
            label = "TutorEnv" if name == "Env" else label
            table.add_row(world, label, f"{rate:,.0f}", f"{1e9 / rate:,.0f}", f"{ratio:.1f}", told)
        table.add_section()
    console.print(table)


def main(arguments: list[str] | None = None) -> dict[str, dict[str, float]]:
    """Measure and print; returns lessons a second by world and implementation."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer lessons and turns")
    parser.add_argument("--json", type=Path, help="also write the numbers to this file")
    options = parser.parse_args(arguments)
    effort: dict[str, Any] = {"turns": 2, "scale": 0.25, "sizes": SIZES[:4]} if options.quick else {}
    results = {world: measure(world, **effort) for world in WORLDS}
    show(results, Console())
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    return results


if __name__ == "__main__":
    main()
