"""Structure students one at a time, as one would write them from docs/students/blim.md, tms.md and kss.md."""

from __future__ import annotations

import math
from typing import Any

from tests.reference.one import OneStudent


class PlainBLIM(OneStudent):
    """One student in a knowledge state."""

    learn_first = False

    def reset(self, u: Any) -> None:
        m = self.model
        (prior, learn, guess, slip), own = self.drawn(u)
        self.learn = [shift(float(p), learn) for p in m.learn]
        self.guess = [shift(float(p), guess) for p in m.guess]
        self.slip = [shift(float(p), slip) for p in m.slip]
        self.state: set[int] = set()
        for k in self.order:
            if self.ready(k) and own[k] < shift(float(m.prior[k]), prior):
                self.state.add(k)

    def ready(self, k: int) -> bool:
        return all(j in self.state for j in self.parents[k])

    def p(self, item: int) -> float:
        knows = all(k in self.state for k in self.skills[item])
        return 1.0 - self.slip[item] if knows else self.guess[item]

    def study(self, item: int, u: Any) -> None:
        fringe = {k for k in self.skills[item] if k not in self.state and self.ready(k)}
        self.state |= {k for x, k in zip(u, self.skills[item], strict=False) if k in fringe and x < self.learn[k]}

    def step(self, item: int, u: Any) -> tuple[bool, bool, float]:
        asks = self.asks[item]
        if self.learn_first:
            self.study(item, u[1:])
        correct = bool(asks and u[0] < self.p(item))
        if not self.learn_first:
            self.study(item, u[1:])
        return asks, correct, self.minutes[item]

    def mastery(self) -> list[float]:
        return [1.0 if k in self.state else 0.0 for k in range(len(self.parents))]


class PlainTMS(PlainBLIM):
    """One student who learns first and answers then."""

    learn_first = True


class PlainKSS(OneStudent):
    """One student on the map of concepts; an increment walks along every path."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.children = [[j for j, above in enumerate(self.parents) if k in above] for k in range(self.n_skills)]
        self.reference = [float(x) for x in model.reference]
        self.near = [self.neighbours(k) for k in range(self.n_skills)]

    def neighbours(self, v: int) -> set[int]:
        near = {v, *self.children[v], *self.parents[v]}
        for parent in self.parents[v]:
            near |= {*self.parents[parent], *self.children[parent]}
        piece, edge = {v}, [v]
        while edge:
            k = edge.pop()
            for other in (*self.parents[k], *self.children[k]):
                if other not in piece:
                    piece.add(other)
                    edge.append(other)
        return near | (set(range(len(self.parents))) - piece)

    def reset(self, u: Any) -> None:
        m = self.model
        (ability, learn), own = self.drawn(u)
        self.rate = m.learn * math.exp(learn)
        choices = m.start_highest - m.start_lowest + 1
        self.ability = [
            min(m.start_lowest + math.floor(choices * x) - m.start_step * k + ability, m.ceiling)
            for k, x in enumerate(own)
        ]
        self.last = -1

    def chance(self, k: int, difficulty: float) -> float:
        return 1.0 / (1.0 + math.exp(min(self.model.slope * (difficulty - self.ability[k]), 700.0)))

    def p(self, item: int) -> float:
        knows = 1.0
        for k in self.skills[item]:
            knows *= self.chance(k, self.difficulty[item])
        return self.model.guess + (1.0 - self.model.guess) * knows

    def step(self, item: int, u: Any) -> tuple[bool, bool, float]:
        asks = self.asks[item]
        correct = bool(asks and u[0] < self.p(item))
        ceiling = self.model.ceiling
        legal = [k for k in self.skills[item] if self.last < 0 or k in self.near[self.last]]
        for k in legal:
            ratio = math.exp(-sum(ceiling - self.ability[p] for p in self.parents[k]))
            self.raise_by(k, self.rate * (ceiling - self.ability[k]) * ratio)
        if legal:
            self.last = legal[0]
        return asks, correct, self.minutes[item]

    def raise_by(self, k: int, increment: float) -> None:
        self.ability[k] = min(self.ability[k] + increment, self.model.ceiling)
        for child in self.children[k]:
            self.raise_by(child, self.model.spread * increment)

    def mastery(self) -> list[float]:
        floor = self.model.guess
        return [floor + (1.0 - floor) * self.chance(k, b) for k, b in enumerate(self.reference)]


def shift(p: float, logits: float) -> float:
    """A probability, moved by so many logits."""
    if p <= 0.0 or p >= 1.0:
        return p
    return 1.0 / (1.0 + math.exp(-math.log(p / (1.0 - p)) - logits))
