"""One student at a time: the view of the teaching environment that single-environment tools expect."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium.vector import VectorEnv
from zpdgym.errors import InputError, shown, unknown
from zpdgym.parameters import LARGEST

from .episodes import checked_seed
from .own.reward import Reward
from .render import METADATA, MODES, Frame, frames, tell
from .tutor import Info, Observation, TutorVectorEnv

if TYPE_CHECKING:
    from .scenario import Scenario

__all__ = ["TutorEnv"]

VECTOR_ONLY = frozenset({*dir(VectorEnv), *VectorEnv.__annotations__, "autoreset"})


class TutorEnv(gymnasium.Env[Observation, np.int64]):
    """One simulated student, taught one item a lesson: ``TutorVectorEnv`` with N = 1, without its first axis.

    What the cohort of one knows (``scenario``, ``curriculum``, ``columns``, ``probe``, …) can be asked of this
    environment too, but for what only vector environments have: other libraries tell by ``num_envs`` which it is.

    Args:
        scenario: what is taught, to whom, when, and for what reward.
        render_mode: "human": every lesson is printed, one readable line each; "ansi": ``render`` gives that line;
            "rgb_array": it gives the beliefs as a picture.
        seed: the cohort's seed, until ``reset(seed=...)`` gives another; None: the operating system gives one.
        first_student: who the student is; luck is keyed by it.
        reward: another reward than the scenario's, as for ``TutorVectorEnv``.
        privileged: put the hidden truth into ``info["privileged"]`` of every lesson.
        flat: the observation is one row (R F,) of numbers instead of a table (R, F).

    Raises:
        InputError: an unknown render mode or kind of reward.
    """

    metadata = METADATA

    def __init__(
        self,
        scenario: Scenario,
        *,
        render_mode: str | None = None,
        seed: int | None = None,
        first_student: int = 0,
        reward: Reward | None = None,
        privileged: bool = False,
        flat: bool = False,
    ) -> None:
        if not (render_mode is None or render_mode in MODES):
            raise unknown("render_mode", str(render_mode), MODES)
        self.render_mode = render_mode
        self.cohort = TutorVectorEnv(
            scenario, 1, seed=seed, first_student=first_student, autoreset=False, reward=reward, privileged=privileged,
            flat=flat, render_mode=None if render_mode == "human" else render_mode,
        )  # fmt: skip
        self.observation_space = self.cohort.single_observation_space
        self.action_space = self.cohort.single_action_space
        self._action = np.zeros(1, np.int64)
        self._reward, self._ended, self._day = np.zeros(1), np.zeros(1, bool), np.zeros(1)
        self._shape, self._width = self.observation_space.shape, self.cohort.observation_width
        self._running = False

    def __getattr__(self, name: str) -> Any:
        """What the cohort of one knows: scenario, curriculum, columns, probe and so on."""
        if name.startswith("_") or name == "cohort" or name in VECTOR_ONLY:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return getattr(self.cohort, name)

    def action_masks(self) -> npt.NDArray[np.bool_]:
        """(A,) what the scenario allows now; whether the student is ready is a column, not a mask."""
        return self.cohort.action_masks()[0]

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Observation, Info]:
        """Begin with a fresh student: episode 0 of a new cohort with ``seed``, else the next episode.

        There are no options of its own; Gymnasium's wrappers hand on those that are meant for them.
        """
        if not (options is None or isinstance(cast("object", options), Mapping)):
            raise InputError(f"reset: options={shown(options)} must be a mapping")
        own = None if seed is None else checked_seed("reset: ", seed)
        super().reset(seed=own)
        observation, info = self.cohort.reset(seed=own)
        self._running = True
        self._day[0] = 0.0
        if self.render_mode == "human":
            tell(self.cohort)
        return observation[0], self._info(info["action_mask"][0])

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, Info]:
        """Teach one item; the order of events and the info are in docs/environment.md.

        Raises:
            InputError: an action that the scenario does not allow; nothing has happened then.
        """
        if not self._running:
            raise gymnasium.error.ResetNeeded("call reset() before step(): no episode is running")
        cohort = self.cohort
        try:  # before NumPy 2.3 its booleans are still taken for indices
            chosen = LARGEST + 1 if isinstance(cast("object", action), bool | np.bool_) else operator.index(action)
        except TypeError:
            chosen = LARGEST + 1
        if abs(chosen) > LARGEST:
            raise InputError(f"action {shown(action)} must be a whole number: 0 … {cohort.n_actions - 1}")
        self._action[0] = chosen
        observation = np.empty((1, self._width), np.float32)
        n_ended = cohort.teach(self._action, observation, self._reward, self._ended, self._day)
        truth = cohort.examine(np.zeros(1, np.int64), self._reward) if n_ended else None
        if cohort.payer is not None:
            cohort.payer.pay(self._reward, self._ended, self._day, truth)
        info = self._info(cohort.action_masks()[0])
        if self.render_mode == "human":
            tell(cohort)
        if truth is not None:
            self._running = False
            info["final_info"] = {"privileged": {name: v.item() if v.ndim == 1 else v[0] for name, v in truth.items()}}
        return observation.reshape(self._shape), self._reward.item(), bool(n_ended), False, info

    def _info(self, mask: npt.NDArray[np.bool_]) -> Info:
        cohort = self.cohort
        info: Info = {
            "correct": cohort.correct.item(),
            "item": cohort.items.item(),
            "days": self._day.item(),
            "action_mask": mask,
        }
        if cohort.curriculum.has_steps:
            info["right_steps"] = cohort.outcome["right_steps"].item()
        if cohort.privileged:
            info["privileged"] = {"mastery": cohort.probe.mastery()[0], "p_all": cohort.probe.p_all()[0]}
        return info

    def render(self) -> Frame | None:
        """The last lesson as one line (``ansi``), or the beliefs as bars, the last skill in orange (``rgb_array``).

        In mode ``human`` there is nothing to ask for: ``reset`` and ``step`` print by themselves.
        """
        found = None if self.render_mode == "human" else frames(self.cohort)
        return found if found is None else found[0]
