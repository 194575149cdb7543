"""Beliefs of a tutor who thinks of skills as memories: recalled with a chance that falls by the day (half-life, FSRS).

A student's record, all float64: the beliefs (K), their sum, a clock in days, then four numbers per skill, side by side
because a lesson needs all of them: the clock at the last lesson, the strength of the memory in days (half-life or
stability; 0: never met), and what the law counts (right and wrong answers, or the difficulty).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations

from ....students.curriculum.curriculum import Curriculum
from ....students.jit import Truth, Whole, inline, kernel
from ....students.memory import _fsrs
from ....students.memory.exponential import HalfLife
from ....students.model import FloatN, FloatNK, IntN, Outcome
from ..base import LINKS, BeliefState, Believed, Floats, Ints, marginal, pack_links, vector
from ..course import CourseLog
from ..search import RIDGE, STUDENTS, seek
from ..tracing import Tracing

__all__ = ["MemoryBelief"]

HALF_LIFE, STABILITY = 0.0, 1.0  # the laws
LAST, STRENGTH, COUNT, OTHER, PER_SKILL = range(5)  # of a skill's memory
RIGHT, WRONG = 0, 1  # of the numbers of the half-life law
GROWTH, FACTOR, LAW, CONSTANTS = range(_fsrs.BLOCK, _fsrs.BLOCK + 4)  # behind a block of FSRS weights
DECAY = 20  # of the FSRS weights
LN2 = math.log(2.0)
MINUTES_PER_DAY = 1440.0
LOWEST, HIGHEST = math.log2(HalfLife.SHORTEST), math.log2(HalfLife.LONGEST)
SELDOM = 0.02
"""The usual chance of a guess and of a slip, towards which a fit draws both: memories do not guess."""
MOST = 0.45
"""The largest chance of either that a fit finds."""


class MemoryBelief(Tracing, ABC):
    """What both memory beliefs share. The belief about a skill is the chance that it is recalled now.

    A lesson renews the memory of the item's skills: they are believed to be recalled until they fade. How fast they
    fade is what the answers tell. A right answer is right for all skills of the item; a wrong one is put down to the
    skill that was least likely to be recalled, and the others count as shown. Minutes of lessons pass as days do.
    """

    kind: ClassVar[str]
    local = False  # all memories fade during a lesson
    searched: ClassVar[int]
    """How many numbers of its own a fit seeks that all skills share."""
    rounds: ClassVar[int]
    """Turns in which a fit seeks those and one more number of every skill; 0: the skills have none."""
    usual: ClassVar[float] = 0.0
    """Of the skills' own numbers, towards which they are drawn."""

    def __init__(
        self, curriculum: Curriculum, law: float, constants: Any, skills: Any, shared: dict[str, Any], wrong: Violations
    ) -> None:
        self.typical = float(vector(shared.pop("typical"), 1, "typical", 1e-3, 36500.0, wrong)[0])
        wrong.raise_any()
        # with learn = leak = 1 the equations of BKT are these: a lesson makes sure, whatever came before
        super().__init__(curriculum, learn=1.0, leak=1.0, **shared)
        k = curriculum.n_skills
        packed = np.zeros(CONSTANTS)
        packed[: len(constants)] = constants
        packed[LAW] = law
        self.packed = np.concatenate([packed, self.prior, np.broadcast_to(skills, k)])
        self.links = pack_links(curriculum)
        memory = np.dtype((np.float64, (k, PER_SKILL)))
        self.dtype = np.dtype(
            [("belief", np.float64, (k,)), ("total", np.float64), ("clock", np.float64), ("memory", memory)]
        )
        self._start = np.zeros(1, self.dtype)
        self._start["belief"] = self.prior
        self._start["total"] = self.prior.sum()

    @classmethod
    def fit(cls, log: CourseLog, *, seed: int) -> tuple[dict[str, Any], float]:
        """The numbers that foretell each answer best, one lesson ahead; there is one starting point.

        Guess and slip, what is known before it is taught, the typical strength, and what ``told`` knows of.
        """
        few, all_ = _Told(cls, log.first(STUDENTS)), _Told(cls, log)
        start = np.full(log.curriculum.n_skills, cls.usual)
        own, x = seek(few.losses, start, 2 + cls.searched, rounds=cls.rounds, iterations=40, tell=log.tell)
        losses, strength = all_.run(own, x)
        numbers = {**all_.numbers(own, x), "typical": float(np.median(strength[strength > 0]))}
        return numbers, float(losses.sum())

    @staticmethod
    @abstractmethod
    def told(own: Floats, x: Floats) -> dict[str, Any]:
        """The arguments of the class that a point of a fit's search means.

        Args:
            own: (K,) the skills' own numbers.
            x: (searched,) those that all skills share; 0 is the usual value of each.
        """

    @property
    def update_kernel(self) -> tuple[Callable[..., None], Floats, Ints]:
        """The kernel that is all of ``update``, and what it takes beside records, items and outcome."""
        return _update, self.packed, self.links

    def update(self, state: BeliefState, items: IntN, out: Outcome) -> None:
        """Renew the memories of the item's skills by the answer, then let the lesson's minutes pass."""
        _update(state.view(np.float64), items, out, self.packed, self.links)

    @property
    def elapse_kernel(self) -> tuple[Callable[..., None], Floats]:
        """The kernel that is all of ``elapse``, and what it takes beside records and days."""
        return _elapse, self.packed

    def elapse(self, state: BeliefState, days: FloatN) -> None:
        """Every memory fades by its own strength."""
        _elapse(state.view(np.float64), days, self.packed)

    def after(self, believed: Believed | FloatNK, days: float | FloatN) -> FloatNK:
        """(N, K) the belief after ``days`` (one number, or (N,)) without teaching.

        The beliefs alone do not say how strong a memory is, so one of the ``typical`` strength is meant; ``elapse``
        knows each memory's own.
        """
        belief = marginal(believed, self.curriculum.n_skills)
        out = np.empty((len(belief), self.curriculum.n_skills))
        gaps = np.ascontiguousarray(np.broadcast_to(days, len(belief)), np.float64)
        _after(np.ascontiguousarray(belief, np.float64), gaps, self.typical, self.packed, out)
        return out

    def strength(self, state: BeliefState) -> FloatNK:
        """(N, K) days: half-life or stability of each memory; 0 where nothing was taught."""
        return state["memory"][:, :, STRENGTH].copy()

    def _shared(self) -> dict[str, Any]:
        return {
            "prior": self.prior.tolist(),
            "guess": self.items["guess"].tolist(),
            "slip": self.items["slip"].tolist(),
            "typical": self.typical,
        }


