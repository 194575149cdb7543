"""Kernels of the difficulty-band students: batches over rows of one (N, W) float64 state and two packed arrays.

A student's row: group, multipliers on gain and on the forgetting rate, engagement, affect, wrong answers in a row,
ability (K), ability at the start (K), mastery (K; kept beside the ability because it is read more often than changed).
Moods, giving up, and the columns of items are also those of ``_whole_learner``.
"""

from __future__ import annotations

import math

import numpy as np

from ..jit import inline, kernel
from ..loops import answers_of, kept_sum_of
from ..normal import sigmoid
from ..packed import HEADER, N_ITEMS, N_SKILLS, PARENTS, WIDTH, untaught

LEARN, FORGET, ENGAGEMENT, AFFECT, STREAK, ABILITY = range(1, 7)  # columns of the state
FLOW, CONFUSED, FRUSTRATED, BORED = range(4)
GAUSSIAN, SUCCESS_VARIANCE, BAND, CHALLENGE, TRAPEZOID, ASSISTED_BAND = range(6)

SLOPE, FLOOR, FEEDBACK, SHARPNESS, READY, MASTERED, MOODS, SHAPE, FIRST, SECOND, THIRD, CONSTANTS = range(12)
DIFFICULTY, HELP, MINUTES, LENGTH, NOVICE, EXPERIENCE, ASKS, PER_ITEM = range(8)
GAIN, RATE_PER_DAY, PER_SKILL = range(3)


@inline
def shape_value(shape, first, second, third, slope, ability, difficulty, p):
    """How much of the largest gain an item of this difficulty gives: about 0 … 1 (docs: the six kernels)."""
    gap = difficulty - ability
    if shape == SUCCESS_VARIANCE:
        return math.pow(p, first) * (1.0 - p) * second
    if shape == BAND:
        return 1.0 if (first <= p) & (p <= second) else 0.0
    if shape == TRAPEZOID:
        return sigmoid((gap - first) / third) * sigmoid((second - gap) / third)
    if shape == ASSISTED_BAND:
        return (1.0 - p) * sigmoid(slope * (first - gap)) * second
    value = math.exp(-0.5 * (gap - first) * (gap - first) / (second * second))
    if shape == CHALLENGE:
        value *= max(third - ability, 0.0) / third
    return value


@inline
def next_affect(affect, u, correct, wrong, helped, mastered, streak, draw):
    """The mood after a lesson.

    ``u`` is the expected success, ``streak`` the wrong answers in a row including this lesson's, ``draw`` a uniform.
    """
    in_band = (u > 0.4) & (u < 0.85) & (mastered == 0.0)
    if affect == FLOW:
        bored = sigmoid(-2.6 + 2.0 * (10.0 * max(u - 0.9, 0.0) + 0.5 * mastered))
        confused = (1.0 - bored) * sigmoid(-2.2 + 2.0 * (max(0.5 - u, 0.0) + wrong))
        return BORED if draw < bored else (CONFUSED if draw < bored + confused else FLOW)
    if affect == CONFUSED:
        frustrated = sigmoid(-2.0 + 0.7 * streak)
        resolved = (1.0 - frustrated) * sigmoid(1.5 * correct + 0.8 * helped)
        return FRUSTRATED if draw < frustrated else (FLOW if draw < frustrated + resolved else CONFUSED)
    if affect == FRUSTRATED:
        bored = sigmoid(-2.0 + 0.5 * streak)
        return BORED if draw < bored else (FLOW if draw < bored + (1.0 - bored) * 0.5 else FRUSTRATED)
    return FLOW if draw < (0.5 if in_band else 0.15) else BORED


@inline
def quit_logit(affect, streak, engagement):
    """The log-odds of giving up after this lesson."""
    mood = 1.5 if affect == BORED else (1.0 if affect == FRUSTRATED else 0.0)
    return -5.3 + mood + 0.3 * streak - engagement


@inline
def quit_hazard(affect, streak, engagement):
    """P(giving up after this lesson)."""
    return sigmoid(quit_logit(affect, streak, engagement))


@inline
def attention(affect):
    """Share of what they could answer that they do answer: some carelessness in frustration, more in boredom."""
    return 0.95 if affect == FRUSTRATED else (0.765 if affect == BORED else 1.0)


@inline
def absorption(affect):
    """Share of the gain that is left in this mood."""
    return 0.7 if affect == FRUSTRATED else (0.3 if affect == BORED else 1.0)


@inline
def succeeding(s, i, ability, item, listed, width, slope, f, n):
    """P(all skills of the item at once), with its own help; ``ability`` is the first column of the abilities."""
    product = 1.0
    for slot in range(listed, listed + width):
        if n[slot] < 0:
            break
        product *= sigmoid(slope * (s[i, ability + n[slot]] + f[item + HELP] - f[item + DIFFICULTY]))
    return product


