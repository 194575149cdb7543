"""One bad input tried in an empty folder, and many of them in two processes at a time."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import io
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType

from zpdgym import evaluate
from zpdgym.envs.beliefs import refit
from zpdgym.errors import InputError
from zpdgym.scripts.cli import main

CANARY = "canary"
"""The file that whatever must not be executed would write, beside the folder in which a case runs."""
LIMIT = 20.0  # seconds; a process that does not heed the alarm is ended a little later
GRACE = 6.0
MEMORY = 8 << 30  # bytes of address space a case may have: an input that asks for all memory is found, not suffered
ODDITIES = ("accepted", "internal error", "several lines", "hung", "wrote", "executed", "died")

Content = str | bytes | Callable[[Path], None]


@dataclass(frozen=True)
class Case:
    """One bad input.

    It names no place outside of its own folder that could be written to, least of all a device: where a check fails,
    that is overwritten.

    Attributes:
        kind: of which there are many: "policy parameters, command line".
        text: what is bad, for people.
        line: the command line; none: ``call`` is called.
        call: Python that must raise ``InputError``.
        files: what lies in the folder beforehand: name -> text, bytes, or what makes it there (given its path).
        generated: drawn from declared parameters.
        real: also run by a real process of its own.
    """

    kind: str
    text: str
    line: tuple[str, ...] = ()
    call: Callable[[], object] | None = None
    files: Mapping[str, Content] = field(default_factory=dict[str, Content])
    generated: bool = False
    real: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        flaws: of ``ODDITIES``; none: one line and exit code 2, or an InputError, and nothing else.
        said: the last words.
        seconds: how long it took.
    """

    flaws: tuple[str, ...]
    said: str
    seconds: float


class _Hung(BaseException):
    """No ``Exception``, so that nothing takes it for an error of the work."""


def tried(case: Case) -> Outcome:
    """Try one case in this process."""
    before, path, modules = os.getcwd(), list(sys.path), set(sys.modules)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="zpdgym-bad-") as made:
        folder = Path(made, "here")
        folder.mkdir()
        os.chdir(folder)
        importlib.invalidate_caches()
        try:
            for name, content in case.files.items():
                _lay(Path(name), content)
            seen = {where: _tree(where) for where in (Path(made), refit.kept_in())}
            flaws, said = _judged(case)
            if case.real and not flaws:
                flaws, said = _in_a_process(case)
            seconds = time.perf_counter() - started
            if any(_tree(where) != tree for where, tree in seen.items()):
                flaws.append("wrote")
            if Path(made, CANARY).exists():
                flaws.append("executed")
        finally:
            os.chdir(before)
            sys.path[:] = path
            for name in set(sys.modules) - modules:
                if made in str(getattr(sys.modules[name], "__file__", None)):
                    del sys.modules[name]
    return Outcome(tuple(flaws), said.replace(made, "…"), seconds)


