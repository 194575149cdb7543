"""Moods around any student: flow, confusion, frustration and boredom; careless answers, lost lessons, giving up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, unknown
from zpdgym.parameters import Number, Table

from ..curriculum.curriculum import PRACTICE, Curriculum
from ..model import FloatN, FloatNM, IntN, Outcome, State, Traits, matrix
from ..parameters import logits, probability, share
from ..population import Population
from . import _affect
from .base import AnyStudent, LinearLayer

__all__ = ["Affect"]

MOODS = ("flow", "confused", "frustrated", "bored")

ATTENTION = {"flow": 1.0, "confused": 1.0, "frustrated": 0.7, "bored": 0.3}
CARELESS = {"flow": 0.0, "confused": 0.0, "frustrated": 0.05, "bored": 0.1}
GAMING = {"flow": 0.0, "confused": 0.0, "frustrated": 0.0, "bored": 0.15}


@dataclass(frozen=True)
class _ByMood(Number):
    """One probability for each mood; moods that are not named keep their default."""

    default: Mapping[str, float] = field(kw_only=True)

    @property
    def unit_text(self) -> str:
        """The unit, and that moods name the numbers."""
        return f"{self.unit}, by mood"

    def read(self, value: Any, name: str, wrong: Violations, sizes: Mapping[str, int]) -> npt.NDArray[np.float64]:
        """(4,) one probability per mood."""
        given = {} if value is None else value
        if not isinstance(given, Mapping):
            raise InputError(f"Affect: {name} must map moods to numbers, not {given!r}")
        for mood in given:
            if mood not in MOODS:
                raise unknown(f"mood in {name}", str(mood), MOODS)
        full = {**self.default, **given}
        return np.array([self.one(full[mood], f"{name}.{mood}", wrong) for mood in MOODS])


class Affect(LinearLayer):
    """Any student, with moods: too hard confuses and frustrates, too easy bores, and some give up.

    The mood changes after every lesson (flow, confused, frustrated, bored). It decides whether a lesson has its effect
    on the student inside, how often a right answer is spoilt by carelessness, how often a student clicks through
    ("gaming"), and how likely they are to give up after the lesson. A new session begins in flow. Equations and the
    origin of every default: docs/students/affect.md.

    Args:
        curriculum: what is taught.
        student: the student inside: a model, a specification or a name.
        population: of the student inside and of ``engagement``; None: all are alike.
        attention, careless, …: see ``PARAMETERS``; ``zpdgym list student affect`` prints them.

    Raises:
        InputError: parameters out of range, all of them together; a student inside that does not fit.

    Source: moods and transitions after D'Mello & Graesser (2012, Learning and Instruction 22, 145-157); a
    discrete-time hazard with a normal frailty. All numbers are priors.
    """

    TRAITS: ClassVar[Traits] = {"engagement": "logits of not giving up"}

    PARAMETERS: ClassVar[Table] = {
        "attention": _ByMood(
            "chance that a lesson has its effect", low=0, high=1, unit="probability", default=ATTENTION
        ),
        "careless": _ByMood(
            "chance that a right answer is spoilt", low=0, high=1, unit="probability", default=CARELESS
        ),
        "gaming": _ByMood(
            "chance of clicking through: a guess in short time, and no effect; with attention at most 1",
            low=0, high=1, unit="probability", default=GAMING,
        ),
        "gaming_guess": probability("chance of a right answer when clicking through; 0 where answers are typed in"),
        "gaming_minutes": share("share of the lesson's minutes that clicking through takes", of="the minutes"),
        "boredom": logits("drive towards boredom per unit of expected success above .9", 0, 100),
        "repetition": logits("drive towards boredom by an item whose skills are all mastered", 0, 10),
        "confusion": logits("drive towards confusion per unit of expected success below .5", 0, 100),
        "persistence": probability("chance of staying bored with an item that is no challenge"),
        "quit_base": logits("chance of giving up after a lesson in flow, with engagement 0", -50, 10),
        "quit_bored": logits("what boredom adds to it", -10, 10),
        "quit_frustrated": logits("what frustration adds to it", -10, 10),
        "quit_streak": logits("what each wrong answer in a row adds to it", 0, 10),
        "quit_hour": logits("what each hour of the session adds to it", 0, 10),
    }  # fmt: skip

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        student: AnyStudent,
        population: Population | None = None,
        attention: Mapping[str, float] | None = ATTENTION,
        careless: Mapping[str, float] | None = CARELESS,
        gaming: Mapping[str, float] | None = GAMING,
        gaming_guess: float = 0.2,
        gaming_minutes: float = 0.3,
        boredom: float = 10.0,
        repetition: float = 0.5,
        confusion: float = 1.0,
        persistence: float = 0.85,
        quit_base: float = -5.3,
        quit_bored: float = 1.5,
        quit_frustrated: float = 1.0,
        quit_streak: float = 0.3,
        quit_hour: float = 0.0,
    ) -> None:
        values, wrong = self._read(locals())
        self.attention, self.careless, self.gaming = values.attention, values.careless, values.gaming
        for mood, a, g in zip(MOODS, self.attention, self.gaming, strict=True):
            text = f"attention.{mood}={a:g} and gaming.{mood}={g:g} must sum to at most 1: who clicks through "
            wrong.unless(a + g <= 1.0 + 1e-12, text + "does not attend")
        self.gaming_guess, self.gaming_minutes = values.gaming_guess, values.gaming_minutes
        self.boredom, self.repetition, self.confusion = values.boredom, values.repetition, values.confusion
        self.persistence, self.quit_base, self.quit_hour = values.persistence, values.quit_base, values.quit_hour
        self.quit_bored, self.quit_frustrated = values.quit_bored, values.quit_frustrated
        self.quit_streak = values.quit_streak
        wrong.raise_any()
        self._wrap(
            curriculum, student, population, prefix="affect", fields=("mood", "streak", "minutes"), draws=4,
            reports="quit",
        )  # fmt: skip
        self._helps = np.asarray(curriculum.approach != PRACTICE, np.float64)
        quits = "quit" in self.student.reports
        self._floats = np.array(
            [
                *self.attention, *self.careless, *self.gaming, self.boredom, self.repetition, self.confusion,
                self.persistence, self.gaming_guess, self.gaming_minutes, self.quit_base, self.quit_bored,
                self.quit_frustrated, self.quit_streak, self.quit_hour, self._learns_first, quits,
            ]
        )  # fmt: skip

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """A lesson of the student inside, as attentive as the mood; then the mood changes, and some give up."""
        n, own, s = len(items), self.student.lesson_draws, matrix(state)
        p = self._p_inside(state, items)
        mastered, lost = np.zeros(n), np.empty(n, np.bool_)
        if self.repetition > 0.0:
            mastery, skills = np.ascontiguousarray(self.student.mastery(state)), self.curriculum.item_skills
            _affect.all_mastered(mastery, items, skills, self.mastered_at, mastered)
        _affect.lost(s, self._first, items, u, own, self._floats, lost)
        self._teach(state, items, u, out, lost)
        _affect.after(s, self._first, items, u, own, p, mastered, self._helps, out, self._floats)
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass for the student inside; the next session begins in flow."""
        self.student.elapse(state, days, u)
        _affect.elapse(matrix(state), self._first, days)

    def _answers(self, state: State, p: FloatNM, days: FloatN | None) -> FloatNM:
        if days is None:
            _affect.answers(matrix(state), self._first, p, self._floats)
        else:
            _affect.later(matrix(state), self._first, days, p, self._floats)
        return p

    def _in_exam(self, state: State, p: FloatNM) -> FloatNM:
        _affect.later(matrix(state), self._first, np.ones(len(state)), p, self._floats)  # everybody comes in flow
        return p

    def _effect(self, state: State) -> FloatNM:
        out = np.empty((len(state), 1))
        _affect.effect(matrix(state), self._first, self._floats, out)
        return out
