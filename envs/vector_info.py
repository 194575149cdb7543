"""The info of a vector environment as Gymnasium has it: arrays over all rows, each with a mask ``_key``."""

from __future__ import annotations

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
    whole = np.full(n, None, object)
    for i, value in zip(rows.tolist(), part, strict=True):
        whole[i] = value
    return whole
