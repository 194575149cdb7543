"""Kernels of the students of logistic regression (AFM, PFA): batches over the rows of one (N, W) float64 state.

A student's row: group, ability, multiplier on the slopes, then what was counted: the tries of each skill (K), or its
right answers (K) and its wrong ones (K). ``SPLIT`` is how far the second block lies behind the first; 0 where there is
one block only, into which wrong answers are then counted as well.
"""

from __future__ import annotations

from ..jit import inline, kernel
from ..loops import answers_of, lesson_of, masteries_of
from ..normal import sigmoid
from ..packed import HEADER, N_ITEMS, WIDTH

ABILITY, LEARN, COUNTS = 1, 2, 3  # columns of the state

SPLIT, UNANSWERED, CONSTANTS = range(3)
DIFFICULTY, MINUTES, ASKS, PER_ITEM = range(4)
EASINESS, RIGHT, WRONG, PER_SKILL = range(4)


@inline
def numbers(f, n):
    """What is read once for all students."""
    split = int(f[SPLIT])
    two = 1.0 if split > 0 else 0.0  # without a second block the first must not count twice
    return n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM, split, two, f[UNANSWERED]


@inline
def _strength(s, i, k, c, f):
    """What skill k adds to the logit of an item that exercises it."""
    skill, count, split, two = c[1] + k * PER_SKILL, COUNTS + k, c[2], c[3]
    tries = f[skill + RIGHT] * s[i, count] + f[skill + WRONG] * two * s[i, count + split]
    return f[skill + EASINESS] + s[i, LEARN] * tries


@inline
def p_right(s, i, j, c, f, n):
    """P(right answer) to item j."""
    logit, first = s[i, ABILITY] - f[CONSTANTS + j * PER_ITEM + DIFFICULTY], HEADER + j * c[0]
    for slot in range(first, first + c[0]):
        if n[slot] < 0:
            break
        logit += _strength(s, i, n[slot], c, f)
    return sigmoid(logit)


@inline
def known(s, i, k, c, f, n):
    """P(right answer) to the reference item of skill k."""
    return sigmoid(s[i, ABILITY] + _strength(s, i, k, c, f))


p_some, p_correct = answers_of(__name__)
mastery, mastery_sum = masteries_of(__name__)


@inline
def learn(s, i, j, asks, hits, c, f, n):
    """The answer is counted."""
    width, split, unanswered = c[0], c[2], c[4]
    right, wrong = (1.0 if hits else 0.0) if asks else unanswered, 1.0 if asks & (not hits) else 0.0
    for slot in range(HEADER + j * width, HEADER + j * width + width):
        if n[slot] < 0:
            break
        s[i, COUNTS + n[slot]] += right  # both, because an address that depends on the answer has to wait for it
        s[i, COUNTS + n[slot] + split] += wrong


step = lesson_of(__name__)


@kernel
def expected_gain(s, out, f, n):
    """Expected change of the sum of masteries from each item: over right and wrong answers, exact."""
    unanswered, c = f[UNANSWERED], numbers(f, n)
    width, skill0 = c[0], c[1]
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
                skill, own = skill0 + n[slot] * PER_SKILL, _strength(s, i, n[slot], c, f)
                logit += own
                now, slope = sigmoid(ability + own), learn * f[skill + RIGHT] * (1.0 if asks else unanswered)
                if_right += sigmoid(ability + own + slope) - now
                if_wrong += sigmoid(ability + own + learn * f[skill + WRONG]) - now
            p = sigmoid(logit) if asks else 1.0
            out[i, j] = p * if_right + (1.0 - p) * if_wrong
