"""How the learnt teachers are trained: what their configuration files may set. The training itself is in ``sb3``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, NoReturn, cast

from zpdgym.errors import InputError, Violations

from ..problem import Problem

__all__ = ["FlatPPO", "ScorerPPO"]

REWARDS = ("belief_gain", "gain", "exam", "recall")
UPDATES, SMALLEST_ROLLOUT = 16, 256
"""A training has at least so many updates, of at least so many lessons each, where its lessons suffice for that."""


@dataclass(kw_only=True)
class Learner:
    """A teacher that does not exist yet: what is common to all ways of training one.

    Attributes:
        reward: what training pays; see the scenario's page. One learnt skill is worth 1.
        learning_rate: of the optimiser at the start; it falls linearly to 0 over the training.
        gamma: how much a reward one lesson later counts, [0, 1].
        rollout: lessons taught between updates; fewer when the whole training is short.
        num_envs: students taught at the same time.
        evaluations: how often the teacher is tried on validation students; the best one is kept.
    """

    learnt: ClassVar[bool] = True
    privileged: ClassVar[bool] = False
    draws: ClassVar[int] = 1
    algorithm: ClassVar[str] = ""
    network: ClassVar[str] = ""
    heeds_masks: ClassVar[bool] = False
    needs: ClassVar[frozenset[str]] = frozenset()

    name: str = "learner"
    reward: str = "belief_gain"
    learning_rate: float = 1e-3
    gamma: float = 0.99
    rollout: int = 16384
    num_envs: int = 256
    evaluations: int = 8

    def __post_init__(self) -> None:
        wrong = Violations(f"policy {self.name}")
        self._check(wrong)
        wrong.raise_any()

    def _check(self, wrong: Violations) -> None:
        wrong.unless(self.reward in REWARDS, f"reward={self.reward!r} must be one of {', '.join(REWARDS)}")
        for key in ("learning_rate", "gamma"):
            number(wrong, key, getattr(self, key), 0, 1)
        for key in ("rollout", "num_envs", "evaluations"):
            whole(wrong, key, getattr(self, key))

    def rollout_shape(self, lessons: int) -> tuple[int, int]:
        """Students at a time and lessons of each between updates: short trainings still get 16 updates."""
        wanted = min(self.rollout, max(lessons // UPDATES, SMALLEST_ROLLOUT))
        n = min(self.num_envs, max(wanted // 16, 1))
        return n, max(wanted // n, 2)

    def settings(self) -> dict[str, Any]:
        """Every setting by name, for files."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

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


@dataclass(kw_only=True)
class PPOLearner(Learner):
    """The settings of PPO (Schulman et al. 2017, arXiv:1707.06347), whatever its network.

    Attributes:
        gae_lambda: bias against variance of the advantage, [0, 1].
        entropy: bonus for undecided choices.
        epochs: how often every lesson is used.
        batch: lessons per gradient step.
        trainer: ``sb3`` (the loop of Stable-Baselines3) or ``fast`` (ours: the same method, less time).
        device: where the fast trainer keeps the network: ``cpu`` or ``cuda``.
    """

    algorithm: ClassVar[str] = "PPO"
    heeds_masks: ClassVar[bool] = True
    gae_lambda: float = 0.95
    entropy: float = 0.0
    epochs: int = 4
    batch: int = 4096
    trainer: str = "sb3"
    device: str = "cpu"

    def _check(self, wrong: Violations) -> None:
        super()._check(wrong)
        fast = self.trainer == "fast"
        wrong.unless(fast or self.trainer == "sb3", f"trainer={self.trainer!r} must be sb3 or fast")
        wrong.unless(self.device in ("cpu", "cuda"), f"device={self.device!r} must be cpu or cuda")
        wrong.unless(fast or self.device == "cpu", f"device={self.device!r} needs trainer=fast")
        known = self.network in ("scorer", "flat")
        wrong.unless(known or not fast, "trainer='fast' does not know this policy's network; use trainer=sb3")
        number(wrong, "gae_lambda", self.gae_lambda, 0, 1)
        number(wrong, "entropy", self.entropy, 0, 10)
        whole(wrong, "epochs", self.epochs)
        whole(wrong, "batch", self.batch)


