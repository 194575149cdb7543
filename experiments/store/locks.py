"""Who may write where at this moment: processes that share a folder of results keep out of each other's way.

A comparison writes its whole folder, so nobody else may. Trainings and searches write a folder each below the one that
they share, so many may go on there at the same time; two that are the same one take turns, and so do all of them with
what they do share. Every lock dies with the process that holds it; the empty files that were locked stay.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zpdgym.errors import InputError
from zpdgym.files import make_folder, writing
from zpdgym.notes import say

LOCK = ".lock"
"""The file that is locked for a whole folder, and how those end that are locked for what lies beside them."""
_ALL = 2**30
"""How many bytes a lock on all of a file spans where locks are about bytes (Windows)."""


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Let one process alone write an experiment's folder.

    Raises:
        InputError: another process is writing there, or no folder can be made there.
    """
    with _opened(folder, LOCK) as handle:
        if not _locked(handle):
            raise _busy(folder)
        yield


@contextmanager
def writer_beside_others(folder: Path) -> Iterator[None]:
    """Write below an experiment's folder while others do so too; what each of them writes is taken in turns.

    Raises:
        InputError: a process is writing all of it (``only_writer``), or no folder can be made there.
    """
    with _opened(folder, LOCK) as handle:
        if not _locked(handle, shared=True):
            raise _busy(folder)
        yield


@contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Write one file or folder while nobody else who asks for it does; who comes second waits, which is said.

    Args:
        path: what is written. The lock lies beside it, since what is written may be moved away as a whole.

    Raises:
        InputError: no folder can be made there.
    """
    with _opened(path.parent, f".{path.name}{LOCK}") as handle:
        if not _locked(handle):
            say(f"another zpdgym is writing {path} at this moment: waiting for it")
            _ = _locked(handle, wait=True)
        yield


def _busy(folder: Path) -> InputError:
    return InputError(
        f"another zpdgym is writing {folder} at this moment: wait for it, or give this experiment another name"
    )


def _opened(folder: Path, name: str) -> io.TextIOWrapper:
    try:
        make_folder(folder)
        with writing(folder):
            return (folder / name).open("w")
    except OSError as error:  # as below /proc, where nothing can be
        raise InputError(f"{folder}: no folder can be made there ({error.strerror})") from error


def _locked(handle: io.TextIOWrapper, *, shared: bool = False, wait: bool = False) -> bool:
    """Whether the lock was got; with ``wait`` it always is, in the end."""
    try:
        import fcntl
    except ImportError:
        return _locked_on_windows(handle, shared=shared, wait=wait)
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def _locked_on_windows(handle: io.TextIOWrapper, *, shared: bool, wait: bool) -> bool:
    """As ``_locked``. There are no shared locks there: who shares locks one byte of its own, the others all bytes."""
    import msvcrt
    import time

    handle.seek(os.getpid() % _ALL if shared else 0)
    while True:
        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1 if shared else _ALL)  # pyright: ignore[reportAttributeAccessIssue]
        except OSError:
            if not wait:
                return False
            time.sleep(1.0)
        else:
            return True
