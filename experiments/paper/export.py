"""A comparison for a paper: a table in LaTeX, data as CSV, figures, a paragraph on methods, and the sources."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zpdgym.errors import InputError, shown, unknown
from zpdgym.files import must_be_free, write_bytes

from ..reading.folder import Folder
from ..reading.results import Results
from ..runs.arguments import writable
from ..store.sheets import as_csv
from . import latex, methods
from .figure import KINDS, figure
from .sources import bibliography, used_in

__all__ = ["Exported"]

FORMATS = ("tex", "csv", "figures", "methods", "bib")
FRAMES = ("table", "runs", "students", "curves", "training")
"""What is written as CSV; single lessons are many, and left to ``zpdgym.load``."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        folder: where.
        files: every file, in order.
        left_out: figures that were not drawn, each with the reason.
    """

    folder: Path
    files: tuple[Path, ...]
    left_out: tuple[str, ...]


def export(
    results: str | Path, *, out: str | Path = "paper", formats: str | Sequence[str] = FORMATS, size: str = "page"
) -> Exported:
    """Write what a paper needs of a comparison or a grid.

    Args:
        results: the comparison's folder.
        out: the folder to write to; files of the same names in it are written anew.
        formats: some of "tex" (``table.tex``, and ``paper.tex``, which puts all together), "csv", "figures", "methods"
            (``methods.tex`` and ``methods.md``) and "bib" (``references.bib``).
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
    texts = _texts(folder, wanted)
    must_be_free(place / name for name in texts)
    for name, write in texts.items():
        write_bytes(place / name, write().encode())
    drawn, left_out = _figures(folder, place, size) if "figures" in wanted else ([], [])
    files = [place / name for name in texts] + [place / name for name, _ in drawn]
    if "tex" in wanted:
        parts = {"methods": "methods" in wanted, "table": True, "references": "bib" in wanted}
        write_bytes(place / "paper.tex", latex.document(folder, parts=parts, figures=drawn).encode())
        files.append(place / "paper.tex")
    return Exported(place, tuple(files), tuple(left_out))


def _texts(folder: Folder, wanted: Sequence[str]) -> Mapping[str, Callable[[], str]]:
    """File -> how its text is made."""
    used, frames = used_in(folder), Results(folder)
    told = methods.sentences(folder, used)
    every: Mapping[str, Mapping[str, Callable[[], str]]] = {
        "tex": {"table.tex": lambda: latex.table(folder)},
        "methods": {"methods.tex": lambda: methods.as_latex(told), "methods.md": lambda: methods.as_markdown(told)},
        "bib": {"references.bib": lambda: bibliography(used)},
        "csv": {f"csv/{name}.csv": lambda name=name: as_csv(getattr(frames, name)()) for name in FRAMES},
    }
    return {file: text for form in FORMATS if form in wanted for file, text in every.get(form, {}).items()}


def _figures(folder: Folder, place: Path, size: str) -> tuple[list[tuple[str, str]], list[str]]:
    """A figure of every kind that can be drawn, with its caption; and why others cannot.

    Of a grid over several axes the last one has the panels, and each combination of the others a figure, where a figure
    has no place for them.
    """
    drawn, left_out = list[tuple[str, str]](), list[str]()
    cells = [axis for axis in folder.axes if any(axis in (about.axes or {}) for about in folder.compared.values())]
    *others, _ = [axis for axis in cells if len(folder.axes[axis]) > 1] or [None]
    for kind in KINDS:
        apart = [axis for axis in others if axis is not None] if kind != "outcome" else []
        for numbers in itertools.product(*(range(len(folder.axes[axis])) for axis in apart)):
            only = {axis: folder.axes[axis][i] for axis, i in zip(apart, numbers, strict=True)}
            # by numbers: LaTeX stumbles over points and commas in the names of files
            name = f"figures/{'-'.join([kind, *(f'{i + 1}' for i in numbers)])}.pdf"
            try:
                drawn.append((name, figure(folder.path, kind=kind, out=place / name, size=size, only=only).caption))
            except InputError as error:
                left_out.append(f"no {name}: {error}")
    return drawn, left_out
