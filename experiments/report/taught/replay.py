"""What mastery learning would teach in the situations of a run, replayed from what was seen and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...figures.lessons import Floats, Lessons

Bools = npt.NDArray[np.bool_]

PRECISION, SMALLEST = 2.0**-11, 1e-6
"""What was seen is kept as float16, so a number may have been larger or smaller by this share of it."""
RULE = "agents.Mastery"
"""How the class that is replayed here is named in a run's settings."""


@dataclass(frozen=True)
class MasteryRule:
    """The settings of mastery learning that decide which skill is taught; as they stand, those of the textbook.

    Attributes:
        threshold: a skill believed known to this share is passed over.
        ready: least share to which prerequisites must be believed known.
        review_days: a skill not seen for so long is reviewed first; 0: never on purpose.
        cap: most lessons on a skill; 0: without end.
        may_finish: whether the teaching ends once everything is believed known.
    """

    threshold: float = 0.95
    ready: float = 0.0
    review_days: float = 0.0
    cap: int = 0
    may_finish: bool = False

    @classmethod
    def of(cls, settings: Mapping[str, Any], *, finish: bool) -> MasteryRule | None:
        """The rule of a run's settings; None where it goes by another rule, or its settings were not kept."""
        if not str(settings.get("_target_", "")).endswith(RULE):
            return None
        plain = cls(may_finish=finish and bool(settings.get("finish", True)))
        return cls(
            threshold=float(settings.get("threshold", plain.threshold)),
            ready=float(settings.get("ready", plain.ready)),
            review_days=float(settings.get("review_days", plain.review_days)),
            cap=int(settings.get("cap", plain.cap)),
            may_finish=plain.may_finish,
        )


@dataclass(frozen=True, eq=False)
class Replayed:
    """What the rule teaches.

    Attributes:
        skill: (n, T) the skill; -1 where it would end the teaching, or where the scenario shows no belief.
        possible: (n, T, K) every skill that it may have taught, as far as the precision of the files tells.
    """

    skill: npt.NDArray[np.int64]
    possible: Bools


def replay(lessons: Lessons, rule: MasteryRule) -> Replayed:
    """The rule, asked before every lesson."""
    shape = (*lessons.items.shape, lessons.curriculum.n_skills)
    if "belief" not in lessons.seen:
        return Replayed(np.full(shape[:2], -1), np.ones(shape, bool))
    order = lessons.curriculum.order
    exact, ends = _candidates(lessons, rule, slack=0.0)
    some, may_end = _candidates(lessons, rule, slack=1.0)
    possible = np.empty(shape, bool)
    possible[:, :, order] = some | may_end[:, :, None]
    return Replayed(np.where(ends, -1, order[exact.argmax(axis=2)]), possible)


def _candidates(lessons: Lessons, rule: MasteryRule, *, slack: float) -> tuple[Bools, Bools]:
    """(n, T, K) the skills in curriculum order that may be meant, and (n, T) where the teaching may end.

    With a ``slack`` of 1 all numbers may be off by what the files round; then a skill counts unless another one is
    surely meant in its place.
    """
    order = lessons.curriculum.order

    def seen(name: str, otherwise: float) -> tuple[Floats, Floats]:
        """The least and the largest that may have been seen."""
        given = lessons.seen.get(name)
        values = np.full((*lessons.items.shape, len(order)), otherwise) if given is None else given[:, :, order]
        off = slack * (PRECISION * np.abs(values) + SMALLEST)
        return values - off, values + off

    (least, most), (ready_least, ready_most) = seen("belief", 0.0), seen("ready", 1.0)
    tries = seen("tries", 0.0)[0]
    under_cap = tries < rule.cap - 0.5 if rule.cap else np.ones(tries.shape, bool)
    ready = ready_least >= rule.ready, ready_most >= rule.ready  # surely, perhaps
    surely = (most < rule.threshold) & ready[0] & under_cap
    perhaps = (least < rule.threshold) & ready[1] & under_cap
    nothing_open = ~surely.any(axis=2, keepdims=True)
    may_end = np.logical_and(nothing_open, ~(most < rule.threshold).any(axis=2, keepdims=True)) & np.full(
        nothing_open.shape, rule.may_finish
    )
    some = (perhaps & ~_after_first(surely)) | (nothing_open & _lowest(least, most, ready))
    if rule.review_days > 0:
        days_least, days_most = seen("days_since", 0.0)
        due_surely = np.logical_and(tries > 0.5, days_least >= rule.review_days)
        due_perhaps = np.logical_and(tries > 0.5, days_most >= rule.review_days)
        longest = np.where(due_surely, days_least, -np.inf).max(axis=2, keepdims=True)
        first = np.logical_and(due_perhaps, days_most >= longest)
        nothing_due = ~due_surely.any(axis=2, keepdims=True)
        some, may_end = first | (some & nothing_due), may_end & nothing_due
    return some, may_end[:, :, 0]


def _after_first(those: Bools) -> Bools:
    """Which stand behind the first of those."""
    return np.cumsum(those, axis=2) - those > 0


def _lowest(least: Floats, most: Floats, ready: tuple[Bools, Bools]) -> Bools:
    """Which may be the least known of the ready ones; where nothing is surely ready, of all."""
    of_ready = np.where(ready[0], most, np.inf).min(axis=2, keepdims=True)
    of_all = most.min(axis=2, keepdims=True)
    none_ready = ~ready[0].any(axis=2, keepdims=True)
    return (ready[1] & (least <= of_ready)) | (none_ready & (least <= of_all))
