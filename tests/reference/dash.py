"""DASH and DAS3H as one would write them in plain Python: one student, lists of answers, equations as they stand."""

from __future__ import annotations

import math
from typing import Any

EXAMPLE, EXPLANATION = 1, 2
TIE = 1e-9


class _Plain:
    """A history of (time, right) per skill; the newest ``capacity`` answers of it count in finite windows."""

    def __init__(self, model: Any) -> None:
        c = model.curriculum
        self.model, self.population = model, model.population
        self.skills = [[k for k in range(c.n_skills) if c.q[j, k]] for j in range(c.n_items)]
        self.difficulty, self.minutes, self.approach = c.difficulty.tolist(), c.minutes.tolist(), c.approach.tolist()
        self.windows, self.easiness = model.windows.tolist(), model.easiness.tolist()
        rows = model.weights.tolist()
        self.weights = rows if len(rows) > 1 else rows * c.n_skills
        self.capacity = model.capacity

    def reset(self, u: Any) -> None:
        _, deviates = self.population.sample(u[None, :], self.model.traits)
        self.ability = float(deviates[0, 0])
        self.clock = 0.0
        self.history: list[list[tuple[float, bool]]] = [[] for _ in self.easiness]

    def strength(self, k: int) -> float:
        return self.easiness[k] + self.counted(k)

    def counted(self, k: int) -> float:
        """Sum over the windows of n log(1 + answers) + c log(1 + right answers)."""
        history, weights, h = self.history[k], self.weights[k], 0.0
        recent = history[-self.capacity :]
        for w, window in enumerate(self.windows):
            inside = history if math.isinf(window) else [e for e in recent if self.clock - e[0] < window - TIE]
            right = sum(1 for _, correct in inside if correct)
            h += weights[2 * w] * math.log(1 + len(inside)) + weights[2 * w + 1] * math.log(1 + right)
        return h

    def mastery(self) -> list[float]:
        return [sigmoid(self.ability + self.strength(k)) for k in range(len(self.easiness))]

    def step(self, item: int, u: Any) -> tuple[bool, bool, float]:
        asks = self.approach[item] not in (EXAMPLE, EXPLANATION)
        correct = asks and u[0] < self.p(item)
        if asks:
            for k in self.skills[item]:
                self.history[k].append((self.clock, correct))
        self.clock += self.minutes[item] / 1440.0
        return asks, correct, self.minutes[item]

    def p(self, item: int) -> float:
        raise NotImplementedError

    def elapse(self, days: float, u: Any) -> None:
        self.clock += days


class PlainDASH(_Plain):
    """Each skill of an item is recalled on its own."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.kernel = model.kernel
        self.spans = [] if model.spans is None else model.spans.tolist()

    def strength(self, k: int) -> float:
        kinds = {"counts": self.counted, "mcm": self.faded, "act_r": self.powers}
        return self.easiness[k] + kinds[self.kernel](k)

    def faded(self, k: int) -> float:
        """The same with counts that fade within each window."""
        recent, weights, h = self.history[k][-self.capacity :], self.weights[k], 0.0
        for w, window in enumerate(self.windows):
            inside = [(self.clock - time, correct) for time, correct in recent if self.clock - time < window - TIE]
            answers = sum(math.exp(-age / self.spans[w]) for age, _ in inside)
            right = sum(math.exp(-age / self.spans[w]) for age, correct in inside if correct)
            h += weights[2 * w] * math.log(1 + answers) + weights[2 * w + 1] * math.log(1 + right)
        return h

    def powers(self, k: int) -> float:
        """scale log(1 + sum of worth * age^-decay)."""
        scale, decay, wrong, right = self.weights[k]
        total = 0.0
        for time, correct in self.history[k][-self.capacity :]:
            total += (right if correct else wrong) * max(self.clock - time, 1 / 86400) ** -decay
        return scale * math.log(1 + max(total, 0.0))

    def p(self, item: int) -> float:
        p = 1.0
        for k in self.skills[item]:
            p *= sigmoid(self.ability - self.difficulty[item] + self.strength(k))
        return p


class PlainDAS3H(_Plain):
    """The logits of an item's skills add up."""

    def p(self, item: int) -> float:
        logit = self.ability - self.difficulty[item]
        return sigmoid(logit + sum(self.strength(k) for k in self.skills[item]))


def sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))
