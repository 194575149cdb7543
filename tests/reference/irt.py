"""The students of docs/students/irt.md, irt_dynamic.md and elo.md as one would write them in plain Python."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

from tests.reference.one import LearningByAnswers

SMALLEST = 2.0**-54


def sigma(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))


def normal(u: float) -> float:
    return NormalDist().inv_cdf(max(u, SMALLEST))


class PlainIRT(LearningByAnswers):
    """Answers by ability; learns nothing."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.a = model.discrimination.tolist()
        self.c = model.guess.tolist()
        self.scale = model.scale
        self.start = model.start.tolist()
        self.group_of = model.groups.tolist()

    def reset(self, u: Any) -> None:
        model = self.model
        deviates, own = self.drawn(u)
        self.deviates = dict(zip(model.traits, deviates, strict=True))
        z = [normal(value) for value in own]
        one = self.group_of[0] < 0
        common = model.ability_sd * (1.0 if one else math.sqrt(model.shared)) * z[0] + self.deviates["ability"]
        rest = 0.0 if one else model.ability_sd * math.sqrt(1.0 - model.shared)
        self.theta = [self.start[k] + common + rest * z[1 + self.group_of[k]] for k in range(self.n_skills)]

    def p(self, item: int) -> float:
        skills = self.skills[item]
        theta = sum(self.theta[k] for k in skills) / len(skills)
        c = self.c[item]
        return c + (1.0 - c) * sigma(self.scale * self.a[item] * (theta - self.difficulty[item]))

    def mastery(self) -> list[float]:
        return [sigma(self.scale * theta) for theta in self.theta]


class PlainDynamicIRT(PlainIRT):
    """Learns from every lesson; wanders and returns over days."""

    def reset(self, u: Any) -> None:
        super().reset(u)
        self.began = list(self.theta)
        self.gain = [value * math.exp(self.deviates["learn"]) for value in self.model.learn.tolist()]
        self.rate = [value * math.exp(self.deviates["forget"]) for value in self.model.forget.tolist()]
        self.feedback, self.noise = self.model.feedback, self.model.noise

    def learn(self, item: int, asks: bool, correct: bool) -> None:
        share = self.feedback if asks and not correct else 1.0
        for k in self.skills[item]:
            self.theta[k] += share * self.gain[k]

    def elapse(self, days: float, u: Any = ()) -> None:
        for k, rate in enumerate(self.rate):
            kept = math.exp(-rate * days)
            variance = self.noise**2 * (days if rate == 0.0 else (1.0 - kept * kept) / (2.0 * rate))
            self.theta[k] = self.began[k] + (self.theta[k] - self.began[k]) * kept
            if self.noise > 0.0 and days > 0.0:
                self.theta[k] += math.sqrt(variance) * normal(float(u[k]))


class PlainElo(PlainIRT):
    """Every practice raises the item's skills and, a little, everything."""

    def reset(self, u: Any) -> None:
        super().reset(u)
        factor = math.exp(self.deviates["learn"])
        self.gain = [value * factor for value in self.model.learn.tolist()]
        self.transfer = self.model.transfer * factor

    def learn(self, item: int, asks: bool, correct: bool) -> None:
        for k in range(self.n_skills):
            self.theta[k] += self.transfer
        for k in self.skills[item]:
            self.theta[k] += self.gain[k]
