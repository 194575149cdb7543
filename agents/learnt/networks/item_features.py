"""What the item scorer is told about every item that may be shown now: a compact table, made by one kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ....students.curriculum.curriculum import APPROACHES
from ...lasting import GRID, lasting
from ...problem import Believed, must_foresee
from ._item_features import OPEN, describe, fill_table, of_bugs, open_items, take

if TYPE_CHECKING:
    from ...problem import Problem

__all__ = ["ItemFeatures"]

ROW = ("unknown", "unlocks", "kept", "practised", "failed", "accuracy")
"""Derived per row: (1 - belief) x ready, or ``open`` where the belief itself says it; how much knowing it would open;
the share of it that lasts until the exam; how far from new it is, n / (n + 3) after n lessons; f / (f + 3) after f
lessons without a right answer; share of right answers, (right + 1) / (lessons + 2)."""
PREDICTED = ("gain", "log_gain", "log_gain_per_cost", "p_correct", "kept_gain", "log_ready")
"""What the tutor's own model says of an item: the gain in skills, its logarithm, the same per share of the budget, the
probability of a right answer, the gain times the share that lasts until the exam, and the logarithm of ``ready`` (of
the least ready skill, at least .01)."""

CONSTANT = ("difficulty", "log_cost", *APPROACHES, "p_unknown", "p_known", "gain_unknown", "gain_half",
            "descendants", "extra_skills", "finish")  # fmt: skip
"""What never changes about an item."""

OVERALL = ("mean_belief", "mean_unknown", "share_open", "accuracy_so_far")
POOLED = ("mean_unknown", "spread", "share_open", "best_gain", "best_gain_per_cost", "accuracy_so_far")
PRIOR = ("log_gain_per_cost", "log_ready")
"""The features that an untrained scorer ranks items by: what the tutor's belief predicts per minute, and readiness."""
N_ROW, N_PREDICTED = len(ROW), len(PREDICTED)
PREDICTIONS = 2**18
"""What was predicted of an item is kept for so many pairs of a student and an item: 8 MB."""
LOOKED_UP = ("columns", "item_rows", "children", "gain", "right", "kept", "constant")
"""The tables that the kernel ``describe`` looks up, in its order."""


class Described(NamedTuple):
    """The items that may be shown to each of B students: P pairs of a student and an action, student by student.

    Their features are not written out pair by pair: what many pairs have in common stands once.

    Attributes:
        start: (B + 1,) int64; the pairs of student b are ``start[b]`` … ``start[b + 1] - 1``.
        action: (P,) int64, rising within each student.
        predicted: (P, 6) float32, what the belief predicts for the pair.
        first_row: (B + 1,) int64; the rows of student b are ``first_row[b]`` … ``first_row[b + 1] - 1``.
        place: (P, S) int64, which of the student's rows the item's skills have; -1: no more of them.
        rows: (U, F + 6) float32, the rows of the observations that any pair looks at, with what is derived from them.
        overall: (B, 4) float32, all skills of a student together.
        pooled: (B, G) float32, features of the whole observation; (0, G) where nobody asks for them.
    """

    start: npt.NDArray[np.int64]
    action: npt.NDArray[np.int64]
    predicted: npt.NDArray[np.float32]
    first_row: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    rows: npt.NDArray[np.float32]
    overall: npt.NDArray[np.float32]
    pooled: npt.NDArray[np.float32]


class Scored(NamedTuple):
    """The same pairs with all of their features in one table, for networks that read a table.

    Attributes:
        start: (B + 1,) int64; the pairs of student b are ``start[b]`` … ``start[b + 1] - 1``.
        action: (P,) int64, rising within each student.
        x: (P, D) float32, features of the pair; ``ItemFeatures.names`` says what they are.
        pooled: (B, G) float32, features of the whole observation.
        obs: (B, R, F) float32, the observation itself, for networks that look at all of its rows.
    """

    start: npt.NDArray[np.int64]
    action: npt.NDArray[np.int64]
    x: npt.NDArray[np.float32]
    pooled: npt.NDArray[np.float32]
    obs: npt.NDArray[np.float32] | None = None

    def take(self, rows: npt.NDArray[np.int64]) -> Scored:
        """The same for some of the students, in this order."""
        start = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(self.start[rows + 1] - self.start[rows], out=start[1:])
        action, x = np.empty(start[-1], np.int64), np.empty((start[-1], self.x.shape[1]), np.float32)
        take(self.start, self.action, self.x, rows, start, action, x)
        return Scored(start, action, x, self.pooled[rows], None if self.obs is None else self.obs[rows])


