"""Difficulty-band students in plain Python, from the equations of docs/students/difficulty_band.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tests.reference.bkt import sigma
from tests.reference.one import BORED, CONFUSED, FLOW, FRUSTRATED, PRACTICE, OneStudent


def gain_shape(model: Any, gap: float, ability: float) -> float:
    """The six gain kernels."""
    shape, name, p = model.shape, model.kernel, sigma(-model.slope * gap)
    if name in ("gaussian", "challenge"):
        value = math.exp(-((gap - shape["center"]) ** 2) / (2 * shape["width"] ** 2))
        return value * (max(shape["ceiling"] - ability, 0) / shape["ceiling"] if name == "challenge" else 1)
    if name == "success_variance":
        t = shape["target"]
        power = t / (1 - t)
        return p**power * (1 - p) / (t**power * (1 - t))
    if name == "band":
        return float(shape["low"] <= p <= shape["high"])
    if name == "trapezoid":
        return sigma((gap - shape["low"]) / shape["edge"]) * sigma((shape["high"] - gap) / shape["edge"])
    return (1 - p) * sigma(model.slope * (shape["help"] - gap)) / sigma(model.slope * shape["help"] / 2) ** 2


def unsettled(mood: int, streak: float, right: bool, helped: bool, draw: float) -> int:
    """The mood after a lesson that began in confusion or frustration."""
    if mood == CONFUSED:
        frustrated = sigma(-2 + 0.7 * streak)
        flow = (1 - frustrated) * sigma(1.5 * right + 0.8 * helped)
        return FRUSTRATED if draw < frustrated else FLOW if draw < frustrated + flow else CONFUSED
    bored = sigma(-2 + 0.5 * streak)
    return BORED if draw < bored else FLOW if draw < bored + (1 - bored) / 2 else FRUSTRATED


class GrowingStudent(OneStudent):
    """Abilities that start below those of their prerequisites, and a mood."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.length, self.gain = model.minutes_factor.tolist(), model.learn.tolist()
        self.factors = [[float(x) for x in model.approaches[a]] for a in self.approach]
        ready = (0.5 - model.guess) / (1 - model.guess)
        self.ready = math.log(ready / (1 - ready)) / model.slope

    def reset(self, u: Sequence[float]) -> None:
        from scipy.special import ndtri

        m, (deviates, own) = self.model, self.drawn(u)
        ability, learn, forget, self.engagement, *self.further = deviates
        self.learn, self.forget = math.exp(learn), math.exp(forget)
        self.mood, self.streak, self.ability, self.quit = FLOW, 0.0, [0.0] * len(self.order), False
        for k in self.order:
            mine = float(m.start[k] + m.start_sd * ndtri(max(own[k], 2.0**-54)) + ability)
            self.ability[k] = min([mine, *(self.ability[j] for j in self.parents[k])])
        self.start = list(self.ability)

    def known(self, k: int) -> float:
        m = self.model
        return m.guess + (1 - m.guess) * sigma(m.slope * self.ability[k])

    def success(self, item: int) -> float:
        m = self.model
        ease = (m.guided_help if self.approach[item] != PRACTICE else 0.0) - self.difficulty[item]
        return math.prod(sigma(m.slope * (self.ability[k] + ease)) for k in self.skills[item])

    def p(self, item: int) -> float:
        attention = {FRUSTRATED: 0.95, BORED: 0.765}.get(self.mood, 1.0)
        return self.model.guess + (1 - self.model.guess) * self.success(item) * attention

    def next_mood(self, u: float, right: bool, wrong: bool, helped: bool, mastered: bool, draw: float) -> int:
        if self.mood == FLOW:
            bored = sigma(-2.6 + 2 * (10 * max(u - 0.9, 0) + 0.5 * mastered))
            confused = (1 - bored) * sigma(-2.2 + 2 * (max(0.5 - u, 0) + wrong))
            return BORED if draw < bored else CONFUSED if draw < bored + confused else FLOW
        if self.mood in (CONFUSED, FRUSTRATED):
            return unsettled(self.mood, self.streak, right, helped, draw)
        return FLOW if draw < (0.5 if 0.4 < u < 0.85 and not mastered else 0.15) else BORED

    def mastery(self) -> list[float]:
        return [self.known(k) for k in range(len(self.ability))]


class PlainDifficultyBandLearner(GrowingStudent):
    def step(self, item: int, u: Sequence[float]) -> tuple[bool, bool, float]:
        m, asks = self.model, self.asks[item]
        right = bool(asks and u[0] < self.p(item))
        wrong, expected = asks and not right, m.guess + (1 - m.guess) * self.success(item)
        mastered = all(self.known(k) >= m.mastered_at for k in self.skills[item])
        effect = self.learn * {FRUSTRATED: 0.7, BORED: 0.3}.get(self.mood, 1.0) * (m.feedback if wrong else 1.0)
        gains = [effect * self.one_gain(item, k) for k in self.skills[item]]
        for k, gain in zip(self.skills[item], gains, strict=True):
            self.ability[k] += gain
        if m.engagement:
            self.streak = 0.0 if right else self.streak + wrong
            helped = self.approach[item] != PRACTICE
            self.mood = self.next_mood(expected, right, wrong, helped, mastered, float(u[1]))
            mood = {BORED: 1.5, FRUSTRATED: 1.0}.get(self.mood, 0.0)
            self.quit = bool(u[2] < sigma(-5.3 + mood + 0.3 * self.streak - self.engagement))
        return asks, right, self.minutes[item]

    def one_gain(self, item: int, k: int) -> float:
        m = self.model
        value = gain_shape(m, self.difficulty[item] - self.ability[k], self.ability[k])
        for j in self.parents[k]:
            above = self.ability[j] - self.ready
            value *= float(above >= 0) if math.isinf(m.sharpness) else sigma(m.sharpness * above)
        novice, experienced = self.factors[item]
        return self.gain[k] * self.length[item] * value * (novice + (experienced - novice) * self.known(k))

    def elapse(self, days: float, u: Sequence[float] = ()) -> None:
        if days > 0.0:
            self.mood, self.streak = FLOW, 0.0
            for k, start in enumerate(self.start):
                kept = math.exp(-float(self.model.forget[k]) * self.forget * days)
                self.ability[k] = start + (self.ability[k] - start) * kept
