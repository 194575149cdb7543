"""Kernels of the memory models whose recall decays exponentially: one trace per skill, a clock, nothing else.

A student's row: group, learn, forget (multipliers), clock (days), then for each skill side by side, because a lesson
needs all of them: the day of the last review (-inf: never met), the forgetting rate now (per day), and up to three
numbers that belong to the law. Recall is ``exp(-rate * days since the last review)``; only what a review does to the
rate differs between the laws, so all of them share every kernel. What depends on the answer is a choice between two
numbers, not a branch, because nobody can predict it.
"""

from __future__ import annotations

import math

import numpy as np

from ..elementary import exp, log
from ..jit import inline, kernel, splice
from ..loops import masteries_of
from ..packed import HEADER, N_ITEMS, N_SKILLS, WIDTH
from ._batch import ASKED, BATCH, DRAW, OWN, PER_MEMORY, RECALLED, steps_of
from ._facts import answers, elapse_of, p_correct_of

LEARN, FORGET, CLOCK, MEMORY = range(1, 5)  # columns of the state; the skills begin at MEMORY
LAST, RATE, X, Y, Z = range(5)  # of a skill

EFC, HLR, MEMORIZE, DHP = range(4)  # the laws
SIZES = (3, 5, 2, 4)  # numbers per skill under each

LOW, HIGH, SPREAD, AGO, AGO_SPREAD, LAW0 = range(6)  # of the floats; from LAW0 on ten numbers of the law
CONSTANTS = LAW0 + 10
MINUTES, ASKS, LENGTH, PER_ITEM = range(4)
PRIOR_ODDS, FIRST, PER_SKILL = range(3)

LENGTHS, LAW = -3, -1  # the integers end with: how many lengths items have, numbers per skill, the law

LN2 = math.log(2.0)
FASTEST = 1440.0  # per day; keeps the rate of Memorize finite
# what the reviews of a batch need beside what all families' need
MET, NOW, LEARNS, FORGETS, OLD_RATE, OLD_X, OLD_Y, OLD_Z, P, LOG_X, LOG_Y, LOG_LOST, ROOM = range(
    OWN, OWN + 13 * BATCH, BATCH
)
TINY = 1e-12  # of what has been forgotten: keeps DHP finite when an item is asked at once


@inline
def _recall(days, rate, low, high):
    """Probability of recall after so many days."""
    p = exp(-rate * days)
    return min(max(p if days < np.inf else 0.0, low), high)


@inline
def _recall_of(s, i, at, now, low, high):
    """Probability that student i recalls the skill whose memory begins at a column, at this time."""
    return _recall(now - s[i, at + LAST], s[i, at + RATE], low, high)


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
    return LN2 * exp(-LN2 * min(max(power, c[3]), c[4]))


@inline
def _start(law, first, learn, forget, faster, share, c):
    """The forgetting rate and the law's own columns of a trace that has never been reviewed."""
    rate, x, y, z = first * forget * faster, 0.0, 0.0, 0.0
    if law == EFC:
        x = 1.0
    elif law == HLR:
        z = first - math.log(forget * faster) / LN2
        rate = _hlr_rate(x, y, z, learn, c)
    elif law == DHP:
        y = first if first > 0.0 else 1.0 + math.floor(10.0 * share)
        x = -LN2 / math.log(max(0.925 - 0.05 * y, 0.025))
        rate = forget * LN2 / x
    return rate, x, y, z


