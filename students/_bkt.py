"""Kernels of the BKT students: batches over rows of one (N, W) float64 state and two packed parameter arrays.

A student's row: group, multipliers on the odds of learn, guess and slip and on the forgetting rate, ability (logits),
familiarity (K), left (K). ``left`` is what remains of the lifetime drawn when the skill was learnt, in units of
1 / forgetting rate; a skill is known while it is above 0. An exponential lifetime drawn once is exactly equivalent to
forgetting by chance every day, and composes path by path.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .curriculum import Curriculum
from .jit import inline, kernel

LEARN, GUESS, SLIP, FORGET, ABILITY, FAMILIARITY = 1, 2, 3, 4, 5, 6  # columns of the state

LEAK, RATE, KNOWN, SPAN, NARROW, DURABLE, CONSTANTS = range(7)
GUESS_ODDS, SLIP_ODDS, MINUTES, LENGTH, NOVICE, EXPERIENCE, DIFFICULTY, ASKS, PER_ITEM = range(9)
PRIOR_ODDS, LEARN_ODDS, RATE_PER_DAY, PER_SKILL = range(4)

N_SKILLS, N_ITEMS, WIDTH, PARENTS, HEADER = range(5)  # of the integers: K, M, S skills per item, P parents per skill

SHORTEST = 1e-300  # a lifetime is above 0


def pack(
    curriculum: Curriculum,
    constants: npt.NDArray[np.float64],
    items: npt.NDArray[np.float64],
    skills: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Parameters as one float and one integer array.

    The skills of an item stand children first, so that a lesson opens no door that it then walks through itself.
    """
    c, rank = curriculum, np.argsort(curriculum.order)
    listed = np.full_like(c.item_skills, -1)
    for m in range(c.n_items):
        own = np.flatnonzero(c.q[m])
        listed[m, : len(own)] = own[np.argsort(-rank[own])]
    sizes = np.array([c.n_skills, c.n_items, listed.shape[1], c.parents.shape[1]])
    floats = np.concatenate([constants, items.ravel(), skills.ravel()]).astype(np.float64)
    return floats, np.concatenate([sizes, listed.ravel(), c.parents.ravel(), c.order]).astype(np.int64)


@inline
def _item(j):
    return CONSTANTS + j * PER_ITEM


@inline
def _skill(k, n):
    return CONSTANTS + n[N_ITEMS] * PER_ITEM + k * PER_SKILL


@inline
def _ready(s, i, k, n):
    """Are all prerequisites of the skill known?"""
    left = FAMILIARITY + n[N_SKILLS]
    start = HEADER + n[N_ITEMS] * n[WIDTH] + k * n[PARENTS]
    ready = True
    for slot in range(start, start + n[PARENTS]):
        if n[slot] < 0:
            break
        ready = ready and s[i, left + n[slot]] > 0.0
    return ready


@inline
def _chance(s, i, j, f, n):
    """A right answer as numerator and denominator: 1 / (1 + slip odds) or guess odds / (1 + guess odds)."""
    left = FAMILIARITY + n[N_SKILLS]
    start = HEADER + j * n[WIDTH]
    known = True
    for slot in range(start, start + n[WIDTH]):
        if n[slot] < 0:
            break
        known = known and s[i, left + n[slot]] > 0.0
    guess = f[_item(j) + GUESS_ODDS] * s[i, GUESS]
    slip = f[_item(j) + SLIP_ODDS] * s[i, SLIP]
    return (1.0 if known else guess), 1.0 + (slip if known else guess)


@inline
def _learning(s, i, j, k, f, n):
    """Learning as numerator and denominator: odds a / b give a / (a + b), times the gate."""
    familiarity = s[i, FAMILIARITY + k]
    gap = (f[_item(j) + DIFFICULTY] - f[SPAN] * familiarity - s[i, ABILITY]) * f[NARROW]
    worth = f[_item(j) + LENGTH] * (f[_item(j) + NOVICE] + f[_item(j) + EXPERIENCE] * familiarity)
    a = f[_skill(k, n) + LEARN_ODDS] * s[i, LEARN] * worth
    gate = 1.0 if _ready(s, i, k, n) else f[LEAK]
    return gate * a, a + 1.0 + gap * gap


