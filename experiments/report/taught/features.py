"""What can be said of a skill in plain words before a lesson: the vocabulary of the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from ...figures.lessons import Floats, Lessons
from ...language.translate import texts, tr, tr_many
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


_Test = Callable[[Floats], Bools]
_LEVELS = texts(
    {
        "belief": ("that is believed at least {share} known", "that is believed less than {share} known"),
        "ready": (
            "whose prerequisites are believed at least {share} known",
            "whose prerequisites are believed less than {share} known",
        ),
        "open": (
            "that can be learnt now (ready, and not known yet) with a chance of at least {share}",
            "that can be learnt now (ready, and not known yet) with a chance of less than {share}",
        ),
    }
)
_LEAST = {"belief": (0.3, 0.5, 0.7, 0.8, 0.9, 0.95), "ready": (0.5, 0.7, 0.8, 0.9, 0.95), "open": (0.3, 0.5, 0.7)}
_SAYS = texts(
    (
        "that has not been taught yet",
        "that has been taught before",
        "that has been taught fewer than 3 times",
        "that has been taught fewer than 6 times",
        "that was taught in the lesson before",
        "that was not taught in the lesson before",
        "that was answered wrong the last time",
        "that was answered right the last time",
        "that was answered right at least twice in a row",
        "that was answered right at least three times in a row",
    )
)
_TESTS: tuple[tuple[str, _Test], ...] = (
    ("tries", lambda v: v < 0.5),
    ("tries", lambda v: v >= 0.5),
    ("tries", lambda v: v < 2.5),
    ("tries", lambda v: v < 5.5),
    ("was_last", lambda v: v > 0.5),
    ("was_last", lambda v: v <= 0.5),
    ("last_correct", lambda v: v < 0.25),
    ("last_correct", lambda v: v > 0.75),
    ("streak", lambda v: v > 1.5),
    ("streak", lambda v: v > 2.5),
)
"""One for each sentence of ``_SAYS``."""
_TIMES = texts(
    (
        ("In the first quarter of the time", "if it is also in the first quarter of the time"),
        ("In the second half of the time", "if it is also in the second half of the time"),
        ("In the last quarter of the time", "if it is also in the last quarter of the time"),
        ("At the start of a session", "if it is also at the start of a session"),
    )
)
_SITUATIONS: tuple[tuple[str, _Test], ...] = (
    ("time_left", lambda v: v > 0.75),
    ("time_left", lambda v: v <= 0.5),
    ("time_left", lambda v: v <= 0.25),
    ("session_left", lambda v: v > 0.9),
)
"""One for each pair of sentences of ``_TIMES``."""


def _conditions(lessons: Lessons, seen: dict[str, Floats]) -> Iterator[Condition]:
    for column, (least, less) in _LEVELS.items():
        for level in _LEAST[column] if column in seen else ():
            share = f"{100 * level:.0f} %"
            yield Condition(tr(least, share=share), seen[column] >= level)
            yield Condition(tr(less, share=share), seen[column] < level)
    for words, (column, test) in zip(_SAYS, _TESTS, strict=True):
        if column in seen:
            yield Condition(tr(words), test(seen[column]))
    for (words, also), (column, test) in zip(_TIMES, _SITUATIONS, strict=True):
        if column in seen:
            yield Condition(tr(words), test(seen[column]), tr(also))
    if "days_since" in seen and "tries" in seen:
        for days in (1, 3, 7):
            waited = (seen["days_since"] >= days - 1e-3) & (seen["tries"] >= 0.5)
            words = tr_many(
                "that was taught before, but not for a day or more",
                "that was taught before, but not for {n} days or more",
                days,
            )
            yield Condition(words, waited)
    any_column = next(iter(seen.values()))
    later = lessons.curriculum.ancestors.sum(axis=0)
    if later.max(initial=0) > later.min(initial=0):
        many = later >= max(1.0, float(np.quantile(later, 0.75)))
        yield Condition(tr("that many later skills build on"), np.broadcast_to(many, any_column.shape))
    topics = np.array(lessons.curriculum.topics)
    if "was_last" in seen and len(set(lessons.curriculum.topics)) > 1:
        same = (topics[:, None] == topics[None, :]).astype(np.float64)
        beside = (seen["was_last"] > 0.5).astype(np.float64) @ same > 0
        yield Condition(tr("of the same topic as the lesson before"), beside)


def _preferences(lessons: Lessons, seen: dict[str, Floats], n: int) -> Iterator[Preference]:
    curriculum = lessons.curriculum
    place = np.empty(curriculum.n_skills)
    place[curriculum.order] = np.arange(curriculum.n_skills)
    later = curriculum.ancestors.sum(axis=0).astype(np.float64)

    def ranked(words: str, values: Floats) -> Preference:
        values = np.broadcast_to(values, (n, curriculum.n_skills))[:, curriculum.order]
        return Preference(words, curriculum.order[np.argsort(values, axis=1, kind="stable")])

    yield ranked(tr("the one that comes first in the curriculum"), place)
    yield ranked(tr("the one that comes last in the curriculum"), -place)
    if later.any():
        yield ranked(tr("the one that most later skills build on"), -later)
    if "belief" in seen:
        yield ranked(tr("the one that is least known"), seen["belief"])
        yield ranked(tr("the one that is best known"), -seen["belief"])
        yield ranked(tr("the one whose state is least certain (belief nearest to 50 %)"), np.abs(seen["belief"] - 0.5))
    if "ready" in seen:
        yield ranked(tr("the one whose prerequisites are best known"), -seen["ready"])
    if "open" in seen or {"ready", "belief"} <= seen.keys():
        promise = seen["open"] if "open" in seen else seen["ready"] * (1 - seen["belief"])
        yield ranked(tr("the one with most to gain (prerequisites known, itself not yet)"), -promise)
    if "tries" in seen:
        yield ranked(tr("the one taught least often so far"), seen["tries"])
        yield ranked(tr("the one taught most often so far"), -seen["tries"])
    if "days_since" in seen:
        yield ranked(tr("the one not taught for the longest time"), -seen["days_since"])
