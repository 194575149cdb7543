"""Kernels of the BKT students where items may be problems of several steps; state and luck of a step as in ``_bkt``.

An item is a series of parts, each of which is taught as an item of ``_bkt`` is: answer, then learn. The packed numbers
are those of the unfolded curriculum (``Curriculum.unfolded``). Behind the skills' floats stand the items' minutes;
before the order of the skills stand M, L and the parts of every item (M L), padded with -1.

What a problem is expected to bring depends on which of its skills are known together: an early step may open the door
for a later one. So the chances of all combinations are followed, of its skills and of what these build on directly.
"""

from __future__ import annotations

import math

import numpy as np

from ..jit import inline, kernel
from ..packed import HEADER, N_ITEMS, N_SKILLS, PARENTS, WIDTH, all_known, all_ready, untaught
from ._bkt import (
    ASKS,
    CONSTANTS,
    DURABLE,
    FAMILIARITY,
    FORGET,
    GUESS,
    GUESS_ODDS,
    LEAK,
    NARROW,
    PER_ITEM,
    PER_SKILL,
    RATE,
    RATE_PER_DAY,
    SLIP,
    SLIP_ODDS,
    SPAN,
    elapse,
    learning,
    lifetime,
    mastery_sum,
    p_right,
    reset,
)

__all__ = ["elapse", "exam_gain", "expected_gain", "forecast", "mastery_sum", "p_all", "p_correct", "reset", "step"]

TOGETHER = 12
"""Skills whose combinations are followed, at most: 4096."""


@inline
def _parts(n):
    """Where M, L and the items' parts begin."""
    return HEADER + n[N_ITEMS] * n[WIDTH] + n[N_SKILLS] * n[PARENTS]


@inline
def _is_problem(n, first, long):
    return long > 1 and n[first + min(1, long - 1)] >= 0


@kernel
def step(s, items, u, out, f, n):
    """One part after the other: answer, then learn."""
    answered, correct, minutes, right = out["answered"], out["correct"], out["minutes"], out["right_steps"]
    skills, width, parents = n[N_SKILLS], n[WIDTH], n[PARENTS]
    left, parent0, parts = FAMILIARITY + skills, HEADER + n[N_ITEMS] * width, _parts(n)
    skill0, long = CONSTANTS + n[N_ITEMS] * PER_ITEM, n[parts + 1]
    took = skill0 + skills * PER_SKILL
    leak, rate, span, narrow = f[LEAK], f[RATE], f[SPAN], f[NARROW]
    for i in range(items.shape[0]):
        right[i] = 0
        if untaught(items[i], i, answered, correct, minutes):
            continue
        begin = parts + 2 + items[i] * long
        draw, bits, whole, asks = 0, 0, True, False
        for t in range(long):
            j = n[begin + t]
            if j < 0:
                break
            item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
            known = all_known(s, i, left, n, first, width)
            o = f[item + SLIP_ODDS] * s[i, SLIP] if known else f[item + GUESS_ODDS] * s[i, GUESS]
            asks = f[item + ASKS] > 0.0
            hit = u[i, draw] * (1.0 + o) < (1.0 if known else o)
            bits |= (1 if hit else 0) << t
            whole = whole & hit
            draw += 1
            for slot in range(width):
                k = n[first + slot]
                if k < 0:
                    break
                ready = all_ready(s, i, left, n, parent0 + k * parents, parents)
                odds, gap = learning(s, i, s[i, FAMILIARITY + k], item, skill0 + k * PER_SKILL, span, narrow, f)
                chance = odds if ready else odds * leak
                spent = u[i, draw] * (odds + 1.0 + gap * gap)
                draw += 1
                if (s[i, left + k] <= 0.0) & (spent < chance):
                    s[i, left + k] = lifetime(spent / chance)
                familiarity = s[i, FAMILIARITY + k]
                s[i, FAMILIARITY + k] = familiarity + (1.0 - familiarity) * rate
        answered[i] = asks
        correct[i] = asks & whole
        right[i] = bits if _is_problem(n, begin, long) else 0
        minutes[i] = f[took + items[i]]


