"""A handful of pupils lesson by lesson, under every way of teaching whose lessons were kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..figures.lessons import Lessons
from ..figures.words import amount, group_words
from ..report.results import Way, World, read_lessons
from ..report.taught.choosing import differing
from ..report.taught.rules import Rule
from ..report.taught.why import mastery_rule, six_pupils
from ..store.runs import LESSONS
from .codes import Data, changes, digits, shares, whole
from .reasons import Reasons, reasons_of

KNOWN = 0.95
"""Of results that do not say it: from when on a skill counts as really known."""
SLACK = 1e-3
"""What is really known is kept with three digits."""
NO_ANSWER = 2
"""How a lesson without an answer is told from right (1) and wrong (0)."""


def compared(world: World) -> list[Way]:
    """Who is shown: the teacher, tuned mastery learning, then all others whose lessons were kept."""
    first = [world.teacher, world.mastery]
    return first + [way for way in world.ways.values() if way not in first and way.lessons_kept]


def pupils(world: World, kept: int, rules: tuple[Rule, ...] | None, room: int) -> list[Data]:
    """The pupils whom the page chose by its rule, as many as there is room for.

    Args:
        world: the scenario, about a teacher whose lessons were kept.
        kept: how many pupils' lessons were kept under the teacher and under mastery learning.
        rules: the teacher's decision list, if there is one.
        room: signs that they may take, about.
    """
    chosen = [journey for journey in six_pupils(world, kept) if journey.student is not None]
    who = [int(journey.student) for journey in chosen if journey.student is not None]
    ways = compared(world)
    told = [_told(world, way, who, rules) for way in ways]
    found = list[Data]()
    for at, journey in enumerate(chosen):
        each = [of_way[at] for of_way in told]
        room -= sum(len(str(one)) for one in each)
        if room < 0 and found:
            break
        group = group_words(str(world.teacher.pupils["group"][who[at]]))
        found.append({"number": who[at] + 1, "role": journey.role, "group": group, "ways": each})
    return found


def _told(world: World, way: Way, who: Sequence[int], rules: tuple[Rule, ...] | None) -> list[Data | None]:
    """Each pupil under one way of teaching; None where that pupil's lessons were not kept."""
    there = [i for i in who if i < len(way.runs[way.typical].arrays(LESSONS, "items")["items"])]
    lessons = read_lessons(world, way, students=there)
    is_teacher = way is world.teacher
    reasons = reasons_of(world, way, lessons, rules if is_teacher else None)
    other = otherwise(world, lessons) if is_teacher else None
    ends = _ends(world, way)
    found = [
        one_pupil(world, lessons, row, reasons)
        | {"end": "gave up" if way.pupils["quit"][i] else "over", "result": ends[i]}
        | ({} if other is None else {"otherwise": other[row]})
        for row, i in enumerate(there)
    ]
    by_number = dict(zip(there, found, strict=True))
    return [by_number.get(i) for i in who]


def _ends(world: World, way: Way) -> list[str]:
    unit = world.unit
    return [f"{amount(float(v) * unit.scale)} {unit.words} {unit.whole()}" for v in way.pupils[unit.column]]


def one_pupil(world: World, lessons: Lessons, row: int, reasons: Reasons) -> Data:
    """A pupil's lessons: what was taught and why, how it went, what was believed before each, and what was true."""
    length = int(lessons.lengths[row])
    answers = np.where(lessons.correct[row, :length] < 0, NO_ANSWER, lessons.correct[row, :length])
    certain = float(world.about.get("mastered_at", KNOWN)) - SLACK
    decides, named = reasons.decides[row, :length], reasons.named[row, :length]
    own = lessons.skills[row, np.arange(length), np.maximum(named, 0)] & (named >= 0)
    other_than_taught = np.flatnonzero(reasons.guessed & (decides > 0) & ~own)
    found: Data = {
        "items": whole(lessons.items[row, :length]),
        "answers": digits(answers),
        "days": _starts(np.floor(lessons.day[row, :length]).astype(int) + 1),
        "known": changes(lessons.mastery[row, : length + 1] >= certain),
        "rule": digits(decides),
        "named": [[t, int(named[t])] for t in other_than_taught.tolist()],
        "ended": bool(lessons.ended[row].any()),
    }
    if "belief" in lessons.seen:
        found["belief"] = shares(lessons.seen["belief"][row, : _believed_until(lessons, row, length)])
    if lessons.right_steps is not None:
        found["steps"] = [int(bits).bit_count() for bits in lessons.right_steps[row, :length]]
    return found


def _believed_until(lessons: Lessons, row: int, length: int) -> int:
    """How many beliefs of a pupil were kept: one before every lesson, one after the last if there is room."""
    after = length < lessons.horizon and any(values[row, length].any() for values in lessons.seen.values())
    return length + int(after)


def _starts(days: np.ndarray) -> list[list[int]]:
    """(lesson, day) where a day begins."""
    new = np.flatnonzero(np.diff(days, prepend=-1) != 0)
    return [[int(t), int(days[t])] for t in new]


def otherwise(world: World, lessons: Lessons) -> list[list[list[int]]]:
    """For each pupil (lesson, skill) where mastery learning would surely teach another skill in the same situation.

    The skill is -1 where it would end the teaching.
    """
    differ, skill = differing(lessons, mastery_rule(world))
    return [[[t, int(skill[row, t])] for t in np.flatnonzero(differ[row]).tolist()] for row in range(len(differ))]
