"""From the settings of a verb to scenarios and policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zpdgym.students.errors import InputError

if TYPE_CHECKING:
    from zpdgym.envs.scenario import Scenario


def load_scenario(settings: Mapping[str, Any]) -> Scenario:
    """The scenario that a command line asks for: the file with its replaced sections and changed numbers.

    Raises:
        InputError: an unknown name or key, a value that is refused, or students who do not fit another curriculum.
    """
    from zpdgym.envs.scenario import Scenario

    section = settings["scenario"]
    try:
        return Scenario.load(section["name"], replace=section["replace"], change=section["change"])
    except InputError as error:
        if "curriculum" not in section["replace"] or "student" in section["replace"]:
            raise
        # the scenario's own students may have one number per skill of its own curriculum
        raise InputError(f"{error}; students who fit any curriculum: student=typical") from error
