"""Students whose level in a skill climbs from item to item: the Q- and P-students of Clement et al. (2015)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, unknown

from ..curriculum.curriculum import APPROACHES, EXAMPLE, EXPLANATION, Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, matrix
from ..parameters import number, odds, pack, per_skill
from ..population import Population
from . import _kidlearn

__all__ = ["KidLearnP", "KidLearnQ"]

PerSkill: TypeAlias = float | Sequence[float] | npt.NDArray[np.float64]
Required: TypeAlias = Sequence[float] | Sequence[Sequence[float]] | npt.NDArray[np.float64]

MASTERED_AT = 0.95
READY_AT = 0.5
_LEVEL = "levels lie between 0 and 1"


class KidLearnQ:
    """A student whose level in a skill rises by items that ask for a little more than it, and who never forgets.

    Every item asks for a level in each of its skills. A lesson first teaches: a skill below that level jumps to it, the
    more probably the smaller the step, and never from further away than ``reach`` or beyond what its prerequisites
    allow. Then the student answers, from the level just reached. Items that ask for no answer teach in the same way.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: all students are alike.
        start: level at the start, per skill; no higher than the skill's top or its prerequisites allow.
        required: the level that each item asks for, in (0, 1]: one number per item, or one per item and skill
            (M, K), of which those of the item's skills count. None: made from the difficulties, see ``reference``.
        reference: the level that an item of difficulty 0 asks for; one of difficulty d then asks for
            ``sigma(logit(reference) + d)``.
        steepness: how fast the chance to learn falls with the size of the step.
        offset: the step that is learnt with probability 1/2.
        reach: the largest step that can be learnt.
        share: share of the step that a success climbs, in (0, 1], per skill; 1: all of it.
        answer_steepness: how fast the chance to answer right falls with what is missing.
        answer_offset: what may be missing for an answer that is right with probability 1/2.
        answer_reach: more than that missing, and the answer is wrong.
        ceiling: P(right answer) of a student far above the item's level.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Clement, Roy, Oudeyer & Lopes (2015), Multi-armed bandits for intelligent tutoring systems, JEDM 7(2);
    written from its equations. What differs, and why: docs/students/kidlearn.md.
    """

    traits: tuple[str, ...] = ("ability", "learn")
    """Deviates: logits of the levels at the start, logits of the probability of learning."""

    discrete = False
    mastered_at = MASTERED_AT
    ready_at = READY_AT
    rest_draws = 0
    reports: frozenset[str] = frozenset()
    _name = "KidLearnQ"

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        start: PerSkill = 0.0,
        required: Required | None = None,
        reference: float = 0.25,
        steepness: float = 10.0,
        offset: float = 0.07,
        reach: float = 0.4,
        share: PerSkill = 1.0,
        answer_steepness: float = 20.0,
        answer_offset: float = 0.1,
        answer_reach: float = 0.6,
        ceiling: float = 1.0,
    ) -> None:
        wrong = Violations(self._name)
        self.curriculum = curriculum
        self.population = population or Population()
        self.population.check_traits(self.traits, self._name)
        self.start = per_skill(start, "start", curriculum, 0.0, 1.0, wrong, _LEVEL)
        self.reference = number(reference, "reference", 0.01, 0.99, wrong, _LEVEL)
        self.steepness = number(steepness, "steepness", 0.0, 200.0, wrong, "it multiplies a difference of levels")
        self.offset = number(offset, "offset", 0.0, 1.0, wrong, _LEVEL)
        self.reach = number(reach, "reach", 0.0, 1.0, wrong, _LEVEL)
        self.share = per_skill(share, "share", curriculum, 1e-3, 1.0, wrong, "it is a share of the step")
        why = "it multiplies a difference of levels"
        self.answer_steepness = number(answer_steepness, "answer_steepness", 0.0, 200.0, wrong, why)
        self.answer_offset = number(answer_offset, "answer_offset", 0.0, 1.0, wrong, _LEVEL)
        self.answer_reach = number(answer_reach, "answer_reach", 0.0, 1.0, wrong, _LEVEL)
        self.ceiling = number(ceiling, "ceiling", 0.0, 1.0, wrong, "it is a probability")
        self.required = _required(required, self.reference, curriculum, wrong)
        wrong.raise_any()
        self.top = self.required.max(axis=0)
        self._floats, self._ints = self._pack()
        k = curriculum.n_skills
        marks = [("comprehension", np.float64, (len(APPROACHES),)), ("level", np.float64, (k,))]
        self.dtype = np.dtype([("group", np.int64), ("learn", np.float64), *marks])
        self._every_item = np.arange(curriculum.n_items)
        self._population_draws = self.population.draws(self.traits)
        self.reset_draws = self._population_draws
        self.lesson_draws = 1 + curriculum.item_skills.shape[1]
        self.invariants = frozenset(
            {"learn_then_answer", "consistent_start", "lessons_never_hurt", "never_improves_untaught"}
            | {"time_changes_nothing", "forgetting_is_monotone", "elapse_composes"}
        )

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students: traits from the population, then comprehension, then levels, prerequisites first."""
        split = self._population_draws
        group, deviates = self.population.sample(u[:, :split], self.traits)
        tilted = odds(self.start) * np.exp(deviates[:, :1])
        state["group"][rows] = group
        understood = self._comprehension(deviates, u[:, split:])
        _kidlearn.reset(matrix(state), rows, deviates, tilted / (1.0 + tilted), understood, self._floats, self._ints)

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every item if it taught nothing: (N, M)."""
        return self.p_some(state, self._every_item)

    def p_some(self, state: State, items: IntN) -> FloatNM:
        """The same for these items only: (N, len(items))."""
        out = np.empty((len(state), len(items)))
        _kidlearn.p_some(matrix(state), items, out, self._floats, self._ints)
        return out

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each (0 where there is none)."""
        out = np.empty(len(state))
        _kidlearn.p_correct(matrix(state), items, out, self._floats, self._ints)
        return out

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Learn, then answer. ``u``: the answer, then one per skill of the item."""
        _kidlearn.step(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass and change nothing: these students do not forget."""

    def mastery(self, state: State) -> FloatNK:
        """Each skill's level as a share of the highest that one of its items asks for: (N, K)."""
        out = np.empty((len(state), self.curriculum.n_skills))
        _kidlearn.mastery(matrix(state), out, self._floats, self._ints)
        return out

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """Sum of the masteries."""
        _kidlearn.mastery_sum(matrix(state), out, self._floats, self._ints)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """Expected change of the sum of masteries from each item now: (N, M), exact."""
        out = np.empty((len(state), self.curriculum.n_items))
        _kidlearn.expected_gain(matrix(state), out, self._floats, self._ints)
        return out

    def forecast(self, state: State, days: FloatN) -> tuple[FloatNM, FloatNK]:
        """Right answers (N, M) and mastery (N, K) after so many days without a lesson: those of now."""
        return self.p_all(state), self.mastery(state)

    def _comprehension(self, deviates: FloatNM, u: FloatNM) -> FloatNM:
        """(n, 4) what each student makes of each approach; here all of it."""
        return np.ones((len(u), len(APPROACHES)))

    def _pack(self) -> tuple[FloatN, IntN]:
        c = self.curriculum
        _, whole = pack(c, [], [c.minutes], [self.top])
        listed = whole[_kidlearn.HEADER : _kidlearn.HEADER + c.item_skills.size].reshape(c.item_skills.shape)
        levels = np.where(listed >= 0, np.take_along_axis(self.required, listed, axis=1), 0.0)
        asks = (c.approach != EXAMPLE) & (c.approach != EXPLANATION)
        constants = [
            self.steepness, self.offset, self.reach,
            self.answer_steepness, self.answer_offset, self.answer_reach, self.ceiling,
        ]  # fmt: skip
        return pack(c, constants, [c.minutes, c.approach, asks, *levels.T], [self.top, self.share])


