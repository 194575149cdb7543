"""Kernels of the students of logistic regression (AFM, PFA): batches over the rows of one (N, W) float64 state.

A student's row: group, ability, multiplier on the slopes, then what was counted: the tries of each skill (K), or its
right answers (K) and its wrong ones (K). ``SPLIT`` is how far the second block lies behind the first; 0 where there is
one block only, into which wrong answers are then counted as well.
Helpers take scalars only, as in ``_bkt``.
"""

from __future__ import annotations

from ..jit import inline, kernel
from ..normal import sigmoid

ABILITY, LEARN, COUNTS = 1, 2, 3  # columns of the state

SPLIT, UNANSWERED, CONSTANTS = range(3)
DIFFICULTY, MINUTES, ASKS, PER_ITEM = range(4)
EASINESS, RIGHT, WRONG, PER_SKILL = range(4)
N_SKILLS, N_ITEMS, WIDTH, PARENTS, HEADER = range(5)  # of the integers: K, M, S skills per item, P parents per skill


@inline
def strength(easiness, learn, slope, count, second_slope, second):
    """What a skill adds to the logit of an item that exercises it."""
    return easiness + learn * (slope * count + second_slope * second)


@kernel
def step(s, items, u, out, f, n):
    """Answer, then count the answer."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    width, skill0 = n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM
    split, unanswered = int(f[SPLIT]), f[UNANSWERED]
    two = 1.0 if split > 0 else 0.0
    for i in range(items.shape[0]):
        j = items[i]
        if j < 0:
            answered[i] = False
            correct[i] = False
            minutes[i] = 0.0
            continue
        item, listed = CONSTANTS + j * PER_ITEM, HEADER + j * width
        logit, learn = s[i, ABILITY] - f[item + DIFFICULTY], s[i, LEARN]
        for slot in range(listed, listed + width):
            if n[slot] < 0:
                break
            count, skill = COUNTS + n[slot], skill0 + n[slot] * PER_SKILL
            logit += strength(
                f[skill + EASINESS], learn, f[skill + RIGHT], s[i, count], f[skill + WRONG] * two, s[i, count + split]
            )
        p, asks = sigmoid(logit), f[item + ASKS] > 0.0
        answered[i] = asks
        correct[i] = asks & (u[i, 0] < p)
        minutes[i] = f[item + MINUTES]
        right, wrong = (1.0 if u[i, 0] < p else 0.0) if asks else unanswered, 1.0 if asks & (u[i, 0] >= p) else 0.0
        for slot in range(listed, listed + width):
            if n[slot] < 0:
                break
            s[i, COUNTS + n[slot]] += right  # both, because an address that depends on the answer has to wait for it
            s[i, COUNTS + n[slot] + split] += wrong


@kernel
def p_some(s, items, out, f, n):
    """Probability of a right answer to each of these items."""
    width, skill0, split = n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM, int(f[SPLIT])
    two = 1.0 if split > 0 else 0.0
    for i in range(out.shape[0]):
        learn = s[i, LEARN]
        for c in range(items.shape[0]):
            item, listed = CONSTANTS + items[c] * PER_ITEM, HEADER + items[c] * width
            logit = s[i, ABILITY] - f[item + DIFFICULTY]
            for slot in range(listed, listed + width):
                if n[slot] < 0:
                    break
                count, skill = COUNTS + n[slot], skill0 + n[slot] * PER_SKILL
                logit += strength(
                    f[skill + EASINESS], learn, f[skill + RIGHT], s[i, count],
                    f[skill + WRONG] * two, s[i, count + split],
                )  # fmt: skip
            out[i, c] = sigmoid(logit)


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none)."""
    width, skill0, split = n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM, int(f[SPLIT])
    two = 1.0 if split > 0 else 0.0
    for i in range(out.shape[0]):
        out[i] = 0.0
        j = items[i]
        if j >= 0:
            item, listed = CONSTANTS + j * PER_ITEM, HEADER + j * width
            logit, learn = s[i, ABILITY] - f[item + DIFFICULTY], s[i, LEARN]
            for slot in range(listed, listed + width):
                if n[slot] < 0:
                    break
                count, skill = COUNTS + n[slot], skill0 + n[slot] * PER_SKILL
                logit += strength(
                    f[skill + EASINESS], learn, f[skill + RIGHT], s[i, count],
                    f[skill + WRONG] * two, s[i, count + split],
                )  # fmt: skip
            out[i] = sigmoid(logit)


@kernel
def mastery(s, out, f, n):
    """Probability of a right answer to each skill's reference item."""
    skill0, split = CONSTANTS + n[N_ITEMS] * PER_ITEM, int(f[SPLIT])
    two = 1.0 if split > 0 else 0.0
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            count, skill = COUNTS + k, skill0 + k * PER_SKILL
            out[i, k] = sigmoid(
                s[i, ABILITY] + strength(
                    f[skill + EASINESS], s[i, LEARN], f[skill + RIGHT], s[i, count],
                    f[skill + WRONG] * two, s[i, count + split],
                )
            )  # fmt: skip


@kernel
def mastery_sum(s, out, f, n):
    """Sum of the masteries."""
    skill0, split = CONSTANTS + n[N_ITEMS] * PER_ITEM, int(f[SPLIT])
    two = 1.0 if split > 0 else 0.0
    for i in range(out.shape[0]):
        total = 0.0
        for k in range(n[N_SKILLS]):
            count, skill = COUNTS + k, skill0 + k * PER_SKILL
            total += sigmoid(
                s[i, ABILITY] + strength(
                    f[skill + EASINESS], s[i, LEARN], f[skill + RIGHT], s[i, count],
                    f[skill + WRONG] * two, s[i, count + split],
                )
            )  # fmt: skip
        out[i] = total


@kernel
def expected_gain(s, out, f, n):
    """Expected change of the sum of masteries from each item: over right and wrong answers, exact."""
    width, skill0, split = n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM, int(f[SPLIT])
    two, unanswered = 1.0 if split > 0 else 0.0, f[UNANSWERED]
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
                count, skill = COUNTS + n[slot], skill0 + n[slot] * PER_SKILL
                own = strength(
                    f[skill + EASINESS], learn, f[skill + RIGHT], s[i, count],
                    f[skill + WRONG] * two, s[i, count + split],
                )  # fmt: skip
                logit += own
                now, slope = sigmoid(ability + own), learn * f[skill + RIGHT] * (1.0 if asks else unanswered)
                if_right += sigmoid(ability + own + slope) - now
                if_wrong += sigmoid(ability + own + learn * f[skill + WRONG]) - now
            p = sigmoid(logit) if asks else 1.0
            out[i, j] = p * if_right + (1.0 - p) * if_wrong
