"""Kernels of the whole learner: batches over rows of one (N, W) float64 state and two packed arrays.

A student's row: group, multipliers on gain and forgetting, engagement, patience, mood, wrong answers in a row, then per
skill ability, ability at the start, mastery, stability (days) and the retained share of what was gained, K each.
Moods, giving up, and the columns of items are those of ``_difficulty_band``.
"""

from __future__ import annotations

import math

import numpy as np

from .ability._difficulty_band import (
    ASKS,
    DIFFICULTY,
    EXPERIENCE,
    FLOW,
    HELP,
    LENGTH,
    MINUTES,
    NOVICE,
    PER_ITEM,
    absorption,
    attention,
    capped,
    next_affect,
    p_right,
    quit_logit,
)
from .elementary import LARGEST, exp
from .jit import inline, kernel
from .loops import answers_of, kept_sum_of
from .normal import sigmoid
from .packed import HEADER, N_ITEMS, N_SKILLS, PARENTS, WIDTH, untaught

__all__ = ["elapse", "expected_gain", "mastery_sum", "p_correct", "p_right", "p_some", "reset", "step"]

LEARN, FORGET, ENGAGEMENT, PATIENCE, AFFECT, STREAK, ABILITY = range(1, 8)  # columns of the state

(
    SLOPE, FLOOR, FEEDBACK, HINTED, SHARPNESS, READY, MASTERED, HELP_AT_BEST, BAND_SCALE, SPACING, ASK, ASK_HARD,
    HINT_MINUTES, GATED, BAND, MEMORY, MOODS, HINTS, CONSTANTS,
) = range(19)  # fmt: skip
GAIN, STABLE, PER_SKILL = range(3)
BATCH = 256  # students who are taught together


@inline
def _in_band(slope, gap, alone, best, scale):
    """How much of the largest gain: high where success alone is unlikely and success with help is likely."""
    return (1.0 - alone) * sigmoid(slope * (best - gap)) * scale


@inline
def _asking(ask, hard, p, patience):
    """P(asking for a hint) after a wrong answer to an item that was right with probability p."""
    return sigmoid(ask + hard * (1.0 - p) - patience)


@kernel
def reset(s, rows, deviates, drawn, f, n):
    """Fresh students; ``drawn`` (n, K): start abilities, still to be capped by their prerequisites'."""
    skills, parents, order = n[N_SKILLS], n[PARENTS], n.shape[0] - n[N_SKILLS]
    start, mastery = ABILITY + skills, ABILITY + 2 * skills
    stability, retained = ABILITY + 3 * skills, ABILITY + 4 * skills
    parent0, skill0 = HEADER + n[N_ITEMS] * n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM
    slope, floor = f[SLOPE], f[FLOOR]
    for r in range(rows.shape[0]):
        i = rows[r]
        s[i, LEARN], s[i, FORGET] = math.exp(deviates[r, 1]), math.exp(deviates[r, 2])
        s[i, ENGAGEMENT], s[i, PATIENCE] = deviates[r, 3], deviates[r, 4]
        s[i, AFFECT], s[i, STREAK] = FLOW, 0.0
        for position in range(skills):
            k = n[order + position]
            ability = capped(s, i, ABILITY, drawn[r, k] + deviates[r, 0], n, parent0 + k * parents, parents)
            s[i, ABILITY + k] = ability
            s[i, start + k] = ability
            s[i, mastery + k] = floor + (1.0 - floor) * sigmoid(slope * ability)
            s[i, stability + k] = f[skill0 + k * PER_SKILL + STABLE]
            s[i, retained + k] = 1.0


@inline
def _sigmoid(x):
    """1 / (1 + exp(-x)), of which a compiler can take eight at a time."""
    return 1.0 / (1.0 + exp(-x))


@kernel
def _prospects(s, items, start, end, alone, helped, value, gate, f, n):
    """P(right) of every skill of these students' items without and with help, and what a lesson of it is worth."""
    width, parents, mastery, t = n[WIDTH], n[PARENTS], ABILITY + 2 * n[N_SKILLS], 0
    slope, best, scale, band = f[SLOPE], f[HELP_AT_BEST], f[BAND_SCALE], f[BAND] > 0.0
    for i in range(start, end):
        item, listed = CONSTANTS + max(items[i], 0) * PER_ITEM, HEADER + max(items[i], 0) * width
        for slot in range(width):
            k = max(n[listed + slot], 0)
            ability = s[i, ABILITY + k] - f[item + DIFFICULTY]
            alone[t], helped[t] = slope * ability, slope * (ability + f[item + HELP])
            value[t], gate[t] = slope * (best + ability), 1.0 - s[i, mastery + k]
            t += 1
    for r in range(t):
        alone[r] = _sigmoid(alone[r])
        helped[r] = _sigmoid(helped[r])
    for r in range(t):
        value[r] = (1.0 - alone[r]) * _sigmoid(value[r]) * scale if band else gate[r]
    for parent in range(parents if f[GATED] > 0.0 else 0):
        t = 0
        for i in range(start, end):
            listed = HEADER + max(items[i], 0) * width
            for slot in range(width):
                above = n[HEADER + n[N_ITEMS] * width + max(n[listed + slot], 0) * parents + parent]
                ready = f[SHARPNESS] * (s[i, ABILITY + max(above, 0)] - f[READY])
                gate[t] = ready if above >= 0 else LARGEST  # of which the sigmoid is 1
                t += 1
        for r in range(t):
            value[r] *= _sigmoid(gate[r])


