"""Choosing among arms whose payments are not known: upper confidence bounds and Thompson sampling, for many at once.

These are the rules alone; what an arm and a payment are in teaching stands in ``bandits``. Each rule plays N games side
by side. Its memory is a dict of arrays whose first axis is the game; ``learn`` and ``choose`` change it in place.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from ....students.draws import mix, uniform
from ....students.jit import inline, kernel
from ...problem import Memory

Int, Float, Bool = npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.bool_]

_TWO_53 = 9007199254740992.0
_BRANCH = np.uint64(0x5851F42D4C957F2D)  # keeps the stream apart from others that begin with the same uniform


class Arms(Protocol):
    """A rule that chooses among A arms and learns from what the chosen one pays.

    Attributes:
        draws: uniforms that one choice needs.
        contextual: whether the rule looks at features of the arms.
    """

    draws: int
    contextual: bool

    def blank(self, n_arms: int) -> Memory:
        """One game's memory before the first choice; without the axis of games."""
        ...

    def learn(self, memory: Memory, arms: Int, payments: Float) -> None:
        """Take in what the last choices paid: ``arms`` (N,), -1 where nothing was played; ``payments`` (N,)."""
        ...

    def choose(self, memory: Memory, allowed: Bool, features: Float | None = None, u: Float | None = None) -> Int:
        """The next arms (N,).

        Args:
            memory: (N, …) arrays.
            allowed: (N, A), at least one arm in each row.
            features: (N, A, D) what is known about the arms, for contextual rules.
            u: (N, draws) uniforms.
        """
        ...


class UpperConfidence:
    """UCB1: every arm once, then the largest mean + explore * sqrt(ln t / n) (Auer, Cesa-Bianchi & Fischer 2002).

    Args:
        explore: the weight of not knowing; sqrt(2) in the source, for payments in [0, 1].
    """

    draws, contextual = 0, False

    def __init__(self, *, explore: float = 2**0.5) -> None:
        self.explore = float(explore)

    def blank(self, n_arms: int) -> Memory:
        """Nothing paid, nothing played."""
        return {"paid": np.zeros(n_arms), "plays": np.zeros(n_arms, np.int64)}

    def learn(self, memory: Memory, arms: Int, payments: Float) -> None:
        """Add to the sums."""
        _add(memory["paid"], memory["plays"], arms, payments)

    def choose(self, memory: Memory, allowed: Bool, features: Float | None = None, u: Float | None = None) -> Int:
        """The arm with the highest bound, the first of equals; before that the first that was never played."""
        out = np.empty(len(allowed), np.int64)
        _highest_bound(memory["paid"], memory["plays"], allowed, self.explore, out)
        return out


class WindowedUpperConfidence(UpperConfidence):
    """SW-UCB: the same over the last ``window`` plays only, for payments that change (Garivier & Moulines 2011).

    Args:
        explore: as in ``UpperConfidence``.
        window: how many plays are remembered.
    """

    def __init__(self, *, explore: float = 2**0.5, window: int = 50) -> None:
        super().__init__(explore=explore)
        self.window = int(window)

    def blank(self, n_arms: int) -> Memory:
        """Nothing paid, nothing played, and an empty window."""
        window = {
            "window_arm": np.full(self.window, -1, np.int64),
            "window_paid": np.zeros(self.window),
            "window_at": np.zeros((), np.int64),
        }
        return super().blank(n_arms) | window

    def learn(self, memory: Memory, arms: Int, payments: Float) -> None:
        """Add to the sums, and take away what falls out of the window."""
        arm, paid, at = memory["window_arm"], memory["window_paid"], memory["window_at"]
        _slide(arm, paid, at, memory["paid"], memory["plays"], arms, payments)


class BetaThompson:
    """Thompson sampling: a draw from every arm's Beta posterior, and the arm with the largest (Thompson 1933).

    Payments between 0 and 1 count as that part of a success; others are cut off there.

    Args:
        failures: the prior is Beta(1, failures); 1 is uniform.
        discount: what was seen counts this much less with every play; 1: all the same.
    """

    draws, contextual = 1, False

    def __init__(self, *, failures: float = 1.0, discount: float = 1.0) -> None:
        self.failures, self.discount = float(failures), float(discount)

    def blank(self, n_arms: int) -> Memory:
        """No success and no failure yet."""
        return {"successes": np.zeros(n_arms), "failures": np.zeros(n_arms)}

    def learn(self, memory: Memory, arms: Int, payments: Float) -> None:
        """Discount, then count."""
        _count(memory["successes"], memory["failures"], arms, payments, self.discount)

    def choose(self, memory: Memory, allowed: Bool, features: Float | None = None, u: Float | None = None) -> Int:
        """The arm with the largest draw; all draws of a game continue from its one uniform."""
        if u is None:
            raise ValueError("Thompson sampling draws: give u of shape (N, 1)")
        out = np.empty(len(allowed), np.int64)
        _largest_draw(memory["successes"], memory["failures"], allowed, self.failures, u, out)
        return out


