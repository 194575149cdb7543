"""Privileged references: foresight with perfect knowledge of the student, one lesson or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError
from zpdgym.parameters import Choice, Table

from ...students import draws
from ...students.exam import exam_gain
from ...students.model import allocate_outcome
from ..baselines.parameters import PER, count
from ..problem import Actions, Baseline, Observation, Problem

if TYPE_CHECKING:
    from ...envs.scenario import Scenario

__all__ = ["OracleGreedy", "OracleLookahead"]

REHEARSED = 200
"""Students of a cohort of their own on whom both kinds of greed are tried."""


class _Foresighted(Baseline):
    """A reference that is greedy for what a lesson truly does, for the exam or for mastery, by the lesson or minute."""

    PARAMETERS: ClassVar[Table] = {
        "greed": Choice(
            "what is gained: the exam's forecast, mastery now, or whichever of them is tried to bring more at the exam",
            options=("tried", "exam", "mastery"),
        ),
        "per": PER,
    }
    privileged = True

    def __init__(self, *, greed: str, per: str) -> None:
        self.greed, self.per = greed, per
        self._tried: tuple[object, str] | None = None

    def prepare(self, problem: Problem) -> None:
        """Fix the costs of the items.

        Raises:
            InputError: the student model does not tell the gains that are wanted.
        """
        model = type(problem.probe.student).__name__
        if not hasattr(problem.probe.student, "expected_gain") and (
            self.greed == "mastery" or not problem.probe.foresees_exam
        ):
            raise InputError(f"policy {self.name} needs the optional method expected_gain, which {model} has not")
        if self.greed == "exam" and not problem.probe.foresees_exam:
            raise InputError(
                f"policy {self.name}: greed=exam needs the optional method forecast, which {model} has not"
            )
        minutes = np.array(problem.curriculum.minutes)
        self.costs = minutes if self.per == "minute" else np.ones(len(minutes))

    def _greed(self) -> str:
        """What is gained here, "exam" or "mastery"; tried once for a scenario, however its students are parted."""
        probe = self.problem.probe
        if self.greed != "tried":
            return self.greed
        if not probe.foresees_exam:
            return "mastery"
        if not hasattr(probe.student, "expected_gain"):
            return "exam"
        if self._tried is None or self._tried[0] is not probe.scenario:
            self._tried = probe.scenario, _best_greed(probe.scenario, self.per)
        return self._tried[1]

    def _true_gains(self) -> npt.NDArray[np.float64]:
        """(N, M) what each item's lesson is truly expected to gain now."""
        probe = self.problem.probe
        return probe.exam_gain() if self._greed() == "exam" else probe.expected_gain()


class OracleGreedy(_Foresighted):
    """Show the item with the largest true expected gain of this one lesson.

    The gain is the expected change of the exam's forecast where the student model has one, else that of the sum of
    mastery now. Neither is best everywhere: who looks at the exam alone stays with the first skill where one lesson
    leaves nothing until then and the tenth a lot; who looks at mastery now passes over skills that are remembered today
    and will not be then. So where there is a forecast, both are tried beforehand on some students of another cohort,
    and the exam's forecast is followed unless mastery now brings more at the exam.

    It looks inside the students (never at their luck), so no tutor could do it. It is a reference, not a bound: it is
    blind to what a skill opens up later. Where every gain is 0 and the scenario has ``finish``, it ends the teaching.

    Raises:
        InputError: no such choice.
    """

    name = "oracle_greedy"

    def __init__(self, *, greed: str = "tried", per: str = "lesson") -> None:
        given = self.checked(locals())
        super().__init__(greed=given.greed, per=given.per)

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """The allowed item with the largest true gain; the first on ties."""
        gains = np.where(masks[:, : len(self.costs)], self._true_gains() / self.costs, -np.inf)
        return _or_finish(gains.argmax(axis=1), gains.max(axis=1), masks, self.problem.finish)


def _best_greed(scenario: Scenario, per: str) -> str:
    """The greed, "exam" or "mastery", that brings more at the exam of a cohort that nobody else teaches."""
    from ..rollouts import teach

    seed = draws.spawn_seed(0, "oracle_greedy")
    exam, mastery = (
        teach(scenario, OracleGreedy(greed=greed, per=per), n_students=REHEARSED, cohort_seed=seed, metrics=False).mean(
            "exam"
        )
        for greed in ("exam", "mastery")
    )
    return "mastery" if mastery > exam else "exam"


def _or_finish(best: Actions, most: Any, masks: npt.NDArray[np.bool_], finish: int | None) -> Actions:
    """``finish`` where there is nothing left to gain and the scenario has it."""
    return best if finish is None else np.where((most <= 0) & masks[:, finish], finish, best)


