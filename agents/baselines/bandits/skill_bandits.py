"""Bandits: each skill is an arm, and what it pays is learning progress."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.parameters import Choice, Number, Table

from ....students.jit import kernel
from ...problem import Actions, Memory, Observation, Problem
from ..answer_history import LONGEST, NO_LESSON, NOT_ASKED, AnswerFollower, Int, share_right
from ..item_rule import column_reader
from ..parameters import ITEMS
from .arms import (
    Arms,
    BetaThompson,
    Float,
    LinearUpperConfidence,
    UpperConfidence,
    WindowedUpperConfidence,
)

__all__ = ["UCB1", "LinUCB", "SlidingWindowUCB", "Thompson"]

N_FEATURES = 5
EXPLORE = Number("weight of the bonus for what is little known", low=0, high=100)


@dataclass(kw_only=True, eq=False)
class Bandit(AnswerFollower):
    """Choose the skill by a bandit that is paid with learning progress, and the item by the shared rule.

    An arm is a skill. A lesson on it pays the progress that it made, never whether the answer was right: an easy skill
    would pay best then.

    * ``belief``: the change of the tutor's belief in the skill by the lesson, without what the days after it took away;
    * ``success``: of the skill's own last ``recent`` answers, the share of right ones in the newer half minus that in
      the older half (0 before the third answer).

    Raises:
        InputError: a parameter out of range.
    """

    progress: str = "belief"
    recent: int = 6
    ready: float = 0.0
    items: str | float = "cycle"

    PARAMETERS: ClassVar[Table] = {
        "progress": Choice("what a lesson pays: the change of the belief, or rising success",
                           options=("belief", "success")),
        "recent": Number("answers that `success` looks at", low=2, high=LONGEST, whole=True, unit="answers"),
        "ready": Number("only skills with this readiness (the product of the prerequisites' beliefs) are arms; all, "
                        "where there is none", low=0, high=1, unit="belief"),
        "items": ITEMS,
    }  # fmt: skip

    @abstractmethod
    def rule_of_choice(self, given: SimpleNamespace) -> Arms:
        """How it chooses among the arms."""

    def configure(self, given: SimpleNamespace) -> None:
        """Make the arms, and find out which columns are needed."""
        self.arms, self.rule = self.rule_of_choice(given), given.items
        self.draws = self.arms.draws
        self.needs = AnswerFollower.needs | self.rule.needs
        if self.progress == "belief" or self.arms.contextual:
            self.needs |= {"belief", "days_since"}
        if self.ready > 0 or self.arms.contextual:
            self.needs |= {"ready"}

    def prepare(self, problem: Problem) -> None:
        """Lay out the ladders and find the columns."""
        self.rule.bind(problem)
        self.order = problem.curriculum.order
        own = AnswerFollower.needs  # read by AnswerFollower
        self.read = {name: column_reader(problem, name) for name in self.needs - own}
        if any(column.name == "open" for column in problem.columns):
            self.read["open"] = column_reader(problem, "open")

    def start(self) -> Memory:
        """No lesson yet."""
        n = len(self.order)
        memory = {"arm": np.array(-1)} | self.arms.blank(n)
        if self.progress == "belief":
            return memory | {"believed": np.array(0.0)}
        return memory | {"answers": np.zeros(n, np.int64), "answered": np.zeros(n, np.int64)}

    def follow(self, observation: Observation, memory: Memory, answers: Int) -> None:
        """Pay for the last lesson."""
        payments = np.zeros(len(answers))
        if self.progress == "belief":
            taught = np.flatnonzero(answers != NO_LESSON)
            payments[taught] = self._change(observation[taught], memory, taught)
        else:
            _shift(memory["answers"], memory["answered"], memory["arm"], answers, self.recent, payments)
        self.arms.learn(memory, np.where(answers == NO_LESSON, -1, memory["arm"]), payments)

    def _change(self, observation: Observation, memory: Memory, taught: Int) -> Float:
        """How far the last lesson moved the belief in its skill; what the days since then took is no fault of it."""
        rows = np.arange(len(taught)), self.order[memory["arm"][taught]]
        at, scale = self.read["belief"]
        before = memory["believed"][taught]
        days = observation[..., self.read["days_since"][0]][rows] * self.read["days_since"][1]
        later = np.flatnonzero(days > 0)
        if len(later):
            whole = self.problem.column(observation[later], "belief")
            taught_cells = np.arange(len(later)), rows[1][later]
            whole[taught_cells] = before[later]
            before[later] = self.problem.belief.after(whole, days[later])[taught_cells]
        return observation[..., at][rows] * scale - before

    def next_lesson(
        self, observation: Observation, memory: Memory, masks: npt.NDArray[np.bool_], u: Any
    ) -> tuple[Int, Actions]:
        """Arm by the bandit's rule, item by the shared rule."""
        n = len(observation)
        allowed = np.ones((n, len(self.order)), bool)
        if self.ready > 0:
            at, scale = self.read["ready"]
            _ready_arms(observation, self.order, at, scale, self.ready, allowed)
        features = None
        if self.arms.contextual:
            features = np.empty((n, len(self.order), N_FEATURES))
            read = [self.read[name] for name in ("belief", "ready", "days_since", "open") if name in self.read]
            at, scale = np.array([j for j, _ in read]), np.array([scale for _, scale in read])
            _features(observation, self.order, at, scale, features)
        memory["arm"] = self.arms.choose(memory, allowed, features, u)
        skills = self.order[memory["arm"]]
        if self.progress == "belief":
            at, scale = self.read["belief"]
            memory["believed"] = observation[np.arange(n), skills, at] * scale
        return skills, self.rule(observation, skills, masks)


