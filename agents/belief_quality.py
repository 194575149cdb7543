"""How good the tutor's belief is, set beside the truth that only the simulation knows, at some twenty lessons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..students.jit import kernel
from ..students.model import matrix

if TYPE_CHECKING:
    from ..envs.tutor import TutorVectorEnv

BINS = 10
"""A calibration curve has so many bins of beliefs, all equally wide."""
MARKS = 20
"""Beliefs are judged before so many lessons at most: before all would take as long as the lessons."""
FEWEST = 1e-6
"""What was held to be less probable than this counts as this in the log-loss, which would be without end else."""


class BeliefQuality:
    """Judges the belief about every skill of every student, right before lessons at fixed marks.

    A belief b is judged by the true mastery m of the skill, which is 0 or 1 where a skill is known or not, else a
    chance. The loss is what b costs more than knowing m: of Brier's score (b - m)², of the log-loss the divergence
    m ln(m / b) + (1 - m) ln((1 - m) / (1 - b)), which is -ln b or -ln(1 - b) where a skill is known or not. A tutor
    who sees mastery itself scores 0.

    Attributes:
        bins: (N, ``BINS``, 4) per student and bin of beliefs, over skills and marks: how many, and the sums of the
            belief, of the mastery and of its square.
    """

    def __init__(self, env: TutorVectorEnv) -> None:
        self.env, self.certain, self.marks = env, env.student.discrete, marks(env.horizon)
        self.losses = np.zeros((env.num_envs, 2))
        self.bins = np.zeros((env.num_envs, BINS, 4))

    def before(self, lesson: int, items: npt.NDArray[np.int64], mastery: npt.NDArray[np.float64]) -> None:
        """Judge where a lesson is about to be given, if it is at a mark.

        Args:
            lesson: its number, from 0.
            items: (N,) -1 where there is none.
            mastery: (N, K) true mastery now.
        """
        if lesson in self.marks:  # records begin with the beliefs
            _judge(matrix(self.env.belief_state), mastery, items, self.certain, self.losses, self.bins)

    def outcomes(self) -> dict[str, npt.NDArray[np.float64]]:
        """``belief_brier`` and ``belief_log_loss`` (N,), means over skills and marks; NaN without lessons."""
        judged = self.bins[:, :, 0].sum(axis=1)[:, None]
        mean = np.where(judged > 0, self.losses / np.maximum(judged, 1.0), np.nan)
        return {"belief_brier": mean[:, 0], "belief_log_loss": mean[:, 1]}


def marks(horizon: int) -> frozenset[int]:
    """The lessons, from 0, before which beliefs are judged: all of up to ``MARKS``, else so many from first to last.

    Their distance is a little more than an equal part of the horizon, so that they do not keep step with sessions.
    """
    distance = horizon / MARKS * (1 + 1 / MARKS)
    return frozenset(int(mark * distance) for mark in range(MARKS))


def calibration(bins: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
    """The calibration curve of a cohort.

    Args:
        bins: (N, ``BINS``, 4) of all its students, as ``BeliefQuality`` counts them.

    Returns:
        columns (``BINS``,): ``low`` and ``high``, ends of the bin; ``weight``, skills times marks of all students;
        ``belief`` and ``known``, means of belief and true mastery; ``spread``, the variance of true mastery. NaN where
        the weight is 0.
    """
    total, edges = bins.sum(axis=0), np.arange(BINS + 1) / BINS
    weight, there = total[:, 0], total[:, 0] > 0
    belief, known, square = np.where(there, total[:, 1:].T / np.where(there, weight, 1.0), np.nan)
    spread = np.maximum(square - known**2, 0.0)
    return {
        "low": edges[:-1], "high": edges[1:], "weight": weight, "belief": belief, "known": known, "spread": spread,
    }  # fmt: skip


@kernel
def _judge(beliefs, mastery, items, certain, losses, bins):
    n_skills = mastery.shape[1]
    for i in range(items.shape[0]):
        if items[i] < 0:
            continue
        square, log_loss, product = 0.0, 0.0, 1.0
        for k in range(n_skills):
            b, m = beliefs[i, k], mastery[i, k]
            square += (b - m) * (b - m)
            if certain:
                # one logarithm for many skills: it would be most of the cost
                product *= max(b if m > 0.5 else 1.0 - b, FEWEST)
                if product < 1e-200:
                    log_loss -= np.log(product)
                    product = 1.0
            else:
                if m > 0.0:
                    log_loss += m * np.log(max(m, FEWEST) / max(b, FEWEST))
                if m < 1.0:
                    log_loss += (1.0 - m) * np.log(max(1.0 - m, FEWEST) / max(1.0 - b, FEWEST))
            j = min(int(b * BINS), BINS - 1)
            bins[i, j, 0] += 1.0
            bins[i, j, 1] += b
            bins[i, j, 2] += m
            bins[i, j, 3] += m * m
        losses[i, 0] += square
        losses[i, 1] += log_loss - np.log(product)
