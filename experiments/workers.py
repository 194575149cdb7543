"""Work shared among processes that never outlive the command that started them.

A job is a function of a module and its arguments. With one worker the jobs run here; with more, in fresh processes
(spawned, so that nothing is inherited by accident). Workers leave the keyboard's interrupt to the parent, and a thread
of theirs ends them when the parent is gone, however it went. An ``Engine`` does them elsewhere (``cluster/``).

A job that raises has failed, and the others are done all the same. One whose process dies, or that lacks memory, is
tried once more when all others are done, with nobody beside it.
"""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
import types
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from zpdgym.errors import CannotWrite, InputError, not_installed, short_place
from zpdgym.moved import already_said

from .runs.execute import Report

if TYPE_CHECKING:
    from .cluster.luggage import Luggage

Work: TypeAlias = Callable[[Any, Report], Any]

_LOOK_EVERY = 0.5  # seconds between a worker's looks at its parent
_SAY_EVERY = 0.2  # seconds between two words about progress
_LONGEST = 300  # characters of what an error says


@dataclass(frozen=True)
class Job:
    """One piece of work.

    Attributes:
        name: unique among the jobs.
        argument: what the work is called with; must be picklable.
        after: the names of jobs that must be finished before; those that are not among the jobs count as finished.
        luggage: what it reads and writes, for machines that do not see this one's disk; None: nothing.
    """

    name: str
    argument: Any
    after: frozenset[str] = frozenset()
    luggage: Luggage | None = None


@dataclass(frozen=True)
class Failed:
    """Why a job failed.

    Attributes:
        said: in one line.
        told: the traceback; "" where there is none.
        again: whether it may go better alone: its process died, or memory was lacking.
    """

    said: str
    told: str = ""
    again: bool = False

    @classmethod
    def of(cls, error: BaseException) -> Failed:
        """What an exception says, and where it was raised; what is the user's mistake says so itself."""
        text, kind = " ".join(str(error).split())[:_LONGEST], type(error).__name__
        memory = isinstance(error, MemoryError) or "allocate memory" in text
        memory |= isinstance(error, OSError) and error.errno == errno.ENOMEM
        if isinstance(error, InputError):
            said = text
        elif isinstance(error, ModuleNotFoundError):
            said = f"{not_installed(error.name)} ({short_place(error)})"
        else:
            said = f"{kind}{': ' * bool(text)}{text} ({short_place(error)})"
        return cls(f"not enough memory: {said}" if memory else said, traceback.format_exc(), memory)

    @classmethod
    def died(cls, exit_code: int | None) -> Failed:
        """How the process that did the job ended: this is said after the second time."""
        if exit_code is None or exit_code >= 0:
            return cls(f"its process ended by itself, twice (exit code {exit_code})", again=True)
        name = signal.Signals(-exit_code).name if -exit_code in set(signal.Signals) else f"signal {-exit_code}"
        if -exit_code == signal.SIGKILL:
            return cls(f"its process was killed twice ({name}), probably for lack of memory", again=True)
        return cls(f"its process crashed twice ({name})", again=True)


class Engine(Protocol):
    """Whoever does jobs on other machines."""

    def accept(self, luggage: Iterable[Luggage]) -> None:
        """Say before anything is written whether what jobs need can be there.

        Raises:
            InputError: it cannot, on any of the other machines.
        """
        ...

    def run(self, work: Work, schedule: Schedule, on_progress: Callable[[str, float], None]) -> None:
        """Do all jobs of a schedule, which is told what becomes of them.

        Raises:
            RunsFailed: whoever does them is gone, and did not come back.
            InputError: as ``accept`` does, of machines that came later.
            CannotWrite: as ``run_jobs`` does.
        """
        ...


