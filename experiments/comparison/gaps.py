"""How far apart groups of students are, before the teaching and at the exam."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..statistics import estimate
from .rows import Interval
from .taught import Taught

FEWEST = 10
"""Students whom a group must have to be set beside another."""


def gap(taught: Taught, generator: np.random.Generator) -> dict[str, str | float | Interval]:
    """The fields of a policy's row on the gap between the group that knew most before the teaching and the one least.

    The groups are chosen by what they knew, not by what came of them, so that the gap may close, or turn round. They
    are taken as they are: the interval is that of other students of these two groups, and of other trainings.

    Returns:
        ``gap_between``, ``gap_before`` and ``gap``; nothing where there are no two groups of enough students.
    """
    groups, pre = taught.students[0]["group"], np.asarray(taught.students[0]["pre"], np.float64)
    means = {str(name): float(pre[groups == name].mean()) for name in dict.fromkeys(groups.tolist())}
    counts = {name: int((groups == name).sum()) for name in means}
    means = {name: mean for name, mean in means.items() if counts[name] >= FEWEST}
    if len(means) < 2:
        return {}
    most, least = max(means, key=lambda name: means[name]), min(means, key=lambda name: means[name])
    exam = taught.column("exam")
    difference = _weighted(exam, groups == most) - _weighted(exam, groups == least)
    found = estimate(difference, generator=generator)
    return {
        "gap_between": f"{most} – {least}",
        "gap_before": means[most] - means[least],
        "gap": Interval.of(found),
    }


def _weighted(exam: npt.NDArray[np.float64], here: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """(S, N) whose mean over students is that of the group, and whose spread that of the group's mean."""
    mean = exam[:, here].mean(axis=1, keepdims=True)
    return np.where(here, (exam - mean) * (here.size / here.sum()), 0.0) + mean
