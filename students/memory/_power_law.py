"""Kernels of the power-law students: recall from how often a fact was studied, by blocks of time, and how long ago.

A student's row: group, ability, forget (log), clock (days), r (per day), the number of the block that now lasts, then
for each skill side by side: the day of the last study (-inf: never), the level that practice has brought (logits), the
difficulty, the exponent of decay, attempts and right answers in the block that now lasts, and what practice brought in
each of B blocks, the newest first, before weights. The blocks of an episode keep their weights: only the level counts.
"""

from __future__ import annotations

import math

import numpy as np

from ..elementary import exp, log, power
from ..jit import inline, kernel, splice
from ..loops import masteries_of
from ..packed import HEADER, N_ITEMS, N_SKILLS, WIDTH
from ._batch import ASKED, BATCH, DRAW, OWN, PER_MEMORY, RECALLED, steps_of
from ._facts import answers, p_correct_of

ABILITY, FORGET, CLOCK, SCALE, BLOCK, MEMORY = range(1, 7)  # columns of the state; the skills begin at MEMORY
LAST, LEVEL, HARD, LASTING, TRIES, RIGHTS, PARTS = range(7)  # of a skill

AGO, AGO_SPREAD, HARD_SPREAD, DECAY_SPREAD, DELAY, DELAY_SPREAD, BLOCK_DAYS, WEIGHTS = range(8)  # of the floats
MINUTES, ASKS, LENGTH, PER_ITEM = range(4)
PRIOR_ODDS, DIFFICULTY, DECAY, PER_SKILL = range(4)

LENGTHS, RECENT = -3, -1  # the integers end with: how many lengths, numbers per skill, recent or episode

SLOWEST = 1e-300  # an exponent of decay is above 0
# what the studies of a batch need beside what all families' need
GAP, PACE, FADING, AGAINST, TRIED, WERE_RIGHT, LEFT, GOOD, MORE, ROOM = range(OWN, OWN + 10 * BATCH, BATCH)
A_MOMENT = 1e-9  # of a block: a day that is reached by many small steps is reached in spite of rounding


@inline
def _recall(gap, logits, scale, decay):
    """Probability of recall so many days after the last study."""
    return math.exp(-decay * math.log(1.0 + scale * gap)) / (1.0 + math.exp(-logits))


@inline
def _recall_now(s, i, at):
    """Probability that student i recalls the skill whose memory begins at a column."""
    logits, gap = s[i, ABILITY] + s[i, at + LEVEL] - s[i, at + HARD], s[i, CLOCK] - s[i, at + LAST]
    return _recall(gap, logits, s[i, SCALE], s[i, at + LASTING])


@inline
def _block(clock, days):
    """The number of the block that lasts at this time."""
    return math.floor(clock / days + A_MOMENT)


@inline
def _more(tries, tried, rights, right):
    """What further attempts and right answers bring, before the weight of their block."""
    return log((1.0 + tries + tried) * (1.0 + rights + right) / ((1.0 + tries) * (1.0 + rights)))


@kernel
def _aged(s, i, at, blocks, ended, f):
    """The level of a fact when ``ended`` more recent blocks are over; seldom needed, so it is called, not inlined."""
    total = 0.0
    for block in range(blocks):
        total += f[WEIGHTS + min(block + ended, blocks - 1)] * s[i, at + PARTS + block]
    return total


@inline
def _end_block(s, i, skills, per, recent, f):
    """Begin to count anew, and weigh anew what practice has brought: blocks older than the last weight share it."""
    blocks, was, now = per - PARTS, s[i, BLOCK], _block(s[i, CLOCK], f[BLOCK_DAYS])
    s[i, BLOCK] = now
    if (not recent) & (was >= blocks - 1):  # the last block of an episode goes on
        return
    ended = now - int(was)
    for k in range(skills):
        at = MEMORY + k * per
        if s[i, at + TRIES] + s[i, at + LEVEL] > 0.0:
            s[i, at + TRIES] = 0.0
            s[i, at + RIGHTS] = 0.0
            if recent:
                level, parts = 0.0, at + PARTS
                for block in range(blocks - 1, -1, -1):
                    then, part = min(block + ended, blocks - 1), s[i, parts + block]
                    level += f[WEIGHTS + then] * part
                    s[i, parts + block] = 0.0
                    s[i, parts + then] += part
                s[i, at + LEVEL] = level


