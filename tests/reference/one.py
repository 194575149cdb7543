"""What the plain students share: the curriculum in lists, and how the draws of a fresh student are divided."""

from __future__ import annotations

from typing import Any

import numpy as np

PRACTICE, EXAMPLE, EXPLANATION, GUIDED = range(4)
FLOW, CONFUSED, FRUSTRATED, BORED = range(4)


class OneStudent:
    """One student of a model, who forgets nothing unless ``elapse`` says otherwise.

    Attributes:
        order: the skills, prerequisites first.
        parents: the prerequisites of each skill.
        skills: of each item, in the order in which a lesson spends its draws: children first.
        asks: whether an item asks for an answer.
    """

    def __init__(self, model: Any) -> None:
        c = model.curriculum
        self.model, self.n_skills = model, c.n_skills
        self.order = [int(k) for k in c.order]
        self.parents = [[int(j) for j in np.flatnonzero(row)] for row in c.prerequisites]
        rank = {k: n for n, k in enumerate(self.order)}
        self.skills = [sorted((int(k) for k in np.flatnonzero(row)), key=lambda k: -rank[k]) for row in c.q]
        self.difficulty, self.minutes, self.approach = c.difficulty.tolist(), c.minutes.tolist(), c.approach.tolist()
        self.asks = [approach not in (EXAMPLE, EXPLANATION) for approach in self.approach]

    def drawn(self, u: Any) -> tuple[list[float], list[float]]:
        """The deviates of the traits, and the draws that are the model's own."""
        population, traits = self.model.population, self.model.traits
        split = population.draws(traits)
        _, deviates = population.sample(np.asarray(u, float)[None, :split], traits)
        return deviates[0].tolist(), [float(x) for x in u[split:]]

    def elapse(self, days: float, u: Any = ()) -> None:
        """Days pass."""


class LearningByAnswers(OneStudent):
    """One who answers by ``p``, and then learns from the answer: by ``learn``, here nothing."""

    def p(self, item: int) -> float:
        """P(right answer)."""
        raise NotImplementedError

    def step(self, item: int, u: Any) -> tuple[bool, bool, float]:
        asks = self.asks[item]
        correct = asks and float(u[0]) < self.p(item)
        self.learn(item, asks, correct)
        return asks, correct, self.minutes[item]

    def learn(self, item: int, asks: bool, correct: bool) -> None:
        pass
