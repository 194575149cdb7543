"""The networks of the fast trainer: the torch ones beside this file, run forth and back in memory that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ....students.jit import kernel
from .item_features import Scored
from .torch_scorer import NEVER

Luck = npt.NDArray[np.float64]
Values = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Slots = npt.NDArray[np.int64]


class RolloutNetwork(Protocol):
    """A network, and what it keeps of a rollout to look at it again."""

    def begin(self) -> None:
        """Take the weights as they are now, and forget all derivatives."""
        ...

    def choose(
        self, t: int, obs: Values, mask: Mask, luck: Luck, slot: Slots, log_prob: Values
    ) -> npt.NDArray[np.int64]:
        """Keep what is seen before lesson ``t`` and sample every student's action, its slot and log-probability."""
        ...

    def values(self, obs: Values, at_once: int) -> tuple[Values, Values]:
        """What the critic expects from every lesson of the rollout (T, N), and from the observations after it (N,)."""
        ...

    def look(self, rows: npt.NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (B, L) of the actions that could be chosen in these lessons of the rollout, and values (B,)."""
        ...

    def push(self, by_logit: torch.Tensor, by_value: torch.Tensor) -> None:
        """Add to the derivatives by the weights, from those by what ``look`` has just given."""
        ...

    def end(self) -> None:
        """Hand the derivatives over to torch's parameters."""
        ...


class Layers:
    """Linear layers with ReLU between them, run forth and back in memory that is kept; nothing is recorded.

    Args:
        groups: torch's layers; those of a group stand side by side.
        scale: (2, n_in) mean and 1 / standard deviation of the inputs, which are then given raw.
    """

    def __init__(self, groups: Sequence[Sequence[nn.Linear]], scale: torch.Tensor | None = None) -> None:
        self.groups, self.scale = groups, scale
        self.kept: dict[tuple[str, int], torch.Tensor] = {}

    def begin(self) -> None:
        """Take the weights as they are now, and forget all derivatives."""
        self.weight = [torch.cat([layer.weight.detach() for layer in group]) for group in self.groups]
        self.bias = [torch.cat([layer.bias.detach() for layer in group]) for group in self.groups]
        if self.scale is not None:
            self.weight[0] = self.weight[0] * self.scale[1]
            self.bias[0] = self.bias[0] - self.weight[0] @ self.scale[0]
        self.by_weight = [torch.zeros_like(weight) for weight in self.weight]
        self.by_bias = [torch.zeros_like(bias) for bias in self.bias]

    def forth(self, x: torch.Tensor) -> torch.Tensor:
        """(B, n_in) to (B, n_out); the result is overwritten by the next call."""
        self.seen = [x]
        for j, (weight, bias) in enumerate(zip(self.weight, self.bias, strict=True)):
            out = self._room("out", j, len(x))
            torch.addmm(bias, self.seen[j], weight.T, out=out)
            self.seen.append(out.relu_() if j < len(self.weight) - 1 else out)
        return self.seen[-1]

    def back(self, slope: torch.Tensor) -> None:
        """Add to the derivatives by the weights, from those (B, n_out) by the last result."""
        for j in range(len(self.weight) - 1, -1, -1):
            self.by_weight[j].addmm_(slope.T, self.seen[j])
            self.by_bias[j] += slope.sum(dim=0)
            if j:
                below = torch.mm(slope, self.weight[j], out=self._room("slope", j, len(slope)))
                slope = torch.ops.aten.threshold_backward.grad_input(below, self.seen[j], 0, grad_input=below)

    def end(self) -> None:
        """Hand the derivatives over to torch's parameters."""
        if self.scale is not None:
            self.by_weight[0] = (self.by_weight[0] - torch.outer(self.by_bias[0], self.scale[0])) * self.scale[1]
        for group, weight, bias in zip(self.groups, self.by_weight, self.by_bias, strict=True):
            sizes = [layer.out_features for layer in group]
            for layer, w, b in zip(group, weight.split(sizes), bias.split(sizes), strict=True):
                layer.weight.grad, layer.bias.grad = w, b

    def _room(self, what: str, j: int, n: int) -> torch.Tensor:
        """(n, width of layer j's outputs, or inputs) of memory, kept from call to call."""
        width = self.weight[j].shape[what == "slope"]
        room = self.kept.get((what, j))
        if room is None or len(room) < n:
            room = self.kept[what, j] = torch.empty((n, width), device=self.weight[j].device)
        return room[:n]


class ScorerRollout:
    """The row scorer: items are described once, when they may be chosen, and kept pair by pair."""

    def __init__(self, model: Any, shape: tuple[int, int], device: str) -> None:
        self.policy, self.shape, self.device = model.policy, shape, device
        self.features, self.prior = self.policy.item_features, self.policy.prior
        self.scorer = Layers(_in_turn(self.policy.scorer), self.policy._scale)
        self.critic = Layers(_in_turn(self.policy.critic), self.policy._pooled_scale)
        self.start = np.zeros(shape[0] * shape[1] + 1, np.int64)  # the pairs of each lesson, as in ``Scored``
        self.x = torch.empty((0, self.features.n_features), device=device)
        self.room = torch.empty_like(self.x)
        self.pooled = torch.empty((shape[0] * shape[1], self.features.n_pooled), device=device)

    def begin(self) -> None:
        """See ``RolloutNetwork``."""
        self.scorer.begin()
        self.critic.begin()
        first, second = self.features.prior
        shift, factor = self.policy._scale[:, self.features.prior]
        first_weight, second_weight = (self.prior.detach() * factor).tolist()
        self.preferred = ((int(first), first_weight), (int(second), second_weight))
        self.by_prior = torch.zeros_like(self.prior)
        self.offset = float((self.prior.detach() * factor * shift).sum())

    def _score(self, x: torch.Tensor) -> torch.Tensor:
        logits = self.scorer.forth(x)[:, 0].sub_(self.offset)
        for column, weight in self.preferred:
            logits.add_(x[:, column], alpha=weight)
        return logits

    def choose(
        self, t: int, obs: Values, mask: Mask, luck: Luck, slot: Slots, log_prob: Values
    ) -> npt.NDArray[np.int64]:
        """Describe and score what may be chosen; see ``RolloutNetwork``."""
        found, x = self._keep(t, obs, mask)
        _sample(found.start, self._score(x).cpu().numpy(), luck, slot, log_prob)
        return found.action[found.start[:-1] + slot]

    def follow(self, t: int, obs: Values, mask: Mask, told: Slots, slot: Slots) -> None:
        """Keep what is seen before lesson ``t``, and the slots of the actions that were told; -1: it is not scored."""
        found, _ = self._keep(t, obs, mask)
        of_pair = np.repeat(np.arange(len(told)), np.diff(found.start))
        pairs = np.flatnonzero(found.action == told[of_pair])
        slot[:] = -1
        slot[of_pair[pairs]] = pairs - found.start[of_pair[pairs]]

    def _keep(self, t: int, obs: Values, mask: Mask) -> tuple[Scored, torch.Tensor]:
        found, first, last = self.features(obs, mask), t * self.shape[1], (t + 1) * self.shape[1]
        start = self.start[first : last + 1]
        np.add(found.start, start[0], out=start)
        self.x = _at_least(self.x, start[-1])
        x = self.x[start[0] : start[-1]].copy_(torch.from_numpy(found.x))
        self.pooled[first:last] = torch.from_numpy(found.pooled)
        return found, x

    def values(self, obs: Values, at_once: int) -> tuple[Values, Values]:
        """See ``RolloutNetwork``."""
        every = np.ones((len(obs), int(self.policy.action_space.n)), np.bool_)
        self.after = torch.from_numpy(self.features(obs, every).pooled).to(self.device)
        every_part = (*self.pooled.split(at_once), self.after)
        parts = [self.critic.forth(part)[:, 0].cpu().numpy().copy() for part in every_part]
        return np.concatenate(parts[:-1]).reshape(self.shape), parts[-1]

    def overall(self, t: int) -> torch.Tensor:
        """(N, G) what the critic sees before lesson ``t``, or, when the rollout has been valued, after the last one."""
        return self.pooled.view(*self.shape, -1)[t] if t < self.shape[0] else self.after

    def look(self, rows: npt.NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
        """See ``RolloutNetwork``."""
        first, last = self.start[rows], self.start[rows + 1]
        count = last - first
        begin, width = np.cumsum(count) - count, int(count.max())
        pairs = np.arange(count.sum())
        pick = pairs + np.repeat(first - begin, count)
        place = pairs + np.repeat(np.arange(len(rows)) * width - begin, count)
        pick, self.place, chosen = (torch.from_numpy(a).to(self.device) for a in (pick, place, rows))
        self.room = _at_least(self.room, len(pick))
        x = torch.index_select(self.x, 0, pick, out=self.room[: len(pick)])
        logits = torch.full((len(rows), width), NEVER, device=self.device)
        logits.view(-1).scatter_(0, self.place, self._score(x))
        return logits, self.critic.forth(self.pooled.index_select(0, chosen))[:, 0]

    def push(self, by_logit: torch.Tensor, by_value: torch.Tensor) -> None:
        """See ``RolloutNetwork``."""
        slope, x = by_logit.view(-1).index_select(0, self.place), self.scorer.seen[0]
        self.by_prior += torch.stack([(x[:, column] @ slope) for column, _ in self.preferred])
        self.scorer.back(slope[:, None])
        self.critic.back(by_value[:, None])

    def end(self) -> None:
        """See ``RolloutNetwork``."""
        shift, factor = self.policy._scale[:, self.features.prior]
        self.prior.grad = (self.by_prior - shift * self.scorer.by_bias[-1]) * factor
        self.scorer.end()
        self.critic.end()


class FlatRollout:
    """The flat network: observations as lists of numbers, all actions side by side, the value beside them."""

    def __init__(self, model: Any, shape: tuple[int, int], device: str) -> None:
        policy, self.shape, self.device = model.policy, shape, device
        self.n_actions, width = int(model.action_space.n), int(np.prod(model.observation_space.shape))
        heads = (policy.action_net, policy.value_net)
        self.layers = Layers([*_in_turn(policy.features_extractor.layers), heads])
        self.obs = torch.empty((shape[0] * shape[1], width), device=device)
        self.room = torch.empty((0, width), device=device)
        self.value = torch.empty(shape, device=device)
        self.start = np.arange(shape[1] + 1) * self.n_actions
        self.forbidden: torch.Tensor | None = None
        if model.get_env().env.finish is not None:  # otherwise the scenario forbids nothing
            self.forbidden = torch.empty((shape[0] * shape[1], self.n_actions), dtype=torch.bool, device=device)

    def begin(self) -> None:
        """See ``RolloutNetwork``."""
        self.layers.begin()

    def choose(
        self, t: int, obs: Values, mask: Mask, luck: Luck, slot: Slots, log_prob: Values
    ) -> npt.NDArray[np.int64]:
        """See ``RolloutNetwork``."""
        rows = slice(t * self.shape[1], (t + 1) * self.shape[1])
        out = self.layers.forth(self.obs[rows].copy_(torch.from_numpy(obs.reshape(len(obs), -1))))
        logits, self.value[t] = out[:, :-1], out[:, -1]
        if self.forbidden is not None:
            logits = logits.masked_fill(self.forbidden[rows].copy_(torch.from_numpy(~mask)), NEVER)
        _sample(self.start, logits.cpu().numpy().reshape(-1), luck, slot, log_prob)
        return slot

    def values(self, obs: Values, at_once: int) -> tuple[Values, Values]:
        """See ``RolloutNetwork``."""
        after = self.layers.forth(torch.from_numpy(obs.reshape(len(obs), -1)).to(self.device))
        return self.value.cpu().numpy(), after[:, -1].cpu().numpy()

    def look(self, rows: npt.NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
        """See ``RolloutNetwork``."""
        chosen = torch.from_numpy(rows).to(self.device)
        self.room = _at_least(self.room, len(rows))
        out = self.layers.forth(torch.index_select(self.obs, 0, chosen, out=self.room[: len(rows)]))
        if self.forbidden is None:
            return out[:, :-1], out[:, -1]
        return out[:, :-1].masked_fill(self.forbidden.index_select(0, chosen), NEVER), out[:, -1]

    def push(self, by_logit: torch.Tensor, by_value: torch.Tensor) -> None:
        """See ``RolloutNetwork``."""
        self.layers.back(torch.cat([by_logit, by_value[:, None]], dim=1))

    def end(self) -> None:
        """See ``RolloutNetwork``."""
        self.layers.end()


def _in_turn(net: nn.Sequential) -> list[list[nn.Linear]]:
    return [[layer] for layer in net if isinstance(layer, nn.Linear)]


def _at_least(room: torch.Tensor, rows: int) -> torch.Tensor:
    """The array with room for at least so many rows; what it holds stays."""
    if rows <= len(room):
        return room
    wider = room.new_empty((max(rows, 2 * len(room)), room.shape[1]))
    wider[: len(room)] = room
    return wider


@kernel
def _sample(start, logits, luck, slot, log_prob):
    """Of every student's actions the one where the cumulative probability passes ``luck``, and its log-probability."""
    for i in range(slot.shape[0]):
        first, last = start[i], start[i + 1]
        most, total, chosen = np.float64(logits[first]), 0.0, first
        for p in range(first + 1, last):
            most = max(most, np.float64(logits[p]))
        for p in range(first, last):
            total += np.exp(logits[p] - most)
        left = luck[i] * total
        for p in range(first, last):
            weight = np.exp(logits[p] - most)
            if weight > 0.0:  # rounding may leave a rest behind the last one that has any probability
                chosen = p
            left -= weight
            if left < 0.0:
                break
        slot[i] = chosen - first
        log_prob[i] = logits[chosen] - most - np.log(total)
