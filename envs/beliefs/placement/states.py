"""The exact belief over knowledge states: a probability for every set of skills that holds all its prerequisites."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError

from ....students.curriculum.curriculum import Curriculum
from ....students.jit import Truth, Whole, inline, kernel
from ....students.knowledge.structure import states_up_to
from ....students.model import FloatN, IntN, Outcome, StudentModel
from ..base import BeliefState, Floats, Ints, Numbers
from ..course import CourseLog
from ..exact import ExactBelief
from ..tracing import ITEMS, LEARN_FIRST, TracingBelief, numbers_of

__all__ = ["StatesBelief"]

MAX_STATES = 5000


class StatesBelief(TracingBelief):
    """Bayes' rule over the knowledge states of a curriculum, for students who learn only what their state prepares.

    What an adaptive placement test is made of (Falmagne & Doignon 2011, Learning Spaces): with 20 skills there may be
    some hundred states where there are a million combinations. The numbers are those of ``ExactBelief`` but for two:
    nothing is forgotten and nothing leaks, because a skill without its prerequisites would be no state.

    Args:
        curriculum: what is taught; with at most 5000 states.
        prior, learn, guess, slip, learn_first: see ``BKTBelief``; ``prior`` is P(known at the start, given that all
            prerequisites are known).

    Raises:
        InputError: too many states, or numbers out of range.
    """

    kind = "states"
    local = False
    joint = True

    def __init__(
        self, curriculum: Curriculum, *, prior: object, learn: object, guess: object, slip: object,
        learn_first: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(curriculum, prior=prior, learn=learn, guess=guess, slip=slip, learn_first=learn_first)

    def prepare(self) -> None:
        """Lay out the record: beliefs, their sum, ready, open, and the probability of every state."""
        curriculum = self.curriculum
        self.must_suit(curriculum)
        k, states = curriculum.n_skills, states_up_to(MAX_STATES, curriculum)
        assert states is not None  # must_suit
        fields = [("belief", (k,)), ("total", ()), ("ready", (k,)), ("open", (k,)), ("joint", (len(states),))]
        self.dtype = np.dtype([(name, np.float64, shape) for name, shape in fields], align=True)
        self._packed = self.pack()
        self._knows, self._ready, self._next = _laid_out(curriculum, states)
        rank = np.argsort(curriculum.order)
        self._skills = np.full_like(curriculum.item_skills, -1)  # children first: no door opens within the lesson
        for m, q in enumerate(curriculum.q):
            own = np.flatnonzero(q)
            self._skills[m, : len(own)] = own[np.argsort(-rank[own])]
        self._start = np.zeros(1, self.dtype)
        self._start["joint"] = np.where(states, self.prior, np.where(self._ready, 1.0 - self.prior, 1.0)).prod(axis=1)
        _states_start(self._start.view(np.float64).reshape(1, -1), self._knows, self._ready)

    @staticmethod
    def must_suit(curriculum: Curriculum) -> None:
        """Refuse a curriculum with too many states.

        Raises:
            InputError: too many.
        """
        if states_up_to(MAX_STATES, curriculum) is None:
            raise InputError(
                f"belief: kind states is for at most {MAX_STATES} knowledge states; '{curriculum.name}' has more, with "
                f"{curriculum.n_skills} skills and {int(curriculum.prerequisites.sum())} prerequisites: use kind graph"
            )

    @staticmethod
    def fit(log: CourseLog, *, seed: int) -> tuple[Numbers, float]:
        """The numbers of the ``exact`` belief, without forgetting and leak."""
        numbers, loss = ExactBelief.fit(log, seed=seed)
        return _without(numbers), loss

    @staticmethod
    def from_student(student: StudentModel) -> Numbers | None:
        """The numbers of students who are as this belief thinks."""
        numbers = numbers_of(student)
        if numbers is None or np.any(numbers.get("forget", 0.0)) or numbers.get("leak", 0.0):
            return None
        return _without(numbers)

    def parameters(self) -> Numbers:
        """The numbers of this belief as plain lists."""
        return _without(super().parameters())

    def update(self, state: BeliefState, items: IntN, out: Outcome) -> None:
        """Answer by Bayes' rule, then the chance of having learnt (or the other way round, ``learn_first``)."""
        flat = state.view(np.float64)
        _states_update(flat, items, out, self._packed, self._skills, self._knows, self._ready, self._next)

    def elapse(self, state: BeliefState, days: FloatN) -> None:
        """Nothing is forgotten."""


