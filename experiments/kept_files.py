"""YAML files that a specification names are copied beside what was made of it, so that the folder can be moved."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path, PurePosixPath
from typing import TypeVar, cast

from zpdgym.errors import InputError
from zpdgym.files import is_file, write_bytes

from ..configs.build import own_files
from .places import each

FILES = "files"
"""The folder inside that of a comparison or a matrix."""
_GROUPS = {"scenarios": "scenario", "train_on": "scenario", "scenario": "scenario", "policies": "policy"}
"""Keys of a specification whose names may be those of files in a folder of one's own (``--config-dir``)."""
Settings = TypeVar("Settings", bound=Mapping[str, object])


def keep_files(settings: Settings, folder: Path) -> Settings:
    """Copy the YAML files that a specification names into the folder; the specification, which names the copies.

    What such a file names in turn (a CSV file with a curriculum, say) stays where it is.
    """
    taken = dict[PurePosixPath, bytes]()

    def kept(value: object) -> object:
        if not (isinstance(value, str) and value.endswith((".yaml", ".yml")) and is_file(Path(value))):
            return each(value, kept)
        data = Path(value).read_bytes()
        for number in count(1):
            name = PurePosixPath(FILES, *([str(number)] if number > 1 else []), Path(value).name)
            if taken.setdefault(name, data) == data:
                return str(name)
        raise AssertionError("count does not end")

    found = {key: kept(_as_paths(value, _GROUPS.get(key))) for key, value in settings.items()}
    for name, data in taken.items():
        if not is_file(path := folder / name) or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, data)
    return cast("Settings", found)


def named_from(settings: Settings, folder: Path) -> Settings:
    """The same specification for whoever is not in that folder: with the paths of the copies from here."""

    def there(value: object) -> object:
        if isinstance(value, str) and PurePosixPath(value).parts[:1] == (FILES,) and is_file(folder / value):
            return str(folder / value)
        return each(value, there)

    return cast("Settings", there(settings))


def must_agree(one: Path, other: Path) -> None:
    """Refuse to put folders together whose copies have the same name and are not the same.

    Raises:
        InputError: there are such files.
    """
    for path in sorted((one / FILES).rglob("*")):
        twin = other / path.relative_to(one)
        if is_file(path) and is_file(twin) and path.read_bytes() != twin.read_bytes():
            raise InputError(f"{path} and {twin} are not the same: they cannot be put together")


def _as_paths(value: object, group: str | None) -> object:
    """Names of files in a folder of one's own as their paths: elsewhere these names say nothing."""
    own = own_files(group) if group else {}
    if isinstance(value, list | tuple):
        return [_as_paths(one, group) for one in cast("list[object]", value)]
    if isinstance(value, Mapping) and group in value:
        return {**cast("Mapping[str, object]", value), group: _as_paths(value[group], group)}
    return str(own[value]) if isinstance(value, str) and value in own else value
