"""The graph belief run over a log: evidence is passed on only as far as the next lesson looks.

An answer changes one clique, the *focus* of its tree. What hangs on it has not heard of that: the edge between them is
*unheard*, and the end that is nearer to the focus is ahead. A clique hears of everything when messages have passed
along the way from the focus to it, so what a lesson looks at costs its distance, and most lessons are on what the one
before was on.

Forgetting does not commute with evidence, so before days pass all of a tree hears of what was answered in it. The days
themselves pass in a clique when it is looked at or hears of something, many at once: exp(-a) exp(-b) = exp(-(a + b)).

Learning needs no message: it changes no separator but those that have the skill, and their cliques are looked at.

Whom and what to tell depends on which skills are taught and when, never on what is believed. So students who are taught
alike are followed side by side (``side_by_side.py``). Who is not asked is told by a factor of 1 that nothing was
answered.

``s`` are the tables and separators of so many students, ``g`` what is known of them: a header, then a row for every
clique. ``breaks`` says of every break its day and which share of each skill it makes forgotten.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ....students.jit import Truth, Whole, inline, kernel
from ..base import Floats, Ints
from ..tracing import ITEMS, LEAK, LEARN_FIRST
from .side_by_side import age, all_known, learn_one, pass_on, weigh
from .tree import (
    ABOVE,
    AT_ITEMS,
    AT_SKILLS,
    BELOW,
    BELOW_END,
    CLIQUES,
    FIRST,
    GROUPS,
    HEADER,
    HOME,
    LOSSES,
    LOST,
    OFF,
    PER_CLIQUE,
    PER_ITEM,
    PER_SKILL,
    SEPARATED,
    SEPARATOR,
    SHARED,
    SIZE,
    SKILLS,
    STEPS,
    WALK,
    WIDTH,
)  # fmt: skip

LANES = 16
"""Students side by side, at most."""
WIDE, NOW, ANSWERS, SEEN, STATE = range(5)
"""Of ``g``: students side by side, breaks and answers so far, how many cliques were on a way to what was looked at
since the last break."""
TOWARDS, HEARD, ON_WAY, UNHEARD, AT, BETWEEN_AT, PLACE, LIST, WAY, PER_STATE = range(10)
"""Of a clique: its neighbour on the way to the focus; answers when it last heard of everything; whether it was on a
way; whether the edge above it is unheard; until which break days have passed in it and in the separator above it; where
its skills begin in the list of all cliques' skills. The last two are rooms for lists of cliques."""


@inline
def _age(
    s: Floats, n: Ints, c: Whole, between: Truth, g: Ints, breaks: Floats, forget: Floats, skills_of: Ints
) -> None:  # fmt: skip
    """The days until now pass in the table of a clique, or in the separator between it and the one it hangs on."""
    row: Whole = HEADER + c * PER_CLIQUE
    mine: Whole = STATE + c * PER_STATE
    at: Whole = mine + BETWEEN_AT if between else mine + AT
    if g[at] < g[NOW]:
        first: Whole = n[row + SEPARATED] if between else n[row + FIRST]
        size: Whole = n[row + SHARED] if between else n[row + SIZE]
        age(s, g[WIDE], g[mine + PLACE], first, size, g[at], g[NOW], breaks, forget, skills_of)
        g[at] = g[NOW]


@inline
def _changed(n: Ints, g: Ints, c: Whole, but: Whole) -> None:
    """The edges of a clique are unheard of what changed in it; ``but`` is the one through which it heard."""
    row: Whole = HEADER + c * PER_CLIQUE
    if n[row + ABOVE] >= 0 and c != but:
        g[STATE + c * PER_STATE + UNHEARD] = 1
    for below in range(n[row + BELOW], n[row + BELOW_END]):
        if n[below] != but:
            g[STATE + n[below] * PER_STATE + UNHEARD] = 1


@inline
def _hear(
    s: Floats, n: Ints, c: Whole, g: Ints, breaks: Floats, forget: Floats, skills_of: Ints, ratio: Floats
) -> Truth:  # fmt: skip
    """A clique hears what its neighbour towards the focus has to say; whether that was anything."""
    near: Whole = g[STATE + c * PER_STATE + TOWARDS]
    hangs = near >= 0 and n[HEADER + c * PER_CLIQUE + ABOVE] == near
    edge: Whole = c if hangs else near
    news = near >= 0 and g[STATE + edge * PER_STATE + UNHEARD] == 1
    if news:
        g[STATE + edge * PER_STATE + UNHEARD] = 0
        for between in range(2):
            _age(s, n, edge if between == 1 else c, between == 1, g, breaks, forget, skills_of)
        pass_on(s, n, g[WIDE], edge, hangs, ratio)
        _changed(n, g, c, edge)
    return news


