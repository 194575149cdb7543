"""The charts of the report: growth over lessons, differences with intervals, score against minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..language.translate import tr
from .lessons import Floats
from .markup import Markup, tag
from .svg import BLACK, Frame, Style, apart, band, drawing, mark, polyline, text
from .words import LONGEST_NAME, amount, decimals, percent, signed, wrapped


@dataclass(frozen=True)
class Curve:
    """One line of the growth chart: its name, style, and mean with its band, (T+1,) each."""

    name: str
    style: Style
    mean: Floats
    low: Floats
    high: Floats


def growth_chart(key: str, curves: Sequence[Curve], days: Floats | None) -> Markup:
    """Mean share of skills known, lesson by lesson; names stand at the ends of the lines."""
    horizon = len(curves[0].mean) - 1
    top = min(1.0, 1.08 * max(float(c.high.max()) for c in curves))
    frame = Frame(48, 26, 482, 300, (0, horizon), (0, top))
    picked = np.unique(np.linspace(0, horizon, min(horizon, 120) + 1).round().astype(int))
    xs = [frame.px(t) for t in picked]
    parts: list[Markup] = [*frame.y_axis(tr("share of the skills that pupils really know"), percent)]
    parts += frame.x_axis(tr("lessons so far"))
    if days is not None:
        parts += _weeks(frame, days)
    for curve in reversed(curves):
        if float((curve.high - curve.low).max()) > 1e-6:
            low, high = ([frame.py(v) for v in values[picked]] for values in (curve.low, curve.high))
            parts.append(band(xs, low, high, curve.style.colour))
    ends = apart([frame.py(c.mean[-1]) for c in curves], 17, frame.top, frame.top + frame.height)
    for curve, y in reversed(list(zip(curves, ends, strict=True))):
        heights = [frame.py(v) for v in curve.mean[picked]]
        parts.append(polyline(xs, heights, curve.style))
        parts += [
            mark(curve.style.mark, xs[i], heights[i], 3.6, curve.style.colour)
            for i in range(0, len(xs), max(1, len(xs) // 6))
        ]
        parts.append(tag("line", x1=xs[-1] + 2, y1=heights[-1], x2=xs[-1] + 14, y2=y, stroke=curve.style.colour))
        parts.append(mark(curve.style.mark, xs[-1] + 19, y, 3.6, curve.style.colour))
        parts.append(text(xs[-1] + 28, y + 4, wrapped(curve.name, LONGEST_NAME, 1)[0]))
    said = "; ".join(
        tr(
            "{name}: {first} at the start, {last} after lesson {lesson}",
            name=c.name,
            first=percent(float(c.mean[0])),
            last=percent(float(c.mean[-1])),
            lesson=horizon,
        )
        for c in curves
    )
    return drawing(key, tr("Knowledge over the lessons"), said, 800, 372, *parts, least=560)


def _weeks(frame: Frame, days: Floats) -> list[Markup]:
    """Faint lines where a new week begins."""
    starts = [t for t in range(1, len(days)) if int(days[t] // 7) > int(days[t - 1] // 7)]
    if len(starts) > 30:
        return []
    bottom = frame.top + frame.height
    return [
        tag("line", x1=frame.px(t), x2=frame.px(t), y1=frame.top, y2=bottom, stroke="#eee", stroke_width=1.5)
        for t in starts
    ]


@dataclass(frozen=True)
class Interval:
    """One row of the comparison: a difference with its interval."""

    name: str
    value: float
    low: float
    high: float
    style: Style


def interval_chart(key: str, title: str, rows: Sequence[Interval], near: float, unit: str) -> Markup:
    """Differences to mastery learning with their intervals; the grey band is too small to matter."""
    ends = [v for r in rows for v in (r.low, r.high)] + [-near, near]
    margin = 0.06 * (max(ends) - min(ends))
    height = 26 * len(rows)
    frame = Frame(186, 14, 340, height, (min(ends) - margin, max(ends) + margin), (0, 1))
    low, high = frame.px(-near), frame.px(near)
    parts: list[Markup] = [tag("rect", x=low, y=14, width=high - low, height=height, fill="#e8e8e8")]
    parts.append(tag("line", x1=frame.px(0), x2=frame.px(0), y1=14, y2=14 + height, stroke=BLACK))
    parts += frame.x_axis(unit, lambda v: signed(v, 0 if v == int(v) else 1))
    for i, row in enumerate(rows):
        y = 27 + 26 * i
        name = wrapped(row.name, 29, 2)
        size, top = (12, y + 4) if len(name) == 1 else (11, y - 2)
        parts += [text(178, top + 11 * n, part, anchor="end", size=size) for n, part in enumerate(name)]
        line = {"stroke": row.style.colour}
        parts.append(tag("line", x1=frame.px(row.low), x2=frame.px(row.high), y1=y, y2=y, stroke_width=2, **line))
        for end in (row.low, row.high):
            parts.append(tag("line", x1=frame.px(end), x2=frame.px(end), y1=y - 4, y2=y + 4, **line))
        parts.append(mark(row.style.mark, frame.px(row.value), y, 4.5, row.style.colour))
    digits = decimals(*(v for r in rows for v in (r.value, r.low, r.high)))
    told = [[amount(v, digits) for v in (r.value, r.low, r.high)] for r in rows]
    said = "; ".join(
        tr("{name}: {value} (from {low} to {high})", name=r.name, value=t[0], low=t[1], high=t[2])
        for r, t in zip(rows, told, strict=True)
    )
    return drawing(key, title, tr("{said}. Unit: {unit}.", said=said, unit=unit), 546, height + 58, *parts, least=420)


def minutes_chart(key: str, points: Sequence[tuple[str, float, float, Style]], score: str) -> Markup:
    """Score at the exam against the minutes that teaching took, one mark for each way of teaching."""
    xs, ys = [p[1] for p in points], [p[2] for p in points]
    wide, tall = (max(xs) - min(xs)) or 1.0, (max(ys) - min(ys)) or 0.1
    across, upward = (min(xs) - 0.06 * wide, max(xs) + 0.06 * wide), (min(ys) - 0.06 * tall, max(ys) + 0.06 * tall)
    frame = Frame(48, 26, 396, 280, across, upward)
    parts: list[Markup] = [
        *frame.y_axis(score, percent),
        *frame.x_axis(tr("mean minutes of teaching per pupil")),
    ]
    places = apart([frame.py(p[2]) for p in points], 17, frame.top - 12, frame.top + frame.height + 30)
    for (name, x, y, style), at in zip(points, places, strict=True):
        px, py = frame.px(x), frame.py(y)
        parts.append(tag("line", x1=px, y1=py, x2=456, y2=at, stroke="#bbb", stroke_width=0.8))
        parts.append(mark(style.mark, px, py, 5, style.colour))
        parts.append(mark(style.mark, 463, at, 4, style.colour))
        parts.append(text(473, at + 4, wrapped(name, 44, 1)[0]))
    said = "; ".join(
        tr("{name}: {share} after {minutes} minutes", name=name, share=percent(y), minutes=f"{x:.0f}")
        for name, x, y, _ in points
    )
    return drawing(key, tr("Score against minutes"), said, 800, 352, *parts, least=560)
