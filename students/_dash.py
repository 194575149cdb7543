"""Kernels of the DASH students: batches over rows of one (N, W) float64 state and two packed parameter arrays.

A student's row: group, clock (days), ability (logits); then a block for each skill: answers, right answers, answers
that left the ring while their age still mattered, and the ring of C: when the last C answers were given, in days, with
the sign of a wrong answer set (also at day 0: -0.0).

Answers stand in the ring in order, so that one walk from the newest to the oldest meets the windows one after the
other, and stops at the first answer that is older than them all. Logarithms of small counts are in a table.
"""

from __future__ import annotations

import math

import numpy as np

from .jit import inline, kernel, merged

CLOCK, ABILITY, BLOCKS = 1, 2, 3  # columns of the state
ANSWERS, RIGHT, EARLY, RING = range(4)  # of a skill's block

LONGEST, CONSTANTS = range(2)
DIFFICULTY, MINUTES, LENGTH, ASKS, PER_ITEM = range(5)
N_SKILLS, N_ITEMS, WIDTH, PARENTS, HEADER = range(5)  # of the integers: K, M, S skills per item, P parents per skill
JOINT, KIND, CAPACITY, WINDOWS, FINITE, TABLE = -6, -5, -4, -3, -2, -1  # of the integers, at their end
COUNTS, MCM, ACT_R = range(3)
SCALE, DECAY, WRONG, CORRECT = range(4)  # the weights of ACT_R

MINUTES_PER_DAY = 1440.0
YOUNGEST = 1.0 / 86400.0  # days: a power law has no value at age 0


@inline
def sigmoid(x):
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + math.exp(min(-x, 700.0)))


@inline
def next_slot(answers, capacity):
    """Where the next answer goes in the ring."""
    return answers if answers < capacity else answers % capacity


@merged
def counts(s, i, block, now, skill, f, n):
    """Sum over the windows of weight * log(1 + count)."""
    capacity, finite, logs = n[CAPACITY], n[FINITE], f.shape[0] - n[TABLE]
    answers, ring = int(s[i, block + ANSWERS]), block + RING
    edge, weight = logs - 2 * n[WINDOWS], skill + 1
    end, slot = edge + finite, next_slot(answers, capacity)
    h, inside, right = 0.0, logs, logs
    for _ in range(min(answers, capacity)):
        slot = slot - 1 if slot > 0 else capacity - 1
        when = s[i, ring + slot]
        age = now - abs(when)
        while edge < end and age >= f[edge]:
            h += f[weight] * f[inside] + f[weight + 1] * f[right]
            weight += 2
            edge += 1
        if edge == end:
            break
        inside += 1
        right += 1 if math.copysign(1.0, when) > 0.0 else 0
    while edge < end:
        h += f[weight] * f[inside] + f[weight + 1] * f[right]
        weight += 2
        edge += 1
    if finite < n[WINDOWS]:
        if answers < n[TABLE]:
            return h + f[weight] * f[logs + answers] + f[weight + 1] * f[logs + int(s[i, block + RIGHT])]
        h += f[weight] * math.log(1.0 + answers) + f[weight + 1] * math.log(1.0 + s[i, block + RIGHT])
    return h


@merged
def faded_counts(s, i, block, now, skill, f, n):
    """The same with counts that fade: every answer counts exp(-age / span) in each window that it is in."""
    capacity, windows = n[CAPACITY], n[WINDOWS]
    answers, ring = int(s[i, block + ANSWERS]), block + RING
    edges = f.shape[0] - n[TABLE] - 2 * windows
    h = 0.0
    for w in range(windows):
        slot, inside, right = next_slot(answers, capacity), 0.0, 0.0
        for _ in range(min(answers, capacity)):
            slot = slot - 1 if slot > 0 else capacity - 1
            when = s[i, ring + slot]
            age = now - abs(when)
            if age >= f[edges + w]:
                break
            left = math.exp(-age / f[edges + windows + w])
            inside += left
            right += left if math.copysign(1.0, when) > 0.0 else 0.0
        h += f[skill + 1 + 2 * w] * math.log(1.0 + inside) + f[skill + 2 + 2 * w] * math.log(1.0 + right)
    return h


@merged
def power_sum(s, i, block, now, skill, f, n):
    """Scale * log(1 + sum over the answers of worth * age^-decay)."""
    weights, ring, total = skill + 1, block + RING, 0.0
    for slot in range(min(int(s[i, block + ANSWERS]), n[CAPACITY])):
        when = s[i, ring + slot]
        worth = f[weights + CORRECT] if math.copysign(1.0, when) > 0.0 else f[weights + WRONG]
        total += worth * math.pow(max(now - abs(when), YOUNGEST), -f[weights + DECAY])
    return f[weights + SCALE] * math.log(1.0 + max(total, 0.0))


@merged
def strength(s, i, k, now, f, n):
    """What a skill adds to the logit at a point of time: its easiness and its history."""
    block = BLOCKS + k * (RING + n[CAPACITY])
    skill = CONSTANTS + n[N_ITEMS] * PER_ITEM + k * (1 + 2 * n[WINDOWS])
    if n[KIND] == COUNTS:
        return f[skill] + counts(s, i, block, now, skill, f, n)
    if n[KIND] == MCM:
        return f[skill] + faded_counts(s, i, block, now, skill, f, n)
    return f[skill] + power_sum(s, i, block, now, skill, f, n)