@inline
def _seen(g: Ints, c: Whole) -> None:
    """A clique is on the list of those from which there may be something to hear before the next break."""
    if g[STATE + c * PER_STATE + ON_WAY] == 0:
        g[STATE + c * PER_STATE + ON_WAY] = 1
        g[STATE + g[SEEN] * PER_STATE + LIST] = c
        g[SEEN] += 1


@inline
def _look(
    s: Floats, n: Ints, c: Whole, g: Ints, breaks: Floats, forget: Floats, skills_of: Ints, ratio: Floats
) -> None:  # fmt: skip
    """Make a clique what it is given all answers and days until now."""
    at, count = c, 0
    while at >= 0 and g[STATE + at * PER_STATE + HEARD] != g[ANSWERS]:
        g[STATE + count * PER_STATE + WAY] = at
        count += 1
        at = g[STATE + at * PER_STATE + TOWARDS]
    while count > 0:
        count -= 1
        at = g[STATE + count * PER_STATE + WAY]
        g[STATE + at * PER_STATE + HEARD] = g[ANSWERS]
        _seen(g, at)
        _hear(s, n, at, g, breaks, forget, skills_of, ratio)
    _age(s, n, c, False, g, breaks, forget, skills_of)


@inline
def _rest(s: Floats, n: Ints, g: Ints, breaks: Floats, forget: Floats, skills_of: Ints, ratio: Floats) -> None:
    """Before days pass, everybody hears of everything: from the focus of every tree outwards."""
    count, at = 0, 0
    for i in range(g[SEEN]):
        c = g[STATE + i * PER_STATE + LIST]
        if g[STATE + c * PER_STATE + TOWARDS] < 0:
            g[STATE + count * PER_STATE + WAY] = c
            count += 1
    while at < count:
        c = g[STATE + at * PER_STATE + WAY]
        row: Whole = HEADER + c * PER_CLIQUE
        for other in range(n[row + BELOW] - 1, n[row + BELOW_END]):
            d: Whole = n[row + ABOVE] if other < n[row + BELOW] else n[other]
            if d >= 0 and d != g[STATE + c * PER_STATE + TOWARDS]:
                news = _hear(s, n, d, g, breaks, forget, skills_of, ratio)
                if news or g[STATE + d * PER_STATE + ON_WAY] == 1:
                    g[STATE + count * PER_STATE + WAY] = d
                    count += 1
        at += 1
    for i in range(g[SEEN]):
        g[STATE + g[STATE + i * PER_STATE + LIST] * PER_STATE + ON_WAY] = 0
    g[SEEN] = 0
    g[NOW] += 1


@inline
def _answered(n: Ints, g: Ints, c: Whole) -> None:
    """An answer has changed a clique that had heard of everything: it is the focus now."""
    g[ANSWERS] += 1
    g[STATE + c * PER_STATE + HEARD] = g[ANSWERS]
    at, before = c, -1
    while at >= 0:
        after: Whole = g[STATE + at * PER_STATE + TOWARDS]
        g[STATE + at * PER_STATE + TOWARDS] = before
        before, at = at, after
    _seen(g, c)
    _changed(n, g, c, -1)