@kernel
def _answers(s, items, start, end, alone, helped, success, asking, f, n):
    """P(all skills of the item at once), and of asking for a hint after a wrong answer."""
    width, floor, t = n[WIDTH], f[FLOOR], 0
    for i in range(start, end):
        listed, product = HEADER + max(items[i], 0) * width, 1.0
        for slot in range(width):
            product *= helped[t] if n[listed + slot] >= 0 else 1.0
            t += 1
        p = floor + (1.0 - floor) * product * attention(s[i, AFFECT])
        success[i - start], asking[i - start] = product, f[ASK] + f[ASK_HARD] * (1.0 - p) - s[i, PATIENCE]
    for r in range(end - start):
        asking[r] = _sigmoid(asking[r])


@kernel
def step(s, items, u, out, f, n):
    """Answer, ask for a hint, learn; then the mood changes, and some give up.

    Batch by batch: what hangs on exponentials is gathered side by side, so that they are taken eight at a time.
    """
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    given_up, hints = out["quit"], out["hints"]
    skills, width, size = n[N_SKILLS], n[WIDTH], min(BATCH, items.shape[0])
    mastery, stability, retained = ABILITY + 2 * skills, ABILITY + 3 * skills, ABILITY + 4 * skills
    skill0, slope, floor, spacing = CONSTANTS + n[N_ITEMS] * PER_ITEM, f[SLOPE], f[FLOOR], f[SPACING]
    memory, moods, helps = f[MEMORY] > 0, f[MOODS] > 0, f[HINTS] > 0
    alone, helped, value, gate = (
        np.empty(size * width),
        np.empty(size * width),
        np.empty(size * width),
        np.empty(size * width),
    )
    success, asking, quitting = np.empty(size), np.empty(size), np.empty(size)
    for start in range(0, items.shape[0], BATCH):
        end = min(start + BATCH, items.shape[0])
        _prospects(s, items, start, end, alone, helped, value, gate, f, n)
        _answers(s, items, start, end, alone, helped, success, asking, f, n)
        for i in range(start, end):
            j, t = items[i], i - start
            hints[i] = 0
            quitting[t] = LARGEST
            if untaught(j, i, answered, correct, minutes):
                continue
            item, listed, affect = CONSTANTS + j * PER_ITEM, HEADER + j * width, s[i, AFFECT]
            p, asks = floor + (1.0 - floor) * success[t] * attention(affect), f[item + ASKS] > 0.0
            right = asks & (u[i, 0] < p)
            wrong = asks & (not right)
            hinted = helps & wrong & (u[i, 1] < asking[t])
            answered[i] = asks
            correct[i] = right
            hints[i] = 1 if hinted else 0
            minutes[i] = f[item + MINUTES] + (f[HINT_MINUTES] if hinted else 0.0)
            used = (f[HINTED] if hinted else f[FEEDBACK]) if wrong else 1.0
            effect, mastered = s[i, LEARN] * absorption(affect) * f[item + LENGTH] * used, 1.0
            for slot in range(width):
                k = n[listed + slot]
                if k < 0:
                    break
                ability, known = s[i, ABILITY + k], s[i, mastery + k]
                mastered = mastered if known >= f[MASTERED] else 0.0
                worth = f[item + NOVICE] + f[item + EXPERIENCE] * known
                ability += f[skill0 + k * PER_SKILL + GAIN] * effect * worth * value[t * width + slot]
                s[i, ABILITY + k] = ability
                gate[t * width + slot] = slope * ability
                if memory:
                    s[i, stability + k] *= 1.0 + spacing * (1.0 - s[i, retained + k])
                    s[i, retained + k] = 1.0
            if moods:
                hit, miss = 1.0 if right else 0.0, 1.0 if wrong else 0.0
                streak, expected = 0.0 if right else s[i, STREAK] + miss, floor + (1.0 - floor) * success[t]
                aided = 1.0 if (f[item + HELP] > 0.0) | hinted else 0.0
                affect = next_affect(affect, expected, hit, miss, aided, mastered, streak, u[i, 2])
                s[i, AFFECT] = affect
                s[i, STREAK] = streak
                quitting[t] = -quit_logit(affect, streak, s[i, ENGAGEMENT])
        for r in range((end - start) * width):
            value[r] = _sigmoid(gate[r])
        for r in range(end - start):
            quitting[r] = 1.0 / (1.0 + exp(quitting[r]))
        for i in range(start, end):
            t, listed = i - start, HEADER + max(items[i], 0) * width
            given_up[i] = moods & (items[i] >= 0) & (u[i, 3] < quitting[t])
            for slot in range(width):
                if (items[i] >= 0) & (n[listed + slot] >= 0):
                    s[i, mastery + n[listed + slot]] = floor + (1.0 - floor) * value[t * width + slot]


