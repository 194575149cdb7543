"""PPO without Stable-Baselines3's loop: the same networks, losses and teachers, in a fraction of the time.

What is left out is what these teachers do not need: a copy of every observation for every use, infos and callbacks at
every lesson, items that are described anew, graphs of operations, numbers that are computed only to be logged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError

try:
    import torch
    from torch import nn

    from .networks.rollout_networks import FlatRollout, RolloutNetwork, ScorerRollout, Values
    from .networks.torch_scorer import ItemScorerPolicy
    from .networks.truth_critic import TruthCritic
    from .sb3 import Watcher
except ModuleNotFoundError as error:
    raise InputError(f"learnt teachers need the package {error.name}: pip install 'zpdgym[rl]'") from error

if TYPE_CHECKING:
    from ..problem import Policy

LESSONS_AT_ONCE = 1024
"""Lessons per pass through the networks on a processor: what a pass leaves behind then stays in the cache."""


def learn(
    model: Any,
    lessons: int,
    watcher: Watcher,
    rates: tuple[float, float],
    *,
    device: str = "cpu",
    critic: str = "tutor",
    guide: tuple[Policy, int] | None = None,
    state: dict[str, Any] | None = None,
    on_update: Callable[[Loop], None] | None = None,
) -> None:
    """Train a model of ours for these lessons, as ``sb3.learn`` does; its learning rate falls between two shares.

    The model's network, optimiser and settings are used, its own loop is not.

    Args:
        model: from ``sb3.new_model``, for a row scorer or a flat network; afterwards it is on the processor again.
        lessons: how many, rounded up to whole rollouts.
        watcher: looks on before every rollout.
        rates: the first and the last share of the full learning rate.
        device: where the network learns, "cpu" or "cuda"; students are simulated on the processor.
        critic: "truth": lessons are judged by a critic that sees which skills are truly mastered.
        guide: a policy that teaches so many of the lessons, the first ones, and is imitated in them.
        state: of the loop of such a training that was interrupted; this one goes on from there.
        on_update: called with the loop after every update.

    Raises:
        InputError: there is no such device.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("policy.device=cuda: torch finds no GPU here; use policy.device=cpu")
    model.policy.to(device)
    loop = Loop(model, device, critic)
    if state is not None:
        loop.restore(state)
    (first, last), (teaches, until) = rates, (None, 0) if guide is None else guide
    while model.num_timesteps < lessons and watcher.before_rollout(model):
        follows = teaches if model.num_timesteps < until else None
        loop.collect(follows)
        model.num_timesteps += loop.size
        left = max(1.0 - model.num_timesteps / lessons, 0.0)
        loop.update(model.learning_rate * (last + (first - last) * left), imitate=follows is not None)
        if on_update is not None:
            on_update(loop)
    model.policy.to("cpu")
    watcher.at_end(model)


Slopes = Callable[[torch.Tensor, torch.Tensor, "Rollout"], tuple[torch.Tensor, torch.Tensor]]
"""The derivatives of a loss by logits (B, L) and values (B,)."""


class Rollout(NamedTuple):
    """What was known of B lessons when they were given.

    Attributes:
        slot: (B,) place of the action among those that could be chosen; -1: a guide chose another one.
        log_prob: (B,) its log-probability then.
        advantage: (B,) how much better than expected it turned out.
        target: (B,) what the critic should have said.
    """

    slot: torch.Tensor
    log_prob: torch.Tensor
    advantage: torch.Tensor
    target: torch.Tensor


