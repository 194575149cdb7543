"""Kernels of the students of logistic regression (AFM, PFA): batches over the rows of one (N, W) float64 state.

A student's row: group, ability, multiplier on the slopes, then what was counted: the tries of each skill (K), or its
right answers (K) and its wrong ones (K). ``SPLIT`` is how far the second block lies behind the first; 0 where there is
one block only, into which wrong answers are then counted as well.
"""

from __future__ import annotations

from ..jit import inline, kernel
from ..normal import sigmoid
from ..packed import HEADER, N_ITEMS, N_SKILLS, WIDTH, blank

ABILITY, LEARN, COUNTS = 1, 2, 3  # columns of the state

SPLIT, UNANSWERED, CONSTANTS = range(3)
DIFFICULTY, MINUTES, ASKS, PER_ITEM = range(4)
EASINESS, RIGHT, WRONG, PER_SKILL = range(4)


@inline
def _strength(s, i, k, f, n):
    """What skill k adds to the logit of an item that exercises it."""
    skill, count, split = CONSTANTS + n[N_ITEMS] * PER_ITEM + k * PER_SKILL, COUNTS + k, int(f[SPLIT])
    second = f[skill + WRONG] * (1.0 if split > 0 else 0.0)  # without a second block the first must not count twice
    return f[skill + EASINESS] + s[i, LEARN] * (f[skill + RIGHT] * s[i, count] + second * s[i, count + split])


@inline
def _p_right(s, i, j, f, n):
    """P(right answer) to item j."""
    logit = s[i, ABILITY] - f[CONSTANTS + j * PER_ITEM + DIFFICULTY]
    for slot in range(HEADER + j * n[WIDTH], HEADER + (j + 1) * n[WIDTH]):
        if n[slot] < 0:
            break
        logit += _strength(s, i, n[slot], f, n)
    return sigmoid(logit)


@kernel
def step(s, items, u, out, f, n):
    """Answer, then count the answer."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    width, split, unanswered = n[WIDTH], int(f[SPLIT]), f[UNANSWERED]
    for i in range(items.shape[0]):
        j = items[i]
        if j < 0:
            blank(answered, correct, minutes, i)
            continue
        item = CONSTANTS + j * PER_ITEM
        p, asks = _p_right(s, i, j, f, n), f[item + ASKS] > 0.0
        answered[i] = asks
        correct[i] = asks & (u[i, 0] < p)
        minutes[i] = f[item + MINUTES]
        right, wrong = (1.0 if u[i, 0] < p else 0.0) if asks else unanswered, 1.0 if asks & (u[i, 0] >= p) else 0.0
        for slot in range(HEADER + j * width, HEADER + j * width + width):
            if n[slot] < 0:
                break
            s[i, COUNTS + n[slot]] += right  # both, because an address that depends on the answer has to wait for it
            s[i, COUNTS + n[slot] + split] += wrong


@kernel
def p_some(s, items, out, f, n):
    """Probability of a right answer to each of these items."""
    for i in range(out.shape[0]):
        for e in range(items.shape[0]):
            out[i, e] = _p_right(s, i, items[e], f, n)


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none)."""
    for i in range(out.shape[0]):
        out[i] = _p_right(s, i, items[i], f, n) if items[i] >= 0 else 0.0


@kernel
def mastery(s, out, f, n):
    """Probability of a right answer to each skill's reference item."""
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[i, k] = sigmoid(s[i, ABILITY] + _strength(s, i, k, f, n))


@kernel
def mastery_sum(s, out, f, n):
    """Sum of the masteries."""
    for i in range(out.shape[0]):
        total = 0.0
        for k in range(n[N_SKILLS]):
            total += sigmoid(s[i, ABILITY] + _strength(s, i, k, f, n))
        out[i] = total


@kernel
def expected_gain(s, out, f, n):
    """Expected change of the sum of masteries from each item: over right and wrong answers, exact."""
    width, skill0, unanswered = n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM, f[UNANSWERED]
    for i in range(out.shape[0]):
        ability, learn = s[i, ABILITY], s[i, LEARN]
        for j in range(out.shape[1]):
            item, listed = CONSTANTS + j * PER_ITEM, HEADER + j * width
            logit = ability - f[item + DIFFICULTY]
            if_right = if_wrong = 0.0
            asks = f[item + ASKS] > 0.0
            for slot in range(listed, listed + width):
                if n[slot] < 0:
                    break
                skill, own = skill0 + n[slot] * PER_SKILL, _strength(s, i, n[slot], f, n)
                logit += own
                now, slope = sigmoid(ability + own), learn * f[skill + RIGHT] * (1.0 if asks else unanswered)
                if_right += sigmoid(ability + own + slope) - now
                if_wrong += sigmoid(ability + own + learn * f[skill + WRONG]) - now
            p = sigmoid(logit) if asks else 1.0
            out[i, j] = p * if_right + (1.0 - p) * if_wrong
