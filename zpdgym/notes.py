"""What zpdgym says beside its results: lines on stderr at the command line, else records of the logger "zpdgym".

A program of one's own decides by ``logging`` whether it wants to hear it; what is doubtful is a warning there.
"""

from __future__ import annotations

import logging
import os
import sys
import time
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing import current_process
from pathlib import Path

from zpdgym.errors import DoubtfulInput, one_line
from zpdgym.streams import Output

EVERY, OFTEN = 10.0, 0.2
"""Seconds between two lines about something that takes long, and between two looks at a terminal's line."""
_LOGGER = logging.getLogger("zpdgym")
_COMMAND = "ZPDGYM_COMMAND"
"""Tells the processes that a command starts that somebody reads what they say."""
_SAID = set[object]()
_WARNED = dict[str | tuple[str, type[Warning], int], int]()  # where Python notes what it has said


def say(line: str) -> None:
    """Say what is being done."""
    _LOGGER.info("%s", line)


def say_from_anywhere(line: str) -> None:
    """Say what keeps a worker busy, too. Of several workers, which all do the same, the first one says it."""
    say(line)
    if not _speaking() and os.environ.get(_COMMAND) and current_process().name.endswith("-1"):
        _write(line)


def say_once(*lines: str, about: object) -> None:
    """Say what would otherwise be said each time that the same thing is made again.

    Args:
        lines: what to say.
        about: what they are about: the same is said once.
    """
    if about not in _SAID:
        _SAID.add(about)
        for line in lines:
            say(line)


def doubt(message: str, path: Path, line: int) -> None:
    """Warn that a file says what was hardly meant.

    Args:
        message: what it was taken for, and how to say it better.
        path: the file.
        line: where it says so, from 1.
    """
    if _speaking():
        say_once(f"{path}, line {line}: {message}", about=(path, line, message))
    else:
        warnings.warn_explicit(message, DoubtfulInput, str(path), line, registry=_WARNED)


def duration(seconds: float) -> str:
    """A time as people say it: "40 s", "12 min", "3.5 h", "15 days"."""
    for most, unit, name, digits in ((100, 1, "s", 0), (6000, 60, "min", 0), (172_800, 3600, "h", 1)):
        if seconds < most:
            return f"{seconds / unit:.{digits}f} {name}"
    return f"{seconds / 86_400:,.0f} days"


@contextmanager
def under_way(what: str) -> Generator[Callable[[str], None]]:
    """Say on stderr, from a program of one's own too, what takes long; what comes out is told how far it is, in words.

    On a terminal that stands behind the line and changes in place; elsewhere it is a line every ten seconds.

    Args:
        what: what is done, with the name of the thing that it is done to.
    """
    stream = Output(lambda: sys.stderr)
    steer, last, width = stream.isatty(), time.monotonic(), 0

    def put(text: str) -> None:
        stream.write(text)
        stream.flush()

    def tell(how_far: str) -> None:
        nonlocal last, width
        now = time.monotonic()
        if now - last < (OFTEN if steer else EVERY):
            return
        last, width = now, max(width, len(how_far))
        put(f"\r{one_line(what)}: {how_far:<{width}}" if steer else f"{one_line(what)}: {how_far}\n")

    put(one_line(what) + "\n" * (not steer))
    try:
        yield tell
    finally:
        if steer:
            put("\n")


class _Lines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _write(record.getMessage())


def _write(line: str) -> None:
    stream = Output(lambda: sys.stderr)
    stream.write(f"{one_line(line)}\n")
    stream.flush()


def _speaking() -> bool:
    return any(isinstance(handler, _Lines) for handler in _LOGGER.handlers)


@contextmanager
def on_stderr() -> Generator[None]:
    """At the command line everything is said on stderr, in one line each, and once."""
    if _speaking():
        yield  # a job of a sweep, inside the command
        return
    handler, level = _Lines(), _LOGGER.level
    _SAID.clear()
    _LOGGER.addHandler(handler)
    os.environ[_COMMAND] = "1"
    _LOGGER.setLevel(logging.INFO)
    try:
        yield
    finally:
        del os.environ[_COMMAND]
        _LOGGER.setLevel(level)
        _LOGGER.removeHandler(handler)
