"""Students who learn most from items of the right difficulty: the "ZPD" student, under its more exact name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, unknown

from ..curriculum.curriculum import EXAMPLE, EXPLANATION, PRACTICE, Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, matrix
from ..parameters import approach_factors, minutes_factors, number, pack, per_skill
from ..population import Population
from . import _difficulty_band as _zpd

__all__ = ["DifficultyBandLearner"]

PerSkill: TypeAlias = float | Sequence[float] | npt.NDArray[np.float64]

APPROACHES_DEFAULT = {"practice": (1.0, 1.0), "example": (1.8, 0.5), "explanation": (1.4, 0.7), "guided": (1.3, 0.9)}
"""Factors on the gain, for a novice and for an experienced learner of the skill (prior)."""

_LOGITS = "it is in logits"
_SUCCESS = "it is a probability of success"

KERNELS: dict[str, dict[str, tuple[float, float, float, str]]] = {
    "gaussian": {"center": (0.5, -10.0, 10.0, _LOGITS), "width": (1.0, 1e-3, 10.0, _LOGITS)},
    "success_variance": {"target": (0.5, 0.01, 0.99, _SUCCESS)},
    "band": {"low": (0.1, 0.0, 1.0, _SUCCESS), "high": (0.9, 0.0, 1.0, _SUCCESS)},
    "challenge": {
        "center": (0.5, -10.0, 10.0, _LOGITS),
        "width": (1.0, 1e-3, 10.0, _LOGITS),
        "ceiling": (4.0, 0.1, 20.0, _LOGITS),
    },
    "trapezoid": {
        "low": (-0.5, -10.0, 10.0, _LOGITS),
        "high": (1.5, -10.0, 10.0, _LOGITS),
        "edge": (0.25, 1e-2, 10.0, _LOGITS),
    },
    "assisted_band": {"help": (2.0, 0.01, 10.0, _LOGITS)},
}
"""The gain kernels with their parameters: default, bounds, unit. Order as in ``_zpd``."""

MASTERED_AT = 0.95
READY_AT = 0.5


class DifficultyBandLearner:
    """A student whose ability grows most from items that are neither too easy nor too hard, and who may give up.

    Continuous ability per skill (logits). Answers by a logistic item response function, then learns: the gain depends
    on difficulty minus ability (``kernel``), on the answer, on the item's approach and length, and on the
    prerequisites; abilities decay over days towards where they started. With ``engagement`` boredom and frustration
    make students careless, slow their learning and let some give up. This is often called a model of the "zone of
    proximal development"; that name promises more than any such model holds (Chaiklin 2003; docs/students/
    difficulty_band.md). ``assisted_band`` comes closest: it asks for failure alone and success with help.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: students differ by ``start_sd`` only.
        start: ability at the start (logits; the reference item has difficulty 0), per skill. No skill starts above
            its weakest prerequisite.
        start_sd: spread of the start abilities over the skills of one student (logits).
        learn: largest gain of one lesson in logits, from a practice item of the reference length, per skill.
        kernel: ``gaussian``, ``success_variance``, ``band``, ``challenge``, ``trapezoid`` or ``assisted_band``.
        shape: the kernel's parameters that differ from ``KERNELS[kernel]``.
        feedback: share of the gain that a wrong answer leaves, in [0, 1].
        slope: discrimination of all items.
        guess: P(right answer without any ability), in [0, .5).
        guided_help: logits by which help lowers the difficulty of guided items, examples and explanations.
        forget: rate per day at which gained ability decays, per skill.
        sharpness: steepness of the prerequisite gate in logits; inf: a hard gate at ``ready_at``.
        approaches: factor on the gain for a novice and for an experienced learner, by approach.
        reference_minutes: length at which ``learn`` holds; None: median of the practice items.
        overhead_minutes: minutes of every item in which nothing is learnt.
        minutes_power: diminishing returns of longer items, in (0, 1].
        engagement: False: always attentive, never gives up.

    Raises:
        InputError: parameters out of range, all of them together; an unknown kernel or shape parameter.
    """

    traits = ("ability", "learn", "forget", "engagement")
    """Deviates: logits of ability; the logarithms of gain and forgetting rate; engagement (logits of not giving up)."""

    discrete = False
    mastered_at = MASTERED_AT
    ready_at = READY_AT
    rest_draws = 0

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        start: PerSkill = -1.0,
        start_sd: float = 0.5,
        learn: PerSkill = 0.2,
        kernel: str = "assisted_band",
        shape: Mapping[str, float] | None = None,
        feedback: float = 0.6,
        slope: float = 1.0,
        guess: float = 0.0,
        guided_help: float = 1.0,
        forget: PerSkill = 0.0,
        sharpness: float = 3.0,
        approaches: Mapping[str, Sequence[float]] | None = None,
        reference_minutes: float | None = None,
        overhead_minutes: float = 0.5,
        minutes_power: float = 0.6,
        engagement: bool = True,
    ) -> None:
        wrong = Violations("DifficultyBandLearner")
        self.curriculum = curriculum
        self.population = population or Population()
        self.population.check_traits(self.traits, "DifficultyBandLearner")
        self.start = per_skill(start, "start", curriculum, -10.0, 10.0, wrong, _LOGITS)
        self.start_sd = number(start_sd, "start_sd", 0.0, 5.0, wrong, _LOGITS)
        self.learn = per_skill(learn, "learn", curriculum, 0.0, 10.0, wrong, _LOGITS)
        self.kernel, self.shape = kernel, _shape(kernel, shape, wrong)
        self.feedback = number(feedback, "feedback", 0.0, 1.0, wrong, "it is a share of the gain")
        self.slope = number(slope, "slope", 0.01, 10.0, wrong, "it is a discrimination")
        self.guess = number(guess, "guess", 0.0, 0.49, wrong, "it is a probability below .5")
        self.guided_help = number(guided_help, "guided_help", 0.0, 10.0, wrong, _LOGITS)
        self.forget = per_skill(forget, "forget", curriculum, 0.0, 100.0, wrong, "it is a rate per day")
        self.sharpness = number(sharpness, "sharpness", 0.01, math.inf, wrong, "it is a steepness")
        self.approaches = approach_factors(approaches, APPROACHES_DEFAULT, wrong)
        overhead = number(overhead_minutes, "overhead_minutes", 0.0, 60.0, wrong, "it is in minutes")
        power = number(minutes_power, "minutes_power", 0.0, 1.0, wrong, "returns of longer items diminish")
        if reference_minutes is not None:
            reference_minutes = number(reference_minutes, "reference_minutes", 1e-3, 600.0, wrong, "it is in minutes")
        wrong.unless(isinstance(engagement, bool), f"engagement={engagement!r} must be true or false")
        wrong.raise_any()
        self.engagement = engagement
        self.minutes_factor = minutes_factors(curriculum, reference=reference_minutes, overhead=overhead, power=power)
        self._floats, self._ints = self._pack()
        self._declare()

    def _declare(self) -> None:
        k = self.curriculum.n_skills
        marks: list[Any] = [(name, np.float64) for name in ("learn", "forget", "engagement", "affect", "streak")]
        marks += [(name, np.float64, (k,)) for name in ("ability", "start", "mastery")]
        self.dtype = np.dtype([("group", np.int64), *marks])
        self._every_item = np.arange(self.curriculum.n_items)
        self._population_draws = self.population.draws(self.traits)
        self.reset_draws = self._population_draws + k
        self.lesson_draws = 3 if self.engagement else 1
        self.reports: frozenset[str] = frozenset({"quit"}) if self.engagement else frozenset()
        self.invariants = frozenset(
            {"answer_then_learn", "consistent_start", "elapse_composes", "lessons_never_hurt"}
            | {"forgetting_is_monotone", "never_improves_untaught"}
            | ({"no_learning_without_prerequisite"} if math.isinf(self.sharpness) else set())
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
        _zpd.reset(matrix(state), rows, deviates, drawn, self._floats, self._ints)

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every item, with the item's own help, in the present mood."""
        return self.p_some(state, self._every_item)

    def p_some(self, state: State, items: IntN) -> FloatNM:
        """The same for these items only: (N, len(items))."""
        out = np.empty((len(state), len(items)))
        _zpd.p_some(matrix(state), items, out, self._floats, self._ints)
        return out

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each (0 where there is none)."""
        out = np.empty(len(state))
        _zpd.p_correct(matrix(state), items, out, self._floats, self._ints)
        return out

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Answer, then learn, then the mood changes. ``u``: answer; with engagement also mood, giving up."""
        _zpd.step(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass: abilities decay towards the start; the next session begins in a fresh mood."""
        _zpd.elapse(matrix(state), days, self._floats, self._ints)

    def mastery(self, state: State) -> FloatNK:
        """Probability of a right answer to each skill's reference item, alone and attentive: (N, K)."""
        return np.array(state["mastery"])

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """Sum of the masteries."""
        _zpd.mastery_sum(matrix(state), out, self._ints)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """Expected change of the sum of masteries from each item now: (N, M), exact."""
        out = np.empty((len(state), self.curriculum.n_items))
        _zpd.expected_gain(matrix(state), out, self._floats, self._ints)
        return out

    def _pack(self) -> tuple[npt.NDArray[np.float64], IntN]:
        c = self.curriculum
        novice, experienced = self.approaches[c.approach].T
        asks = (c.approach != EXAMPLE) & (c.approach != EXPLANATION)
        help_ = self.guided_help * (c.approach != PRACTICE)
        items = [c.difficulty, help_, c.minutes, self.minutes_factor, novice, experienced - novice, asks]
        at_ready = (READY_AT - self.guess) / (1.0 - self.guess)
        ready = math.log(at_ready / (1.0 - at_ready)) / self.slope
        sharpness = 0.0 if math.isinf(self.sharpness) else self.sharpness
        constants = [self.slope, self.guess, self.feedback, sharpness, ready, MASTERED_AT, self.engagement]
        code = list(KERNELS).index(self.kernel)
        constants += [code, *_kernel_numbers(self.kernel, self.shape, self.slope)]
        skills = [self.learn, self.forget]
        return pack(c, constants, items, skills)


def _shape(kernel: str, given: Mapping[str, float] | None, wrong: Violations) -> dict[str, float]:
    if kernel not in KERNELS:
        raise unknown("kernel", str(kernel), KERNELS)
    if given is not None and not isinstance(given, Mapping):
        raise InputError(f"shape must map the kernel's parameters to numbers, not {given!r}")
    table = KERNELS[kernel]
    for name in given or {}:
        if name not in table:
            raise unknown(f"parameter of the kernel {kernel}", str(name), table)
    full = {**{name: entry[0] for name, entry in table.items()}, **(given or {})}
    read = {name: number(full[name], f"shape.{name}", *table[name][1:3], wrong, table[name][3]) for name in table}
    if "low" in read:
        wrong.unless(read["low"] < read["high"], f"shape.low={read['low']:g} must be below high={read['high']:g}")
    return read


def _kernel_numbers(kernel: str, shape: Mapping[str, float], slope: float) -> tuple[float, float, float]:
    """The three numbers that the compiled kernel needs; those that scale make its largest value 1."""
    if kernel == "success_variance":
        target = shape["target"]
        power = target / (1.0 - target)
        return power, 1.0 / (target**power * (1.0 - target)), 0.0
    if kernel == "assisted_band":
        largest = 1.0 / (1.0 + math.exp(-slope * shape["help"] / 2.0))
        return shape["help"], 1.0 / (largest * largest), 0.0
    first, second, *third = shape.values()
    return first, second, (third[0] if third else 0.0)
