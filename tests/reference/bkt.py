"""BKT students in plain Python, from the equations of docs/students/bkt.md: one student, one number at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from copy import deepcopy
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


class OfProblems(PlainBKT):
    """One BKT student who works at items of one answer and at problems; not ``Plain…``: the model has one class."""

    def __init__(self, model: Any) -> None:
        c = model.curriculum
        self.steps = [[int(k) for k in row if k >= 0] for row in c.item_steps]
        self.overhead, self.power, self.reference = 0.5, 0.6, self._reference(c)
        super().__init__(model)
        self.right_steps = 0

    def _reference(self, c: Any) -> float:
        """The median length of what is practised: items of one answer and the different steps."""
        alike = {
            (k, float(c.difficulty[m]), float(c.minutes[m]) / len(steps), int(c.approach[m]))
            for m, steps in enumerate(self.steps) for k in steps
        }  # fmt: skip
        plain = [float(c.minutes[m]) for m, steps in enumerate(self.steps) if not steps and c.approach[m] == 0]
        lengths = sorted(plain + [minutes for _, _, minutes, approach in alike if approach == 0])
        middle = len(lengths) // 2
        return lengths[middle] if len(lengths) % 2 else (lengths[middle - 1] + lengths[middle]) / 2

    def _worth(self, item: int) -> tuple[list[float], float, float]:
        novice, experienced = self.model.approaches[self.approach[item]]
        steps = self.steps[item] or self.skills[item]
        useful = self.minutes[item] / len(steps) - self.overhead
        if not self.steps[item]:
            useful = (self.minutes[item] - self.overhead) / len(steps)
        length = (max(useful, 0.0) / (self.reference - self.overhead)) ** self.power
        return [self.model.learn[k] / (1 - self.model.learn[k]) * length for k in steps], novice, experienced

    def of_step(self, item: int, k: int, known: bool) -> float:
        """P(a step on skill k is right)."""
        m = self.model
        hard = self.difficulty[item] - (m.guided_help if self.approach[item] == GUIDED else 0.0)
        if known:
            return 1.0 - sigma(logit(m.slip[k]) + hard + self.slip)
        return sigma(logit(m.guess[k]) - hard + self.guess)

    def learning(self, item: int, s: int, ready: bool) -> float:
        """P(step s of a problem teaches its skill), if that is not known."""
        m, k = self.model, self.steps[item][s]
        odds, novice, experienced = self.worth[item]
        level = m.level_start + m.level_span * self.familiarity[k] + self.ability
        gap = (self.difficulty[item] - level) / m.level_width
        o = odds[s] * self.learn * (novice + (experienced - novice) * self.familiarity[k]) / (1 + gap * gap)
        return o / (1 + o) * (1.0 if ready else m.leak)

    def more_familiar(self, k: int) -> None:
        self.familiarity[k] += (1 - self.familiarity[k]) * self.model.familiarity_rate

    def p(self, item: int) -> float:
        return self._walk(item, 0, list(self.known)) if self.steps[item] else super().p(item)

    def _walk(self, item: int, s: int, known: list[bool]) -> float:
        """P(steps s and all later ones are right), by what is learnt on the way and what is not."""
        if s == len(self.steps[item]):
            return 1.0
        k, before = self.steps[item][s], self.familiarity[self.steps[item][s]]
        right = self.of_step(item, k, known[k])
        p = 0.0 if known[k] else self.learning(item, s, all(known[j] for j in self.parents[k]))
        self.more_familiar(k)
        learnt = [*known[:k], True, *known[k + 1 :]]
        rest = p * self._walk(item, s + 1, learnt) + (1 - p) * self._walk(item, s + 1, known)
        self.familiarity[k] = before
        return right * rest

    def gain(self, item: int) -> float:
        """How many skills the item is expected to teach: over all ways in which its draws can fall."""
        if not self.steps[item]:
            before = self.known
            ready = [all(before[j] for j in self.parents[k]) for k in self.skills[item]]
            each = enumerate(self.skills[item])
            return sum(0.0 if before[k] else self.p_learn(item, slot, ready[slot]) for slot, k in each)
        return self._gain(item, 0, list(self.known))

    def _gain(self, item: int, s: int, known: list[bool]) -> float:
        if s == len(self.steps[item]):
            return 0.0
        k, before = self.steps[item][s], self.familiarity[self.steps[item][s]]
        p = 0.0 if known[k] else self.learning(item, s, all(known[j] for j in self.parents[k]))
        self.more_familiar(k)
        learnt = [*known[:k], True, *known[k + 1 :]]
        total = p * (1.0 + self._gain(item, s + 1, learnt)) + (1 - p) * self._gain(item, s + 1, known)
        self.familiarity[k] = before
        return total

    def after(self, days: float) -> tuple[list[float], list[float]]:
        """What is expected after some days: right answers to every item and mastery, over all that may be left."""
        rate = [r * (1 - self.model.durability * f) for r, f in zip(self.rate, self.familiarity, strict=True)]
        keeps = [math.exp(-r * days) if known else 0.0 for r, known in zip(rate, self.known, strict=True)]
        had, right = [k for k, known in enumerate(self.known) if known], [0.0] * len(self.steps)
        for left in itertools.product((True, False), repeat=len(had)):
            other, chance = deepcopy(self), 1.0
            for k, stays in zip(had, left, strict=True):
                other.known[k] = stays
                chance *= keeps[k] if stays else 1 - keeps[k]
            right = [total + chance * other.p(item) for item, total in enumerate(right)]
        return right, keeps

    def step(self, item: int, u: Sequence[float]) -> tuple[bool, bool, float]:
        self.right_steps = 0
        if not self.steps[item]:
            return super().step(item, u)
        for s, k in enumerate(self.steps[item]):
            self.right_steps |= int(u[2 * s] < self.of_step(item, k, self.known[k])) << s
            p = self.learning(item, s, all(self.known[j] for j in self.parents[k]))
            if not self.known[k] and u[2 * s + 1] < p:
                self.known[k], self.left[k] = True, -math.log(1 - u[2 * s + 1] / p)
            self.more_familiar(k)
        return True, self.right_steps == (1 << len(self.steps[item])) - 1, self.minutes[item]