class KidLearnP(KidLearnQ):
    """A KidLearn student who makes much of some approaches and little of others; else like ``KidLearnQ``.

    Each student has one number in [0, 1] per approach, drawn once. It multiplies the probabilities of learning from
    such items and of answering them right, so for some students only some kinds of items work.

    Args:
        curriculum: what is taught.
        comprehension: between which two numbers the students' comprehension of an approach is spread evenly, by
            approach; an approach not named is spread over [0, 1].
        population: and all the others are those of ``KidLearnQ``.

    Raises:
        InputError: parameters out of range, all of them together; an approach that does not exist.
    """

    traits = ("ability", "learn", "comprehension")
    """Those of ``KidLearnQ``, and logits of the comprehension of all approaches."""

    _name = "KidLearnP"

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        comprehension: Mapping[str, Sequence[float]] | None = None,
        start: PerSkill = 0.0,
        required: Required | None = None,
        reference: float = 0.25,
        steepness: float = 10.0,
        offset: float = 0.07,
        reach: float = 0.4,
        share: PerSkill = 1.0,
        answer_steepness: float = 20.0,
        answer_offset: float = 0.1,
        answer_reach: float = 0.6,
        ceiling: float = 1.0,
    ) -> None:
        self.comprehension = _ranges(comprehension)
        super().__init__(
            curriculum, population=population, start=start, required=required, reference=reference,
            steepness=steepness, offset=offset, reach=reach, share=share, answer_steepness=answer_steepness,
            answer_offset=answer_offset, answer_reach=answer_reach, ceiling=ceiling,
        )  # fmt: skip
        self.reset_draws = self._population_draws + len(APPROACHES)

    def _comprehension(self, deviates: FloatNM, u: FloatNM) -> FloatNM:
        low, high = self.comprehension.T
        tilted = odds(low + (high - low) * u) * np.exp(deviates[:, 2:3])
        return tilted / (1.0 + tilted)


