"""Students who remember: one trace per skill that fades with time and is renewed by every review."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations

from ..curriculum.curriculum import EXAMPLE, EXPLANATION, Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, matrix
from ..parameters import number, odds, pack, per_skill
from ..population import Population
from . import _exponential as _memory

__all__ = ["ExponentialForgetting", "HalfLife", "Memorize", "MemoryModel"]

PerSkill: TypeAlias = float | Sequence[float] | npt.NDArray[np.float64]

MASTERED_AT = 0.95
SMALLEST_DRAW = 2.0**-54  # half the smallest step of a uniform: keeps the inverse normal finite at 0

PROBABILITY, DAYS, PER_DAY = "it is a probability", "it is in days", "it is a rate per day"
LOG_SPREAD = "it is the standard deviation of a logarithm"


def one_each(*names: str) -> list[tuple[str, int]]:
    """Fields of one number each."""
    return [(name, 1) for name in names]


class MemoryModel:
    """What the memory models share: a clock, the day of each skill's last review, and what is read from them.

    Skills are facts: each has one trace, and prerequisites do not matter. An item is answered right if all its skills
    are recalled, each by its own luck; then each is reviewed by its own outcome, and the item's minutes pass.
    A skill that was never met cannot be recalled; its first lesson makes the trace.
    """

    discrete = False
    mastered_at = MASTERED_AT
    ready_at = MASTERED_AT
    rest_draws = 0
    reports: frozenset[str] = frozenset()
    invariants = frozenset(
        {"answer_then_learn", "never_improves_untaught", "forgetting_is_monotone", "elapse_composes"}
    )
    traits: tuple[str, ...] = ()
    _kernels: ModuleType = _memory
    _draws_per_skill = 3

    curriculum: Curriculum
    population: Population

    def _begin(
        self, curriculum: Curriculum, population: Population | None, given: tuple[PerSkill, float, float]
    ) -> Violations:
        """Read what all models have: the population, and what was met before the first lesson, and when."""
        name = type(self).__name__
        wrong = Violations(name)
        self.curriculum = curriculum
        self.population = population or Population()
        self.population.check_traits(self.traits, name)
        prior, days, spread = given
        self.prior = per_skill(prior, "prior", curriculum, 0.0, 1.0, wrong, PROBABILITY)
        self.prior_days = number(days, "prior_days", 0.0, 36500.0, wrong, DAYS)
        self.prior_days_sd = number(spread, "prior_days_sd", 0.0, 5.0, wrong, LOG_SPREAD)
        return wrong

    def _finish(
        self,
        constants: Sequence[float],
        skills: Sequence[Any],
        fields: Sequence[tuple[str, int]],
        law: int,
        marks: Sequence[str] = (),
    ) -> None:
        """Pack the parameters and declare the record: traits, clock, ``marks``, then K memories of ``fields`` each."""
        c = self.curriculum
        lengths, which = np.unique(c.minutes, return_inverse=True)
        asks = (c.approach != EXAMPLE) & (c.approach != EXPLANATION)
        floats, whole = pack(c, constants, [c.minutes, asks, which], [odds(self.prior), *skills])
        self._floats = np.concatenate([floats, lengths / 1440.0])
        self._law = law
        memory = np.dtype([(name, np.float64, (size,)) if size > 1 else (name, np.float64) for name, size in fields])
        self._ints = np.concatenate([whole, [len(lengths), memory.itemsize // 8, law]])
        single = [(name, np.float64) for name in (*self.traits[1:], "clock", *marks)]
        self.dtype = np.dtype([("group", np.int64), *single, ("memory", memory, (c.n_skills,))])
        self._population_draws = self.population.draws(self.traits)
        self.reset_draws = self._population_draws + self._draws_per_skill * c.n_skills
        self.lesson_draws = c.item_skills.shape[1]

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students on day 0: traits from the population, then what they met before, when, and how hard it is."""
        from scipy.special import ndtri  # a scalar loop in C: the same bits for every n

        split, skills = self._population_draws, self.curriculum.n_skills
        group, deviates = self.population.sample(u[:, :split], self.traits)
        normals = ndtri(np.maximum(u[:, split + skills :], SMALLEST_DRAW))
        state["group"][rows] = group
        self._kernels.reset(matrix(state), rows, deviates, normals, u, split, self._floats, self._ints)

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every item now; of items that ask for none, if they asked."""
        return self.forecast(state, np.zeros(len(state)))[0]

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each."""
        out = np.empty(len(state))
        self._kernels.p_correct(matrix(state), items, out, self._floats, self._ints)
        return out

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Answer (where the item asks), review, then let the item's minutes pass. ``u``: one per skill of the item."""
        self._kernels.step_for(self._law)(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass on the student's clock."""
        self._kernels.elapse(matrix(state), days, self._floats, self._ints)

    def mastery(self, state: State) -> FloatNK:
        """Probability that each skill is recalled now: (N, K)."""
        out = np.empty((len(state), self.curriculum.n_skills))
        self._kernels.mastery(matrix(state), out, self._floats, self._ints)
        return out

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """The expected number of skills recalled now."""
        self._kernels.mastery_sum(matrix(state), out, self._floats, self._ints)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """Expected change of ``mastery_sum`` by each item now, fading meanwhile included: (N, M), exact."""
        out = np.empty((len(state), self.curriculum.n_items))
        self._kernels.expected_gain(matrix(state), out, self._floats, self._ints)
        return out

    def forecast(self, state: State, days: FloatN) -> tuple[FloatNM, FloatNK]:
        """Right answers (N, M) and recall (N, K) after so many days without a lesson: exact, no draw."""
        p, recall = np.empty((len(state), self.curriculum.n_items)), np.empty((len(state), self.curriculum.n_skills))
        self._kernels.forecast(matrix(state), days, p, recall, self._floats, self._ints)
        return p, recall

    def _constants(self, spread: float, law: Sequence[float], low: float = 0.0, high: float = 1.0) -> list[float]:
        """The packed constants of ``_memory``: bounds of recall, spreads, the law's numbers, filled up to ten."""
        return [low, high, spread, self.prior_days, self.prior_days_sd, *law, *[0.0] * (10 - len(law))]


class ExponentialForgetting(MemoryModel):
    """A student whose recall fades exponentially, and more slowly the more often a fact was reviewed.

    Recall of a skill is ``exp(-forget * days since the last review / strength)``; strength starts at 1 and grows by
    ``gain`` with every review, right or wrong. Equations and the source of every default:
    docs/students/exponential_forgetting.md.

    Args:
        curriculum: what is taught; prerequisites do not matter.
        population: individual differences in ``traits``; None: students differ by the spreads only.
        forget: forgetting rate per day at strength 1, per skill (the median over students).
        forget_sd: spread of the logarithm of that rate over the skills of one student.
        gain: what a review adds to the strength.
        only_when_right: True: only a right answer strengthens; False: every review, as published.
        prior: P(a skill was met before the first lesson), per skill.
        prior_days: how many days ago that was (median).
        prior_days_sd: spread of its logarithm.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Reddy, Levine & Dragan (2017), Accelerating human learning with deep reinforcement learning, NIPS workshop
    on teaching machines, robots, and humans; constants from the authors' notebook (rddy/deeptutor).
    """

    traits = ("prior", "learn", "forget")
    """Deviates: logits of prior; the logarithms of the gain and of the forgetting rate."""

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        forget: PerSkill = 0.077,
        forget_sd: float = 1.0,
        gain: float = 1.0,
        only_when_right: bool = False,
        prior: PerSkill = 1.0,
        prior_days: float = 1.0,
        prior_days_sd: float = 1.0,
    ) -> None:
        wrong = self._begin(curriculum, population, (prior, prior_days, prior_days_sd))
        self.forget = per_skill(forget, "forget", curriculum, 1e-9, 100.0, wrong, PER_DAY)
        self.forget_sd = number(forget_sd, "forget_sd", 0.0, 5.0, wrong, LOG_SPREAD)
        self.gain = number(gain, "gain", 0.0, 100.0, wrong, "reviews strengthen")
        good = isinstance(only_when_right, bool)
        wrong.unless(good, f"only_when_right={only_when_right!r} must be true or false")
        wrong.raise_any()
        self.only_when_right = only_when_right
        constants = self._constants(self.forget_sd, [self.gain, float(not only_when_right)])
        self._finish(constants, [self.forget], one_each("last", "rate", "strength"), _memory.EFC)


