"""Spaced repetition: when to see again what was learnt, by boxes, by intervals, or by a model of memory."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations
from zpdgym.parameters import Choice, Number, Parameter, Switch, Table

from ....envs.beliefs.memory.fsrs import fsrs_block, fsrs_weights
from ...problem import Memory, Observation, Problem
from .cards import DAY, DUE, SEEN, SESSION, A, B, C, D, DatedScheduler, Floats, Scheduler, fsrs_review, next_in_queues

__all__ = ["SM2", "FSRSScheduler", "Leitner", "LeitnerQueue", "Memorize", "MostForgotten", "Threshold", "WorstFirst"]

Bools = npt.NDArray[np.bool_]
LONGEST = 36500.0  # days


@dataclass(kw_only=True, eq=False)
class Leitner(DatedScheduler):
    """Boxes of flash cards: right moves a skill up a box, wrong back; box b comes every 2^(b-1) sessions."""

    boxes: int = 5
    wrong: str = "first"

    PARAMETERS: ClassVar[Table] = {
        "boxes": Number("how many boxes", low=1, high=20, whole=True),
        "wrong": Choice("where a wrong answer sends a skill: to box 1 (Leitner's own rule) or one down",
                        options=("first", "one_down")),
        **DatedScheduler.PARAMETERS,
    }  # fmt: skip
    name = "leitner"
    columns, unit = A + 1, SESSION

    def configure(self, given: SimpleNamespace) -> None:
        """Find out how far down a wrong answer sends."""
        super().configure(given)
        self.down = given.boxes if given.wrong == "first" else 1

    def review(self, cards: Floats, right: Bools, day: Floats, session: Floats) -> None:
        """A box up or back, and as many sessions until the next review as the box says."""
        box = np.maximum(cards[:, A], 1.0)  # new cards come from box 1
        box = np.where(right, np.minimum(box + 1.0, self.boxes), np.maximum(box - self.down, 1.0))
        cards[:, A], cards[:, DUE] = box, session + 2.0 ** (box - 1.0)


@dataclass(kw_only=True, eq=False)
class LeitnerQueue(Scheduler):
    """Boxes as a network of queues (Reddy, Labutov, Banerjee & Joachims 2016): no calendar, deeper boxes less often.

    With probability ``new`` a new skill; else the head of a queue, queue k with weight 1 / sqrt(k). A right answer
    sends the skill to the end of the next queue, a wrong one to the end of the one before.
    """

    new: float = 0.3

    PARAMETERS: ClassVar[Table] = {
        "new": Number("chance of a new skill, while there is one", low=0, high=1, unit="probability"),
        **Scheduler.PARAMETERS,
    }
    name = "leitner_queue"
    draws = 2
    columns = A + 1

    def review(self, cards: Floats, right: Bools, day: Floats, session: Floats) -> None:
        """To the end of the next queue or of the one before; new skills enter at queue 1."""
        cards[:, A] = np.where(right, cards[:, A] + 1.0, np.maximum(cards[:, A] - 1.0, 1.0))

    def skills(self, observation: Observation, memory: Memory, gap: Any, u: Any) -> npt.NDArray[np.int64]:
        """The first draw says whether it is a new one, the second which queue."""
        out = np.empty(len(observation), np.int64)
        order, ready = self.problem.curriculum.order, self.limits[1]
        next_in_queues(observation, memory["cards"], order, self.positions, self.scales, ready, self.new, u, out)
        return out


@dataclass(kw_only=True, eq=False)
class SM2(DatedScheduler):
    """SuperMemo 2 (Wozniak 1990): intervals of 1 day, 6 days, then times the skill's easiness.

    The easiness starts at 2.5 and moves with every answer's grade, never below 1.3; a wrong answer starts the sequence
    again, and the skill is repeated on the same day until it is right.
    """

    right: int = 4
    wrong: int = 1
    easiness: str = "after"
    on_wrong: str = "keep"
    rounding: str = "up"

    PARAMETERS: ClassVar[Table] = {
        "right": Choice("the grade of a right answer; lower ones are repeated until they rise", options=(4, 5)),
        "wrong": Choice("the grade of a wrong one; from 3 on an answer counts as right", options=(0, 1, 2)),
        "easiness": Choice("whether an interval uses the easiness after this answer's change, as published, or before",
                           options=("after", "before")),
        "on_wrong": Choice("whether a wrong answer leaves the easiness, as published, or changes it",
                           options=("keep", "update")),
        "rounding": Choice("whether an interval is rounded up to whole days, as published, or to the nearest",
                           options=("up", "nearest")),
        **DatedScheduler.PARAMETERS,
    }  # fmt: skip
    name = "sm2"
    columns = D + 1  # right answers in a row, interval, easiness, day of the last lapse (-1: it is over)

    def configure(self, given: SimpleNamespace) -> None:
        """Take over the grades and which form of the rule it is."""
        super().configure(given)
        self.grades = float(given.right), float(given.wrong)
        self.after, self.update = given.easiness == "after", given.on_wrong == "update"
        self.nearest = given.rounding == "nearest"

    def review(self, cards: Floats, right: Bools, day: Floats, session: Floats) -> None:
        """The published sequence; repetitions on the day of a lapse count for nothing but for ending it."""
        row, interval, lapse = cards[:, A], cards[:, B], cards[:, D]
        new = cards[:, C] == 0
        easiness = np.where(new, 2.5, cards[:, C])
        again = ~new & (lapse == day)
        away = 5.0 - np.where(right, *self.grades)
        better = np.maximum(1.3, easiness + 0.1 - away * (0.08 + away * 0.02))
        longer = interval * (better if self.after else easiness)
        # as if products were without rounding errors: a half is rounded up
        longer = np.floor(longer + 0.5 + 1e-9) if self.nearest else np.ceil(longer - 1e-9)
        longer = np.where(row == 0, 1.0, np.where(row == 1, 6.0, np.minimum(longer, LONGEST)))
        cards[:, A] = np.where(again, row, np.where(right, row + 1.0, 0.0))
        cards[:, B] = np.where(again, interval, np.where(right, longer, 1.0))
        cards[:, C] = np.where(again | (~right & (not self.update)), easiness, better)
        cards[:, D] = np.where(right, -1.0, day)
        cards[:, DUE] = day + np.where(right, cards[:, B], 0.0)


@dataclass(kw_only=True, eq=False)
class FSRSScheduler(DatedScheduler):
    """The scheduler FSRS-6 of today's flash-card programs: review when recall has fallen to the desired retention.

    It keeps stability and difficulty of every skill from the answers that it saw (right: "good", wrong: "again") and
    schedules whole days, as the package ``fsrs`` does without learning steps and without fuzz.
    """

    retention: float = 0.9
    weights: Sequence[float] | None = None

    PARAMETERS: ClassVar[Table] = {
        "retention": Number("the recall at which a review is due; .7 to .97 in practice",
                            low=0, high=1, above=True, below=True, unit="chance of recall"),
        "weights": Parameter("the 21 weights of FSRS-6; none: the published ones", allowed="the bounds of FSRS-6",
                             optional=True),
        **DatedScheduler.PARAMETERS,
    }  # fmt: skip
    name = "fsrs_scheduler"
    columns = C + 1  # stability, difficulty, day of the last review

    def __post_init__(self) -> None:
        """Check the weights together with the other parameters."""
        wrong = Violations(f"policy {self.name}")
        self.block = fsrs_block(fsrs_weights(self.weights, wrong))[None, :]
        self.settle(wrong)

    def review(self, cards: Floats, right: Bools, day: Floats, session: Floats) -> None:
        """Stability and difficulty by the equations of version 6, and the day when recall will have fallen."""
        fsrs_review(cards, right, day, self.block, self.retention)


class _ByRecall(DatedScheduler):
    """Schedulers that read how well each skill is recalled: the tutor's belief, or, privileged, the truth."""

    truth = False

    def configure(self, given: SimpleNamespace) -> None:
        """Find out whose numbers are read."""
        super().configure(given)
        self.privileged = self.truth
        if not self.truth:
            self.needs |= {"belief"}

    def recall(self, observation: Observation) -> Floats:
        """(N, K) the chance that each skill is recalled now."""
        if self.privileged:
            return self.problem.probe.mastery()
        return self.problem.column(observation, "belief")


