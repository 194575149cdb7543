"""Students with abilities on a logit scale: item response theory, the same with growth and drift, Elo's student."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations, unknown

from ..curriculum.curriculum import EXAMPLE, EXPLANATION, Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, matrix
from ..normal import SMALLEST
from ..parameters import number, pack, per_item, per_skill
from ..population import Population
from . import _irt

__all__ = ["IRT", "DynamicIRT", "Elo"]

Several: TypeAlias = float | Sequence[float] | npt.NDArray[np.float64]
"""One number for all, or one for each."""

MASTERED_AT = 0.95
READY_AT = 0.5
GOLDEN = (5.0**0.5 - 1.0) / 2.0

_LOGITS = "it is in logits"


class _Able:
    """What all students with abilities share: where abilities come from, and how they answer."""

    traits: tuple[str, ...] = ("ability",)
    discrete = False
    mastered_at = MASTERED_AT
    ready_at = READY_AT
    lesson_draws = 1
    rest_draws = 0
    reports: frozenset[str] = frozenset()
    invariants: frozenset[str] = frozenset()

    def __init__(
        self,
        curriculum: Curriculum,
        population: Population | None,
        wrong: Violations,
        *,
        start: Several,
        ability_sd: float,
        shared: float,
        groups: Sequence[int],
    ) -> None:
        """Where abilities come from. ``groups`` (K,): skills of one number vary together; -1: with the student only."""
        self.curriculum = curriculum
        self.population = population or Population()
        self.population.check_traits(self.traits, wrong.subject)
        self.start = per_skill(start, "start", curriculum, -10.0, 10.0, wrong, _LOGITS)
        self.ability_sd = number(ability_sd, "ability_sd", 0.0, 5.0, wrong, _LOGITS)
        self.shared = number(shared, "shared", 0.0, 1.0, wrong, "it is a share of the variance")
        self.groups = np.array(groups)
        alone = self.groups[0] < 0
        self.general_sd = self.ability_sd * (1.0 if alone else math.sqrt(self.shared))
        self.own_sd = self.ability_sd * (0.0 if alone else math.sqrt(1.0 - self.shared))

    def _finish(
        self,
        wrong: Violations,
        *,
        discrimination: Several,
        guess: Several,
        scale: float = 1.0,
        spread: npt.NDArray[np.float64] | float = 1.0,
        learning: Sequence[float] = (1.0, 0.0, 0.0),
        gain: Any = 0.0,
        rate: Any = 0.0,
        fields: Sequence[Any] = (),
    ) -> None:
        """Tell all mistakes, then pack the numbers for the kernels and lay out the records.

        ``spread``: factors on the discrimination; ``learning``: feedback, transfer, variance of the wandering;
        ``gain`` and ``rate`` (K,); ``fields``: of the record, beyond the abilities.
        """
        c, k = self.curriculum, self.curriculum.n_skills
        why = "it is a probability that leaves room for ability"
        self.discrimination = spread * per_item(
            discrimination, "discrimination", c, 0.01, 10.0, wrong, "the able do better, but not without limit"
        )
        self.guess = per_item(guess, "guess", c, 0.0, 0.9, wrong, why)
        self.scale = number(scale, "scale", 0.1, 10.0, wrong, "it is 1, or 1.7 to come near the normal ogive")
        wrong.raise_any()
        asks = (c.approach != EXAMPLE) & (c.approach != EXPLANATION)
        items = [self.scale * self.discrimination, c.difficulty, self.guess, 1.0 / c.q.sum(axis=1), c.minutes, asks]
        skills = [np.broadcast_to(gain, k), np.broadcast_to(rate, k)]
        self._floats, self._ints = pack(c, [self.scale, *learning], items, skills)
        own: list[Any] = [("group", np.int64), ("general", np.float64), ("ability", np.float64, (k,)), *fields]
        self.dtype = np.dtype(own)
        self._population_draws = self.population.draws(self.traits)
        self.reset_draws = self._population_draws + 2 + int(self.groups.max())
        self._every_item = np.arange(c.n_items)

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students: traits from the population, then one general draw, then one per ability beside it."""
        from scipy.special import ndtri

        split = self._population_draws
        group, deviates = self.population.sample(u[:, :split], self.traits)
        normal = ndtri(np.maximum(u[:, split : self.reset_draws], SMALLEST))
        state["group"][rows] = group
        state["general"][rows] = deviates[:, 0] + self.general_sd * normal[:, 0]
        state["ability"][rows] = self.start + self.own_sd * normal[:, 1 + self.groups]
        self._reset_learning(state, rows, deviates)

    def _reset_learning(self, state: State, rows: IntN, deviates: FloatNM) -> None:
        """The fields beyond the abilities: static students have none."""

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every item; of items that ask for none, if they asked."""
        return self.p_some(state, self._every_item)

    def p_some(self, state: State, items: IntN) -> FloatNM:
        """The same for these items only: (N, len(items))."""
        out = np.empty((len(state), len(items)))
        _irt.p_some(matrix(state), items, out, self._floats, self._ints)
        return out

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each (0 where there is none)."""
        out = np.empty(len(state))
        _irt.p_correct(matrix(state), items, out, self._floats, self._ints)
        return out

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Answer (where the item asks), then learn. ``u``: the answer."""
        _irt.step(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass, and change nothing."""

    def mastery(self, state: State) -> FloatNK:
        """Probability of a right answer to each skill's reference item: (N, K).

        The reference item has difficulty 0 and discrimination 1 and leaves nothing to guess.
        """
        out = np.empty((len(state), self.curriculum.n_skills))
        _irt.mastery(matrix(state), out, self._floats)
        return out

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """Sum of the masteries."""
        _irt.mastery_sum(matrix(state), out, self._floats, self._ints)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """Expected change of the sum of masteries from each item now: (N, M), exact."""
        out = np.empty((len(state), self.curriculum.n_items))
        _irt.expected_gain(matrix(state), out, self._floats, self._ints)
        return out


