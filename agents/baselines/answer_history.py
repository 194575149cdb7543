"""What became of the lessons that a policy chose: right, wrong, or nothing asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt

from ...students.jit import inline, kernel
from ..problem import Actions, Baseline, Memory, Observation, Problem
from .item_rule import column_readers

Int = npt.NDArray[np.int64]

NO_LESSON, NOT_ASKED, WRONG, RIGHT = -2, -1, 0, 1
"""What became of the last lesson."""
LONGEST = 60
"""The longest history that is kept of an arm: one bit an answer."""


class AnswerFollower(Baseline, ABC):
    """A policy that learns from each student's answers to the lessons that it chose itself.

    Answers are no column: what came of a lesson shows in how ``tries``, ``successes`` and ``last_correct`` of its
    skill have changed since, so the memory holds the last lesson and what these columns said before it.
    """

    needs = frozenset({"tries", "successes", "last_correct"})

    @abstractmethod
    def start(self) -> Memory:
        """One student's memory before the first lesson, of what the policy itself wants to remember."""

    @abstractmethod
    def follow(self, observation: Observation, memory: Memory, answers: Int) -> None:
        """Learn from the last lesson: ``answers`` (N,) is NO_LESSON, NOT_ASKED, WRONG or RIGHT; changes ``memory``."""

    @abstractmethod
    def next_lesson(
        self, observation: Observation, memory: Memory, masks: npt.NDArray[np.bool_], u: Any
    ) -> tuple[Int, Actions]:
        """The skills (N,) in whose rows the lessons will be counted, and the items (N,); changes ``memory``."""

    def bind(self, problem: Problem) -> None:
        """Find the columns by which a lesson is followed."""
        super().bind(problem)
        self._at, self._scale = column_readers(problem, ("tries", "successes", "last_correct"))
        self._asks = problem.curriculum.asks

    def blank(self) -> Memory:
        """No lesson yet, beside what the policy itself remembers."""
        return {
            "followed_skill": np.array(-1),
            "followed_item": np.array(-1),
            "followed_tries": np.array(0.0),
            "followed_successes": np.array(0.0),
        } | self.start()

    def decide(self, observation: Observation, memory: Memory, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """Learn from the last lesson, choose the next one, and note what the columns say before it."""
        answers = np.empty(len(observation), np.int64)
        skill, item = memory["followed_skill"], memory["followed_item"]
        tries, successes = memory["followed_tries"], memory["followed_successes"]
        _answers(observation, self._at, self._scale, self._asks, skill, item, tries, successes, answers)
        self.follow(observation, memory, answers)
        skills, actions = self.next_lesson(observation, memory, masks, u)
        _note(observation, self._at, self._scale, skills, actions, skill, item, tries, successes)
        return actions


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
