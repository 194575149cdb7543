"""The students of docs/students/afm.md and pfa.md as one would write them in plain Python."""

from __future__ import annotations

import math
from typing import Any

from tests.reference.irt import normal, sigma
from tests.reference.one import LearningByAnswers


class PlainAFM(LearningByAnswers):
    """Every lesson on a skill adds the same to its logit."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.beta = model.start.tolist()

    def reset(self, u: Any) -> None:
        (ability, learn), own = self.drawn(u)
        self.theta = ability + self.model.ability_sd * normal(own[0])
        self.slopes(math.exp(learn))

    def slopes(self, factor: float) -> None:
        self.gamma = [value * factor for value in self.model.learn.tolist()]
        self.tries = [0] * self.n_skills

    def strength(self, k: int) -> float:
        return self.beta[k] + self.gamma[k] * self.tries[k]

    def p(self, item: int) -> float:
        return sigma(self.theta + sum(self.strength(k) for k in self.skills[item]) - self.difficulty[item])

    def learn(self, item: int, asks: bool, correct: bool) -> None:
        for k in self.skills[item]:
            self.tries[k] += 1

    def mastery(self) -> list[float]:
        return [sigma(self.theta + self.strength(k)) for k in range(self.n_skills)]


class PlainPFA(PlainAFM):
    """Right and wrong answers add different amounts; what asks for no answer adds nothing."""

    def slopes(self, factor: float) -> None:
        self.gamma = [value * factor for value in self.model.learn_right.tolist()]
        self.rho = [value * factor for value in self.model.learn_wrong.tolist()]
        self.successes = [0] * self.n_skills
        self.failures = [0] * self.n_skills

    def strength(self, k: int) -> float:
        return self.beta[k] + self.gamma[k] * self.successes[k] + self.rho[k] * self.failures[k]

    def learn(self, item: int, asks: bool, correct: bool) -> None:
        if asks:
            counts = self.successes if correct else self.failures
            for k in self.skills[item]:
                counts[k] += 1
