"""Minutes by what happens in a lesson, around any student: a first meeting, a failure and a success take their time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from zpdgym.parameters import Numbers, Table

from ..curriculum.curriculum import Curriculum
from ..model import FloatN, FloatNM, IntN, Outcome, State, matrix
from ..population import Population
from . import _minutes_by_outcome
from .base import AnyStudent, LinearLayer

__all__ = ["MinutesByOutcome"]

RATINGS = 4


def _by_rating(meaning: str) -> Numbers:
    return Numbers(meaning, low=0, above=True, high=1000, unit="of the item's minutes", most=RATINGS)


class MinutesByOutcome(LinearLayer):
    """Any student, for whom a lesson takes longer when the item is new or the answer was wrong.

    The minutes of the lesson inside are multiplied by a number that depends on how the answer was rated and on whether
    the student meets the item for the first time. Nothing else changes.

    Args:
        curriculum: what is taught.
        student: the student inside: a model, a specification or a name.
        population: of the student inside; None: all are alike.
        first, later: see ``PARAMETERS``; ``zpdgym list student minutes_by_outcome`` prints them.

    Raises:
        InputError: parameters out of range, all of them together; a student inside that does not fit.

    Source: the medians of Anki's users in fsrs-optimizer (commit cf052b7), which are the defaults, with items of one
    minute.
    """

    PARAMETERS: ClassVar[Table] = {
        "first": _by_rating("how long the first lesson on an item takes when it is rated again, hard, good, easy; "
                            "wrong answers of students without ratings count as again, right ones as good"),
        "later": _by_rating("the same for every later lesson on it"),
    }  # fmt: skip

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        student: AnyStudent,
        population: Population | None = None,
        first: Sequence[float] = (0.563, 0.405, 0.228, 0.108),
        later: Sequence[float] = (0.383, 0.195, 0.122, 0.093),
    ) -> None:
        values, wrong = self._read(locals())
        for name in self.PARAMETERS:
            count = len(getattr(values, name))
            wrong.unless(count in (0, RATINGS), f"{name} has {count} numbers, must have {RATINGS}: one for each rating")
        wrong.raise_any()
        self.first, self.later = values.first, values.later
        self._wrap(curriculum, student, population, prefix="minutes", fields=(), per_item=("met",), draws=0, reports="")
        self._floats = np.array([*self.first, *self.later])

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """A lesson of the student inside; then the time it took."""
        self.student.step(state, items, np.ascontiguousarray(u[:, : self.student.lesson_draws]), out)
        _minutes_by_outcome.after(matrix(state), self._first, items, out, self._floats)
        return out

    def _answers(self, state: State, p: FloatNM, days: FloatN | None) -> FloatNM:
        return p

    def _effect(self, state: State) -> FloatNM:
        return np.ones((1, 1))
