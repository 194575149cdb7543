"""What a grid answers, for people: in the terminal, as Markdown, and as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

from zpdgym.files import is_file, read_json

from ..comparison.formats import FEW, FEW_MEANS, SIGNS, interval, number, p_value, pipes, spread
from ..comparison.rows import Level
from ..markdown import escaped
from ..runs.grid import text
from ..statistics import AHEAD, BEHIND, BETTER, CANNOT_TELL, NO_DIFFERENCE, WORSE
from ..store.columns import as_csv, from_plain, to_plain
from ..store.runs import write_bytes, write_json
from .cells import FEWEST_WORLDS, short
from .contrasts import CHANGES
from .rows import DIFFERENCE, ContrastRow, ContrastTable, CrossingTable, WorldsTable

if TYPE_CHECKING:
    from rich.console import RenderableType

Answer: TypeAlias = ContrastTable | CrossingTable | WorldsTable
AnswerType = TypeVar("AnswerType", ContrastTable, CrossingTable, WorldsTable)
FILES: Mapping[type[Answer], str] = {
    ContrastTable: "contrasts",
    CrossingTable: "sensitivity",
    WorldsTable: "worlds",
}
"""What the files of each are called, before their endings."""
ENDINGS = ("json", "csv", "md")
CHANGE_SIGNS = {
    CHANGES[BETTER]: "grows",
    CHANGES[AHEAD]: "above",
    CHANGES[NO_DIFFERENCE]: "≈",
    CHANGES[BEHIND]: "below",
    CHANGES[WORSE]: "falls",
    CHANGES[CANNOT_TELL]: "?",
}
FEW_WORLDS = f"few: a mean over fewer than {FEWEST_WORLDS} worlds, so no p and no verdict"
FIRST = 30
"""So many letters of a table's first column stay in a line."""
GREEN, RED = (SIGNS[BETTER], "grows"), (SIGNS[WORSE], "falls")


@dataclass(frozen=True)
class Sheet:
    """A table of texts with what stands around it.

    Attributes:
        title: above it.
        heads: of its columns; the first holds words.
        rows: as long as the heads.
        notes: below it, a line each.
        says: the answer in sentences, below the notes.
        words: how many of the first columns hold words.
    """

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    says: Sequence[str] = ()
    words: int = 1


def sheets(answer: Answer) -> list[Sheet]:
    """An answer as tables of texts."""
    if isinstance(answer, ContrastTable):
        return _contrasts(answer)
    return _crossing(answer) if isinstance(answer, CrossingTable) else _worlds(answer)


def terminal(pages: Sequence[Sheet], *, width: int) -> list[RenderableType]:
    """Tables as they are printed; the last columns are left out where the terminal is too narrow for them."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown: list[RenderableType] = []
    styles = dict.fromkeys(GREEN, "green") | dict.fromkeys(RED, "red")
    for page in pages:
        shown.append(Text(f"\n{page.title}", style="bold"))
        if page.rows:
            table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
            for j, head in enumerate(page.heads[: _fitting(page, width)]):
                justify = "left" if j < page.words else "right"
                # words before all may be broken, the others may not
                table.add_column(head, justify=justify, vertical="bottom", no_wrap=j > 0, min_width=_width(page, j))
            for row in page.rows:
                table.add_row(*(Text(cell, style=styles.get(cell, "")) for cell in row[: len(table.columns)]))
            shown.append(table)
            gone = [" ".join(head.split()) for head in page.heads[len(table.columns) :] if head]
            left = f"left out, for which a wider terminal has room: the column{'s' * (len(gone) > 1)} {', '.join(gone)}"
            shown += [Text(left, style="dim")] if gone else []
        shown += [Text("\n".join(page.notes), style="dim")] if page.notes else []
        shown += [Text("\n".join(page.says), style="bold")] if page.says else []
    return shown


def _fitting(page: Sheet, width: int) -> int:
    """How many columns there is room for; what is in words and one number are always shown."""
    used = 1
    for j in range(len(page.heads)):
        used += _width(page, j) + 2
        if used > width and j > page.words:
            return j
    return len(page.heads)


def _width(page: Sheet, j: int) -> int:
    needed = max(len(part) for part in (*page.heads[j].split("\n"), *(row[j] for row in page.rows)))
    return min(needed, FIRST) if j == 0 else needed


def markdown(pages: Sequence[Sheet]) -> str:
    """Tables for a paper's appendix."""
    parts = list[str]()
    for page in pages:
        parts.append(f"## {escaped(page.title)}")
        if page.rows:
            rows = [[escaped(row[0]), *row[1:]] for row in page.rows]  # the others are numbers and words of ours
            parts.append(pipes([escaped(head) for head in page.heads], rows))
        parts += ["\n".join(f"{escaped(note)}  " for note in notes) for notes in (page.notes, page.says) if notes]
    return "\n\n".join(parts) + "\n"