@inline
def _skills(f: Floats) -> int:
    """K, of the packed numbers, which end with two for each skill."""
    return (f.shape[0] - CONSTANTS) // 2


@inline
def _width(f: Floats) -> int:
    """How many numbers a student's record has."""
    return _skills(f) * (1 + PER_SKILL) + 2


@inline
def _recall(law: float, days: float, strength: float, prior: float, factor: float, decay: float) -> float:
    """The chance of recall so many days after the last lesson; of what was never taught: the prior."""
    if strength <= 0.0:
        return prior
    if law == HALF_LIFE:
        return math.exp(-LN2 * days / strength)
    return math.exp(-decay * math.log(1.0 + factor * days / strength))


@inline
def _half_life(right: float, wrong: float, bias: float, per_right: float, per_wrong: float) -> float:
    power = bias + per_right * math.sqrt(right) + per_wrong * math.sqrt(wrong)
    return math.exp(LN2 * min(max(power, LOWEST), HIGHEST))


@inline
def _lesson(
    s: Floats, i: Whole, m: Whole, answered: Truth, correct: Truth, rating: Whole, minutes: float, w: _fsrs.Weights,
    f: Floats, n: Ints,
) -> None:  # fmt: skip
    """One student's lesson: the item's skills are renewed, and its minutes pass. Beliefs stay as they were."""
    skills, first, law = _skills(f), LINKS + m * n[2], f[LAW]
    now, growth, weakest, least = s[i, skills + 1], f[GROWTH], -1, np.inf
    for slot in range(first, first + n[2]):
        k: Whole = n[slot]
        if k < 0:
            break
        at = skills + 2 + k * PER_SKILL
        p = _recall(law, now - s[i, at + LAST], s[i, at + STRENGTH], f[CONSTANTS + k], f[FACTOR], w[DECAY])
        s[i, k] = p
        if p < least:
            weakest, least = k, p
    for slot in range(first, first + n[2]):
        k: Whole = n[slot]
        if k < 0:
            break
        at = skills + 2 + k * PER_SKILL
        days, strength, x, y = now - s[i, at + LAST], s[i, at + STRENGTH], s[i, at + COUNT], s[i, at + OTHER]
        good, bad = answered and correct, answered and not correct and k == weakest
        if law == HALF_LIFE:
            x += good
            y += bad and strength > 0.0
            s[i, at + STRENGTH] = _half_life(x, y, f[CONSTANTS + skills + k], f[RIGHT], f[WRONG])
            s[i, at + COUNT], s[i, at + OTHER] = x, y
        elif good or bad or strength <= 0.0:
            rated = (rating if rating > _fsrs.AGAIN else _fsrs.GOOD) if good else _fsrs.AGAIN
            s[i, at + STRENGTH] = _fsrs.stability_after(w, growth, strength, x, rated, days, s[i, k], True, True)
            s[i, at + COUNT] = _fsrs.difficulty_after(w, strength, x, rated, False)
        s[i, at + LAST] = now
    s[i, skills + 1] = now + minutes / MINUTES_PER_DAY