@inline
def _lay_out(n, begin, long, own, needs, at):
    """The skills of a problem and what they build on directly, each once: how many these are, and how many of both.

    ``own`` becomes the skills, ``needs`` the bits of each one's prerequisites, ``at`` the place of each step's skill.
    """
    width, parents = n[WIDTH], n[PARENTS]
    parent0, count = HEADER + n[N_ITEMS] * width, 0
    for t in range(long):
        if n[begin + t] >= 0:
            k, place = n[HEADER + n[begin + t] * width], count
            for b in range(count):
                place = b if own[b] == k else place
            own[place], at[t] = k, place
            count = max(count, place + 1)
    mine = count
    for b in range(mine):
        needs[b] = 0
        for slot in range(parent0 + own[b] * parents, parent0 + (own[b] + 1) * parents):
            if n[slot] >= 0:
                place = count
                for other in range(count):
                    place = other if own[other] == n[slot] else place
                own[place] = n[slot]
                needs[b] |= 1 << place
                count = max(count, place + 1)
    return mine, count


@inline
def _start(known, own, count, weight):
    """The chance of every combination of independent skills, by the chance of each."""
    for c in range(1 << count):
        p = 1.0
        for b in range(count):
            p *= known[own[b]] if (c >> b) & 1 else 1.0 - known[own[b]]
        weight[c] = p


@inline
def _work(s, i, n, f, begin, long, own, needs, at, count, weight, asked):
    """Follow the combinations through all steps; ``asked``: those alone in which every answer is right."""
    width, size = n[WIDTH], 1 << count
    skill0, leak, rate, span, narrow = CONSTANTS + n[N_ITEMS] * PER_ITEM, f[LEAK], f[RATE], f[SPAN], f[NARROW]
    for t in range(long):
        j = n[begin + t]
        if j < 0:
            continue
        item, place = CONSTANTS + j * PER_ITEM, at[t]
        k, bit, needed = n[HEADER + j * width], 1 << place, needs[place]
        familiarity = s[i, FAMILIARITY + k]
        for before in range(t):
            familiarity += (1.0 - familiarity) * rate if at[before] == place else 0.0
        odds, gap = learning(s, i, familiarity, item, skill0 + k * PER_SKILL, span, narrow, f)
        chance = odds / (odds + 1.0 + gap * gap)
        if asked:
            yes, no = p_right(s, i, item, True, f), p_right(s, i, item, False, f)
            for c in range(size):
                weight[c] *= yes if c & bit else no
        for c in range(size):
            if (c & bit) == 0 and weight[c] > 0.0:
                moved = weight[c] * (chance if (c & needed) == needed else chance * leak)
                weight[c] -= moved
                weight[c | bit] += moved


@kernel
def p_all(s, out, f, n):
    """Probability of a right answer to every item; of a problem, that all steps are right."""
    width, left, parts, skills = n[WIDTH], FAMILIARITY + n[N_SKILLS], _parts(n), n[N_SKILLS]
    long, weight, known = n[parts + 1], np.empty(1 << TOGETHER), np.empty(skills)
    own, needs, at = np.empty(TOGETHER, np.int64), np.empty(TOGETHER, np.int64), np.empty(long, np.int64)
    for j in range(out.shape[1]):
        begin = parts + 2 + j * long
        if not _is_problem(n, begin, long):
            item, first = CONSTANTS + n[begin] * PER_ITEM, HEADER + n[begin] * width
            for i in range(out.shape[0]):
                out[i, j] = p_right(s, i, item, all_known(s, i, left, n, first, width), f)
            continue
        _, count = _lay_out(n, begin, long, own, needs, at)
        for i in range(out.shape[0]):
            for b in range(count):
                known[own[b]] = 1.0 if s[i, left + own[b]] > 0.0 else 0.0
            _start(known, own, count, weight)
            _work(s, i, n, f, begin, long, own, needs, at, count, weight, True)
            total = 0.0
            for c in range(1 << count):
                total += weight[c]
            out[i, j] = min(total, 1.0)