def run_jobs(
    work: Work,
    jobs: Sequence[Job],
    *,
    workers: int,
    engine: Engine | None = None,
    on_progress: Callable[[str, float], None],
    on_done: Callable[[str, Any], None],
    on_failed: Callable[[str, Failed], bool],
) -> None:
    """Do all jobs, in the order given as far as ``after`` allows.

    Args:
        work: a function at the top of a module: ``work(argument, report)``.
        jobs: what to do.
        workers: how many processes; 1 does everything here.
        engine: who does them instead, elsewhere.
        on_progress: called here with a job's name and the share of it that is done.
        on_done: called here with a job's name and what the work returned.
        on_failed: called here with a job's name and why it failed; gives back whether what others need of it is there
            all the same. If not, those that wait for it have failed, too, and are told of in the same way.

    Raises:
        CannotWrite: as the work raised it: the others would meet the same.
    """
    schedule = Schedule(jobs, on_done, on_failed)
    if engine is not None:
        engine.run(work, schedule, on_progress)
        return
    if workers > 1:
        _Pool(work, schedule, workers, on_progress).run()
        return
    while (job := schedule.next()) is not None:
        do_here(work, job, schedule, on_progress)


def do_here(work: Work, job: Job, schedule: Schedule, on_progress: Callable[[str, float], None]) -> None:
    """Do one job in this process, and tell the schedule what came of it.

    Raises:
        CannotWrite: as the work raised it.
    """
    try:
        answer = work(job.argument, lambda share: on_progress(job.name, share))
    except CannotWrite:
        raise
    except (Exception, SystemExit) as error:
        schedule.failed(job.name, Failed.of(error))
    else:
        schedule.done(job.name, answer)


class Schedule:
    """Which job is next, and what becomes of those that wait for one that failed."""

    def __init__(
        self, jobs: Sequence[Job], on_done: Callable[[str, object], None], on_failed: Callable[[str, Failed], bool]
    ) -> None:
        self.waiting, self.given = {job.name: job for job in jobs}, dict[str, Job]()
        self.died = dict[str, Job]()
        self.on_done, self.on_failed = on_done, on_failed
        left = dict(self.waiting)
        while left:  # refuse a circle before anything starts
            free = [name for name, job in left.items() if not job.after & left.keys()]
            if not free:
                raise ValueError(f"jobs wait for each other: {', '.join(left)}")
            for name in free:
                del left[name]

    @property
    def over(self) -> bool:
        """Whether nothing is left to do."""
        return not (self.waiting or self.given or self.died)

    def next(self) -> Job | None:
        """The first job that waits for nothing unfinished; None: there is none at this moment."""
        unfinished = self.waiting.keys() | self.given.keys() | self.died.keys()
        job = next((job for job in self.waiting.values() if not job.after & unfinished), None)
        if job is not None:
            self.given[job.name] = self.waiting.pop(job.name)
        return job

    def done(self, name: str, answer: object) -> None:
        """A job is done."""
        del self.given[name]
        self.on_done(name, answer)

    def failed(self, name: str, why: Failed, *, because_of: str | None = None) -> None:
        """A job failed, and so did those that wait for it."""
        self.given.pop(name, None)
        if self.on_failed(name, why):
            return
        first = because_of or name
        for other in [job.name for job in self.waiting.values() if name in job.after]:
            if self.waiting.pop(other, None) is not None:
                self.failed(other, Failed(f"waits for {first}, which failed"), because_of=first)

    def put_off(self, name: str) -> None:
        """A job is to be tried again when there is nothing else to do."""
        self.died[name] = self.given.pop(name)

    def back(self, name: str) -> None:
        """A job was lost on the way, which is not its fault: it is the next one."""
        self.waiting = {name: self.given.pop(name), **self.waiting}

    def again(self) -> Job | None:
        """A job that was put off; None: there is none."""
        if not self.died:
            return None
        name = next(iter(self.died))
        self.given[name] = self.died.pop(name)
        return self.given[name]


