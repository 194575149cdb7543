"""Output that can always be written: signs that a stream does not know become near ones, and a full disk ends no work.

A terminal or a log file with an old encoding knows no ``±``; results that took an hour are not lost for that.
"""

from __future__ import annotations

import codecs
import os
import sys
import unicodedata
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from typing import IO, TextIO, cast

NEAR = {
    "—": "-", "–": "-", "−": "-", "‑": "-", "±": "+-", "…": "...", "≈": "~", "≤": "<=", "≥": ">=", "≠": "!=",
    "×": "x", "÷": ":", "·": ".", "•": "*", "°": "^", "†": "+", "‡": "++", "“": '"', "”": '"', "„": '"', "«": '"',
    "»": '"', "‘": "'", "’": "'", "→": "->", "←": "<-", "✓": "x", "█": "#", "ß": "ss",
}  # fmt: skip
_HANDLER = "zpdgym.near"


def near(text: str) -> str:
    """The text in signs of ASCII: near ones where there are any, a question mark for the others."""
    return "".join(sign if sign.isascii() else _near(sign) for sign in text)


def _near(sign: str) -> str:
    plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    line = unicodedata.name(sign, "").startswith("BOX DRAWINGS")
    return NEAR.get(sign) or plain or ("-" if line else "?")


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return near(error.object[error.start : error.end]), error.end


codecs.register_error(_HANDLER, _replace)


class Output:
    """A stream for people, whatever it can show and however long it lasts.

    Args:
        find: gives the stream; None where there is none, for it was closed before we started.

    Attributes:
        lost: why something could not be written; None: everything was.
    """

    def __init__(self, find: Callable[[], IO[str] | None]) -> None:
        self._find = find
        self.lost: OSError | None = None

    @property
    def stream(self) -> IO[str] | None:
        """Where it is written to."""
        found = self._find()
        return getattr(found, "rich_proxied_file", found)  # rich stands in for the stream while a bar is shown

    @property
    def encoding(self) -> str:
        """How the stream writes its signs; where it does not say that, it knows all of them."""
        return getattr(self.stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write, as near as the stream can."""
        stream = self.stream
        if stream is not None and self.lost is None:
            with self._noting():
                stream.write(text.encode(self.encoding, _HANDLER).decode(self.encoding))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write one after the other."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write what was kept back."""
        stream = self.stream
        if stream is not None and self.lost is None:
            with self._noting():
                stream.flush()

    @contextmanager
    def _noting(self) -> Generator[None]:
        try:
            yield
        except BrokenPipeError:  # the reader has gone, and wants nothing more
            raise
        except OSError as error:
            self.lost = error

    def isatty(self) -> bool:
        """Whether a person looks on."""
        return self.stream is not None and self.stream.isatty()

    def __getattr__(self, name: str) -> object:
        return getattr(self.stream, name)


def standard_output() -> Output:
    """What is standard output when something is written, safe to be written to."""
    return Output(lambda: sys.stdout)


@contextmanager
def safe_output() -> Generator[Output]:
    """Standard output and the error stream of a command, safe to be written to.

    Yields:
        the standard output, whose ``lost`` is known when the block has ended.
    """
    _no_closed_descriptor()
    out, err = sys.stdout, sys.stderr
    found = Output(lambda: out)
    sys.stdout, sys.stderr = cast("TextIO", found), cast("TextIO", Output(lambda: err))
    try:
        yield found
    finally:
        sys.stdout, sys.stderr = out, err
        try:
            found.flush()
        except BrokenPipeError as error:
            found.lost = error
        if found.lost is not None:
            to_nowhere(out)


def to_nowhere(stream: IO[str]) -> None:
    """Let what a stream still keeps back go nowhere, so that the end of the program is silent."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _no_closed_descriptor() -> None:
    """Open the standard descriptors that are closed: else a file of results would get their numbers."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