class IRT(_Able):
    """A student who answers by ability and never changes: item response theory with one, two or three parameters.

    P(right) = c + (1 - c) / (1 + exp(-D a (theta - b))) (Lord 1980): ability theta, an item's difficulty b (the
    curriculum's), discrimination a and guessing c. With a = 1 and c = 0 it is the 1PL, with c = 0 the 2PL model. An
    item with several skills meets the mean of its abilities. Nothing is learnt or forgotten: a check of tests and
    beliefs, and what a teacher's gain must vanish on. Page: docs/students/irt.md.

    Args:
        curriculum: what is asked.
        population: individual differences in ``traits``; None: students differ by ``ability_sd`` only.
        start: mean ability in logits, per skill.
        ability_sd: spread of every ability between students.
        abilities: ``student`` (one ability for everything), ``topic`` or ``skill`` (one for each).
        shared: share of the variance that the abilities of one student have in common, in [0, 1]; it is their
            correlation. Of no effect with one ability.
        discrimination: a, per item.
        discrimination_sd: spread of the logarithm of a over items, beside what ``discrimination`` says; dealt out to
            the items in a fixed order, without a draw.
        guess: c, P(right answer without any ability), per item.
        scale: D; 1 for the logistic scale, 1.7 to come near the normal ogive.

    Raises:
        InputError: parameters out of range, all of them together; an unknown kind of abilities.
    """

    invariants = frozenset(
        {"answer_then_learn", "elapse_composes", "forgetting_is_monotone", "lessons_change_nothing"}
        | {"lessons_never_hurt", "never_improves_untaught", "no_learning_without_prerequisite", "time_changes_nothing"}
    )

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        start: Several = 0.0,
        ability_sd: float = 1.0,
        abilities: str = "student",
        shared: float = 0.5,
        discrimination: Several = 1.0,
        discrimination_sd: float = 0.0,
        guess: Several = 0.0,
        scale: float = 1.0,
    ) -> None:
        wrong = Violations("IRT")
        k, topics = curriculum.n_skills, list(dict.fromkeys(curriculum.topics))
        groups = {"student": [-1] * k, "topic": [topics.index(t) for t in curriculum.topics], "skill": list(range(k))}
        if abilities not in groups:
            raise unknown("kind of abilities", str(abilities), groups)
        self.abilities = abilities
        super().__init__(
            curriculum, population, wrong,
            start=start, ability_sd=ability_sd, shared=shared, groups=groups[abilities],
        )  # fmt: skip
        sd = number(discrimination_sd, "discrimination_sd", 0.0, 2.0, wrong, "it is on the log scale")
        self._finish(
            wrong, discrimination=discrimination, guess=guess, scale=scale, spread=_spread(curriculum.n_items, sd)
        )

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Answer (where the item asks) and learn nothing. ``u``: the answer."""
        _irt.answer(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """Nothing is learnt: zeros (N, M)."""
        return np.zeros((len(state), self.curriculum.n_items))

    def information(self, state: State) -> FloatNM:
        """Fisher information of one answer to each item about the ability that it measures: (N, M), 1/logits².

        D² a² (1 - P) / P ((P - c) / (1 - c))² (Lord 1980); 0 for items that ask for no answer.
        """
        out = np.empty((len(state), self.curriculum.n_items))
        _irt.information(matrix(state), out, self._floats, self._ints)
        return out


class DynamicIRT(_Able):
    """A student who answers by ability, which grows with every lesson and wanders and fades between them.

    Item response theory in time: growth per lesson, a Wiener process over days (Wilson, Karklin, Han & Ekanadham
    2016; their temporal model), and optional decay towards the start, which makes it an Ornstein-Uhlenbeck process;
    days compose exactly in distribution. Page: docs/students/irt_dynamic.md.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: students differ by ``ability_sd`` only.
        start: mean ability at the start in logits, per skill.
        ability_sd: spread of every ability between students at the start.
        shared: share of that variance that the skills of one student have in common, in [0, 1].
        learn: logits that a lesson adds to the item's skills, per skill.
        feedback: share of the gain that a wrong answer leaves, in [0, 1]; 1: the answer does not matter.
        noise: gamma: standard deviation of a skill's wandering after one day, logits.
        forget: rate per day at which a skill returns to its start, per skill.
        discrimination: a, per item.
        guess: c, P(right answer without any ability), per item.
        scale: D; 1 for the logistic scale, 1.7 to come near the normal ogive.

    Raises:
        InputError: parameters out of range, all of them together.
    """

    traits = ("ability", "learn", "forget")
    """Deviates: logits of ability; the logarithms of gain and forgetting rate."""

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        start: Several = 0.0,
        ability_sd: float = 1.0,
        shared: float = 0.5,
        learn: Several = 0.1,
        feedback: float = 1.0,
        noise: float = 0.05,
        forget: Several = 0.0,
        discrimination: Several = 1.0,
        guess: Several = 0.0,
        scale: float = 1.0,
    ) -> None:
        wrong, k = Violations("DynamicIRT"), curriculum.n_skills
        super().__init__(
            curriculum, population, wrong, start=start, ability_sd=ability_sd, shared=shared, groups=range(k)
        )
        self.learn = per_skill(learn, "learn", curriculum, 0.0, 10.0, wrong, _LOGITS)
        self.feedback = number(feedback, "feedback", 0.0, 1.0, wrong, "it is a share of the gain")
        self.noise = number(noise, "noise", 0.0, 5.0, wrong, "it is in logits after one day")
        self.forget = per_skill(forget, "forget", curriculum, 0.0, 100.0, wrong, "it is a rate per day")
        self._finish(
            wrong, discrimination=discrimination, guess=guess, scale=scale,
            learning=(self.feedback, 0.0, self.noise**2), gain=self.learn, rate=self.forget,
            fields=[("learn", np.float64), ("forget", np.float64), ("start", np.float64, (k,))],
        )  # fmt: skip
        self.rest_draws = k if self.noise > 0.0 else 0
        still = {"elapse_composes", "forgetting_is_monotone"}
        still |= set() if self.forget.any() else {"time_changes_nothing"}
        self.invariants = frozenset(
            {"answer_then_learn", "lessons_never_hurt", "never_improves_untaught"}
            | (still if self.noise == 0.0 else {"elapse_composes_on_average"})
        )

    def _reset_learning(self, state: State, rows: IntN, deviates: FloatNM) -> None:
        state["learn"][rows] = np.exp(deviates[:, 1])
        state["forget"][rows] = np.exp(deviates[:, 2])
        state["start"][rows] = state["ability"][rows]

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass: abilities sink back to their start, and wander. ``u``: one per skill, if they wander."""
        _irt.elapse(matrix(state), days, u, self._floats, self._ints)

    def forecast(self, state: State, days: FloatN) -> tuple[FloatNM, FloatNK]:
        """Expected right answers (N, M) and mastery (N, K) after so many days without a lesson, to 1e-8."""
        p, mastery = np.empty((len(state), self.curriculum.n_items)), np.empty((len(state), self.curriculum.n_skills))
        _irt.forecast(matrix(state), days, p, mastery, self._floats, self._ints)
        return p, mastery