def names_of(kind: type[Answer], number: int) -> list[str]:
    """The names of the files of an answer."""
    stem = FILES[kind] + (f"-{number}" if number > 1 else "")
    return [f"{stem}.{ending}" for ending in ENDINGS]


def save(folder: Path, answer: Answer, *, number: int = 1) -> list[Path]:
    """Write an answer as JSON, CSV and Markdown.

    Args:
        folder: where.
        answer: what.
        number: of several answers of a kind: the second one is ``sensitivity-2.json``.

    Returns:
        the files: ``contrasts.json``, ``contrasts.csv``, ``contrasts.md``, or the same of the others.
    """
    paths = [folder / name for name in names_of(type(answer), number)]
    write_json(paths[0], to_plain(answer))
    write_bytes(paths[1], as_csv(_rows(answer)).encode())
    write_bytes(paths[2], markdown(sheets(answer)).encode())
    return paths


def saved(folder: Path, kind: type[AnswerType], *, way_out: str) -> list[AnswerType]:
    """The answers of a kind that lie in a folder, in order; none where nothing of the kind was asked.

    Args:
        folder: of the comparison.
        kind: of the answers.
        way_out: what helps where a file cannot be read, for the message.

    Raises:
        InputError: a file of them holds something else than was written.
    """
    found = list[AnswerType]()
    for place in range(1, 1 + len(list(folder.glob(f"{FILES[kind]}*.json")))):
        path = folder / names_of(kind, place)[0]
        if is_file(path):
            told = cast("Mapping[str, object]", read_json(path, way_out=way_out))
            found.append(from_plain(kind, told, where=str(path)))
    return found


def _rows(answer: Answer) -> Sequence[object]:
    """The rows of the CSV file."""
    if isinstance(answer, ContrastTable):
        return answer.rows
    return answer.points if isinstance(answer, CrossingTable) else answer.worlds


def _contrasts(table: ContrastTable) -> list[Sheet]:
    """One table for each contrast; what explains them stands below the last."""
    asked = dict.fromkeys(row.contrast for row in table.rows)
    pages = list[Sheet]()
    for n, contrast in enumerate(asked):
        rows = [row for row in table.rows if row.contrast == contrast]
        lines = [[_where(row), *_numbers(row)] for row in rows]
        last = n == len(asked) - 1
        pages.append(Sheet(contrast, ("", "difference", "", "p"), lines, _notes(table) if last else ()))
    return pages


def _numbers(row: ContrastRow) -> tuple[str, str, str]:
    signs = SIGNS if row.kind == DIFFERENCE else CHANGE_SIGNS
    sign = FEW if row.verdict is None else signs[row.verdict]
    return spread(row.difference, signed=True), sign, p_value(row.difference.p_corrected)


def _where(row: ContrastRow) -> str:
    """The row in words."""
    axes = row.axes or {}
    if row.kind == DIFFERENCE:
        return _axes(axes) or (f"mean over {row.worlds} {short(row.over)}s" if row.over else "all cells")
    rest, changes = row.against or "", list[str]()
    for axis, value in reversed(list(axes.items())):  # values may hold commas, so the text is taken apart by its axes
        rest, _, before = rest.rpartition(f"{axis}=")
        changes.insert(0, f"{short(axis)} {before} → {text(value)}")
        rest = rest.removesuffix(", ")
    return f"{row.kind}: {', '.join(changes)}"