@kernel
def reset(s, rows, deviates, normals, u, f, n):
    """Fresh students; ``u``: first who met what; ``normals`` (n, 3K + 1), of the others: when, hard, lasting, r."""
    skills, per = n[N_SKILLS], n[PER_MEMORY]
    skill0 = WEIGHTS + per - PARTS + n[N_ITEMS] * PER_ITEM
    for r in range(rows.shape[0]):
        i = rows[r]
        prior, forget = math.exp(deviates[r, 0]), deviates[r, 2]
        s[i, ABILITY], s[i, FORGET], s[i, CLOCK], s[i, BLOCK] = deviates[r, 1], forget, 0.0, 0.0
        s[i, SCALE] = f[DELAY] * math.exp(f[DELAY_SPREAD] * normals[r, 3 * skills])
        for k in range(skills):
            skill, at = skill0 + k * PER_SKILL, MEMORY + k * per
            odds = f[skill + PRIOR_ODDS] * prior
            met = u[r, k] * (1.0 + odds) < odds
            s[i, at + LAST] = -f[AGO] * math.exp(f[AGO_SPREAD] * normals[r, k]) if met else -np.inf
            s[i, at + LEVEL] = 0.0
            s[i, at + HARD] = f[skill + DIFFICULTY] + f[HARD_SPREAD] * normals[r, skills + k]
            lasting = math.exp(f[skill + DECAY] + f[DECAY_SPREAD] * normals[r, 2 * skills + k])
            s[i, at + LASTING] = max(math.exp(forget - lasting), SLOWEST)
            for column in range(at + TRIES, at + per):
                s[i, column] = 0.0


@inline
def numbers(f, n):
    """What is read once for all students: where the items' numbers begin, how many blocks there are."""
    blocks = n[PER_MEMORY] - PARTS
    return WEIGHTS + blocks, blocks


@inline
def size(n, recent):
    """Numbers per memory."""
    return n[PER_MEMORY]


@inline
def gather(s, i, at, room, t, recent):
    """What a study of the memory at this column needs, into place t."""
    room[GAP + t] = s[i, CLOCK] - s[i, at + LAST]
    room[PACE + t], room[FADING + t] = s[i, SCALE], s[i, at + LASTING]
    room[AGAINST + t] = s[i, at + HARD] - s[i, at + LEVEL] - s[i, ABILITY]
    room[TRIED + t], room[WERE_RIGHT + t] = s[i, at + TRIES], s[i, at + RIGHTS]


@splice
def review(room, count, c, recent):
    """What is recalled, and what the studies bring before the weight of their block."""
    for t in range(count):
        left = power(1.0 + room[PACE + t] * room[GAP + t], room[FADING + t])
        room[LEFT + t] = left if room[GAP + t] < np.inf else 0.0
    for t in range(count):
        recalled = room[DRAW + t] * (1.0 + exp(room[AGAINST + t])) < room[LEFT + t]
        good = 1.0 if recalled & (room[ASKED + t] > 0.0) else 0.0
        tries, rights = room[TRIED + t], room[WERE_RIGHT + t]
        room[GOOD + t], room[RECALLED + t] = good, 1.0 if recalled else 0.0
        room[MORE + t] = _more(tries, 1.0, rights, good)


@inline
def keep(s, i, at, room, t, c, f, recent):
    """The memory as it is now."""
    weight = f[WEIGHTS + (0 if recent else max(c[1] - 1 - int(s[i, BLOCK]), 0))]
    s[i, at + LEVEL] += weight * room[MORE + t]
    s[i, at + TRIES] += 1.0
    s[i, at + RIGHTS] += room[GOOD + t]
    if recent:
        s[i, at + PARTS] += room[MORE + t]
    s[i, at + LAST] = s[i, CLOCK]


@inline
def wait(s, i, days, taught, f, n, recent):
    """The lesson's time passes, and may end the block."""
    now = s[i, CLOCK] + days
    s[i, CLOCK] = now
    if taught & (now >= (s[i, BLOCK] + 1.0 - A_MOMENT) * f[BLOCK_DAYS]):
        _end_block(s, i, n[N_SKILLS], n[PER_MEMORY], recent, f)


