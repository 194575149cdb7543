"""What a tutor's beliefs were worth: what was believed against what was true, by bins of beliefs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..language.translate import tr
from .lessons import Floats
from .markup import Markup, tag
from .svg import GREY, Frame, Style, apart, drawing, mark, polyline, text
from .words import percent, wrapped

SELDOM = 0.002
"""Bins with a smaller share of all beliefs are not drawn: what is true of few is luck."""


@dataclass(frozen=True)
class Calibration:
    """Beliefs of one cohort in bins of their size, (B,) each; NaN in empty bins.

    Attributes:
        weight: how many beliefs.
        belief: their mean.
        known: mean true mastery of these skills.
        spread: variance of their true mastery.
    """

    weight: Floats
    belief: Floats
    known: Floats
    spread: Floats

    @classmethod
    def of(cls, runs: Sequence[Mapping[str, Floats]]) -> Calibration:
        """All runs as if they were one cohort, from the columns of their files."""
        weights = np.array([run["weight"] for run in runs], np.float64)
        weight = weights.sum(axis=0)
        share = weights / np.where(weight > 0, weight, np.nan)

        def mean(values: Sequence[Floats]) -> Floats:
            there = np.where(weights > 0, np.array(values, np.float64), 0.0)  # empty bins hold no number
            return (share * there).sum(axis=0)

        belief, known = (mean([run[name] for run in runs]) for name in ("belief", "known"))
        square = mean([run["spread"] + run["known"] ** 2 for run in runs])
        return cls(weight, belief, known, np.maximum(square - known**2, 0.0))

    @property
    def drawn(self) -> npt.NDArray[np.bool_]:
        """(B,) the bins that hold enough to be looked at."""
        return self.weight > SELDOM * max(float(self.weight.sum()), 1.0)

    @property
    def of_the_mean(self) -> float:
        """The mean squared distance from the truth of who always says how much is known on average; NaN without any."""
        there = self.weight > 0
        if not there.any():
            return float("nan")
        weight, known = self.weight[there] / self.weight.sum(), self.known[there]
        return float(weight @ (self.spread[there] + (known - weight @ known) ** 2))


def calibration_chart(key: str, lines: Sequence[tuple[str, Calibration, Style]]) -> Markup:
    """What really was known of skills that were believed known so far; on the diagonal the belief is right."""
    frame = Frame(48, 26, 300, 300, (0.0, 1.0), (0.0, 1.0))
    parts: list[Markup] = [*frame.y_axis(tr("share of the skills that were really known"), percent)]
    parts += frame.x_axis(tr("how well the tutor believed them known"), percent)
    ends = {"x1": frame.px(0), "y1": frame.py(0), "x2": frame.px(1), "y2": frame.py(1)}
    parts.append(tag("line", **ends, stroke=GREY, stroke_width=1))
    shown = [(name, found, style, np.flatnonzero(found.drawn)) for name, found, style in lines]
    lasts = apart(
        [frame.py(float(found.known[at[-1]])) for _, found, _, at in shown], 17, frame.top, frame.top + frame.height
    )
    for (name, found, style, at), y in reversed(list(zip(shown, lasts, strict=True))):
        xs, ys = [frame.px(found.belief[i]) for i in at], [frame.py(found.known[i]) for i in at]
        parts.append(polyline(xs, ys, style))
        parts += [mark(style.mark, a, b, 3.6, style.colour) for a, b in zip(xs, ys, strict=True)]
        parts.append(tag("line", x1=xs[-1] + 4, y1=ys[-1], x2=362, y2=y, stroke="#bbb", stroke_width=0.8))
        parts.append(mark(style.mark, 368, y, 3.6, style.colour))
        parts.append(text(377, y + 4, wrapped(name, 44, 1)[0]))
    said = "; ".join(f"{name}: {', '.join(_told(found, int(i)) for i in at)}" for name, found, _, at in shown)
    return drawing(key, tr("What was believed against what was true"), said, 704, 372, *parts, least=560)


def _told(found: Calibration, i: int) -> str:
    """A point of a line in words."""
    return tr("believed {belief}, true {known}", belief=percent(found.belief[i]), known=percent(found.known[i]))
