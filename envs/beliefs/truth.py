"""The belief that is no belief: it is told who knows what, so that what inference costs can be seen."""

from __future__ import annotations

import numpy as np

from ...students.curriculum.curriculum import Curriculum
from ...students.jit import kernel
from ...students.model import FloatN, FloatNK, IntN, Outcome, StudentModel
from .base import BeliefState, Floats, Ints, NoStudents, Numbers
from .course import CourseLog
from .graph import GraphBelief
from .tracing import TracingBelief, numbers_of

__all__ = ["TruthBelief"]


class TruthBelief(TracingBelief):
    """What the simulated student truly knows, after every lesson and every day; a reference, for no tutor is told it.

    It foretells lessons and days as ``GraphBelief`` does, with numbers that are alike for all students: who learns fast
    is not told. Its numbers are those of that belief, without what is for telling from answers who knows what.

    Args:
        curriculum: what is taught.
        learn, guess, slip, forget, leak: see ``GraphBelief``.
    """

    kind = "truth"
    local = False
    joint = True
    columns = ("open",)

    def __init__(
        self, curriculum: Curriculum, *, learn: object, guess: object, slip: object, forget: object = 0.0,
        leak: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(curriculum, prior=0.0, learn=learn, guess=guess, slip=slip, forget=forget, leak=leak)

    def prepare(self) -> None:
        """Lay out the record: who knows what, its sum, ``ready``, ``open``; before anything is told, nothing known."""
        k = self.curriculum.n_skills
        fields = [("belief", (k,)), ("total", ()), ("ready", (k,)), ("open", (k,))]
        self.dtype = np.dtype([(name, np.float64, shape) for name, shape in fields], align=True)
        self._parents = np.array(self.curriculum.parents, np.int64)
        self._start = np.zeros(1, self.dtype)
        self._say(self._start)

    @staticmethod
    def fit(log: CourseLog, *, seed: int) -> tuple[Numbers, float]:
        """The numbers of the ``graph`` belief, and its loss."""
        numbers, loss = GraphBelief.fit(log, seed=seed)
        return _used(numbers), loss

    @staticmethod
    def from_student(student: StudentModel) -> Numbers | None:
        """The numbers of students who are as this belief thinks."""
        numbers = numbers_of(student)
        return numbers and _used(numbers)

    def parameters(self) -> Numbers:
        """The numbers of this belief as plain lists."""
        return _used(super().parameters())

    def look(self, state: BeliefState, rows: IntN, mastery: FloatNK) -> None:
        """Take what the students of these rows know: (n, K) in [0, 1]."""
        looked = np.zeros(len(rows), self.dtype)
        looked["belief"] = mastery
        self._say(looked)
        state[rows] = looked

    def update(self, state: BeliefState, items: IntN, out: Outcome) -> None:
        """Nothing is learnt from answers.

        Raises:
            NoStudents: always; whoever teaches simulated students calls ``look`` instead.
        """
        raise NoStudents

    def elapse(self, state: BeliefState, days: FloatN) -> None:
        """What is expected to be left after ``days``, of students who are not looked at then."""
        state["belief"] = self.after(state["belief"], days)
        self._say(state)

    def _say(self, state: BeliefState) -> None:
        """The sum, ``ready`` and ``open`` that follow from who knows what."""
        _say(state.view(np.float64).reshape(len(state), self.dtype.itemsize // 8), self._parents)


def _used(numbers: Numbers) -> Numbers:
    return {name: value for name, value in numbers.items() if name not in ("prior", "learn_first")}


@kernel
def _say(s: Floats, parents: Ints) -> None:
    """A kernel, not sums of arrays, whose rounding may depend on N; fields as in the record."""
    k = parents.shape[0]
    for i in range(s.shape[0]):
        s[i, k] = 0.0
        for skill in range(k):
            ready = 1.0
            for j in range(parents.shape[1]):
                if parents[skill, j] >= 0:
                    ready *= s[i, parents[skill, j]]
            s[i, k] += s[i, skill]
            s[i, k + 1 + skill], s[i, 2 * k + 1 + skill] = ready, (1.0 - s[i, skill]) * ready
