"""The networks of the learnt teachers, as policies of Stable-Baselines3 and sb3-contrib."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sb3_contrib.common.maskable.buffers import MaskableRolloutBuffer, MaskableRolloutBufferSamples
from sb3_contrib.common.maskable.distributions import MaskableDistribution
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn

from .item_features import ItemFeatures, Scored

NEVER = -1e8
"""The logit of an action that is not scored."""
PAIRS_AT_ONCE = 12288
"""Pairs per pass through the scorer: its activations then stay in the processor's cache."""


class Trunk(BaseFeaturesExtractor):
    """The layers that actor and critic of the flat teacher share: the whole table as one list, then ReLU layers."""

    def __init__(self, observation_space: Any, hidden: Sequence[int] = (64, 64)) -> None:
        super().__init__(observation_space, hidden[-1])
        n_in = int(np.prod(observation_space.shape))
        self.flatten = nn.Flatten()
        self.layers = nn.Sequential(*relu_layers(n_in, hidden), nn.ReLU())

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """(B, R, F) observations to (B, hidden[-1])."""
        return self.layers(self.flatten(observations))


class ScoredRolloutBuffer(MaskableRolloutBuffer):
    """A rollout whose items are described once, not once an epoch: minibatches hold ``Scored`` as observations.

    Args:
        *args: as for ``MaskableRolloutBuffer``.
        features: what the scorer is told.
        **kwargs: as for ``MaskableRolloutBuffer``.
    """

    def __init__(self, *args: Any, features: ItemFeatures, **kwargs: Any) -> None:
        self.features = features
        self.scored: Scored | None = None
        super().__init__(*args, **kwargs)

    def reset(self) -> None:
        """Make room for the next rollout."""
        self.scored = None
        super().reset()

    def _get_samples(self, batch_inds: npt.NDArray[np.int64], env: Any = None) -> MaskableRolloutBufferSamples:
        if self.scored is None:
            masks = self.action_masks.reshape(-1, self.mask_dims) != 0
            self.scored = self.features(np.ascontiguousarray(self.observations, np.float32), masks)
        found: Any = self.scored.take(batch_inds)
        return MaskableRolloutBufferSamples(
            observations=found,
            actions=torch.from_numpy(self.actions[batch_inds]),
            old_values=torch.from_numpy(self.values[batch_inds]).flatten(),
            old_log_prob=torch.from_numpy(self.log_probs[batch_inds]).flatten(),
            advantages=torch.from_numpy(self.advantages[batch_inds]).flatten(),
            returns=torch.from_numpy(self.returns[batch_inds]).flatten(),
            action_masks=torch.empty(0),  # they are in ``found`` already
        )


