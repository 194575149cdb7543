"""How far apart groups of students are, before the teaching and at the exam."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .statistics import Estimate, estimate

FEWEST = 10
"""Students whom a group must have to be set beside another."""
Floats = npt.NDArray[np.float64]


class Gap(NamedTuple):
    """How far two groups are from each other.

    Attributes:
        most: the group that knew most before the teaching.
        least: the one that knew least.
        before: how much more of the exam the first of them would have had right before.
        after: how much more they have right at the exam.
    """

    most: str
    least: str
    before: float
    after: Estimate


def gap(exam: Floats, pre: Floats, groups: npt.NDArray[np.str_], generator: np.random.Generator) -> Gap | None:
    """The gap between the group that knew most before the teaching and the one that knew least.

    The groups are chosen by what they knew, not by what came of them, so that the gap may close, or turn round. They
    are taken as they are: the interval is that of other students of these two groups, and of other trainings.

    Args:
        exam: (S, N) of every training and student.
        pre: (N,) the same before the teaching.
        groups: (N,) who belongs where.
        generator: of resampling.

    Returns:
        None where there are no two groups of enough students.
    """
    names: list[str] = [str(name) for name in dict.fromkeys(groups.tolist())]
    means = {name: float(pre[groups == name].mean()) for name in names if int((groups == name).sum()) >= FEWEST}
    if len(means) < 2:
        return None
    most, least = max(means, key=lambda name: means[name]), min(means, key=lambda name: means[name])
    difference = _weighted(exam, groups == most) - _weighted(exam, groups == least)
    return Gap(most, least, means[most] - means[least], estimate(difference, generator=generator))


def _weighted(exam: Floats, here: npt.NDArray[np.bool_]) -> Floats:
    """(S, N) whose mean over students is that of the group, and whose spread that of the group's mean."""
    mean = exam[:, here].mean(axis=1, keepdims=True)
    return np.where(here, (exam - mean) * (here.size / here.sum()), 0.0) + mean
