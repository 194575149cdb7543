"""Students who remember: one trace per skill that fades with time and is renewed by every review."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from zpdgym.errors import Violations
from zpdgym.parameters import Number, Switch, Table

from ..curriculum.curriculum import Curriculum
from ..model import FloatNM, IntN, Outcome, State, Traits, matrix
from ..parameters import PerSkill, odds, pack, probability
from ..population import Population, normals
from . import _exponential as _memory
from .clock import FORGETS, Clocked

__all__ = ["ExponentialForgetting", "HalfLife", "Memorize", "MemoryModel"]


MASTERED_AT = 0.95


def log_spread(meaning: str) -> Number:
    """A declared standard deviation of a logarithm (base e)."""
    return Number(meaning, low=0, high=5, unit="logarithm", why="it is the standard deviation of a logarithm")


SHARED: Table = {
    "prior": probability(
        "chance that a skill was met before the first lesson, without having been asked", each="skill",
    ),
    "prior_days": Number("how many days ago that was (median)", low=0, high=36500, unit="days"),
    "prior_days_sd": log_spread("spread of the logarithm of these days"),
}  # fmt: skip
"""What all these models are told about the time before the first lesson."""

FORGET: Table = {
    "forget": Number(
        "forgetting rate after the first lesson (the median over students)",
        low=1e-9, high=100, unit="per day", each="skill",
    ),
    "forget_sd": log_spread("spread of the logarithm of that rate over the skills of one student"),
}  # fmt: skip


def one_each(*names: str) -> list[tuple[str, int]]:
    """Fields of one number each."""
    return [(name, 1) for name in names]


class MemoryModel(Clocked, kernels=_memory):
    """What the memory models share: a clock, the day of each skill's last review, and what is read from them.

    Skills are facts: each has one trace, and prerequisites do not matter. An item is answered right if all its skills
    are recalled, each by its own luck; then each is reviewed by its own outcome, and the item's minutes pass.
    A skill that was never met cannot be recalled; its first lesson makes the trace.
    """

    TRAITS: ClassVar[Traits] = {
        "prior": "logits of prior",
        "learn": "logarithm of what a review does",
        "forget": "logarithm of the forgetting rate",
    }

    mastered_at = MASTERED_AT
    ready_at = MASTERED_AT
    invariants = FORGETS
    _draws_per_skill = 3

    def _read(
        self, curriculum: Curriculum, population: Population | None, given: Mapping[str, Any]
    ) -> tuple[Any, Violations]:
        """Check the arguments, and keep what all models have: what was met before the first lesson, and when."""
        values, wrong = super()._read(curriculum, population, given)
        self.prior, self.prior_days, self.prior_days_sd = values.prior, values.prior_days, values.prior_days_sd
        return values, wrong

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
        floats, whole = pack(c, constants, [c.minutes, c.asks, which], [odds(self.prior), *skills])
        self._floats = np.concatenate([floats, lengths / 1440.0])
        self._law = law
        memory = np.dtype([(name, np.float64, (size,)) if size > 1 else (name, np.float64) for name, size in fields])
        self._ints = np.concatenate([whole, [len(lengths), memory.itemsize // 8, law]])
        single = [(name, np.float64) for name in (*self.traits[1:], "clock", *marks)]
        self._lay_out(*single, ("memory", memory, (c.n_skills,)), draws=self._draws_per_skill * c.n_skills)
        self.lesson_draws = c.item_skills.shape[1]

    def _begin(self, state: State, rows: IntN, deviates: FloatNM, luck: FloatNM) -> None:
        """Day 0: for each skill, whether it was met before, when, and how hard it is."""
        normal = normals(luck[:, self.curriculum.n_skills :])
        self._kernels.reset(matrix(state), rows, deviates, normal, luck, self._floats, self._ints)

    @property
    def step_kernel(self) -> Callable[..., None]:
        """Each law has its own."""
        return self._kernels.step_for(self._law)

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Answer (where the item asks), review, then let the item's minutes pass. ``u``: one per skill of the item."""
        self.step_kernel(matrix(state), items, u, out, self._floats, self._ints)
        return out

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
        forget, forget_sd, …: see ``PARAMETERS``; ``zpdgym list student exponential_forgetting`` prints them.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Reddy, Levine & Dragan (2017), Accelerating human learning with deep reinforcement learning, NIPS workshop
    on teaching machines, robots, and humans; constants from the authors' notebook (rddy/deeptutor).
    """

    TRAITS: ClassVar[Traits] = {**MemoryModel.TRAITS, "learn": "logarithm of the gain"}

    shared_clock = "clock"

    PARAMETERS: ClassVar[Table] = {
        "forget": Number(
            "forgetting rate at strength 1 (the median over students)",
            low=1e-9, high=100, unit="per day", each="skill",
        ),
        "forget_sd": FORGET["forget_sd"],
        "gain": Number("what a review adds to the strength", low=0, high=100, why="reviews strengthen"),
        "only_when_right": Switch("whether only a right answer strengthens, not every review as published"),
        **SHARED,
    }  # fmt: skip

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
        values, wrong = self._read(curriculum, population, locals())
        wrong.raise_any()
        self.forget, self.forget_sd = values.forget, values.forget_sd
        self.gain, self.only_when_right = values.gain, values.only_when_right
        constants = self._constants(self.forget_sd, [self.gain, float(not self.only_when_right)])
        self._finish(constants, [self.forget], one_each("last", "rate", "strength"), _memory.EFC)


def _weight_of(answers: str, *, low: float, why: str) -> Number:
    return Number(f"weight of the root of the number of {answers}", low=low, high=10, unit="log2 of days", why=why)


class HalfLife(MemoryModel):
    """A student whose memory of a fact has a half-life, which grows with right answers and shrinks with wrong ones.

    Recall is ``2^(-days / h)`` with ``h = 2^(right * sqrt(n_right) + wrong * sqrt(n_wrong) + bias)`` days (half-life
    regression). Equations and the source of every default: docs/students/half_life.md.

    Args:
        curriculum: what is taught; prerequisites do not matter.
        population: individual differences in ``traits``; None: all students are alike.
        right, wrong, …: see ``PARAMETERS``; ``zpdgym list student half_life`` prints them.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Settles & Meeder (2016), A trainable spaced repetition model for language learning, ACL, equations 1-2.
    """

    TRAITS: ClassVar[Traits] = {**MemoryModel.TRAITS, "learn": "logarithm of the weight of right answers"}

    shared_clock = "clock"

    PARAMETERS: ClassVar[Table] = {
        "right": _weight_of("right answers", low=0, why="right answers must not shorten the half-life"),
        "wrong": _weight_of("wrong answers", low=-10, why="it is a weight in log2 of days"),
        "bias": Number(
            "first half-life", low=-10, high=10, unit="log2 of days", why="it is log2 of days", each="skill"
        ),
        "bias_sd": log_spread("spread of the logarithm (base e) of the half-life over the skills of one student"),
        "plus": Number(
            "added to both counts under the root: 0 as fitted by srs-benchmark, 1 in Settles & Meeder's code",
            low=0, high=10, unit="answers", why="it is added to a count",
        ),
        **SHARED,
    }  # fmt: skip

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
        values, mistakes = self._read(curriculum, population, locals())
        mistakes.raise_any()
        self.right, self.wrong, self.plus = values.right, values.wrong, values.plus
        self.bias, self.bias_sd = values.bias, values.bias_sd
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
        alpha, beta, …: see ``PARAMETERS``; ``zpdgym list student memorize`` prints them.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Tabibian et al. (2019), Enhancing human learning via spaced repetition optimization, PNAS 116(10).
    """

    TRAITS: ClassVar[Traits] = {**MemoryModel.TRAITS, "learn": "logits of alpha"}

    shared_clock = "clock"

    PARAMETERS: ClassVar[Table] = {
        "alpha": Number(
            "share by which a right answer lowers the forgetting rate",
            low=0, high=0.999, unit="share", why="a right answer must not raise the forgetting rate",
        ),
        "beta": Number(
            "share by which a wrong answer raises the forgetting rate",
            low=0, high=100, unit="share", why="a wrong answer must not lower the forgetting rate",
        ),
        **FORGET,
        **SHARED,
    }  # fmt: skip

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
        values, wrong = self._read(curriculum, population, locals())
        wrong.raise_any()
        self.alpha, self.beta = values.alpha, values.beta
        self.forget, self.forget_sd = values.forget, values.forget_sd
        constants = self._constants(self.forget_sd, [odds(self.alpha), 1.0 + self.beta])
        self._finish(constants, [self.forget], one_each("last", "rate"), _memory.MEMORIZE)
