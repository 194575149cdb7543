"""One plain picture of learning curves: the log against the fitted model."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

WIDTH, HEIGHT, GAP, LEFT, TOP, COLUMNS = 230, 150, 56, 46, 74, 3
MOST_PANELS = 9
LINES = (
    ("data", "#000000", None, "students still there, as they answered"),
    ("model", "#D55E00", "6 3", "the same students, as the model expected them to"),
    ("data_adjusted", "#0072B2", "2 3", "all who started; those who left as the model has them going on"),
)
"""Column, colour (Okabe & Ito 2008: everybody can tell them apart), dash, meaning."""


def learning_curve_figure(table: dict[str, list[Any]], skills: Sequence[str], source: str) -> str:
    """An SVG with one small panel for all skills together and one for each of the skills named.

    Args:
        table: the columns of learning_curves.csv.
        skills: which skills get a panel, at most ``MOST_PANELS`` - 1 of them.
        source: what the log is, in words, for the title.
    """
    shown = ["all skills", *skills][:MOST_PANELS]
    rows = -(-len(shown) // COLUMNS)
    width, height = COLUMNS * (WIDTH + GAP) + LEFT, TOP + rows * (HEIGHT + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' role="img" aria-labelledby="title about" font-family="sans-serif" font-size="11">',
        f'<title id="title">Learning curves of {escape(source)}</title>',
        '<desc id="about">Share of right answers at each opportunity to practise a skill: log against model.</desc>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="18" font-size="14">Share of right answers by opportunity: {escape(source)}</text>',
    ]
    for n, (_, colour, dash, meaning) in enumerate(LINES):
        y = 32 + 13 * n
        parts.append(_stroke(f"M{LEFT} {y}h26", colour, dash))
        parts.append(f'<text x="{LEFT + 32}" y="{y + 4}">{meaning}</text>')
    for n, skill in enumerate(shown):
        x, y = LEFT + (n % COLUMNS) * (WIDTH + GAP), TOP + 20 + (n // COLUMNS) * (HEIGHT + GAP)
        parts += _panel(table, skill, x, y)
    return "\n".join([*parts, "</svg>", ""])


def _panel(table: dict[str, list[Any]], skill: str, x: float, y: float) -> list[str]:
    own = [r for r, name in enumerate(table["skill"]) if name == skill]
    last = max([table["opportunity"][r] for r in own], default=1)
    name = skill if skill == "all skills" else f"skill {skill}"
    parts = [f'<text x="{x}" y="{y - 6}" font-weight="bold">{escape(name[:34])}</text>']
    for level in (0.0, 0.25, 0.5, 0.75, 1.0):
        at = y + HEIGHT * (1 - level)
        parts.append(f'<path d="M{x} {at:.1f}h{WIDTH}" stroke="#cccccc" fill="none"/>')
        parts.append(f'<text x="{x - 5}" y="{at + 4:.1f}" text-anchor="end">{level:.0%}</text>')
    for n in sorted({1, (last + 1) // 2, last}):
        at = x + WIDTH * (n - 1) / max(last - 1, 1)
        parts.append(f'<text x="{at:.1f}" y="{y + HEIGHT + 14}" text-anchor="middle">{n}</text>')
    for column, colour, dash, _ in LINES:
        points = [(WIDTH * (table["opportunity"][r] - 1) / max(last - 1, 1), 1 - table[column][r]) for r in own]
        if points:
            path = "L".join(f"{x + right:.1f} {y + HEIGHT * down:.1f}" for right, down in points)
            parts.append(_stroke(f"M{path}", colour, dash))
    return parts


def _stroke(path: str, colour: str, dash: str | None) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{path}" stroke="{colour}" stroke-width="2" fill="none"{dashed}/>'
