"""A scenario's constants as kernels take them: whole numbers, real numbers, and where shared columns stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError

from . import kernels
from .observe import ALL_COLUMNS, BUG_COLUMNS, SHARED_COLUMNS, Links

if TYPE_CHECKING:
    from ..students.curriculum.curriculum import Curriculum
    from .teaching import Teaching


def make_plan(env: Teaching, links: Links) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Whole numbers (``kernels.PLAN``, then the table of links) and real ones (``kernels.SCALE``, then days off)."""
    s, c, names = env.schedule, env.curriculum, [column.name for column in env.columns]
    values: dict[str, float] = {
        "by_minutes": s.by_minutes,
        "by_skill": env.rows == "skills",
        # what a lesson opens up is seen in rows of other skills
        "local": env.belief.local and "open" not in names,
        "joint": env.scenario.observe.joint and env.rows == "skills",
        "bugs": _bugs(env, names),
        "pay_belief": env.reward == "belief_gain",
        "sessions": s.sessions,
        "horizon": env.horizon,
        "finish": -1 if env.finish is None else env.finish,
        "finish_after": env.scenario.finish_after,
        "n_actions": env.n_actions,
        "n_skills": c.n_skills,
        "n_rows": links.n_rows,
        "n_columns": len(names),
        "width": links.table.shape[1],
        "step_masks": kernels.LINKS + links.table.size if env.rows == "skills" and c.has_steps else 0,
        "per_session": s.session_minutes if s.by_minutes else s.session_lessons,
        "total": s.total,
        "away_minutes": float(c.minutes.mean()),
        "per_day": 1.0 / max(s.total_days, 1.0),
        "per_lesson": 1.0 / env.horizon,
        "per_number": 1.0 / max(s.sessions - 1, 1),
        **{f"block_{b}": first for b, first in enumerate(links.first)},
        **{f"c_{name}": names.index(name) if name in names else -1 for name in ALL_COLUMNS},
    }
    plan = np.array([values[name] for name in kernels.PLAN], np.int64)
    scale = np.array([values[name] for name in kernels.SCALE])
    masks = _step_masks(c, links).ravel() if values["step_masks"] else plan[:0]
    return np.concatenate([plan, links.table.ravel(), masks]), np.concatenate([scale, s.days_between])


def _step_masks(curriculum: Curriculum, links: Links) -> npt.NDArray[np.int64]:
    """(M, C) the bits of the steps of an item's problem on each skill that it counts for; 0: one answer for all."""
    counted = links.table[: curriculum.n_items, : links.first[1]]
    bits: npt.NDArray[np.int64] = np.left_shift(np.int64(1), np.arange(curriculum.item_steps.shape[1], dtype=np.int64))
    own = (curriculum.item_steps[:, None, :] == counted[:, :, None]) & (counted[:, :, None] >= 0)
    return np.where(own, bits, np.int64(0)).sum(axis=2, dtype=np.int64)


def _bugs(env: Teaching, names: Sequence[str]) -> int:
    """How many bugs the belief says of each skill; 0 where none of them is shown.

    Raises:
        InputError: a column for a bug that there is none of.
    """
    shown = [BUG_COLUMNS.index(name) for name in names if name in BUG_COLUMNS]
    fields = env.belief.dtype.fields or {}
    if not shown or "bugs" not in fields:  # a belief that stands in for one that is not fitted yet tells none
        return 0
    told = env.belief.dtype["bugs"].shape[1]
    if max(shown) >= told:
        raise InputError(f"observe.columns: {BUG_COLUMNS[max(shown)]} is shown, but the belief tells {told} bugs")
    return told


def make_patterns(env: Teaching, links: Links) -> npt.NDArray[np.float32]:
    """(4, R F) 1 where the columns that all rows share stand."""
    patterns = np.zeros((len(SHARED_COLUMNS), links.n_rows, len(env.columns)), np.float32)
    for p, name in enumerate(SHARED_COLUMNS):
        for j, column in enumerate(env.columns):
            patterns[p, :, j] = column.name == name
    return patterns.reshape(len(SHARED_COLUMNS), -1)


def shown(
    records: npt.NDArray[np.void], table: npt.NDArray[np.float32], scale: npt.NDArray[np.float64],
    patterns: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:  # fmt: skip
    """(N, R F) the observations that kernels made of these tables last; added in their order, for the same bits."""
    used: npt.NDArray[np.float64] = records["used"]
    left = (records["session"] + 1) * scale[kernels.S_PER_SESSION] - used
    shared = (
        np.maximum(1.0 - used / scale[kernels.S_TOTAL], 0.0),
        np.minimum(np.maximum(left, 0.0) / scale[kernels.S_PER_SESSION], 1.0),
        records["lesson"] * scale[kernels.S_PER_LESSON],
        records["session"] * scale[kernels.S_PER_NUMBER],
    )
    a, b, c, d = (column.astype(np.float32)[:, None] for column in shared)
    return table + (a * patterns[0] + b * patterns[1] + c * patterns[2] + d * patterns[3])
