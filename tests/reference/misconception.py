"""Students with misconceptions as one would write them in plain Python: one student, one skill at a time."""

from __future__ import annotations

import math
from typing import Any

EXAMPLE, EXPLANATION = 1, 2
UNKNOWN, KNOWN = "unknown", "known"  # otherwise the number of a bug


class PlainMisconceptions:
    """Each skill is unknown, known, or has a bug; ``option`` is the last one chosen (-1: none)."""

    def __init__(self, model: Any) -> None:
        c = self.c = model.curriculum
        self.model, self.population, self.traits = model, model.population, model.traits
        self.prior, self.misconceived = model.prior.tolist(), model.misconceived.tolist()
        self.learn, self.catch = model.learn.tolist(), model.catch.tolist()
        self.slip, self.stray = model.slip.tolist(), model.stray.tolist()
        self.bugs, self.options = model.bugs, model.options
        self.sticky, self.refute, self.leak = model.sticky, model.refute, model.leak
        self.order, self.minutes, self.approach = c.order.tolist(), c.minutes.tolist(), c.approach.tolist()
        rank = {k: n for n, k in enumerate(self.order)}
        self.skills = [
            sorted((k for k in range(c.n_skills) if c.q[j, k]), key=rank.__getitem__) for j in range(c.n_items)
        ]
        self.parents = [[k for k in range(c.n_skills) if c.prerequisites[child, k]] for child in range(c.n_skills)]
        self.diagnostic = [[b + 1 for b in range(self.bugs) if model.diagnostic[j, b]] for j in range(c.n_items)]

    def reset(self, u: Any) -> None:
        split = self.population.draws(self.traits)
        _, deviates = self.population.sample(u[None, :split], self.traits)
        prior, self.z_learn, self.z_bug, self.z_slip = (math.exp(z) for z in deviates[0].tolist())
        self.mind: dict[int, Any] = {}
        for k in self.order:
            known, bug = self.split(self.prior[k], self.misconceived[k] / self.bugs, prior)
            draw = float(u[split + k])
            if draw < known:
                self.mind[k] = KNOWN if self.ready(k) else UNKNOWN
            elif draw < known + self.bugs * bug:
                self.mind[k] = 1 + int((draw - known) / bug)
            else:
                self.mind[k] = UNKNOWN

    def split(self, right: float, bug: float, z: float) -> tuple[float, float]:
        """Probabilities of the right way and of each bug, after the student's multipliers on their odds."""
        rest = max(1.0 - right - self.bugs * bug, 1e-12)
        right, bug = right / rest * z, bug / rest * self.z_bug
        total = 1.0 + right + self.bugs * bug
        return right / total, bug / total

    def ready(self, k: int) -> bool:
        return all(self.mind[j] == KNOWN for j in self.parents[k])

    def erring(self, p: float) -> float:
        odds = p / (1.0 - p) * self.z_slip
        return odds / (1.0 + odds)

    def alone(self, k: int) -> float:
        """Learning where no bug can be caught."""
        odds = self.learn[k] / (1.0 - self.learn[k]) * self.z_learn
        return odds / (1.0 + odds)

    def p_options(self, item: int) -> list[float]:
        """Probability of every option."""
        after, sure = 0, 1.0
        for k in self.skills[item]:
            mind = self.mind[k]
            if mind == UNKNOWN:
                return [1.0 / self.options] * self.options
            if mind == KNOWN:
                sure *= 1.0 - self.erring(self.slip[k])
            elif mind in self.diagnostic[item]:
                after, sure = mind, 1.0 - self.erring(self.stray[k])
                break
            else:
                sure *= 1.0 - self.erring(self.stray[k])
        others = (1.0 - sure) / (self.options - 1)
        return [sure if option == after else others for option in range(self.options)]

    def p(self, item: int) -> float:
        return self.p_options(item)[0]

    def choose(self, item: int, draw: float) -> int:
        """The right option first, then the likeliest, then the others in their order."""
        p = self.p_options(item)
        likeliest = max(range(self.options), key=p.__getitem__)
        for option in dict.fromkeys([0, likeliest, *range(self.options)]):
            if draw < p[option]:
                return option
            draw -= p[option]
        return self.options - 1

    def step(self, item: int, u: Any) -> tuple[bool, bool, float]:
        asks = self.approach[item] not in (EXAMPLE, EXPLANATION)
        self.option = self.choose(item, u[0]) if asks else -1
        before = dict(self.mind)
        gates = {k: 1.0 if self.ready(k) else self.leak for k in self.skills[item]}
        for slot, k in enumerate(reversed(self.skills[item])):
            draw = u[1 + slot]
            if before[k] == UNKNOWN:
                right, bug = self.split(self.learn[k], self.catch[k], self.z_learn) if asks else (self.alone(k), 0.0)
                if draw < right * gates[k]:
                    self.mind[k] = KNOWN
                elif draw < right * gates[k] + self.bugs * bug:
                    self.mind[k] = 1 + int((draw - right * gates[k]) / bug)
            elif before[k] != KNOWN:
                leave = self.alone(k) * self.sticky
                if self.option == before[k] and before[k] in self.diagnostic[item]:
                    leave *= self.refute
                if draw < min(leave, 1.0) * gates[k]:
                    self.mind[k] = KNOWN
        return asks, self.option == 0, self.minutes[item]

    def elapse(self, days: float, u: Any) -> None:
        """Nothing is forgotten."""

    def mastery(self) -> list[float]:
        return [1.0 if self.mind[k] == KNOWN else 0.0 for k in range(self.c.n_skills)]
