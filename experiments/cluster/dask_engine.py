"""Jobs handed to the workers of a Dask scheduler, one each, and what becomes of those that are lost.

Who does what is decided here and not by Dask: a worker that joins is looked at before it gets work, and a job whose
worker is gone goes to another. A scheduler that is gone is waited for; what was not finished is then done again.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import secrets
import shutil
import time
from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from zpdgym.errors import CannotWrite, InputError, RunsFailed
from zpdgym.files import write_bytes
from zpdgym.notes import duration, say

from ...configs.build import OWN
from ...configs.trust import TRUSTED
from ..workers import Failed, Job, Schedule, Work, do_here
from .errand import Answer, Seen, Session
from .identity import identity
from .knock import Gone
from .line import Arrived, Line, Progress, quiet
from .luggage import Luggage
from .roll import Roll
from .task import Brought, Task

if TYPE_CHECKING:
    from distributed import Client

LOSSES = 3
"""So many workers may be lost over one job: then it is the job that loses them."""
TRIES = 2
"""So often a job is tried whose process dies."""
FIRST_LOOK = 20.0
"""Seconds that the others have, once one worker fits, to say what they are; who is slower joins later."""
EVERY = 2.0
"""Seconds between two looks at who is there."""
SIGNS = ".elsewhere"
"""A folder beside the runs while they are made: by its sign workers see that they see this disk; it holds the locks."""
_KEPT = "what is finished is kept, and the same command goes on from there"


class DaskEngine:
    """Does jobs on the workers of a scheduler.

    Args:
        connect: makes a client; raises ``Gone`` where nobody answers.
        where: the scheduler, for messages.
        home: the folder of what is made; None: nothing is written, so that it does not matter who sees this disk.
        at_most: so many jobs at a time; None: as many as there are workers.
        shared: whether this disk is used by workers that see it.
        patience: seconds that a scheduler or workers that are gone are waited for.
        insecure: whether workers may listen beyond their machine without certificates.
        hire: told now and then how many workers there are while there is work, it sees to it that there are more; None:
            they come by themselves.
    """

    def __init__(
        self,
        connect: Callable[[], Client],
        *,
        where: str,
        home: Path | None,
        at_most: int | None,
        shared: bool,
        patience: float,
        insecure: bool = False,
        hire: Callable[[int], None] | None = None,
    ) -> None:
        self.where, self.signs = where, None if home is None else home.resolve() / SIGNS
        self.at_most, self.patience, self.hire = at_most, patience, hire
        self.session = Session(
            token=secrets.token_hex(8),
            folder=os.getcwd(),
            sign="" if self.signs is None else str(self.signs / secrets.token_hex(8)),
            shared=shared,
            trusted=os.environ.get(TRUSTED, ""),
            names=os.environ.get(OWN, ""),
            identity=tuple(identity().items()),
        )
        self.line = Line(connect, self.session)
        self.roll = Roll(self.line, where=where, home=home, insecure=insecure)
        self.given = dict[str, tuple[str, Job]]()  # ticket -> worker, and job
        self.losses, self.tries = dict[str, int](), dict[str, int]()
        self.made, self.ran = list[Path](), False

    @contextmanager
    def opened(self) -> Generator[DaskEngine]:
        """The engine, with a worker that gets work; at the end workers are let go.

        Raises:
            InputError: nobody answers, or no worker that fits is there in time.
        """
        with quiet():
            try:
                self._connect()
                if self.hire is None:
                    self._wait_for_workers()
                    slow = set(self.roll.asked.values())
                    self._put_up_sign()
                    self._hear_all(but=slow)
                yield self
            finally:
                self._close()

    def _connect(self) -> None:
        try:
            self.line.open()
        except Gone as error:
            raise InputError(f"{self._typed}: no Dask scheduler answers there ({error})") from error

    @property
    def _typed(self) -> str:
        return f"cluster.address={self.where}" if self.hire is None else self.where

    def _wait_for_workers(self) -> None:
        """Have one at least that fits, before anything is written."""
        deadline, said = time.monotonic() + self.patience, False
        while not self.roll.fit:
            try:
                there = self.roll.look()
            except Gone as error:
                raise InputError(f"{self._typed}: the scheduler is gone ({error})") from error
            if there and there == self.roll.refused.keys():
                raise InputError(self.roll.none_fits())
            if time.monotonic() > deadline:
                told = f"{len(there)} said nothing" if there else "no worker came"
                raise InputError(f"{self._typed}: {told} in {duration(self.patience)}")
            if not there and not said:
                say(f"no worker yet at {self.where}: waited for, for {duration(self.patience)} at most")
                said = True
            self._hear(EVERY)
        self._hear_all()
        self.roll.tell()

    def _hear_all(self, *, but: Collection[str] = ()) -> None:
        """Wait for all who were asked what they are, but for these; not for long."""
        deadline = time.monotonic() + FIRST_LOOK
        while set(self.roll.asked.values()).difference(but) and time.monotonic() < deadline:
            self._hear(EVERY)

    def _hear(self, seconds: float) -> None:
        for piece in self.line.news(seconds):
            if isinstance(piece, Arrived) and piece.ticket in self.roll.asked:
                self.roll.hear(piece)

    def _put_up_sign(self) -> None:
        """Write what workers tell by that they see this disk, and ask them; no earlier than there is such a worker."""
        if self.signs is not None:
            self.made = [folder for folder in (self.signs, *self.signs.parents) if not folder.exists()]
            try:
                write_bytes(Path(self.session.sign), b"")
            except OSError as error:  # as below /proc, where nothing can be
                raise InputError(f"{self.signs.parent}: no folder can be made there ({error.strerror})") from error
        with contextlib.suppress(Gone):  # ``run`` notices
            self.roll.look_for_sign()

    def _close(self) -> None:
        """Let the workers go; what they still do is ended."""
        self.line.end_all(self.roll.known)
        self.line.close()
        if self.signs is None:
            return
        if self.ran:
            shutil.rmtree(self.signs, ignore_errors=True)
        Path(self.session.sign).unlink(missing_ok=True)  # if it did not run, another command may be at it there
        for folder in self.made:
            with contextlib.suppress(OSError):  # something is in it
                folder.rmdir()

    def accept(self, luggage: Iterable[Luggage]) -> None:
        """Refuse what cannot be sent to workers that do not see this disk, before anything is written.

        Raises:
            InputError: a file cannot go along, and nobody sees it where it is.
        """
        if self.session.shared and all(seen.shared for seen in self.roll.fit.values()):
            return
        for one in luggage:
            try:
                one.must_be_portable()
            except InputError as error:
                self._keep_here(error)
                return

    def _keep_here(self, error: InputError) -> None:
        if not any(seen.shared for seen in self.roll.fit.values()):
            raise error
        self.roll.keep_here(str(error))

    def run(self, work: Work, schedule: Schedule, on_progress: Callable[[str, float], None]) -> None:
        """Do all jobs of a schedule.

        Raises:
            RunsFailed: the scheduler or all workers are gone, and did not come back.
            InputError: a file cannot go along to any worker that is there.
            CannotWrite: the disk is full.
        """
        self.ran = True
        if not self.roll.signed:
            self.roll.tell()
            self._put_up_sign()
        looked, alone_since = 0.0, time.monotonic()
        while not schedule.over:
            if time.monotonic() - looked >= EVERY:
                looked = time.monotonic()
                try:
                    self._look_around(schedule)
                except Gone:
                    self._wait_for_scheduler(schedule)
                    continue
                if self.hire is not None:
                    self.hire(len(self.roll.fit))
                if self.roll.fit or self.hire is not None:
                    alone_since = time.monotonic()
                elif time.monotonic() - alone_since > self.patience:
                    why = next(iter(self.roll.refused.items()), None)
                    reason = "" if why is None else f" (worker {why[0]} {why[1]})"
                    raise RunsFailed(f"{self.where}: no worker for {duration(self.patience)}{reason}; {_KEPT}")
            self.roll.count(self.patience)
            self._feed(work, schedule)
            for piece in self.line.news(EVERY):
                if isinstance(piece, Progress):
                    on_progress(piece.name, piece.share)
                elif piece.ticket in self.roll.asked:
                    self.roll.hear(piece)
                elif piece.ticket in self.given:
                    self._came_back(piece, work, schedule)

    def _look_around(self, schedule: Schedule) -> None:
        """Who is new is asked what it is, and what those had who are gone is next again."""
        there = self.roll.look()
        for ticket in [ticket for ticket, (worker, _) in self.given.items() if worker not in there]:
            self.line.drop(ticket)
            self._lost(ticket, "is gone", schedule)

    def _feed(self, work: Work, schedule: Schedule) -> None:
        """Give every idle worker a job that may start."""
        busy = {worker for worker, _ in self.given.values()}
        for worker, seen in list(self.roll.fit.items()):
            full = self.at_most is not None and len(self.given) >= self.at_most
            if worker in busy or worker in self.roll.silent or full or worker not in self.roll.fit:
                continue
            job = schedule.next() or schedule.again()
            while job is not None and not seen.shared and job.luggage is not None and job.luggage.copies:
                do_here(work, job, schedule, lambda name, share: None)
                job = schedule.next() or schedule.again()
            if job is None:
                return
            try:
                ticket = self.line.send(worker, job.name, pickle.dumps(self._task(work, job, seen)))
            except InputError as error:
                schedule.back(job.name)
                self._keep_here(error)
            except Gone:
                schedule.back(job.name)
                return
            else:
                self.given[ticket] = (worker, job)

    def _task(self, work: Work, job: Job, seen: Seen) -> Task:
        if job.luggage is None:
            return Task(work, job.argument)
        if seen.shared and self.signs is not None:
            return Task(work, job.argument, lock=str(self.signs / job.name.replace("/", "+")))
        return Task(work, job.luggage.argument, job.luggage.pack(), job.luggage.brought)

    def _came_back(self, piece: Arrived, work: Work, schedule: Schedule) -> None:
        answer = piece.answer
        if answer is None or answer.kind == "seen":
            self._lost(piece.ticket, f"did not answer ({piece.why})" if piece.why else "does not fit now", schedule)
            return
        _, job = self.given.pop(piece.ticket)
        if answer.kind == "done":
            self._feed(work, schedule)  # before the job is done here, which may take its time
            brought: Brought = pickle.loads(cast("bytes", answer.content))
            if brought.files is not None and job.luggage is not None:
                job.luggage.unpack(brought.files)
            schedule.done(job.name, brought.answer)
        elif answer.kind == "unwritable":
            raise CannotWrite(str(answer.content))
        else:
            self._failed(job, answer, schedule)

    def _failed(self, job: Job, answer: Answer, schedule: Schedule) -> None:
        died = answer.kind == "died"
        why = Failed.died(cast("int", answer.content)) if died else cast("Failed", answer.content)
        self.tries[job.name] = self.tries.get(job.name, 0) + 1
        if why.again and self.tries[job.name] < TRIES:
            schedule.put_off(job.name)
        else:
            schedule.failed(job.name, why)

    def _lost(self, ticket: str, why: str, schedule: Schedule) -> None:
        """A worker was lost: only its own job is."""
        worker, job = self.given.pop(ticket)
        self.roll.fit.pop(worker, None)
        self.losses[job.name] = self.losses.get(job.name, 0) + 1
        if self.losses[job.name] < LOSSES:
            say(f"worker {worker} {why}: {job.name} is made elsewhere")
            schedule.back(job.name)
        else:
            schedule.failed(job.name, Failed(f"its worker was lost {LOSSES} times, the last one {worker}: {why}"))

    def _wait_for_scheduler(self, schedule: Schedule) -> None:
        """Connect again, and begin with everybody anew."""
        say(f"the scheduler {self.where} is gone: it is waited for, for {duration(self.patience)} at most")
        for _, job in reversed(self.given.values()):
            schedule.back(job.name)
        self.given.clear()
        self.roll.forget()
        deadline = time.monotonic() + self.patience
        while True:
            self.line.close()
            try:
                self.line.open()
            except (Gone, InputError) as error:
                if time.monotonic() > deadline:
                    raise RunsFailed(f"the scheduler {self.where} is gone ({error}); {_KEPT}") from error
                time.sleep(EVERY)
            else:
                say(f"the scheduler {self.where} is back")
                return
