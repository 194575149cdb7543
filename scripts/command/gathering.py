"""A sweep of a verb that makes one thing of all its combinations: the values that are swept become axes of a grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, QuotedString
from zpdgym.errors import InputError
from zpdgym.scripts.command.overrides import Request, as_typed
from zpdgym.scripts.command.verbs import SCENARIO_GROUPS

SEPARATE = ("experiment", "name")
"""Keys of which each value is a comparison of its own, in a folder of its own."""
AXES = ("lessons", "cohort_seed", "tune_budget", "n_validation")


def gathered(request: Request, readable: list[str]) -> tuple[Request, dict[str, list[object]]] | None:
    """One request instead of a sweep, and what was swept: axis -> values; None where every value has its own folder.

    Args:
        request: with ``-m``.
        readable: its overrides, as Hydra reads them.

    Raises:
        InputError: something is swept that is no axis, or a launcher is asked for.
    """
    parser, axes, kept, apart = OverridesParser.create(), dict[str, list[object]](), list[str](), False
    for text in readable:
        override = parser.parse_override(text)
        if text.startswith(("hydra/launcher", "hydra.launcher", "hydra/sweeper", "hydra.sweeper")):
            raise InputError(f"{text}: compare -m is one comparison of all its cells; jobs=N says how many processes")
        if not override.is_sweep_override():
            kept.append(text)
            continue
        key = as_typed(text).partition("=")[0]
        if key in SEPARATE:
            apart = True
            continue
        if not override.is_discrete_sweep():
            raise InputError(f"{as_typed(text)}: without -m write grid.{key}={{low: …, high: …, points: …}}")
        axes[_axis(key)] = [_value(key, value, request.files) for value in _values(override)]
    if apart and axes:
        told = ", ".join(sorted(axes))
        raise InputError(f"experiment= and name= make comparisons of their own, and {told} make one: sweep them apart")
    if apart:
        return None
    options = replace(request.options, multirun=False)
    return Request(options, kept, request.files), axes


def is_swept(key: str) -> bool:
    """Whether ``compare -m`` takes several values of a key."""
    try:
        return key in SEPARATE or bool(_axis(key))
    except InputError:
        return False


def _axis(key: str) -> str:
    top = key.partition(".")[0]
    if key in (*SCENARIO_GROUPS, *AXES) or key.startswith("scenario."):
        return key
    if key == "scenario":
        return "scenarios"
    if top in SCENARIO_GROUPS:
        raise InputError(f"{key}: -m cannot sweep it; write scenario.{key}=…, or grid.{key}=[…] without -m")
    raise InputError(f"{key}: -m makes one comparison of all combinations; {key} is no axis of it: give one value")


def _values(override: Override) -> list[object]:
    """The values of a sweep, in its order."""
    found = list[object]()
    for value in override.sweep_iterator():
        found.append(value.text if isinstance(value, QuotedString) else cast("object", value))
    return found


def _value(key: str, value: object, files: Mapping[tuple[str, str], Path]) -> object:
    """A choice of a group that is a file of the user's own by its path."""
    path = files.get((key, str(value)))
    return value if path is None else str(path)
