"""ACT-R students in plain Python, from the equations of docs/students/actr.md: one student, one number at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from tests.reference.one import OneStudent

NEAR, FAR = 600.0, 1e6


def strength(traces: list[tuple[float, float, float]], now: float) -> float:
    """The sum of weight * age^-decay over traces of (weight, time, decay)."""
    return sum(weight * max(now - time, 1.0) ** -decay for weight, time, decay in traces)


class PlainACTR(OneStudent):
    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.base = model.base.tolist()

    def reset(self, u: Sequence[float]) -> None:
        (self.level, pace), _ = self.drawn(u)
        self.pace, self.clock = math.exp(pace), 0.0
        self.traces: list[list[tuple[float, float, float]]] = [[] for _ in self.base]

    def exp_activation(self, k: int) -> float:
        return strength(self.traces[k], self.clock) * math.exp(self.level + self.base[k])

    def recall(self, e: float) -> float:
        return 1.0 / (1.0 + math.exp((self.model.tau - math.log(e)) / self.model.s)) if e > 0.0 else 0.0

    def p(self, item: int) -> float:
        return math.prod(self.recall(self.exp_activation(k)) for k in self.skills[item])

    def step(self, item: int, u: Sequence[float]) -> tuple[bool, bool, float]:
        m, asks, p = self.model, self.asks[item], 1.0
        later = self.clock + 60.0 * self.minutes[item]
        for k in self.skills[item]:
            e = self.exp_activation(k)
            p *= self.recall(e)
            self.traces[k].append((1.0 if asks else m.b, self.clock, self.pace * (m.c * e + m.a)))
            if len(self.traces[k]) > m.capacity:
                self.unite(k, later)
        self.clock = later
        return asks, bool(asks and u[0] < p), self.minutes[item]

    def unite(self, k: int, now: float) -> None:
        """Make one trace of the two that are most alike."""
        traces = self.traces[k]
        v = [strength([t], now) for t in traces]
        far = [w * (max(now - t, 1.0) + FAR) ** -d for w, t, d in traces]
        near = [w * (max(now - t, 1.0) + NEAR) ** -d for w, t, d in traces]
        early = [math.log(a / b) for a, b in zip(v, near, strict=True)]
        late = [math.log(a / b) for a, b in zip(v, far, strict=True)]
        total, total_far = sum(v), sum(far)
        pairs = ((x, y) for y, x in itertools.product(range(len(v)), repeat=2) if x < y)
        one, two = min(
            pairs,
            key=lambda q: (
                min(v[q[0]], v[q[1]]) * (early[q[0]] - early[q[1]]) ** 2 * total_far
                + min(far[q[0]], far[q[1]]) * (late[q[0]] - late[q[1]]) ** 2 * total
            ),
        )
        both, both_far = v[one] + v[two], far[one] + far[two]
        ages = [max(now - traces[q][1], 1.0) for q in (one, two)]
        age = math.exp((v[one] * math.log(ages[0]) + v[two] * math.log(ages[1])) / both)
        decay = math.log(both / both_far) / math.log((age + FAR) / age)
        traces[one] = (both * age**decay, now - age, decay)
        newest = traces.pop()
        if two < len(traces):
            traces[two] = newest

    def elapse(self, days: float, u: Sequence[float] = ()) -> None:
        self.clock += 86400.0 * self.model.h * days

    def mastery(self) -> list[float]:
        return [self.recall(self.exp_activation(k)) for k in range(len(self.base))]