class _Pool:
    """The processes, and who is doing what."""

    def __init__(self, work: Work, schedule: Schedule, workers: int, on_progress: Callable[[str, float], None]) -> None:
        self.work, self.schedule, self.workers, self.on_progress = work, schedule, workers, on_progress
        self.context = multiprocessing.get_context("spawn")
        self.processes, self.busy = dict[Connection, Any](), dict[Connection, str]()
        self.alone = False

    def run(self) -> None:
        try:
            while True:
                self._feed()
                if self.busy:
                    self._listen()
                elif job := self.schedule.again():
                    self._try_alone(job)
                else:
                    return
        finally:
            self._end()

    def _try_alone(self, job: Job) -> None:
        self._end()
        self.alone = True
        self._give(self._start(), job)
        while self.busy:
            self._listen()
        self.alone = False

    def _feed(self) -> None:
        """Give every idle worker a job that may start."""
        while not self.alone and len(self.busy) < self.workers and (job := self.schedule.next()) is not None:
            idle = next((connection for connection in self.processes if connection not in self.busy), None)
            self._give(idle or self._start(), job)

    def _start(self) -> Connection:
        here, there = self.context.Pipe()
        process = self.context.Process(target=serve, args=(there, self.work, os.getpid()), daemon=True)
        with _no_main():
            process.start()
        there.close()
        self.processes[here] = process
        return here

    def _give(self, connection: Connection, job: Job) -> None:
        self.busy[connection] = job.name
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it died idle: heard of as any other death
            connection.send((job.name, job.argument))

    def _listen(self) -> None:
        for connection in wait(list(self.busy)):
            assert isinstance(connection, Connection)
            self._hear(connection)

    def _hear(self, connection: Connection) -> None:
        name = self.busy[connection]
        try:
            kind, content = connection.recv()
        except (EOFError, ConnectionResetError):
            del self.busy[connection]
            self._failed(name, Failed.died(self._bury(connection)))
            return
        if kind == "progress":
            self.on_progress(name, content)
            return
        del self.busy[connection]
        if kind == "unwritable":
            raise CannotWrite(content)
        if kind == "done":
            self._feed()  # before on_done, which may take its time
            self.schedule.done(name, content)
        else:
            self._failed(name, content)

    def _failed(self, name: str, why: Failed) -> None:
        if why.again and not self.alone:
            self.schedule.put_off(name)
        else:
            self.schedule.failed(name, why)

    def _bury(self, connection: Connection) -> int | None:
        """Forget a process that died; its exit code."""
        process = self.processes.pop(connection)
        process.join()
        connection.close()
        return process.exitcode

    def _end(self) -> None:
        """End all processes."""
        for connection, process in self.processes.items():
            connection.close()
            process.terminate()
        for process in self.processes.values():
            process.join()
        self.processes.clear()


@contextlib.contextmanager
def _no_main() -> Generator[None]:
    """Let a process start without the script that calls us: it imports what its jobs name, and nothing else.

    So it does not matter whether the script has a main guard, or comes from the standard input and is no file.
    """
    script = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def serve(connection: Connection, work: Work, parent: int) -> None:
    """A worker's life: job after job until the parent, a process id, closes the line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    already_said()
    while True:
        try:
            _, argument = connection.recv()
        except (EOFError, ConnectionResetError):
            return
        said = time.monotonic()

        def report(share: float) -> None:
            nonlocal said
            if time.monotonic() - said >= _SAY_EVERY:
                said = time.monotonic()
                _send(connection, ("progress", share))

        try:
            answer = ("done", work(argument, report))
        except CannotWrite as error:
            answer = ("unwritable", str(error))
        except (Exception, SystemExit) as error:
            answer = ("failed", Failed.of(error))
        _send(connection, answer)


def _send(connection: Connection, message: tuple[str, Any]) -> None:
    """Tell the parent; where nobody listens any more, this process ends without a word."""
    try:
        connection.send(message)
    except (BrokenPipeError, ConnectionResetError):
        os._exit(1)


def _end_with(parent: int) -> None:
    """End this process when its parent is gone: killed parents cannot tell their workers to stop."""
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY)
    os._exit(1)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
