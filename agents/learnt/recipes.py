"""Recipes of the learnt teachers: what their configuration files may set. ``training`` follows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from zpdgym.errors import InputError, Violations
from zpdgym.parameters import Choice, Number, Numbers, Table, read

from ...envs.own.reward import OwnReward, Reward, RewardChoice
from ..problem import Problem

if TYPE_CHECKING:
    from ...envs.scenario import Scenario

__all__ = ["FlatA2C", "FlatDQN", "FlatPPO", "FlatQRDQN", "RecurrentPPO"]

UPDATES, SMALLEST_ROLLOUT = 16, 256
"""A training has at least so many updates, of at least so many lessons each, where its lessons suffice for that."""
SCENARIOS = "scenario"
"""The reward that is the scenario's."""
SHORT_COURSE = 100
"""Lessons; a teacher of a shorter course looks so far ahead, too."""
COUNT = {"low": 1, "high": 10**6, "whole": True}


def far(lessons: int) -> float:
    """How much a reward one lesson later counts for who looks about as far ahead as a course of so many lessons."""
    return 1.0 - 1.0 / max(lessons, SHORT_COURSE)


@dataclass(frozen=True)
class AsGiven(Numbers):
    """Numbers that stay as they were given, because teachers' files hold them.

    Attributes:
        least: how many there must be.
        single: whether one number may stand without a list, and means something else.
    """

    least: int = field(default=1, kw_only=True)
    single: bool = field(default=False, kw_only=True)

    @property
    def unit_text(self) -> str:
        """How many numbers there may be."""
        return "one, or " * self.single + f"a list{self._length}"

    def read(self, value: Any, name: str, wrong: Violations, sizes: Mapping[str, int]) -> Any:
        """A tuple; the number itself where it stands alone."""
        if self.single and (isinstance(value, str) or not isinstance(value, Sequence)):
            self.one(value, name, wrong)
            return value
        found = super().read(value, name, wrong, sizes)
        if not found:
            return found
        wrong.unless(len(found) >= self.least, f"{name}={value!r} must be a list{self._length} numbers")
        return tuple(value)

    @property
    def _length(self) -> str:
        return f" of {self.least}" if self.least == self.most else super()._length


def widths(meaning: str) -> Numbers:
    """The widths of a network's layers."""
    return Numbers(meaning, low=1, high=4096, whole=True, most=8)


