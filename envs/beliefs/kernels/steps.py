"""Problems of several steps, as beliefs take them in: one step after the other, each a lesson of its skill.

Links and numbers of such beliefs are those of the unfolded curriculum (``Curriculum.unfolded``); behind the links stand
the parts of every item (M L), padded with -1, then M and L.
"""

from __future__ import annotations

import numpy as np

from ....students.curriculum.curriculum import Curriculum
from ....students.jit import Truth, Whole, inline, kernel
from ....students.model import Outcome
from .._graph import lesson as joint_lesson
from .._graph import sum_up_of
from ..base import Floats, Ints
from .tracing import lesson
from .tree import CLIQUES, PER_ITEM, SEPARATOR, WIDTH


def with_parts(links: Ints, curriculum: Curriculum) -> Ints:
    """A belief's links with the parts of every item behind them, where the curriculum has steps."""
    parts = curriculum.parts
    return np.concatenate([links, parts.ravel(), parts.shape]).astype(np.int64) if curriculum.has_steps else links


@inline
def begin_of(links: Ints, m: Whole) -> Whole:
    """Where the parts of an item begin."""
    end: Whole = links.shape[0] - 2
    return end - links[end] * links[end + 1] + m * links[end + 1]


@inline
def step_was_right(outcome: np.void, links: Ints, begin: Whole, t: Whole) -> Truth:
    """Whether part t of an item was right: of a problem by its bit."""
    if links[begin + 1] < 0:
        return outcome["correct"]
    return ((np.int64(outcome["right_steps"]) >> t) & 1) == 1


@kernel
def update(s: Floats, items: Ints, out: Outcome, numbers: Floats, links: Ints) -> None:
    """Take in each student's lesson, skills followed by themselves (``bkt.py``)."""
    scratch, long = np.empty(links[2]), links[links.shape[0] - 1]
    for i in range(items.shape[0]):
        if items[i] < 0:
            continue
        begin, at, answered = begin_of(links, items[i]), i * (links[0] + 1), out[i]["answered"]
        for t in range(long):
            part: Whole = links[begin + t]
            if part >= 0:
                right = step_was_right(out[i], links, begin, t)
                lesson(s, at, part, answered, right, 1.0, numbers, links, scratch)


@kernel
def update_together(s: Floats, items: Ints, out: Outcome, numbers: Floats, n: Ints) -> None:
    """Take in each student's lesson, skills followed in cliques (``graph.py``)."""
    ratio, known, rate = np.empty(2 * n[SEPARATOR]), np.empty(n[PER_ITEM]), np.empty(n[WIDTH])
    fresh, touched = np.empty(n[CLIQUES], np.int64), np.empty(n[CLIQUES], np.int64)
    long = n[n.shape[0] - 1]
    for i in range(items.shape[0]):
        if items[i] < 0:
            continue
        begin, at, answered = begin_of(n, items[i]), i * n[WIDTH], out[i]["answered"]
        touched[:] = 0
        for t in range(long):
            part: Whole = n[begin + t]
            if part >= 0:
                right = step_was_right(out[i], n, begin, t)
                joint_lesson(s, n, at, part, answered, right, 1.0, numbers, known, ratio, rate, fresh, touched)
        sum_up_of(s, n, at, touched)
