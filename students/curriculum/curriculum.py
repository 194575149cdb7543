"""What there is to learn: skills, their prerequisites, and the items that exercise them."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, shown

from .steps import check_steps, listed_steps, unfold

__all__ = ["APPROACHES", "Curriculum"]

APPROACHES = ("practice", "example", "explanation", "guided")
"""How an item teaches: the student works alone; reads a worked example; reads an explanation; answers with help."""
PRACTICE, EXAMPLE, EXPLANATION, GUIDED = range(4)

MAX_MINUTES = 600.0
MAX_DIFFICULTY = 10.0
MAX_MARKS = 100
EXAM_ALLOWED = f"true, false, or its marks, a whole number in [0, {MAX_MARKS}]"


@dataclass(frozen=True, eq=False, kw_only=True)
class Curriculum:
    """K skills with prerequisites and M items that exercise them, as arrays.

    Build one with ``chain``, ``tree``, ``random_dag`` (``zpdgym.students.curriculum.builders``) or ``read_curriculum``
    (``zpdgym.students.curriculum.readers``). All violations are reported together.

    Attributes:
        name: what people call it.
        skills: (K,) names, in teaching order as far as the prerequisites leave it open.
        items: (M,) names.
        q: (M, K) bool; item m exercises skill k.
        prerequisites: (K, K) bool; ``prerequisites[k, j]``: skill j must be known before skill k can be learnt.
        difficulty: (M,) float64, logits relative to the skill's reference item (0).
        minutes: (M,) float64, how long the item takes.
        approach: (M,) int64, index into ``APPROACHES``.
        topics: (K,) the topic that each skill belongs to.
        exam: (M,) bool; the items of the exam. Default: for every skill its single-skill practice item that is
            nearest to difficulty 0.
        marks: (M,) int64, what each item counts in the exam, 0 where it is not in it; empty: one mark for each item of
            the exam. ``exam_marks`` says it either way.
        item_steps: (M, L) int64, the skills of an item's steps in order, padded with -1; a row of -1 is an item of one
            answer. A skill may come several times, and ``q`` has the set of them. L is 0 where no item has steps.

    Raises:
        InputError: a cycle, duplicate or empty names, an item without a skill, numbers out of range, wrong shapes.
    """

    name: str
    skills: tuple[str, ...]
    items: tuple[str, ...]
    q: npt.NDArray[np.bool_]
    prerequisites: npt.NDArray[np.bool_]
    difficulty: npt.NDArray[np.float64]
    minutes: npt.NDArray[np.float64]
    approach: npt.NDArray[np.int64]
    topics: tuple[str, ...] = ()
    exam: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    marks: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    item_steps: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))

    def __post_init__(self) -> None:
        store = object.__setattr__
        if not isinstance(self.name, str):
            raise InputError(f"curriculum: name={shown(self.name)} must be a text")
        store(self, "skills", tuple(self.skills))
        store(self, "items", tuple(self.items))
        store(self, "topics", tuple(self.topics) or ("",) * len(self.skills))
        for name in ("q", "prerequisites", "exam"):
            store(self, name, _frozen(getattr(self, name), bool))
        for name in ("approach", "marks", "item_steps"):
            store(self, name, _frozen(getattr(self, name), np.int64))
        if not (self.item_steps != -1).any():
            store(self, "item_steps", _frozen(np.zeros((len(self.items), 0)), np.int64))
        for name in ("difficulty", "minutes"):
            store(self, name, _frozen(getattr(self, name), np.float64))
        self._check()
        if not len(self.exam):
            store(self, "exam", _frozen(self.marks if len(self.marks) else self._default_exam(), bool))
        told = f"curriculum '{self.name}': marks must be above 0 for the items of the exam, and 0 for all others"
        if len(self.marks) and not np.array_equal(self.marks > 0, self.exam):
            raise InputError(told)
        if len(self.marks) and self.marks.max() <= 1:  # as if none were given: who changes exam changes nothing else
            store(self, "marks", _frozen([], np.int64))

    @property
    def n_skills(self) -> int:
        """K, the number of skills."""
        return len(self.skills)

    @property
    def n_items(self) -> int:
        """M, the number of items."""
        return len(self.items)

    @property
    def has_steps(self) -> bool:
        """Whether any item is a problem of several steps."""
        return self.item_steps.shape[1] > 0

    @cached_property
    def _unfolded(self) -> tuple[Curriculum, npt.NDArray[np.int64]]:
        return unfold(self) if self.has_steps else (self, np.arange(self.n_items, dtype=np.int64)[:, None])

    @property
    def unfolded(self) -> Curriculum:
        """The same skills with an item for every kind of step, which students and beliefs take one after the other.

        M' items: those without steps, then the different steps, each with its share of the minutes. Itself where no
        item has steps.
        """
        return self._unfolded[0]

    @property
    def parts(self) -> npt.NDArray[np.int64]:
        """(M, max(L, 1)) the items of ``unfolded`` that each item is made of, in order, padded with -1."""
        return self._unfolded[1]

    @cached_property
    def order(self) -> npt.NDArray[np.int64]:
        """(K,) skills in curriculum order: prerequisites first, otherwise as listed."""
        missing, followers = _waiting(self.prerequisites)
        ready = [k for k, count in enumerate(missing) if not count]  # in order, so it is a heap
        order: list[int] = []
        while ready:
            placed = heapq.heappop(ready)
            order.append(placed)
            for k in followers[placed]:
                missing[k] -= 1
                if not missing[k]:
                    heapq.heappush(ready, k)
        return np.array(order, np.int64)

    @cached_property
    def depth(self) -> npt.NDArray[np.int64]:
        """(K,) length of the longest chain of prerequisites before each skill."""
        depth = np.zeros(self.n_skills, np.int64)
        for k in self.order:
            depth[k] = 1 + max((depth[j] for j in np.flatnonzero(self.prerequisites[k])), default=-1)
        return depth

    @cached_property
    def ancestors(self) -> npt.NDArray[np.bool_]:
        """(K, K) ``ancestors[k, j]``: j is a direct or indirect prerequisite of k."""
        reach = np.array(self.prerequisites)
        for k in self.order:
            for j in np.flatnonzero(self.prerequisites[k]):
                reach[k] |= reach[j]
        return reach

    @cached_property
    def item_skills(self) -> npt.NDArray[np.int64]:
        """(M, S) the skills of each item, padded with -1; S is the largest number of skills of an item."""
        return _padded(self.q)

    @cached_property
    def parents(self) -> npt.NDArray[np.int64]:
        """(K, P) the direct prerequisites of each skill, padded with -1 (P may be 0)."""
        return _padded(self.prerequisites)

    @cached_property
    def children(self) -> npt.NDArray[np.int64]:
        """(K, C) the skills that each skill is a direct prerequisite of, padded with -1 (C may be 0)."""
        return _padded(self.prerequisites.T)

    @cached_property
    def asks(self) -> npt.NDArray[np.bool_]:
        """(M,) which items ask for an answer; examples and explanations are only read."""
        return _frozen((self.approach != EXAMPLE) & (self.approach != EXPLANATION), np.bool_)

    @cached_property
    def exam_marks(self) -> npt.NDArray[np.int64]:
        """(M,) what each item counts in the exam; 0: it is not in it."""
        return self.marks if len(self.marks) else _frozen(self.exam, np.int64)

    @cached_property
    def exam_items(self) -> npt.NDArray[np.int64]:
        """(E,) indices of the exam's items: an item of three marks stands there three times."""
        return np.repeat(np.arange(self.n_items, dtype=np.int64), self.exam_marks)

    @cached_property
    def worth(self) -> npt.NDArray[np.float64]:
        """(K,) what a skill counts in the exam, 1 on average: its share of the marks, times K.

        An item of several skills is shared among them. Where no item has more than one mark, all skills count alike.
        """
        marks = self.exam_marks
        if marks.max() <= 1:
            return np.ones(self.n_skills)
        shared = self.q * (marks / self.q.sum(axis=1))[:, None]
        return shared.sum(axis=0) * self.n_skills / marks.sum()

    def _default_exam(self) -> npt.NDArray[np.bool_]:
        chosen = np.zeros(self.n_items, bool)
        single = (np.count_nonzero(self.q, axis=1) == 1) & ~(self.item_steps >= 0).any(axis=1)
        alone = np.flatnonzero(single & (self.approach == PRACTICE))
        skill = self.q[alone].argmax(axis=1)
        nearest = np.lexsort((np.abs(self.difficulty[alone]), skill))  # of equal difficulties the first as listed
        chosen[alone[nearest[np.unique(skill[nearest], return_index=True)[1]]]] = True
        return chosen

    def _check(self) -> None:
        wrong, k, m = Violations(f"curriculum '{self.name}'"), len(self.skills), len(self.items)
        wrong.unless(k > 0, "skills: there is none")
        wrong.unless(m > 0, "items: there is none")
        shapes: dict[str, tuple[int, ...]] = {
            "q": (m, k), "prerequisites": (k, k), "difficulty": (m,), "minutes": (m,), "approach": (m,)
        }  # fmt: skip
        for name, shape in shapes.items():
            found = getattr(self, name).shape
            wrong.unless(found == shape, f"{name} has shape {found}, must be {shape}")
        found = self.item_steps.shape
        wrong.unless(len(found) == 2 and found[0] == m, f"item_steps has shape {found}, must be ({m}, steps)")
        wrong.unless(len(self.topics) == k, f"topics: {len(self.topics)} given for {k} skills")
        for name in ("exam", "marks"):
            found = getattr(self, name).shape
            wrong.unless(found in ((0,), (m,)), f"{name} has shape {found}, must be ({m},)")
        for kind, names in (("skill", self.skills), ("item", self.items)):
            wrong.unless(all(str(n).strip() for n in names), f"{kind} names: one is empty")
            for twice in _duplicates(names):
                wrong.unless(False, f"{kind} name '{twice}' is given twice; names must be unique")
        wrong.raise_any()
        self._check_values(wrong)
        wrong.raise_any()

    def _check_values(self, wrong: Violations) -> None:
        fine = self.q.any(axis=1) & (self.minutes > 0) & (self.minutes <= MAX_MINUTES)
        fine &= (np.abs(self.difficulty) <= MAX_DIFFICULTY) & (self.approach >= 0) & (self.approach < len(APPROACHES))
        for i in np.flatnonzero(~fine):
            name = self.items[i]
            wrong.unless(bool(self.q[i].any()), f"item '{name}' exercises no skill")
            hours = f"item '{name}': minutes={self.minutes[i]:g} must be in (0, {MAX_MINUTES:g}]"
            wrong.unless(bool(0 < self.minutes[i] <= MAX_MINUTES), hours)
            logits = f"item '{name}': difficulty={self.difficulty[i]:g} must be in [-10, 10] (logits)"
            wrong.unless(bool(abs(self.difficulty[i]) <= MAX_DIFFICULTY), logits)
            kinds = f"item '{name}': approach={self.approach[i]} must be one of 0 … 3 ({', '.join(APPROACHES)})"
            wrong.unless(0 <= self.approach[i] < len(APPROACHES), kinds)
        for i in np.flatnonzero((self.marks < 0) | (self.marks > MAX_MARKS)):
            told = f"item '{self.items[i]}': marks={self.marks[i]} must be in [0, {MAX_MARKS}] (0: not in the exam)"
            wrong.unless(False, told)
        for k in np.flatnonzero(~self.q.any(axis=0)):
            wrong.unless(False, f"skill '{self.skills[k]}' has no item that exercises it")
        check_steps(self, self.asks, wrong)
        cycle = find_cycle(self.prerequisites)
        names = " -> ".join(self.skills[k] for k in cycle)
        wrong.unless(not cycle, f"the prerequisites form a cycle: {names}; no skill of it could ever be learnt")

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and names, as the JSON form of a curriculum has them."""
        names = np.array(self.skills, object)
        return {
            "name": self.name,
            "skills": [
                {"name": s, "topic": t, "prerequisites": list(names[row])}
                for s, t, row in zip(self.skills, self.topics, self.prerequisites, strict=True)
            ],
            "items": [
                {
                    "name": n,
                    "skills": list(names[self.q[m]]),
                    **({"steps": list(names[own])} if len(own := row[row >= 0]) else {}),
                    "difficulty": float(self.difficulty[m]),
                    "minutes": float(self.minutes[m]),
                    "approach": APPROACHES[self.approach[m]],
                    "exam": int(self.exam_marks[m]) if self.exam_marks[m] > 1 else bool(self.exam[m]),
                }
                for m, (n, row) in enumerate(zip(self.items, self.item_steps, strict=True))
            ],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Curriculum:
        """The inverse of ``to_dict``.

        Raises:
            InputError: missing keys, unknown names, or whatever the constructor refuses.
        """
        try:
            skills, items = data["skills"], data["items"]
            names = [str(s["name"]) for s in skills]
            wrong = Violations(f"curriculum '{data.get('name', '')}'")
            prerequisites = _matrix([(s["name"], s.get("prerequisites", ())) for s in skills], names, "skill", wrong)
            item_steps = listed_steps(items, names, wrong)
            wrong.raise_any()
            listed = [(i["name"], i["steps" if "steps" in i else "skills"]) for i in items]
            q = _matrix(listed, names, "item", wrong)
            for i in items:
                known = i.get("approach", "practice") in APPROACHES
                text = f"item '{i['name']}': approach '{i.get('approach')}' must be one of {', '.join(APPROACHES)}"
                wrong.unless(known, text)
                told = f"item '{i['name']}': exam={shown(i.get('exam'))} must be {EXAM_ALLOWED}"
                wrong.unless(are_marks(i.get("exam", True)), told)
            wrong.raise_any()
            return cls(
                name=str(data.get("name", "curriculum")),
                skills=tuple(names),
                items=tuple(str(i["name"]) for i in items),
                q=q,
                prerequisites=prerequisites,
                difficulty=np.array([float(i.get("difficulty", 0.0)) for i in items]),
                minutes=np.array([float(i.get("minutes", 1.0)) for i in items]),
                approach=np.array([APPROACHES.index(i.get("approach", "practice")) for i in items], np.int64),
                topics=tuple(str(s.get("topic", "")) for s in skills),
                marks=np.array([int(i["exam"]) for i in items] if any("exam" in i for i in items) else [], np.int64),
                item_steps=item_steps,
            )
        except InputError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"curriculum: the key {error} is missing or not of the right kind") from error


def are_marks(value: object) -> bool:
    """Whether ``exam`` of an item says what it may: true or false, or how many marks the item has."""
    if isinstance(value, bool | np.bool_):
        return True
    return isinstance(value, int | np.integer) and 0 <= int(value) <= MAX_MARKS


def _frozen(values: Any, kind: Any) -> npt.NDArray[Any]:
    array = np.array(values, dtype=kind)
    array.setflags(write=False)
    return array


def _padded(matrix: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    rows, found = _pairs(matrix)
    counts = np.bincount(rows, minlength=len(matrix))
    padded = np.full((len(matrix), int(counts.max(initial=0))), -1, np.int64)
    padded[rows, np.arange(len(rows)) - (np.cumsum(counts) - counts)[rows]] = found
    padded.setflags(write=False)
    return padded


def _pairs(matrix: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Row and column of every True, as ``np.nonzero`` gives them; NumPy looks through one axis ten times as fast."""
    rows, columns = np.divmod(np.flatnonzero(matrix), matrix.shape[1])
    return rows, columns