def _required(given: Any, reference: float, curriculum: Curriculum, wrong: Violations) -> npt.NDArray[np.float64]:
    """(M, K) the level that each item asks for in each of its skills; 0 in all others."""
    c = curriculum
    if given is None:
        item = 1.0 / (1.0 + np.exp(-(math.log(reference / (1.0 - reference)) + c.difficulty)))
        return item[:, None] * c.q
    try:
        levels = np.array(given, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"required={given!r} must be one number per item, or one per item and skill") from error
    fits = levels.shape in ((c.n_items,), c.q.shape)
    text = f"required has shape {levels.shape}, must be ({c.n_items},) or {c.q.shape}: items, or items and skills"
    wrong.unless(fits, text)
    if not fits:
        return np.ones(c.q.shape) * c.q
    levels = np.broadcast_to(levels[:, None] if levels.ndim == 1 else levels, c.q.shape)
    for m, k in np.argwhere(c.q & ~((levels > 0.0) & (levels <= 1.0))):
        text = f"required={levels[m, k]:g} of '{c.items[m]}' in '{c.skills[k]}' must be in (0, 1]: {_LEVEL}"
        wrong.unless(False, text)
    return levels * c.q


def _ranges(given: Any) -> npt.NDArray[np.float64]:
    """(4, 2) from where to where the comprehension of each approach is spread."""
    if given is not None and not isinstance(given, Mapping):
        raise InputError(f"comprehension must map approaches to [lowest, highest], not {given!r}")
    wrong, table = Violations("KidLearnP"), np.tile([0.0, 1.0], (len(APPROACHES), 1))
    for name, pair in (given or {}).items():
        if name not in APPROACHES:
            raise unknown("approach", str(name), APPROACHES)
        two = isinstance(pair, Sequence) and not isinstance(pair, str) and len(pair) == 2
        wrong.unless(two, f"comprehension.{name}={pair!r} must be two numbers: [lowest, highest]")
        if two:
            why = "it multiplies a probability"
            low, high = (number(v, f"comprehension.{name}", 0.0, 1.0, wrong, why) for v in pair)
            wrong.unless(low <= high, f"comprehension.{name}={list(pair)!r} must not fall: [lowest, highest]")
            table[APPROACHES.index(name)] = low, high
    wrong.raise_any()
    return table
