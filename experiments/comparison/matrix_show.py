"""The robust evaluation matrix for people: Markdown, CSV, and what the terminal prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..markdown import with_escaped_texts
from ..runs.scenarios import ANY, MIXTURE, OWN
from ..store.columns import as_csv, to_plain
from ..store.runs import write_bytes, write_json
from .failing import lines as failures
from .formats import FEW, FEW_MEANS, KIND_SIGNS, interval, pipes, sign
from .matrix_picture import picture
from .rows import Interval, Leader, MatrixRow, MatrixTable

if TYPE_CHECKING:
    from rich.console import RenderableType

JSON, CSV, MARKDOWN, PICTURE = "matrix.json", "matrix.csv", "matrix.md", "matrix.svg"
BEHIND = (
    "Regret is counted from the best row of the column that looks inside nobody; a row marked ° is not among "
    "those, and below zero it is ahead of all of them."
)
_NARROW = 6  # characters of a column in the terminal


def save_matrix(folder: Path, table: MatrixTable) -> None:
    """Write the table as JSON, CSV and Markdown, and the picture."""
    write_json(folder / JSON, to_plain(table))
    write_bytes(folder / CSV, as_csv([*table.cells, *(table.failed or ())]).encode())
    write_bytes(folder / MARKDOWN, markdown(table).encode())
    write_bytes(folder / PICTURE, f"{picture(table, headlines(table))}\n".encode())


def markdown(table: MatrixTable) -> str:
    """The matrix for a paper's appendix: what it says, outcomes, differences, regrets."""
    table = with_escaped_texts(table)
    parts = [f"# {table.name}: robust evaluation matrix of {table.scenario}", _about(table)]
    if table.warning:
        parts.append(f"**{table.warning}**")
    parts.append("\n".join(f"* {line}" for line in headlines(table)))
    parts.append("![Outcome of every way of teaching with every kind of students](matrix.svg)")
    outcome, difference, regret = dict[_Place, str](), dict[_Place, str](), dict[_Place, str]()
    for cell in table.cells:
        place = cell.row, cell.students
        outcome[place], regret[place] = interval(cell.outcome), interval(cell.regret)
        if cell.vs_mastery is not None:
            told = (
                f"{interval(cell.vs_mastery, signed=True)} {sign(cell.vs_mastery_verdict, cell.vs_mastery, cell.kind)}"
            )
            difference[place] = told.rstrip()
    heads = ["row", "worst", "with", "mean", "largest regret", "with", "weakly dominated by"]
    rows = [
        [
            _name(row) + _twin(row),
            interval(row.worst),
            row.worst_students,
            interval(row.mean),
            interval(row.largest_regret),
            row.regret_students,
            ", ".join(row.dominated_by) or "–",
        ]
        for row in table.rows
    ]
    beside = "Paired difference to mastery_tuned that was tuned on the students of the column"
    parts += _block(table, "Outcome", outcome)
    parts += ["## Rows", pipes(heads, rows)]
    parts += _block(table, beside, difference)
    parts += _block(table, "Regret: how far behind the best row of the column", regret)
    parts.append(BEHIND)
    notes = ["* learnt", "° looks inside the simulated students", *failures(table.failed), *table.notes]
    notes += [FEW_MEANS] if any(told.endswith(FEW) for told in difference.values()) else []
    parts.append("\n".join(f"{note}  " for note in notes))
    return "\n\n".join(parts) + "\n"


_Place = tuple[str, str]
"""A row and a kind of students."""


def _block(table: MatrixTable, title: str, cells: dict[_Place, str]) -> list[str]:
    """A heading, and a table of all rows by all kinds of students."""
    rows = [[_name(row), *(cells.get((row.row, c), "–") for c in table.columns)] for row in table.rows]
    return [f"## {title}", pipes(["row", *table.columns], rows)]


def headlines(table: MatrixTable) -> list[str]:
    """What the matrix says, in sentences."""
    rows = {row.row: row for row in table.rows}
    worst, regret = table.best_worst_case, table.least_regret
    first, second = rows[worst.leader], rows[regret.leader]
    lines = [
        f"Best worst case: {first.row}, {interval(first.worst)} with {first.worst_students}; {_told(worst)}.",
        f"Smallest largest regret: {second.row}, {interval(second.largest_regret)} with "
        f"{second.regret_students}; {_told(regret)}.",
    ]
    some = [row for row in table.rows if not row.reference and not row.twin_of]
    dominated = [row for row in some if row.dominated_by]
    top = [row.row for row in some if all(row.row in other.dominated_by for other in some if other is not row)]
    if top:
        lines.append(f"{top[0]} weakly dominates every other row that looks inside nobody.")
    else:
        counts = f"{len(dominated)} of {len(some)} rows are weakly dominated by another"
        lines.append(f"No row weakly dominates all others; {counts}.")
    return lines


def _told(found: Leader) -> str:
    others = found.not_told_apart
    if found.winner:
        return "better than every other row by more than luck and by what is worth having"
    more = f" and {len(others) - 4} more" if len(others) > 4 else ""
    return f"no winner, not told apart from {', '.join(others[:4])}{more}"


def terminal(table: MatrixTable, *, width: int) -> list[RenderableType]:
    """What is printed: rows made for the scenario's own students, for the mixture, or for nobody, and what it says."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    rows = [row for row in table.rows if row.home in (OWN, MIXTURE, ANY)]
    room = width - max(len(_name(row)) for row in rows) - 3
    columns = table.columns[: max(1, room // _NARROW - 2)]
    outcome = {(cell.row, cell.students): cell.outcome for cell in table.cells}
    shown = Table(box=box.SIMPLE_HEAD, padding=0)
    shown.add_column("row", no_wrap=True)
    for head in (*columns, "worst", "regret"):
        least = len(head) if head == "regret" else _NARROW - 1
        shown.add_column(Text(head.replace("_", "_\n")), justify="right", overflow="fold", min_width=least)
    for row in rows:
        found = [_percent(outcome.get((row.row, c))) for c in columns]
        shown.add_row(Text(_name(row)), *found, _percent(row.worst), _percent(row.largest_regret))
    notes = ["per cent; * learnt; ° looks inside the simulated students, which no real teacher can"]
    hidden = table.columns[len(columns) :]
    more = f" and the columns {', '.join(hidden)}" if hidden else ""
    same = [f"{row.row}{_twin(row)}" for row in rows if row.twin_of]
    notes += [f"taught exactly alike: {', '.join(same)}"] if same else []
    notes.append(f"{MARKDOWN} also has the rows made for other students{more}")
    parts: list[RenderableType] = [Text(f"\n{table.scenario}: {_about(table)}", style="bold"), shown]
    parts.append(Text("\n".join([*notes, *table.notes]), style="dim"))
    parts += [Text("\n".join(gone), style="bold yellow")] if (gone := failures(table.failed)) else []
    parts.append(Text("\n" + "\n".join(headlines(table)), style="bold"))
    if table.warning:
        parts.append(Text(table.warning, style="bold yellow"))
    return parts


def _about(table: MatrixTable) -> str:
    return (
        f"{table.primary} of {table.students:,} unseen students of each kind, under the same tutor with the same "
        "belief. Rows policy@students were made for those students."
    )


def _name(row: MatrixRow) -> str:
    return row.row + KIND_SIGNS[row.kind]


def _twin(row: MatrixRow) -> str:
    """What stands behind the name of a row that teaches exactly as another row of the same policy."""
    return f" = {row.twin_of}" if row.twin_of else ""


def _percent(found: Interval | None) -> str:
    return "–" if found is None else f"{100 * found.value:.1f}"
