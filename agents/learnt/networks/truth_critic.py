"""A critic that sees the truth: it judges lessons while a teacher is trained, and no teacher takes it along."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from .rollout_networks import Values
from .torch_scorer import relu_layers


class TruthCritic:
    """What is still to be gained, by what the scorer's critic sees and by which skills are truly mastered.

    The scorer itself sees what the tutor sees, and its own critic learns beside this one. After Pinto et al. (2018),
    "Asymmetric actor critic for image-based robot learning", Robotics: Science and Systems (from the literature, not
    re-read).

    Args:
        model: its students, its critic's widths, its seed and learning rate are used.
        shape: (T, N) lessons of a rollout.
        device: where it learns.
    """

    def __init__(self, model: Any, shape: tuple[int, int], device: str) -> None:
        env, self.policy, self.device = model.get_env().env, model.policy, device
        self.envs = getattr(env, "envs", [env])
        self.n_pooled = self.policy.item_features.n_pooled
        n_skills, n_members = max(one.curriculum.n_skills for one in self.envs), len(self.envs)
        # members differ in what they have to learn, and pooled features do not say which one a student belongs to
        sizes = [one.num_envs for one in self.envs]
        member = np.repeat(np.eye(n_members, dtype=np.float32), sizes, axis=0)
        self.truth = np.concatenate([np.zeros((sum(sizes), n_skills), np.float32), member], axis=1)
        width = self.n_pooled + self.truth.shape[1]
        self.seen = torch.empty((shape[0] + 1, shape[1], width), device=device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(model.seed)
            layers = relu_layers(width, (*self.policy.network_options["value_hidden"], 1))
        self.net = nn.Sequential(*layers).to(device)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=model.learning_rate, eps=1e-5)
        self.max_norm = model.max_grad_norm

    def see(self, t: int, pooled: torch.Tensor) -> None:
        """Keep what is so before lesson ``t``: the features (N, G) of what the tutor sees, and the truth."""
        first = 0
        for one in self.envs:
            mastery = one.probe.mastery()
            self.truth[first : first + len(mastery), : mastery.shape[1]] = mastery
            first += len(mastery)
        shift, factor = self.policy._pooled_scale
        self.seen[t, :, : self.n_pooled] = (pooled - shift) * factor
        self.seen[t, :, self.n_pooled :] = torch.from_numpy(self.truth)

    def values(self) -> tuple[Values, Values]:
        """What is expected from every lesson of the rollout (T, N), and after the last one (N,)."""
        value = self.net(self.seen.flatten(0, 1)).view(self.seen.shape[:2]).cpu().numpy()
        return value[:-1], value[-1]

    @torch.enable_grad()
    def learn(self, lessons: torch.Tensor, target: torch.Tensor, rate: float) -> None:
        """One step towards what came of these lessons of the rollout (B,)."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        off = self.net(self.seen.flatten(0, 1).index_select(0, lessons))[:, 0] - target
        self.optimizer.zero_grad()
        off.square().mean().backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), self.max_norm)
        self.optimizer.step()

    def state(self) -> dict[str, npt.NDArray[np.float32]]:
        """Its weights and Adam's moments, for a checkpoint."""
        moments = self.optimizer.state_dict()["state"]
        more = {f"{name}.{j}": v.cpu().numpy().copy() for j in moments for name, v in moments[j].items()}
        return {name: v.cpu().numpy().copy() for name, v in self.net.state_dict().items()} | more

    def restore(self, state: dict[str, npt.NDArray[np.float32]]) -> None:
        """Go on from what ``state`` said."""
        self.net.load_state_dict({name: torch.from_numpy(state[name]) for name in self.net.state_dict()})
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for key in state.keys() - self.net.state_dict().keys():
            name, _, j = key.rpartition(".")
            moments.setdefault(int(j), {})[name] = torch.from_numpy(state[key])
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": moments})
