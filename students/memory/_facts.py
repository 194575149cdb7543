"""What the kernels of several memory models share: an item is right if all its skills are recalled."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np

from ..jit import kernel, kernel_of
from ..loops import Kernel
from ..packed import HEADER, N_SKILLS, WIDTH, sum_of


@kernel
def answers(recalled, out, n):
    """(N, M) probability that all skills of an item are recalled, from (N, K) that of each skill."""
    width = n[WIDTH]
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            p, first = 1.0, HEADER + j * width
            for slot in range(first, first + width):
                if n[slot] < 0:
                    break
                p *= recalled[i, n[slot]]
            out[i, j] = p


@kernel
def row_sums(values, out):
    """(N,) sum over the skills."""
    for i in range(out.shape[0]):
        out[i] = sum_of(values, i, 0, values.shape[1])


def elapse_of(name: str) -> Kernel:
    """The kernel ``elapse`` of the family with this module's name, whose days only move a clock (``CLOCK``)."""
    family: ModuleType = sys.modules[name]

    @kernel_of(family)
    def elapse(s, days, u, f, n):
        """Days pass: the clock moves."""
        for i in range(days.shape[0]):
            s[i, family.CLOCK] += days[i]

    return elapse


def p_correct_of(name: str) -> Kernel:
    """The kernel ``p_correct`` of the family with this module's name, from its ``known`` (``students/loops.py``)."""
    family: ModuleType = sys.modules[name]

    @kernel_of(family)
    def p_correct(s, items, out, f, n):
        """Probability of a right answer to the chosen items (0 where there is none)."""
        width, c = n[WIDTH], family.numbers(f, n)
        for i in range(out.shape[0]):
            out[i] = 0.0
            if items[i] >= 0:
                first, product = HEADER + items[i] * width, 1.0
                for slot in range(first, first + width):
                    if n[slot] < 0:
                        break
                    product *= family.known(s, i, n[slot], c, f, n)
                out[i] = product

    return p_correct


def recalls_of(name: str) -> tuple[Kernel, Kernel, Kernel]:
    """The kernels ``mastery``, ``mastery_sum`` and ``forecast`` of the family with this module's name.

    It writes a kernel ``recall_after(s, days, out, f, n)``: recall of every skill after so many days without a lesson.
    """
    family: ModuleType = sys.modules[name]

    @kernel_of(family)
    def mastery(s, out, f, n):
        """(N, K) probability of recall now."""
        family.recall_after(s, np.zeros(out.shape[0]), out, f, n)

    @kernel_of(family)
    def mastery_sum(s, out, f, n):
        """(N,) expected number of skills recalled."""
        recalled = np.empty((out.shape[0], n[N_SKILLS]))
        family.recall_after(s, np.zeros(out.shape[0]), recalled, f, n)
        row_sums(recalled, out)

    @kernel_of(family)
    def forecast(s, days, p, mastery, f, n):
        """Right answers (N, M) and recall (N, K) after so many days without a lesson."""
        family.recall_after(s, days, mastery, f, n)
        answers(mastery, p, n)

    return mastery, mastery_sum, forecast
