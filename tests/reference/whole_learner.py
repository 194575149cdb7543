"""The whole learner in plain Python, from the equations of docs/students/whole_learner.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tests.reference.bkt import EXAMPLE, EXPLANATION, sigma
from tests.reference.difficulty_band import BORED, FLOW, FRUSTRATED, PRACTICE, PlainDifficultyBandLearner


class PlainWholeLearner(PlainDifficultyBandLearner):
    def __init__(self, model: Any) -> None:
        self.parts = model.parts
        self.model, c = model, model.curriculum
        self.order = [int(k) for k in c.order]
        self.parents = [[int(j) for j in row.nonzero()[0]] for row in c.prerequisites]
        self.skills = [[int(k) for k in row.nonzero()[0]] for row in c.q]
        self.approach, self.minutes, self.difficulty = c.approach.tolist(), c.minutes.tolist(), c.difficulty.tolist()
        self.length, self.gain = model.minutes_factor.tolist(), model.learn.tolist()
        self.factors = [[float(x) for x in model.approaches[a]] for a in self.approach]
        ready = (0.5 - model.guess) / (1 - model.guess)
        self.ready = math.log(ready / (1 - ready)) / model.slope

    def reset(self, u: Sequence[float]) -> None:
        import numpy as np
        from scipy.special import ndtri

        m = self.model
        split = m.population.draws(m.traits)
        _, deviates = m.population.sample(np.asarray(u, float)[None, :split], m.traits)
        ability, learn, forget, self.engagement, self.patience = deviates[0].tolist()
        self.learn, self.forget = math.exp(learn), math.exp(forget)
        self.mood, self.streak, self.ability, self.quit, self.hints = FLOW, 0.0, [0.0] * len(self.order), False, 0
        for k in self.order:
            mine = float(m.start[k] + m.start_sd * ndtri(max(float(u[split + k]), 2.0**-54)) + ability)
            self.ability[k] = min([mine, *(self.ability[j] for j in self.parents[k])])
        self.start, self.stability = list(self.ability), m.stability.tolist()
        self.retained = [1.0] * len(self.order)

    def step(self, item: int, u: Sequence[float]) -> tuple[bool, bool, float]:
        m, asks, p = self.model, self.approach[item] not in (EXAMPLE, EXPLANATION), self.p(item)
        right = bool(asks and u[0] < p)
        wrong, expected = asks and not right, m.guess + (1 - m.guess) * self.success(item)
        mastered = all(self.known(k) >= m.mastered_at for k in self.skills[item])
        hinted = self.parts["hints"] and wrong and u[1] < sigma(m.ask + m.ask_hard * (1 - p) - self.patience)
        share = 1.0 if not wrong else m.hint_feedback if hinted else m.feedback
        effect = self.learn * {FRUSTRATED: 0.7, BORED: 0.3}.get(self.mood, 1.0) * share
        gains = [effect * self.one_gain(item, k) for k in self.skills[item]]
        for k, gain in zip(self.skills[item], gains, strict=True):
            self.ability[k] += gain
            if self.parts["memory"]:
                self.stability[k] *= 1 + m.spacing * (1 - self.retained[k])
                self.retained[k] = 1.0
        if self.parts["engagement"]:
            self.streak = 0.0 if right else self.streak + wrong
            helped = bool(self.approach[item] != PRACTICE and m.guided_help > 0) or hinted
            self.mood = self.next_mood(expected, right, wrong, helped, mastered, float(u[2]))
            mood = {BORED: 1.5, FRUSTRATED: 1.0}.get(self.mood, 0.0)
            self.quit = bool(u[3] < sigma(-5.3 + mood + 0.3 * self.streak - self.engagement))
        self.hints = int(hinted)
        return asks, right, self.minutes[item] + m.hint_minutes * hinted

    def one_gain(self, item: int, k: int) -> float:
        m, known, gap = self.model, self.known(k), self.difficulty[item] - self.ability[k]
        value = 1 - known
        if self.parts["band"]:
            value = (1 - sigma(-m.slope * gap)) * sigma(m.slope * (m.help - gap)) / sigma(m.slope * m.help / 2) ** 2
        for j in self.parents[k] if self.parts["prerequisites"] else ():
            value *= sigma(m.sharpness * (self.ability[j] - self.ready))
        novice, experienced = self.factors[item]
        return self.gain[k] * self.length[item] * value * (novice + (experienced - novice) * known)

    def elapse(self, days: float, u: Sequence[float] = ()) -> None:
        if days > 0.0:
            self.mood, self.streak = FLOW, 0.0
            for k, start in enumerate(self.start) if self.parts["memory"] else ():
                if self.ability[k] != start:
                    kept = math.exp(-days * self.forget / self.stability[k])
                    self.ability[k] = start + (self.ability[k] - start) * kept
                    self.retained[k] *= kept
