"""Students who remember and forget facts as the spaced-repetition scheduler FSRS says people do."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from zpdgym.errors import InputError, Violations, unknown
from zpdgym.parameters import Choice, Number, Parameter, Switch, Table

from ..curriculum.curriculum import Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, Traits, matrix
from ..parameters import PerSkill, odds, pack, probability, share
from ..population import Population, normals
from . import _fsrs, _fsrs_exam
from ._fsrs import BLOCK, DIFFICULTY, MINUTES_PER_DAY, N_WEIGHTS, PER_MEMORY, REST, S_MAX, S_MIN, STABILITY
from .clock import FORGETS, Clocked

__all__ = ["FSRS"]


WEIGHTS: dict[str, tuple[float, ...]] = {
    "4.5": (
        0.4872, 1.4003, 3.7145, 13.8206, 5.1618, 1.2298, 0.8975, 0.031, 1.6474, 0.1367, 1.0461, 2.1072, 0.0793, 0.3246,
        1.587, 0.2272, 2.8755,
    ),
    "5": (
        0.40255, 1.18385, 3.173, 15.69105, 7.1949, 0.5345, 1.4604, 0.0046, 1.54575, 0.1192, 1.01925, 1.9395, 0.11,
        0.29605, 2.2698, 0.2315, 2.9898, 0.51655, 0.6621,
    ),
    "6": (
        0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796, 1.4835, 0.0614, 0.2629,
        1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
    ),
}  # fmt: skip
"""The published default weights of each version: medians over some 10 000 collections of Anki users (versions 5, 6)."""

SPREAD: dict[str, tuple[float, ...]] = {
    "5": (
        6.61, 9.52, 17.69, 27.74, 0.55, 0.28, 0.67, 0.12, 0.4, 0.18, 0.34, 0.27, 0.08, 0.14, 0.57, 0.25, 1.03, 0.27,
        0.39,
    ),
    "6": (
        6.43, 9.66, 17.58, 27.85, 0.57, 0.28, 0.6, 0.12, 0.39, 0.18, 0.33, 0.3, 0.09, 0.16, 0.57, 0.25, 1.03, 0.31,
        0.32, 0.14, 0.27,
    ),
}  # fmt: skip
"""The published standard deviation of each weight between these people (the prior of the FSRS optimizer)."""

_BOUNDS: tuple[tuple[float, float], ...] = (
    *((S_MIN, 100.0),) * 4, (1.0, 10.0), (0.001, 4.0), (0.001, 4.0), (0.001, 0.75), (0.0, 4.5), (0.0, 0.8),
    (0.001, 3.5), (0.001, 5.0), (0.001, 0.25), (0.001, 0.9), (0.0, 4.0), (0.0, 1.0), (1.0, 6.0), (0.0, 2.0),
    (0.0, 2.0), (0.0, 0.8), (0.1, 0.8),
)  # fmt: skip
BOUNDS: dict[str, tuple[tuple[float, float], ...]] = {
    "4.5": (
        *((S_MIN, 100.0),) * 4, (0.0, 10.0), (0.01, 5.0), (0.01, 5.0), (0.0, 0.8), (0.0, 6.0), (0.0, 0.8),
        (0.01, 5.0), (0.2, 6.0), (0.01, 0.4), (0.01, 0.9), (0.01, 4.0), (0.0, 1.0), (1.0, 10.0),
    ),
    "5": _BOUNDS[:19],
    "6": _BOUNDS,
}  # fmt: skip
"""What each weight may be: version 6 as in py-fsrs, 5 and 4.5 as in the benchmark of its makers."""

_FIXED = {"4.5": (0.0, 0.0, 0.0, 0.5), "5": (0.0, 0.5), "6": ()}  # what a version lacks of the 21 weights of FSRS-6


class FSRS(Clocked, kernels=_fsrs):
    """A student who remembers facts: each memory has a stability, a difficulty, and fades between reviews.

    FSRS ("free spaced repetition scheduler") describes a memory by its stability S (days until recall falls to .9),
    its difficulty D (1 to 10), and the time since the last review. Here it plays the student: a fact is recalled
    with the probability that FSRS predicts, and every review changes S and D by its equations. Never met facts are
    known with ``p_first``. Equations and the source of every default: docs/students/fsrs.md.

    Args:
        curriculum: what is taught; every skill is one memory. Prerequisites and items' difficulty play no part.
        population: individual differences in ``traits``; None: all students are alike but for ``people``.
        version, weights, …: see ``PARAMETERS``; ``zpdgym list student fsrs6`` prints them.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Ye, Su & Cao 2022 (KDD, 10.1145/3534678.3539081) for the idea; py-fsrs 6.3.2 for the equations of version 6,
    open-spaced-repetition/srs-benchmark for 4.5 and 5.
    """

    TRAITS: ClassVar[Traits] = {
        "prior": "logits of p_first",
        "learn": "logarithm of the growth of stability by a success",
        "forget": "logarithm of the speed of time",
    }

    PARAMETERS: ClassVar[Table] = {
        "version": Choice("which FSRS", options=tuple(reversed(WEIGHTS))),
        "weights": Parameter(
            "the 21, 19 or 17 weights of that version; none: the published defaults",
            allowed="bounds of the FSRS optimizer", optional=True,
        ),
        "people": Switch(
            "whether every student has weights of their own, with the published spread between people (versions 5, 6)"
        ),
        "p_first": probability("chance of a right answer to a skill never met", each="skill"),
        "hard": share("share of hard among the ratings of what was recalled", of="the right answers"),
        "easy": share("share of easy among them; the rest is good", of="the right answers"),
        "whole_days": Switch(
            "whether only whole days since the last review count, as schedulers do; else time is continuous"
        ),
    }  # fmt: skip

    ready_at = 0.9
    reports: frozenset[str] = frozenset({"rating"})

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        version: str = "6",
        weights: Sequence[float] | None = None,
        people: bool = False,
        p_first: PerSkill = 0.2,
        hard: float = 0.1,
        easy: float = 0.1,
        whole_days: bool = False,
    ) -> None:
        self.version = str(version)  # a YAML file may say 6 instead of "6"
        if self.version not in WEIGHTS:
            raise unknown("version of FSRS", self.version, WEIGHTS)
        values, wrong = self._read(curriculum, population, {**locals(), "version": self.version})
        self.people, self.whole_days = values.people, values.whole_days
        self.p_first, self.hard, self.easy = values.p_first, values.hard, values.easy
        self.weights = _weights(weights, self.version, wrong)
        text = f"people=true needs version 5 or 6: the spread between people of {self.version} was not published"
        wrong.unless(not self.people or self.version in SPREAD, text)
        wrong.unless(self.hard + self.easy <= 1.0, f"hard={hard!r} and easy={easy!r} must sum to 1 at most")
        wrong.raise_any()
        self.weight_bounds = _bounds(self.version)
        self.spread = _spread(self.weights, self.version) if self.people else np.zeros(N_WEIGHTS)
        self._people = np.array([self.weights, self.spread, *self.weight_bounds])
        self._floats, self._ints = self._pack()
        marks = [(name, np.float64) for name in ("prior", "clock", "growth", "factor")]
        block = [("weights", np.float64, (N_WEIGHTS,)), ("cap", np.float64), ("target", np.float64)]
        memory = ("memory", np.float64, (curriculum.n_skills, PER_MEMORY))
        self._lay_out(*marks, *(block if self.people else []), memory, draws=(N_WEIGHTS - 3) * self.people)
        self.lesson_draws = curriculum.item_skills.shape[1]
        parents = np.where(curriculum.prerequisites, self.p_first[None, :], 1.0).min(axis=1)
        self.invariants = FORGETS | ({"consistent_start"} if bool((self.p_first <= parents).all()) else set())

    def _begin(self, state: State, rows: IntN, deviates: FloatNM, luck: FloatNM) -> None:
        """Day 0: people's own weights; nothing has been met."""
        normal = normals(luck) if self.people else np.zeros((len(rows), N_WEIGHTS - 3))
        _fsrs.reset(matrix(state), rows, deviates, normal, self._people, self._floats, self._ints)

    @property
    def step_kernel(self) -> Callable[..., None]:
        """Compiled for students who are alike, or for people with weights of their own."""
        return _fsrs.step_for(self.people)

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Recall each skill of the item or not, rate, then let its minutes pass. ``u``: one draw per skill."""
        self.step_kernel(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def exam_gain(self, state: State, days: FloatN, items: IntN) -> FloatNM:
        """What each item's lesson now adds to the expected share of ``items`` right after some days: (N, M), exact."""
        out = np.empty((len(state), self.curriculum.n_items))
        _fsrs_exam.exam_gain(matrix(state), days, items, out, self._floats, self._ints)
        return out

    def review(self, state: State, skills: IntN, ratings: IntN) -> None:
        """Write given ratings into the memories, at the students' own clocks; no time passes.

        Args:
            state: (N,) students, changed in place.
            skills: (N,) the skill that each reviews; -1 where nobody does.
            ratings: (N,) 1 again, 2 hard, 3 good, 4 easy.

        Raises:
            InputError: a skill or a rating that does not exist.
        """
        skills, ratings = np.asarray(skills, np.int64), np.asarray(ratings, np.int64)
        wrong, taught = Violations("review"), skills >= 0
        good = ((ratings >= 1) & (ratings <= 4)) | ~taught
        wrong.unless(bool(good.all()), "ratings must be 1 (again), 2 (hard), 3 (good) or 4 (easy)")
        last = self.curriculum.n_skills - 1
        wrong.unless(bool(((skills >= -1) & (skills <= last)).all()), f"skills must be 0 … {last}, or -1 for none")
        wrong.raise_any()
        _fsrs.review(matrix(state), skills, ratings, self._floats, self._ints)

    def retrievability(self, state: State) -> FloatNK:
        """R, the recall now of what has been reviewed: (N, K); 0 where nothing was, as in the scheduler."""
        out = np.empty((len(state), self.curriculum.n_skills))
        _fsrs.recall(matrix(state), np.zeros(len(state)), 0.0, out, self._floats, self._ints)
        return out

    def interval(self, state: State, retention: float = 0.9) -> FloatNK:
        """After how many whole days since its last review each memory is due: (N, K), from 1 to 36500; 0: never met.

        Args:
            state: (N,) students.
            retention: the recall at which a memory is due, in (0, 1).

        Raises:
            InputError: ``retention`` outside (0, 1).
        """
        if not 0.0 < retention < 1.0:
            raise InputError(f"retention={retention!r} must lie between 0 and 1: it is a probability of recall")
        decay = state["weights"][:, -1] if self.people else self.weights[-1]
        stretch = (retention ** (-1.0 / decay) - 1.0) / state["factor"]
        stability = self.stability(state)
        return np.where(stability > 0.0, np.clip(np.rint(stability * stretch[:, None]), 1.0, S_MAX), 0.0)

    def stability(self, state: State) -> FloatNK:
        """S in days: (N, K); 0 where nothing was reviewed."""
        return state["memory"][:, :, STABILITY].copy()

    def difficulty(self, state: State) -> FloatNK:
        """D, 1 (easy) to 10: (N, K); 0 where nothing was reviewed."""
        return state["memory"][:, :, DIFFICULTY].copy()

    def _pack(self) -> tuple[FloatN, IntN]:
        """The kernels' two arrays."""
        c = self.curriculum
        lengths, index = np.unique(c.minutes / MINUTES_PER_DAY, return_inverse=True)
        tail = [self.people, REST + BLOCK * self.people, len(lengths)]
        switches = [self.version == "4.5", self.version != "4.5", self.version == "6"]  # linear, same day, floored
        constants = [self.hard, self.easy, self.whole_days, *switches]
        floats, ints = pack(c, constants, [c.minutes, c.asks, index], [odds(self.p_first)])
        return np.concatenate([floats, lengths, self._block()]), np.append(ints, np.array(tail, np.int64))

    def _block(self) -> FloatN:
        """(23,) what everybody's weights are, if they are alike, and what follows from them."""
        w = self.weights
        cap = math.exp(-w[17] * w[18])
        target = w[4] if self.version == "4.5" else w[4] - math.exp(3.0 * w[5]) + 1.0
        return np.array([*w, cap, target])