class ItemScorerPolicy(MaskableActorCriticPolicy):
    """One small network scores every item that may be shown now; a second one values the whole observation.

    Items that are not ready, known already or forbidden are never scored (the logits of the others are the same as if
    they were). Works for any number of skills and items.

    Args:
        observation_space: Box (R, F).
        action_space: Discrete (A).
        lr_schedule: learning rate by the share of the training that is left.
        arrays: tables of ``ItemFeatures``.
        ready: readiness threshold, see ``ScorerPPO``.
        done: threshold of what is known already.
        hidden: widths of the scorer.
        value_hidden: widths of the critic.
        prior: initial weights of the predicted gain per minute and of readiness.
        **options: those of ``MaskableActorCriticPolicy``.
    """

    features_class: type[ItemFeatures] = ItemFeatures
    _scale: torch.Tensor
    _pooled_scale: torch.Tensor

    def __init__(
        self,
        observation_space: Any,
        action_space: Any,
        lr_schedule: Any,
        *,
        arrays: dict[str, npt.NDArray[Any]],
        ready: float,
        done: float,
        hidden: Sequence[int],
        value_hidden: Sequence[int],
        prior: Sequence[float],
        **options: Any,
    ) -> None:
        self.item_features = self.features_class(arrays, ready_at=ready, done_at=done)
        self.network_options: dict[str, Any] = {
            "arrays": arrays, "ready": ready, "done": done, "hidden": hidden, "value_hidden": value_hidden,
            "prior": prior,
        }  # fmt: skip
        super().__init__(observation_space, action_space, lr_schedule, **options)

    def _build(self, lr_schedule: Any) -> None:
        options, features = self.network_options, self.item_features
        for name in ("scale", "pooled_scale"):  # they move with the network, but a teacher's file holds them already
            self.register_buffer(f"_{name}", torch.from_numpy(features.arrays[name].copy()), persistent=False)
        self.scorer = nn.Sequential(*relu_layers(features.n_features, (*options["hidden"], 1)))
        self.critic = nn.Sequential(*relu_layers(features.n_pooled, (*options["value_hidden"], 1)))
        self.prior = nn.Parameter(torch.tensor(list(options["prior"]), dtype=torch.float32))
        for net, last in ((self.scorer, 0.01), (self.critic, 1.0)):
            net.apply(partial(self.init_weights, gain=float(np.sqrt(2))))
            self.init_weights(net[-1], gain=last)
        rate = lr_schedule(1)
        self.optimizer = self.optimizer_class(self.parameters(), lr=rate, **self.optimizer_kwargs)  # pyright: ignore

    def _get_constructor_parameters(self) -> dict[str, Any]:
        base = super()._get_constructor_parameters()
        unused = ("net_arch", "activation_fn", "ortho_init", "features_extractor_class", "features_extractor_kwargs")
        return {k: v for k, v in base.items() if k not in unused} | self.network_options

    def forward(
        self, obs: torch.Tensor, deterministic: bool = False, action_masks: Any = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Actions (B,), values (B, 1) and log-probabilities (B,)."""
        found = self._describe(obs, action_masks)
        table, place = self._log_probabilities(found)
        slot = table.argmax(dim=1) if deterministic else torch.multinomial(table.exp(), 1)[:, 0]
        actions = torch.zeros(table.shape, dtype=torch.int64).view(-1)
        actions[place] = torch.from_numpy(found.action)
        rows = torch.arange(len(obs))
        return actions.view(table.shape)[rows, slot], self._values(found), table[rows, slot]

    def evaluate_actions(
        self, obs: torch.Tensor | Scored, actions: torch.Tensor, action_masks: Any = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Values (B, 1), log-probabilities (B,) of these actions, and entropy (B,)."""
        found = obs if isinstance(obs, Scored) else self._describe(obs, action_masks)
        table, place = self._log_probabilities(found)
        of_pair = np.repeat(actions.numpy(), np.diff(found.start))
        taken = place[torch.from_numpy(np.flatnonzero(found.action == of_pair))]
        entropy = -(table.exp() * table).sum(dim=1)
        return self._values(found), table.view(-1)[taken], entropy

    def predict_values(self, obs: Any) -> torch.Tensor:
        """(B, 1) what is still to be gained from these observations."""
        return self._values(self._describe(obs, None))

    def get_distribution(self, obs: Any, action_masks: Any = None) -> MaskableDistribution:
        """The distribution over all A actions; those that are not scored have probability 0."""
        found = self._describe(obs, action_masks)
        dense = torch.full((len(obs), int(self.action_space.n)), NEVER)  # pyright: ignore[reportAttributeAccessIssue]
        rows = np.repeat(np.arange(len(obs)), np.diff(found.start))
        dense[torch.from_numpy(rows), torch.from_numpy(found.action)] = self._logits(found)
        return self.action_dist.proba_distribution(action_logits=dense)

    def _describe(self, obs: torch.Tensor, action_masks: Any) -> Scored:
        """The features, made by a numba kernel: nothing in them is trained, so no gradient has to pass."""
        n_actions = int(self.action_space.n)  # pyright: ignore[reportAttributeAccessIssue]
        if action_masks is None:
            masks = np.ones((len(obs), n_actions), np.bool_)
        else:
            masks = np.ascontiguousarray(np.asarray(action_masks).reshape(len(obs), n_actions) != 0)
        return self.item_features(np.ascontiguousarray(obs.numpy()), masks)

    def pair_logits(self, x: torch.Tensor) -> torch.Tensor:
        """(P,) the preference for every pair with these features (P, D)."""
        shift, factor = self._scale
        prior = self.item_features.prior
        first, net = standardised(self.scorer, shift, factor), self.scorer[1:]
        logits = torch.cat([net(nn.functional.linear(part, *first)) for part in x.split(PAIRS_AT_ONCE)])[:, 0]
        return logits + ((x[:, prior] - shift[prior]) * factor[prior]) @ self.prior

    def pooled_values(self, pooled: torch.Tensor) -> torch.Tensor:
        """(B, 1) what is still to be gained from observations with these features (B, G)."""
        first = standardised(self.critic, *self._pooled_scale)
        return self.critic[1:](nn.functional.linear(pooled, *first))

    def _logits(self, found: Scored) -> torch.Tensor:
        return self.pair_logits(torch.from_numpy(found.x))

    def _values(self, found: Scored) -> torch.Tensor:
        return self.pooled_values(torch.from_numpy(found.pooled))

    def _log_probabilities(self, found: Scored) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, L) log-probabilities, L the largest number of scored items, and each pair's place in the flat table."""
        counts = np.diff(found.start)
        width = int(counts.max())
        shift = np.arange(len(counts)) * width - found.start[:-1]
        place = torch.from_numpy(np.arange(len(found.action)) + np.repeat(shift, counts))
        flat = torch.full((len(counts) * width,), NEVER).scatter(0, place, self._logits(found))
        return torch.log_softmax(flat.view(len(counts), width), dim=1), place


def standardised(net: nn.Sequential, shift: torch.Tensor, factor: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight and bias of a net's first layer such that it takes raw features: cheaper than changing every feature."""
    first = net[0]
    assert isinstance(first, nn.Linear)
    weight = first.weight * factor
    return weight, first.bias - weight @ shift


def relu_layers(n_in: int, widths: Sequence[int]) -> list[nn.Module]:
    """Linear layers with ReLU between each two."""
    modules: list[nn.Module] = []
    for j, width in enumerate(widths):
        modules += [nn.ReLU()] * (j > 0) + [nn.Linear(n_in, width)]
        n_in = width
    return modules
