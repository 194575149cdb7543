"""Kernels of the FSRS students: batches over rows of one (N, W) float64 state and two packed parameter arrays.

A student's row: group, multiplier on the odds of knowing a new fact, clock (days), growth and factor (what the traits
move), with people of their own weights a block of weights, then three numbers per skill, side by side because a lesson
needs all of them: stability (days; 0: never met), difficulty, and the clock at the last review.

A block of weights: the 21 in the numbering of FSRS-6 and two numbers that follow from them. It is read from ``own``,
which is either the state itself or one row for everybody, kept at the end of the floats. Earlier versions of FSRS are
the same equations with some weights fixed and three switches, so no kernel asks which version it runs. Powers are
written as exp(a log(b)), which is faster than pow.
"""

from __future__ import annotations

import functools
import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..elementary import exp, log, power
from ..jit import Truth, Whole, inline, kernel, splice
from ..loops import Kernel
from ..packed import HEADER, N_ITEMS, N_SKILLS, WIDTH
from ._facts import answers, elapse_of

Floats: TypeAlias = npt.NDArray[np.float64]
Weights: TypeAlias = tuple[float, ...]
"""A block of weights, by value."""
Rating: TypeAlias = float | np.int64

PRIOR, CLOCK, GROWTH, FACTOR, REST = range(1, 6)  # columns of the state
N_WEIGHTS = 21
CAP, TARGET, BLOCK = range(N_WEIGHTS, N_WEIGHTS + 3)  # of a block of weights, after the weights
STABILITY, DIFFICULTY, LAST, PER_MEMORY = range(4)

HARD, EASY, WHOLE_DAYS, LINEAR, SAME_DAY, FLOORED, CONSTANTS = range(7)
MINUTES, ASKS, LENGTH, PER_ITEM = range(4)  # LENGTH: index into the distinct lengths of items
PRIOR_ODDS, PER_SKILL = range(2)

OWN, MEMORY, LENGTHS = -3, -2, -1
"""The integers end with: 1 if every student has a block of weights, else 0; where the memories begin; G, how many
lengths items have. The floats end with these lengths in days, and with the block of students who are alike."""

AGAIN, HARD_RATING, GOOD, EASY_RATING = 1, 2, 3, 4
S_MIN, S_MAX = 0.001, 36500.0  # days
D_MIN, D_MAX = 1.0, 10.0
MINUTES_PER_DAY = 1440.0
INSTANT = 1e-6  # days (a tenth of a second): a sum of days that misses a whole number by rounding is that number
BATCH = 256  # students who are taught together
# where what their reviews need stands in one array: BATCH of each, so that a compiler sees that they do not overlap
(
    S, D, DAYS, RATE, DECAY, GROW, P, DRAW, ASKED, RATING, LOG_S, LOG_MORE, LOG_D, X, Y, SCALE, LESS_X, LESS_Y, BASE,
    LIMIT, ROOM,
) = range(0, 21 * BATCH, BATCH)  # fmt: skip
LN_NINETY = math.log(0.9)  # recall is .9 when as many days have passed as the stability says: its definition


@inline
def block(own: Floats, i: Whole, at: Whole) -> Weights:
    """A student's block of weights, by value."""
    return (
        own[i, at], own[i, at + 1], own[i, at + 2], own[i, at + 3], own[i, at + 4], own[i, at + 5], own[i, at + 6],
        own[i, at + 7], own[i, at + 8], own[i, at + 9], own[i, at + 10], own[i, at + 11], own[i, at + 12],
        own[i, at + 13], own[i, at + 14], own[i, at + 15], own[i, at + 16], own[i, at + 17], own[i, at + 18],
        own[i, at + 19], own[i, at + 20], own[i, at + CAP], own[i, at + TARGET],
    )  # fmt: skip


@splice
def _weights(s, f, n):
    """Where blocks of weights stand, as ``own`` is read: student i's in row ``i n[OWN]`` from column ``n[OWN] REST``.

    Not ``inline``: it makes an array.
    """
    return s if n[OWN] > 0 else f[f.shape[0] - BLOCK :].reshape((1, BLOCK))


@inline
def _recall(days, stability, factor, decay, whole):
    """R(t, S) of a met skill; t in whole days if asked for."""
    if whole:
        days = math.floor(days + INSTANT)
    x = 1.0 + factor * max(days, 0.0) / stability
    if decay == 0.5:  # versions 4.5 and 5: a root is faster
        return 1.0 / math.sqrt(x)
    return math.exp(-decay * math.log(x))


