"""Every scenario under an id of Gymnasium's: found from the names of the files alone, read when it is used."""

from __future__ import annotations

from functools import cache

import gymnasium
from gymnasium.envs.registration import EnvSpec

from .scenario import Scenario, scenario_names
from .scenario_file import NAMESPACE

FLAT = "-flat"


class ScenarioSpec(EnvSpec):
    """What Gymnasium knows of a scenario; the number of lessons is looked up when somebody asks.

    It is one more than there can be: the teaching ends by itself, and a learner must not take the end of the budget,
    which it sees, for one that cut the episode short. Reading every scenario at import would cost more than all else.
    """

    @property
    def max_episode_steps(self) -> int | None:
        """The number set, else one more than the scenario's lessons."""
        limit: int | None = self.__dict__.get("limit")
        return _lessons(self.id.removeprefix(NAMESPACE).replace(FLAT, "")) + 1 if limit is None else limit

    @max_episode_steps.setter
    def max_episode_steps(self, value: int | None) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self.__dict__["limit"] = value

    def __eq__(self, other: object) -> bool:
        """Equal to a plain specification that says the same, such as one that was read from JSON."""
        if not isinstance(other, EnvSpec):
            return False
        try:
            return self.to_json() == other.to_json()
        except TypeError:  # JSON holds no reward that was made in Python
            return (self.id, self.kwargs) == (other.id, other.kwargs)

    __hash__ = None  # pyright: ignore[reportAssignmentType]  # as of every dataclass that can be changed


@cache
def _lessons(name: str) -> int:
    scenario = Scenario.load(name)
    return scenario.schedule.horizon(scenario.curriculum.minutes)


def flat_id(name: str) -> str:
    """The id under which the observation is one row of numbers: "zpdgym/Tiny-flat-v0" for "Tiny-v0"."""
    stem, _, version = name.rpartition("-v")
    return f"{NAMESPACE}{stem}{FLAT}-v{version}"


def register_scenarios() -> None:
    """Make every bundled scenario known to Gymnasium, as ``zpdgym/<Name>-v0`` and ``zpdgym/<Name>-flat-v0``."""
    for name in scenario_names():
        for key, options in ((NAMESPACE + name, {}), (flat_id(name), {"flat": True})):
            gymnasium.registry[key] = ScenarioSpec(
                id=key,
                entry_point="zpdgym.envs.scenario:make_env",
                vector_entry_point="zpdgym.envs.scenario:make_vec_env",
                kwargs={"scenario": name, **options},
            )
