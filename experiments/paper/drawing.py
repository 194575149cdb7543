"""How figures are drawn: panels that share axes, series that differ in grey too, and the same bytes every time."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .series import Series

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLE = Path(__file__).with_name("zpdgym.mplstyle")
WIDTHS = {"column": 3.3, "page": 7.0}
"""Inches."""
FORMATS = ("pdf", "svg", "png")
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F")
"""Okabe & Ito (2008), without the yellow that nobody sees on white. A look's number is its place here."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES = (
    "-",
    (0, (4, 1.5)),
    (0, (1, 1.2)),
    (0, (5, 1.2, 1, 1.2)),
    (0, (7, 2)),
    (0, (2, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
    "-",
)
KINDS = {"baseline": ("#222222", "o"), "learnt": ("#222222", "D"), "privileged": ("#9a9a9a", "s")}
"""Kind of a policy -> colour and marker where a row says already which policy it is; colours stand for policies."""
_PER_ROW = {"column": 2, "page": 4}
_UNDATED = {
    "pdf": {"CreationDate": None, "ModDate": None, "Creator": "zpdgym", "Producer": None},
    "svg": {"Date": None, "Creator": "zpdgym"},
    "png": {"Software": None},
}


@contextmanager
def styled() -> Iterator[None]:
    """Our style, whatever the user's is; afterwards everything is as it was."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rc_file(STYLE)
        yield


def panels(count: int, *, size: str, height: float) -> tuple[Figure, list[Axes]]:
    """A figure with so many panels that share both axes, a few in a row.

    Args:
        count: how many.
        size: "column" or "page".
        height: of a row of panels, in inches.
    """
    from matplotlib.figure import Figure

    columns = min(count, _PER_ROW[size])
    rows = math.ceil(count / columns)
    figure = Figure(figsize=(WIDTHS[size], height * rows + 0.35), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    places: list[Axes] = list(grid.flat)
    for empty in places[count:]:
        empty.set_axis_off()
    for place in places[max(count - columns, 0) : count]:
        place.tick_params(labelbottom=True)
    return figure, places[:count]


def points(place: Axes, series: Series, which: int, *, joined: bool, label: str) -> None:
    """Points with their intervals, and a line through them where there is something between them."""
    error = np.stack([series.value - series.low, series.high - series.value])
    dash = DASHES[which] if joined else "none"
    place.errorbar(
        series.x, series.value, error, color=COLOURS[which], marker=MARKERS[which], linestyle=dash, label=label
    )


def line(place: Axes, series: Series, which: int, *, label: str, steps: bool = False) -> None:
    """A line with its intervals as a band."""
    colour = COLOURS[which]
    every = max(1, len(series.x) // 6)
    place.plot(
        series.x, series.value, color=colour, linestyle=DASHES[which], marker=MARKERS[which], markersize=3,
        markevery=(which * every // 8, every), label=label, drawstyle="steps-post" if steps else "default",
    )  # fmt: skip
    step = "post" if steps else None
    place.fill_between(series.x, series.low, series.high, color=colour, alpha=0.16, linewidth=0, step=step)


def level_line(place: Axes, value: float, low: float, high: float, which: int, *, label: str) -> None:
    """What the horizontal axis does not concern: a line through the whole panel, with its interval as a band."""
    place.axhline(value, color=COLOURS[which], linestyle=DASHES[which], linewidth=1.0, label=label)
    place.axhspan(low, high, color=COLOURS[which], alpha=0.12, linewidth=0)


def point(place: Axes, x: Sequence[float], y: Sequence[float], which: int | str, *, label: str | None) -> None:
    """A point with intervals: each of x and y is value, low, high, or the value alone where there is no interval.

    Args:
        place: the panel.
        x: across.
        y: up.
        which: the number of its look, or the kind of a policy.
        label: what the legend calls it.
    """
    colour, marker = KINDS[which] if isinstance(which, str) else (COLOURS[which], MARKERS[which])
    across = None if len(x) == 1 else [[x[0] - x[1]], [x[2] - x[0]]]
    up = None if len(y) == 1 else [[y[0] - y[1]], [y[2] - y[0]]]
    place.errorbar(x[0], y[0], yerr=up, xerr=across, color=colour, marker=marker, linestyle="none", label=label)


def frontier(place: Axes, points: Sequence[tuple[float, float]]) -> None:
    """A line through the points that no other one passes: less of the first, more of the second."""
    best, kept = -math.inf, list[tuple[float, float]]()
    for x, y in sorted(points, key=lambda p: (p[0], -p[1])):
        if y > best:
            best = y
            kept.append((x, y))
    place.plot(*np.array(kept).T, color="#9a9a9a", linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)


def finish(figure: Figure, places: Sequence[Axes], *, x: str, y: str, size: str) -> None:
    """The names of the axes where they are seen, and the legend below everything."""
    columns = min(len(places), _PER_ROW[size])
    for i, place in enumerate(places):
        place.set_xlabel(x if i + columns >= len(places) else "")
        place.set_ylabel(y if i % columns == 0 else "")
    found: dict[str, Artist] = {}
    for place in places:
        for handle, label in zip(*place.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    if found:
        longest = max(map(len, found))
        fitting = max(1, int(WIDTHS[size] / (0.5 + 0.058 * longest)))
        figure.legend(found.values(), found.keys(), loc="outside lower center", ncols=min(fitting, len(found)))


def save(figure: Figure, path: Path) -> bytes:
    """The figure as the suffix of its path says, without a date in it."""
    buffer = io.BytesIO()
    form = path.suffix[1:].lower()
    figure.savefig(buffer, format=form, metadata=_UNDATED[form])
    return buffer.getvalue()
