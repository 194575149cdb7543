"""Recipes of the learners beside PPO: A2C, DQN, QR-DQN, PPO with a memory, and the scorer with attention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from zpdgym.errors import Violations

from .recipes import Learner, PPOLearner, ScorerPPO, number, whole, widths

__all__ = ["AttentionPPO", "FlatA2C", "FlatDQN", "FlatQRDQN", "RecurrentPPO"]


@dataclass(kw_only=True)
class FlatA2C(Learner):
    """Stable-Baselines3 A2C (Mnih et al. 2016, arXiv:1602.01783): every lesson is used once, in one step per rollout.

    Attributes:
        gae_lambda: bias against variance of the advantage, [0, 1].
        entropy: bonus for undecided choices.
        hidden: widths of the ReLU layers, which actor and critic share.
    """

    algorithm: ClassVar[str] = "A2C"
    network: ClassVar[str] = "flat"
    learning_rate: float = 5e-3
    rollout: int = 512
    num_envs: int = 32
    gae_lambda: float = 0.8
    entropy: float = 0.01
    hidden: tuple[int, ...] = (64, 64)

    def _check(self, wrong: Violations) -> None:
        super()._check(wrong)
        number(wrong, "gae_lambda", self.gae_lambda, 0, 1)
        number(wrong, "entropy", self.entropy, 0, 10)
        self.hidden = widths(wrong, "hidden", self.hidden)


@dataclass(kw_only=True)
class FlatDQN(Learner):
    """Stable-Baselines3 DQN (Mnih et al. 2015, Nature 518): learns the value of every action from remembered lessons.

    Attributes:
        steps: gradient steps after every rollout.
        batch: remembered lessons per gradient step.
        buffer: how many lessons are remembered.
        target_every: lessons between copies of the network to the one that tells the targets.
        explore: the share of the training over which random choices become rare …
        explore_last: … and how often they are made from then on, [0, 1].
        ahead: how many lessons' rewards are counted before the rest is estimated.
        hidden: widths of the ReLU layers.
    """

    algorithm: ClassVar[str] = "DQN"
    network: ClassVar[str] = "values"
    draws: ClassVar[int] = 0
    rollout: int = 256
    num_envs: int = 64
    steps: int = 4
    batch: int = 256
    buffer: int = 50_000
    target_every: int = 4096
    explore: float = 0.4
    explore_last: float = 0.05
    ahead: int = 3
    hidden: tuple[int, ...] = (64, 64)

    def _check(self, wrong: Violations) -> None:
        super()._check(wrong)
        for key in ("steps", "batch", "buffer", "target_every", "ahead"):
            whole(wrong, key, getattr(self, key))
        for key in ("explore", "explore_last"):
            number(wrong, key, getattr(self, key), 0, 1)
        self.hidden = widths(wrong, "hidden", self.hidden)

    def rollout_shape(self, lessons: int) -> tuple[int, int]:
        """Students at a time and lessons of each between updates."""
        return self.num_envs, max(self.rollout // self.num_envs, 1)


@dataclass(kw_only=True)
class FlatQRDQN(FlatDQN):
    """QR-DQN of sb3-contrib (Dabney et al. 2018, arXiv:1710.10044): learns how the value of an action is distributed.

    Attributes:
        quantiles: how many quantiles of every action's value.
    """

    algorithm: ClassVar[str] = "QRDQN"
    network: ClassVar[str] = "quantiles"
    quantiles: int = 25

    def _check(self, wrong: Violations) -> None:
        super()._check(wrong)
        whole(wrong, "quantiles", self.quantiles)


@dataclass(kw_only=True)
class RecurrentPPO(PPOLearner):
    """RecurrentPPO of sb3-contrib: an LSTM that reads every lesson's item and answer, and remembers.

    Attributes:
        hidden: widths of the ReLU layers before the LSTM.
        memory: width of the LSTM.
    """

    algorithm: ClassVar[str] = "RecurrentPPO"
    network: ClassVar[str] = "recurrent"
    heeds_masks: ClassVar[bool] = False
    learning_rate: float = 3e-3
    rollout: int = 4096
    num_envs: int = 128
    gae_lambda: float = 0.8
    entropy: float = 0.01
    batch: int = 1024
    hidden: tuple[int, ...] = (64,)
    memory: int = 64

    def _check(self, wrong: Violations) -> None:
        super()._check(wrong)
        self.hidden = widths(wrong, "hidden", self.hidden)
        whole(wrong, "memory", self.memory)


@dataclass(kw_only=True)
class AttentionPPO(ScorerPPO):
    """The scorer of ``ScorerPPO`` with attention between each skill, its prerequisites and those that need it.

    Attributes:
        width: numbers that a skill is described by.
        layers: how many layers of attention: how many prerequisites far a skill can look.
    """

    network: ClassVar[str] = "attention"
    width: int = 16
    layers: int = 2

    def _check(self, wrong: Violations) -> None:
        super()._check(wrong)
        whole(wrong, "width", self.width)
        whole(wrong, "layers", self.layers)
