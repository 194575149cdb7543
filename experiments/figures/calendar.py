"""The map of lessons over time: which skill how many of the pupils work on, as long as enough of them are taught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ...students.curriculum.curriculum import Curriculum
from ..language.translate import tr
from .lessons import Floats, Lessons
from .markup import Markup, tag
from .panels import NAMES_WIDE, cells, framed, panel, row_names, size_of
from .svg import BLACK, TIMES, drawing, text
from .words import listed, percent

STILL_TAUGHT = 0.1
"""Where fewer than this share of the pupils are still taught, what is shown would be about a few of them only."""
LEVELS = ((0.01, TIMES[1]), (0.02, TIMES[2]), (0.05, TIMES[3]), (0.1, TIMES[5]), (0.2, TIMES[6]), (0.4, TIMES[8]))
"""Least share of the pupils for each shade; the same on every page, so that pages can be set side by side."""
PARTS = 5
"""Into so many parts of the time the description in words is cut."""


@dataclass(frozen=True, eq=False)
class Calendar:
    """What the pupils of one way of teaching work on, stretch by stretch.

    Attributes:
        title: who taught.
        end: after so many lessons fewer than a tenth of the pupils are still taught.
        edges: (B+1,) of the stretches, in lessons; the last is ``end``.
        shares: (K, B) share of ALL pupils whose lesson at that time is on the skill; the rest is done already. An item
            of two skills counts half for each.
    """

    title: str
    end: int
    edges: npt.NDArray[np.int64]
    shares: Floats


def last_lesson(lessons: Lessons) -> int:
    """The last lesson that at least a tenth of the pupils are given."""
    still = lessons.taught.mean(axis=0) >= STILL_TAUGHT - 1e-9
    return int(np.flatnonzero(still)[-1]) + 1 if still.any() else 1


def calendar(title: str, lessons: Lessons, *, bins: int = 24) -> Calendar:
    """The calendar of the kept pupils of one run."""
    end = last_lesson(lessons)
    edges = np.round(np.linspace(0, end, min(bins, end) + 1)).astype(np.int64)
    return Calendar(title, end, edges, _shares(lessons, edges))


def _shares(lessons: Lessons, edges: npt.NDArray[np.int64]) -> Floats:
    """(K, B) share of all pupils on each skill between two edges."""
    skills = lessons.skills[:, : edges[-1]]
    by_lesson = (skills / np.maximum(skills.sum(axis=2, keepdims=True), 1)).mean(axis=0)  # (T, K)
    return np.stack([by_lesson[start:stop].mean(axis=0) for start, stop in pairwise(edges)], axis=1)


def calendar_chart(key: str, curriculum: Curriculum, calendars: Sequence[Calendar], said: str) -> Markup:
    """Rows of skills, time from left to right, dark where many pupils work on the skill; one panel a teacher."""
    tall, horizon = 13.0, max(c.end for c in calendars)
    parts = row_names(curriculum, tall)
    for i, shown in enumerate(calendars):
        frame = panel(i, tall, curriculum.n_skills, horizon)
        parts.append(cells(_steps(shown.shares[curriculum.order]), [frame.px(e) for e in shown.edges], tall))
        parts += framed(frame, shown.title)
        if shown.end < horizon:
            x, bottom = frame.px(shown.end), frame.top + frame.height
            parts.append(tag("line", x1=x, x2=x, y1=frame.top, y2=bottom, stroke=BLACK, stroke_dasharray="3 3"))
    wide, high = size_of(len(calendars), tall, curriculum.n_skills)
    parts += _legend(high)
    return drawing(key, tr("Which skill is taught when"), said, wide, high + 34, *parts, least=640)


def _steps(shares: Floats) -> Floats:
    """The place of each share's shade among ``TIMES``; 0 is white."""
    places = np.array([0, *(TIMES.index(colour) for _, colour in LEVELS)], np.float64)
    return places[np.searchsorted([least for least, _ in LEVELS], shares, side="right")]


def _legend(top: float) -> list[Markup]:
    """The shades and what they stand for."""
    parts = [text(NAMES_WIDE - 6, top + 16, tr("Share of all pupils on the skill:"), anchor="end", size=11)]
    for i, (least, colour) in enumerate(LEVELS):
        x = NAMES_WIDE + 100 * i
        parts.append(tag("rect", x=x, y=top + 5, width=22, height=14, fill=colour, stroke="#999"))
        share, last = percent(least), i == len(LEVELS) - 1
        words = tr("{share} or more", share=share) if last else tr("from {share}", share=share)
        parts.append(text(x + 28, top + 16, words, size=11))
    return parts


def in_words(lessons: Lessons, shown: Calendar) -> str:
    """What the panel shows, for those who cannot see it: when it ends, and on what most pupils are in each fifth."""
    names = lessons.curriculum.skills
    edges = np.round(np.linspace(0, shown.end, min(PARTS, shown.end) + 1)).astype(np.int64)
    shares = _shares(lessons, edges)
    parts: list[str] = []
    for b, (start, stop) in enumerate(pairwise(edges)):
        top = [int(k) for k in np.argsort(-shares[:, b], kind="stable")[:2] if shares[k, b] > 0]
        told = listed([f"{names[k]} {percent(float(shares[k, b]))}" for k in top])
        parts.append(tr("lessons {first} to {last}: {skills}", first=int(start) + 1, last=int(stop), skills=told))
    return tr("{teacher}, up to lesson {lesson}. On what most pupils are: {stretches}",
               teacher=shown.title, lesson=shown.end, stretches="; ".join(parts))  # fmt: skip
