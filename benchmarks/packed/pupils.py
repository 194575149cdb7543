"""Pupils who answer at random, so that a tutor sees histories of every kind: a student model in plain NumPy."""

from __future__ import annotations

import numpy as np
from zpdgym.students import Curriculum, Population


class RandomPupil:
    """Answers rightly with a chance of their own, takes other options and minutes at random, and learns nothing."""

    reset_draws, lesson_draws, rest_draws = 1, 4, 0
    discrete, mastered_at, ready_at = False, 0.95, 0.5
    reports = frozenset({"option", "hints"})
    invariants: frozenset[str] = frozenset()

    def __init__(self, curriculum: Curriculum, *, population: Population | None = None, options: int = 4):
        self.curriculum, self.options = curriculum, options
        self.population = population or Population()
        self.dtype = np.dtype([("group", np.int64), ("right", np.float64)])

    def allocate(self, n):
        return np.zeros(n, self.dtype)

    def reset(self, state, rows, u):
        state["group"][rows], state["right"][rows] = 0, 0.05 + 0.9 * u[:, -1]

    def p_all(self, state):
        return np.repeat(state["right"][:, None], self.curriculum.n_items, axis=1)

    def p_correct(self, state, items):
        return state["right"].copy()

    def step(self, state, items, u, out):
        taught = items >= 0
        out["answered"] = taught & np.asarray(self.curriculum.asks)[items]
        out["correct"] = out["answered"] & (u[:, 0] < state["right"])
        wrong = 1 + (u[:, 1] * (self.options - 1)).astype(int)
        out["option"] = np.where(out["answered"], np.where(out["correct"], 0, wrong), -1)
        out["minutes"] = np.where(taught, np.asarray(self.curriculum.minutes)[items] * (0.5 + u[:, 2]), 0.0)
        out["hints"] = np.where(out["answered"], (u[:, 3] * 4).astype(int), 0)
        return out

    def elapse(self, state, days, u):
        pass

    def mastery(self, state):
        return np.repeat(state["right"][:, None], self.curriculum.n_skills, axis=1)

    def mastery_sum(self, state, out):
        return np.multiply(state["right"], self.curriculum.n_skills, out=out)
