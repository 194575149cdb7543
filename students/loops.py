"""Kernels that many families share: the loops over a cohort around what a family says of one student.

A family of students is a file of kernels. For these loops it writes helpers with fixed names: ``numbers(f, n)``, a
tuple of what is read from the packed arrays once for all students, because a number that a helper reads again for each
of them costs more (a store to the outcome might have changed it, for all that a compiler knows);
``p_right(s, i, j, c, f, n)``, P(right answer) of student i to item j; and ``known(s, i, k, c, f, n)``, the mastery of
skill k. ``c`` is that tuple. Each loop is compiled for each family anew, with its helpers inlined.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import TypeAlias

from .jit import kernel_of
from .packed import N_SKILLS, sum_of, untaught

Kernel: TypeAlias = Callable[..., None]
Two: TypeAlias = tuple[Kernel, Kernel]


def answers_of(name: str) -> Two:
    """The kernels ``p_some`` and ``p_correct`` of the family with this module's name."""
    family: ModuleType = sys.modules[name]

    @kernel_of(family)
    def p_some(s, items, out, f, n):
        """Probability of a right answer to each of these items."""
        c = family.numbers(f, n)
        for i in range(out.shape[0]):
            for e in range(items.shape[0]):
                out[i, e] = family.p_right(s, i, items[e], c, f, n)

    @kernel_of(family)
    def p_correct(s, items, out, f, n):
        """Probability of a right answer to the chosen items (0 where there is none)."""
        c = family.numbers(f, n)
        for i in range(out.shape[0]):
            out[i] = family.p_right(s, i, items[i], c, f, n) if items[i] >= 0 else 0.0

    return p_some, p_correct


def masteries_of(name: str) -> Two:
    """The kernels ``mastery`` and ``mastery_sum`` of the family with this module's name."""
    family: ModuleType = sys.modules[name]

    @kernel_of(family)
    def mastery(s, out, f, n):
        """The mastery of every skill."""
        c = family.numbers(f, n)
        for i in range(out.shape[0]):
            for k in range(out.shape[1]):
                out[i, k] = family.known(s, i, k, c, f, n)

    @kernel_of(family)
    def mastery_sum(s, out, f, n):
        """Sum of the masteries."""
        c, skills = family.numbers(f, n), n[N_SKILLS]
        for i in range(out.shape[0]):
            total = 0.0
            for k in range(skills):
                total += family.known(s, i, k, c, f, n)
            out[i] = total

    return mastery, mastery_sum


def lesson_of(name: str, *, learns: bool = True) -> Kernel:
    """The kernel of a lesson in which students of the family with this module's name answer, then learn.

    Args:
        name: of the module. Beside ``p_right`` it writes ``learn(s, i, j, asks, hits, c, f, n)``: what student i learns
            from item j; ``hits`` says whether an answer would have been right. It names its columns of an item.
        learns: False: they answer, and stay as they are.
    """
    family: ModuleType = sys.modules[name]

    @kernel_of(family)
    def step(s, items, u, out, f, n):
        """Answer, then learn."""
        answered, correct, minutes, c = out["answered"], out["correct"], out["minutes"], family.numbers(f, n)
        for i in range(items.shape[0]):
            if untaught(items[i], i, answered, correct, minutes):
                continue
            j = items[i]
            item = family.CONSTANTS + j * family.PER_ITEM
            p, asks = family.p_right(s, i, j, c, f, n), f[item + family.ASKS] > 0.0
            hits = u[i, 0] < p
            answered[i] = asks
            correct[i] = asks & hits
            minutes[i] = f[item + family.MINUTES]
            if learns:
                family.learn(s, i, j, asks, hits, c, f, n)

    return step


def kept_sum_of(name: str) -> Kernel:
    """The kernel ``mastery_sum`` of a family that keeps masteries in its rows: ``kept(n)`` says from where to where."""
    family: ModuleType = sys.modules[name]

    @kernel_of(family)
    def mastery_sum(s, out, f, n):
        """Sum of the masteries."""
        first, end = family.kept(n)
        for i in range(out.shape[0]):
            out[i] = sum_of(s, i, first, end)

    return mastery_sum
