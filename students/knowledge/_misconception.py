"""Kernels of the students with misconceptions: batches over rows of one (N, W) float64 state and two packed arrays.

A student's row: group, multipliers on the odds of learning, of falling for a bug and of slipping; then for each skill
the option that the student takes for right (K): 0 the right one, b = 1 … B that of bug b, -1 none (unknown).

What several kernels need of a student goes through a batch of rows (``intentions``), a chunk of rows at a time.
"""

from __future__ import annotations

import numpy as np

from ..jit import inline, kernel
from ..packed import HEADER, N_ITEMS, N_SKILLS, PARENTS, WIDTH, multipliers

LEARN, BUG, SLIP, MIND = 1, 2, 3, 4  # columns of the state

LEAK, STICKY, REFUTE, OPTIONS, CONSTANTS = range(5)
MINUTES, ASKS, NEW, STUCK, GUIDED, PER_ITEM = range(6)  # factors on the odds of the unknown, and of who has a bug
KNOWN_ODDS, CAUGHT_ODDS, LEARN_ODDS, CATCH_ODDS, ALONE_ODDS, SLIP_ODDS, STRAY_ODDS, PER_SKILL = range(8)
N_BUGS, TAIL = -1, 1  # of the integers: B stands at their end, after a mask for each item: bit b: it tells bug b

CHUNK = 256  # rows that a lesson goes through at once: they stay in the cache


@inline
def p_right(meant, steady, options):
    """Probability of the right option: of one who is after it, one who guesses, one who is after a wrong one."""
    if meant == 0:
        return steady
    return 1.0 / options if meant < 0 else (1.0 - steady) / (options - 1.0)


@inline
def wrong_option(meant, doubt, options, u):
    """The option of a wrong answer from its uniform draw: the meant one first, then the others alike, in order."""
    others = options - 1.0
    if meant < 0:
        return max(min(int(u * options), int(options) - 1), 1)
    left = u * doubt * others - (doubt - 1.0 if meant > 0 else others)  # of what a wrong answer has of the draw
    if meant == 0:
        return 1 + min(int(max(left, 0.0) / (doubt - 1.0)), int(options) - 2)
    if left < others or options == 2.0:
        return meant
    other = 1 + min(int((left - others) / (doubt - 1.0)), int(options) - 3)
    return other if other < meant else other + 1


@kernel
def intentions(s, items, meant, doubt, f, n):
    """Which option each row is after by its item (0 right, b a bug's, -1 none), and how surely: P = 1 / doubt.

    Prerequisites come last in an item's list, so the most basic skill that leads astray decides.
    """
    width, skills0 = n[WIDTH], CONSTANTS + n[N_ITEMS] * PER_ITEM
    masks = n.shape[0] - TAIL - n[N_ITEMS]
    for i in range(items.shape[0]):
        j = max(items[i], 0)
        after, steady, sure = 0, 1.0, 1.0
        for slot in range(HEADER + j * width, HEADER + (j + 1) * width):
            k = n[slot]
            if k < 0:
                break
            mind = int(s[i, MIND + k])
            told = (n[masks + j] >> max(mind, 0)) & 1 == 1
            odds = f[skills0 + k * PER_SKILL + (SLIP_ODDS if mind == 0 else STRAY_ODDS)]
            more = 1.0 + odds * s[i, SLIP]
            after = mind if (mind < 0) | told else after
            sure = more if told else sure
            steady = steady if (mind < 0) | told else steady * more
        meant[i] = after
        doubt[i] = sure if after > 0 else steady


@kernel
def reset(s, rows, deviates, u, f, n):
    """Fresh students, prerequisites first; ``u``: one draw per skill."""
    skills, bugs, order = n[N_SKILLS], n[N_BUGS], n.shape[0] - TAIL - n[N_ITEMS] - n[N_SKILLS]
    skills0 = CONSTANTS + n[N_ITEMS] * PER_ITEM
    for r in range(rows.shape[0]):
        i = rows[r]
        prior = multipliers(s, i, deviates, r, MIND)
        for position in range(skills):
            k = n[order + position]
            skill = skills0 + k * PER_SKILL
            known, caught = f[skill + KNOWN_ODDS] * prior, f[skill + CAUGHT_ODDS] * s[i, BUG]
            spent = u[r, k] * (1.0 + known + bugs * caught)
            mind = -1.0
            if spent < known:
                parent0 = HEADER + n[N_ITEMS] * n[WIDTH] + k * n[PARENTS]
                ready = True
                for parent in range(parent0, parent0 + n[PARENTS]):
                    if n[parent] < 0:
                        break
                    ready = ready & (s[i, MIND + n[parent]] == 0.0)
                mind = 0.0 if ready else -1.0
            elif spent < known + bugs * caught:
                mind = 1.0 + min(int((spent - known) / caught), bugs - 1)
            s[i, MIND + k] = mind


