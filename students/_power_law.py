"""Kernels of the power-law students: recall from how often a fact was studied, by blocks of time, and how long ago.

A student's row: group, ability, forget (log), clock (days), scale (per day), then columns of K numbers each: the day
of the last study (-inf: never), the level that practice has brought (logits), the difficulty, the exponent of decay;
then B rows of K attempts and B rows of K right answers, one for each block. With ``recent`` blocks row 0 is the block
that now lasts and the last row holds all that is older; with the blocks of an ``episode`` row b is block b.
"""

from __future__ import annotations

import math

import numpy as np

from .jit import inline, kernel

ABILITY, FORGET, CLOCK, SCALE, LAST = 1, 2, 3, 4, 5  # columns of the state; LAST is the first of K

AGO, AGO_SPREAD, HARD_SPREAD, DECAY_SPREAD, DELAY, DELAY_SPREAD, BLOCK_DAYS, WEIGHTS = range(8)  # of the floats
MINUTES, ASKS, LENGTH, PER_ITEM = range(4)
PRIOR_ODDS, DIFFICULTY, DECAY, PER_SKILL = range(4)

N_SKILLS, N_ITEMS, WIDTH, PARENTS, HEADER = range(5)  # of the integers: K, M, S skills per item, P parents per skill
LENGTHS, BLOCKS, RECENT = -3, -2, -1  # at their end: how many lengths items have, B, recent blocks or the episode's

DAYS_PER_MINUTE = 1.0 / 1440.0
SLOWEST = 1e-300  # an exponent of decay is above 0
A_MOMENT = 1e-9  # of a block: a day that is reached by many small steps is reached in spite of rounding


@inline
def _recall(gap, logits, scale, decay):
    """Probability of recall so many days after the last study."""
    return math.exp(-decay * math.log(1.0 + scale * gap)) / (1.0 + math.exp(-logits))


@inline
def _block(clock, days):
    """The number of the block that lasts at this time."""
    return math.floor(clock / days + A_MOMENT)


@inline
def _grown(count):
    """What one more study or right answer adds to the logarithm of its count."""
    return math.log((2.0 + count) / (1.0 + count))


@inline
def _aged(s, i, first, skills, blocks, ended, f):
    """When ``ended`` more recent blocks are over: a fact's level, and its row's attempts and right answers then."""
    total, tries, rights = 0.0, 0.0, 0.0
    rest_tries, rest_rights = 0.0, 0.0
    for row in range(blocks):
        then, a, b = row + ended, s[i, first + row * skills], s[i, first + (blocks + row) * skills]
        if then < blocks - 1:
            total += f[WEIGHTS + then] * (math.log(1.0 + a) + math.log(1.0 + b))
        else:
            rest_tries += a
            rest_rights += b
        if row == 0:
            tries, rights = a, b
    total += f[WEIGHTS + blocks - 1] * (math.log(1.0 + rest_tries) + math.log(1.0 + rest_rights))
    if ended >= blocks - 1:
        tries, rights = rest_tries, rest_rights
    return total, tries, rights


@inline
def _pass(s, i, days, skills, blocks, recent, f):
    """Move the clock; where blocks end, move the counts one row up for each."""
    before = s[i, CLOCK]
    s[i, CLOCK] = before + days
    ended = _block(s[i, CLOCK], f[BLOCK_DAYS]) - _block(before, f[BLOCK_DAYS])
    if (ended > 0) & (recent > 0):
        counts = LAST + 4 * skills
        for k in range(skills):
            s[i, LAST + skills + k] = _aged(s, i, counts + k, skills, blocks, ended, f)[0]
            for half in range(2):
                top = counts + half * blocks * skills + k
                for row in range(blocks - 2, -1, -1):
                    s[i, top + min(row + ended, blocks - 1) * skills] += s[i, top + row * skills]
                    s[i, top + row * skills] = 0.0