@inline
def _first_difficulty(w4, w5, rating, linear):
    """D0(G), not yet held to [1, 10]."""
    return w4 - w5 * (rating - 3.0) if linear else w4 - exp(w5 * (rating - 1.0)) + 1.0


@inline
def stability_after(
    w: Weights, growth: float, stability: float, difficulty: float, rating: Rating, days: float, recall: float,
    same_day: Truth, floored: Truth,
) -> float:  # fmt: skip
    """S after a review: the first one, one on the same day, a lapse, or a success."""
    if stability <= 0.0:
        new = w[0] if rating == AGAIN else w[1] if rating == HARD_RATING else w[2] if rating == GOOD else w[3]
        return min(max(new, S_MIN), S_MAX)
    size = math.log(stability)
    if same_day & (days < 1.0 - INSTANT):
        rise = w[17] * (rating - 3.0 + w[18]) - w[19] * size
        if floored & (rating >= HARD_RATING):
            rise = max(rise, 0.0)
        new = stability * math.exp(rise)
    elif rating == AGAIN:
        new = w[11] * math.exp(w[14] * (1.0 - recall) - w[12] * math.log(difficulty))
        new *= math.exp(w[13] * math.log(stability + 1.0)) - 1.0
        new = min(new, stability * w[CAP])
    else:
        bonus = 1.0 + (rating == HARD_RATING) * (w[15] - 1.0) + (rating == EASY_RATING) * (w[16] - 1.0)
        due = math.exp(w[10] * (1.0 - recall)) - 1.0
        new = stability * (1.0 + growth * (11.0 - difficulty) * math.exp(-w[9] * size) * due * bonus)
    return min(max(new, S_MIN), S_MAX)


@inline
def difficulty_after(w: Weights, stability: float, difficulty: float, rating: Rating, linear: Truth) -> float:
    """D after a review; ``stability`` before it, 0 if it was the first."""
    first, damping = _first_difficulty(w[4], w[5], rating, linear), 1.0 if linear else (D_MAX - difficulty) / 9.0
    new = w[7] * w[TARGET] + (1.0 - w[7]) * (difficulty - w[6] * (rating - 3.0) * damping)
    return min(max(first if stability <= 0.0 else new, D_MIN), D_MAX)


@inline
def _known(odds, prior):
    """Recall of a skill never met."""
    return odds * prior / (1.0 + odds * prior)


@inline
def _recall_of(s, i, at, now, factor, decay, whole, odds):
    """Recall of the skill whose memory begins at a column, at this time; of one never met: what was known before."""
    if s[i, at] > 0.0:
        return _recall(now - s[i, at + LAST], s[i, at], factor, decay, whole)
    return _known(odds, s[i, PRIOR])


@inline
def _drawn(draw, p, hard, easy):
    """The rating that a uniform draw means: luck runs from easy over good and hard to again."""
    good = 2.0 if draw < p else 1.0
    good = 3.0 if draw < p * (1.0 - hard) else good
    return 4.0 if draw < p * easy else good


@kernel
def reset(s, rows, deviates, normals, people, f, n):
    """Fresh students who have met nothing. ``people`` (4, 21): medians, spreads and bounds of the weights."""
    own, memory = n[OWN] > 0, n[MEMORY]
    for r in range(rows.shape[0]):
        i = rows[r]
        w8, w20 = people[0, 8], people[0, 20]
        if own:
            for j in range(N_WEIGHTS):
                if j < 4:
                    moved = people[0, j] * math.exp(people[1, j] * normals[r, 0])
                else:
                    moved = people[0, j] + people[1, j] * normals[r, j - 3]
                s[i, REST + j] = min(max(moved, people[2, j]), people[3, j])
            for j in range(1, 4):  # a better first rating never starts a weaker memory: few students need this
                for at in range(REST + j, REST, -1):
                    low, high = min(s[i, at - 1], s[i, at]), max(s[i, at - 1], s[i, at])
                    s[i, at - 1] = low
                    s[i, at] = high
            w8, w20 = s[i, REST + 8], s[i, REST + 20]
            s[i, REST + CAP] = math.exp(-s[i, REST + 17] * s[i, REST + 18])
            s[i, REST + TARGET] = _first_difficulty(s[i, REST + 4], s[i, REST + 5], EASY_RATING, False)
        s[i, PRIOR] = math.exp(deviates[r, 0])
        s[i, CLOCK] = 0.0
        s[i, GROWTH] = math.exp(w8 + deviates[r, 1])
        s[i, FACTOR] = (math.exp(-LN_NINETY / w20) - 1.0) * math.exp(deviates[r, 2])
        for column in range(memory, memory + PER_MEMORY * n[N_SKILLS]):
            s[i, column] = 0.0


