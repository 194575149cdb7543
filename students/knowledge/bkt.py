"""Students who know a skill or do not: Bayesian Knowledge Tracing with individual differences and forgetting."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations

from ..curriculum.curriculum import EXAMPLE, EXPLANATION, GUIDED, Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, matrix
from ..parameters import approach_factors, minutes_factors, number, odds, pack, per_item, per_skill
from ..population import Population
from . import _bkt

__all__ = ["BKT"]

PerSkill: TypeAlias = float | Sequence[float] | npt.NDArray[np.float64]
PerItem: TypeAlias = PerSkill

APPROACHES_DEFAULT = {"practice": (1.0, 1.0), "example": (1.8, 0.5), "explanation": (1.4, 0.7), "guided": (1.3, 0.9)}
"""Factors on the odds of learning, for a novice and for an experienced learner of the skill (prior)."""

_PROBABILITY = "it is a probability"


class BKT:
    """A student who knows a skill or does not, guesses, slips, learns at once, and forgets over days.

    Bayesian Knowledge Tracing (Corbett & Anderson 1995) answers first and learns then. Added to it: prerequisites,
    items of different difficulty, length and approach, several skills in one item, forgetting per day, and
    differences between students. With practice items of difficulty 0 and equal length, ``level_width`` infinite and
    no population it is the textbook model. Equations and the source of every default: docs/students/bkt.md.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: all students are alike.
        prior: P(known at the start, given that all prerequisites are known), per skill.
        learn: P(learning in one lesson) from a practice item of the reference length at the student's level.
        guess: P(right answer to the reference item without knowing).
        slip: P(wrong answer to the reference item in spite of knowing); guess + slip < 1.
        forget: forgetting rate per day: a known skill is still known after d days with P = exp(-forget d).
        leak: share of the learning that is left while a prerequisite is not known; 0: none can be learnt (hard).
        guided_help: logits by which help makes a guided item easier.
        approaches: factor on the odds of learning for a novice and for an experienced learner, by approach.
        familiarity_rate: how far each lesson on a skill moves its familiarity (0 new … 1 experienced) towards 1.
        familiarity_known: familiarity at the start of a skill that is already known.
        level_start: difficulty (logits) at which a novice of the skill learns most.
        level_span: how far that level rises until full familiarity.
        level_width: distance (logits) from the level at which the odds of learning are halved; inf: no effect.
        reference_minutes: length at which ``learn`` holds; None: median of the practice items.
        overhead_minutes: minutes of every item in which nothing is learnt.
        minutes_power: diminishing returns of longer items, in (0, 1].
        durability: share by which the forgetting rate has fallen at full familiarity.
        guess_by_item, slip_by_item: items' own guess and slip (KT-IDEM, Pardos & Heffernan 2011, UMAP), which then
            depend on neither skill nor difficulty; both or none.
        learn_by_item: items' own probability of learning a skill of theirs (Pardos & Heffernan 2009, EDM), which then
            depends on neither skill, length, nor approach.

    Raises:
        InputError: parameters out of range, all of them together.
    """

    traits = ("prior", "learn", "guess", "slip", "forget", "ability")
    """Deviates: logits of prior, learn, guess and slip; the logarithm of forget; logits of the level (ability)."""

    discrete = True
    mastered_at = 1.0
    ready_at = 1.0
    rest_draws = 0
    reports: frozenset[str] = frozenset()

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        prior: PerSkill = 0.5,
        learn: PerSkill = 0.15,
        guess: PerSkill = 0.2,
        slip: PerSkill = 0.1,
        forget: PerSkill = 0.0,
        leak: float = 0.0,
        guided_help: float = 1.0,
        approaches: Mapping[str, Sequence[float]] | None = None,
        familiarity_rate: float = 0.15,
        familiarity_known: float = 0.5,
        level_start: float = -0.75,
        level_span: float = 1.75,
        level_width: float = 1.5,
        reference_minutes: float | None = None,
        overhead_minutes: float = 0.5,
        minutes_power: float = 0.6,
        durability: float = 0.0,
        guess_by_item: PerItem | None = None,
        slip_by_item: PerItem | None = None,
        learn_by_item: PerItem | None = None,
    ) -> None:
        wrong = Violations("BKT")
        self.curriculum = curriculum
        self.population = population or Population()
        self.population.check_traits(self.traits, "BKT")
        self.prior = per_skill(prior, "prior", curriculum, 0.0, 1.0, wrong, _PROBABILITY)
        self.learn = per_skill(learn, "learn", curriculum, 0.0, 1.0, wrong, _PROBABILITY)
        self.guess = per_skill(guess, "guess", curriculum, 0.0, 1.0, wrong, _PROBABILITY)
        self.slip = per_skill(slip, "slip", curriculum, 0.0, 1.0, wrong, _PROBABILITY)
        self.forget = per_skill(forget, "forget", curriculum, 0.0, 100.0, wrong, "it is a rate per day")
        for k in np.flatnonzero(self.guess + self.slip >= 1.0):
            text = f"guess={self.guess[k]:g} and slip={self.slip[k]:g} of '{curriculum.skills[k]}' must sum to less "
            wrong.unless(False, text + "than 1: a student who knows must answer better than one who guesses")
        self.leak = number(leak, "leak", 0.0, 1.0, wrong, "it is a share of the learning")
        self.guided_help = number(guided_help, "guided_help", 0.0, 10.0, wrong, "it is in logits")
        self.approaches = approach_factors(approaches, APPROACHES_DEFAULT, wrong)
        self.familiarity_rate = number(familiarity_rate, "familiarity_rate", 0.0, 1.0, wrong, "it is a share")
        self.familiarity_known = number(familiarity_known, "familiarity_known", 0.0, 1.0, wrong, "it is a share")
        self.level_start = number(level_start, "level_start", -10.0, 10.0, wrong, "it is in logits")
        self.level_span = number(level_span, "level_span", -10.0, 10.0, wrong, "it is in logits")
        self.level_width = number(level_width, "level_width", 1e-3, math.inf, wrong, "it is in logits")
        self.durability = number(durability, "durability", 0.0, 1.0, wrong, "it is a share of the forgetting rate")
        overhead = number(overhead_minutes, "overhead_minutes", 0.0, 60.0, wrong, "it is in minutes")
        power = number(minutes_power, "minutes_power", 0.0, 1.0, wrong, "returns of longer items diminish")
        if reference_minutes is not None:
            reference_minutes = number(reference_minutes, "reference_minutes", 1e-3, 600.0, wrong, "it is in minutes")
        own = {"guess_by_item": guess_by_item, "slip_by_item": slip_by_item, "learn_by_item": learn_by_item}
        self.by_item = {
            name: per_item(value, name, curriculum, 0.0, 1.0, wrong, _PROBABILITY)
            for name, value in own.items()
            if value is not None
        }
        self._check_items(wrong)
        wrong.raise_any()
        self.minutes_factor = minutes_factors(curriculum, reference=reference_minutes, overhead=overhead, power=power)
        self.item_guess, self.item_slip = self._answers()
        self._floats, self._ints = self._pack()
        k = curriculum.n_skills
        marks = [(name, np.float64) for name in self.traits[1:]]
        self.dtype = np.dtype(
            [("group", np.int64), *marks, ("familiarity", np.float64, (k,)), ("left", np.float64, (k,))]
        )
        self._population_draws = self.population.draws(self.traits)
        self.reset_draws = self._population_draws + k
        self.lesson_draws = 1 + curriculum.item_skills.shape[1]
        self.invariants = frozenset(
            {"answer_then_learn", "consistent_start", "elapse_composes", "forgetting_is_monotone"}
            | {"lessons_never_hurt", "never_improves_untaught"}
            | ({"no_learning_without_prerequisite"} if self.leak == 0.0 else set())
        )

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students: traits from the population, then what they know, prerequisites first."""
        split = self._population_draws
        group, deviates = self.population.sample(u[:, :split], self.traits)
        state["group"][rows] = group
        _bkt.reset(matrix(state), rows, deviates, u, split, self._floats, self._ints)

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every item; of items that ask for none, if they asked."""
        out = np.empty((len(state), self.curriculum.n_items))
        _bkt.p_all(matrix(state), out, self._floats, self._ints)
        return out

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each."""
        out = np.empty(len(state))
        _bkt.p_correct(matrix(state), items, out, self._floats, self._ints)
        return out

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Answer (where the item asks), then learn. ``u``: the answer, then one per skill of the item."""
        _bkt.step(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass: each known skill uses up the lifetime that was drawn when it was learnt."""
        _bkt.elapse(matrix(state), days, self._floats, self._ints)

    def mastery(self, state: State) -> FloatNK:
        """1 for a known skill, else 0: (N, K)."""
        return (state["left"] > 0.0).astype(np.float64)

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """The number of known skills."""
        _bkt.mastery_sum(matrix(state), out, self._ints)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """Expected number of skills learnt from each item now: (N, M), exact."""
        out = np.empty((len(state), self.curriculum.n_items))
        _bkt.expected_gain(matrix(state), out, self._floats, self._ints)
        return out

    def forecast(self, state: State, days: FloatN) -> tuple[FloatNM, FloatNK]:
        """Expected right answers (N, M) and mastery (N, K) after so many days without a lesson: exact, no draw."""
        p, mastery = np.empty((len(state), self.curriculum.n_items)), np.empty((len(state), self.curriculum.n_skills))
        _bkt.forecast(matrix(state), days, p, mastery, self._floats, self._ints)
        return p, mastery

    def item_learn(self, familiarity: float = 0.5) -> npt.NDArray[np.float64]:
        """(M,) P(learning a skill of the item) by a typical student of this familiarity, prerequisites known."""
        by_skill, worth, novice, experienced = self._learning()
        base = (self.curriculum.q * by_skill).sum(axis=1) / self.curriculum.q.sum(axis=1)
        gap = (self.curriculum.difficulty - self.level_start - self.level_span * familiarity) / self.level_width
        value = base * worth * (novice + (experienced - novice) * familiarity) / (1.0 + gap * gap)
        return value / (1.0 + value)

    def _answers(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """(M,) guess and slip of each item: difficulty and help shift both on the logit scale."""
        c = self.curriculum
        if "guess_by_item" in self.by_item:
            return self.by_item["guess_by_item"], self.by_item["slip_by_item"]
        hardness = c.difficulty - self.guided_help * (c.approach == GUIDED)
        count = c.q.sum(axis=1)
        tiny = 1e-300  # keeps a guess of exactly 0 at 0 (to 300 digits) on the logarithmic scale
        guess = np.exp((c.q @ np.log(odds(self.guess) + tiny)) / count - hardness)
        slip = np.exp((c.q @ np.log(odds(self.slip) + tiny)) / count + hardness)
        return guess / (1.0 + guess), slip / (1.0 + slip)

    def _learning(self) -> tuple[npt.NDArray[np.float64], ...]:
        """The odds of learning as a product: (K,) of the skill, (M,) of the item, of novices and of the experienced."""
        if "learn_by_item" in self.by_item:
            ones = np.ones(self.curriculum.n_items)
            return np.ones(self.curriculum.n_skills), odds(self.by_item["learn_by_item"]), ones, ones
        novice, experienced = self.approaches[self.curriculum.approach].T
        return odds(self.learn), self.minutes_factor, novice, experienced

    def _check_items(self, wrong: Violations) -> None:
        guess, slip = self.by_item.get("guess_by_item"), self.by_item.get("slip_by_item")
        if guess is None or slip is None:
            wrong.unless(guess is slip, "guess_by_item and slip_by_item must be given together")
            return
        for m in np.flatnonzero(guess + slip >= 1.0):
            text = f"guess_by_item={guess[m]:g} and slip_by_item={slip[m]:g} of '{self.curriculum.items[m]}' must sum "
            wrong.unless(False, text + "to less than 1: who knows must answer better than who guesses")

    def _pack(self) -> tuple[npt.NDArray[np.float64], IntN]:
        c = self.curriculum
        base, worth, novice, experienced = self._learning()
        asks = (c.approach != EXAMPLE) & (c.approach != EXPLANATION)
        items = [
            odds(self.item_guess), odds(self.item_slip), c.minutes, worth,
            novice, experienced - novice, c.difficulty - self.level_start, asks,
        ]  # fmt: skip
        skills = [odds(self.prior), base, self.forget]
        constants = [
            self.leak, self.familiarity_rate, self.familiarity_known, self.level_span,
            1.0 / self.level_width, self.durability,
        ]  # fmt: skip
        return pack(c, constants, items, skills)
