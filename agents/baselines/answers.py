"""What the policies share that follow the answers to their own lessons."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ...students.curriculum.curriculum import EXAMPLE, EXPLANATION
from ...students.jit import inline, kernel
from ..problem import Actions, Baseline, Observation, Problem
from .bandits.arms import Int, Memory
from .item_rule import column_reader

NO_LESSON, NOT_ASKED, WRONG, RIGHT = -2, -1, 0, 1
"""What became of the last lesson."""
LONGEST = 60
"""The longest history that is kept of an arm: one bit an answer."""


class Watching(Baseline):
    """A policy that remembers of each student what became of the lessons that it chose itself.

    What it remembers travels in ``state``: a dict of arrays whose first axis is the student, never changed in place.
    """

    needs = frozenset({"tries", "successes", "last_correct"})

    def blank(self) -> Memory:
        """One student's memory before the first lesson; without the axis of students."""
        raise NotImplementedError

    def follow(self, observation: Observation, memory: Memory, answers: Int) -> None:
        """Learn from the last lesson: ``answers`` (N,) is NO_LESSON, NOT_ASKED, WRONG or RIGHT; changes ``memory``."""
        raise NotImplementedError

    def decide(
        self, observation: Observation, memory: Memory, masks: npt.NDArray[np.bool_], u: Any
    ) -> tuple[Int, Actions]:
        """The skills (N,) in whose rows the lessons will be counted, and the items (N,); changes ``memory``."""
        raise NotImplementedError

    def bind(self, problem: Problem) -> None:
        """Find the columns by which a lesson is followed."""
        super().bind(problem)
        read = [column_reader(problem, name) for name in ("tries", "successes", "last_correct")]
        self._at = np.array([j for j, _ in read], np.int64)
        self._scale = np.array([scale for _, scale in read], np.float64)
        self._asks = ~np.isin(problem.curriculum.approach, (EXAMPLE, EXPLANATION))

    def predict(
        self,
        observation: Observation,
        state: Any = None,
        episode_start: npt.NDArray[np.bool_] | None = None,
        deterministic: bool = False,
        *,
        action_masks: npt.NDArray[np.bool_] | None = None,
        u: npt.NDArray[np.float64] | None = None,
    ) -> tuple[Actions, Any]:
        """Choose the next action of every student; see ``Policy.predict``."""
        n = len(observation)
        if action_masks is None:
            action_masks = np.ones((n, self.problem.n_actions), bool)
        if self.draws and (u is None or u.shape != (n, self.draws)):
            raise ValueError(f"policy {self.name} draws: give u of shape ({n}, {self.draws})")
        memory = self._recall(n, state, episode_start)
        answers = np.empty(n, np.int64)
        skill, item = memory["followed_skill"], memory["followed_item"]
        tries, successes = memory["followed_tries"], memory["followed_successes"]
        _answers(observation, self._at, self._scale, self._asks, skill, item, tries, successes, answers)
        self.follow(observation, memory, answers)
        skills, actions = self.decide(observation, memory, action_masks, u)
        _note(observation, self._at, self._scale, skills, actions, skill, item, tries, successes)
        return actions, memory

    def _recall(self, n: int, state: Any, episode_start: npt.NDArray[np.bool_] | None) -> Memory:
        """A copy of the memory in which new students have a blank one."""
        new = {
            "followed_skill": np.array(-1),
            "followed_item": np.array(-1),
            "followed_tries": np.array(0.0),
            "followed_successes": np.array(0.0),
        } | self.blank()
        if state is None:
            return {k: np.repeat(v[None], n, axis=0) for k, v in new.items()}
        memory = {k: state[k].copy() for k in new}
        if episode_start is not None and episode_start.any():
            for k, v in new.items():
                memory[k][episode_start] = v
        return memory


@inline
def share_right(bits, first, count):
    """The share of right ones among ``count`` answers, from the first-newest on (0: the newest)."""
    right = 0
    for j in range(first, first + count):
        right += (bits >> j) & 1
    return right / count


@kernel
def _answers(observation, at, scale, asks, skills, items, tries, successes, out):
    for i in range(len(out)):
        k, out[i] = skills[i], NO_LESSON
        if k < 0 or observation[i, k, at[0]] * scale[0] < tries[i] + 0.5:
            continue
        if observation[i, k, at[1]] * scale[1] > successes[i] + 0.5:
            out[i] = RIGHT
        elif asks[items[i]] and observation[i, k, at[2]] * scale[2] < 0.25:
            out[i] = WRONG
        else:
            out[i] = NOT_ASKED


@kernel
def _note(observation, at, scale, skills, actions, followed, items, tries, successes):
    for i in range(len(skills)):
        k = skills[i]
        followed[i], items[i] = k, actions[i]
        tries[i] = observation[i, k, at[0]] * scale[0]
        successes[i] = observation[i, k, at[1]] * scale[1]
