"""What the folders of this machine are called, a person's name among them, is no matter of whoever reads results."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar, cast

Settings = TypeVar("Settings")

A_PATH = "(a path)"
_PLACE = re.compile(r"""(?:^|[\s='"(,;:])(?:/|~\w*/|[A-Za-z]:[\\/]|\\\\)[^\s/]""")

_WHOLE = re.compile(r"""(^|[\s='"(,;:])(?:/|~\w*/|[A-Za-z]:[\\/]|\\\\)[^\s/][^\s'"),;]*""")


def sentence_without_places(text: str) -> str:
    """What was said, with a word for every absolute path in it."""
    return _WHOLE.sub(lambda found: f"{found[1]}{A_PATH}", text)


def below_here(path: Path) -> Path | None:
    """The path from the current folder on; None where it lies elsewhere."""
    if not path.is_absolute() and ".." not in path.parts:
        return path
    here, there = Path.cwd().resolve(), path.resolve()
    return there.relative_to(here) if there.is_relative_to(here) else None


def from_here(settings: Settings) -> Settings:
    """Settings that mean the same in the current folder: absolute paths to what lies in it start there."""
    return cast("Settings", _from_here(settings))


def without_places(settings: Settings) -> Settings:
    """Settings to be shown: a word stands for every absolute path."""
    return cast("Settings", _without_places(settings))


def _from_here(settings: object) -> object:
    if isinstance(settings, str) and Path(settings).is_absolute():
        return str(below_here(Path(settings)) or settings)
    return each(settings, _from_here)


def _without_places(settings: object) -> object:
    if isinstance(settings, Path) or (isinstance(settings, str) and _PLACE.search(settings)):
        return A_PATH
    return each(settings, _without_places)


def each(settings: object, change: Callable[[object], object]) -> object:
    """Settings with every value and every entry of a list changed; anything else stays as it is."""
    if isinstance(settings, Mapping):
        return {key: change(value) for key, value in cast("Mapping[str, object]", settings).items()}
    if isinstance(settings, list | tuple):
        return [change(value) for value in cast("Sequence[object]", settings)]
    return settings
