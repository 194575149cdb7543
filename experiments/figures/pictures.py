"""Pictures of what was taught: the prerequisite map, and single pupils' lessons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...students.curriculum.curriculum import Curriculum
from ..language.translate import tr
from .layout import map_layout
from .lessons import Floats, Taught
from .markup import Markup, number, tag
from .panels import PANEL_WIDE, cells, framed, panel, row_names, size_of
from .svg import BLACK, RED, TIMES, Frame, drawing, text
from .words import amount, percent, wrapped

MARK, ROOM = 3.0, 6.0
"""Half the width of a dot or a cross, and what a lesson needs for one."""
BOX_WIDE, BOX_TALL, STEP_X, STEP_Y, EDGE = 146.0, 66.0, 158.0, 98.0, 6.0


def shade(when: float, horizon: int) -> tuple[str, str]:
    """Fill and writing colour for a time: early is dark, late is light, never is white."""
    if np.isnan(when):
        return "#ffffff", "#444444"
    share = min(max((when - 1) / max(horizon - 1, 1), 0.0), 1.0)
    step = int((1 - share) * (len(TIMES) - 1) + 0.5)
    return TIMES[step], "#ffffff" if step >= 5 else BLACK


def map_chart(
    key: str, curriculum: Curriculum, left: Taught, right: Taught, horizon: int, names: tuple[str, str]
) -> Markup:
    """The prerequisite map; in every skill, when it is first taught: by the teacher and by mastery learning."""
    layout = map_layout(curriculum)
    parts: list[Markup] = []
    for line in layout.lines:
        points = [(EDGE + x * STEP_X, EDGE + STEP_Y * row) for x, row in line]
        parts.append(tag("path", d=_arrow(points), fill="none", stroke="#8a8a8a", stroke_width=1.2))
        x, y = points[-1]
        tip = [(x, y), (x - 4, y - 7), (x + 4, y - 7)]
        parts.append(tag("polygon", points=" ".join(f"{number(a)},{number(b)}" for a, b in tip), fill="#8a8a8a"))
    for k, name in enumerate(curriculum.skills):
        corner = (EDGE + float(layout.x[k]) * STEP_X - BOX_WIDE / 2, EDGE + STEP_Y * int(layout.row[k]))
        parts.append(_skill_box(name, corner, (left, right), k, horizon))
    firsts = [
        tr("{skill}: {one} against {other}", skill=curriculum.skills[k], one=_told(left, k), other=_told(right, k))
        for k in curriculum.order
    ]
    said = tr("When half of the pupils have met each skill, under {one} against {other}. {skills}.",
               one=names[0], other=names[1], skills="; ".join(firsts))  # fmt: skip
    height = 2 * EDGE + STEP_Y * int(layout.row.max()) + BOX_TALL
    title = tr("Prerequisite map with the first lesson on each skill")
    return drawing(key, title, said, 2 * EDGE + layout.width * STEP_X, height, *parts, least=640)


def _when(taught: Taught, k: int) -> str:
    """The lesson by which half of the pupils have met a skill; the share who ever do where that is less than half."""
    if np.isnan(taught.first[k]):
        return percent(float(taught.share[k])) if taught.share[k] > 0 else tr("never")
    return amount(float(taught.first[k]), 0)


def _told(taught: Taught, k: int) -> str:
    """The same in words."""
    if np.isnan(taught.first[k]):
        few = tr("only {share} ever meet it", share=_when(taught, k))
        return few if taught.share[k] > 0 else tr("never taught")
    return tr("by lesson {lesson}", lesson=_when(taught, k))


def _arrow(points: Sequence[tuple[float, float]]) -> str:
    """A line that leaves a skill below, passes between the skills of the rows on its way and ends above the last."""
    x, y = points[0][0], points[0][1] + BOX_TALL
    path = [f"M{number(x)} {number(y)}"]
    for i, (to_x, to_y) in enumerate(points[1:], start=2):
        goal = to_y - (6 if i == len(points) else 0)
        middle = (y + goal) / 2
        path.append(f"C{number(x)} {number(middle)} {number(to_x)} {number(middle)} {number(to_x)} {number(goal)}")
        x, y = to_x, to_y + BOX_TALL
        if i < len(points):
            path.append(f"V{number(y)}")
    return "".join(path)


def _skill_box(name: str, corner: tuple[float, float], sides: tuple[Taught, Taught], k: int, horizon: int) -> Markup:
    (x, y), rows, half = corner, wrapped(name, 22, 2), BOX_WIDE / 2
    parts: list[Markup] = [tag("title", name)]
    parts.append(tag("rect", x=x, y=y, width=BOX_WIDE, height=BOX_TALL, rx=5, fill="#ffffff", stroke="#444"))
    top = y + (23 if len(rows) == 1 else 16)
    parts += [text(x + half, top + 14 * i, row, anchor="middle", size=11.5) for i, row in enumerate(rows)]
    for side, taught in enumerate(sides):
        fill, ink = shade(float(taught.first[k]), horizon)
        at, below = x + side * half, y + BOX_TALL
        parts.append(tag("rect", x=at + 3, y=below - 25, width=half - 6, height=22, rx=3, fill=fill, stroke="#999"))
        words = f"{tr('M') if side else tr('T')} {_when(taught, k)}"
        parts.append(text(at + half / 2, below - 10, words, anchor="middle", size=11.5, fill=ink))
    return tag("g", parts)


@dataclass(frozen=True, eq=False)
class Path:
    """One pupil's lessons under one teacher.

    Attributes:
        title: who taught.
        items: (T,) the items, -1 after the end.
        correct: (T,) 1 right, 0 wrong, -1 no answer.
        day: (T,) the day of each lesson.
        belief: (T, K) what was believed before each lesson; None where the scenario shows no belief.
        gave_up: whether the pupil gave up.
        by_skill: (T, K) the same answers on every skill, where steps of problems may differ; None: as ``correct``.
        problems: whether right and wrong are said of problems of several steps.
    """

    title: str
    items: npt.NDArray[np.int64]
    correct: npt.NDArray[np.int8]
    day: Floats
    belief: Floats | None
    gave_up: bool
    by_skill: npt.NDArray[np.int8] | None = None
    problems: bool = False


def journey_chart(key: str, title: str, curriculum: Curriculum, paths: Sequence[Path]) -> Markup:
    """A pupil under each teacher: a row a skill, a mark a lesson, the darker the better known it is believed to be."""
    tall = 12.0
    parts = row_names(curriculum, tall)
    said = []
    for i, path in enumerate(paths):
        frame = panel(i, tall, curriculum.n_skills, len(path.items))
        length = int((path.items >= 0).sum())
        if path.belief is not None and length:
            # Only the lighter half of the shades, so that marks stay visible.
            steps = np.floor(np.clip(path.belief[:length, curriculum.order].T, 0, 1) * 4.999)
            parts.append(cells(steps, [frame.px(t) for t in range(length + 1)], tall))
        breaks = [frame.px(t) for t in range(1, length) if path.day[t] > path.day[t - 1] + 0.5]
        lines = "".join(f"M{number(x)} {number(frame.top)}v{number(frame.height)}" for x in breaks)
        parts.append(tag("path", d=lines, stroke="#bbb", stroke_width=0.6))
        parts.append(_answers(frame, curriculum, path.items[:length], path, tall))
        parts += framed(frame, path.title)
        if path.gave_up:
            parts += _gives_up(frame, length)
        said.append(_in_words(path, length))
    size = size_of(len(paths), tall, curriculum.n_skills)
    return drawing(key, title, f"{'; '.join(said)}.", *size, *parts, least=640)


def _in_words(path: Path, length: int) -> str:
    right, wrong, none = (int((path.correct[:length] == answer).sum()) for answer in (1, 0, -1))
    parts = {"teacher": path.title, "lessons": length, "right": right, "wrong": wrong, "none": none}
    if path.problems:
        told = tr("{teacher}: {lessons} lessons, {right} right (problems: in all steps), {wrong} wrong, {none} "
                   "without an answer", **parts)  # fmt: skip
    else:
        told = tr("{teacher}: {lessons} lessons, {right} right, {wrong} wrong, {none} without an answer", **parts)
    return tr("{lessons}, then the pupil gave up", lessons=told) if path.gave_up else told


def _gives_up(frame: Frame, length: int) -> list[Markup]:
    x, bottom = frame.px(length), frame.top + frame.height
    late = length > 0.75 * frame.x[1]
    words = text(x + (-5 if late else 5), bottom - 5, tr("gives up"), anchor="end" if late else None, size=11)
    return [tag("line", x1=x, x2=x, y1=frame.top - 4, y2=bottom, stroke=BLACK, stroke_width=2.5), words]


def crowded(lessons: int) -> bool:
    """Whether so many lessons have no room for a dot or a cross each in a panel."""
    return PANEL_WIDE / max(lessons, 1) < ROOM


def _answers(frame: Frame, curriculum: Curriculum, items: npt.NDArray[np.int64], path: Path, tall: float) -> Markup:
    """A mark for every lesson on every skill that it exercised.

    With room: a dot for a right answer, a cross for a wrong one, a short line where no answer was asked for. Without:
    upright strokes in the upper half of the row for right answers, in the lower half for wrong ones, in the middle for
    none; so right and wrong stay apart where strokes merge.
    """
    place = np.empty(curriculum.n_skills, int)
    place[curriculum.order] = np.arange(curriculum.n_skills)
    drawn: dict[int, list[str]] = {1: [], 0: [], -1: []}
    strokes = crowded(int(frame.x[1]))
    for t, item in enumerate(items):
        for k in np.flatnonzero(curriculum.q[item]):
            answer = int(path.correct[t] if path.by_skill is None else path.by_skill[t, k])
            top = frame.top + tall * int(place[k])
            drawn[answer].append((_stroke if strokes else _mark)(frame.px(t + 0.5), top, tall, answer))
    looks: dict[int, dict[str, str | float]] = {
        1: {"stroke": BLACK, "stroke_width": 2 * MARK, "stroke_linecap": "round"},
        0: {"stroke": RED, "stroke_width": 1.5, "fill": "none"},
        -1: {"stroke": BLACK, "stroke_width": 1.2},
    }
    if strokes:
        wide = frame.width / frame.x[1]
        looks = {answer: {"stroke": look["stroke"], "stroke_width": wide} for answer, look in looks.items()}
    return tag("g", [tag("path", d="".join(drawn[a]), **looks[a]) for a in (1, 0, -1) if drawn[a]])


def _mark(x: float, top: float, tall: float, answer: int) -> str:
    y, left, wide = top + tall / 2, number(x - MARK), number(2 * MARK)
    if answer == 1:
        return f"M{number(x)} {number(y)}h0"
    return (
        f"M{left} {number(y)}h{wide}"
        if answer
        else f"M{left} {number(y - MARK)}l{wide} {wide}m0 -{wide}l-{wide} {wide}"
    )


def _stroke(x: float, top: float, tall: float, answer: int) -> str:
    start, length = {1: (0.06, 0.44), 0: (0.5, 0.44), -1: (0.4, 0.2)}[answer]
    return f"M{number(x)} {number(top + start * tall)}v{number(length * tall)}"