@kernel
def reset(s, rows, deviates, normals, u, split, f, n):
    """Fresh students; ``u`` from column ``split``: who met what; ``normals`` (n, 3K + 1): when, hard, lasting, r."""
    skills, blocks = n[N_SKILLS], n[BLOCKS]
    skill0 = WEIGHTS + blocks + n[N_ITEMS] * PER_ITEM
    for r in range(rows.shape[0]):
        i = rows[r]
        prior, forget = math.exp(deviates[r, 0]), deviates[r, 2]
        s[i, ABILITY], s[i, FORGET], s[i, CLOCK] = deviates[r, 1], forget, 0.0
        s[i, SCALE] = f[DELAY] * math.exp(f[DELAY_SPREAD] * normals[r, 3 * skills])
        for k in range(skills):
            at = skill0 + k * PER_SKILL
            odds = f[at + PRIOR_ODDS] * prior
            met = u[r, split + k] * (1.0 + odds) < odds
            s[i, LAST + k] = -f[AGO] * math.exp(f[AGO_SPREAD] * normals[r, k]) if met else -np.inf
            s[i, LAST + skills + k] = 0.0
            s[i, LAST + 2 * skills + k] = f[at + DIFFICULTY] + f[HARD_SPREAD] * normals[r, skills + k]
            lasting = math.exp(f[at + DECAY] + f[DECAY_SPREAD] * normals[r, 2 * skills + k])
            s[i, LAST + 3 * skills + k] = max(math.exp(forget - lasting), SLOWEST)
        for column in range(LAST + 4 * skills, LAST + (4 + 2 * blocks) * skills):
            s[i, column] = 0.0


