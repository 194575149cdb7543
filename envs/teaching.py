"""N simulated students and what their tutor believes, taught lesson by lesson: an environment without its face."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..students import draws
from ..students.model import State, allocate_outcome, kernel_behind
from . import kernels
from .arguments import must_fit, refused
from .beliefs.base import Privileged
from .episodes import Seeds, bytes_of, put_bytes
from .kernels import Bools, Floats, Ints, Table
from .lessons.ahead import Ahead
from .lessons.call import STEP, Arrays, begin_lesson, end_lesson, lesson_table, teach
from .lessons.catalogue import PASSED, Catalogue
from .lessons.exam import exam_table, examine
from .observe import Links, make_columns
from .own.column import OwnColumns
from .own.reward import OwnReward, Payer
from .plan import make_patterns, make_plan
from .probe import Probe
from .reward import exam_now, examination, log_score, mastery_later, skills_counted
from .suite.outcome import SCORE
from .vector_info import Info

if TYPE_CHECKING:
    from .beliefs.base import BeliefState
    from .scenario import Scenario

EXAM_REST = 1 << 40
"""The luck of the days before the exam is keyed by this instead of a session's index."""
CHANGING = ("records", "state", "belief_state", "outcome", "items", "_u", "_rest", "_table", "_mask", "_before")
"""The arrays of an environment that lessons change."""