@kernel
def p_correct(s, items, out, f, n):
    """The same for the chosen items (0 where there is none)."""
    width, left, parts, skills = n[WIDTH], FAMILIARITY + n[N_SKILLS], _parts(n), n[N_SKILLS]
    long, weight, known = n[parts + 1], np.empty(1 << TOGETHER), np.empty(skills)
    own, needs, at = np.empty(TOGETHER, np.int64), np.empty(TOGETHER, np.int64), np.empty(long, np.int64)
    for i in range(out.shape[0]):
        out[i] = 0.0
        if items[i] < 0:
            continue
        begin = parts + 2 + items[i] * long
        if not _is_problem(n, begin, long):
            item, first = CONSTANTS + n[begin] * PER_ITEM, HEADER + n[begin] * width
            out[i] = p_right(s, i, item, all_known(s, i, left, n, first, width), f)
            continue
        _, count = _lay_out(n, begin, long, own, needs, at)
        for b in range(count):
            known[own[b]] = 1.0 if s[i, left + own[b]] > 0.0 else 0.0
        _start(known, own, count, weight)
        _work(s, i, n, f, begin, long, own, needs, at, count, weight, True)
        for c in range(1 << count):
            out[i] += weight[c]
        out[i] = min(out[i], 1.0)


@kernel
def forecast(s, days, p, mastery, f, n):
    """Expected right answers and mastery after some days; of a problem, that all steps are right then.

    ``p`` may be without columns.
    """
    skills, width, skill0 = n[N_SKILLS], n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM
    left, durable, parts = FAMILIARITY + skills, f[DURABLE], _parts(n)
    long, weight, now = n[parts + 1], np.empty(1 << TOGETHER), np.empty(skills)
    own, needs, at = np.empty(TOGETHER, np.int64), np.empty(TOGETHER, np.int64), np.empty(long, np.int64)
    for i in range(days.shape[0]):
        time = days[i] * s[i, FORGET]
        for k in range(skills):
            rate = f[skill0 + k * PER_SKILL + RATE_PER_DAY] * (1.0 - durable * s[i, FAMILIARITY + k])
            now[k] = math.exp(-rate * time) if s[i, left + k] > 0.0 else 0.0
            mastery[i, k] = now[k]
        for j in range(p.shape[1]):
            begin = parts + 2 + j * long
            if _is_problem(n, begin, long):
                _, count = _lay_out(n, begin, long, own, needs, at)
                _start(now, own, count, weight)
                _work(s, i, n, f, begin, long, own, needs, at, count, weight, True)
                total = 0.0
                for c in range(1 << count):
                    total += weight[c]
                p[i, j] = min(total, 1.0)
                continue
            item, first, known = CONSTANTS + n[begin] * PER_ITEM, HEADER + n[begin] * width, 1.0
            for slot in range(first, first + width):
                if n[slot] < 0:
                    break
                known *= now[n[slot]]
            p[i, j] = known * p_right(s, i, item, True, f) + (1.0 - known) * p_right(s, i, item, False, f)