@inline
def capped(s, i, ability, drawn, n, first, parents):
    """A start ability that is above none of the prerequisites', which are listed from ``n[first]`` on."""
    for slot in range(first, first + parents):
        if n[slot] < 0:
            break
        drawn = min(drawn, s[i, ability + n[slot]])
    return drawn


@inline
def _gated(value, s, i, n, first, parents, sharpness, ready):
    """What is left of the gain where prerequisites, which are listed from ``n[first]`` on, are not ready."""
    for slot in range(first, first + parents):
        if n[slot] < 0:
            break
        above = s[i, ABILITY + n[slot]] - ready
        value *= (1.0 if above >= 0.0 else 0.0) if sharpness <= 0.0 else sigmoid(sharpness * above)
    return value


@kernel
def reset(s, rows, deviates, drawn, f, n):
    """Fresh students; ``drawn`` (n, K): start abilities, still to be capped by their prerequisites'."""
    skills, parents, order = n[N_SKILLS], n[PARENTS], n.shape[0] - n[N_SKILLS]
    start, mastery = ABILITY + skills, ABILITY + 2 * skills
    parent0 = HEADER + n[N_ITEMS] * n[WIDTH]
    slope, floor = f[SLOPE], f[FLOOR]
    for r in range(rows.shape[0]):
        i = rows[r]
        s[i, LEARN] = math.exp(deviates[r, 1])
        s[i, FORGET] = math.exp(deviates[r, 2])
        s[i, ENGAGEMENT] = deviates[r, 3]
        s[i, AFFECT] = FLOW
        s[i, STREAK] = 0.0
        for position in range(skills):
            k = n[order + position]
            ability = capped(s, i, ABILITY, drawn[r, k] + deviates[r, 0], n, parent0 + k * parents, parents)
            s[i, ABILITY + k] = ability
            s[i, start + k] = ability
            s[i, mastery + k] = floor + (1.0 - floor) * sigmoid(slope * ability)


@kernel
def step(s, items, u, out, f, n):
    """Answer, then learn; then the mood changes, and some give up."""
    answered, correct, minutes, given_up = out["answered"], out["correct"], out["minutes"], out["quit"]
    skills, width, parents = n[N_SKILLS], n[WIDTH], n[PARENTS]
    mastery, parent0 = ABILITY + 2 * skills, HEADER + n[N_ITEMS] * width
    skill0 = CONSTANTS + n[N_ITEMS] * PER_ITEM
    slope, floor, feedback, sharpness, ready = f[SLOPE], f[FLOOR], f[FEEDBACK], f[SHARPNESS], f[READY]
    mastered_at, shape, first, second, third = f[MASTERED], f[SHAPE], f[FIRST], f[SECOND], f[THIRD]
    moods, alone = f[MOODS] > 0.0, np.empty(width)
    for i in range(items.shape[0]):
        given_up[i] = False
        if untaught(items[i], i, answered, correct, minutes):
            continue
        j = items[i]
        item, listed = CONSTANTS + j * PER_ITEM, HEADER + j * width
        difficulty, help_, affect = f[item + DIFFICULTY], f[item + HELP], s[i, AFFECT]
        success, mastered = 1.0, 1.0
        for slot in range(width):
            k = n[listed + slot]
            if k < 0:
                break
            ability = s[i, ABILITY + k]
            alone[slot] = sigmoid(slope * (ability - difficulty))  # the gain needs it too; most items give no help
            success *= sigmoid(slope * (ability + help_ - difficulty)) if help_ > 0.0 else alone[slot]
            mastered = mastered if s[i, mastery + k] >= mastered_at else 0.0
        asks = f[item + ASKS] > 0.0
        right = asks & (u[i, 0] < floor + (1.0 - floor) * success * attention(affect))
        wrong = 1.0 if asks & (not right) else 0.0
        answered[i] = asks
        correct[i] = right
        minutes[i] = f[item + MINUTES]
        effect = s[i, LEARN] * absorption(affect) * f[item + LENGTH] * (feedback if wrong > 0.0 else 1.0)
        for slot in range(width):
            k = n[listed + slot]
            if k < 0:
                break
            ability = s[i, ABILITY + k]
            value = shape_value(shape, first, second, third, slope, ability, difficulty, alone[slot])
            value = _gated(value, s, i, n, parent0 + k * parents, parents, sharpness, ready)
            worth = f[item + NOVICE] + f[item + EXPERIENCE] * s[i, mastery + k]
            ability += f[skill0 + k * PER_SKILL + GAIN] * effect * worth * value
            s[i, ABILITY + k] = ability
            s[i, mastery + k] = floor + (1.0 - floor) * sigmoid(slope * ability)
        if moods:
            streak = 0.0 if right else s[i, STREAK] + wrong
            expected = floor + (1.0 - floor) * success
            helped = 1.0 if help_ > 0.0 else 0.0
            hit = 1.0 if right else 0.0
            affect = next_affect(affect, expected, hit, wrong, helped, mastered, streak, u[i, 1])
            s[i, AFFECT] = affect
            s[i, STREAK] = streak
            given_up[i] = u[i, 2] < quit_hazard(affect, streak, s[i, ENGAGEMENT])


