"""The kernels of ``ItemFeatures``: what stands once for many pairs is computed once."""

from __future__ import annotations

import numpy as np

from ....students.jit import inline, kernel
from ...lasting import GRID, between

OPEN = 6
"""Where ``columns`` says which column is ``open``; it ends before it where the belief takes skills as independent."""


def of_bugs(bugs):
    """How many numbers an item has in ``right``, behind the levels, where so many bugs are told apart.

    Gains and chances of a right answer, each without a bug and with every one, and at last which part of the gain is
    left where a skill is not open. Where items are problems of several steps, which no belief with bugs takes, the
    shares of their skills stand there instead.
    """
    return 2 * (1 + bugs) + 1 if bugs else 0


@inline
def open_column(columns):
    """The column that says what is open of a skill; -1: a product of beliefs stands for it."""
    return columns[OPEN] if columns.shape[0] > OPEN else -1


@kernel
def open_items(obs, masks, columns, item_rows, ready_at, done_at, allowed, start):
    """Which actions are scored: allowed, prerequisites believed known, not all believed known; else all allowed.

    Of a student for whom nothing is allowed none is, and nothing is looked up.
    """
    belief, ready, n_items = columns[0], columns[1], item_rows.shape[0]
    is_ready, is_done = np.uint8(1), np.uint8(2)
    # the first one is for the -1 of items with fewer skills than others: it changes nothing
    state = np.full(obs.shape[1] + 1, is_ready | is_done, np.uint8)
    # unsigned, or every look asks first whether it counts from the end
    row_of = (item_rows + 1).astype(np.uint64)
    start[0] = 0
    for i in range(obs.shape[0]):
        asked = False
        for a in range(masks.shape[1]):
            asked |= masks[i, a]
        if not asked:
            allowed[i] = False
            start[i + 1] = start[i]
            continue
        for r in range(obs.shape[1]):
            state[r + 1] = is_ready * (obs[i, r, ready] >= ready_at) + is_done * (obs[i, r, belief] >= done_at)
        total = 0
        for a in range(n_items):
            every = state[row_of[a, 0]]
            for s in range(1, item_rows.shape[1]):
                every &= state[row_of[a, s]]
            allowed[i, a] = masks[i, a] & (every == is_ready)
            total += allowed[i, a]
        for a in range(n_items if total else 0, allowed.shape[1]):
            allowed[i, a] = masks[i, a]
            total += allowed[i, a]
        start[i + 1] = start[i] + total


@kernel
def describe(
    obs, allowed, start, first_row, tables, first, action, predicted, place, rows, overall, pooled,
):  # fmt: skip
    """Fill what ``Described`` holds.

    What is predicted of an item is kept from call to call in ``seen`` and ``levels``, with the belief, the readiness
    and what is open that it was predicted from: one lesson changes few of them, and logarithms are dear. The first
    student is number ``first`` of those who are described.
    """
    columns, item_rows, children, gain, right, kept, constant, seen, levels = tables
    n_columns, n_items, n_slots = obs.shape[2], item_rows.shape[0], item_rows.shape[1]
    first_row[0] = 0
    where = np.empty(obs.shape[1], np.int64)
    for i in range(obs.shape[0]):
        describe_student(obs, i, columns, overall, pooled)
        slot = (first + i) % seen.shape[0]
        share_open = np.float32((start[i + 1] - start[i]) / allowed.shape[1])
        best, best_per_cost, p, u = np.float32(0.0), np.float32(-7.0), start[i], first_row[i]
        where[:] = -1
        for a in range(allowed.shape[1]):
            if not allowed[i, a]:
                continue
            action[p] = a
            place[p], count = -1, 0
            for s in range(n_slots if a < n_items else 0):
                r = item_rows[a, s]
                if r < 0:
                    continue
                if where[r] < 0:
                    describe_row(obs, i, r, columns, children, kept, rows, u)
                    where[r] = u - first_row[i]
                    u += 1
                place[p, count] = where[r]
                count += 1
            if a < n_items:
                predict(
                    rows, first_row[i], place, columns, gain, right, constant, n_columns, seen, levels, slot, a,
                    predicted, p,
                )  # fmt: skip
                best, best_per_cost = max(best, predicted[p, 0]), max(best_per_cost, predicted[p, 2])
            else:
                for j in range(predicted.shape[1]):
                    predicted[p, j] = 0.0
            p += 1
        first_row[i + 1] = u
        overall[i, 2] = share_open
        if i < pooled.shape[0]:
            pooled[i, n_columns + 2] = share_open
            pooled[i, n_columns + 3] = best
            pooled[i, n_columns + 4] = best_per_cost


