"""What many tests need: students who have just begun, small curricula and worlds, a quiet console."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from zpdgym.agents.problem import Policy, Problem
from zpdgym.agents.registry import build_policy
from zpdgym.envs.scenario import Scenario, scenario_names
from zpdgym.envs.tutor import TutorVectorEnv
from zpdgym.experiments.store.whole import origin_sum
from zpdgym.seal import Seal
from zpdgym.students import Curriculum, StudentModel, allocate_outcome
from zpdgym.students.model import Outcome

COMPILED = not os.environ.get("NUMBA_DISABLE_JIT")
"""False in the pass that measures coverage, where kernels run as plain Python and cohorts have to be small."""
SCENARIOS = [name for name in scenario_names() if COMPILED or name != "Placement-v0"]
"""All; but as plain Python the thousand states of that one take minutes, and its belief has tests with few."""
EXAMPLE_HARD_AND_EASY = (
    {"approach": "example", "minutes": 2.0},
    {"difficulty": 0.8, "minutes": 2.0},
    {"difficulty": -0.8, "minutes": 1.0, "exam": True},
)


def cohort(model: StudentModel, n: int = 1, seed: int = 0) -> np.ndarray:
    """n students before their first lesson, with luck of their own."""
    state = model.allocate(n)
    model.reset(state, np.arange(n), np.random.default_rng(seed).random((n, model.reset_draws)))
    return state


def answers(rng: np.random.Generator, n: int) -> Outcome:
    """What one lesson of each of n students showed: four of five answered, most of them right."""
    out = allocate_outcome(n)
    out["answered"] = rng.random(n) < 0.8
    out["correct"] = (rng.random(n) < 0.6) & out["answered"]
    return out


def one_skill(*difficulties: float, minutes: float = 1.0, approach: int = 0, items: Sequence[str] = ()) -> Curriculum:
    """One skill with an item at each difficulty; without any, one item of difficulty 0."""
    n_items = len(difficulties) or len(items) or 1
    return Curriculum(
        name="one", skills=("s",), items=tuple(items) or tuple(f"i{m}" for m in range(n_items)),
        q=np.ones((n_items, 1)), prerequisites=np.zeros((1, 1)), difficulty=np.array(difficulties or [0.0] * n_items),
        minutes=np.full(n_items, minutes), approach=np.full(n_items, approach),
    )  # fmt: skip


def pair() -> Curriculum:
    """Two independent skills and one item that needs both."""
    return Curriculum(
        name="pair",
        skills=("a", "b"),
        items=("a", "b", "both"),
        q=np.array([[1, 0], [0, 1], [1, 1]], bool),
        prerequisites=np.zeros((2, 2), bool),
        difficulty=np.zeros(3),
        minutes=np.ones(3),
        approach=np.zeros(3, np.int64),
    )


def world(
    curriculum: Mapping[str, Any] | None = None,
    *,
    student: Mapping[str, Any] | None = None,
    schedule: Mapping[str, Any] | None = None,
    replace: Mapping[str, Any] | None = None,
    **change: Any,
) -> Scenario:
    """Three skills in a row, three items each, two sessions of BKT students whose numbers the tutor knows.

    Args:
        curriculum: what is different about the curriculum; likewise ``student`` and ``schedule``.
        replace: sections of other kinds.
        **change: numbers of the scenario's other sections.
    """
    chain = {"_target_": "zpdgym.students.chain", "n_skills": 3, "items": [*EXAMPLE_HARD_AND_EASY]}
    bkt = {"_target_": "zpdgym.students.BKT", "learn": 0.3, "prior": 0.2, "forget": 0.02}
    sessions = {"sessions": 2, "session_lessons": 10, "days_between": 4, "retention_days": 7}
    sections = {
        "curriculum": {**chain, **(curriculum or {})},
        "student": {**bkt, **(student or {})},
        "schedule": {**sessions, **(schedule or {})},
        **(replace or {}),
    }
    belief = {"kind": "bkt", "source": "true_population"}
    return Scenario.load("Tiny-v0", change={"belief": belief, **change}, replace=sections)


def bound(policy: Any, scenario: Scenario, n: int = 4) -> tuple[Policy, TutorVectorEnv, np.ndarray]:
    """A policy that has been told the problem, the environment, and what is seen there before the first lesson."""
    env = scenario.make(n, seed=0, autoreset=False)
    observation, _ = env.reset(seed=0)
    built = build_policy(policy)
    built.bind(Problem.of(env, privileged=built.privileged))
    return built, env, observation


def quiet(**options: Any) -> dict[str, Any]:
    """Arguments of a comparison in one process that prints for nobody."""
    return {"jobs": 1, "console": Console(file=io.StringIO(), width=100), **options}


def table(env, **columns):
    """An observation (1, K, F) with these columns in natural units, per skill or the same for all."""
    problem = Problem.of(env)
    observation = np.zeros((1, env.curriculum.n_skills, len(env.columns)), np.float32)
    for name, values in {"ready": 1.0, "days_since": 0.0, **columns}.items():
        j = problem.index(name)
        observation[0, :, j] = np.asarray(values, float) / env.columns[j].scale
    return observation


def skill_of(env, action):
    """The first skill of this item."""
    return int(env.curriculum.item_skills[action, 0])


def choose(policy, env, **columns):
    """What a policy chooses where these columns are seen and everything is allowed."""
    masks = np.ones((1, env.n_actions), bool)
    return int(policy.predict(table(env, **columns), action_masks=masks, u=np.full((1, 1), 0.5))[0][0])


def reseal(folder: Path) -> None:
    """Forge the checksums of whatever was changed below a results folder, too."""
    for path in folder.rglob("run.json"):
        origin = json.loads(path.read_text())
        if "checksum" in origin:
            path.write_text(json.dumps(origin | {"checksum": origin_sum(origin)}))
    for done in folder.rglob("done"):
        mark, *lines = done.read_text().splitlines()
        names = [line.partition("  ")[2] for line in lines[:-1]]
        there = [name for name in names if (done.parent / name).is_file()]
        done.write_text(Seal.of(mark, done.parent, there).text())
