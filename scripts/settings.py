"""From the settings of a verb to scenarios and policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zpdgym.envs.scenario import Scenario


def load_scenario(settings: Mapping[str, Any]) -> Scenario:
    """The scenario that a command line asks for: the file with its replaced sections and changed numbers."""
    from zpdgym.envs.scenario import Scenario

    section = settings["scenario"]
    return Scenario.load(section["name"], replace=section["replace"], change=section["change"])
