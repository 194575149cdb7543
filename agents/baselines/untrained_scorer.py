"""The learnt item scorer before its first lesson."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError
from zpdgym.parameters import Number, Table

from ...students import draws
from ...students.jit import kernel
from ..learnt.networks.item_features import ItemFeatures
from ..learnt.scorers import PRIOR_WEIGHTS
from ..problem import Actions, Baseline, Observation, Problem
from .parameters import READY_ITEMS

if TYPE_CHECKING:
    from ...envs.scenario import Scenario

__all__ = ["UntrainedScorer"]

CLASS_SIZE = 64
"""Students of the class that the spread is measured with; they are never evaluated."""
LOOKS = 32
"""How often that class is looked at, at most."""


class UntrainedScorer(Baseline):
    """Show what ``ppo_scorer`` prefers before it has learnt anything: what its training adds is the distance to this.

    The score of an item is w1 x (logarithm of the expected gain per share of the budget) / ``spread`` + w2 x (logarithm
    of the readiness of its least ready skill), with the weights that the scorer begins with (w1 = 1, w2 = 4). The
    scorer's other initial weights are drawn, a hundredth of the usual size; they are left out here, so that no seed
    matters.

    Raises:
        InputError: a parameter out of range.
    """

    PARAMETERS: ClassVar[Table] = {
        "ready": READY_ITEMS,
        "spread": Number("standard deviation of the logarithm of the gain over items and lessons at random; none: "
                         "measured by the rehearsal", low=0, above=True, optional=True),
    }  # fmt: skip
    name = "untrained_scorer"
    needs = frozenset({"belief", "ready"})

    def __init__(self, *, ready: float = 0.8, spread: float | None = None) -> None:
        given = self.checked(locals())
        self.ready, self.spread = given.ready, given.spread

    @property
    def rehearsed(self) -> bool:
        """Whether the spread is known: one that was given is kept."""
        return self.spread is not None

    def prepare(self, problem: Problem) -> None:
        """Lay out what is predicted of the items."""
        if self.spread is None:
            raise InputError(
                f"policy {self.name} knows no spread of gains yet: zpdgym.agents.tuning.prepare(...) measures it"
            )
        self.features = self._features(problem)
        gain, ready = PRIOR_WEIGHTS
        self.weights = np.array([gain / self.spread, ready], np.float64)

    def choose(self, observation: Observation, masks: npt.NDArray[np.bool_], u: object) -> Actions:
        """The item with the largest score; the first on ties."""
        found = self.features.describe(observation, masks, pooled=False)
        out = np.empty(len(observation), np.int64)
        _best(found.start, found.action, found.predicted, self.features.prior_predicted, self.weights, out)
        return out

    def rehearse(self, scenario: Scenario, *, cohort_seed: int) -> dict[str, float]:
        """Measure the spread with a class of its own, which is taught ready items at random.

        Args:
            scenario: what is taught.
            cohort_seed: the experiment's; the class is its cohort "calendar".

        Returns:
            ``{"spread": …}``, to be put into the policy's specification.
        """
        seed = draws.spawn_seed(cohort_seed, "calendar")
        env, luck = scenario.make(CLASS_SIZE, seed=seed, autoreset=False), np.random.default_rng(0)
        features = self._features(Problem.of(env))
        gain, seen, every = features.prior_predicted[0], list[npt.NDArray[np.float32]](), max(env.horizon // LOOKS, 1)
        observation, _ = env.reset()
        for lesson in range(env.horizon):
            here = ~env.done
            if not here.any():
                break
            found = features.describe(observation[here], env.action_masks()[here], pooled=False)
            if lesson % every == 0:
                seen.append(found.predicted[:, gain])
            actions = np.zeros(CLASS_SIZE, np.int64)
            actions[here] = found.action[
                found.start[:-1] + (luck.random(here.sum()) * np.diff(found.start)).astype(int)
            ]
            observation = env.step(actions)[0]
        spread = float(np.concatenate(seen).std(dtype=np.float64))
        return {"spread": spread if spread > 1e-5 else 1.0}

    def _features(self, problem: Problem) -> ItemFeatures:
        return ItemFeatures.of(problem, ready_at=self.ready, done_at=2.0)


@kernel
def _best(start, action, predicted, prior, weights, out):
    for i in range(out.shape[0]):
        best, at = -np.inf, 0
        for p in range(start[i], start[i + 1]):
            score = weights[0] * predicted[p, prior[0]] + weights[1] * predicted[p, prior[1]]
            if score > best:
                best, at = score, action[p]
        out[i] = at