@kernel
def step(s, items, u, out, f, n):
    """Recall each skill of the item, count the study, then let the item's minutes pass."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    skills, width, blocks, recent = n[N_SKILLS], n[WIDTH], n[BLOCKS], n[RECENT]
    for i in range(items.shape[0]):
        j = items[i]
        if j < 0:
            answered[i] = False
            correct[i] = False
            minutes[i] = 0.0
            continue
        item, first = WEIGHTS + blocks + j * PER_ITEM, HEADER + j * width
        asks, right, now = f[item + ASKS] > 0.0, True, s[i, CLOCK]
        row = 0 if recent > 0 else min(_block(now, f[BLOCK_DAYS]), blocks - 1)
        weight = f[WEIGHTS + row] if recent > 0 else f[WEIGHTS + blocks - 1 - row]
        for slot in range(width):
            k = n[first + slot]
            if k < 0:
                break
            level = s[i, LAST + skills + k]
            logits = s[i, ABILITY] + level - s[i, LAST + 2 * skills + k]
            recalled = u[i, slot] < _recall(now - s[i, LAST + k], logits, s[i, SCALE], s[i, LAST + 3 * skills + k])
            right = right & recalled
            s[i, LAST + k] = now
            tries = LAST + (4 + row) * skills + k
            level += weight * _grown(s[i, tries])
            s[i, tries] += 1.0
            if asks & recalled:
                level += weight * _grown(s[i, tries + blocks * skills])
                s[i, tries + blocks * skills] += 1.0
            s[i, LAST + skills + k] = level
        answered[i] = asks
        correct[i] = asks & right
        minutes[i] = f[item + MINUTES]
        _pass(s, i, f[item + MINUTES] * DAYS_PER_MINUTE, skills, blocks, recent, f)


@kernel
def elapse(s, days, f, n):
    """Time passes."""
    for i in range(days.shape[0]):
        _pass(s, i, days[i], n[N_SKILLS], n[BLOCKS], n[RECENT], f)


@kernel
def forecast(s, days, p, mastery, f, n):
    """Probability of a right answer to every item, and recall, after so many days without a lesson."""
    skills, width, blocks = n[N_SKILLS], n[WIDTH], n[BLOCKS]
    for i in range(days.shape[0]):
        then = s[i, CLOCK] + days[i]
        ended = (_block(then, f[BLOCK_DAYS]) - _block(s[i, CLOCK], f[BLOCK_DAYS])) * n[RECENT]
        for k in range(skills):
            level = s[i, LAST + skills + k]
            if ended > 0:
                level = _aged(s, i, LAST + 4 * skills + k, skills, blocks, ended, f)[0]
            logits = s[i, ABILITY] + level - s[i, LAST + 2 * skills + k]
            mastery[i, k] = _recall(then - s[i, LAST + k], logits, s[i, SCALE], s[i, LAST + 3 * skills + k])
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
    skills, width = n[N_SKILLS], n[WIDTH]
    for i in range(out.shape[0]):
        out[i] = 0.0
        if items[i] >= 0:
            first, product = HEADER + items[i] * width, 1.0
            for slot in range(first, first + width):
                k = n[slot]
                if k < 0:
                    break
                logits = s[i, ABILITY] + s[i, LAST + skills + k] - s[i, LAST + 2 * skills + k]
                gap, decay = s[i, CLOCK] - s[i, LAST + k], s[i, LAST + 3 * skills + k]
                product *= _recall(gap, logits, s[i, SCALE], decay)
            out[i] = product


@kernel
def mastery(s, out, f, n):
    """Recall of every skill now."""
    skills = n[N_SKILLS]
    for i in range(out.shape[0]):
        for k in range(skills):
            logits = s[i, ABILITY] + s[i, LAST + skills + k] - s[i, LAST + 2 * skills + k]
            gap, decay = s[i, CLOCK] - s[i, LAST + k], s[i, LAST + 3 * skills + k]
            out[i, k] = _recall(gap, logits, s[i, SCALE], decay)


@kernel
def mastery_sum(s, out, f, n):
    """Sum of the recall of all skills now."""
    skills = n[N_SKILLS]
    for i in range(out.shape[0]):
        total = 0.0
        for k in range(skills):
            logits = s[i, ABILITY] + s[i, LAST + skills + k] - s[i, LAST + 2 * skills + k]
            gap, decay = s[i, CLOCK] - s[i, LAST + k], s[i, LAST + 3 * skills + k]
            total += _recall(gap, logits, s[i, SCALE], decay)
        out[i] = total


@kernel
def expected_gain(s, out, f, n):
    """Expected change of the sum of recall by every item: its skills are studied, all others fade meanwhile."""
    skills, width, lengths, blocks, recent = n[N_SKILLS], n[WIDTH], n[LENGTHS], n[BLOCKS], n[RECENT]
    table = f.shape[0] - lengths
    now, fade, later, ends = np.empty(skills), np.empty(lengths), np.empty((lengths, skills)), np.empty(lengths)
    for i in range(out.shape[0]):
        clock, scale, block = s[i, CLOCK], s[i, SCALE], _block(s[i, CLOCK], f[BLOCK_DAYS])
        row = 0 if recent > 0 else min(block, blocks - 1)
        fade[:] = 0.0
        for length in range(lengths):
            ends[length] = (_block(clock + f[table + length], f[BLOCK_DAYS]) - block) * recent
        for k in range(skills):
            gap, level, decay = clock - s[i, LAST + k], s[i, LAST + skills + k], s[i, LAST + 3 * skills + k]
            ease = s[i, ABILITY] - s[i, LAST + 2 * skills + k]
            now[k] = _recall(gap, ease + level, scale, decay)
            for length in range(lengths):
                ended, then = int(ends[length]), level
                if ended > 0:
                    then = _aged(s, i, LAST + 4 * skills + k, skills, blocks, ended, f)[0]
                later[length, k] = _recall(gap + f[table + length], ease + then, scale, decay)
                fade[length] += later[length, k] - now[k]
        for j in range(out.shape[1]):
            item, first = WEIGHTS + blocks + j * PER_ITEM, HEADER + j * width
            asks, length = f[item + ASKS] > 0.0, int(f[item + LENGTH])
            total, after, ended = fade[length], f[table + length], int(ends[length])
            weight = f[WEIGHTS + min(ended, blocks - 1)] if recent > 0 else f[WEIGHTS + blocks - 1 - row]
            for slot in range(first, first + width):
                k = n[slot]
                if k < 0:
                    break
                counts = LAST + (4 + row) * skills + k
                level, tries, rights = s[i, LAST + skills + k], s[i, counts], s[i, counts + blocks * skills]
                if ended > 0:
                    level, tries, rights = _aged(s, i, counts, skills, blocks, ended, f)
                logits = s[i, ABILITY] - s[i, LAST + 2 * skills + k] + level + weight * _grown(tries)
                decay = s[i, LAST + 3 * skills + k]
                plain = _recall(after, logits, scale, decay)
                total += plain - later[length, k]
                if asks:
                    total += now[k] * (_recall(after, logits + weight * _grown(rights), scale, decay) - plain)
            out[i, j] = total
