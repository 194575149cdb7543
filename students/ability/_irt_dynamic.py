"""Kernels of the students whose abilities grow, wander and fade: those of ``_irt``, and what days do.

After the multiplier on the gain a student's row goes on with one on the decay, and with where each skill began (K).
"""

from __future__ import annotations

import math

import numpy as np

from ..jit import inline, kernel
from ..normal import average_sigmoid, deviate
from ..packed import HEADER, N_ITEMS, N_SKILLS, WIDTH
from ._irt import (
    ABILITY,
    CONSTANTS,
    DIFFICULTY,
    GENERAL,
    GUESS,
    PER_ITEM,
    PER_SKILL,
    RATE_PER_DAY,
    SCALE,
    SHARE,
    SLOPE,
    VARIANCE,
    expected_gain,
    mastery,
    mastery_sum,
    p_correct,
    p_some,
    step,
)

__all__ = ["elapse", "expected_gain", "forecast", "mastery", "mastery_sum", "p_correct", "p_some", "step"]


@inline
def undecayed(decay):
    """Share of the wandering that decay leaves: (1 - exp(-2 decay)) / (2 decay), 1 without decay."""
    return -math.expm1(-2.0 * decay) / (2.0 * decay) if decay > 0.0 else 1.0


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


@kernel
def forecast(s, days, p, known, f, n):
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
            known[i, k] = average_sigmoid(f[SCALE] * (s[i, GENERAL] + mean[k]), f[SCALE] * math.sqrt(variance[k]))
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