@inline
def _lifetime(share):
    """An exponential lifetime from a uniform draw in [0, 1)."""
    return max(-math.log(1.0 - min(share, 0.9999999999999999)), SHORTEST)


@kernel
def reset(s, rows, deviates, u, split, f, n):
    """Fresh students; ``u`` from column ``split`` on: one draw per skill, spent on knowing and then on its lifetime."""
    left = FAMILIARITY + n[N_SKILLS]
    order = n.shape[0] - n[N_SKILLS]
    for r in range(rows.shape[0]):
        i = rows[r]
        prior = math.exp(deviates[r, 0])
        for column in range(LEARN, ABILITY):
            s[i, column] = math.exp(deviates[r, column])
        s[i, ABILITY] = deviates[r, ABILITY]
        for position in range(n[N_SKILLS]):
            k = n[order + position]
            o = f[_skill(k, n) + PRIOR_ODDS] * prior
            p = o / (1.0 + o)
            draw = u[r, split + k]
            known = _ready(s, i, k, n) and draw < p
            s[i, left + k] = _lifetime(draw / p) if known else 0.0
            s[i, FAMILIARITY + k] = f[KNOWN] if known else 0.0


@kernel
def step(s, items, u, out, f, n):
    """Answer, then learn."""
    left = FAMILIARITY + n[N_SKILLS]
    for i in range(items.shape[0]):
        j = items[i]
        if j < 0:
            out[i]["answered"] = False
            out[i]["correct"] = False
            out[i]["minutes"] = 0.0
            continue
        numerator, denominator = _chance(s, i, j, f, n)
        asks = f[_item(j) + ASKS] > 0.0
        out[i]["answered"] = asks
        out[i]["correct"] = asks and u[i, 0] * denominator < numerator
        out[i]["minutes"] = f[_item(j) + MINUTES]
        start = HEADER + j * n[WIDTH]
        for slot in range(n[WIDTH]):
            k = n[start + slot]
            if k < 0:
                break
            numerator, denominator = _learning(s, i, j, k, f, n)
            spent = u[i, 1 + slot] * denominator
            if s[i, left + k] <= 0.0 and spent < numerator:
                s[i, left + k] = _lifetime(spent / numerator)
            s[i, FAMILIARITY + k] += (1.0 - s[i, FAMILIARITY + k]) * f[RATE]


@kernel
def p_all(s, out, f, n):
    """Probability of a right answer to every item."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            numerator, denominator = _chance(s, i, j, f, n)
            out[i, j] = numerator / denominator


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none)."""
    for i in range(out.shape[0]):
        out[i] = 0.0
        if items[i] >= 0:
            numerator, denominator = _chance(s, i, items[i], f, n)
            out[i] = numerator / denominator


@kernel
def elapse(s, days, f, n):
    """Use up lifetimes."""
    left = FAMILIARITY + n[N_SKILLS]
    for i in range(days.shape[0]):
        time = days[i] * s[i, FORGET]
        if time > 0.0:
            for k in range(n[N_SKILLS]):
                rate = f[_skill(k, n) + RATE_PER_DAY] * (1.0 - f[DURABLE] * s[i, FAMILIARITY + k])
                s[i, left + k] = max(s[i, left + k] - rate * time, 0.0)


@kernel
def mastery_sum(s, out, n):
    """Number of known skills."""
    left = FAMILIARITY + n[N_SKILLS]
    for i in range(out.shape[0]):
        total = 0.0
        for k in range(n[N_SKILLS]):
            total += 1.0 if s[i, left + k] > 0.0 else 0.0
        out[i] = total


@kernel
def expected_gain(s, out, f, n):
    """Expected number of skills that each item teaches now."""
    left = FAMILIARITY + n[N_SKILLS]
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = 0.0
            start = HEADER + j * n[WIDTH]
            for slot in range(start, start + n[WIDTH]):
                k = n[slot]
                if k < 0:
                    break
                if s[i, left + k] <= 0.0:
                    numerator, denominator = _learning(s, i, j, k, f, n)
                    out[i, j] += numerator / denominator
