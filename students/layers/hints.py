"""Hints around any student: asked for where the item is hard, a second chance now, and a price later."""

from __future__ import annotations

import numpy as np
from zpdgym.errors import Violations

from ..curriculum.curriculum import EXAMPLE, EXPLANATION, Curriculum
from ..model import FloatN, FloatNM, IntN, Outcome, State, matrix
from ..parameters import number
from ..population import Population
from . import _hints
from .base import AnyStudent, Layer

__all__ = ["Hints"]


class Hints(Layer):
    """Any student, who may ask for hints: the harder the item, and the less patient, the more.

    Every hint gives whoever would be wrong another chance at the answer. A lesson with hints has its effect on the
    student inside only with probability ``learning``: who is told need not find out. Equations, how hinted answers
    are scored, and what no layer around a student can do: docs/students/hints.md.

    Args:
        curriculum: what is taught.
        student: the student inside: a model, a specification or a name.
        population: of the student inside and of ``patience``; None: all are alike.
        base: logit of P(asking for a hint) where the answer is certain to be right.
        difficulty: logits that are added where the answer is certain to be wrong, in proportion in between.
        help: P(one hint turns a wrong answer into a right one).
        most: hints that an item has at most.
        learning: P(a lesson with hints has its effect on the student inside).
        minutes: of one hint.
        scored_right: True: a right answer with hints counts as right; False: whoever asks for a hint is wrong.

    Raises:
        InputError: parameters out of range, all of them together; a student inside that does not fit.

    Source: help acts on this answer and on what is learnt (Chang, Beck, Mostow & Corbett 2006); the numbers are priors.
    """

    varies = ("patience",)
    """Deviate: logits of not asking."""

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        student: AnyStudent,
        population: Population | None = None,
        base: float = -3.0,
        difficulty: float = 4.0,
        help: float = 0.5,
        most: int = 3,
        learning: float = 0.8,
        minutes: float = 0.25,
        scored_right: bool = True,
    ) -> None:
        wrong = Violations("Hints")
        self.base = number(base, "base", -50.0, 50.0, wrong, "it is in logits")
        self.difficulty = number(difficulty, "difficulty", -50.0, 50.0, wrong, "it is in logits")
        self.help = number(help, "help", 0.0, 1.0, wrong, "it is a probability")
        whole = isinstance(most, int) and not isinstance(most, bool) and 1 <= most <= 20
        wrong.unless(whole, f"most={most!r} must be a whole number from 1 to 20: hints of one item")
        self.most = most
        self.learning = number(learning, "learning", 0.0, 1.0, wrong, "it is a probability")
        self.minutes = number(minutes, "minutes", 0.0, 60.0, wrong, "it is in minutes")
        wrong.unless(isinstance(scored_right, bool), f"scored_right={scored_right!r} must be true or false")
        wrong.raise_any()
        self.scored_right = scored_right
        self._wrap(curriculum, student, population, prefix="hints", fields=(), draws=3, reports="hints")
        approach = curriculum.approach
        self._asks = np.asarray((approach != EXAMPLE) & (approach != EXPLANATION), np.float64)
        self._floats = np.array(
            [
                self.base, self.difficulty, self.help, self.most, self.learning, self.minutes, self.scored_right,
                self._learns_first,
            ]
        )  # fmt: skip

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Ask for hints or not; a lesson of the student inside; then the answer with their help."""
        own, n = self.student.lesson_draws, len(items)
        p, count, lost = self._p_inside(state, items), np.empty(n, np.int64), np.empty(n, np.bool_)
        s, hinted = matrix(state), "hints" in self.student.reports
        _hints.requests(s, self._first, items, u, own, p, self._asks, self._floats, count, lost)
        self._teach(state, items, u, out, lost)
        _hints.after(items, u, own, p, count, lost, hinted, out, self._floats)
        return out

    def _answers(self, state: State, p: FloatNM, days: FloatN | None) -> FloatNM:
        _hints.answers(matrix(state), self._first, p, self._floats)
        return p

    def _effect(self, state: State) -> FloatNM:
        p = np.array(self.student.p_all(state), np.float64, order="C")
        _hints.effect(matrix(state), self._first, p, self._asks, self._floats)
        return p
