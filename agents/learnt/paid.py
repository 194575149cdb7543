"""Which reward a training pays: the learner's, else the scenario's; and what is said where those contradict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from zpdgym.errors import InputError
from zpdgym.notes import say_once

from ...envs.own.reward import OwnReward
from ...envs.suite.outcome import SCORE
from .recipes import SCENARIOS, Learner

if TYPE_CHECKING:
    from ...envs.own.reward import Reward
    from ...envs.scenario import Scenario
    from ...envs.scenario_set import ScenarioSet

WAY_OUT = f"reward: {SCENARIOS} in its section (policy.reward={SCENARIOS}) takes that"
"""What to write where the scenario's reward is meant."""


def take_reward(learner: Learner, several: ScenarioSet) -> Learner:
    """The learner with the scenario's reward, where it has none of its own; says so where it has another.

    Raises:
        InputError: the scenarios do not pay the same.
    """
    first, *others = several.scenarios
    if learner.reward == SCENARIOS:
        differing = [other.label for other in others if other.sections["reward"] != first.sections["reward"]]
        if differing:
            raise InputError(
                f"policy {learner.name}: reward={SCENARIOS} is one for all scenarios, but {differing[0]} pays another "
                f"than {first.label}; name the reward"
            )
        return replace(learner, reward=first.reward)
    for scenario in several.scenarios:
        own = isinstance(scenario.reward, OwnReward) and not isinstance(learner.reward, OwnReward)
        if (own or _given(scenario)) and _told(learner.reward) != _told(scenario.reward):
            told = f"{learner.name} is trained with reward={learner.reward}, not with {scenario.reward}"
            say_once(f"{told} of {scenario.label}; {WAY_OUT}", about=(told, scenario.label))
    return learner


def must_reach(learner: Learner, taught: Scenario, trained_on: Iterable[Scenario]) -> None:
    """Refuse a reward that was changed for a scenario and would not reach the learner.

    Args:
        learner: who is trained.
        taught: the scenario that it is to teach.
        trained_on: those whose students it is trained on.

    Raises:
        InputError: the learner has another reward of its own, or is trained on other scenarios than the changed one;
            or its own reward says nothing of the outcome, where what the tutor believes is judged and nobody learns.
    """
    trained_on = tuple(trained_on)
    for scenario in trained_on:
        if scenario.outcome.primary == SCORE and _told(learner.reward) not in (SCENARIOS, SCORE):
            raise InputError(
                f"policy {learner.name} is trained with reward={learner.reward}, which says nothing of {SCORE}, the "
                f"outcome of {scenario.label}; {WAY_OUT}"
            )
    for scenario in trained_on:
        if _changed(scenario) and learner.reward != SCENARIOS and _told(learner.reward) != _told(scenario.reward):
            raise InputError(
                f"policy {learner.name} is trained with reward={learner.reward}, which its file pins, so "
                f"{_key(scenario)} would change nothing; {WAY_OUT}"
            )
    if _changed(taught) and taught.label not in [scenario.label for scenario in trained_on]:
        labels = ", ".join(scenario.label for scenario in trained_on)
        raise InputError(
            f"policy {learner.name} is trained on {labels} (train_on), so {_key(taught)} of {taught.label} would "
            "change nothing; change the reward of those"
        )


def _given(scenario: Scenario) -> list[bool]:
    """Of everything that was said of the reward beside the scenario's file, whether it is another now."""
    return [changed for key, changed in scenario.given.items() if key.partition(".")[0] == "reward"]


def _changed(scenario: Scenario) -> bool:
    return any(_given(scenario))


def _key(scenario: Scenario) -> str:
    """The scenario's reward as it is typed."""
    own = isinstance(scenario.reward, OwnReward)
    return f"scenario.reward{'' if own else '.kind'}={scenario.reward}"


def _told(reward: Reward) -> object:
    return reward.told() if isinstance(reward, OwnReward) else reward
