"""Beliefs of a tutor who thinks of skills as memories: recalled with a chance that falls by the day (half-life, FSRS).

A student's record, all float64: the beliefs (K), their sum, a clock in days, then four numbers per skill, side by side
because a lesson needs all of them: the clock at the last lesson, the strength of the memory in days (half-life or
stability; 0: never met), and what the law counts (right and wrong answers, or the difficulty).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations

from ...students.curriculum.curriculum import Curriculum
from ...students.jit import inline, kernel
from ...students.memory import _fsrs
from ...students.memory.exponential import HalfLife
from ...students.memory.fsrs import BOUNDS, FSRS, WEIGHTS
from ...students.model import FloatN, FloatNK, FloatNM, IntN, Outcome
from .bkt import LINKS, BeliefState, BKTParameters, bkt_expected_gain, bkt_p_correct, pack_links, vector

__all__ = ["FSRSBelief", "HalfLifeBelief", "MemoryBelief"]

HALF_LIFE, STABILITY = 0.0, 1.0  # the laws
LAST, STRENGTH, COUNT, OTHER, PER_SKILL = range(5)  # of a skill's memory
RIGHT, WRONG = 0, 1  # of the numbers of the half-life law
GROWTH, FACTOR, LAW, CONSTANTS = range(_fsrs.BLOCK, _fsrs.BLOCK + 4)  # behind a block of FSRS weights
DECAY = 20  # of the FSRS weights
LN2 = math.log(2.0)
MINUTES_PER_DAY = 1440.0
LOWEST, HIGHEST = math.log2(HalfLife.SHORTEST), math.log2(HalfLife.LONGEST)


class MemoryBelief:
    """What both memory beliefs share. The belief about a skill is the chance that it is recalled now.

    A lesson renews the memory of the item's skills: they are believed to be recalled until they fade. How fast they
    fade is what the answers tell. A right answer is right for all skills of the item; a wrong one is put down to the
    skill that was least likely to be recalled, and the others count as shown. Minutes of lessons pass as days do.
    """

    kind = "memory"
    local = False  # all memories fade during a lesson

    def __init__(
        self, curriculum: Curriculum, law: float, constants: Any, skills: Any, shared: dict[str, Any], wrong: Violations
    ) -> None:
        self.curriculum = curriculum
        self.typical = float(vector(shared.pop("typical"), 1, "typical", 1e-3, 36500.0, wrong)[0])
        wrong.raise_any()
        # with learn = leak = 1 the equations of BKT are these: a lesson makes sure, whatever came before
        self.numbers = BKTParameters(curriculum, learn=1.0, leak=1.0, **shared)
        k = curriculum.n_skills
        packed = np.zeros(CONSTANTS)
        packed[: len(constants)] = constants
        packed[LAW] = law
        self.packed = np.concatenate([packed, self.numbers.prior, np.broadcast_to(skills, k)])[None, :]
        self.links = pack_links(curriculum)
        memory = np.dtype((np.float64, (k, PER_SKILL)))
        self.dtype = np.dtype(
            [("belief", np.float64, (k,)), ("total", np.float64), ("clock", np.float64), ("memory", memory)]
        )
        self._start = np.zeros(1, self.dtype)
        self._start["belief"] = self.numbers.prior
        self._start["total"] = self.numbers.prior.sum()

    def allocate(self, n: int) -> BeliefState:
        """Room for ``n`` students, already reset."""
        return np.repeat(self._start, n)

    def reset(self, state: BeliefState, rows: IntN) -> None:
        """Students who have met nothing, into these rows."""
        state[rows] = self._start[0]

    def update(self, state: BeliefState, items: IntN, out: Outcome) -> None:
        """Renew the memories of the item's skills by the answer, then let the lesson's minutes pass."""
        _update(self.rows(state), items, out, self.packed, self.links)

    def elapse(self, state: BeliefState, days: FloatN) -> None:
        """Every memory fades by its own strength."""
        _elapse(self.rows(state), days, self.packed, self.links)

    def expected_gain(self, belief: FloatNK) -> FloatNM:
        """(N, M) the sum over the item's skills of 1 - belief: after a lesson they are recalled."""
        return bkt_expected_gain(self.numbers, self.curriculum, belief)

    def p_correct(self, belief: FloatNK) -> FloatNM:
        """(N, M) guess + (1 - guess - slip) times the product of the beliefs in the item's skills."""
        return bkt_p_correct(self.numbers, self.curriculum, belief)

    def after(self, belief: FloatNK, days: float | FloatN) -> FloatNK:
        """(N, K) the belief after ``days`` (one number, or (N,)) without teaching.

        The beliefs alone do not say how strong a memory is, so one of the ``typical`` strength is meant; ``elapse``
        knows each memory's own.
        """
        out = np.empty((len(belief), self.curriculum.n_skills))
        gaps = np.ascontiguousarray(np.broadcast_to(days, len(belief)), np.float64)
        _after(np.ascontiguousarray(belief, np.float64), gaps, self.typical, self.packed, out)
        return out

    def strength(self, state: BeliefState) -> FloatNK:
        """(N, K) days: half-life or stability of each memory; 0 where nothing was taught."""
        return state["memory"][:, :, STRENGTH].copy()

    def rows(self, state: BeliefState) -> npt.NDArray[np.float64]:
        """The records as one (N, W) matrix."""
        return state.view(np.float64).reshape(len(state), -1)

    def _shared(self) -> dict[str, Any]:
        return {
            "prior": self.numbers.prior.tolist(),
            "guess": self.numbers.items["guess"].tolist(),
            "slip": self.numbers.items["slip"].tolist(),
            "typical": self.typical,
        }


