"""Curricula made by rule: a chain, a tree, a random network of skills, or skills without prerequisites."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, shown, unknown
from zpdgym.parameters import Number

from .curriculum import APPROACHES, EXAM_ALLOWED, MAX_DIFFICULTY, MAX_MINUTES, Curriculum, are_marks

__all__ = ["chain", "independent", "random_dag", "tree"]

ItemSpec = Mapping[str, Any]
"""One kind of item that every skill gets, by its ``approach``, ``difficulty`` (logits), ``minutes`` and ``exam``."""

ONE_PRACTICE_ITEM: tuple[ItemSpec, ...] = ({"approach": "practice", "difficulty": 0.0, "minutes": 1.0},)

_ITEM_KEYS = {"approach": "practice", "difficulty": 0.0, "minutes": 1.0, "exam": None}
SIZE = Number("how many", low=1, high=10_000, whole=True)
DIFFICULTY = Number("logits", low=-MAX_DIFFICULTY, high=MAX_DIFFICULTY)
MINUTES = Number("minutes", low=0, high=MAX_MINUTES, above=True)


def chain(n_skills: int, *, items: Sequence[ItemSpec] = ONE_PRACTICE_ITEM, name: str = "chain") -> Curriculum:
    """Skills in a row: each one needs the one before it.

    Args:
        n_skills: K, how many skills.
        items: the items that every skill gets, e.g. ``[{"approach": "example", "minutes": 2}, {"difficulty": 1}]``;
            what is left out is a practice item of difficulty 0 that takes 1 minute. Without any ``exam`` key the exam
            is every skill's practice item nearest to difficulty 0; ``exam: 3`` is an item of three marks.
        name: what people call the curriculum.

    Returns:
        A curriculum whose skills are called "skill 1" … "skill K" and whose items "skill 1 practice" and so on.

    Raises:
        InputError: a number out of range, an approach or a key of an item that does not exist.

    Example:
        >>> chain(3).prerequisites.sum(axis=1).tolist()
        [0, 1, 1]
    """
    _check_size(name, n_skills=n_skills)
    parents = [[k - 1] if k else [] for k in range(n_skills)]
    return _curriculum(name, [f"skill {k + 1}" for k in range(n_skills)], parents, [""] * n_skills, items)


def independent(
    skills: Sequence[str] | None = None,
    *,
    n_skills: int | None = None,
    items: Sequence[ItemSpec] = ONE_PRACTICE_ITEM,
    name: str = "independent skills",
) -> Curriculum:
    """Skills that do not need each other, as a log shows them that says nothing about prerequisites.

    Args:
        skills: their names, in teaching order.
        n_skills: K, how many skills, instead of names: they are then called "skill 1" … "skill K".
        items: the items that every skill gets; see ``chain``.
        name: what people call the curriculum.

    Raises:
        InputError: both names and a number of skills, or neither; duplicate names, a number out of range, an approach
            or a key of an item that does not exist.

    Example:
        >>> independent(["adding", "naming shapes"]).items
        ('adding practice', 'naming shapes practice')
        >>> independent(n_skills=3).prerequisites.any()
        np.False_
    """
    if (skills is None) == (n_skills is None):
        given = "both are given" if skills is not None else "neither is given"
        raise InputError(f"curriculum '{name}': say skills (their names) or n_skills (how many); {given}")
    if skills is None:
        assert n_skills is not None
        _check_size(name, n_skills=n_skills)
        skills = [f"skill {k + 1}" for k in range(n_skills)]
    _check_size(name, n_skills=len(skills))
    names = [str(skill) for skill in skills]
    return _curriculum(name, names, [[] for _ in names], [""] * len(names), items)


def tree(
    n_skills: int, *, branching: int = 2, items: Sequence[ItemSpec] = ONE_PRACTICE_ITEM, name: str = "tree"
) -> Curriculum:
    """One basic skill that opens several, each of which opens several more.

    Args:
        n_skills: K, how many skills; levels are filled from the root on.
        branching: how many skills each skill opens, at least 1.
        items: the items that every skill gets; see ``chain``.
        name: what people call the curriculum.

    Returns:
        A curriculum whose skills are called by their way from the root, "skill 1.2.1"; each branch is a topic.

    Raises:
        InputError: a number out of range, an approach or a key of an item that does not exist.

    Example:
        >>> tree(7).skills[-1]
        'skill 1.2.2'
    """
    _check_size(name, n_skills=n_skills, branching=branching)
    parents = [[(k - 1) // branching] if k else [] for k in range(n_skills)]
    paths = ["1"]
    for k in range(1, n_skills):
        paths.append(f"{paths[parents[k][0]]}.{(k - 1) % branching + 1}")
    topics = ["root" if k == 0 else f"branch {path.split('.')[1]}" for k, path in enumerate(paths)]
    return _curriculum(name, [f"skill {p}" for p in paths], parents, topics, items)


def random_dag(
    n_skills: int,
    *,
    seed: int,
    max_prerequisites: int = 2,
    items: Sequence[ItemSpec] = ONE_PRACTICE_ITEM,
    name: str = "random network",
) -> Curriculum:
    """Skills with prerequisites drawn at random among the skills before them.

    Every skill after the first gets between 0 and ``max_prerequisites`` direct prerequisites, all numbers equally
    likely, drawn without replacement; there can be no cycle, because a prerequisite always stands earlier.

    Args:
        n_skills: K, how many skills.
        seed: which network; the same seed gives the same network on every machine.
        max_prerequisites: the largest number of direct prerequisites of a skill.
        items: the items that every skill gets; see ``chain``.
        name: what people call the curriculum.

    Raises:
        InputError: a number out of range, an approach or a key of an item that does not exist.

    Example:
        >>> bool((random_dag(20, seed=1).prerequisites == random_dag(20, seed=1).prerequisites).all())
        True
    """
    _check_size(name, n_skills=n_skills, max_prerequisites=max_prerequisites)
    uniform = np.random.default_rng(seed).random  # the bit generator's own doubles: the same in every NumPy version
    parents: list[list[int]] = []
    for k in range(n_skills):
        chosen: list[int] = []
        for _ in range(min(k, int(uniform() * (max_prerequisites + 1)))):
            place = int(uniform() * (k - len(chosen)))  # among the skills before that were not chosen yet
            lower = bisect.bisect(range(len(chosen)), place, key=lambda i, chosen=chosen: chosen[i] - i)
            chosen.insert(lower, place + lower)
        parents.append(chosen)
    return _curriculum(name, [f"skill {k + 1}" for k in range(n_skills)], parents, [""] * n_skills, items)


def _check_size(name: str, **numbers: int) -> None:
    wrong = Violations(f"curriculum '{name}'")
    for key, value in numbers.items():
        SIZE.one(value, key, wrong)
    wrong.raise_any()


def _curriculum(
    name: str, skills: list[str], parents: list[list[int]], topics: list[str], items: Sequence[ItemSpec]
) -> Curriculum:
    kinds = _item_kinds(name, items)
    k, per = len(skills), len(kinds)
    prerequisites = np.zeros((k, k), bool)
    for skill, before in enumerate(parents):
        prerequisites[skill, before] = True
    labels = _labels(kinds)
    chosen = [kind["exam"] for kind in kinds]
    marks: npt.NDArray[np.int64] = np.zeros(0, np.int64)
    if any(c is not None for c in chosen):
        marks = np.tile(np.array([int(c or 0) for c in chosen], np.int64), k)
    return Curriculum(
        name=name,
        skills=tuple(skills),
        items=tuple(f"{skill} {label}" for skill in skills for label in labels),
        q=np.repeat(np.eye(k, dtype=bool), per, axis=0),
        prerequisites=prerequisites,
        difficulty=np.tile(np.array([float(kind["difficulty"]) for kind in kinds]), k),
        minutes=np.tile(np.array([float(kind["minutes"]) for kind in kinds]), k),
        approach=np.tile(np.array([APPROACHES.index(kind["approach"]) for kind in kinds], np.int64), k),
        topics=tuple(topics),
        marks=marks,
    )


def _item_kinds(name: str, items: Sequence[ItemSpec]) -> list[dict[str, Any]]:
    """The kinds of items with nothing left out, or one error with all that is wrong."""
    wrong = Violations(f"curriculum '{name}'")
    if not isinstance(items, list | tuple) or not all(isinstance(item, Mapping) for item in items):
        raise InputError(f"curriculum '{name}': items={shown(items)} must be a list of kinds of items")
    wrong.unless(len(items) > 0, "items: there is none; give every skill at least one")
    for i, item in enumerate(items):
        for key in item:
            if key not in _ITEM_KEYS:
                wrong.unless(False, f"items[{i}]: {unknown('key', str(key), _ITEM_KEYS)}")
        approach = item.get("approach", "practice")
        known = ", ".join(APPROACHES)
        wrong.unless(approach in APPROACHES, f"items[{i}]: approach '{approach}' must be one of {known}")
        DIFFICULTY.one(item.get("difficulty", 0.0), f"items[{i}]: difficulty", wrong)
        MINUTES.one(item.get("minutes", 1.0), f"items[{i}]: minutes", wrong)
        exam = item.get("exam")
        wrong.unless(exam is None or are_marks(exam), f"items[{i}]: exam={shown(exam)} must be {EXAM_ALLOWED}")
    wrong.raise_any()
    return [{**_ITEM_KEYS, **item} for item in items]


def _labels(kinds: Sequence[Mapping[str, Any]]) -> list[str]:
    """What tells a skill's items apart: the approach, then the difficulty, then a number."""
    labels: list[str] = []
    given: Counter[str] = Counter()
    for kind in kinds:
        label = str(kind["approach"])
        if float(kind["difficulty"]):
            label += f" {float(kind['difficulty']):+g}"
        given[label] += 1
        labels.append(f"{label} #{given[label]}" if given[label] > 1 else label)
    return labels
