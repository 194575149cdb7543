"""Kernels of the memory models whose recall decays exponentially: one trace per skill, a clock, nothing else.

A student's row: group, learn, forget (multipliers), clock (days), then columns of K numbers each: the day of the last
review (-inf: never met), the forgetting rate now (per day), and up to three that belong to the law. Recall is
``exp(-rate * days since the last review)``; only what a review does to the rate differs between the laws, so all of
them share every kernel. Helpers take scalars and one tuple of the law's numbers: arrays would cost reference counts.
"""

from __future__ import annotations

import math

import numpy as np

from .jit import inline, kernel

LEARN, FORGET, CLOCK, LAST = 1, 2, 3, 4  # columns of the state; LAST is the first of K

EFC, HLR, MEMORIZE, DHP = range(4)  # the laws

LOW, HIGH, SPREAD, AGO, AGO_SPREAD, LAW0 = range(6)  # of the floats; from LAW0 on ten numbers of the law
CONSTANTS = LAW0 + 10
MINUTES, ASKS, LENGTH, PER_ITEM = range(4)
PRIOR_ODDS, FIRST, PER_SKILL = range(3)

N_SKILLS, N_ITEMS, WIDTH, PARENTS, HEADER = range(5)  # of the integers: K, M, S skills per item, P parents per skill
LENGTHS, EXTRA, LAW = -3, -2, -1  # at their end: how many lengths items have, columns of the law, the law

WRONG, RIGHT, STUDIED = range(3)  # what came of a review; studied: nothing was asked

LN2 = math.log(2.0)
DAYS_PER_MINUTE = 1.0 / 1440.0
FASTEST = 1440.0  # per day; keeps the rate of Memorize finite
TINY = 1e-12  # of what has been forgotten: keeps DHP finite when an item is asked at once
EASIEST, HARDEST = 60.0, -60.0  # log2 of days: keeps half-lives finite before they are bounded


@inline
def _recall(days, rate, low, high):
    """Probability of recall after so many days."""
    return min(max(math.exp(-rate * days), low), high)


@inline
def _law(f):
    """The ten numbers of the law, by value."""
    return (
        f[LAW0], f[LAW0 + 1], f[LAW0 + 2], f[LAW0 + 3], f[LAW0 + 4],
        f[LAW0 + 5], f[LAW0 + 6], f[LAW0 + 7], f[LAW0 + 8], f[LAW0 + 9],
    )  # fmt: skip


@inline
def _hlr_rate(right, wrong, bias, learn, c):
    """Half-life regression: log2 of the half-life is linear in the roots of the counts."""
    power = bias + c[0] * learn * math.sqrt(right + c[2]) + c[1] * math.sqrt(wrong + c[2])
    return min(max(LN2 * math.exp(-LN2 * min(max(power, HARDEST), EASIEST)), c[3]), c[4])


@inline
def _start(law, first, learn, forget, faster, share, c):
    """The forgetting rate and the law's own columns of a trace that has never been reviewed."""
    rate, x, y, z = first * forget * faster, 0.0, 0.0, 0.0
    if law == EFC:
        x, y = 1.0, rate
    elif law == HLR:
        z = first - math.log(forget * faster) / LN2
        rate = _hlr_rate(x, y, z, learn, c)
    elif law == DHP:
        y = first if first > 0.0 else 1.0 + math.floor(10.0 * share)
        x = -LN2 / math.log(max(0.925 - 0.05 * y, 0.025))
        rate = forget * LN2 / x
    return rate, x, y, z


