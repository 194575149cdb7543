"""The numbers of an Elo belief, fitted to a course of a scenario's own students by foretelling each answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...students.model import allocate_outcome
from .em import Floats, Ints

if TYPE_CHECKING:
    from ...students.curriculum.curriculum import Curriculum
    from .elo import EloBelief
    from .fitting import CourseLog

ROUNDS, STEPS, STEP = 3, 3, 0.1
STUDENTS = 600
"""Numbers are sought on this many students; the log-loss that is reported is that of all."""
RIDGE = 2e-4
"""Weight of the pull towards the usual values (per squared logit), so that what the log does not tell stays put."""


class _Shared:
    """The numbers that all skills share, as one vector on unbounded scales; 0 is the usual value of each."""

    def __init__(self, curriculum: Curriculum) -> None:
        self.used = np.unique(curriculum.approach)
        # help is relative to the first approach that asks for answers: only differences can be seen in a log
        self.helped = self.used[1:]
        u, h = len(self.used), len(self.helped)
        self.size = 3 * u + h + 4

    def numbers(self, x: Floats, forget: bool) -> dict[str, Any]:
        """Arguments of ``EloBelief`` besides ``prior``."""
        u, h = len(self.used), len(self.helped)
        learn, centre, width, help_ = np.full(4, 0.1), np.zeros(4), np.full(4, 2.0), np.zeros(4)
        learn[self.used] = 0.1 * np.exp(x[:u])
        centre[self.used] = x[u : 2 * u]
        width[self.used] = 2.0 * np.exp(x[2 * u : 3 * u])
        help_[self.helped] = x[3 * u : 3 * u + h]
        alpha, beta, rate, leak = x[3 * u + h :]
        return {
            "learn": learn,
            "centre": centre,
            "width": np.clip(width, 0.2, 100.0),
            "help": help_,
            "alpha": float(0.8 * np.exp(alpha)),
            "beta": float(0.05 * np.exp(beta)),
            "leak": float(1 / (1 + np.exp(2.0 - leak))),
            "forget": float(0.02 * np.exp(rate)) if forget else 0.0,
        }


def fit_elo(log: CourseLog, curriculum: Curriculum, owners: Ints) -> tuple[dict[str, Any], float]:
    """Seek the numbers that foretell each answer best, one lesson ahead.

    Args:
        log: the course of all students.
        curriculum: what was taught.
        owners: (M,) the skill that an item's answers are counted for.

    Returns:
        The arguments of ``EloBelief`` and the log-loss over all answers.
    """
    from scipy.optimize import minimize

    from .elo import EloBelief

    few, shared = log.first(STUDENTS), _Shared(curriculum)
    forget = bool(log.day[-1] > 0)
    prior, x = np.zeros(curriculum.n_skills), np.zeros(shared.size)

    def losses(prior: Floats, x: Floats, course: CourseLog = few) -> Floats:
        numbers = shared.numbers(x, forget)
        belief = EloBelief(curriculum, prior=prior, **{**numbers, "forget": np.full(len(prior), numbers["forget"])})
        return _losses(course, curriculum, belief, owners)

    for _ in range(ROUNDS):
        prior = _priors(lambda p, x=x: losses(p, x), prior)
        found = minimize(
            lambda v, p=prior: float(losses(p, v).sum()) + RIDGE * float(v @ v),
            x,
            method="L-BFGS-B",
            bounds=[(-4.0, 4.0)] * shared.size,
            options={"maxiter": 25, "eps": 1e-4},
        )
        x = found.x
    prior = _priors(lambda p: losses(p, x), prior)
    numbers = shared.numbers(x, forget)
    rate = np.full(curriculum.n_skills, numbers.pop("forget"))
    return {"prior": prior, "forget": rate, **numbers}, float(losses(prior, x, log).sum())


def _priors(losses: Callable[[Floats], Floats], prior: Floats) -> Floats:
    """Newton steps for every skill's start at once: a start moves little but the answers on its own skill."""
    for _ in range(STEPS):
        below, here, above = losses(prior - STEP), losses(prior), losses(prior + STEP)
        slope, bend = (above - below) / (2 * STEP), (above - 2 * here + below) / STEP**2
        step = np.where(bend > 1e-9, slope / np.maximum(bend, 1e-9), np.sign(slope) * 0.3)
        prior = np.clip(prior - np.clip(step, -0.7, 0.7), -6.0, 6.0)
    return prior


def _losses(log: CourseLog, curriculum: Curriculum, belief: EloBelief, owners: Ints) -> Floats:
    """(K,) each skill's part of the mean log-loss of one answer ahead."""
    n, length = log.items.shape
    state, out = belief.allocate(n), allocate_outcome(n)
    slots = np.array(curriculum.item_skills)
    total, answers = np.zeros(curriculum.n_skills), 0
    gaps = np.diff(log.day, prepend=0.0)
    for t in range(length):
        if gaps[t] > 0:
            belief.elapse(state, np.full(n, gaps[t]))
        item, answer = log.items[:, t], log.answers[:, t]
        asked = (answer >= 0) & (item >= 0)
        own = slots[item]
        there = own >= 0
        ability = np.take_along_axis(state["ability"], np.maximum(own, 0), axis=1)
        mean = (ability * there).sum(axis=1) / there.sum(axis=1)
        right = belief.guess + (1 - belief.guess) / (1 + np.exp(belief.items["difficulty"][item] - mean))
        p = np.clip(np.where(answer == 1, right, 1 - right), 1e-12, 1.0)
        total -= np.bincount(owners[item[asked]], np.log(p[asked]), len(total))
        answers += int(asked.sum())
        out["answered"], out["correct"] = asked, answer == 1
        belief.update(state, item, out)
    return total / max(answers, 1)