@merged
def record(s, i, k, right, f, n):
    """Note an answer, now; the oldest leaves a full ring."""
    capacity, now = n[CAPACITY], s[i, CLOCK]
    block = BLOCKS + k * (RING + capacity)
    answers = int(s[i, block + ANSWERS])
    place = block + RING + next_slot(answers, capacity)
    if answers >= capacity and now - abs(s[i, place]) < f[LONGEST]:
        s[i, block + EARLY] += 1.0
    s[i, place] = now if right else -now
    s[i, block + ANSWERS] += 1.0
    s[i, block + RIGHT] += 1.0 if right else 0.0


@merged
def p_item(s, i, j, f, n):
    """Probability of a right answer now: the skills' logits added up (JOINT), or each skill recalled on its own."""
    item, first, joint = CONSTANTS + j * PER_ITEM, HEADER + j * n[WIDTH], n[JOINT] > 0
    logit, product, now = s[i, ABILITY] - f[item + DIFFICULTY], 1.0, s[i, CLOCK]
    for slot in range(first, first + n[WIDTH]):
        if n[slot] < 0:
            break
        g = strength(s, i, n[slot], now, f, n)
        if joint:
            logit += g
        else:
            product *= sigmoid(logit + g)
    return sigmoid(logit) if joint else product


@merged
def p_known(logit, g, j, n):
    """The same from the strengths of all skills."""
    first, joint, product = HEADER + j * n[WIDTH], n[JOINT] > 0, 1.0
    for slot in range(first, first + n[WIDTH]):
        if n[slot] < 0:
            break
        if joint:
            logit += g[n[slot]]
        else:
            product *= sigmoid(logit + g[n[slot]])
    return sigmoid(logit) if joint else product


@kernel
def step(s, items, u, out, f, n):
    """Answer, note the answer, and let the item's minutes pass."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    for i in range(items.shape[0]):
        j = items[i]
        answered[i] = False
        correct[i] = False
        minutes[i] = 0.0
        if j < 0:
            continue
        item, first = CONSTANTS + j * PER_ITEM, HEADER + j * n[WIDTH]
        minutes[i] = f[item + MINUTES]
        if f[item + ASKS] > 0.0:
            right = u[i, 0] < p_item(s, i, j, f, n)
            answered[i] = True
            correct[i] = right
            for slot in range(first, first + n[WIDTH]):
                if n[slot] < 0:
                    break
                record(s, i, n[slot], right, f, n)
        s[i, CLOCK] += f[item + MINUTES] / MINUTES_PER_DAY


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none)."""
    for i in range(out.shape[0]):
        out[i] = p_item(s, i, items[i], f, n) if items[i] >= 0 else 0.0


@kernel
def forecast(s, days, p, mastery, f, n):
    """Right answers to every item, and recall of every skill, after some days."""
    g = np.empty(n[N_SKILLS])
    for i in range(mastery.shape[0]):
        for k in range(n[N_SKILLS]):
            g[k] = strength(s, i, k, s[i, CLOCK] + days[i], f, n)
            mastery[i, k] = sigmoid(s[i, ABILITY] + g[k])
        for j in range(p.shape[1]):
            p[i, j] = p_known(s[i, ABILITY] - f[CONSTANTS + j * PER_ITEM + DIFFICULTY], g, j, n)


@kernel
def mastery_sum(s, out, f, n):
    """Sum of the recalls."""
    for i in range(out.shape[0]):
        total = 0.0
        for k in range(n[N_SKILLS]):
            total += sigmoid(s[i, ABILITY] + strength(s, i, k, s[i, CLOCK], f, n))
        out[i] = total


@kernel
def expected_gain(s, lengths, out, f, n):
    """Expected change of the sum of recalls by each item: its answers either way, and the minutes that it takes.

    ``lengths`` are the different minutes of the items. Lessons are tried out on a copy of the student.
    """
    skills, length = n[N_SKILLS], RING + n[CAPACITY]
    g, later, sums = np.empty(skills), np.empty((lengths.shape[0], skills)), np.empty(lengths.shape[0])
    one = np.empty((1, s.shape[1]))
    for i in range(out.shape[0]):
        one[0] = s[i]
        ability, now, before = s[i, ABILITY], s[i, CLOCK], 0.0
        for k in range(skills):
            g[k] = strength(s, i, k, now, f, n)
            before += sigmoid(ability + g[k])
        for d in range(lengths.shape[0]):
            sums[d] = 0.0
            for k in range(skills):
                later[d, k] = sigmoid(ability + strength(s, i, k, now + lengths[d] / MINUTES_PER_DAY, f, n))
                sums[d] += later[d, k]
        for j in range(out.shape[1]):
            item, first = CONSTANTS + j * PER_ITEM, HEADER + j * n[WIDTH]
            d = int(f[item + LENGTH])
            gain, end = sums[d] - before, now + lengths[d] / MINUTES_PER_DAY
            if f[item + ASKS] > 0.0:
                p = p_known(ability - f[item + DIFFICULTY], g, j, n)
                for slot in range(first, first + n[WIDTH]):
                    k = n[slot]
                    if k < 0:
                        break
                    for right in (False, True):
                        record(one, 0, k, right, f, n)
                        share = p if right else 1.0 - p
                        gain += share * (sigmoid(ability + strength(one, 0, k, end, f, n)) - later[d, k])
                        for column in range(BLOCKS + k * length, BLOCKS + (k + 1) * length):
                            one[0, column] = s[i, column]
            out[i, j] = gain
