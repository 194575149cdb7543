"""The log that beliefs are fitted to: a scenario's own students, all taught the same course in plain order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from ...students.curriculum.steps import answers_of
from ...students.draws import LESSON, RESET, REST, draw, spawn_seed
from ...students.model import State, allocate_outcome
from .base import Bools, Floats, Ints

if TYPE_CHECKING:
    from ...students.curriculum.curriculum import Curriculum
    from ...students.knowledge.misconception import Misconceptions
    from ...students.model import StudentModel
    from ..scenario import Scenario

TAUGHT = 0.1
"""The share of a fit that the teaching of the log takes, about."""
FIRST_PASS, REVIEW = 12, 4
"""Lessons on every skill in the first pass, and in the review pass when all skills are through; more items, more."""


def silent(share: float) -> None:
    """Nobody is told how far the work is."""


class AnswerKey(NamedTuple):
    """Which option of multiple-choice items is whose mistake, as those know who wrote them.

    Attributes:
        options: how many every item has; 0 is the right one.
        told: (M, B) bool; choosing option b of the item is what bug b leads to.
        by_approach: whether the approaches were made to teach in different ways.
    """

    options: int
    told: Bools
    by_approach: bool = False


@dataclass(frozen=True)
class CourseLog:
    """What a tutor saw of N students who all took the same course of T lessons.

    Attributes:
        items: (N, T) int64, -1 after a student has quit.
        answers: (N, T) int8: 1 right, 0 wrong, -1 nothing was asked (or nobody was there).
        options: (N, T) int8: which option was chosen; -1: nothing was asked, or students have none.
        day: (T,) float64, when each lesson was.
        curriculum: what they were taught.
        learn_first: whether their lessons teach before they ask, which is no secret to who gives them.
        key: of the options; None: there are none.
        minutes: (N, T) float32, how long each lesson took; None: as long as its item always does.
        hints: (N, T) int8, how many were asked for; None: students report none.
        tell: told which share of the fitting is done, about.
    """

    items: Ints
    answers: npt.NDArray[np.int8]
    options: npt.NDArray[np.int8]
    day: Floats
    curriculum: Curriculum
    learn_first: bool
    key: AnswerKey | None = None
    minutes: npt.NDArray[np.float32] | None = None
    hints: npt.NDArray[np.int8] | None = None
    tell: Callable[[float], None] = field(default=silent, repr=False, compare=False)

    def first(self, n: int) -> CourseLog:
        """The first ``n`` students."""
        return self.rows(slice(n))

    def pieces(self, n: int) -> list[CourseLog]:
        """The same students, ``n`` at a time."""
        return [self.rows(slice(at, at + n)) for at in range(0, len(self.items), n)]

    def rows(self, which: slice | Ints) -> CourseLog:
        """The log of these students alone, in this order; one may come several times."""
        return replace(self, **{name: cells[which] for name, cells in self.cells.items()})

    @property
    def cells(self) -> dict[str, npt.NDArray[np.generic]]:
        """What there is of every student and lesson, by name: (N, T) each."""
        found = {name: getattr(self, name) for name in ("items", "answers", "options", "minutes", "hints")}
        return {name: cells for name, cells in found.items() if cells is not None}

    @cached_property
    def owners(self) -> Ints:
        """(M,) the skill that an item's answers are counted for; see ``owners``."""
        return owners(self.curriculum)

    @property
    def gaps(self) -> Floats:
        """(T,) days before each lesson."""
        return np.diff(self.day, prepend=0.0)

    @cached_property
    def asked(self) -> tuple[Ints, Ints, Bools, Ints]:
        """Of every answer, lesson by lesson: its place in a (T, N) table, the item, if right, the lesson."""
        lesson, student = np.nonzero(self.answers.T >= 0)
        at = lesson * len(self.items) + student
        return at, self.items[student, lesson], self.answers[student, lesson] == 1, lesson

    @cached_property
    def lengths(self) -> tuple[Floats, Ints]:
        """How long the breaks are that there are (G,), and which of them comes before each lesson (T,); -1: none."""
        gaps = self.gaps
        lengths, which = np.unique(gaps, return_inverse=True)
        return lengths, np.where(gaps > 0, which, -1).astype(np.int64)


