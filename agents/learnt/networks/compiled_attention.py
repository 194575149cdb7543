"""The scorer that looks along the prerequisites: what it is told beside the item, and its layers without torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError

from ....students.jit import kernel
from ...problem import Problem
from .compiled_dense import Floats, Memory, Pairs, Shapes, Weights, dense, forward, linear_layers, n_rows
from .compiled_scorer import ScorerNetwork
from .item_features import ItemFeatures, Scored

STUDENTS_AT_ONCE = 256
"""Students per pass through the network: what a pass leaves behind then stays in the processor's cache."""
ITSELF, PREREQUISITE, DEPENDENT = 1, 2, 3
"""What another skill is to a skill; 0: they are not neighbours and do not look at each other."""


class GraphFeatures(ItemFeatures):
    """``ItemFeatures`` that pass on the observation itself, with the tables of who is whose prerequisite.

    ``arrays`` also holds ``kinds`` (R, R): what skill j is to skill i.
    """

    @classmethod
    def of(cls, problem: Problem, *, ready_at: float, done_at: float) -> GraphFeatures:
        """The features of one problem, not yet standardised.

        Raises:
            InputError: the rows of the observation are items, between which there are no prerequisites.
        """
        if problem.rows != "skills":
            raise InputError(f"attention along prerequisites needs observe.rows=skills; {problem.scenario} has items")
        needed = problem.curriculum.prerequisites
        kinds = np.eye(len(needed), dtype=np.int64) * ITSELF + needed * PREREQUISITE + needed.T * DEPENDENT
        plain = ItemFeatures.of(problem, ready_at=ready_at, done_at=done_at)
        return cls({**plain.arrays, "kinds": kinds}, ready_at=ready_at, done_at=done_at)

    @staticmethod
    def shapes(card: dict[str, Any], weights: Weights) -> Shapes:
        """The shapes that the tables of a teacher with this card must have."""
        return {**ItemFeatures.shapes(card, weights), "constant.kinds": (n_rows(card), n_rows(card))}

    @staticmethod
    def in_bounds(card: dict[str, Any], weights: Weights) -> bool:
        """Whether every index in the tables exists, and every skill looks at least at itself."""
        kinds = weights["constant.kinds"]
        known = kinds.dtype == np.int64 and bool(((kinds >= 0) & (kinds <= DEPENDENT)).all())
        return known and bool((kinds.diagonal() == ITSELF).all()) and ItemFeatures.in_bounds(card, weights)

    def __call__(self, obs: npt.NDArray[np.float32], masks: npt.NDArray[np.bool_]) -> Scored:
        """The pairs to score, and the observations (B, R, F) that they come from."""
        return super().__call__(obs, masks)._replace(obs=obs)

    def places(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """For every action (A,) the rows that speak for it, and their shares: both (A, S).

        Row R stands for the mean of all rows; it speaks for ``finish``.
        """
        rows = self.arrays["item_rows"]
        there = rows >= 0
        share = there / there.sum(axis=1, keepdims=True)
        last = np.zeros((1, rows.shape[1]))
        last[0, 0] = 1.0
        place = np.where(there, rows, len(self.arrays["kinds"]))
        finish = np.full((1, rows.shape[1]), len(self.arrays["kinds"]))
        return np.concatenate([place, finish]), np.concatenate([share, last]).astype(np.float32)


class AttentionNetwork(ScorerNetwork):
    """The scorer with small layers of attention between each skill, its prerequisites and the skills that need it.

    Every row of the observation becomes ``width`` numbers; in each layer a skill takes in what its neighbours in the
    prerequisite graph say (attention with one head; what is said depends on whether the neighbour is a prerequisite,
    a dependent or the skill itself). The result for the item's skills is one more input of the scorer.
    """

    features_class = GraphFeatures

    def __init__(self, card: dict[str, Any], weights: Weights) -> None:
        super().__init__(card, weights)
        settings = card["settings"]
        self.enter = linear_layers(weights, ["enter"])
        self.context = np.ascontiguousarray(weights["context.weight"].T)
        self.no_bias = np.zeros(self.context.shape[1], np.float32)
        names = [f"graph.{j}" for j in range(settings["layers"])]
        self.graph = [(linear_layers(weights, [f"{n}.{p}" for p in ("query", "key", "value")]), weights[f"{n}.lean"])
                      for n in names]  # fmt: skip
        kinds = self.features.arrays["kinds"]
        self.near = _neighbours(kinds)
        self.kind = np.where(self.near >= 0, np.take_along_axis(kinds, np.maximum(self.near, 0), axis=1), 0)
        assert isinstance(self.features, GraphFeatures)
        self.place, self.share = self.features.places()

    @classmethod
    def shapes(cls, card: dict[str, Any], weights: Weights) -> Shapes:
        """The arrays that a teacher of this card has: name -> shape."""
        settings, n_columns = card["settings"], len(card["columns"])
        width = settings["width"]
        shapes: Shapes = {"enter.weight": (width, n_columns), "enter.bias": (width,)}
        shapes["context.weight"] = (settings["hidden"][0], width)
        for j in range(settings["layers"]):
            for part, out in (("query", width), ("key", width), ("value", 3 * width)):
                shapes |= {f"graph.{j}.{part}.weight": (out, width), f"graph.{j}.{part}.bias": (out,)}
            shapes[f"graph.{j}.lean"] = (3,)
        return {**super().shapes(card, weights), **shapes}

    def pairs(self, obs: Floats, masks: npt.NDArray[np.bool_], memory: Memory | None) -> Pairs:
        """Every student's items in question and the score of each; see ``Teacher.logits``."""
        cuts = range(0, max(len(obs), 1), STUDENTS_AT_ONCE)
        parts = [self._pairs(obs[k : k + STUDENTS_AT_ONCE], masks[k : k + STUDENTS_AT_ONCE]) for k in cuts]
        starts, actions, scores = zip(*parts, strict=True)
        start = np.zeros(len(obs) + 1, np.int64)
        np.cumsum(np.concatenate([np.diff(part) for part in starts]), out=start[1:])
        return start, np.concatenate(actions), np.concatenate(scores)

    def _pairs(self, obs: Floats, masks: npt.NDArray[np.bool_]) -> Pairs:
        found = self.features.describe(obs, masks, pooled=False)
        out = self.first(found, rectify=False)
        _add_context(found.start, found.action, self._rows(obs), self.place, self.share, out)
        first, second = self.features.prior_predicted
        # no matrix product: its order of additions may depend on how many pairs there are
        prior = found.predicted[:, first] * self.prior[0] + found.predicted[:, second] * self.prior[1]
        return found.start, found.action, forward(out, self.rest)[:, 0] + prior

    def _rows(self, obs: Floats) -> Floats:
        """(B, R + 1, hidden) what every row, and the mean of all, adds to the scorer's first layer."""
        n, rows = obs.shape[:2]
        x = forward(obs.reshape(n * rows, -1), self.enter, rectify_last=True)
        for (query, key, value), lean in self.graph:
            asked, offered, said = (forward(x, [layer]).reshape(n, rows, -1) for layer in (query, key, value))
            _attend(asked, offered, said, self.near, self.kind, lean, x.reshape(n, rows, -1))
        whole = np.empty((n, rows + 1, x.shape[1]), np.float32)
        _with_mean(x.reshape(n, rows, -1), whole)
        out = np.empty((n * (rows + 1), self.context.shape[1]), np.float32)
        dense(whole.reshape(n * (rows + 1), -1), self.context, self.no_bias, False, out)
        return out.reshape(n, rows + 1, -1)


def _neighbours(kinds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """(R, D) the rows that each row looks at, padded with -1."""
    near = np.full((len(kinds), int((kinds > 0).sum(axis=1).max())), -1, np.int64)
    for row, those in enumerate(kinds > 0):
        found = np.flatnonzero(those)
        near[row, : len(found)] = found
    return near


@kernel
def _attend(query, key, value, near, kind, lean, x):
    """One layer: x (B, R, D) becomes ReLU(x + what the neighbours say); ``value`` holds one D for each kind."""
    width = query.shape[2]
    scale = 1.0 / np.sqrt(width)
    weight, said = np.empty(near.shape[1]), np.empty(width)
    for i in range(x.shape[0]):
        for r in range(x.shape[1]):
            most, total = -np.inf, 0.0
            for d in range(near.shape[1]):
                if near[r, d] < 0:
                    break
                score = 0.0
                for j in range(width):
                    score += query[i, r, j] * key[i, near[r, d], j]
                weight[d] = score * scale + lean[kind[r, d] - 1]
                most = max(most, weight[d])
            for j in range(width):
                said[j] = 0.0
            for d in range(near.shape[1]):
                if near[r, d] < 0:
                    break
                share, first = np.exp(weight[d] - most), (kind[r, d] - 1) * width
                total += share
                for j in range(width):
                    said[j] += share * value[i, near[r, d], first + j]
            for j in range(width):
                x[i, r, j] = max(x[i, r, j] + said[j] / total, 0.0)


@kernel
def _with_mean(x, whole):
    """Copy the rows (B, R, D) and put their mean after the last."""
    n = x.shape[1]
    for i in range(x.shape[0]):
        for j in range(x.shape[2]):
            total = 0.0
            for r in range(n):
                whole[i, r, j] = x[i, r, j]
                total += x[i, r, j]
            whole[i, n, j] = total / n


@kernel
def _add_context(start, action, rows, place, share, out):
    """Add what its rows say to the scorer's first layer of every pair, and rectify it."""
    for i in range(start.shape[0] - 1):
        for p in range(start[i], start[i + 1]):
            a = action[p]
            for s in range(place.shape[1]):
                if share[a, s] > 0.0:
                    for j in range(out.shape[1]):
                        out[p, j] += share[a, s] * rows[i, place[a, s], j]
            for j in range(out.shape[1]):
                out[p, j] = max(out[p, j], np.float32(0.0))
