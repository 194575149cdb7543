"""The item scorer without torch: its first layer is taken apart, so that what pairs have in common is computed once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ....students.jit import kernel
from ._item_features import describe
from .compiled_dense import (
    CONSTANT,
    Floats,
    Layers,
    Memory,
    Pairs,
    Shapes,
    Weights,
    dense,
    forward,
    linear_layers,
    mlp_shapes,
)  # fmt: skip
from .item_features import N_PREDICTED, OVERALL, PRIOR, Described, ItemFeatures

PAIRS_AT_ONCE = 2048
"""Pairs that there is room for in a pass through the network: what a pass leaves behind then stays in the processor's
cache, and no pass goes through Python."""


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

    @property
    def parts(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """What every item adds, the weights of rows, of a student and of predictions, and a bias of nothing."""
        return self.by_item, self.row, self.overall, self.predicted, self.none

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
        self.behind = _packed(self.rest)

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
        allowed, start = self.features.open_now(obs, masks)
        action, scores = np.empty(start[-1], np.int64), np.empty(start[-1], np.float32)
        at_once = min(max(PAIRS_AT_ONCE // masks.shape[1], 1), max(len(obs), 1))
        preferred = (self.features.prior_predicted, self.prior)
        network = (self.features.tables(len(obs)), self.first.parts, self.behind, preferred)
        _score(obs, allowed, start, at_once, *network, action, scores)
        return start, action, scores


def features_of(kind: type[ItemFeatures], settings: Any, weights: Weights) -> ItemFeatures:
    """The features of a scorer with these settings and arrays."""
    tables = {k.removeprefix(CONSTANT): v for k, v in weights.items() if k.startswith(CONSTANT)}
    return kind(tables, ready_at=settings["ready"], done_at=settings["done"])


def _packed(layers: Layers) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """The widths from layer to layer, all weights and all biases: one kind of argument for networks of any depth."""
    widths = [layers[0][0].shape[0], *(weight.shape[1] for weight, _ in layers)]
    weights, biases = (np.concatenate([part.ravel() for part in parts]) for parts in zip(*layers, strict=True))
    return np.array(widths, np.int64), weights, biases


@kernel
def _score(obs, allowed, start, at_once, tables, first, behind, preferred, action, scores):
    """The action and the score of every pair: so many students at once are described and go through all layers."""
    by_item, row_weight, student_weight, predicted_weight, none = first
    widths, weights, biases = behind
    (early, late), prior = preferred[0], preferred[1]
    n_actions, n_rows, n_slots, width = allowed.shape[1], obs.shape[1], tables[1].shape[1], widths[0]
    room, widest = at_once * n_actions, widths.max()
    begin, first_row = np.empty(at_once + 1, np.int64), np.empty(at_once + 1, np.int64)
    place, predicted = np.empty((room, n_slots), np.int64), np.empty((room, predicted_weight.shape[0]), np.float32)
    rows = np.empty((at_once * n_rows, row_weight.shape[0]), np.float32)
    overall, pooled = np.empty((at_once, student_weight.shape[0]), np.float32), np.empty((0, 1), np.float32)
    # the last row is room for means
    by_row, by_student = np.empty((len(rows) + 1, width), np.float32), np.empty((at_once, width), np.float32)
    here, there = np.empty(room * widest, np.float32), np.empty(room * widest, np.float32)
    for i in range(0, obs.shape[0], at_once):
        n = min(at_once, obs.shape[0] - i)
        p, q = start[i], start[i + n]
        begin[: n + 1] = start[i : i + n + 1] - p
        describe(
            obs[i : i + n], allowed[i : i + n], begin, first_row, tables, i, action[p:q], predicted, place, rows,
            overall, pooled,
        )  # fmt: skip
        dense(rows[: first_row[n]], row_weight, none, False, by_row)
        dense(overall[:n], student_weight, none, False, by_student)
        x = here[: (q - p) * width].reshape((q - p, width))
        _add_up(
            begin[: n + 1], action[p:q], first_row, place, predicted, by_item, by_row, by_student, predicted_weight,
            np.float32(0.0), x,
        )  # fmt: skip
        w, b = 0, 0
        for layer in range(len(widths) - 1):
            n_in, n_out = widths[layer], widths[layer + 1]
            weight = weights[w : w + n_in * n_out].reshape((n_in, n_out))
            out = there[: (q - p) * n_out].reshape((q - p, n_out))
            dense(x, weight, biases[b : b + n_out], layer < len(widths) - 2, out)
            w, b, x, here, there = w + n_in * n_out, b + n_out, out, there, here
        for j in range(q - p):
            scores[p + j] = x[j, 0] + (predicted[j, early] * prior[0] + predicted[j, late] * prior[1])


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