@inline
def _answer(
    s: Floats, n: Ints, m: Whole, told: Floats, known: Floats, g: Ints, breaks: Floats, forget: Floats, skills_of: Ints,
    ratio: Floats,
) -> None:  # fmt: skip
    """Bayes' rule, as when every answer is passed on at once (``_graph.py``).

    Args:
        s: the tables.
        n: the tree.
        m: an item that needs the skills that all their items need.
        told: how probable the answers are if all skills are known, and otherwise; 1 and 1 of who is not asked. Becomes
            how probable the answers were.
        known: room for a row of each group of skills and five more.
        g: what is known of the tables.
        breaks: as for ``_age``.
        forget: (K,) per day.
        skills_of: as for ``_age``.
        ratio: room for a separator.
    """
    first: Whole = n[AT_ITEMS] + m * n[PER_ITEM] + n[GROUPS]
    groups, lanes = (n[PER_ITEM] - n[GROUPS]) // 2, g[WIDE]
    here: Whole = groups * lanes
    all_, yes, no, total = here + lanes, here + 2 * lanes, here + 3 * lanes, here + 4 * lanes
    for j in range(lanes):
        known[all_ + j] = 1.0
    for turn in range(2 * groups):
        i, weighed = turn % groups, turn >= groups
        group: Whole = first + 2 * i
        c: Whole = n[group]
        if c >= 0:
            mask: Whole = n[group + 1]
            at = here if weighed else i * lanes
            _look(s, n, c, g, breaks, forget, skills_of, ratio)
            all_known(s, n, lanes, c, mask, known, at)
            if weighed:
                all_known(s, n, lanes, c, 0, known, total)
                for j in range(lanes):
                    rest = 1.0
                    for other in range(groups):
                        rest *= known[other * lanes + j] if other != i and n[first + 2 * other] >= 0 else 1.0
                    if_not = told[lanes + j]
                    if_all = rest * told[j] + (1.0 - rest) * if_not
                    # what is there, once a rounding error has grown
                    sum_ = known[total + j] if abs(known[total + j] - 1.0) > OFF else 1.0
                    evidence = known[here + j] * if_all + (sum_ - known[here + j]) * if_not
                    asked = evidence > 0.0 and told[2 * lanes + j] > 0.0
                    known[yes + j] = if_all / evidence if asked else 1.0
                    known[no + j] = if_not / evidence if asked else 1.0
                weigh(s, n, lanes, c, mask, yes, no, known)
                _answered(n, g, c)
            else:
                for j in range(lanes):
                    known[all_ + j] *= known[at + j]
    for j in range(lanes):
        told[j] = known[all_ + j] * told[j] + (1.0 - known[all_ + j]) * told[lanes + j]


@inline
def _look_around(
    s: Floats, n: Ints, k: Whole, g: Ints, breaks: Floats, forget: Floats, skills_of: Ints, ratio: Floats
) -> None:  # fmt: skip
    """Look at all that the learning of a skill depends on and changes."""
    skill: Whole = n[AT_SKILLS] + k * PER_SKILL
    steps, losses = n[skill + STEPS], n[skill + LOSSES]
    for place in range(1 + steps + losses):
        c: Whole = n[skill + HOME]
        step: Whole = n[skill + WALK] + 4 * (place - 1)
        if place > steps:
            lost: Whole = n[skill + LOST] + place - steps - 1
            other: Whole = n[AT_SKILLS] + n[lost] * PER_SKILL
            c = n[other + HOME]
        elif place > 0:
            c = n[step]
        _look(s, n, c, g, breaks, forget, skills_of, ratio)
        if 0 < place <= steps:
            source: Whole = n[step + 2]
            edge: Whole = c if n[HEADER + c * PER_CLIQUE + ABOVE] == source else source
            _age(s, n, edge, True, g, breaks, forget, skills_of)


@inline
def _begin(n: Ints, g: Ints, lanes: Whole) -> None:
    """Nobody has answered; the focus of every tree is its root."""
    place = 0
    g[WIDE], g[NOW], g[ANSWERS], g[SEEN] = lanes, 0, 0, 0
    for c in range(n[CLIQUES]):
        mine: Whole = STATE + c * PER_STATE
        row: Whole = HEADER + c * PER_CLIQUE
        g[mine + TOWARDS], g[mine + HEARD], g[mine + ON_WAY] = n[row + ABOVE], 0, 0
        g[mine + UNHEARD], g[mine + AT], g[mine + BETWEEN_AT], g[mine + PLACE] = 0, 0, 0, place
        bit = 1
        while bit < n[row + SIZE]:
            bit *= 2
            place += 1


@inline
def _together(items: Ints, alike: Ints, first: Whole, lengths: Ints, most: Whole) -> Whole:
    """How many students from the first on, at most ``most``, are taught the same skills for as long as they stay."""
    count, longest, same = 1, first, True
    while same and count < most and first + count < items.shape[0]:
        other: Whole = first + count
        t, end = 0, min(lengths[longest], lengths[other])
        while same and t < end:
            a, b = items[longest, t], items[other, t]
            same = a == b if a < 0 or b < 0 else alike[a] == alike[b]
            t += 1
        if same:
            count += 1
            longest = other if lengths[other] > lengths[longest] else longest
    return count