@inline
def describe_student(obs, i, columns, overall, pooled):
    """What is said of all rows of one observation together."""
    n_rows, n_columns, belief, ready, horizon = obs.shape[1], obs.shape[2], columns[0], columns[1], columns[5]
    is_open = open_column(columns)
    total, mean_square, mean_unknown, all_tries, all_right = np.float32(0.0), 0.0, 0.0, 0.0, 0.0
    for r in range(n_rows):
        b = obs[i, r, belief]
        total += b
        all_tries += obs[i, r, columns[3]] * horizon if columns[3] >= 0 else 0.0
        all_right += obs[i, r, columns[4]] * horizon if columns[4] >= 0 else 0.0
        mean_square += b * b
        mean_unknown += np.float32((1.0 - b) * obs[i, r, ready]) if is_open < 0 else obs[i, r, is_open]
    overall[i, 0] = total / n_rows
    overall[i, 1] = mean_unknown / n_rows
    overall[i, 3] = (all_right + 1.0) / (all_tries + 2.0)
    if i >= pooled.shape[0]:
        return
    for j in range(n_columns):
        pooled[i, j] = 0.0
    for r in range(n_rows):
        for j in range(n_columns):
            pooled[i, j] += obs[i, r, j]
    for j in range(n_columns):
        pooled[i, j] /= n_rows
    pooled[i, n_columns] = overall[i, 1]
    pooled[i, n_columns + 1] = max(mean_square / n_rows - overall[i, 0] * overall[i, 0], 0.0)
    pooled[i, n_columns + 5] = overall[i, 3]


@inline
def describe_row(obs, i, r, columns, children, kept, rows, u):
    """One row of one observation, with what is derived from it."""
    n_columns, belief, ready, horizon = obs.shape[2], columns[0], columns[1], columns[5]
    is_open = open_column(columns)
    for j in range(n_columns):
        rows[u, j] = obs[i, r, j]
    b, opens = obs[i, r, belief], 0.0
    for c in range(children.shape[1]):
        child = children[r, c]
        if child >= 0:
            others = min(obs[i, child, ready] / max(b, np.float32(0.05)), np.float32(1.0))
            if is_open < 0:
                opens += (1.0 - obs[i, child, belief]) * others
            else:  # not known, given that some prerequisite is not
                locked = max(1.0 - obs[i, child, belief] - obs[i, child, is_open], 0.0)
                opens += min(locked / max(1.0 - obs[i, child, ready], 1e-3), 1.0) * others
    left = obs[i, 0, columns[2]] if columns[2] >= 0 else np.float32(0.5)
    tries = obs[i, r, columns[3]] * horizon if columns[3] >= 0 else 0.0
    right = obs[i, r, columns[4]] * horizon if columns[4] >= 0 else 0.0
    rows[u, n_columns] = (1.0 - b) * obs[i, r, ready] if is_open < 0 else obs[i, r, is_open]
    rows[u, n_columns + 1] = opens * (1.0 - b)
    rows[u, n_columns + 2] = between(kept, r, left)
    rows[u, n_columns + 3] = tries / (tries + 3.0)
    rows[u, n_columns + 4] = (tries - right) / (tries - right + 3.0)
    rows[u, n_columns + 5] = (right + 1.0) / (tries + 2.0)


@inline
def _taught(rows, u, columns, gain, a, counted):
    """The gain that an item promises of one of its skills after the lessons on it, as if all of its skills were so."""
    open_ = rows[u, columns[OPEN]]
    at = GRID + 1 + 2 * min(np.int64(rows[u, columns[3]] * columns[5] + 0.5), counted - 1)
    return gain[a, at] * open_ + gain[a, at + 1] * max(1.0 - rows[u, columns[0]] - open_, 0.0)


@inline
def _by_bug(rows, first, place, p, count, columns, right, a, bugs, known, is_ready, opened):
    """Gain and chance of a right answer where bugs are told apart, which are as likely wherever a skill is not known.

    What is open is shared out among who has a bug and who has none, and so is what is neither known nor open, of whom
    a lesson reaches few.
    """
    wrong, left, chance = 0.0, 0.0, 0.0
    for b in range(bugs):
        here = 0.0
        for s in range(place.shape[1]):
            if place[p, s] >= 0:
                here += rows[first + place[p, s], columns[OPEN + 1 + b]]
        here /= count
        wrong += here
        left += here * right[a, GRID + 1 + b]
        chance += here * right[a, GRID + 2 + bugs + b]
    knows, learns, later = np.float64(known), right[a, GRID], right[a, GRID + 2 + 2 * bugs]
    closed = max(1.0 - knows - opened, 0.0)
    share = min(np.float64(is_ready), opened / wrong) if wrong > 0.0 else 0.0
    rest = min(max(1.0 - share, 0.0), closed / wrong) if wrong > 0.0 else 0.0
    now = max(opened - share * wrong, 0.0) * learns + share * left
    promised = now + later * (max(closed - rest * wrong, 0.0) * learns + rest * left)
    none = max(1.0 - knows - wrong, 0.0)
    return promised, chance + knows * right[a, GRID - 1] + none * right[a, GRID + 1 + bugs]


