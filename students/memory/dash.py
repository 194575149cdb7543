"""Students who remember by when and how well they answered before: DASH and DAS3H, counts in windows of time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations, unknown
from zpdgym.parameters import Choice, Number, Numbers, Table

from ..curriculum.curriculum import Curriculum
from ..model import FloatNM, IntN, State, Traits
from ..parameters import PerSkill, logits, logits_of, pack
from ..population import Population
from . import _dash
from .clock import Clocked

__all__ = ["DAS3H", "DASH"]

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


@dataclass(frozen=True)
class _Rows(Numbers):
    """One list of numbers for all skills, or one list for each."""

    def read(self, value: Any, name: str, wrong: Violations, sizes: Mapping[str, int]) -> Any:
        """A list of lists: a single one, or one for each skill."""
        rows = value if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str) else []
        if not (len(rows) and all(isinstance(row, Sequence | np.ndarray) for row in rows)):
            return [super().read(value, name, wrong, sizes)]
        wrong.unless(len(rows) == sizes["skill"], f"{name} has {len(rows)} lists for {sizes['skill']} skills")
        return [super(_Rows, self).read(row, f"{name}[{k}]", wrong, sizes) for k, row in enumerate(rows)]


WINDOWS = Numbers("lengths of the windows, increasing; the last may be infinite", low=1e-6, unit="days")
CAPACITY = Number(
    "how many of the last answers to a skill are kept with their time; older ones only count in an infinite window; "
    "none: 900 divided by the number of skills, at least 30",
    low=1, high=10000, whole=True, why="so many answers are kept", unit="answers", optional=True,
)  # fmt: skip


class _History(Clocked, kernels=_dash):
    """What DASH and DAS3H share: a clock, the times of the last answers to every skill, and their counts."""

    TRAITS: ClassVar[Traits] = logits_of("ability")

    lesson_draws = 1

    windows: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    easiness: npt.NDArray[np.float64]
    capacity: int

    def _read(
        self, curriculum: Curriculum, population: Population | None, given: Mapping[str, Any]
    ) -> tuple[Any, Violations]:
        """Check the arguments, and keep how many answers there is room for."""
        values, wrong = super()._read(curriculum, population, given)
        self.capacity = max(LEAST, ROOM // curriculum.n_skills) if values.capacity is None else values.capacity
        return values, wrong

    def _weigh(self, rows: Sequence[Sequence[float]], pairs: int, wrong: Violations) -> None:
        """Keep the weights, (1, 2W) for all skills or (K, 2W), and the windows that they belong to."""
        growing = all(a < b for a, b in pairwise(self.windows))
        wrong.unless(growing, f"windows=[{', '.join(f'{w:g}' for w in self.windows)}] must increase")
        self.weights = np.zeros((len(rows), 2 * pairs))
        for k, row in enumerate(rows):
            name = f"weights[{k}]" if len(rows) > 1 else "weights"
            fits = len(row) == 2 * pairs
            wrong.unless(fits, f"{name} has {len(row)} numbers, must have {2 * pairs}: two per window")
            if fits:
                self.weights[k] = row

    def _finish(self, kind: int, joint: bool, spans: npt.NDArray[np.float64]) -> None:
        """Pack the parameters, lay out the record, and declare what holds with these weights."""
        k, counts = self.curriculum.n_skills, kind == _dash.COUNTS
        finite = int(np.isfinite(self.windows).sum())
        ages_matter = {_dash.COUNTS: max(self.windows[:finite], default=0.0), _dash.MCM: max(self.windows, default=0.0)}
        longest = ages_matter.get(kind, math.inf) - TIE
        c = self.curriculum
        lengths, length = np.unique(c.minutes, return_inverse=True)
        skills = [self.easiness, *np.broadcast_to(self.weights, (k, self.weights.shape[1])).T]
        floats, ints = pack(c, [longest], [c.difficulty, c.minutes, length, c.asks], skills)
        table = max(SMALL, self.capacity + 1)
        logs = np.log(1.0 + np.arange(table))
        self._floats = np.concatenate([floats, lengths, self.windows - TIE, spans, logs])
        tail = [len(lengths), joint, kind, self.capacity, self.weights.shape[1] // 2, finite, table]
        self._ints = np.concatenate([ints, np.arange(k), np.array(tail, np.int64)])
        marks: list[Any] = [("clock", np.float64), ("ability", np.float64)]
        self._lay_out(*marks, ("history", np.float64, (k, _dash.RING + self.capacity)), draws=0)
        fading = self.weights[:, : 2 * finite] if counts else self.weights
        fades = {"forgetting_is_monotone", "never_improves_untaught"} if (fading >= 0.0).all() else set()
        p = self.curriculum.prerequisites
        ordered = all(self.easiness[c] <= self.easiness[p[c]].min(initial=math.inf) for c in range(k))
        starts = {"consistent_start"} if ordered else set()
        self.invariants = frozenset({"answer_then_learn", "elapse_composes"} | fades | starts)

    def _begin(self, state: State, rows: IntN, deviates: FloatNM, luck: FloatNM) -> None:
        """Day 0, without a history."""
        state["clock"][rows] = 0.0
        state["history"][rows] = 0.0
        state["ability"][rows] = deviates[:, 0]


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
        kernel, windows, …: see ``PARAMETERS``; ``zpdgym list student dash`` prints them.

    Raises:
        InputError: parameters out of range, all of them together; an unknown kernel.
    """

    PARAMETERS: ClassVar[Table] = {
        "kernel": Choice(
            "counts (DASH), mcm (counts that fade inside the windows) or act_r (a sum of powers of the ages instead of "
            "windows)",
            options=KERNELS,
        ),
        "windows": Numbers(
            "lengths of the windows, increasing, the last may be infinite; none: 1, 7, 30, infinite; not for act_r",
            low=1e-6, unit="days", optional=True,
        ),
        "weights": Numbers(
            "two per window, [n1, c1, n2, c2, …], of log(1 + answers) and log(1 + right answers), all added; for act_r "
            "[scale, decay, wrong, right]; none: those of the kernel",
            low=-10, high=10, unit="logits", optional=True,
        ),
        "bias": logits(
            "recall of a fact without a history, by a student of ability 0; none: that of the kernel",
            -10, 10, optional=True,
        ),
        "spans": Numbers(
            "for mcm, time in which an answer fades to 1/e in each window; none: the published ones",
            low=1e-6, unit="days", optional=True,
        ),
        "capacity": CAPACITY,
    }  # fmt: skip

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
        if not isinstance(kernel, str) or kernel not in KERNELS:
            raise unknown("kernel", str(kernel), KERNELS)
        values, wrong = self._read(curriculum, population, locals())
        self.kernel, (preset, preset_bias) = kernel, PRESETS[kernel]
        act_r = kernel == "act_r"
        wrong.unless(not act_r or windows is None, "windows: the kernel act_r has none")
        listed = WINDOWS_DASH if values.windows is None else values.windows
        self.windows = np.empty(0) if act_r else np.array(listed)
        self._weigh([preset if values.weights is None else values.weights], 2 if act_r else len(self.windows), wrong)
        positive = not act_r or bool((self.weights[:, : _dash.WRONG] >= 0.0).all())
        wrong.unless(positive, "weights: scale and decay of the kernel act_r must not be negative")
        self.bias = preset_bias if values.bias is None else values.bias
        self.easiness = np.full(curriculum.n_skills, self.bias)
        wrong.unless(kernel == "mcm" or spans is None, f"spans: the kernel {kernel} has none")
        self.spans = None
        if kernel == "mcm":
            self.spans = np.array(SPANS if values.spans is None else values.spans)
            fit = len(self.spans) == len(self.windows)
            wrong.unless(fit, f"spans has {len(self.spans)} numbers for {len(self.windows)} windows")
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
        windows, weights, …: see ``PARAMETERS``; ``zpdgym list student das3h`` prints them.

    Raises:
        InputError: parameters out of range, all of them together.
    """

    PARAMETERS: ClassVar[Table] = {
        "windows": WINDOWS,
        "weights": _Rows(
            "two per window, [n1, c1, n2, c2, …], of log(1 + answers) and log(1 + right answers), all added (the paper "
            "subtracts its weights of answers); one such list for all skills, or one for each",
            low=-10, high=10, unit="logits",
        ),
        "easiness": logits("beta, what a skill adds", -10, 10, each="skill"),
        "capacity": CAPACITY,
    }  # fmt: skip

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
        values, wrong = self._read(curriculum, population, locals())
        self.windows, self.easiness = np.array(values.windows), values.easiness
        self._weigh(values.weights, len(self.windows), wrong)
        wrong.raise_any()
        self._finish(_dash.COUNTS, True, np.zeros(len(self.windows)))
