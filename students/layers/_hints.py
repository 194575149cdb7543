"""Kernels of hints around any student: batches over rows of one (N, W) float64 state.

The layer has one column, ``at``: patience. A lesson meets three draws from column ``own`` of ``u`` on: how many hints
are asked for; whether the lesson has its effect in spite of them; the second chance at the answer.
"""

from __future__ import annotations

import math

from ..jit import inline, kernel
from ._base import rated

REQUESTS, EFFECT, SECOND = range(3)  # draws from the layer's first
BASE, DIFFICULTY, HELP, MOST, LEARNING, EACH, SCORED, LEARNS_FIRST = range(8)  # of the parameters


@inline
def _asks_again(missing, patience, f):
    """P(asking for a hint) where the answer would be wrong with probability ``missing``."""
    return 1.0 / (1.0 + math.exp(min(patience - f[BASE] - f[DIFFICULTY] * missing, 700.0)))


@inline
def _scored(p, patience, f):
    """P(the answer is scored right), over the number of hints."""
    asking, missing, total = 1.0, 1.0 - p, 0.0
    for n in range(int(f[MOST])):
        more = asking * _asks_again(missing, patience, f)
        if (n == 0) | (f[SCORED] > 0.0):
            total += (asking - more) * (1.0 - missing)
        asking = more
        missing *= 1.0 - f[HELP]
    return total + asking * (1.0 - missing) if f[SCORED] > 0.0 else total


@kernel
def requests(s, at, items, u, own, p, asks, f, count, lost):
    """How many hints everybody asks for, and whose lesson passes without effect because of them."""
    most = int(f[MOST])
    for i in range(items.shape[0]):
        j, n = items[i], 0
        if (j >= 0) & (asks[j] > 0.0):
            draw, chance, missing = u[i, own + REQUESTS], 1.0, 1.0 - p[i]
            while n < most:
                chance *= _asks_again(missing, s[i, at], f)
                if draw >= chance:
                    break
                n += 1
                missing *= 1.0 - f[HELP]
        count[i] = n
        lost[i] = (n > 0) & (u[i, own + EFFECT] >= f[LEARNING])


@kernel
def after(items, u, own, p, count, lost, hinted, out, f):
    """The answer with the help of the hints, and how it is scored."""
    answered, correct, minutes, hints = out["answered"], out["correct"], out["minutes"], out["hints"]
    rating, option = out["rating"], out["option"]
    for i in range(items.shape[0]):
        n = count[i] if answered[i] else 0
        hints[i] = min(n + (hints[i] if hinted else 0), 127)
        if n == 0:
            continue
        left = 1.0
        for _ in range(n):
            left *= 1.0 - f[HELP]
        draw = u[i, own + SECOND]
        if lost[i] & (f[LEARNS_FIRST] > 0.0):
            right = draw < 1.0 - (1.0 - p[i]) * left
        else:
            right = correct[i] | (draw < 1.0 - left)
        right = right & (f[SCORED] > 0.0)
        if right != correct[i]:
            correct[i] = right
            option[i] = -1
            rating[i] = rated(rating[i], right)
        minutes[i] += n * f[EACH]


@kernel
def answers(s, at, p, f):
    """The probabilities (N, any) of answers scored right, in place."""
    for i in range(p.shape[0]):
        for j in range(p.shape[1]):
            p[i, j] = _scored(p[i, j], s[i, at], f)


@kernel
def effect(s, at, p, asks, f):
    """P(a lesson has its effect) of every item, in place of its probability of a right answer."""
    for i in range(p.shape[0]):
        for j in range(p.shape[1]):
            asking = _asks_again(1.0 - p[i, j], s[i, at], f) if (asks[j] > 0.0) & (f[MOST] > 0.0) else 0.0
            p[i, j] = 1.0 - asking * (1.0 - f[LEARNING])
