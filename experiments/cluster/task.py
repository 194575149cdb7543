"""One job on its way to a worker's process and back."""

from __future__ import annotations

import fcntl
import pickle
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from zpdgym.errors import CannotWrite, InputError
from zpdgym.files import is_folder

from ..runs.execute import Report
from ..workers import Work
from .luggage import HOME, collected, lay_out


@dataclass(frozen=True)
class Task:
    """One job on its way.

    Attributes:
        work: what is to be done.
        argument: with what.
        files: what came along; None: the job is done on the command's own disk.
        folder: what is to be brought back; "": nothing is.
        lock: a file that is locked meanwhile, so that nobody who was taken for dead writes the same run; "": none.
    """

    work: Work
    argument: object
    files: Mapping[str, bytes] | None = None
    folder: str = ""
    lock: str = ""


@dataclass(frozen=True)
class Brought:
    """What a job gave back.

    Attributes:
        answer: of the work.
        files: what it wrote, by path; None: it lies where it belongs.
    """

    answer: object
    files: Mapping[str, bytes] | None


def deliver(payload: bytes, report: Report) -> bytes:
    """Do a job."""
    task: Task = pickle.loads(payload)
    if task.files is None:
        with _alone(task.lock):
            return pickle.dumps(Brought(task.work(task.argument, report), None))
    shutil.rmtree(HOME, ignore_errors=True)
    try:
        lay_out(task.files)
        answer = task.work(task.argument, report)
    except CannotWrite as error:  # this machine's disk is full, not the command's
        raise OSError(str(error)) from error
    return pickle.dumps(Brought(answer, collected(task.folder) if task.folder else {}))


@contextmanager
def _alone(lock: str) -> Generator[None]:
    """Wait until nobody else writes a run: a machine that was cut off may still be at it."""
    if not lock:
        yield
        return
    if not is_folder(Path(lock).parent):
        raise InputError(f"{Path(lock).parent} cannot be seen from this worker any more")
    with open(lock, "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as error:
            told = f"{Path(lock).parent} lies on a disk without locks ({error.strerror})"
            raise InputError(f"{told}: cluster.shared=false has runs sent back instead") from error
        yield
