"""The info of a vector environment as Gymnasium has it: arrays over all rows, each with a mask ``_key``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

Info = dict[str, Any]
Bools = npt.NDArray[np.bool_]


def with_masks(values: Info, there: Bools) -> Info:
    """Every value beside the mask (N,) of the rows that have it; sections of keys likewise."""
    masked: Info = {}
    for key, value in values.items():
        masked[key] = with_masks(cast("Info", value), there) if isinstance(value, dict) else value
        masked[f"_{key}"] = there
    return masked


def spread(part: npt.NDArray[np.generic], rows: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.generic]:
    """(N, …) with the values of these rows, and 0 in all others."""
    whole = np.zeros((n, *part.shape[1:]), part.dtype)
    whole[rows] = part
    return whole


def objects(part: npt.NDArray[np.generic], rows: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.generic]:
    """(N,) with one array for each of these rows, and None in all others."""
    whole = np.empty(n, object)  # of None
    for i, value in zip(rows.tolist(), part, strict=True):
        whole[i] = value
    return whole


def joined(parts: Sequence[Info], sizes: Sequence[int], columns: Mapping[str, int]) -> Info:
    """The infos of several environments as that of one with all their rows.

    What only some of them tell is 0 (None, False) in the rows of the others, and so are columns that only some have.

    Args:
        parts: one for each environment.
        sizes: rows of each.
        columns: how many the arrays of a key have that not all tell at the same time; of all others the most of any.
    """
    keys = dict.fromkeys(key for part in parts for key in part)
    return {key: _joined([part.get(key) for part in parts], sizes, columns, key) for key in keys}


def _joined(values: Sequence[object], sizes: Sequence[int], columns: Mapping[str, int], key: str) -> object:
    if any(isinstance(value, dict) for value in values):
        return joined([cast("Info", value or {}) for value in values], sizes, columns)
    found = [cast("npt.NDArray[np.generic] | None", value) for value in values]
    there = [value for value in found if value is not None]
    shape = [columns[key]] if key in columns else np.max([value.shape[1:] for value in there], axis=0).astype(int)
    whole = np.full((sum(sizes), *shape), None if there[0].dtype == object else 0, there[0].dtype)
    first = 0
    for value, size in zip(found, sizes, strict=True):
        if value is not None:
            whole[(slice(first, first + size), *map(slice, value.shape[1:]))] = value
        first += size
    return whole