def _axes(axes: Mapping[str, Level] | None) -> str:
    return ", ".join(f"{short(axis)}={text(value)}" for axis, value in (axes or {}).items())


def _notes(table: ContrastTable) -> list[str]:
    kinds, smallest = {row.kind for row in table.rows}, table.smallest_difference
    over = {row.over: row.worlds for row in table.rows if row.over}
    notes = [
        "± 95 % interval over training seeds and students, to its further side; students are paired",
        "  across cells, trainings are not: every cell has its own, and their variances add up at least",
        *(_over(axis, worlds) for axis, worlds in over.items()),
        f"better, worse: by more than {smallest:g}; ahead, behind: perhaps by less; ≈ at most {smallest:g} either way",
    ]
    if kinds - {DIFFERENCE}:
        notes += [
            "change: how much higher the difference is than at the first value; interaction: how much higher a change",
            f"grows, falls: by more than {smallest:g}; above, below: perhaps by less than that",
        ]
    notes.append(
        f"p and verdicts: corrected for all {table.verdicts} rows together (Bonferroni), by wider intervals than ±"
        if table.verdicts > 1
        else "p and verdicts: by the interval of ±, for there is one row to correct for"
    )
    notes.append(
        "tables of cells are corrected for other verdicts: quote these for what was asked before anything was run"
    )
    few = {row.worlds or 0 for row in table.rows if row.verdict is None}
    notes += [FEW_WORLDS] if any(0 < worlds < FEWEST_WORLDS for worlds in few) else []
    notes += [FEW_MEANS] if any(not 0 < worlds < FEWEST_WORLDS for worlds in few) else []
    return [*notes, *(f"left out: {note}" for note in table.notes)]


def _over(axis: str, worlds: int | None) -> str:
    """What the interval of a mean over worlds is."""
    return (
        f"means over {worlds} {short(axis)}s: ± by Student's t over them, as drawn by lot; it holds for others like "
        "them, and is the one to quote"
    )


def _crossing(table: CrossingTable) -> list[Sheet]:
    axis = short(table.axis)
    points = [
        [f"{row.at:.4g}", spread(row.difference, signed=True), FEW if row.verdict is None else SIGNS[row.verdict]]
        for row in table.points
    ]
    notes = [
        "± 95 % interval, to its further side; verdicts and crossings: by intervals that hold together for all "
        f"{len(points)} values",
        *([_over(table.over, table.worlds)] if table.over else []),
        f"between the values: straight lines on the {_scale(table.scale)} scale",
    ]
    stretches = [[f"{row.low:.4g} to {row.high:.4g}", row.verdict] for row in table.verdicts]
    title = f"{table.contrast} along {table.axis}"
    pages = [Sheet(title, (axis, "difference", ""), points, notes, (table.says,))]
    if stretches:
        pages.append(Sheet("Which verdict holds where", (axis, "verdict"), stretches))
    return pages


def _scale(scale: str) -> str:
    return "logarithmic" if scale == "log" else scale


def _worlds(table: WorldsTable) -> list[Sheet]:
    pages = list[Sheet]()
    for row in table.together:
        axes = _axes(row.axes)
        here = [world for world in table.worlds if world.contrast == row.contrast and world.axes == row.axes]
        lines = [
            [
                str(world.world),
                spread(world.difference, signed=True),
                FEW if world.verdict is None else SIGNS[world.verdict],
            ]
            for world in here
        ]
        lines.append(["mean", spread(row.mean, signed=True), SIGNS[row.verdict] if row.verdict else FEW])
        notes = [
            f"Each {short(row.over)}: ± 95 % interval over seeds and students, verdict corrected for {row.worlds}",
            f"mean: ± by Student's t over {row.worlds} worlds; verdict corrected for {table.verdicts}",
            "  it is the number of the contrast, and the one to quote",
            f"between worlds: standard deviation {number(row.between)}; uncertain within each: {number(row.within)}",
            f"a further world, measured likewise: {interval(row.further, signed=True)}",
        ]
        title = f"{row.contrast}{f', {axes}' if axes else ''}, over {row.over}"
        pages.append(Sheet(title, (short(row.over), "difference", ""), lines, notes, (row.says,)))
    return pages
