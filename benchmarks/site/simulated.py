"""The small simulations behind the gallery's pictures: the same numbers every time."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import zpdgym
from zpdgym.agents.learnt.recipes import Learner
from zpdgym.agents.learnt.teacher import Teacher
from zpdgym.agents.problem import Policy
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import Rollout, teach
from zpdgym.agents.tuning import prepare
from zpdgym.envs import Scenario
from zpdgym.envs.beliefs.refit import with_own_belief
from zpdgym.errors import InputError
from zpdgym.experiments.figures.lessons import Lessons
from zpdgym.experiments.runs.early import able_early
from zpdgym.students import allocate_outcome

Floats = npt.NDArray[np.float64]

STUDENTS, LESSONS, REST = 200, 20, np.arange(0, 61)
"""Of a student's picture: how many are taught, lessons on one skill, and days without a lesson afterwards."""
PUPILS, CLASS = 2, 60
"""Whose lessons are shown one by one; and how many pupils a scenario's picture is about."""
TRAINED = 3000
"""Lessons from which a learner in a picture has learnt: enough to run, far too few to judge it by."""
HOMES = (("practice", None), ("kt6kc", None), ("tiny", None), ("placement", None), ("practice", "dhp"))
"""Scenarios, with other students where a name stands there, in which a policy or a student is tried in turn."""


@dataclass(frozen=True, eq=False)
class Growth:
    """What lessons on one skill do, and the days after them.

    Attributes:
        where: the scenario whose curriculum is taught.
        skill: the name of the skill.
        learning: (LESSONS + 1,) mean mastery before the first lesson and after each.
        forgetting: mean mastery after each of ``REST`` days without a lesson.
    """

    where: str
    skill: str
    learning: Floats
    forgetting: Floats


def growth_of(student: str) -> Growth:
    """Teach students of one kind the first skill of a curriculum, then leave them alone.

    Raises:
        InputError: they fit none of the curricula.
    """
    world = _home_of(student)
    model, curriculum = world.student, world.curriculum
    skill = int(curriculum.order[0])
    items = np.flatnonzero(curriculum.q[:, skill] & (curriculum.q.sum(axis=1) == 1))
    rng, out, rows = np.random.default_rng(0), allocate_outcome(STUDENTS), np.arange(STUDENTS)
    state = model.allocate(STUDENTS)
    model.reset(state, rows, rng.random((STUDENTS, model.reset_draws)))
    learning = [model.mastery(state)[:, skill].mean()]
    for lesson in range(LESSONS):
        chosen = np.full(STUDENTS, items[lesson % len(items)])
        model.step(state, chosen, rng.random((STUDENTS, model.lesson_draws)), out)
        learning.append(model.mastery(state)[:, skill].mean())
    forgetting = [model.mastery(state)[:, skill].mean()]
    for days in np.diff(REST):
        model.elapse(state, np.full(STUDENTS, float(days)), rng.random((STUDENTS, model.rest_draws)))
        forgetting.append(model.mastery(state)[:, skill].mean())
    return Growth(world.name, curriculum.skills[skill], np.array(learning), np.array(forgetting))


def _home_of(student: str) -> Scenario:
    """The first scenario whose curriculum students of this kind fit."""
    said = []
    for name, _ in HOMES:
        try:
            world = Scenario.load(name, replace={"student": student})
            world.student.allocate(1)  # they are made now, and say whether they fit
        except InputError as error:
            said.append(str(error))
        else:
            return world
    raise InputError(said[0])


@dataclass(frozen=True, eq=False)
class Shown:
    """Lessons of some pupils, and what came of all of them."""

    world: Scenario
    policy: str
    lessons: Lessons
    outcome: float
    trained: bool


def lessons_of(policy: str) -> Shown:
    """Teach a few pupils by one policy, in the first scenario in which it can.

    Raises:
        InputError: it can teach in none of them; the first one's reason.
    """
    said = []
    for name, student in HOMES:
        try:
            world = Scenario.load(name, replace={"student": student} if student else {})
            return taught(world, policy, n=PUPILS)
        except InputError as error:
            said.append(str(error))
    raise InputError(said[0])


@functools.cache
def _teacher(policy: str, scenario: str) -> Teacher:
    return zpdgym.train(scenario, policy, lessons=TRAINED, seed=0)


def taught(world: Scenario, policy: str, *, n: int) -> Shown:
    """Teach ``n`` test pupils of a scenario by a policy with the settings of its file; a learner is trained a little.

    Raises:
        InputError: the policy cannot teach this scenario.
    """
    built: Policy = build_policy(policy)
    learner = isinstance(built, Learner)
    if learner:
        built = _teacher(policy, world.name)
    able_early(built, world)
    world = with_own_belief(world)
    if hasattr(built, "rehearse"):
        spec, _ = prepare(load_policy(policy), world, cohort_seed=0, budget=1)  # it rehearses; nothing is tuned
        built = build_policy(spec)
    return taught_by(world, built, policy, n=n, trained=learner)


def taught_by(world: Scenario, who: Policy, name: str, *, n: int, trained: bool) -> Shown:
    """Teach ``n`` test pupils of a scenario."""
    world = with_own_belief(world)
    found = teach(world, who, n_students=n, cohort_seed=0, keep=n)
    outcome = float(found.outcomes[world.outcome.primary].mean())
    return Shown(world, name, _lessons(world, found), outcome, trained)


def _lessons(world: Scenario, found: Rollout) -> Lessons:
    kept, names = found.kept, world.column_names
    seen = {}
    if world.rows == "skills" and "belief" in names:
        seen["belief"] = kept["obs"][..., names.index("belief")].astype(np.float64)
    items = kept["items"].astype(np.int64)
    return Lessons(
        curriculum=world.curriculum,
        items=items,
        correct=kept["correct"],
        day=kept["day"].astype(np.float64),
        seen=seen,
        mastery=kept["mastery"].astype(np.float64),
        mastery_choice=None,
        ended=np.zeros(items.shape, bool),
        right_steps=kept.get("right_steps"),
    )
