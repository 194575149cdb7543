"""Files that are written in one step or read with care, and the plain form of data that they hold."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import math
import os
import sys
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from zpdgym.errors import CannotWrite, InputError

TEMPORARY = ".writing-"
"""How a file begins while it is being written; an interruption may leave one behind."""
_CHECKSUM = "checksum"


_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
"""What the machine says where it is not the command that is wrong: no room, no right, a broken disk."""


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
    """Write a file in one step: whoever looks sees the old contents or the new, never a part.

    Raises:
        CannotWrite: the disk is full or the folder read-only; nothing is left of the file.
        InputError: there is a folder in the file's place, or a file in a folder's.
    """
    with writing(path):
        make_folder(path.parent)
        beside = path.with_name(f"{TEMPORARY}{path.name}")
        try:
            beside.write_bytes(data)
            os.replace(beside, path)
        except OSError:
            with contextlib.suppress(OSError):  # what kept it from being written is told, not this
                beside.unlink()
            raise


def make_folder(path: Path) -> None:
    """Make a folder and those above it, where they are not there.

    Raises:
        CannotWrite: the disk is full or the folder above is read-only.
        InputError: there is a file in the folder's place.
    """
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def writing(path: Path) -> Generator[None]:
    """Whatever is said of a file or folder that cannot be written becomes one line that names it.

    Raises:
        CannotWrite: the disk is full or the folder read-only.
        InputError: there is a folder in a file's place, or a file in a folder's.
    """
    try:
        yield
    except (IsADirectoryError, NotADirectoryError, FileExistsError) as error:
        wrong = next((part for part in (*reversed(path.parents), path) if part.exists() and not part.is_dir()), path)
        found, wanted = ("file", "folder") if wrong.is_file() else ("folder", "file")
        raise InputError(f"{wrong} is a {found}: a {wanted} is to be written there; move it away") from error
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise CannotWrite(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error
        raise


def must_be_free(files: Iterable[Path]) -> None:
    """Refuse, before any work is done, places where files are to be written and folders lie, or the other way round.

    Raises:
        InputError: the first such place.
    """
    for path in files:
        blocked = next((parent for parent in reversed(path.parents) if is_file(parent)), None)
        if blocked is not None:
            raise InputError(f"{blocked} is a file: a folder is to be written there; move it away")
        if is_folder(path):
            raise InputError(f"{path} is a folder: a file is to be written there; move it away")


def read_bytes(path: Path, most: int, *, what: str) -> bytes:
    """Read a file of somebody else's making, which may be missing or far too large.

    Args:
        path: the file.
        most: the most bytes that it may have.
        what: what lies in its folder: "teacher".

    Raises:
        InputError: it is missing or larger.
    """
    if not is_file(path):
        raise InputError(f"there is no {what} at '{path.parent}': {path.name} is missing")
    if path.stat().st_size > most:
        raise InputError(f"{path} has {path.stat().st_size} bytes; a {what}'s file has at most {most}")
    return path.read_bytes()


def cache_folder() -> Path:
    """Where is kept what takes long to find and can be found again."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "zpdgym"


def found_or_made(path: Path, make: Callable[[], dict[str, object]], *, way_out: str) -> dict[str, object]:
    """What was found before and kept in this file; else it is made now, and kept.

    Where nothing can be written that is said, and the work goes on.

    Args:
        path: the file, which holds its own checksum.
        make: finds it; that takes long.
        way_out: what helps where the file was damaged: "delete it, and the belief is fitted again".

    Raises:
        InputError: the file was cut or changed since.
    """
    if not path.exists():
        # through JSON, so that it is the same now as the next time; a spec may hold infinities
        found = cast("dict[str, object]", json.loads(json.dumps(plain(make()))))
        text = json.dumps({**found, _CHECKSUM: _sum(found)}, indent=1, ensure_ascii=False)
        try:
            write_bytes(path, f"{text}\n".encode())
        except (CannotWrite, InputError) as error:
            sys.stderr.write(f"{error}; it is sought again the next time\n")
        return found
    stored = read_json(path, way_out=way_out)
    if not isinstance(stored, dict) or _CHECKSUM not in stored:
        raise InputError(f"{path} does not hold what was kept there: {way_out}")
    found = {name: value for name, value in cast("dict[str, object]", stored).items() if name != _CHECKSUM}
    if cast("dict[str, object]", stored)[_CHECKSUM] != _sum(found):
        raise InputError(f"{path} was changed since (checksum): {way_out}")
    return found


def _sum(found: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def read_json(path: Path, *, way_out: str, renamed: tuple[str, str] = ("", "")) -> object:
    """Read plain data that we wrote, which may have been changed since.

    Args:
        path: the file.
        way_out: what helps: "delete it".
        renamed: a text that older versions wrote, and what stands for it now.

    Raises:
        InputError: it is missing, a folder, cut, or no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8").replace(*renamed))
    except (OSError, ValueError, RecursionError) as error:
        said = (error.strerror or str(error)).lower() if isinstance(error, OSError) else "it is no JSON, or was cut"
        raise InputError(f"{path} cannot be read ({said}): {way_out}") from error


def write_json(path: Path, value: Any) -> None:
    """Write plain data as JSON in one step; arrays become lists, NaN becomes null, infinity "inf"."""
    text = json.dumps(plain(value, strict=True), indent=1, ensure_ascii=False, allow_nan=False)
    write_bytes(path, f"{text}\n".encode())


def write_yaml(path: Path, value: Any) -> None:
    """Write plain data as YAML in one step, keys in the order given."""
    import yaml

    write_bytes(path, yaml.safe_dump(plain(value), sort_keys=False, allow_unicode=True, width=120).encode())


def as_plain(value: object) -> object:
    """A value that was given in Python as a file would hold it: numpy's numbers and arrays as numbers and lists."""
    if isinstance(value, Mapping):
        return {key: as_plain(inner) for key, inner in cast("Mapping[object, object]", value).items()}
    if isinstance(value, np.ndarray | np.generic):
        return cast("object", value.tolist())
    if isinstance(value, list | tuple):
        return [as_plain(inner) for inner in cast("Sequence[object]", value)]
    return value


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
