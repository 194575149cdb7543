"""A DKT student as one would write it in plain Python: lists and floats, one student, one lesson at a time."""

from __future__ import annotations

import math
from typing import Any


def sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x > -700.0 else 0.0


class PlainDKT:
    """One long short-term memory: gates i, f, o and candidate g; c = f c + i g; h = o tanh c; p = sigmoid(W h + b)."""

    def __init__(self, model: Any) -> None:
        c = model.curriculum
        self.w = {name: array.astype(float).tolist() for name, array in model.weights.items()}
        self.size = len(self.w["recurrent"])
        self.minutes = c.minutes.tolist()
        self.asks = model.asks.tolist()
        self.references = [list(items) for items in model.references]
        self.skills = [[k for k in range(c.n_skills) if row[k]] for row in c.q.tolist()]

    def reset(self, u: Any) -> None:
        self.h, self.c = list(self.w["start"][0]), list(self.w["start"][1])

    def logit(self, item: int) -> float:
        return self.w["output_bias"][item] + sum(w * h for w, h in zip(self.w["output"][item], self.h, strict=True))

    def skill_logit(self, skill: int) -> float:
        items = self.references[skill]
        return sum(self.logit(m) for m in items) / len(items)

    def p(self, item: int) -> float:
        if self.asks[item]:
            return sigmoid(self.logit(item))
        own = self.skills[item]
        return sigmoid(sum(self.skill_logit(k) for k in own) / len(own))

    def step(self, item: int, u: Any) -> tuple[bool, bool, float]:
        asks = self.asks[item]
        correct = asks and u[0] < self.p(item)
        z = list(self.w["bias"])
        heard = self.w["input"][3 * item + (int(correct) if asks else 2)]
        for g in range(len(z)):
            z[g] += heard[g]
        for k in range(self.size):
            row, h = self.w["recurrent"][k], self.h[k]
            for g in range(len(z)):
                z[g] += h * row[g]
        n = self.size
        for k in range(n):
            self.c[k] = sigmoid(z[n + k]) * self.c[k] + sigmoid(z[k]) * math.tanh(z[2 * n + k])
            self.h[k] = sigmoid(z[3 * n + k]) * math.tanh(self.c[k])
        return asks, correct, self.minutes[item]

    def elapse(self, days: float, u: Any) -> None:
        pass

    def mastery(self) -> list[float]:
        return [sigmoid(self.skill_logit(k)) for k in range(len(self.references))]
