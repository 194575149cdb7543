"""Kernels of the ACT-R students: batches over rows of one (N, W) float64 state and two packed parameter arrays.

A student's row: group, level (multiplies every e^m), pace (multiplies every decay), clock (scaled seconds), the number
of traces of each skill (K), then the traces: (K, 3, R) weights, times and decays. R is the capacity rounded up to
eights: a skill's ages are raised to their powers eight at a time; traces that do not exist weigh 0. When all that the
capacity allows are taken, the two that are most alike are made one (``_make_room``), at the end of the lesson, so that
the activations then are still exact.
"""

from __future__ import annotations

import math

import numpy as np

from ..elementary import power
from ..jit import inline, kernel, splice
from ..packed import HEADER, N_ITEMS, N_SKILLS, WIDTH, untaught
from ._facts import recalls_of

LEVEL, PACE, CLOCK, TRACES = 1, 2, 3, 4  # columns of the state; then (K, 3, R) traces

INTERCEPT, SCALE, SHARPNESS, THRESHOLD, SECONDS, CONSTANTS = range(6)  # SECONDS: scaled ones per day
MINUTES, ASKS, SALIENCE, LENGTH, PER_ITEM = range(5)
BASE, PER_SKILL = range(2)

LENGTHS, CAPACITY = (
    -2,
    -1,
)  # the integers end with: how many lengths items have, which end the floats; traces of a skill

YOUNGEST = 1.0  # scaled seconds: no trace is younger
NEAR, FAR = 600.0, 1e6  # scaled seconds from now at which traces are compared: ten minutes; 463 days at h = .025
LEAST = 1e-290  # in place of 0 under the logarithm
MOST = 700.0  # under the exponential


@inline
def _recall(strength, inverse, sharpness):
    """1 / (1 + exp((tau - m) / s)) for strength e^m; 0 for what was never studied."""
    if strength <= 0.0:
        return 0.0
    return 1.0 / (1.0 + math.exp(min(-sharpness * math.log(max(strength, LEAST) * inverse), MOST)))