@inline
def _review(law, right, wrong, learn, forget, logs, rate, x, y, z, c):
    """The forgetting rate and the law's own columns after a review (not the first); neither right nor wrong: study.

    ``logs``, which DHP alone needs: the logarithms of half-life, of difficulty and of what has been forgotten.
    """
    if law == EFC:
        stronger = x + c[0] * learn * max(right, c[1])
        rate, x = rate * (x / stronger), stronger
    elif law == HLR:
        x += right
        y += wrong
        rate = _hlr_rate(x, y, z, learn, c)
    elif law == MEMORIZE:
        rate = min(rate / (1.0 + c[0] * learn * right) * (1.0 + (c[1] - 1.0) * wrong), FASTEST)
    else:
        power = c[0] * right + c[4] * wrong + (c[1] * right + c[5] * wrong) * logs[1]
        power += (c[2] * right + c[6] * wrong) * logs[0]
        grown = exp(power + (c[3] * right + c[7] * wrong) * logs[2])
        longer = right * (x + x * learn * grown) + wrong * grown
        asked = right + wrong > 0.0
        x = longer if asked else x
        y = min(y + c[8] * wrong, c[9]) if asked else y
        rate = forget * LN2 / x if asked else rate
    return rate, x, y, z


@kernel
def reset(s, rows, deviates, normals, u, f, n):
    """Fresh students; ``u`` (n, 3K): who was met before, when, how hard; ``normals`` (n, 2K): of the last two."""
    skills, per, law, c = n[N_SKILLS], n[PER_MEMORY], n[LAW], _law(f)
    skill0 = CONSTANTS + n[N_ITEMS] * PER_ITEM
    for r in range(rows.shape[0]):
        i = rows[r]
        prior, learn, forget = math.exp(deviates[r, 0]), math.exp(deviates[r, 1]), math.exp(deviates[r, 2])
        s[i, LEARN], s[i, FORGET], s[i, CLOCK] = learn, forget, 0.0
        for k in range(skills):
            skill, at = skill0 + k * PER_SKILL, MEMORY + k * per
            odds = f[skill + PRIOR_ODDS] * prior
            met = u[r, k] * (1.0 + odds) < odds
            s[i, at + LAST] = -f[AGO] * math.exp(f[AGO_SPREAD] * normals[r, k]) if met else -np.inf
            faster, share = math.exp(f[SPREAD] * normals[r, skills + k]), u[r, 2 * skills + k]
            rate, x, y, z = _start(law, f[skill + FIRST], learn, forget, faster, share, c)
            s[i, at + RATE] = rate
            if per > X:
                s[i, at + X] = x
            if per > Y:
                s[i, at + Y] = y
            if per > Z:
                s[i, at + Z] = z


@inline
def numbers(f, n):
    """What is read once for all students: where the items' numbers begin, the law's numbers, the bounds of recall."""
    return CONSTANTS, _law(f), f[LOW], f[HIGH]


@inline
def size(n, law):
    """Numbers per memory, known when a lesson is compiled."""
    return SIZES[law]


@inline
def gather(s, i, at, room, t, law):
    """What a review of the memory at this column needs, into place t."""
    room[MET + t], room[OLD_RATE + t] = s[i, at + LAST], s[i, at + RATE]
    room[NOW + t], room[LEARNS + t] = s[i, CLOCK], s[i, LEARN]
    if law == DHP:
        room[FORGETS + t] = s[i, FORGET]
    if SIZES[law] > X:
        room[OLD_X + t] = s[i, at + X]
    if SIZES[law] > Y:
        room[OLD_Y + t] = s[i, at + Y]
    if SIZES[law] > Z:
        room[OLD_Z + t] = s[i, at + Z]


@splice
def review(room, count, c, law):
    """The rates and the law's own columns after the reviews, in place of those before."""
    per, numbers_of_law, low, high = SIZES[law], c[1], c[2], c[3]
    for t in range(count):
        room[P + t] = _recall(room[NOW + t] - room[MET + t], room[OLD_RATE + t], low, high)
    if law == DHP:
        for t in range(count):
            room[LOG_X + t] = log(room[OLD_X + t])
            room[LOG_Y + t] = log(room[OLD_Y + t])
            room[LOG_LOST + t] = log(max(1.0 - room[P + t], TINY))
    for t in range(count):
        rate, asks, recalled = room[OLD_RATE + t], room[ASKED + t] > 0.0, room[DRAW + t] < room[P + t]
        x = room[OLD_X + t] if per > X else 0.0
        y = room[OLD_Y + t] if per > Y else 0.0
        z = room[OLD_Z + t] if per > Z else 0.0
        good, bad = 1.0 if asks & recalled else 0.0, 0.0 if recalled | (not asks) else 1.0
        forget = room[FORGETS + t] if law == DHP else 1.0
        logs = (room[LOG_X + t], room[LOG_Y + t], room[LOG_LOST + t]) if law == DHP else (0.0, 0.0, 0.0)
        new, new_x, new_y, z = _review(law, good, bad, room[LEARNS + t], forget, logs, rate, x, y, z, numbers_of_law)
        met = room[MET + t] > -np.inf  # the first lesson only makes the trace
        room[OLD_RATE + t] = new if met else rate
        room[RECALLED + t] = 1.0 if recalled else 0.0
        if per > X:
            room[OLD_X + t] = new_x if met else x
        if per > Y:
            room[OLD_Y + t] = new_y if met else y