class HalfLifeBelief(MemoryBelief):
    """Half-life regression (Settles & Meeder 2016): recall is 2^(-days / h), h = 2^(right √r + wrong √w + bias) days.

    r and w are the skill's right and wrong answers so far. A wrong answer to what was never taught does not count.

    Args:
        curriculum: what is taught.
        prior: (K,) P(recalled without having been taught); it does not fade.
        right: what the root of the right answers adds to log2 of the half-life, >= 0.
        wrong: what the root of the wrong answers adds to it.
        bias: (K,) log2 of the first half-life in days.
        guess: (M,) P(right answer without recall).
        slip: (M,) P(wrong answer in spite of it).
        typical: the half-life in days of a memory about which nothing else is known (``after``).

    The defaults are the published start values of srs-benchmark; ``typical`` is a prior. Half-lives stay between 15
    minutes and 274 days, as in the authors' code.
    """

    kind = "half_life"

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        prior: Any = 0.0,
        right: float = 2.5819,
        wrong: float = -0.8674,
        bias: Any = 2.7245,
        guess: Any = 0.0,
        slip: Any = 0.0,
        typical: float = 30.0,
    ) -> None:
        mistakes = Violations("belief")
        self.right = float(vector(right, 1, "right", 0.0, 10.0, mistakes)[0])
        self.wrong = float(vector(wrong, 1, "wrong", -10.0, 10.0, mistakes)[0])
        self.bias = vector(bias, curriculum.n_skills, "bias", -10.0, 10.0, mistakes)
        shared = {"prior": prior, "guess": guess, "slip": slip, "typical": typical}
        super().__init__(curriculum, HALF_LIFE, [self.right, self.wrong], self.bias, shared, mistakes)

    def parameters(self) -> dict[str, Any]:
        """The numbers of this belief as plain lists."""
        own = {"right": self.right, "wrong": self.wrong, "bias": self.bias.tolist()}
        return {"kind": self.kind, **own, **self._shared()}