@dataclass(kw_only=True)
class FlatPPO(PPOLearner):
    """Stable-Baselines3 PPO with one plain network (ReLU) that reads the whole observation as one long list.

    Attributes:
        hidden: widths of the layers, which actor and critic share.
    """

    network: ClassVar[str] = "flat"
    hidden: tuple[int, ...] = (64, 64)

    def _check(self, wrong: Violations) -> None:
        super()._check(wrong)
        self.hidden = widths(wrong, "hidden", self.hidden)


@dataclass(kw_only=True)
class ScorerPPO(PPOLearner):
    """MaskablePPO (sb3-contrib) with ONE small network that scores every item that may be shown now.

    Attributes:
        ready: an item is scored only when the tutor believes that the prerequisites of its skills are known to at
            least this degree, [0, 1]; 0 switches the readiness mask off. The scenario's own mask holds all the same.
            A list: each value is tried for a seventh of the lessons, and the one that is best on validation students
            goes on from there.
        done: an item is not scored when all of its skills are believed known to at least this degree; above 1 (as
            here) every item is scored. A limit makes the first 100 000 lessons better, but a skill that is wrongly
            believed known is then never practised again while another one is open.
        hidden: widths of the scorer's layers.
        value_hidden: widths of the critic's layers.
        prior: how strongly an untrained scorer prefers items with a large predicted gain per minute, and items
            that are ready: weights of the standardised logarithm of the gain and of the logarithm of readiness, which
            training changes.
    """

    network: ClassVar[str] = "scorer"
    needs: ClassVar[frozenset[str]] = frozenset({"belief", "ready"})
    learning_rate: float = 1e-2
    gae_lambda: float = 0.8
    ready: float | tuple[float, ...] = 0.8
    done: float = 2.0
    hidden: tuple[int, ...] = (32,)
    value_hidden: tuple[int, ...] = (64, 64)
    prior: tuple[float, ...] = (1.0, 4.0)

    def _check(self, wrong: Violations) -> None:
        super()._check(wrong)
        number(wrong, "done", self.done, 0, 2)
        self.prior = tuple(self.prior) if isinstance(self.prior, Sequence) else ()
        wrong.unless(len(self.prior) == 2, f"prior={self.prior!r} must be a list of two numbers")
        for value in self.prior:
            number(wrong, "prior", value, 0, 100)
        listed = isinstance(self.ready, Sequence) and not isinstance(self.ready, str)
        values = tuple(cast(Sequence[float], self.ready)) if listed else (cast(float, self.ready),)
        wrong.unless(1 <= len(values) <= 9, f"ready={self.ready!r} must be a number or a list of 1 to 9 numbers")
        for value in values:
            number(wrong, "ready", value, 0, 1)
        self.ready = values if listed else values[0]
        self.hidden = widths(wrong, "hidden", self.hidden)
        self.value_hidden = widths(wrong, "value_hidden", self.value_hidden)


def number(wrong: Violations, key: str, value: Any, low: float, high: float) -> None:
    """Note a setting that is not a number between these limits."""
    fine = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    wrong.unless(fine, f"{key}={value!r} must be a number in [{low:g}, {high:g}]")


def whole(wrong: Violations, key: str, value: Any) -> None:
    """Note a setting that is not a whole number of at least 1."""
    fine = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 10_000_000
    wrong.unless(fine, f"{key}={value!r} must be a whole number of at least 1")


def widths(wrong: Violations, key: str, value: Any) -> tuple[int, ...]:
    """The widths of a network's layers; what is none is noted."""
    found = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else ()
    good = 1 <= len(found) <= 8 and all(isinstance(w, int) and 1 <= w <= 4096 for w in found)
    wrong.unless(good, f"{key}={value!r} must be a list of 1 to 8 whole numbers from 1 to 4096")
    return found
