"""What the tutor infers about a student from what it can see: the contract of beliefs, and what their kernels share.

A belief's parameters are what a real tutor could know. It never looks at the simulated student; one that does, as a
reference, has ``look``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations

from ...students.curriculum.curriculum import Curriculum
from ...students.model import FloatN, FloatNK, FloatNM, IntN, Outcome, StudentModel

if TYPE_CHECKING:
    from .course import CourseLog

__all__ = ["Belief", "Believed"]

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Numbers: TypeAlias = dict[str, Any]
"""The arguments of a belief by name, as plain numbers and lists."""
BeliefState: TypeAlias = npt.NDArray[Any]
"""One record of float64 per student; it begins with the fields ``belief`` (K,) and ``total``, their sum."""


class Believed(NamedTuple):
    """What an observation says of every skill of N students: (N, K) float64 each, None where it is not shown.

    Attributes:
        belief: P(known).
        ready: P(all direct prerequisites are known).
        open: P(not known, and all direct prerequisites are): what a lesson can move.
        bugs: (N, K, B) P(known wrongly, in bug 1 … B), of beliefs that tell bugs apart.
        tries: lessons on the skill so far.
    """

    belief: FloatNK
    ready: FloatNK | None = None
    open: FloatNK | None = None
    bugs: FloatNK | None = None
    tries: FloatNK | None = None

    @classmethod
    def of(cls, state: BeliefState) -> Believed:
        """The same from a belief's records instead of an observation."""
        names = state.dtype.names or ()
        return cls(
            state["belief"], **{name: state[name] for name in ("ready", "open", "bugs", "tries") if name in names}
        )


def marginal(believed: Believed | FloatNK, n_skills: int) -> FloatNK:
    """(N, K) P(known) alone, for beliefs that take skills as independent.

    Raises:
        InputError: any of what is believed is not of N students and K skills; kernels would read past its end.
    """
    seen = believed if isinstance(believed, Believed) else Believed(believed)
    shape = (np.shape(seen.belief) or (0,))[0], n_skills
    for name, given in seen._asdict().items():
        found: tuple[int, ...] = np.shape(given) if given is not None else shape
        if found[:2] != shape or len(found) != 2 + (name == "bugs" and given is not None):
            more = ", bugs" if name == "bugs" else ""
            raise InputError(f"believed.{name} has shape {found}, must be (students, {n_skills}{more}), alike for all")
    return seen.belief


class Belief(Protocol):
    """What a tutor believes about every skill of every student of a cohort.

    ``zpdgym.envs.PFABelief`` in ``envs/beliefs/pfa.py`` would be ``belief.kind: pfa``: a belief is found by its file's
    name. Its class can be fitted (``fit``), and two methods may be missing: ``simulation``, without which planners
    cannot try lessons on it, and ``from_student``, without which ``belief.source: true_population`` is refused.

    Attributes:
        kind: the name of its file, as ``bkt`` or ``half_life``.
        dtype: one student's record, with ``belief`` (K,) in [0, 1] and ``total``, their sum.
        local: True when a lesson moves the belief about the item's own skills only.
        joint: True when the record says behind ``total`` of all skills what hangs together: ``ready`` (K,), P(all
            direct prerequisites known), and ``open`` (K,), P(not known, and all of them are).
        columns: those of the observation, beside ``belief``, without which its predictions say nothing.
    """

    kind: str
    dtype: np.dtype[Any]
    local: bool
    joint: bool
    columns: tuple[str, ...]

    def allocate(self, n: int) -> BeliefState:
        """Room for ``n`` students, already reset."""
        ...

    def reset(self, state: BeliefState, rows: IntN) -> None:
        """What the tutor believes about somebody it has never seen, into these rows."""
        ...

    def update(self, state: BeliefState, items: IntN, out: Outcome) -> None:
        """Learn from one lesson each: ``items`` (N,), -1 where there was none; ``out`` (N,) what was seen of it."""
        ...

    def elapse(self, state: BeliefState, days: FloatN) -> None:
        """Let ``days`` (N,) pass."""
        ...

    def expected_gain(self, believed: Believed | FloatNK) -> FloatNM:
        """(N, M) how much the tutor expects the sum of its beliefs to grow by teaching each item now.

        Args:
            believed: what is believed now; P(known) alone is enough for beliefs that take skills as independent.

        Raises:
            InputError: this belief needs more of ``believed`` (``columns``).
        """
        ...

    def p_correct(self, believed: Believed | FloatNK) -> FloatNM:
        """(N, M) how likely the tutor thinks a right answer to each item is; see ``expected_gain``."""
        ...

    def after(self, believed: Believed | FloatNK, days: float | FloatN) -> FloatNK:
        """(N, K) the belief after ``days`` (one number, or (N,)) without teaching."""
        ...

    def parameters(self) -> Numbers:
        """The numbers of this belief as plain lists; ``build_belief`` makes the same belief of them."""
        ...


