"""Kernels of the students with misconceptions: batches over rows of one (N, W) float64 state and two packed arrays.

A student's row: group, multipliers on the odds of learning, of falling for a bug and of slipping; then for each skill
the option that the student takes for right (K): 0 the right one, b = 1 … B that of bug b, -1 none (unknown).
"""

from __future__ import annotations

import math

from .jit import inline, kernel, merged

LEARN, BUG, SLIP, MIND = 1, 2, 3, 4  # columns of the state

LEAK, STICKY, REFUTE, OPTIONS, CONSTANTS = range(5)
MINUTES, ASKS, BUGS, PER_ITEM = range(4)  # BUGS: which of them the item tells apart, bit b - 1 for bug b
KNOWN_ODDS, CAUGHT_ODDS, LEARN_ODDS, CATCH_ODDS, ALONE_ODDS, SLIP_ODDS, STRAY_ODDS, PER_SKILL = range(8)
N_SKILLS, N_ITEMS, WIDTH, PARENTS, HEADER = range(5)  # of the integers: K, M, S skills per item, P parents per skill
N_BUGS = -1  # of the integers, at their end


@inline
def tells(bugs, b):
    """Does an item lead a student with bug b to the bug's own wrong option?"""
    return (int(bugs) >> (b - 1)) & 1 == 1


@inline
def p_right(meant, steady, options):
    """Probability of the right option: of one who is after it, one who guesses, one who is after a wrong one."""
    if meant == 0:
        return steady
    return 1.0 / options if meant < 0 else (1.0 - steady) / (options - 1.0)


@inline
def chosen(meant, steady, options, u):
    """The option from a uniform draw: the right one first, then the meant one, then any of the others alike."""
    p = p_right(meant, steady, options)
    if u < p:
        return 0
    if meant == 0:
        return 1 + min(int((u - p) / (1.0 - p) * (options - 1.0)), int(options) - 2)
    if meant < 0:
        return min(int(u * options), int(options) - 1)
    if u < p + steady:
        return meant
    other = 1 + min(int((u - p - steady) / (1.0 - steady) * (options - 1.0)), int(options) - 3)
    return other if other < meant else other + 1


@merged
def intention(s, i, j, f, n):
    """Which option the student is after (0 right, b a bug's, -1 none), and how surely they take it.

    Prerequisites come last in an item's list, so the most basic skill that leads astray decides.
    """
    item, skills0 = CONSTANTS + j * PER_ITEM, CONSTANTS + n[N_ITEMS] * PER_ITEM
    first = HEADER + j * n[WIDTH]
    meant, steady, sure = 0, 1.0, 1.0
    for slot in range(first, first + n[WIDTH]):
        k = n[slot]
        if k < 0:
            break
        mind, skill = int(s[i, MIND + k]), skills0 + k * PER_SKILL
        if mind < 0:
            meant = -1
            continue
        share = 1.0 / (1.0 + f[skill + (SLIP_ODDS if mind == 0 else STRAY_ODDS)] * s[i, SLIP])
        if mind > 0 and tells(f[item + BUGS], mind):
            meant = mind
            sure = share
        else:
            steady *= share
    return meant, (steady if meant == 0 else sure)


@merged
def gate(s, i, k, f, n):
    """1 if all prerequisites are known, else the leak."""
    parent0 = HEADER + n[N_ITEMS] * n[WIDTH] + k * n[PARENTS]
    ready = True
    for parent in range(parent0, parent0 + n[PARENTS]):
        if n[parent] < 0:
            break
        ready = ready & (s[i, MIND + n[parent]] == 0.0)
    return 1.0 if ready else f[LEAK]


