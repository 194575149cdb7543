"""The networks of trained teachers, run without torch: compiled kernels that go through the students row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ....students.jit import kernel
from .item_features import ItemFeatures

CONSTANT = "constant."
"""Arrays whose names begin so are tables of the problem, not weights."""

Weights = dict[str, npt.NDArray[Any]]
Shapes = dict[str, tuple[int, ...]]
Memory = dict[str, npt.NDArray[np.float32]]
Floats = npt.NDArray[np.float32]
Pairs = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]
Layers = list[tuple[Floats, Floats]]


class FlatNetwork:
    """The whole observation as one long list through ReLU layers to one number an action (PPO and A2C).

    Args:
        card: what the teacher is.
        weights: its arrays by torch's names.

    Attributes:
        sampled: whether the numbers are logits of a distribution to draw from; values of actions are not.
        features: what a scorer is told, None for other networks.
    """

    sampled = True
    head = "action_net"
    trunk = "features_extractor.layers"
    features: ItemFeatures | None = None

    def __init__(self, card: dict[str, Any], weights: Weights) -> None:
        depth = len(card["settings"]["hidden"])
        self.layers = linear_layers(weights, [f"{self.trunk}.{2 * j}" for j in range(depth)])
        self.layers.append(self._head(card, linear_layers(weights, [self.head])[0]))

    def _head(self, card: dict[str, Any], layer: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        return layer

    @classmethod
    def shapes(cls, card: dict[str, Any], weights: Weights) -> Shapes:
        """The arrays that a teacher of this card has: name -> shape."""
        heads = {"action_net": n_actions(card), "value_net": 1}
        return cls._trunk_shapes(card) | _linears(card["settings"]["hidden"][-1], heads)

    @classmethod
    def _trunk_shapes(cls, card: dict[str, Any]) -> Shapes:
        return mlp_shapes(cls.trunk, n_rows(card) * len(card["columns"]), card["settings"]["hidden"])

    @staticmethod
    def sound(card: dict[str, Any]) -> bool:
        """Whether the settings that no shape depends on are of the right kind."""
        return True

    @staticmethod
    def in_bounds(card: dict[str, Any], weights: Weights) -> bool:
        """Whether every index in the tables points to something that exists; there are no tables."""
        return True

    def remember(self, obs: Floats, memory: Memory | None, start: npt.NDArray[np.bool_] | None) -> Memory | None:
        """What is known after these observations (N, R, F), given what was before; None: nothing is remembered."""
        return None

    def pairs(self, obs: Floats, masks: npt.NDArray[np.bool_], memory: Memory | None) -> Pairs:
        """Every student's actions in question and the preference for each; see ``Teacher.logits``."""
        return allowed_pairs(forward(obs.reshape(len(obs), -1), self.layers), masks)


class ValueNetwork(FlatNetwork):
    """The same, but its numbers are the values of the actions (DQN): the best one is taken, nothing is drawn."""

    sampled = False
    head = "q_net.q_net.0"
    trunk = "q_net.features_extractor.layers"

    @classmethod
    def shapes(cls, card: dict[str, Any], weights: Weights) -> Shapes:
        """The arrays that a teacher of this card has: name -> shape."""
        last = card["settings"]["hidden"][-1]
        return cls._trunk_shapes(card) | _linears(last, {cls.head: n_actions(card) * cls._per_action(card)})

    @classmethod
    def _per_action(cls, card: dict[str, Any]) -> int:
        return 1