@kernel
def learn(s, items, took, u, first, f, n):
    """Learn from the items (-1: none): ``took`` are the options chosen, and ``u`` from column ``first`` the draws.

    Known, unknown and wrongly known skills take the same way through, and all parents' places are looked at: branches
    that luck decides cost more than the work that they save.
    """
    width, parents, bugs, skills0 = n[WIDTH], n[PARENTS], n[N_BUGS], CONSTANTS + n[N_ITEMS] * PER_ITEM
    parent0, masks = HEADER + n[N_ITEMS] * width, n.shape[0] - TAIL - n[N_ITEMS]
    leak, sticky, refute = f[LEAK], f[STICKY], f[REFUTE]
    for i in range(items.shape[0]):
        j = items[i]
        for slot in range(width if j >= 0 else 0):
            k = n[HEADER + j * width + slot]
            if k < 0:
                break
            skill, mind, ready = skills0 + k * PER_SKILL, int(s[i, MIND + k]), True
            for parent in range(parent0 + k * parents, parent0 + (k + 1) * parents):
                ready = ready & ((n[parent] < 0) | (s[i, MIND + max(n[parent], 0)] == 0.0))
            item, new = CONSTANTS + j * PER_ITEM, mind < 0
            asks = f[item + ASKS]
            odds = f[skill + (LEARN_ODDS if new & (asks > 0.0) else ALONE_ODDS)] * s[i, LEARN]
            odds *= f[item + (NEW if new else STUCK)]
            catch = f[skill + CATCH_ODDS] * s[i, BUG] * asks if new else 0.0
            refuted = (took[i] == mind) & ((n[masks + j] >> max(mind, 0)) & 1 == 1)
            pushed = 1.0 + f[item + GUIDED] * (refute - 1.0) if took[i] > 0 else 1.0
            leave = min(odds * sticky * (refute if refuted else pushed), 1.0 + odds)
            right = (odds if new else leave) * (1.0 if ready else leak)
            spent = u[i, first + slot] * (1.0 + odds + bugs * catch) - right
            s[i, MIND + k] = 0.0 if (mind == 0) | (spent < 0.0) else mind
            if (spent >= 0.0) & (spent < bugs * catch):
                s[i, MIND + k] = 1.0 + min(int(spent / catch), bugs - 1)