@runtime_checkable
class Privileged(Protocol):
    """A belief that is told what the simulated students know, which no tutor can be."""

    def look(self, state: BeliefState, rows: IntN, mastery: FloatNK) -> None:
        """Called in place of ``update``, and after ``reset`` and ``elapse``: what the students of these rows know."""
        ...


class NoStudents(InputError):
    """A belief that looks inside simulated students is asked about others."""

    def __init__(self) -> None:
        super().__init__("belief.kind=truth looks inside simulated students; nobody can be looked at here")


class Alike:
    """A belief that begins alike for every student, with one record that a class prepares: ``_start`` (1,)."""

    joint: ClassVar[bool] = False
    steps: ClassVar[bool] = False
    columns: ClassVar[tuple[str, ...]] = ()
    _start: BeliefState

    def allocate(self, n: int) -> BeliefState:
        """Room for ``n`` students, already reset."""
        return np.repeat(self._start, n)

    def reset(self, state: BeliefState, rows: IntN) -> None:
        """What the tutor believes about somebody it has never seen, into these rows."""
        # as numbers: NumPy copies a structured record field by field
        state.view(np.float64).reshape(len(state), -1)[rows] = self._start.view(np.float64)


class BeliefClass(Protocol):
    """What the class of a belief offers before there is a belief: how its numbers are found, and what it shows."""

    kind: str
    joint: bool
    columns: tuple[str, ...]
    steps: bool
    """Whether it takes in the answer of every step of a problem; a class may lack it, and is then refused problems."""

    @staticmethod
    def fit(log: CourseLog, *, seed: int) -> tuple[Numbers, float]:
        """The arguments of the class that a log of students suggests, and the log-loss of one answer ahead.

        Args:
            log: a course of students, and what they were taught.
            seed: of starting points.
        """
        ...

    @staticmethod
    def from_student(student: StudentModel) -> Numbers | None:
        """The arguments straight from the student model, which no tutor could know; None: this model has none."""
        ...

    def __call__(self, curriculum: Curriculum, **numbers: Any) -> Belief:
        """The belief of these numbers."""
        ...


class Simulation(NamedTuple):
    """A belief's numbers as planners take them, who try lessons on it (kernels: ``simulation.py``).

    Attributes:
        law: 0 tracing, 1 Elo; leak, learn_first, alpha, beta, guess, reference (0 where the law has none).
        items: (M, 4) learn, guess, slip, 0; or, for Elo, difficulty, learn, centre, narrowness.
        learn: (M, C) learn after 0, 1, … C - 1 or more lessons on the skill; None: always the same.
    """

    law: list[float]
    items: Floats
    learn: Floats | None = None


def numbers_in(value: object) -> Floats | None:
    """What a file says as an array of whatever shape; None: there are words, switches or gaps among it."""
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        return None
    return array.astype(np.float64) if array.dtype.kind in "iuf" else None


def vector(value: Any, size: int, name: str, low: float, high: float, wrong: Violations) -> Floats:
    """``size`` numbers from one number or a list, checked against their bounds."""
    array = numbers_in(value)
    if array is None:
        wrong.unless(False, f"{name}={value!r} must be numbers")
        return np.zeros(size)
    if array.shape not in ((), (size,)):
        wrong.unless(False, f"{name} has shape {array.shape}, must be one number or ({size},)")
        return np.zeros(size)
    outside = array[~((array >= low) & (array <= high))]
    wrong.unless(not outside.size, f"{name}={outside.flat[0] if outside.size else 0:g} must be in [{low:g}, {high:g}]")
    return np.ascontiguousarray(np.broadcast_to(array, (size,)))


LINKS = 4  # the first four of ``pack_links`` are sizes


def pack_links(curriculum: Curriculum) -> Ints:
    """The curriculum as belief kernels take it: K, M, S, P, the items' skills (M S), the skills' parents (K P)."""
    skills, parents = curriculum.item_skills, curriculum.parents
    sizes = [curriculum.n_skills, curriculum.n_items, skills.shape[1], parents.shape[1]]
    return np.concatenate([sizes, skills.ravel(), parents.ravel()]).astype(np.int64)
