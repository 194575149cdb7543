"""What packed tutors are tried on: the bundled worlds, and one in which everything that is rare is there at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from zpdgym.envs import Scenario
from zpdgym.envs.beliefs.refit import with_numbers
from zpdgym.envs.observe import DEFAULT_COLUMNS
from zpdgym.students import Curriculum, random_dag

PUPILS = "random"
BUGS = 2
SHOWN = [*DEFAULT_COLUMNS[:2], "open", *DEFAULT_COLUMNS[2:]]
"""The columns of a scenario whose belief says what is open."""
EVERYTHING = [*SHOWN, "last_minutes", "last_hints", "last_option", "session"]
ITEMS = ({"approach": "example", "minutes": 2.0}, {"difficulty": 0.8, "minutes": 3.5}, {"difficulty": -0.8})


def knotted(n_skills: int = 12) -> Curriculum:
    """A network whose last skill needs too many others for one group, and items of skills that lie far apart."""
    plain = random_dag(n_skills, seed=3, max_prerequisites=3, items=ITEMS)
    needs = np.array(plain.prerequisites)
    needs[-1, : n_skills - 3] = True
    q = [np.array(row) for row in plain.q]
    for k in range(1, n_skills):
        for others in ([k - 1], [k // 2, (k * 5) % n_skills]):
            q.append(np.isin(np.arange(n_skills), [k, *others]))
    more = len(q) - plain.n_items
    rng = np.random.default_rng(0)
    return Curriculum(
        name="knotted",
        skills=plain.skills,
        items=(*plain.items, *(f"together {j}" for j in range(more))),
        q=np.array(q),
        prerequisites=needs,
        difficulty=np.concatenate([plain.difficulty, rng.normal(size=more)]),
        minutes=np.concatenate([plain.minutes, 1.0 + rng.integers(0, 8, more) / 2]),
        approach=np.concatenate([plain.approach, rng.choice([0, 3], more)]),
        exam=np.concatenate([plain.exam, np.zeros(more, bool)]),
    )


def home(kind: str, where: str) -> Scenario:
    """A scenario with a belief of this kind and students who learn.

    Args:
        kind: bkt, graph or misconceptions.
        where: "knotted", or the name of a bundled scenario of version 1.
    """
    return knotted_world(kind) if where == "knotted" else bundled(kind, where)


def world(kind: str, where: str) -> Scenario:
    """The same, taught to pupils who answer at random."""
    return at_random(home(kind, where))


def at_random(base: Scenario) -> Scenario:
    """A scenario and its tutor before pupils who answer at random."""
    numbers = base.belief_parameters
    section = {"student": {"_target_": "benchmarks.packed.pupils.RandomPupil"}, "population": None}
    return with_numbers(base.with_students({PUPILS: section})[PUPILS], numbers)


def bundled(kind: str, where: str) -> Scenario:
    """A bundled scenario; its numbers for the one kind of belief are those fitted for its version 0."""
    if kind == "misconceptions":
        scenario = Scenario.load(where)
        numbers = misconceptions(scenario.curriculum, seed=1)
        columns = [*SHOWN, *(f"bug_{b + 1}" for b in range(BUGS))]
        change = {"belief": {**numbers, "source": "given"}, "observe.columns": columns}
        return Scenario.load(where, change=change)
    return Scenario.load(where.replace("v1", "v0") if kind == "bkt" else where)


def knotted_world(kind: str) -> Scenario:
    """Short sessions by the minute, with days between them that differ, and an end that the tutor may choose."""
    curriculum, rng = knotted(), np.random.default_rng(7)
    if kind == "misconceptions":
        numbers = misconceptions(curriculum, seed=2)
    else:
        numbers = {
            "kind": kind,
            "prior": rng.uniform(0.1, 0.9, curriculum.n_skills).tolist(),
            "learn": rng.uniform(0.05, 0.5, curriculum.n_items).tolist(),
            "guess": rng.uniform(0.05, 0.4, curriculum.n_items).tolist(),
            "slip": rng.uniform(0.02, 0.3, curriculum.n_items).tolist(),
            "forget": rng.uniform(0.0, 0.1, curriculum.n_skills).tolist(),
            "leak": 0.1,
            "learn_first": True,
        }
    replace: dict[str, Any] = {
        "curriculum": {"_target_": "benchmarks.packed.worlds.knotted"},
        "student": {"_target_": "zpdgym.students.BKT", "prior": 0.3, "learn": 0.3, "forget": 0.02},
        "population": None,
        "schedule": {"sessions": 5, "session_minutes": 25, "days_between": [1, 3, 0.5], "retention_days": 5},
    }
    change = {
        "belief": {**numbers, "source": "given"},
        "observe.columns": EVERYTHING,
        "actions": {"finish": True, "finish_after": 25},
        "unexpected": {},
    }
    return Scenario.load("Practice-v1", replace=replace, change=change)


def misconceptions(curriculum: Curriculum, seed: int) -> dict[str, Any]:
    """Numbers of a belief in two bugs a skill, no two skills alike."""
    rng, k = np.random.default_rng(seed), curriculum.n_skills
    own = {"prior": (0.1, 0.5), "misconceived": (0.1, 0.4), "learn": (0.1, 0.4), "catch": (0.02, 0.1)}
    own |= {"slip": (0.03, 0.2), "stray": (0.05, 0.3)}
    return {
        "kind": "misconceptions",
        **{name: rng.uniform(*ends, k).tolist() for name, ends in own.items()},
        "diagnostic": rng.integers(0, 2, (curriculum.n_items, BUGS)).tolist(),
        "options": 4,
        "leak": 0.05,
        "approaches": {"example": [1.8, 0.5], "guided": [0.7, 1.6]},
        "guided_refutes": 0.8,
    }
