"""Students who remember by when and how well they answered before: DASH and DAS3H, counts in windows of time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations, unknown

from ..curriculum.curriculum import EXAMPLE, EXPLANATION, Curriculum
from ..model import FloatN, FloatNK, FloatNM, IntN, Outcome, State, matrix
from ..parameters import number, pack, per_skill
from ..population import Population
from . import _dash

__all__ = ["DAS3H", "DASH"]

PerSkill: TypeAlias = float | Sequence[float] | npt.NDArray[np.float64]
Weights: TypeAlias = Sequence[float] | Sequence[Sequence[float]] | npt.NDArray[np.float64]

KERNELS = ("counts", "mcm", "act_r")
WINDOWS_DASH = (1.0, 7.0, 30.0, math.inf)
WINDOWS_DAS3H = (1.0 / 24.0, 1.0, 7.0, 30.0, math.inf)

PRESETS: dict[str, tuple[tuple[float, ...], float]] = {
    "counts": ((0.2024, 0.5967, 0.1255, 0.6039, -0.1485, 0.572, 0.0933, 0.4801), 0.787),
    "mcm": ((0.2783, 0.8131, 0.4252, 1.0056, -0.1527, 0.6455, 0.1409, 0.669), 0.843),
    "act_r": ((1.4164, 0.516, -0.0564, 1.9223), 1.0549),
}
"""Weights and bias of each kernel as the srs-benchmark starts from them (open-spaced-repetition, models/dash.py and
dash_act_r.py). Layout with windows: n1, c1, n7, c7, n30, c30, n inf, c inf (n answers, c right ones; all are added).
Layout of act_r: scale, decay, worth of a wrong answer, worth of a right answer."""

SPANS = (0.2434, 1.9739, 16.009, 129.8426)
"""Days in which an answer fades to 1/e in each of the windows of ``WINDOWS_DASH`` (srs-benchmark, DASH[MCM])."""

WEIGHTS_DAS3H = (0.05, 0.3, 0.05, 0.4, 0.1, 0.4, 0.05, 0.4, 0.05, 0.4)
"""Prior: of the size and sign of the weights fitted to Anki users' reviews (``PRESETS``), with an hour added."""

ROOM = 900  # answers that a student's rings hold by default, over all skills: a record of 30 skills stays below 8 KiB
LEAST = 30  # answers of one skill that they hold at least
SMALL = 128  # logarithms of so many counts are kept, and of all that a ring can hold
TIE = 1e-9  # days: answers this close to a window's end are as old as the window, whatever the clock's rounding says

_LOGITS = "it is in logits"


