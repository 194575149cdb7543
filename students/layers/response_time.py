"""Response times around any student: lognormal, shorter for the quick, for easy items and for right answers."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from zpdgym.parameters import Number, Table

from ..curriculum.curriculum import Curriculum
from ..model import FloatN, FloatNM, IntN, Outcome, State, Traits, matrix
from ..parameters import probability
from ..population import Population, normals
from . import _response_time
from .base import AnyStudent, LinearLayer

__all__ = ["ResponseTime"]


def _log_minutes(meaning: str, low: float, high: float) -> Number:
    return Number(meaning, low=low, high=high, unit="log minutes", why="it is in logarithms of minutes")


class ResponseTime(LinearLayer):
    """Any student, who takes their own time for a lesson instead of exactly the item's minutes.

    The logarithm of the minutes is normal around the logarithm of the item's (its time intensity) minus the student's
    speed (van der Linden 2006). Easy items go faster; right answers go faster than wrong ones where the item is easy
    for the student, and slower where it is hard. Now and then a student guesses at once, in seconds, and learns
    nothing. Equations and the origin of every default: docs/students/response_time.md.

    Args:
        curriculum: what is taught; its minutes are the median times of typical students at success 1/2.
        student: the student inside: a model, a specification or a name.
        population: of the student inside and of ``speed``; None: all are alike.
        spread, ease, …: see ``PARAMETERS``; ``zpdgym list student response_time`` prints them.

    Raises:
        InputError: parameters out of range, all of them together; a student inside that does not fit.

    Source: van der Linden (2006), A lognormal model for response times on test items, Journal of
    Educational and Behavioral Statistics 31, 181-204.
    """

    TRAITS: ClassVar[Traits] = {"speed": "how much smaller the logarithm of the minutes is"}

    PARAMETERS: ClassVar[Table] = {
        "spread": _log_minutes("standard deviation of the logarithm of the minutes (1 / alpha of the source)", 0, 3),
        "ease": _log_minutes("by how much the logarithm falls from success 0 to success 1", -5, 5),
        "contrast": _log_minutes("by how much more it falls for right answers, and less for wrong ones", -5, 5),
        "rapid": probability("chance of a guess without a look at the item, where it asks for an answer"),
        "rapid_minutes": Number("median time of such a guess", low=0, high=600, unit="minutes"),
        "rapid_guess": probability("chance of a right answer by such a guess; 0 where answers are typed in"),
    }  # fmt: skip

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        student: AnyStudent,
        population: Population | None = None,
        spread: float = 0.5,
        ease: float = 0.4,
        contrast: float = 0.3,
        rapid: float = 0.02,
        rapid_minutes: float = 0.06,
        rapid_guess: float = 0.2,
    ) -> None:
        values, wrong = self._read(locals())
        wrong.raise_any()
        self.spread, self.ease, self.contrast = values.spread, values.ease, values.contrast
        self.rapid, self.rapid_minutes = values.rapid, values.rapid_minutes
        self.rapid_guess = values.rapid_guess
        self._wrap(curriculum, student, population, prefix="time", fields=(), draws=3, reports="")
        self._asks = np.asarray(curriculum.asks, np.float64)
        self._floats = np.array(
            [self.rapid, self.rapid_guess, self.spread, self.ease, self.contrast, self.rapid_minutes]
        )

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """A lesson of the student inside, or a rapid guess; then the time it took."""
        own, fast = self.student.lesson_draws, np.empty(len(items), np.bool_)
        p = self._p_inside(state, items)
        _response_time.rapid(items, u, own, self._asks, self._floats, fast)
        self._teach(state, items, u, out, fast)
        normal = normals(u[:, own + 2])
        _response_time.after(matrix(state), self._first, items, u, own, p, normal, fast, out, self._floats)
        return out

    def _answers(self, state: State, p: FloatNM, days: FloatN | None) -> FloatNM:
        _response_time.answers(p, self._floats)
        return p

    def _effect(self, state: State) -> FloatNM:
        return np.where(self._asks > 0.0, 1.0 - self.rapid, 1.0)[None]
