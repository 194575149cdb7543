"""Planning several lessons ahead on the tutor's belief: expectimax, Monte-Carlo rollouts, cross-entropy search."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import Violations, unknown

from ...problem import Actions, Baseline, Observation, Problem
from ..greedy import PER
from . import _lookahead
from .believed import Believed

__all__ = ["CrossEntropy", "Expectimax", "MonteCarlo"]


class Planner(Baseline):
    """What the planners share: the belief as a simulator, what a lesson costs, and what is considered.

    The value of a plan is what its lessons are expected to add to the sum of the beliefs, less, with ``per="minute"``,
    their minutes at the best rate that there is now. Days between sessions are not planned for. Planning ends with the
    budget.

    Args:
        per: "lesson" or "minute".
        ready: only items all of whose skills have readiness (the product of the direct prerequisites' beliefs) of at
            least this are considered, where there is one; 0: no restriction.
        counts: whole-number parameters by name, each at least 1.

    Raises:
        InputError: a parameter out of range, or a belief that no plan can be made on.
    """

    planner = True
    needs = Believed.needs | {"time_left"}

    def __init__(self, *, per: str, ready: float, **counts: int) -> None:
        if per not in PER:
            raise unknown("choice per=", str(per), PER)
        wrong = Violations(f"policy {self.name}")
        wrong.unless(0 <= ready <= 1, f"ready={ready} must be in [0, 1]: it is a belief")
        for name, value in counts.items():
            whole = not isinstance(value, bool) and int(value) == value and value >= 1
            wrong.unless(whole, f"{name}={value} must be a whole number of at least 1")
        wrong.raise_any()
        self.per, self.ready = per, float(ready)

    def prepare(self, problem: Problem) -> None:
        """Read the belief's numbers and fix the costs of the items."""
        self.believed = Believed(problem, self.name, per=self.per, ready=self.ready)

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """The first item of the best plan; the one with the largest gain of its own on ties."""
        left = np.ascontiguousarray(self.problem.column(observation, "time_left")[:, 0])
        out = np.empty(len(observation), np.int64)
        self.plan(self.believed.minds(observation), masks, left, u, (self.believed.floats, self.believed.ints), out)
        return out

    def plan(self, minds: Any, masks: Any, left: Any, u: Any, world: tuple[Any, Any], out: Actions) -> None:
        """Fill ``out`` (N,): minds (N, 2, K), masks (N, A), left (N,) of the budget, u, and the kernels' constants."""
        raise NotImplementedError


class Expectimax(Planner):
    """Try every short sequence of lessons and answers in thought, and take the item that starts the best.

    ``Q_D(b, a) = gain(b, a) + E_y[max_a' Q_{D-1}(b', a')]`` on the tutor's belief. It costs (2 candidates)^depth, so
    at every node only the best item of each of the most promising skills is considered. Depth 1 is ``greedy``.

    Args:
        depth: lessons ahead.
        candidates: items considered at every node, each of another skill.
        per: see ``Planner``.
        ready: see ``Planner``.
    """

    name = "expectimax"

    def __init__(self, *, depth: int = 3, candidates: int = 4, per: str = "lesson", ready: float = 0.0) -> None:
        super().__init__(per=per, ready=ready, depth=depth, candidates=candidates)
        self.depth, self.candidates = int(depth), int(candidates)

    def plan(self, minds: Any, masks: Any, left: Any, u: Any, world: tuple[Any, Any], out: Actions) -> None:
        """Search the tree of each student."""
        _lookahead.expectimax(minds, masks, left, self.depth, self.candidates, *world, out)


class MonteCarlo(Planner):
    """Play the next lessons through many times in thought, each time after another first item.

    After the first item every lesson follows ``greedy`` (with the same ``per`` and ``ready``), answers are drawn from
    the belief, and all first items meet the same luck. This is one step of policy improvement on ``greedy`` (the
    rollout algorithm of Bertsekas, Tsitsiklis & Wu 1997; from the literature, not re-read).

    Args:
        simulations: how often each first item is played through.
        horizon: lessons played through.
        candidates: first items considered, each of another skill.
        per: see ``Planner``.
        ready: see ``Planner``.
    """

    name = "monte_carlo"
    draws = 1

    def __init__(
        self,
        *,
        simulations: int = 8,
        horizon: int = 8,
        candidates: int = 4,
        per: str = "lesson",
        ready: float = 0.0,
    ) -> None:
        super().__init__(per=per, ready=ready, simulations=simulations, horizon=horizon, candidates=candidates)
        self.numbers = np.array([simulations, horizon, candidates], np.int64)

    def plan(self, minds: Any, masks: Any, left: Any, u: Any, world: tuple[Any, Any], out: Actions) -> None:
        """Play through; one uniform keys all the luck of a student's lesson."""
        _lookahead.monte_carlo(minds, masks, left, u, self.numbers, *world, out)


class CrossEntropy(Planner):
    """Search for the best sequence of the next lessons, and begin it; search again after the answer.

    A sequence names a skill for each lesson, taught with its item of the largest expected gain then. It is judged by
    what the belief expects of it without looking at answers (open loop). Sequences are drawn from one distribution a
    lesson, which moves towards the best of them (the cross-entropy method, Rubinstein 1999; from the literature, not
    re-read); the sequence that ``greedy`` expects to teach is always among them.

    Args:
        horizon: lessons in a sequence.
        samples: sequences drawn in every round.
        elite: of these, how many the distribution moves towards.
        rounds: how often it moves.
        per: see ``Planner``.
        ready: see ``Planner``; later lessons of a sequence on a skill that is not ready then teach nothing.
    """

    name = "cross_entropy"
    draws = 1
    smoothing = 0.7
    """How far a distribution moves towards the elite's shares."""

    def __init__(
        self,
        *,
        horizon: int = 8,
        samples: int = 48,
        elite: int = 6,
        rounds: int = 4,
        per: str = "lesson",
        ready: float = 0.0,
    ) -> None:
        super().__init__(per=per, ready=ready, horizon=horizon, samples=samples, elite=elite, rounds=rounds)
        if elite > samples:
            wrong = Violations(f"policy {self.name}")
            wrong.unless(False, f"elite={elite} must be at most samples={samples}")
            wrong.raise_any()
        self.numbers = np.array([horizon, samples, elite, rounds], np.int64)

    def plan(self, minds: Any, masks: Any, left: Any, u: Any, world: tuple[Any, Any], out: Actions) -> None:
        """Search for each student; one uniform keys all the luck."""
        _lookahead.cross_entropy(minds, masks, left, u, self.numbers, self.smoothing, *world, out)
