"""Numbers sought by how well they foretell the answers of a log, one lesson ahead: for beliefs without an EM."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from .base import Floats

STUDENTS = 600
"""Numbers are sought on this many students of a log; the log-loss that is reported is that of all."""
RIDGE = 2e-4
"""Weight of the pull towards the usual values (per squared logit), so that what the log does not tell stays put."""
STEPS, STEP = 3, 0.1
LONGEST = 1.5
"""The longest step of several numbers at once, on scales of logits."""

Losses = Callable[[Floats, Floats], Floats]
"""(K,) each skill's part of the mean log-loss, from the skills' own numbers (K,) and those that all share."""


def seek(
    losses: Losses, own: Floats, size: int, *, rounds: int, iterations: int, tell: Callable[[float], None]
) -> tuple[Floats, Floats]:
    """Every skill's own number and the shared ones, in turn.

    Args:
        losses: what is to be small.
        own: (K,) where the skills' own numbers begin.
        size: how many numbers are shared; on unbounded scales on which 0 is the usual value of each.
        rounds: turns of own and shared numbers; the own ones come once more at the end. 0: ``own`` stays, the shared
            ones are sought once.
        iterations: of the search for the shared ones in each turn.
        tell: told which share of the looks at the log that there usually are is done.

    Returns:
        The own and the shared numbers.
    """
    from scipy.optimize import minimize

    turns, calls = max(rounds, 1), itertools.count(1)
    usual = turns * (3 * STEPS * bool(rounds) + iterations * (size + 1))

    def looked(at: Floats, fixed: Floats) -> Floats:
        tell(min(next(calls) / usual, 1.0))
        return losses(at, fixed)

    shared = np.zeros(size)
    for _ in range(turns):
        if rounds:
            own = _newton(looked, own, shared)

        def total(at: Floats, fixed: Floats = own) -> float:
            return float(looked(fixed, at).sum()) + RIDGE * float(at @ at)

        bounds, options = [(-4.0, 4.0)] * size, {"maxiter": iterations, "eps": 1e-4}
        shared = minimize(total, shared, method="L-BFGS-B", bounds=bounds, options=options).x
    own = _newton(looked, own, shared) if rounds else own
    tell(1.0)
    return own, shared


def _newton(losses: Losses, own: Floats, shared: Floats) -> Floats:
    """Newton steps for every skill at once: a skill's own number moves little but the answers on it."""
    for _ in range(STEPS):
        below, here, above = (losses(at, shared) for at in (own - STEP, own, own + STEP))
        slope, bend = (above - below) / (2 * STEP), (above - 2 * here + below) / STEP**2
        step = np.where(bend > 1e-9, slope / np.maximum(bend, 1e-9), np.sign(slope) * 0.3)
        own = np.clip(own - np.clip(step, -0.7, 0.7), -6.0, 6.0)
    return own


def newton(losses: Callable[[Floats], Floats], start: Floats) -> Floats:
    """One step of Newton's method for several numbers of every skill, all skills at once.

    Args:
        losses: (K,) each skill's part of what is to be small, from the numbers (F, K); a skill's numbers move little
            but its own part.
        start: (F, K) on unbounded scales. A skill's numbers stay where no step of theirs lessens its part.
    """
    size, here = len(start), losses(start)
    steps = STEP * np.eye(size)[:, :, None]
    above, below = (np.array([losses(start + sign * one) for one in steps]) for sign in (1, -1))
    bend = np.empty((len(here), size, size))
    for f, g in itertools.combinations_with_replacement(range(size), 2):
        if f == g:
            bend[:, f, f] = (above[f] - 2 * here + below[f]) / STEP**2
        else:
            bend[:, f, g] = bend[:, g, f] = (losses(start + steps[f] + steps[g]) - above[f] - above[g] + here) / STEP**2
    values, vectors = np.linalg.eigh(bend)
    along = np.einsum("kfe,fk->ke", vectors, (above - below) / (2 * STEP))
    move = -np.einsum("kfe,ke->fk", vectors, along / np.maximum(np.abs(values), 1e-6))
    move *= np.minimum(1.0, LONGEST / np.maximum(np.linalg.norm(move, axis=0), 1e-12))
    best, found = here, start
    for share in (1.0, 0.5, 0.25):
        at = np.clip(start + share * move, -6.0, 6.0)
        now = losses(at)
        found, best = np.where(now < best, at, found), np.minimum(now, best)
    return found
