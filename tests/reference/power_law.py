"""The generalised power law in plain Python, one student at a time: every study is remembered with its block."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

from zpdgym.students.curriculum.curriculum import EXAMPLE, EXPLANATION


class PlainPowerLaw:
    """p = sigmoid(ability - difficulty + practice) / (1 + r d) ^ f."""

    def __init__(self, model: Any) -> None:
        c = model.curriculum
        place = {int(k): n for n, k in enumerate(c.order)}
        self.model, self.n_skills = model, c.n_skills
        # the luck of an item's skills is spent children first
        self.skills = [sorted((k for k in range(c.n_skills) if row[k]), key=lambda k: -place[k]) for row in c.q]
        self.asks = [a not in (EXAMPLE, EXPLANATION) for a in c.approach]
        self.minutes = [float(m) for m in c.minutes]
        self.weights, self.recent = [float(w) for w in model.weights], model.blocks == "recent"

    def reset(self, u: Any) -> None:
        model, split, k = self.model, self.model.population.draws(self.model.traits), self.n_skills
        _, deviates = model.population.sample(u[None, :split], model.traits)
        prior, self.ability, forget = (float(z) for z in deviates[0])
        own = [float(x) for x in u[split:]]
        z = [NormalDist().inv_cdf(x) for x in own[k:]]
        more = math.exp(prior)
        met = [
            x < (1.0 if p == 1.0 else p * more / (1.0 - p + p * more)) for x, p in zip(own, model.prior, strict=False)
        ]
        ago = [model.prior_days * math.exp(model.prior_days_sd * x) for x in z[:k]]
        self.now = 0.0
        self.last = [-a if known else None for a, known in zip(ago, met, strict=True)]
        self.difficulty = [float(d) + model.difficulty_sd * x for d, x in zip(model.difficulty, z[k:], strict=False)]
        lasting = [math.exp(d + model.decay_sd * x) for d, x in zip(model.decay, z[2 * k :], strict=False)]
        self.decay = [math.exp(forget - x) for x in lasting]
        self.scale = model.delay * math.exp(model.delay_sd * z[3 * k])
        self.studied: list[dict[int, list[int]]] = [{} for _ in range(k)]  # per skill: block -> [attempts, right]

    def block(self) -> int:
        block = math.floor(self.now / self.model.block_days + 1e-9)
        return block if self.recent else min(block, len(self.weights) - 1)

    def practice(self, k: int) -> float:
        now, oldest, total = self.block(), len(self.weights) - 1, 0.0
        for block, (attempts, right) in self.studied[k].items():
            age = min(now - block, oldest) if self.recent else oldest - block
            total += self.weights[age] * (math.log(1 + attempts) + math.log(1 + right))
        return total

    def recall(self, k: int) -> float:
        last = self.last[k]
        if last is None:
            return 0.0
        m = 1.0 / (1.0 + math.exp(-(self.ability - self.difficulty[k] + self.practice(k))))
        return m / (1.0 + self.scale * (self.now - last)) ** self.decay[k]

    def p(self, item: int) -> float:
        product = 1.0
        for k in self.skills[item]:
            product *= self.recall(k)
        return product

    def step(self, item: int, u: Any) -> tuple[bool, bool, float]:
        asks, right, block = self.asks[item], True, self.block()
        for k, luck in zip(self.skills[item], u, strict=False):
            recalled = luck < self.recall(k)
            right = right and recalled
            counts = self.studied[k].setdefault(block, [0, 0])
            counts[0] += 1
            counts[1] += asks and recalled
            self.last[k] = self.now
        self.now += self.minutes[item] / 1440.0
        return asks, bool(asks and right), self.minutes[item]

    def elapse(self, days: float, u: Any) -> None:
        self.now += days

    def mastery(self) -> list[float]:
        return [self.recall(k) for k in range(self.n_skills)]
