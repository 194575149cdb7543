"""What the item scorer is told where it is trained on several scenarios side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .item_features import ItemFeatures, Scored


class ScenarioSetFeatures(ItemFeatures):
    """Describes every student's items by the tables of the student's own scenario; one standardisation serves all.

    Observations are those of ``SeveralVectorEnv``, students of a scenario next to each other, scenarios in order.

    Args:
        members: the features of each scenario, with the same thresholds.
        n_actions: how many actions each scenario has.
    """

    def __init__(self, members: Sequence[ItemFeatures], n_actions: Sequence[int]) -> None:
        first = members[0]
        super().__init__(first.arrays, ready_at=first.ready_at, done_at=first.done_at)
        self.members, self.n_actions = tuple(members), tuple(n_actions)

    def __call__(self, obs: npt.NDArray[np.float32], masks: npt.NDArray[np.bool_]) -> Scored:
        """The pairs to score for these observations (B, R + 1, F) under the masks (B, A)."""
        whose = self.whose(obs)
        if (np.diff(whose) < 0).any():
            raise ValueError("the students of a scenario must stand next to each other, scenarios in order")
        ends = np.searchsorted(whose, np.arange(len(self.members)), side="right")
        parts, first = [], 0
        for member, n_actions, last in zip(self.members, self.n_actions, ends, strict=True):
            if last > first:
                here = np.ascontiguousarray(obs[first:last, : len(member.arrays["kept"])])
                parts.append(member(here, np.ascontiguousarray(masks[first:last, :n_actions])))
            first = last
        start = np.zeros(len(obs) + 1, np.int64)
        np.cumsum(np.concatenate([np.diff(part.start) for part in parts]), out=start[1:])
        action, x, pooled = (np.concatenate([getattr(p, name) for p in parts]) for name in ("action", "x", "pooled"))
        return Scored(start, action, x, pooled)

    def whose(self, obs: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
        """(B,) which scenario each observation is of, as its last row says."""
        return np.rint(obs[:, -1, 0] * len(self.members)).astype(np.int64) - 1

    def standardise(self, obs: npt.NDArray[np.float32], masks: npt.NDArray[np.bool_]) -> None:
        """Measure every feature's mean and spread over these observations, in any order, once, before training."""
        order = np.argsort(self.whose(obs), kind="stable")
        super().standardise(obs[order], masks[order])
