"""The expectation step of the EM for knowledge tracing (``em.py``): what probably happened, given all answers.

Eight sequences at a time, because each number of a sequence waits for the one before it and a processor can do the
same for others meanwhile. What each contributes is added up afterwards, one sequence after the other and each from its
end, so the sums are those of taking them one by one, to the last bit.

``w`` is room for eight sequences: row by row, all that is computed there, as eight numbers each side by side. A
sequence that is shorter than the longest of the eight ends in rows in which nothing happens.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ....students.jit import Whole, inline, kernel
from ..base import Bools, Floats, Ints

LANES = 8
(
    READY, LEARN, GUESS, SLIP, OTHERS, HIT, KEEP, DAYS, RISK, BEFORE, AFTER, EVIDENCE, SMOOTH, LEARNT, TRIED, KNEW,
    GUESSED, FORGOT, SPARED, ROW,
) = range(0, 20 * LANES, LANES)  # fmt: skip
"""Of a row: what it says (of days: those before it), P(known) before and after its answer, the product of the chances
of the answers so far, P(known after the answer | all answers), and what is added to the counts."""


@inline
def _at_risk(rate: float, days: float, keep: float) -> float:
    """How long somebody who forgot within these days probably knew."""
    x = rate * days
    return days * (0.5 - x / 12.0) if x < 1e-3 else 1.0 / rate - days * keep / (1.0 - keep)


@inline
def _nothing(x: Floats, lane: Whole) -> None:
    """A row in which nothing happens."""
    x[lane + READY], x[lane + LEARN], x[lane + GUESS], x[lane + SLIP], x[lane + OTHERS] = 0.0, 0.0, 0.5, 0.5, 1.0
    x[lane + HIT], x[lane + KEEP], x[lane + DAYS], x[lane + RISK] = -1.0, 1.0, 0.0, 0.0


@inline
def _forward(x: Floats, lanes: Whole) -> None:
    """An answer by Bayes' rule, then the chance of having learnt, then the days before the next row.

    Like the next two, it is given two rows of the room, this one and the next.
    """
    for i in range(lanes):
        known, guess, others, hit = x[i + BEFORE], x[i + GUESS], x[i + OTHERS], x[i + HIT]
        right = others * (1.0 - x[i + SLIP]) + (1.0 - others) * guess
        like1 = right if hit > 0.0 else 1.0 - right
        like0 = guess if hit > 0.0 else 1.0 - guess
        z = known * like1 + (1.0 - known) * like0
        z = z if hit >= 0.0 else 1.0
        known = known * (like1 if hit >= 0.0 else 1.0) / z
        x[i + AFTER] = known
        x[i + ROW + EVIDENCE] = x[i + EVIDENCE] * z
        known += (1.0 - known) * x[i + READY] * x[i + LEARN]
        x[i + ROW + BEFORE] = known * x[i + ROW + KEEP]


@inline
def _back_over_days(x: Floats, lanes: Whole, middle: Floats) -> None:
    """From P(known after the days before a row | all answers) to P(known before them | all answers).

    The time of forgetting is exponential and censored at ``days``, so events / days at risk is the M-step.

    Args:
        x: the row.
        lanes: how many sequences there are.
        middle: (8,) P(known) before the days, given the answers until then.
    """
    for i in range(lanes):
        smooth, keep = x[i + SMOOTH], x[i + KEEP]
        lost = (1.0 - smooth) * middle[i] * (1.0 - keep) / (1.0 - x[i + BEFORE])
        forgotten = lost if keep < 1.0 else 0.0
        x[i + FORGOT] = forgotten
        x[i + SPARED] = smooth * x[i + DAYS] + forgotten * x[i + RISK]
        x[i + SMOOTH] = smooth + forgotten


@inline
def _learnt(x: Floats, lanes: Whole, middle: Floats) -> None:
    """P(known) after the lesson, given the answers until then."""
    for i in range(lanes):
        middle[i] = x[i + AFTER] + (1.0 - x[i + AFTER]) * (x[i + READY] * x[i + LEARN])


@inline
def _backward(x: Floats, lanes: Whole) -> None:
    """From P(known before the next row | all answers), back over the lesson, to that after the answer of this one."""
    for i in range(lanes):
        smooth, filtered, ready, learn = x[i + ROW + SMOOTH], x[i + AFTER], x[i + READY], x[i + LEARN]
        a = ready * learn
        middle = filtered + (1.0 - filtered) * a
        learnt = smooth * (1.0 - filtered) * a / middle
        learnt = learnt if middle > 0.0 else 0.0
        x[i + LEARNT] = learnt
        x[i + TRIED] = ready * (1.0 - learn) / (1.0 - a)
        smooth -= learnt
        x[i + SMOOTH] = smooth
        slip, guess, others, hit = x[i + SLIP], x[i + GUESS], x[i + OTHERS], x[i + HIT]
        s1 = 1.0 - slip if hit > 0.0 else slip
        g1 = guess if hit > 0.0 else 1.0 - guess
        full = smooth * others * s1 / (others * s1 + (1.0 - others) * g1)
        x[i + KNEW] = full if hit >= 0.0 else 0.0
        x[i + GUESSED] = 1.0 - full if hit >= 0.0 else 0.0


@kernel
def expect(
    offsets: Ints, skill: Ints, count: Floats, correct: npt.NDArray[np.int8], emission: Ints, transition: Ints,
    ready: Floats, others: Floats, days: Floats, prior: Floats, learn: Floats, guess: Floats, slip: Floats,
    forget: Floats, active: Bools, likelihood: Floats, n_prior: Floats, n_learn: Floats, n_answer: Floats,
    n_forget: Floats,
) -> None:  # fmt: skip
    """Expected counts of every start (S) and skill that is still active.

    The rows are as in ``em.Sequences``, the numbers (S, …) as in ``em.Parameters``. ``likelihood`` (S, K) and the
    counts are added to: known or not at the start (S, K, 2), learnt or not (S, L, 2), answers by guessing or knowing,
    right or wrong (S, E, 2, 2), forgotten and days at risk (S, K, 2).
    """
    longest = 1
    for i in range(skill.shape[0]):
        longest = max(longest, offsets[i + 1] - offsets[i])
    w, middle, chosen = np.zeros((longest + 1) * ROW), np.empty(LANES), np.empty(LANES, np.int64)
    logs, gaps = np.empty(LANES), np.empty(longest + 1, np.int64)
    known_rate, known_keep, known_risk = np.zeros(longest), np.zeros(longest), np.zeros(longest)
    known_days = np.zeros(longest)  # ``keep`` and ``risk`` were computed for these: most students share both
    for s in range(prior.shape[0]):
        i, lanes = 0, 0
        while i < skill.shape[0] or lanes > 0:
            if i < skill.shape[0]:
                if active[s, skill[i]]:
                    chosen[lanes] = i
                    lanes += 1
                i += 1
                if lanes < LANES and i < skill.shape[0]:
                    continue
            length = 0
            for lane in range(lanes):
                length = max(length, int(offsets[chosen[lane] + 1] - offsets[chosen[lane]]))
            for row in range(length + 1):
                gaps[row] = 0
            for lane in range(LANES):
                rows, w[lane + EVIDENCE], w[lane + BEFORE], logs[lane] = 0, 1.0, 0.5, 0.0
                if lane < lanes:
                    first, k = offsets[chosen[lane]], skill[chosen[lane]]
                    rows, rate = offsets[chosen[lane] + 1] - first, forget[s, k]
                    for row in range(rows):
                        r, at = first + row, row * ROW + lane
                        e, t = emission[r], transition[r]
                        w[at + READY], w[at + LEARN], w[at + OTHERS] = ready[r], learn[s, t], others[r]
                        w[at + GUESS], w[at + SLIP], w[at + HIT] = guess[s, e], slip[s, e], correct[r]
                        w[at + KEEP], w[at + DAYS], w[at + RISK] = 1.0, 0.0, 0.0
                        if days[r] > 0.0:
                            if known_days[row] != days[r] or known_rate[row] != rate:
                                known_days[row], known_rate[row] = days[r], rate
                                known_keep[row] = np.exp(-rate * days[r])
                                known_risk[row] = _at_risk(rate, float(days[r]), known_keep[row])
                            w[at + KEEP], w[at + DAYS], w[at + RISK] = known_keep[row], days[r], known_risk[row]
                            gaps[row] = 1
                    w[(rows - 1) * ROW + lane + READY] = 0.0  # nothing is asked after the last lesson
                    w[lane + BEFORE] = prior[s, k] * w[lane + KEEP]
                for row in range(rows, length + 1):
                    _nothing(w[row * ROW : (row + 1) * ROW], lane)
            for row in range(length):
                _forward(w[row * ROW : (row + 2) * ROW], lanes)
                least = 1.0
                for at in range((row + 1) * ROW, (row + 1) * ROW + LANES):
                    least = min(least, w[at + EVIDENCE])
                if least < 1e-200:
                    for lane in range(LANES):
                        at = (row + 1) * ROW + lane + EVIDENCE
                        if w[at] < 1e-200:
                            logs[lane] += np.log(w[at])
                            w[at] = 1.0
            for lane in range(LANES):
                w[length * ROW + lane + SMOOTH] = w[(length - 1) * ROW + lane + AFTER]
            for row in range(length - 1, -1, -1):
                if gaps[row + 1] > 0:
                    _learnt(w[row * ROW : (row + 1) * ROW], lanes, middle)
                    _back_over_days(w[(row + 1) * ROW : (row + 2) * ROW], lanes, middle)
                _backward(w[row * ROW : (row + 2) * ROW], lanes)
            if gaps[0] > 0:
                for lane in range(lanes):
                    middle[lane] = prior[s, skill[chosen[lane]]]
                _back_over_days(w[:ROW], lanes, middle)
            _add_up(
                w, lanes, length, chosen, gaps, logs, offsets, skill, count, correct, emission, transition,
                likelihood[s], n_prior[s], n_learn[s].reshape(-1), n_answer[s].reshape(-1), n_forget[s],
            )  # fmt: skip
            lanes = 0


@inline
def _add_up(
    w: Floats, lanes: Whole, length: Whole, chosen: Ints, gaps: Ints, logs: Floats, offsets: Ints, skill: Ints,
    count: Floats, correct: npt.NDArray[np.int8], emission: Ints, transition: Ints, likelihood: Floats,
    n_prior: Floats, n_learn: Floats, n_answer: Floats, n_forget: Floats,
) -> None:  # fmt: skip
    """What the chosen sequences contribute, one after the other, each from its last row to its first."""
    for lane in range(lanes):
        first, k, weight = offsets[chosen[lane]], skill[chosen[lane]], count[chosen[lane]]
        rows = offsets[chosen[lane] + 1] - first
        likelihood[k] += weight * (logs[lane] + np.log(w[length * ROW + lane + EVIDENCE]))
        for row in range(rows - 1, -1, -1):
            r, at = first + row, row * ROW + lane
            if row < rows - 1:
                if gaps[row + 1] > 0:
                    n_forget[k, 0] += weight * w[at + ROW + FORGOT]
                    n_forget[k, 1] += weight * w[at + ROW + SPARED]
                lesson = 2 * transition[r]
                n_learn[lesson] += weight * w[at + LEARNT]
                n_learn[lesson + 1] += weight * (1.0 - w[at + ROW + SMOOTH]) * w[at + TRIED]
            answer = 4 * emission[r] + np.int64(correct[r] == 0)  # without an answer nothing is added
            n_answer[answer] += weight * w[at + GUESSED]
            n_answer[answer + 2] += weight * w[at + KNEW]
        if gaps[0] > 0:
            n_forget[k, 0] += weight * w[lane + FORGOT]
            n_forget[k, 1] += weight * w[lane + SPARED]
        n_prior[k, 0] += weight * w[lane + SMOOTH]
        n_prior[k, 1] += weight * (1.0 - w[lane + SMOOTH])
