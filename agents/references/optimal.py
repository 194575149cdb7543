"""The exact optimum of a small world: for who sees only answers but knows the model, and for who sees everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError
from zpdgym.parameters import Number, Table

from ..problem import Actions, Baseline, Memory, Observation, Problem
from .enumerated_world import Float, Int, World, read_world

__all__ = ["FullyObserved", "Optimal"]

MAX_NUMBERS = 8_000_000
"""Reachable beliefs times the 2^K numbers that each has; more would need minutes and gigabytes."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What to do after every possible history.

    Attributes:
        value: the expected primary outcome from the start.
        action: one (n_t,) array a lesson: the best item for each reachable belief.
        after: one (n_t, 2) array a lesson but the last: the belief that follows the best action, by the answer
            (0 wrong or none, 1 right).
        beliefs: how many different beliefs are reachable in all.
    """

    value: float
    action: list[Int]
    after: list[Int]
    beliefs: int


class Layer(NamedTuple):
    """All beliefs that can be held before one lesson.

    Attributes:
        beliefs: (n, S) probability of each state of knowledge.
        counts: (n, K) lessons that each skill has had; 0 where learning does not depend on it.
    """

    beliefs: Float
    counts: Int


def solve(world: World, *, limit: int = MAX_NUMBERS) -> Plan:
    """The optimal plan by dynamic programming over the joint belief, exact up to rounding.

    A belief is a probability for each of the 2^K states of knowledge. All beliefs that some sequence of items and
    answers can lead to are listed lesson by lesson, equal ones (to 1e-11) once; then the values are computed backwards.

    Args:
        world: the model.
        limit: the largest number of reachable beliefs, times the numbers in each.

    Raises:
        InputError: there are more.
    """
    layer = Layer(world.start[None, :], np.zeros((1, world.curriculum.n_skills), np.int64))
    layers, children, chances = [layer], [], []
    total = 1
    for lesson in range(world.lessons - 1):
        _check_size(world, total, len(layer.beliefs), limit)
        following, chance = _successors(world, layer, lesson)
        layer, index = _distinct(following)
        total += len(layer.beliefs)
        layers.append(layer)
        children.append(index.reshape(chance.shape))
        chances.append(chance)
    return _backwards(world, layers, children, chances, total)


def _check_size(world: World, total: int, newest: int, limit: int) -> None:
    """Refuse when the beliefs so far, or the list of those that follow the newest, are too many."""
    items, states = world.right.shape
    if total * states > limit or newest * items * 2 * states > 4 * limit:
        raise InputError(
            f"policy optimal: this world is too large to solve exactly: {states} states of knowledge, {items} items "
            f"and {world.lessons} lessons lead to more than {total} beliefs of {states} numbers each (limit: {limit} "
            f"numbers in all, {4 * limit} for what follows the {newest} newest); Tiny-v0 is small enough"
        )


def _successors(world: World, layer: Layer, lesson: int) -> tuple[Layer, Float]:
    """The n*M*2 beliefs after each item and answer, and (n, M, 2) how probable each answer is."""
    n, (m, s) = len(layer.beliefs), world.right.shape
    following = np.empty((n, m, 2, s))
    counts = np.repeat(layer.counts[:, None, :], m, axis=1)
    chance = np.zeros((n, m, 2))
    for item in range(m):
        if world.counted:
            counts[:, item] += world.curriculum.q[item]
        for move, rows in _moves(world, layer, item):
            for answer in (0, 1):
                before = layer.beliefs[rows]
                given = _likelihood(world, item, answer)
                joint = (before @ move) * given if world.learn_first else (before * given) @ move
                mass = joint.sum(axis=1, keepdims=True)
                chance[rows, item, answer] = mass[:, 0]
                # an impossible answer leads nowhere: it keeps the old belief, with chance 0
                following[rows, item, answer] = np.where(mass > 0, joint / np.maximum(mass, 1e-300), before)
    flat = (following @ world.pause[lesson]).reshape(-1, s)
    return Layer(flat, np.repeat(counts.reshape(n * m, -1), 2, axis=0)), chance


def _likelihood(world: World, item: int, answer: int) -> Float:
    """(S,) how probable the answer is in each state; an item that does not ask is always "answered" 0."""
    if not world.answered[item]:
        return np.full(world.right.shape[1], 1.0 - answer)
    return world.right[item] if answer else 1.0 - world.right[item]


def _moves(world: World, layer: Layer, item: int) -> Iterator[tuple[Float, Int]]:
    """The item's transitions, each with the rows of the layer that it holds for."""
    own = layer.counts[:, world.curriculum.q[item]]
    kinds, index = np.unique(own, axis=0, return_inverse=True)
    for j, counts in enumerate(kinds):
        yield world.learn(item, tuple(int(c) for c in counts)), np.flatnonzero(index.ravel() == j)


