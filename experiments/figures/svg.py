"""The parts that every figure shares: frame, axes, scales, marks and the colours that everybody can tell apart."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..language.translate import tr
from .markup import Child, Markup, join, number, tag

# Okabe & Ito (2008), colours that stay apart for colour-blind readers; each goes with a dash and a mark of its own.
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, RED, PURPLE = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
)  # fmt: skip
GREY = "#6b6b6b"
TIMES = ("#f7fbff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b")
"""Light to dark in one hue: readable in grey, too."""


@dataclass(frozen=True)
class Style:
    """How one way of teaching is drawn everywhere: colour, dash and mark."""

    colour: str
    dash: str | None
    mark: str
    wide: bool = False


LETTERS, READABLE = 12.0, 11.0
"""Pixels: letters are so large where nothing else is said, and can be read from so many on."""
TEACHER_STYLE = Style(RED, None, "circle", wide=True)
MASTERY_STYLE = Style(BLUE, "7 3", "square")
REFERENCE_STYLE = Style(BLACK, "12 4", "star")
OTHER_STYLES = (
    Style(GREEN, "2 3", "triangle"),
    Style(PURPLE, "9 3 2 3", "diamond"),
    Style(SKY, "4 2", "down"),
    Style(ORANGE, "1 3", "cross"),
    Style(GREY, "5 5", "plus"),
    Style(GREEN, "8 2", "diamond"),
    Style(PURPLE, "3 3", "square"),
    Style(SKY, "10 3 1 3", "triangle"),
    Style(ORANGE, "6 3", "down"),
    Style(GREY, "2 2", "cross"),
)


def drawing(
    key: str, title: str, description: str, width: float, height: float, *children: Child, least: int = 0
) -> Markup:
    """An SVG with a title and a description for those who cannot see it; ``least`` pixels wide, or its box scrolls.

    A phone shows it as wide as ``--whole``, at which its smallest letters can be read.
    """
    least = min(least, round(width))
    inside = join(*children)
    smallest = min([LETTERS, *map(float, re.findall(r'font-size="([\d.]+)"', inside))])
    sizes = f"--whole:{math.ceil(width * READABLE / smallest)}px;max-width:{round(width * 1.25)}px"
    return tag(
        "svg",
        tag("title", title, id=f"{key}-title"),
        tag("desc", description, id=f"{key}-desc"),
        inside,
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
        style=f"min-width:{least}px;{sizes}" if least else sizes,
    )


def figure(caption: Child, *drawings: Child, class_: str = "") -> Markup:
    """Drawings with their caption; wide ones scroll inside their box."""
    box = tag("div", *drawings, class_=f"drawing {class_}".strip(), tabindex="0", role="group", aria_label=tr("Figure"))
    # Wider than a phone: the hint that it moves sideways stands under these only.
    widths = [int(w) for d in drawings for w in re.findall(r"--whole:(\d+)px", str(d))]
    if max(widths, default=0) <= 340:
        return tag("figure", box, tag("figcaption", caption))
    hint = f"{tr('A wide picture moves sideways.')} "
    return tag("figure", box, tag("figcaption", caption, data_hint=hint), class_="wide")


def text(
    x: float, y: float, words: str, *, anchor: str | None = None, size: float | None = None, **more: str
) -> Markup:
    """Words at a place; names keep their own writing direction."""
    return tag("text", words, x=x, y=y, text_anchor=anchor, font_size=size, **more)


def mark(shape: str, x: float, y: float, r: float, colour: str) -> Markup:
    """One mark; the shapes differ even without colour."""
    if shape == "circle":
        return tag("circle", cx=x, cy=y, r=r, fill=colour)
    if shape == "square":
        return tag("rect", x=x - r, y=y - r, width=2 * r, height=2 * r, fill=colour)
    if shape in ("cross", "plus"):
        a = r * (0.9 if shape == "cross" else 1.2)
        ends = [(-a, -a, a, a), (-a, a, a, -a)] if shape == "cross" else [(-a, 0, a, 0), (0, -a, 0, a)]
        path = "".join(f"M{number(x + p)} {number(y + q)}L{number(x + s)} {number(y + t)}" for p, q, s, t in ends)
        return tag("path", d=path, stroke=colour, stroke_width=max(1.2, r * 0.6), fill="none")
    return tag("polygon", points=_points(_CORNERS[shape], x, y, r * 1.25), fill=colour)


_CORNERS = {
    "triangle": [(0, -1), (0.95, 0.75), (-0.95, 0.75)],
    "down": [(0, 1), (0.95, -0.75), (-0.95, -0.75)],
    "diamond": [(0, -1), (1, 0), (0, 1), (-1, 0)],
    "star": [
        (r * math.sin(math.pi * i / 5), -r * math.cos(math.pi * i / 5)) for i, r in enumerate([1.1, 0.45] * 5)
    ],
}  # fmt: skip


def _points(corners: Sequence[tuple[float, float]], x: float, y: float, r: float) -> str:
    return " ".join(f"{number(x + r * a)},{number(y + r * b)}" for a, b in corners)


def polyline(xs: Sequence[float], ys: Sequence[float], style: Style) -> Markup:
    """A line in the style of its way of teaching."""
    points = " ".join(f"{number(x)},{number(y)}" for x, y in zip(xs, ys, strict=True))
    return tag(
        "polyline", points=points, fill="none", stroke=style.colour, stroke_dasharray=style.dash,
        stroke_width=2.6 if style.wide else 1.6, stroke_linejoin="round"
    )  # fmt: skip


def band(xs: Sequence[float], low: Sequence[float], high: Sequence[float], colour: str) -> Markup:
    """The area between two lines."""
    there = [f"{number(x)},{number(y)}" for x, y in zip(xs, high, strict=True)]
    back = [f"{number(x)},{number(y)}" for x, y in zip(reversed(xs), reversed(low), strict=True)]
    return tag("polygon", points=" ".join(there + back), fill=colour, fill_opacity=0.18)


@dataclass(frozen=True)
class Frame:
    """A rectangle of the page with the numbers that its edges stand for."""

    left: float
    top: float
    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]

    def px(self, value: float) -> float:
        """Horizontal place of a value."""
        return self.left + self.width * (value - self.x[0]) / ((self.x[1] - self.x[0]) or 1)

    def py(self, value: float) -> float:
        """Vertical place of a value."""
        return self.top + self.height * (1 - (value - self.y[0]) / ((self.y[1] - self.y[0]) or 1))

    def x_axis(self, label: str, write: Callable[[float], str] = "{:g}".format) -> list[Markup]:
        """Ticks, numbers and a label under the frame."""
        bottom = self.top + self.height
        parts = [tag("line", x1=self.left, x2=self.left + self.width, y1=bottom, y2=bottom, stroke="#444")]
        for value in ticks(*self.x):
            x = self.px(value)
            parts.append(tag("line", x1=x, x2=x, y1=bottom, y2=bottom + 4, stroke="#444"))
            parts.append(text(x, bottom + 17, write(value), anchor="middle"))
        return [*parts, text(self.left + self.width / 2, bottom + 34, label, anchor="middle")]

    def y_axis(self, label: str, write: Callable[[float], str] = "{:g}".format) -> list[Markup]:
        """Grid lines with numbers on the left and a label above."""
        parts = []
        for value in ticks(*self.y):
            y = self.py(value)
            parts.append(tag("line", x1=self.left, x2=self.left + self.width, y1=y, y2=y, stroke="#ddd"))
            parts.append(text(self.left - 6, y + 4, write(value), anchor="end"))
        return [*parts, text(0, self.top - 10, label)]


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers between two ends.

    Example:
        >>> ticks(0, 100), ticks(0.2, 0.9)
        ([0.0, 20.0, 40.0, 60.0, 80.0, 100.0], [0.2, 0.4, 0.6, 0.8])
    """
    span = (high - low) or 1.0
    rough = span / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def apart(places: Sequence[float], gap: float, low: float = -math.inf, high: float = math.inf) -> list[float]:
    """Places for labels that keep a distance and move as little as possible (least squares), within two ends.

    Example:
        >>> apart([10, 11, 40], 8), apart([10, 11, 40], 8, low=9)
        ([6.5, 14.5, 40.0], [9, 17, 40.0])
    """
    order = sorted(range(len(places)), key=lambda i: (places[i], i))
    starts = rising([places[i] - gap * rank for rank, i in enumerate(order)])
    moved = [0.0] * len(places)
    for rank, i in enumerate(order):
        moved[i] = starts[rank] + gap * rank
    for rank, i in reversed(list(enumerate(order))):
        moved[i] = min(moved[i], high - gap * (len(order) - 1 - rank))
    for rank, i in enumerate(order):
        moved[i] = max(moved[i], low + gap * rank)
    return moved


def rising(values: Sequence[float]) -> list[float]:
    """The nearest numbers (least squares) that never fall from one to the next.

    Example:
        >>> rising([1, 3, 2, 5])
        [1.0, 2.5, 2.5, 5.0]
    """
    blocks: list[tuple[float, int]] = []  # sum and count of neighbours that share one number
    for value in values:
        blocks.append((value, 1))
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            (total, count), (more, others) = blocks[-2:]
            blocks[-2:] = [(total + more, count + others)]
    return [total / count for total, count in blocks for _ in range(count)]
