"""What may be said of several paired differences that are looked at together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..statistics import Estimate, holm, holm_levels, verdict

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """One of several differences, corrected by Holm.

    Attributes:
        p: the corrected p-value.
        low: of the corrected interval.
        high: of the same.
        verdict: better, worse, no practical difference or cannot tell.
    """

    p: float
    low: float
    high: float
    verdict: str


def judged(differences: Mapping[str, Estimate], smallest: float) -> dict[str, Judged]:
    """Name -> what may be said of its difference, corrected over all of them.

    Args:
        differences: the paired differences by name.
        smallest: the smallest difference worth having.
    """
    p = {name: difference.p for name, difference in differences.items()}
    corrected, levels = holm(p), holm_levels(p)
    found: dict[str, Judged] = {}
    for name, difference in differences.items():
        low, high = difference.interval(levels[name])
        said = verdict(difference.value, corrected[name], smallest, interval=(low, high))
        found[name] = Judged(corrected[name], low, high, said)
    return found