@inline
def _review(law, came, learn, forget, p, rate, x, y, z, c):
    """The forgetting rate and the law's own columns after a review (not the first)."""
    if law == EFC:
        if (c[1] == 0.0) | (came == RIGHT):
            x += c[0] * learn
        rate = y / x
    elif law == HLR:
        x += 1.0 if came == RIGHT else 0.0
        y += 1.0 if came == WRONG else 0.0
        rate = _hlr_rate(x, y, z, learn, c)
    elif law == MEMORIZE:
        if came == RIGHT:
            rate /= 1.0 + c[0] * learn
        elif came == WRONG:
            rate = min(rate * c[1], FASTEST)
    elif came != STUDIED:
        lost, hard, half = math.log(max(1.0 - p, TINY)), math.log(y), math.log(x)
        if came == RIGHT:
            x *= 1.0 + learn * math.exp(c[0] + c[1] * hard + c[2] * half + c[3] * lost)
        else:
            x = math.exp(c[4] + c[5] * hard + c[6] * half + c[7] * lost)
            y = min(y + c[8], c[9])
        rate = forget * LN2 / x
    return rate, x, y, z


@kernel
def reset(s, rows, deviates, normals, u, split, f, n):
    """Fresh students; ``u`` from column ``split`` on, per skill: met before, when, how hard; ``normals`` (n, 2K)."""
    skills, extra, law, c = n[N_SKILLS], n[EXTRA], n[LAW], _law(f)
    skill0 = CONSTANTS + n[N_ITEMS] * PER_ITEM
    for r in range(rows.shape[0]):
        i = rows[r]
        prior, learn, forget = math.exp(deviates[r, 0]), math.exp(deviates[r, 1]), math.exp(deviates[r, 2])
        s[i, LEARN], s[i, FORGET], s[i, CLOCK] = learn, forget, 0.0
        for k in range(skills):
            at = skill0 + k * PER_SKILL
            odds = f[at + PRIOR_ODDS] * prior
            met = u[r, split + k] * (1.0 + odds) < odds
            s[i, LAST + k] = -f[AGO] * math.exp(f[AGO_SPREAD] * normals[r, k]) if met else -np.inf
            faster, share = math.exp(f[SPREAD] * normals[r, skills + k]), u[r, split + 2 * skills + k]
            rate, x, y, z = _start(law, f[at + FIRST], learn, forget, faster, share, c)
            column = LAST + skills + k
            s[i, column] = rate
            if extra > 0:
                s[i, column + skills] = x
            if extra > 1:
                s[i, column + 2 * skills] = y
            if extra > 2:
                s[i, column + 3 * skills] = z


@kernel
def step(s, items, u, out, f, n):
    """Recall each skill of the item, review it, then let the item's minutes pass."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    skills, width, extra, law, c = n[N_SKILLS], n[WIDTH], n[EXTRA], n[LAW], _law(f)
    low, high = f[LOW], f[HIGH]
    for i in range(items.shape[0]):
        j = items[i]
        if j < 0:
            answered[i] = False
            correct[i] = False
            minutes[i] = 0.0
            continue
        item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
        asks, right = f[item + ASKS] > 0.0, True
        learn, forget, now = s[i, LEARN], s[i, FORGET], s[i, CLOCK]
        for slot in range(width):
            k = n[first + slot]
            if k < 0:
                break
            last, column = s[i, LAST + k], LAST + skills + k
            rate = s[i, column]
            p = _recall(now - last, rate, low, high)
            recalled = u[i, slot] < p
            right = right & recalled
            s[i, LAST + k] = now
            if last > -np.inf:
                came = (RIGHT if recalled else WRONG) if asks else STUDIED
                x = s[i, column + skills] if extra > 0 else 0.0
                y = s[i, column + 2 * skills] if extra > 1 else 0.0
                z = s[i, column + 3 * skills] if extra > 2 else 0.0
                rate, x, y, z = _review(law, came, learn, forget, p, rate, x, y, z, c)
                s[i, column] = rate
                if extra > 0:
                    s[i, column + skills] = x
                if extra > 1:
                    s[i, column + 2 * skills] = y
        answered[i] = asks
        correct[i] = asks & right
        minutes[i] = f[item + MINUTES]
        s[i, CLOCK] = now + f[item + MINUTES] * DAYS_PER_MINUTE


@kernel
def forecast(s, days, p, mastery, f, n):
    """Probability of a right answer to every item, and recall, after so many days without a lesson."""
    skills, width, low, high = n[N_SKILLS], n[WIDTH], f[LOW], f[HIGH]
    for i in range(days.shape[0]):
        then = s[i, CLOCK] + days[i]
        for k in range(skills):
            mastery[i, k] = _recall(then - s[i, LAST + k], s[i, LAST + skills + k], low, high)
        for j in range(n[N_ITEMS]):
            product = 1.0
            for slot in range(HEADER + j * width, HEADER + j * width + width):
                if n[slot] < 0:
                    break
                product *= mastery[i, n[slot]]
            p[i, j] = product


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none)."""
    skills, width, low, high = n[N_SKILLS], n[WIDTH], f[LOW], f[HIGH]
    for i in range(out.shape[0]):
        out[i] = 0.0
        if items[i] >= 0:
            first, product = HEADER + items[i] * width, 1.0
            for slot in range(first, first + width):
                k = n[slot]
                if k < 0:
                    break
                product *= _recall(s[i, CLOCK] - s[i, LAST + k], s[i, LAST + skills + k], low, high)
            out[i] = product


