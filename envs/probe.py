"""The truth about simulated students, for those who may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError

from ..students.exam import exam_gain, foresees_exam
from ..students.model import State

if TYPE_CHECKING:
    from .scenario import Scenario
    from .teaching import Teaching


class Probe:
    """The truth about the students now, for privileged policies and metrics; never their luck.

    Args:
        env: who teaches them.
        rows: of whom it tells: N students, all of them without it.
    """

    def __init__(self, env: Teaching, rows: slice = slice(None)) -> None:
        self._env, self._rows = env, rows

    def of(self, rows: slice) -> Probe:
        """The truth about some of the students, for one of several policies that share an environment."""
        return Probe(self._env, rows)

    @property
    def _state(self) -> State:
        return self._env.state[self._rows]

    @property
    def student(self) -> Any:
        """The student model: its constants are part of the truth."""
        return self._env.student

    def mastery(self) -> npt.NDArray[np.float64]:
        """(N, K) the true mastery of every skill."""
        return self._env.student.mastery(self._state)

    def p_all(self) -> npt.NDArray[np.float64]:
        """(N, M) the true probability of a right answer to every item."""
        return self._env.student.p_all(self._state)

    def copy_of_students(self) -> Any:
        """The students' records, copied: lessons tried on them leave the students as they are."""
        return self._state.copy()

    @property
    def scenario(self) -> Scenario:
        """What is taught, to whom."""
        return self._env.scenario

    def exam_gain(self) -> npt.NDArray[np.float64]:
        """(N, M) the expected change of the exam's forecast, the share of its items right, by each item now.

        The forecast is for the day of the exam, as if nothing else were taught until then.

        Raises:
            InputError: these students cannot tell.
        """
        if not self.foresees_exam:
            name = type(self.student).__name__
            raise InputError(f"{name} students cannot tell what a lesson does for the exam: they have no forecast")
        env = self._env
        return exam_gain(env.student, self._state, self.days_to_exam(), env.curriculum.exam_items)

    def days_to_exam(self) -> npt.NDArray[np.float64]:
        """(N,) days until the exam."""
        env, schedule = self._env, self._env.schedule
        return np.maximum(schedule.session_days[-1] - env.records["day"][self._rows], 0.0) + schedule.retention_days

    @property
    def foresees_exam(self) -> bool:
        """Whether these students can tell what a lesson does for the exam."""
        return foresees_exam(self.student)

    def expected_gain(self) -> npt.NDArray[np.float64]:
        """(N, M) the expected change of the sum of mastery by each item now.

        Raises:
            InputError: these students cannot tell.
        """
        student = self._env.student
        if not hasattr(student, "expected_gain"):
            name = type(student).__name__
            raise InputError(f"{name} students cannot tell what a lesson is worth: they have no expected_gain")
        return student.expected_gain(self._state)
