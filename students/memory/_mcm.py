"""Kernels of the MCM students: batches over rows of one (N, W) float64 state and packed parameter arrays.

A student's row: group, pace (how fast time runs for memory), multiplier on the odds of encoding, clock (days), the
moment of each skill's last lesson (K), then the integrators as they were at that moment, (K, R). R is the number of
integrators rounded up to eights, so that they leak several at a time (in a loop that does nothing else: only such a
one is vectorised); those that do not exist weigh 0.

At the end of the floats stand the different lengths of items (days) and the integrators' rows: rate (1 / tau), weight
(gamma / sum of all gamma) and the inverse of the sum of the weights so far, R each.
"""

from __future__ import annotations

import numpy as np

from ..elementary import exp
from ..jit import inline, kernel
from ..packed import HEADER, N_SKILLS, WIDTH, untaught
from ._facts import elapse_of, recalls_of

PACE, ENCODE, CLOCK, MOMENT = 1, 2, 3, 4  # columns of the state; then the integrators, (K, R)

ENCODE_ODDS, BOOST, CONSTANTS = range(3)
DAYS, MINUTES, ASKS, LENGTH, PER_ITEM = range(5)

LENGTHS, ROOM = -2, -1  # at the end of the integers: how many lengths items have, R


@kernel
def reset(s, rows, deviates, u, f, n):
    """Fresh students, who have studied nothing; columns behind the integrators are not ours."""
    end = MOMENT + n[N_SKILLS] * (1 + n[ROOM])
    for r in range(rows.shape[0]):
        i = rows[r]
        for column in range(CLOCK, end):
            s[i, column] = 0.0
        for trait in range(2):
            s[i, PACE + trait] = np.exp(deviates[r, trait])


@kernel
def step(s, items, u, out, f, n):
    """Try to recall (where the item asks), then store, then let the item's minutes pass."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    width, room = n[WIDTH], n[ROOM]
    store0 = MOMENT + n[N_SKILLS]
    rates = f.shape[0] - 3 * room
    weights, inverses = rates + room, rates + 2 * room
    odds, boost, leak, sums = f[ENCODE_ODDS], f[BOOST], np.empty(room), np.empty(room)
    for i in range(items.shape[0]):
        if untaught(items[i], i, answered, correct, minutes):
            continue
        j = items[i]
        item, first, now, right = CONSTANTS + j * PER_ITEM, HEADER + j * width, s[i, CLOCK], True
        asks, likely = f[item + ASKS] > 0.0, odds * s[i, ENCODE]
        for slot in range(width):
            k = n[first + slot]
            if k < 0:
                break
            x, days = store0 + k * room, (now - s[i, MOMENT + k]) * s[i, PACE]
            for t in range(room):
                leak[t] = exp(-days * f[rates + t])
            total = 0.0
            for t in range(room):
                s[i, x + t] *= leak[t]
                total += f[weights + t] * s[i, x + t]
                sums[t] = total
            recalled = u[i, 2 * slot] < total * f[inverses + room - 1]
            right = right & recalled
            if u[i, 2 * slot + 1] * (1.0 + likely) < likely:
                size = boost if asks & recalled else 1.0
                for t in range(room):
                    s[i, x + t] += size * max(1.0 - sums[t] * f[inverses + t], 0.0)
            s[i, MOMENT + k] = now
        answered[i] = asks
        correct[i] = asks & right
        minutes[i] = f[item + MINUTES]
        s[i, CLOCK] = now + f[item + DAYS]


@kernel
def strength(s, ahead, out, f, n):
    """(N, K) s_N, the strength of every skill, after so many days without a lesson."""
    skills, room = n[N_SKILLS], n[ROOM]
    store0, rates = MOMENT + skills, f.shape[0] - 3 * room
    weights, last = rates + room, f.shape[0] - 1
    leak = np.empty(room)
    for i in range(out.shape[0]):
        now = s[i, CLOCK] + ahead[i]
        for k in range(skills):
            x, days, total = store0 + k * room, (now - s[i, MOMENT + k]) * s[i, PACE], 0.0
            for t in range(room):
                leak[t] = exp(-days * f[rates + t])
            for t in range(room):
                total += f[weights + t] * s[i, x + t] * leak[t]
            out[i, k] = total * f[last]


@kernel
def recall(strengths, out):
    """(N, K) probability of recall."""
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[i, k] = min(strengths[i, k], 1.0)


@kernel
def recall_after(s, days, out, f, n):
    """(N, K) probability of recall after so many days without a lesson."""
    strength(s, days, out, f, n)
    recall(out, out)


elapse = elapse_of(__name__)
mastery, mastery_sum, forecast = recalls_of(__name__)


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none)."""
    width, room = n[WIDTH], n[ROOM]
    store0, rates = MOMENT + n[N_SKILLS], f.shape[0] - 3 * room
    weights, last = rates + room, f.shape[0] - 1
    leak = np.empty(room)
    for i in range(out.shape[0]):
        first, p = HEADER + items[i] * width, 1.0 if items[i] >= 0 else 0.0
        for slot in range(first, first + width if items[i] >= 0 else first):
            k = n[slot]
            if k < 0:
                break
            x, days, total = store0 + k * room, (s[i, CLOCK] - s[i, MOMENT + k]) * s[i, PACE], 0.0
            for t in range(room):
                leak[t] = exp(-days * f[rates + t])
            for t in range(room):
                total += f[weights + t] * s[i, x + t] * leak[t]
            p *= min(total * f[last], 1.0)
        out[i] = p