class ItemFeatures:
    """Describes the items that may be shown now by what the tutor sees and believes; nothing here is trained.

    An item's features are the observation's columns and ``ROW`` in the rows of its skills (their mean), what the
    tutor's belief predicts for it (``PREDICTED``), what never changes about it (``CONSTANT``) and all skills together
    in three numbers (``OVERALL``). Predictions are looked up in tables over levels of belief, so every kind of belief
    serves. Networks standardise the features by ``scale`` and ``pooled_scale`` (mean, 1 / standard deviation).

    Args:
        arrays: the tables, as ``ItemFeatures.of`` makes them and a teacher's file holds them.
        ready_at: an item is scored only when each of its skills has ``ready`` of at least this …
        done_at: … and not all of them are believed known to at least this degree. Where that leaves no item, every
            action that the scenario allows is scored.
    """

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], *, ready_at: float, done_at: float) -> None:
        self.arrays = arrays
        self.ready_at = ready_at
        self.done_at = done_at
        self._kept = (np.empty((0, 0, 5), np.float32), np.empty((0, 0, 2)))
        self.n_features = arrays["scale"].shape[1]
        self.n_pooled = arrays["pooled_scale"].shape[1]
        self.prior_predicted = np.array([PREDICTED.index(name) for name in PRIOR])
        self.prior = self.n_pooled - len(POOLED) + N_ROW + self.prior_predicted

    @classmethod
    def of(cls, problem: Problem, *, ready_at: float, done_at: float) -> ItemFeatures:
        """The features of one problem, not yet standardised."""
        must_foresee(problem, "a scorer of items")
        return cls(_tables(problem), ready_at=ready_at, done_at=done_at)

    @staticmethod
    def names(columns: tuple[str, ...]) -> tuple[str, ...]:
        """The D names of the features of a pair, for an observation with these columns."""
        return (*columns, *ROW, *PREDICTED, *(f"item_{c}" for c in CONSTANT), *OVERALL)

    @staticmethod
    def widths(n_columns: int) -> tuple[int, int]:
        """D and G: how many features a pair and a whole observation have, for that many columns."""
        return n_columns + N_ROW + N_PREDICTED + len(CONSTANT) + len(OVERALL), n_columns + len(POOLED)

    @staticmethod
    def shapes(card: dict[str, Any], weights: dict[str, npt.NDArray[Any]]) -> dict[str, tuple[int, ...]]:
        """The shapes that the tables of a teacher with this card must have."""
        n_items = card["n_items"]
        n_rows = card["n_skills"] if card["rows"] == "skills" else n_items
        width, pooled = ItemFeatures.widths(len(card["columns"]))
        n_columns, n_slots = max(len(weights["constant.columns"]), OPEN), weights["constant.item_rows"].shape[1]
        joint, bugs = n_columns > OPEN, max(n_columns - OPEN - 1, 0)
        of_problems = not bugs and weights["constant.right"].shape[1] > GRID
        practised = max(weights["constant.gain"].shape[1] - GRID - 1, 0) // 2 if joint else 0
        shapes = {
            "columns": (n_columns,),
            "item_rows": (n_items, n_slots),
            "children": (n_rows, weights["constant.children"].shape[1]),
            "gain": (n_items, GRID + joint + 2 * practised),
            "right": (n_items, GRID + (n_slots if of_problems else of_bugs(bugs))),
            "kept": (n_rows, GRID),
            "constant": (n_items + 1, len(CONSTANT)),
            "scale": (2, width),
            "pooled_scale": (2, pooled),
        }
        return {f"constant.{name}": shape for name, shape in shapes.items()}

    @staticmethod
    def in_bounds(card: dict[str, Any], weights: dict[str, npt.NDArray[Any]]) -> bool:
        """Whether every index in the tables points to a row or column that exists."""
        n_rows = card["n_skills"] if card["rows"] == "skills" else card["n_items"]
        columns, rows, children = (weights[f"constant.{name}"] for name in ("columns", "item_rows", "children"))
        whole = all(table.dtype == np.int64 for table in (columns, rows, children))
        inside = [((t >= -1) & (t < n)).all() for t, n in ((columns[:5], len(card["columns"])), (rows, n_rows))]
        inside.append(((children >= -1) & (children < n_rows)).all())
        inside.append(((columns[OPEN:] >= 0) & (columns[OPEN:] < len(card["columns"]))).all())
        known = (columns[:2] >= 0).all() and (rows.max(axis=1) >= 0).all() and columns[5] >= 1
        return whole and all(inside) and bool(known)

    def standardise(self, obs: npt.NDArray[np.float32], masks: npt.NDArray[np.bool_]) -> None:
        """Measure the mean and the spread of every feature over these observations, once, before training."""
        found = self(obs, masks)
        for name, values in (("scale", found.x), ("pooled_scale", found.pooled)):
            spread = values.std(axis=0, dtype=np.float64)
            factor = np.where(spread > 1e-5, 1.0 / np.maximum(spread, 1e-5), 1.0)
            self.arrays[name] = np.stack([values.mean(axis=0, dtype=np.float64), factor]).astype(np.float32)
        # in its own units, or a strict readiness mask would turn small differences in readiness into large ones
        self.arrays["scale"][:, self.prior[1]] = (0.0, 1.0)

    def take_scales(self, scale: npt.NDArray[np.float32], pooled_scale: npt.NDArray[np.float32]) -> None:
        """Standardise as others were: their (2, D) and (2, G) mean and 1 / standard deviation."""
        self.arrays["scale"], self.arrays["pooled_scale"] = scale, pooled_scale

    def tables(self, n: int) -> tuple[npt.NDArray[np.generic], ...]:
        """What the kernel ``describe`` looks up to describe ``n`` students, and what it keeps of them."""
        n_items = len(self.arrays["item_rows"])
        room = min(n, max(PREDICTIONS // n_items, 1))
        if len(self._kept[0]) < max(room, 1):
            # nothing is believed to this degree: what was never seen is not found
            seen = np.full((max(room, 1), n_items, 5), -1.0, np.float32)
            self._kept = (seen, np.zeros((max(room, 1), n_items, 2)))
        return (*(self.arrays[name] for name in LOOKED_UP), *self._kept)

    def open_now(
        self, obs: npt.NDArray[np.float32], masks: npt.NDArray[np.bool_]
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
        """(B, A) which actions are scored, and (B + 1,) where each student's pairs begin."""
        allowed, start = np.empty(masks.shape, np.bool_), np.empty(len(obs) + 1, np.int64)
        tables = self.arrays["columns"], self.arrays["item_rows"]
        open_items(obs, masks, *tables, self.ready_at, self.done_at, allowed, start)
        return allowed, start

    def describe(self, obs: npt.NDArray[np.float32], masks: npt.NDArray[np.bool_], *, pooled: bool = True) -> Described:
        """The pairs to score for these observations (B, R, F) under the scenario's masks (B, A)."""
        a, n = self.arrays, len(obs)
        allowed, start = self.open_now(obs, masks)
        first_row: npt.NDArray[np.int64] = np.empty(n + 1, np.int64)
        action: npt.NDArray[np.int64] = np.empty(start[-1], np.int64)
        n_slots = a["item_rows"].shape[1]
        found = Described(
            start,
            action,
            np.empty((len(action), N_PREDICTED), np.float32),
            first_row,
            np.empty((len(action), n_slots), np.int64),
            np.empty((min(len(action) * n_slots, n * obs.shape[1]), obs.shape[2] + N_ROW), np.float32),
            np.empty((n, len(OVERALL)), np.float32),
            np.empty((n if pooled else 0, self.n_pooled), np.float32),
        )
        describe(
            obs, allowed, start, first_row, self.tables(n), 0, action, found.predicted, found.place, found.rows,
            found.overall, found.pooled,
        )  # fmt: skip
        return found._replace(rows=found.rows[: first_row[-1]])

    def __call__(self, obs: npt.NDArray[np.float32], masks: npt.NDArray[np.bool_]) -> Scored:
        """The same with all features of each pair in one table."""
        found = self.describe(obs, masks)
        x = np.empty((len(found.action), self.n_features), np.float32)
        parts = (found.place, found.rows, found.predicted, self.arrays["constant"], found.overall)
        fill_table(found.start, found.action, found.first_row, *parts, x)
        return Scored(found.start, found.action, x, found.pooled)


def _tables(problem: Problem) -> dict[str, npt.NDArray[Any]]:
    """Everything about the problem that the kernels look up, as plain arrays."""
    curriculum = problem.curriculum
    names = [c.name for c in problem.columns]
    by_skill = problem.rows == "skills"
    seen = [
        names.index(name) if name in names else -1 for name in ("belief", "ready", "time_left", "tries", "successes")
    ]
    width, shown = len(names), np.array([*seen, problem.horizon], np.int64)
    gain, right = (_by_belief(problem, told) for told in (problem.belief.expected_gain, problem.belief.p_correct))
    if _joint(problem) and by_skill:
        shown, gain = np.append(shown, names.index("open")), np.column_stack([gain, _shut(problem)])
        if "tries" in problem.belief.columns:
            gain = np.column_stack([gain, _practised(problem)])
        bugs = [names.index(name) for name in problem.bugs]
        if bugs and len(bugs) == _bugs(problem):
            shown, right = np.append(shown, bugs), np.column_stack([right, _by_bug(problem)])
    if curriculum.has_steps and by_skill:
        right = np.column_stack([right, _shares(problem)])
    return {
        "columns": shown,
        "item_rows": np.array(curriculum.item_skills) if by_skill else np.arange(curriculum.n_items)[:, None],
        "children": np.array(curriculum.children) if by_skill else np.zeros((curriculum.n_items, 0), np.int64),
        "gain": gain,
        "right": right,
        "kept": _kept(problem, by_skill),
        "constant": _constants(problem),
        "scale": _identity(ItemFeatures.widths(width)[0]),
        "pooled_scale": _identity(ItemFeatures.widths(width)[1]),
    }


def _identity(width: int) -> npt.NDArray[np.float32]:
    return np.stack([np.zeros(width, np.float32), np.ones(width, np.float32)])


def _joint(problem: Problem) -> bool:
    """Whether the observation shows what the belief itself says is open of a skill."""
    return bool(problem.belief.joint) and any(column.name == "open" for column in problem.columns)


def _by_belief(problem: Problem, predict: Any) -> npt.NDArray[np.float32]:
    """(M, GRID) what the tutor predicts for each item when its skills are believed at a level and all others known."""
    table = np.empty((problem.curriculum.n_items, GRID), np.float32)
    for j, level in enumerate(np.linspace(0.0, 1.0, GRID)):
        belief = np.where(problem.curriculum.q, level, 1.0)
        together = Believed(belief, np.ones_like(belief), 1.0 - belief, tries=np.zeros_like(belief))
        table[:, j] = np.diagonal(predict(together if _joint(problem) else belief))
    return table


def _shut(problem: Problem) -> npt.NDArray[np.float32]:
    """(M,) the gain that the tutor expects of each item when neither its skills nor what they need is known."""
    belief = np.where(problem.curriculum.q, 0.0, 1.0)
    never = np.zeros_like(belief)
    return np.diagonal(problem.belief.expected_gain(Believed(belief, belief, never, tries=never))).astype(np.float32)


def _bugs(problem: Problem) -> int:
    """How many bugs of a skill the belief tells apart."""
    dtype = problem.belief.dtype
    return int(dtype["bugs"].shape[1]) if "bugs" in (dtype.names or ()) else 0


def _by_bug(problem: Problem) -> npt.NDArray[np.float32]:
    """(M, 2 (1 + B) + 1) what an item promises those without a bug, and those with each bug, as ``of_bugs`` says."""
    q = problem.curriculum.q.astype(np.float64)
    told = list[Believed]()
    for bug in range(-1, _bugs(problem)):
        held = np.zeros((*q.shape, _bugs(problem)))
        if bug >= 0:
            held[..., bug] = q
        told.append(Believed(1.0 - q, np.ones_like(q), q, bugs=held, tries=np.zeros_like(q)))
    gains, rights = (
        np.stack([np.diagonal(predict(one)) for one in told], axis=1)
        for predict in (problem.belief.expected_gain, problem.belief.p_correct)
    )
    shut = told[0]._replace(ready=1.0 - q, open=np.zeros_like(q))
    later = np.diagonal(problem.belief.expected_gain(shut)) / np.where(gains[:, 0] > 0.0, gains[:, 0], np.inf)
    return np.column_stack([gains, rights, later]).astype(np.float32)


def _shares(problem: Problem) -> npt.NDArray[np.float32]:
    """(M, S) which part of all that an item can teach is of each of its skills, in the order of ``item_skills``."""
    skills = np.array(problem.curriculum.item_skills)
    parts = np.zeros(skills.shape)
    for slot in range(skills.shape[1]):
        only = np.zeros(problem.curriculum.q.shape)
        rows = np.flatnonzero(skills[:, slot] >= 0)
        only[rows, skills[rows, slot]] = 1.0
        told = Believed(1.0 - only, np.ones_like(only), only, tries=np.zeros_like(only))
        gain = problem.belief.expected_gain(told if _joint(problem) else 1.0 - only)
        parts[rows, slot] = np.diagonal(gain)[rows]
    total, count = parts.sum(axis=1, keepdims=True), (skills >= 0).sum(axis=1, keepdims=True)
    return np.where(total > 0.0, parts / np.where(total > 0.0, total, 1.0), (skills >= 0) / count).astype(np.float32)


def _practised(problem: Problem) -> npt.NDArray[np.float32]:
    """(M, 2 C) the gain of each item after 0, 1, … lessons on its skills, if they are open and if they are shut.

    As many as there may be in an episode, but for the last that make no difference.
    """
    known, never = np.where(problem.curriculum.q, 0.0, 1.0), np.zeros(problem.curriculum.q.shape)
    gains = [
        np.diagonal(problem.belief.expected_gain(Believed(known, known, open_, tries=np.full_like(known, float(n)))))
        for n in range(problem.horizon)
        for open_ in (1.0 - known, never)
    ]
    table = np.stack(gains, axis=1).reshape(len(known), -1, 2)
    changes = np.flatnonzero((table[:, 1:] != table[:, :-1]).any(axis=(0, 2)))
    lessons = int(changes.max(initial=-1)) + 2
    return table[:, :lessons].reshape(len(known), -1).astype(np.float32)


def _kept(problem: Problem, by_skill: bool) -> npt.NDArray[np.float32]:
    """(R, GRID) the share of a known skill that lasts until the exam, by the share of the budget that is left."""
    table = lasting(problem)
    if by_skill:
        return table
    q = problem.curriculum.q
    return ((q @ table) / q.sum(axis=1, keepdims=True)).astype(np.float32)


def _constants(problem: Problem) -> npt.NDArray[np.float32]:
    """(M + 1, len(CONSTANT)): one row an item, the last for ``finish``."""
    curriculum = problem.curriculum
    gain, right = _by_belief(problem, problem.belief.expected_gain), _by_belief(problem, problem.belief.p_correct)
    cost = curriculum.minutes if problem.schedule.by_minutes else np.ones(curriculum.n_items)
    below = curriculum.ancestors.sum(axis=0) / curriculum.n_skills
    table = np.zeros((curriculum.n_items + 1, len(CONSTANT)), np.float32)
    columns = [
        curriculum.difficulty,
        np.log(cost / cost.mean()),
        *(curriculum.approach == kind for kind in range(len(APPROACHES))),
        right[:, 0],
        right[:, -1],
        gain[:, 0],
        gain[:, GRID // 2],
        np.where(curriculum.q, below, 0.0).max(axis=1),
        curriculum.q.sum(axis=1) - 1,
    ]
    table[:-1, : len(columns)] = np.stack(columns, axis=1)
    table[-1, -1] = 1.0
    return table
