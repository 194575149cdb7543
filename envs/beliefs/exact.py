"""The exact belief of small worlds: a probability for every combination of known skills."""

from __future__ import annotations

import numpy as np
from zpdgym.errors import InputError

from ...students.curriculum.curriculum import Curriculum
from ...students.jit import Truth, Whole, inline, kernel
from ...students.model import FloatN, IntN, Outcome, StudentModel
from .base import BeliefState, Floats, Ints, Numbers
from .bkt import fit_tracing
from .course import CourseLog
from .tracing import ITEMS, LEAK, LEARN_FIRST, TracingBelief, numbers_of

__all__ = ["ExactBelief"]

MAX_SKILLS = 10


class ExactBelief(TracingBelief):
    """Bayes' rule over all 2^K combinations of known skills, for students who are exactly as the numbers say.

    The same numbers as ``BKTBelief``, but ``prior`` is P(known at the start, given that all prerequisites are known).

    Args:
        curriculum: what is taught; at most 10 skills.
        prior, learn, guess, slip, forget, leak, learn_first: see ``BKTBelief``, for problems of several steps, too.

    Raises:
        InputError: too many skills, or numbers out of range.
    """

    kind = "exact"
    local = False
    joint = True
    steps = True

    def prepare(self) -> None:
        """Lay out the record: beliefs, their sum, ready, open, and the probability of every combination of skills."""
        curriculum = self.curriculum
        self.must_suit(curriculum)
        k = curriculum.n_skills
        self._combinations = 1 << k
        fields = [("belief", (k,)), ("total", ()), ("ready", (k,)), ("open", (k,)), ("joint", (self._combinations,))]
        self.dtype = np.dtype([(name, np.float64, shape) for name, shape in fields], align=True)
        self._packed = self.pack()
        bits = 1 << np.arange(k)
        rank, taught = np.argsort(curriculum.order), self.taught
        self._skills = np.full_like(taught.item_skills, -1)  # children first: no door opens within the lesson
        for m, q in enumerate(taught.q):
            own = np.flatnonzero(q)
            self._skills[m, : len(own)] = own[np.argsort(-rank[own])]
        self._masks = np.concatenate([taught.q @ bits, curriculum.prerequisites @ bits]).astype(np.int64)
        self._start = np.zeros(1, self.dtype)
        self._start["joint"] = self._prior()
        _exact_start(self._start.view(np.float64), self._masks[taught.n_items :])
        known = (np.arange(self._combinations)[:, None] & bits) > 0
        self._start["belief"] = self._start["joint"][0] @ known
        self._start["total"] = self._start["belief"].sum()

    @staticmethod
    def must_suit(curriculum: Curriculum) -> None:
        """Refuse a curriculum with too many combinations.

        Raises:
            InputError: too many skills.
        """
        if curriculum.n_skills > MAX_SKILLS:
            raise InputError(
                f"belief: kind exact is for at most {MAX_SKILLS} skills (2^K combinations); "
                f"'{curriculum.name}' has {curriculum.n_skills}: use kind graph"
            )

    @staticmethod
    def fit(log: CourseLog, *, seed: int) -> tuple[Numbers, float]:
        """The numbers of the ``bkt`` belief, with priors given the prerequisites: these as if independent."""
        numbers, loss = fit_tracing(log, seed)
        parents = np.where(log.curriculum.prerequisites, numbers["prior"], 1.0).prod(axis=1)
        return {**numbers, "prior": np.clip(numbers["prior"] / parents, 0.001, 0.999)}, loss

    @staticmethod
    def from_student(student: StudentModel) -> Numbers | None:
        """The numbers of students who are as this belief thinks."""
        return numbers_of(student)

    def _prior(self) -> FloatN:
        p, k = self.prior, self.curriculum.n_skills
        joint = np.ones(self._combinations)
        for combination in range(self._combinations):
            known = np.array([(combination >> j) & 1 for j in range(k)], bool)
            for j in range(k):
                chance = p[j] if known[self.curriculum.prerequisites[j]].all() else 0.0
                joint[combination] *= chance if known[j] else 1.0 - chance
        return joint

    def update(self, state: BeliefState, items: IntN, out: Outcome) -> None:
        """Answer by Bayes' rule, then the chance of having learnt (or the other way round, ``learn_first``)."""
        flat = state.view(np.float64)
        parts = np.ascontiguousarray(self.curriculum.parts)
        _exact_update(flat, items, out, self._packed, self._skills, self._masks, self.curriculum.n_skills, parts)

    def elapse(self, state: BeliefState, days: FloatN) -> None:
        """Every known skill is forgotten with probability 1 - exp(-forget days), independently."""
        _exact_elapse(state.view(np.float64), days, self.forget, self._masks[self.taught.n_items :])


