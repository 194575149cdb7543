"""Which pupils and which moments the report shows: chosen by rules, never by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ....students.curriculum.curriculum import Curriculum
from ...figures.lessons import Floats, Lessons
from ...language.translate import texts, tr
from .replay import MasteryRule, Replayed, replay
from .rules import Bools


@dataclass(frozen=True)
class Journey:
    """One of the six pupils.

    Attributes:
        role: why this one, in words.
        student: index among the kept students; None when nobody fits.
        why_none: what to say then.
    """

    role: str
    student: int | None
    why_none: str = ""


LARGEST_LOSS = texts("The largest loss against mastery learning")
NO_LOSS = texts("The smallest difference: nobody whose lessons were kept ends lower than under mastery learning")
PERCENTILES = texts({
    10: "Does worse than nine in ten: the 10th percentile of the difference",
    50: "In the middle: the 50th percentile of the difference",
    90: "Does better than nine in ten: the 90th percentile of the difference",
})  # fmt: skip
"""What is said of a pupil at a percentile where the differences tell the pupils apart."""


def choose_journeys(
    difference: Floats, kept: int, quit_early: Bools, group: Sequence[str], *, alike: float = 1e-9
) -> list[Journey]:
    """Six pupils by rule; nobody is shown twice.

    Args:
        difference: (N,) outcome under the teacher less outcome under mastery learning, for all test students.
        kept: lessons were kept for the first so many students.
        quit_early: (N,) True for those who gave up under the teacher.
        group: (N,) names of the students' groups.
        alike: differences no further apart than this do not tell two students apart.
    """
    taken: list[int] = []
    shown = np.arange(min(kept, len(difference)))

    def nearest(value: float, among: npt.NDArray[np.int64]) -> int | None:
        free = [int(i) for i in among if i not in taken]
        if not free:
            return None
        found = min(free, key=lambda i: (abs(difference[i] - value), i))
        taken.append(found)
        return found

    journeys = []
    worst = nearest(float(difference[shown].min()), shown)
    for share in (10, 50, 90):
        value = float(np.quantile(difference, share / 100))
        found = nearest(value, shown)
        role = tr(PERCENTILES[share]) if found is None else _role(share, difference - difference[found], alike)
        journeys.append(Journey(role, found, tr("Too few pupils were kept.")))
    lost = worst is not None and difference[worst] < -alike
    journeys.append(Journey(tr(LARGEST_LOSS) if lost else tr(NO_LOSS), worst))
    quitters = shown[quit_early[shown]]
    middle = float(np.median(difference[quitters])) if len(quitters) else 0.0
    none = tr("Nobody whose lessons were kept gave up under this teacher.")
    journeys.append(Journey(tr("One who gave up"), nearest(middle, quitters), none))
    slow = np.array([i for i in shown.tolist() if "slow" in str(group[i]).lower()], np.int64)
    middle = float(np.median(difference[slow])) if len(slow) else 0.0
    none = tr("This scenario has no group of slow learners.")
    journeys.append(Journey(tr("One slow learner: the middle one of that group"), nearest(middle, slow), none))
    return journeys


def _role(share: int, others: Floats, alike: float) -> str:
    """What is true of a student at a percentile; ``others`` is how far above this one every student's difference is."""
    below, above = float((others < -alike).mean()), float((others > alike).mean())
    if {10: above >= 0.85, 50: max(below, above) <= 0.55, 90: below >= 0.85}[share]:
        return tr(PERCENTILES[share])
    same = 1 - below - above
    if same > 0.05:
        return tr("At the {share}th percentile of the difference, which is the same for {pupils} pupils in 100",
                   share=share, pupils=f"{100 * same:.0f}")  # fmt: skip
    return tr("The nearest to the {share}th percentile of the difference among the pupils whose lessons were kept",
               share=share)  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """A lesson in which the teacher chose another skill than mastery learning would have.

    Attributes:
        student: index among the kept students.
        lesson: index of the lesson.
        teacher: the skill that the teacher taught.
        mastery: the skill that mastery learning would have taught; -1: it would have ended the teaching.
    """

    student: int
    lesson: int
    teacher: int
    mastery: int


