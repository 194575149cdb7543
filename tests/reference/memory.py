"""The memory models with exponential recall in plain Python, one student at a time, from the published equations."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

from tests.reference.one import OneStudent


class MemoryStudent(OneStudent):
    """A clock, the day of each skill's last review, and what the law keeps: half-lives, strengths or rates."""

    first_counts = False  # whether the first lesson is a review, too

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.priors = [float(p) for p in model.prior]

    def reset(self, u: Any) -> None:
        model, k, normal = self.model, self.n_skills, NormalDist().inv_cdf
        (prior, *self.others), own = self.drawn(u)
        self.now, (self.learn, self.forget) = 0.0, (math.exp(z) for z in self.others)
        chance = [1.0 if p == 1.0 else p * math.exp(prior) / (1.0 - p + p * math.exp(prior)) for p in self.priors]
        ago = [model.prior_days * math.exp(model.prior_days_sd * normal(x)) for x in own[k : 2 * k]]
        self.last = [-a if x < p else None for x, p, a in zip(own[:k], chance, ago, strict=True)]
        self.begin(own[2 * k :])

    def begin(self, u: list[float]) -> None:
        raise NotImplementedError

    def recall(self, k: int) -> float:
        raise NotImplementedError

    def review(self, k: int, came: bool | None) -> None:
        """``came``: recalled, forgotten, or None where nothing was asked."""
        raise NotImplementedError

    def p(self, item: int) -> float:
        product = 1.0
        for k in self.skills[item]:
            product *= self.recall(k)
        return product

    def step(self, item: int, u: Any) -> tuple[bool, bool, float]:
        asks, right = self.asks[item], True
        for k, luck in zip(self.skills[item], u, strict=False):
            recalled = luck < self.recall(k)
            right = right and recalled
            if self.first_counts or self.last[k] is not None:
                self.review(k, recalled if asks else None)
            self.last[k] = self.now
        self.now += self.minutes[item] / 1440.0
        return asks, bool(asks and right), self.minutes[item]

    def elapse(self, days: float, u: Any = ()) -> None:
        self.now += days

    def mastery(self) -> list[float]:
        return [self.recall(k) for k in range(self.n_skills)]


class PlainExponentialForgetting(MemoryStudent):
    """z = exp(-theta d / S); S grows with every review."""

    def begin(self, u: list[float]) -> None:
        sd, normal = self.model.forget_sd, NormalDist().inv_cdf
        self.theta = [
            float(f) * self.forget * math.exp(sd * normal(x)) for f, x in zip(self.model.forget, u, strict=True)
        ]
        self.strength = [1.0] * self.n_skills
        self.gain, self.only_when_right = self.model.gain * self.learn, self.model.only_when_right

    def recall(self, k: int) -> float:
        last = self.last[k]
        return 0.0 if last is None else math.exp(-self.theta[k] * (self.now - last) / self.strength[k])

    def review(self, k: int, came: bool | None) -> None:
        if came or not self.only_when_right:
            self.strength[k] += self.gain


class PlainHalfLife(MemoryStudent):
    """p = 2^(-d / h), h = 2^(w . x)."""

    def begin(self, u: list[float]) -> None:
        model, normal = self.model, NormalDist().inv_cdf
        shift = [math.log2(self.forget) + model.bias_sd * normal(x) / math.log(2.0) for x in u]
        self.bias = [float(b) - s for b, s in zip(model.bias, shift, strict=True)]
        self.right, self.wrong = [0] * self.n_skills, [0] * self.n_skills
        self.weight, self.penalty, self.plus = model.right * self.learn, model.wrong, model.plus

    def half_life(self, k: int) -> float:
        gain = self.weight * math.sqrt(self.right[k] + self.plus)
        h = 2.0 ** min(gain + self.penalty * math.sqrt(self.wrong[k] + self.plus) + self.bias[k], 60.0)
        return min(max(h, self.model.SHORTEST), self.model.LONGEST)

    def recall(self, k: int) -> float:
        last = self.last[k]
        p = 0.0 if last is None else 2.0 ** (-(self.now - last) / self.half_life(k))
        return min(max(p, 0.0001), 0.9999)

    def review(self, k: int, came: bool | None) -> None:
        if came is not None:
            (self.right if came else self.wrong)[k] += 1


class PlainMemorize(MemoryStudent):
    """m = exp(-n d); n falls by the share alpha or rises by the share beta."""

    def begin(self, u: list[float]) -> None:
        sd, normal, typical = self.model.forget_sd, NormalDist().inv_cdf, self.model.forget
        self.n = [float(f) * self.forget * math.exp(sd * normal(x)) for f, x in zip(typical, u, strict=True)]
        a = self.model.alpha
        self.alpha, self.beta = a * self.learn / (1.0 - a + a * self.learn), self.model.beta

    def recall(self, k: int) -> float:
        last = self.last[k]
        return 0.0 if last is None else math.exp(-self.n[k] * (self.now - last))

    def review(self, k: int, came: bool | None) -> None:
        if came is not None:
            self.n[k] = min(self.n[k] * (1.0 - self.alpha if came else 1.0 + self.beta), 1440.0)


class PlainDHP(MemoryStudent):
    """p = 2^(-d / h); the half-life grows or starts again, by difficulty and by how much had been forgotten."""

    def begin(self, u: list[float]) -> None:
        given = self.model.difficulty
        self.difficulty = [1 + int(10 * x) for x in u] if given is None else [float(d) for d in given]
        self.h = [-1.0 / math.log2(max(0.925 - 0.05 * d, 0.025)) for d in self.difficulty]

    def recall(self, k: int) -> float:
        last = self.last[k]
        return 0.0 if last is None else 2.0 ** (-(self.now - last) * self.forget / self.h[k])

    def review(self, k: int, came: bool | None) -> None:
        if came is None:
            return
        model, h, d, lost = self.model, self.h[k], self.difficulty[k], max(1.0 - self.recall(k), 1e-12)
        if came:
            a, b, c, e = model.recalled
            self.h[k] = h * (1.0 + self.learn * math.exp(a) * d**b * h**c * lost**e)
        else:
            a, b, c, e = model.forgotten
            self.h[k] = math.exp(a) * d**b * h**c * lost**e
            self.difficulty[k] = min(d + model.difficulty_step, model.hardest)
