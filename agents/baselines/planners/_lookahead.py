"""Kernels of the planners. What they try lessons on, and what ``f`` and ``n`` hold: ``envs/beliefs/simulation``."""

from __future__ import annotations

import numpy as np

from ....envs.beliefs.simulation import (
    ASKS,
    BELIEF,
    ITEMS,
    LESSONS,
    PER_ITEM,
    chance,
    copy,
    gain_of,
    practise,
    teach,
)
from ....students.draws import mix, uniform
from ....students.jit import inline, kernel
from ..item_rule import first_allowed
from .believed import (
    ANY_ITEM,
    BY_MINUTE,
    COST,
    READY_ITEM,
    ROWS,
    SPEND,
    appraise,
    appraise_again,
    best_skill,
    row_of,
    rows_of,
)

MARGIN = 1e-12  # what another item must be better by: less is rounding
OVER = 1e-3  # lessons or minutes: less is nothing left of the budget
_TO_WHOLE = 9007199254740992.0  # 2^53


@inline
def _begin(mind, seen, allowed, f, n):
    """A student's mind now."""
    for k in range(mind.shape[1]):
        mind[BELIEF, k], mind[LESSONS, k] = seen[0, k], seen[1, k]
        for row in range(2, seen.shape[0]):  # what is ready and open
            mind[ROWS + row - 2, k] = seen[row, k]
    appraise(mind, allowed, f, n)


@inline
def _shortlist(mind, used, chosen):
    """The best item of each of the most promising skills, the best first; how many there are."""
    row = row_of(mind)
    for k in range(used.shape[0]):
        used[k] = False
    for place in range(chosen.shape[0]):
        k = best_skill(mind, row, used)
        if k < 0:
            return place
        chosen[place], used[k] = np.int64(mind[READY_ITEM + row, k]), True
    return chosen.shape[0]


@inline
def _price(mind, m, f, n):
    """What a minute is worth now: the best item's gain per cost where gains are counted per minute, else nothing."""
    return gain_of(mind, m, f, n) / f[ITEMS + m * PER_ITEM + COST] if f[BY_MINUTE] > 0.0 else 0.0


@inline
def _worth(mind, m, price, f, n):
    """What a lesson is expected to add, less its price."""
    return gain_of(mind, m, f, n) - price * f[ITEMS + m * PER_ITEM + COST]


@kernel
def expectimax(minds, masks, left, depth, width, f, n, out):
    """The tree of every student, depth first; every level keeps its mind, its candidates and how far it has come."""
    k_all = minds.shape[2]
    mind, used = np.empty((depth + 1, rows_of(minds.shape[1]), k_all)), np.empty(k_all, np.bool_)
    chosen, found = np.empty((depth, width), np.int64), np.zeros(depth, np.int64)
    at, turn = np.zeros(depth, np.int64), np.zeros(depth, np.int64)
    value, best, right, budget = np.zeros(depth), np.zeros(depth + 1), np.zeros(depth), np.zeros(depth + 1)
    for i in range(minds.shape[0]):
        allowed, budget[0] = masks[i], left[i]
        _begin(mind[0], minds[i], allowed, f, n)
        level, opening, price, choice = 0, True, 0.0, -1
        while True:
            if opening:
                found[level] = _shortlist(mind[level], used, chosen[level])
                if level == 0 and found[0] > 0:
                    price = _price(mind[0], chosen[0, 0], f, n)
                at[level], turn[level], best[level], opening = 0, 0, -np.inf, False
            if at[level] == found[level]:  # this node is done: back to the lesson that led to it
                if level == 0:
                    break
                level -= 1
                value[level] += (right[level] if turn[level] == 2 else 1.0 - right[level]) * best[level + 1]
            m, below = chosen[level, at[level]], level + 1
            budget[below] = budget[level] - f[ITEMS + m * PER_ITEM + SPEND]
            goes_on = below < depth and budget[below] > OVER
            if turn[level] == 0:
                value[level] = _worth(mind[level], m, price, f, n)
                right[level] = chance(mind[level], mind[below], m, f, n) if goes_on else 0.0
            if goes_on and (turn[level] == 0 or (turn[level] == 1 and n[n[ASKS] + m] > 0)):
                copy(mind[level], mind[below])
                teach(mind[below], m, turn[level] == 1, f, n)
                appraise_again(mind[below], m, allowed, f, n)
                turn[level] += 1
                level, opening = below, True
                continue
            if value[level] > best[level] + MARGIN:
                best[level] = value[level]
                choice = m if level == 0 else choice
            at[level] += 1
            turn[level] = 0
        out[i] = choice if choice >= 0 else first_allowed(allowed)


@inline
def _key(u):
    """A key for all the luck of one student's lesson."""
    return mix(np.uint64(u * _TO_WHOLE))


@kernel
def monte_carlo(minds, masks, left, u, numbers, f, n, out):
    """Each candidate played through with the same luck."""
    simulations, horizon, width, k_all = numbers[0], numbers[1], numbers[2], minds.shape[2]
    shape = rows_of(minds.shape[1]), k_all
    now, mind, scratch = np.empty(shape), np.empty(shape), np.empty(shape)
    used, nobody, chosen = np.empty(k_all, np.bool_), np.zeros(k_all, np.bool_), np.empty(width, np.int64)
    for i in range(minds.shape[0]):
        allowed = masks[i]
        _begin(now, minds[i], allowed, f, n)
        found = _shortlist(now, used, chosen)
        price = _price(now, chosen[0], f, n) if found > 0 else 0.0
        key, most, out[i] = _key(u[i, 0]), -np.inf, first_allowed(allowed)
        for place in range(found):
            total = 0.0
            for simulation in range(simulations):
                copy(now, mind)
                budget, m = left[i], chosen[place]
                for lesson in range(horizon):
                    total += _worth(mind, m, price, f, n)
                    budget -= f[ITEMS + m * PER_ITEM + SPEND]
                    if budget <= OVER or lesson == horizon - 1:
                        break
                    right = uniform(key, simulation, lesson) < chance(mind, scratch, m, f, n)
                    teach(mind, m, right, f, n)
                    appraise_again(mind, m, allowed, f, n)
                    row = row_of(mind)
                    m = np.int64(mind[READY_ITEM + row, best_skill(mind, row, nobody)])
            if total > most + MARGIN * simulations:
                most, out[i] = total, chosen[place]


