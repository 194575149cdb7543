"""A lesson of memory models whose students are taught in batches: one skill of every item of the batch at a time.

What the reviews need is gathered side by side, in one array (``room``), so that they are computed eight at a time,
without a branch. For this loop a family writes ``numbers(f, n)``, as in ``students/loops.py``, whose first is where the
items' numbers begin, and helpers in which ``kind`` says which of several models it is, known when they are compiled:

    gather(s, i, at, room, t, kind)      what a review of student i's memory at this column needs, into place t
    review(room, count, c, kind)         the reviews; beside what is kept, whether each was recalled (1.0 or 0.0)
    keep(s, i, at, room, t, c, f, kind)  the memory as it is now, of what was computed in place t
    size(n, kind)                        numbers per memory
    wait(s, i, days, taught, f, n, kind) the lesson's time passes

It also names where memories begin (``MEMORY``), its columns of an item, and how large the array is (``ROOM``).
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import ModuleType

import numpy as np

from ..jit import kernel_of
from ..loops import Kernel
from ..packed import HEADER, WIDTH

PER_MEMORY = -2  # of the integers: numbers per skill
DAYS_PER_MINUTE = 1.0 / 1440.0
BATCH = 256  # students who are taught together
# of the room, BATCH of each, so that a compiler sees that they do not overlap; the family's own stand behind
DRAW, ASKED, RECALLED, RIGHT, OWN = range(0, 5 * BATCH, BATCH)


def steps_of(name: str) -> Callable[[int], Kernel]:
    """The kernels of a lesson in the family with this module's name, by kind: each is compiled for one kind alone.

    Asking which kind it is costs a quarter of a lesson.
    """
    family: ModuleType = sys.modules[name]

    @functools.cache
    def step_for(kind: int) -> Kernel:
        @kernel_of(family)
        def step(s, items, u, out, f, n):
            """Recall each skill of the item, review it, then let the item's minutes pass."""
            answered, correct, minutes = out["answered"], out["correct"], out["minutes"]
            width, per, c = n[WIDTH], family.size(n, kind), family.numbers(f, n)
            item0 = c[0]
            room, rows = np.empty(family.ROOM), np.empty(BATCH, np.int64)
            for start in range(0, items.shape[0], BATCH):
                end = min(start + BATCH, items.shape[0])
                for t in range(end - start):
                    room[RIGHT + t] = 1.0
                for slot in range(width):
                    count = 0
                    for i in range(start, end):
                        j = items[i]
                        k = n[HEADER + max(j, 0) * width + slot]
                        rows[count] = i
                        family.gather(s, i, family.MEMORY + max(k, 0) * per, room, count, kind)
                        room[DRAW + count] = u[i, slot]
                        room[ASKED + count] = f[item0 + max(j, 0) * family.PER_ITEM + family.ASKS]
                        count += int((j >= 0) & (k >= 0))  # the next one writes over what is no review
                    family.review(room, count, c, kind)
                    for t in range(count):
                        i = rows[t]
                        at = family.MEMORY + n[HEADER + items[i] * width + slot] * per
                        family.keep(s, i, at, room, t, c, f, kind)
                        room[RIGHT + i - start] *= room[RECALLED + t]
                for i in range(start, end):
                    taught, item = items[i] >= 0, item0 + max(items[i], 0) * family.PER_ITEM
                    asks, length = taught & (f[item + family.ASKS] > 0.0), f[item + family.MINUTES] if taught else 0.0
                    answered[i] = asks
                    correct[i] = asks & (room[RIGHT + i - start] > 0.0)
                    minutes[i] = length
                    family.wait(s, i, length * DAYS_PER_MINUTE, taught, f, n, kind)

        return step

    return step_for
