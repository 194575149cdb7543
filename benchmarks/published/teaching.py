"""Policies before the students of their sources: ZPDES on six skills in a row, schedulers on flash cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from zpdgym.agents import Problem, build_policy, teach
from zpdgym.agents.registry import load_policy
from zpdgym.envs import Scenario

from benchmarks.published.figure import Figure
from tests.agents.baselines.spaced.facts import facts

ZPDES = {
    "zpdes": {10: 0.231, 25: 0.448, 50: 0.794, 75: 0.946, 100: 0.978},
    "zpdes_optimised": {10: 0.244, 25: 0.592, 50: 0.914, 75: 0.975, 100: 0.981},
}
"""Share of the six skills known after so many exercises, by the published code, 300 students."""
ZPDES_STUDENTS, CARD_STUDENTS = 40_000, 2000


def zpdes() -> list[Figure]:
    """Share of the six skills of KT6KC known after t exercises, untuned; the published runs have 300 students."""
    figures = []
    for name, published in ZPDES.items():
        taught = teach(Scenario.load("KT6KC-v0"), build_policy(name), n_students=ZPDES_STUDENTS, cohort_seed=5)
        known = taught.mastery_by_lesson
        assert known is not None, "every lesson's mastery is kept unless one asks for none"
        for lesson, value in published.items():
            near = 0.035 if lesson in (25, 50) else 0.025
            figures.append(Figure(f"{name}, t = {lesson}", float(known[lesson]), value, within=near))
    return figures


def flash_cards() -> list[Figure]:
    """Mean recall over 200 lessons on 30 flash cards, and percent better than random; the corrected published runs."""
    random = mean_recall("random")
    queue = mean_recall(load_policy("leitner_queue", change={"new": 0.9, "ready": 0.0}))
    threshold = mean_recall(load_policy("recall_threshold_true", change={"threshold": 0.25, "side": "both"}))
    return [
        Figure("random, mean recall", random, 0.310, within=0.03),
        Figure("leitner_queue, %", 100 * (queue / random - 1), -8.3, within=1.5, digits=1, signed=True),
        Figure("recall_threshold_true, %", 100 * (threshold / random - 1), 28.0, within=2.5, digits=1, signed=True),
    ]


def examples() -> list[Figure]:
    """What 60 facts with an example each lose of the exam by ``items: cycle``: 20 sessions of 20 lessons, FSRS."""
    items = [{"approach": "example", "minutes": 1.0}, {"minutes": 1.0, "exam": True}]
    world, figures = facts(n_skills=60, items=items, lessons=20, sessions=20), []
    for name in ("leitner", "sm2", "fsrs_scheduler"):
        policies = (build_policy(load_policy(name, change={"items": how})) for how in ("level", "cycle"))
        spaced, massed = (teach(world, p, n_students=300, cohort_seed=0, metrics=False).mean("exam") for p in policies)
        figures.append(Figure(name, spaced - massed, digits=2))
    return figures


def mean_recall(spec: Any, n: int = CARD_STUDENTS) -> float:
    """The source's score: mean recall after every lesson but the first, what was just reviewed counting as recalled."""
    env, policy = card_world().make(n, seed=1, autoreset=False, reward="exam"), build_policy(spec)
    policy.bind(Problem.of(env, privileged=policy.privileged))
    (observation, _), rng, state, total = env.reset(seed=1), np.random.default_rng(0), None, 0.0
    for lesson in range(200):
        actions, state = policy.predict(observation, state, u=rng.random((n, policy.draws)) if policy.draws else None)
        observation = env.step(actions)[0]
        recall = env.probe.mastery()
        recall[np.arange(n), actions] = 1.0
        total += recall.mean() if lesson else 0.0
    return total / 199


def card_world() -> Scenario:
    """Reddy, Levine & Dragan's flash cards: 30 facts met before, 200 lessons, 5 units of time (here .417 days) each."""
    sections: dict[str, Mapping[str, Any]] = {
        "curriculum": {
            "_target_": "zpdgym.students.chain",
            "n_skills": 30,
            "items": [{"minutes": 600.0, "exam": True}],
        },
        "student": {
            "_target_": "zpdgym.students.ExponentialForgetting",
            "forget": 0.077 * 12,
            "prior_days": 1 / 12,
        },
        "schedule": {"lessons": 200, "retention_days": 0},
    }
    belief = {"kind": "half_life", "source": "given", "prior": 0.5}
    return Scenario.load("Practice-v0", replace=sections, change={"unexpected": {}, "belief": belief})
