"""Jobs handed to the workers of a Dask scheduler, one each, and what becomes of those that are lost.

Who does what is decided here and not by Dask: a worker that joins is looked at before it gets work, and a job whose
worker is gone goes to another. A scheduler that is gone is waited for; what was not finished is then done again.
"""

from __future__ import annotations

import os
import pickle
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from zpdgym.errors import CannotWrite, InputError, RunsFailed
from zpdgym.files import write_bytes
from zpdgym.notes import duration, say

from ...configs.build import OWN
from ...configs.trust import TRUSTED
from ..workers import Failed, Job, Schedule, Work, do_here
from .errand import Answer, Seen, Session
from .identity import differences, identity
from .line import Arrived, Gone, Line, Progress
from .task import Brought, Task

if TYPE_CHECKING:
    from distributed import Client

LOSSES = 3
"""So many workers may be lost over one job: then it is the job that loses them."""
TRIES = 2
"""So often a job is tried whose process dies."""
FIRST_LOOK = 120.0
"""Seconds that workers have to say what they are before anything is written; who is slower is looked at later."""
EVERY = 2.0
"""Seconds between two looks at who is there."""
SIGNS = ".elsewhere"
"""A folder beside the runs while they are made: by its sign workers see that they see this disk; it holds the locks."""
_KEPT = "what is finished is kept, and the same command goes on from there"


class DaskEngine:
    """Does jobs on the workers of a scheduler.

    Args:
        connect: makes a client; raises OSError where nobody answers.
        where: the scheduler, for messages.
        home: the folder of what is made; None: nothing is written, so that it does not matter who sees this disk.
        at_most: so many jobs at a time; None: as many as there are workers.
        shared: whether this disk is used by workers that see it.
        patience: seconds that a scheduler or workers that are gone are waited for.
        keep_up: told now and then how many workers there are while there is work; gives back whether more will come
            however long that takes.
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
        keep_up: Callable[[int], bool] = lambda present: False,
    ) -> None:
        self.where, self.signs = where, None if home is None else home.resolve() / SIGNS
        self.at_most, self.patience, self.keep_up = at_most, patience, keep_up
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
        self.workers, self.refused = dict[str, Seen](), dict[str, str]()
        self.asked, self.given = dict[str, str](), dict[str, tuple[str, Job]]()  # ticket -> worker, and job
        self.losses, self.tries = dict[str, int](), dict[str, int]()
        self.running = False

    def open(self) -> None:
        """Connect, and ask the workers that are there what they are.

        Raises:
            InputError: nobody answers, or a worker does not fit.
        """
        try:
            self.line.open()
            self._ask_who_is_new(self.line.workers())
        except Gone as error:
            raise InputError(f"{self.where}: no Dask scheduler answers there ({error})") from error
        deadline = time.monotonic() + FIRST_LOOK
        while self.asked and time.monotonic() < deadline:
            for piece in self.line.news(EVERY):
                if isinstance(piece, Arrived):
                    self._heard_what_it_is(piece)
        if self.refused:
            others = f" (and {len(self.refused) - 1} more)" * (len(self.refused) > 1)
            raise InputError(f"{next(iter(self.refused.values()))}{others}; all machines must run the same")
        self.workers.clear()  # they are asked again when there is a sign that they may see

    def close(self) -> None:
        """Let the workers go; what they still do is ended."""
        self.line.end_all()
        self.line.close()
        if self.signs is not None:
            shutil.rmtree(self.signs, ignore_errors=True)

    def run(self, work: Work, schedule: Schedule, on_progress: Callable[[str, float], None]) -> None:
        """Do all jobs of a schedule.

        Raises:
            RunsFailed: the scheduler or all workers are gone, and did not come back.
            CannotWrite: the disk is full.
        """
        if self.session.sign:
            write_bytes(Path(self.session.sign), b"")
        self.running = True
        looked, alone_since = 0.0, time.monotonic()
        while not schedule.over:
            if time.monotonic() - looked >= EVERY:
                looked = time.monotonic()
                try:
                    self._look_around(schedule)
                except Gone:
                    self._wait_for_scheduler(schedule)
                    continue
                if self.workers or self.keep_up(len(self.workers)):
                    alone_since = time.monotonic()
                elif time.monotonic() - alone_since > self.patience:
                    why = next(iter(self.refused.values()), "")
                    told = f"{self.where}: no worker for {duration(self.patience)}{f' ({why})' * bool(why)}"
                    raise RunsFailed(f"{told}; {_KEPT}")
            self._feed(work, schedule)
            for piece in self.line.news(EVERY):
                if isinstance(piece, Progress):
                    on_progress(piece.name, piece.share)
                elif piece.ticket in self.asked:
                    self._heard_what_it_is(piece)
                elif piece.ticket in self.given:
                    self._came_back(piece, work, schedule)

    def _look_around(self, schedule: Schedule) -> None:
        """Who is new is asked what it is, and what those had who are gone is next again."""
        there = self.line.workers()
        for worker in [worker for worker in self.workers if worker not in there]:
            del self.workers[worker]
        for worker in self.refused.keys() - there:
            del self.refused[worker]
        for ticket in [ticket for ticket, worker in self.asked.items() if worker not in there]:
            del self.asked[ticket]
            self.line.drop(ticket)
        for ticket in [ticket for ticket, (worker, _) in self.given.items() if worker not in there]:
            self.line.drop(ticket)
            self._lost(ticket, "is gone", schedule)
        self._ask_who_is_new(there)

    def _ask_who_is_new(self, there: frozenset[str]) -> None:
        known = {*self.workers, *self.refused, *self.asked.values()}
        for worker in sorted(there - known):
            self.asked[self.line.send(worker, "", b"" if self.running else None)] = worker

    def _heard_what_it_is(self, piece: Arrived) -> None:
        worker, answer = self.asked.pop(piece.ticket), piece.answer
        if answer is not None and answer.kind == "seen":
            seen = cast("Seen", answer.content)
            if seen.fits:
                self.workers[worker] = seen
                return
            why = differences(seen.identity, dict(self.session.identity))
        elif answer is not None:
            why = f"zpdgym does not start there (exit code {answer.content})"
        else:
            why = f"zpdgym does not start there ({piece.why})"
        self.refused[worker] = f"worker {worker} does not fit: {why}"
        if self.running:  # before, that is the end
            say(f"{self.refused[worker]}; it gets no work")

    def _feed(self, work: Work, schedule: Schedule) -> None:
        """Give every idle worker a job that may start."""
        busy = {worker for worker, _ in self.given.values()}
        for worker, seen in list(self.workers.items()):
            full = self.at_most is not None and len(self.given) >= self.at_most
            if worker in busy or full:
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
                schedule.failed(job.name, Failed(str(error)))
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
        self.workers.pop(worker, None)
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
        for known in (self.given, self.asked, self.workers, self.refused):
            known.clear()
        deadline = time.monotonic() + self.patience
        while True:
            self.line.close()
            try:
                self.line.open()
            except Gone as error:
                if time.monotonic() > deadline:
                    raise RunsFailed(f"the scheduler {self.where} is gone ({error}); {_KEPT}") from error
                time.sleep(EVERY)
            else:
                say(f"the scheduler {self.where} is back")
                return