@inline
def _believe(s: Floats, i: Whole, w: _fsrs.Weights, f: Floats) -> None:
    """Write one student's beliefs and their sum."""
    skills, law, factor = _skills(f), f[LAW], f[FACTOR]
    now, total = s[i, skills + 1], 0.0
    for k in range(skills):
        at = skills + 2 + k * PER_SKILL
        p = _recall(law, now - s[i, at + LAST], s[i, at + STRENGTH], f[CONSTANTS + k], factor, w[DECAY])
        s[i, k] = p
        total += p
    s[i, skills] = total


@kernel
def _update(flat: Floats, items: Ints, out: Outcome, f: Floats, n: Ints) -> None:
    s, w = flat.reshape((items.shape[0], _width(f))), _fsrs.block(f.reshape((1, f.shape[0])), 0, 0)
    answered, correct, rating, minutes = out["answered"], out["correct"], out["rating"], out["minutes"]
    for i in range(items.shape[0]):
        if items[i] >= 0:
            _lesson(s, i, items[i], answered[i], correct[i], rating[i], minutes[i], w, f, n)
            _believe(s, i, w, f)


@kernel
def _elapse(flat: Floats, days: Floats, f: Floats) -> None:
    s, w = flat.reshape((days.shape[0], _width(f))), _fsrs.block(f.reshape((1, f.shape[0])), 0, 0)
    for i in range(days.shape[0]):
        if days[i] > 0.0:
            s[i, _skills(f) + 1] += days[i]
            _believe(s, i, w, f)


@kernel
def _after(belief: Floats, days: Floats, typical: float, f: Floats, out: Floats) -> None:
    """Each belief is that of a memory of the typical strength: how old it must be, and what is left some days later."""
    law, factor, decay = f[LAW], f[FACTOR], f[DECAY]
    for i in range(belief.shape[0]):
        for k in range(belief.shape[1]):
            p = belief[i, k]
            if law == HALF_LIFE or p <= 0.0:
                out[i, k] = p * math.exp(-LN2 * days[i] / typical)
            else:
                age = typical / factor * (math.exp(-math.log(p) / decay) - 1.0)
                out[i, k] = _recall(law, age + days[i], typical, 0.0, factor, decay)