class FSRSBelief(MemoryBelief):
    """The memory of the scheduler FSRS (version 6): stability, difficulty, and recall that falls as a power of time.

    A wrong answer is rated "again"; a right one as the student rated it, "good" where there are no ratings. What is
    only shown makes a first memory as "again" does, and later renews the time alone. Equations: docs/students/fsrs.md.

    Args:
        curriculum: what is taught.
        prior: (K,) P(recalled without having been taught); it does not fade.
        weights: the 21 weights of FSRS-6; None: the published defaults.
        guess: (M,) P(right answer without recall).
        slip: (M,) P(wrong answer in spite of it).
        typical: the stability in days of a memory about which nothing else is known (``after``); a prior.
    """

    kind = "fsrs"

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        prior: Any = 0.0,
        weights: Any = None,
        guess: Any = 0.0,
        slip: Any = 0.0,
        typical: float = 30.0,
    ) -> None:
        wrong = Violations("belief")
        self.weights = fsrs_weights(weights, wrong)
        shared = {"prior": prior, "guess": guess, "slip": slip, "typical": typical}
        super().__init__(curriculum, STABILITY, fsrs_block(self.weights), 0.0, shared, wrong)

    def parameters(self) -> dict[str, Any]:
        """The numbers of this belief as plain lists."""
        return {"kind": self.kind, "weights": self.weights.tolist(), **self._shared()}


def fsrs_weights(given: Any, wrong: Violations) -> npt.NDArray[np.float64]:
    """(21,) weights of FSRS-6 from a list, checked against the bounds of the package; None: the published defaults."""
    default = np.array(WEIGHTS["6"])
    if given is None:
        return default
    try:
        weights = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        weights = np.zeros(0)
    if weights.shape != default.shape:
        wrong.unless(False, f"weights={given!r} must be 21 numbers, as FSRS-6 has")
        return default
    for j, (value, (low, high)) in enumerate(zip(weights.tolist(), BOUNDS["6"], strict=True)):
        wrong.unless(low <= value <= high, f"weights[{j}]={value:g} must be in [{low:g}, {high:g}]")
    return weights