@inline
def _sum_up(s: Floats, at: Whole, n_skills: Whole, needed: Ints) -> None:
    """Marginal beliefs, their sum, ``ready`` and ``open`` from the joint probabilities, which stand behind them."""
    joint, total = at + 3 * n_skills + 1, 0.0
    for k in range(n_skills):
        known, ready, open_ = 0.0, 0.0, 0.0
        for c in range(1 << n_skills):
            if (c >> k) & 1:
                known += s[joint + c]
            if (c & needed[k]) == needed[k]:
                ready += s[joint + c]
                if (c >> k) & 1 == 0:
                    open_ += s[joint + c]
        s[at + k], s[at + n_skills + 1 + k], s[at + 2 * n_skills + 1 + k] = known, ready, open_
        total += known
    s[at + n_skills] = total


@kernel
def _exact_start(s: Floats, needed: Ints) -> None:
    _sum_up(s, 0, needed.shape[0], needed)


@inline
def _answer(s: Floats, joint: Whole, size: Whole, needed: Whole, guess: float, slip: float, correct: Truth) -> None:
    evidence = 0.0
    for c in range(size):
        right = 1.0 - slip if (c & needed) == needed else guess
        s[joint + c] *= right if correct else 1.0 - right
        evidence += s[joint + c]
    if evidence > 0.0:
        for c in range(size):
            s[joint + c] /= evidence


@inline
def _learn(
    s: Floats, joint: Whole, size: Whole, m: Whole, skills: Ints, masks: Ints, learn: float, leak: float
) -> None:
    for slot in range(skills.shape[1]):
        k = skills[m, slot]
        if k < 0:
            break
        needed = masks[skills.shape[0] + k]
        for c in range(size):
            if (c >> k) & 1 == 0:
                moved = s[joint + c] * learn * (1.0 if (c & needed) == needed else leak)
                s[joint + c] -= moved
                s[joint + (c | (1 << k))] += moved


@kernel
def _exact_update(
    s: Floats, items: Ints, out: Outcome, numbers: Floats, skills: Ints, masks: Ints, n_skills: int, parts: Ints
) -> None:
    leak, learn_first, size = numbers[LEAK], numbers[LEARN_FIRST] > 0.0, 1 << n_skills
    for i in range(items.shape[0]):
        if items[i] < 0:
            continue
        at = i * (3 * n_skills + 1 + size)
        joint = at + 3 * n_skills + 1
        single = parts.shape[1] == 1 or parts[items[i], 1] < 0
        for t in range(parts.shape[1]):
            m: Whole = parts[items[i], t]
            if m < 0:
                continue
            n, right = ITEMS + 3 * m, out[i]["correct"]
            if not single:
                right = ((np.int64(out[i]["right_steps"]) >> t) & 1) == 1
            if learn_first:
                _learn(s, joint, size, m, skills, masks, numbers[n], leak)
            if out[i]["answered"]:
                _answer(s, joint, size, masks[m], numbers[n + 1], numbers[n + 2], right)
            if not learn_first:
                _learn(s, joint, size, m, skills, masks, numbers[n], leak)
        _sum_up(s, at, n_skills, masks[skills.shape[0] :])


@kernel
def _exact_elapse(s: Floats, days: Floats, forget: Floats, needed: Ints) -> None:
    n_skills = forget.shape[0]
    size = 1 << n_skills
    for i in range(days.shape[0]):
        if days[i] <= 0.0:
            continue
        at = i * (3 * n_skills + 1 + size)
        joint = at + 3 * n_skills + 1
        for k in range(n_skills):
            lost = 1.0 - np.exp(-forget[k] * days[i])
            for c in range(size):
                if (c >> k) & 1:
                    moved = s[joint + c] * lost
                    s[joint + c] -= moved
                    s[joint + (c ^ (1 << k))] += moved
        _sum_up(s, at, n_skills, needed)
