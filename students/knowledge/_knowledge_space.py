"""Kernels of the students in knowledge states (BLIM, TMS): batches over the rows of one (N, W) float64 state.

A student's row: group, multipliers on the odds of learning, guessing and slipping, known (K). The skills of an item
stand children first, so every lesson is judged by what was there before it.
"""

from __future__ import annotations

from ..jit import inline, kernel
from ..loops import answers_of, kept_sum_of
from ..packed import HEADER, N_ITEMS, N_SKILLS, PARENTS, WIDTH, all_known, all_ready, multipliers, untaught

LEARN, GUESS, SLIP, KNOWN = 1, 2, 3, 4  # columns of the state
LEARN_FIRST, CONSTANTS = range(2)
GUESS_ODDS, SLIP_ODDS, MINUTES, ASKS, PER_ITEM = range(5)
PRIOR_ODDS, LEARN_ODDS, PER_SKILL = range(3)


@inline
def numbers(f, n):
    """What is read once for all students: S."""
    return n[WIDTH]


@inline
def p_right(s, i, j, width, f, n):
    """P(right answer) to item j: all its skills known, and no careless error; or a lucky guess."""
    item = CONSTANTS + j * PER_ITEM
    knows = all_known(s, i, KNOWN, n, HEADER + j * width, width)
    o = f[item + SLIP_ODDS] * s[i, SLIP] if knows else f[item + GUESS_ODDS] * s[i, GUESS]
    return (1.0 if knows else o) / (1.0 + o)


p_some, p_correct = answers_of(__name__)


@kernel
def reset(s, rows, deviates, u, f, n):
    """Fresh students; ``u``: one draw per skill."""
    skills, items, parents = n[N_SKILLS], n[N_ITEMS], n[PARENTS]
    order, parent0, skill0 = n.shape[0] - skills, HEADER + items * n[WIDTH], CONSTANTS + items * PER_ITEM
    for r in range(rows.shape[0]):
        i = rows[r]
        prior = multipliers(s, i, deviates, r, KNOWN)
        for position in range(skills):
            k = n[order + position]
            ready = all_ready(s, i, KNOWN, n, parent0 + k * parents, parents)
            o = f[skill0 + k * PER_SKILL + PRIOR_ODDS] * prior
            s[i, KNOWN + k] = 1.0 if ready & (u[r, k] * (1.0 + o) < o) else 0.0


@kernel
def step(s, items, u, out, f, n):
    """Answer and learn, in the model's order. ``u``: the answer, then one per skill of the item."""
    answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
    width, parents = n[WIDTH], n[PARENTS]
    parent0, skill0 = HEADER + n[N_ITEMS] * width, CONSTANTS + n[N_ITEMS] * PER_ITEM
    learn_first = f[LEARN_FIRST] > 0.0
    for i in range(items.shape[0]):
        if untaught(items[i], i, answered, correct, minutes):
            continue
        j = items[i]
        item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
        before, after = True, True
        for slot in range(width):
            k = n[first + slot]
            if k < 0:
                break
            known = s[i, KNOWN + k] > 0.0
            o = f[skill0 + k * PER_SKILL + LEARN_ODDS] * s[i, LEARN]
            ready = all_ready(s, i, KNOWN, n, parent0 + k * parents, parents)
            then = known | (ready & (u[i, 1 + slot] * (1.0 + o) < o))
            s[i, KNOWN + k] = 1.0 if then else 0.0
            before = before & known
            after = after & then
        knows = after if learn_first else before
        o = f[item + SLIP_ODDS] * s[i, SLIP] if knows else f[item + GUESS_ODDS] * s[i, GUESS]
        asks = f[item + ASKS] > 0.0
        answered[i] = asks
        correct[i] = asks & (u[i, 0] * (1.0 + o) < (1.0 if knows else o))  # u < p without dividing
        minutes[i] = f[item + MINUTES]


@inline
def kept(n):
    """Where what is known stands in a student's row."""
    return KNOWN, KNOWN + n[N_SKILLS]


mastery_sum = kept_sum_of(__name__)


@kernel
def expected_gain(s, out, f, n):
    """Expected number of skills that each item teaches now."""
    width, parents = n[WIDTH], n[PARENTS]
    parent0, skill0 = HEADER + n[N_ITEMS] * width, CONSTANTS + n[N_ITEMS] * PER_ITEM
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            total = 0.0
            for slot in range(HEADER + j * width, HEADER + j * width + width):
                k = n[slot]
                if k < 0:
                    break
                o = f[skill0 + k * PER_SKILL + LEARN_ODDS] * s[i, LEARN]
                if s[i, KNOWN + k] <= 0.0 and all_known(s, i, KNOWN, n, parent0 + k * parents, parents):
                    total += o / (1.0 + o)
            out[i, j] = total


@kernel
def outer_fringe(s, out, n):
    """Which unknown skills have all their prerequisites."""
    parents, parent0 = n[PARENTS], HEADER + n[N_ITEMS] * n[WIDTH]
    for i in range(out.shape[0]):
        for k in range(out.shape[1]):
            ready = all_known(s, i, KNOWN, n, parent0 + k * parents, parents)
            out[i, k] = ready & (s[i, KNOWN + k] <= 0.0)
