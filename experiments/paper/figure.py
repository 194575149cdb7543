"""Figures for papers from the files of a comparison: with intervals, of the width of a column or a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from zpdgym.errors import InputError, shown, unknown
from zpdgym.files import must_be_free, write_bytes

from ..comparison.rows import Level
from ..questions.cells import OTHER_PEOPLE
from ..reading.folder import Folder
from . import drawing, series
from .channels import POLICY, Channels, Taught, channels, chosen, taught_in
from .words import axis_words, caption, level_words, outcome_words, ticks_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Drawn"]

KINDS = ("outcome", "training", "mastery", "profile", "pareto")
_HEIGHT = 1.9


@dataclass(frozen=True)
class Drawn:
    """A figure that was written.

    Attributes:
        path: its file.
        caption: what must be said below it: who was taught, how often, what an interval is.
    """

    path: Path
    caption: str


def figure(
    results: str | Path,
    *,
    out: str | Path = "figure.pdf",
    kind: str = "outcome",
    x: str | None = None,
    hue: str | None = None,
    col: str | None = None,
    policies: str | Sequence[str] = (),
    scenarios: str | Sequence[str] = (),
    only: Mapping[str, object] | None = None,
    size: str = "page",
) -> Drawn:
    """Draw the results of a comparison or a grid as a figure for a paper.

    Args:
        results: the comparison's folder.
        out: the file to write: .pdf, .svg or .png.
        kind: "outcome" (over an axis of the grid, or a row a policy), "training" (learning curves), "mastery" (by
            lesson), "profile" (share of students above each outcome) or "pareto" (outcome against minutes).
        x: the axis of the grid along the horizontal axis; for "outcome".
        hue: what has a colour, a marker and a dash: an axis, "policy" or "scenario".
        col: what has a panel of its own.
        policies: only these; none: those of the experiment, and tuned mastery learning.
        scenarios: only these scenarios or cells.
        only: axis -> the one value to draw.
        size: "column" (3.3 inches) or "page" (7 inches).

    Raises:
        InputError: an unknown name, with the nearest one; more varies than is shown; or the folder is no finished
            comparison.
    """
    path = _checked(out, kind, size)
    asked = Asked(
        kind=kind,
        x=x,
        hue=hue,
        col=col,
        policies=_listed(policies),
        scenarios=_listed(scenarios),
        size=size,
        only=only or {},
    )
    folder = Folder.read(results)
    must_be_free([path])
    data, words = picture(folder, asked, path)
    write_bytes(path, data)
    return Drawn(path, words)


def _listed(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a figure shall show; as for ``figure``."""

    kind: str
    size: str
    x: str | None = None
    hue: str | None = None
    col: str | None = None
    policies: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    only: Mapping[str, object] = field(default_factory=dict[str, object])


def picture(folder: Folder, asked: Asked, path: Path) -> tuple[bytes, str]:
    """A figure as the bytes of a file, and its caption.

    Args:
        folder: the comparison.
        asked: what to show.
        path: the file that it is for; its suffix says how it is written.

    Raises:
        InputError: as ``figure``.
    """
    kind = asked.kind
    rows = kind == "outcome" and not folder.axes and asked.x in (None, POLICY)
    taught = chosen(
        taught_in(folder),
        folder,
        policies=asked.policies,
        scenarios=asked.scenarios,
        only=asked.only,
        all_policies=rows,
    )
    if kind == "training":
        taught = [t for t in taught if series.was_trained(t)]
        if not taught:
            raise InputError(f"{folder.path}: nothing was trained there: kind=training has nothing to draw")
    found = channels(taught, folder, x=asked.x, hue=asked.hue, col=asked.col, points=kind == "outcome")
    with drawing.styled():
        data = drawing.save(_drawn(kind, folder, taught, found, asked.size), path)
    return data, caption(kind, folder, taught, found, asked.only)


def _checked(out: object, kind: str, size: str) -> Path:
    if kind not in KINDS:
        raise unknown("kind of figure", str(kind), KINDS)
    if size not in drawing.WIDTHS:
        raise unknown("size", str(size), drawing.WIDTHS)
    if not isinstance(out, str | Path) or Path(out).suffix[1:].lower() not in drawing.FORMATS:
        raise InputError(f"out={shown(str(out))} must end in {', '.join(f'.{form}' for form in drawing.FORMATS)}")
    return Path(out)