def _without(numbers: Numbers) -> Numbers:
    """The numbers that this kind of belief has, of those of a kind that forgets and leaks."""
    return {name: value for name, value in numbers.items() if name not in ("forget", "leak")}


def _laid_out(
    curriculum: Curriculum, states: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], Ints]:
    """(S, K) each: what a state knows, what it is ready for, and the state with that skill more (-1: none)."""
    place = {row.tobytes(): s for s, row in enumerate(states)}
    needs = curriculum.prerequisites.astype(np.int64)
    ready = states.astype(np.int64) @ needs.T == needs.sum(axis=1)
    after: Ints = np.full(states.shape, -1, np.int64)
    for s, row in enumerate(states):
        for k in np.flatnonzero(ready[s] & ~row):
            larger = row.copy()
            larger[k] = True
            after[s, k] = place[larger.tobytes()]
    return np.ascontiguousarray(states), np.ascontiguousarray(ready), after


@inline
def _sum_up(s: Floats, i: Whole, knows: npt.NDArray[np.bool_], ready: npt.NDArray[np.bool_]) -> None:
    """Marginal beliefs, their sum, ``ready`` and ``open``, from the states' probabilities, which stand behind them."""
    n_skills = knows.shape[1]
    joint, total = 3 * n_skills + 1, 0.0
    for k in range(n_skills):
        s[i, k], s[i, n_skills + 1 + k], s[i, 2 * n_skills + 1 + k] = 0.0, 0.0, 0.0
    for state in range(knows.shape[0]):
        p = s[i, joint + state]
        for k in range(n_skills):  # without a branch: what is not so adds 0
            s[i, k] += p * knows[state, k]
            s[i, n_skills + 1 + k] += p * ready[state, k]
            s[i, 2 * n_skills + 1 + k] += p * (ready[state, k] & (not knows[state, k]))
    for k in range(n_skills):
        total += s[i, k]
    s[i, n_skills] = total


@kernel
def _states_start(s: Floats, knows: npt.NDArray[np.bool_], ready: npt.NDArray[np.bool_]) -> None:
    for i in range(s.shape[0]):
        _sum_up(s, i, knows, ready)


@inline
def _answer(
    s: Floats, i: Whole, m: Whole, skills: Ints, knows: npt.NDArray[np.bool_], guess: float, slip: float, correct: Truth
) -> None:
    joint, evidence = 3 * knows.shape[1] + 1, 0.0
    for state in range(knows.shape[0]):
        able = True
        for slot in range(skills.shape[1]):
            k = skills[m, slot]
            able = able & (knows[state, max(k, 0)] | (k < 0))
        right = 1.0 - slip if able else guess
        s[i, joint + state] *= right if correct else 1.0 - right
        evidence += s[i, joint + state]
    if evidence > 0.0:
        for state in range(knows.shape[0]):
            s[i, joint + state] /= evidence


@inline
def _learn(s: Floats, i: Whole, m: Whole, skills: Ints, after: Ints, learn: float) -> None:
    """Mass moves to the states with one skill more: from the largest on, so that nothing moves twice for one skill."""
    joint = 3 * after.shape[1] + 1
    for slot in range(skills.shape[1]):
        k = skills[m, slot]
        if k >= 0:
            for back in range(after.shape[0]):
                state = after.shape[0] - 1 - back
                if after[state, k] >= 0:
                    moved = s[i, joint + state] * learn
                    s[i, joint + state] -= moved
                    s[i, joint + after[state, k]] += moved


@kernel
def _states_update(
    s: Floats,
    items: Ints,
    out: Outcome,
    numbers: Floats,
    skills: Ints,
    knows: npt.NDArray[np.bool_],
    ready: npt.NDArray[np.bool_],
    after: Ints,
) -> None:
    learn_first, width = numbers[LEARN_FIRST] > 0.0, 3 * knows.shape[1] + 1 + knows.shape[0]
    rows = s.reshape(items.shape[0], width)
    for i in range(items.shape[0]):
        m: Whole = items[i]
        if m < 0:
            continue
        n = ITEMS + 3 * m
        if learn_first:
            _learn(rows, i, m, skills, after, numbers[n])
        if out[i]["answered"]:
            _answer(rows, i, m, skills, knows, numbers[n + 1], numbers[n + 2], out[i]["correct"])
        if not learn_first:
            _learn(rows, i, m, skills, after, numbers[n])
        _sum_up(rows, i, knows, ready)