@dataclass(kw_only=True, eq=False)
class Memorize(_ByRecall):
    """MEMORIZE (Tabibian et al. 2019): the rate of reviews of a skill is (1 - recall) / sqrt(q) a day.

    At the start of every session each skill seen becomes due with probability 1 - exp(-rate * days since the last
    session); the least recalled of them comes first.
    """

    q: float = 1.0

    PARAMETERS: ClassVar[Table] = {
        "q": Number("what a review costs; larger: fewer reviews", low=0, above=True),
        **DatedScheduler.PARAMETERS,
    }
    name = "memorize_review"
    draws = 1

    def review(self, cards: Floats, right: Bools, day: Floats, session: Floats) -> None:
        """Not due any more."""
        cards[:, DUE] = np.inf

    def prepare(self, problem: Problem) -> None:
        """One draw per skill."""
        super().prepare(problem)
        self.draws = problem.curriculum.n_skills

    def keys(self, observation: Observation, cards: Floats, clock: Floats, gap: Any, u: Any) -> tuple[Floats, Any]:
        """Who becomes due on this day; of these, the least recalled."""
        recall = self.recall(observation)
        comes = u < -np.expm1(-(1.0 - recall) / np.sqrt(self.q) * gap[:, None])
        cards[:, :, DUE] = np.where((cards[:, :, SEEN] >= 0) & comes, clock[:, DAY, None], cards[:, :, DUE])
        due = cards[:, :, DUE] < np.inf
        return recall - 2.0 * due, due


