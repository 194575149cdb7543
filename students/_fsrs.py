"""Kernels of the FSRS students: batches over rows of one (N, W) float64 state and two packed parameter arrays.

A student's row: group, multiplier on the odds of knowing a new fact, clock (days), the 21 weights in the numbering of
FSRS-6, four numbers that follow from them, then stability (K, days; 0: never met), difficulty (K) and the clock at the
last review (K). Earlier versions of FSRS are the same equations with some weights fixed and three switches, so no
kernel asks which version it runs.
"""

from __future__ import annotations

import math

from .jit import inline, kernel

PRIOR, CLOCK, WEIGHTS = 1, 2, 3  # columns of the state
N_WEIGHTS = 21
GROWTH, FACTOR, CAP, TARGET, SKILLS = range(WEIGHTS + N_WEIGHTS, WEIGHTS + N_WEIGHTS + 5)

HARD, EASY, WHOLE_DAYS, LINEAR, SAME_DAY, FLOORED, CONSTANTS = range(7)
MINUTES, ASKS, DURATION, PER_ITEM = range(4)  # DURATION: index into the distinct lengths of items
PRIOR_ODDS, PER_SKILL = range(2)

N_SKILLS, N_ITEMS, WIDTH, _PARENTS, HEADER = range(5)  # of the integers: K, M, S skills per item

AGAIN, HARD_RATING, GOOD, EASY_RATING = 1, 2, 3, 4
S_MIN, S_MAX = 0.001, 36500.0  # days
D_MIN, D_MAX = 1.0, 10.0
MINUTES_PER_DAY = 1440.0
INSTANT = 1e-6  # days (a tenth of a second): a sum of days that misses a whole number by rounding is that number
NINETY = 0.9  # recall when as many days have passed as the stability says: the definition of stability


@inline
def _recall(days, stability, factor, decay):
    """R(t, S) of a met skill."""
    return (1.0 + factor * days / stability) ** -decay


@inline
def _passed(days, whole):
    """Days as the forgetting curve counts them."""
    return math.floor(days + INSTANT) if whole > 0.0 else days


@inline
def _first_difficulty(w4, w5, rating, linear):
    """D0(G), not yet held to [1, 10]."""
    if linear > 0.0:
        return w4 - w5 * (rating - 3.0)
    return w4 - math.exp(w5 * (rating - 1.0)) + 1.0


@inline
def _stability(s, i, stability, difficulty, rating, days, recall, f):
    """S after a review: the first one, one on the same day, a lapse, or a success."""
    if stability <= 0.0:
        new = s[i, WEIGHTS + rating - 1]
    elif (days < 1.0 - INSTANT) & (f[SAME_DAY] > 0.0):
        increase = math.exp(s[i, WEIGHTS + 17] * (rating - 3.0 + s[i, WEIGHTS + 18])) * stability ** -s[i, WEIGHTS + 19]
        if (f[FLOORED] > 0.0) & (rating >= HARD_RATING):
            increase = max(increase, 1.0)
        new = stability * increase
    elif rating == AGAIN:
        new = s[i, WEIGHTS + 11] * difficulty ** -s[i, WEIGHTS + 12] * math.exp(s[i, WEIGHTS + 14] * (1.0 - recall))
        new *= (stability + 1.0) ** s[i, WEIGHTS + 13] - 1.0
        new = min(new, stability * s[i, CAP])
    else:
        bonus = 1.0
        if rating == HARD_RATING:
            bonus = s[i, WEIGHTS + 15]
        elif rating == EASY_RATING:
            bonus = s[i, WEIGHTS + 16]
        due = math.exp(s[i, WEIGHTS + 10] * (1.0 - recall)) - 1.0
        rise = s[i, GROWTH] * (11.0 - difficulty) * stability ** -s[i, WEIGHTS + 9] * due * bonus
        new = stability * (1.0 + rise)
    return min(max(new, S_MIN), S_MAX)


@inline
def _difficulty(s, i, stability, difficulty, rating, f):
    """D after a review; ``stability`` before it, 0 if it was the first."""
    if stability <= 0.0:
        new = _first_difficulty(s[i, WEIGHTS + 4], s[i, WEIGHTS + 5], rating, f[LINEAR])
    else:
        change = -s[i, WEIGHTS + 6] * (rating - 3.0)
        if f[LINEAR] <= 0.0:
            change *= (D_MAX - difficulty) / 9.0
        back = s[i, WEIGHTS + 7]
        new = back * s[i, TARGET] + (1.0 - back) * (difficulty + change)
    return min(max(new, D_MIN), D_MAX)


@inline
def _review(s, i, k, skills, rating, days, recall, f):
    """Write a rating into one memory, at the student's clock."""
    at = SKILLS + k
    stability, difficulty = s[i, at], s[i, at + skills]
    s[i, at] = _stability(s, i, stability, difficulty, rating, days, recall, f)
    s[i, at + skills] = _difficulty(s, i, stability, difficulty, rating, f)
    s[i, at + 2 * skills] = s[i, CLOCK]


