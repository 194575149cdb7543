"""The bandits' rules alone, on plain bandits: their regret beside what theory says of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.agents.baselines.bandits.arms import (
    BetaThompson,
    LinearUpperConfidence,
    UpperConfidence,
    WindowedUpperConfidence,
)

from benchmarks.published.figure import Figure

Means = npt.NDArray[np.float64]


def bandits() -> list[Figure]:
    """Regret on plain bandits, with coins for payments."""
    linear, plain = linear_and_plain()
    return [
        Figure("UCB1: regret of plays 2000 to 20 000 / 200 to 2000", ucb_growth(), digits=2),
        Figure("UCB1: regret of 20 000 plays / bound of its theorem", ucb_to_bound(), digits=2),
        Figure("Thompson: growth with ln t / Lai and Robbins' least", thompson_to_least(), digits=2),
        Figure("LinUCB: regret / UCB1's, payments linear", linear[-1] / plain[-1], digits=2),
        Figure("window: regret / UCB1's where nothing changes", window_to_plain(changes=False), digits=2),
        Figure("window: regret / UCB1's after a change", window_to_plain(changes=True), digits=2),
    ]


def regret(
    rule: Any,
    means: Means,
    lessons: int,
    n: int,
    *,
    features: npt.NDArray[np.float64] | None = None,
    then: Means | None = None,
    noise: bool = True,
) -> npt.NDArray[np.float64]:
    """Mean regret so far after each play of n games; the means change to ``then`` half-way."""
    luck, memory = np.random.default_rng(1), games(rule, n, len(means))
    allowed, lost = np.ones((n, len(means)), bool), np.zeros(lessons)
    seen = None if features is None else np.repeat(features[None], n, axis=0)
    for t in range(lessons):
        means = then if then is not None and 2 * t == lessons else means
        arms = rule.choose(memory, allowed, seen, luck.random((n, 1)))
        payments = (luck.random(n) < means[arms]).astype(float) if noise else means[arms]
        rule.learn(memory, arms, payments)
        lost[t] = (means.max() - means[arms]).mean()
    return lost.cumsum()


def games(rule: Any, n: int, n_arms: int) -> dict[str, npt.NDArray[Any]]:
    """The memory of n bandits that have seen nothing."""
    return {k: np.repeat(np.asarray(v)[None], n, axis=0) for k, v in rule.blank(n_arms).items()}


def ucb_growth() -> float:
    """1 for logarithmic regret, 3.2 for one that grows with the square root of the plays."""
    lost = regret(UpperConfidence(), np.array([0.9, 0.5]), 20_000, 100)
    return float((lost[19_999] - lost[1999]) / (lost[1999] - lost[199]))


def ucb_to_bound() -> float:
    """Auer, Cesa-Bianchi & Fischer 2002, theorem 1."""
    gap, t = 0.4, 20_000
    bound = 8 * np.log(t) / gap + (1 + np.pi**2 / 3) * gap
    return float(regret(UpperConfidence(), np.array([0.9, 0.5]), t, 100)[-1] / bound)


def thompson_to_least() -> float:
    """From play 800 to 8000, per unit of ln t, over the least that is possible (Lai & Robbins 1985)."""
    means = np.array([0.5, 0.4, 0.4, 0.3])
    lost = regret(BetaThompson(), means, 8000, 150)

    def divergence(p: float, q: float) -> float:
        return p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))

    least = sum((0.5 - m) / divergence(m, 0.5) for m in means[1:])
    return float((lost[-1] - lost[799]) / np.log(10) / least)


def linear_and_plain() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """LinUCB's regret and UCB1's: fifty arms, whose payments are linear in five features."""
    luck = np.random.default_rng(3)
    looks = luck.normal(size=(50, 5))
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    weights = luck.normal(size=5)
    means = 0.5 + 0.4 * looks @ weights / np.linalg.norm(weights)
    seen = np.concatenate([np.ones((50, 1)), looks], axis=1)
    linear = regret(LinearUpperConfidence(6, explore=1.0), means, 2000, 60, features=seen)
    return linear, regret(UpperConfidence(explore=1.0), means, 2000, 60)


def window_to_plain(*, changes: bool) -> float:
    """Two arms, of which the better becomes the worse half-way, or not; the second half where it does."""
    before, after = np.array([0.9, 0.5]), np.array([0.1, 0.5])
    then = after if changes else None
    rules = WindowedUpperConfidence(window=200), UpperConfidence()
    window, plain = (regret(rule, before, 4000, 50, then=then) for rule in rules)
    lost = [r[-1] - (r[1999] if changes else 0.0) for r in (window, plain)]
    return float(lost[0] / lost[1])