class HalfLife(MemoryModel):
    """A student whose memory of a fact has a half-life, which grows with right answers and shrinks with wrong ones.

    Recall is ``2^(-days / h)`` with ``h = 2^(right * sqrt(n_right) + wrong * sqrt(n_wrong) + bias)`` days (half-life
    regression). Equations and the source of every default: docs/students/half_life.md.

    Args:
        curriculum: what is taught; prerequisites do not matter.
        population: individual differences in ``traits``; None: all students are alike.
        right: weight of the root of the number of right answers, >= 0.
        wrong: weight of the root of the number of wrong answers.
        bias: log2 of the first half-life in days, per skill.
        bias_sd: spread of the logarithm (base e) of the half-life over the skills of one student.
        plus: added to both counts under the root: 0 as fitted by srs-benchmark, 1 in Settles & Meeder's code.
        prior: P(a skill was met before the first lesson, without having been asked), per skill.
        prior_days: how many days ago that was (median).
        prior_days_sd: spread of its logarithm.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Settles & Meeder (2016), A trainable spaced repetition model for language learning, ACL, equations 1-2.
    """

    traits = ("prior", "learn", "forget")
    """Deviates: logits of prior; the logarithms of the weight of right answers and of the forgetting rate."""

    SHORTEST, LONGEST = 15.0 / 1440.0, 274.0
    """Bounds of the half-life in days: 15 minutes and 9 months, as in the authors' code."""
    LEAST, MOST = 0.0001, 0.9999
    """Bounds of recall, as in the authors' code."""

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        right: float = 2.5819,
        wrong: float = -0.8674,
        bias: PerSkill = 2.7245,
        bias_sd: float = 0.0,
        plus: float = 0.0,
        prior: PerSkill = 0.0,
        prior_days: float = 1.0,
        prior_days_sd: float = 0.0,
    ) -> None:
        mistakes = self._begin(curriculum, population, (prior, prior_days, prior_days_sd))
        self.right = number(right, "right", 0.0, 10.0, mistakes, "right answers must not shorten the half-life")
        self.wrong = number(wrong, "wrong", -10.0, 10.0, mistakes, "it is a weight in log2 of days")
        self.bias = per_skill(bias, "bias", curriculum, -10.0, 10.0, mistakes, "it is log2 of days")
        self.bias_sd = number(bias_sd, "bias_sd", 0.0, 5.0, mistakes, LOG_SPREAD)
        self.plus = number(plus, "plus", 0.0, 10.0, mistakes, "it is added to a count")
        mistakes.raise_any()
        bounds = [math.log2(self.SHORTEST), math.log2(self.LONGEST)]
        law = [self.right, self.wrong, self.plus, *bounds]
        constants = self._constants(self.bias_sd, law, self.LEAST, self.MOST)
        self._finish(constants, [self.bias], one_each("last", "rate", "right", "wrong", "bias"), _memory.HLR)