class QuantileNetwork(ValueNetwork):
    """Quantiles of every action's value (QR-DQN), which decide by their mean: the last layer is averaged once."""

    head = "quantile_net.quantile_net.0"
    trunk = "quantile_net.features_extractor.layers"

    @classmethod
    def _per_action(cls, card: dict[str, Any]) -> int:
        return int(card["settings"]["quantiles"])

    def _head(self, card: dict[str, Any], layer: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        weight, bias = (a.reshape(*a.shape[:-1], self._per_action(card), -1).mean(axis=-2) for a in layer)
        return np.ascontiguousarray(weight), bias


def n_actions(card: dict[str, Any]) -> int:
    """A, how many actions a teacher of this card chooses among."""
    return int(card["n_items"]) + int(card["finish"])


def n_rows(card: dict[str, Any]) -> int:
    """R, how many rows its observations have."""
    return card["n_skills"] if card["rows"] == "skills" else card["n_items"]


def mlp_shapes(prefix: str, n_in: int, widths: list[int]) -> Shapes:
    """Linear layers as torch numbers them in a Sequential with an activation between each two."""
    shapes: Shapes = {}
    for j, width in enumerate(widths):
        shapes |= _linears(n_in, {f"{prefix}.{2 * j}": width})
        n_in = width
    return shapes


def _linears(n_in: int, heads: dict[str, int]) -> Shapes:
    """Linear layers that read the same numbers."""
    return {f"{k}.{part}": s for k, n in heads.items() for part, s in (("weight", (n, n_in)), ("bias", (n,)))}


def linear_layers(weights: Weights, names: list[str]) -> Layers:
    """The layers of these names: (weights (in, out), bias (out,)) each."""
    return [(np.ascontiguousarray(weights[f"{n}.weight"].T), weights[f"{n}.bias"]) for n in names]


def allowed_pairs(dense_logits: Floats, masks: npt.NDArray[np.bool_]) -> Pairs:
    """The allowed actions of every student and their logits, from a table (N, A) of all."""
    row, action = np.nonzero(masks)
    return np.searchsorted(row, np.arange(len(masks) + 1)), action, dense_logits[row, action]


def forward(x: Floats, layers: Layers, *, rectify_last: bool = False) -> Floats:
    """(B, in) numbers through linear layers with ReLU between each two."""
    for j, (weight, bias) in enumerate(layers):
        out = np.empty((len(x), weight.shape[1]), np.float32)
        dense(x, weight, bias, rectify_last or j < len(layers) - 1, out)
        x = out
    return x


@kernel
def dense(x, weight, bias, rectify, out):
    """One layer. Each number is summed over the inputs in their order, whatever the batch.

    Four rows and four inputs at a time: a sum that goes through memory after every input, and a weight that is fetched
    for every row, take several times as long. Where the last four rows are not four, the last one is computed again.
    """
    (n_in, n_out), last = weight.shape, x.shape[0] - 1
    for first in range(0, x.shape[0] if n_out == 1 else 0, 8):
        i1, i2, i3, i4 = min(first + 1, last), min(first + 2, last), min(first + 3, last), min(first + 4, last)
        i5, i6, i7 = min(first + 5, last), min(first + 6, last), min(first + 7, last)
        sum0 = sum1 = sum2 = sum3 = sum4 = sum5 = sum6 = sum7 = bias[0]
        for k in range(n_in):
            w = weight[k, 0]
            sum0, sum1, sum2, sum3 = (
                sum0 + x[first, k] * w,
                sum1 + x[i1, k] * w,
                sum2 + x[i2, k] * w,
                sum3 + x[i3, k] * w,
            )
            sum4, sum5, sum6, sum7 = sum4 + x[i4, k] * w, sum5 + x[i5, k] * w, sum6 + x[i6, k] * w, sum7 + x[i7, k] * w
        out[first, 0], out[i1, 0], out[i2, 0], out[i3, 0] = sum0, sum1, sum2, sum3
        out[i4, 0], out[i5, 0], out[i6, 0], out[i7, 0] = sum4, sum5, sum6, sum7
    whole = n_in - n_in % 4
    for first in range(0, x.shape[0] if n_out > 1 else 0, 4):
        i1, i2, i3 = min(first + 1, last), min(first + 2, last), min(first + 3, last)
        x0, x1, x2, x3 = x[first], x[i1], x[i2], x[i3]
        out0, out1, out2, out3 = out[first], out[i1], out[i2], out[i3]
        for j in range(n_out):
            out0[j], out1[j], out2[j], out3[j] = bias[j], bias[j], bias[j], bias[j]
        for k in range(0, whole, 4):
            a0, b0, c0, d0 = x0[k], x0[k + 1], x0[k + 2], x0[k + 3]
            a1, b1, c1, d1 = x1[k], x1[k + 1], x1[k + 2], x1[k + 3]
            a2, b2, c2, d2 = x2[k], x2[k + 1], x2[k + 2], x2[k + 3]
            a3, b3, c3, d3 = x3[k], x3[k + 1], x3[k + 2], x3[k + 3]
            w0, w1, w2, w3 = weight[k], weight[k + 1], weight[k + 2], weight[k + 3]
            for j in range(n_out):
                p, q, r, s = w0[j], w1[j], w2[j], w3[j]
                sum0 = out0[j] + a0 * p + b0 * q + c0 * r + d0 * s
                sum1 = out1[j] + a1 * p + b1 * q + c1 * r + d1 * s
                sum2 = out2[j] + a2 * p + b2 * q + c2 * r + d2 * s
                sum3 = out3[j] + a3 * p + b3 * q + c3 * r + d3 * s
                out0[j], out1[j], out2[j], out3[j] = sum0, sum1, sum2, sum3
        for k in range(whole, n_in):
            a, b, c, d, w = x0[k], x1[k], x2[k], x3[k], weight[k]
            for j in range(n_out):
                sum0, sum1, sum2, sum3 = out0[j] + a * w[j], out1[j] + b * w[j], out2[j] + c * w[j], out3[j] + d * w[j]
                out0[j], out1[j], out2[j], out3[j] = sum0, sum1, sum2, sum3
    if rectify:
        for i in range(out.shape[0]):
            for j in range(n_out):
                out[i, j] = max(out[i, j], np.float32(0.0))