def _drawn(kind: str, folder: Folder, taught: list[Taught], found: Channels, size: str) -> Figure:
    split = _panels(taught, found)
    by_row = kind == "outcome" and found.x == POLICY
    names = [str(name) for name in found.levels[POLICY]]
    height = 0.14 * len(names) + 0.45 if by_row else _HEIGHT
    figure, places = drawing.panels(len(split), size=size, height=height)
    looks = _looks(taught, found)
    grid = series.thresholds(taught) if kind == "profile" else np.zeros(0)
    lines: Mapping[str, Callable[[Taught], series.Series]] = {
        "training": series.training,
        "mastery": series.mastery,
        "profile": lambda t: series.profile(t, grid),
    }
    for (level, members), place in zip(split.items(), places, strict=True):
        if len(split) > 1:
            place.set_title(level_words(found.col or "", level, found.levels[found.col or ""]))
        if by_row:
            _rows(place, members, found, looks, sorted(names, key=lambda name: _mean(taught, found, name)))
        elif kind == "outcome":
            _over_axis(place, members, found, looks)
        elif kind == "pareto":
            _pareto(place, members, found, looks)
        else:
            for which, label, t in _hues(members, found, looks):
                drawing.line(place, lines[kind](t), which, label=label, steps=kind == "profile")
    words = outcome_words(taught[0])
    x, y = {
        "outcome": (words, "") if by_row else (axis_words(folder, found.x or POLICY), words),
        "training": ("lessons of training", f"validation:\n{words}"),
        "mastery": ("lesson", "mastery of all skills (share)"),
        "profile": (f"{words}: threshold", "students above it (share)"),
        "pareto": ("minutes of lessons per student", words),
    }[kind]
    drawing.finish(figure, places, x=x, y=y, size=size)
    return figure


def _panels(taught: Sequence[Taught], found: Channels) -> dict[Level | None, list[Taught]]:
    """The members of every panel; what the panels' axis does not concern is in all of them."""
    if found.col is None:
        return {None: list(taught)}
    values = [(t, found.of(t, found.col)) for t in taught]
    return {level: [t for t, value in values if value in (level, None)] for level in found.levels[found.col]}


def _looks(taught: Sequence[Taught], found: Channels) -> dict[Level, int]:
    """The look of everything that has one: its own in all figures of a folder, or else one that nobody has here."""
    if found.hue is None:
        return {}
    extra = dict.fromkeys(str(found.of(t, POLICY)) for t in taught if found.of(t, found.hue) is None)
    known = dict.fromkeys([*found.levels[found.hue], *extra])
    if len(known) > len(drawing.COLOURS):
        raise InputError(f"{len(known)} lines are more than colours can tell apart: choose with policies=")
    always, own = found.looks[found.hue], dict[Level, int]()
    for level in known:
        if always.get(level, len(drawing.COLOURS)) < len(drawing.COLOURS) and always[level] not in own.values():
            own[level] = always[level]
    free = iter([i for i in range(len(drawing.COLOURS)) if i not in own.values()])
    every = {level: own[level] if level in own else next(free) for level in known}
    return dict(sorted(every.items(), key=lambda pair: pair[1]))


def _hues(members: Sequence[Taught], found: Channels, looks: Mapping[Level, int]) -> list[tuple[int, str, Taught]]:
    """Each with the number of its look, and what the legend calls it."""
    if found.hue is None:
        return [(0, "", t) for t in members]
    given = [(t, found.of(t, found.hue)) for t in members]
    keyed = [(t, str(found.of(t, POLICY)) if level is None else level, level is None) for t, level in given]
    levels = found.levels[found.hue]
    ordered = sorted(keyed, key=lambda one: looks[one[1]])
    return [
        (looks[level], level_words(POLICY if alone else found.hue, level, levels), t) for t, level, alone in ordered
    ]