@inline
def _drawn(draw, p, hard, easy):
    """The rating that a uniform draw means: luck runs from easy over good and hard to again."""
    if draw >= p:
        return AGAIN
    share = draw / p
    if share < easy:
        return EASY_RATING
    return GOOD if share < 1.0 - hard else HARD_RATING


@kernel
def reset(s, rows, deviates, normals, people, f, n):
    """Fresh students who have met nothing. ``people`` (4, 21): medians, spreads and bounds of the weights."""
    for r in range(rows.shape[0]):
        i = rows[r]
        s[i, PRIOR] = math.exp(deviates[r, 0])
        s[i, CLOCK] = 0.0
        for j in range(N_WEIGHTS):
            moved = people[0, j]
            if j < 4:
                moved *= math.exp(people[1, j] * normals[r, 0])
            else:
                moved += people[1, j] * normals[r, j - 3]
            s[i, WEIGHTS + j] = min(max(moved, people[2, j]), people[3, j])
        if people[1, 0] > 0.0:  # a better first rating never starts a weaker memory: few students need this
            for j in range(1, 4):
                for at in range(WEIGHTS + j, WEIGHTS, -1):
                    low, high = min(s[i, at - 1], s[i, at]), max(s[i, at - 1], s[i, at])
                    s[i, at - 1], s[i, at] = low, high
        w4, w5, w20 = s[i, WEIGHTS + 4], s[i, WEIGHTS + 5], s[i, WEIGHTS + 20]
        s[i, GROWTH] = math.exp(s[i, WEIGHTS + 8] + deviates[r, 1])
        s[i, FACTOR] = (NINETY ** (-1.0 / w20) - 1.0) * math.exp(deviates[r, 2])
        s[i, CAP] = math.exp(-s[i, WEIGHTS + 17] * s[i, WEIGHTS + 18])
        s[i, TARGET] = _first_difficulty(w4, w5, 3.0 if f[LINEAR] > 0.0 else 4.0, f[LINEAR])
        for column in range(SKILLS, SKILLS + 3 * n[N_SKILLS]):
            s[i, column] = 0.0


@kernel
def review(s, skills, ratings, f, n):
    """Ratings from outside, one skill each, at the students' clocks."""
    count = n[N_SKILLS]
    for i in range(skills.shape[0]):
        k = skills[i]
        if k < 0:
            continue
        days, recall = s[i, CLOCK] - s[i, SKILLS + 2 * count + k], 0.0
        if s[i, SKILLS + k] > 0.0:
            passed = _passed(days, f[WHOLE_DAYS])
            recall = _recall(passed, s[i, SKILLS + k], s[i, FACTOR], s[i, WEIGHTS + 20])
        _review(s, i, k, count, ratings[i], days, recall, f)


@kernel
def step(s, items, u, out, f, n):
    """Answer, rate, and let the lesson's minutes pass."""
    answered, correct, minutes, rated = out["answered"], out["correct"], out["minutes"], out["rating"]
    skills, width, skill0 = n[N_SKILLS], n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM
    for i in range(items.shape[0]):
        j = items[i]
        if j < 0:
            answered[i] = False
            correct[i] = False
            minutes[i] = 0.0
            rated[i] = 0
            continue
        item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
        asks, worst = f[item + ASKS] > 0.0, EASY_RATING
        for slot in range(width):
            k = n[first + slot]
            if k < 0:
                break
            stability, days = s[i, SKILLS + k], s[i, CLOCK] - s[i, SKILLS + 2 * skills + k]
            if stability > 0.0:
                p = _recall(_passed(days, f[WHOLE_DAYS]), stability, s[i, FACTOR], s[i, WEIGHTS + 20])
            else:
                o = f[skill0 + k * PER_SKILL + PRIOR_ODDS] * s[i, PRIOR]
                p = o / (1.0 + o)
            if asks:
                rating = _drawn(u[i, slot], p, f[HARD], f[EASY])
                worst = min(worst, rating)
                _review(s, i, k, skills, rating, days, p, f)
            elif stability <= 0.0:
                _review(s, i, k, skills, AGAIN, days, p, f)
            else:
                s[i, SKILLS + 2 * skills + k] = s[i, CLOCK]
        answered[i] = asks
        correct[i] = asks & (worst > AGAIN)
        rated[i] = worst if asks else 0
        minutes[i] = f[item + MINUTES]
        s[i, CLOCK] += f[item + MINUTES] / MINUTES_PER_DAY


@kernel
def elapse(s, days):
    """Time passes."""
    for i in range(days.shape[0]):
        s[i, CLOCK] += days[i]


