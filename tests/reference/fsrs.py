"""The FSRS student in plain Python, from the equations of docs/students/fsrs.md: the oracle and the yardstick."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from scipy.special import ndtri

from tests.reference.one import OneStudent


class PlainFSRS(OneStudent):
    """One student; memories are lists of floats."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.version, self.hard, self.easy = model.version, model.hard, model.easy
        self.whole_days = model.whole_days
        self.rating = 0

    def reset(self, u: Sequence[float]) -> None:
        m, ((prior, learn, forget), own) = self.model, self.drawn(u)
        w = [float(x) for x in m.weights]
        if m.people:
            z = [float(ndtri(x)) for x in own[:18]]
            low, high = m.weight_bounds
            for j in range(21):
                moved = w[j] * math.exp(m.spread[j] * z[0]) if j < 4 else w[j] + m.spread[j] * z[j - 3]
                w[j] = min(max(moved, float(low[j])), float(high[j]))
            w[:4] = sorted(w[:4])
        self.w = w
        self.learn, self.speed = math.exp(learn), math.exp(forget)
        self.factor = 0.9 ** (-1 / w[20]) - 1
        self.p_first = [p / (p + (1 - p) * math.exp(-prior)) if p > 0 else 0.0 for p in map(float, m.p_first)]
        n = self.n_skills
        self.s: list[float | None] = [None] * n
        self.d, self.last, self.clock = [0.0] * n, [0.0] * n, 0.0

    def recall(self, k: int) -> float:
        s = self.s[k]
        if s is None:
            return self.p_first[k]
        days = self.clock - self.last[k]
        if self.whole_days:
            days = math.floor(days + 1e-6)
        return (1 + self.factor * self.speed * days / s) ** -self.w[20]

    def p(self, item: int) -> float:
        p = 1.0
        for k in self.skills[item]:
            p *= self.recall(k)
        return p

    def first_difficulty(self, rating: int) -> float:
        w = self.w
        if self.version == "4.5":
            return w[4] - w[5] * (rating - 3)
        return w[4] - math.exp(w[5] * (rating - 1)) + 1

    def review(self, k: int, rating: int, recall: float) -> None:
        w, s, d = self.w, self.s[k], self.d[k]
        if s is None:
            s, d = w[rating - 1], self.first_difficulty(rating)
        else:
            if self.version != "4.5" and self.clock - self.last[k] < 1 - 1e-6:
                increase = math.exp(w[17] * (rating - 3 + w[18]))
                if self.version == "6":
                    increase *= s ** -w[19]
                    if rating >= 2:
                        increase = max(increase, 1.0)
                s *= increase
            elif rating == 1:
                most = s if self.version == "4.5" else s / math.exp(w[17] * w[18])
                s = w[11] * d ** -w[12] * ((s + 1) ** w[13] - 1) * math.exp(w[14] * (1 - recall))
                s = min(s, most)
            else:
                bonus = {2: w[15], 3: 1.0, 4: w[16]}[rating]
                due = math.exp(w[10] * (1 - recall)) - 1
                s *= 1 + self.learn * math.exp(w[8]) * (11 - d) * s ** -w[9] * due * bonus
            if self.version == "4.5":
                target, d = w[4], d - w[6] * (rating - 3)
            else:
                target, d = self.first_difficulty(4), d - w[6] * (rating - 3) * (10 - d) / 9
            d = w[7] * target + (1 - w[7]) * d
        self.s[k] = min(max(s, 0.001), 36500.0)
        self.d[k] = min(max(d, 1.0), 10.0)
        self.last[k] = self.clock

    def step(self, item: int, u: Sequence[float]) -> tuple[bool, bool, float]:
        if item < 0:
            self.rating = 0
            return False, False, 0.0
        worst, asks = 4, self.asks[item]
        for slot, k in enumerate(self.skills[item]):
            recall = self.recall(k)
            if asks:
                rating = 1
                if u[slot] < recall:
                    right = u[slot]
                    rating = 4 if right < recall * self.easy else 3 if right < recall * (1 - self.hard) else 2
                worst = min(worst, rating)
                self.review(k, rating, recall)
            elif self.s[k] is None:
                self.review(k, 1, recall)
            else:
                self.last[k] = self.clock
        self.rating = worst if asks else 0
        self.clock += self.minutes[item] / 1440
        return asks, asks and worst > 1, self.minutes[item]

    def elapse(self, days: float, u: Sequence[float] = ()) -> None:
        self.clock += days

    def mastery(self) -> list[float]:
        return [self.recall(k) for k in range(self.n_skills)]
