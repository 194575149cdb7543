"""Students of logistic regression: answers follow from counts of past answers (AFM, PFA)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations

from ..curriculum.curriculum import EXAMPLE, EXPLANATION, Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, matrix
from ..normal import SMALLEST
from ..parameters import number, pack, per_skill
from ..population import Population
from . import _logistic

__all__ = ["AFM", "PFA"]

PerSkill: TypeAlias = float | Sequence[float] | npt.NDArray[np.float64]

MASTERED_AT = 0.95
READY_AT = 0.5

_LOGITS = "it is in logits"


class _Counting:
    """What AFM and PFA share: counts per skill, and the sum of what they add to the logit of an answer."""

    traits = ("ability", "learn")
    """Deviates: logits of ability; the logarithm of what an answer adds."""

    discrete = False
    mastered_at = MASTERED_AT
    ready_at = READY_AT
    lesson_draws = 1
    rest_draws = 0
    reports: frozenset[str] = frozenset()
    invariants: frozenset[str] = frozenset()

    counted: tuple[str, ...] = ()
    """The counts in a student's record."""

    def __init__(
        self,
        curriculum: Curriculum,
        population: Population | None,
        wrong: Violations,
        *,
        start: PerSkill,
        ability_sd: float,
        right: npt.NDArray[np.float64],
        wrongly: npt.NDArray[np.float64],
        unanswered: float,
    ) -> None:
        """``right``, ``wrongly`` (K,): logits that an answer adds; ``unanswered``: what a lesson without one counts."""
        self.curriculum = curriculum
        self.population = population or Population()
        self.population.check_traits(self.traits, wrong.subject)
        self.start = per_skill(start, "start", curriculum, -10.0, 10.0, wrong, _LOGITS)
        self.ability_sd = number(ability_sd, "ability_sd", 0.0, 5.0, wrong, _LOGITS)
        wrong.raise_any()
        c, k = curriculum, curriculum.n_skills
        asks = (c.approach != EXAMPLE) & (c.approach != EXPLANATION)
        split = k * (len(self.counted) - 1)
        self._floats, self._ints = pack(
            c, [split, unanswered], [c.difficulty, c.minutes, asks], [self.start, right, wrongly]
        )
        counts: list[Any] = [(name, np.float64, (k,)) for name in self.counted]
        self.dtype = np.dtype([("group", np.int64), ("ability", np.float64), ("learn", np.float64), *counts])
        self._population_draws = self.population.draws(self.traits)
        self.reset_draws = self._population_draws + 1
        self._every_item = np.arange(c.n_items)

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students: traits from the population, then one draw for ability; nothing is counted yet."""
        from scipy.special import ndtri

        split = self._population_draws
        group, deviates = self.population.sample(u[:, :split], self.traits)
        normal = ndtri(np.maximum(u[:, split], SMALLEST))
        state["group"][rows] = group
        state["ability"][rows] = deviates[:, 0] + self.ability_sd * normal
        state["learn"][rows] = np.exp(deviates[:, 1])
        for name in self.counted:
            state[name][rows] = 0.0

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every item; of items that ask for none, if they asked."""
        return self.p_some(state, self._every_item)

    def p_some(self, state: State, items: IntN) -> FloatNM:
        """The same for these items only: (N, len(items))."""
        out = np.empty((len(state), len(items)))
        _logistic.p_some(matrix(state), items, out, self._floats, self._ints)
        return out

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each (0 where there is none)."""
        out = np.empty(len(state))
        _logistic.p_correct(matrix(state), items, out, self._floats, self._ints)
        return out

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Answer (where the item asks), then count. ``u``: the answer."""
        _logistic.step(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass, and change nothing: counts do not age."""

    def mastery(self, state: State) -> FloatNK:
        """Probability of a right answer to each skill's reference item (difficulty 0, that skill alone): (N, K)."""
        out = np.empty((len(state), self.curriculum.n_skills))
        _logistic.mastery(matrix(state), out, self._floats, self._ints)
        return out

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """Sum of the masteries."""
        _logistic.mastery_sum(matrix(state), out, self._floats, self._ints)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """Expected change of the sum of masteries from each item now: (N, M), exact."""
        out = np.empty((len(state), self.curriculum.n_items))
        _logistic.expected_gain(matrix(state), out, self._floats, self._ints)
        return out


class AFM(_Counting):
    """A student who answers the better, the more lessons a skill has had: the Additive Factors Model.

    logit P(right) = theta + sum over the item's skills of (beta + gamma tries) - difficulty (Cen, Koedinger & Junker
    2006, ITS, "Learning Factors Analysis"), with tries the lessons that the skill has had, right or wrong; the item's
    difficulty is added here. Page: docs/students/afm.md.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: students differ by ``ability_sd`` only.
        start: beta: easiness in logits, per skill.
        ability_sd: spread of theta between students, logits.
        learn: gamma >= 0: logits that each lesson adds, per skill.

    Raises:
        InputError: parameters out of range, all of them together.
    """

    counted = ("tries",)
    invariants = frozenset(
        {"answer_then_learn", "elapse_composes", "forgetting_is_monotone", "lessons_never_hurt"}
        | {"never_improves_untaught", "time_changes_nothing"}
    )

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        start: PerSkill = 0.62,
        ability_sd: float = 0.56,
        learn: PerSkill = 0.1,
    ) -> None:
        wrong = Violations("AFM")
        why = "it is in logits, and no lesson hurts"
        self.learn = per_skill(learn, "learn", curriculum, 0.0, 10.0, wrong, why)
        super().__init__(
            curriculum, population, wrong,
            start=start, ability_sd=ability_sd, right=self.learn, wrongly=self.learn, unanswered=1.0,
        )  # fmt: skip


