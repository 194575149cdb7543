"""Spaced repetition: when to see again what was learnt, by boxes, by intervals, or by a model of memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations, unknown

from ....envs.beliefs.fsrs import fsrs_block, fsrs_weights
from ...problem import Observation, Problem
from .cards import DAY, DUE, SEEN, SESSION, A, B, C, D, Floats, Scheduler, fsrs_review, next_in_queues

__all__ = ["SM2", "FSRSScheduler", "Leitner", "LeitnerQueue", "Memorize", "MostForgotten", "Threshold", "WorstFirst"]

Bools = npt.NDArray[np.bool_]
LONGEST = 36500.0  # days


class Leitner(Scheduler):
    """Boxes of flash cards: right moves a skill up a box, wrong back; box b comes every 2^(b-1) sessions.

    Args:
        boxes: how many boxes.
        wrong: "first" (back to box 1, Leitner's own rule) or "one_down".
        new_per_session: as in ``Scheduler``, as are ``ready`` and ``items``.
        ready: a skill may be introduced from this readiness on.
        items: which item of the skill.

    Raises:
        InputError: a parameter out of range.
    """

    name = "leitner"
    columns, unit = A + 1, SESSION

    def __init__(
        self,
        *,
        boxes: int = 5,
        wrong: str = "first",
        new_per_session: int = 0,
        ready: float = 0.5,
        items: str | float = "level",
    ) -> None:
        if wrong not in ("first", "one_down"):
            raise unknown("choice wrong=", str(wrong), ("first", "one_down"))
        mistakes = Violations("policy leitner")
        mistakes.unless(1 <= boxes <= 20 and int(boxes) == boxes, f"boxes={boxes} must be a whole number in [1, 20]")
        super().__init__("leitner", mistakes, new_per_session=new_per_session, ready=ready, items=items)
        self.boxes, self.down = float(boxes), float(boxes if wrong == "first" else 1)

    def review(self, cards: Floats, right: Bools, day: Floats, session: Floats) -> None:
        """A box up or back, and as many sessions until the next review as the box says."""
        box = np.maximum(cards[:, A], 1.0)  # new cards come from box 1
        box = np.where(right, np.minimum(box + 1.0, self.boxes), np.maximum(box - self.down, 1.0))
        cards[:, A], cards[:, DUE] = box, session + 2.0 ** (box - 1.0)


class LeitnerQueue(Scheduler):
    """Boxes as a network of queues (Reddy, Labutov, Banerjee & Joachims 2016): no calendar, deeper boxes less often.

    With probability ``new`` a new skill; else the head of a queue, queue k with weight 1 / sqrt(k). A right answer
    sends the skill to the end of the next queue, a wrong one to the end of the one before.

    Args:
        new: probability of a new skill, while there is one, in [0, 1].
        ready: a skill may be introduced from this readiness on, in [0, 1].
        items: which item of the skill.

    Raises:
        InputError: a parameter out of range.
    """

    name = "leitner_queue"
    draws = 2
    columns = A + 1

    def __init__(self, *, new: float = 0.3, ready: float = 0.5, items: str | float = "level") -> None:
        wrong = Violations("policy leitner_queue")
        wrong.unless(0 <= new <= 1, f"new={new} must be in [0, 1]: it is a probability")
        super().__init__("leitner_queue", wrong, new_per_session=0, ready=ready, items=items)
        self.new = float(new)

    def review(self, cards: Floats, right: Bools, day: Floats, session: Floats) -> None:
        """To the end of the next queue or of the one before; new skills enter at queue 1."""
        cards[:, A] = np.where(right, cards[:, A] + 1.0, np.maximum(cards[:, A] - 1.0, 1.0))

    def skills(self, observation: Observation, state: dict[str, Any], gap: Any, u: Any) -> npt.NDArray[np.int64]:
        """The first draw says whether it is a new one, the second which queue."""
        out = np.empty(len(observation), np.int64)
        order, ready = self.problem.curriculum.order, self.limits[1]
        next_in_queues(observation, state["cards"], order, self.positions, self.scales, ready, self.new, u, out)
        return out


class SM2(Scheduler):
    """SuperMemo 2 (Wozniak 1990): intervals of 1 day, 6 days, then times the skill's easiness.

    The easiness starts at 2.5 and moves with every answer's grade, never below 1.3; a wrong answer starts the sequence
    again, and the skill is repeated on the same day until it is right.

    Args:
        right: the grade of a right answer, 4 or 5.
        wrong: the grade of a wrong one, 0 to 2.
        easiness: "after" (an interval uses the easiness after this answer's change, as published) or "before".
        on_wrong: "keep" (a wrong answer leaves the easiness, as published) or "update".
        new_per_session: as in ``Scheduler``, as are ``ready`` and ``items``.
        ready: a skill may be introduced from this readiness on.
        items: which item of the skill.

    Raises:
        InputError: a parameter out of range.
    """

    name = "sm2"
    columns = D + 1  # right answers in a row, interval, easiness, day of the last lapse (-1: it is over)

    def __init__(
        self,
        *,
        right: int = 4,
        wrong: int = 1,
        easiness: str = "after",
        on_wrong: str = "keep",
        new_per_session: int = 0,
        ready: float = 0.5,
        items: str | float = "level",
    ) -> None:
        if easiness not in ("after", "before"):
            raise unknown("choice easiness=", str(easiness), ("after", "before"))
        if on_wrong not in ("keep", "update"):
            raise unknown("choice on_wrong=", str(on_wrong), ("keep", "update"))
        mistakes = Violations("policy sm2")
        mistakes.unless(right in (4, 5), f"right={right} must be 4 or 5: lower grades are repeated until they rise")
        mistakes.unless(wrong in (0, 1, 2), f"wrong={wrong} must be 0, 1 or 2: from 3 on an answer counts as right")
        super().__init__("sm2", mistakes, new_per_session=new_per_session, ready=ready, items=items)
        self.grades = float(right), float(wrong)
        self.after, self.update = easiness == "after", on_wrong == "update"

    def review(self, cards: Floats, right: Bools, day: Floats, session: Floats) -> None:
        """The published sequence; repetitions on the day of a lapse count for nothing but for ending it."""
        row, interval, lapse = cards[:, A], cards[:, B], cards[:, D]
        new = cards[:, C] == 0
        easiness = np.where(new, 2.5, cards[:, C])
        again = ~new & (lapse == day)
        away = 5.0 - np.where(right, *self.grades)
        better = np.maximum(1.3, easiness + 0.1 - away * (0.08 + away * 0.02))
        longer = np.ceil(interval * (better if self.after else easiness) - 1e-9)  # as if without rounding
        longer = np.where(row == 0, 1.0, np.where(row == 1, 6.0, np.minimum(longer, LONGEST)))
        cards[:, A] = np.where(again, row, np.where(right, row + 1.0, 0.0))
        cards[:, B] = np.where(again, interval, np.where(right, longer, 1.0))
        cards[:, C] = np.where(again | (~right & (not self.update)), easiness, better)
        cards[:, D] = np.where(right, -1.0, day)
        cards[:, DUE] = day + np.where(right, cards[:, B], 0.0)


class FSRSScheduler(Scheduler):
    """The scheduler FSRS-6 of today's flash-card programs: review when recall has fallen to the desired retention.

    It keeps stability and difficulty of every skill from the answers that it saw (right: "good", wrong: "again") and
    schedules whole days, as the package ``fsrs`` does without learning steps and without fuzz.

    Args:
        retention: the recall at which a review is due, .7 to .97 in practice.
        weights: the 21 weights of FSRS-6; None: the published defaults.
        new_per_session: as in ``Scheduler``, as are ``ready`` and ``items``.
        ready: a skill may be introduced from this readiness on.
        items: which item of the skill.

    Raises:
        InputError: a parameter out of range.
    """

    name = "fsrs_scheduler"
    columns = C + 1  # stability, difficulty, day of the last review

    def __init__(
        self,
        *,
        retention: float = 0.9,
        weights: Sequence[float] | None = None,
        new_per_session: int = 0,
        ready: float = 0.5,
        items: str | float = "level",
    ) -> None:
        wrong = Violations("policy fsrs_scheduler")
        wrong.unless(0 < retention < 1, f"retention={retention} must lie between 0 and 1: it is a chance of recall")
        block = fsrs_block(fsrs_weights(weights, wrong))
        super().__init__("fsrs_scheduler", wrong, new_per_session=new_per_session, ready=ready, items=items)
        self.block, self.retention = block[None, :], float(retention)

    def review(self, cards: Floats, right: Bools, day: Floats, session: Floats) -> None:
        """Stability and difficulty by the equations of version 6, and the day when recall will have fallen."""
        fsrs_review(cards, right, day, self.block, self.retention)


class _ByRecall(Scheduler):
    """Schedulers that read how well each skill is recalled: the tutor's belief, or, privileged, the truth."""

    def __init__(self, name: str, wrong: Violations, truth: bool = False, **shared: Any) -> None:
        super().__init__(name, wrong, **shared)
        self.privileged = truth
        if not truth:
            self.needs |= {"belief"}

    def recall(self, observation: Observation) -> Floats:
        """(N, K) the chance that each skill is recalled now."""
        if self.privileged:
            return self.problem.probe.mastery()
        return self.problem.column(observation, "belief")


class Memorize(_ByRecall):
    """MEMORIZE (Tabibian et al. 2019): the rate of reviews of a skill is (1 - recall) / sqrt(q) a day.

    At the start of every session each skill seen becomes due with probability 1 - exp(-rate * days since the last
    session); the least recalled of them comes first.

    Args:
        q: what a review costs; larger: fewer reviews.
        new_per_session: as in ``Scheduler``, as are ``ready`` and ``items``.
        ready: a skill may be introduced from this readiness on.
        items: which item of the skill.

    Raises:
        InputError: a parameter out of range.
    """

    name = "memorize_review"
    draws = 1

    def __init__(
        self, *, q: float = 1.0, new_per_session: int = 0, ready: float = 0.5, items: str | float = "level"
    ) -> None:
        wrong = Violations("policy memorize_review")
        wrong.unless(q > 0, f"q={q} must be more than 0")
        super().__init__("memorize_review", wrong, new_per_session=new_per_session, ready=ready, items=items)
        self.q = float(q)

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


class Threshold(_ByRecall):
    """Review the skill whose recall is nearest to a threshold, as soon as one has fallen to it.

    Args:
        threshold: the recall to wait for, in [0, 1].
        side: "below" (of the skills seen that have fallen to it the nearest; new ones as in ``Scheduler``) or "both"
            (of all skills, seen or not, the nearest from above or below: the published rule, to which nothing is new).
        truth: read the true recall instead of the tutor's belief. Privileged: no tutor can.
        new_per_session: as in ``Scheduler``, as are ``ready`` and ``items``.
        ready: a skill may be introduced from this readiness on.
        items: which item of the skill.

    Raises:
        InputError: a parameter out of range.
    """

    name = "recall_threshold"

    def __init__(
        self,
        *,
        threshold: float = 0.8,
        side: str = "below",
        truth: bool = False,
        new_per_session: int = 0,
        ready: float = 0.5,
        items: str | float = "level",
    ) -> None:
        if side not in ("below", "both"):
            raise unknown("choice side=", str(side), ("below", "both"))
        wrong = Violations("policy recall_threshold")
        wrong.unless(0 <= threshold <= 1, f"threshold={threshold} must be in [0, 1]: it is a chance of recall")
        wrong.unless(isinstance(truth, bool), f"truth={truth!r} must be true or false")
        super().__init__(
            "recall_threshold", wrong, bool(truth), new_per_session=new_per_session, ready=ready, items=items
        )
        self.threshold, self.both = float(threshold), side == "both"

    def keys(self, observation: Observation, cards: Floats, clock: Floats, gap: Any, u: Any) -> tuple[Floats, Any]:
        """The distance to the threshold; due is what lies at or below it."""
        recall = self.recall(observation)
        due = recall <= self.threshold
        away: Floats = np.abs(recall - self.threshold)
        return np.where(due, away - 2.0, away), due

    def skills(self, observation: Observation, state: dict[str, Any], gap: Any, u: Any) -> npt.NDArray[np.int64]:
        """By the common rule, or with "both" the nearest of all; the first in curriculum order on ties."""
        if not self.both:
            return super().skills(observation, state, gap, u)
        order = self.problem.curriculum.order
        return order[np.abs(self.recall(observation)[:, order] - self.threshold).argmin(axis=1)]


class MostForgotten(_ByRecall):
    """Review the skill seen before with the lowest belief, while that is below a threshold; else something new.

    Args:
        threshold: nothing new before all skills seen are believed to be recalled with this, in [0, 1].
        new_per_session: as in ``Scheduler``, as are ``ready`` and ``items``.
        ready: a skill may be introduced from this readiness on.
        items: which item of the skill.

    Raises:
        InputError: a parameter out of range.
    """

    name = "most_forgotten"

    def __init__(
        self, *, threshold: float = 0.8, new_per_session: int = 0, ready: float = 0.5, items: str | float = "level"
    ) -> None:
        wrong = Violations("policy most_forgotten")
        wrong.unless(0 <= threshold <= 1, f"threshold={threshold} must be in [0, 1]: it is a belief")
        super().__init__("most_forgotten", wrong, new_per_session=new_per_session, ready=ready, items=items)
        self.threshold = float(threshold)

    def keys(self, observation: Observation, cards: Floats, clock: Floats, gap: Any, u: Any) -> tuple[Floats, Any]:
        """The belief; due is what lies below the threshold."""
        recall = self.recall(observation)
        return recall, recall < self.threshold


class WorstFirst(Scheduler):
    """Practise the skill with the lowest share of right answers, while that is below a threshold; else a new one.

    The share is (right + 1) / (answers + 2), so that one answer does not decide.

    Args:
        threshold: nothing new before all skills seen have this share, in [0, 1].
        new_per_session: as in ``Scheduler``, as are ``ready`` and ``items``.
        ready: a skill may be introduced from this readiness on.
        items: which item of the skill.

    Raises:
        InputError: a parameter out of range.
    """

    name = "worst_first"
    columns = B + 1  # answers, right ones

    def __init__(
        self, *, threshold: float = 0.7, new_per_session: int = 0, ready: float = 0.5, items: str | float = "level"
    ) -> None:
        wrong = Violations("policy worst_first")
        wrong.unless(0 <= threshold <= 1, f"threshold={threshold} must be in [0, 1]: it is a share of answers")
        super().__init__("worst_first", wrong, new_per_session=new_per_session, ready=ready, items=items)
        self.threshold = float(threshold)

    def review(self, cards: Floats, right: Bools, day: Floats, session: Floats) -> None:
        """Count it."""
        cards[:, A] += 1.0
        cards[:, B] += right

    def keys(self, observation: Observation, cards: Floats, clock: Floats, gap: Any, u: Any) -> tuple[Floats, Any]:
        """The share of right answers; due is what lies below the threshold."""
        share = (cards[:, :, B] + 1.0) / (cards[:, :, A] + 2.0)
        return share, share < self.threshold
