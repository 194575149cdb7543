"""The small runs in which keys are looked at: each gives a digest of everything that a run's files would say."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import numpy as np
from zpdgym.agents.learnt.networks.item_features import ItemFeatures
from zpdgym.agents.problem import Problem
from zpdgym.agents.race import rehearsed
from zpdgym.agents.registry import build_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs import Scenario
from zpdgym.errors import InputError
from zpdgym.experiments.runs.outcomes import student_columns

N_STUDENTS = 16
"""Students of a run: enough that a chance of a few per cent shows."""
BELIEF = {"source": "given", "kind": "bkt", "prior": 0.3, "learn": 0.2, "guess": 0.2, "slip": 0.1, "forget": 0.02}
ITEMS = [
    {"approach": "example", "minutes": 2},
    {"approach": "guided", "difficulty": 0.5, "minutes": 2},
    {"approach": "practice", "difficulty": -1.5},
    {"approach": "practice", "difficulty": 0, "exam": True},
    {"approach": "practice", "difficulty": 2, "minutes": 3},
]
TREE = {"_target_": "zpdgym.students.tree", "n_skills": 4, "branching": 2, "items": ITEMS}
CALENDAR = {"sessions": 4, "session_lessons": 12, "days_between": [3, 1], "retention_days": 7}
STUDENT = {
    "_target_": "zpdgym.students.BKT", "prior": 0.3, "learn": 0.2, "guess": 0.2, "slip": 0.1, "forget": 0.05,
    "durability": 0.5, "leak": 0.05,
}  # fmt: skip
DHP = {"_target_": "zpdgym.students.DHP"}
RANDOM = {"_target_": "zpdgym.agents.Random"}
MASTERY = {"_target_": "zpdgym.agents.Mastery", "threshold": 0.7, "finish": True}
NEW = {"other": {"student": {**STUDENT, "learn": 0.3}}}
SECTIONS: Mapping[str, list[dict[str, Any]]] = {
    "schedule": [{"lessons": 30, "retention_days": 7}, CALENDAR,
                 {"sessions": 4, "session_minutes": 30, "days_between": 3, "retention_days": 7}],
    "observe": [{"rows": "skills"}],
    "actions": [{"finish": True, "finish_after": 40}],
    "outcome": [{"primary": primary, "smallest_difference": 0.02, "mastered_at": None, "later_days": None, "price": 0.0}
                for primary in ("exam", "log_score")],
    "reward": [{"kind": "gain"}],
}  # fmt: skip
"""What sections hold to begin with."""
BELIEFS: Mapping[str, dict[str, Any]] = {
    "bkt": {"prior": 0.3, "learn": 0.2, "guess": 0.2, "slip": 0.1, "forget": 0.02, "leak": 0.5},
    "graph": {"prior": 0.3, "learn": 0.2, "guess": 0.2, "slip": 0.1, "forget": 0.02, "leak": 0.5},
    "practice": {"prior": 0.3, "learn": 0.2, "guess": 0.2, "slip": 0.1, "forget": 0.02, "leak": 0.5},
    "truth": {"learn": 0.2, "guess": 0.2, "slip": 0.1, "forget": 0.02, "leak": 0.5},
    "states": {"prior": 0.3, "learn": 0.2, "guess": 0.2, "slip": 0.1},
    "ability": {"start": 0.0, "ability_sd": 1.0, "discrimination": 1.0, "guess": 0.1, "scale": 1.0},
    "exact": {"prior": 0.3, "learn": 0.2, "guess": 0.2, "slip": 0.1, "leak": 0.5},
    "elo": {"prior": -0.5, "learn": 0.3, "forget": 0.02},
    "misconceptions": {"prior": 0.2, "misconceived": 0.3, "learn": 0.2, "catch": 0.05, "slip": 0.1, "stray": 0.1,
                       "diagnostic": [[0, 0], [1, 0], [0, 1], [1, 1], [1, 0]] * 4, "leak": 0.1},
}  # fmt: skip
CLUES: Mapping[str, Any] = {
    "minutes": {"mean": [[0.1, 0.2], [0.0, -0.3]], "sd": [[0.5, 0.6], [0.4, 0.5]], "pace": 0.3, "rapid": [0.02, 0.01],
                "rapid_mean": -2.8, "rapid_sd": 0.5},
    "hints": [[[0.3, 0.3, 0.3, 0.1], [0.4, 0.3, 0.2, 0.1]], [[0.8, 0.1, 0.06, 0.04], [0.9, 0.07, 0.02, 0.01]]],
    "times_seen": True, "hints_seen": True,
}  # fmt: skip
"""What a tutor makes of times and hints."""
BESIDE: Mapping[str, list[dict[str, Any]]] = {
    "zpdgym.students.BKT": [{"guess_by_item": 0.3, "slip_by_item": 0.2}],
    "zpdgym.students.Affect": [{"quit_base": -20.0, "boredom": 100.0, "persistence": 1.0, "gaming": {"bored": 0.1}}],
    "zpdgym.students.DASH": [{"kernel": "mcm"}],
    "zpdgym.agents.ScorerPPO": [{"imitate": "streak", "ready": 0.5}],
}
"""What makes parameters matter that need two others beside them."""
CURRICULA: Mapping[str, dict[str, Any]] = {
    "zpdgym.students.chain": {"n_skills": 4, "items": ITEMS},
    "zpdgym.students.tree": {"n_skills": 7, "branching": 2, "items": ITEMS},
    "zpdgym.students.random_dag": {"n_skills": 8, "seed": 1, "items": ITEMS},
    "zpdgym.students.independent": {"skills": ["a", "b", "c"], "items": ITEMS},
    "zpdgym.students.kt6kc_graph": {"model": 0},
    "zpdgym.students.read_curriculum": {"path": "kss.csv"},
}
SMALL = {
    "hidden": [8], "value_hidden": [8], "evaluations": 2, "memory": 8, "width": 4, "layers": 1, "batch": 32,
    "target_every": 512, "buffer": 512,
}  # fmt: skip
"""What makes a learner small enough to learn something in a thousand lessons."""
SLOW = ("zpdgym.agents.CrossEntropy", "zpdgym.agents.MonteCarlo", "zpdgym.agents.Expectimax", "zpdgym.agents.Optimal")
WORLDS: Mapping[str, Callable[[], Scenario]] = {
    "mixed": lambda: world(actions={"finish": True, "finish_after": 5}),
    "minutes": lambda: world(schedule={"sessions": 3, "session_minutes": 40, "days_between": 2, "retention_days": 7}),
    "tiny": lambda: Scenario.load("tiny"),
    "weeks": lambda: world(schedule={"sessions": 20, "session_lessons": 4, "days_between": 3, "retention_days": 7}),
    "dhp": lambda: world(student=DHP),
    "fading": lambda: world(belief={**BELIEF, "forget": [0.0, 0.3, 0.02, 0.1]}),
    "chain": lambda: Scenario.load("kt6kc", replace={"schedule": {"lessons": 60}}),
}


def world(
    *,
    student: Mapping[str, Any] = STUDENT,
    population: Mapping[str, Any] | None = None,
    schedule: Mapping[str, Any] = CALENDAR,
    curriculum: Mapping[str, Any] | None = TREE,
    **change: Any,
) -> Scenario:
    """A small scenario of everything: help, three difficulties, four sessions, an exam a week later."""
    replace: dict[str, Any] = {"student": student, "population": population, "schedule": schedule}
    if curriculum is not None:
        replace["curriculum"] = curriculum
    return Scenario.load("practice", replace=replace, change={"unexpected": {}, "belief": BELIEF, **change})


def student_run(section: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], str] | None:
    """The run of students of this class, on a curriculum that fits them; None: they fit none here."""
    for own in (False, True):
        try:
            _student(own, section)
        except InputError:
            continue
        return partial(_run_students, own)
    return None


def _student(own: bool, section: Mapping[str, Any], population: Mapping[str, Any] | None = None) -> Scenario:
    return world(student=section, population=population, curriculum=None if own else TREE)


def _run_students(own: bool, section: Mapping[str, Any]) -> str:
    return taught(_student(own, section), RANDOM)


def trait_run(section: Mapping[str, Any], trait: str) -> Callable[[Mapping[str, Any]], str]:
    """The run of students who differ in one trait."""

    def run(given: Mapping[str, Any]) -> str:
        population = {"_target_": "zpdgym.students.Population", "sd": {trait: given[f"sd.{trait}"]}}
        try:
            return taught(_student(False, section, population), RANDOM)
        except InputError:
            return taught(_student(True, section, population), RANDOM)

    return run


def population_run(section: Mapping[str, Any]) -> str:
    """The run of students of another population."""
    return taught(world(population=section), RANDOM)


def curriculum_run(section: Mapping[str, Any]) -> str:
    """The run of students who learn from another curriculum; what it and its items are called is told, too."""
    scenario = world(curriculum=section)
    told = scenario.curriculum
    return f"{taught(scenario, RANDOM)} {told.name} {told.items} {told.prerequisites.tolist()}"


def section_run(name: str, section: Mapping[str, Any]) -> str:
    """The run of a scenario with another section, and what its table would be judged by."""
    scenario = world(schedule=section) if name == "schedule" else world(**{name: dict(section)})
    judged = scenario.outcome.primary, scenario.outcome.smallest_difference, scenario.mastery_levels.tolist()
    return f"{taught(scenario, RANDOM if scenario.rows == 'items' else MASTERY)} {judged}"


def rules_run(section: Mapping[str, Any]) -> str:
    """The run of a short scenario in which some items may be forbidden, under a policy that would take any."""
    return taught(world(schedule={"lessons": 15, "retention_days": 7}, actions=dict(section)), RANDOM)


def belief_run(section: Mapping[str, Any]) -> str:
    """The run of a tutor who believes otherwise, and what an item scorer would be told by it."""
    change, student = {"belief": dict(section)}, STUDENT
    if section["kind"] == "misconceptions":
        student = {"_target_": "zpdgym.students.Misconceptions"}
    elif section.get("minutes") or section.get("hints"):
        inside = {"_target_": "zpdgym.students.ResponseTime", "student": STUDENT}
        student = {"_target_": "zpdgym.students.Hints", "student": inside}
    given = section["source"] == "given"
    scenario = world(student=student, **change) if given else Scenario.load("Practice-v0", change=change)
    told = ItemFeatures.of(Problem.of(scenario.make(1)), ready_at=0.5, done_at=2.0)
    return f"{taught(scenario, MASTERY)} {_digest(told.arrays)}"


def reward_run(section: Mapping[str, Any]) -> str:
    """The training of a learner that is paid by the scenario."""
    spec = {"_target_": "zpdgym.agents.FlatPPO", **{key: SMALL[key] for key in ("hidden", "evaluations")}}
    return trained(Scenario.load("tiny", change={"reward": dict(section)}), spec)


def learner_run(spec: Mapping[str, Any]) -> str:
    """The training of a learner."""
    return trained(Scenario.load("tiny"), spec)


def policy_run(where: str, spec: Mapping[str, Any]) -> str:
    """The run of an untrained policy in one of the worlds."""
    return taught(_made(where), spec, 4 if str(spec["_target_"]) in SLOW else N_STUDENTS)


@cache
def _made(where: str) -> Scenario:
    return WORLDS[where]()


def taught(scenario: Scenario, spec: Mapping[str, Any], n_students: int = N_STUDENTS) -> str:
    """What comes of teaching with an untrained policy, as a digest: every column, the curve and the lessons."""
    policy = build_policy(rehearsed(dict(spec), scenario, cohort_seed=0))
    found = teach(scenario, policy, n_students=n_students, cohort_seed=5, seed=3, keep=n_students)
    assert found.mastery_by_lesson is not None
    columns = student_columns(found, scenario)
    return _digest(
        {**{name: np.array(told) for name, told in columns.items()}, **found.kept, "curve": found.mastery_by_lesson}
    )


def trained(scenario: Scenario, spec: Mapping[str, Any], lessons: int = 1024) -> str:
    """What comes of training a teacher a little, as a digest: its weights and its learning curve."""
    from zpdgym.agents.learnt.training import train

    teacher = train(scenario, spec, lessons=lessons, seed=0, n_validation=16)
    curve = {f"curve {name}": np.array([row[name] for row in teacher.curve]) for name in ("lessons", "validation")}
    return _digest({**teacher.weights, **curve})


def _digest(arrays: Mapping[str, Any]) -> str:
    total = hashlib.sha256()
    for name in sorted(arrays):
        total.update(f"{name} {np.asarray(arrays[name]).shape}".encode())
        total.update(np.ascontiguousarray(arrays[name]).tobytes())
    return total.hexdigest()
