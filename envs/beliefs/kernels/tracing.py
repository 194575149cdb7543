"""Following skills that are known or not, one by one: a lesson, and a whole log of lessons (``bkt.py``)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ....students.jit import Truth, Whole, inline, kernel
from ..base import LINKS, Floats, Ints
from ..tracing import ITEMS, LEAK, LEARN_FIRST


@inline
def _ready(s: Floats, at: Whole, k: Whole, links: Ints) -> float:
    """How surely all prerequisites of a skill are known."""
    n_parents, ready = links[3], 1.0
    parents: Whole = LINKS + links[1] * links[2] + k * n_parents
    for parent in range(parents, parents + n_parents):
        a: Whole = links[parent]
        ready *= s[at + max(a, 0)] if a >= 0 else 1.0
    return ready


@inline
def lesson_alone(s: Floats, at: Whole, m: Whole, answered: Truth, correct: Truth, numbers: Floats, links: Ints) -> None:
    """One lesson where every item has one skill and asks before it teaches: the usual case, without loops."""
    k, n = links[LINKS + m], ITEMS + 3 * m
    learn, guess, slip = numbers[n], numbers[n + 1], numbers[n + 2]
    ready, before = _ready(s, at, k, links), s[at + k]
    after = before
    if answered:
        hit = np.float64(correct)
        if_known = slip + hit * (1.0 - 2.0 * slip)
        if_not = 1.0 - guess + hit * (2.0 * guess - 1.0)
        evidence = before * if_known + (1.0 - before) * if_not
        after = before * if_known / evidence if evidence > 0.0 else before
    after += (1.0 - after) * learn * (numbers[LEAK] + (1.0 - numbers[LEAK]) * ready)
    s[at + k] = after
    s[at + links[0]] += after - before


@inline
def lesson(
    s: Floats, at: Whole, m: Whole, answered: Truth, correct: Truth, odds: float, numbers: Floats, links: Ints,
    scratch: Floats,
) -> None:  # fmt: skip
    """One lesson: answer by Bayes' rule, then the chance of having learnt, or the other way round.

    Args:
        s: records of beliefs and their sum, one after the other.
        at: where this student's begins.
        m: the item.
        answered: whether there was an answer.
        correct: whether it was right.
        odds: how much likelier what else was seen of the answer is if the skills are known; 1: nothing was.
        numbers: leak, learn_first, then learn, guess and slip of every item.
        links: of the curriculum; see ``pack_links``.
        scratch: room for a number of each skill of an item.
    """
    width, n, change = links[2], ITEMS + 3 * m, 0.0
    first: Whole = LINKS + m * width
    leak, learn_first = numbers[LEAK], numbers[LEARN_FIRST] > 0.0
    learn, guess, slip = numbers[n], numbers[n + 1], numbers[n + 2]
    for turn in range(2):
        if learn_first == (turn == 0):
            for slot in range(width):
                k: Whole = links[first + slot]
                if k >= 0:
                    scratch[slot] = (1.0 - s[at + k]) * learn * (leak + (1.0 - leak) * _ready(s, at, k, links))
            for slot in range(width):
                if links[first + slot] >= 0:
                    s[at + links[first + slot]] += scratch[slot]
                    change += scratch[slot]
        elif answered:
            # P(answer | k known) = rest P(. | all known) + (1 - rest) P(. | guessing), rest: the other skills
            if_all = (1.0 - slip if correct else slip) * odds
            if_not = guess if correct else 1.0 - guess
            for slot in range(width):
                scratch[slot] = s[at + links[first + slot]] if links[first + slot] >= 0 else 1.0
            for slot in range(width):
                k: Whole = links[first + slot]
                if k >= 0:
                    rest = 1.0
                    for other in range(width):
                        rest *= scratch[other] if other != slot else 1.0
                    if_known = rest * if_all + (1.0 - rest) * if_not
                    evidence = scratch[slot] * if_known + (1.0 - scratch[slot]) * if_not
                    if evidence > 0.0:
                        s[at + k] = scratch[slot] * if_known / evidence
                        change += s[at + k] - scratch[slot]
    s[at + links[0]] += change


@kernel
def place(items: Ints, order: Ints, group: Ints, links: Ints, first: Ints, start: Ints, skill: Ints) -> int:
    """Where among a log's rows the lessons of each student on each skill begin.

    Args:
        items: (N, T), -1 where there was no lesson.
        order: (K,) the skills, one group after the other.
        group: (G + 1,) where in ``order`` each group begins, and the end.
        links: of the curriculum; see ``pack_links``.
        first: (N, K) zeros; becomes the first row of each student's lessons on each skill.
        start: (N K + 1,), becomes the first row of each sequence, and behind them how many rows there are.
        skill: (N K,), becomes the skill of each sequence.

    Returns:
        How many sequences there are.
    """
    width, rows, sequences = links[2], 0, 0
    for i in range(items.shape[0]):
        for t in range(items.shape[1]):
            if items[i, t] >= 0:
                for slot in range(LINKS + items[i, t] * width, LINKS + (items[i, t] + 1) * width):
                    if links[slot] >= 0:
                        first[i, links[slot]] += 1
    for g in range(group.shape[0] - 1):
        for i in range(items.shape[0]):
            for k in order[group[g] : group[g + 1]]:
                count = first[i, k]
                first[i, k] = rows
                if count > 0:
                    start[sequences], skill[sequences] = rows, k
                    sequences += 1
                    rows += count
    start[sequences] = rows
    return sequences


@kernel
def lay_out(
    items: Ints, answers: npt.NDArray[np.int8], day: Floats, links: Ints, first: Ints, correct: npt.NDArray[np.int8],
    item: Ints, days: Floats,
) -> None:  # fmt: skip
    """The rows of a log as far as they do not depend on what is believed: answer, item, days since the row before."""
    skills, width = links[0], links[2]
    row, last = np.empty(skills, np.int64), np.empty(skills)
    for i in range(items.shape[0]):
        for k in range(skills):
            row[k], last[k] = first[i, k], 0.0
        for t in range(items.shape[1]):
            if items[i, t] >= 0:
                for slot in range(LINKS + items[i, t] * width, LINKS + (items[i, t] + 1) * width):
                    k = links[slot]
                    if k >= 0:
                        r = row[k]
                        correct[r], item[r], days[r] = answers[i, t], items[i, t], day[t] - last[k]
                        row[k], last[k] = r + 1, day[t]


@kernel
def follow(
    items: Ints, answers: npt.NDArray[np.int8], gap: Ints, lengths: Floats, prior: Floats, forget: Floats,
    numbers: Floats, links: Ints, first: Ints, ready: Floats, others: Floats,
) -> float:  # fmt: skip
    """Run the filter over a log, one student after the other.

    Args:
        items: (N, T), -1 where there was no lesson.
        answers: (N, T) 1 right, 0 wrong, -1 not asked.
        gap: (T,) which of the ``lengths`` are the days before each lesson; -1: none passed.
        lengths: (G,) days.
        prior: (K,) the beliefs to begin with.
        forget: (K,) per day.
        numbers: leak, learn_first, then learn, guess and slip of every item.
        links: of the curriculum; see ``pack_links``.
        first: (N, K) the first row of each student's lessons on each skill.
        ready: (R,), becomes how far the prerequisites of each row let it be learnt.
        others: (R,), becomes how surely the other skills are known that each row's item needs.

    Returns:
        The log-loss of all answers, each foretold one lesson ahead.
    """
    skills, width, leak, learn_first = links[0], links[2], numbers[LEAK], numbers[LEARN_FIRST] > 0.0
    s, row, scratch, known = np.empty(skills + 1), np.empty(skills, np.int64), np.empty(width), np.empty(width)
    loss, chance, keep = 0.0, 1.0, np.empty((lengths.shape[0], skills))
    for g in range(lengths.shape[0]):
        for k in range(skills):
            keep[g, k] = np.exp(-forget[k] * lengths[g])
    alone = width == 1 and not learn_first
    for i in range(items.shape[0]):
        for k in range(skills):
            s[k], row[k] = prior[k], first[i, k]
        s[skills] = 0.0
        for t in range(items.shape[1]):
            if gap[t] >= 0:
                for k in range(skills):
                    s[k] *= keep[gap[t], k]
            m: Whole = items[i, t]
            if m < 0:
                continue
            n, all_ = ITEMS + 3 * m, 1.0
            for slot in range(width):
                k: Whole = links[LINKS + m * width + slot]
                known[slot] = 1.0
                if k >= 0:
                    open_ = leak + (1.0 - leak) * _ready(s, 0, k, links)
                    known[slot] = s[k] + (1.0 - s[k]) * open_ * numbers[n] if learn_first else s[k]
                    ready[row[k]] = open_
                all_ *= known[slot]
            for slot in range(width):
                k = links[LINKS + m * width + slot]
                if k >= 0:
                    rest = 1.0
                    for other in range(width):
                        rest *= known[other] if other != slot else 1.0
                    others[row[k]] = rest
                    row[k] += 1
            answered, correct = answers[i, t] >= 0, answers[i, t] == 1
            if answered:
                p = numbers[n + 1] + (1.0 - numbers[n + 1] - numbers[n + 2]) * all_
                chance *= p if correct else 1.0 - p
                if chance < 1e-200:
                    loss -= np.log(chance)
                    chance = 1.0
            if alone:
                lesson_alone(s, 0, m, answered, correct, numbers, links)
            else:
                lesson(s, 0, m, answered, correct, 1.0, numbers, links, scratch)
    return loss - float(np.log(chance))
