"""Kernels of the DASH students: batches over rows of one (N, W) float64 state and two packed parameter arrays.

A student's row: group, clock (days), ability (logits); then a block for each skill: answers, right answers, answers
that left the ring while their age still mattered, and the ring of C: when the last C answers were given, in days, with
the sign of a wrong answer set (also at day 0: -0.0).

Answers stand in the ring in order, so that one walk from the newest to the oldest meets the windows one after the
other, and stops at the first answer that is older than them all. Logarithms of small counts are in a table.

Everything that reads a history goes through a batch of rows.
"""

from __future__ import annotations

import math

import numpy as np

from ..jit import inline, kernel
from ..loops import Kernel
from ..packed import HEADER, N_ITEMS, N_SKILLS, WIDTH
from ._facts import elapse_of

CLOCK, ABILITY, BLOCKS = 1, 2, 3  # columns of the state
ANSWERS, RIGHT, EARLY, RING = range(4)  # of a skill's block

LONGEST, CONSTANTS = range(2)
DIFFICULTY, MINUTES, LENGTH, ASKS, PER_ITEM = range(5)
LENGTHS, JOINT, KIND, CAPACITY, WINDOWS, FINITE, TABLE = range(-7, 0)  # at the end of the integers, after 0 … K - 1
TAIL = 7  # so many are they
COUNTS, MCM, ACT_R = range(3)
SCALE, DECAY, WRONG, CORRECT = range(4)  # the weights of ACT_R

MINUTES_PER_DAY = 1440.0
CHUNK = 256  # rows that a lesson goes through at once: they stay in the cache
YOUNGEST = 1.0 / 86400.0  # days: a power law has no value at age 0


@inline
def sigmoid(x):
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + math.exp(min(-x, 700.0)))


@inline
def next_slot(answers, capacity):
    """Where the next answer goes in the ring."""
    return answers if answers < capacity else answers % capacity


@inline
def _numbers(f, n):
    """What is read once for all students.

    C, W, how many windows end, the logarithms' number and place, where the weights and the windows' ends begin.
    """
    windows, logs = n[WINDOWS], f.shape[0] - n[TABLE]
    return n[CAPACITY], windows, n[FINITE], n[TABLE], logs, CONSTANTS + n[N_ITEMS] * PER_ITEM, logs - 2 * windows


@inline
def _counts(s, i, block, weight, now, c, f):
    """Easiness, and the sum over the windows of weight * log(1 + count)."""
    capacity, windows, finite, table, logs, _, edges = c
    end, answers, ring = edges + finite, int(s[i, block + ANSWERS]), block + RING
    edge, slot, h, inside, right = edges, next_slot(answers, capacity), f[weight - 1], logs, logs
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
    if finite < windows:
        wins = int(s[i, block + RIGHT])
        h += f[weight] * (f[logs + answers] if answers < table else math.log(1.0 + answers))
        h += f[weight + 1] * (f[logs + wins] if wins < table else math.log(1.0 + wins))
    return h


@inline
def _faded_counts(s, i, block, weight, now, c, f):
    """The same with counts that fade: every answer counts exp(-age / span) in each window that it is in."""
    capacity, windows, edges = c[0], c[1], c[6]
    answers, ring, h = int(s[i, block + ANSWERS]), block + RING, f[weight - 1]
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
        h += f[weight] * math.log(1.0 + inside) + f[weight + 1] * math.log(1.0 + right)
        weight += 2
    return h


@inline
def _power_sum(s, i, block, weight, now, c, f):
    """Easiness, and scale * log(1 + sum over the answers of worth * age^-decay)."""
    total = 0.0
    for slot in range(block + RING, block + RING + min(int(s[i, block + ANSWERS]), c[0])):
        when = s[i, slot]
        worth = f[weight + CORRECT] if math.copysign(1.0, when) > 0.0 else f[weight + WRONG]
        total += worth * math.pow(max(now - abs(when), YOUNGEST), -f[weight + DECAY])
    return f[weight - 1] + f[weight + SCALE] * math.log(1.0 + max(total, 0.0))