def _over_axis(place: Axes, members: Sequence[Taught], found: Channels, looks: Mapping[Level, int]) -> None:
    assert found.x is not None
    levels = found.levels[found.x]
    numbers = [level for level in levels if isinstance(level, int | float) and not isinstance(level, bool)]
    numeric = len(numbers) == len(levels) and found.x not in OTHER_PEOPLE
    by_hue: dict[tuple[int, str], list[Taught]] = {}
    for which, label, t in _hues(members, found, looks):
        by_hue.setdefault((which, label), []).append(t)
    for rank, ((which, label), points) in enumerate(by_hue.items()):
        placed = [(levels.index(level), t) for t in points if (level := found.of(t, found.x)) is not None]
        for t in points:
            if found.of(t, found.x) is None:
                outcome = t.row.outcome
                drawing.level_line(place, outcome.value, outcome.low, outcome.high, which, label=label)
        if placed:
            placed.sort(key=lambda pair: pair[0])
            outcomes = np.array([(t.row.outcome.value, t.row.outcome.low, t.row.outcome.high) for _, t in placed])
            at = np.array([float(numbers[i]) if numeric else float(i) for i, _ in placed])
            beside = (rank - (len(by_hue) - 1) / 2) / len(by_hue)
            at = _beside(at, numbers, beside) if numeric else at + 0.4 * beside
            # between two schedules, or two draws, there is nothing that a line could stand for
            drawing.points(place, series.Series(at, *outcomes.T), which, joined=numeric, label=label)
    _ticks(place, levels, numbers if numeric else None)


def _beside(at: series.Floats, numbers: Sequence[float], share: float) -> series.Floats:
    """Places a little beside others, so that intervals of several policies do not lie on each other."""
    if len(numbers) < 2:
        return at
    if _logarithmic(numbers):
        return at * (max(numbers) / min(numbers)) ** (0.05 * share)
    return at + 0.05 * share * (max(numbers) - min(numbers))


def _logarithmic(numbers: Sequence[float]) -> bool:
    """Whether values are spread over more than a decade."""
    return min(numbers) > 0 and max(numbers) > 10 * min(numbers)


def _ticks(place: Axes, levels: Sequence[Level], numbers: Sequence[float] | None) -> None:
    """A tick for every value; on a logarithmic scale where they are spread over more than a decade."""
    from matplotlib.ticker import NullFormatter, NullLocator

    at = [float(number) for number in numbers] if numbers is not None else [float(i) for i in range(len(levels))]
    if numbers is not None and _logarithmic(numbers):
        place.set_xscale("log")
        place.xaxis.set_minor_locator(NullLocator())
        place.xaxis.set_minor_formatter(NullFormatter())
    if len(at) <= 8:
        words = ticks_words(levels)
        place.set_xticks(at, words)
        if sum(map(len, words)) > 28:
            place.tick_params(axis="x", rotation=30)
    if numbers is None:
        place.set_xlim(-0.5, len(at) - 0.5)


def _rows(
    place: Axes, members: Sequence[Taught], found: Channels, looks: Mapping[Level, int], names: Sequence[str]
) -> None:
    """A row for every policy, the best on top; by colour what it is, or what was asked for."""
    kinds = {"baseline": "untrained", "learnt": "learnt", "privileged": "looks inside the students"}
    hues: list[tuple[int | str, str, Taught]] = [(t.row.kind, kinds[t.row.kind], t) for t in members]
    if found.hue:
        hues = [*_hues(members, found, looks)]
    ranks = {which: i for i, which in enumerate(dict.fromkeys(which for which, _, _ in hues))}
    for which, label, t in hues:
        outcome = t.row.outcome
        step = (ranks[which] - (len(ranks) - 1) / 2) * 0.6 / len(ranks) if found.hue else 0.0
        y = names.index(str(found.of(t, POLICY))) - step
        drawing.point(place, (outcome.value, outcome.low, outcome.high), (y,), which, label=label)
    place.set_yticks(range(len(names)), [level_words(POLICY, name) for name in names])
    place.set_ylim(-0.6, len(names) - 0.4)


def _mean(taught: Sequence[Taught], found: Channels, name: str) -> float:
    return float(np.mean([t.row.outcome.value for t in taught if found.of(t, POLICY) == name]))


def _pareto(place: Axes, members: Sequence[Taught], found: Channels, looks: Mapping[Level, int]) -> None:
    points = list[tuple[float, float]]()
    for which, label, t in _hues(members, found, looks):
        outcome, minutes = t.row.outcome, series.minutes(t)
        drawing.point(place, minutes, (outcome.value, outcome.low, outcome.high), which, label=label)
        if t.row.kind != "privileged":
            points.append((minutes[0], outcome.value))
    if points:
        drawing.frontier(place, points)
