"""Planning several lessons ahead on the tutor's belief: expectimax, Monte-Carlo rollouts, cross-entropy search."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError
from zpdgym.parameters import Table

from ...problem import Actions, Baseline, Observation, Problem
from ..parameters import PER, READY_ITEMS, count
from . import _lookahead
from .believed import Believed

__all__ = ["CrossEntropy", "Expectimax", "MonteCarlo"]


@dataclass(kw_only=True, eq=False)
class Planner(Baseline, ABC):
    """What the planners share: the belief as a simulator, what a lesson costs, and what is considered.

    The value of a plan is what its lessons are expected to add to the sum of the beliefs, less, with ``per="minute"``,
    their minutes at the best rate that there is now. Days between sessions are not planned for. Planning ends with the
    budget.

    Raises:
        InputError: a parameter out of range, or a belief that no plan can be made on.
    """

    per: str = "lesson"
    ready: float = 0.0

    PARAMETERS: ClassVar[Table] = {"per": PER, "ready": READY_ITEMS}
    planner = True
    needs = Believed.needs | {"time_left"}

    def prepare(self, problem: Problem) -> None:
        """Read the belief's numbers and fix the costs of the items."""
        self.believed = Believed(problem, self.name, per=self.per, ready=self.ready)

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """The first item of the best plan; the one with the largest gain of its own on ties."""
        left = np.ascontiguousarray(self.problem.column(observation, "time_left")[:, 0])
        out = np.empty(len(observation), np.int64)
        self.plan(self.believed.minds(observation), masks, left, u, (self.believed.floats, self.believed.ints), out)
        return out

    @abstractmethod
    def plan(self, minds: Any, masks: Any, left: Any, u: Any, world: tuple[Any, Any], out: Actions) -> None:
        """Fill ``out`` (N,): minds (N, 2 or 4, K), masks (N, A), left (N,) of the budget, u, the kernels' constants."""


@dataclass(kw_only=True, eq=False)
class Expectimax(Planner):
    """Try every short sequence of lessons and answers in thought, and take the item that starts the best.

    ``Q_D(b, a) = gain(b, a) + E_y[max_a' Q_{D-1}(b', a')]`` on the tutor's belief. It costs (2 candidates)^depth, so
    at every node only the best item of each of the most promising skills is considered. Depth 1 is ``greedy``.
    """

    depth: int = 3
    candidates: int = 4

    PARAMETERS: ClassVar[Table] = {
        "depth": count("how far ahead", unit="lessons"),
        "candidates": count("items considered at every node, each of another skill"),
        **Planner.PARAMETERS,
    }
    name = "expectimax"

    def plan(self, minds: Any, masks: Any, left: Any, u: Any, world: tuple[Any, Any], out: Actions) -> None:
        """Search the tree of each student."""
        _lookahead.expectimax(minds, masks, left, self.depth, self.candidates, *world, out)


@dataclass(kw_only=True, eq=False)
class MonteCarlo(Planner):
    """Play the next lessons through many times in thought, each time after another first item.

    After the first item every lesson follows ``greedy`` (with the same ``per`` and ``ready``), answers are drawn from
    the belief, and all first items meet the same luck. This is one step of policy improvement on ``greedy`` (the
    rollout algorithm of Bertsekas, Tsitsiklis & Wu 1997; from the literature, not re-read).
    """

    simulations: int = 8
    horizon: int = 8
    candidates: int = 4

    PARAMETERS: ClassVar[Table] = {
        "simulations": count("how often each first item is played through"),
        "horizon": count("how many lessons are played through", unit="lessons"),
        "candidates": count("first items considered, each of another skill"),
        **Planner.PARAMETERS,
    }
    name = "monte_carlo"
    draws = 1

    def configure(self, given: SimpleNamespace) -> None:
        """Pack the numbers of the search."""
        self.numbers = np.array([given.simulations, given.horizon, given.candidates], np.int64)

    def plan(self, minds: Any, masks: Any, left: Any, u: Any, world: tuple[Any, Any], out: Actions) -> None:
        """Play through; one uniform keys all the luck of a student's lesson."""
        _lookahead.monte_carlo(minds, masks, left, u, self.numbers, *world, out)


@dataclass(kw_only=True, eq=False)
class CrossEntropy(Planner):
    """Search for the best sequence of the next lessons, and begin it; search again after the answer.

    A sequence names a skill for each lesson, taught with its item of the largest expected gain then. It is judged by
    what the belief expects of it without looking at answers (open loop). Sequences are drawn from one distribution a
    lesson, which moves towards the best of them (the cross-entropy method, Rubinstein 1999; from the literature, not
    re-read); the sequence that ``greedy`` expects to teach is always among them.
    With ``ready``, later
    lessons of a sequence on a skill that is not ready teach nothing.
    """

    horizon: int = 8
    samples: int = 48
    elite: int = 6
    rounds: int = 4

    PARAMETERS: ClassVar[Table] = {
        "horizon": count("how long a sequence is", unit="lessons"),
        "samples": count("sequences drawn in every round"),
        "elite": count("of these, how many the distributions move towards"),
        "rounds": count("how often they move"),
        **Planner.PARAMETERS,
    }
    name = "cross_entropy"
    draws = 1
    smoothing = 0.7
    """How far a distribution moves towards the elite's shares."""

    def configure(self, given: SimpleNamespace) -> None:
        """Pack the numbers of the search."""
        if given.elite > given.samples:
            raise InputError(f"policy {self.name}: elite={given.elite} must be at most samples={given.samples}")
        self.numbers = np.array([given.horizon, given.samples, given.elite, given.rounds], np.int64)

    def plan(self, minds: Any, masks: Any, left: Any, u: Any, world: tuple[Any, Any], out: Actions) -> None:
        """Search for each student; one uniform keys all the luck."""
        _lookahead.cross_entropy(minds, masks, left, u, self.numbers, self.smoothing, *world, out)