@inline
def numbers(f, n):
    """What is read once for all students; then where their moods and abilities stand, and the items' numbers begin."""
    return n[WIDTH], f[SLOPE], f[FLOOR], AFFECT, ABILITY, CONSTANTS


@inline
def p_right(s, i, j, c, f, n):
    """P(right answer) to item j, in the mood that the student is in."""
    width, slope, floor, affect, ability, constants = c
    success = succeeding(s, i, ability, constants + j * PER_ITEM, HEADER + j * width, width, slope, f, n)
    return floor + (1.0 - floor) * success * attention(s[i, affect])


p_some, p_correct = answers_of(__name__)


@kernel
def elapse(s, days, u, f, n):
    """Abilities decay towards where they started, and the mood is fresh again."""
    skills, skill0 = n[N_SKILLS], CONSTANTS + n[N_ITEMS] * PER_ITEM
    start, mastery = ABILITY + skills, ABILITY + 2 * skills
    slope, floor = f[SLOPE], f[FLOOR]
    for i in range(days.shape[0]):
        if days[i] > 0.0:
            s[i, AFFECT] = FLOW
            s[i, STREAK] = 0.0
            time = days[i] * s[i, FORGET]
            rate, kept = 0.0, 1.0  # skills in a row often share a rate
            for k in range(skills):
                if f[skill0 + k * PER_SKILL + RATE_PER_DAY] != rate:
                    rate = f[skill0 + k * PER_SKILL + RATE_PER_DAY]
                    kept = math.exp(-rate * time)
                gained = s[i, ABILITY + k] - s[i, start + k]
                if gained != 0.0:
                    ability = s[i, start + k] + gained * kept
                    s[i, ABILITY + k] = ability
                    s[i, mastery + k] = floor + (1.0 - floor) * sigmoid(slope * ability)


@inline
def kept(n):
    """Where what is known stands in a student's row."""
    return ABILITY + 2 * n[N_SKILLS], ABILITY + 3 * n[N_SKILLS]


mastery_sum = kept_sum_of(__name__)


@kernel
def expected_gain(s, out, f, n):
    """Expected change of the sum of masteries from each item: over right and wrong answers, exact."""
    skills, width, parents = n[N_SKILLS], n[WIDTH], n[PARENTS]
    mastery, parent0 = ABILITY + 2 * skills, HEADER + n[N_ITEMS] * width
    skill0 = CONSTANTS + n[N_ITEMS] * PER_ITEM
    slope, floor, sharpness, ready, c = f[SLOPE], f[FLOOR], f[SHARPNESS], f[READY], numbers(f, n)
    shape, first, second, third = f[SHAPE], f[FIRST], f[SECOND], f[THIRD]
    for i in range(out.shape[0]):
        learn = s[i, LEARN] * absorption(s[i, AFFECT])
        for j in range(out.shape[1]):
            item, listed = CONSTANTS + j * PER_ITEM, HEADER + j * width
            difficulty = f[item + DIFFICULTY]
            right = p_right(s, i, j, c, f, n) if f[item + ASKS] > 0.0 else 1.0
            total = 0.0
            for slot in range(listed, listed + width):
                k = n[slot]
                if k < 0:
                    break
                ability = s[i, ABILITY + k]
                value = shape_value(
                    shape, first, second, third, slope, ability, difficulty, sigmoid(slope * (ability - difficulty))
                )
                value = _gated(value, s, i, n, parent0 + k * parents, parents, sharpness, ready)
                worth = f[item + NOVICE] + f[item + EXPERIENCE] * s[i, mastery + k]
                gain = f[skill0 + k * PER_SKILL + GAIN] * learn * f[item + LENGTH] * worth * value
                after = right * sigmoid(slope * (ability + gain))
                after += (1.0 - right) * sigmoid(slope * (ability + f[FEEDBACK] * gain))
                total += floor + (1.0 - floor) * after - s[i, mastery + k]
            out[i, j] = total
