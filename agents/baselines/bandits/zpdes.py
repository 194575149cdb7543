"""ZPDES: a bandit that opens and closes skills by how the answers go (Clement, Oudeyer & Lopes)."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.parameters import Number, Table

from ....students.jit import kernel
from ...problem import Actions, Memory, Observation, Problem
from ..answer_history import LONGEST, AnswerFollower, Int, share_right
from ..parameters import ITEMS, count

__all__ = ["ZPDES"]

SHARE_OF_LUCK = 0.1
"""Every active arm is chosen with its weight plus this share of the sum of all weights."""
LEAST_WEIGHT = 1e-200  # a weight shrinks, but an arm leaves only by the rule and never by running out of numbers

KEEP = Number("how much of an old weight stays after an answer", low=0, high=1, below=True)


class ZPDES(AnswerFollower):
    """Practise skills in which success is rising; open the next when the open ones go well, close what goes well.

    The arms are the skills in curriculum order; each has a weight, 0 while it is closed. Every lesson a skill is drawn
    with probability proportional to its weight plus a tenth of the sum of weights, and the shared rule chooses the
    item. After an answer, with n answers of the skill by now:

    1. from the third answer on, weight <- keep * weight + (1 - keep) * progress, where progress is the share of right
       answers in the newer half of the last ``window`` answers minus that in the older half, at least 0;
    2. if the mean over open skills of the success in the last window / 2 answers (0 with fewer than 2) exceeds
       ``open_at``, the first skill without any answer opens with ``promote`` times the smallest weight;
    3. of the open skills with ``window`` answers, the one with the best success in them closes if that exceeds
       ``close_at`` and another is open. It never opens again: this policy does not review.

    Where one skill only is open, its weight starts again from ``start_weight``.

    Raises:
        InputError: a parameter out of range.

    Source: Clement, Oudeyer & Lopes (2016), A comparison of automatic teaching strategies for heterogeneous student
    populations, EDM; written from the rules, no code of the original is used.
    """

    PARAMETERS: ClassVar[Table] = {
        "keep": KEEP,
        "start_weight": Number("weight of a skill that is open at the start", low=0, high=1, above=True),
        "window": Number("answers that count", low=2, high=LONGEST, whole=True, unit="answers"),
        "open_at": Number("success from which the next skill opens", low=0, high=1, unit="share"),
        "close_at": Number("success from which a skill closes", low=0, high=1, unit="share"),
        "promote": Number("weight of a newly opened skill as a multiple of the smallest open one",
                          low=0, high=10, above=True),
        "start": count("how many skills are open at the start"),
        "items": ITEMS,
    }  # fmt: skip
    name = "zpdes"
    draws = 1

    def __init__(
        self,
        *,
        keep: float = 0.2,
        start_weight: float = 0.05,
        window: int = 6,
        open_at: float = 0.5,
        close_at: float = 0.7,
        promote: float = 1.0,
        start: int = 1,
        items: str | float = "cycle",
    ) -> None:
        given = self.checked(locals())
        order = ("keep", "window", "open_at", "close_at", "promote")
        self.numbers = np.array([getattr(given, name) for name in order], np.float64)
        self.start_open, self.start_weight, self.rule = given.start, given.start_weight, given.items
        self.needs = AnswerFollower.needs | self.rule.needs

    def prepare(self, problem: Problem) -> None:
        """Lay out the ladders."""
        self.rule.bind(problem)
        self.order = problem.curriculum.order

    def start(self) -> Memory:
        """The first skills open, no answers."""
        n = len(self.order)
        weight = np.where(np.arange(n) < self.start_open, self.start_weight, 0.0)
        return {
            "arm": np.array(-1), "weight": weight, "answers": np.zeros(n, np.int64), "answered": np.zeros(n, np.int64),
        }  # fmt: skip

    def follow(self, observation: Observation, memory: Memory, answers: Int) -> None:
        """Weigh, open, close."""
        _weigh_open_close(memory["weight"], memory["answers"], memory["answered"], memory["arm"], answers, self.numbers)

    def next_lesson(
        self, observation: Observation, memory: Memory, masks: npt.NDArray[np.bool_], u: Any
    ) -> tuple[Int, Actions]:
        """Skill by the draw, item by the shared rule."""
        _draw_open(memory["weight"], self.start_weight, u, memory["arm"])
        skills = self.order[memory["arm"]]
        return skills, self.rule(observation, skills, masks)


@kernel
def _weigh_open_close(weight, answers, answered, arms, last, numbers):
    keep, window, open_at, close_at, promote = numbers[0], int(numbers[1]), numbers[2], numbers[3], numbers[4]
    for i in range(len(arms)):
        if last[i] < 0:
            continue
        a = arms[i]
        answers[i, a] = ((answers[i, a] << 1) | last[i]) & ((1 << LONGEST) - 1)
        answered[i, a] += 1
        if answered[i, a] > 2:
            n = min(window, answered[i, a])
            newer = share_right(answers[i, a], 0, n // 2)
            progress = max(0.0, newer - share_right(answers[i, a], n // 2, n - n // 2))
            weight[i, a] = max(keep * weight[i, a] + (1.0 - keep) * progress, LEAST_WEIGHT)
        n_open, success, smallest, fresh = 0, 0.0, np.inf, -1
        for b in range(weight.shape[1]):
            if answered[i, b] == 0 and fresh < 0:
                fresh = b
            if weight[i, b] > 0.0:
                n_open += 1
                smallest = min(smallest, weight[i, b])
                if answered[i, b] >= 2:
                    success += share_right(answers[i, b], 0, min(window // 2, answered[i, b]))
        if fresh >= 0 and success / n_open > open_at:
            n_open += weight[i, fresh] == 0.0
            weight[i, fresh] = max(smallest * promote, LEAST_WEIGHT)
        best, at = close_at, -1
        for b in range(weight.shape[1]):
            if weight[i, b] > 0.0 and answered[i, b] >= window:
                rate = share_right(answers[i, b], 0, window)
                if rate > best:
                    best, at = rate, b
        if at >= 0 and n_open >= 2:
            weight[i, at] = 0.0


@kernel
def _draw_open(weight, start_weight, u, out):
    for i in range(len(out)):
        n_open, total, only = 0, 0.0, 0
        for a in range(weight.shape[1]):
            if weight[i, a] > 0.0:
                n_open, only = n_open + 1, a
                total += weight[i, a]
        if n_open == 1:
            weight[i, only] = start_weight
            out[i] = only
            continue
        left = u[i, 0] * total * (1.0 + SHARE_OF_LUCK * n_open)
        for a in range(weight.shape[1]):
            if weight[i, a] > 0.0:
                out[i] = a  # the last open one, where rounding leaves a rest
                left -= weight[i, a] + SHARE_OF_LUCK * total
                if left < 0.0:
                    break
