"""How environments are played with and without a wrapper, and what a wrapper may be refused for."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from packaging.version import Version
from zpdgym.envs import scenario_names
from zpdgym.envs.registration import flat_id
from zpdgym.envs.scenario import Scenario

IDS = [key for name in scenario_names() for key in (f"zpdgym/{name}", flat_id(name))]
QUICK = ("zpdgym/Tiny", "zpdgym/Game")
WIDELY = [pytest.param(key, marks=() if key.startswith(QUICK) else pytest.mark.slow) for key in IDS]
"""All ids, for what is asked so often of each that long episodes take their time."""
SESSIONS = 2
MISSING = (ImportError, gymnasium.error.DependencyNotInstalled)
UNFIT = (TypeError, ValueError, AssertionError)
"""What Gymnasium raises, in one version or another, where a wrapper does not fit an environment."""
COUNTS_AT_ONCE = Version(gymnasium.__version__) >= Version("1.4")
"""Before, RecordEpisodeStatistics took SameStep for NextStep: of all but the first episode a lesson was not counted."""
SILENCED = (
    "ignore:.*precision lowered by casting",
    "ignore:Exception ignored in. <function RecordVideo.__del__:pytest.PytestUnraisableExceptionWarning",
)
"""What Gymnasium warns of with any environment: half numbers, and a film that was not begun, in older versions."""
AFTER = 3
"""Lessons of the second episode."""


def in_short(key: str) -> dict[str, Any]:
    """What makes the environment with two sessions of its teaching: a wrapper meets nothing new in the others."""
    name = gymnasium.spec(key).kwargs["scenario"]
    scenario = Scenario.load(name)
    if scenario.schedule.sessions > SESSIONS:
        scenario = Scenario.load(name, change={"schedule.sessions": SESSIONS})
    return {"scenario": scenario}


@dataclass
class Recipe:
    """How one of Gymnasium's wrappers is put around ours, and what it promises.

    Attributes:
        promise: compares what was played without the wrapper and with it, and may ask the wrapper itself.
        arguments: of the wrapper; some follow from the environment.
        under: wrappers that it needs below it.
        render_mode: of the environment.
        needs: packages that it needs, which may be missing; without them Gymnasium must say so.
        sent: what is sent as an action where the item would be sent to the environment itself.
        times: how many lessons one of its steps is.
        by_itself: whether it resets the environment.
    """

    promise: Callable[..., None]
    arguments: dict[str, Any] | Callable[[Any], dict[str, Any]] = field(default_factory=dict)
    under: Callable[[Any], Any] = lambda env: env
    render_mode: str | None = None
    needs: tuple[str, ...] = ()
    sent: Callable[[Any], Any] = lambda action: action
    times: int = 1
    by_itself: bool = False

    def says_what_is_missing(self, module: ModuleType, name: str, env: Any) -> bool:
        """Whether a package that it needs is not there; Gymnasium must say so then."""
        missing = [package for package in self.needs if find_spec(package) is None]
        if missing:
            with pytest.raises(MISSING, match="|".join((*missing, "not installed"))):
                self.wrap(module, name, env).reset()
        return bool(missing)

    def wrap(self, module: ModuleType, name: str, env: Any) -> Any:
        """The environment inside the wrapper."""
        below = self.under(env)
        arguments = self.arguments(below) if callable(self.arguments) else self.arguments
        return getattr(module, name)(below, **arguments)

    def with_arguments(self, **arguments: Any) -> Recipe:
        """The same recipe with these arguments."""
        return dataclasses.replace(self, arguments=arguments)


@dataclass
class Refusal:
    """A wrapper that does not fit what we teach.

    Attributes:
        why: the reason, for readers.
        match: what Gymnasium must say.
        arguments: with which it is tried.
    """

    why: str
    match: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass
class Played:
    """What was seen: observations with those of resets, and one reward, end and info for every step."""

    observations: list[Any] = field(default_factory=list)
    rewards: list[Any] = field(default_factory=list)
    ends: list[Any] = field(default_factory=list)
    infos: list[Any] = field(default_factory=list)
    frames: list[Any] = field(default_factory=list)

    @property
    def lessons(self) -> int:
        """Steps of the first episode."""
        return int(np.argmax(self.ends)) + 1

    def saw(self, reward: Any, ended: Any, info: Any) -> None:
        """Note a step."""
        self.rewards.append(reward)
        self.ends.append(ended)
        self.infos.append(info)


def play(env: Any, items: Iterable[Any], *, by_itself: bool = False) -> Played:
    """One whole episode of an environment of one student, and a little of the next.

    Args:
        env: the environment.
        items: what is sent, one after the other.
        by_itself: whether the wrapper resets.
    """
    seen, left = Played(), None
    seen.observations.append(env.reset(seed=3)[0])
    for item in items:
        if env.render_mode is not None:
            seen.frames.append(env.render())
        observation, reward, terminated, truncated, info = env.step(item)
        assert not isinstance(observation, np.ndarray) or env.observation_space.contains(observation)
        seen.observations.append(observation)
        seen.saw(float(reward), bool(terminated or truncated), info)
        if seen.ends[-1] and left is None:
            left = AFTER + by_itself
            if not by_itself:
                seen.observations.append(env.reset()[0])
        elif left is not None:
            left -= 1
            if left == 0:
                break
    assert left == 0
    return seen


def same(mine: Iterable[Any], other: Iterable[Any]) -> None:
    """The same numbers, one after the other."""
    for one, another in zip(mine, other, strict=True):
        np.testing.assert_array_equal(one, another)


def same_rewards(plain: Played, mine: Played) -> None:
    """The same rewards and ends."""
    same(mine.rewards, plain.rewards)
    same(mine.ends, plain.ends)


def unchanged(plain: Played, mine: Played, env: Any) -> None:
    """The wrapper changes nothing that is seen."""
    same(mine.observations, plain.observations)
    same_rewards(plain, mine)


def seen_as(change: Callable[[Any], Any]) -> Callable[..., None]:
    """The promise that every observation is changed in this way, and nothing else."""

    def promise(plain: Played, mine: Played, env: Any) -> None:
        same(mine.observations, [change(observation) for observation in plain.observations])
        same_rewards(plain, mine)

    return promise


def paid_as(change: Callable[[float], float]) -> Callable[..., None]:
    """The promise that every reward is changed in this way, and nothing else."""

    def promise(plain: Played, mine: Played, env: Any) -> None:
        same(mine.observations, plain.observations)
        np.testing.assert_allclose(mine.rewards, [change(reward) for reward in plain.rewards], rtol=1e-6)
        same(mine.ends, plain.ends)

    return promise


def play_many(env: Any, items: Iterable[Any], *, steps: int) -> Played:
    """The same with many students, whose episodes begin anew in the way that the environment has."""
    seen, over = Played(), np.zeros(env.num_envs, bool)
    by_hand = env.metadata["autoreset_mode"] == AutoresetMode.DISABLED
    observation, info = env.reset(seed=3)
    seen.observations.append(observation)
    for item in itertools.islice(items, steps):
        if env.render_mode is not None:
            seen.frames.append(env.render())
        if by_hand and over.any():
            observation, _ = env.reset(options={"reset_mask": over.copy()})
            seen.observations.append(observation)
        observation, reward, terminated, truncated, info = env.step(item)
        over = np.asarray(terminated) | np.asarray(truncated)
        seen.observations.append(observation)
        seen.saw(np.asarray(reward), over, info)
    assert np.any(seen.ends, axis=0).all(), "every student's episode must have ended"
    return seen


def clipped(reward: Any) -> Any:
    """At most 0.01 either way."""
    return np.clip(reward, -0.01, 0.01)


def tripled(reward: Any) -> Any:
    """Three times as much."""
    return 3 * reward


def tensor(items: Any) -> Any:
    """The same in torch."""
    import torch

    return torch.as_tensor(items)


def kept_to_the_folder(recipes: dict[str, Recipe]) -> Any:
    """A fixture of a whole file: windows are not opened, and films lie in a folder of the test's own."""

    @pytest.fixture(autouse=True)
    def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
        film = recipes["RecordVideo"].with_arguments(video_folder=str(tmp_path / "film"))
        monkeypatch.setitem(recipes, "RecordVideo", film)

    return kept


def must_be_known(names: Iterable[str], recipes: Mapping[str, Recipe], unusable: Mapping[str, Refusal]) -> None:
    """Every wrapper has a recipe, or a reason why it cannot be used."""
    assert not recipes.keys() & unusable.keys()
    assert set(names) <= {*recipes, *unusable}, "a wrapper that this test does not know yet: give it a recipe"