class PFA(_Counting):
    """A student whose right and wrong answers each move the next answer: Performance Factors Analysis.

    logit P(right) = sum over the item's skills of (beta + gamma successes + rho failures) - difficulty (Pavlik, Cen &
    Koedinger 2009, AIED), with the counts of right and wrong answers so far; ability and the item's difficulty are
    added here. The answer itself is what changes the student. Page: docs/students/pfa.md.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: students differ by ``ability_sd`` only.
        start: beta: easiness in logits, per skill.
        ability_sd: spread of ability between students, logits; 0 in the textbook.
        learn_right: gamma: logits that each right answer adds, per skill.
        learn_wrong: rho: logits that each wrong answer adds, per skill; at most gamma, and below 0 where wrong answers
            tell of a weakness.

    Raises:
        InputError: parameters out of range, all of them together.
    """

    counted = ("successes", "failures")

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        start: PerSkill = 0.62,
        ability_sd: float = 0.0,
        learn_right: PerSkill = 0.12,
        learn_wrong: PerSkill = 0.06,
    ) -> None:
        wrong = Violations("PFA")
        self.learn_right = per_skill(learn_right, "learn_right", curriculum, 0.0, 10.0, wrong, _LOGITS)
        self.learn_wrong = per_skill(learn_wrong, "learn_wrong", curriculum, -10.0, 10.0, wrong, _LOGITS)
        for k in np.flatnonzero(self.learn_wrong > self.learn_right):
            text = f"learn_wrong={self.learn_wrong[k]:g} of '{curriculum.skills[k]}' must be at most "
            wrong.unless(False, f"{text}learn_right={self.learn_right[k]:g}: failing must not teach more than success")
        super().__init__(
            curriculum, population, wrong,
            start=start, ability_sd=ability_sd, right=self.learn_right, wrongly=self.learn_wrong, unanswered=0.0,
        )  # fmt: skip
        self.invariants = frozenset(
            {"answer_then_learn", "elapse_composes", "forgetting_is_monotone"}
            | {"never_improves_untaught", "time_changes_nothing"}
            | ({"lessons_never_hurt"} if (self.learn_wrong >= 0.0).all() else set())
        )
