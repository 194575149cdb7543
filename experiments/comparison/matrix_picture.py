"""The robust evaluation matrix as a picture: a heat map with a number in every cell."""

from __future__ import annotations

from collections.abc import Sequence

from ..figures.markup import Markup, tag
from ..figures.svg import TIMES, text
from ..figures.words import wrapped
from ..runs.lineup import MATRIX_REFERENCES
from .formats import KIND_SIGNS
from .rows import MatrixCell, MatrixTable

LEGEND = (
    "* learnt. ° looks inside the simulated students, which no real teacher can. Framed: what a row was made for.",
    f"Colour, column by column: from the lowest (lightest) to the highest (darkest) row, "
    f"without {', '.join(MATRIX_REFERENCES)} and °.",
    "Small numbers: 95 % interval. Bold: best in its column of those without °.",
    "worst: lowest outcome in the row. regret: furthest that the row is behind the best one (bold) in any column.",
)
_LEFT, _TOP, _WIDE, _TALL, _SIDE = 210, 96, 104, 34, 64
_SHADES = TIMES[:7]  # the darkest two are hard to print


def picture(table: MatrixTable, said: Sequence[str]) -> Markup:
    """A heat map with a number in every cell, rows grouped by policy; it stands alone as an SVG file.

    Args:
        table: the matrix.
        said: what it says, in sentences, for those who cannot see it.
    """
    columns, rows = table.columns, table.rows
    width = _LEFT + _WIDE * len(columns) + 2 * _SIDE + 16
    places, y = list[float](), float(_TOP)
    for before, row in zip([None, *rows], rows, strict=False):
        y += 10 if before is not None and before.policy != row.policy else 0
        places.append(y)
        y += _TALL
    height = y + 22 + 15 * len(LEGEND)
    parts = [tag("rect", width=width, height=height, fill="#fff")]
    title = f"{table.name}: {table.primary} in {table.scenario}"
    parts.append(text(8, 20, wrapped(title, 110, 1)[0], size=15))
    for j, column in enumerate(columns):
        parts += _heading(_LEFT + _WIDE * (j + 0.5), column)
    for j, head in enumerate(("worst", "regret")):
        parts.append(text(_LEFT + _WIDE * len(columns) + _SIDE * (j + 0.5) + 8, _TOP - 10, head, anchor="middle"))
    parts += _body(table, places)
    parts += [text(8, y + 22 + 15 * i, line, size=11) for i, line in enumerate(LEGEND)]
    return tag(
        "svg", tag("title", title), tag("desc", " ".join(said)), *parts,
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width} {height:g}", width=width, height=height, role="img",
        font_family="sans-serif", font_size="12",
    )  # fmt: skip


def _heading(x: float, name: str) -> list[Markup]:
    lines = [line.replace("_ ", "_") for line in wrapped(name.replace("_", "_ "), 15, 3)]
    return [text(x, _TOP - 10 - 14 * (len(lines) - 1 - i), line, anchor="middle") for i, line in enumerate(lines)]


def _body(table: MatrixTable, places: Sequence[float]) -> list[Markup]:
    cells = {(cell.row, cell.students): cell for cell in table.cells}
    parts, frames = list[Markup](), list[Markup]()
    ends = {column: _ends(table.cells, column) for column in table.columns}
    side = _LEFT + _WIDE * len(table.columns) + 8
    for row, y in zip(table.rows, places, strict=True):
        name = wrapped(row.row + KIND_SIGNS[row.kind], 32, 1)[0]
        parts.append(text(_LEFT - 8, y + _TALL / 2 + 4, name, anchor="end"))
        for j, column in enumerate(table.columns):
            cell, x = cells.get((row.row, column)), _LEFT + _WIDE * j
            if cell is not None:
                parts += _square(x, y, cell, ends[column], best=table.best[column] in (row.row, row.twin_of))
            if row.home == column:
                frames.append(_frame(x, y, "#000", 2.4))
        for j, found in enumerate((row.worst, row.largest_regret)):
            parts.append(text(side + _SIDE * (j + 0.5), y + _TALL / 2 + 4, f"{found.value:.3f}", anchor="middle"))
    return [*parts, *frames]


def _ends(cells: Sequence[MatrixCell], column: str) -> tuple[float, float]:
    """The lowest and the highest outcome in a column, of the rows that teach and look inside nobody."""
    there = [
        cell.outcome.value
        for cell in cells
        if cell.students == column and cell.policy not in MATRIX_REFERENCES and cell.kind != "privileged"
    ]
    return min(there), max(there)


def _square(x: float, y: float, cell: MatrixCell, ends: tuple[float, float], *, best: bool) -> list[Markup]:
    low, high = ends
    outcome = cell.outcome
    share = (outcome.value - low) / (high - low) if high > low else 0.0
    shade = min(max(int(share * len(_SHADES)), 0), len(_SHADES) - 1)
    ink = "#fff" if shade >= 6 else "#000"  # 4.5 : 1 at least, either way
    bold = {"font_weight": "bold"} if best else {}
    return [
        tag("rect", x=x, y=y, width=_WIDE, height=_TALL, fill=_SHADES[shade], stroke="#fff"),
        text(x + _WIDE / 2, y + 15, f"{outcome.value:.3f}", anchor="middle", size=13, fill=ink, **bold),
        text(x + _WIDE / 2, y + 28, f"{outcome.low:.3f}–{outcome.high:.3f}", anchor="middle", size=10, fill=ink),
    ]


def _frame(x: float, y: float, colour: str, width: float) -> Markup:
    return tag(
        "rect", x=x + 1.5, y=y + 1.5, width=_WIDE - 3, height=_TALL - 3, fill="none", stroke=colour, stroke_width=width
    )
