"""The whole learner: ability, prerequisites, help, memory, moods, hints and approaches, each to be left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.parameters import Number, Parameter, Switch, Table

from . import _whole_learner
from .ability.difficulty_band import (
    ANSWERS,
    APPROACHES_DEFAULT,
    MASTERED_AT,
    START_SD,
    DifficultyBandLearner,
    GrowingAbility,
    band_scale,
)
from .curriculum.curriculum import Curriculum
from .model import FloatNM, IntN, Outcome, State, Traits
from .parameters import PerSkill, approach_factors, logits, minutes_factors, pack, share
from .population import Population

__all__ = ["WholeLearner"]

PARTS = ("prerequisites", "band", "memory", "engagement", "hints", "approaches")
"""What can be left out, one by one: the same students with the same luck then live without it."""


class WholeLearner(GrowingAbility, kernels=_whole_learner):
    """A student who needs prerequisites, help and spacing, asks for hints, gets bored or frustrated, and may give up.

    One model with everything in it that the other families model apart, so that a study can leave out one phenomenon
    at a time and see what it does to a policy. Luck does not depend on which parts are there: differences are paired.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: students differ by ``start_sd`` only.
        prerequisites, band, …: see ``PARAMETERS``.

    Raises:
        InputError: parameters out of range, all of them together.
    """

    TRAITS: ClassVar[Traits] = {**DifficultyBandLearner.TRAITS, "patience": "logits of not asking for a hint"}

    PARAMETERS: ClassVar[Table] = {
        "prerequisites": Switch("whether missing prerequisites hinder; false: as if all were there"),
        "band": Switch(
            "whether the gain depends on the item's difficulty; false: only on how much is still to be learnt"
        ),
        "memory": Switch("whether anything is forgotten"),
        "engagement": Switch("whether moods change and some give up; false: always attentive"),
        "hints": Switch("whether anybody asks for a hint"),
        "approaches": Parameter(
            "whether approaches differ in worth; or their factors for a novice and for an experienced learner",
            allowed="true, false, or approach: [novice, experienced], each in [0, 100]",
        ),
        "start": logits("ability at the start; no skill starts above its weakest prerequisite", -10, 10, each="skill"),
        "start_sd": START_SD,
        "learn": logits("largest gain of one lesson", 0, 10, each="skill"),
        "help": logits(
            "by how much the help that the band has in mind makes an item easier: best at half of it above ability",
            0.01, 10,
        ),
        "feedback": share("share of the gain after a wrong answer", of="the gain"),
        "hint_feedback": share("the same when the student asked for a hint", of="the gain"),
        "ask": logits("log-odds of asking for a hint after a wrong answer that was sure to be right", -20, 20),
        "ask_hard": logits("by how much these rise with the chance of a wrong answer", 0, 20),
        "hint_minutes": Number("how long a hint takes", low=0, high=60, unit="minutes"),
        **ANSWERS,
        "guided_help": logits("by how much guided items, examples and explanations are easier to answer", 0, 10),
        "sharpness": Number(
            "steepness of the prerequisite gate", low=0.01, high=100, unit="per logit", why="it is a steepness"
        ),
        "stability": Number(
            "time in which what was gained falls to 1/e at first", low=0.01, high=36500, unit="days", each="skill"
        ),
        "spacing": Number(
            "how much a lesson after a pause makes knowledge last: stability grows by the factor 1 + spacing (1 - what "
            "was still there)",
            low=0, high=100, why="it is a growth per lesson",
        ),
    }  # fmt: skip

    lesson_draws = 4

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        prerequisites: bool = True,
        band: bool = True,
        memory: bool = True,
        engagement: bool = True,
        hints: bool = True,
        approaches: bool | Mapping[str, Sequence[float]] = True,
        start: PerSkill = -1.0,
        start_sd: float = 0.5,
        learn: PerSkill = 0.3,
        help: float = 2.0,
        feedback: float = 0.5,
        hint_feedback: float = 0.8,
        ask: float = -0.5,
        ask_hard: float = 1.0,
        hint_minutes: float = 0.5,
        slope: float = 1.0,
        guess: float = 0.0,
        guided_help: float = 1.0,
        sharpness: float = 3.0,
        stability: PerSkill = 10.0,
        spacing: float = 2.0,
    ) -> None:
        values, wrong = self._read(curriculum, population, locals())
        told = approaches if isinstance(approaches, Mapping) else None
        wrong.unless(
            told is not None or isinstance(approaches, bool), f"approaches={approaches!r} must be true or false"
        )
        self.parts = {name: bool(getattr(values, name)) for name in PARTS}
        self.approaches = approach_factors(told, APPROACHES_DEFAULT, wrong)
        if approaches is False:
            self.approaches = np.ones_like(self.approaches)
        self.start, self.start_sd, self.learn, self.help = values.start, values.start_sd, values.learn, values.help
        self.feedback, self.hint_feedback = values.feedback, values.hint_feedback
        self.ask, self.ask_hard, self.hint_minutes = values.ask, values.ask_hard, values.hint_minutes
        self.slope, self.guess, self.guided_help = values.slope, values.guess, values.guided_help
        self.sharpness, self.stability, self.spacing = values.sharpness, values.stability, values.spacing
        wrong.raise_any()
        self.minutes_factor = minutes_factors(curriculum, reference=None, overhead=0.5, power=0.6)
        self._floats, self._ints = self._pack()
        self._declare()

    def _declare(self) -> None:
        k = self.curriculum.n_skills
        marks: list[Any] = [(name, np.float64) for name in (*self.traits[1:], "affect", "streak")]
        marks += [(name, np.float64, (k,)) for name in ("ability", "start", "mastery", "stability", "retained")]
        self._lay_out(*marks, draws=k)
        told = {"quit": self.parts["engagement"], "hints": self.parts["hints"]}
        self.reports = frozenset(name for name, there in told.items() if there)
        self.invariants = frozenset(
            {"answer_then_learn", "consistent_start", "elapse_composes", "lessons_never_hurt"}
            | {"forgetting_is_monotone", "never_improves_untaught"}
            | (set() if self.parts["memory"] else {"time_changes_nothing"})
        )

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Answer, ask for a hint, learn, change mood. ``u``: answer, asking, mood, giving up."""
        super().step(state, items, u, out)
        if not self.parts["engagement"]:
            out["quit"] = False
        return out

    def _pack(self) -> tuple[npt.NDArray[np.float64], IntN]:
        constants = [
            self.slope, self.guess, self.feedback, self.hint_feedback, self.sharpness, self._ready(), MASTERED_AT,
            self.help, band_scale(self.help, self.slope), self.spacing, self.ask, self.ask_hard, self.hint_minutes,
            *(self.parts[name] for name in PARTS[:5]),
        ]  # fmt: skip
        return pack(self.curriculum, constants, self._items(), [self.learn, self.stability])