@kernel
def step(s, items, u, out, f, n):
    """Answer, then learn."""
    answered, correct, option, minutes = out["answered"], out["correct"], out["option"], out["minutes"]
    meant, doubt, took = np.empty(CHUNK, np.int64), np.empty(CHUNK), np.empty(CHUNK, np.int64)
    options = f[OPTIONS]
    for start in range(0, items.shape[0], CHUNK):
        count = min(CHUNK, items.shape[0] - start)
        some, rows, luck = items[start : start + count], s[start : start + count], u[start : start + count]
        intentions(rows, some, meant, doubt, f, n)
        for i in range(count):
            item, asked = CONSTANTS + max(some[i], 0) * PER_ITEM, some[i] >= 0
            asks = asked & (f[item + ASKS] > 0.0)
            # right if u < 1 / doubt; 1 / options; (1 - 1 / doubt) / (options - 1): without dividing
            wrong = options - 1.0 if meant[i] > 0 else 1.0
            share = doubt[i] - 1.0 if meant[i] > 0 else 1.0
            right = luck[i, 0] * (options if meant[i] < 0 else doubt[i] * wrong) < share
            chosen = 0 if right else -1
            if asks & (chosen < 0):
                chosen = wrong_option(meant[i], doubt[i], options, luck[i, 0])
            took[i] = chosen if asks else -1
            answered[start + i] = asks
            correct[start + i] = asks & right
            option[start + i] = took[i]
            minutes[start + i] = f[item + MINUTES] if asked else 0.0
        learn(rows, some, took, luck, 1, f, n)


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none)."""
    meant, doubt = np.empty(out.shape[0], np.int64), np.empty(out.shape[0])
    intentions(s, items, meant, doubt, f, n)
    for i in range(out.shape[0]):
        out[i] = p_right(meant[i], 1.0 / doubt[i], f[OPTIONS]) if items[i] >= 0 else 0.0


@kernel
def p_some(s, items, out, f, n):
    """Probability of a right answer to these items."""
    meant, doubt, same = np.empty(out.shape[0], np.int64), np.empty(out.shape[0]), np.empty(out.shape[0], np.int64)
    for column in range(items.shape[0]):
        same[:] = items[column]
        intentions(s, same, meant, doubt, f, n)
        for i in range(out.shape[0]):
            out[i, column] = p_right(meant[i], 1.0 / doubt[i], f[OPTIONS])


@kernel
def p_options(s, j, out, f, n):
    """Probability of every option of one item."""
    options, same = f[OPTIONS], np.full(out.shape[0], j)
    meant, doubt = np.empty(out.shape[0], np.int64), np.empty(out.shape[0])
    intentions(s, same, meant, doubt, f, n)
    for i in range(out.shape[0]):
        steady = 1.0 / doubt[i]
        for option in range(out.shape[1]):
            out[i, option] = 1.0 / options if meant[i] < 0 else (1.0 - steady) / (options - 1.0)
        if meant[i] >= 0:
            out[i, meant[i]] = steady


@kernel
def mastery_sum(s, out, f, n):
    """Number of known skills."""
    for i in range(out.shape[0]):
        total = 0.0
        for column in range(MIND, MIND + n[N_SKILLS]):
            total += 1.0 if s[i, column] == 0.0 else 0.0
        out[i] = total


@kernel
def expected_gain(s, out, f, n):
    """Expected number of skills that each item sets right now."""
    width, parents, bugs, skills0 = n[WIDTH], n[PARENTS], n[N_BUGS], CONSTANTS + n[N_ITEMS] * PER_ITEM
    parent0, masks, options = HEADER + n[N_ITEMS] * width, n.shape[0] - TAIL - n[N_ITEMS], f[OPTIONS]
    meant, doubt, same = np.empty(out.shape[0], np.int64), np.empty(out.shape[0]), np.empty(out.shape[0], np.int64)
    for j in range(out.shape[1]):
        same[:] = j
        intentions(s, same, meant, doubt, f, n)
        item = CONSTANTS + j * PER_ITEM
        asks = f[item + ASKS]
        for i in range(out.shape[0]):
            total = 0.0
            for slot in range(HEADER + j * width, HEADER + (j + 1) * width):
                k = n[slot]
                if k < 0:
                    break
                skill, mind, ready = skills0 + k * PER_SKILL, int(s[i, MIND + k]), True
                for parent in range(parent0 + k * parents, parent0 + (k + 1) * parents):
                    if n[parent] < 0:
                        break
                    ready = ready & (s[i, MIND + n[parent]] == 0.0)
                chance = 0.0
                if mind < 0:
                    right = f[skill + (LEARN_ODDS if asks > 0.0 else ALONE_ODDS)] * s[i, LEARN] * f[item + NEW]
                    chance = right / (1.0 + right + bugs * f[skill + CATCH_ODDS] * s[i, BUG] * asks)
                elif mind > 0:
                    odds = f[skill + ALONE_ODDS] * s[i, LEARN] * f[item + STUCK]
                    chance, refuted, steady = odds / (1.0 + odds) * f[STICKY], 0.0, 1.0 / doubt[i]
                    if (asks > 0.0) & ((n[masks + j] >> mind) & 1 == 1):
                        other = 1.0 / options if meant[i] < 0 else (1.0 - steady) / (options - 1.0)
                        refuted = steady if meant[i] == mind else other
                    wrong = 1.0 - p_right(meant[i], steady, options) - refuted if asks > 0.0 else 0.0
                    held = min(chance * (1.0 + f[item + GUIDED] * (f[REFUTE] - 1.0)), 1.0)
                    chance += refuted * (min(chance * f[REFUTE], 1.0) - chance) + wrong * (held - chance)
                total += chance if ready else chance * f[LEAK]
            out[i, j] = total
