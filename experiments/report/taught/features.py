"""What can be said of a skill in plain words before a lesson: the vocabulary of the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from ...figures.lessons import Floats, Lessons
from .rules import Bools, Condition, Preference, Situations

CELLS = 75_000
"""Lessons times skills that the rules are learnt from: enough to learn from, few enough for seconds."""


def situations(lessons: Lessons, *, limit: int | None = None) -> tuple[Situations, npt.NDArray[np.int64]]:
    """The kept lessons as rules see them.

    Args:
        lessons: of the students to look at.
        limit: at most so many lessons, evenly spread; None: as many as ``CELLS`` allows.

    Returns:
        the situations of L lessons, and (L, 2) the student (row) and the lesson of each.
    """
    where = np.argwhere(lessons.taught | lessons.ended)
    limit = limit or max(300, min(2500, CELLS // lessons.curriculum.n_skills))
    if len(where) > limit:
        where = where[np.linspace(0, len(where) - 1, limit).round().astype(np.int64)]
    seen = {name: values[where[:, 0], where[:, 1]] for name, values in lessons.seen.items()}
    conditions = tuple(_conditions(lessons, seen))
    preferences = tuple(_preferences(lessons, seen, len(where)))
    chosen = lessons.skills[where[:, 0], where[:, 1]]
    return Situations(conditions, preferences, chosen, moved(lessons)[where[:, 0], where[:, 1]]), where


def moved(lessons: Lessons) -> Bools:
    """(n, T) False where a lesson shares a skill with the lesson before: the teacher stayed."""
    stays = np.zeros(lessons.items.shape, bool)
    stays[:, 1:] = (lessons.skills[:, 1:] & lessons.skills[:, :-1]).any(axis=2)
    return ~stays


_Test = tuple[str, Callable[[Floats], Bools]]


def _levels(column: str, words: str, least: tuple[float, ...]) -> list[tuple[str, _Test]]:
    found: list[tuple[str, _Test]] = []
    for level in least:
        found.append((column, (words.format(f"at least {100 * level:.0f} %"), lambda v, a=level: v >= a)))
        found.append((column, (words.format(f"less than {100 * level:.0f} %"), lambda v, a=level: v < a)))
    return found


_TESTS: tuple[tuple[str, _Test], ...] = (
    *_levels("belief", "that is believed {} known", (0.3, 0.5, 0.7, 0.8, 0.9, 0.95)),
    *_levels("ready", "whose prerequisites are believed {} known", (0.5, 0.7, 0.8, 0.9, 0.95)),
    *_levels("open", "that can be learnt now (ready, and not known yet) with a chance of {}", (0.3, 0.5, 0.7)),
    ("tries", ("that has not been taught yet", lambda v: v < 0.5)),
    ("tries", ("that has been taught before", lambda v: v >= 0.5)),
    ("tries", ("that has been taught fewer than 3 times", lambda v: v < 2.5)),
    ("tries", ("that has been taught fewer than 6 times", lambda v: v < 5.5)),
    ("was_last", ("that was taught in the lesson before", lambda v: v > 0.5)),
    ("was_last", ("that was not taught in the lesson before", lambda v: v <= 0.5)),
    ("last_correct", ("that was answered wrong the last time", lambda v: v < 0.25)),
    ("last_correct", ("that was answered right the last time", lambda v: v > 0.75)),
    ("streak", ("that was answered right at least twice in a row", lambda v: v > 1.5)),
    ("streak", ("that was answered right at least three times in a row", lambda v: v > 2.5)),
)
_SITUATIONS: tuple[tuple[str, _Test], ...] = (
    ("time_left", ("In the first quarter of the time", lambda v: v > 0.75)),
    ("time_left", ("In the second half of the time", lambda v: v <= 0.5)),
    ("time_left", ("In the last quarter of the time", lambda v: v <= 0.25)),
    ("session_left", ("At the start of a session", lambda v: v > 0.9)),
)


def about_the_time(words: str) -> bool:
    """Whether a condition is about when the lesson is, not about a skill."""
    return any(words == test[0] for _, test in _SITUATIONS)


def _conditions(lessons: Lessons, seen: dict[str, Floats]) -> Iterator[Condition]:
    for column, (words, test) in (*_TESTS, *_SITUATIONS):
        if column in seen:
            yield Condition(words, test(seen[column]))
    if "days_since" in seen and "tries" in seen:
        for days in (1, 3, 7):
            waited = (seen["days_since"] >= days - 1e-3) & (seen["tries"] >= 0.5)
            plural = f"{days} days" if days > 1 else "a day"
            yield Condition(f"that was taught before, but not for {plural} or more", waited)
    any_column = next(iter(seen.values()))
    later = lessons.curriculum.ancestors.sum(axis=0)
    if later.max(initial=0) > later.min(initial=0):
        many = later >= max(1.0, float(np.quantile(later, 0.75)))
        yield Condition("that many later skills build on", np.broadcast_to(many, any_column.shape))
    topics = np.array(lessons.curriculum.topics)
    if "was_last" in seen and len(set(lessons.curriculum.topics)) > 1:
        same = (topics[:, None] == topics[None, :]).astype(np.float64)
        yield Condition(
            "of the same topic as the lesson before", (seen["was_last"] > 0.5).astype(np.float64) @ same > 0
        )


def _preferences(lessons: Lessons, seen: dict[str, Floats], n: int) -> Iterator[Preference]:
    curriculum = lessons.curriculum
    place = np.empty(curriculum.n_skills)
    place[curriculum.order] = np.arange(curriculum.n_skills)
    later = curriculum.ancestors.sum(axis=0).astype(np.float64)

    def ranked(words: str, values: Floats) -> Preference:
        values = np.broadcast_to(values, (n, curriculum.n_skills))[:, curriculum.order]
        return Preference(words, curriculum.order[np.argsort(values, axis=1, kind="stable")])

    yield ranked("the one that comes first in the curriculum", place)
    yield ranked("the one that comes last in the curriculum", -place)
    if later.any():
        yield ranked("the one that most later skills build on", -later)
    if "belief" in seen:
        yield ranked("the one that is least known", seen["belief"])
        yield ranked("the one that is best known", -seen["belief"])
        yield ranked("the one whose state is least certain (belief nearest to 50 %)", np.abs(seen["belief"] - 0.5))
    if "ready" in seen:
        yield ranked("the one whose prerequisites are best known", -seen["ready"])
    if "open" in seen or {"ready", "belief"} <= seen.keys():
        promise = seen["open"] if "open" in seen else seen["ready"] * (1 - seen["belief"])
        yield ranked("the one with most to gain (prerequisites known, itself not yet)", -promise)
    if "tries" in seen:
        yield ranked("the one taught least often so far", seen["tries"])
        yield ranked("the one taught most often so far", -seen["tries"])
    if "days_since" in seen:
        yield ranked("the one not taught for the longest time", -seen["days_since"])
