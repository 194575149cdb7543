"""The numbers of a memory belief, fitted to a course of a scenario's own students by foretelling each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...students.memory.fsrs import BOUNDS, WEIGHTS
from .elo_fit import RIDGE, _priors
from .em import Floats, Ints
from .memory import FSRSBelief, HalfLifeBelief, foretell

if TYPE_CHECKING:
    from ...students.curriculum.curriculum import Curriculum
    from .fitting import CourseLog
    from .memory import MemoryBelief

ROUNDS, STUDENTS = 3, 600
"""Turns of per-skill and shared numbers; how many students of the log they are sought on."""
SELDOM = 0.02
"""The usual chance of a guess and of a slip, towards which both are drawn: memories do not guess."""
MOST, BIAS = 0.45, 2.7245
"""The largest chance of either; log2 of the usual first half-life in days."""


def fit_memory(kind: str, log: CourseLog, curriculum: Curriculum, owners: Ints) -> tuple[dict[str, Any], float]:
    """Seek the numbers that foretell each answer best, one lesson ahead.

    ``half_life``: all of it (the weights of right and wrong answers, a first half-life per skill). ``fsrs``: the first
    stability after a wrong answer, one factor for those after the three better ratings, the growth by a success (w8)
    and what a lapse leaves (w11); the other weights stay the published defaults, because two kinds of answers and a
    few weeks do not tell them. Both: guess and slip, what is known before it is taught, and the typical strength.

    Args:
        kind: "half_life" or "fsrs".
        log: the course of all students.
        curriculum: what was taught.
        owners: (M,) the skill that an item's answers are counted for.

    Returns:
        The arguments of the belief and the log-loss over all answers.
    """
    from scipy.optimize import minimize

    course = _Course(kind, log, curriculum, owners)
    few = _Course(kind, log.first(STUDENTS), curriculum, owners)
    bias, x = np.full(curriculum.n_skills, BIAS), np.zeros(course.size)
    for _ in range(ROUNDS if kind == "half_life" else 1):
        if kind == "half_life":
            bias = _priors(lambda b, x=x: few.losses(b, x), bias)
        found = minimize(
            lambda v, b=bias: float(few.losses(b, v).sum()) + RIDGE * float(v @ v),
            x,
            method="L-BFGS-B",
            bounds=[(-4.0, 4.0)] * len(x),
            options={"maxiter": 40, "eps": 1e-4},
        )
        x = found.x
    bias = _priors(lambda b: few.losses(b, x), bias) if kind == "half_life" else bias
    losses, strength = course.run(bias, x)
    numbers = {**course.numbers(bias, x), "typical": float(np.median(strength[strength > 0]))}
    return numbers, float(losses.sum())


class _Course:
    """A log, the numbers that a point of the search means, and how well they foretell its answers."""

    def __init__(self, kind: str, log: CourseLog, curriculum: Curriculum, owners: Ints) -> None:
        self.kind, self.log, self.curriculum, self.owners = kind, log, curriculum, owners
        self.gaps = np.diff(log.day, prepend=0.0)
        self.known = _right_at_first(log, curriculum, owners)
        self.answers = max(int((log.answers >= 0).sum()), 1)
        self.size = 5 if kind == "half_life" else 6

    def numbers(self, bias: Floats, x: Floats) -> dict[str, Any]:
        """Arguments of the belief besides ``typical``."""
        odds = SELDOM / (1 - SELDOM) * np.exp(2.0 * x[:2])
        guess, slip = (MOST * odds / (MOST + odds)).tolist()
        own = _half_life(bias, x[2:]) if self.kind == "half_life" else _fsrs(x[2:])
        prior = np.clip((self.known - guess) / (1 - guess - slip), 0.0, 0.99)
        return {"prior": prior, "guess": guess, "slip": slip, **own}

    def losses(self, bias: Floats, x: Floats) -> Floats:
        """(K,) each skill's part of the mean log-loss of one answer ahead, and the pull on its own first half-life."""
        return self.run(bias, x)[0] + RIDGE * (bias - BIAS) ** 2 / len(bias)

    def run(self, bias: Floats, x: Floats) -> tuple[Floats, Floats]:
        """The losses, and (N, K) how strong each memory is at the end."""
        numbers = self.numbers(bias, x)
        make: Any = HalfLifeBelief if self.kind == "half_life" else FSRSBelief
        belief: MemoryBelief = make(self.curriculum, **numbers)
        state, loss = belief.allocate(len(self.log.items)), np.zeros(self.curriculum.n_skills)
        foretell(
            belief.rows(state), self.log.items, self.log.answers, self.gaps, self.curriculum.minutes, self.owners,
            numbers["guess"], numbers["slip"], belief.packed, belief.links, loss,
        )  # fmt: skip
        return loss / self.answers, belief.strength(state)


def _half_life(bias: Floats, x: Floats) -> dict[str, Any]:
    """What all first half-lives share (x[2]) is sought with the weights, with which it goes together."""
    right, wrong = min(float(2.5819 * np.exp(x[0])), 10.0), float(-0.8674 + x[1])
    return {"right": right, "wrong": wrong, "bias": np.clip(bias + x[2], -10.0, 10.0)}


def _fsrs(x: Floats) -> dict[str, Any]:
    weights = np.array(WEIGHTS["6"])
    weights[0] *= np.exp(x[0])
    weights[1:4] *= np.exp(x[1])
    weights[8] += x[2]
    weights[11] *= np.exp(x[3])
    low, high = zip(*BOUNDS["6"], strict=True)
    return {"weights": np.clip(weights, low, high)}


def _right_at_first(log: CourseLog, curriculum: Curriculum, owners: Ints) -> Floats:
    """(K,) the share of right answers to what was asked before anything of its skill was taught; 0 where never."""
    right, asked = np.zeros(curriculum.n_skills), np.zeros(curriculum.n_skills)
    alone = np.array(curriculum.q).sum(axis=1) == 1
    met = np.zeros((len(log.items), curriculum.n_skills + 1), bool)
    slots, rows = np.array(curriculum.item_skills), np.arange(len(log.items))
    for item, answer in zip(log.items.T, log.answers.T, strict=True):
        there = item >= 0
        first = there & (answer >= 0) & alone[item] & ~met[rows, owners[item]]
        np.add.at(asked, owners[item[first]], 1)
        np.add.at(right, owners[item[first]], answer[first] == 1)
        for skill in slots[item].T:
            met[rows[there], skill[there]] = True  # -1, no skill, is the last column
    return right / np.maximum(asked, 1)
