"""What a DKT is trained on: lessons of real learners, or of a scenario's students who were taught at random."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...envs.beliefs.em import BETA, Floats, Ints, fit, predict
from ...students.draws import LESSON, RESET, REST, draw, spawn_seed
from ...students.model import allocate_outcome
from .answers import by_appearance, sequences
from .logs import Log

if TYPE_CHECKING:
    from ...envs.scenario import Scenario
    from ...students.curriculum.curriculum import Curriculum
    from ...students.neural.dkt import DKT

SHOWN = -1
"""The answer to an item that asked for none."""
STAY = (0.0, 0.5, 0.9)
"""How often lessons stay with a skill, for every third student; see ``random_lessons``."""
FORCED_RIGHT, FORCED_WRONG = -1.0, 2.0
"""Draws that lie below and above every probability."""


@dataclass(frozen=True)
class Lessons:
    """The lessons of S students, one row a lesson, in order of time within each student.

    Attributes:
        source: where they come from, in words.
        offsets: (S + 1,) int64; student s has the rows ``offsets[s]:offsets[s + 1]``.
        item: (R,) int64, which item was taught.
        answer: (R,) int8: 1 right, 0 wrong, -1 nothing was asked.
        truth: (R,) float64, the true probability of a right answer, where the students are simulated.
    """

    source: str
    offsets: Ints
    item: Ints
    answer: npt.NDArray[np.int8]
    truth: Floats | None = None

    @property
    def n_students(self) -> int:
        """S, how many students there are."""
        return len(self.offsets) - 1

    @property
    def answered(self) -> npt.NDArray[np.bool_]:
        """(R,) which lessons asked for an answer."""
        return self.answer != SHOWN

    def of(self, students: npt.NDArray[np.int64]) -> Lessons:
        """The lessons of these students only."""
        first, last = self.offsets[students], self.offsets[students + 1]
        rows = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)] or [np.zeros(0, np.int64)])
        offsets = np.concatenate([[0], np.cumsum(last - first)]).astype(np.int64)
        truth = None if self.truth is None else self.truth[rows]
        return replace(self, offsets=offsets, item=self.item[rows], answer=self.answer[rows], truth=truth)

    def padded(self, longest: int | None = None) -> tuple[Ints, npt.NDArray[np.int8]]:
        """``item`` and ``answer`` as (S, T) tables, each student's first lessons from the left, -1 after the last."""
        length = np.diff(self.offsets)
        width = int(length.max(initial=0)) if longest is None else int(min(longest, length.max(initial=0)))
        student = np.repeat(np.arange(self.n_students), length)
        lesson = np.arange(len(self.item)) - self.offsets[:-1][student]
        near = lesson < width
        item, answer = np.full((self.n_students, width), -1), np.full((self.n_students, width), SHOWN, np.int8)
        item[student[near], lesson[near]] = self.item[near]
        answer[student[near], lesson[near]] = self.answer[near]
        return item, answer


def lessons_of(log: Log, skills: tuple[str, ...]) -> Lessons:
    """A log's answers on these skills; the network's items are the skills, because a log knows no more."""
    index = np.array([skills.index(n) if n in skills else -1 for n in log.skills], np.int64)
    used = np.flatnonzero(index[log.skill] >= 0)
    who = by_appearance(log.student[used])
    rows = used[np.argsort(who, kind="stable")]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(who))]).astype(np.int64)
    return Lessons(log.source, offsets, index[log.skill[rows]], log.correct[rows])


