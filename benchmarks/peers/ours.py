"""Our side of the comparison: the same students alone, in the single environment and in the vector environment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from zpdgym.envs import Scenario, TutorEnv
from zpdgym.students import FSRS, KSS, StudentModel, allocate_outcome
from zpdgym.students.curriculum.builders import independent
from zpdgym.students.curriculum.readers import read_curriculum

FACTS, SESSION, MANY = 30, 10, 1024
LESSONS = 4000
"""Lessons of a turn with one student; with many there are so many steps less."""
Turn = Callable[[], tuple[float, float]]
"""Lessons given, and seconds of the processor."""
BELIEF = {"kind": "bkt", "source": "given", "prior": 0.3, "learn": 0.15, "guess": 0.2, "slip": 0.1, "forget": 0.0}
WORLDS: dict[str, dict[str, Any]] = {
    "facts": {
        "curriculum": {"_target_": "zpdgym.students.independent", "skills": [f"fact {i}" for i in range(FACTS)]},
        "student": {"_target_": "zpdgym.students.FSRS", "version": "6", "whole_days": True},
        "schedule": {"sessions": 20, "session_lessons": SESSION, "days_between": 2, "retention_days": 14},
    },
    "map": {
        "curriculum": {"_target_": "zpdgym.students.read_curriculum", "path": "kss.csv"},
        "student": {"_target_": "zpdgym.students.KSS"},
        "schedule": {"lessons": 20},
    },
}


def turns(world: str) -> dict[str, Turn]:
    """Everything of ours that is measured in this world."""
    scenario = Scenario.load("Tiny-v0", replace=WORLDS[world], change={"belief": BELIEF})
    pause = 2.0 if world == "facts" else 0.0
    return {
        "students alone": alone(scenario.student, 1, pause),
        "`TutorEnv`": single(scenario),
        "vector environment": vector(scenario, 1),
        f"students alone, {MANY:,}": alone(scenario.student, MANY, pause),
        f"vector environment, {MANY:,}": vector(scenario, MANY),
    }


def alone(model: StudentModel, n: int, pause: float) -> Turn:
    """The model's ``step``, with its luck given, and days that pass after every ten lessons."""
    luck, state, out = np.random.default_rng(0), model.allocate(n), allocate_outcome(n)
    items = luck.integers(0, model.curriculum.n_items, (200, n))
    begin, uniforms = luck.random((n, model.reset_draws)), luck.random((200, n, model.lesson_draws))
    rows, days, rest = np.arange(n), np.full(n, pause), luck.random((n, model.rest_draws))

    def turn() -> tuple[float, float]:
        model.reset(state, rows, begin)
        steps = LESSONS if n == 1 else 200
        began = time.process_time()
        for lesson in range(steps):
            model.step(state, items[lesson % 200], uniforms[lesson % 200], out)
            if pause and lesson % SESSION == SESSION - 1:
                model.elapse(state, days, rest)
        return float(steps * n), time.process_time() - began

    return turn


def single(scenario: Scenario) -> Turn:
    """``TutorEnv``: step by step, with all resets."""
    env = TutorEnv(scenario, seed=0)
    items = np.random.default_rng(0).integers(0, scenario.curriculum.n_items, LESSONS).tolist()
    env.reset()

    def turn() -> tuple[float, float]:
        began = time.process_time()
        for item in items:
            if env.step(item)[2]:
                env.reset()
        return float(LESSONS), time.process_time() - began

    return turn


def vector(scenario: Scenario, n: int) -> Turn:
    """The vector environment: step by step, with all restarts."""
    env, steps = scenario.make(n), LESSONS if n == 1 else 200
    items = np.random.default_rng(0).integers(0, scenario.curriculum.n_items, (steps, n))
    env.reset(seed=0)

    def turn() -> tuple[float, float]:
        began = time.process_time()
        for chosen in items:
            env.step(chosen)
        return float(steps * n), time.process_time() - began

    return turn


def log_of_reviews(length: int) -> list[list[int]]:
    """Days since the review before, and a rating, at random; some on the same day."""
    luck = np.random.default_rng(1)
    days = luck.choice([0, 1, 2, 7, 30], length)
    return np.stack([days, luck.integers(1, 5, length)], axis=1).tolist()


def stabilities(reviews: list[list[int]]) -> list[float]:
    """The stability of one memory after each of these reviews."""
    model = FSRS(independent(["fact"]), version="6", whole_days=True)
    state, told = model.allocate(1), []
    model.reset(state, np.zeros(1, np.int64), np.full((1, model.reset_draws), 0.5))
    for days, rating in reviews:
        model.elapse(state, np.array([float(days)]), np.empty((1, model.rest_draws)))
        model.review(state, np.zeros(1, np.int64), np.array([rating]))
        told.append(float(model.stability(state)[0, 0]))
    return told


def walk(start: list[float], visits: list[int]) -> list[float]:
    """The abilities of a student who begins with these and visits these concepts."""
    model = KSS(read_curriculum("kss.csv"))
    state, out = model.allocate(1), allocate_outcome(1)
    model.reset(state, np.zeros(1, np.int64), np.full((1, model.reset_draws), 0.5))
    state["ability"], state["last"] = start, -1.0
    for visit in visits:
        model.step(state, np.array([visit]), np.full((1, model.lesson_draws), 0.5), out)
    return state["ability"][0].tolist()