def _strengths_of(kind: int) -> Kernel:
    """The kernel of one of the three sums: which it is is known when it is compiled."""

    @kernel
    def strengths(s, lists, ahead, g, f, n):
        c = _numbers(f, n)
        for i in range(g.shape[0]):
            now = s[i, CLOCK] + ahead[i]
            for column in range(g.shape[1]):
                k = n[lists[i] + column]
                if k < 0:
                    break
                block, weight = BLOCKS + k * (RING + c[0]), c[5] + k * (1 + 2 * c[1]) + 1
                if kind == COUNTS:
                    g[i, column] = _counts(s, i, block, weight, now, c, f)
                elif kind == MCM:
                    g[i, column] = _faded_counts(s, i, block, weight, now, c, f)
                else:
                    g[i, column] = _power_sum(s, i, block, weight, now, c, f)

    return strengths


counts, faded_counts, power_sum = _strengths_of(COUNTS), _strengths_of(MCM), _strengths_of(ACT_R)


@kernel
def strengths(s, lists, ahead, g, f, n):
    """What skills add to the logit some days ahead, into ``g`` (N, width): their easiness and their history.

    ``lists`` tells where in the integers each row's skills stand.
    """
    if n[KIND] == COUNTS:
        counts(s, lists, ahead, g, f, n)
    elif n[KIND] == MCM:
        faded_counts(s, lists, ahead, g, f, n)
    else:
        power_sum(s, lists, ahead, g, f, n)


@kernel
def record(s, lists, width, answer, f, n):
    """Note an answer (1 right, 0 wrong, -1 none) to each row's skills, now; the oldest leaves a full ring."""
    capacity, longest = n[CAPACITY], f[LONGEST]
    for i in range(answer.shape[0]):
        if answer[i] < 0:
            continue
        now = s[i, CLOCK]
        for slot in range(lists[i], lists[i] + width):
            if n[slot] < 0:
                break
            block = BLOCKS + n[slot] * (RING + capacity)
            answers = int(s[i, block + ANSWERS])
            place = block + RING + next_slot(answers, capacity)
            if answers >= capacity and now - abs(s[i, place]) < longest:
                s[i, block + EARLY] += 1.0
            s[i, place] = now if answer[i] > 0 else -now
            s[i, block + ANSWERS] += 1.0
            s[i, block + RIGHT] += answer[i]


@kernel
def chances(s, items, lists, g, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none).

    The skills' logits are added up (JOINT), or each skill is recalled on its own. ``lists`` and ``g`` (N, S) are room
    to work in; ``lists`` tells afterwards where the items' skills stand.
    """
    width, joint = n[WIDTH], n[JOINT] > 0
    for i in range(items.shape[0]):
        lists[i] = HEADER + max(items[i], 0) * width
    strengths(s, lists, np.zeros(items.shape[0]), g, f, n)
    for i in range(items.shape[0]):
        logit, product = s[i, ABILITY] - f[CONSTANTS + max(items[i], 0) * PER_ITEM + DIFFICULTY], 1.0
        for column in range(width):
            if n[lists[i] + column] < 0:
                break
            if joint:
                logit += g[i, column]
            else:
                product *= sigmoid(logit + g[i, column])
        p = sigmoid(logit) if joint else product
        out[i] = p if items[i] >= 0 else 0.0


@kernel
def p_correct(s, items, out, f, n):
    """The same, with room of its own."""
    chances(s, items, np.empty(items.shape[0], np.int64), np.empty((items.shape[0], n[WIDTH])), out, f, n)


@kernel
def step(s, items, u, out, f, n):
    """Answer, note the answer, and let the item's minutes pass."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    g, p = np.empty((CHUNK, n[WIDTH])), np.empty(CHUNK)
    lists, answer = np.empty(CHUNK, np.int64), np.empty(CHUNK, np.int64)
    for start in range(0, items.shape[0], CHUNK):
        count = min(CHUNK, items.shape[0] - start)
        some, rows = items[start : start + count], s[start : start + count]
        chances(rows, some, lists[:count], g[:count], p, f, n)
        for i in range(count):
            item, asked = CONSTANTS + max(some[i], 0) * PER_ITEM, some[i] >= 0
            asks = asked & (f[item + ASKS] > 0.0)
            right = asks & (u[start + i, 0] < p[i])
            answered[start + i] = asks
            correct[start + i] = right
            minutes[start + i] = f[item + MINUTES] if asked else 0.0
            answer[i] = (1 if right else 0) if asks else -1
        record(rows, lists, n[WIDTH], answer[:count], f, n)
        for i in range(count):
            s[start + i, CLOCK] += minutes[start + i] / MINUTES_PER_DAY


