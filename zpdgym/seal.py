"""What the files of a finished folder were: their checksums, which tell a damaged folder from a whole one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from zpdgym.errors import InputError

DONE = "done"
"""The file that holds a folder's seal; it is written last."""
_MARK, _SUM = re.compile(r"[0-9a-f]{64}"), re.compile(r"([0-9a-f]{64})  (\S.*)")


class NoSeal(ValueError):
    """A file is not a seal, or no longer."""


@dataclass(frozen=True)
class Seal:
    """What ``done`` says: what a folder was made with, and the SHA-256 of its files.

    As a file: the mark in the first line, then a line for each file as ``sha256sum`` writes it, and in the last one the
    same of all lines above.

    Attributes:
        mark: 64 hexadecimal digits: a run's fingerprint.
        sums: file below the folder, with ``/`` -> its SHA-256; None: the folder is older than checksums.
    """

    mark: str
    sums: Mapping[str, str] | None

    @classmethod
    def of(cls, mark: str, folder: Path, names: Iterable[str]) -> Seal:
        """The seal of these files as they are now."""
        return cls(mark, {name: _sum(folder / name) for name in sorted(names)})

    @classmethod
    def read(cls, path: Path) -> Seal:
        """The seal in a file.

        Raises:
            NoSeal: it cannot be read, or is no seal.
        """
        try:
            text = path.read_text(encoding="utf-8")
            mark, *lines = text.splitlines()
        except (OSError, ValueError) as error:
            raise NoSeal(f"{path.name} is empty or cannot be read") from error
        found = [_SUM.fullmatch(line) for line in lines]
        seal = cls(mark, {line[2]: line[1] for line in found[:-1] if line} if found else None)
        if not _MARK.fullmatch(mark) or (found and text != seal.text()):
            raise NoSeal(f"{path.name} was cut or changed")
        return seal

    def text(self) -> str:
        """The seal as a file holds it."""
        lines = [self.mark, *(f"{total}  {name}" for name, total in (self.sums or {}).items())]
        text = "".join(f"{line}\n" for line in lines)
        return f"{text}{hashlib.sha256(text.encode()).hexdigest()}  {DONE}\n" if self.sums is not None else text

    def damage(self, folder: Path, names: Iterable[str]) -> str | None:
        """What is wrong with these files of the folder, those that it should have and those that it has; None: nothing.

        Args:
            folder: what was sealed.
            names: files below it.
        """
        sums = self.sums or {}
        for name in sorted(names):
            path = folder / name
            if not path.exists():
                return f"{name} is missing"
            if not path.is_file():
                return f"{name} is a folder where a file was"
            if name not in sums:
                return f"{name} was not there when it was made"
            try:
                same = _sum(path) == sums[name]
            except OSError as error:
                return f"{name} cannot be read ({error.strerror})"
            if not same:
                return f"{name} was changed or cut since (checksum)"
        return None


def must_be_whole(folder: Path) -> None:
    """Refuse a folder inside a sealed one, such as the teacher of a run, whose files are not the sealed ones.

    Where nothing is sealed there is nothing to say.

    Raises:
        InputError: one of them is missing, another, or was changed.
    """
    folder = folder.resolve()
    try:
        seal = Seal.read(folder.parent / DONE)
    except NoSeal:
        return  # not finished, or a folder that is nobody's
    names = [name for name in seal.sums or {} if name.startswith(f"{folder.name}/")]
    if (damage := seal.damage(folder.parent, names)) is not None:
        raise InputError(damaged(folder.parent, damage))


def damaged(folder: Path, what: str, *, more: int = 0) -> str:
    """The line about a damaged run.

    Args:
        folder: of the run.
        what: is wrong with it.
        more: so many runs are damaged besides.
    """
    others = f" (and {more} more run{'s' * (more > 1)} damaged)" if more else ""
    return (
        f"{folder} is damaged: {what}{others}. The command that made it makes the damaged runs anew, and no others, "
        "with rerun=true"
    )


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