@splice
def _strength(s, i, k, now, trace0, room, base, value):
    """e^m of skill k, whose constant is ``base``; 0 where nothing was studied; ``value`` is room for its traces.

    First the powers, eight at a time, then the sum: the compiler vectorises only a loop that does nothing else.
    """
    traces, first = int(s[i, TRACES + k]), trace0 + 3 * room * k
    for t in range((traces + 7) // 8 * 8):
        age = max(now - s[i, first + room + t], YOUNGEST)
        value[t] = s[i, first + t] * power(age, s[i, first + 2 * room + t])
    total = 0.0
    for t in range(traces):
        total += value[t]
    return total * (s[i, LEVEL] * base)


@inline
def _most_alike(weight, time, decay, now, count, v, near, far, early, late):
    """The two of the first ``count`` traces whose union changes the activation least, older slot first.

    What one trace cannot do for two is fall as both of them fall. So the loss is how differently the two fall until
    NEAR and until FAR (in logarithms, squared), times the share that the smaller has of the strength now and at FAR.

    Args:
        weight: (count,), likewise ``time`` and ``decay``.
        time: of the traces.
        decay: of the traces.
        now: the moment.
        count: how many traces.
        v: room for (count,) numbers, likewise the others.
        near: room.
        far: room.
        early: room.
        late: room.
    """
    total, total_far = 0.0, 0.0
    for t in range(count):
        age = max(now - time[t], YOUNGEST)
        v[t] = max(weight[t] * power(age, decay[t]), LEAST)
        near[t] = max(weight[t] * power(age + NEAR, decay[t]), LEAST)
        far[t] = max(weight[t] * power(age + FAR, decay[t]), LEAST)
    for t in range(count):
        total += v[t]
        total_far += far[t]
        early[t], late[t] = math.log(v[t] / near[t]), math.log(v[t] / far[t])
    least, one, two = math.inf, 0, 1
    for y in range(1, count):
        for x in range(y):
            a, b = early[x] - early[y], late[x] - late[y]
            loss = min(v[x], v[y]) * a * a * total_far + min(far[x], far[y]) * b * b * total
            if loss < least:
                least, one, two = loss, x, y
    return one, two


@inline
def _one_of_two(now, weight0, time0, decay0, weight1, time1, decay1):
    """Weight, time and decay of the trace that is as strong as these two together, now and at FAR."""
    age0, age1 = max(now - time0, YOUNGEST), max(now - time1, YOUNGEST)
    v0, v1 = max(weight0 * power(age0, decay0), LEAST), max(weight1 * power(age1, decay1), LEAST)
    far = weight0 * power(age0 + FAR, decay0) + weight1 * power(age1 + FAR, decay1)
    age = math.exp((v0 * math.log(age0) + v1 * math.log(age1)) / (v0 + v1))
    decay = math.log((v0 + v1) / max(far, LEAST)) / math.log((age + FAR) / age)
    return (v0 + v1) / power(age, decay), now - age, decay


@kernel
def _make_room(s, i, first, capacity, newest, later, scratch):
    """Make one trace of two of a full skill, the newest among them; the slot for the newest, -1 if it was one of them.

    It is called, not inlined: so much that is seldom needed would slow down what always is.

    Args:
        s: the state.
        i: the student.
        first: column of the skill's first weight.
        capacity: traces of the skill.
        newest: its weight, time and decay.
        later: the moment at which the strength stays what it is.
        scratch: (8, capacity + 1) room.
    """
    room = (capacity + 7) // 8 * 8
    w, time, d = scratch[0], scratch[1], scratch[2]
    for t in range(capacity):
        w[t], time[t], d[t] = s[i, first + t], s[i, first + room + t], s[i, first + 2 * room + t]
    w[capacity], time[capacity], d[capacity] = newest
    one, two = _most_alike(w, time, d, later, capacity + 1, scratch[3], scratch[4], scratch[5], scratch[6], scratch[7])
    union = _one_of_two(later, w[one], time[one], d[one], w[two], time[two], d[two])
    s[i, first + one], s[i, first + room + one], s[i, first + 2 * room + one] = union
    return two if two < capacity else -1


@kernel
def reset(s, rows, deviates, u, f, n):
    """Fresh students, who have studied nothing; columns behind the traces are not ours."""
    end = TRACES + n[N_SKILLS] * (1 + 3 * ((n[CAPACITY] + 7) // 8 * 8))
    for r in range(rows.shape[0]):
        i = rows[r]
        for column in range(CLOCK, end):
            s[i, column] = 0.0
        s[i, LEVEL] = math.exp(deviates[r, 0])
        s[i, PACE] = math.exp(deviates[r, 1])


@kernel
def step(s, items, u, out, f, n):
    """Answer, leave a trace on every skill of the item, then let its minutes pass."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    skills, width, capacity = n[N_SKILLS], n[WIDTH], n[CAPACITY]
    room, trace0, skill0 = (capacity + 7) // 8 * 8, TRACES + skills, CONSTANTS + n[N_ITEMS] * PER_ITEM
    value = np.empty(room)
    scratch = np.empty((8, capacity + 1))
    for i in range(items.shape[0]):
        if untaught(items[i], i, answered, correct, minutes):
            continue
        j = items[i]
        item, slots, now, p = CONSTANTS + j * PER_ITEM, HEADER + j * width, s[i, CLOCK], 1.0
        later, salience = now + 60.0 * f[item + MINUTES], f[item + SALIENCE]
        for slot in range(slots, slots + width):
            k = n[slot]
            if k < 0:
                break
            traces, first = int(s[i, TRACES + k]), trace0 + 3 * room * k
            total = _strength(s, i, k, now, trace0, room, f[skill0 + k * PER_SKILL + BASE], value)
            p *= _recall(total, f[THRESHOLD], f[SHARPNESS])
            decay, place = s[i, PACE] * (f[SCALE] * total + f[INTERCEPT]), traces
            if traces < capacity:
                s[i, TRACES + k] = traces + 1.0
            else:
                place = _make_room(s, i, first, capacity, (salience, now, decay), later, scratch)
            if place >= 0:
                s[i, first + place] = salience
                s[i, first + room + place] = now
                s[i, first + 2 * room + place] = decay
        asks = f[item + ASKS] > 0.0
        answered[i] = asks
        correct[i] = asks & (u[i, 0] < p)
        minutes[i] = f[item + MINUTES]
        s[i, CLOCK] = later


@kernel
def strength(s, ahead, out, f, n):
    """(N, K) e^m of every skill after so many scaled seconds without a lesson; 0 where nothing was studied."""
    skills, capacity = n[N_SKILLS], n[CAPACITY]
    room, trace0, skill0 = (capacity + 7) // 8 * 8, TRACES + skills, CONSTANTS + n[N_ITEMS] * PER_ITEM
    value = np.empty(room)
    for i in range(out.shape[0]):
        now = s[i, CLOCK] + ahead[i]
        for k in range(skills):
            out[i, k] = _strength(s, i, k, now, trace0, room, f[skill0 + k * PER_SKILL + BASE], value)


@kernel
def recall(strengths, out, f):
    """(N, K) probability of recall."""
    sharpness, threshold = f[SHARPNESS], f[THRESHOLD]
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[i, k] = _recall(strengths[i, k], threshold, sharpness)


@kernel
def activation(strengths, out):
    """(N, K) m, the logarithm of the strength, never infinite."""
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[i, k] = math.log(max(strengths[i, k], LEAST))


@kernel
def recall_after(s, days, out, f, n):
    """(N, K) probability of recall after so many days without a lesson."""
    strength(s, f[SECONDS] * days, out, f, n)
    recall(out, out, f)


mastery, mastery_sum, forecast = recalls_of(__name__)


@kernel
def elapse(s, days, u, f, n):
    """Days pass between sessions."""
    for i in range(days.shape[0]):
        s[i, CLOCK] += f[SECONDS] * days[i]


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none)."""
    skills, width, capacity = n[N_SKILLS], n[WIDTH], n[CAPACITY]
    room, trace0, skill0 = (capacity + 7) // 8 * 8, TRACES + skills, CONSTANTS + n[N_ITEMS] * PER_ITEM
    value = np.empty(room)
    for i in range(out.shape[0]):
        slots, now, p = HEADER + items[i] * width, s[i, CLOCK], 1.0 if items[i] >= 0 else 0.0
        for slot in range(slots, slots + width if items[i] >= 0 else slots):
            k = n[slot]
            if k < 0:
                break
            total = _strength(s, i, k, now, trace0, room, f[skill0 + k * PER_SKILL + BASE], value)
            p *= _recall(total, f[THRESHOLD], f[SHARPNESS])
        out[i] = p


@kernel
def expected_gain(s, out, f, n):
    """(N, M) change of the sum of recalls by each item; nothing in it is left to chance."""
    skills, width, skill0 = n[N_SKILLS], n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM
    students, lengths = out.shape[0], f[f.shape[0] - n[LENGTHS] :]
    now, later = np.empty((students, skills)), np.empty((lengths.shape[0], students, skills))
    strength(s, np.zeros(students), now, f, n)
    for length in range(lengths.shape[0]):  # were nothing studied
        strength(s, np.full(students, lengths[length]), later[length], f, n)
    sharpness, threshold = f[SHARPNESS], f[THRESHOLD]
    faded = np.empty(lengths.shape[0])
    for i in range(out.shape[0]):
        for length in range(lengths.shape[0]):
            faded[length] = 0.0
            for k in range(skills):
                before = _recall(now[i, k], threshold, sharpness)
                faded[length] += _recall(later[length, i, k], threshold, sharpness) - before
        for j in range(out.shape[1]):
            item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
            length = int(f[item + LENGTH])
            gain, age = faded[length], max(lengths[length], YOUNGEST)
            for slot in range(first, first + width):
                k = n[slot]
                if k < 0:
                    break
                added = f[item + SALIENCE] * power(age, s[i, PACE] * (f[SCALE] * now[i, k] + f[INTERCEPT]))
                added *= s[i, LEVEL] * f[skill0 + k * PER_SKILL + BASE]
                left = later[length, i, k]
                gain += _recall(left + added, threshold, sharpness) - _recall(left, threshold, sharpness)
            out[i, j] = gain
