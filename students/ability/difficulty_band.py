"""Students who learn most from items of the right difficulty: the "ZPD" student, under its more exact name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, unknown
from zpdgym.parameters import Number, Parameter, Switch, Table

from ..curriculum.curriculum import PRACTICE, Curriculum
from ..exam import Sat
from ..model import FloatN, FloatNK, FloatNM, IntN, KernelModel, State, Traits
from ..parameters import MINUTES, PerSkill, approach_factors, logits, minutes_factors, pack, share
from ..population import Population, normals
from . import _difficulty_band
from ._difficulty_band import FLOW

__all__ = ["DifficultyBandLearner"]


APPROACHES_DEFAULT = {"practice": (1.0, 1.0), "example": (1.8, 0.5), "explanation": (1.4, 0.7), "guided": (1.3, 0.9)}
"""Factors on the gain, for a novice and for an experienced learner of the skill (prior)."""


def _logits(low: float, high: float) -> Number:
    return Number("", low=low, high=high, unit="logits")


def _success(low: float, high: float) -> Number:
    return Number("", low=low, high=high, why="it is a probability of success")


KERNELS: dict[str, dict[str, tuple[float, Number]]] = {
    "gaussian": {"center": (0.5, _logits(-10, 10)), "width": (1.0, _logits(1e-3, 10))},
    "success_variance": {"target": (0.5, _success(0.01, 0.99))},
    "band": {"low": (0.1, _success(0, 1)), "high": (0.9, _success(0, 1))},
    "challenge": {
        "center": (0.5, _logits(-10, 10)),
        "width": (1.0, _logits(1e-3, 10)),
        "ceiling": (4.0, _logits(0.1, 20)),
    },
    "trapezoid": {"low": (-0.5, _logits(-10, 10)), "high": (1.5, _logits(-10, 10)), "edge": (0.25, _logits(1e-2, 10))},
    "assisted_band": {"help": (2.0, _logits(0.01, 10))},
}
"""The gain kernels with their parameters: default, and what is allowed. Order as in ``_difficulty_band``."""

MASTERED_AT = 0.95
READY_AT = 0.5

START_SD = logits("spread of the start abilities over the skills of one student", 0, 5)
ANSWERS: Table = {
    "slope": Number("discrimination of all items", low=0.01, high=10, why="it is a discrimination"),
    "guess": Number(
        "chance of a right answer without any ability",
        low=0, high=0.49, unit="probability", why="it is a probability below .5",
    ),
}  # fmt: skip


class GrowingAbility(KernelModel):
    """What the difficulty-band student and the whole learner share: scattered abilities, and how items are packed."""

    exam_fields = ("mastery", "affect")
    """What ``mastery`` reads, and what is 0 for everybody in an exam; see ``exam_kernels``."""
    discrete = False
    mastered_at = MASTERED_AT
    ready_at = READY_AT
    start: npt.NDArray[np.float64]
    start_sd: float
    slope: float
    guess: float
    guided_help: float
    approaches: npt.NDArray[np.float64]
    minutes_factor: npt.NDArray[np.float64]

    def _begin(self, state: State, rows: IntN, deviates: FloatNM, luck: FloatNM) -> None:
        """One draw per start ability; the kernel caps them by their prerequisites'."""
        drawn = self.start + self.start_sd * normals(luck)
        super()._begin(state, rows, deviates, drawn)

    def mastery(self, state: State) -> FloatNK:
        """Probability of a right answer to each skill's reference item, alone and attentive: (N, K)."""
        return np.array(state["mastery"])

    def p_exam(self, state: State, items: IntN, days: FloatN | None = None, u: FloatNM | None = None) -> FloatNM:
        """Chances of right answers in an exam, (N, len(items)): everybody comes to it in flow."""
        later = state.copy()
        if days is not None:
            self.elapse(later, days, np.zeros((len(later), 0)))
        later["affect"] = FLOW
        return self.p_some(later, items)

    def sit_exam(self, state: State, items: IntN, days: FloatN, u: FloatNM) -> Sat:
        """Chances of right answers in an exam now and after these days, and mastery then."""
        later = state.copy()
        self.elapse(later, days, u)
        mastery = self.mastery(later)
        later["affect"] = FLOW
        return self.p_exam(state, items), self.p_some(later, items), mastery

    def _items(self) -> list[Any]:
        """The packed columns of the items."""
        c = self.curriculum
        novice, experienced = self.approaches[c.approach].T
        help_ = self.guided_help * (c.approach != PRACTICE)
        return [c.difficulty, help_, c.minutes, self.minutes_factor, novice, experienced - novice, c.asks]

    def _ready(self) -> float:
        """The ability at which the reference item is answered right with ``READY_AT``."""
        at_ready = (READY_AT - self.guess) / (1.0 - self.guess)
        return math.log(at_ready / (1.0 - at_ready)) / self.slope