def _distinct(layer: Layer) -> tuple[Layer, Int]:
    """The different rows, and for every row its place among them."""
    whole = np.concatenate([np.rint(layer.beliefs * 1e11).astype(np.int64), layer.counts], axis=1).view(np.uint64)
    key = np.zeros(len(whole), np.uint64)
    for column in whole.T:
        key = (key ^ column) * np.uint64(0xBF58476D1CE4E5B9)
        key ^= key >> np.uint64(29)
    _, first, index = np.unique(key, return_index=True, return_inverse=True)
    return Layer(layer.beliefs[first], layer.counts[first]), index.astype(np.int64)


def _backwards(world: World, layers: list[Layer], children: list[Int], chances: list[Float], total: int) -> Plan:
    last = np.empty((len(layers[-1].beliefs), len(world.right)))
    for item in range(len(world.right)):
        for move, rows in _moves(world, layers[-1], item):
            last[rows, item] = layers[-1].beliefs[rows] @ (move @ world.worth)
    actions: list[Int] = [last.argmax(axis=1)]
    value = last.max(axis=1)
    after: list[Int] = []
    for lesson in range(world.lessons - 2, -1, -1):
        worth = (chances[lesson] * value[children[lesson]]).sum(axis=2)
        best = worth.argmax(axis=1)
        rows = np.arange(len(best))
        after.insert(0, children[lesson][rows, best])
        actions.insert(0, best)
        value = worth[rows, best]
    return Plan(float(value[0]), actions, after, total)


