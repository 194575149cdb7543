"""The scorer that looks along the prerequisites, as a policy of sb3-contrib (see ``compiled_attention``)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from .compiled_attention import DEPENDENT, ITSELF, PREREQUISITE, GraphFeatures
from .item_features import POOLED, Scored
from .torch_scorer import PAIRS_AT_ONCE, ItemScorerPolicy, standardised

STUDENTS_AT_ONCE = 512
"""Students per pass through the graph layers: what a pass leaves behind then stays in the processor's cache."""


class GraphLayer(nn.Module):
    """Attention with one head between each skill and its neighbours in the prerequisite graph.

    Args:
        width: D, numbers a skill.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(width, n) for n in (width, width, 3 * width))
        self.lean = nn.Parameter(torch.zeros(3))

    def forward(self, x: torch.Tensor, kinds: torch.Tensor) -> torch.Tensor:
        """(B, R, D) skills to the same; ``kinds`` (3, R, R) is 1 where j is i, its prerequisite, its dependent."""
        score = self.query(x) @ self.key(x).transpose(1, 2) / x.shape[2] ** 0.5
        lean = (self.lean[:, None, None] * kinds).sum(dim=0).masked_fill(kinds.sum(dim=0) == 0, -torch.inf)
        share = torch.softmax(score + lean, dim=2)
        said = [(share * kind) @ value for kind, value in zip(kinds, self.value(x).chunk(3, dim=2), strict=True)]
        return torch.relu(x + said[0] + said[1] + said[2])


class AttentionScorerPolicy(ItemScorerPolicy):
    """``ItemScorerPolicy`` with one more input: what the item's skills hear from their neighbours.

    Args:
        *args: as for ``ItemScorerPolicy``.
        width: numbers a skill.
        layers: how many layers of attention.
        **options: as for ``ItemScorerPolicy``.
    """

    features_class = GraphFeatures
    _kinds: torch.Tensor
    _place: torch.Tensor
    _share: torch.Tensor

    def __init__(self, *args: Any, width: int, layers: int, **options: Any) -> None:
        self.graph_options = {"width": width, "layers": layers}
        super().__init__(*args, **options)

    def _build(self, lr_schedule: Any) -> None:
        features, width = self.item_features, self.graph_options["width"]
        assert isinstance(features, GraphFeatures)
        n_columns = features.n_pooled - len(POOLED)
        kinds = np.stack([features.arrays["kinds"] == kind for kind in (ITSELF, PREREQUISITE, DEPENDENT)])
        place, share = features.places()
        for name, table in (("kinds", kinds.astype(np.float32)), ("place", place), ("share", share)):
            self.register_buffer(f"_{name}", torch.from_numpy(table), persistent=False)
        self.enter = nn.Linear(n_columns, width)
        self.graph = nn.ModuleList(GraphLayer(width) for _ in range(self.graph_options["layers"]))
        self.context = nn.Linear(width, self.network_options["hidden"][0], bias=False)
        super()._build(lr_schedule)  # which also makes the optimiser

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return super()._get_constructor_parameters() | self.graph_options

    def _logits(self, found: Scored) -> torch.Tensor:
        assert found.obs is not None
        features, (shift, factor) = self.item_features, self._scale
        first, net = standardised(self.scorer, shift, factor), self.scorer[1:]
        rows = torch.cat([self._rows(part) for part in torch.from_numpy(found.obs).split(STUDENTS_AT_ONCE)])
        place, share = self._spoken_for(found, rows.shape[1])
        rows, x, parts = rows.flatten(0, 1), torch.from_numpy(found.x), []
        for pairs in torch.arange(len(x)).split(PAIRS_AT_ONCE):
            heard = (rows[place[pairs]] * share[pairs, :, None]).sum(dim=1)
            parts.append(net(nn.functional.linear(x[pairs], *first) + heard)[:, 0])
        return torch.cat(parts) + ((x[:, features.prior] - shift[features.prior]) * factor[features.prior]) @ self.prior

    def _rows(self, obs: torch.Tensor) -> torch.Tensor:
        """(B, R + 1, hidden) what every row, and the mean of all, adds to the scorer's first layer."""
        x = torch.relu(self.enter(obs))
        for layer in self.graph:
            x = layer(x, self._kinds)
        return self.context(torch.cat([x, x.mean(dim=1, keepdim=True)], dim=1))

    def _spoken_for(self, found: Scored, n_rows: int) -> tuple[torch.Tensor, torch.Tensor]:
        """(P, S) places among all students' rows that speak for each pair, and their shares."""
        student = torch.from_numpy(np.repeat(np.arange(len(found.pooled)), np.diff(found.start)))
        action = torch.from_numpy(found.action)
        return self._place[action] + student[:, None] * n_rows, self._share[action]
