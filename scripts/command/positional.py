"""Command lines of verbs that read results or a file: places first, then ``key=value``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from zpdgym.errors import InputError, unknown
from zpdgym.scripts.command.lists import inside, parts

_KEY = re.compile(r"([A-Za-z_][\w.]*)=(.*)", re.DOTALL)


def understood(
    verb: str,
    arguments: Sequence[str],
    *,
    folders: int,
    keys: Sequence[str],
    nested: Sequence[str] = (),
    wanted: str = "the folder of a comparison, such as results/quickstart",
) -> tuple[list[str], dict[str, str], dict[str, dict[str, str]]]:
    """The folders, the keys, and the keys below others (``only.forget=0.01``).

    Args:
        verb: for messages.
        arguments: what was typed.
        folders: how many folders there must be.
        keys: what may stand before the ``=``.
        nested: what may stand before a dot.
        wanted: what a single one is, for messages.

    Raises:
        InputError: an option, an unknown key (with the nearest), a key twice, or too few or too many folders.
    """
    places, given = list[str](), dict[str, str]()
    inner: dict[str, dict[str, str]] = {name: {} for name in nested}
    for argument in arguments:
        found = _KEY.fullmatch(argument)
        if argument.startswith("-"):
            raise InputError(f"'{argument}': {verb} takes no options; zpdgym {verb} --help tells more")
        if found is None or "/" in found[1]:
            places.append(argument)
            continue
        key, value = found[1], found[2]
        top, _, below = key.partition(".")
        where: dict[str, str] = inner[top] if top in inner and below else given
        name = below if where is not given else key
        if where is given and key not in keys:
            raise unknown("key", key, [*keys, *(f"{name}.AXIS" for name in nested)])
        if name in where:
            raise InputError(f"{key} is given twice")
        if not value:
            raise InputError(f"{key}= needs a value")
        where[name] = value
    if len(places) != folders:
        needed = wanted if folders == 1 else f"{folders} folders"
        raise InputError(f"{verb} needs {needed}; {len(places)} given")
    return places, given, inner


def listed(given: Mapping[str, str], key: str) -> list[str]:
    """The values of a list, written with commas, in brackets or not; none where it is not given."""
    text = given.get(key, "")
    held = inside(text)
    return [value for value in parts(text if held is None else held) if value]
