"""Hints around any student: asked for where the item is hard, a second chance now, and a price later."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from zpdgym.parameters import Number, Switch, Table

from ..curriculum.curriculum import Curriculum
from ..model import FloatN, FloatNM, IntN, Outcome, State, Traits, matrix
from ..parameters import logits, probability
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
        base, difficulty, …: see ``PARAMETERS``; ``zpdgym list student hints`` prints them.

    Raises:
        InputError: parameters out of range, all of them together; a student inside that does not fit.

    Source: help acts on this answer and on what is learnt (Chang, Beck, Mostow & Corbett 2006); the numbers are priors.
    """

    TRAITS: ClassVar[Traits] = {"patience": "logits of not asking"}

    PARAMETERS: ClassVar[Table] = {
        "base": logits("chance of asking for a hint where the answer is certain to be right", -50, 50),
        "difficulty": logits(
            "what is added where the answer is certain to be wrong, in proportion in between", -50, 50,
        ),
        "help": probability("chance that one hint turns a wrong answer into a right one"),
        "most": Number("hints that an item has at most", low=1, high=20, whole=True, why="hints of one item"),
        "learning": probability("chance that a lesson with hints has its effect on the student inside"),
        "minutes": Number("time that one hint takes", low=0, high=60, unit="minutes"),
        "scored_right": Switch(
            "whether a right answer with hints counts as right; if not, whoever asks for a hint is wrong"
        ),
    }  # fmt: skip

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
        values, wrong = self._read(locals())
        wrong.raise_any()
        self.base, self.difficulty, self.help, self.most = values.base, values.difficulty, values.help, values.most
        self.learning, self.minutes, self.scored_right = values.learning, values.minutes, values.scored_right
        self._wrap(curriculum, student, population, prefix="hints", fields=(), draws=3, reports="hints")
        self._asks = np.asarray(curriculum.asks, np.float64)
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

    def _in_exam(self, state: State, p: FloatNM) -> FloatNM:
        return p  # there is nobody to ask for a hint

    def _effect(self, state: State) -> FloatNM:
        p = np.array(self.student.p_all(state), np.float64, order="C")
        _hints.effect(matrix(state), self._first, p, self._asks, self._floats)
        return p
