"""The generalised power law in plain Python, one student at a time: every study is remembered with its block."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

from tests.reference.memory import MemoryStudent


class PlainPowerLaw(MemoryStudent):
    """p = sigmoid(ability - difficulty + practice) / (1 + r d) ^ f."""

    first_counts = True

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.weights, self.recent = [float(w) for w in model.weights], model.blocks == "recent"

    def begin(self, u: list[float]) -> None:
        model, k = self.model, self.n_skills
        self.ability, forget = self.others
        z = [NormalDist().inv_cdf(x) for x in u]
        self.level = [float(d) + model.difficulty_sd * x for d, x in zip(model.difficulty, z[:k], strict=True)]
        lasting = [math.exp(d + model.decay_sd * x) for d, x in zip(model.decay, z[k : 2 * k], strict=True)]
        self.decay = [math.exp(forget - x) for x in lasting]
        self.scale = model.delay * math.exp(model.delay_sd * z[2 * k])
        self.studied: list[dict[int, list[int]]] = [{} for _ in range(k)]  # per skill: block -> [attempts, right]

    def block(self) -> int:
        block = math.floor(self.now / self.model.block_days + 1e-9)
        return block if self.recent else min(block, len(self.weights) - 1)

    def practice(self, k: int) -> float:
        now, oldest, total = self.block(), len(self.weights) - 1, 0.0
        for block, (attempts, right) in self.studied[k].items():
            age = min(now - block, oldest) if self.recent else oldest - block
            total += self.weights[age] * (math.log(1 + attempts) + math.log(1 + right))
        return total

    def recall(self, k: int) -> float:
        last = self.last[k]
        if last is None:
            return 0.0
        m = 1.0 / (1.0 + math.exp(-(self.ability - self.level[k] + self.practice(k))))
        return m / (1.0 + self.scale * (self.now - last)) ** self.decay[k]

    def review(self, k: int, came: bool | None) -> None:
        counts = self.studied[k].setdefault(self.block(), [0, 0])
        counts[0] += 1
        counts[1] += bool(came)
