"""Students whose level in a skill climbs from item to item: the Q- and P-students of Clement et al. (2015)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, unknown
from zpdgym.parameters import Number, Parameter, Table

from ..curriculum.curriculum import APPROACHES, Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, KernelModel, State, matrix
from ..parameters import odds, pack
from ..population import Population
from . import _kidlearn

__all__ = ["KidLearnP", "KidLearnQ"]

PerSkill: TypeAlias = float | Sequence[float] | npt.NDArray[np.float64]
Required: TypeAlias = Sequence[float] | Sequence[Sequence[float]] | npt.NDArray[np.float64]

MASTERED_AT = 0.95
READY_AT = 0.5
_LEVEL, _DIFFERENCE = "levels lie between 0 and 1", "it multiplies a difference of levels"

_COMPREHENSION = Number(
    "factor on the chances of learning and of a right answer", low=0, high=1, why="it multiplies a probability"
)


class KidLearnQ(KernelModel):
    """A student whose level in a skill rises by items that ask for a little more than it, and who never forgets.

    Every item asks for a level in each of its skills. A lesson first teaches: a skill below that level jumps to it, the
    more probably the smaller the step, and never from further away than ``reach`` or beyond what its prerequisites
    allow. Then the student answers, from the level just reached. Items that ask for no answer teach in the same way.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: all students are alike.
        start, required, …: see ``PARAMETERS``.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Clement, Roy, Oudeyer & Lopes (2015), Multi-armed bandits for intelligent tutoring systems, JEDM 7(2);
    written from its equations. What differs, and why: docs/students/kidlearn.md.
    """

    PARAMETERS: ClassVar[Table] = {
        "start": Number(
            "level at the start, no higher than the skill's top or its prerequisites allow",
            low=0, high=1, each="skill", why=_LEVEL,
        ),
        "required": Parameter(
            "level that each item asks for: one number per item, or one per item and skill (M, K), of which those of "
            "the item's skills count; none: made from the difficulties, see reference",
            allowed="(0, 1] each", optional=True,
        ),
        "reference": Number(
            "level that an item of difficulty 0 asks for; one of difficulty d asks for sigma(logit(reference) + d)",
            low=0.01, high=0.99, why=_LEVEL,
        ),
        "steepness": Number(
            "how fast the chance to learn falls with the size of the step", low=0, high=200, why=_DIFFERENCE
        ),
        "offset": Number("step that is learnt with probability 1/2", low=0, high=1, why=_LEVEL),
        "reach": Number("largest step that can be learnt", low=0, high=1, why=_LEVEL),
        "share": Number(
            "share of the step that a success climbs; 1: all of it",
            low=1e-3, high=1, unit="share", each="skill", why="it is a share of the step",
        ),
        "answer_steepness": Number(
            "how fast the chance to answer right falls with what is missing", low=0, high=200, why=_DIFFERENCE
        ),
        "answer_offset": Number(
            "what may be missing for an answer that is right with probability 1/2", low=0, high=1, why=_LEVEL
        ),
        "answer_reach": Number("more than that missing, and the answer is wrong", low=0, high=1, why=_LEVEL),
        "ceiling": Number(
            "chance of a right answer by a student far above the item's level", low=0, high=1, unit="probability"
        ),
    }  # fmt: skip

    traits = ("ability", "learn")
    """Deviates: logits of the levels at the start, logits of the probability of learning."""

    discrete = False
    mastered_at = MASTERED_AT
    ready_at = READY_AT
    _kernels = _kidlearn

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
        values, wrong = self._read(curriculum, population, locals() | {"comprehension": None})
        self.start, self.reference, self.share = values.start, values.reference, values.share
        self.steepness, self.offset, self.reach = values.steepness, values.offset, values.reach
        self.answer_steepness, self.answer_offset = values.answer_steepness, values.answer_offset
        self.answer_reach, self.ceiling = values.answer_reach, values.ceiling
        self.required = _required(required, self.reference, curriculum, wrong)
        wrong.raise_any()
        self.top = self.required.max(axis=0)
        self._floats, self._ints = self._pack()
        marks = [("comprehension", np.float64, (len(APPROACHES),)), ("level", np.float64, (curriculum.n_skills,))]
        self._lay_out(("learn", np.float64), *marks, draws=0)
        self.lesson_draws = 1 + curriculum.item_skills.shape[1]
        self.invariants = frozenset(
            {"learn_then_answer", "consistent_start", "lessons_never_hurt", "never_improves_untaught"}
            | {"time_changes_nothing", "forgetting_is_monotone", "elapse_composes"}
        )

    def _begin(self, state: State, rows: IntN, deviates: FloatNM, luck: FloatNM) -> None:
        """Comprehension first, then levels, prerequisites first."""
        tilted = odds(self.start) * np.exp(deviates[:, :1])
        understood = self._comprehension(deviates, luck)
        starts = tilted / (1.0 + tilted)
        _kidlearn.reset(matrix(state), rows, deviates, starts, understood, self._floats, self._ints)

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
        constants = [
            self.steepness, self.offset, self.reach,
            self.answer_steepness, self.answer_offset, self.answer_reach, self.ceiling,
        ]  # fmt: skip
        return pack(c, constants, [c.minutes, c.approach, c.asks, *levels.T], [self.top, self.share])


class KidLearnP(KidLearnQ):
    """A KidLearn student who makes much of some approaches and little of others; else like ``KidLearnQ``.

    Each student has one number in [0, 1] per approach, drawn once. It multiplies the probabilities of learning from
    such items and of answering them right, so for some students only some kinds of items work.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: all students are alike but for their comprehension.
        comprehension, …: see ``PARAMETERS``; all others are those of ``KidLearnQ``.

    Raises:
        InputError: parameters out of range, all of them together; an approach that does not exist.
    """

    PARAMETERS: ClassVar[Table] = {
        "comprehension": Parameter(
            "between which two numbers the students' comprehension of an approach is spread evenly; an approach not "
            "named is spread over [0, 1]",
            allowed="approach: [lowest, highest], each in [0, 1]", optional=True,
        ),
        **KidLearnQ.PARAMETERS,
    }  # fmt: skip

    traits = ("ability", "learn", "comprehension")
    """Those of ``KidLearnQ``, and logits of the comprehension of all approaches."""

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
        self.reset_draws += len(APPROACHES)

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
            low, high = (_COMPREHENSION.one(v, f"comprehension.{name}", wrong) for v in pair)
            wrong.unless(low <= high, f"comprehension.{name}={list(pair)!r} must not fall: [lowest, highest]")
            table[APPROACHES.index(name)] = low, high
    wrong.raise_any()
    return table