class _History:
    """What DASH and DAS3H share: a clock, the times of the last answers to every skill, and their counts."""

    traits = ("ability",)
    """Deviates: logits of ability."""

    discrete = False
    mastered_at = 0.95
    ready_at = 0.5
    lesson_draws = 1
    rest_draws = 0
    reports: frozenset[str] = frozenset()

    curriculum: Curriculum
    population: Population
    windows: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    easiness: npt.NDArray[np.float64]
    capacity: int

    def _start(self, curriculum: Curriculum, population: Population | None, capacity: int | None) -> Violations:
        wrong = Violations(type(self).__name__)
        self.curriculum, self.population = curriculum, population or Population()
        self.population.check_traits(self.traits, type(self).__name__)
        if capacity is None:
            capacity = max(LEAST, ROOM // curriculum.n_skills)
        good = isinstance(capacity, int) and not isinstance(capacity, bool) and 1 <= capacity <= 10000
        wrong.unless(good, f"capacity={capacity!r} must be a whole number in [1, 10000]: so many answers are kept")
        self.capacity = capacity
        return wrong

    def _finish(self, kind: int, joint: bool, spans: npt.NDArray[np.float64]) -> None:
        """Pack the parameters, lay out the record, and declare what holds with these weights."""
        k, counts = self.curriculum.n_skills, kind == _dash.COUNTS
        finite = int(np.isfinite(self.windows).sum())
        ages_matter = {_dash.COUNTS: max(self.windows[:finite], default=0.0), _dash.MCM: max(self.windows, default=0.0)}
        longest = ages_matter.get(kind, math.inf) - TIE
        self._floats, ints = self._pack(longest)
        table = max(SMALL, self.capacity + 1)
        self._floats = np.concatenate([self._floats, self.windows - TIE, spans, np.log(1.0 + np.arange(table))])
        windows = self.weights.shape[1] // 2
        self._ints = np.concatenate(
            [ints, np.arange(k), np.array([joint, kind, self.capacity, windows, finite, table], np.int64)]
        )
        marks: list[Any] = [("clock", np.float64), ("ability", np.float64)]
        self.dtype = np.dtype([("group", np.int64), *marks, ("history", np.float64, (k, _dash.RING + self.capacity))])
        self._population_draws = self.reset_draws = self.population.draws(self.traits)
        fading = self.weights[:, : 2 * finite] if counts else self.weights
        fades = {"forgetting_is_monotone", "never_improves_untaught"} if (fading >= 0.0).all() else set()
        p = self.curriculum.prerequisites
        ordered = all(self.easiness[c] <= self.easiness[p[c]].min(initial=math.inf) for c in range(k))
        starts = {"consistent_start"} if ordered else set()
        self.invariants = frozenset({"answer_then_learn", "elapse_composes"} | fades | starts)

    def _pack(self, longest: float) -> tuple[npt.NDArray[np.float64], IntN]:
        c = self.curriculum
        self._lengths, length = np.unique(c.minutes, return_inverse=True)
        asks = (c.approach != EXAMPLE) & (c.approach != EXPLANATION)
        skills = [self.easiness, *np.broadcast_to(self.weights, (c.n_skills, self.weights.shape[1])).T]
        return pack(c, [longest], [c.difficulty, c.minutes, length, asks], skills)

    def allocate(self, n: int) -> State:
        """Room for ``n`` students, not yet reset."""
        return np.zeros(n, self.dtype)

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Fresh students without a history, at day 0."""
        group, deviates = self.population.sample(u[:, : self._population_draws], self.traits)
        state["clock"][rows] = 0.0
        state["history"][rows] = 0.0
        state["group"][rows] = group
        state["ability"][rows] = deviates[:, 0]

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every item; of items that ask for none, if they asked."""
        return self.forecast(state, np.zeros(len(state)))[0]

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """The same for one chosen item each."""
        n = len(state)
        out, lists, room = np.empty(n), np.empty(n, np.int64), np.empty((n, self.curriculum.item_skills.shape[1]))
        _dash.p_correct(matrix(state), items, lists, room, out, self._floats, self._ints)
        return out

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Answer, note the answer with its time, then let the item's minutes pass. ``u``: the answer."""
        _dash.step(matrix(state), items, u, out, self._floats, self._ints)
        return out

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass: the clock moves, and answers grow older than the windows."""
        state["clock"] += days

    def mastery(self, state: State) -> FloatNK:
        """Recall now: P(right answer to an item of difficulty 0 on this skill alone), (N, K)."""
        return self.forecast(state, np.zeros(len(state)))[1]

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """Sum of the recalls."""
        _dash.mastery_sum(matrix(state), out, self._floats, self._ints)
        return out

    def expected_gain(self, state: State) -> FloatNM:
        """Expected change of the sum of recalls by each item now, its minutes included: (N, M), exact."""
        out = np.empty((len(state), self.curriculum.n_items))
        _dash.expected_gain(matrix(state), self._lengths, out, self._floats, self._ints)
        return out

    def forecast(self, state: State, days: FloatN) -> tuple[FloatNM, FloatNK]:
        """Right answers (N, M) and recall (N, K) after so many days without a lesson: exact, nothing is drawn."""
        p, mastery = np.empty((len(state), self.curriculum.n_items)), np.empty((len(state), self.curriculum.n_skills))
        _dash.forecast(matrix(state), days, p, mastery, self._floats, self._ints)
        return p, mastery


class DASH(_History):
    """A student whose recall of a fact follows from how often it was answered, and answered right, in recent time.

    Difficulty, ability and study history (Lindsey, Shroyer, Pashler & Mozer 2014): the logit of recall is
    ``bias + ability - difficulty + h``, and h adds up, over expanding windows of time, a weight times log(1 + answers)
    and another times log(1 + right answers). Answers count in the windows that they are strictly younger than. Each
    skill is one memory; an item with several skills needs all of them recalled. Answers first, then notes the answer.
    Nothing is hidden: the answers themselves change the student. Equations, defaults: docs/students/dash.md.

    Args:
        curriculum: what is to be remembered; difficulties shift the logit.
        population: individual differences in ``traits``; None: all students are alike.
        kernel: ``counts`` (DASH), ``mcm`` (counts that fade inside the windows) or ``act_r`` (a sum of powers of the
            ages instead of windows).
        windows: lengths in days, increasing, the last may be infinite; None: 1, 7, 30, inf. Not for ``act_r``.
        weights: two per window, [n1, c1, n2, c2, ...], of log(1 + answers) and log(1 + right answers), all added; for
            ``act_r`` [scale, decay, wrong, right]. None: ``PRESETS[kernel]``.
        bias: logit of recall of a fact without a history, by a student of ability 0; None: ``PRESETS[kernel]``.
        spans: for ``mcm``, days in which an answer fades to 1/e in each window; None: ``SPANS``.
        capacity: how many of the last answers to a skill are kept with their time; an older one only counts in an
            infinite window of ``counts``. None: 900 divided by the number of skills, at least 30.

    Raises:
        InputError: parameters out of range, all of them together; an unknown kernel.
    """

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        kernel: str = "counts",
        windows: Sequence[float] | None = None,
        weights: Sequence[float] | None = None,
        bias: float | None = None,
        spans: Sequence[float] | None = None,
        capacity: int | None = None,
    ) -> None:
        if kernel not in KERNELS:
            raise unknown("kernel", str(kernel), KERNELS)
        wrong = self._start(curriculum, population, capacity)
        self.kernel, (preset, preset_bias) = kernel, PRESETS[kernel]
        act_r = kernel == "act_r"
        wrong.unless(not act_r or windows is None, "windows: the kernel act_r has none")
        self.windows = np.empty(0) if act_r else _windows(WINDOWS_DASH if windows is None else windows, wrong)
        pairs = 2 if act_r else len(self.windows)
        self.weights = _weights(preset if weights is None else weights, pairs, 0, wrong)
        positive = not act_r or bool((self.weights[:, : _dash.WRONG] >= 0.0).all())
        wrong.unless(positive, "weights: scale and decay of the kernel act_r must not be negative")
        self.bias = number(preset_bias if bias is None else bias, "bias", -10.0, 10.0, wrong, _LOGITS)
        self.easiness = np.full(curriculum.n_skills, self.bias)
        wrong.unless(kernel == "mcm" or spans is None, f"spans: the kernel {kernel} has none")
        self.spans = _spans(SPANS if spans is None else spans, len(self.windows), wrong) if kernel == "mcm" else None
        wrong.raise_any()
        self._finish(KERNELS.index(kernel), False, np.zeros(len(self.windows)) if self.spans is None else self.spans)


class DAS3H(_History):
    """A student whose right answers follow from how often, how well and how recently each skill was practised.

    DASH for skills instead of facts (Choffin, Popineau, Bourda & Vie 2019): the logit of a right answer is
    ``ability - difficulty`` plus, for every skill of the item, its easiness and its own history in expanding windows
    of time. Answers count in the windows that they are strictly younger than. Answers first, then notes the answer.
    Nothing is hidden: the answers themselves change the student. Equations, defaults: docs/students/das3h.md.

    Args:
        curriculum: what is practised; difficulties are the equation's delta.
        population: individual differences in ``traits``; None: all students are alike.
        windows: lengths in days, increasing; the last may be infinite.
        weights: two per window, [n1, c1, n2, c2, ...], of log(1 + answers) and log(1 + right answers), all added (the
            paper subtracts its weights of answers); one such list for all skills, or one for each (K, 2W).
        easiness: beta, logits that a skill adds, per skill.
        capacity: how many of the last answers to a skill are kept with their time; older ones only count in an
            infinite window. None: 900 divided by the number of skills, at least 30.

    Raises:
        InputError: parameters out of range, all of them together.
    """

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        windows: Sequence[float] = WINDOWS_DAS3H,
        weights: Weights = WEIGHTS_DAS3H,
        easiness: PerSkill = -1.0,
        capacity: int | None = None,
    ) -> None:
        wrong = self._start(curriculum, population, capacity)
        self.windows = _windows(windows, wrong)
        self.weights = _weights(weights, len(self.windows), curriculum.n_skills, wrong)
        self.easiness = per_skill(easiness, "easiness", curriculum, -10.0, 10.0, wrong, _LOGITS)
        wrong.raise_any()
        self._finish(_dash.COUNTS, True, np.zeros(len(self.windows)))


def _listed(value: Any, name: str, wrong: Violations) -> list[Any]:
    """The numbers of a list, however it came (YAML, tuple, NumPy)."""
    good = isinstance(value, Sequence | np.ndarray) and not isinstance(value, str) and len(value) > 0
    wrong.unless(good, f"{name}={value!r} must be a list of numbers")
    return np.asarray(value).tolist() if isinstance(value, np.ndarray) else list(value) if good else []


def _windows(value: Any, wrong: Violations) -> npt.NDArray[np.float64]:
    listed = _listed(value, "windows", wrong)
    read = [number(v, f"windows[{w}]", 1e-6, math.inf, wrong, "it is in days") for w, v in enumerate(listed)]
    wrong.unless(all(a < b for a, b in pairwise(read)), f"windows={listed} must increase")
    return np.array(read)


def _weights(value: Any, pairs: int, n_skills: int, wrong: Violations) -> npt.NDArray[np.float64]:
    """(1, 2W) for all skills, or (K, 2W) where ``n_skills`` is not 0."""
    rows = _listed(value, "weights", wrong)
    if not (n_skills and rows and all(isinstance(row, Sequence | np.ndarray) for row in rows)):
        rows = [rows]
    else:
        wrong.unless(len(rows) == n_skills, f"weights has {len(rows)} lists for {n_skills} skills")
        rows = [_listed(row, f"weights[{k}]", wrong) for k, row in enumerate(rows)]
    table = np.zeros((len(rows), 2 * pairs))
    for k, row in enumerate(rows):
        name = f"weights[{k}]" if len(rows) > 1 else "weights"
        wrong.unless(len(row) == 2 * pairs, f"{name} has {len(row)} numbers, must have {2 * pairs}: two per window")
        if len(row) == 2 * pairs:
            table[k] = [number(v, f"{name}[{w}]", -10.0, 10.0, wrong, _LOGITS) for w, v in enumerate(row)]
    return table


def _spans(value: Any, n_windows: int, wrong: Violations) -> npt.NDArray[np.float64]:
    listed = _listed(value, "spans", wrong)
    wrong.unless(len(listed) == n_windows, f"spans has {len(listed)} numbers for {n_windows} windows")
    return np.array([number(v, f"spans[{w}]", 1e-6, math.inf, wrong, "it is in days") for w, v in enumerate(listed)])