@kernel
def mastery(s, out, f, n):
    """Recall of every skill now."""
    skills, low, high = n[N_SKILLS], f[LOW], f[HIGH]
    for i in range(out.shape[0]):
        for k in range(skills):
            out[i, k] = _recall(s[i, CLOCK] - s[i, LAST + k], s[i, LAST + skills + k], low, high)


@kernel
def mastery_sum(s, out, f, n):
    """Sum of the recall of all skills now."""
    skills, low, high = n[N_SKILLS], f[LOW], f[HIGH]
    for i in range(out.shape[0]):
        total = 0.0
        for k in range(skills):
            total += _recall(s[i, CLOCK] - s[i, LAST + k], s[i, LAST + skills + k], low, high)
        out[i] = total


@kernel
def elapse(s, days, f, n):
    """Time passes."""
    for i in range(days.shape[0]):
        s[i, CLOCK] += days[i]


@kernel
def expected_gain(s, out, f, n):
    """Expected change of the sum of recall by every item: its skills are reviewed, all others fade meanwhile."""
    skills, width, extra, law, lengths, c = n[N_SKILLS], n[WIDTH], n[EXTRA], n[LAW], n[LENGTHS], _law(f)
    low, high, table = f[LOW], f[HIGH], f.shape[0] - n[LENGTHS]
    now, fade = np.empty(skills), np.empty(lengths)
    for i in range(out.shape[0]):
        clock, learn, forget = s[i, CLOCK], s[i, LEARN], s[i, FORGET]
        fade[:] = 0.0
        for k in range(skills):
            gap, rate = clock - s[i, LAST + k], s[i, LAST + skills + k]
            now[k] = _recall(gap, rate, low, high)
            for length in range(lengths):
                fade[length] += _recall(gap + f[table + length], rate, low, high) - now[k]
        for j in range(out.shape[1]):
            item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
            asks, length = f[item + ASKS] > 0.0, int(f[item + LENGTH])
            after = f[table + length]
            total = fade[length]
            for slot in range(first, first + width):
                k = n[slot]
                if k < 0:
                    break
                last, column = s[i, LAST + k], LAST + skills + k
                rate, p = s[i, column], now[k]
                total -= _recall(clock - last + after, rate, low, high)
                if last == -np.inf:
                    total += _recall(after, rate, low, high)
                    continue
                x = s[i, column + skills] if extra > 0 else 0.0
                y = s[i, column + 2 * skills] if extra > 1 else 0.0
                z = s[i, column + 3 * skills] if extra > 2 else 0.0
                if asks:
                    good = _review(law, RIGHT, learn, forget, p, rate, x, y, z, c)[0]
                    bad = _review(law, WRONG, learn, forget, p, rate, x, y, z, c)[0]
                    total += p * _recall(after, good, low, high) + (1.0 - p) * _recall(after, bad, low, high)
                else:
                    studied = _review(law, STUDIED, learn, forget, p, rate, x, y, z, c)[0]
                    total += _recall(after, studied, low, high)
            out[i, j] = total