@dataclass(kw_only=True, eq=False)
class UCB1(Bandit):
    """UCB1 over skills: mean progress plus explore * sqrt(ln t / n), every skill once first."""

    explore: float = 2**0.5

    PARAMETERS: ClassVar[Table] = {"explore": EXPLORE, **Bandit.PARAMETERS}
    name = "ucb"

    def rule_of_choice(self, given: SimpleNamespace) -> Arms:
        """How it chooses among the arms."""
        return UpperConfidence(explore=given.explore)


@dataclass(kw_only=True, eq=False)
class SlidingWindowUCB(Bandit):
    """UCB over skills with a short memory: only the last ``window`` lessons count, because progress changes."""

    explore: float = 2**0.5
    window: int = 50

    PARAMETERS: ClassVar[Table] = {
        "explore": EXPLORE,
        "window": Number("how many lessons count", low=1, high=10_000, whole=True, unit="lessons"),
        **Bandit.PARAMETERS,
    }
    name = "ucb_window"

    def rule_of_choice(self, given: SimpleNamespace) -> Arms:
        """How it chooses among the arms."""
        return WindowedUpperConfidence(explore=given.explore, window=given.window)


@dataclass(kw_only=True, eq=False)
class Thompson(Bandit):
    """Thompson sampling over skills: draw each skill's progress from its posterior, teach the largest draw.

    Progress p in [0, 1] counts as p of a success and 1 - p of a failure; negative progress as none.
    """

    failures: float = 1.0
    discount: float = 1.0

    PARAMETERS: ClassVar[Table] = {
        "failures": Number("the prior is Beta(1, failures); 1 is uniform, more expects little of a lesson",
                           low=1, high=1000),
        "discount": Number("factor on all that was seen, per lesson; 1: nothing grows old", low=0, high=1, above=True),
        **Bandit.PARAMETERS,
    }  # fmt: skip
    name = "thompson"

    def rule_of_choice(self, given: SimpleNamespace) -> Arms:
        """How it chooses among the arms."""
        return BetaThompson(failures=given.failures, discount=given.discount)


@dataclass(kw_only=True, eq=False)
class LinUCB(Bandit):
    """LinUCB over skills: progress is taken to be linear in what the tutor sees of a skill, the same for all skills.

    The features of a skill: 1, its belief b, its readiness r, (1 - b) r, and the days since its last lesson as a share
    of the calendar. So what one skill paid says something about the others, and about the same skill later.
    """

    explore: float = 0.5

    PARAMETERS: ClassVar[Table] = {"explore": EXPLORE, **Bandit.PARAMETERS}
    name = "linucb"

    def rule_of_choice(self, given: SimpleNamespace) -> Arms:
        """How it chooses among the arms."""
        return LinearUpperConfidence(N_FEATURES, explore=given.explore)


@kernel
def _shift(bits, answered, arms, answers, recent, payments):
    for i in range(len(arms)):
        if answers[i] == NO_LESSON:
            continue
        a = arms[i]
        if answers[i] != NOT_ASKED:
            bits[i, a] = ((bits[i, a] << 1) | answers[i]) & ((1 << LONGEST) - 1)
            answered[i, a] += 1
        if answered[i, a] > 2:
            n = min(recent, answered[i, a])
            half = n // 2
            payments[i] = share_right(bits[i, a], 0, half) - share_right(bits[i, a], half, n - half)


@kernel
def _ready_arms(observation, order, at, scale, least, out):
    for i in range(out.shape[0]):
        found = False
        for a in range(out.shape[1]):
            out[i, a] = observation[i, order[a], at] * scale >= least
            found |= out[i, a]
        if not found:
            out[i] = True


@kernel
def _features(observation, order, at, scale, out):
    for i in range(out.shape[0]):
        for a in range(out.shape[1]):
            k = order[a]
            belief = observation[i, k, at[0]] * scale[0]
            ready = observation[i, k, at[1]] * scale[1]
            out[i, a, 0] = 1.0
            out[i, a, 1] = belief
            out[i, a, 2] = ready
            out[i, a, 3] = (1.0 - belief) * ready if at.shape[0] == 3 else observation[i, k, at[3]] * scale[3]
            out[i, a, 4] = observation[i, k, at[2]]
