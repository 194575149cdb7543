"""The teaching environment: N simulated students, each taught one item a lesson."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from zpdgym.errors import InputError
from zpdgym.parameters import read_arguments

from ..students import draws
from ..students.model import allocate_outcome
from . import kernels
from .arguments import ARGUMENTS, must_fit, refused, whole_numbers
from .episodes import Seeds, bytes_of, put_bytes, read_mask, read_mode, read_seeds
from .observe import Links, make_columns
from .own.column import OwnColumns
from .own.reward import OwnReward, Payer, Reward
from .plan import make_patterns, make_plan, shown
from .probe import Probe
from .render import SHOWN, Frame, frames
from .reward import exam_later, exam_now, forecast
from .vector_info import Info, objects, spread, with_masks

if TYPE_CHECKING:
    from .scenario import Scenario

__all__ = ["TutorVectorEnv"]

Observation = npt.NDArray[np.float32]
EXAM_REST = 1 << 40
"""The luck of the days before the exam is keyed by this instead of a session's index."""
CHANGING = ("records", "state", "belief_state", "outcome", "items", "_u", "_rest", "_table", "_mask", "_before")
"""The arrays of an environment that lessons change."""


class TutorVectorEnv(VectorEnv[Observation, npt.NDArray[np.int64], npt.NDArray[Any]]):
    """N simulated students at once; each action is the next item for one of them.

    Gymnasium's vector interface with its three ways of beginning anew. Made by ``Scenario.make``; the contract with all
    shapes is docs/environment.md.

    Args:
        scenario: what is taught, to whom, when, and for what reward.
        num_envs: N, students taught at the same time.
        seed: the cohort's seed, until ``reset(seed=...)`` gives another; None: the operating system gives one, so that
            copies that nobody seeded teach different students.
        first_student: identity of the student in row 0; row i is student ``first_student + i``. Luck is keyed by
            identity, so a cohort may be split over environments.
        autoreset_mode: when a row whose episode has ended begins anew: "SameStep" at once (the default), "NextStep" at
            the next step, "Disabled" never (it stays as it is, see ``done``) but by ``reset`` with a ``reset_mask``.
        autoreset: False is short for ``autoreset_mode="Disabled"``.
        reward: another reward than the scenario's: one of our kinds, or your own (docs/environment.md).
        copy: False: the observation is one of two buffers that take turns, so each is overwritten two calls later.
        privileged: put the hidden truth into ``info["privileged"]`` of every lesson.
        flat: each observation is one row (R F,) of numbers instead of a table (R, F), for libraries that expect that.
        life: which life of these students: in every one they are the same people, and other things happen to them.
        render_mode: what ``render`` gives of each student's last lesson: "ansi" a line, "rgb_array" a picture.

    Attributes:
        state: (N,) the students' records; never shown to a policy that is not privileged.
        items: (N,) item of the last lesson, -1 where there was none.
        outcome: (N,) ``OUTCOME`` records of the last lesson: what a tutor can see of it.
        records: (N,) what the environment remembers: lesson, session, minutes, day, …
        belief_state: (N,) what the tutor remembers of each student, as records of ``belief``.
        probe: the truth, for privileged policies and metrics.
        columns: of the observation; multiply by ``scale`` for natural units.
        horizon: the largest possible number of lessons.
    """

    single_observation_space: gymnasium.Space[Observation]
    single_action_space: gymnasium.Space[np.int64]
    observation_space: gymnasium.Space[Observation]
    metadata = {**SHOWN, "autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012 (Gymnasium's contract)

    def __init__(
        self,
        scenario: Scenario,
        num_envs: int = 1,
        *,
        seed: int | None = None,
        first_student: int = 0,
        autoreset_mode: AutoresetMode | str | None = None,
        autoreset: bool | None = None,
        reward: Reward | None = None,
        copy: bool = True,
        privileged: bool = False,
        flat: bool = False,
        life: int = 0,
        render_mode: str | None = None,
    ) -> None:
        given = read_arguments(ARGUMENTS, locals(), "environment")
        self.scenario, self.num_envs, self.render_mode = scenario, given.num_envs, given.render_mode
        self.autoreset_mode = read_mode(autoreset_mode, given.autoreset)
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
        self.curriculum, self.student = scenario.curriculum, scenario.student
        self.schedule, self.belief = scenario.schedule, scenario.belief
        paid: str | OwnReward = given.reward or scenario.reward
        self.reward, self.payer = str(paid), Payer(self, paid) if isinstance(paid, OwnReward) else None
        self._pays_truth = self.reward in ("gain", "recall")
        self.privileged, self._copy, self.life = given.privileged, given.copy, given.life
        self.rows = scenario.rows
        self.columns = make_columns(scenario.observe, self.schedule, self.curriculum)
        self.own_columns = OwnColumns(self, scenario.observe.own) if scenario.observe.own else None
        self.horizon = self.schedule.horizon(self.curriculum.minutes)
        self.finish = self.curriculum.n_items if scenario.finish else None
        self.n_actions = self.curriculum.n_items + (self.finish is not None)
        self.action_names = self.curriculum.items + (("finish",) if self.finish is not None else ())
        self.probe = Probe(self)
        self._seeds, self._started = Seeds(given.seed), False
        self._ended: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        rows = self.curriculum.n_skills if self.rows == "skills" else self.curriculum.n_items
        each = self.student.dtype.itemsize + self.belief.dtype.itemsize + 3 * 4 * rows * len(self.columns)
        must_fit(self.num_envs, each)
        self._allocate(given.first_student)
        self.flat = flat = given.flat
        shape = (self.observation_width,) if flat else (self._n_rows, len(self.columns))
        self._shape = (self.num_envs, *shape)
        self.single_observation_space = gymnasium.spaces.Box(0.0, 1.0, shape, np.float32)
        self.single_action_space = gymnasium.spaces.Discrete(self.n_actions)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

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
        self.correct = self.outcome["correct"]

    def snapshot(self) -> dict[str, Any]:
        """Everything that changes while students are taught: name -> its bytes (uint8), and the seed."""
        return {**bytes_of(self, CHANGING), "seed": self._seeds.snapshot(), "started": self._started}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Go on from what ``snapshot`` said, in an environment that was made with the same arguments.

        Raises:
            InputError: it was another environment.
        """
        put_bytes(self, CHANGING, snapshot)
        self._seeds.restore(snapshot["seed"])
        self._started = bool(snapshot["started"])

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
    def autoreset(self) -> bool:
        """Whether a row whose episode has ended begins anew by itself."""
        return self.autoreset_mode != AutoresetMode.DISABLED

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

    def believed(self) -> npt.NDArray[np.float64]:
        """(N, K) what the tutor believes now."""
        return np.array(self.belief_state["belief"])

    def action_masks(self) -> npt.NDArray[np.bool_]:
        """(N, A) what the scenario allows now; whether a student is ready is a column, not a mask."""
        return self._mask.copy()

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, Info]:
        """Begin an episode with every student: episode 0 of a new cohort with ``seed``, else everybody's next one.

        Args:
            seed: the cohort's seed, a whole number from 0 on; or a list with a seed, or None, for every row: row i is
                then student ``first_student + i`` of that cohort.
            options: ``{"reset_mask": (N,) bool}`` begins anew in these rows only.

        Raises:
            InputError: another seed or option.
        """
        rows, seeds = read_mask(options, self.num_envs), read_seeds(seed, self.num_envs)
        if not self._started and len(rows) < self.num_envs:
            raise gymnasium.error.ResetNeeded("call reset() without reset_mask first")
        super().reset(seed=seeds if isinstance(seeds, int) else None)
        if self._started:
            self.records["episode"][rows] += 1
        if seeds is not None:
            self.records["episode"][self._seeds.set(seeds, rows, self.num_envs)] = 0
        self._started, self._ended = True, np.setdiff1d(self._ended, rows)
        observation = self._new_observation()
        if len(rows) < self.num_envs:
            observation[...] = shown(self.records, self._table, self._scale, self._patterns)
        self._begin(rows, observation)
        self.items[rows] = -1
        self.outcome[rows] = allocate_outcome(1)
        if self.own_columns is not None:
            self.own_columns.fill(observation)
        info = self._info(self.records["day"].copy(), np.isin(np.arange(self.num_envs), rows))
        return observation.reshape(self._shape), info

    def step(
        self, actions: npt.NDArray[np.int64]
    ) -> tuple[Observation, npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.bool_], Info]:
        """Teach one item to every student; see docs/environment.md for the order of events and the info.

        Args:
            actions: (N,) item of each student, or ``finish``. Of rows that are ``done`` the action is not looked at.

        Raises:
            InputError: an action that the scenario does not allow; nothing has happened then.
        """
        given = whole_numbers(actions)
        chosen = np.ascontiguousarray(given, np.int64)
        if chosen.shape != (self.num_envs,):
            raise InputError(f"actions have shape {chosen.shape}, must be ({self.num_envs},): one item a student")
        if not self._started:
            raise gymnasium.error.ResetNeeded("call reset() before step()")
        self.choose(chosen)
        observation = self._new_observation()
        reward, ended, day = np.empty(self.num_envs), np.empty(self.num_envs, bool), np.empty(self.num_envs)
        n_ended, begin_now = self.teach(observation, reward, ended, day), self._ended
        truth = self.examine(np.flatnonzero(ended), reward) if n_ended else None
        if self.payer is not None:
            self.payer.pay(reward, ended, day, truth)
        if len(begin_now):  # in mode NextStep, whoever ended a step ago
            self._whole[begin_now, kernels.EPISODE] += 1
            self._begin(begin_now, observation)
            reward[begin_now] = day[begin_now] = 0.0
            self._ended = begin_now[:0]
        info = self._info(day, np.ones(self.num_envs, bool))
        if truth is not None:
            self._end(ended, truth, observation, info)
        return observation.reshape(self._shape), reward, ended, np.zeros(self.num_envs, bool), info

    def render(self) -> tuple[Frame, ...] | None:
        """One line or picture for each student, as ``render_mode`` says; None without one."""
        return frames(self)

    def choose(self, actions: npt.NDArray[np.int64]) -> None:
        """Put the actions (N,) into ``items``: -1 for ``finish`` and for rows that are ``done``.

        Raises:
            InputError: an action that the scenario does not allow; nothing has changed then.
        """
        bad = kernels.choose(self._plan, self._whole, actions, self.items)
        if bad >= 0:
            raise refused(self, bad, int(actions[bad]))

    def teach(self, observation: Any, reward: Any, ended: Any, day: Any) -> int:
        """Teach ``items``: the lesson itself, without the arrays and the restarts of ``step``.

        Args:
            observation: (N, R F) float32, filled with the new tables.
            reward: (N,) float64, filled; the final payment comes from ``examine``.
            ended: (N,) bool, filled: whose episode has just ended.
            day: (N,) float64, filled: when the lesson was.

        Returns:
            how many episodes have ended.
        """
        if self.payer is not None:
            self.payer.look()
        self.student.step(self.state, self.items, self._u, self.outcome)
        self.belief.update(self.belief_state, self.items, self.outcome)
        code = kernels.after_lesson(
            self._plan, self._scale, self._patterns, self._whole, self._real, self.items, self.outcome,
            self._belief_table, self._table, observation, self._u, self._mask, reward, ended, day,
        )  # fmt: skip
        if code & 0xFFFFFFFF:
            self._let_days_pass(observation, reward)
        if self.own_columns is not None:
            self.own_columns.fill(observation)
        if self._pays_truth:
            self._pay(reward)
        return code >> 32

    def _let_days_pass(self, observation: Any, reward: Any) -> None:
        days = self.records["passed"].copy()
        if self.student.rest_draws:
            self._draw_rest(np.flatnonzero(days), self.records["session"])
        self.student.elapse(self.state, days, self._rest)
        self.belief.elapse(self.belief_state, days)
        kernels.after_days(
            self._plan, self._scale, self._patterns, self._whole, self._real, self._belief_table,
            self._table, observation, reward,
        )  # fmt: skip

    def _draw_rest(self, rows: npt.NDArray[np.int64], when: npt.NDArray[np.int64]) -> None:
        for seed, own in self._seeds.groups(rows):
            student, episode = self.records["student"][own], self.records["episode"][own]
            self._rest[own] = draws.draw(
                draws.life_seed(seed, self.life), stream=draws.REST, students=student, episodes=episode,
                lessons=np.ascontiguousarray(when[own]), count=self.student.rest_draws,
            )  # fmt: skip

    def _pay(self, reward: Any) -> None:
        """Rewards that need the truth, for rows that are still being taught; the last lesson is paid by ``_end``."""
        going = self.records["status"] == kernels.TEACHING
        value = self._value(np.arange(self.num_envs))
        reward[going] = (value - self.records["value"])[going]
        self.records["value"][going] = value[going]

    def _value(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """What ``gain`` and ``recall`` pay the change of, now."""
        if self.reward == "gain":
            return self.student.mastery_sum(self._students(rows), np.empty(len(rows)))
        days = np.full(len(rows), self.schedule.retention_days)
        return forecast(self.student, self._students(rows), days, self._exam_luck(rows))[1].sum(axis=1)

    def _students(self, rows: npt.NDArray[np.int64]) -> Any:
        """The state of these rows: to be read, not changed."""
        return self.state if len(rows) == self.num_envs else self.state[rows]

    def _exam_luck(self, rows: Any) -> npt.NDArray[np.float64]:
        """(n, rest_draws) the luck of the days before the exam."""
        if self.student.rest_draws:
            self._draw_rest(rows, np.full(self.num_envs, EXAM_REST))
        return self._rest[rows]

    def _begin(self, rows: npt.NDArray[np.int64], observation: Any) -> None:
        """Fresh students into these rows, with their first observation."""
        self.belief.reset(self.belief_state, rows)
        for seed, own in self._seeds.groups(rows):
            u = draws.draw(
                seed,
                stream=draws.RESET,
                students=self._whole[own, kernels.STUDENT],
                episodes=self._whole[own, kernels.EPISODE],
                lessons=np.zeros(len(own), np.int64),
                count=self.student.reset_draws,
            )
            self.student.reset(self.state, own, u)
            kernels.begin(
                self._plan, self._first, self._patterns, self._whole, self._real, own,
                draws.life_seed(seed, self.life), self._belief_table, self._table, observation, self._u, self._mask,
            )  # fmt: skip
        self._before[rows] = exam_now(self.student, self._students(rows), self.curriculum.exam_items)
        if self.own_columns is not None:
            self.own_columns.fill(observation, rows)
        if self._pays_truth:
            self.records["value"][rows] = self._value(rows)

    def _end(self, over: npt.NDArray[np.bool_], truth: Info, observation: Any, info: Info) -> None:
        """Tell the truth about those whose episode has ended, and begin anew where that is to be at once."""
        n, rows, ended = self.num_envs, np.flatnonzero(over), over.copy()
        final: Info = {"privileged": {name: spread(values, rows, n) for name, values in truth.items()}}
        if self.autoreset_mode == AutoresetMode.SAME_STEP:
            for key in ("correct", "item", "days"):
                final[key] = spread(info[key][rows], rows, n)
            info["final_obs"], info["_final_obs"] = objects(observation.reshape(self._shape)[rows], rows, n), ended
            self._whole[rows, kernels.EPISODE] += 1
            self._begin(rows, observation)
            info["action_mask"] = self._mask.copy()
        elif self.autoreset_mode == AutoresetMode.NEXT_STEP:
            self._ended = rows
        info["final_info"], info["_final_info"] = with_masks(final, ended), ended

    def examine(self, rows: npt.NDArray[np.int64], reward: Any) -> Info:
        """The truth about students whose episode has ended; adds to (N,) ``reward`` what is paid at the end."""
        students, exam_items = self._students(rows), self.curriculum.exam_items
        exam, mastery = exam_later(self.student, students, self._delay(rows), self._exam_luck(rows), exam_items)
        now = exam_now(self.student, students, exam_items)
        if self.reward == "belief_gain":
            reward[rows] += self.beliefs_at_exam(rows)["total"] - self._real[rows, kernels.VALUE]
        elif self.reward == "exam":
            reward[rows] = (exam - self._before[rows]) * len(exam_items)
        elif self._pays_truth:
            reward[rows] = mastery.sum(axis=1) - self._real[rows, kernels.VALUE]
        return {
            "pre": self._before[rows],
            "post": now,
            "exam": exam,
            "mastery": mastery,
            "quit": self.outcome["quit"][rows] & (self.items[rows] >= 0),
        }

    def beliefs_at_exam(self, rows: npt.NDArray[np.int64]) -> Any:
        """What the tutor will believe at the exam of students whose episode has ended: records of ``belief``."""
        beliefs = self.belief_state[rows]
        self.belief.elapse(beliefs, self._delay(rows))
        return beliefs

    def _delay(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Days until the exam, for students whose episode has ended."""
        since = self._real[rows, kernels.DAY] - self._real[rows, kernels.LAST_DAY]
        return np.maximum(self.schedule.retention_days - since, 0.0)

    def _info(self, day: npt.NDArray[np.float64], there: npt.NDArray[np.bool_]) -> Info:
        info: Info = {
            "correct": self.correct.copy(),
            "item": self.items.copy(),
            "days": day,
            "action_mask": self._mask.copy(),
        }
        if self.privileged:
            info["privileged"] = {"mastery": self.probe.mastery(), "p_all": self.probe.p_all()}
        return with_masks(info, there)

    def _new_observation(self) -> npt.NDArray[np.float32]:
        if self._copy:
            return np.empty((self.num_envs, self._table.shape[1]), np.float32)
        self._buffers.reverse()
        return self._buffers[0]
