"""Kernels of the BKT students: batches over rows of one (N, W) float64 state and two packed parameter arrays.

A student's row: group, multipliers on the odds of learn, guess and slip and on the forgetting rate, ability (logits),
familiarity (K), left (K). ``left`` is what remains of the lifetime drawn when the skill was learnt, in units of
1 / forgetting rate; a skill is known while it is above 0. An exponential lifetime drawn once is exactly equivalent to
forgetting by chance every day, and composes path by path.
"""

from __future__ import annotations

import math

import numpy as np

from ..jit import inline, kernel
from ..packed import (
    HEADER,
    N_ITEMS,
    N_SKILLS,
    PARENTS,
    WIDTH,
    all_known,
    all_ready,
    exam_of_skills,
    multipliers,
    untaught,
)  # fmt: skip

LEARN, GUESS, SLIP, FORGET, ABILITY, FAMILIARITY = 1, 2, 3, 4, 5, 6  # columns of the state

LEAK, RATE, FAMILIAR, SPAN, NARROW, DURABLE, CONSTANTS = range(7)
GUESS_ODDS, SLIP_ODDS, MINUTES, LENGTH, NOVICE, EXPERIENCE, DIFFICULTY, ASKS, PER_ITEM = range(9)
PRIOR_ODDS, LEARN_ODDS, RATE_PER_DAY, PER_SKILL = range(4)

SHORTEST = 1e-300  # a lifetime is above 0


@inline
def lifetime(share):
    """An exponential lifetime from a uniform draw in [0, 1)."""
    return max(-math.log(1.0 - min(share, 0.9999999999999999)), SHORTEST)


@inline
def p_right(s, i, item, known, f):
    """P(right answer): all the item's skills known, and no slip; or a lucky guess."""
    o = f[item + SLIP_ODDS] * s[i, SLIP] if known else f[item + GUESS_ODDS] * s[i, GUESS]
    return (1.0 if known else o) / (1.0 + o)


@inline
def learning(s, i, familiarity, item, skill, span, narrow, f):
    """Odds of learning a skill from an item at the student's level, and how far the item lies from it (in widths)."""
    gap = (f[item + DIFFICULTY] - span * familiarity - s[i, ABILITY]) * narrow
    worth = f[item + LENGTH] * (f[item + NOVICE] + f[item + EXPERIENCE] * familiarity)
    return f[skill + LEARN_ODDS] * s[i, LEARN] * worth, gap


@kernel
def reset(s, rows, deviates, u, f, n):
    """Fresh students; ``u``: one draw per skill, spent on knowing and then on its lifetime."""
    skills, items, width, parents = n[N_SKILLS], n[N_ITEMS], n[WIDTH], n[PARENTS]
    left, order = FAMILIARITY + skills, n.shape[0] - skills
    parent0, skill0 = HEADER + items * width, CONSTANTS + items * PER_ITEM
    familiar = f[FAMILIAR]
    for r in range(rows.shape[0]):
        i = rows[r]
        prior = multipliers(s, i, deviates, r, ABILITY)
        s[i, ABILITY] = deviates[r, ABILITY]
        for position in range(skills):
            k = n[order + position]
            ready = all_ready(s, i, left, n, parent0 + k * parents, parents)
            o = f[skill0 + k * PER_SKILL + PRIOR_ODDS] * prior
            p = o / (1.0 + o)
            draw = u[r, k]
            known = ready & (draw < p)
            s[i, left + k] = lifetime(draw / p) if known else 0.0
            s[i, FAMILIARITY + k] = familiar if known else 0.0


