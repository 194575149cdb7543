"""The published benchmark of KSS students, rebuilt: what random walks gain of the targets."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from zpdgym.students import KSS, allocate_outcome
from zpdgym.students.curriculum.readers import read_curriculum

from benchmarks.published.figure import Figure
from tests.helpers import cohort

PUBLISHED = {10: 0.068, 20: 0.123, 30: 0.176}
ORDER = np.array([0, 5, 6, 1, 2, 7, 3, 4, 8, 9])
STUDENTS = 4000


def kss() -> list[Figure]:
    """Random walks over the ten concepts; the published run has 600 students."""
    gained = random_walks(STUDENTS)
    return [
        Figure(f"share of the targets gained in {n} lessons", gained[n], PUBLISHED[n], within=0.015) for n in PUBLISHED
    ]


def random_walks(n: int) -> dict[int, float]:
    """By number of lessons, what n students who choose uniformly gain of the targets that were left to gain."""
    model, rng = KSS(read_curriculum("kss.csv")), np.random.default_rng(0)
    start = cohort(model, n)
    size = rng.integers(3, 11, n)
    target = rng.random((n, 10)).argsort(axis=1).argsort(axis=1) < size[:, None]
    state = start.copy()
    state["last"] = last_of_warm_up(model, start.copy(), rng)
    useful = target | (target.astype(float) @ model.curriculum.ancestors > 0)
    mastered = lambda: ((model.mastery(state) >= model.mastered_at) & target).sum(axis=1)  # noqa: E731
    before = mastered()
    kept, gained = before < size, {}
    for lesson in range(1, max(PUBLISHED) + 1):
        item = rng.integers(0, 10, n)
        legal = model.legal(state) & useful
        none_left = ~legal.any(axis=1)
        allowed = np.where(none_left, target[np.arange(n), item], legal[np.arange(n), item])
        position = state["last"].copy()
        state["last"][none_left] = -1.0
        model.step(state, np.where(allowed, item, -1), rng.random((n, 1)), allocate_outcome(n))
        state["last"] = np.where(allowed, item, position)
        if lesson in PUBLISHED:
            gained[lesson] = float(((mastered() - before) / np.maximum(size - before, 1))[kept].mean())
    return gained


def last_of_warm_up(model: KSS, state: npt.NDArray[np.void], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Where 20 rounds of half-ordered practice end; moves are free."""
    n = len(state)
    seen, right, going = np.full((n, 3), -1), np.zeros(n, bool), np.ones(n, bool)

    def practise(items: npt.NDArray[np.int64]) -> None:
        state["last"] = -1.0
        out = model.step(state, items, rng.random((n, 1)), allocate_outcome(n))
        done = items >= 0
        seen[done] = np.column_stack([seen[done, 1:], items[done]])
        right[done] = out["correct"][done]

    for _ in range(20):
        last = seen[:, 2].copy()
        several = np.array([len(set(row[row >= 0])) > 1 for row in seen])
        again = going & (last >= 0) & right & several
        practise(np.where(again, last, -1))
        stay = ~again & (last >= 0) & ~right & (rng.random(n) < 0.7)
        first = (model.p_all(state)[:, ORDER] < 0.6).argmax(axis=1)
        none_weak = (model.p_all(state) >= 0.6).all(axis=1)
        ordered = ~again & ~stay & (rng.random(n) < 0.9)
        going &= ~(ordered & none_weak)
        choice = np.where(again | stay, last, np.where(ordered, ORDER[first], rng.integers(0, 10, n)))
        practise(np.where(going, choice, -1))
    return seen[:, 2]
