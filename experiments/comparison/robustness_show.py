"""The robust evaluation matrix for people: a picture, Markdown, CSV, and what the terminal prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..figures.markup import Markup, tag
from ..figures.svg import TIMES, text
from ..figures.words import wrapped
from ..store.runs import write_bytes, write_json
from .robustness_plan import ANY, MIXTURE, OWN, REFERENCES
from .show import KIND_SIGNS, SIGNS, as_csv, pipes

if TYPE_CHECKING:
    from rich.console import RenderableType

Cell = Mapping[str, Any]
JSON, CSV, MARKDOWN, PICTURE = "matrix.json", "matrix.csv", "matrix.md", "matrix.svg"
LEGEND = (
    "* learnt. ° looks inside the simulated students, which no real teacher can. Framed: what a row was made for.",
    f"Colour, column by column: from the lowest (lightest) to the highest (darkest) row, "
    f"without {', '.join(REFERENCES)} and °.",
    "Small numbers: 95 % interval. Bold: best in its column of those without °.",
    "worst: lowest outcome in the row. regret: furthest that the row is behind the best one (bold) in any column.",
)
BEHIND = (
    "Regret is counted from the best row of the column that looks inside nobody; a row marked ° is not among "
    "those, and below zero it is ahead of all of them."
)
_LEFT, _TOP, _WIDE, _TALL, _SIDE = 210, 96, 104, 34, 64
_NARROW = 6  # characters of a column in the terminal
_SHADES = TIMES[:7]  # the darkest two are hard to print


def save_matrix(folder: Path, table: Mapping[str, Any]) -> None:
    """Write the table as JSON, CSV and Markdown, and the picture."""
    write_json(folder / JSON, table)
    write_bytes(folder / CSV, as_csv(table["cells"]).encode())
    write_bytes(folder / MARKDOWN, markdown(table).encode())
    write_bytes(folder / PICTURE, f"{picture(table)}\n".encode())


def markdown(table: Mapping[str, Any]) -> str:
    """The matrix for a paper's appendix: what it says, outcomes, differences, regrets."""
    columns = list(table["columns"])
    parts = [f"# {table['name']}: robust evaluation matrix of {table['scenario']}", _about(table)]
    if table["warning"]:
        parts.append(f"**{table['warning']}**")
    parts.append("\n".join(f"* {line}" for line in headlines(table)))
    parts.append("![Outcome of every way of teaching with every kind of students](matrix.svg)")
    cells = _by_place(table)

    def block(title: str, key: str, *, signed: bool = False) -> list[str]:
        rows = [
            [_name(r), *(_cell(cells.get((r["row"], c)), key, signed=signed) for c in columns)] for r in table["rows"]
        ]
        return [f"## {title}", pipes(["row", *columns], rows)]

    parts += block("Outcome", "outcome")
    heads = ["row", "worst", "with", "mean", "largest regret", "with", "weakly dominated by"]
    rows = [
        [_name(r) + _twin(r), _cell(r, "worst"), r["worst_students"], _cell(r, "mean"), _cell(r, "largest_regret"),
         r["regret_students"], ", ".join(r["dominated_by"]) or "–"]
        for r in table["rows"]
    ]  # fmt: skip
    parts += ["## Rows", pipes(heads, rows)]
    parts += block(
        "Paired difference to mastery_tuned that was tuned on the students of the column", "vs_mastery", signed=True
    )
    parts += block("Regret: how far behind the best row of the column", "regret")
    parts.append(BEHIND)
    notes = [f"{sign} {words}" for sign, words in (("*", "learnt"), ("°", "looks inside the simulated students"))]
    parts.append("\n".join(f"{note}  " for note in [*notes, *table["notes"]]))
    return "\n\n".join(parts) + "\n"


def headlines(table: Mapping[str, Any]) -> list[str]:
    """What the matrix says, in sentences."""
    rows = {r["row"]: r for r in table["rows"]}
    worst, regret = table["best_worst_case"], table["least_regret"]
    first, second = rows[worst["leader"]], rows[regret["leader"]]
    lines = [
        f"Best worst case: {first['row']}, {_cell(first, 'worst')} with {first['worst_students']}; {_told(worst)}.",
        f"Smallest largest regret: {second['row']}, {_cell(second, 'largest_regret')} with "
        f"{second['regret_students']}; {_told(regret)}.",
    ]
    some = [r for r in table["rows"] if not r["reference"] and not r["twin_of"]]
    dominated = [r["row"] for r in some if r["dominated_by"]]
    names = [r["row"] for r in some]
    top = [name for name in names if all(name in r["dominated_by"] for r in some if r["row"] != name)]
    if top:
        lines.append(f"{top[0]} weakly dominates every other row that looks inside nobody.")
    else:
        counts = f"{len(dominated)} of {len(some)} rows are weakly dominated by another"
        lines.append(f"No row weakly dominates all others; {counts}.")
    return lines


