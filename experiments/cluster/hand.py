"""The process that does a command's jobs on a worker: ``python -m zpdgym.experiments.cluster.hand``.

It first says what it is. Nothing of a job is unpickled where that does not fit. Asked without a payload, it looks
whether it sees the command's disk, and settles there or in its own folder.
"""

from __future__ import annotations

import os
import sys
from multiprocessing.connection import Connection

from zpdgym.files import is_file

from ...configs.build import OWN
from ...configs.trust import TRUSTED
from ..runs.execute import Report
from ..workers import serve
from .errand import Seen, Session
from .identity import differences, identity
from .luggage import OWN_THERE
from .task import deliver


def _settle(session: Session) -> bool:
    """Work where the command does, if its disk is seen, else in a folder of this worker's; whether it is seen."""
    os.environ[TRUSTED] = session.trusted
    shared = session.shared and is_file(session.sign)
    if shared:
        os.chdir(session.folder)
    if session.names:
        os.environ[OWN] = session.names if shared else str(OWN_THERE.resolve())
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    return shared


def main(arguments: list[str]) -> None:
    """Say what this process is, then do job after job until the worker closes the line."""
    descriptor, parent = map(int, arguments)
    connection = Connection(descriptor)
    session: Session = connection.recv()
    found = identity()
    fits = not differences(found, dict(session.identity))
    connection.send(Seen(found, fits, False))

    def work(payload: bytes, report: Report) -> bytes | bool:
        return deliver(payload, report) if payload else _settle(session)

    if fits:
        serve(connection, work, parent)


if __name__ == "__main__":
    main(sys.argv[1:])