class Optimal(Baseline):
    """The exact optimum for small worlds of BKT students who are all alike.

    It knows the true model (so it is privileged) but not the student: it watches the answers, keeps the exact joint
    belief over all 2^K states of knowledge, and plans to the exam with the full tree of observations. No tutor that
    sees only answers can do better on the primary outcome. Elsewhere it refuses, giving the size and the limit.

    Attributes:
        plan: the solution, after ``bind``.
    """

    PARAMETERS: ClassVar[Table] = {
        "limit": Number("the largest number of reachable beliefs, times the 2^K numbers in each", low=1, whole=True)
    }
    name = "optimal"
    privileged = True
    needs = frozenset({"was_last", "last_correct"})

    def __init__(self, *, limit: int = MAX_NUMBERS) -> None:
        self.limit = self.checked(locals()).limit
        self._solved: Any = None

    def prepare(self, problem: Problem) -> None:
        """Solve the world, once for the same students."""
        if self._solved is not problem.probe.student:
            self.plan = solve(read_world(problem), limit=self.limit)
            self._solved = problem.probe.student

    def blank(self) -> Memory:
        """A student's lesson and place in the plan."""
        return {"lesson": np.array(0), "place": np.array(0)}

    def decide(self, observation: Observation, memory: Memory, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """The planned action."""
        seen = self.problem.column(observation, "was_last") > 0.5
        right = np.any(seen & (self.problem.column(observation, "last_correct") > 0.75), axis=1).astype(np.int64)
        actions = np.zeros(len(observation), np.int64)
        lesson, place = memory["lesson"], memory["place"]
        for t in range(len(self.plan.action)):
            rows = np.flatnonzero(lesson == t)
            if t > 0 and len(rows):
                place[rows] = self.plan.after[t - 1][place[rows], right[rows]]
            actions[rows] = self.plan.action[t][place[rows]]
        lesson += 1
        return actions


@dataclass(frozen=True, eq=False)
class ObservedPlan:
    """What to do in every state of knowledge.

    Attributes:
        value: the expected primary outcome from the start.
        action: one (n_t, S) array a lesson: the best item for each number of lessons that the skills have had (one
            row where learning does not depend on it) and each state of knowledge.
        after: one (n_t, M) array a lesson but the last: the row that follows each item.
    """

    value: float
    action: list[Int]
    after: list[Int]


def solve_observed(world: World, *, limit: int = MAX_NUMBERS) -> ObservedPlan:
    """The optimal plan of somebody who sees at every lesson which skills are known; exact up to rounding.

    ``V_t(s) = max_a sum_s' P(s' | s, a) V_t+1(s')`` over the 2^K states. Its value bounds every policy from above,
    because nobody sees more that matters: what is known (and how often it was taught) decides what will come of a
    lesson.

    Args:
        world: the model.
        limit: the largest number of states, times the lessons and the different numbers of lessons on the skills.

    Raises:
        InputError: there are more.
    """
    rows, after = _count_rows(world, limit)
    value = np.repeat(world.worth[None, :], len(rows[-1]), axis=0)
    action: list[Int] = []
    for lesson in range(world.lessons - 1, -1, -1):
        later = value @ world.pause[lesson].T
        counts = rows[lesson]
        worth = np.empty((len(world.right), len(counts), len(world.worth)))
        for item in range(len(world.right)):
            own = counts[:, world.curriculum.q[item]]
            for row in range(len(counts)):
                move = world.learn(item, tuple(int(c) for c in own[row]))
                worth[item, row] = move @ later[after[lesson][row, item]]
        action.insert(0, worth.argmax(axis=0))
        value = worth.max(axis=0)
    return ObservedPlan(float(world.start @ value[0]), action, after)


def _count_rows(world: World, limit: int) -> tuple[list[Int], list[Int]]:
    """Before every lesson and after the last: how many lessons the skills may have had, and what follows an item."""
    items, states = world.right.shape
    rows, after, total = [np.zeros((1, world.curriculum.n_skills), np.int64)], [], 0
    for _ in range(world.lessons):
        total += len(rows[-1])
        if total * states > limit:
            raise InputError(
                f"policy fully_observed: this world is too large to solve exactly: {states} states of knowledge, "
                f"{items} items and {world.lessons} lessons, in which learning depends on how often a skill was "
                f"taught, make more than limit={limit} numbers; Tiny-v0 is small enough"
            )
        following = rows[-1][:, None, :] + world.curriculum.q.astype(np.int64) * int(world.counted)
        new, index = np.unique(following.reshape(-1, following.shape[-1]), axis=0, return_inverse=True)
        rows.append(new)
        after.append(index.reshape(following.shape[:2]).astype(np.int64))
    return rows, after


class FullyObserved(Baseline):
    """The exact optimum for somebody who sees which skills are known, in small worlds of students who are all alike.

    It looks inside the students at every lesson, so it is above what any tutor can reach: a bound on every policy.

    Attributes:
        plan: the solution, after ``bind``.
    """

    PARAMETERS: ClassVar[Table] = {"limit": Number("the largest number of values to be computed", low=1, whole=True)}
    name = "fully_observed"
    privileged = True

    def __init__(self, *, limit: int = MAX_NUMBERS) -> None:
        self.limit = self.checked(locals()).limit
        self._solved: Any = None

    def prepare(self, problem: Problem) -> None:
        """Solve the world, once for the same students."""
        if self._solved is not problem.probe.student:
            self.plan = solve_observed(read_world(problem, self.name), limit=self.limit)
            self._solved = problem.probe.student

    def blank(self) -> Memory:
        """A student's lesson, and the row for how often the skills were taught."""
        return {"lesson": np.array(0), "row": np.array(0)}

    def decide(self, observation: Observation, memory: Memory, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """The planned action."""
        known = self.problem.probe.mastery() > 0.5
        states = known @ (1 << np.arange(known.shape[1]))
        actions = np.zeros(len(observation), np.int64)
        lesson, row = memory["lesson"], memory["row"]
        for t in range(len(self.plan.action)):
            students = np.flatnonzero(lesson == t)
            if len(students):
                actions[students] = self.plan.action[t][row[students], states[students]]
                row[students] = self.plan.after[t][row[students], actions[students]]
        lesson += 1
        return actions