class DifficultyBandLearner(GrowingAbility, kernels=_difficulty_band):
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
        start, start_sd, …: see ``PARAMETERS``.

    Raises:
        InputError: parameters out of range, all of them together; an unknown kernel or shape parameter.
    """

    TRAITS: ClassVar[Traits] = {
        "ability": "logits of ability",
        "learn": "logarithm of the gain",
        "forget": "logarithm of the forgetting rate",
        "engagement": "logits of not giving up",
    }

    PARAMETERS: ClassVar[Table] = {
        "start": logits(
            "ability at the start, for which the reference item has difficulty 0; no skill starts above its weakest "
            "prerequisite", -10, 10, each="skill",
        ),
        "start_sd": START_SD,
        "learn": logits(
            "largest gain of one lesson, from a practice item of the reference length", 0, 10, each="skill",
        ),
        "kernel": Parameter("how the gain depends on difficulty minus ability", allowed=", ".join(KERNELS)),
        "shape": Parameter(
            "the kernel's parameters that differ from its defaults", allowed="see the page", optional=True
        ),
        "feedback": share("share of the gain that a wrong answer leaves", of="the gain"),
        **ANSWERS,
        "guided_help": logits(
            "by how much help lowers the difficulty of guided items, examples and explanations", 0, 10,
        ),
        "forget": Number("rate at which gained ability decays", low=0, high=100, unit="per day", each="skill"),
        "sharpness": Number(
            "steepness of the prerequisite gate; infinite: a hard gate at ready_at",
            low=0.01, unit="per logit", why="it is a steepness",
        ),
        "approaches": Parameter(
            "factors on the gain for a novice and for an experienced learner, by approach",
            allowed="approach: [novice, experienced], each in [0, 100]", optional=True,
        ),
        **MINUTES,
        "engagement": Switch("whether students get bored or frustrated and may give up, or are always attentive"),
    }  # fmt: skip

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
        values, wrong = self._read(curriculum, population, locals())
        self.start, self.start_sd, self.learn, self.forget = values.start, values.start_sd, values.learn, values.forget
        self.kernel, self.shape = kernel, _shape(kernel, shape, wrong)
        self.feedback, self.slope, self.guess = values.feedback, values.slope, values.guess
        self.guided_help, self.sharpness, self.engagement = values.guided_help, values.sharpness, values.engagement
        self.approaches = approach_factors(approaches, APPROACHES_DEFAULT, wrong)
        wrong.raise_any()
        self.minutes_factor = minutes_factors(
            curriculum,
            reference=values.reference_minutes, overhead=values.overhead_minutes, power=values.minutes_power,
        )  # fmt: skip
        self._floats, self._ints = self._pack()
        k = curriculum.n_skills
        marks: list[Any] = [(name, np.float64) for name in ("learn", "forget", "engagement", "affect", "streak")]
        self._lay_out(*marks, *((name, np.float64, (k,)) for name in ("ability", "start", "mastery")), draws=k)
        self.lesson_draws = 3 if self.engagement else 1
        self.reports = frozenset({"quit"}) if self.engagement else frozenset()
        self.invariants = frozenset(
            {"answer_then_learn", "consistent_start", "elapse_composes", "lessons_never_hurt"}
            | {"forgetting_is_monotone", "never_improves_untaught"}
            | ({"no_learning_without_prerequisite"} if math.isinf(self.sharpness) else set())
        )

    def _pack(self) -> tuple[npt.NDArray[np.float64], IntN]:
        sharpness = 0.0 if math.isinf(self.sharpness) else self.sharpness
        constants = [self.slope, self.guess, self.feedback, sharpness, self._ready(), MASTERED_AT, self.engagement]
        code = list(KERNELS).index(self.kernel)
        constants += [code, *_kernel_numbers(self.kernel, self.shape, self.slope)]
        return pack(self.curriculum, constants, self._items(), [self.learn, self.forget])


def _shape(kernel: str, given: Mapping[str, float] | None, wrong: Violations) -> dict[str, float]:
    if not isinstance(kernel, str) or kernel not in KERNELS:
        raise unknown("kernel", str(kernel), KERNELS)
    if given is not None and not isinstance(given, Mapping):
        raise InputError(f"shape must map the kernel's parameters to numbers, not {given!r}")
    table = KERNELS[kernel]
    for name in given or {}:
        if name not in table:
            raise unknown(f"parameter of the kernel {kernel}", str(name), table)
    full = {**{name: entry[0] for name, entry in table.items()}, **(given or {})}
    read = {name: float(table[name][1].one(full[name], f"shape.{name}", wrong)) for name in table}
    if "low" in read:
        wrong.unless(read["low"] < read["high"], f"shape.low={read['low']:g} must be below high={read['high']:g}")
    return read


def band_scale(help_: float, slope: float) -> float:
    """What makes the largest value of the assisted band 1: it lies half the help above the ability."""
    largest = 1.0 / (1.0 + math.exp(-slope * help_ / 2.0))
    return 1.0 / (largest * largest)


def _kernel_numbers(kernel: str, shape: Mapping[str, float], slope: float) -> tuple[float, float, float]:
    """The three numbers that the compiled kernel needs; those that scale make its largest value 1."""
    if kernel == "success_variance":
        target = shape["target"]
        power = target / (1.0 - target)
        return power, 1.0 / (target**power * (1.0 - target)), 0.0
    if kernel == "assisted_band":
        return shape["help"], band_scale(shape["help"], slope), 0.0
    first, second, *third = shape.values()
    return first, second, (third[0] if third else 0.0)