def fsrs_block(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(25,) the 21 weights of FSRS-6 and what follows from them: lapse cap, target difficulty, growth, factor."""
    w = weights
    follows = [math.exp(-w[17] * w[18]), w[4] - math.exp(3.0 * w[5]) + 1.0, math.exp(w[8]), 0.9 ** (-1.0 / w[20]) - 1.0]
    return np.concatenate([w, follows])


def true_memory(kind: str, student: Any) -> dict[str, Any]:
    """The numbers of a memory belief straight from the student model: an ablation, since no tutor could know them.

    Raises:
        InputError: the model is not of this kind.
    """
    if kind == "half_life" and isinstance(student, HalfLife) and student.plus == 0:
        return {"kind": kind, "right": student.right, "wrong": student.wrong, "bias": student.bias.tolist()}
    if kind == "fsrs" and isinstance(student, FSRS) and student.version == "6":
        return {"kind": kind, "weights": student.weights.tolist(), "prior": student.p_first.tolist()}
    raise InputError(f"belief.source=true_population: {type(student).__name__} has no numbers for a {kind} belief")


@inline
def _recall(law, days, strength, prior, factor, decay):
    """The chance of recall so many days after the last lesson; of what was never taught: the prior."""
    if strength <= 0.0:
        return prior
    if law == HALF_LIFE:
        return math.exp(-LN2 * days / strength)
    return math.exp(-decay * math.log(1.0 + factor * days / strength))


@inline
def _half_life(right, wrong, bias, per_right, per_wrong):
    power = bias + per_right * math.sqrt(right) + per_wrong * math.sqrt(wrong)
    return math.exp(LN2 * min(max(power, LOWEST), HIGHEST))


@inline
def _lesson(s, i, m, answered, correct, rating, minutes, w, f, n):
    """One student's lesson: the item's skills are renewed, and its minutes pass. Beliefs stay as they were."""
    skills, first, law = n[0], LINKS + m * n[2], f[0, LAW]
    now, growth, weakest, least = s[i, skills + 1], f[0, GROWTH], -1, np.inf
    for slot in range(first, first + n[2]):
        k = n[slot]
        if k < 0:
            break
        at = skills + 2 + k * PER_SKILL
        p = _recall(law, now - s[i, at + LAST], s[i, at + STRENGTH], f[0, CONSTANTS + k], f[0, FACTOR], w[DECAY])
        s[i, k] = p
        if p < least:
            weakest, least = k, p
    for slot in range(first, first + n[2]):
        k = n[slot]
        if k < 0:
            break
        at = skills + 2 + k * PER_SKILL
        days, strength, x, y = now - s[i, at + LAST], s[i, at + STRENGTH], s[i, at + COUNT], s[i, at + OTHER]
        good, bad = answered and correct, answered and not correct and k == weakest
        if law == HALF_LIFE:
            x += good
            y += bad and strength > 0.0
            s[i, at + STRENGTH] = _half_life(x, y, f[0, CONSTANTS + skills + k], f[0, RIGHT], f[0, WRONG])
            s[i, at + COUNT], s[i, at + OTHER] = x, y
        elif good or bad or strength <= 0.0:
            rated = (rating if rating > _fsrs.AGAIN else _fsrs.GOOD) if good else _fsrs.AGAIN
            s[i, at + STRENGTH] = _fsrs._stability(w, growth, strength, x, rated, days, s[i, k], True, True)
            s[i, at + COUNT] = _fsrs._difficulty(w, strength, x, rated, False)
        s[i, at + LAST] = now
    s[i, skills + 1] = now + minutes / MINUTES_PER_DAY


@inline
def _believe(s, i, w, f, n):
    """Write one student's beliefs and their sum."""
    skills, law, factor = n[0], f[0, LAW], f[0, FACTOR]
    now, total = s[i, skills + 1], 0.0
    for k in range(skills):
        at = skills + 2 + k * PER_SKILL
        p = _recall(law, now - s[i, at + LAST], s[i, at + STRENGTH], f[0, CONSTANTS + k], factor, w[DECAY])
        s[i, k] = p
        total += p
    s[i, skills] = total


@kernel
def _update(s, items, out, f, n):
    w = _fsrs._block(f, 0, 0)
    answered, correct, rating, minutes = out["answered"], out["correct"], out["rating"], out["minutes"]
    for i in range(items.shape[0]):
        if items[i] >= 0:
            _lesson(s, i, items[i], answered[i], correct[i], rating[i], minutes[i], w, f, n)
            _believe(s, i, w, f, n)


@kernel
def _elapse(s, days, f, n):
    w = _fsrs._block(f, 0, 0)
    for i in range(days.shape[0]):
        if days[i] > 0.0:
            s[i, n[0] + 1] += days[i]
            _believe(s, i, w, f, n)


@kernel
def _after(belief, days, typical, f, out):
    """Each belief is that of a memory of the typical strength: how old it must be, and what is left some days later."""
    law, factor, decay = f[0, LAW], f[0, FACTOR], f[0, DECAY]
    for i in range(belief.shape[0]):
        for k in range(belief.shape[1]):
            p = belief[i, k]
            if law == HALF_LIFE or p <= 0.0:
                out[i, k] = p * math.exp(-LN2 * days[i] / typical)
            else:
                age = typical / factor * (math.exp(-math.log(p) / decay) - 1.0)
                out[i, k] = _recall(law, age + days[i], typical, 0.0, factor, decay)


@kernel
def foretell(s, items, answers, gaps, minutes, owners, guess, slip, f, n, loss):
    """Run the belief over a log, and sum the log-loss of each answer, foretold before it, by the item's own skill.

    Args:
        s: (N, W) fresh records; afterwards those at the end of the log.
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
    w, law = _fsrs._block(f, 0, 0), f[0, LAW]
    for i in range(items.shape[0]):
        for t in range(items.shape[1]):
            s[i, n[0] + 1] += gaps[t]
            m, answer = items[i, t], answers[i, t]
            if m < 0:
                continue
            p, now, first = 1.0, s[i, n[0] + 1], LINKS + m * n[2]
            for slot in range(first, first + n[2]):
                k = n[slot]
                if k < 0:
                    break
                at = n[0] + 2 + k * PER_SKILL
                days, prior = now - s[i, at + LAST], f[0, CONSTANTS + k]
                p *= _recall(law, days, s[i, at + STRENGTH], prior, f[0, FACTOR], w[DECAY])
            p = guess + (1.0 - guess - slip) * p
            if answer >= 0:
                loss[owners[m]] -= math.log(max(p if answer == 1 else 1.0 - p, 1e-12))
            _lesson(s, i, m, answer >= 0, answer == 1, 0, minutes[m], w, f, n)
