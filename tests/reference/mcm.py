"""MCM students in plain Python, from the equations of docs/students/mcm.md: one student, one number at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

EXAMPLE, EXPLANATION = 1, 2


class PlainMCM:
    def __init__(self, model: Any) -> None:
        c, self.model = model.curriculum, model
        rank = {int(k): n for n, k in enumerate(c.order)}  # luck is spent on the later skills of an item first
        self.skills = [sorted((int(k) for k in np.flatnonzero(row)), key=lambda k: -rank[k]) for row in c.q]
        self.minutes, self.boost = c.minutes.tolist(), model.boost
        self.asks = [approach not in (EXAMPLE, EXPLANATION) for approach in c.approach.tolist()]
        self.tau, self.gamma = model.tau.tolist(), model.gamma.tolist()

    def reset(self, u: Sequence[float]) -> None:
        m = self.model
        _, deviates = m.population.sample(np.asarray(u, float)[None, :], m.traits)
        forget, encode = deviates[0].tolist()
        odds = m.omega / max(1.0 - m.omega, 1e-12) * math.exp(encode)
        self.pace, self.encode, self.clock = math.exp(forget), odds / (1.0 + odds), 0.0
        skills = self.model.curriculum.n_skills
        self.moment, self.x = [0.0] * skills, [[0.0] * len(self.tau) for _ in range(skills)]

    def now(self, k: int) -> list[float]:
        """The integrators of a skill now."""
        days = (self.clock - self.moment[k]) * self.pace
        return [x * math.exp(-days / tau) for x, tau in zip(self.x[k], self.tau, strict=True)]

    def recall(self, x: list[float]) -> float:
        return min(1.0, sum(g * y for g, y in zip(self.gamma, x, strict=True)))

    def p(self, item: int) -> float:
        return math.prod(self.recall(self.now(k)) for k in self.skills[item])

    def step(self, item: int, u: Sequence[float]) -> tuple[bool, bool, float]:
        asks, right = self.asks[item], True
        for slot, k in enumerate(self.skills[item]):
            x = self.now(k)
            recalled = u[2 * slot] < self.recall(x)
            right = right and recalled
            if u[2 * slot + 1] < self.encode:
                size = self.boost if asks and recalled else 1.0
                total = weight = 0.0
                for i, g in enumerate(self.gamma):
                    total += g * x[i]
                    weight += g
                    x[i] += size * max(0.0, 1.0 - total / weight)
            self.x[k], self.moment[k] = x, self.clock
        self.clock += self.minutes[item] / 1440.0
        return asks, bool(asks and right), self.minutes[item]

    def elapse(self, days: float, u: Sequence[float] = ()) -> None:
        self.clock += days

    def mastery(self) -> list[float]:
        return [self.recall(self.now(k)) for k in range(len(self.x))]