def _weights(given: Any, version: str, wrong: Violations) -> FloatN:
    """(21,) weights in the numbering of FSRS-6."""
    default, listed = WEIGHTS[version], given
    if given is None:
        listed = default
    elif isinstance(given, str) or not isinstance(given, Sequence | np.ndarray) or len(given) != len(default):
        wrong.unless(False, f"weights={given!r} must be {len(default)} numbers, as version {version} has")
        listed = default
    numbers = [Number("", low=low, high=high, why="a bound of the FSRS optimizer") for low, high in BOUNDS[version]]
    read = [each.one(v, f"weights[{j}]", wrong) for j, (v, each) in enumerate(zip(listed, numbers, strict=True))]
    return np.array([*read, *_FIXED[version]])


def _bounds(version: str) -> tuple[FloatN, FloatN]:
    """(21,) lower and (21,) upper bounds; what a version does not have is bound to its fixed value."""
    low, high = zip(*BOUNDS[version], strict=True)
    return np.array([*low, *_FIXED[version]]), np.array([*high, *_FIXED[version]])


def _spread(weights: FloatN, version: str) -> FloatN:
    """(21,) sd of the normal deviates that give each weight, held to its bounds, the published sd.

    A fit that runs against a bound stops there, so many people's weights lie at one. A normal deviate around the
    median, cut at the bounds, does the same and keeps the median; its sd shrinks by the cut, and is widened for that.
    """
    given = len(SPREAD[version])
    low, high = (bound[:given] for bound in _bounds(version))
    median, wanted, log = weights[:given], np.array(SPREAD[version]), np.arange(given) < 4
    z = normals((np.arange(1000) + 0.5) / 1000)[:, None]
    narrow, wide = np.zeros(given), np.where(log, 20.0, 20.0 * (high - low))
    for _ in range(50):
        middle = 0.5 * (narrow + wide)
        moved = np.where(log, median * np.exp(np.where(log, middle, 0.0) * z), median + middle * z)
        enough = np.clip(moved, low, high).std(axis=0) >= wanted
        narrow, wide = np.where(enough, narrow, middle), np.where(enough, middle, wide)
    return np.append(0.5 * (narrow + wide), np.zeros(N_WEIGHTS - given))
