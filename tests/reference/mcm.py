"""MCM students in plain Python, from the equations of docs/students/mcm.md: one student, one number at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tests.reference.one import OneStudent


class PlainMCM(OneStudent):
    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.boost = model.boost
        self.tau, self.gamma = model.tau.tolist(), model.gamma.tolist()

    def reset(self, u: Sequence[float]) -> None:
        m, ((forget, encode), _) = self.model, self.drawn(u)
        odds = m.omega / max(1.0 - m.omega, 1e-12) * math.exp(encode)
        self.pace, self.encode, self.clock = math.exp(forget), odds / (1.0 + odds), 0.0
        self.moment, self.x = [0.0] * self.n_skills, [[0.0] * len(self.tau) for _ in range(self.n_skills)]

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
