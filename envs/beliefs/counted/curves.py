"""How much lessons teach, with what all skills have in common: approach, difficulty, minutes, practice so far.

The odds that a lesson with item m teaches an unknown skill (its prerequisites known) after n lessons on it:

    log odds = mean of its skills' own numbers + the item's own number
             + what approach, difficulty and minutes add, alike for all skills
             + x (what approach and difficulty add with practice) + x^2 of a number,   x = n / (n + 3)

Own numbers are drawn towards 0, those of items more than those of skills: an item that was seldom seen is taken for
one of its approach, difficulty and length. It is hierarchical logistic regression (Gelman & Hill 2006); who knew what,
which answers tell only in part, is filled in by EM (``em.py``), of which ``learn_from`` is a step.
"""

from __future__ import annotations

import numpy as np

from ....students.curriculum.curriculum import APPROACHES, PRACTICE, Curriculum
from ..base import Floats, Ints

COUNTED = 16
"""Lessons on a skill that are told apart; 15 and more are taken as 15."""
NEW = 3.0
"""After how many lessons somebody is half way from new to practised."""
SKILL_SD, ITEM_SD, SHARED_SD, LEVEL_SD = 0.7, 0.25, 1.0, 2.0
"""How far, in logits, the numbers of skills and items stray from 0, the shared ones and their level from the usual."""
USUAL = 0.15
"""The chance to learn that a fit begins with."""
STEPS, SETTLED, LONGEST = 3, 1e-3, 1.5
"""Newton's steps at most in one step of the EM, the change of any number at which they end, the longest change."""


class LearningCurves:
    """The chance to learn by a lesson, by item and by lessons on the skill so far.

    Args:
        curriculum: what is taught.
    """

    def __init__(self, curriculum: Curriculum) -> None:
        c, x = curriculum, np.arange(COUNTED) / (np.arange(COUNTED) + NEW)
        self._q = np.array(c.q, np.float64) / np.array(c.q).sum(axis=1, keepdims=True)
        always, growing = _features(c)
        parts = [
            np.broadcast_to(always[:, None, :], (c.n_items, COUNTED, always.shape[1])),
            growing[:, None, :] * x[:, None],
            np.broadcast_to((x * x)[:, None], (c.n_items, COUNTED, 1)),
        ]
        self._shared = np.concatenate(parts, axis=2)
        level, size = c.n_skills, c.n_skills + self._shared.shape[2]
        self._pull = np.append(np.full(level, SKILL_SD**-2), np.full(size - level, SHARED_SD**-2))
        self._pull[level] = LEVEL_SD**-2
        self._centre = np.zeros(size)
        self._centre[level] = np.log(USUAL / (1.0 - USUAL))
        self._weights: Floats = self._centre.copy()
        self._items: Floats = np.zeros(c.n_items)

    @staticmethod
    def rows(offsets: Ints, item: Ints) -> Ints:
        """(R,) which of the M C chances each row of a log is about, the rows of each student and skill in order."""
        lessons = np.arange(len(item)) - np.repeat(offsets[:-1], np.diff(offsets))
        return (item * COUNTED + np.minimum(lessons, COUNTED - 1)).astype(np.int64)

    def table(self) -> Floats:
        """(M, C) the chance to learn by a lesson with each item after 0, 1, … C - 1 lessons on the skill."""
        skills = self._q.shape[1]
        own = self._q @ self._weights[:skills] + self._items
        return 1.0 / (1.0 + np.exp(-own[:, None] - self._shared @ self._weights[skills:]))

    def learn_from(self, counts: Floats) -> None:
        """Move to what the counts make most likely, priors in view: Newton's method.

        Args:
            counts: (M, C, 2) how often somebody learnt and how often not, as expected.
        """
        skills, total = self._q.shape[1], counts.sum(axis=2)
        flat = self._shared.reshape(-1, self._shared.shape[2])
        for _ in range(STEPS):
            p = self.table()
            surplus, weight = counts[:, :, 0] - total * p, total * p * (1.0 - p)
            item_slope, item_bend = surplus.sum(axis=1) - self._items / ITEM_SD**2, weight.sum(axis=1) + ITEM_SD**-2
            across = np.concatenate(
                [self._q * weight.sum(axis=1)[:, None], np.einsum("mc,mcf->mf", weight, self._shared)], axis=1
            )
            slope = np.append(self._q.T @ surplus.sum(axis=1), flat.T @ surplus.ravel())
            slope -= self._pull * (self._weights - self._centre)
            bend = np.diag(self._pull)
            bend[:skills] += self._q.T @ across
            bend[skills:, :skills] = bend[:skills, skills:].T
            bend[skills:, skills:] += (flat.T * weight.ravel()) @ flat
            # items first: their part of the Hessian is diagonal, so a step costs what its skills cost
            bend -= (across.T / item_bend) @ across
            step = np.asarray(np.linalg.solve(bend, slope - across.T @ (item_slope / item_bend)), np.float64)
            item_step: Floats = (item_slope - across @ step) / item_bend
            self._weights += np.clip(step, -LONGEST, LONGEST)
            self._items += np.clip(item_step, -LONGEST, LONGEST)
            if max(np.abs(step).max(), np.abs(item_step).max()) < SETTLED:
                break


def _features(c: Curriculum) -> tuple[Floats, Floats]:
    """(M, F) what adds to the log odds always, and (M, G) what adds with practice; the level comes first in both."""
    kinds = [c.approach == kind for kind in range(len(APPROACHES)) if kind != PRACTICE]
    approach = [kind.astype(np.float64) for kind in kinds if kind.any()]
    one, difficulty = np.ones(c.n_items), np.array(c.difficulty, np.float64)
    minutes = np.log(np.array(c.minutes, np.float64))
    always = [one, *approach, difficulty, difficulty**2, minutes - minutes.mean()]
    return np.stack(always, axis=1), np.stack([one, *approach, difficulty], axis=1)
