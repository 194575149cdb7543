"""The gallery's pictures as SVG files: what a student learns and forgets, who is taught what when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from zpdgym.experiments.figures.calendar import calendar, calendar_chart, in_words
from zpdgym.experiments.figures.markup import Markup
from zpdgym.experiments.figures.pictures import Path, journey_chart
from zpdgym.experiments.figures.svg import BLUE, RED, Frame, Style, drawing, mark, polyline, text
from zpdgym.experiments.figures.words import percent

from benchmarks.site.simulated import LESSONS, REST, Growth, Shown

LOOK = "<style>svg{background:#fff;font:12px system-ui,sans-serif}</style>"
"""Said of the whole, because a rule for ``text`` would overrule the sizes and colours that the words have."""
LEARNING, FORGETTING = Style(BLUE, None, "circle"), Style(RED, "7 3", "square")


@dataclass(frozen=True)
class Picture:
    """A picture with the words that stand for it.

    Attributes:
        svg: the file.
        words: what it shows, for those who cannot see it.
    """

    svg: str
    words: str


def as_file(drawn: str) -> str:
    """The drawing as a file of its own."""
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace("<desc", LOOK + "<desc", 1)


def of_student(name: str, grown: Growth) -> Picture:
    """How mastery of one skill grows lesson by lesson, and what sixty days leave of it."""
    left = Frame(44, 30, 130, 110, (0, LESSONS), (0, 1))
    right = Frame(230, 30, 130, 110, (0, int(REST[-1])), (0, 1))
    parts: list[Markup] = [*left.y_axis("mastery", percent), *left.x_axis("lessons on the skill")]
    parts += [*right.y_axis("", percent), *right.x_axis("days without a lesson")]
    for frame, values, style in ((left, grown.learning, LEARNING), (right, grown.forgetting, FORGETTING)):
        xs = [frame.px(float(x)) for x in range(len(values))]
        ys = [frame.py(float(v)) for v in values]
        parts.append(polyline(xs, ys, style))
        parts += [mark(style.mark, xs[i], ys[i], 3, style.colour) for i in range(0, len(xs), max(1, len(xs) // 6))]
    parts.append(text(right.left, 20, "and then"))
    start, taught, gone = (percent(float(v)) for v in (grown.learning[0], grown.learning[-1], grown.forgetting[-1]))
    words = (
        f"Mean mastery of students of the kind {name}: {start} before the first lesson, {taught} after {LESSONS} "
        f"lessons on one skill, {gone} after {REST[-1]} more days without a lesson."
    )
    return Picture(
        as_file(drawing(f"student-{name}", f"{name}: learning and forgetting", words, 376, 186, *parts)), words
    )


def of_policy(name: str, shown: Shown) -> Picture:
    """Which skill which pupil is taught when: a row a skill, a mark a lesson."""
    lessons, paths = shown.lessons, []
    last = max(1, int(lessons.lengths.max()))
    belief = lessons.seen.get("belief")
    for i in range(lessons.n_students):
        rows = np.s_[i, :last]
        paths.append(
            Path(
                title=f"pupil {i + 1}",
                items=lessons.items[rows],
                correct=lessons.correct[rows],
                day=lessons.day[rows],
                belief=None if belief is None else belief[rows],
                gave_up=False,
            )
        )
    drawn = journey_chart(f"policy-{name}", f"{name}: who is taught what when", lessons.curriculum, paths)
    told = "; ".join(
        f"pupil {i + 1}: {length} lessons, {right} right answers"
        for i, (length, right) in enumerate(zip(lessons.lengths, (lessons.correct == 1).sum(axis=1), strict=True))
    )
    order = ", ".join(_first_met(shown))
    return Picture(
        as_file(drawn), f"Lessons chosen by {name}, a row for each skill. {told}. Pupil 1 meets in turn: {order}."
    )


def _first_met(shown: Shown, most: int = 12) -> list[str]:
    """The skills in the order in which the first pupil meets them."""
    met: list[str] = []
    for skills in shown.lessons.skills[0]:
        met += [name for k in np.flatnonzero(skills) if (name := shown.lessons.curriculum.skills[k]) not in met]
    if len(met) > most:
        return [*met[:most], f"and {len(met) - most} more"]
    return met or ["nothing"]


def of_scenario(name: str, shown: Sequence[Shown]) -> Picture:
    """Which skill how many of a class are taught when, by each way of teaching."""
    calendars = [calendar(one.policy, one.lessons) for one in shown]
    said = ". ".join(in_words(one.lessons, c) for one, c in zip(shown, calendars, strict=True))
    drawn = calendar_chart(f"scenario-{name}", shown[0].lessons.curriculum, calendars, f"{said}.")
    return Picture(as_file(drawn), f"{said}.")
