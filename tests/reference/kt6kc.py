"""The six-skill students in plain Python (docs/students/kt6kc.md); without the published perturbation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.reference.bkt import logit, sigma


class PlainKT6KC:
    def __init__(self, model: Any) -> None:
        self.model, self.minutes = model, model.curriculum.minutes.tolist()
        self.base, self.depends = model.learn.tolist(), model.depends.tolist()

    def reset(self, u: Sequence[float]) -> None:
        m = self.model
        split = m.population.draws(m.traits)
        learn, guess, slip = m.population.sample(np.asarray(u, float)[None, :split], m.traits)[1][0].tolist()
        self.shift, self.known = learn, [False] * len(self.base)
        self.guess, self.slip = sigma(logit(m.guess) + guess), sigma(logit(m.slip) + slip)

    def p(self, item: int) -> float:
        return 1.0 - self.slip if self.known[item] else self.guess

    def step(self, item: int, u: Sequence[float]) -> tuple[bool, bool, float]:
        p = self.base[item] + sum(d for d, known in zip(self.depends[item], self.known, strict=True) if known)
        if p > 0.0 and self.shift:
            p = sigma(logit(p) + self.shift)
        if not self.known[item]:
            self.known[item] = bool(u[0] < p)
        return True, bool(u[1] < self.p(item)), self.minutes[item]

    def elapse(self, days: float, u: Sequence[float] = ()) -> None:
        pass

    def mastery(self) -> list[float]:
        return [float(known) for known in self.known]