def _told(found: Mapping[str, Any]) -> str:
    others = found["not_told_apart"]
    if found["winner"]:
        return "better than every other row by more than luck and by what is worth having"
    more = f" and {len(others) - 4} more" if len(others) > 4 else ""
    return f"no winner, not told apart from {', '.join(others[:4])}{more}"


def terminal(table: Mapping[str, Any], *, width: int) -> list[RenderableType]:
    """What is printed: rows made for the scenario's own students, for the mixture, or for nobody, and what it says."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    rows = [row for row in table["rows"] if row["home"] in (OWN, MIXTURE, ANY)]
    room = width - max(len(_name(row)) for row in rows) - 3
    columns = list(table["columns"])[: max(1, room // _NARROW - 2)]
    cells, shown = _by_place(table), Table(box=box.SIMPLE_HEAD, padding=0)
    shown.add_column("row", no_wrap=True)
    for head in (*columns, "worst", "regret"):
        least = len(head) if head == "regret" else _NARROW - 1
        shown.add_column(Text(head.replace("_", "_\n")), justify="right", overflow="fold", min_width=least)
    for row in rows:
        found = [_percent(cells.get((row["row"], c)), "outcome") for c in columns]
        shown.add_row(Text(_name(row)), *found, _percent(row, "worst"), _percent(row, "largest_regret"))
    notes = ["per cent; * learnt; ° looks inside the simulated students, which no real teacher can"]
    hidden = list(table["columns"])[len(columns) :]
    more = f" and the columns {', '.join(hidden)}" if hidden else ""
    same = [f"{row['row']}{_twin(row)}" for row in rows if row["twin_of"]]
    notes += [f"taught exactly alike: {', '.join(same)}"] if same else []
    notes.append(f"{MARKDOWN} also has the rows made for other students{more}")
    parts: list[RenderableType] = [Text(f"\n{table['scenario']}: {_about(table)}", style="bold"), shown]
    parts.append(Text("\n".join([*notes, *table["notes"]]), style="dim"))
    parts.append(Text("\n" + "\n".join(headlines(table)), style="bold"))
    if table["warning"]:
        parts.append(Text(table["warning"], style="bold yellow"))
    return parts


def _about(table: Mapping[str, Any]) -> str:
    return (
        f"{table['primary']} of {table['students']:,} unseen students of each kind, under the same tutor with the same "
        "belief. Rows policy@students were made for those students."
    )


def _by_place(table: Mapping[str, Any]) -> dict[tuple[str, str], Cell]:
    return {(cell["row"], cell["students"]): cell for cell in table["cells"]}


def _name(row: Cell) -> str:
    return row["row"] + KIND_SIGNS[row["kind"]]


def _twin(row: Cell) -> str:
    """What stands behind the name of a row that teaches exactly as another row of the same policy."""
    return f" = {row['twin_of']}" if row["twin_of"] else ""


def _short(cell: Cell | None, key: str) -> str:
    return "–" if cell is None else f"{cell[key]:.3f}"


def _percent(cell: Cell | None, key: str) -> str:
    return "–" if cell is None else f"{100 * cell[key]:.1f}"


def _cell(cell: Cell | None, key: str, *, signed: bool = False) -> str:
    """The number with its interval, and what may be said of a difference."""
    if cell is None or cell.get(key) is None:
        return "–"
    form = "{:+.3f}" if signed else "{:.3f}"
    numbers = [form.format(cell[name]) for name in (key, f"{key}_low", f"{key}_high")]
    return f"{numbers[0]} [{numbers[1]}, {numbers[2]}] {SIGNS.get(cell.get(f'{key}_verdict') or '', '')}".rstrip()


def picture(table: Mapping[str, Any]) -> Markup:
    """A heat map with a number in every cell, rows grouped by policy; it stands alone as an SVG file."""
    columns, rows = list(table["columns"]), table["rows"]
    width = _LEFT + _WIDE * len(columns) + 2 * _SIDE + 16
    places, y = [], float(_TOP)
    for before, row in zip([None, *rows], rows, strict=False):
        y += 10 if before is not None and before["policy"] != row["policy"] else 0
        places.append(y)
        y += _TALL
    height = y + 22 + 15 * len(LEGEND)
    parts = [tag("rect", width=width, height=height, fill="#fff")]
    title = f"{table['name']}: {table['primary']} in {table['scenario']}"
    parts.append(text(8, 20, wrapped(title, 110, 1)[0], size=15))
    for j, column in enumerate(columns):
        parts += _heading(_LEFT + _WIDE * (j + 0.5), column)
    for j, head in enumerate(("worst", "regret")):
        parts.append(text(_LEFT + _WIDE * len(columns) + _SIDE * (j + 0.5) + 8, _TOP - 10, head, anchor="middle"))
    parts += _body(table, columns, places)
    parts += [text(8, y + 22 + 15 * i, line, size=11) for i, line in enumerate(LEGEND)]
    said = " ".join(headlines(table))
    return tag(
        "svg", tag("title", title), tag("desc", said), *parts,
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width} {height:g}", width=width, height=height, role="img",
        font_family="sans-serif", font_size="12",
    )  # fmt: skip


def _heading(x: float, name: str) -> list[Markup]:
    lines = [line.replace("_ ", "_") for line in wrapped(name.replace("_", "_ "), 15, 3)]
    return [text(x, _TOP - 10 - 14 * (len(lines) - 1 - i), line, anchor="middle") for i, line in enumerate(lines)]


def _body(table: Mapping[str, Any], columns: Sequence[str], places: Sequence[float]) -> list[Markup]:
    cells, parts, frames = _by_place(table), [], []
    ends = {c: _ends(table["cells"], c) for c in columns}
    side = _LEFT + _WIDE * len(columns) + 8
    for row, y in zip(table["rows"], places, strict=True):
        parts.append(text(_LEFT - 8, y + _TALL / 2 + 4, wrapped(_name(row), 32, 1)[0], anchor="end"))
        for j, column in enumerate(columns):
            cell, x = cells.get((row["row"], column)), _LEFT + _WIDE * j
            if cell is not None:
                parts += _square(x, y, cell, ends[column], best=table["best"][column] in (row["row"], row["twin_of"]))
            if row["home"] == column:
                frames.append(_frame(x, y, "#000", 2.4))
        for j, key in enumerate(("worst", "largest_regret")):
            parts.append(text(side + _SIDE * (j + 0.5), y + _TALL / 2 + 4, _short(row, key), anchor="middle"))
    return [*parts, *frames]


def _ends(cells: Sequence[Cell], column: str) -> tuple[float, float]:
    """The lowest and the highest outcome in a column, of the rows that teach and look inside nobody."""
    there = [
        cell["outcome"]
        for cell in cells
        if cell["students"] == column and cell["policy"] not in REFERENCES and cell["kind"] != "privileged"
    ]
    return min(there), max(there)


def _square(x: float, y: float, cell: Cell, ends: tuple[float, float], *, best: bool) -> list[Markup]:
    low, high = ends
    share = (cell["outcome"] - low) / (high - low) if high > low else 0.0
    shade = min(max(int(share * len(_SHADES)), 0), len(_SHADES) - 1)
    ink = "#fff" if shade >= 6 else "#000"  # 4.5 : 1 at least, either way
    interval = f"{cell['outcome_low']:.3f}–{cell['outcome_high']:.3f}"
    bold = {"font_weight": "bold"} if best else {}
    return [
        tag("rect", x=x, y=y, width=_WIDE, height=_TALL, fill=_SHADES[shade], stroke="#fff"),
        text(x + _WIDE / 2, y + 15, _short(cell, "outcome"), anchor="middle", size=13, fill=ink, **bold),
        text(x + _WIDE / 2, y + 28, interval, anchor="middle", size=10, fill=ink),
    ]


def _frame(x: float, y: float, colour: str, width: float) -> Markup:
    return tag(
        "rect", x=x + 1.5, y=y + 1.5, width=_WIDE - 3, height=_TALL - 3, fill="none", stroke=colour, stroke_width=width
    )