@kernel
def step(s, items, u, out, f, n):
    """Answer, then learn."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    skills, width, parents = n[N_SKILLS], n[WIDTH], n[PARENTS]
    left, parent0 = FAMILIARITY + skills, HEADER + n[N_ITEMS] * width
    skill0 = CONSTANTS + n[N_ITEMS] * PER_ITEM
    leak, rate, span, narrow = f[LEAK], f[RATE], f[SPAN], f[NARROW]
    for i in range(items.shape[0]):
        if untaught(items[i], i, answered, correct, minutes):
            continue
        j = items[i]
        item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
        known = all_known(s, i, left, n, first, width)
        o = f[item + SLIP_ODDS] * s[i, SLIP] if known else f[item + GUESS_ODDS] * s[i, GUESS]
        asks = f[item + ASKS] > 0.0
        answered[i] = asks
        correct[i] = asks & (u[i, 0] * (1.0 + o) < (1.0 if known else o))  # u < p without dividing
        minutes[i] = f[item + MINUTES]
        for slot in range(width):  # children first, so that a lesson opens no door that it then walks through itself
            k = n[first + slot]
            if k < 0:
                break
            ready = all_ready(s, i, left, n, parent0 + k * parents, parents)
            odds, gap = learning(s, i, s[i, FAMILIARITY + k], item, skill0 + k * PER_SKILL, span, narrow, f)
            chance = odds if ready else odds * leak
            spent = u[i, 1 + slot] * (odds + 1.0 + gap * gap)
            if (s[i, left + k] <= 0.0) & (spent < chance):
                s[i, left + k] = lifetime(spent / chance)  # below ``chance`` the draw is uniform again: used twice
            familiarity = s[i, FAMILIARITY + k]
            s[i, FAMILIARITY + k] = familiarity + (1.0 - familiarity) * rate


@kernel
def p_all(s, out, f, n):
    """Probability of a right answer to every item: twice as fast as one that is told which items."""
    width, left = n[WIDTH], FAMILIARITY + n[N_SKILLS]
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
            known = all_known(s, i, left, n, first, width)
            out[i, j] = p_right(s, i, item, known, f)


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none)."""
    left, width = FAMILIARITY + n[N_SKILLS], n[WIDTH]
    for i in range(out.shape[0]):
        j = max(items[i], 0)
        known = all_known(s, i, left, n, HEADER + j * width, width)
        out[i] = p_right(s, i, CONSTANTS + j * PER_ITEM, known, f) if items[i] >= 0 else 0.0


@kernel
def elapse(s, days, u, f, n):
    """Use up lifetimes."""
    skills, left, skill0 = n[N_SKILLS], FAMILIARITY + n[N_SKILLS], CONSTANTS + n[N_ITEMS] * PER_ITEM
    durable = f[DURABLE]
    for i in range(days.shape[0]):
        time = days[i] * s[i, FORGET]
        if time > 0.0:
            for k in range(skills):
                rate = f[skill0 + k * PER_SKILL + RATE_PER_DAY] * (1.0 - durable * s[i, FAMILIARITY + k])
                s[i, left + k] = max(s[i, left + k] - rate * time, 0.0)


@kernel
def forecast(s, days, p, mastery, f, n):
    """Expected right answers and mastery after some days: lifetimes are memoryless, whatever is left of them.

    ``p`` may be without columns.
    """
    skills, width, skill0 = n[N_SKILLS], n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM
    left, durable = FAMILIARITY + skills, f[DURABLE]
    for i in range(days.shape[0]):
        time = days[i] * s[i, FORGET]
        for k in range(skills):
            rate = f[skill0 + k * PER_SKILL + RATE_PER_DAY] * (1.0 - durable * s[i, FAMILIARITY + k])
            mastery[i, k] = math.exp(-rate * time) if s[i, left + k] > 0.0 else 0.0
        for j in range(p.shape[1]):
            item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
            known = 1.0
            for slot in range(first, first + width):
                if n[slot] < 0:
                    break
                known *= mastery[i, n[slot]]
            slip, guess = f[item + SLIP_ODDS] * s[i, SLIP], f[item + GUESS_ODDS] * s[i, GUESS]
            p[i, j] = known / (1.0 + slip) + (1.0 - known) * guess / (1.0 + guess)


@kernel
def mastery_sum(s, out, f, n):
    """Number of known skills."""
    left, end = FAMILIARITY + n[N_SKILLS], FAMILIARITY + 2 * n[N_SKILLS]
    for i in range(out.shape[0]):
        total = 0.0
        for column in range(left, end):
            total += 1.0 if s[i, column] > 0.0 else 0.0
        out[i] = total


