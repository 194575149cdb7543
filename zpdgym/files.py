"""Files that are written in one step or read with care, and the plain form of data that they hold."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from zpdgym.errors import InputError

TEMPORARY = ".writing-"
"""How a file begins while it is being written; an interruption may leave one behind."""


def is_file(path: str | Path) -> bool:
    """Whether a file lies there; a name that no file can have is none."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):  # too long, or with a zero in it
        return False


def is_folder(path: str | Path) -> bool:
    """Whether a folder lies there; a name that no folder can have is none."""
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file in one step: whoever looks sees the old contents or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{TEMPORARY}{path.name}")
    beside.write_bytes(data)
    os.replace(beside, path)


def read_bytes(path: Path, most: int, *, what: str) -> bytes:
    """Read a file of somebody else's making, which may be missing or far too large.

    Args:
        path: the file.
        most: the most bytes that it may have.
        what: what lies in its folder: "teacher".

    Raises:
        InputError: it is missing or larger.
    """
    if not path.is_file():
        raise InputError(f"there is no {what} at '{path.parent}': {path.name} is missing")
    if path.stat().st_size > most:
        raise InputError(f"{path} has {path.stat().st_size} bytes; a {what}'s file has at most {most}")
    return path.read_bytes()


def cache_folder() -> Path:
    """Where is kept what takes long to find and can be found again."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "zpdgym"


def kept(path: Path, make: Callable[[], dict[str, object]]) -> dict[str, object]:
    """What was found before and kept in this file; else it is made now, and kept.

    A file that was cut is made again. Where nothing can be written that is said, and the work goes on.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = make()
    # a spec may hold infinities, which other readers of JSON do not know
    text = json.dumps(plain(found), indent=1, ensure_ascii=False)
    try:
        write_bytes(path, f"{text}\n".encode())
    except OSError as error:
        sys.stderr.write(f"{path} cannot be written ({error.strerror}): it is found again the next time\n")
    return json.loads(text)


def write_json(path: Path, value: Any) -> None:
    """Write plain data as JSON in one step; arrays become lists, NaN becomes null, infinity "inf"."""
    text = json.dumps(plain(value, strict=True), indent=1, ensure_ascii=False, allow_nan=False)
    write_bytes(path, f"{text}\n".encode())


def write_yaml(path: Path, value: Any) -> None:
    """Write plain data as YAML in one step, keys in the order given."""
    import yaml

    write_bytes(path, yaml.safe_dump(plain(value), sort_keys=False, allow_unicode=True, width=120).encode())


def plain(value: Any, *, strict: bool = False) -> Any:
    """The same data as dicts, lists, str, int, float, bool and None.

    Args:
        value: numbers, text, arrays, paths, and mappings, lists or sets of them.
        strict: as JSON wants it: None for NaN, and the text "inf" or "-inf" for the infinities.

    Raises:
        TypeError: something else is among them.
    """
    if isinstance(value, Mapping):
        return {str(k): plain(v, strict=strict) for k, v in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(cast("Any", value).tolist(), strict=strict)
    if isinstance(value, set | frozenset):
        return [plain(v, strict=strict) for v in sorted(cast("set[Any]", value))]
    if isinstance(value, list | tuple):
        return [plain(v, strict=strict) for v in cast("list[Any]", value)]
    if strict and isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"no plain form for {type(value).__name__}")