@inline
def keep(s, i, at, room, t, c, f, law):
    """The memory as it is now."""
    s[i, at + LAST], s[i, at + RATE] = s[i, CLOCK], room[OLD_RATE + t]
    if SIZES[law] > X:
        s[i, at + X] = room[OLD_X + t]
    if SIZES[law] > Y:
        s[i, at + Y] = room[OLD_Y + t]


@inline
def wait(s, i, days, taught, f, n, law):
    """The lesson's time passes."""
    s[i, CLOCK] += days


@inline
def known(s, i, k, c, f, n):
    """Recall of skill k now."""
    return _recall_of(s, i, MEMORY + k * n[PER_MEMORY], s[i, CLOCK], c[2], c[3])


step_for = steps_of(__name__)
elapse, p_correct = elapse_of(__name__), p_correct_of(__name__)
mastery, mastery_sum = masteries_of(__name__)


@kernel
def forecast(s, days, p, mastery, f, n):
    """Probability of a right answer to every item, and recall, after so many days without a lesson."""
    per, low, high = n[PER_MEMORY], f[LOW], f[HIGH]
    for i in range(days.shape[0]):
        for k in range(n[N_SKILLS]):
            mastery[i, k] = _recall_of(s, i, MEMORY + k * per, s[i, CLOCK] + days[i], low, high)
    answers(mastery, p, n)


@kernel
def expected_gain(s, out, f, n):
    """Expected change of the sum of recall by every item: its skills are reviewed, all others fade meanwhile."""
    skills, width, per, law, lengths, c = n[N_SKILLS], n[WIDTH], n[PER_MEMORY], n[LAW], n[LENGTHS], _law(f)
    low, high, table = f[LOW], f[HIGH], f.shape[0] - n[LENGTHS]
    now, fade = np.empty(skills), np.empty(lengths)
    for i in range(out.shape[0]):
        clock, learn, forget = s[i, CLOCK], s[i, LEARN], s[i, FORGET]
        fade[:] = 0.0
        for k in range(skills):
            gap, rate = clock - s[i, MEMORY + k * per + LAST], s[i, MEMORY + k * per + RATE]
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
                at = MEMORY + k * per
                last, rate, p = s[i, at + LAST], s[i, at + RATE], now[k]
                total -= _recall(clock - last + after, rate, low, high)
                if last == -np.inf:
                    total += _recall(after, rate, low, high)
                    continue
                x = s[i, at + X] if per > X else 0.0
                y = s[i, at + Y] if per > Y else 0.0
                z = s[i, at + Z] if per > Z else 0.0
                logs = (0.0, 0.0, 0.0)
                if law == DHP:
                    logs = (log(x), log(y), log(max(1.0 - p, TINY)))
                if asks:
                    good = _review(law, 1.0, 0.0, learn, forget, logs, rate, x, y, z, c)[0]
                    bad = _review(law, 0.0, 1.0, learn, forget, logs, rate, x, y, z, c)[0]
                    total += p * _recall(after, good, low, high) + (1.0 - p) * _recall(after, bad, low, high)
                else:
                    studied = _review(law, 0.0, 0.0, learn, forget, logs, rate, x, y, z, c)[0]
                    total += _recall(after, studied, low, high)
            out[i, j] = total
