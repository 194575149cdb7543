"""Several scenarios taught side by side: what a teacher is trained on that shall not be made for one of them only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from zpdgym.errors import InputError, shown

from ..students import draws
from .arguments import whole_numbers
from .episodes import read_seeds
from .own.reward import Reward
from .scenario_file import short_hash
from .vector_info import Info, joined

if TYPE_CHECKING:
    from .scenario import Scenario
    from .tutor import TutorVectorEnv

__all__ = ["ScenarioSet", "SeveralVectorEnv"]

Observation = npt.NDArray[np.float32]


class ScenarioSet:
    """Scenarios that one teacher is trained on together: other curricula, other students, other schedules.

    Args:
        scenarios: at least one; all show the same columns in the same order, and the same kind of rows.

    Attributes:
        scenarios: as given.
        label: what files call the set: that of the only scenario, or how many there are and a hash of them.

    Raises:
        InputError: there is none, or one shows something else than the first.
    """

    def __init__(self, scenarios: Sequence[Scenario]) -> None:
        self.scenarios = tuple(scenarios)
        if not self.scenarios:
            raise InputError("a teacher is trained on at least one scenario; none was given")
        first = self.scenarios[0]
        for other in self.scenarios[1:]:
            for what, here, there in (
                ("columns", first.column_names, other.column_names),
                ("columns of your own", _own(first), _own(other)),
                ("rows", first.rows, other.rows),
                ("actions.finish", first.finish, other.finish),
            ):
                if here != there:
                    raise InputError(
                        f"scenarios that are trained on together must show the same: {what} of {other.label} is "
                        f"{there}, of {first.label} {here}"
                    )
        digest = short_hash({str(j): [s.label, s.sections] for j, s in enumerate(self.scenarios)})
        self.label = first.label if len(self.scenarios) == 1 else f"{len(self.scenarios)}-scenarios~{digest}"

    def make(self, num_envs: int, *, seed: int, reward: Reward | None = None) -> SeveralVectorEnv:
        """The environment, with ``num_envs`` students shared out evenly; every scenario has a cohort of its own.

        A reward of one's own is asked about each cohort for itself.
        """
        return SeveralVectorEnv(self, num_envs, seed=seed, reward=reward)


class SeveralVectorEnv(VectorEnv[Observation, npt.NDArray[np.int64], npt.NDArray[Any]]):
    """Students of several scenarios, taught at the same time; each action is the next item for one of them.

    Row by row it is what the scenarios' own environments are (``TutorVectorEnv``, SAME_STEP autoreset): first all
    students of the first scenario, then those of the second. Tables are padded with zeros to the most rows of all, and
    masks with False to the most actions, so action a of a student is action a of its own scenario. One more row, the
    last one, holds in its first column which scenario the student belongs to: (index + 1) / number of scenarios.

    Args:
        several: the scenarios.
        num_envs: N, students taught at the same time; at least as many as there are scenarios.
        seed: the cohorts' seed, until ``reset(seed=...)`` gives another.
        reward: another reward than the scenarios' own, as for ``TutorVectorEnv``.

    Attributes:
        envs: the scenarios' own environments.
        member: (N,) which of them each student belongs to.
    """

    metadata = {"render_modes": [], "autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012 (Gymnasium's contract)

    def __init__(self, several: ScenarioSet, num_envs: int, *, seed: int, reward: Reward | None = None) -> None:
        count = len(several.scenarios)
        if num_envs < count:
            raise InputError(f"num_envs={num_envs} must be at least {count}: one student of each scenario")
        sizes = [num_envs // count + (j < num_envs % count) for j in range(count)]
        self.several, self.num_envs = several, num_envs
        self.envs = [
            s.make(n, seed=_cohort(seed, j), reward=reward)
            for j, (s, n) in enumerate(zip(several.scenarios, sizes, strict=True))
        ]
        self.member = np.repeat(np.arange(count), sizes)
        ends = np.cumsum(sizes)
        self._rows = [slice(int(end - n), int(end)) for end, n in zip(ends, sizes, strict=True)]
        shapes = [env.single_observation_space.shape for env in self.envs]
        assert all(shape is not None for shape in shapes)
        shape = (max(s[0] for s in shapes if s) + 1, len(self.envs[0].columns))
        self.n_actions = max(env.n_actions for env in self.envs)
        self.finish = self.envs[0].finish
        self.single_observation_space = gymnasium.spaces.Box(0.0, 1.0, shape, np.float32)
        self.single_action_space = gymnasium.spaces.Discrete(self.n_actions)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._blank = np.zeros((num_envs, *shape), np.float32)
        self._blank[:, -1, 0] = (self.member + 1) / count

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, Info]:
        """Begin an episode with every student; see ``TutorVectorEnv.reset``.

        Args:
            seed: the cohorts' seed, or a list with a seed, or None, for every row.
            options: there are none, for all rows begin anew by themselves.

        Raises:
            InputError: another seed, or options.
        """
        if options:
            raise InputError(f"reset: students of several scenarios have no options; given: {shown(options)}")
        seeds = read_seeds(seed, self.num_envs)
        super().reset(seed=seeds if isinstance(seeds, int) else None)
        found = [env.reset(seed=_seeds(seeds, j, rows)) for j, (env, rows) in enumerate(self._members())]
        return self._together([obs for obs, _ in found]), self._joined([info for _, info in found])

    def step(
        self, actions: npt.NDArray[np.int64]
    ) -> tuple[Observation, npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.bool_], dict[str, Any]]:
        """Teach one item to every student; see ``TutorVectorEnv.step``.

        Returns:
            as there. What a scenario has less of than another, skills or items, is filled up with 0 in the info, too.

        Raises:
            InputError: an action that a student's scenario does not have or allow; nobody was taught then.
        """
        actions, masks = whole_numbers(actions), self.action_masks()
        if actions.shape != (self.num_envs,):
            raise InputError(f"actions have shape {actions.shape}, must be ({self.num_envs},): one item a student")
        there = (actions >= 0) & (actions < self.n_actions)
        refused = np.flatnonzero(~(there & masks[np.arange(self.num_envs), np.where(there, actions, 0)]))
        if len(refused):
            row = int(refused[0])
            label = self.several.scenarios[int(self.member[row])].label
            raise InputError(f"row {row}: action {actions[row]} is not allowed in {label} now; see action_masks()")
        found = [env.step(actions[rows]) for env, rows in self._members()]
        obs = self._together([part[0] for part in found])
        reward = np.concatenate([part[1] for part in found])
        ended, cut = np.concatenate([part[2] for part in found]), np.concatenate([part[3] for part in found])
        return obs, reward, ended, cut, self._joined([part[4] for part in found])

    def action_masks(self) -> npt.NDArray[np.bool_]:
        """(N, A) True where the student's scenario has the action and allows it now."""
        masks = np.zeros((self.num_envs, self.n_actions), bool)
        for env, rows in self._members():
            masks[rows, : env.n_actions] = env.action_masks()
        return masks

    def snapshot(self) -> dict[str, Any]:
        """Everything that changes while students are taught; see ``TutorVectorEnv.snapshot``."""
        return {str(j): env.snapshot() for j, env in enumerate(self.envs)}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Go on from what ``snapshot`` said, in an environment that was made with the same arguments."""
        for j, env in enumerate(self.envs):
            env.restore(snapshot[str(j)])

    def _members(self) -> Iterator[tuple[TutorVectorEnv, slice]]:
        return zip(self.envs, self._rows, strict=True)

    def _joined(self, infos: Sequence[Info]) -> Info:
        n_skills = max(env.curriculum.n_skills for env in self.envs)
        info = joined(infos, [env.num_envs for env in self.envs], {"mastery": n_skills})
        if "final_obs" in info:
            info["final_obs"] = self._final(info["final_obs"])
        return info

    def _together(self, parts: Sequence[Observation]) -> Observation:
        obs = self._blank.copy()
        for part, rows in zip(parts, self._rows, strict=True):
            obs[rows, : part.shape[1]] = part
        return obs

    def _final(self, last: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
        """(N,) the last observations of those whose teaching has just ended, padded."""
        for i in np.flatnonzero([one is not None for one in last]):
            padded = self._blank[i].copy()
            padded[: len(last[i])] = last[i]
            last[i] = padded
        return last


def _own(scenario: Scenario) -> list[tuple[str, float, str]]:
    return [(column.where, column.scale, column.name) for column in scenario.observe.own]


def _cohort(seed: int, member: int) -> int:
    """The first scenario keeps the seed, so that a set of one is that scenario."""
    return seed if member == 0 else draws.spawn_seed(seed, f"scenario {member}")


def _seeds(seeds: int | list[int | None] | None, member: int, rows: slice) -> int | list[int | None] | None:
    """What a member's own rows are seeded with."""
    if isinstance(seeds, list):
        return [None if seed is None else _cohort(seed, member) for seed in seeds[rows]]
    return None if seeds is None else _cohort(seeds, member)
