"""The item scorer without torch: its first layer is taken apart, so that what pairs have in common is computed once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ....students.jit import kernel
from .compiled_dense import CONSTANT, Floats, Memory, Pairs, Shapes, Weights, dense, forward, linear_layers, mlp_shapes
from .item_features import N_PREDICTED, OVERALL, PRIOR, Described, ItemFeatures

STUDENTS_AT_ONCE = 256
"""Students per pass through the network: what a pass leaves behind then stays in the processor's cache."""


class FirstLayer:
    """A scorer's first layer by what its inputs belong to: the item, rows of the observation, the student, the pair.

    The layer is linear, so it is the sum of what each of these adds, and only what the belief predicts belongs to a
    pair alone. Sums are taken in a fixed order, whoever else is in the batch.

    Args:
        weight: (D, H) for raw features, in the order of ``ItemFeatures.names``.
        bias: (H,).
        constants: (A, C), what never changes about the items.
    """

    def __init__(self, weight: Floats, bias: Floats, constants: Floats) -> None:
        n_overall, n_constant = len(OVERALL), constants.shape[1]
        cuts = len(weight) - np.array([n_overall + n_constant + N_PREDICTED, n_overall + n_constant, n_overall])
        self.row, self.predicted, constant, self.overall = np.split(weight, cuts)
        self.by_item = forward(constants, [(constant, bias)])
        self.none = np.zeros_like(bias)

    def __call__(self, found: Described, *, rectify: bool) -> Floats:
        """(P, H) the layer's numbers for every pair."""
        by_row = np.empty((len(found.rows) + 1, len(self.none)), np.float32)  # the last is room for means
        dense(found.rows, self.row, self.none, False, by_row)
        by_student = forward(found.overall, [(self.overall, self.none)])
        out = np.empty((len(found.action), len(self.none)), np.float32)
        least = np.float32(0.0 if rectify else -np.inf)
        pairs = (found.start, found.action, found.first_row, found.place, found.predicted)
        _add_up(*pairs, self.by_item, by_row, by_student, self.predicted, least, out)
        return out


class ScorerNetwork:
    """One small network that scores every item that may be shown now.

    Args:
        card: what the teacher is.
        weights: its arrays by torch's names, and the tables of its features.
    """

    sampled = True
    features_class: type[ItemFeatures] = ItemFeatures

    def __init__(self, card: dict[str, Any], weights: Weights) -> None:
        self.features = features_of(self.features_class, card["settings"], weights)
        scale = self.features.arrays["scale"]
        self.prior = weights["prior"] * scale[1, self.features.prior]
        (weight, bias), *self.rest = linear_layers(
            weights, [f"scorer.{2 * j}" for j in range(len(card["settings"]["hidden"]) + 1)]
        )
        weight = weight * scale[1][:, None]  # takes raw features
        self.first = FirstLayer(weight, bias - scale[0] @ weight, self.features.arrays["constant"])

    @classmethod
    def shapes(cls, card: dict[str, Any], weights: Weights) -> Shapes:
        """The arrays that a teacher of this card has: name -> shape."""
        settings = card["settings"]
        width, pooled = ItemFeatures.widths(len(card["columns"]))
        nets = mlp_shapes("scorer", width, [*settings["hidden"], 1])
        nets |= mlp_shapes("critic", pooled, [*settings["value_hidden"], 1])
        return {"prior": (len(PRIOR),), **nets, **cls.features_class.shapes(card, weights)}

    @staticmethod
    def sound(card: dict[str, Any]) -> bool:
        """Whether the settings that no shape depends on are of the right kind."""
        return all(isinstance(card["settings"][key], int | float) for key in ("ready", "done"))

    @classmethod
    def in_bounds(cls, card: dict[str, Any], weights: Weights) -> bool:
        """Whether every index in the tables points to a row or column that exists."""
        return cls.features_class.in_bounds(card, weights)

    def remember(self, obs: Floats, memory: Memory | None, start: npt.NDArray[np.bool_] | None) -> Memory | None:
        """None: nothing is remembered."""
        return None

    def pairs(self, obs: Floats, masks: npt.NDArray[np.bool_], memory: Memory | None) -> Pairs:
        """Every student's items in question and the score of each; see ``Teacher.logits``."""
        if len(obs) <= STUDENTS_AT_ONCE:
            return self._pairs(obs, masks)
        cuts = range(0, len(obs), STUDENTS_AT_ONCE)
        parts = [self._pairs(obs[k : k + STUDENTS_AT_ONCE], masks[k : k + STUDENTS_AT_ONCE]) for k in cuts]
        starts, actions, scores = zip(*parts, strict=True)
        start = np.zeros(len(obs) + 1, np.int64)
        np.cumsum(np.concatenate([np.diff(part) for part in starts]), out=start[1:])
        return start, np.concatenate(actions), np.concatenate(scores)

    def _pairs(self, obs: Floats, masks: npt.NDArray[np.bool_]) -> Pairs:
        found = self.features.describe(obs, masks, pooled=False)
        first, second = self.features.prior_predicted
        # no matrix product: its order of additions may depend on how many pairs there are
        prior = found.predicted[:, first] * self.prior[0] + found.predicted[:, second] * self.prior[1]
        return found.start, found.action, self._scores(found, obs) + prior

    def _scores(self, found: Described, obs: Floats) -> Floats:
        return forward(self.first(found, rectify=True), self.rest)[:, 0]


def features_of(kind: type[ItemFeatures], settings: Any, weights: Weights) -> ItemFeatures:
    """The features of a scorer with these settings and arrays."""
    tables = {k.removeprefix(CONSTANT): v for k, v in weights.items() if k.startswith(CONSTANT)}
    return kind(tables, ready_at=settings["ready"], done_at=settings["done"])


@kernel
def _add_up(start, action, first_row, place, predicted, by_item, by_row, by_student, by_predicted, least, out):
    """What item, rows, student and predictions add to every pair.

    Several rows of an item count by their mean, for which there is room in the last place of ``by_row``.
    """
    width, spare = out.shape[1], by_row.shape[0] - 1
    for i in range(start.shape[0] - 1):
        for p in range(start[i], start[i + 1]):
            a, u, count = action[p], first_row[i] + place[p, 0], 0
            for s in range(place.shape[1]):
                count += place[p, s] >= 0
            if count != 1:
                u = spare
                by_row[u] = 0.0
                for s in range(count):
                    for j in range(width):
                        by_row[u, j] += by_row[first_row[i] + place[p, s], j]
                for j in range(width if count else 0):
                    by_row[u, j] /= np.float32(count)
            a0, a1, a2 = predicted[p, 0], predicted[p, 1], predicted[p, 2]
            a3, a4, a5 = predicted[p, 3], predicted[p, 4], predicted[p, 5]
            for j in range(width):
                shared = by_item[a, j] + by_student[i, j] + by_row[u, j]
                early = a0 * by_predicted[0, j] + a1 * by_predicted[1, j] + a2 * by_predicted[2, j]
                late = a3 * by_predicted[3, j] + a4 * by_predicted[4, j] + a5 * by_predicted[5, j]
                out[p, j] = max(shared + early + late, least)
