"""The line to a Dask scheduler: who is there, what is sent to whom, and what comes back."""

from __future__ import annotations

import contextlib
import logging
import queue
import warnings
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from zpdgym.errors import InputError, debugging

from .errand import Answer, Session, asked, end, topic_of
from .knock import Gone, within
from .question import ASK, SOURCE

if TYPE_CHECKING:
    from distributed import Client, Future

_FETCH = 120.0
"""Seconds that the answer of a finished job may take on its way here."""
_OPENS = 60.0
"""Seconds that a connection may take, with all that is asked first."""
_SAYS = 60.0
"""Seconds that a scheduler may take to say who is there; one that takes longer hangs, though its port is open."""
_ENDS = 3.0
"""Seconds that workers and the scheduler have to hear that the command is over: who hangs is not waited for."""


@contextmanager
def quiet() -> Generator[None]:
    """Keep what Dask says of lost connections, with tracebacks, off the terminal: what is lost we say ourselves."""
    import distributed  # noqa: F401  # it sets the levels of its loggers

    names = [n for n in logging.root.manager.loggerDict if n.partition(".")[0] in ("distributed", "tornado")]
    before = {name: logging.getLogger(name).level for name in names}
    loud = debugging()
    for name, level in before.items():
        logging.getLogger(name).setLevel(level if loud else logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


@dataclass(frozen=True)
class Progress:
    """How far a job is."""

    name: str
    share: float


@dataclass(frozen=True)
class Arrived:
    """What came of something that was sent.

    Attributes:
        ticket: of what was sent.
        answer: what came back; None: it was lost on the way.
        why: what is known of that.
    """

    ticket: str
    answer: Answer | None
    why: str = ""


class Line:
    """A line to a scheduler, which may break.

    Args:
        connect: makes a client; raises OSError where nobody answers.
        session: of this command.
    """

    def __init__(self, connect: Callable[[], Client], session: Session) -> None:
        self.connect, self.session = connect, session
        self.client: Client | None = None
        self.sent, self.number = dict[str, "Future[Answer]"](), 0
        self.inbox: queue.SimpleQueue[str | Progress] = queue.SimpleQueue()
        self.broken = True

    def open(self) -> None:
        """Connect.

        Raises:
            Gone: nobody answers.
            InputError: whoever answers is no scheduler.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of versions: they are compared in ``identity``
                self.client = within(_OPENS, self.connect)
        except InputError:
            raise
        except (OSError, RuntimeError, ValueError) as error:
            raise Gone(str(error).splitlines()[0] if str(error) else type(error).__name__) from error
        self.client.subscribe_topic(topic_of(self.session.token), self._hear_progress)
        self.broken = False

    def workers(self) -> frozenset[str]:
        """The addresses of those who are there.

        Raises:
            Gone: the line is broken.
        """
        client = self._running()
        try:
            return frozenset(cast("dict[str, int]", within(_SAYS, client.nthreads)))
        except (OSError, RuntimeError, ValueError) as error:  # each of them is said of a line that breaks now
            raise Gone(str(error)) from error

    def signs(self) -> Mapping[str, float]:
        """When the scheduler last heard of every worker, by its own clock.

        Raises:
            Gone: the line is broken.
        """
        client = self._running()
        try:
            told = within(_SAYS, lambda: client.scheduler_info(n_workers=-1))
        except (OSError, RuntimeError, ValueError) as error:
            raise Gone(str(error)) from error
        workers = cast("Mapping[str, Mapping[str, float]]", told["workers"])
        return {worker: about["last_seen"] for worker, about in workers.items()}

    def send(self, worker: str, name: str, payload: bytes | None) -> str:
        """Send a job, or a question (see ``errand``), to a worker; the ticket for what comes back.

        Raises:
            Gone: the line is broken.
        """
        client = self._running()
        self.number += 1
        ticket = f"{topic_of(self.session.token)}-{self.number}"
        question = {"source": SOURCE, "question": asked(self.session, name, payload)}
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Sending large graph")  # a job goes to one worker, once
                future = client.submit(eval, ASK, question, key=ticket, workers=[worker], pure=False)
        except (OSError, RuntimeError) as error:
            raise Gone(str(error)) from error
        self.sent[ticket] = future
        future.add_done_callback(lambda done: self.inbox.put(done.key))
        return ticket

    def drop(self, ticket: str) -> None:
        """Wait no more for something that was sent."""
        self.sent.pop(ticket, None)

    def news(self, seconds: float) -> Iterator[Progress | Arrived]:
        """What came in, after at most so many seconds."""
        try:
            found = self.inbox.get(timeout=seconds)
            while True:
                if isinstance(found, Progress):
                    yield found
                elif found in self.sent and (arrived := self._fetch(found, self.sent.pop(found))) is not None:
                    yield arrived
                found = self.inbox.get_nowait()
        except queue.Empty:
            return

    def close(self) -> None:
        """Hang up: what was sent is called off."""
        self.sent.clear()
        client, self.client = self.client, None
        if client is not None:
            with contextlib.suppress(OSError, RuntimeError, ValueError):  # who is gone needs no goodbye
                within(_ENDS, lambda: client.close(timeout=_ENDS))

    def end_all(self, workers: Collection[str]) -> None:
        """End what these workers still do for this command; those without zpdgym have nothing to end, and say so."""
        with contextlib.suppress(Gone, OSError, RuntimeError, ValueError):
            run, token = self._running().run, self.session.token
            if workers:
                within(_ENDS, lambda: run(end, token, workers=list(workers), on_error="ignore"))

    def _running(self) -> Client:
        if self.client is None or self.broken or self.client.status != "running":
            raise Gone("the connection is closed")
        return self.client

    def _hear_progress(self, event: tuple[float, tuple[str, float]]) -> None:
        name, share = event[1]
        self.inbox.put(Progress(name, share))

    def _fetch(self, ticket: str, future: Future[Answer]) -> Arrived | None:
        """What came of it; None: the line broke, and though Dask may have mended it, what was sent is lost."""
        from distributed.comm.core import CommClosedError

        if future.status == "cancelled":
            self.broken = True
            return None
        try:
            return Arrived(ticket, Answer(*future.result(timeout=_FETCH)))
        except CommClosedError:
            self.broken = True
            return None
        except Exception as error:  # whatever Dask says of it: it did not come through
            return Arrived(ticket, None, f"{type(error).__name__}: {error}")
