"""Where results go whose specification was found among results: to where it lies, whatever the folder is called now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from zpdgym.errors import InputError
from zpdgym.files import is_file
from zpdgym.names import name_fault
from zpdgym.notes import say_once

from .kept_files import named_from
from .store.runs import MARKERS

RESULTS = "results"
_FILES = {"comparison": ("experiment.yaml", MARKERS["comparison"]), "matrix": (MARKERS["matrix"], "matrix.json")}
"""What lies in a folder -> the file with its specification, and one that only what was made there has beside it."""


@dataclass(frozen=True)
class Place:
    """A folder for results.

    Attributes:
        results: the folder that it lies in.
        name: its own; None: that of the specification.
    """

    results: str | Path
    name: str | None


def place_of(
    file: str | Path | None, kind: str, *, own: object, results: str | Path | None, name: str | None = None
) -> Place:
    """Where a comparison or a matrix goes.

    A specification that lies in the folder of what was made of it means that very folder, also where that was copied
    or renamed, unless somebody says otherwise. Where it then goes elsewhere than its own name says, that is said.

    Args:
        file: the specification's; None: it comes from no file.
        kind: "comparison" or "matrix".
        own: the name in the specification.
        results: what was asked for; None: nothing.
        name: likewise.

    Raises:
        InputError: the folder has a name that none may have.
    """
    asked = Place(results or RESULTS, name)
    path, (specification, beside) = Path(file or ""), _FILES[kind]
    if name is not None or path.name != specification or not is_file(path.with_name(beside)):
        return asked
    folder = path.parent if path.parent.name not in ("", "..") else path.parent.resolve()
    if results is not None and Path(results).resolve() != folder.parent.resolve():
        return asked
    if (fault := name_fault(folder.name, plain=True)) is not None:
        raise InputError(
            f"{path}: the {kind} is used where it lies, but '{folder.name}' {fault}; rename it, or say name=…"
        )
    if folder.resolve() != (Path(asked.results) / str(own)).resolve():
        say_once(
            f"{path} lies in a {kind}'s folder, so that is used: {folder} (name=… or results=… say otherwise)",
            about=folder,
        )
    return Place(folder.parent, folder.name)


def read_beside(file: str | Path | None, kind: str, specification: Mapping[str, object]) -> dict[str, object]:
    """A specification as it was read from this file, or from none.

    Where that lies in the folder of what was made of it, the files that it names are the copies in that folder.
    """
    path = Path(file or "")
    if path.name == _FILES[kind][0] and is_file(path.with_name(_FILES[kind][1])):
        return dict(named_from(specification, path.parent))
    return dict(specification)


def place_asked(settings: Mapping[str, object], group: str, kind: str) -> Place:
    """The same from what a verb was given.

    Args:
        settings: of the verb, with ``name`` and ``results``, None where they were not given.
        group: whose file is the specification: "experiment" or "matrix".
        kind: "comparison" or "matrix".

    Raises:
        InputError: as ``place_of``.
    """
    given, files = (cast("Mapping[str, object]", settings[name] or {}) for name in (group, "files"))
    file, results, name = (
        None if value is None else str(value) for value in (files.get(group), settings["results"], settings["name"])
    )
    return place_of(file, kind, own=given.get("name"), results=results, name=name)