class Loop:
    """One training: arrays for a rollout, which are filled again and again, and the update.

    Args:
        model: its settings and network are used.
        device: where the network is.
        critic: "truth" or "tutor": what the critic sees.
    """

    def __init__(self, model: Any, device: str = "cpu", critic: str = "tutor") -> None:
        self.model, self.device, self.venv = model, device, model.get_env()
        shape = (model.n_steps, self.venv.num_envs)
        self.size = shape[0] * shape[1]
        self.at_once = LESSONS_AT_ONCE if device == "cpu" else self.size
        self.rng = np.random.default_rng(model.seed)
        self.slot = np.zeros(shape, np.int64)
        self.log_prob, self.reward = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self.ended = np.zeros(shape, np.bool_)
        self.sums = np.zeros(shape[1])  # rewards of the students who are being taught
        scorer = isinstance(model.policy, ItemScorerPolicy)
        self.network: RolloutNetwork = (ScorerRollout if scorer else FlatRollout)(model, shape, device)
        self.judge = TruthCritic(model, shape, device) if critic == "truth" else None
        self.obs, self.mask = self.venv.reset(), self.venv.action_masks()
        self.memory: object = None  # the guide's
        self.begins = np.ones(shape[1], np.bool_)  # whose first lesson is next
        self.updates = 0

    @property
    def scorer(self) -> ScorerRollout:
        """The network, which must be a scorer of items: only it has a guide, or a critic that sees the truth."""
        assert isinstance(self.network, ScorerRollout)
        return self.network

    def state(self) -> dict[str, Any]:
        """What the training needs to go on, between two rollouts: arrays, numbers and dicts and lists of them."""
        policy, optimizer = self.model.policy, self.model.policy.optimizer
        moments = optimizer.state_dict()["state"]
        judge = {} if self.judge is None else {"judge": self.judge.state()}
        return judge | {
            "lessons": self.model.num_timesteps,
            "updates": self.updates,
            "weights": {name: value.cpu().numpy().copy() for name, value in policy.state_dict().items()},
            "moments": [{k: v.cpu().numpy().copy() for k, v in moments[j].items()} for j in range(len(moments))],
            "luck": self.rng.bit_generator.state,
            "obs": self.obs,
            "mask": self.mask,
            "sums": self.sums,
            "returns": np.array(self.venv.returns, np.float64),
            "students": self.venv.env.snapshot(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state of a loop with the same model and students."""
        policy, optimizer = self.model.policy, self.model.policy.optimizer
        self.model.num_timesteps, self.updates = state["lessons"], state["updates"]
        if self.judge is not None:
            self.judge.restore(state["judge"])
        policy.load_state_dict({name: torch.from_numpy(value) for name, value in state["weights"].items()})
        moments = [{k: torch.from_numpy(v) for k, v in entry.items()} for entry in state["moments"]]
        optimizer.load_state_dict({**optimizer.state_dict(), "state": dict(enumerate(moments))})
        self.rng.bit_generator.state = state["luck"]
        self.obs, self.mask, self.sums = state["obs"], state["mask"], state["sums"]
        self.venv.returns[:] = state["returns"].tolist()
        self.venv.env.restore(state["students"])

    @torch.no_grad()
    def collect(self, guide: Policy | None = None) -> None:
        """Teach ``n_steps`` lessons to every student; what to teach, the ``guide`` says if there is one."""
        luck, env, network = self.rng.random(self.slot.shape), self.venv.env, self.network
        network.begin()
        for t in range(len(luck)):
            if guide is None:
                actions = network.choose(t, self.obs, self.mask, luck[t], self.slot[t], self.log_prob[t])
            else:
                actions, self.memory = guide.predict(self.obs, self.memory, self.begins, action_masks=self.mask)
                self.scorer.follow(t, self.obs, self.mask, actions, self.slot[t])
            if self.judge is not None:
                self.judge.see(t, self.scorer.overall(t))
            self.obs, reward, ended, _, info = env.step(actions)
            self.mask, self.reward[t], self.ended[t] = info["action_mask"], reward, ended
            self.begins = ended
            self.sums += reward
            if ended.any():
                self.venv.returns.extend(self.sums[ended])
                self.sums[ended] = 0.0
        value, last = network.values(self.obs, self.at_once)
        if self.judge is not None:
            self.judge.see(len(luck), self.scorer.overall(len(luck)))
            value, last = self.judge.values()
        advantage = _advantages(self.reward, self.ended, value, last, self.model.gamma, self.model.gae_lambda)
        arrays = (self.slot, self.log_prob, advantage, advantage + value)
        self.rollout = Rollout(*(torch.from_numpy(a.reshape(-1)).to(self.device) for a in arrays))

    def update(self, rate: float, *, imitate: bool = False) -> None:
        """Use the rollout ``n_epochs`` times, in batches of lessons in random order, with this learning rate."""
        optimizer = self.model.policy.optimizer
        for group in optimizer.param_groups:
            group["lr"] = rate
        for _ in range(self.model.n_epochs):
            order = self.rng.permutation(self.size)
            for first in range(0, self.size, self.model.batch_size):
                rows = order[first : first + self.model.batch_size]
                self.differentiate(rows, self._imitation if imitate else self._slopes)
                if self.judge is not None:
                    lessons = torch.from_numpy(rows).to(self.device)
                    self.judge.learn(lessons, self.rollout.target.index_select(0, lessons), rate)
                nn.utils.clip_grad_norm_(self.model.policy.parameters(), self.model.max_grad_norm)
                optimizer.step()
        self.updates += 1

    @torch.no_grad()
    def differentiate(self, rows: npt.NDArray[np.int64], slopes: Slopes | None = None) -> None:
        """Set the gradient of the loss over these lessons of the rollout: PPO's, or the one with these slopes."""
        slopes = slopes or self._slopes
        chosen = torch.from_numpy(rows).to(self.device)
        batch = Rollout(*(column.index_select(0, chosen) for column in self.rollout))
        if len(rows) > 1:
            advantage = batch.advantage
            batch = batch._replace(advantage=(advantage - advantage.mean()) / (advantage.std() + 1e-8))
        self.network.begin()
        for first in range(0, len(rows), self.at_once):
            part = slice(first, first + self.at_once)
            logits, values = self.network.look(rows[part])
            found = slopes(logits, values, Rollout(*(column[part] for column in batch)))
            self.network.push(*(slope / len(rows) for slope in found))
        self.network.end()

    def _slopes(self, logits: torch.Tensor, values: torch.Tensor, batch: Rollout) -> tuple[torch.Tensor, torch.Tensor]:
        """The derivatives of PPO's clipped loss, of the bonus for undecided choices and of the critic's loss.

        Args:
            logits: (B, L).
            values: (B,).
            batch: the lessons.

        Returns:
            the derivatives of the sum of the losses, by every logit and by every value.
        """
        slot, clip, bonus = batch.slot[:, None], self.model.clip_range(1.0), self.model.ent_coef
        log_probs, probs = torch.log_softmax(logits, dim=1), torch.softmax(logits, dim=1)
        ratio = (log_probs.gather(1, slot)[:, 0] - batch.log_prob).exp_()
        gain = batch.advantage * ratio
        kept = gain <= batch.advantage * ratio.clamp(1 - clip, 1 + clip)
        by_log_prob = gain.neg_().mul_(kept)[:, None]
        by_logit = probs * -by_log_prob
        by_logit.scatter_add_(1, slot, by_log_prob)
        if bonus:
            by_logit += bonus * probs * (log_probs - (probs * log_probs).sum(dim=1, keepdim=True))
        return by_logit, (values - batch.target) * (2.0 * self.model.vf_coef)

    def _imitation(
        self, logits: torch.Tensor, values: torch.Tensor, batch: Rollout
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The same of the cross-entropy to what a guide chose, where the scorer could have chosen it."""
        could = (batch.slot >= 0).to(logits.dtype)[:, None]
        by_logit = torch.softmax(logits, dim=1) * could
        by_logit.scatter_add_(1, batch.slot.clamp(min=0)[:, None], -could)
        return by_logit, (values - batch.target) * (2.0 * self.model.vf_coef)


def _advantages(reward: Any, ended: Any, value: Any, last: Any, gamma: float, gae_lambda: float) -> Values:
    """(T, N) generalised advantages (Schulman et al. 2016, arXiv:1506.02438); nothing is expected after an end."""
    advantage = np.empty_like(reward)
    behind = np.zeros_like(last)
    for t in range(len(reward) - 1, -1, -1):
        going = np.float32(gamma) * ~ended[t]
        behind = reward[t] + going * last - value[t] + going * np.float32(gae_lambda) * behind
        advantage[t], last = behind, value[t]
    return advantage
