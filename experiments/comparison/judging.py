"""What may be said of several paired differences that are looked at together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..statistics import ALPHA, Estimate, verdict
from .formats import number
from .rows import Difference

Floats: TypeAlias = npt.NDArray[np.float64]


CONTROL_MARGIN = 0.002
"""By how much the best untrained policy may miss a control's bound, and so how far a learnt one may be above it."""
CONTROL_ERRORS = 3.0
"""By how many standard errors a policy may be above a control's bound by luck of the sample."""

ROUNDING = 1e-9
"""What adding up numbers in another order may do to an outcome."""


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


def beats_control(vs_best: Difference | None, best: str, above: Estimate | None, bound: str) -> str | None:
    """Why a row of a control's table cannot be true; None where it can.

    Args:
        vs_best: the row's paired difference to the best untrained policy.
        best: the name of that policy.
        above: how far the row is above the bound; None where the bound is not in the table.
        bound: what it is called.
    """
    low = None if vs_best is None else vs_best.low_corrected
    if vs_best is not None and low is not None and low > CONTROL_MARGIN:
        ends = ", ".join(number(end, "{:+.4f}") for end in (low, vs_best.high_corrected))
        return f"{vs_best.value:+.4f} [{ends}] to {best}, where at most {CONTROL_MARGIN:g} can be won"
    if above is None:
        return None
    error = math.sqrt(above.seed_variance + above.student_variance)
    if above.value > max(CONTROL_ERRORS * error, ROUNDING):
        far = f"{above.value / error:.1f} standard errors" if error else f"{above.value:.2g} with no error"
        return f"above the bound ({bound}) by {far}"
    return None
