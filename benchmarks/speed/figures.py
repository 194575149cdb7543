"""Nanoseconds a lesson of what is felt, in one process of one version: run by ``python -m benchmarks.speed``.

    python figures.py TEACHER   prints one line of JSON; TEACHER is a folder, made by the first that runs

It imports nothing but zpdgym, ``simulator.py`` with the two files that it needs, and what both versions have.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import zpdgym
from zpdgym.agents.learnt.teacher import Teacher
from zpdgym.agents.registry import build_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs import Scenario, TutorEnv
from zpdgym.students import random_dag
from zpdgym.students.curriculum.readers import read_curriculum

from benchmarks.scalar_env import ScalarBandStudent, ScalarBKTStudent, ScalarTutorEnv
from benchmarks.simulator import BELIEF, WORLDS, make_scenario, one_by_one, together

TURNS, LESSONS = 3, 4000
PLAIN = {"bkt": ScalarBKTStudent, "with giving up": ScalarBandStudent}
READ = "read a curriculum of 8100 items"
Job = Callable[[], float]
"""Measures once: nanoseconds a lesson; ``READ`` seconds."""


def nanoseconds(rate: Job) -> Job:
    """A job that gives lessons a second, as one that gives nanoseconds a lesson."""
    return lambda: 1e9 / rate()


def environments() -> dict[str, Job]:
    """The plain scalar environment, ours of one student, and ours of N."""
    jobs = dict[str, Job]()
    for world, student in PLAIN.items():
        scenario = make_scenario(world)
        plain = ScalarTutorEnv(scenario, student(scenario.student))
        jobs[f"{world}: plain"] = nanoseconds(one_by_one(plain, LESSONS))
        jobs[f"{world}: TutorEnv"] = nanoseconds(one_by_one(TutorEnv(scenario), LESSONS))
        for n in (1, 16, 64, 1024, 16384):
            jobs[f"{world}: {n}"] = nanoseconds(together(scenario, n, min(4000 * n, 800_000)))
    return jobs


def teaching(scenario: Scenario, policy: Any, n: int) -> Job:
    """Evaluation without metrics."""

    def turn() -> float:
        began = time.process_time()
        taught = teach(scenario, policy, n_students=n, cohort_seed=1, metrics=False)
        return (time.process_time() - began) / taught.lessons * 1e9

    turn()
    return turn


def evaluation(folder: Path) -> dict[str, Job]:
    """A trained teacher, and mastery learning on a curriculum of 200 skills."""
    if not folder.exists():
        zpdgym.train("Algebra-v0", "ppo_scorer", lessons=30_000, seed=0).save(folder)
    skills = {"_target_": "zpdgym.students.random_dag", "n_skills": 200, "seed": 1}
    world: Mapping[str, Any] = {"curriculum": skills, "student": WORLDS["bkt"]["student"]}
    large = Scenario.load("Algebra-v0", replace=world, change={"belief": BELIEF})
    return {
        "evaluate a teacher": teaching(Scenario.load("Algebra-v0"), Teacher.load(folder), 1000),
        "evaluate with 200 skills": teaching(large, build_policy("mastery"), 2000),
    }


def loading(home: Path) -> Job:
    """Seconds to read a curriculum of 2700 skills with three items each from a file."""
    path = home / "large.json"
    made = random_dag(2700, seed=1, items=[{"difficulty": level} for level in (-1.0, 0.0, 1.0)])
    path.write_text(json.dumps(made.to_dict()), encoding="utf-8")

    def turn() -> float:
        began = time.process_time()
        read_curriculum(path)
        return time.process_time() - began

    return turn


def main(folder: Path) -> None:
    """Measure in rotation and print the best of each."""
    torch.set_num_threads(1)
    jobs = environments() | evaluation(folder) | {READ: loading(folder.parent)}
    best = dict.fromkeys(jobs, float("inf"))
    for _ in range(TURNS):
        for name, job in jobs.items():
            best[name] = min(best[name], job())
    print(json.dumps(best))


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    main(Path(sys.argv[1]))