@kernel
def review(s, skills, ratings, f, n):
    """Ratings from outside, one skill each, at the students' clocks."""
    own = _weights(s, f, n)
    whole, linear, same_day, floored = f[WHOLE_DAYS] > 0.0, f[LINEAR] > 0.0, f[SAME_DAY] > 0.0, f[FLOORED] > 0.0
    for i in range(skills.shape[0]):
        if skills[i] < 0:
            continue
        w, at = block(own, i * n[OWN], n[OWN] * REST), n[MEMORY] + PER_MEMORY * skills[i]
        stability, difficulty, days = s[i, at], s[i, at + DIFFICULTY], s[i, CLOCK] - s[i, at + LAST]
        recall = _recall(days, stability, s[i, FACTOR], w[20], whole) if stability > 0.0 else 0.0
        s[i, at] = stability_after(w, s[i, GROWTH], stability, difficulty, ratings[i], days, recall, same_day, floored)
        s[i, at + DIFFICULTY] = difficulty_after(w, stability, difficulty, ratings[i], linear)
        s[i, at + LAST] = s[i, CLOCK]


@inline
def _gather(s, own, items, u, start, end, slot, rows, room, f, n):
    """What one slot of these students' items reviews, side by side; how many reviews there are."""
    memory, width, skill0, count = n[MEMORY], n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM, 0
    step, decay = n[OWN], n[OWN] * REST + 20
    for i in range(start, end):
        j = items[i]
        k = n[HEADER + max(j, 0) * width + slot]
        at, skill, item = (
            memory + PER_MEMORY * max(k, 0),
            skill0 + max(k, 0) * PER_SKILL,
            CONSTANTS + max(j, 0) * PER_ITEM,
        )
        rows[count] = i
        room[S + count], room[D + count] = s[i, at], s[i, at + DIFFICULTY]
        room[DAYS + count] = s[i, CLOCK] - s[i, at + LAST]
        room[RATE + count], room[DECAY + count], room[GROW + count] = s[i, FACTOR], own[i * step, decay], s[i, GROWTH]
        room[P + count] = f[skill + PRIOR_ODDS] * s[i, PRIOR]
        room[DRAW + count] = u[i, slot]
        room[ASKED + count] = f[item + ASKS]
        count += int((j >= 0) & (k >= 0))  # the next one writes over what is no review
    return count


@kernel
def _logarithms(room, count, whole):
    """Recall, and the logarithms that a review may need: of stability, of one more than it, of difficulty.

    It is called: inlined, it costs a tenth of a lesson of students with weights of their own.
    """
    for t in range(count):
        stability, days, odds = max(room[S + t], S_MIN), room[DAYS + t], room[P + t]
        passed = np.floor(days + INSTANT) if whole else days
        recall = power(1.0 + room[RATE + t] * max(passed, 0.0) / stability, room[DECAY + t])
        room[P + t] = recall if room[S + t] > 0.0 else odds / (1.0 + odds)
    for t in range(count):
        stability = max(room[S + t], S_MIN)
        room[LOG_S + t] = log(stability)
        room[LOG_MORE + t] = log(stability + 1.0)
        room[LOG_D + t] = log(max(room[D + t], D_MIN))


@inline
def _growth(w, growth, stability, difficulty, rating, days, recall, log_s, log_more, log_d, same_day, floored):
    """Stability after a review as six numbers: ``scale (e^x - less_x) (e^y - less_y) + base``, and its limit."""
    first = w[0] if rating == AGAIN else w[1] if rating == HARD_RATING else w[2] if rating == GOOD else w[3]
    unmet, again = stability <= 0.0, rating == AGAIN
    soon = same_day & (days < 1.0 - INSTANT)
    lapse = again & (not soon)
    success = (not again) & (not soon)
    bonus = 1.0 + (rating == HARD_RATING) * (w[15] - 1.0) + (rating == EASY_RATING) * (w[16] - 1.0)
    rise = w[17] * (rating - 3.0 + w[18]) - w[19] * log_s
    rise = max(rise, 0.0) if floored & (rating >= HARD_RATING) else rise
    forgotten = 1.0 - recall
    x = rise if soon else (w[14] * forgotten - w[12] * log_d if again else w[10] * forgotten)
    y = 0.0 if soon else (w[13] * log_more if again else -w[9] * log_s)
    scale = stability if soon else (w[11] if again else stability * growth * (11.0 - difficulty) * bonus)
    scale = 0.0 if unmet else scale
    less_x, less_y = 1.0 if success else 0.0, 1.0 if lapse else 0.0
    base = first if unmet else (stability if success else 0.0)
    limit = stability * w[CAP] if lapse & (not unmet) else S_MAX
    return x, y, scale, less_x, less_y, base, limit