@inline
def numbers(f, n):
    """What ``p_right`` of the difficulty-band students reads once for all students."""
    return n[WIDTH], f[SLOPE], f[FLOOR], AFFECT, ABILITY, CONSTANTS


p_some, p_correct = answers_of(__name__)


@kernel
def elapse(s, days, u, f, n):
    """What was gained decays at the rate of its stability, and the mood is fresh again."""
    skills, slope, floor, memory = n[N_SKILLS], f[SLOPE], f[FLOOR], f[MEMORY] > 0.0
    start, mastery = ABILITY + skills, ABILITY + 2 * skills
    stability, retained = ABILITY + 3 * skills, ABILITY + 4 * skills
    kept, known = np.empty(skills), np.empty(skills)  # apart from the state, so that eight are computed at a time
    for i in range(days.shape[0]):
        if days[i] <= 0.0:
            continue
        s[i, AFFECT], s[i, STREAK] = FLOW, 0.0
        if memory:
            time = days[i] * s[i, FORGET]
            for k in range(skills):
                kept[k] = exp(-time / s[i, stability + k])
                known[k] = exp(-slope * (s[i, start + k] + (s[i, ABILITY + k] - s[i, start + k]) * kept[k]))
            for k in range(skills):
                gained = s[i, ABILITY + k] - s[i, start + k]
                s[i, ABILITY + k] = s[i, start + k] + gained * kept[k]
                s[i, retained + k] *= kept[k] if gained != 0.0 else 1.0
                share = floor + (1.0 - floor) / (1.0 + known[k])
                s[i, mastery + k] = share if gained != 0.0 else s[i, mastery + k]


@inline
def kept(n):
    """Where what is known stands in a student's row."""
    return ABILITY + 2 * n[N_SKILLS], ABILITY + 3 * n[N_SKILLS]


mastery_sum = kept_sum_of(__name__)


@kernel
def expected_gain(s, out, f, n):
    """Expected change of the sum of masteries from each item: over right, wrong and hinted answers, exact."""
    skills, width, parents = n[N_SKILLS], n[WIDTH], n[PARENTS]
    mastery, parent0 = ABILITY + 2 * skills, HEADER + n[N_ITEMS] * width
    skill0 = CONSTANTS + n[N_ITEMS] * PER_ITEM
    slope, floor, sharpness, ready, c = f[SLOPE], f[FLOOR], f[SHARPNESS], f[READY], numbers(f, n)
    for i in range(out.shape[0]):
        learn = s[i, LEARN] * absorption(s[i, AFFECT])
        for j in range(out.shape[1]):
            item, listed = CONSTANTS + j * PER_ITEM, HEADER + j * width
            difficulty, total = f[item + DIFFICULTY], 0.0
            right = p_right(s, i, j, c, f, n) if f[item + ASKS] > 0.0 else 1.0
            hinted = _asking(f[ASK], f[ASK_HARD], right, s[i, PATIENCE]) if f[HINTS] > 0.0 else 0.0
            for slot in range(listed, listed + width):
                k = n[slot]
                if k < 0:
                    break
                ability, known = s[i, ABILITY + k], s[i, mastery + k]
                value = 1.0 - known
                if f[BAND] > 0.0:
                    alone = sigmoid(slope * (ability - difficulty))
                    value = _in_band(slope, difficulty - ability, alone, f[HELP_AT_BEST], f[BAND_SCALE])
                if f[GATED] > 0.0:
                    for parent in range(parent0 + k * parents, parent0 + k * parents + parents):
                        if n[parent] < 0:
                            break
                        value *= sigmoid(sharpness * (s[i, ABILITY + n[parent]] - ready))
                worth = f[item + NOVICE] + f[item + EXPERIENCE] * known
                gain = f[skill0 + k * PER_SKILL + GAIN] * learn * f[item + LENGTH] * worth * value
                after = right * sigmoid(slope * (ability + gain))
                after += (1.0 - right) * hinted * sigmoid(slope * (ability + f[HINTED] * gain))
                after += (1.0 - right) * (1.0 - hinted) * sigmoid(slope * (ability + f[FEEDBACK] * gain))
                total += floor + (1.0 - floor) * after - known
            out[i, j] = total
