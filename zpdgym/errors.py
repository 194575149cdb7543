"""Mistakes in what the user gave, told in one clear message."""

from __future__ import annotations

import difflib
import os
import traceback
from collections.abc import Iterable
from pathlib import Path

LONGEST = 120
"""Letters of a value that a message shows."""
MOST = 30
"""Violations that are told together."""


class InputError(ValueError):
    """What the user gave is wrong: the message names the key or file, the value, and what is allowed.

    The command line prints the message as one line and exits with code 2; any other exception is a bug of ours.
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class DoubtfulInput(UserWarning):
    """What the user gave can be used, but was hardly meant like that: the warning names file and line, and a cure."""


class Failure(RuntimeError):
    """A fault of the program, or of a module of the user's own, told in one line; the cause has the traceback.

    Attributes:
        place: file and line, as ``place`` finds them.
    """

    def __init__(self, message: str, *, place: str) -> None:
        super().__init__(message)
        self.place = place


def one_line(text: str) -> str:
    """The text on one line; signs that steer a terminal, and others that cannot be seen, as their escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1] for c in text)


def shown(value: object) -> str:
    """A value as messages show it: as Python writes it, cut where it is long."""
    if isinstance(value, int) and value.bit_length() > LONGEST:
        return f"a number of {value.bit_length():,} bits"
    try:
        text = repr(value)
    except ValueError:  # a list with a number in it that Python does not write out
        text = f"a {type(value).__name__}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 20]} … {text[-18:]}"


class CannotWrite(RuntimeError):
    """A file cannot be written because the disk is full or its folder read-only; the message names it.

    The command line says what was kept and exits with code 4.
    """


class RunsFailed(RuntimeError):
    """Some runs of an experiment failed, and the others are finished; the command line exits with code 3.

    Attributes:
        traced: whether ``ZPDGYM_DEBUG`` shows more: the traceback of a run that raised.
    """

    def __init__(self, message: str, *, traced: bool = False) -> None:
        super().__init__(message)
        self.traced = traced


class ControlBeaten(RuntimeError):
    """Somebody wins where nobody can, so results are wrong; all is written, and the command line exits with code 5."""


def place(error: BaseException) -> str:
    """The file and line where the program failed; a file below the working directory is preferred to a library's."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if Path(f.filename).resolve().is_relative_to(Path.cwd()) and ".venv" not in f.filename]
    frame = (own or frames)[-1]
    return f"{frame.filename}, line {frame.lineno}"


def debugging() -> bool:
    """Whether ``ZPDGYM_DEBUG`` asks for tracebacks."""
    return os.environ.get("ZPDGYM_DEBUG", "0") not in ("", "0")


def short_place(error: BaseException) -> str:
    """The same for a file that others read: ``my_policy.py:12``, without the folders of this machine."""
    name, _, line = place(error).rpartition(", line ")
    path, here = Path(name), Path.cwd()
    return f"{path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name}:{line}"


def not_installed(package: str | None) -> str:
    """That a package is not installed, and which of our extras brings it."""
    extras = {
        "rl": ("torch", "stable_baselines3", "sb3_contrib"),
        "tune": ("cma",),
        "track": ("wandb", "tensorboard"),
        "figures": ("matplotlib",),
        "parquet": ("pyarrow",),
        "cluster": ("distributed", "dask", "cryptography"),
        "sweep": ("joblib", "submitit", "hydra_plugins"),
    }
    top = (package or "").partition(".")[0]
    bring = next((f": pip install 'zpdgym[{extra}]'" for extra, names in extras.items() if top in names), "")
    return f"the package '{package}' is not installed{bring}"


class Violations:
    """Collects every violation of an input, so that all of them are reported together.

    Example:
        >>> wrong = Violations("BKT")
        >>> wrong.unless(0 <= 1.4 <= 1, "learn=1.4 must be in [0, 1]: it is a probability")
        >>> wrong.raise_any()
        Traceback (most recent call last):
        zpdgym.errors.InputError: BKT: learn=1.4 must be in [0, 1]: it is a probability
    """

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.messages: list[str] = []

    def unless(self, holds: bool, message: str) -> None:
        """Note ``message`` (value, bound and reason) unless the condition holds."""
        if not holds:
            self.messages.append(message)

    def raise_any(self) -> None:
        """Raise one InputError with all that was noted; do nothing when nothing was."""
        if self.messages:
            more = len(self.messages) - MOST
            told = [*self.messages[:MOST], *([f"and {more} more"] if more > 0 else [])]
            raise InputError(f"{self.subject}: " + "; ".join(told))


def unknown(kind: str, name: str, choices: Iterable[str]) -> InputError:
    """The error for a name that does not exist, with the nearest name and the list of choices.

    A ``kind`` that ends in a dot, "key student.", stands before the name: unknown key 'student.lern'.
    """
    known = sorted(choices)
    kind, prefix = kind.rsplit(" ", 1) if kind.endswith(".") and " " in kind else (kind, "")
    near = nearest(name, known)
    hint = f" Did you mean '{prefix}{near}'?" if near else ""
    written = name if len(name) <= LONGEST else f"{name[:LONGEST]}…"
    return InputError(f"unknown {kind} '{prefix}{written}'.{hint} Choices: {', '.join(known) or 'none'}")


def nearest(name: str, choices: Iterable[str]) -> str | None:
    """The choice that a mistyped name is most like, capitals aside; None: it is like none."""
    known = list(choices)
    if len(name) > LONGEST:  # nobody types so much by mistake, and comparing takes long
        return None
    near = difflib.get_close_matches(name.lower(), [choice.lower() for choice in known], n=1, cutoff=0.6)
    return next((choice for choice in known if near and choice.lower() == near[0]), None)
