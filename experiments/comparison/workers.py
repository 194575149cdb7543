"""Work shared among processes that never outlive the command that started them.

A job is a function of a module and its arguments. With one worker the jobs run here; with more, in fresh processes
(spawned, so that nothing is inherited by accident). Workers leave the keyboard's interrupt to the parent, and a thread
of theirs ends them when the parent is gone, however it went.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, TypeAlias

from zpdgym.errors import Failure, InputError, place
from zpdgym.moved import already_said

from ..runs.execute import Report

Work: TypeAlias = Callable[[Any, Report], Any]

_LOOK_EVERY = 0.5  # seconds between a worker's looks at its parent
_SAY_EVERY = 0.2  # seconds between two words about progress


@dataclass(frozen=True)
class Job:
    """One piece of work.

    Attributes:
        name: unique among the jobs.
        argument: what the work is called with; must be picklable.
        after: the names of jobs that must be finished before; those that are not among the jobs count as finished.
    """

    name: str
    argument: Any
    after: frozenset[str] = frozenset()


def run_jobs(
    work: Work,
    jobs: Sequence[Job],
    *,
    workers: int,
    on_progress: Callable[[str, float], None],
    on_done: Callable[[str, Any], None],
) -> None:
    """Do all jobs, in the order given as far as ``after`` allows.

    Args:
        work: a function at the top of a module: ``work(argument, report)``.
        jobs: what to do.
        workers: how many processes; 1 does everything here.
        on_progress: called here with a job's name and the share of it that is done.
        on_done: called here with a job's name and what the work returned.

    Raises:
        InputError: as the work raised it.
        ModuleNotFoundError: as the work raised it: something is not installed.
        Failure: whatever else the work raised, with the job's name and the place; the traceback is in its cause.
        RuntimeError: a worker died.
    """
    waiting = {job.name: job for job in jobs}
    if workers == 1:
        for name in _in_order(waiting):
            argument = waiting.pop(name).argument
            try:
                answer = work(argument, lambda share, name=name: on_progress(name, share))
            except (InputError, ModuleNotFoundError):
                raise
            except Exception as error:
                raise _failure(name, error) from error
            on_done(name, answer)
        return
    _Pool(work, waiting, min(workers, len(jobs)), on_progress, on_done).run()


def _failure(name: str, error: Exception) -> Failure:
    said = " ".join(str(error).split())
    return Failure(f"{name}: {type(error).__name__}: {said}", place=place(error))


class _There(Exception):
    """The traceback in a worker, as the cause of what is raised here."""

    def __str__(self) -> str:
        return f"in a worker\n{self.args[0]}"


def _ready(waiting: dict[str, Job], unfinished: set[str]) -> str | None:
    """The first job that waits for nothing unfinished."""
    return next((name for name, job in waiting.items() if not job.after & unfinished), None)


def _in_order(waiting: dict[str, Job]) -> list[str]:
    left, order = dict(waiting), list[str]()
    while left:
        name = _ready(left, set(left))
        if name is None:
            raise ValueError(f"jobs wait for each other: {', '.join(left)}")
        order.append(name)
        del left[name]
    return order


class _Pool:
    """The processes, and who is doing what."""

    def __init__(self, work: Work, waiting: dict[str, Job], workers: int, on_progress: Any, on_done: Any) -> None:
        _in_order(waiting)  # refuse a circle before anything starts
        self.waiting, self.busy = waiting, dict[Connection, str]()
        self.on_progress, self.on_done = on_progress, on_done
        context = multiprocessing.get_context("spawn")
        self.processes: dict[Connection, Any] = {}
        for _ in range(workers):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(there, work, os.getpid()), daemon=True)
            process.start()
            there.close()
            self.processes[here] = process

    def run(self) -> None:
        try:
            self._feed()
            while self.busy:
                for connection in wait(list(self.busy)):
                    assert isinstance(connection, Connection)
                    self._hear(connection)
                self._feed()
        finally:
            for connection, process in self.processes.items():
                connection.close()
                process.terminate()
            for process in self.processes.values():
                process.join()

    def _feed(self) -> None:
        """Give every idle worker a job that may start."""
        for connection in self.processes:
            if connection in self.busy:
                continue
            name = _ready(self.waiting, {*self.waiting, *self.busy.values()})
            if name is None:
                return
            connection.send((name, self.waiting.pop(name).argument))
            self.busy[connection] = name

    def _hear(self, connection: Connection) -> None:
        name = self.busy[connection]
        try:
            kind, content = connection.recv()
        except (EOFError, ConnectionResetError):
            process = self.processes[connection]
            process.join()
            raise RuntimeError(f"the worker that did {name} died (exit code {process.exitcode})") from None
        if kind == "progress":
            self.on_progress(name, content)
            return
        del self.busy[connection]
        if kind == "done":
            self._feed()  # before on_done, which may take its time
            self.on_done(name, content)
        elif kind == "failed":
            message, where, told = content
            raise Failure(message, place=where) from _There(told)
        else:
            raise content


def _serve(connection: Connection, work: Work, parent: int) -> None:
    """A worker's life: job after job until the parent closes the line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    already_said()
    while True:
        try:
            name, argument = connection.recv()
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
        except InputError as error:
            answer = ("refused", InputError(str(error)))
        except ModuleNotFoundError as error:
            answer = ("refused", ModuleNotFoundError(error.msg, name=error.name))
        except Exception as error:
            failure = _failure(name, error)
            answer = ("failed", (str(failure), failure.place, traceback.format_exc()))
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