elapse = elapse_of(__name__)


@kernel
def skill_strengths(s, ahead, g, f, n):
    """Strengths of all skills some days ahead into ``g`` (N, K)."""
    strengths(s, np.full(g.shape[0], n.shape[0] - TAIL - n[N_SKILLS]), ahead, g, f, n)


@kernel
def forecast(s, days, p, mastery, f, n):
    """Right answers to every item, and recall of every skill, after some days."""
    g, joint = np.empty((mastery.shape[0], n[N_SKILLS])), n[JOINT] > 0
    skill_strengths(s, days, g, f, n)
    for i in range(g.shape[0]):
        ability = s[i, ABILITY]
        for k in range(g.shape[1]):
            mastery[i, k] = sigmoid(ability + g[i, k])
        for j in range(p.shape[1]):
            logit, product = ability - f[CONSTANTS + j * PER_ITEM + DIFFICULTY], 1.0
            for slot in range(HEADER + j * n[WIDTH], HEADER + (j + 1) * n[WIDTH]):
                if n[slot] < 0:
                    break
                if joint:
                    logit += g[i, n[slot]]
                else:
                    product *= sigmoid(logit + g[i, n[slot]])
            p[i, j] = sigmoid(logit) if joint else product


@kernel
def mastery(s, out, f, n):
    """Recall of every skill now."""
    skill_strengths(s, np.zeros(out.shape[0]), out, f, n)
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[i, k] = sigmoid(s[i, ABILITY] + out[i, k])


@kernel
def mastery_sum(s, out, f, n):
    """Sum of the recalls."""
    g = np.empty((out.shape[0], n[N_SKILLS]))
    skill_strengths(s, np.zeros(out.shape[0]), g, f, n)
    for i in range(out.shape[0]):
        out[i] = 0.0
        for k in range(n[N_SKILLS]):
            out[i] += sigmoid(s[i, ABILITY] + g[i, k])


@kernel
def expected_gain(s, out, f, n):
    """Expected change of the sum of recalls by each item: its answers either way, and the minutes that it takes.

    Answers are tried out on a copy of the students.
    """
    # the different minutes of the items stand behind what belongs to the skills
    lengths = CONSTANTS + n[N_ITEMS] * PER_ITEM + n[N_SKILLS] * (1 + 2 * n[WINDOWS])
    students, skills, own = out.shape[0], n[N_SKILLS], RING + n[CAPACITY]
    p, later, g = np.empty((students, n[N_ITEMS])), np.empty((students, skills)), np.empty((students, 1))
    before, tried, lists, answer = (
        np.empty(students),
        s.copy(),
        np.empty(students, np.int64),
        np.empty(students, np.int64),
    )
    forecast(s, np.zeros(students), p, later, f, n)
    for i in range(students):
        before[i] = later[i].sum()
    for d in range(n[LENGTHS]):
        ahead = np.full(students, f[lengths + d] / MINUTES_PER_DAY)
        skill_strengths(s, ahead, later, f, n)
        for i in range(students):
            for k in range(skills):
                later[i, k] = sigmoid(s[i, ABILITY] + later[i, k])
        for j in range(out.shape[1]):
            item = CONSTANTS + j * PER_ITEM
            if f[item + LENGTH] != d:
                continue
            for i in range(students):
                out[i, j] = later[i].sum() - before[i]
            for slot in range(HEADER + j * n[WIDTH], HEADER + (j + 1) * n[WIDTH]):
                k = n[slot]
                if k < 0 or f[item + ASKS] == 0.0:
                    break
                lists[:] = slot
                block = BLOCKS + k * own
                for right in range(2):
                    answer[:] = right
                    record(tried, lists, 1, answer, f, n)
                    strengths(tried, lists, ahead, g, f, n)
                    for i in range(students):
                        share = p[i, j] if right == 1 else 1.0 - p[i, j]
                        out[i, j] += share * (sigmoid(s[i, ABILITY] + g[i, 0]) - later[i, k])
                        tried[i, block : block + own] = s[i, block : block + own]