class Elo(_Able):
    """A student as Elo ratings see one: an ability per skill and a general one, and every practice raises both.

    Elo is a way to *estimate* abilities from answers (Pelánek 2016; the tutor's ``EloBelief`` does that); this is the
    student who fits it: P(right) = 1/k + (1 - 1/k) / (1 + exp(-(theta - b))) for an item with k options, theta the
    general ability plus that in the item's skills (their mean). Page: docs/students/elo.md.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: students differ by ``ability_sd`` only.
        start: mean ability at the start in logits, per skill.
        ability_sd: spread of every ability between students at the start.
        shared: share of that variance that is the general ability's, in [0, 1].
        learn: logits that a lesson adds to the ability in the item's skills, per skill.
        transfer: logits that a lesson adds to the general ability, and so to every skill.
        options: number of answers to choose from, per item; 0: an open question, nothing to guess.

    Raises:
        InputError: parameters out of range, all of them together.
    """

    traits = ("ability", "learn")
    """Deviates: logits of ability; the logarithm of both gains."""

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        start: Several = 0.0,
        ability_sd: float = 1.0,
        shared: float = 0.5,
        learn: Several = 0.08,
        transfer: float = 0.02,
        options: Several = 0,
    ) -> None:
        wrong, k = Violations("Elo"), curriculum.n_skills
        super().__init__(
            curriculum, population, wrong, start=start, ability_sd=ability_sd, shared=shared, groups=range(k)
        )
        self.learn = per_skill(learn, "learn", curriculum, 0.0, 10.0, wrong, _LOGITS)
        self.transfer = number(transfer, "transfer", 0.0, 10.0, wrong, _LOGITS)
        why = "it counts the answers to choose from"
        self.options = per_item(options, "options", curriculum, 0.0, 100.0, wrong, why)
        for m in np.flatnonzero((self.options == 1.0) | (self.options % 1.0 != 0.0)):
            text = f"options={self.options[m]:g} of '{curriculum.items[m]}' must be 0 (an open question) or a whole "
            wrong.unless(False, text + "number from 2: with one answer there is no choice")
        guess = np.where(self.options >= 2.0, 1.0 / np.maximum(self.options, 2.0), 0.0)
        self._finish(
            wrong, discrimination=1.0, guess=guess, learning=(1.0, self.transfer, 0.0), gain=self.learn,
            fields=[("learn", np.float64)],
        )  # fmt: skip
        self.invariants = frozenset(
            {"answer_then_learn", "elapse_composes", "forgetting_is_monotone", "lessons_never_hurt"}
            | {"time_changes_nothing"}
            | ({"never_improves_untaught"} if self.transfer == 0.0 else set())
        )

    def _reset_learning(self, state: State, rows: IntN, deviates: FloatNM) -> None:
        state["learn"][rows] = np.exp(deviates[:, 1])


def _spread(count: int, sd: float) -> npt.NDArray[np.float64]:
    """(count,) log-normal factors with median 1: normal quantiles at the golden-ratio sequence, even for any count."""
    from scipy.special import ndtri

    return np.exp(sd * ndtri(np.arange(0.5, count) * GOLDEN % 1.0))
