"""A comparison for a paper: a table in LaTeX, data as CSV, figures, a paragraph on methods, and the sources."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from zpdgym.errors import InputError, shown, unknown
from zpdgym.files import is_file, must_be_free, read_json, write_bytes, write_json

from ..questions.rows import ContrastTable, CrossingTable, WorldsTable
from ..reading.answers import answers
from ..reading.folder import Folder
from ..reading.results import Results
from ..runs.arguments import writable
from ..store.sheets import as_csv
from . import asked, latex, methods
from .figure import KINDS, Asked, picture
from .sources import bibliography, used_in

__all__ = ["Exported"]

FORMATS = ("tex", "csv", "figures", "methods", "bib")
FRAMES = ("table", "runs", "students", "curves", "training")
"""What is written as CSV; single lessons are many, and left to ``zpdgym.load``."""
ANSWERS = {
    ContrastTable: ("contrasts",),
    CrossingTable: ("sensitivity", "crossings"),
    WorldsTable: ("worlds", "over_worlds"),
}
"""What was asked of a grid -> the frames that answer it, where it was asked."""
WRITTEN = "exported.json"
"""File -> its checksum when it was written, so that a later export leaves alone what somebody changed."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        folder: where.
        files: every file, in order.
        left_out: figures that were not drawn, each with the reason.
        kept: files that were left as they are, because somebody changed them since they were written.
    """

    folder: Path
    files: tuple[Path, ...]
    left_out: tuple[str, ...]
    kept: tuple[Path, ...]


def export(
    results: str | Path, *, out: str | Path = "paper", formats: str | Sequence[str] = FORMATS, size: str = "page"
) -> Exported:
    """Write what a paper needs of a comparison or a grid.

    Args:
        results: the comparison's folder.
        out: the folder to write to. Files that an export wrote there are written anew; those that were changed since,
            or come from elsewhere, are left as they are.
        formats: some of "tex" (``table.tex``, tables of what was asked of a grid, and ``paper.tex``, which puts all
            together), "csv", "figures", "methods" (``methods.tex`` and ``methods.md``) and "bib" (``references.bib``).
        size: of the figures: "column" or "page".

    Raises:
        InputError: an unknown format, with the nearest one; or the folder is no finished comparison.
    """
    wanted = [formats] if isinstance(formats, str) else list(formats)
    for name in wanted:
        if name not in FORMATS:
            raise unknown("format", str(name), FORMATS)
    if not wanted:
        raise InputError(f"formats={shown(formats)} must be some of {', '.join(FORMATS)}")
    folder, place = Folder.read(results), writable(out, "out")
    _ = folder.table
    before = _written(place / WRITTEN)
    made, left_out = _made(folder, wanted, size)
    must_be_free(place / name for name in (*made, WRITTEN))
    kept = [name for name, data in made.items() if _is_others(place / name, data, before.get(name))]
    new = {name: data for name, data in made.items() if name not in kept}
    for name, data in new.items():
        write_bytes(place / name, data)
    write_json(place / WRITTEN, before | {name: _sum(data) for name, data in new.items()})
    return Exported(place, tuple(place / name for name in new), tuple(left_out), tuple(place / name for name in kept))


def _written(path: Path) -> dict[str, object]:
    """What earlier exports wrote: file -> its checksum.

    Raises:
        InputError: the file that says so was changed.
    """
    if not is_file(path):
        return {}
    way_out = "delete it, and files that are there already are left as they are"
    found = read_json(path, way_out=way_out)
    if not isinstance(found, dict):
        raise InputError(f"{path} holds no files and checksums: {way_out}")
    return cast("dict[str, object]", found)


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _is_others(path: Path, data: bytes, before: object) -> bool:
    """Whether another file lies there than an export wrote, with other contents than would be written now."""
    if not is_file(path):
        return False
    there = path.read_bytes()
    return there != data and _sum(there) != before


def _made(folder: Folder, wanted: Sequence[str], size: str) -> tuple[dict[str, bytes], list[str]]:
    """File -> its contents, and which figures there are not; everything before anything is written."""
    used, found = used_in(folder), dict[str, str]()
    parts = list[str]()
    if "methods" in wanted:
        told = methods.sentences(folder, used)
        found |= {"methods.tex": methods.as_latex(told), "methods.md": methods.as_markdown(told)}
        parts.append("methods")
    if "tex" in wanted:
        tables = {"table": latex.table(folder), **asked.tables(folder)}
        found |= {f"{name}.tex": text for name, text in tables.items()}
        parts += tables
    if "csv" in wanted:
        found |= _data(folder)
    if "bib" in wanted:
        found["references.bib"] = bibliography(used)
        parts.append("references")
    made = {name: text.encode() for name, text in found.items()}
    drawn, captions, left_out = _figures(folder, size) if "figures" in wanted else ({}, {}, [])
    made |= drawn
    if "tex" in wanted:
        made["paper.tex"] = latex.document(folder, parts=parts, figures=list(captions.items())).encode()
    return made, left_out


def _data(folder: Folder) -> dict[str, str]:
    """The frames of ``zpdgym.load`` as CSV, those of questions where they were asked."""
    frames = Results(folder)
    names = [*FRAMES, *(name for kind, names in ANSWERS.items() if answers(folder, kind) for name in names)]
    return {f"csv/{name}.csv": as_csv(getattr(frames, name)()) for name in names}


def _figures(folder: Folder, size: str) -> tuple[dict[str, bytes], dict[str, str], list[str]]:
    """A figure of every kind that can be drawn, their captions, and why others cannot.

    Of a grid over several axes the last one has the panels, and each combination of the others a figure, where a figure
    has no place for them.
    """
    drawn, captions, left_out = dict[str, bytes](), dict[str, str](), list[str]()
    cells = [axis for axis in folder.axes if any(axis in (about.axes or {}) for about in folder.compared.values())]
    *others, _ = [axis for axis in cells if len(folder.axes[axis]) > 1] or [None]
    for kind in KINDS:
        apart = [axis for axis in others if axis is not None] if kind != "outcome" else []
        for numbers in itertools.product(*(range(len(folder.axes[axis])) for axis in apart)):
            only: Mapping[str, object] = {axis: folder.axes[axis][i] for axis, i in zip(apart, numbers, strict=True)}
            # by numbers: LaTeX stumbles over points and commas in the names of files
            name = f"figures/{'-'.join([kind, *(f'{i + 1}' for i in numbers)])}.pdf"
            try:
                drawn[name], captions[name] = picture(folder, Asked(kind=kind, size=size, only=only), Path(name))
            except InputError as error:
                left_out.append(f"no {name}: {error}")
    return drawn, captions, left_out