@inline
def _value_of(sequence, mind, allowed, left, price, f, n):
    """What a sequence of skills is expected to add without looking at answers; ``mind`` is taught by it."""
    total, budget = 0.0, left
    for lesson in range(sequence.shape[0]):
        k = sequence[lesson]
        ready = mind[READY_ITEM, k] >= 0.0 or lesson == 0
        m = np.int64(mind[READY_ITEM, k] if mind[READY_ITEM, k] >= 0.0 else mind[ANY_ITEM, k])
        if m < 0:
            continue
        total -= price * f[ITEMS + m * PER_ITEM + COST]
        if ready:
            total += gain_of(mind, m, f, n)
            practise(mind, m, f, n)
            appraise_again(mind, m, allowed, f, n)
        budget -= f[ITEMS + m * PER_ITEM + SPEND]
        if budget <= OVER:
            break
    return total


@inline
def _greedy_sequence(sequence, mind, nobody, allowed, f, n):
    """The skills that greedy expects to teach, one a lesson; ``mind`` is taught by it."""
    for lesson in range(sequence.shape[0]):
        row = row_of(mind)
        k = best_skill(mind, row, nobody)
        m = np.int64(mind[READY_ITEM + row, k])
        sequence[lesson] = k
        practise(mind, m, f, n)
        appraise_again(mind, m, allowed, f, n)


@inline
def _draw_sequence(key, number, shares, sequence):
    """One skill a lesson, by the lesson's distribution (cumulative, (H, K))."""
    for lesson in range(sequence.shape[0]):
        u, k = uniform(key, number, lesson), 0
        while k < shares.shape[1] - 1 and u >= shares[lesson, k]:
            k += 1
        sequence[lesson] = k


@inline
def _towards_elite(weights, sequences, values, elite, smoothing):
    """Move the distributions towards the skills of the best sequences; ``values`` is used up."""
    for lesson in range(weights.shape[0]):
        for k in range(weights.shape[1]):
            weights[lesson, k] *= 1.0 - smoothing
    for _ in range(elite):
        best = 0
        for s in range(values.shape[0]):
            if values[s] > values[best]:
                best = s
        values[best] = -np.inf
        for lesson in range(weights.shape[0]):
            weights[lesson, sequences[best, lesson]] += smoothing / elite


@inline
def _add_up(weights, shares):
    """The cumulative distributions."""
    for lesson in range(weights.shape[0]):
        total = 0.0
        for k in range(weights.shape[1]):
            total += weights[lesson, k]
            shares[lesson, k] = total


@inline
def _uniform_weights(now, row, weights):
    """Every skill alike; in the first lesson only those that are considered now."""
    considered = 0.0
    for k in range(weights.shape[1]):
        considered += 1.0 if now[READY_ITEM + row, k] >= 0.0 else 0.0
    for k in range(weights.shape[1]):
        weights[0, k] = 1.0 / considered if now[READY_ITEM + row, k] >= 0.0 else 0.0
        for lesson in range(1, weights.shape[0]):
            weights[lesson, k] = 1.0 / weights.shape[1]


@kernel
def cross_entropy(minds, masks, left, u, numbers, smoothing, f, n, out):
    """Rounds of drawing sequences and moving towards the best of them."""
    horizon, samples, elite, rounds, k_all = numbers[0], numbers[1], numbers[2], numbers[3], minds.shape[2]
    shape = rows_of(minds.shape[1]), k_all
    now, mind, nobody = np.empty(shape), np.empty(shape), np.zeros(k_all, np.bool_)
    weights, shares = np.empty((horizon, k_all)), np.empty((horizon, k_all))
    sequences, values = np.empty((samples, horizon), np.int64), np.empty(samples)
    for i in range(minds.shape[0]):
        allowed = masks[i]
        _begin(now, minds[i], allowed, f, n)
        row = row_of(now)
        greedy = best_skill(now, row, nobody)
        if greedy < 0:
            out[i] = first_allowed(allowed)
            continue
        out[i] = np.int64(now[READY_ITEM + row, greedy])
        price, key, most = _price(now, out[i], f, n), _key(u[i, 0]), -np.inf
        _uniform_weights(now, row, weights)
        for turn in range(rounds):
            _add_up(weights, shares)
            for s in range(samples):
                if turn == 0 and s == 0:
                    copy(now, mind)
                    _greedy_sequence(sequences[0], mind, nobody, allowed, f, n)
                else:
                    _draw_sequence(key, turn * samples + s, shares, sequences[s])
                copy(now, mind)
                values[s] = _value_of(sequences[s], mind, allowed, left[i], price, f, n)
                first = np.int64(now[READY_ITEM + row, sequences[s, 0]])
                if values[s] > most + MARGIN and first >= 0:
                    most, out[i] = values[s], first
            _towards_elite(weights, sequences, values, elite, smoothing)
