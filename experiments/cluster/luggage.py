"""What a job takes along to a machine that does not see this one's disk, and what it brings back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zpdgym.errors import InputError
from zpdgym.files import TEMPORARY, is_file, write_bytes, writing
from zpdgym.seal import DONE

from ...configs.build import OWN
from ...students.neural.dkt_files import CARD
from ..store.fingerprint import ROOT, data_files, user_modules
from ..store.runs import CHECKPOINT

HOME = Path("results")
"""Where the experiment's folder lies over there, below the folder in which the job works."""
OWN_THERE = Path("names")
"""Where the user's folder of names (``--config-dir``) lies over there."""
_LEFT_BEHIND = (TEMPORARY, CHECKPOINT, ".")


@dataclass(frozen=True, eq=False)
class Luggage:
    """What a job reads and writes.

    Attributes:
        home: the experiment's folder; everything of the job's lies below it.
        folder: what the job writes; what lies there already goes along. None: it writes nothing that is kept.
        argument: the job's argument over there, where ``HOME`` is ``home``.
        settings: the user's modules and data files that these name go along.
        files: other files that go along.
        reads: folder of another run -> the files and folders in it that the job reads.
        copies: whether the job only copies a run that is here, so that it had better stay here.
    """

    home: Path
    folder: Path | None
    argument: object
    settings: Mapping[str, object]
    files: tuple[Path, ...] = ()
    reads: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)
    copies: bool = False

    @property
    def brought(self) -> str:
        """The folder over there that is brought back; "": none is."""
        return "" if self.folder is None else there(self.folder, self.home).as_posix()

    def pack(self) -> dict[str, bytes]:
        """Path over there -> contents, of all that goes along.

        Raises:
            InputError: as ``must_be_portable`` does.
        """
        wanted = dict[str, Path]()
        for path in [] if self.folder is None else _all_below(self.folder):
            wanted[there(path, self.home).as_posix()] = path
        for folder, names in self.reads.items():
            for path in (found for name in names for found in _all_below(folder / name)):
                wanted[there(path, self.home).as_posix()] = path
        for path in self._of_the_user():
            wanted[path.as_posix()] = path
        if own := os.environ.get(OWN):
            for path in sorted(Path(own).rglob("*.yaml")):
                wanted[(OWN_THERE / path.relative_to(own)).as_posix()] = path
        return {name: path.read_bytes() for name, path in wanted.items()}

    def must_be_portable(self) -> None:
        """Refuse files that do not lie over there where they are looked for.

        Raises:
            InputError: a file is needed that lies outside the current folder, or is named by its absolute path.
        """
        for _ in self._of_the_user():
            pass

    def unpack(self, files: Mapping[str, bytes]) -> None:
        """Put what was brought back in its place; ``done`` comes last, and what is not there any more is removed.

        Raises:
            CannotWrite: the disk is full or the folder read-only.
        """
        if self.folder is None:
            return
        names = {Path(name).relative_to(self.brought).as_posix(): content for name, content in files.items()}
        for path in _all_below(self.folder):
            if path.relative_to(self.folder).as_posix() not in names:
                with writing(path):
                    path.unlink()
        for name in sorted(names, key=lambda name: name == DONE):
            write_bytes(self.folder / name, names[name])

    def _of_the_user(self) -> Iterator[Path]:
        """The user's own files, by their paths from the current folder."""
        here = Path.cwd().resolve()
        for path in sorted(user_modules(self.settings)):
            if path.is_relative_to(here):  # others are installed: the worker has them, or says which it lacks
                yield path.relative_to(here)
        absolute = {Path(text).resolve(): text for text in _texts(self.settings) if Path(text).is_absolute()}
        for path in sorted({*data_files(self.settings), *(file.resolve() for file in self.files)}):
            if path.is_relative_to(ROOT):
                continue
            named = next((text for real, text in absolute.items() if path.is_relative_to(real)), None)
            if named is not None or not path.is_relative_to(here):
                raise InputError(
                    f"{named or path} cannot go along to a worker that does not see this disk: let it lie in the "
                    "current folder, and name it by its path from there"
                )
            for beside in path.parent.iterdir() if path.name == CARD else (path,):
                if is_file(beside):
                    yield beside.relative_to(here)


def there(path: Path, home: Path) -> Path:
    """Where a path below the experiment's folder lies over there."""
    return HOME / path.relative_to(home)


def lay_out(files: Mapping[str, bytes]) -> None:
    """Over there: put what came along in its place, below the current folder."""
    for name, content in files.items():
        write_bytes(Path(name), content)


def collected(folder: str) -> dict[str, bytes]:
    """Over there: what the job wrote."""
    return {path.as_posix(): path.read_bytes() for path in _all_below(Path(folder))}


def _all_below(path: Path) -> list[Path]:
    """A file, or all files of a folder but for those that an interruption left; none where there is nothing."""
    if path.is_file():
        return [path]
    return sorted(found for found in path.rglob("*") if found.is_file() and not found.name.startswith(_LEFT_BEHIND))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) <= 500 and "\n" not in value:
            yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
