"""Pictures with a row for every skill and time from left to right: what their panels share."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ...students.curriculum.curriculum import Curriculum
from ..language.translate import tr
from .lessons import Floats
from .markup import Markup, number, tag
from .svg import TIMES, Frame, text
from .words import wrapped

NAMES_WIDE, PANEL_WIDE, PANEL_GAP, PANEL_TOP = 246.0, 300.0, 28.0, 24.0


def row_names(curriculum: Curriculum, tall: float) -> list[Markup]:
    """The skills in curriculum order, one a row, left of the panels."""
    names = [wrapped(curriculum.skills[k], 44, 1)[0] for k in curriculum.order]
    places = [PANEL_TOP + tall * (row + 0.8) for row in range(len(names))]
    return [text(NAMES_WIDE - 6, y, name, anchor="end", size=10.5) for name, y in zip(names, places, strict=True)]


def panel(i: int, tall: float, rows: int, horizon: int) -> Frame:
    """The frame of a panel: ``rows`` skills, ``horizon`` lessons."""
    left = NAMES_WIDE + i * (PANEL_WIDE + PANEL_GAP)
    return Frame(left, PANEL_TOP, PANEL_WIDE, tall * rows, (0, horizon), (0, 1))


def framed(frame: Frame, title: str) -> list[Markup]:
    """Its outline with title and axis."""
    outline = tag("rect", x=frame.left, y=frame.top, width=frame.width, height=frame.height, fill="none", stroke="#999")
    above = text(frame.left + frame.width / 2, 14, title, anchor="middle", font_weight="bold")
    return [above, outline, *frame.x_axis(tr("lesson"))]


def size_of(panels: int, tall: float, rows: int) -> tuple[float, float]:
    """Width and height of the drawing."""
    return NAMES_WIDE + panels * (PANEL_WIDE + PANEL_GAP), PANEL_TOP + tall * rows + 40


def cells(steps: Floats, edges: Sequence[float], tall: float) -> Markup:
    """Cells of a table as one path per shade (0 is white); neighbours of one shade become one piece."""
    paths: dict[int, list[str]] = {}
    for row, line in enumerate(steps.astype(int).clip(0, len(TIMES) - 1)):
        starts = np.flatnonzero(np.diff(line, prepend=-1))
        for start, stop in pairwise([*starts.tolist(), len(line)]):
            if line[start]:
                wide = number(edges[stop] - edges[start])
                piece = f"M{number(edges[start])} {number(PANEL_TOP + tall * row)}h{wide}v{number(tall)}h-{wide}z"
                paths.setdefault(int(line[start]), []).append(piece)
    return tag("g", [tag("path", d="".join(paths[s]), fill=TIMES[s]) for s in sorted(paths)])
