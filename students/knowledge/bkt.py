"""Students who know a skill or do not: Bayesian Knowledge Tracing with individual differences and forgetting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations
from zpdgym.parameters import Number, Parameter, Table

from ..curriculum.curriculum import GUIDED, Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, KernelModel, State, Traits, matrix
from ..parameters import (
    MINUTES,
    PerItem,
    PerSkill,
    approach_factors,
    logits,
    logits_of,
    minutes_factors,
    odds,
    pack,
    probability,
    share,
)
from ..population import Population
from . import _bkt, _bkt_steps

__all__ = ["BKT"]


APPROACHES_DEFAULT = {"practice": (1.0, 1.0), "example": (1.8, 0.5), "explanation": (1.4, 0.7), "guided": (1.3, 0.9)}
"""Factors on the odds of learning, for a novice and for an experienced learner of the skill (prior)."""


class BKT(KernelModel, kernels=_bkt):
    """A student who knows a skill or does not, guesses, slips, learns at once, and forgets over days.

    Bayesian Knowledge Tracing (Corbett & Anderson 1995) answers first and learns then. Added to it: prerequisites,
    items of different difficulty, length and approach, several skills in one item, problems of several steps (each
    step a lesson of its skill), forgetting per day, and differences between students. With practice items of
    difficulty 0 and equal length, ``level_width`` infinite and no population it is the textbook model. Equations and
    the source of every default: docs/students/bkt.md.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: all students are alike.
        prior, learn, …: see ``PARAMETERS``; ``zpdgym list student bkt`` prints them.

    Raises:
        InputError: parameters out of range, all of them together.
    """

    TRAITS: ClassVar[Traits] = {
        **logits_of("prior", "learn", "guess", "slip"),
        "forget": "logarithm of forget",
        "ability": "logits, added to the level at which most is learnt",
    }

    PARAMETERS: ClassVar[Table] = {
        "prior": probability("chance of knowing a skill at the start if all its prerequisites are known", each="skill"),
        "learn": probability(
            "chance of learning in one lesson, from a practice item of the reference length at the student's level",
            each="skill",
        ),
        "guess": probability("chance of a right answer to the reference item without knowing", each="skill"),
        "slip": probability(
            "chance of a wrong answer to the reference item in spite of knowing; with guess less than 1", each="skill",
        ),
        "forget": Number(
            "forgetting rate: a known skill is still known after d days with probability exp(-forget d)",
            low=0, high=100, unit="per day", each="skill",
        ),
        "leak": share(
            "share of the learning that is left while a prerequisite is not known; 0: none can be learnt",
            of="the learning",
        ),
        "guided_help": logits("by how much help makes a guided item easier", 0, 10),
        "approaches": Parameter(
            "factors on the odds of learning for a novice and for an experienced learner, by approach",
            allowed="approach: [novice, experienced], each in [0, 100]",
            optional=True,
        ),
        "familiarity_rate": share(
            "how far each lesson on a skill moves its familiarity (0 new … 1 experienced) towards 1",
        ),
        "familiarity_known": share("familiarity at the start of a skill that is already known"),
        "level_start": logits("difficulty at which a novice of the skill learns most", -10, 10),
        "level_span": logits("how far that level rises until full familiarity", -10, 10),
        "level_width": Number(
            "distance from the level at which the odds of learning are halved; infinite: no effect",
            low=1e-3, unit="logits",
        ),
        **MINUTES,
        "durability": share(
            "share by which the forgetting rate has fallen at full familiarity", of="the forgetting rate",
        ),
        "guess_by_item": probability(
            "items' own guess, which then depends on neither skill nor difficulty; with slip_by_item or not at all",
            each="item", optional=True,
        ),
        "slip_by_item": probability("items' own slip; with guess_by_item or not at all", each="item", optional=True),
        "learn_by_item": probability(
            "items' own chance of teaching a skill, which then depends on neither skill, length nor approach",
            each="item", optional=True,
        ),
    }  # fmt: skip
    """Items' own guess and slip: KT-IDEM, Pardos & Heffernan 2011, UMAP; their own learn: the same 2009, EDM."""

    discrete = True
    mastered_at = 1.0
    ready_at = 1.0
    steps = True

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
        values, wrong = self._read(curriculum, population, locals())
        self.prior, self.learn, self.guess, self.slip = values.prior, values.learn, values.guess, values.slip
        self.forget, self.leak, self.durability = values.forget, values.leak, values.durability
        self.guided_help = values.guided_help
        self.familiarity_rate, self.familiarity_known = values.familiarity_rate, values.familiarity_known
        self.level_start, self.level_span, self.level_width = values.level_start, values.level_span, values.level_width
        self.approaches = approach_factors(approaches, APPROACHES_DEFAULT, wrong)
        by_item = {name: getattr(values, name) for name in ("guess_by_item", "slip_by_item", "learn_by_item")}
        self.by_item = {name: value for name, value in by_item.items() if value is not None}
        self._check_errors(wrong)
        self._check_steps(wrong)
        wrong.raise_any()
        self.taught = curriculum.unfolded
        self.minutes_factor = minutes_factors(
            self.taught,
            reference=values.reference_minutes, overhead=values.overhead_minutes, power=values.minutes_power,
        )  # fmt: skip
        self.item_guess, self.item_slip = self._answers()
        self._floats, self._ints = self._pack()
        k = curriculum.n_skills
        marks = [(name, np.float64) for name in self.traits[1:]]
        self._lay_out(*marks, ("familiarity", np.float64, (k,)), ("left", np.float64, (k,)), draws=k)
        # each step spends a draw on its answer and one on learning
        self.lesson_draws = max(1 + self.taught.item_skills.shape[1], 2 * curriculum.item_steps.shape[1])
        self.invariants = frozenset(
            {"answer_then_learn", "consistent_start", "elapse_composes", "forgetting_is_monotone"}
            | {"lessons_never_hurt", "never_improves_untaught"}
            # of a problem, a step may teach what a later one builds on
            | ({"no_learning_without_prerequisite"} if self.leak == 0.0 and not curriculum.has_steps else set())
        )

    @property
    def _kernels(self) -> ModuleType:  # pyright: ignore[reportIncompatibleVariableOverride]
        return _bkt_steps if self.curriculum.has_steps else _bkt

    @property
    def p_all_kernel(self) -> Callable[..., None]:
        """Faster than one that is told which items."""
        return self._kernels.p_all

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every item; of items that ask for none, if they asked."""
        out = np.empty((len(state), self.curriculum.n_items))
        self._kernels.p_all(matrix(state), out, self._floats, self._ints)
        return out

    @property
    def exam_gain(self) -> Callable[[State, FloatN, IntN], FloatNM]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """What each lesson adds to an exam, exactly; missing where the exam of a curriculum with problems asks more.

        Beside problems, that is for exams of questions on one skill each: of all others copies are taught and examined.
        """
        c = self.curriculum
        single = c.q[c.exam_items].sum(axis=1) == 1
        if c.has_steps and not (single & (c.item_steps[c.exam_items] < 0).all(axis=1)).all():
            raise AttributeError("exam_gain")
        return super().exam_gain

    def forecast_mastery(self, state: State, days: FloatN) -> FloatNK:
        """What ``forecast`` says of mastery (N, K), without the answers: of long problems these take much longer."""
        mastery = np.empty((len(state), self.curriculum.n_skills))
        self._kernels.forecast(matrix(state), days, np.empty((len(state), 0)), mastery, self._floats, self._ints)
        return mastery

    def mastery(self, state: State) -> FloatNK:
        """1 for a known skill, else 0: (N, K)."""
        return (state["left"] > 0.0).astype(np.float64)

    def item_learn(self, familiarity: float = 0.5) -> npt.NDArray[np.float64]:
        """(M',) P(learning a skill of the item) by a typical student of this familiarity, prerequisites known."""
        by_skill, worth, novice, experienced = self._learning()
        base = (self.taught.q * by_skill).sum(axis=1) / self.taught.q.sum(axis=1)
        gap = (self.taught.difficulty - self.level_start - self.level_span * familiarity) / self.level_width
        value = base * worth * (novice + (experienced - novice) * familiarity) / (1.0 + gap * gap)
        return value / (1.0 + value)

    def _answers(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """(M',) guess and slip of each item: difficulty and help shift both on the logit scale."""
        c = self.taught
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
            ones = np.ones(self.taught.n_items)
            return np.ones(self.taught.n_skills), odds(self.by_item["learn_by_item"]), ones, ones
        novice, experienced = self.approaches[self.taught.approach].T
        return odds(self.learn), self.minutes_factor, novice, experienced

    def _check_steps(self, wrong: Violations) -> None:
        """What of problems cannot be taught: items' own numbers, and steps that build on too many skills."""
        c = self.curriculum
        if not c.has_steps:
            return
        for name in self.by_item:
            told = f"{name} must be left out where items have steps: steps of a skill have that skill's numbers"
            wrong.unless(False, told)
        together = c.q | ((c.q.astype(np.int64) @ c.prerequisites.astype(np.int64)) > 0)
        count = np.where((c.item_steps >= 0).any(axis=1), together.sum(axis=1), 0)
        for m in np.flatnonzero(count > _bkt_steps.TOGETHER):
            told = f"item '{c.items[m]}': its steps' skills and what these build on directly are {count[m]} skills"
            wrong.unless(False, f"{told}, must be {_bkt_steps.TOGETHER} at most")

    def _check_errors(self, wrong: Violations) -> None:
        for k in np.flatnonzero(self.guess + self.slip >= 1.0):
            text = f"guess={self.guess[k]:g} and slip={self.slip[k]:g} of '{self.curriculum.skills[k]}' must sum to "
            wrong.unless(False, text + "less than 1: a student who knows must answer better than one who guesses")
        guess, slip = self.by_item.get("guess_by_item"), self.by_item.get("slip_by_item")
        if guess is None or slip is None:
            wrong.unless(guess is slip, "guess_by_item and slip_by_item must be given together")
            return
        for m in np.flatnonzero(guess + slip >= 1.0):
            text = f"guess_by_item={guess[m]:g} and slip_by_item={slip[m]:g} of '{self.curriculum.items[m]}' must sum "
            wrong.unless(False, text + "to less than 1: who knows must answer better than who guesses")

    def _pack(self) -> tuple[npt.NDArray[np.float64], IntN]:
        c, parts = self.taught, self.curriculum.parts
        base, worth, novice, experienced = self._learning()
        items = [
            odds(self.item_guess), odds(self.item_slip), c.minutes, worth,
            novice, experienced - novice, c.difficulty - self.level_start, c.asks,
        ]  # fmt: skip
        skills = [odds(self.prior), base, self.forget]
        constants = [
            self.leak, self.familiarity_rate, self.familiarity_known, self.level_span,
            1.0 / self.level_width, self.durability,
        ]  # fmt: skip
        floats, ints = pack(c, constants, items, skills)
        if self.curriculum.has_steps:
            floats = np.concatenate([floats, self.curriculum.minutes])
            ints = np.insert(ints, len(ints) - c.n_skills, [*parts.shape, *parts.ravel()])
        return floats, ints
