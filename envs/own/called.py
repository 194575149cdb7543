"""What a user hands over that can be called: what it is called, whether it takes what it is given, its address."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

import numpy as np
from zpdgym.files import as_plain

from ...configs.build import TARGET

if TYPE_CHECKING:
    from ...students.curriculum.curriculum import Curriculum
    from ...students.model import IntN
    from ..scenario import Scenario


class Handed:
    """What a user's code is handed: arrays of N students that it cannot write to, and the scenario that they are of.

    Subclasses are dataclasses with ``scenario`` and ``items``, (N,).
    """

    scenario: Scenario
    items: IntN

    def __post_init__(self) -> None:
        for array in vars(self).values():
            if isinstance(array, np.ndarray):
                array.setflags(write=False)

    @property
    def curriculum(self) -> Curriculum:
        """What is taught: skills, items, prerequisites."""
        return self.scenario.curriculum

    def __len__(self) -> int:
        """N, how many students."""
        return len(self.items)


def refuses(call: Callable[..., object], *arguments: object) -> str | None:
    """Why something cannot be called so, in Python's words; None: it can, or does not tell."""
    try:
        inspect.signature(call).bind(*arguments)
    except TypeError as error:
        return str(error)
    except ValueError:  # what is compiled may not say what it takes
        return None
    return None


def name_of(given: object) -> str:
    """What a function, a class or an object is called."""
    named = given if hasattr(given, "__qualname__") else type(given)
    return f"{getattr(named, '__module__', '')}.{getattr(named, '__qualname__', '')}"


def address(named: object, arguments: Mapping[str, object]) -> Mapping[str, object] | None:
    """The address of a function or class with its arguments; None: another process does not find it there."""
    module, name = str(getattr(named, "__module__", "")), str(getattr(named, "__qualname__", ""))
    there = module != "__main__" and getattr(sys.modules.get(module), name, None) is named
    return as_json({TARGET: f"{module}.{name}", **arguments}) if there else None


def as_json(section: Mapping[str, object]) -> Mapping[str, object] | None:
    """The section as a file holds it; None: no file can."""
    plain = cast("dict[str, object]", as_plain(section))
    try:
        json.dumps(plain, allow_nan=False)
    except (TypeError, ValueError):
        return None
    return plain
