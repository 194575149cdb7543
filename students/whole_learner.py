"""The whole learner: ability, prerequisites, help, memory, moods, hints and approaches, each to be left out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations

from . import _whole_learner as kernels
from .ability.difficulty_band import APPROACHES_DEFAULT, MASTERED_AT, READY_AT, PerSkill
from .curriculum.curriculum import EXAMPLE, EXPLANATION, PRACTICE, Curriculum
from .model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, matrix
from .parameters import approach_factors, minutes_factors, number, pack, per_skill
from .population import Population

__all__ = ["WholeLearner"]

PARTS = ("prerequisites", "band", "memory", "engagement", "hints", "approaches")
"""What can be left out, one by one: the same students with the same luck then live without it."""

_LOGITS = "it is in logits"
_SHARE = "it is a share of the gain"


class WholeLearner:
    """A student who needs prerequisites, help and spacing, asks for hints, gets bored or frustrated, and may give up.

    One model with everything in it that the other families model apart, so that a study can leave out one phenomenon
    at a time and see what it does to a policy. Luck does not depend on which parts are there: differences are paired.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: students differ by ``start_sd`` only.
        prerequisites: False: a lesson teaches as if all prerequisites were there.
        band: False: what is gained does not depend on the item's difficulty, only on how much is still to be learnt.
        memory: False: nothing is forgotten.
        engagement: False: always attentive, never gives up.
        hints: False: nobody asks for a hint.
        approaches: False: every approach is worth the same to everybody; or a mapping of approaches to their factors
            for a novice and for an experienced learner.
        start: ability at the start (logits), per skill. No skill starts above its weakest prerequisite.
        start_sd: spread of the start abilities over the skills of one student (logits).
        learn: largest gain of one lesson in logits, per skill.
        help: logits by which the help that the band has in mind makes an item easier: best at half of it above ability.
        feedback: share of the gain after a wrong answer, [0, 1].
        hint_feedback: the same when the student asked for a hint, [0, 1].
        ask, ask_hard: log-odds of asking for a hint after a wrong answer: ``ask + ask_hard (1 - p) - patience``.
        hint_minutes: how long a hint takes.
        slope: discrimination of all items.
        guess: P(right answer without any ability), [0, .5).
        guided_help: logits by which guided items, examples and explanations are easier to answer.
        sharpness: steepness of the prerequisite gate, per logit.
        stability: days in which what was gained falls to 1/e at first, per skill.
        spacing: how much a lesson after a pause makes knowledge last: stability grows by the factor
            ``1 + spacing (1 - what was still there)``.

    Raises:
        InputError: parameters out of range, all of them together.
    """

    traits = ("ability", "learn", "forget", "engagement", "patience")
    """Deviates: logits of ability; logarithms of gain and of forgetting; logits of not giving up and of not asking."""

    discrete = False
    mastered_at = MASTERED_AT
    ready_at = READY_AT
    lesson_draws = 4
    rest_draws = 0

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
        wrong = Violations("WholeLearner")
        self.curriculum = curriculum
        self.population = population or Population()
        self.population.check_traits(self.traits, "WholeLearner")
        given = (prerequisites, band, memory, engagement, hints)
        for name, value in zip(PARTS, given, strict=False):
            wrong.unless(isinstance(value, bool), f"{name}={value!r} must be true or false")
        told = approaches if isinstance(approaches, Mapping) else None
        wrong.unless(
            told is not None or isinstance(approaches, bool), f"approaches={approaches!r} must be true or false"
        )
        self.parts = {name: bool(v) for name, v in zip(PARTS, (*given, approaches), strict=True)}
        self.approaches = approach_factors(told, APPROACHES_DEFAULT, wrong)
        if approaches is False:
            self.approaches = np.ones_like(self.approaches)
        self.start = per_skill(start, "start", curriculum, -10.0, 10.0, wrong, _LOGITS)
        self.start_sd = number(start_sd, "start_sd", 0.0, 5.0, wrong, _LOGITS)
        self.learn = per_skill(learn, "learn", curriculum, 0.0, 10.0, wrong, _LOGITS)
        self.help = number(help, "help", 0.01, 10.0, wrong, _LOGITS)
        self.feedback = number(feedback, "feedback", 0.0, 1.0, wrong, _SHARE)
        self.hint_feedback = number(hint_feedback, "hint_feedback", 0.0, 1.0, wrong, _SHARE)
        self.ask = number(ask, "ask", -20.0, 20.0, wrong, _LOGITS)
        self.ask_hard = number(ask_hard, "ask_hard", 0.0, 20.0, wrong, _LOGITS)
        self.hint_minutes = number(hint_minutes, "hint_minutes", 0.0, 60.0, wrong, "it is in minutes")
        self.slope = number(slope, "slope", 0.01, 10.0, wrong, "it is a discrimination")
        self.guess = number(guess, "guess", 0.0, 0.49, wrong, "it is a probability below .5")
        self.guided_help = number(guided_help, "guided_help", 0.0, 10.0, wrong, _LOGITS)
        self.sharpness = number(sharpness, "sharpness", 0.01, 100.0, wrong, "it is a steepness")
        self.stability = per_skill(stability, "stability", curriculum, 0.01, 36500.0, wrong, "it is in days")
        self.spacing = number(spacing, "spacing", 0.0, 100.0, wrong, "it is a growth per lesson")
        wrong.raise_any()
        self.minutes_factor = minutes_factors(curriculum, reference=None, overhead=0.5, power=0.6)
        self._floats, self._ints = self._pack()
        self._declare()

    def _declare(self) -> None:
        k = self.curriculum.n_skills
        marks: list[Any] = [(name, np.float64) for name in (*self.traits[1:], "affect", "streak")]
        marks += [(name, np.float64, (k,)) for name in ("ability", "start", "mastery", "stability", "retained")]
        self.dtype = np.dtype([("group", np.int64), *marks])
        self._every_item = np.arange(self.curriculum.n_items)
        self._population_draws = self.population.draws(self.traits)
        self.reset_draws = self._population_draws + k
        told = {"quit": self.parts["engagement"], "hints": self.parts["hints"]}
        self.reports: frozenset[str] = frozenset(name for name, there in told.items() if there)
        self.invariants = frozenset(
            {"answer_then_learn", "consistent_start", "elapse_composes", "lessons_never_hurt"}
            | {"forgetting_is_monotone", "never_improves_untaught"}
            | (set() if self.parts["memory"] else {"time_changes_nothing"})
        )

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students: traits from the population, then the start abilities, prerequisites first."""
        from scipy.special import ndtri

        split = self._population_draws
        group, deviates = self.population.sample(u[:, :split], self.traits)
        drawn = self.start + self.start_sd * ndtri(np.maximum(u[:, split:], 2.0**-54))
        state["group"][rows] = group
        kernels.reset(matrix(state), rows, deviates, drawn, self._floats, self._ints)

    def p_all(self, state: State) -> FloatNM:
        """Probability that the first answer to every item is right, in the present mood."""
        return self.p_some(state, self._every_item)

    def p_some(self, state: State, items: IntN) -> FloatNM:
        """The same for these items only: (N, len(items))."""
        out = np.empty((len(state), len(items)))
        kernels.p_some(matrix(state), items, out, self._floats, self._ints)
        return out

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each (0 where there is none)."""
        out = np.empty(len(state))
        kernels.p_correct(matrix(state), items, out, self._floats, self._ints)
        return out

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Answer, ask for a hint, learn, change mood. ``u``: answer, asking, mood, giving up."""
        kernels.step(matrix(state), items, u, out, self._floats, self._ints)
        if not self.parts["engagement"]:
            out["quit"] = False
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass: what was gained fades, the slower the more stable; the next session begins in a fresh mood."""
        kernels.elapse(matrix(state), days, self._floats, self._ints)

    def mastery(self, state: State) -> FloatNK:
        """Probability of a right answer to each skill's reference item, alone and attentive: (N, K)."""
        return np.array(state["mastery"])

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """Sum of the masteries."""
        kernels.mastery_sum(matrix(state), out, self._ints)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """Expected change of the sum of masteries from each item now: (N, M), exact."""
        out = np.empty((len(state), self.curriculum.n_items))
        kernels.expected_gain(matrix(state), out, self._floats, self._ints)
        return out

    def _pack(self) -> tuple[npt.NDArray[np.float64], IntN]:
        c, parts = self.curriculum, self.parts
        novice, experienced = self.approaches[c.approach].T
        asks = (c.approach != EXAMPLE) & (c.approach != EXPLANATION)
        help_ = self.guided_help * (c.approach != PRACTICE)
        items = [c.difficulty, help_, c.minutes, self.minutes_factor, novice, experienced - novice, asks]
        at_ready = (READY_AT - self.guess) / (1.0 - self.guess)
        ready = math.log(at_ready / (1.0 - at_ready)) / self.slope
        largest = 1.0 / (1.0 + math.exp(-self.slope * self.help / 2.0))
        constants = [
            self.slope, self.guess, self.feedback, self.hint_feedback, self.sharpness, ready, MASTERED_AT, self.help,
            1.0 / (largest * largest), self.spacing, self.ask, self.ask_hard, self.hint_minutes,
            *(parts[name] for name in PARTS[:5]),
        ]  # fmt: skip
        return pack(c, constants, items, [self.learn, self.stability])
