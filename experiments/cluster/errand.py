"""What a Dask worker does: it hands a job to a process of its own, and tells how far that is.

The process belongs to one command. So a run has a main thread, a working directory and modules as they are now, and
one that dies takes no worker with it. Light to import: the worker's own process knows nothing else of zpdgym.
"""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import NamedTuple

_HAND = "zpdgym.experiments.cluster.hand"
_PATIENCE = 300.0
"""Seconds that a process may take until it says what it is: on a cold network disk that is long."""


@dataclass(frozen=True)
class Session:
    """What all jobs of a command have in common.

    Attributes:
        token: of the command; drawn.
        folder: where it works.
        sign: a file that only those see who see its disk.
        shared: whether that disk is used where it is seen.
        trusted: the modules that files may name.
        names: the user's folder of names; "": there is none.
        identity: what a worker must run.
    """

    token: str
    folder: str
    sign: str
    shared: bool
    trusted: str
    names: str
    identity: tuple[tuple[str, str], ...]


class Answer(NamedTuple):
    """What comes back.

    Attributes:
        kind: "seen" (a ``Seen``), "done" (pickled), "failed" (a ``Failed``), "unwritable" (a message), "died" (an exit
            code) or "absent" (why zpdgym cannot be asked there).
        content: see there.
    """

    kind: str
    content: object


class Seen(NamedTuple):
    """What a worker is.

    Attributes:
        identity: what it runs.
        fits: whether that is what the command runs.
        shared: whether it sees the command's disk, and may use it.
        listens: the address at which it can be reached.
    """

    identity: dict[str, str]
    fits: bool
    shared: bool
    listens: str = ""


def asked(session: Session, name: str, payload: bytes | None) -> bytes:
    """A question as it travels (``question``)."""
    return pickle.dumps((session, name, payload))


def answered(question: bytes) -> Answer:
    """Have one job done by this worker, or say what it is."""
    return errand(*pickle.loads(question))


def errand(session: Session, name: str, payload: bytes | None) -> Answer:
    """Have one job done by this worker.

    Args:
        session: of the command.
        name: of the job.
        payload: a pickled ``Task``. Where the worker does not fit, nobody unpickles it. Nothing: say whether the
            command's disk is seen, too; None: say only what the worker is. Whoever looks for the sign before it is
            there may not see it for long, because network disks remember what was not there.
    """
    from distributed import get_worker

    worker, topic = get_worker(), topic_of(session.token)
    with _LOCK:
        hand = _hand_of(session, Path(worker.local_directory))
        if hand.seen is None:
            return Answer("died", hand.process.wait())
        hand.seen = hand.seen._replace(listens=worker.listen_address)
        if payload is None or not hand.seen.fits:
            return Answer("seen", hand.seen)
        if not hand.settled:
            answer = hand.do("", b"", lambda share: None)
            if answer.kind != "done":
                return answer
            hand.settled, hand.seen = True, hand.seen._replace(shared=bool(answer.content))
        if not payload:
            return Answer("seen", hand.seen)
        return hand.do(name, payload, lambda share: worker.log_event(topic, [name, share]))


def end(token: str) -> None:
    """End the process of a command, which is over or was interrupted."""
    hand = _HANDS.pop(token, None)
    if hand is not None:
        hand.end()


def topic_of(token: str) -> str:
    """Under which name a command hears how far its jobs are."""
    return f"zpdgym-{token}"


class _Hand:
    """The process that does the jobs of one command.

    Args:
        session: of the command.
        scratch: the folder where it works where the command's disk is not seen.
    """

    def __init__(self, session: Session, scratch: Path) -> None:
        self.connection, there = Pipe()
        self.scratch, self.settled = scratch, False
        scratch.mkdir(parents=True)
        with there:
            self.process = subprocess.Popen(
                # -P: a module of the folder where the worker was started must not hide another
                [sys.executable, "-P", "-m", _HAND, str(there.fileno()), str(os.getpid())],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                cwd=scratch,
            )
        try:
            self.connection.send(session)
            if not self.connection.poll(_PATIENCE):
                raise EOFError
            self.seen: Seen | None = self.connection.recv()
        except (EOFError, OSError):
            self.end()
            self.seen = None

    def do(self, name: str, payload: bytes, progress: Callable[[float], None]) -> Answer:
        """Let it do a job."""
        try:
            self.connection.send((name, payload))
            while True:
                kind, content = self.connection.recv()
                if kind != "progress":
                    return Answer(kind, content)
                progress(content)
        except (EOFError, OSError):  # it died
            return Answer("died", self.process.wait())

    def end(self) -> None:
        """End it, and remove what it left; what it is writing is written in one step, so nothing is half there."""
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)


_HANDS, _LOCK = dict[str, _Hand](), threading.Lock()


def _hand_of(session: Session, folder: Path) -> _Hand:
    """The process of this command; those of others are idle, and end."""
    found = _HANDS.get(session.token)
    if found is not None and found.process.poll() is None:
        return found
    for token in list(_HANDS):
        end(token)
    _HANDS[session.token] = _Hand(session, folder / topic_of(session.token))
    return _HANDS[session.token]
