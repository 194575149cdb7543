"""What every simulated student can do: the contract between student models and everything that teaches them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from .curriculum.curriculum import Curriculum
    from .population import Population

__all__ = ["OUTCOME", "Outcome", "StudentModel", "allocate_outcome"]

FloatN: TypeAlias = npt.NDArray[np.float64]
FloatNK: TypeAlias = npt.NDArray[np.float64]
FloatNM: TypeAlias = npt.NDArray[np.float64]
IntN: TypeAlias = npt.NDArray[np.int64]
State: TypeAlias = npt.NDArray[Any]
"""A cohort's latent state: one structured record per student, so ``state[rows]`` and ``state.copy()`` just work."""

OUTCOME = np.dtype(
    [
        ("answered", np.bool_),  # did the lesson ask for an answer at all (a worked example does not)
        ("correct", np.bool_),  # False when nothing was answered
        ("quit", np.bool_),  # the student gave up after this lesson
        ("rating", np.int8),  # 1 again … 4 easy; 0: the model has no ratings
        ("hints", np.int8),  # hints used; 0 where the model has none
        ("option", np.int8),  # which answer was chosen; -1: the model has no options
        ("minutes", np.float64),  # how long the lesson took
    ],
    align=True,
)
Outcome: TypeAlias = npt.NDArray[Any]
"""What a tutor can see of one lesson: an (N,) array of ``OUTCOME`` records."""


def allocate_outcome(n: int) -> Outcome:
    """An empty outcome for a cohort of ``n``: fields that a model does not have stay as they are set here."""
    out = np.zeros(n, OUTCOME)
    out["option"] = -1
    return out


def matrix(state: State) -> FloatNM:
    """The records as kernels see them: one (N, W) float64 matrix, however wide a layer has made them.

    It shares its memory with the records; empty and strided arrays of them will do.
    """
    return state.view(_record(state.itemsize))


@cache
def _record(size: int) -> Any:
    """A record of ``size`` bytes as floats; kept, because making a dtype takes longer than a lesson."""
    return np.dtype((np.float64, (size // 8,)))


ATTRIBUTES = (
    "curriculum", "population", "dtype", "reset_draws", "lesson_draws", "rest_draws", "discrete", "mastered_at",
    "ready_at", "reports", "invariants",
)  # fmt: skip
METHODS = ("allocate", "reset", "p_all", "p_correct", "step", "elapse", "mastery", "mastery_sum")
"""What every student model must have."""


@runtime_checkable
class StudentModel(Protocol):
    """How students answer, learn, forget and give up.

    A model holds constants only; the cohort's state is passed in and changed in place; luck arrives as uniforms ``u``.
    Row i of every result depends on row i of the state and of ``u`` alone (subset invariance), and no method but
    ``reset``, ``step`` and ``elapse`` changes the state. A model may be plain NumPy. ``check_student`` tests all this.
    Three methods may be missing: ``expected_gain``; ``forecast(state, days (N,)) -> (p_all (N, M), mastery (N, K))``,
    what is expected after some days without a lesson, without which the exam takes one possible future from ``elapse``;
    and ``p_some(state, items (E,)) -> (N, E)``, these columns of ``p_all``, where that is faster than all of them.

    Attributes:
        curriculum: what is taught: K skills, M items.
        population: where the students come from; ``reset`` spends its draws first.
        dtype: one student's record; must have an integer field ``group`` (index into ``population.groups``).
        reset_draws: uniforms that one student needs in ``reset`` (the population's included).
        lesson_draws: uniforms for one ``step``.
        rest_draws: uniforms for one ``elapse``.
        discrete: True when mastery is 0 or 1; False when it is a probability.
        mastered_at: a skill counts as mastered from this value (1 for discrete models, else .95).
        ready_at: a prerequisite counts as there from this mastery on (metrics of wasted lessons use it).
        reports: the optional ``OUTCOME`` fields that this model fills, of rating, hints, option, quit.
        invariants: what the model promises beyond the universal; see ``zpdgym.students.check``.
    """

    curriculum: Curriculum
    population: Population
    dtype: np.dtype[Any]
    reset_draws: int
    lesson_draws: int
    rest_draws: int
    discrete: bool
    mastered_at: float
    ready_at: float
    reports: frozenset[str]
    invariants: frozenset[str]

    def allocate(self, n: int) -> State:
        """Room for ``n`` students: an (n,) array of ``dtype``, not yet reset."""
        ...

    def reset(self, state: State, rows: IntN, u: FloatNM) -> None:
        """Put fresh students into these rows. ``u`` is (len(rows), reset_draws)."""
        ...

    def p_all(self, state: State) -> FloatNM:
        """Probability of a right answer to every item, now: (N, M) in [0, 1]; no side effect."""
        ...

    def p_correct(self, state: State, items: IntN) -> FloatN:
        """Probability of a right answer to one chosen item each: (N,); equals ``p_all`` at that item."""
        ...

    def step(self, state: State, items: IntN, u: FloatNM, out: Outcome) -> Outcome:
        """Teach one item each and fill ``out``. ``items`` (N,), -1 where nobody is taught; ``u`` (N, lesson_draws).

        A row with item -1 keeps its state, and its ``out`` is set to: not answered, not correct, no quit, 0 minutes.
        """
        ...

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Let ``days`` (N,) >= 0 pass. ``u`` (N, rest_draws). ``elapse(a)`` then ``elapse(b)`` is ``elapse(a + b)``."""
        ...

    def mastery(self, state: State) -> FloatNK:
        """The truth about every skill: (N, K) in [0, 1]. For rewards and metrics; never observed by a tutor."""
        ...

    def mastery_sum(self, state: State, out: FloatN) -> FloatN:
        """``mastery(state).sum(axis=1)`` into ``out``, faster."""
        ...

    def expected_gain(self, state: State) -> FloatNM:
        """Expected change of ``mastery_sum`` by teaching each item now: (N, M). For privileged policies."""
        ...
