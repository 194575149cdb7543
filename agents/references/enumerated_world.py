"""A small world written out: every state of knowledge, and how each lesson moves between them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations

from ...students.curriculum.curriculum import Curriculum
from ...students.knowledge.bkt import BKT
from ...students.knowledge.kt6kc import KT6KC
from ..problem import Problem

__all__ = ["World"]

MAX_SKILLS = 10
Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class World:
    """S = 2^K states of knowledge; bit k of a state says whether skill k is known.

    Attributes:
        curriculum: K skills, M items.
        lessons: how many lessons there are.
        start: (S,) how probable each state is at the start.
        right: (M, S) probability of a right answer in each state.
        answered: (M,) whether the item asks for an answer.
        learn_first: whether a lesson teaches before it asks.
        pause: one (S, S) a lesson: what the days after it do (rows: before, columns: after).
        worth: (S,) the primary outcome expected from each state when the teaching ends there.
        counted: whether learning depends on how many lessons a skill has had.
    """

    curriculum: Curriculum
    lessons: int
    start: Float
    right: Float
    answered: npt.NDArray[np.bool_]
    learn_first: bool
    pause: list[Float]
    worth: Float
    counted: bool
    student: Any
    _moves: dict[tuple[int, tuple[int, ...]], Float] = field(default_factory=dict)

    def learn(self, item: int, counts: tuple[int, ...]) -> Float:
        """(S, S) how one lesson with the item moves the student, given the lessons that its skills had before."""
        key = (item, counts)
        if key not in self._moves:
            self._moves[key] = _transition(self.student, item, counts)
        return self._moves[key]


def read_world(problem: Problem, name: str = "optimal") -> World:
    """The world of a problem whose students are all alike and whose knowledge is discrete.

    Args:
        problem: with the probe of a privileged policy.
        name: whose world it is to be, for messages.

    Raises:
        InputError: the students differ or are not discrete, sessions are counted in minutes, or there are too many
            skills; one line with the size and the limit.
    """
    student, schedule, c = problem.probe.student, problem.schedule, problem.curriculum
    _refuse(problem, student, name)
    state = _every_state(student, np.zeros(c.n_skills, np.int64))
    pauses = [np.eye(len(state))] * (schedule.sessions * schedule.session_lessons)
    for session, days in enumerate(schedule.days_between):
        pauses[schedule.session_lessons * (session + 1) - 1] = _forget(student, days)
    kept = _forget(student, schedule.retention_days)
    right = student.p_all(state)
    return World(
        curriculum=c,
        lessons=len(pauses),
        start=_start(student),
        right=np.ascontiguousarray(right.T),
        answered=c.asks,
        learn_first="learn_then_answer" in student.invariants,
        pause=pauses,
        worth=kept @ right[:, c.exam_items].mean(axis=1),
        counted=_counted(student),
        student=student,
    )


def _refuse(problem: Problem, student: Any, name: str) -> None:
    wrong = Violations(f"policy {name} cannot solve scenario {problem.scenario} exactly, as it can Tiny-v0")
    k = problem.curriculum.n_skills
    wrong.unless(isinstance(student, BKT | KT6KC), f"it needs BKT or KT6KC students, not {type(student).__name__}")
    alike = len(student.population.groups) == 1 and not any(student.population.groups[0].sd.values())
    wrong.unless(alike and not getattr(student, "perturbed", False), "its students differ from each other")
    wrong.unless(problem.finish is None, "it lets the teaching end early")
    wrong.unless(not problem.schedule.by_minutes, "its sessions are counted in minutes")
    wrong.unless(not problem.curriculum.has_steps, "its problems have several steps, each with an answer")
    wrong.unless(not problem.catalogue, "items are forbidden at times")
    wrong.unless(k <= MAX_SKILLS, f"{k} skills have 2^{k} states of knowledge; the limit is 2^{MAX_SKILLS}")
    if isinstance(student, BKT) and student.forget.any():
        lasting = student.durability == 0 and (problem.schedule.total_days == 0 or not _counted(student))
        wrong.unless(lasting, "what is forgotten depends on how it was learnt")
    wrong.raise_any()


def _counted(student: Any) -> bool:
    """Whether what a lesson teaches depends on how many lessons the skill has had."""
    if not isinstance(student, BKT) or student.familiarity_rate == 0:
        return False
    novice, experienced = student.approaches[student.curriculum.approach].T
    moves_level = student.level_span != 0 and np.isfinite(student.level_width)
    return bool((novice != experienced).any() or moves_level)


def _every_state(student: Any, counts: Int) -> Any:
    """The cohort with one student in each state of knowledge, each skill having had ``counts`` (K,) lessons."""
    k = len(counts)
    state = student.allocate(2**k)
    student.reset(state, np.arange(2**k), np.full((2**k, student.reset_draws), 0.5))
    known = (np.arange(2**k)[:, None] >> np.arange(k)) & 1
    if isinstance(student, BKT):
        state["left"] = known
        state["familiarity"] = 1.0 - (1.0 - student.familiarity_rate) ** counts
    else:
        state["known"] = known
    return state


def _transition(student: Any, item: int, counts: tuple[int, ...]) -> Float:
    """(S, S) one lesson's learning, each unknown skill of the item learnt independently.

    The model tells the expected number of skills learnt. The chance of one skill is that number with all later skills
    of the item known, less the chances of the earlier ones: a skill's chance depends on its prerequisites, which are
    earlier, as they were before the lesson.
    """
    c = student.curriculum
    skills = [int(k) for k in c.order if c.q[item, k]]
    lessons = np.zeros(c.n_skills, np.int64)
    lessons[np.flatnonzero(c.q[item])] = counts
    gain = student.expected_gain(_every_state(student, lessons))[:, item]
    states = np.arange(2**c.n_skills)
    chance: dict[int, Float] = {}
    for place, k in enumerate(skills):
        at = (states | sum(1 << j for j in skills[place + 1 :])) & ~(1 << k)
        earlier = sum((chance[j][at] for j in skills[:place]), np.zeros(len(states)))
        chance[k] = np.where(states >> k & 1, 0.0, gain[at] - earlier)
    move = np.zeros((len(states), len(states)))
    for learnt in itertools.product((False, True), repeat=len(skills)):
        probability, target = np.ones(len(states)), states
        for k, success in zip(skills, learnt, strict=True):
            probability = probability * (chance[k] if success else 1.0 - chance[k])
            target = target | (int(success) << k)
        np.add.at(move, (states, target), probability)
    return move


def _start(student: Any) -> Float:
    """(S,) the states at the start: a skill can be known only if all its prerequisites are."""
    c = student.curriculum
    states = np.arange(2**c.n_skills)
    if not isinstance(student, BKT):
        return (states == 0).astype(np.float64)
    shift = student.population.groups[0].shift.get("prior", 0.0)
    odds = student.prior / np.maximum(1.0 - student.prior, 1e-12) * np.exp(shift)
    start = np.ones(len(states))
    for k in range(c.n_skills):
        parents = sum(1 << int(j) for j in np.flatnonzero(c.prerequisites[k]))
        p = np.where((states & parents) == parents, odds[k] / (1.0 + odds[k]), 0.0)
        start *= np.where(states >> k & 1, p, 1.0 - p)
    return start


def _forget(student: Any, days: float) -> Float:
    """(S, S) what some days do: each known skill is lost independently."""
    k = student.curriculum.n_skills
    states = np.arange(2**k)
    move = np.eye(len(states))
    if isinstance(student, BKT):
        shift = student.population.groups[0].shift.get("forget", 0.0)
        keep = np.exp(-student.forget * np.exp(shift) * days)
        for skill in range(k):
            p = np.where(states >> skill & 1, keep[skill], 1.0)
            step = np.zeros_like(move)
            step[states, states] += p
            step[states, states & ~(1 << skill)] += 1.0 - p
            move = move @ step
    return move


def everything_known(student: Any, state: Any, days: float, exam_items: Int) -> Float:
    """(N,) the exam's expected share of right answers, had each student known everything ``days`` before it.

    No teaching can do better: knowing more never hurts, and forgetting is as slow as it can be.

    Raises:
        InputError: the students' knowledge is not a matter of known or not.
    """
    if not isinstance(student, BKT | KT6KC):
        model = type(student).__name__
        raise InputError(
            f"{model} students do not simply know a skill or not, so nothing like full knowledge is defined"
        )
    full = state.copy()
    if isinstance(student, KT6KC):
        full["known"] = 1.0
        return student.p_all(full)[:, exam_items].mean(axis=1)
    full["left"], full["familiarity"] = 1.0, 1.0
    none = full.copy()
    none["left"] = 0.0
    gap = np.full(len(state), days)
    # a careless student may answer better by guessing
    best = np.maximum(student.forecast(full, gap)[0], student.forecast(none, gap)[0])
    return best[:, exam_items].mean(axis=1)
