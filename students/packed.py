"""What all kernels read in the same way: the packed integers (see ``parameters.pack``), and lists of skills in them.

A list of an item's skills or of a skill's prerequisites is padded with -1. Which way through it is fast was measured on
numba 0.68.1: ``all_known`` leaves at the padding and at the first skill that is not known, which is fast where like
lists follow each other, as the items in a row (all probabilities of a BKT student in .85 of the time that looking at
every skill takes); ``all_ready`` has no branch at all, for where nobody can foresee the way, as with the prerequisites
in a lesson (16.7 ns, 19.9 with a ``break``).
"""

from __future__ import annotations

import math

import numpy as np

from .jit import inline, kernel

N_SKILLS, N_ITEMS, WIDTH, PARENTS, HEADER = range(5)
"""The integers begin with K, M, S skills per item and P parents per skill; then items' skills, parents, order."""


@inline
def untaught(j, i, answered, correct, minutes):
    """Whether student i is taught no item (j is -1); if so, the outcome says that."""
    if j >= 0:
        return False
    answered[i] = False
    correct[i] = False
    minutes[i] = 0.0
    return True


@inline
def all_known(s, i, column, n, first, count):
    """Whether student i has a number above 0 for each of the ``count`` skills listed from ``n[first]`` on.

    The number of skill k stands in ``column`` + k.
    """
    for slot in range(first, first + count):
        if n[slot] < 0:
            return True
        if s[i, column + n[slot]] <= 0.0:
            return False
    return True


@inline
def all_ready(s, i, column, n, first, count):
    """The same without a branch: for lists whose length nobody can foresee."""
    holds = True
    for slot in range(first, first + count):
        holds = holds & ((n[slot] < 0) | (s[i, column + max(n[slot], 0)] > 0.0))
    return holds


@inline
def sum_of(s, i, first, end):
    """The sum of student i's numbers in these columns."""
    total = 0.0
    for column in range(first, end):
        total += s[i, column]
    return total


@inline
def multipliers(s, i, deviates, r, end):
    """Set student i's multipliers, columns 1 to ``end``, from row r of the deviates; the first one is not kept."""
    for column in range(1, end):
        s[i, column] = math.exp(deviates[r, column])
    return math.exp(deviates[r, 0])


@kernel
def exam_of_skills(items, n):
    """Which of these items ask for each skill: where its list begins (K + 1), and the lists, each in order."""
    skills, width = n[N_SKILLS], n[WIDTH]
    begins = np.zeros(skills + 1, np.int64)
    for e in range(items.shape[0]):
        for slot in range(HEADER + items[e] * width, HEADER + (items[e] + 1) * width):
            if n[slot] < 0:
                break
            begins[n[slot] + 1] += 1
    for k in range(skills):
        begins[k + 1] += begins[k]
    lists, filled = np.empty(begins[skills], np.int64), begins[:skills].copy()
    for e in range(items.shape[0]):
        for slot in range(HEADER + items[e] * width, HEADER + (items[e] + 1) * width):
            if n[slot] < 0:
                break
            lists[filled[n[slot]]] = e
            filled[n[slot]] += 1
    return begins, lists