@inline
def known(s, i, k, c, f, n):
    """Recall of skill k now."""
    return _recall_now(s, i, MEMORY + k * n[PER_MEMORY])


step_for = steps_of(__name__)
p_correct = p_correct_of(__name__)
mastery, mastery_sum = masteries_of(__name__)


@kernel
def elapse(s, days, u, f, n):
    """Time passes."""
    for i in range(days.shape[0]):
        s[i, CLOCK] += days[i]
        if s[i, CLOCK] >= (s[i, BLOCK] + 1.0 - A_MOMENT) * f[BLOCK_DAYS]:
            _end_block(s, i, n[N_SKILLS], n[PER_MEMORY], n[RECENT] > 0, f)


@kernel
def forecast(s, days, p, mastery, f, n):
    """Probability of a right answer to every item, and recall, after so many days without a lesson."""
    skills, per = n[N_SKILLS], n[PER_MEMORY]
    for i in range(days.shape[0]):
        then = s[i, CLOCK] + days[i]
        ended = (_block(then, f[BLOCK_DAYS]) - int(s[i, BLOCK])) * n[RECENT]
        for k in range(skills):
            at = MEMORY + k * per
            level = s[i, at + LEVEL]
            if ended > 0:
                level = _aged(s, i, at, per - PARTS, ended, f)
            logits = s[i, ABILITY] + level - s[i, at + HARD]
            mastery[i, k] = _recall(then - s[i, at + LAST], logits, s[i, SCALE], s[i, at + LASTING])
    answers(mastery, p, n)


@kernel
def expected_gain(s, out, f, n):
    """Expected change of the sum of recall by every item: its skills are studied, all others fade meanwhile."""
    skills, width, lengths, per, recent = n[N_SKILLS], n[WIDTH], n[LENGTHS], n[PER_MEMORY], n[RECENT]
    blocks, table = per - PARTS, f.shape[0] - n[LENGTHS]
    now, fade, later = np.empty(skills), np.empty(lengths), np.empty((lengths, skills))
    ends = np.zeros(lengths, np.int64)  # recent blocks that a lesson of this length ends
    for i in range(out.shape[0]):
        clock, scale, block = s[i, CLOCK], s[i, SCALE], int(s[i, BLOCK])
        fade[:] = 0.0
        for length in range(lengths):
            ends[length] = (_block(clock + f[table + length], f[BLOCK_DAYS]) - block) * recent
        for k in range(skills):
            at = MEMORY + k * per
            gap, ease, decay = clock - s[i, at + LAST], s[i, ABILITY] - s[i, at + HARD], s[i, at + LASTING]
            now[k] = _recall(gap, ease + s[i, at + LEVEL], scale, decay)
            for length in range(lengths):
                level = s[i, at + LEVEL]
                if ends[length] > 0:
                    level = _aged(s, i, at, blocks, ends[length], f)
                later[length, k] = _recall(gap + f[table + length], ease + level, scale, decay)
                fade[length] += later[length, k] - now[k]
        for j in range(out.shape[1]):
            item, first = WEIGHTS + blocks + j * PER_ITEM, HEADER + j * width
            asks, length = f[item + ASKS] > 0.0, int(f[item + LENGTH])
            total, after, ended = fade[length], f[table + length], ends[length]
            weight = f[WEIGHTS + (min(ended, blocks - 1) if recent > 0 else max(blocks - 1 - block, 0))]
            for slot in range(first, first + width):
                k = n[slot]
                if k < 0:
                    break
                at = MEMORY + k * per
                tries, rights, decay = s[i, at + TRIES], s[i, at + RIGHTS], s[i, at + LASTING]
                level = _aged(s, i, at, blocks, ended, f) if ended > 0 else s[i, at + LEVEL]
                level += s[i, ABILITY] - s[i, at + HARD]
                studied = _recall(after, level + weight * _more(tries, 1.0, rights, 0.0), scale, decay)
                total += studied - later[length, k]
                if asks:
                    good = _recall(after, level + weight * _more(tries, 1.0, rights, 1.0), scale, decay)
                    total += now[k] * (good - studied)
            out[i, j] = total