@kernel
def foretell(
    flat: Floats, items: Ints, answers: npt.NDArray[np.int8], gaps: Floats, minutes: Floats, owners: Ints, guess: float,
    slip: float, f: Floats, n: Ints, loss: Floats,
) -> None:  # fmt: skip
    """Run the belief over a log, and sum the log-loss of each answer, foretold before it, by the item's own skill.

    Args:
        flat: the fresh records, one after the other; afterwards those at the end of the log.
        items: (N, T), -1 where there was no lesson.
        answers: (N, T) 1 right, 0 wrong, -1 not asked.
        gaps: (T,) days before each lesson.
        minutes: (M,) of the items.
        owners: (M,) the skill that an item's answers are counted for.
        guess: P(right answer without recall).
        slip: P(wrong answer in spite of it).
        f: the belief's packed numbers.
        n: its links.
        loss: (K,), added to.
    """
    s, law = flat.reshape((items.shape[0], _width(f))), f[LAW]
    w = _fsrs.block(f.reshape((1, f.shape[0])), 0, 0)
    for i in range(items.shape[0]):
        for t in range(items.shape[1]):
            s[i, n[0] + 1] += gaps[t]
            m: Whole = items[i, t]
            answer: Whole = answers[i, t]
            if m < 0:
                continue
            p, now, first = 1.0, s[i, n[0] + 1], LINKS + m * n[2]
            for slot in range(first, first + n[2]):
                k: Whole = n[slot]
                if k < 0:
                    break
                at = n[0] + 2 + k * PER_SKILL
                days, prior = now - s[i, at + LAST], f[CONSTANTS + k]
                p *= _recall(law, days, s[i, at + STRENGTH], prior, f[FACTOR], w[DECAY])
            p = guess + (1.0 - guess - slip) * p
            if answer >= 0:
                loss[owners[m]] -= math.log(max(p if answer == 1 else 1.0 - p, 1e-12))
            _lesson(s, i, m, answer >= 0, answer == 1, 0, minutes[m], w, f, n)


class _Told:
    """A log, the numbers that a point of the search means, and how well they foretell its answers."""

    def __init__(self, kind: type[MemoryBelief], log: CourseLog) -> None:
        self.kind, self.log = kind, log
        self.known = _right_at_first(log)
        self.answers = max(int((log.answers >= 0).sum()), 1)

    def numbers(self, own: Floats, x: Floats) -> dict[str, Any]:
        """Arguments of the belief besides ``typical``."""
        odds = SELDOM / (1 - SELDOM) * np.exp(2.0 * x[:2])
        guess, slip = (MOST * odds / (MOST + odds)).tolist()
        prior = np.clip((self.known - guess) / (1 - guess - slip), 0.0, 0.99)
        return {"prior": prior, "guess": guess, "slip": slip, **self.kind.told(own, x[2:])}

    def losses(self, own: Floats, x: Floats) -> Floats:
        """(K,) each skill's part of the mean log-loss of one answer ahead, and the pull on its own number."""
        return self.run(own, x)[0] + RIDGE * (own - self.kind.usual) ** 2 / len(own)

    def run(self, own: Floats, x: Floats) -> tuple[Floats, Floats]:
        """The losses, and (N, K) how strong each memory is at the end."""
        numbers, log, curriculum = self.numbers(own, x), self.log, self.log.curriculum
        make: Any = self.kind
        belief: MemoryBelief = make(curriculum, **numbers)
        state, loss = belief.allocate(len(log.items)), np.zeros(curriculum.n_skills)
        foretell(
            state.view(np.float64), log.items, log.answers, log.gaps, curriculum.minutes, log.owners,
            numbers["guess"], numbers["slip"], belief.packed, belief.links, loss,
        )  # fmt: skip
        return loss / self.answers, belief.strength(state)


def _right_at_first(log: CourseLog) -> Floats:
    """(K,) the share of right answers to what was asked before anything of its skill was taught; 0 where never."""
    curriculum, owners = log.curriculum, log.owners
    right, asked = np.zeros(curriculum.n_skills), np.zeros(curriculum.n_skills)
    alone = np.array(curriculum.q).sum(axis=1) == 1
    met = np.zeros((len(log.items), curriculum.n_skills + 1), bool)
    slots, rows = np.array(curriculum.item_skills), np.arange(len(log.items))
    for item, answer in zip(log.items.T, log.answers.T, strict=True):
        there = item >= 0
        first = there & (answer >= 0) & alone[item] & ~met[rows, owners[item]]
        np.add.at(asked, owners[item[first]], 1)
        np.add.at(right, owners[item[first]], answer[first] == 1)
        for skill in slots[item].T:
            met[rows[there], skill[there]] = True  # -1, no skill, is the last column
    return right / np.maximum(asked, 1)
