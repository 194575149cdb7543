"""The public names of a package, found in its files and imported when they are first used.

A file says with ``__all__`` what of it is public; ``zpdgym.students.BKT`` is then the address of ``BKT``, in whatever
file below ``students/`` it stands. So a new student or policy needs no list to be edited, files can move, and importing
a package compiles nothing.
"""

from __future__ import annotations

import ast
import functools
import importlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from zpdgym.moved import current_name

_ALL = re.compile(r"^__all__ = (\[.*?\])", re.MULTILINE | re.DOTALL)


@functools.cache
def public_names(package: str, folder: str) -> dict[str, str]:
    """Every public name of a package with the module that defines it, sorted by name.

    Args:
        package: its dotted name.
        folder: where it lies. Folders in it belong to it if they are packages; files that begin with ``_`` do not.

    Raises:
        ImportError: two files offer the same name.
    """
    found: dict[str, str] = {}
    for path in sorted(Path(folder).rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        if parts[-1].startswith("_") or not all((d / "__init__.py").is_file() for d in path.parents[: len(parts) - 1]):
            continue
        declared = _ALL.search(path.read_text(encoding="utf-8"))
        for name in ast.literal_eval(declared[1]) if declared else ():
            module = ".".join((package, *parts))
            if name in found:
                raise ImportError(f"{package}.{name} stands in {found[name]} and in {module}")
            found[name] = module
    return dict(sorted(found.items()))


def lazy(package: str, path: Iterable[str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package whose public names are loaded when they are first used.

    Args:
        package: its ``__name__``.
        path: its ``__path__``.
    """
    folder = next(iter(path))

    def load(name: str) -> Any:
        places = {} if name.startswith("_") else public_names(package, folder)
        if name not in places:
            dotted = f"{package}.{name}"
            public = current_name(dotted)  # a module of version 0.1 may have become a package that lacks its names
            if public == dotted:
                raise AttributeError(f"module {package!r} has no attribute {name!r}")
            return getattr(importlib.import_module(public.rpartition(".")[0]), name)
        return getattr(importlib.import_module(places[name]), name)

    return load, lambda: list(public_names(package, folder))
