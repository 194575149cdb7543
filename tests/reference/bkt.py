"""BKT students in plain Python, from the equations of docs/students/bkt.md: one student, one number at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tests.reference.one import GUIDED, OneStudent


def logit(p: float) -> float:
    return math.log(p / (1 - p)) if 0.0 < p < 1.0 else math.copysign(700.0, p - 0.5)


def sigma(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x > -700.0 else 0.0


class PlainBKT(OneStudent):
    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.prior, self.forget = model.prior.tolist(), model.forget.tolist()
        self.answers = [self._answer(m) for m in range(len(self.skills))]
        self.worth = [self._worth(m) for m in range(len(self.skills))]

    def _answer(self, item: int) -> tuple[float, float]:
        """Logits of a right answer without and with knowledge."""
        m, own = self.model, self.model.by_item
        if "guess_by_item" in own:
            return logit(own["guess_by_item"][item]), -logit(own["slip_by_item"][item])
        hard = self.difficulty[item] - (m.guided_help if self.approach[item] == GUIDED else 0.0)
        of_skills = [[logit(values[k]) for k in self.skills[item]] for values in (m.guess, m.slip)]
        guess, slip = (sum(x) / len(x) for x in of_skills)
        return guess - hard, -(slip + hard)

    def _worth(self, item: int) -> tuple[list[float], float, float]:
        """Odds of learning each skill of the item at its best level, by a novice: and what experience does to them."""
        m = self.model
        if "learn_by_item" in m.by_item:
            p = float(m.by_item["learn_by_item"][item])
            return [p / (1 - p)] * len(self.skills[item]), 1.0, 1.0
        novice, experienced = m.approaches[self.approach[item]]
        odds = [m.learn[k] / (1 - m.learn[k]) * m.minutes_factor[item] for k in self.skills[item]]
        return [float(o) for o in odds], float(novice), float(experienced)

    def reset(self, u: Sequence[float]) -> None:
        (prior, learn, self.guess, self.slip, forget, self.ability), own = self.drawn(u)
        self.learn, self.rate = math.exp(learn), [f * math.exp(forget) for f in self.forget]
        self.known, self.left = [False] * len(self.order), [0.0] * len(self.order)
        self.familiarity = [0.0] * len(self.order)
        for k in self.order:
            p, draw = sigma(logit(self.prior[k]) + prior), own[k]
            if draw < p and all(self.known[j] for j in self.parents[k]):
                self.known[k], self.left[k] = True, -math.log(1 - draw / p)
                self.familiarity[k] = self.model.familiarity_known

    def p(self, item: int) -> float:
        without, with_ = self.answers[item]
        if all(self.known[k] for k in self.skills[item]):
            return sigma(with_ - self.slip)
        return sigma(without + self.guess)

    def p_learn(self, item: int, slot: int, ready: bool) -> float:
        m, k = self.model, self.skills[item][slot]
        odds, novice, experienced = self.worth[item]
        familiarity = self.familiarity[k]
        level = m.level_start + m.level_span * familiarity + self.ability
        gap = (self.difficulty[item] - level) / m.level_width
        o = odds[slot] * self.learn * (novice + (experienced - novice) * familiarity) / (1 + gap * gap)
        return o / (1 + o) * (1.0 if ready else m.leak)

    def step(self, item: int, u: Sequence[float]) -> tuple[bool, bool, float]:
        asks = self.asks[item]
        correct = bool(asks and u[0] < self.p(item))
        before = list(self.known)
        for slot, k in enumerate(self.skills[item]):
            p = self.p_learn(item, slot, all(before[j] for j in self.parents[k]))
            if not before[k] and u[1 + slot] < p:
                self.known[k], self.left[k] = True, -math.log(1 - u[1 + slot] / p)
            self.familiarity[k] += (1 - self.familiarity[k]) * self.model.familiarity_rate
        return asks, correct, self.minutes[item]

    def elapse(self, days: float, u: Sequence[float] = ()) -> None:
        durability = self.model.durability
        for k, known in enumerate(self.known):
            if known:
                self.left[k] -= days * self.rate[k] * (1 - durability * self.familiarity[k])
                self.known[k] = self.left[k] > 0

    def mastery(self) -> list[float]:
        return [float(known) for known in self.known]