class LinearUpperConfidence:
    """LinUCB with one vector of weights for all arms: the largest x'w + explore * sqrt(x' A^-1 x).

    A = I + the sum of x x' over the features x of what was played, w = A^-1 times the sum of payment * x (Chu, Li,
    Reyzin & Schapire 2011). What one arm pays says something about all that look like it.

    Args:
        size: D, the number of features.
        explore: the weight of not knowing.
    """

    draws, contextual = 0, True

    def __init__(self, size: int, *, explore: float = 0.5) -> None:
        self.size, self.explore = int(size), float(explore)

    def blank(self, n_arms: int) -> Memory:
        """A = I, no payments; ``played`` are the features of the last choice."""
        return {"inverse": np.eye(self.size), "towards": np.zeros(self.size), "played": np.zeros(self.size)}

    def learn(self, memory: Memory, arms: Int, payments: Float) -> None:
        """One rank-one step of the inverse (Sherman & Morrison)."""
        _regress(memory["inverse"], memory["towards"], memory["played"], arms, payments)

    def choose(self, memory: Memory, allowed: Bool, features: Float | None = None, u: Float | None = None) -> Int:
        """The arm with the highest bound, the first of equals."""
        if features is None:
            raise ValueError(f"LinUCB looks at features: give them as (N, A, {self.size})")
        out = np.empty(len(allowed), np.int64)
        inverse, towards = memory["inverse"], memory["towards"]
        _highest_linear(inverse, towards, memory["played"], allowed, features, self.explore, out)
        return out


@kernel
def _add(paid, plays, arms, payments):
    for i in range(len(arms)):
        a = arms[i]
        if a >= 0:
            paid[i, a] += payments[i]
            plays[i, a] += 1


@kernel
def _slide(window_arm, window_paid, window_at, paid, plays, arms, payments):
    for i in range(len(arms)):
        a = arms[i]
        if a < 0:
            continue
        at = window_at[i]
        oldest = window_arm[i, at]
        if oldest >= 0:
            plays[i, oldest] -= 1
            # an arm that has left the window has been paid nothing, whatever rounding left of the sum
            paid[i, oldest] = paid[i, oldest] - window_paid[i, at] if plays[i, oldest] > 0 else 0.0
        window_arm[i, at], window_paid[i, at] = a, payments[i]
        window_at[i] = (at + 1) % window_arm.shape[1]
        paid[i, a] += payments[i]
        plays[i, a] += 1


@kernel
def _highest_bound(paid, plays, allowed, explore, out):
    for i in range(len(out)):
        total = 0
        for a in range(plays.shape[1]):
            total += plays[i, a]
        log, best, at = np.log(max(total, 1)), -np.inf, -1
        for a in range(plays.shape[1]):
            if not allowed[i, a]:
                continue
            if plays[i, a] == 0:
                at = a
                break
            value = paid[i, a] / plays[i, a] + explore * np.sqrt(log / plays[i, a])
            if value > best:
                best, at = value, a
        out[i] = at


@kernel
def _count(successes, failures, arms, payments, discount):
    for i in range(len(arms)):
        if arms[i] < 0:
            continue
        if discount < 1.0:
            for a in range(successes.shape[1]):
                successes[i, a] *= discount
                failures[i, a] *= discount
        part = min(max(payments[i], 0.0), 1.0)
        successes[i, arms[i]] += part
        failures[i, arms[i]] += 1.0 - part


@inline
def gamma(shape, key, stream):
    """A draw from the gamma distribution with a shape of at least 1 (Marsaglia & Tsang 2000)."""
    d = shape - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * d)
    slot = 0
    while True:
        radius = np.sqrt(-2.0 * np.log(1.0 - uniform(key, stream, slot)))
        x = radius * np.cos(2.0 * np.pi * uniform(key, stream, slot + 1))
        accept = 1.0 - uniform(key, stream, slot + 2)
        slot += 3
        v = (1.0 + c * x) ** 3
        # the quick test is theirs too: it implies the exact one and spares two logarithms
        quick = accept < 1.0 - 0.0331 * x * x * x * x
        if v > 0.0 and (quick or np.log(accept) < 0.5 * x * x + d - d * v + d * np.log(v)):
            return d * v


@kernel
def _largest_draw(successes, failures, allowed, prior, u, out):
    for i in range(len(out)):
        key = mix(np.uint64(u[i, 0] * _TWO_53) ^ _BRANCH)
        best, at = -1.0, -1
        for a in range(successes.shape[1]):
            if not allowed[i, a]:
                continue
            for_it = gamma(1.0 + successes[i, a], key, 2 * a)
            against = gamma(prior + failures[i, a], key, 2 * a + 1)
            value = for_it / (for_it + against)
            if value > best:
                best, at = value, a
        out[i] = at


@kernel
def _regress(inverse, towards, played, arms, payments):
    size = played.shape[1]
    image = np.empty(size)
    for i in range(len(arms)):
        if arms[i] < 0:
            continue
        spread = 1.0
        for p in range(size):
            image[p] = 0.0
            for q in range(size):
                image[p] += inverse[i, p, q] * played[i, q]
            spread += played[i, p] * image[p]
        for p in range(size):
            towards[i, p] += payments[i] * played[i, p]
            for q in range(size):
                inverse[i, p, q] -= image[p] * image[q] / spread


@kernel
def _highest_linear(inverse, towards, played, allowed, features, explore, out):
    size = played.shape[1]
    weights = np.empty(size)
    for i in range(len(out)):
        for p in range(size):
            weights[p] = 0.0
            for q in range(size):
                weights[p] += inverse[i, p, q] * towards[i, q]
        best, at = -np.inf, -1
        for a in range(features.shape[1]):
            if not allowed[i, a]:
                continue
            mean, spread = 0.0, 0.0
            for p in range(size):
                mean += weights[p] * features[i, a, p]
                row = 0.0
                for q in range(size):
                    row += inverse[i, p, q] * features[i, a, q]
                spread += row * features[i, a, p]
            value = mean + explore * np.sqrt(max(spread, 0.0))
            if value > best:
                best, at = value, a
        out[i] = at
        for p in range(size):
            played[i, p] = features[i, at, p]