class Memorize(MemoryModel):
    """A student whose forgetting rate falls with every right answer and rises with every wrong one.

    Recall is ``exp(-n * days since the last review)``; the rate n becomes ``(1 - alpha) n`` after a right answer and
    ``(1 + beta) n`` after a wrong one. Equations and the source of every default: docs/students/memorize.md.

    Args:
        curriculum: what is taught; prerequisites do not matter.
        population: individual differences in ``traits``; None: all students are alike.
        alpha: share by which a right answer lowers the forgetting rate, in [0, 1): it never raises it.
        beta: share by which a wrong answer raises it, >= 0: it never lowers it.
        forget: forgetting rate per day after the first lesson, per skill (the median over students).
        forget_sd: spread of its logarithm over the skills of one student.
        prior: P(a skill was met before the first lesson, without having been asked), per skill.
        prior_days: how many days ago that was (median).
        prior_days_sd: spread of its logarithm.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Tabibian et al. (2019), Enhancing human learning via spaced repetition optimization, PNAS 116(10).
    """

    traits = ("prior", "learn", "forget")
    """Deviates: logits of prior and of alpha; the logarithm of the forgetting rate."""

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        alpha: float = 0.4,
        beta: float = 0.4,
        forget: PerSkill = 0.105,
        forget_sd: float = 0.5,
        prior: PerSkill = 0.0,
        prior_days: float = 1.0,
        prior_days_sd: float = 0.0,
    ) -> None:
        wrong = self._begin(curriculum, population, (prior, prior_days, prior_days_sd))
        self.alpha = number(alpha, "alpha", 0.0, 0.999, wrong, "a right answer must not raise the forgetting rate")
        self.beta = number(beta, "beta", 0.0, 100.0, wrong, "a wrong answer must not lower the forgetting rate")
        self.forget = per_skill(forget, "forget", curriculum, 1e-9, 100.0, wrong, PER_DAY)
        self.forget_sd = number(forget_sd, "forget_sd", 0.0, 5.0, wrong, LOG_SPREAD)
        wrong.raise_any()
        constants = self._constants(self.forget_sd, [odds(self.alpha), 1.0 + self.beta])
        self._finish(constants, [self.forget], one_each("last", "rate"), _memory.MEMORIZE)
