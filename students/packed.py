"""What all kernels read in the same way: the packed integers (see ``parameters.pack``), and lists of skills in them.

Helpers may take arrays: measured on numba 0.68.1, a BKT lesson with two of them costs as much as one with the loops
written out. What makes an inlined helper slow is a ``break``: it doubled the time. So a list is gone through to its
end, and the padding (-1) is skipped by a condition; ``&`` instead of ``and`` keeps that free of branches.
"""

from __future__ import annotations

from .jit import inline

N_SKILLS, N_ITEMS, WIDTH, PARENTS, HEADER = range(5)
"""The integers begin with K, M, S skills per item and P parents per skill; then items' skills, parents, order."""


@inline
def blank(answered, correct, minutes, i):
    """The outcome of a student who is not taught."""
    answered[i] = False
    correct[i] = False
    minutes[i] = 0.0


@inline
def all_positive(s, i, column, n, first, count):
    """Whether student i has a number above 0 for each of the ``count`` skills listed from ``n[first]`` on.

    The number of skill k stands in ``column`` + k.
    """
    holds = True
    for slot in range(first, first + count):
        holds = holds & ((n[slot] < 0) | (s[i, column + max(n[slot], 0)] > 0.0))
    return holds