class OracleLookahead(_Foresighted):
    """Try the best items on copies of the true student, play the next lessons through, and take the best start.

    Gains are those of ``oracle_greedy``. After the first item every lesson of a copy takes the item with the largest
    one, so this is one step of policy improvement on that policy. The copies learn by the true model with luck of their
    own (from the policy's ``u``), never with the luck that the student will have; another item than the greedy one is
    taken only where its lead is larger than the luck of the copies explains. No days pass in thought: reviews in later
    sessions are not planned for. It is a reference, not a bound.

    Raises:
        InputError: a parameter out of range.
    """

    PARAMETERS: ClassVar[Table] = {
        "depth": count("how many lessons are played through; 1 is `oracle_greedy`", unit="lessons"),
        "candidates": count("first items tried: those with the largest true gain of this one lesson"),
        "futures": count("how often each is played through"),
        **_Foresighted.PARAMETERS,
    }
    name = "oracle_lookahead"
    draws = 1
    needs = frozenset({"time_left"})

    def __init__(
        self, *, depth: int = 4, candidates: int = 4, futures: int = 16, greed: str = "tried", per: str = "lesson"
    ) -> None:
        given = self.checked(locals())
        super().__init__(greed=given.greed, per=given.per)
        self.depth, self.candidates, self.futures = given.depth, given.candidates, given.futures

    def prepare(self, problem: Problem) -> None:
        """Fix the costs of the items, and what they take of the time that is left.

        Raises:
            InputError: the student model does not tell the gains that are wanted.
        """
        super().prepare(problem)
        minutes = np.array(problem.curriculum.minutes)
        self.spends = minutes if problem.schedule.by_minutes else np.ones(len(minutes))

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """The candidate with the largest value; the one with the largest gain of its own on ties."""
        n = len(self.costs)
        gains = self._true_gains()
        rates = np.where(masks[:, :n], gains / self.costs, -np.inf)
        width = min(self.candidates, n)
        first = np.argsort(-rates, axis=1, kind="stable")[:, :width]  # (N, C)
        most = np.take_along_axis(rates, first[:, :1], axis=1)[:, 0]
        price = np.where(most > 0, most, 0.0) if self.per == "minute" else np.zeros(len(most))
        left = self.problem.column(observation, "time_left")[:, 0]
        states = self.problem.probe.copy_of_students()
        values = np.take_along_axis(gains - price[:, None] * self.costs, first, axis=1)[:, :, None]
        values = np.where(np.take_along_axis(masks[:, :n], first, axis=1)[:, :, None], values, -np.inf)
        if self.depth > 1:
            key = np.floor(u[:, 0] * 2.0**53).astype(np.int64)
            values = values + self._play(states, first, masks[:, :n], left, price, key)
        best = _surely_best(values)
        chosen = np.take_along_axis(first, best[:, None], axis=1)[:, 0]
        return _or_finish(chosen, most, masks, self.problem.finish)

    def _play(self, states: Any, first: Any, masks: Any, left: Any, price: Any, key: Any) -> npt.NDArray[np.float64]:
        """(N, C, futures) what the lessons after each first item are expected to add."""
        n, width = first.shape
        rows = np.repeat(np.arange(n), width * self.futures)
        student, copies, greed = self.problem.probe.student, states[rows], self._greed()
        days, exam_items = self.problem.probe.days_to_exam()[rows], self.problem.curriculum.exam_items
        items, luck = np.repeat(first.ravel(), self.futures), key[rows]
        future = np.tile(np.arange(self.futures), n * width)  # equal luck for all candidates of a student
        budget, total = left[rows], np.zeros(len(rows))
        out, going = allocate_outcome(len(rows)), np.ones(len(rows), bool)
        for lesson in range(1, self.depth):
            u = draws.draw(
                0, stream=draws.POLICY, students=luck, episodes=future,
                lessons=np.full(len(rows), lesson), count=student.lesson_draws,
            )  # fmt: skip
            budget = budget - self.spends[items]
            student.step(copies, np.where(going, items, -1), u, out)
            going &= ~out["quit"] & (budget > 1e-3)
            if not going.any():
                break
            gains = exam_gain(student, copies, days, exam_items) if greed == "exam" else student.expected_gain(copies)
            items = np.where(masks[rows], gains / self.costs, -np.inf).argmax(axis=1)
            worth = gains[np.arange(len(rows)), items] - price[rows] * self.costs[items]
            total += np.where(going, worth, 0.0)
        return total.reshape(n, width, self.futures)


def _surely_best(values: npt.NDArray[np.float64]) -> Actions:
    """(N,) the candidate with the largest mean, unless its lead over the first one may be luck.

    A lead is believed from two standard errors of the paired differences on: near-equal items would otherwise be
    chosen by the noise of few futures, which is worse than the largest gain of this lesson.
    """
    lead = values - values[:, :1]
    count = values.shape[2]
    mean = lead.mean(axis=2)
    fine = np.isfinite(mean)  # what is forbidden has none
    spread = np.where(fine[:, :, None], lead, 0.0).std(axis=2)
    error = np.where(fine, spread, 0.0) / np.sqrt(max(count - 1, 1))
    sure = mean > 2.0 * error + 1e-12
    return np.where(sure.any(axis=1), np.where(sure, mean, -np.inf).argmax(axis=1), 0)