@inline
def _gain(base, added, p, boost, encoded):
    """Expected recall after a lesson, less recall had nothing been stored."""
    failed, right, none = min(base + added, 1.0), min(base + boost * added, 1.0), min(base, 1.0)
    return encoded * (p * right + (1.0 - p) * failed - none)


@kernel
def expected_gain(s, out, f, n):
    """(N, M) expected change of the sum of recalls by each item."""
    students, skills, width, room = out.shape[0], n[N_SKILLS], n[WIDTH], n[ROOM]
    store0, rates = MOMENT + skills, f.shape[0] - 3 * room
    weights, inverses, last = rates + room, rates + 2 * room, f.shape[0] - 1
    lengths = f[rates - n[LENGTHS] : rates]
    now, later = np.empty((students, skills)), np.empty((lengths.shape[0], students, skills))
    strength(s, np.zeros(students), now, f, n)
    for length in range(lengths.shape[0]):  # were nothing studied
        strength(s, np.full(students, lengths[length]), later[length], f, n)
    faded, added = np.empty(lengths.shape[0]), np.empty((lengths.shape[0], skills))
    leak, sums = np.empty(room), np.empty(room)
    for i in range(out.shape[0]):
        odds = f[ENCODE_ODDS] * s[i, ENCODE]
        for k in range(skills):
            x, days = store0 + k * room, (s[i, CLOCK] - s[i, MOMENT + k]) * s[i, PACE]
            total = 0.0
            for t in range(room):
                leak[t] = exp(-days * f[rates + t])
            for t in range(room):
                total += f[weights + t] * s[i, x + t] * leak[t]
                sums[t] = total
            for length in range(lengths.shape[0]):
                total, time = 0.0, lengths[length] * s[i, PACE]
                for t in range(room):
                    leak[t] = exp(-time * f[rates + t])
                for t in range(room):
                    total += f[weights + t] * leak[t] * max(1.0 - sums[t] * f[inverses + t], 0.0)
                added[length, k] = total * f[last]
        for length in range(lengths.shape[0]):
            faded[length] = 0.0
            for k in range(skills):
                faded[length] += min(later[length, i, k], 1.0) - min(now[i, k], 1.0)
        for j in range(out.shape[1]):
            item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
            length = int(f[item + LENGTH])
            gain = faded[length]
            for slot in range(first, first + width):
                k = n[slot]
                if k < 0:
                    break
                p = min(now[i, k], 1.0) if f[item + ASKS] > 0.0 else 0.0
                gain += _gain(later[length, i, k], added[length, k], p, f[BOOST], odds / (1.0 + odds))
            out[i, j] = gain