def random_lessons(scenario: Scenario, *, n_students: int, seed: int) -> Lessons:
    """Teach students of a scenario at random, in the rhythm of its calendar.

    Items are drawn without looking at the student, so what follows a lesson is its effect and nothing else. For the
    network to meet many kinds of courses, students are taught in twelve ways: the next lesson stays with the skill
    never, half of the time or nine times in ten; else it goes to any skill, or on in the order of the curriculum; and
    the item is any of the skill's, or always the same one of each skill.
    """
    model, curriculum, schedule = scenario.student, scenario.curriculum, scenario.schedule
    luck = spawn_seed(seed, "dkt")
    per = schedule.session_lessons or max(1, round(schedule.session_minutes / float(curriculum.minutes.mean())))
    items = random_items(curriculum, n_students, per * schedule.sessions, luck)
    who = np.arange(n_students, dtype=np.int64)

    def uniforms(stream: int, lesson: int, count: int) -> Floats:
        when = np.full(n_students, lesson, np.int64)
        return draw(luck, stream=stream, students=who, episodes=np.zeros_like(who), lessons=when, count=count)

    state, out = model.allocate(n_students), allocate_outcome(n_students)
    model.reset(state, who, uniforms(RESET, 0, model.reset_draws))
    answers, truth = np.full(items.shape, SHOWN, np.int8), np.zeros(items.shape)
    gone = np.zeros(n_students, bool)
    for t in range(items.shape[1]):
        if t and t % per == 0:
            days = float(schedule.days_between[(t // per - 1) % len(schedule.days_between)])
            model.elapse(state, np.full(n_students, days), uniforms(REST, t, model.rest_draws))
        items[gone, t] = -1
        truth[:, t] = model.p_correct(state, items[:, t])
        model.step(state, items[:, t], uniforms(LESSON, t, model.lesson_draws), out)
        answers[:, t] = np.where(out["answered"], out["correct"], SHOWN)
        gone |= out["quit"]
    there = items >= 0
    offsets = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int64)
    return Lessons(f"simulated students of {scenario.label}, taught at random", offsets, items[there], answers[there],
                   truth[there])  # fmt: skip


def random_items(curriculum: Curriculum, n_students: int, n_lessons: int, seed: int) -> Ints:
    """(N, T) items drawn without regard to any answer; see ``random_lessons``."""
    g, c = np.random.default_rng([seed, 1]), curriculum
    own = [np.flatnonzero(c.q[:, k]) for k in range(c.n_skills)]
    count = np.array([len(items) for items in own])
    table = np.array([np.resize(items, count.max()) for items in own])
    kind = np.arange(n_students)
    stay, faithful, in_order = np.array(STAY)[kind % 3], kind // 3 % 2 == 1, kind // 6 % 2 == 1
    favourite = (g.random((n_students, c.n_skills)) * count).astype(np.int64)
    following = np.empty(c.n_skills, np.int64)
    following[c.order] = np.roll(c.order, -1)
    skill = np.where(in_order, c.order[0], g.integers(0, c.n_skills, n_students))
    items = np.empty((n_students, n_lessons), np.int64)
    for t in range(n_lessons):
        if t:
            other = np.where(in_order, following[skill], g.integers(0, c.n_skills, n_students))
            skill = np.where(g.random(n_students) < stay, skill, other)
        drawn = (g.random(n_students) * count[skill]).astype(np.int64)
        items[:, t] = table[skill, np.where(faithful, favourite[kind, skill], drawn)]
    return items


def _one_skill(curriculum: Curriculum, items: Ints) -> Ints:
    """The first skill of each item."""
    return np.argmax(curriculum.q[items], axis=1).astype(np.int64)


def foretold(model: DKT, lessons: Lessons) -> Floats:
    """(R,) what the student model expects of each lesson, given the same student's earlier answers."""
    items, answers = lessons.padded()
    n, width = items.shape
    state, out = model.allocate(n), allocate_outcome(n)
    model.reset(state, np.arange(n), np.zeros((n, model.reset_draws)))
    p = np.empty((n, width))
    for t in range(width):
        chosen = np.ascontiguousarray(items[:, t])
        p[:, t] = model.p_correct(state, chosen)
        luck = np.where(answers[:, t] == 1, FORCED_RIGHT, FORCED_WRONG)
        model.step(state, chosen, luck[:, None], out)
    return p[items >= 0]


def share_by_item(lessons: Lessons, n_items: int) -> Floats:
    """(M,) share of right answers to each item; of all answers where an item was never asked."""
    item, right = lessons.item[lessons.answered], lessons.answer[lessons.answered]
    n = np.bincount(item, minlength=n_items)
    mean = float(right.mean()) if len(right) else 0.5
    return np.divide(np.bincount(item, right, n_items), n, out=np.full(n_items, mean), where=n > 0)


def as_log(lessons: Lessons, curriculum: Curriculum) -> Log:
    """The answers as a log by skill (an item of several skills counts for its first)."""
    asked = lessons.answered
    student = np.repeat(np.arange(lessons.n_students), np.diff(lessons.offsets))[asked]
    skill = _one_skill(curriculum, lessons.item[asked])
    return Log(lessons.source, student, skill, lessons.answer[asked], None, None, curriculum.skills)


def bkt_beside(train: Log, test: Log, *, starts: int, seed: int) -> tuple[npt.NDArray[np.int8], Floats]:
    """What plain knowledge tracing, fitted to the same training log, foretells: the test's answers and predictions."""
    fitted = fit(sequences(train, train.skills), starts=starts, seed=seed, pseudocounts=BETA)
    unseen = sequences(test, train.skills, compress=False)
    return unseen.correct, predict(unseen, fitted.parameters)[0]