@kernel
def recall(s, days, unmet, out, f, n):
    """(N, K) recall after some days; of a skill never met: what was known before, times ``unmet`` (0 or 1)."""
    skills, skill0 = n[N_SKILLS], CONSTANTS + n[N_ITEMS] * PER_ITEM
    for i in range(out.shape[0]):
        now, factor, decay = s[i, CLOCK] + days[i], s[i, FACTOR], s[i, WEIGHTS + 20]
        for k in range(skills):
            stability = s[i, SKILLS + k]
            if stability > 0.0:
                passed = _passed(now - s[i, SKILLS + 2 * skills + k], f[WHOLE_DAYS])
                out[i, k] = _recall(passed, stability, factor, decay)
            else:
                o = f[skill0 + k * PER_SKILL + PRIOR_ODDS] * s[i, PRIOR]
                out[i, k] = unmet * o / (1.0 + o)


@kernel
def mastery_sum(s, out, f, n):
    """Sum of recall over the skills."""
    skills, skill0 = n[N_SKILLS], CONSTANTS + n[N_ITEMS] * PER_ITEM
    for i in range(out.shape[0]):
        now, factor, decay, total = s[i, CLOCK], s[i, FACTOR], s[i, WEIGHTS + 20], 0.0
        for k in range(skills):
            stability = s[i, SKILLS + k]
            if stability > 0.0:
                passed = _passed(now - s[i, SKILLS + 2 * skills + k], f[WHOLE_DAYS])
                total += _recall(passed, stability, factor, decay)
            else:
                o = f[skill0 + k * PER_SKILL + PRIOR_ODDS] * s[i, PRIOR]
                total += o / (1.0 + o)
        out[i] = total


@kernel
def p_all(recall, out, n):
    """Probability of a right answer to every item: all of its skills are recalled."""
    width = n[WIDTH]
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            p = 1.0
            for slot in range(HEADER + j * width, HEADER + j * width + width):
                if n[slot] < 0:
                    break
                p *= recall[i, n[slot]]
            out[i, j] = p


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none)."""
    skills, width, skill0 = n[N_SKILLS], n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM
    for i in range(out.shape[0]):
        j, p = items[i], 1.0
        first = HEADER + j * width
        for slot in range(first, first + width if j >= 0 else first):
            k = n[slot]
            if k < 0:
                break
            stability = s[i, SKILLS + k]
            if stability > 0.0:
                passed = _passed(s[i, CLOCK] - s[i, SKILLS + 2 * skills + k], f[WHOLE_DAYS])
                p *= _recall(passed, stability, s[i, FACTOR], s[i, WEIGHTS + 20])
            else:
                o = f[skill0 + k * PER_SKILL + PRIOR_ODDS] * s[i, PRIOR]
                p *= o / (1.0 + o)
        out[i] = p if j >= 0 else 0.0


@inline
def _taught(s, i, k, skills, now, later, tested, f):
    """Expected recall of a skill ``later`` days after a lesson on it; ``now``: recall at the lesson."""
    stability, difficulty = s[i, SKILLS + k], s[i, SKILLS + skills + k]
    days = s[i, CLOCK] - s[i, SKILLS + 2 * skills + k]
    passed, factor, decay = _passed(later, f[WHOLE_DAYS]), s[i, FACTOR], s[i, WEIGHTS + 20]
    if not tested:
        if stability <= 0.0:
            stability = _stability(s, i, stability, difficulty, AGAIN, days, now, f)
        return _recall(passed, stability, factor, decay)
    total = 0.0
    for rating in range(AGAIN, EASY_RATING + 1):
        if rating == AGAIN:
            chance = 1.0 - now
        elif rating == HARD_RATING:
            chance = now * f[HARD]
        elif rating == GOOD:
            chance = now * (1.0 - f[HARD] - f[EASY])
        else:
            chance = now * f[EASY]
        new = _stability(s, i, stability, difficulty, rating, days, now, f)
        total += chance * _recall(passed, new, factor, decay)
    return total


@kernel
def expected_gain(s, now, lengths, untaught, out, f, n):
    """Expected change of the sum of recall by each item, the forgetting during its minutes included.

    ``now`` (N, K) recall; ``lengths`` (G,) the distinct lengths of items in days; ``untaught`` (G, K) is scratch: what
    every skill would lose in that time.
    """
    skills, width = n[N_SKILLS], n[WIDTH]
    for i in range(out.shape[0]):
        for g in range(lengths.shape[0]):
            for k in range(skills):
                change = 0.0
                if s[i, SKILLS + k] > 0.0:
                    days = s[i, CLOCK] + lengths[g] - s[i, SKILLS + 2 * skills + k]
                    passed = _passed(days, f[WHOLE_DAYS])
                    change = _recall(passed, s[i, SKILLS + k], s[i, FACTOR], s[i, WEIGHTS + 20]) - now[i, k]
                untaught[g, k] = change
        for j in range(out.shape[1]):
            item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
            g, tested, total = int(f[item + DURATION]), f[item + ASKS] > 0.0, 0.0
            for k in range(skills):
                total += untaught[g, k]
            for slot in range(first, first + width):
                k = n[slot]
                if k < 0:
                    break
                after = _taught(s, i, k, skills, now[i, k], lengths[g], tested, f)
                total += after - now[i, k] - untaught[g, k]
            out[i, j] = total
