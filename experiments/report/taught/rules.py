"""A short list of rules that imitates a teacher: "if there is a skill that …, teach it".

Learnt greedily (sequential covering): the rule that makes the list agree with the teacher most often is put in at the
place where it helps most, until eight rules are there or none helps. Nothing is drawn by lot.

Most lessons stay with the skill of the lesson before, which is easy to guess: "go on" would be right in most of them
and explain nothing. So lessons in which the teacher moves to another skill weigh as much together as those in which it
stays, and a list is judged by the moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations

import numpy as np
import numpy.typing as npt

from ...figures.lessons import Floats, Lessons

MOST_RULES = 8
WORTHWHILE = 0.003
"""A rule must explain this share of the lessons more than the list without it; a second condition half of it."""

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Condition:
    """A plain statement about a skill, or about when the lesson is.

    Attributes:
        words: what it says.
        holds: (L, K) for which skills it holds in each lesson.
        also: of one about the time, what it says behind another one of that kind.
    """

    words: str
    holds: Bools
    also: str = ""


@dataclass(frozen=True)
class Preference:
    """Which of several skills comes first: its words, and the skills of each lesson from first to last, (L, K)."""

    words: str
    order: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Situations:
    """L lessons as a rule sees them.

    Attributes:
        conditions: what can be said about a skill.
        preferences: how to choose among skills.
        chosen: (L, K) True for the skills of the item that the teacher chose; no skill: the teaching was ended.
        moved: (L,) True where the teacher left the skills of the lesson before, began, or ended the teaching.
    """

    conditions: tuple[Condition, ...]
    preferences: tuple[Preference, ...]
    chosen: Bools
    moved: Bools


@dataclass(frozen=True)
class Rule:
    """If there is a skill for which all conditions hold, teach the first of them by the preference.

    Attributes:
        conditions: indices into ``Situations.conditions``; none: every skill qualifies.
        preference: index into ``Situations.preferences``; -1: end the teaching if NO skill meets the conditions.
    """

    conditions: tuple[int, ...]
    preference: int


@dataclass(frozen=True, eq=False)
class Explained:
    """A decision list and how well it imitates the teacher on students that it was not made from.

    Attributes:
        rules: in order; the first that applies decides.
        agreement: share of the held-out moves in which the list names a skill that the teacher moved to.
        staying: the same where the teacher stays with a skill (NaN where it never does).
        moves: how many held-out moves.
        lessons: how many held-out lessons.
        students: how many students the list was made from, and how many were held out.
        applies: per rule, the share of the held-out lessons that it decides.
        right: per rule, its agreement in the moves that it decides (NaN where it decides none).
        right_staying: per rule, the same in the lessons in which the teacher stays.
        choice: (L,) for every held-out lesson the skill that the list names; -1 ends the teaching, -2 no rule applies.
        decides: (L,) the rule that decides; -1: none.
    """

    rules: tuple[Rule, ...]
    agreement: float
    staying: float
    moves: int
    lessons: int
    students: tuple[int, int]
    applies: Floats
    right: Floats
    right_staying: Floats
    choice: npt.NDArray[np.int64]
    decides: npt.NDArray[np.int64]


def candidates(situations: Situations) -> tuple[list[Rule], Bools, Bools]:
    """Every rule of at most two conditions, with the lessons where it applies and where it is right, (C, L) each."""
    ends, every = ~situations.chosen.any(axis=1), [condition.holds for condition in situations.conditions]
    singles = [(i,) for i in range(len(every))]
    telling: dict[tuple[int, ...], Bools] = {}
    for conditions in [(), *singles, *combinations(range(len(every)), 2)]:
        holds = _all_of(every, conditions, situations.chosen.shape)
        found = np.asarray(holds.any(axis=1))
        # A rule for a handful of lessons explains nothing, and one that a shorter rule says as well is noise.
        if found.mean() < WORTHWHILE and not (len(conditions) == 1 and ends.any()):
            continue
        if len(conditions) == 2 and any((holds == every[i]).all() for i in conditions):
            continue
        telling[conditions] = found
    hits = [list(_firsts_chosen(situations, preference, telling)) for preference in situations.preferences]
    rules, applies, right = [], [], []
    for k, (conditions, found) in enumerate(telling.items()):
        for p, hit in enumerate(hits):
            rules.append(Rule(conditions, p))
            applies.append(found)
            right.append(found & hit[k])
        if len(conditions) == 1 and ends.any():
            rules.append(Rule(conditions, -1))
            applies.append(~found)
            right.append(~found & ends)
    return rules, np.array(applies), np.array(right)


def _firsts_chosen(situations: Situations, preference: Preference, those: Iterable[tuple[int, ...]]) -> Iterator[Bools]:
    """(L,) for each of these lists of conditions whether the teacher chose the first skill for which all of them hold.

    Skills are put in order once for a condition, not for every list that it is in.
    """
    chosen = np.take_along_axis(situations.chosen, preference.order, axis=1)
    every = [np.take_along_axis(condition.holds, preference.order, axis=1) for condition in situations.conditions]
    lessons = np.arange(len(chosen))
    for conditions in those:
        yield chosen[lessons, _all_of(every, conditions, chosen.shape).argmax(axis=1)]


def _all_of(every: Sequence[Bools], conditions: tuple[int, ...], shape: tuple[int, ...]) -> Bools:
    """(L, K) where all of these conditions hold."""
    return reduce(np.logical_and, (every[i] for i in conditions), np.ones(shape, np.bool_))


def learn_rules(situations: Situations, *, most: int = MOST_RULES) -> tuple[Rule, ...]:
    """The decision list that imitates the teacher in these lessons, as far as ``most`` rules can."""
    rules, applies, right = candidates(situations)
    weight = _weight(situations.moved)
    n_lessons = len(weight)
    cost = np.array([WORTHWHILE / 2 * max(len(r.conditions) - 1, 0) for r in rules]) * n_lessons
    wins, applying = right * weight, applies * weight
    chosen: list[int] = []
    while len(chosen) < most:
        best, where, which = WORTHWHILE * n_lessons, -1, -1
        free = np.ones(n_lessons, bool)
        for place in range(len(chosen) + 1):
            rest = _agrees(chosen[place:], applies, right)
            # Lessons that reach this place: what the new rule wins there, less what the rules after it had right.
            gain = wins @ free.astype(np.float32) - applying @ (free & rest).astype(np.float32) - cost
            top = int(gain.argmax())
            if gain[top] > best:
                best, where, which = float(gain[top]), place, top
            if place < len(chosen):
                free = free & ~applies[chosen[place]]
        if which < 0:
            break
        chosen.insert(where, which)
        chosen = _needed(chosen, applies, right, weight)
    return tuple(rules[c] for c in chosen)


def _agrees(chosen: list[int], applies: Bools, right: Bools) -> Bools:
    """(L,) where a list of candidate rules is right."""
    free, agrees = np.ones(applies.shape[1], bool), np.zeros(applies.shape[1], bool)
    for c in chosen:
        agrees |= free & right[c]
        free &= ~applies[c]
    return agrees


def _weight(moved: Bools) -> npt.NDArray[np.float32]:
    """(L,) moves together weigh as much as all other lessons; the sum is L."""
    share = float(moved.mean())
    if share in (0.0, 1.0):
        return np.ones(len(moved), np.float32)
    return np.where(moved, 0.5 / share, 0.5 / (1 - share)).astype(np.float32)


def _needed(chosen: list[int], applies: Bools, right: Bools, weight: npt.NDArray[np.float32]) -> list[int]:
    """The list without rules that later ones made superfluous."""
    for c in list(chosen):
        without = [other for other in chosen if other != c]
        lost = weight[_agrees(chosen, applies, right)].sum() - weight[_agrees(without, applies, right)].sum()
        if lost <= 0.25 * WORTHWHILE * applies.shape[1]:
            chosen = without
    return chosen


def follow(rules: tuple[Rule, ...], situations: Situations) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """What the list would do in each lesson.

    Returns:
        (L,) the skill, -1 to end the teaching, -2 where no rule applies; and (L,) the rule that decides, -1 for none.
    """
    n_lessons = len(situations.chosen)
    choice, decides = np.full(n_lessons, -2), np.full(n_lessons, -1)
    for number, rule in enumerate(rules):
        holds = np.ones_like(situations.chosen)
        for i in rule.conditions:
            holds = holds & situations.conditions[i].holds
        found = holds.any(axis=1)
        if rule.preference < 0:
            picked, found = np.full(n_lessons, -1), ~found
        else:
            order = situations.preferences[rule.preference].order
            first = np.take_along_axis(holds, order, axis=1).argmax(axis=1)
            picked = order[np.arange(n_lessons), first]
        new = found & (decides < 0)
        choice[new], decides[new] = picked[new], number
    return choice, decides


def agreement(choice: npt.NDArray[np.int64], chosen: Bools) -> Bools:
    """(L,) True where a named skill is one that the teacher taught, or both ended the teaching."""
    taught = chosen[np.arange(len(chosen)), np.maximum(choice, 0)] & (choice >= 0)
    return taught | ((choice == -1) & ~chosen.any(axis=1))


def explain(
    made_from: Situations, held_out: Situations, students: tuple[int, int], *, rules: tuple[Rule, ...] | None = None
) -> Explained:
    """Learn the list from some students' lessons, where it is not given, and test it on the lessons of others."""
    rules = learn_rules(made_from) if rules is None else rules
    choice, decides = follow(rules, held_out)
    agrees, moved = agreement(choice, held_out.chosen), held_out.moved
    deciding = [decides == r for r in range(len(rules))]
    return Explained(
        rules=rules,
        agreement=_share(agrees, moved),
        staying=_share(agrees, ~moved),
        moves=int(moved.sum()),
        lessons=len(choice),
        students=students,
        applies=np.array([here.mean() for here in deciding]),
        right=np.array([_share(agrees, here & moved) for here in deciding]),
        right_staying=np.array([_share(agrees, here & ~moved) for here in deciding]),
        choice=choice,
        decides=decides,
    )


def _share(agrees: Bools, among: Bools) -> float:
    return float(agrees[among].mean()) if among.any() else np.nan


def split(lessons: Lessons) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Students to learn the rules from, and every third one to test them on."""
    students = np.arange(lessons.n_students)
    return students[students % 3 != 2], students[students % 3 == 2]