def asked_or_replayed(lessons: Lessons, rule: MasteryRule | None = None) -> Replayed:
    """What mastery learning would teach in the same situations.

    Where it was asked itself, that is its answer. It was asked about numbers as the files keep them, so whatever they
    leave open stays open.

    Args:
        lessons: the situations.
        rule: its settings; None where they are not known: the textbook's then, unless it was asked itself.
    """
    found = replay(lessons, rule or MasteryRule())
    if lessons.mastery_choice is None:
        return found
    q, choice = lessons.curriculum.q, lessons.mastery_choice
    main = np.concatenate([main_skill(lessons.curriculum), [-1]])
    inside = (choice >= 0) & (choice < len(q))
    skill = main[np.where(inside, choice, -1)]
    chosen = np.vstack([q, np.zeros((1, q.shape[1]), bool)])[np.where(inside, choice, -1)]
    return Replayed(skill, chosen if rule is None else chosen | found.possible)


def main_skill(curriculum: Curriculum) -> npt.NDArray[np.int64]:
    """(M,) the last skill in curriculum order that an item exercises: the one it is there for."""
    place = np.empty(curriculum.n_skills, np.int64)
    place[curriculum.order] = np.arange(curriculum.n_skills)
    return np.where(curriculum.q, place, -1).argmax(axis=1)


def differing(lessons: Lessons, rule: MasteryRule | None = None) -> tuple[Bools, npt.NDArray[np.int64]]:
    """(n, T) where teacher and mastery learning surely teach different skills, and mastery learning's skill.

    Where the precision of what was kept does not tell, they do not differ. A replay that ends the teaching says
    nothing; mastery learning itself that ends it differs.
    """
    found = asked_or_replayed(lessons, rule)
    same = (found.possible & lessons.skills).any(axis=2)
    return lessons.taught & ~same & ((lessons.mastery_choice is not None) | (found.skill >= 0)), found.skill


def choose_moments(lessons: Lessons, rule: MasteryRule | None = None, *, count: int = 5) -> list[Moment]:
    """Typical disagreements, one from each fifth of the time: the one nearest to the mean of its fifth.

    Near is measured by what was believed of the two skills and of their prerequisites. As long as there are others, no
    pupil and neither skill comes twice; a fifth without a disagreement gives none.
    """
    differ, skill = differing(lessons, rule)
    main = main_skill(lessons.curriculum)
    moments: list[Moment] = []
    edges = np.linspace(0, lessons.horizon, count + 1).round().astype(int)
    for start, stop in pairwise(edges):
        where = np.argwhere(differ[:, start:stop]) + np.array([0, start])
        if not len(where):
            continue
        found = np.column_stack([where, main[lessons.items[where[:, 0], where[:, 1]]], skill[where[:, 0], where[:, 1]]])
        distance = _from_typical(lessons, found)
        new = np.ones(len(found), bool)
        for column, shown in ((0, "student"), (3, "mastery"), (2, "teacher")):
            unseen = new & ~np.isin(found[:, column], [getattr(m, shown) for m in moments])
            new = unseen if unseen.any() else new
        i = int(np.argmin(np.where(new, distance.round(9), np.inf)))
        moments.append(Moment(*(int(v) for v in found[i])))
    return moments


def _from_typical(lessons: Lessons, found: npt.NDArray[np.int64]) -> Floats:
    """(L,) how far what was believed is from the mean over these lessons; rows: student, lesson, two skills."""
    traits = [
        lessons.seen[name][found[:, 0], found[:, 1], np.maximum(found[:, which], 0)]
        for name in ("belief", "ready")
        if name in lessons.seen
        for which in (2, 3)
    ]
    table = np.stack(traits, axis=1) if traits else found[:, 1:2].astype(np.float64)
    return np.abs(table - table.mean(axis=0)).sum(axis=1)
