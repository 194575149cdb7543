"""What a log says of times and hints: their numbers by expectation-maximisation, kept where they foretell answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ....students.model import allocate_outcome
from ..base import Believed, Bools, Floats, Ints, Numbers
from ..course import CourseLog
from .numbers import COUNTS, LEAST

if TYPE_CHECKING:
    from ..base import Belief

LEARNERS, TURNS = 1000, 60
"""Students to whom the numbers of clues are fitted, and as many others who judge them; turns of the search."""
SURE = 3.0
"""Clues must foretell answers better by so many standard errors over students."""
RAPID_SD, APART = 0.5, 3.0
"""Where the spread of rapid guesses begins; by how many standard deviations of other lessons they must be faster."""
PACES = 0.3
"""The least by which paces are taken to differ (standard deviation of log minutes): those of a log may all be alike,
those to come need not be, and a class twice as slow would be taken for ignorant."""
FEWEST = 200
"""Answers that a clue is learnt from, at least."""


def with_clues(kind: str, numbers: Numbers, log: CourseLog) -> Numbers:
    """The numbers of a belief, with those of clues that students report and that foretell their answers better.

    Whether a skill was known is not seen. But how likely it was before a lesson is what the belief says, and times and
    hints follow from that as a mixture, whose parts are sought. Other students than those judge: a clue is kept where
    the next answers have a lower log-loss with it, surely.

    Args:
        kind: of the belief.
        numbers: its arguments, fitted to answers alone.
        log: what they were fitted to.
    """
    from ..build import build_belief

    if log.minutes is None and log.hints is None:
        return numbers
    half = min(LEARNERS, len(log.items) // 2)
    learners, judges = log.pieces(half)[:2]
    belief = build_belief({"kind": kind, **numbers}, log.curriculum)
    seen = _Seen.of(belief, learners)
    if len(seen.right) < FEWEST:
        return numbers
    table = _hints(seen) if log.hints is not None else None
    found: Numbers = {} if table is None else {"hints": table}
    if log.minutes is not None:
        found["minutes"] = _minutes(seen, table)
    before, kept = follow(belief, judges)[1], dict[str, object]()
    for name, value in found.items():
        better = before - follow(build_belief({"kind": kind, **numbers, name: value}, log.curriculum), judges)[1]
        if better.mean() > SURE * better.std(ddof=1) / np.sqrt(len(better)):
            kept[name] = value
    return {**numbers, **kept}


def follow(belief: Belief, log: CourseLog) -> tuple[Floats, Floats]:
    """(N, T) P(all skills of the item are known) before each lesson; (N,) the log-loss of all answers, foretold."""
    n, lessons = len(log.items), log.items.shape[1]
    state, out = belief.allocate(n), allocate_outcome(n)
    everybody: Ints = np.arange(n, dtype=np.int64)
    known, loss = np.zeros((n, lessons)), np.zeros(n)
    guess, slip = _chances(belief)
    for t in range(lessons):
        if log.gaps[t] > 0:
            belief.elapse(state, np.full(n, float(log.gaps[t]), np.float64))
        items, asked, right = log.items[:, t], log.answers[:, t] >= 0, log.answers[:, t] == 1
        p: Floats = belief.p_correct(Believed.of(state))[everybody, items]
        known[:, t] = ((p - guess[items]) / (1.0 - guess[items] - slip[items])).clip(0.0, 1.0)
        loss -= np.where(asked, np.log(np.where(right, p, 1.0 - p)), 0.0)
        out["answered"], out["correct"] = asked, right
        if log.minutes is not None:
            out["minutes"] = log.minutes[:, t]
        if log.hints is not None:
            out["hints"] = log.hints[:, t]
        belief.update(state, items, out)
    return known, loss


def _chances(belief: Belief) -> tuple[Floats, Floats]:
    """(M,) guess and slip of the items."""
    numbers = belief.parameters()
    return np.array(numbers["guess"]), np.array(numbers["slip"])


@dataclass(frozen=True)
class _Seen:
    """The answers of a log one by one, (E,) each, and what the belief says of them.

    Attributes:
        who: the student.
        right: 1 where the answer was.
        if_known: P(this answer and the skills known); ``if_not``: P(this answer and not all of them).
        chances: (2, E) the chance of this answer if they are not, and if they are.
        longer: log minutes above those of the item.
        minutes: log minutes.
        hints: how many.
    """

    who: Ints
    right: Ints
    if_not: Floats
    if_known: Floats
    chances: Floats
    longer: Floats
    minutes: Floats
    hints: Ints

    @classmethod
    def of(cls, belief: Belief, log: CourseLog) -> _Seen:
        """The answers of a log."""
        known = follow(belief, log)[0]
        who, lesson = np.nonzero(log.answers >= 0)
        items, right = log.items[who, lesson], log.answers[who, lesson].astype(np.int64)
        (guess, slip), before = (chances[items] for chances in _chances(belief)), known[who, lesson]
        chances = np.where(right == 1, (guess, 1.0 - slip), (1.0 - guess, slip))
        took = np.ones(len(who)) if log.minutes is None else log.minutes[who, lesson].astype(np.float64)
        minutes = np.log(np.maximum(took, LEAST))
        longer = minutes - np.log(np.maximum(log.curriculum.minutes[items], LEAST))
        hints = np.zeros(len(who), np.int64) if log.hints is None else log.hints[who, lesson].astype(np.int64)
        if_not, if_known = (1.0 - before) * chances[0], before * chances[1]
        return cls(who, right, if_not, if_known, chances, longer, minutes, np.minimum(hints, COUNTS - 1))

    def where(self, which: Bools) -> _Seen:
        """Some of the answers."""
        return _Seen(**{name: value[..., which] for name, value in vars(self).items()})


def _hints(seen: _Seen) -> Floats:
    """(2, 2, ``COUNTS``) P(so many hints), by (not known, known) and (wrong, right); one of each is added."""
    table, cell = np.full((2, 2, COUNTS), 1.0 / COUNTS), seen.right * COUNTS + seen.hints
    for _ in range(TURNS):
        no, yes = seen.if_not * table[0, seen.right, seen.hints], seen.if_known * table[1, seen.right, seen.hints]
        sure = yes / (no + yes)
        counts = np.stack([np.bincount(cell, w, 2 * COUNTS).reshape(2, COUNTS) for w in (1.0 - sure, sure)]) + 1.0
        table = counts / counts.sum(axis=2, keepdims=True)
    return table


@dataclass
class _Times:
    """The numbers of times on the way to their best: see ``MINUTES``, and each student's own pace.

    Attributes:
        mean, sd: (2, 2).
        rapid: (2,).
        rapid_mean, rapid_sd: of rapid guesses.
        pace: variance between students.
        slow: (N,) what each student takes longer.
    """

    mean: Floats
    sd: Floats
    rapid: Floats
    rapid_mean: float
    rapid_sd: float
    pace: float
    slow: Floats

    def step(self, seen: _Seen) -> None:
        """One turn: what each answer was, then the numbers that this calls for."""
        right, guessed = seen.right, np.minimum(self.rapid[seen.right], seen.chances.min(axis=0))
        x = seen.longer - self.slow[seen.who]
        prior = np.stack([seen.if_not, seen.if_known])
        looked = prior * (1.0 - guessed / seen.chances)
        parts = looked * np.stack([_normal(x, self.mean[k, right], self.sd[k, right]) for k in (0, 1)])
        rapid = (prior - looked).sum(axis=0) * _normal(seen.minutes, self.rapid_mean, self.rapid_sd)
        total = np.maximum(parts.sum(axis=0) + rapid, 1e-300)
        parts, rapid = parts / total, rapid / total
        for k in (0, 1):
            weight = np.maximum(np.bincount(right, parts[k], 2), 1.0)
            self.mean[k] = np.bincount(right, parts[k] * x, 2) / weight
            apart = (x - self.mean[k, right]) ** 2
            self.sd[k] = np.sqrt(np.maximum(np.bincount(right, parts[k] * apart, 2) / weight, 1e-4))
        if self.rapid.any():
            self.rapid = np.bincount(right, rapid, 2) / len(right)
            weight = max(rapid.sum(), 1e-9)
            self.rapid_mean = float((rapid * seen.minutes).sum() / weight)
            spread = (rapid * (seen.minutes - self.rapid_mean) ** 2).sum() / weight
            self.rapid_sd = float(np.sqrt(max(spread, 1e-2)))
        self._paces(seen, parts, 1.0 - rapid)

    def _paces(self, seen: _Seen, parts: Floats, looked: Floats) -> None:
        """How much longer each student takes, drawn towards nobody's, and how much they differ."""
        noise, n = float((self.sd**2).mean()), len(self.slow)
        longer = looked * seen.longer - (parts * self.mean[:, seen.right]).sum(axis=0)
        lessons, total = np.bincount(seen.who, looked, n), np.bincount(seen.who, longer, n)
        self.slow = self.pace * total / (self.pace * lessons + noise)
        self.pace = float((self.slow**2).mean() + (self.pace * noise / (self.pace * lessons + noise)).mean())


