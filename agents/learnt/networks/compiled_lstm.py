"""A trained teacher that remembers: an LSTM over all lessons so far, run without torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ....students.jit import kernel
from .compiled_dense import (
    FlatNetwork,
    Floats,
    Memory,
    Pairs,
    Shapes,
    Weights,
    allowed_pairs,
    dense,
    forward,
    linear_layers,
    n_actions,
)


class RecurrentNetwork(FlatNetwork):
    """The observation through ReLU layers into an LSTM (Hochreiter & Schmidhuber 1997), whose output chooses.

    The table says what the last item was and how it was answered, so the LSTM reads the whole history of items and
    answers. Its memory is a dict of ``hidden`` and ``cell``, both (N, memory) float32; it is zero when a student
    sits down.
    """

    def __init__(self, card: dict[str, Any], weights: Weights) -> None:
        depth = len(card["settings"]["hidden"])
        self.layers = linear_layers(weights, [f"{self.trunk}.{2 * j}" for j in range(depth)])
        self.choice = linear_layers(weights, [self.head])
        inner = np.concatenate([weights["lstm_actor.weight_ih_l0"], weights["lstm_actor.weight_hh_l0"]], axis=1)
        self.gates = np.ascontiguousarray(inner.T), weights["lstm_actor.bias_ih_l0"] + weights["lstm_actor.bias_hh_l0"]

    @classmethod
    def shapes(cls, card: dict[str, Any], weights: Weights) -> Shapes:
        """The arrays that a teacher of this card has: name -> shape."""
        last, width = card["settings"]["hidden"][-1], card["settings"]["memory"]
        gates = {"weight_ih_l0": (4 * width, last), "weight_hh_l0": (4 * width, width)}
        gates |= {"bias_ih_l0": (4 * width,), "bias_hh_l0": (4 * width,)}
        heads = {"action_net": n_actions(card), "value_net": 1}
        dense_parts = {f"{k}.{p}": s for k, n in heads.items() for p, s in (("weight", (n, width)), ("bias", (n,)))}
        dense_parts |= {"critic.weight": (width, last), "critic.bias": (width,)}
        return cls._trunk_shapes(card) | {f"lstm_actor.{k}": s for k, s in gates.items()} | dense_parts

    def remember(self, obs: Floats, memory: Memory | None, start: npt.NDArray[np.bool_] | None) -> Memory | None:
        """The LSTM's memory after these observations (N, R, F); new students begin with zeros."""
        n, width = len(obs), self.gates[0].shape[1] // 4
        if memory is None:
            memory = {name: np.zeros((n, width), np.float32) for name in ("hidden", "cell")}
        before = {name: np.array(values, np.float32).reshape(n, width) for name, values in memory.items()}
        if start is not None:
            for values in before.values():
                values[start] = 0.0
        read = forward(obs.reshape(n, -1), self.layers, rectify_last=True)
        sums = np.empty((n, 4 * width), np.float32)
        dense(np.concatenate([read, before["hidden"]], axis=1), *self.gates, False, sums)
        after = {name: np.empty_like(values) for name, values in before.items()}
        _lstm(sums, before["cell"], after["hidden"], after["cell"])
        return after

    def pairs(self, obs: Floats, masks: npt.NDArray[np.bool_], memory: Memory | None) -> Pairs:
        """Every student's allowed actions and their logits."""
        assert memory is not None
        return allowed_pairs(forward(memory["hidden"], self.choice), masks)


@kernel
def _lstm(sums, cell, hidden_after, cell_after):
    """What the gates let through; they stand in torch's order: in, forget, new, out."""
    width = cell.shape[1]
    for i in range(cell.shape[0]):
        for j in range(width):
            let_in = 1.0 / (1.0 + np.exp(-np.float64(sums[i, j])))
            keep = 1.0 / (1.0 + np.exp(-np.float64(sums[i, width + j])))
            new = np.tanh(np.float64(sums[i, 2 * width + j]))
            let_out = 1.0 / (1.0 + np.exp(-np.float64(sums[i, 3 * width + j])))
            kept = keep * cell[i, j] + let_in * new
            cell_after[i, j] = kept
            hidden_after[i, j] = let_out * np.tanh(kept)
