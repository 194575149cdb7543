"""Kernels of the students with abilities (IRT, dynamic IRT, Elo): batches over the rows of one (N, W) float64 state.

A student's row: group, general ability, ability in each skill beside it (K); of those who learn also a multiplier on
the gain; of those whose abilities move over days also a multiplier on the decay, and where each skill began (K). What
counts everywhere is their sum, theta = general + ability[k].
Helpers take scalars only, as in ``_bkt``.
"""

from __future__ import annotations

import math

import numpy as np

from ..jit import inline, kernel
from ..normal import average_sigmoid, deviate, sigmoid

GENERAL, ABILITY = 1, 2  # columns of the state; after the abilities: LEARN, FORGET, START (K)

SCALE, FEEDBACK, TRANSFER, VARIANCE, CONSTANTS = range(5)
SLOPE, DIFFICULTY, GUESS, SHARE, MINUTES, ASKS, PER_ITEM = range(7)
GAIN, RATE_PER_DAY, PER_SKILL = range(3)
N_SKILLS, N_ITEMS, WIDTH, PARENTS, HEADER = range(5)  # of the integers: K, M, S skills per item, P parents per skill


@kernel
def answer(s, items, u, out, f, n):
    """Answer, and stay as they are."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    width = n[WIDTH]
    for i in range(items.shape[0]):
        j = items[i]
        if j < 0:
            answered[i] = False
            correct[i] = False
            minutes[i] = 0.0
            continue
        item, listed = CONSTANTS + j * PER_ITEM, HEADER + j * width
        total = 0.0
        for slot in range(listed, listed + width):
            if n[slot] < 0:
                break
            total += s[i, ABILITY + n[slot]]
        level = s[i, GENERAL] + total * f[item + SHARE] - f[item + DIFFICULTY]
        p = f[item + GUESS] + (1.0 - f[item + GUESS]) * sigmoid(f[item + SLOPE] * level)
        asks = f[item + ASKS] > 0.0
        answered[i] = asks
        correct[i] = asks & (u[i, 0] < p)
        minutes[i] = f[item + MINUTES]


@kernel
def step(s, items, u, out, f, n):
    """Answer, then learn: the item's skills, and (by ``TRANSFER``) everything."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    width, learn, feedback, transfer = n[WIDTH], ABILITY + n[N_SKILLS], f[FEEDBACK], f[TRANSFER]
    skill0 = CONSTANTS + n[N_ITEMS] * PER_ITEM
    for i in range(items.shape[0]):
        j = items[i]
        if j < 0:
            answered[i] = False
            correct[i] = False
            minutes[i] = 0.0
            continue
        item, listed = CONSTANTS + j * PER_ITEM, HEADER + j * width
        total = 0.0
        for slot in range(listed, listed + width):
            if n[slot] < 0:
                break
            total += s[i, ABILITY + n[slot]]
        level = s[i, GENERAL] + total * f[item + SHARE] - f[item + DIFFICULTY]
        p = f[item + GUESS] + (1.0 - f[item + GUESS]) * sigmoid(f[item + SLOPE] * level)
        asks = f[item + ASKS] > 0.0
        right = asks & (u[i, 0] < p)
        answered[i] = asks
        correct[i] = right
        minutes[i] = f[item + MINUTES]
        effect = s[i, learn] * (feedback if asks & (not right) else 1.0)
        s[i, GENERAL] += effect * transfer
        for slot in range(listed, listed + width):
            k = n[slot]
            if k < 0:
                break
            s[i, ABILITY + k] += effect * f[skill0 + k * PER_SKILL + GAIN]


@kernel
def p_some(s, items, out, f, n):
    """Probability of a right answer to each of these items."""
    width = n[WIDTH]
    for i in range(out.shape[0]):
        for c in range(items.shape[0]):
            item, listed = CONSTANTS + items[c] * PER_ITEM, HEADER + items[c] * width
            total = 0.0
            for slot in range(listed, listed + width):
                if n[slot] < 0:
                    break
                total += s[i, ABILITY + n[slot]]
            level = s[i, GENERAL] + total * f[item + SHARE] - f[item + DIFFICULTY]
            out[i, c] = f[item + GUESS] + (1.0 - f[item + GUESS]) * sigmoid(f[item + SLOPE] * level)


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none)."""
    width = n[WIDTH]
    for i in range(out.shape[0]):
        out[i] = 0.0
        j = items[i]
        if j >= 0:
            item, listed = CONSTANTS + j * PER_ITEM, HEADER + j * width
            total = 0.0
            for slot in range(listed, listed + width):
                if n[slot] < 0:
                    break
                total += s[i, ABILITY + n[slot]]
            level = s[i, GENERAL] + total * f[item + SHARE] - f[item + DIFFICULTY]
            out[i] = f[item + GUESS] + (1.0 - f[item + GUESS]) * sigmoid(f[item + SLOPE] * level)


@kernel
def mastery(s, out, f):
    """Probability of a right answer to each skill's reference item."""
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[i, k] = sigmoid(f[SCALE] * (s[i, GENERAL] + s[i, ABILITY + k]))