@inline
def predict(
    rows, first, place, columns, gain, right, constant, n_columns, seen, levels, slot, a, predicted, p
):  # fmt: skip
    """What the tutor's belief predicts for one item, from the mean of its rows."""
    belief, ready, is_open = columns[0], columns[1], open_column(columns)
    bugs = columns.shape[0] - OPEN - 1
    counted = (gain.shape[1] - GRID - 1) // 2 if is_open >= 0 else 0  # lessons on a skill that are told apart
    u, count, opened = first + place[p, 0], 1, np.float32(0.0)
    is_ready, known, lasts = rows[u, ready], rows[u, belief], rows[u, n_columns + 2]
    if is_open >= 0:
        opened = rows[u, is_open]
    taught = _taught(rows, u, columns, gain, a, counted) if counted > 0 else 0.0
    for s in range(1, place.shape[1]):
        if place[p, s] >= 0:
            u = first + place[p, s]
            count += 1
            is_ready = min(is_ready, rows[u, ready])
            known += rows[u, belief]
            lasts += rows[u, n_columns + 2]
            if is_open >= 0:
                opened += rows[u, is_open]
            if counted > 0:
                taught += _taught(rows, u, columns, gain, a, counted)
    if count > 1:
        known, lasts, opened = np.float32(known / count), np.float32(lasts / count), np.float32(opened / count)
        taught /= count
        if right.shape[1] > GRID and bugs <= 0:  # of a problem, skills by what its steps teach of each
            most, moved = 0.0, 0.0
            for s in range(count):
                u = first + place[p, s]
                most += right[a, GRID + s] * rows[u, belief]
                moved += right[a, GRID + s] * (rows[u, is_open] if is_open >= 0 else np.float32(0.0))
            known, opened = np.float32(most), np.float32(moved)
    news = seen[slot, a, 0] != known or seen[slot, a, 1] != is_ready or seen[slot, a, 4] != opened
    if news or bugs > 0 or (counted > 0 and levels[slot, a, 0] != taught):
        seen[slot, a, 0], seen[slot, a, 1], seen[slot, a, 4] = known, is_ready, opened
        seen[slot, a, 2] = between(right, a, known)
        seen[slot, a, 3] = np.log(max(min(is_ready, np.float32(1.0)), np.float32(0.01)))
        if bugs > 0:  # never kept: which bug it is may change where all else stays
            promised, chance = _by_bug(rows, first, place, p, count, columns, right, a, bugs, known, is_ready, opened)
            levels[slot, a, 0], seen[slot, a, 2] = promised, chance
        elif counted > 0:
            levels[slot, a, 0] = taught
        elif is_open < 0:
            levels[slot, a, 0] = max(between(gain, a, known), 0.0) * min(is_ready, np.float32(1.0))
        else:  # of what is open as of a skill that is ready; what is neither known nor open, at the leak
            levels[slot, a, 0] = between(gain, a, 1.0 - opened) + gain[a, GRID] * max(1.0 - known - opened, 0.0)
        levels[slot, a, 1] = np.log(levels[slot, a, 0] + 1e-3)
    expected, level = levels[slot, a, 0], levels[slot, a, 1]
    predicted[p, 0] = expected
    predicted[p, 1] = level
    predicted[p, 2] = level - constant[a, 1]
    predicted[p, 3] = seen[slot, a, 2]
    predicted[p, 4] = expected * lasts
    predicted[p, 5] = seen[slot, a, 3]


@kernel
def fill_table(start, action, first_row, place, rows, predicted, constant, overall, x):
    """Every pair's features in full, for networks that read a table."""
    n_row, n_predicted, n_constant = rows.shape[1], predicted.shape[1], constant.shape[1]
    for i in range(start.shape[0] - 1):
        for p in range(start[i], start[i + 1]):
            count = 0
            for s in range(place.shape[1]):
                if place[p, s] < 0:
                    break
                u = first_row[i] + place[p, s]
                count += 1
                for j in range(n_row):
                    x[p, j] = rows[u, j] if count == 1 else x[p, j] + rows[u, j]
            for j in range(n_row if count != 1 else 0):
                x[p, j] = x[p, j] / count if count else np.float32(0.0)
            for j in range(n_predicted):
                x[p, n_row + j] = predicted[p, j]
            for j in range(n_constant):
                x[p, n_row + n_predicted + j] = constant[action[p], j]
            for j in range(overall.shape[1]):
                x[p, n_row + n_predicted + n_constant + j] = overall[i, j]


@kernel
def take(old_start, old_action, old_x, rows, start, action, x):
    """The pairs of some students, in this order."""
    for i in range(rows.shape[0]):
        p, q = start[i], old_start[rows[i]]
        for j in range(start[i + 1] - p):
            action[p + j] = old_action[q + j]
            for f in range(x.shape[1]):
                x[p + j, f] = old_x[q + j, f]