@inline
def _stabilities(room, count):
    """Stability after the reviews, in place of the one before."""
    for t in range(count):
        grown = room[SCALE + t] * (exp(room[X + t]) - room[LESS_X + t]) * (exp(room[Y + t]) - room[LESS_Y + t])
        room[S + t] = min(max(min(grown + room[BASE + t], room[LIMIT + t]), S_MIN), S_MAX)


@functools.cache
def step_for(each: bool) -> Kernel:
    """The kernel of a lesson, compiled for students with weights of their own or for students who are alike."""

    @kernel
    def step(s, items, u, out, f, n):
        """Answer, rate, and let the lesson's minutes pass.

        Batch by batch, and one skill of every item at a time: first what the reviews need is gathered side by side,
        then they are computed without a branch, eight at a time where all students are alike.
        """
        own = _weights(s, f, n)
        answered, correct, minutes, rated = out["answered"], out["correct"], out["minutes"], out["rating"]
        memory, width, hard, easy = n[MEMORY], n[WIDTH], f[HARD], f[EASY]
        whole, linear, same_day, floored = f[WHOLE_DAYS] > 0.0, f[LINEAR] > 0.0, f[SAME_DAY] > 0.0, f[FLOORED] > 0.0
        room, rows, worst = np.empty(ROOM), np.empty(BATCH, np.int64), np.empty(BATCH)
        for start in range(0, items.shape[0], BATCH):
            end = min(start + BATCH, items.shape[0])
            worst[:] = EASY_RATING
            w = block(own, start * n[OWN], n[OWN] * REST)
            for slot in range(width):
                count = _gather(s, own, items, u, start, end, slot, rows, room, f, n)
                _logarithms(room, count, whole)
                for t in range(count):
                    if each:
                        w = block(own, rows[t], REST)
                    asks, p, stability, difficulty = room[ASKED + t] > 0.0, room[P + t], room[S + t], room[D + t]
                    rating = _drawn(room[DRAW + t], p, hard, easy) if asks else 1.0
                    x, y, scale, less_x, less_y, base, limit = _growth(
                        w, room[GROW + t], stability, difficulty, rating, room[DAYS + t], p,
                        room[LOG_S + t], room[LOG_MORE + t], room[LOG_D + t], same_day, floored,
                    )  # fmt: skip
                    kept = (not asks) & (stability > 0.0)  # what is known already, an example only refreshes
                    room[RATING + t] = rating
                    room[X + t], room[Y + t], room[SCALE + t] = x, y, 0.0 if kept else scale
                    room[LESS_X + t], room[LESS_Y + t] = less_x, less_y
                    room[BASE + t], room[LIMIT + t] = stability if kept else base, S_MAX if kept else limit
                    room[D + t] = difficulty if kept else difficulty_after(w, stability, difficulty, rating, linear)
                _stabilities(room, count)
                for t in range(count):
                    i = rows[t]
                    at = memory + PER_MEMORY * n[HEADER + items[i] * width + slot]
                    s[i, at], s[i, at + DIFFICULTY], s[i, at + LAST] = room[S + t], room[D + t], s[i, CLOCK]
                    worst[i - start] = min(worst[i - start], room[RATING + t])
            for i in range(start, end):
                taught, item = items[i] >= 0, CONSTANTS + max(items[i], 0) * PER_ITEM
                asks, length = taught & (f[item + ASKS] > 0.0), f[item + MINUTES] if taught else 0.0
                answered[i] = asks
                correct[i] = asks & (worst[i - start] > AGAIN)
                rated[i] = int(worst[i - start]) if asks else 0
                minutes[i] = length
                s[i, CLOCK] += length / MINUTES_PER_DAY

    return step


elapse = elapse_of(__name__)


@kernel
def recall(s, days, unmet, out, f, n):
    """(N, K) recall after some days; of a skill never met: what was known before, times ``unmet`` (0 or 1)."""
    own = _weights(s, f, n)
    memory, odds, whole = n[MEMORY], CONSTANTS + n[N_ITEMS] * PER_ITEM + PRIOR_ODDS, f[WHOLE_DAYS] > 0.0
    for i in range(out.shape[0]):
        now, factor, decay = s[i, CLOCK] + days[i], s[i, FACTOR], own[i * n[OWN], n[OWN] * REST + 20]
        for k in range(n[N_SKILLS]):
            at = memory + PER_MEMORY * k
            if s[i, at] > 0.0:
                out[i, k] = _recall(now - s[i, at + LAST], s[i, at], factor, decay, whole)
            else:
                out[i, k] = unmet * _known(f[odds + k * PER_SKILL], s[i, PRIOR])


