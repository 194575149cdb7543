"""Moments at which the reader says what they would teach, before they see what was taught and why."""

from __future__ import annotations

import numpy as np

from ..figures.lessons import Lessons
from ..figures.words import near
from ..language.translate import texts, tr
from ..report.results import World
from ..report.taught.choosing import Moment, choose_moments
from ..report.taught.rules import Rule
from ..report.taught.why import mastery_rule, other_mastery
from .codes import Data, digits, shares, whole
from .pupils import KNOWN, NO_ANSWER, SLACK
from .reasons import no_reasons, reasons_of

LOOK_BACK = 8
"""So many lessons before the moment are told one by one."""
KNOWN_WHEN = texts(
    {
        (True, True): "it was known before and after",
        (False, True): "the pupil did not know it before, and knew it after",
        (False, False): "the pupil knew it neither before nor after",
        (True, False): "it was known before, and forgotten after",
    }
)
"""Whether a skill was known before a lesson, and after it."""


def bets(world: World, lessons: Lessons, rules: tuple[Rule, ...] | None) -> list[Data]:
    """The moments that the page chose by its rule; none where the two never differ, or nothing is known of the other.

    Args:
        world: the scenario, about a teacher whose lessons were kept.
        lessons: the kept lessons of the teacher.
        rules: the teacher's decision list, if there is one.
    """
    if other_mastery(world, lessons) is None or "belief" not in lessons.seen:
        return []
    return [_bet(world, lessons, moment, rules) for moment in choose_moments(lessons, mastery_rule(world))]


def _bet(world: World, lessons: Lessons, moment: Moment, rules: tuple[Rule, ...] | None) -> Data:
    i, t = moment.student, moment.lesson
    one = lessons.of([i])
    reasons = reasons_of(world, world.teacher, one, rules) if one.seen else no_reasons(one)
    first = max(0, t - LOOK_BACK)
    answers = lessons.correct[i, first:t]
    rule = int(reasons.decides[0, t])
    tries = one.skills[0, :t].sum(axis=0)
    return {
        "number": i + 1,
        "lesson": t + 1,
        "day": int(lessons.day[i, t]) + 1,
        "belief": shares(lessons.seen["belief"][i, t]),
        "tries": whole(tries),
        "before": {"first": first + 1, "items": whole(lessons.items[i, first:t]),
                   "answers": digits(np.where(answers < 0, NO_ANSWER, answers))},
        "teacher": moment.teacher,
        "mastery": moment.mastery,
        "item": int(lessons.items[i, t]),
        "rule": rule,
        "named": int(reasons.named[0, t]) if reasons.guessed and rule else -1,
        "then": _then(world, lessons, moment),
    }  # fmt: skip


def _then(world: World, lessons: Lessons, moment: Moment) -> list[str]:
    """What came of the lesson: the answer, what was believed then, and what was true."""
    i, t, k = moment.student, moment.lesson, moment.teacher
    said = [lessons.answer_in_words(i, t)]
    belief = lessons.seen["belief"][i, :, k]
    if t + 1 < lessons.horizon and lessons.taught[i, t + 1]:
        said.append(
            tr("Before, the tutor believed it {before} known, after it {after}.",
                before=near(float(belief[t])), after=near(float(belief[t + 1])))
        )  # fmt: skip
    certain = float(world.about.get("mastered_at", KNOWN)) - SLACK
    before, after, end = (lessons.mastery[i, at, k] >= certain for at in (t, t + 1, int(lessons.lengths[i])))
    truth = tr(KNOWN_WHEN[bool(before), bool(after)])
    if bool(after) == bool(end):
        said.append(tr("In truth, which only we know, who made the pupil: {truth}.", truth=truth))
    elif end:
        said.append(tr("In truth, which only we know, who made the pupil: {truth}; at the end of the teaching it was "
                        "known.", truth=truth))  # fmt: skip
    else:
        said.append(tr("In truth, which only we know, who made the pupil: {truth}; at the end of the teaching it was "
                        "not known.", truth=truth))  # fmt: skip
    return said
