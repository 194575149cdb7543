"""A class of pupils week by week: how far each is believed to be in every skill, who is flagged, and stuck in what."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..figures.lessons import Lessons
from ..figures.stretches import Stretch, stretches
from ..figures.words import group_words
from ..language.translate import texts, tr
from ..report.results import World
from ..report.taught.risk import flagged
from .codes import Data, digits, whole

CLASS = 25
"""Pupils in a class."""
PROFICIENT = 0.8
LEVELS = texts(("mastered", "proficient", "familiar", "attempted", "not started"))
LEAST = 0.95, PROFICIENT, 0.5
"""The least belief for the first levels; below them a skill that was taught is attempted, and else not started."""
STUCK = 3
"""Nobody is stuck in a skill before so many wrong answers."""
Floats = npt.NDArray[np.float64]


def school_class(world: World, own: Lessons, other: Lessons) -> Data | None:
    """The first 25 pupils, who were drawn by lot as all were, under the teacher and under mastery learning.

    None where the scenario shows no belief, or nobody was taught.
    """
    when = stretches(own)
    if "belief" not in own.seen or "belief" not in other.seen or not when:
        return None
    size = min(CLASS, own.n_students, other.n_students)
    groups = [group_words(str(group)) for group in world.teacher.pupils["group"][:size]]
    names = [stretch.words for stretch in when]
    theirs = {stretch.words: stretch for stretch in stretches(other)}
    return {
        "when": names,
        "groups": groups,
        "levels": [[tr(name), least] for name, least in zip(LEVELS, (*LEAST, 0, 0), strict=True)],
        "stuck": STUCK,
        "ways": [
            [_at(own, stretch, size) for stretch in when],
            [_at(other, theirs.get(stretch.words) or _end(other), size) for stretch in when],
        ],
    }


def _end(lessons: Lessons) -> Stretch:
    """After everything: where one way of teaching is over before the other, nothing changes any more."""
    return Stretch(tr("the end"), "end", lessons.lengths)


def _at(lessons: Lessons, stretch: Stretch, size: int) -> Data:
    """The class at the end of a stretch of time."""
    flags, done = flagged(lessons, stretch), stretch.done
    level = [digits(levels(*believed(lessons, i, int(done[i])))) for i in range(size)]
    right = [int((lessons.correct[i, : done[i]] == 1).sum()) for i in range(size)]
    asked = [int((lessons.correct[i, : done[i]] >= 0).sum()) for i in range(size)]
    stuck = [stuck_in(lessons, i, int(done[i])) if flags[i] else -1 for i in range(size)]
    return {
        "levels": level, "lessons": whole(done[:size]), "right": right, "asked": asked,
        "flags": [int(i) for i in np.flatnonzero(flags[:size])], "stuck": stuck,
    }  # fmt: skip


def believed(lessons: Lessons, i: int, done: int) -> tuple[Floats, npt.NDArray[np.int64]]:
    """(K,) what is believed of a pupil's skills after so many lessons, as late as the files tell, and their lessons."""
    rows = lessons.seen["belief"][i]
    kept = done < lessons.horizon and any(values[i, done].any() for values in lessons.seen.values())
    return rows[done if kept else max(done - 1, 0)], lessons.skills[i, :done].sum(axis=0)


def levels(belief: Floats, tries: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """(K,) the level of every skill: its place in ``LEVELS``, then attempted, then not started.

    Example:
        >>> levels(np.array([0.96, 0.8, 0.3, 0.3]), np.array([0, 4, 1, 0])).tolist()
        [0, 1, 3, 4]
    """
    reached = np.stack([belief < least for least in LEAST]).sum(axis=0)
    return np.where((reached == len(LEAST)) & (tries == 0), len(LEAST) + 1, reached)


def stuck_in(lessons: Lessons, i: int, done: int) -> int:
    """The skill with most wrong answers of those not yet believed proficient, where there are enough; -1: none."""
    wrong = (lessons.by_skill(i)[:done] == 0).sum(axis=0)
    belief, _ = believed(lessons, i, done)
    wrong = np.where(belief < PROFICIENT, wrong, 0)
    return int(wrong.argmax()) if wrong.max() >= STUCK else -1