def course(curriculum: Curriculum, n_students: int) -> Ints:
    """The plain order: every skill in curriculum order through all its items, then the same once more for review.

    An item of several skills comes with the last of them. Within a skill the items come in mixed order, each once
    before any comes again, and for each student in another: only so can a log tell what each item teaches.

    Returns:
        (N, T) items; more students leave the first as they are.
    """
    owner, blocks = owners(curriculum), list[Ints]()
    for review, least in enumerate((FIRST_PASS, REVIEW)):
        for k in curriculum.order:
            own = np.flatnonzero(owner == k)
            if len(own):
                length = max(least, len(own))
                cycles = -(-length // len(own))
                mixed = np.random.default_rng([review, int(k)]).random((n_students, cycles, len(own))).argsort(axis=2)
                blocks.append(own[mixed].reshape(n_students, -1)[:, :length])
    return np.concatenate(blocks, axis=1).astype(np.int64)


def course_log(scenario: Scenario, *, n_students: int, seed: int, tell: Callable[[float], None] = silent) -> CourseLog:
    """Teach the plain order to students of this scenario, in its rhythm of sessions, for as long as the order takes.

    ``tell`` is told which share of a whole fit is done; the log knows it too, for those who fit something to it.
    """
    return log_of(scenario, np.arange(n_students, dtype=np.int64), seed=seed, tell=tell)


def log_of(scenario: Scenario, who: Ints, *, seed: int, tell: Callable[[float], None] = silent) -> CourseLog:
    """The same of certain students, by their numbers among all that this seed can draw.

    Args:
        scenario: whose curriculum and schedule, and whose students.
        who: (N,) their numbers.
        seed: which students these numbers mean, and their luck.
        tell: as for ``course_log``.
    """
    model, items = scenario.student, course(scenario.curriculum, len(who))
    n_students, n_lessons = len(who), items.shape[1]
    gaps = _gaps(scenario, n_lessons)
    luck = spawn_seed(seed, "belief")

    def uniforms(stream: int, lesson: int, count: int) -> Floats:
        return _uniforms(luck, who, stream, lesson, count)

    state, out = beginning(scenario, who, seed=seed), allocate_outcome(n_students)
    answers, options = np.full(items.shape, -1, np.int8), np.full(items.shape, -1, np.int8)
    minutes, hints = np.zeros(items.shape, np.float32), np.zeros(items.shape, np.int8)
    steps = np.zeros(items.shape, np.uint8)
    gone = np.zeros(n_students, bool)
    for t in range(n_lessons):
        if gaps[t] > 0:
            model.elapse(state, np.full(n_students, gaps[t]), uniforms(REST, t, model.rest_draws))
        items[gone, t] = -1
        model.step(state, items[:, t], uniforms(LESSON, t, model.lesson_draws), out)
        answers[:, t] = np.where(out["answered"], out["correct"], -1)
        options[:, t] = np.where(out["answered"], out["option"], -1)
        minutes[:, t], hints[:, t], steps[:, t] = out["minutes"], out["hints"], out["right_steps"]
        gone |= out["quit"]
        tell(TAUGHT * (t + 1) / n_lessons)
    learn_first = "learn_then_answer" in model.invariants
    fitted: Callable[[float], None] = lambda share: tell(TAUGHT + (1 - TAUGHT) * share)  # noqa: E731
    day = np.cumsum(gaps)
    took = minutes if _vary(minutes, hints, items, scenario.curriculum) else None
    key, asked = answer_key(model), hints if hints.any() else None
    log = CourseLog(items, answers, options, day, scenario.curriculum, learn_first, key, took, asked, fitted)
    return unfolded(log, steps) if scenario.curriculum.has_steps else log


def unfolded(log: CourseLog, right_steps: npt.NDArray[np.uint8]) -> CourseLog:
    """The log of the same answers in which every step is a lesson of its own, of the unfolded curriculum.

    Args:
        log: of a curriculum with problems; answers to these are not looked at. It has no minutes, hints and options.
        right_steps: (N, T) bit s says that step s of the problem was right.

    Returns:
        (N, T L) lessons: the steps of a lesson stand side by side, padded with -1.
    """
    c, long = log.curriculum, log.curriculum.parts.shape[1]
    items = np.where((log.items >= 0)[..., None], c.parts[log.items], -1)
    answers = answers_of(c, log.items, log.answers, right_steps).reshape(len(items), -1)
    return CourseLog(
        items.reshape(len(items), -1), answers, np.full_like(answers, -1), np.repeat(log.day, long), c.unfolded,
        log.learn_first, tell=log.tell,
    )  # fmt: skip


def beginning(scenario: Scenario, who: Ints, *, seed: int) -> State:
    """The students of a log before their first lesson: with what they know, and the group that they are of."""
    model, rows = scenario.student, np.arange(len(who), dtype=np.int64)
    state = model.allocate(len(who))
    model.reset(state, rows, _uniforms(spawn_seed(seed, "belief"), who, RESET, 0, model.reset_draws))
    return state


def _uniforms(luck: int, who: Ints, stream: int, lesson: int, count: int) -> Floats:
    when = np.full(len(who), lesson, np.int64)
    return draw(luck, stream=stream, students=who, episodes=np.zeros_like(who), lessons=when, count=count)


def _vary(minutes: npt.NDArray[np.float32], hints: npt.NDArray[np.int8], items: Ints, curriculum: Curriculum) -> bool:
    """Whether lessons without hints take now longer, now shorter than their items do."""
    there = (items >= 0) & (hints == 0)
    took = minutes[there] / np.maximum(curriculum.minutes[items[there]], 1e-9)
    return bool(took.size) and float(took.max()) > float(took.min()) * (1.0 + 1e-4)


def answer_key(student: StudentModel) -> AnswerKey | None:
    """The key of the items that these students are asked; None: they choose no options, or of no known kind."""
    model = plain_student(student)
    if model is None:
        return None
    by_approach = model.guided_refutes > 0.0 or bool((model.approaches != 1.0).any())
    return AnswerKey(model.options, model.diagnostic, by_approach)


def plain_student(student: object) -> Misconceptions | None:
    """The student with misconceptions inside layers of moods, response times and hints; None: it is another."""
    from ...students.knowledge.misconception import Misconceptions

    inside: tuple[object, ...] = getattr(student, "inside", ())
    if len(inside) == 1:
        return plain_student(inside[0])
    return student if isinstance(student, Misconceptions) else None


def _gaps(scenario: Scenario, n_lessons: int) -> Floats:
    """(T,) days before each lesson, in the scenario's rhythm; a course of one session rests before its review."""
    schedule, curriculum = scenario.schedule, scenario.curriculum
    gaps = np.zeros(n_lessons)
    if schedule.sessions == 1:
        review = sum(max(REVIEW, n) for n in np.bincount(owners(curriculum)).tolist() if n)
        gaps[n_lessons - review] = schedule.retention_days
        return gaps
    per = schedule.session_lessons or max(1, round(schedule.session_minutes / float(curriculum.minutes.mean())))
    starts = np.arange(per, n_lessons, per)
    gaps[starts] = np.resize(schedule.days_between, len(starts))
    return gaps


def owners(curriculum: Curriculum) -> Ints:
    """(M,) the skill that each item comes with: the last of its skills in curriculum order."""
    rank = np.argsort(curriculum.order)
    return np.where(curriculum.q, rank, -1).argmax(axis=1).astype(np.int64)