@dataclass(kw_only=True)
class Learner:
    """A teacher that does not exist yet: what is common to all ways of training one."""

    PARAMETERS: ClassVar[Table] = {
        "reward": RewardChoice(
            "what training pays; one learnt skill is worth 1; scenario: what the scenario pays",
            options=("belief_gain", "gain", "exam", "recall", "log_score", SCENARIOS),
        ),
        "learning_rate": Number("of the optimiser at the start; falls linearly to 0 over the training", low=0, high=1),
        "gamma": Number(
            "how much a reward one lesson later counts; null: 1 - 1 / the lessons that a course has at most, at least "
            ".99",
            low=0,
            high=1,
            optional=True,
        ),
        "rollout": Number("lessons taught between updates; fewer in a short training", unit="lessons", **COUNT),
        "num_envs": Number("students taught at the same time", **COUNT),
        "evaluations": Number("tries on validation students; the best teacher is kept", **COUNT),
    }
    learnt: ClassVar[bool] = True
    privileged: ClassVar[bool] = False
    draws: ClassVar[int] = 1
    algorithm: ClassVar[str] = ""
    network: ClassVar[str] = ""
    heeds_masks: ClassVar[bool] = False
    needs: ClassVar[frozenset[str]] = frozenset()

    name: str = "learner"
    reward: Reward = SCENARIOS
    learning_rate: float = 1e-3
    gamma: float | None = 0.99
    rollout: int = 16384
    num_envs: int = 256
    evaluations: int = 8

    def __post_init__(self) -> None:
        wrong = Violations(f"policy {self.name}")
        for name, value in vars(read(self.PARAMETERS, vars(self), wrong)).items():
            # a whole number that was given for a float stays one, so that teachers' files keep their bytes
            if not isinstance(value, float):
                setattr(self, name, value)
        self._check(wrong)
        wrong.raise_any()

    def _check(self, wrong: Violations) -> None:
        """Note what settings must hold together."""

    def rollout_shape(self, lessons: int, *, updates: int = UPDATES) -> tuple[int, int]:
        """Students at a time and lessons of each between updates: short trainings still get so many updates."""
        wanted = min(self.rollout, max(lessons // updates, SMALLEST_ROLLOUT))
        n = min(self.num_envs, max(wanted // 16, 1))
        return n, max(wanted // n, 2)

    def settings(self) -> dict[str, Any]:
        """Every setting by name, for files."""
        told = {f.name: getattr(self, f.name) for f in fields(self)}
        return told | {"reward": self.reward.told()} if isinstance(self.reward, OwnReward) else told

    def worlds(self, scenarios: Sequence[Scenario]) -> tuple[Scenario, ...]:
        """Those who are taught in training, where these scenarios are given: their own students."""
        return tuple(scenarios)

    def must_be_for(self, scenarios: int) -> None:
        """Refuse to be trained on so many scenarios together.

        Raises:
            InputError: there are several, and the network is made for one curriculum.
        """
        if scenarios > 1 and self.network != "scorer":
            raise InputError(
                f"policy {self.name}: its network is made for one curriculum; only the item scorer (ppo_scorer) can be "
                f"trained on several scenarios, here {scenarios}"
            )

    def bind(self, problem: Problem) -> NoReturn:
        """Refuse: there is nothing yet that could teach.

        Raises:
            InputError: always, with the two ways to get a teacher.
        """
        raise InputError(
            f"policy {self.name} has to be trained before it can teach: use zpdgym train (or compare), or give a "
            "trained one with policy=saved policy.path=<folder with teacher.json>"
        )

    def predict(self, observation: Any, *_: Any, **__: Any) -> NoReturn:
        """Refuse, as ``bind`` does."""
        raise InputError(f"policy {self.name} has to be trained before it can teach")


GAE_LAMBDA = Number("bias against variance of the advantage", low=0, high=1)
ENTROPY = Number("bonus for undecided choices", low=0, high=10)


@dataclass(kw_only=True)
class PPOLearner(Learner):
    """The settings of PPO (Schulman et al. 2017, arXiv:1707.06347), whatever its network."""

    PARAMETERS: ClassVar[Table] = {
        **Learner.PARAMETERS,
        "gae_lambda": GAE_LAMBDA,
        "entropy": ENTROPY,
        "epochs": Number("how often every lesson is used", **COUNT),
        "batch": Number("lessons per gradient step", unit="lessons", **COUNT),
        "trainer": Choice("the loop of Stable-Baselines3, or ours: the same in less time", options=("sb3", "fast")),
        "device": Choice("where the fast trainer keeps the network", options=("cpu", "cuda")),
    }
    algorithm: ClassVar[str] = "PPO"
    heeds_masks: ClassVar[bool] = True
    gae_lambda: float = 0.95
    entropy: float = 0.0
    epochs: int = 4
    batch: int = 4096
    trainer: str = "sb3"
    device: str = "cpu"

    def _check(self, wrong: Violations) -> None:
        fast, known = self.trainer == "fast", self.network in ("scorer", "flat")
        wrong.unless(fast or self.device == "cpu", f"device={self.device!r} needs trainer=fast")
        wrong.unless(known or not fast, "trainer='fast' does not know this policy's network; use trainer=sb3")


@dataclass(kw_only=True)
class FlatPPO(PPOLearner):
    """Stable-Baselines3 PPO with one plain network (ReLU) that reads the whole observation as one long list."""

    PARAMETERS: ClassVar[Table] = {
        **PPOLearner.PARAMETERS,
        "hidden": widths("widths of the ReLU layers, which actor and critic share"),
    }
    network: ClassVar[str] = "flat"
    hidden: tuple[int, ...] = (64, 64)
    trainer: str = "fast"


@dataclass(kw_only=True)
class RecurrentPPO(PPOLearner):
    """RecurrentPPO of sb3-contrib: an LSTM that reads every lesson's item and answer, and remembers."""

    PARAMETERS: ClassVar[Table] = {
        **PPOLearner.PARAMETERS,
        "hidden": widths("widths of the ReLU layers before the LSTM"),
        "memory": Number("width of the LSTM", **COUNT),
    }
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


@dataclass(kw_only=True)
class FlatA2C(Learner):
    """Stable-Baselines3 A2C (Mnih et al. 2016, arXiv:1602.01783): every lesson is used once, in one step a rollout."""

    PARAMETERS: ClassVar[Table] = {
        **Learner.PARAMETERS,
        "gae_lambda": GAE_LAMBDA,
        "entropy": ENTROPY,
        "hidden": FlatPPO.PARAMETERS["hidden"],
    }
    algorithm: ClassVar[str] = "A2C"
    network: ClassVar[str] = "flat"
    learning_rate: float = 5e-3
    rollout: int = 512
    num_envs: int = 32
    gae_lambda: float = 0.8
    entropy: float = 0.01
    hidden: tuple[int, ...] = (64, 64)


@dataclass(kw_only=True)
class FlatDQN(Learner):
    """Stable-Baselines3 DQN (Mnih et al. 2015, Nature 518): learns every action's value from remembered lessons."""

    PARAMETERS: ClassVar[Table] = {
        **Learner.PARAMETERS,
        "steps": Number("gradient steps after every rollout", **COUNT),
        "batch": Number("remembered lessons per gradient step", unit="lessons", **COUNT),
        "buffer": Number("lessons that are remembered", unit="lessons", **COUNT),
        "target_every": Number("lessons between copies to the network of the targets", unit="lessons", **COUNT),
        "explore": Number("share of the training over which random choices become rare", low=0, high=1, unit="share"),
        "explore_last": Number("how often they are made from then on", low=0, high=1, unit="share"),
        "ahead": Number("lessons whose rewards count before the rest is estimated", unit="lessons", **COUNT),
        "hidden": widths("widths of the ReLU layers"),
    }
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

    def rollout_shape(self, lessons: int, *, updates: int = UPDATES) -> tuple[int, int]:
        """Students at a time and lessons of each between updates."""
        return self.num_envs, max(self.rollout // self.num_envs, 1)


@dataclass(kw_only=True)
class FlatQRDQN(FlatDQN):
    """QR-DQN of sb3-contrib (Dabney et al. 2018, arXiv:1710.10044): learns how an action's value is distributed."""

    PARAMETERS: ClassVar[Table] = {
        **FlatDQN.PARAMETERS,
        "quantiles": Number("quantiles of every action's value", **COUNT),
    }
    algorithm: ClassVar[str] = "QRDQN"
    network: ClassVar[str] = "quantiles"
    quantiles: int = 25
