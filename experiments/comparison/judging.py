"""What may be said of several paired differences that are looked at together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..statistics import ALPHA, Estimate, verdict

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """One of several differences, corrected for all of them.

    Attributes:
        p: the corrected p-value.
        low: of the corrected interval.
        high: of the same.
        verdict: one of ``statistics.VERDICTS``.
    """

    p: float
    low: float
    high: float
    verdict: str


def judged(differences: Mapping[str, Estimate], smallest: float, *, together: int | None = None) -> dict[str, Judged]:
    """Name -> what may be said of its difference.

    The intervals are simultaneous (Bonferroni): with a chance of 95 % all of them hold, and so all words are true, a
    "no practical difference" as well as a "better". Steps by p-values (Holm) would not give that: they say nothing of
    differences that are near 0.

    Args:
        differences: the paired differences by name.
        smallest: the smallest difference worth having.
        together: how many differences are looked at together, if there are others beside these.
    """
    family = len(differences) if together is None else together
    found: dict[str, Judged] = {}
    for name, difference in differences.items():
        low, high = difference.interval(1.0 - ALPHA / family)
        found[name] = Judged(min(1.0, family * difference.p), low, high, verdict(low, high, smallest))
    return found