@kernel
def reset(s, rows, deviates, u, split, f, n):
    """Fresh students, prerequisites first; ``u`` from column ``split`` on: one draw per skill."""
    skills, bugs, order = n[N_SKILLS], n[N_BUGS], n.shape[0] - 1 - n[N_SKILLS]
    skills0 = CONSTANTS + n[N_ITEMS] * PER_ITEM
    for r in range(rows.shape[0]):
        i = rows[r]
        prior = math.exp(deviates[r, 0])
        for column in range(LEARN, MIND):
            s[i, column] = math.exp(deviates[r, column])
        for position in range(skills):
            k = n[order + position]
            skill = skills0 + k * PER_SKILL
            known, caught = f[skill + KNOWN_ODDS] * prior, f[skill + CAUGHT_ODDS] * s[i, BUG]
            spent = u[r, split + k] * (1.0 + known + bugs * caught)
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
def step(s, items, u, out, f, n):
    """Answer, then learn."""
    answered, correct, option, minutes = out["answered"], out["correct"], out["option"], out["minutes"]
    width, bugs, skills0 = n[WIDTH], n[N_BUGS], CONSTANTS + n[N_ITEMS] * PER_ITEM
    for i in range(items.shape[0]):
        j = items[i]
        answered[i] = False
        correct[i] = False
        option[i] = -1
        minutes[i] = 0.0
        if j < 0:
            continue
        item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
        asks, took = f[item + ASKS] > 0.0, -1
        minutes[i] = f[item + MINUTES]
        if asks:
            meant, steady = intention(s, i, j, f, n)
            took = chosen(meant, steady, f[OPTIONS], u[i, 0])
            answered[i] = True
            correct[i] = took == 0
            option[i] = took
        for slot in range(width):
            k = n[first + slot]
            if k < 0:
                break
            skill, mind = skills0 + k * PER_SKILL, int(s[i, MIND + k])
            if mind == 0:
                continue
            opening = gate(s, i, k, f, n)
            if mind < 0:
                learn = f[skill + (LEARN_ODDS if asks else ALONE_ODDS)] * s[i, LEARN]
                catch = f[skill + CATCH_ODDS] * s[i, BUG] if asks else 0.0
                spent = u[i, 1 + slot] * (1.0 + learn + bugs * catch) - learn * opening
                if spent < 0.0:
                    s[i, MIND + k] = 0.0
                elif spent < bugs * catch:
                    s[i, MIND + k] = 1.0 + min(int(spent / catch), bugs - 1)
            else:
                odds = f[skill + ALONE_ODDS] * s[i, LEARN]
                leave = odds / (1.0 + odds) * f[STICKY]
                if took == mind and tells(f[item + BUGS], mind):
                    leave *= f[REFUTE]
                if u[i, 1 + slot] < opening * min(leave, 1.0):
                    s[i, MIND + k] = 0.0


@kernel
def p_some(s, items, out, f, n):
    """Probability of a right answer to these items."""
    for i in range(out.shape[0]):
        for column in range(items.shape[0]):
            meant, steady = intention(s, i, items[column], f, n)
            out[i, column] = p_right(meant, steady, f[OPTIONS])


@kernel
def p_correct(s, items, out, f, n):
    """Probability of a right answer to the chosen items (0 where there is none)."""
    for i in range(out.shape[0]):
        out[i] = 0.0
        if items[i] >= 0:
            meant, steady = intention(s, i, items[i], f, n)
            out[i] = p_right(meant, steady, f[OPTIONS])


@kernel
def p_options(s, j, out, f, n):
    """Probability of every option of one item."""
    options = f[OPTIONS]
    for i in range(out.shape[0]):
        meant, steady = intention(s, i, j, f, n)
        for option in range(out.shape[1]):
            out[i, option] = 1.0 / options if meant < 0 else (1.0 - steady) / (options - 1.0)
        if meant >= 0:
            out[i, meant] = steady


@kernel
def mastery_sum(s, out, n):
    """Number of known skills."""
    for i in range(out.shape[0]):
        total = 0.0
        for column in range(MIND, MIND + n[N_SKILLS]):
            total += 1.0 if s[i, column] == 0.0 else 0.0
        out[i] = total


@kernel
def expected_gain(s, out, f, n):
    """Expected number of skills that each item sets right now."""
    width, bugs, skills0, options = n[WIDTH], n[N_BUGS], CONSTANTS + n[N_ITEMS] * PER_ITEM, f[OPTIONS]
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            item, first = CONSTANTS + j * PER_ITEM, HEADER + j * width
            asks, total = f[item + ASKS] > 0.0, 0.0
            meant, steady = intention(s, i, j, f, n)
            for slot in range(first, first + width):
                k = n[slot]
                if k < 0:
                    break
                skill, mind = skills0 + k * PER_SKILL, int(s[i, MIND + k])
                if mind < 0:
                    learn = f[skill + (LEARN_ODDS if asks else ALONE_ODDS)] * s[i, LEARN]
                    catch = f[skill + CATCH_ODDS] * s[i, BUG] if asks else 0.0
                    total += gate(s, i, k, f, n) * learn / (1.0 + learn + bugs * catch)
                elif mind > 0:
                    odds = f[skill + ALONE_ODDS] * s[i, LEARN]
                    leave, refuted = odds / (1.0 + odds) * f[STICKY], 0.0
                    if asks and tells(f[item + BUGS], mind):
                        refuted = 1.0 / options if meant < 0 else (1.0 - steady) / (options - 1.0)
                        refuted = steady if meant == mind else refuted
                    more = min(leave * f[REFUTE], 1.0)
                    total += gate(s, i, k, f, n) * (leave + refuted * (more - leave))
            out[i, j] = total
