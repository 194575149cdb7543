"""Who ends worse, about the same, and better: a bar for every group of pupils, a dot for every training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..language.translate import texts, tr, tr_many
from .markup import Markup, tag
from .svg import BLACK, BLUE, RED, Frame, drawing, text
from .words import listed, percent, wrapped

WORSE, SAME, BETTER = RED, "#d9d9d9", BLUE
PERHAPS_WORSE, PERHAPS_BETTER = "#f5c9a9", "#a9d2ee"
UNTOLD = texts("we cannot tell")
NAMES, WIDE, TALL, STEP, TOP = 210.0, 400.0, 24.0, 40.0, 34.0
ROOM = 0.08
"""A share below this has no room for its number inside the bar."""


@dataclass(frozen=True)
class Shares:
    """Of the pupils of a group, who does worse than under mastery learning, about the same, and better.

    Attributes:
        name: of the group.
        pupils: how many there are.
        worse: share that does noticeably worse, from and to, mean over trainings; NaN: it cannot be told.
        better: share that does noticeably better, from and to. For all others it makes no noticeable difference.
        floor: share that would stand at "worse" if nothing but luck differed; None: not known.
        trainings: (worse, better) of every single training.
    """

    name: str
    pupils: int
    worse: tuple[float, float]
    better: tuple[float, float]
    floor: float | None = None
    trainings: tuple[tuple[float, float], ...] = ()

    @property
    def untold(self) -> bool:
        """Whether nothing can be said of these pupils."""
        return math.isnan(self.worse[0])

    @property
    def same(self) -> tuple[float, float]:
        """Share for whom it makes no noticeable difference, from and to."""
        low, high = 1.0 - self.worse[1] - self.better[1], 1.0 - self.worse[0] - self.better[0]
        return max(low, 0.0), max(high, 0.0)

    @property
    def open(self) -> bool:
        """Whether a share is only known from and to."""
        return self.worse[0] < self.worse[1] or self.better[0] < self.better[1]


def range_of(share: tuple[float, float]) -> str:
    """A share in words: "56 %", or "56 % to 77 %" where it is not known more exactly."""
    low, high = (percent(end) for end in share)
    return low if low == high else tr("{low} to {high}", low=low, high=high)


def shares_chart(key: str, title: str, rows: Sequence[Shares], against: str) -> Markup:
    """Bars of the three shares; dots where single trainings have the ends of the grey part; the floor of luck."""
    height = STEP * len(rows)
    frame = Frame(NAMES, TOP, WIDE, height, (0, 1), (0, 1))
    parts = _legend(perhaps=any(row.open for row in rows))
    for i, row in enumerate(rows):
        parts += _bar(frame, TOP + 6 + STEP * i, row)
    parts += frame.x_axis(tr("share of the pupils of the group"), percent)
    said = tr("Against {other}. {shares}.", other=against, shares="; ".join(told(row) for row in rows))
    return drawing(key, title, said, NAMES + WIDE + 30, TOP + height + 44, *parts, least=560)


def told(row: Shares) -> str:
    """A bar in words."""
    if row.untold:
        return f"{row.name}: {tr(UNTOLD)}"
    shares = {"worse": range_of(row.worse), "same": range_of(row.same), "better": range_of(row.better)}
    parts = [tr("{name}: {worse} worse, {same} the same, {better} better", name=row.name, **shares)]
    if row.floor is not None:
        parts.append(tr("by luck alone {share} worse", share=percent(row.floor)))
    if len(row.trainings) > 1:
        single = listed([percent(worse) for worse, _ in row.trainings])
        parts.append(tr("single trainings: worse {shares}", shares=single))
    return "; ".join(parts)


def _bar(frame: Frame, top: float, row: Shares) -> list[Markup]:
    name = wrapped(row.name, 32, 2)
    lines = [*name, tr_many("{n} pupils", "{n} pupils", row.pupils)] if len(name) == 1 else name
    parts = [
        text(NAMES - 8, top + 10 + 14 * n, line, anchor="end", size=11.5 if n < len(name) else 10.5)
        for n, line in enumerate(lines)
    ]
    if row.untold:
        outline = tag("rect", x=NAMES, y=top, width=WIDE, height=TALL, fill="none", stroke="#6b6b6b")
        return [*parts, outline, text(NAMES + WIDE / 2, top + 16, tr(UNTOLD), anchor="middle", size=11.5)]
    at = 0.0
    for share, fill, ink in _parts(row):
        left, wide = frame.px(at), frame.width * share
        parts.append(tag("rect", x=left, y=top, width=wide, height=TALL, fill=fill, stroke="#ffffff"))
        if share >= ROOM and ink:
            parts.append(text(left + wide / 2, top + 16, percent(share), anchor="middle", size=11.5, fill=ink))
        at += share
    if row.floor is not None:
        x = frame.px(row.floor)
        line = {"stroke": BLACK, "stroke_width": 2, "stroke_dasharray": "4 2"}
        parts.append(tag("line", x1=x, x2=x, y1=top - 5, y2=top + TALL + 5, **line))
    # Below the bar, so that no dot hides a number.
    for worse, better in row.trainings if len(row.trainings) > 1 else ():
        for share, fill in ((worse, WORSE), (1 - better, BETTER)):
            parts.append(tag("circle", cx=frame.px(share), cy=top + TALL + 4, r=3.2, fill=fill, stroke=BLACK))
    return parts


def _parts(row: Shares) -> list[tuple[float, str, str | None]]:
    """Width, colour and ink of each part, from left to right; what is only perhaps so has no number, so no ink."""
    (worse, worse_to), (better, better_to) = row.worse, row.better
    exact = None if row.open else BLACK
    return [
        (worse, WORSE, BLACK), (worse_to - worse, PERHAPS_WORSE, None), (row.same[0], SAME, exact),
        (better_to - better, PERHAPS_BETTER, None), (better, BETTER, "#ffffff"),
    ]  # fmt: skip


def _legend(*, perhaps: bool) -> list[Markup]:
    parts: list[Markup] = []
    shown = [(tr("worse"), WORSE), (tr("about the same"), SAME), (tr("better"), BETTER)]
    if perhaps:
        may = tr("perhaps")
        shown = [shown[0], (may, PERHAPS_WORSE), shown[1], (may, PERHAPS_BETTER), shown[2]]
    x = NAMES
    for words, fill in shown:
        parts.append(tag("rect", x=x, y=8, width=14, height=14, fill=fill))
        parts.append(text(x + 20, 19, words))
        x += 34 + 6.2 * len(words)
    return parts