@kernel
def mastery(s, out, f, n):
    """(N, K) recall now."""
    recall(s, np.zeros(out.shape[0]), 1.0, out, f, n)


@kernel
def forecast(s, days, p, mastery, f, n):
    """Right answers (N, M) and recall (N, K) after so many days without a lesson."""
    recall(s, days, 1.0, mastery, f, n)
    answers(mastery, p, n)


@kernel
def mastery_sum(s, out, f, n):
    """Sum of recall over the skills."""
    own = _weights(s, f, n)
    memory, odds, whole = n[MEMORY], CONSTANTS + n[N_ITEMS] * PER_ITEM + PRIOR_ODDS, f[WHOLE_DAYS] > 0.0
    for i in range(out.shape[0]):
        now, factor, decay, total = s[i, CLOCK], s[i, FACTOR], own[i * n[OWN], n[OWN] * REST + 20], 0.0
        for k in range(n[N_SKILLS]):
            at = memory + PER_MEMORY * k
            total += _recall_of(s, i, at, now, factor, decay, whole, f[odds + k * PER_SKILL])
        out[i] = total


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none)."""
    own = _weights(s, f, n)
    width, odds, whole = n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM + PRIOR_ODDS, f[WHOLE_DAYS] > 0.0
    for i in range(out.shape[0]):
        decay, p = own[i * n[OWN], n[OWN] * REST + 20], 1.0
        first = HEADER + items[i] * width
        for slot in range(first, first + width if items[i] >= 0 else first):
            k = n[slot]
            if k < 0:
                break
            at = n[MEMORY] + PER_MEMORY * k
            p *= _recall_of(s, i, at, s[i, CLOCK], s[i, FACTOR], decay, whole, f[odds + k * PER_SKILL])
        out[i] = p if items[i] >= 0 else 0.0


@inline
def _chance(rating, p, hard, easy):
    """How likely a rating is where recall has the probability ``p``."""
    if rating == AGAIN:
        return 1.0 - p
    return p * (hard if rating == HARD_RATING else easy if rating == EASY_RATING else 1.0 - hard - easy)


@kernel
def expected_gain(s, out, f, n):
    """Expected change of the sum of recall by each item, the forgetting during its minutes included.

    What every skill would lose in a lesson is computed once for each length that items have.
    """
    own, lengths = _weights(s, f, n), f[f.shape[0] - BLOCK - n[LENGTHS] : f.shape[0] - BLOCK]
    now, untaught = np.empty((out.shape[0], n[N_SKILLS])), np.empty((n[LENGTHS], n[N_SKILLS]))
    recall(s, np.zeros(out.shape[0]), 1.0, now, f, n)
    memory, width, hard, easy = n[MEMORY], n[WIDTH], f[HARD], f[EASY]
    whole, same_day, floored = f[WHOLE_DAYS] > 0.0, f[SAME_DAY] > 0.0, f[FLOORED] > 0.0
    for i in range(out.shape[0]):
        w, clock, growth, factor = block(own, i * n[OWN], n[OWN] * REST), s[i, CLOCK], s[i, GROWTH], s[i, FACTOR]
        for g in range(lengths.shape[0]):
            for k in range(n[N_SKILLS]):
                at = memory + PER_MEMORY * k
                untaught[g, k] = 0.0
                if s[i, at] > 0.0:
                    days = clock + lengths[g] - s[i, at + LAST]
                    untaught[g, k] = _recall(days, s[i, at], factor, w[20], whole) - now[i, k]
        for j in range(out.shape[1]):
            item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
            g, asks, total = int(f[item + LENGTH]), f[item + ASKS] > 0.0, 0.0
            for k in range(n[N_SKILLS]):
                total += untaught[g, k]
            for slot in range(first, first + width):
                k = n[slot]
                if k < 0:
                    break
                at, p = memory + PER_MEMORY * k, now[i, k]
                stability, difficulty, days = s[i, at], s[i, at + DIFFICULTY], clock - s[i, at + LAST]
                total -= p + untaught[g, k]
                for rating in range(AGAIN, EASY_RATING + 1):
                    chance, new = 1.0, stability
                    if asks:
                        chance = _chance(rating, p, hard, easy)
                    if asks | (stability <= 0.0):
                        new = stability_after(w, growth, stability, difficulty, rating, days, p, same_day, floored)
                    total += chance * _recall(lengths[g], new, factor, w[20], whole)
                    if not asks:  # what is shown for the first time counts as "again"
                        break
            out[i, j] = total