def _duplicates(names: Sequence[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


def _matrix(rows: Any, names: list[str], kind: str, wrong: Violations) -> npt.NDArray[np.bool_]:
    index = {n: k for k, n in enumerate(names)}
    matrix = np.zeros((len(rows), len(names)), bool)
    for r, (owner, listed) in enumerate(rows):
        for name in listed:
            wrong.unless(str(name) in index, f"{kind} '{owner}' names the skill '{name}', which does not exist")
            if str(name) in index:
                matrix[r, index[str(name)]] = True
    return matrix


def _waiting(prerequisites: npt.NDArray[np.bool_]) -> tuple[list[int], list[list[int]]]:
    """How many direct prerequisites each skill has, and the skills that each one is such a prerequisite of."""
    followers: list[list[int]] = [[] for _ in prerequisites]
    skills, before = _pairs(prerequisites)
    for k, j in zip(skills.tolist(), before.tolist(), strict=True):
        followers[j].append(k)
    return np.count_nonzero(prerequisites, axis=1).tolist(), followers


def find_cycle(prerequisites: npt.NDArray[np.bool_]) -> list[int]:
    """A cycle as a list of skills, the first again at its end; empty when there is none."""
    missing, followers = _waiting(prerequisites)
    free = [k for k, count in enumerate(missing) if not count]
    while free:
        for k in followers[free.pop()]:
            missing[k] -= 1
            if not missing[k]:
                free.append(k)
    left = np.array(missing, np.int64) > 0  # what waits for ever lies in a cycle or behind one
    if not left.any():
        return []
    place: dict[int, int] = {}
    k = int(np.argmax(left))
    while k not in place:
        place[k] = len(place)
        k = int(np.argmax(prerequisites[k] & left))
    return [*list(place)[place[k] :], k]
