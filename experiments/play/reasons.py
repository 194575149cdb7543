"""Why a skill was taught, lesson by lesson: the rule of the teacher's list, or of mastery learning, that decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..figures.lessons import Lessons
from ..figures.words import percent
from ..language.translate import tr, tr_many
from ..report.results import Way, World
from ..report.taught.choosing import main_skill
from ..report.taught.features import situations
from ..report.taught.replay import MasteryRule
from ..report.taught.rules import Rule, Situations, follow
from ..report.taught.why import TEXTBOOK, mastery_rule, rule_in_words

EVERY = 10**9
"""No lesson is left out."""
SLACK = 1e-3
"""What was seen is kept with three digits, so that a number at a limit may have been on either side of it."""
ALWAYS = np.ones(1)
"""Where a scenario does not show what is ready, everything is."""
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Reasons:
    """Rules in words, and which of them decided.

    Attributes:
        words: of each rule.
        decides: (n, T) number of the rule, from 1; 0: none of them.
        named: (n, T) the skill that the rule names; -1: none, or that the teaching ends.
        guessed: the rules were found in the lessons, so they may name another skill than was taught.
    """

    words: tuple[str, ...]
    decides: Ints
    named: Ints
    guessed: bool

    def of(self, students: list[int]) -> Reasons:
        """The same of some of the students."""
        return Reasons(self.words, self.decides[students], self.named[students], self.guessed)


def no_reasons(lessons: Lessons) -> Reasons:
    """Where nothing is known of how somebody chooses."""
    shape = lessons.items.shape
    return Reasons((), np.zeros(shape, np.int64), np.full(shape, -1), guessed=False)


def reasons_of(world: World, way: Way, lessons: Lessons, found: tuple[Rule, ...] | None) -> Reasons:
    """Why a way of teaching taught what it taught.

    Args:
        world: the scenario.
        way: who taught.
        lessons: whose lessons are looked at.
        found: the decision list that was found in this teacher's lessons; None: there is none.
    """
    if way.policy == TEXTBOOK:
        return of_mastery(lessons, MasteryRule())
    if way is world.mastery and (rule := mastery_rule(world)) is not None:
        return of_mastery(lessons, rule)
    return no_reasons(lessons) if found is None else of_list(lessons, found)


def of_list(lessons: Lessons, rules: tuple[Rule, ...]) -> Reasons:
    """Which rule of a decision list decides each lesson."""
    looked_at, where = situations(lessons, limit=EVERY)
    choice, decided = follow(rules, looked_at)
    found = no_reasons(lessons)
    found.decides[where[:, 0], where[:, 1]] = decided + 1
    found.named[where[:, 0], where[:, 1]] = np.maximum(choice, -1)
    return Reasons(_in_words(rules, looked_at), found.decides, found.named, guessed=True)


def _in_words(rules: tuple[Rule, ...], known: Situations) -> tuple[str, ...]:
    return tuple(rule_in_words(rule, known, first=r == 0) for r, rule in enumerate(rules))


def of_mastery(lessons: Lessons, rule: MasteryRule) -> Reasons:
    """Which part of mastery learning's rule each lesson is due to, as far as the files tell."""
    found = no_reasons(lessons)
    if "belief" not in lessons.seen:
        return found
    skill = main_skill(lessons.curriculum)[np.maximum(lessons.items, 0)]
    now = {name: np.take_along_axis(seen, skill[:, :, None], 2)[:, :, 0] for name, seen in lessons.seen.items()}
    goes_on = (now["belief"] < rule.threshold + SLACK) & (now.get("ready", ALWAYS) >= rule.ready - SLACK)
    if rule.cap and "tries" in now:
        goes_on &= now["tries"] < rule.cap - 0.5
    decides = np.where(goes_on, 1, 2)
    if rule.review_days > 0 and {"days_since", "tries"} <= now.keys():
        decides[(now["tries"] > 0.5) & (now["days_since"] >= rule.review_days - 1e-2)] = 3
    words = (
        _next_in_words(rule),
        tr("Nothing is left to go on with, so the least known skill is taught."),
        tr_many(
            "A skill that was not taught for {n} day comes back first.",
            "A skill that was not taught for {n} days comes back first.",
            rule.review_days,
        ),
    )
    decides[~lessons.taught] = 0
    return Reasons(words if rule.review_days > 0 else words[:2], decides, found.named, guessed=False)


def _next_in_words(rule: MasteryRule) -> str:
    known = {"share": percent(rule.threshold), "ready": percent(rule.ready)}
    which = (
        tr("The first skill of the curriculum that is believed less than {share} known and whose prerequisites are "
            "believed at least {ready} known", **known)
        if rule.ready
        else tr("The first skill of the curriculum that is believed less than {share} known", **known)
    )  # fmt: skip
    if not rule.cap:
        return tr("{what}.", what=which)
    return tr_many("{what}, for at most {n} lesson.", "{what}, for at most {n} lessons.", rule.cap, what=which)
