"""Kernels of the students with abilities (IRT, Elo): batches over the rows of one (N, W) float64 state.

A student's row: group, general ability, ability in each skill beside it (K); of those who learn also a multiplier on
the gain. What counts everywhere is their sum, theta = general + ability[k]. ``_irt_dynamic`` adds what days do.
"""

from __future__ import annotations

from ..jit import inline, kernel
from ..loops import answers_of, lesson_of, masteries_of
from ..normal import sigmoid
from ..packed import HEADER, N_ITEMS, N_SKILLS, WIDTH

GENERAL, ABILITY = 1, 2  # columns of the state; after the abilities: LEARN

SCALE, FEEDBACK, TRANSFER, VARIANCE, CONSTANTS = range(5)
SLOPE, DIFFICULTY, GUESS, SHARE, MINUTES, ASKS, PER_ITEM = range(7)
GAIN, RATE_PER_DAY, PER_SKILL = range(3)


@inline
def numbers(f, n):
    """What is read once for all students; last, where the multipliers on the gain stand, and the skills' numbers."""
    learn, skill0 = ABILITY + n[N_SKILLS], CONSTANTS + n[N_ITEMS] * PER_ITEM
    return n[WIDTH], f[SCALE], f[FEEDBACK], f[TRANSFER], learn, skill0


@inline
def level(s, i, j, width, f, n):
    """How far the mean of the abilities in item j's skills lies above its difficulty."""
    item, total = CONSTANTS + j * PER_ITEM, 0.0
    for slot in range(HEADER + j * width, HEADER + j * width + width):
        if n[slot] < 0:
            break
        total += s[i, ABILITY + n[slot]]
    return s[i, GENERAL] + total * f[item + SHARE] - f[item + DIFFICULTY]


@inline
def p_right(s, i, j, c, f, n):
    """P(right answer) to item j."""
    item = CONSTANTS + j * PER_ITEM
    knows = sigmoid(f[item + SLOPE] * level(s, i, j, c[0], f, n))
    guess = f[item + GUESS]  # read here, because nothing survives an exponential in a register
    return guess + (1.0 - guess) * knows


@inline
def known(s, i, k, c, f, n):
    """P(right answer) to the reference item of skill k."""
    return sigmoid(c[1] * (s[i, GENERAL] + s[i, ABILITY + k]))


p_some, p_correct = answers_of(__name__)
mastery, mastery_sum = masteries_of(__name__)


@inline
def learn(s, i, j, asks, hits, c, f, n):
    """The item's skills are learnt, and (by ``TRANSFER``) everything."""
    width, _, feedback, transfer, multiplier, skill0 = c
    effect = s[i, multiplier] * (feedback if asks & (not hits) else 1.0)
    s[i, GENERAL] += effect * transfer
    for slot in range(HEADER + j * width, HEADER + j * width + width):
        k = n[slot]
        if k < 0:
            break
        s[i, ABILITY + k] += effect * f[skill0 + k * PER_SKILL + GAIN]


answer = lesson_of(__name__, learns=False)
step = lesson_of(__name__)


@kernel
def expected_gain(s, out, f, n):
    """Expected change of the sum of masteries from each item: over right and wrong answers, exact."""
    skills, width, skill0 = n[N_SKILLS], n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM
    scale, feedback, transfer, c = f[SCALE], f[FEEDBACK], f[TRANSFER], numbers(f, n)
    for i in range(out.shape[0]):
        general, learn = s[i, GENERAL], s[i, ABILITY + skills]
        for j in range(out.shape[1]):
            out[i, j] = 0.0
        for wrong in range(2 if feedback != 1.0 else 1):
            effect = learn * (feedback if wrong > 0 else 1.0)
            wider, everywhere = effect * transfer, 0.0
            if wider > 0.0:
                for k in range(skills):
                    theta = general + s[i, ABILITY + k]
                    everywhere += sigmoid(scale * (theta + wider)) - sigmoid(scale * theta)
            for j in range(out.shape[1]):
                gained = everywhere
                for slot in range(HEADER + j * width, HEADER + j * width + width):
                    k = n[slot]
                    if k < 0:
                        break
                    theta = general + s[i, ABILITY + k] + wider
                    own = effect * f[skill0 + k * PER_SKILL + GAIN]
                    gained += sigmoid(scale * (theta + own)) - sigmoid(scale * theta)
                weight = 1.0
                if feedback != 1.0:
                    p = p_right(s, i, j, c, f, n) if f[CONSTANTS + j * PER_ITEM + ASKS] > 0.0 else 1.0
                    weight = 1.0 - p if wrong > 0 else p
                out[i, j] += weight * gained


@kernel
def information(s, out, f, n):
    """Fisher information of one answer about the ability that the item measures."""
    width = n[WIDTH]
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            item = CONSTANTS + j * PER_ITEM
            slope, guess = f[item + SLOPE], f[item + GUESS]
            knows = sigmoid(slope * level(s, i, j, width, f, n))
            p = guess + (1.0 - guess) * knows
            out[i, j] = slope * slope * knows * knows * (1.0 - p) / p * f[item + ASKS]
