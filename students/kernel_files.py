"""The folder of compiled kernels: where it lies, its files, and the digest of what a kernel was compiled from.

Every file is written beside its place and moved there in one step, and begins with its own digest: a process that is
killed, a full disk or a second process that does the same leaves no file that would be believed and is wrong.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import inspect
import os
import shutil
import tempfile
import time
import uuid
from pathlib import Path

from zpdgym.sources import Reading, digest_of_modules, reached, read_imports

SHARED = "ZPDGYM_KERNELS"
"""Names the private folder to the processes that this one starts."""
_BEING_WRITTEN = ".writing-"
_LEFT_BEHIND = 3600.0  # seconds; nobody writes one file for so long
_SEAL = hashlib.sha256().digest_size


@functools.cache
def kernels_folder() -> Path | None:
    """The first folder that can be written: the user's own, else a private one that is removed at the end.

    None where not even a temporary one can be made: then every process compiles for itself.
    """
    base = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    for folder in (Path(base) / "zpdgym" / "kernels", os.environ.get(SHARED)):
        if folder and _is_writable(Path(folder)):
            return Path(folder)
    try:
        private = tempfile.mkdtemp(prefix="zpdgym-kernels-")
    except OSError:
        return None
    atexit.register(shutil.rmtree, private, ignore_errors=True)
    os.environ[SHARED] = private
    return Path(private)


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def write_sealed(path: Path, content: bytes) -> None:
    """Write a file with its digest before it, in one step.

    Raises:
        OSError: it cannot be kept; nothing is left of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # two processes that compile the same kernel must not write into one file
    beside = path.with_name(f"{_BEING_WRITTEN}{uuid.uuid4().hex}")
    try:
        beside.write_bytes(hashlib.sha256(content).digest() + content)
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def read_sealed(path: Path) -> bytes | None:
    """What ``write_sealed`` wrote; None where there is no such file, or one that was cut or changed."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content[_SEAL:] if hashlib.sha256(content[_SEAL:]).digest() == content[:_SEAL] else None


def remove_left_behind(folder: Path) -> None:
    """Remove the beginnings of files that killed processes left; what another process is writing now stays."""
    for path in folder.rglob(f"{_BEING_WRITTEN}*"):
        try:
            if time.time() - path.stat().st_mtime > _LEFT_BEHIND:
                path.unlink()
        except FileNotFoundError:  # it was moved to its place meanwhile
            continue


@functools.cache
def content_of(files: frozenset[str]) -> str:
    """The digest of source files and of all that their imports reach: the same wherever the files lie, and whenever."""
    return digest_of_modules(path for file in files for path in _reached(file))


@functools.cache
def _reached(file: str) -> set[Path]:
    return reached(Path(file), read=_remembered)


@functools.cache
def _notes_folder() -> Path | None:
    """Where it is noted what files import. Reading it in 40 source files takes longer than loading the kernels."""
    folder = kernels_folder()
    if folder is None:
        return None
    reader = Path(inspect.getfile(Reading)).read_bytes()
    return folder / f"imports-{hashlib.sha256(reader).hexdigest()[:16]}"


def _remembered(source: bytes) -> Reading:
    """What a file with this content imports. A note is of a content, so no note can be out of date."""
    folder = _notes_folder()
    if folder is None:
        return read_imports(source)
    path = folder / hashlib.sha256(source).hexdigest()
    noted = read_sealed(path)
    if noted is not None:
        return Reading.of_note(noted)
    reading = read_imports(source)
    with contextlib.suppress(OSError):  # a full disk costs the time to read it again
        write_sealed(path, reading.note().encode())
    return reading


def forget() -> None:
    """As a new process begins: folders and files are looked at again."""
    for remembered in (kernels_folder, content_of, _reached, _notes_folder):
        remembered.cache_clear()
