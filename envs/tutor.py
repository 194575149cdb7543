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

from ..students.model import allocate_outcome
from . import kernels
from .arguments import ARGUMENTS, whole_numbers
from .episodes import read_mask, read_mode, read_seeds
from .kernels import Ints
from .own.reward import Reward
from .plan import shown
from .render import SHOWN, Frame, frames
from .teaching import Teaching
from .vector_info import Info, objects, spread, with_masks

if TYPE_CHECKING:
    from .scenario import Scenario

__all__ = ["TutorVectorEnv"]

Observation = npt.NDArray[np.float32]


class TutorVectorEnv(Teaching, VectorEnv[Observation, Ints, npt.NDArray[Any]]):
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
        self.autoreset_mode = read_mode(autoreset_mode, given.autoreset)
        super().__init__(
            scenario, given.num_envs, seed=given.seed, first_student=given.first_student, reward=given.reward,
            copy=given.copy, life=given.life,
        )  # fmt: skip
        self.render_mode, self.privileged = given.render_mode, given.privileged
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
        self._started, self._everybody = False, np.ones(self.num_envs, bool)
        self._ended: Ints = np.zeros(0, np.int64)
        self.flat = flat = given.flat
        shape = (self.observation_width,) if flat else (self._n_rows, len(self.columns))
        self._shape = (self.num_envs, *shape)
        self.single_observation_space = gymnasium.spaces.Box(0.0, 1.0, shape, np.float32)
        self.single_action_space = gymnasium.spaces.Discrete(self.n_actions)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def snapshot(self) -> dict[str, Any]:
        """Everything that changes while students are taught: name -> its bytes (uint8), and the seed."""
        return {**super().snapshot(), "started": self._started}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Go on from what ``snapshot`` said, in an environment that was made with the same arguments.

        Raises:
            InputError: it was another environment.
        """
        super().restore(snapshot)
        self._started = bool(snapshot["started"])

    @property
    def autoreset(self) -> bool:
        """Whether a row whose episode has ended begins anew by itself."""
        return self.autoreset_mode != AutoresetMode.DISABLED

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
        again = self._started and seeds is None  # who has begun anew once will do so again
        if seeds is not None:
            self.records["episode"][self._seeds.set(seeds, rows, self.num_envs)] = 0
        self._started, self._ended = True, np.setdiff1d(self._ended, rows)
        observation = self._new_observation()
        if len(rows) < self.num_envs:
            observation[...] = shown(self.records, self._table, self._scale, self._patterns)
        self._begin(rows, observation, ahead=again)
        self.items[rows] = -1
        self.outcome[rows] = allocate_outcome(1)
        if self.own_columns is not None:
            self.own_columns.fill(observation)
        info = self._info(self.records["day"].copy(), np.isin(np.arange(self.num_envs), rows))
        info["action_mask"], info["_action_mask"] = self._mask.copy(), info["_item"]
        return observation.reshape(self._shape), info

    def step(
        self, actions: Ints
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
        observation = self._new_observation()
        reward, ended, day = np.empty(self.num_envs), np.empty(self.num_envs, bool), np.empty(self.num_envs)
        n_ended, begin_now = self.teach(chosen, observation, reward, ended, day), self._ended
        over = ended.nonzero()[0] if n_ended else begin_now[:0]
        truth = self.examine(over, reward) if n_ended else None
        if self.payer is not None:
            self.payer.pay(reward, ended, day, truth)
        if len(begin_now):  # in mode NextStep, whoever ended a step ago
            self._whole[begin_now, kernels.EPISODE] += 1
            self._begin(begin_now, observation, ahead=True)
            reward[begin_now] = day[begin_now] = 0.0
            self._ended = begin_now[:0]
        info = self._info(day, self._everybody.copy())
        if truth is not None:
            self._end(over, ended.copy(), truth, observation, info)
        info["action_mask"], info["_action_mask"] = self._mask.copy(), info["_item"]
        return observation.reshape(self._shape), reward, ended, np.zeros(self.num_envs, bool), info

    def render(self) -> tuple[Frame, ...] | None:
        """One line or picture for each student, as ``render_mode`` says; None without one."""
        return frames(self)

    def _end(
        self,
        rows: Ints,
        ended: npt.NDArray[np.bool_],
        truth: Info,
        observation: Observation,
        info: Info,
    ) -> None:
        """Tell the truth about those whose episode has ended, and begin anew where that is to be at once."""
        n = self.num_envs
        final: Info = {}
        for name, values in truth.items():
            final[name], final[f"_{name}"] = values, ended
        final = {"privileged": final, "_privileged": ended}
        if self.autoreset_mode == AutoresetMode.SAME_STEP:
            for key in ("correct", "item", "days", *(["right_steps"] if self.curriculum.has_steps else [])):
                final[key], final[f"_{key}"] = spread(info[key][rows], rows, n), ended
            last = observation.take(rows, axis=0).reshape(-1, *self._shape[1:])
            info["final_obs"], info["_final_obs"] = objects(last, rows, n), ended
            self._whole[rows, kernels.EPISODE] += 1
            self._begin(rows, observation, ahead=True)
        elif self.autoreset_mode == AutoresetMode.NEXT_STEP:
            self._ended = rows
        info["final_info"], info["_final_info"] = final, ended

    def _info(self, day: npt.NDArray[np.float64], there: npt.NDArray[np.bool_]) -> Info:
        info: Info = {  # written out, for one student a loop over the keys takes a tenth of a lesson
            "correct": self.correct.copy(),
            "_correct": there,
            "item": self.items.copy(),
            "_item": there,
            "days": day,
            "_days": there,
        }
        if self.curriculum.has_steps:
            info["right_steps"], info["_right_steps"] = self.outcome["right_steps"].copy(), there
        if self.privileged:
            truth: Info = {"mastery": self.probe.mastery(), "p_all": self.probe.p_all()}
            info["privileged"], info["_privileged"] = with_masks(truth, there), there
        return info

    def _new_observation(self) -> npt.NDArray[np.float32]:
        if self._copy:
            return np.empty((self.num_envs, self._table.shape[1]), np.float32)
        self._buffers.reverse()
        return self._buffers[0]