def _minutes(seen: _Seen, hints: Floats | None) -> Numbers:
    """The section ``minutes`` of a belief, from lessons without hints."""
    if hints is not None:
        weigh = {"if_not": seen.if_not * hints[0, seen.right, 0], "if_known": seen.if_known * hints[1, seen.right, 0]}
        seen = replace(seen, **weigh).where(seen.hints == 0)
    found = _sought(seen, rapid=True)
    usual = float(seen.minutes.mean()) - APART * float(found.sd.max())
    if found.rapid_mean > usual:
        found = _sought(seen, rapid=False)
    return {
        "mean": found.mean,
        "sd": found.sd,
        "pace": max(np.sqrt(found.pace), PACES),
        "rapid": found.rapid,
        "rapid_mean": found.rapid_mean,
        "rapid_sd": found.rapid_sd,
    }


def _sought(seen: _Seen, *, rapid: bool) -> _Times:
    at = float(np.quantile(seen.minutes, 0.005))
    slow, spread = np.zeros(int(seen.who.max()) + 1), float(seen.longer.std())
    guessed = np.full(2, 0.01 if rapid else 0.0)
    middle = np.full((2, 2), float(np.median(seen.longer)))
    found = _Times(middle, np.full((2, 2), spread), guessed, at, RAPID_SD, 0.04, slow)
    for _ in range(TURNS):
        found.step(seen)
    return found


def _normal(x: Floats, mean: Floats | float, sd: Floats | float) -> Floats:
    return np.exp(-0.5 * ((x - mean) / sd) ** 2) / sd