class Teaching:
    """N students taught at the same time.

    Args:
        scenario: what is taught, to whom, when, and for what reward.
        num_envs: N.
        seed: the cohort's, or None.
        first_student: identity of the student in row 0.
        reward: another reward than the scenario's, or None.
        copy: False: the observation is one of two buffers that take turns.
        life: which life of these students.

    Its attributes are told by ``TutorVectorEnv``.
    """

    def __init__(
        self,
        scenario: Scenario,
        num_envs: int,
        *,
        seed: int | None,
        first_student: int,
        reward: str | OwnReward | None,
        copy: bool,
        life: int,
    ) -> None:
        self.scenario, self.num_envs = scenario, num_envs
        self.curriculum, self.student = scenario.curriculum, scenario.student
        self.schedule, self.belief = scenario.schedule, scenario.belief
        paid: str | OwnReward = reward or scenario.reward
        self.reward, self.payer = str(paid), Payer(self, paid) if isinstance(paid, OwnReward) else None
        self._pays_truth = self.reward in ("gain", "recall", SCORE)
        worth = self.curriculum.worth
        self._worth = None if (worth == 1.0).all() else worth
        self._inside = self.belief if isinstance(self.belief, Privileged) else None
        self._copy, self.life = copy, life
        self.rows = scenario.rows
        self.columns = make_columns(scenario.observe, self.schedule, self.curriculum)
        self.own_columns = OwnColumns(self, scenario.observe.own) if scenario.observe.own else None
        self.horizon = self.schedule.horizon(self.curriculum.minutes)
        self.finish = self.curriculum.n_items if scenario.finish else None
        self.n_actions = self.curriculum.n_items + (self.finish is not None)
        self.action_names = self.curriculum.items + (("finish",) if self.finish is not None else ())
        self.probe = Probe(self)
        self._seeds = Seeds(seed)
        self._ahead = Ahead(self.student, self.curriculum.exam_items, num_envs)
        rows = self.curriculum.n_skills if self.rows == "skills" else self.curriculum.n_items
        each = self.student.dtype.itemsize + self.belief.dtype.itemsize + 3 * 4 * rows * len(self.columns)
        must_fit(self.num_envs, each)
        self._allocate(first_student)

    def _allocate(self, first_student: int) -> None:
        n, links = self.num_envs, Links(self.curriculum, self.rows)
        self._n_rows = links.n_rows
        self._plan, self._scale = make_plan(self, links)
        self._patterns = make_patterns(self, links)
        self.records = np.zeros(n, np.dtype(list(kernels.RECORD)))
        self.records["student"] = first_student + np.arange(n)
        self.state = self.student.allocate(n)
        self.belief_state = self.belief.allocate(n)
        self.outcome = allocate_outcome(n)
        self.items = np.full(n, -1, np.int64)
        self._u = np.zeros((n, max(self.student.lesson_draws, 1)))
        self._rest = np.zeros((n, self.student.rest_draws))
        width = self._n_rows * len(self.columns)
        self._table = np.zeros((n, width), np.float32)
        self._buffers = [np.zeros((n, width), np.float32) for _ in range(0 if self._copy else 2)]
        self._mask = np.ones((n, self.n_actions), bool)
        self.catalogue = Catalogue.of(self.scenario, n)
        self._before = np.zeros(n)  # expected exam share before the teaching
        self._first = np.zeros((1, width), np.float32)
        unseen = self.belief.allocate(1).view(np.float64).reshape(1, -1)
        kernels.first_table(self._plan, unseen, self._first)
        self._see()

    def _see(self) -> None:
        """The views through which kernels see the records."""
        self._whole = self.records.view(np.int64).reshape(self.num_envs, -1)
        self._real = self.records.view(np.float64).reshape(self.num_envs, -1)
        self._belief_table = self.belief_state.view(np.float64).reshape(self.num_envs, -1)
        # whole records by index: NumPy copies a structured record field by field, its bytes at once
        self._bytes = self.state.view(np.uint8).reshape(self.num_envs, -1)
        self.correct, self._quit = self.outcome["correct"], self.outcome["quit"]
        # these hold addresses: made when first needed, in each process
        self._lesson: Ints | None = None
        self._one_call = False
        self._exam: Ints | None = None

    def snapshot(self) -> dict[str, Any]:
        """Everything that changes while students are taught: name -> its bytes (uint8), and the seed."""
        passed = {} if self.catalogue is None else bytes_of(self.catalogue, PASSED)
        return {**bytes_of(self, CHANGING), **passed, "seed": self._seeds.snapshot()}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Go on from what ``snapshot`` said, in an environment that was made with the same arguments.

        Raises:
            InputError: it was another environment.
        """
        put_bytes(self, CHANGING, snapshot)
        if self.catalogue is not None:
            put_bytes(self.catalogue, PASSED, snapshot)
        self._seeds.restore(snapshot["seed"])
        self._ahead.forget()

    def __setstate__(self, state: dict[str, Any]) -> None:
        """After unpickling the views must look at the records again."""
        self.__dict__.update(state)
        self._see()

    @property
    def cohort_seed(self) -> int:
        """The seed that keys the luck of this cohort (rollouts key the policy's luck by it too).

        Where rows have seeds of their own, that of row 0.
        """
        return self._seeds.first

    @property
    def luck_seed(self) -> int:
        """The seed of lessons, rests and the policy's luck in this life; ``cohort_seed`` says who the students are."""
        return draws.life_seed(self.cohort_seed, self.life)

    @property
    def done(self) -> npt.NDArray[np.bool_]:
        """(N,) rows whose episode has ended and, with ``autoreset=False``, has not begun again."""
        return self.records["status"] != kernels.TEACHING

    @property
    def observation_width(self) -> int:
        """R F, the length of one flattened observation."""
        return self._table.shape[1]

    def believed(self) -> Floats:
        """(N, K) what the tutor believes now."""
        return np.array(self.belief_state["belief"])

    def teach(self, actions: Ints, observation: Table, reward: Floats, ended: Bools, day: Floats) -> int:
        """Teach one item each: the lesson itself, without the arrays and the restarts of ``step``.

        Args:
            actions: (N,) items, or ``finish``; of rows that are ``done`` they are not looked at.
            observation: (N, R F) float32, filled with the new tables.
            reward: (N,) float64, filled; the final payment comes from ``examine``.
            ended: (N,) bool, filled: whose episode has just ended.
            day: (N,) float64, filled: when the lesson was.

        Returns:
            how many episodes have ended.

        Raises:
            InputError: an action that the scenario does not allow; nothing has changed then.
        """
        if self.catalogue is not None and (bad := self.catalogue.refused(actions, ~self.done, self._mask)) >= 0:
            raise refused(self, bad, int(actions[bad]))
        if self.payer is not None:
            self.payer.look()
        if self._lesson is None:
            self._lesson, self._kept = self._as_one_call()
            self._one_call = len(self._lesson) > 0 and bool(self._lesson[STEP])
        if self._one_call:
            code = teach(self._lesson, actions, observation, reward, ended, day)
        else:
            code = self._teach_in_parts(self._lesson, actions, observation, reward, ended, day)
        if code < 0:
            raise refused(self, -1 - code, int(actions[-1 - code]))
        if self.catalogue is not None:
            self.catalogue.after(self.items, self.outcome, self._mask)
        if code & kernels.ROWS:
            self._let_days_pass(observation, reward)
        if self.own_columns is not None:
            self.own_columns.fill(observation)
        if self._pays_truth:
            self._pay(reward)
        return code >> 32

    def _as_one_call(self) -> tuple[Ints, Arrays]:
        arrays = (
            self._plan, self._scale, self._patterns, self._whole, self._real, self.items, self.outcome, self._u,
            self._table, self._mask,
        )  # fmt: skip
        return lesson_table(self.student, self.belief, self.state, self.belief_state, arrays)

    def _teach_in_parts(
        self, at: Ints, actions: Ints, observation: Table, reward: Floats, ended: Bools, day: Floats
    ) -> int:
        """The same where student or belief are not compiled; gives back what ``lessons.call.teach`` does."""
        by_address = len(at) > 0
        if by_address:
            bad = begin_lesson(at, actions)
        else:
            bad = kernels.choose(self._plan, self._whole, actions, self.items)
        if bad >= 0:
            return -1 - bad
        self.student.step(self.state, self.items, self._u, self.outcome)
        if self._inside is None:
            self.belief.update(self.belief_state, self.items, self.outcome)
        else:
            self._look(np.flatnonzero(self.items >= 0))
        if by_address:
            return end_lesson(at, observation, reward, ended, day)
        return kernels.after_lesson(
            self._plan, self._scale, self._patterns, self._whole, self._real, self.items, self.outcome,
            self._belief_table, self._table, observation, self._u, self._mask, reward, ended, day,
        )  # fmt: skip

    def _let_days_pass(self, observation: Table, reward: Floats) -> None:
        days = self._real[:, kernels.PASSED].copy()
        if self.student.rest_draws:
            self._draw_rest(np.flatnonzero(days), self.records["session"])
        self.student.elapse(self.state, days, self._rest)
        if self._inside is None:
            self.belief.elapse(self.belief_state, days)
        else:
            self._look(np.flatnonzero(days))
        kernels.after_days(
            self._plan, self._scale, self._patterns, self._whole, self._real, self._belief_table,
            self._table, observation, reward,
        )  # fmt: skip

    def _draw_rest(self, rows: Ints, when: Ints) -> None:
        for seed, own in self._seeds.groups(rows):
            student, episode = self.records["student"][own], self.records["episode"][own]
            self._rest[own] = draws.draw(
                draws.life_seed(seed, self.life), stream=draws.REST, students=student, episodes=episode,
                lessons=np.ascontiguousarray(when[own]), count=self.student.rest_draws,
            )  # fmt: skip

    def _pay(self, reward: Floats) -> None:
        """Rewards that need the truth, for rows that are still being taught; the last lesson is paid by ``_end``."""
        going = self.records["status"] == kernels.TEACHING
        value = self._value(np.arange(self.num_envs))
        reward[going] = (value - self.records["value"])[going]
        self.records["value"][going] = value[going]

    def _value(self, rows: Ints) -> Floats:
        """What ``gain``, ``recall`` and ``log_score`` pay the change of, now."""
        if self.reward == SCORE:
            beliefs = self._belief_table.take(rows, axis=0).view(self.belief.dtype).reshape(-1)
            return self._scored(rows, beliefs, self.student.mastery(self._students(rows)))
        if self.reward == "gain":
            if self._worth is not None:
                return skills_counted(self.student.mastery(self._students(rows)), self._worth)
            return self.student.mastery_sum(self._students(rows), np.empty(len(rows)))
        days = np.full(len(rows), self.schedule.retention_days)
        return self._counted(mastery_later(self.student, self._students(rows), days, self._exam_luck(rows)))

    def _scored(self, rows: Ints, beliefs: BeliefState, mastery: Floats) -> Floats:
        """(n,) the log score of what is believed of these rows, less the price of their lessons."""
        price = self.scenario.outcome.price * self.records["lesson"][rows]
        return log_score(np.ascontiguousarray(beliefs["belief"]), mastery) - price

    def _counted(self, mastery: Floats) -> Floats:
        """(n,) skills mastered, of (n, K); where exam items have marks, each skill as much as it counts there."""
        return mastery.sum(axis=1) if self._worth is None else skills_counted(mastery, self._worth)

    def _look(self, rows: Ints) -> None:
        """Tell what the students of these rows know, where the belief is one that is told."""
        if self._inside is not None:
            self._inside.look(self.belief_state, rows, self.student.mastery(self._students(rows)))

    def _students(self, rows: Ints) -> State:
        """The state of these rows: to be read, not changed."""
        if len(rows) == self.num_envs:
            return self.state
        return self._bytes.take(rows, axis=0).view(self.state.dtype).reshape(-1)

    def _exam_luck(self, rows: Ints) -> Floats:
        """(n, rest_draws) the luck of the days before the exam."""
        if not self.student.rest_draws:
            return self._rest[: len(rows)]
        self._draw_rest(rows, np.full(self.num_envs, EXAM_REST))
        return self._rest[rows]

    def _begin(self, rows: Ints, observation: Table, *, ahead: bool) -> None:
        """Fresh students into these rows, with their first observation; ``ahead``: they may have been drawn before."""
        self.belief.reset(self.belief_state, rows)
        if self.catalogue is not None:
            self.catalogue.begin(rows, self._mask)
        for seed, own in self._seeds.groups(rows):
            if ahead and self._ahead.serves(len(own)):
                self._ahead.move(self._seeds, seed, own, self._whole, self._bytes, self._before)
            else:
                self._draw_students(seed, own)
            self._look(own)
            kernels.begin(
                self._plan, self._first, self._patterns, self._whole, self._real, own,
                draws.life_seed(seed, self.life), self._belief_table, self._table, observation, self._u, self._mask,
            )  # fmt: skip
        if self._inside is not None:  # no two students begin alike for whoever is told what they know
            kernels.show(
                self._plan, self._scale, self._patterns, self._whole, self._real, rows, self._belief_table,
                self._table, observation,
            )  # fmt: skip
        if self.own_columns is not None:
            self.own_columns.fill(observation, rows)
        if self._pays_truth:
            self.records["value"][rows] = self._value(rows)

    def _draw_students(self, seed: int, rows: Ints) -> None:
        whole = self._whole[rows]
        u = draws.draw(
            seed,
            stream=draws.RESET,
            students=np.ascontiguousarray(whole[:, kernels.STUDENT]),
            episodes=np.ascontiguousarray(whole[:, kernels.EPISODE]),
            lessons=np.zeros(len(rows), np.int64),
            count=self.student.reset_draws,
        )
        self.student.reset(self.state, rows, u)
        self._before[rows] = exam_now(self.student, self._students(rows), self.curriculum.exam_items)

    def examine(self, rows: Ints, reward: Floats) -> Info:
        """The truth about students whose episode has ended; adds to (N,) ``reward`` what is paid at the end.

        Arrays over all N students, 0 for all others: so Gymnasium has it, and here these are made with few calls.
        """
        n, luck = self.num_envs, self._exam_luck(rows)
        told, mastery, left = np.zeros((3, n)), np.zeros((n, self.curriculum.n_skills)), np.zeros(n, np.bool_)
        if self._exam is None:
            self._exam, self._examined = self._exam_as_one_call()
        if len(self._exam):
            examine(self._exam, rows, float(self.schedule.retention_days), luck, told, mastery, left, reward)
        else:
            items, told[0, rows] = self.curriculum.exam_items, self._before[rows]
            found = examination(self.student, self._students(rows), self._delay(rows), luck, items)
            told[1, rows], told[2, rows], mastery[rows] = found
            left[rows] = self._quit[rows] & (self.items[rows] >= 0)
        pre, now, exam = told
        truth = {"pre": pre, "post": now, "exam": exam, "mastery": mastery, "quit": left}
        if (later := self.scenario.outcome.later_days) is not None:
            truth["later"] = np.zeros(n)
            truth["later"][rows] = self._asked_again(rows, self._delay(rows) + later, luck)
        if SCORE in (self.reward, self.scenario.outcome.primary):
            truth[SCORE] = np.zeros(n)
            truth[SCORE][rows] = self._scored(rows, self.beliefs_at_exam(rows), mastery[rows])
        if self.reward == "belief_gain" and not self._belief_paid:
            reward[rows] += self.beliefs_at_exam(rows)["total"] - self._real[rows, kernels.VALUE]
        elif self.reward == "exam":
            reward[rows] = (exam[rows] - pre[rows]) * len(self.curriculum.exam_items)
        elif self._pays_truth:
            value = truth[SCORE][rows] if self.reward == SCORE else self._counted(mastery[rows])
            reward[rows] = value - self._real[rows, kernels.VALUE]
        return truth

    def _asked_again(self, rows: Ints, days: Floats, luck: Floats) -> Floats:
        """(n,) the share of the exam that would be right after so many days, had there been no exam before.

        The luck is that of the days before the exam: what is gone at the exam is gone later.
        """
        return examination(self.student, self._students(rows), days, luck, self.curriculum.exam_items)[1]

    def _exam_as_one_call(self) -> tuple[Ints, Arrays]:
        arrays = (self._real, self._before, self.outcome, self.items)
        belief = self.belief if self.reward == "belief_gain" else None
        exam, kept = exam_table(self.student, belief, self.state, self.belief_state, self.curriculum.exam_items, arrays)
        self._belief_paid = bool(len(exam)) and kernel_behind(belief, "elapse") is not None
        return exam, kept

    def beliefs_at_exam(self, rows: Ints) -> BeliefState:
        """What the tutor will believe at the exam of students whose episode has ended: records of ``belief``."""
        beliefs = self._belief_table.take(rows, axis=0).view(self.belief.dtype).reshape(-1)
        self.belief.elapse(beliefs, self._delay(rows))
        return beliefs

    def _delay(self, rows: Ints) -> Floats:
        """Days until the exam, for students whose episode has ended."""
        days = self._real[:, kernels.LAST_DAY][rows]
        days -= self._real[:, kernels.DAY][rows]
        days += self.schedule.retention_days
        return np.maximum(days, 0.0, out=days)