@kernel
def expected_gain(s, out, f, n):
    """Expected number of skills that each item teaches now."""
    skills, width, parents, parts = n[N_SKILLS], n[WIDTH], n[PARENTS], _parts(n)
    left, parent0, long = FAMILIARITY + skills, HEADER + n[N_ITEMS] * width, n[parts + 1]
    skill0, leak, span, narrow = CONSTANTS + n[N_ITEMS] * PER_ITEM, f[LEAK], f[SPAN], f[NARROW]
    weight, known = np.empty(1 << TOGETHER), np.empty(skills)
    own, needs, at = np.empty(TOGETHER, np.int64), np.empty(TOGETHER, np.int64), np.empty(long, np.int64)
    for j in range(out.shape[1]):
        begin = parts + 2 + j * long
        item, first, problem = CONSTANTS + n[begin] * PER_ITEM, HEADER + n[begin] * width, _is_problem(n, begin, long)
        mine, count = _lay_out(n, begin, long, own, needs, at) if problem else (0, 0)
        for i in range(out.shape[0]):
            total = 0.0
            if problem:
                for b in range(count):
                    known[own[b]] = 1.0 if s[i, left + own[b]] > 0.0 else 0.0
                _start(known, own, count, weight)
                _work(s, i, n, f, begin, long, own, needs, at, count, weight, False)
                for b in range(mine):
                    for c in range(1 << count):
                        total += weight[c] if (c >> b) & 1 else 0.0
                    total -= known[own[b]]
                out[i, j] = max(total, 0.0)
                continue
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
    """What each item's lesson now adds to the expected share of these right after some days, which ask one skill each.

    So it is a sum over skills, of how much likelier each is known then: exact, and nothing of what is known together.
    """
    skills, width, parents, parts = n[N_SKILLS], n[WIDTH], n[PARENTS], _parts(n)
    left, parent0, long = FAMILIARITY + skills, HEADER + n[N_ITEMS] * width, n[parts + 1]
    skill0, leak, rate, span, narrow = CONSTANTS + n[N_ITEMS] * PER_ITEM, f[LEAK], f[RATE], f[SPAN], f[NARROW]
    weight, known, worth, durable = np.empty(1 << TOGETHER), np.empty(skills), np.empty(skills), f[DURABLE]
    own, needs, at = np.empty(TOGETHER, np.int64), np.empty(TOGETHER, np.int64), np.empty(long, np.int64)
    for i in range(out.shape[0]):
        time = days[i] * s[i, FORGET]
        for k in range(skills):
            known[k], worth[k] = (1.0 if s[i, left + k] > 0.0 else 0.0), 0.0
        for e in range(items.shape[0]):
            part = n[parts + 2 + items[e] * long]
            item = CONSTANTS + part * PER_ITEM
            worth[n[HEADER + part * width]] += p_right(s, i, item, True, f) - p_right(s, i, item, False, f)
        for j in range(out.shape[1]):
            begin, total = parts + 2 + j * long, 0.0
            item, first, problem = (
                CONSTANTS + n[begin] * PER_ITEM,
                HEADER + n[begin] * width,
                _is_problem(n, begin, long),
            )
            mine, count = _lay_out(n, begin, long, own, needs, at) if problem else (0, 0)
            if problem:
                _start(known, own, count, weight)
                _work(s, i, n, f, begin, long, own, needs, at, count, weight, False)
            else:
                while mine < width and n[first + mine] >= 0:
                    own[mine] = n[first + mine]
                    mine += 1
            for b in range(mine):
                k, then, familiarity = own[b], 0.0, s[i, FAMILIARITY + own[b]]
                speed = f[skill0 + k * PER_SKILL + RATE_PER_DAY] * time
                before = known[k] * math.exp(-speed * (1.0 - durable * familiarity))
                if problem:
                    for c in range(1 << count):
                        then += weight[c] if (c >> b) & 1 else 0.0
                    for t in range(long):
                        familiarity += (1.0 - familiarity) * rate if n[begin + t] >= 0 and at[t] == b else 0.0
                else:
                    ready = all_known(s, i, left, n, parent0 + k * parents, parents)
                    odds, gap = learning(s, i, familiarity, item, skill0 + k * PER_SKILL, span, narrow, f)
                    chance = (odds if ready else odds * leak) / (odds + 1.0 + gap * gap)
                    then = max(known[k], chance)
                    familiarity += (1.0 - familiarity) * rate
                total += worth[k] * (then * math.exp(-speed * (1.0 - durable * familiarity)) - before)
            out[i, j] = total / items.shape[0]
