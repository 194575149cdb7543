"""Numbers and maps as short texts, so that thousands of beliefs make a small page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ...students.curriculum.curriculum import Curriculum
from ..figures.layout import direct, map_layout

Data: TypeAlias = dict[str, object]
SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""The digits of numbers to base 64: none of them means anything in HTML or JSON."""
FINEST = len(SIGNS) ** 2 - 1
"""Shares are kept in two digits: finer than the files have them near one."""
WIDE, NARROW = 4, 3
"""Most skills in a row of the map, beside another map and on a phone."""


def shares(values: npt.NDArray[np.float64]) -> str:
    """Shares in [0, 1], whatever their shape, as two signs each.

    Example:
        >>> shares(np.array([0.0, 0.5, 1.0]))
        'AAgA__'
    """
    steps = np.rint(np.clip(np.nan_to_num(values), 0, 1) * FINEST).astype(int).ravel()
    return "".join(SIGNS[step // len(SIGNS)] + SIGNS[step % len(SIGNS)] for step in steps.tolist())


def digits(values: Iterable[int]) -> str:
    """Whole numbers from 0 to 9 as one sign each.

    Example:
        >>> digits([0, 4, 2])
        '042'
    """
    return "".join(str(int(value)) for value in values)


def changes(known: npt.NDArray[np.bool_]) -> list[int]:
    """(T, K) what is known, as what changes: time, skill, time, skill, …; before the first time nothing is known.

    Example:
        >>> changes(np.array([[False, True], [True, True], [True, False]]))
        [0, 1, 1, 0, 2, 1]
    """
    before = np.vstack([np.zeros((1, known.shape[1]), bool), known[:-1]])
    return np.argwhere(known != before).ravel().tolist()


def maps(curriculum: Curriculum) -> Data:
    """The rows of the map of skills, for a wide and for a narrow place, and its arrows."""
    return {
        "wide": _rows(curriculum, WIDE),
        "narrow": _rows(curriculum, NARROW),
        "arrows": [list(arrow) for arrow in direct(curriculum)],
    }


def _rows(curriculum: Curriculum, widest: int) -> list[list[int]]:
    """The skills of every row, from left to right."""
    layout = map_layout(curriculum, widest=widest)
    rows: list[list[int]] = [[] for _ in range(int(layout.row.max()) + 1)]
    for k in np.argsort(layout.x, kind="stable").tolist():
        rows[int(layout.row[k])].append(k)
    return rows


def parents(curriculum: Curriculum) -> list[list[int]]:
    """The direct prerequisites of every skill."""
    return [np.flatnonzero(row).tolist() for row in curriculum.prerequisites]


def whole(values: Sequence[int] | npt.NDArray[np.integer]) -> list[int]:
    """Plain whole numbers."""
    return [int(value) for value in values]
