"""The whole learner in plain Python, from the equations of docs/students/whole_learner.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tests.reference.bkt import sigma
from tests.reference.difficulty_band import GrowingStudent
from tests.reference.one import BORED, FLOW, FRUSTRATED, PRACTICE


class PlainWholeLearner(GrowingStudent):
    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.parts = model.parts

    def reset(self, u: Sequence[float]) -> None:
        super().reset(u)
        (self.patience,), self.hints = self.further, 0
        self.stability, self.retained = self.model.stability.tolist(), [1.0] * self.n_skills

    def step(self, item: int, u: Sequence[float]) -> tuple[bool, bool, float]:
        m, asks, p = self.model, self.asks[item], self.p(item)
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