@dataclass(kw_only=True, eq=False)
class Threshold(_ByRecall):
    """Review the skill whose recall is nearest to a threshold, as soon as one has fallen to it.

    With ``side="both"`` it is the published rule: of all skills, seen or not, the nearest from above or below; nothing
    is new to it.
    """

    threshold: float = 0.8
    side: str = "below"
    truth: bool = False

    PARAMETERS: ClassVar[Table] = {
        "threshold": Number("the recall to wait for", low=0, high=1, unit="chance of recall"),
        "side": Choice("the nearest of the skills seen that have fallen to it, or of all skills",
                       options=("below", "both")),
        "truth": Switch("read the true recall in place of the belief; privileged, for no tutor can"),
        **DatedScheduler.PARAMETERS,
    }  # fmt: skip
    name = "recall_threshold"

    def configure(self, given: SimpleNamespace) -> None:
        """Take over on which sides of the threshold it looks."""
        super().configure(given)
        self.both = given.side == "both"

    def keys(self, observation: Observation, cards: Floats, clock: Floats, gap: Any, u: Any) -> tuple[Floats, Any]:
        """The distance to the threshold; due is what lies at or below it."""
        recall = self.recall(observation)
        due = recall <= self.threshold
        away: Floats = np.abs(recall - self.threshold)
        return np.where(due, away - 2.0, away), due

    def skills(self, observation: Observation, memory: Memory, gap: Any, u: Any) -> npt.NDArray[np.int64]:
        """By the common rule, or with "both" the nearest of all; the first in curriculum order on ties."""
        if not self.both:
            return super().skills(observation, memory, gap, u)
        order = self.problem.curriculum.order
        return order[np.abs(self.recall(observation)[:, order] - self.threshold).argmin(axis=1)]


def _nothing_new_before(reached: str, *, unit: str) -> Number:
    return Number(f"nothing new before all skills seen {reached}", low=0, high=1, unit=unit)


class _LowestFirst(DatedScheduler):
    """Schedulers that review the skill that stands lowest, while that is below a threshold."""

    threshold: float

    @abstractmethod
    def standing(self, observation: Observation, cards: Floats) -> Floats:
        """(N, K) how well each skill stands."""

    def keys(self, observation: Observation, cards: Floats, clock: Floats, gap: Any, u: Any) -> tuple[Floats, Any]:
        """Where the skills stand; due is what lies below the threshold."""
        standing = self.standing(observation, cards)
        return standing, standing < self.threshold


@dataclass(kw_only=True, eq=False)
class MostForgotten(_LowestFirst, _ByRecall):
    """Review the skill seen before with the lowest belief, while that is below a threshold; else something new."""

    threshold: float = 0.8

    PARAMETERS: ClassVar[Table] = {
        "threshold": _nothing_new_before("are believed to be recalled with this", unit="belief"),
        **DatedScheduler.PARAMETERS,
    }
    name = "most_forgotten"

    def standing(self, observation: Observation, cards: Floats) -> Floats:
        """The belief."""
        return self.recall(observation)


@dataclass(kw_only=True, eq=False)
class WorstFirst(_LowestFirst):
    """Practise the skill with the lowest share of right answers, while that is below a threshold; else a new one.

    The share is (right + 1) / (answers + 2), so that one answer does not decide.
    """

    threshold: float = 0.7

    PARAMETERS: ClassVar[Table] = {
        "threshold": _nothing_new_before("have this share of right answers", unit="share"),
        **DatedScheduler.PARAMETERS,
    }
    name = "worst_first"
    columns = B + 1  # answers, right ones

    def review(self, cards: Floats, right: Bools, day: Floats, session: Floats) -> None:
        """Count it."""
        cards[:, A] += 1.0
        cards[:, B] += right

    def standing(self, observation: Observation, cards: Floats) -> Floats:
        """The share of right answers."""
        return (cards[:, :, B] + 1.0) / (cards[:, :, A] + 2.0)
