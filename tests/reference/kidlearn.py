"""KidLearn students one at a time, as one would write them from docs/students/kidlearn.md."""

from __future__ import annotations

import math
from typing import Any

from tests.reference.one import OneStudent
from tests.reference.structure import shift


class PlainKidLearnQ(OneStudent):
    """One Q-student: a level per skill, a step up per lesson."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.required = [[float(x) for x in row] for row in model.required]
        self.top = [max(row[k] for row in self.required) for k in range(self.n_skills)]
        self.share = [float(x) for x in model.share]
        self.start = [float(x) for x in model.start]

    def reset(self, u: Any) -> None:
        deviates, own = self.drawn(u)
        self.z = dict(zip(self.model.traits, deviates, strict=True))
        self.factor = self.comprehension(own)
        self.level = [0.0] * len(self.top)
        for k in self.order:
            start = shift(self.start[k], self.z["ability"])
            weakest = min((self.level[j] / self.top[j] for j in self.parents[k]), default=1.0)
            self.level[k] = min(start, weakest * self.top[k])

    def comprehension(self, u: list[float]) -> list[float]:
        return [1.0] * 4

    def p(self, item: int) -> float:
        m, product = self.model, 1.0
        for k in self.skills[item]:
            missing = self.required[item][k] - self.level[k]
            if missing > m.answer_reach:
                return 0.0
            product *= 1.0 / (1.0 + math.exp(m.answer_steepness * (missing - m.answer_offset)))
        return self.factor[self.approach[item]] * m.ceiling * product ** (1.0 / len(self.skills[item]))

    def p_learn(self, item: int, k: int) -> float:
        m = self.model
        step = self.required[item][k] - self.level[k]
        if step <= 0.0 or step > m.reach:
            return 0.0
        alone = 1.0 / (1.0 + math.exp(m.steepness * (step - m.offset) - self.z["learn"]))
        return self.factor[self.approach[item]] * alone

    def step(self, item: int, u: Any) -> tuple[bool, bool, float]:
        before = list(self.level)
        for draw, k in zip(u[1:], self.skills[item], strict=False):
            if draw < self.p_learn(item, k):
                new = (1.0 - self.share[k]) * before[k] + self.share[k] * self.required[item][k]
                if all(new * self.top[j] <= before[j] * self.top[k] for j in self.parents[k]):
                    self.level[k] = new
        asks = self.asks[item]
        return asks, bool(asks and u[0] < self.p(item)), self.minutes[item]

    def mastery(self) -> list[float]:
        return [level / top for level, top in zip(self.level, self.top, strict=True)]


class PlainKidLearnP(PlainKidLearnQ):
    """One P-student: what they make of each approach is drawn once."""

    def comprehension(self, u: list[float]) -> list[float]:
        ranges = [(float(low), float(high)) for low, high in self.model.comprehension]
        drawn = [low + (high - low) * x for (low, high), x in zip(ranges, u, strict=True)]
        return [shift(p, self.z["comprehension"]) for p in drawn]