@inline
def _calendar(gaps: Floats, forget: Floats, breaks: Floats) -> None:
    """Of every break, the day and the share of every skill that it makes forgotten."""
    now = 0
    for t in range(gaps.shape[0]):
        if gaps[t] > 0.0:
            now += 1
            breaks[now, 0] = breaks[now - 1, 0] + gaps[t]
            for k in range(forget.shape[0]):
                breaks[now, k + 1] = 1.0 - np.exp(-forget[k] * gaps[t])


@kernel
def foretell(
    start: Floats, items: Ints, alike: Ints, answers: npt.NDArray[np.int8], gaps: Floats, owners: Ints, numbers: Floats,
    forget: Floats, n: Ints, skills_of: Ints, loss: Floats, most: Whole,
) -> None:  # fmt: skip
    """Run the belief over a log, and sum the log-loss of each answer, foretold before it, by the item's own skill.

    Args:
        start: one student's record at the beginning.
        items: (N, T), -1 where there was no lesson.
        alike: (M,) a number that items of the same skills share.
        answers: (N, T) 1 right, 0 wrong, -1 not asked.
        gaps: (T,) days before each lesson.
        owners: (M,) the skill that an item's answers are counted for.
        numbers: leak, learn_first, then learn, guess and slip of every item.
        forget: (K,) per day.
        n: the tree.
        skills_of: as for ``elapse``.
        loss: (K,), added to.
        most: how many students are followed side by side, at most.
    """
    skills, joint = n[SKILLS], 3 * n[SKILLS] + 1
    ratio, known = np.empty(2 * n[SEPARATOR] * most), np.empty((n[PER_ITEM] + 5) * most)
    s, rate = np.empty((n[WIDTH] - joint) * most), np.empty((n[WIDTH] - joint) * most)
    told, learn, mine = np.empty(3 * most), np.empty(3 * most), np.empty(skills * most)
    g, lengths = np.empty(STATE + n[CLIQUES] * PER_STATE, np.int64), np.zeros(items.shape[0], np.int64)
    breaks = np.zeros((1 + (gaps > 0.0).sum(), 1 + skills))
    _calendar(gaps, forget, breaks)
    for i in range(items.shape[0]):
        for t in range(items.shape[1]):
            lengths[i] = t + 1 if items[i, t] >= 0 else lengths[i]
    leak, learn_first, i = numbers[LEAK], numbers[LEARN_FIRST] > 0.0, 0
    while i < items.shape[0]:
        lanes = _together(items, alike, i, lengths, most)
        for x in range((n[WIDTH] - joint) * lanes):
            s[x] = start[joint + x // lanes]
        mine[:] = 0.0
        _begin(n, g, lanes)
        for t in range(lengths[i : i + lanes].max()):
            if gaps[t] > 0.0:
                _rest(s, n, g, breaks, forget, skills_of, ratio)
            some = -1
            for j in range(lanes):
                m: Whole = items[i + j, t]
                learn[j], told[j], told[lanes + j], told[2 * lanes + j] = 0.0, 1.0, 1.0, 0.0
                if m >= 0:
                    some, first = m, ITEMS + 3 * m
                    learn[j], guess, slip = numbers[first], numbers[first + 1], numbers[first + 2]
                    if answers[i + j, t] >= 0:
                        right = answers[i + j, t] == 1
                        told[j], told[lanes + j] = (1.0 - slip, guess) if right else (slip, 1.0 - guess)
                        told[2 * lanes + j] = 1.0
            if some >= 0:
                slots = n[AT_ITEMS] + some * n[PER_ITEM]
                for turn in range(2):
                    if learn_first == (turn == 0):
                        for slot in range(slots, slots + n[GROUPS]):
                            if n[slot] >= 0:
                                _look_around(s, n, n[slot], g, breaks, forget, skills_of, ratio)
                                learn_one(s, n, g[WIDE], n[slot], learn, leak, rate, ratio)
                    else:
                        _answer(s, n, some, told, known, g, breaks, forget, skills_of, ratio)
                for j in range(lanes):
                    if told[2 * lanes + j] > 0.0:
                        mine[owners[some] * lanes + j] -= np.log(max(told[j], 1e-12))
        for j in range(lanes):
            for k in range(skills):
                loss[k] += mine[k * lanes + j]
        i += lanes