@kernel
def expected_gain(s, out, f, n):
    """Expected number of skills that each item teaches now."""
    skills, width, parents = n[N_SKILLS], n[WIDTH], n[PARENTS]
    left, parent0 = FAMILIARITY + skills, HEADER + n[N_ITEMS] * width
    skill0, leak, span, narrow = CONSTANTS + n[N_ITEMS] * PER_ITEM, f[LEAK], f[SPAN], f[NARROW]
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
            total = 0.0
            for slot in range(first, first + width):
                k = n[slot]
                if k < 0:
                    break
                ready = all_known(s, i, left, n, parent0 + k * parents, parents)
                odds, gap = learning(s, i, s[i, FAMILIARITY + k], item, skill0 + k * PER_SKILL, span, narrow, f)
                chance = (odds if ready else odds * leak) / (odds + 1.0 + gap * gap)
                total += 0.0 if s[i, left + k] > 0.0 else chance
            out[i, j] = total


@kernel
def exam_gain(s, days, items, out, f, n):
    """What each item's lesson now adds to the expected share of these right after some days: exact.

    The lesson moves what will be known of its own skills, and how fast they are forgotten; skills are learnt
    independently of each other, so an exam item of several of them takes the product of the expectations. Exam items
    that ask for none of the lesson's skills would add 0, so they are not visited.
    """
    skills, width, parents = n[N_SKILLS], n[WIDTH], n[PARENTS]
    left, parent0 = FAMILIARITY + skills, HEADER + n[N_ITEMS] * width
    skill0, leak, rate, span, narrow = CONSTANTS + n[N_ITEMS] * PER_ITEM, f[LEAK], f[RATE], f[SPAN], f[NARROW]
    durable, before, after = f[DURABLE], np.empty(skills), np.empty(skills)
    now, worth = np.empty(items.shape[0]), np.empty(items.shape[0])
    (begins, lists), at = exam_of_skills(items, n), np.empty(width, np.int64)
    for i in range(out.shape[0]):
        time = days[i] * s[i, FORGET]
        for k in range(skills):
            speed = f[skill0 + k * PER_SKILL + RATE_PER_DAY] * (1.0 - durable * s[i, FAMILIARITY + k])
            before[k] = math.exp(-speed * time) if s[i, left + k] > 0.0 else 0.0
            after[k] = before[k]
        for e in range(items.shape[0]):
            asked, listed = CONSTANTS + items[e] * PER_ITEM, HEADER + items[e] * width
            slip, guess = f[asked + SLIP_ODDS] * s[i, SLIP], f[asked + GUESS_ODDS] * s[i, GUESS]
            now[e], worth[e] = 1.0, 1.0 / (1.0 + slip) - guess / (1.0 + guess)
            for slot in range(listed, listed + width):
                if n[slot] < 0:
                    break
                now[e] *= before[n[slot]]
        for j in range(out.shape[1]):
            item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
            for slot in range(first, first + width):
                k = n[slot]
                if k < 0:
                    break
                skill, familiarity = skill0 + k * PER_SKILL, s[i, FAMILIARITY + k]
                ready = all_known(s, i, left, n, parent0 + k * parents, parents)
                odds, gap = learning(s, i, s[i, FAMILIARITY + k], item, skill, span, narrow, f)
                chance = (odds if ready else odds * leak) / (odds + 1.0 + gap * gap)
                speed = f[skill + RATE_PER_DAY] * (1.0 - durable * (familiarity + (1.0 - familiarity) * rate))
                after[k] = math.exp(-speed * time) * (1.0 if s[i, left + k] > 0.0 else chance)
            total, used = 0.0, 0
            while used < width and n[first + used] >= 0:
                at[used] = begins[n[first + used]]
                used += 1
            while True:  # the lists of the lesson's skills side by side, each exam item once, in the exam's order
                e = items.shape[0]
                for column in range(used):
                    if at[column] < begins[n[first + column] + 1]:
                        e = min(e, lists[at[column]])
                if e == items.shape[0]:
                    break
                for column in range(used):
                    if at[column] < begins[n[first + column] + 1] and lists[at[column]] == e:
                        at[column] += 1
                listed, then = HEADER + items[e] * width, 1.0
                for slot in range(listed, listed + width):
                    if n[slot] < 0:
                        break
                    then *= after[n[slot]]
                total += (then - now[e]) * worth[e]
            out[i, j] = total / items.shape[0]
            for slot in range(first, first + width):
                if n[slot] < 0:
                    break
                after[n[slot]] = before[n[slot]]