@kernel
def mastery_sum(s, out, f, n):
    """Sum of the masteries."""
    skills, scale = n[N_SKILLS], f[SCALE]
    for i in range(out.shape[0]):
        total = 0.0
        for k in range(skills):
            total += sigmoid(scale * (s[i, GENERAL] + s[i, ABILITY + k]))
        out[i] = total


@kernel
def elapse(s, days, u, f, n):
    """Abilities sink back to where they began, and wander: ``u`` (N, K), read where ``VARIANCE`` is above 0."""
    skills, skill0 = n[N_SKILLS], CONSTANTS + n[N_ITEMS] * PER_ITEM
    forget = ABILITY + skills + 1
    start, wanders = forget + 1, f[VARIANCE] > 0.0
    for i in range(days.shape[0]):
        if days[i] <= 0.0:
            continue
        rate, kept, spread = -1.0, 1.0, 0.0  # skills in a row often share a rate
        for k in range(skills):
            if f[skill0 + k * PER_SKILL + RATE_PER_DAY] != rate:
                rate = f[skill0 + k * PER_SKILL + RATE_PER_DAY]
                decay = rate * days[i] * s[i, forget]
                kept, spread = math.exp(-decay), math.sqrt(f[VARIANCE] * days[i] * undecayed(decay))
            ability = s[i, start + k] + (s[i, ABILITY + k] - s[i, start + k]) * kept
            s[i, ABILITY + k] = ability + spread * deviate(u[i, k]) if wanders else ability


@inline
def undecayed(decay):
    """Share of the wandering that decay leaves: (1 - exp(-2 decay)) / (2 decay), 1 without decay."""
    return -math.expm1(-2.0 * decay) / (2.0 * decay) if decay > 0.0 else 1.0


@kernel
def forecast(s, days, p, mastery, f, n):
    """Expected right answers and mastery after some days: the average over where the abilities may have gone."""
    skills, width, skill0 = n[N_SKILLS], n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM
    forget, start = ABILITY + skills + 1, ABILITY + skills + 2
    mean, variance = np.empty(skills), np.empty(skills)
    for i in range(days.shape[0]):
        time = days[i] * s[i, forget]
        for k in range(skills):
            decay = f[skill0 + k * PER_SKILL + RATE_PER_DAY] * time
            mean[k] = s[i, start + k] + (s[i, ABILITY + k] - s[i, start + k]) * math.exp(-decay)
            variance[k] = f[VARIANCE] * days[i] * undecayed(decay)
            mastery[i, k] = average_sigmoid(f[SCALE] * (s[i, GENERAL] + mean[k]), f[SCALE] * math.sqrt(variance[k]))
        for j in range(n[N_ITEMS]):
            item, listed = CONSTANTS + j * PER_ITEM, HEADER + j * width
            total = spread = 0.0
            for slot in range(listed, listed + width):
                if n[slot] < 0:
                    break
                total += mean[n[slot]]
                spread += variance[n[slot]]
            share, slope = f[item + SHARE], f[item + SLOPE]
            level = s[i, GENERAL] + total * share - f[item + DIFFICULTY]
            knows = average_sigmoid(slope * level, slope * share * math.sqrt(spread))
            p[i, j] = f[item + GUESS] + (1.0 - f[item + GUESS]) * knows


@kernel
def expected_gain(s, out, f, n):
    """Expected change of the sum of masteries from each item: over right and wrong answers, exact."""
    skills, width, skill0 = n[N_SKILLS], n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM
    scale, feedback, transfer = f[SCALE], f[FEEDBACK], f[TRANSFER]
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
                item, listed = CONSTANTS + j * PER_ITEM, HEADER + j * width
                total, gained = 0.0, everywhere
                for slot in range(listed, listed + width):
                    k = n[slot]
                    if k < 0:
                        break
                    total += s[i, ABILITY + k]
                    theta = general + s[i, ABILITY + k] + wider
                    own = effect * f[skill0 + k * PER_SKILL + GAIN]
                    gained += sigmoid(scale * (theta + own)) - sigmoid(scale * theta)
                weight = 1.0
                if feedback != 1.0:
                    level = general + total * f[item + SHARE] - f[item + DIFFICULTY]
                    p = f[item + GUESS] + (1.0 - f[item + GUESS]) * sigmoid(f[item + SLOPE] * level)
                    p = p if f[item + ASKS] > 0.0 else 1.0
                    weight = 1.0 - p if wrong > 0 else p
                out[i, j] += weight * gained


@kernel
def information(s, out, f, n):
    """Fisher information of one answer about the ability that the item measures."""
    width = n[WIDTH]
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            item, listed = CONSTANTS + j * PER_ITEM, HEADER + j * width
            total = 0.0
            for slot in range(listed, listed + width):
                if n[slot] < 0:
                    break
                total += s[i, ABILITY + n[slot]]
            slope, guess = f[item + SLOPE], f[item + GUESS]
            knows = sigmoid(slope * (s[i, GENERAL] + total * f[item + SHARE] - f[item + DIFFICULTY]))
            p = guess + (1.0 - guess) * knows
            out[i, j] = slope * slope * knows * knows * (1.0 - p) / p * f[item + ASKS]