def _lay(path: Path, content: Content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if callable(content):
        content(path)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def _tree(folder: Path) -> dict[str, str]:
    """Every file, folder and link below a folder, with a digest of what the files hold."""
    found = dict[str, str]()
    for where, folders, files in os.walk(folder):
        # the lock of a folder of results may stay: it is empty, and to take it away would be a race
        for name in (*folders, *(name for name in files if name != ".lock")):
            path = Path(where, name)
            regular = path.is_file() and not path.is_symlink()
            found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest() if regular else "no file"
    return found


def _judged(case: Case) -> tuple[list[str], str]:
    """What is wrong with the answer, and the answer."""
    with _alarm():
        try:
            return _said(case) if case.line else _raised(case)
        except _Hung:
            return ["hung"], f"no answer in {LIMIT:g} s"


def _said(case: Case) -> tuple[list[str], str]:
    with _captured() as words:
        try:
            code: int | str | None = main(case.line)
        except SystemExit as error:
            code = error.code
        except Exception as error:
            code = f"{type(error).__name__}: {error}"
    return _of_a_line(code, words[0])


def _of_a_line(code: object, said: str) -> tuple[list[str], str]:
    lines = said.splitlines()
    last = lines[-1] if lines else "(nothing said)"
    if code == 0:
        return ["accepted"], last
    if code != 2:
        return ["internal error"], f"exit code {code}: {last}"
    # anything may stand in a text, so characters that some take for the end of a line count as well
    return ([] if len(lines) == 1 and said.endswith("\n") else ["several lines"]), said[:600]


def _raised(case: Case) -> tuple[list[str], str]:
    assert case.call is not None
    with _captured() as words:
        try:
            given = repr(case.call())[:200]
        except InputError as error:
            text = str(error)
            return ([] if len(text.splitlines()) == 1 else ["several lines"]), text
        except Exception as error:
            return ["internal error"], f"{type(error).__name__}: {error}"
    return ["accepted"], f"{given} {words[0]}".strip()


def _in_a_process(case: Case) -> tuple[list[str], str]:
    command = [sys.executable, "-m", "zpdgym.scripts.cli", *case.line]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=3 * LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return ["hung"], f"no answer of a process of its own in {3 * LIMIT:g} s"
    return _of_a_line(done.returncode, done.stderr)


@contextlib.contextmanager
def _captured() -> Iterator[list[str]]:
    """What is written to stderr meanwhile, by this process and its children; stdout is thrown away."""
    words = [""]
    sys.stdout.flush()
    sys.stderr.flush()
    with tempfile.TemporaryFile() as errors, Path(os.devnull).open("w") as nothing:
        kept = os.dup(1), os.dup(2)
        os.dup2(nothing.fileno(), 1)
        os.dup2(errors.fileno(), 2)
        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = nothing, io.TextIOWrapper(io.FileIO(2, "w", closefd=False), write_through=True)
        try:
            yield words
        finally:
            sys.stdout, sys.stderr = before
            for there, back in zip((1, 2), kept, strict=True):
                os.dup2(back, there)
                os.close(back)
            errors.seek(0)
            words[0] = errors.read().decode(errors="replace")


@contextlib.contextmanager
def _alarm() -> Iterator[None]:
    def ring(number: int, frame: FrameType | None) -> None:
        raise _Hung

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def try_all(cases: Sequence[Case], *, jobs: int, tell: Callable[[int], None]) -> list[Outcome]:
    """Try every case; ``tell`` hears how many are done."""
    evaluate("kt6kc", "mastery_tuned", n_students=10)  # kernels that must be compiled first are not the cases' fault
    with tempfile.TemporaryDirectory(prefix="zpdgym-bad-inputs-") as base:
        tempfile.tempdir = base  # what a process leaves behind that had to be ended goes with it
        try:
            return _try_all(cases, jobs, tell)
        finally:
            tempfile.tempdir = None


def _try_all(cases: Sequence[Case], jobs: int, tell: Callable[[int], None]) -> list[Outcome]:
    outcomes = dict[int, Outcome]()
    waiting, lock = iter(range(len(cases))), threading.Lock()

    def work() -> None:
        worker = _Worker(cases)
        while True:
            with lock:
                number = next(waiting, None)
            if number is None:
                break
            outcome = worker.ask(number)
            with lock:
                outcomes[number] = outcome
                tell(len(outcomes))
        worker.end()

    threads = [threading.Thread(target=work) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [outcomes[number] for number in range(len(cases))]


class _Worker:
    """A process that knows the cases from before it was forked; one that hangs or dies is replaced."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self.cases = cases
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("fork")
        self.here, there = context.Pipe()
        self.process = context.Process(target=_serve, args=(self.cases, there), daemon=False)
        self.process.start()
        there.close()

    def ask(self, number: int) -> Outcome:
        """Try case ``number``."""
        self.here.send(number)
        allowed = LIMIT * (5 if self.cases[number].real else 1) + GRACE
        if not self.here.poll(allowed):
            return self._replaced("hung", allowed)
        try:
            return self.here.recv()
        except EOFError:
            return self._replaced("died", 0.0)

    def _replaced(self, flaw: str, seconds: float) -> Outcome:
        self.end()
        self._start()
        return Outcome((flaw,), "the process had to be ended" if flaw == "hung" else "the process died", seconds)

    def end(self) -> None:
        """End the process and what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid or 0, signal.SIGKILL)
        self.process.join()


def _serve(cases: Sequence[Case], there: Connection) -> None:
    os.setpgid(0, 0)
    fitted = Path(tempfile.gettempdir(), f"beliefs-{os.getpid()}")
    refit.kept_in = lambda: fitted  # others write into the folder that everybody has
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while True:
        try:
            number = there.recv()
        except EOFError:
            return
        there.send(tried(cases[number]))
