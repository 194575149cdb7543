"""What spacing is worth to every memory model: docs/students/memory.* is written again.

``python -m benchmarks.pages.memory_figure``. One fact, four lessons of one minute, four ways to lay them out; then
recall from half a day to half a year after the last lesson. The same students with the same luck meet all four, so
that differences are paired. ``--students N`` takes fewer of them, ``--out FOLDER`` writes elsewhere.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from zpdgym.configs.build import CONFIGS, build, student_section
from zpdgym.experiments.figures.markup import Markup, tag
from zpdgym.experiments.figures.svg import BLACK, BLUE, GREEN, RED, Frame, Style, drawing, mark, polyline, text, ticks
from zpdgym.students import allocate_outcome
from zpdgym.students.curriculum.builders import chain

from benchmarks.pages.scenarios import table

Floats = npt.NDArray[np.float64]

MODELS = {
    "exponential_forgetting": "Exponential forgetting",
    "power_law": "Power law",
    "half_life": "Half-life regression",
    "memorize": "Memorize",
    "dhp": "DHP",
    "dash": "DASH",
    "das3h": "DAS3H",
    "fsrs45": "FSRS-4.5",
    "fsrs5": "FSRS-5",
    "fsrs6": "FSRS-6",
    "actr": "ACT-R",
    "mcm": "MCM",
}
"""The memory models of configs/student."""

SCHEDULES: dict[str, tuple[float, ...]] = {
    "massed": (0.0, 0.0, 0.0),
    "contracting": (12.0, 6.0, 3.0),
    "even": (7.0, 7.0, 7.0),
    "expanding": (3.0, 6.0, 12.0),
}
"""Days between the four lessons."""

STYLES = {
    "massed": Style(BLACK, "2 3", "square"),
    "contracting": Style(RED, "7 3", "down"),
    "even": Style(BLUE, None, "circle"),
    "expanding": Style(GREEN, "9 3 2 3", "triangle"),
}
RETENTION = (7.0, 30.0, 120.0)
CURVE = np.geomspace(0.5, 180.0, 41)
STUDENTS = 4000
GAPS = (0.0, 1.0, 2.0, 4.0, 7.0, 10.0, 14.0, 20.0, 28.0, 40.0, 56.0)
"""Days between the first two and the last two of three lessons, for the search of the best."""
CLEAR = 0.001  # a smaller difference in recall is called none
NEAR = 0.005  # recall that may be missing to the best pair of gaps
SURE = 4.0  # standard errors
COLUMNS, WIDE, TALL, GAP_X, GAP_Y, TOP = 4, 190.0, 130.0, 46.0, 66.0, 74.0
LOOK = "<style>text{font:12px system-ui,sans-serif;fill:#222}svg{background:#fff}</style>"


@dataclass(frozen=True)
class Recalls:
    """What became of one model's students.

    Attributes:
        curve: schedule to mean recall at ``CURVE`` days after the last lesson.
        at: schedule to (N, R) recall of every student after each of ``RETENTION``.
        pairs: gaps between three lessons to (R,) mean recall after each of ``RETENTION``.
    """

    curve: dict[str, Floats]
    at: dict[str, Floats]
    pairs: dict[tuple[float, ...], Floats]

    def best(self, r: int) -> str:
        """The spaced schedule with the highest mean recall at this retention interval, or that none is clearly ahead.

        Clearly ahead is ahead of each of the others by ``CLEAR`` and by ``SURE`` standard errors of the paired
        difference.
        """
        means = {name: float(self.at[name][:, r].mean()) for name in SCHEDULES}
        first = max(means, key=lambda name: means[name])
        for other in SCHEDULES:
            difference = self.at[first][:, r] - self.at[other][:, r]
            if other != first and difference.mean() <= max(CLEAR, SURE * difference.std() / len(difference) ** 0.5):
                return "none clearly"
        return first

    def best_gaps(self, r: int) -> tuple[tuple[float, ...], float]:
        """The shortest of the pairs of gaps that are within ``NEAR`` of the best, and the mean recall after them."""
        highest = max(float(means[r]) for means in self.pairs.values())
        near = [gaps for gaps, means in self.pairs.items() if means[r] >= highest - NEAR]
        gaps = min(near, key=lambda pair: (sum(pair), -self.pairs[pair][r]))
        return gaps, float(self.pairs[gaps][r])


class Cohort:
    """The students of one model, who can be taught again and again with the same luck."""

    def __init__(self, name: str, n: int) -> None:
        self.model: Any = build(student_section(name), "student", curriculum=chain(1))
        self.n, rng = n, np.random.default_rng(0)
        self.start, self.rest = rng.random((n, self.model.reset_draws)), rng.random((n, self.model.rest_draws))
        self.luck = rng.random((4, n, self.model.lesson_draws))

    def taught(self, gaps: Sequence[float]) -> Any:
        """The state after one lesson, and one more after each of these gaps in days."""
        model, item, out = self.model, np.zeros(self.n, np.int64), allocate_outcome(self.n)
        state = model.allocate(self.n)
        model.reset(state, np.arange(self.n), self.start)
        model.step(state, item, self.luck[0], out)
        for lesson, days in enumerate(gaps, 1):
            model.elapse(state, np.full(self.n, days), self.rest)
            model.step(state, item, self.luck[lesson], out)
        return state

    def after(self, state: Any, days: float) -> Floats:
        """(N,) recall after so many days without a lesson."""
        return self.model.forecast(state, np.full(self.n, days))[1][:, 0]


def recalls(name: str, n: int) -> Recalls:
    """Teach one cohort by every schedule, and by every pair of gaps."""
    cohort, curve, at = Cohort(name, n), {}, {}
    for schedule, gaps in SCHEDULES.items():
        state = cohort.taught(gaps)
        curve[schedule] = np.array([cohort.after(state, d).mean() for d in CURVE])
        at[schedule] = np.stack([cohort.after(state, d) for d in RETENTION], axis=1)
    pairs = {}
    for gaps in itertools.product(GAPS, repeat=2):
        state = cohort.taught(gaps)
        pairs[gaps] = np.array([cohort.after(state, d).mean() for d in RETENTION])
    return Recalls(curve, at, pairs)


def panel(left: float, top: float, title: str, found: Recalls) -> list[Markup]:
    """One model: recall against days on a logarithmic axis, a line for each schedule."""
    frame = Frame(left, top, WIDE, TALL, (float(np.log10(CURVE[0])), float(np.log10(CURVE[-1]))), (0.0, 1.0))
    parts = [text(left, top - 10, title, font_weight="bold")]
    for level in ticks(0.0, 1.0, 4):
        y = frame.py(level)
        parts.append(tag("line", x1=left, x2=left + WIDE, y1=y, y2=y, stroke="#ddd"))
        parts.append(text(left - 5, y + 4, f"{level:g}", anchor="end"))
    for days in (1, 3, 10, 30, 100):
        x = frame.px(float(np.log10(days)))
        parts.append(tag("line", x1=x, x2=x, y1=top + TALL, y2=top + TALL + 4, stroke="#444"))
        parts.append(text(x, top + TALL + 17, str(days), anchor="middle"))
    xs = [frame.px(float(x)) for x in np.log10(CURVE)]
    for schedule, style in STYLES.items():
        ys = [frame.py(float(v)) for v in found.curve[schedule]]
        parts.append(polyline(xs, ys, style))
        parts += [mark(style.mark, xs[i], ys[i], 2.6, style.colour) for i in range(0, len(xs), 10)]
    return parts


def figure(found: dict[str, Recalls]) -> str:
    """All models as small multiples in one SVG."""
    rows = -(-len(found) // COLUMNS)
    width, height = 40 + COLUMNS * (WIDE + GAP_X), TOP + rows * (TALL + GAP_Y)
    parts: list[Markup] = [text(40, 18, "Recall (0 to 1) against days after the last of four lessons on one fact")]
    for i, (schedule, style) in enumerate(STYLES.items()):
        x = 40 + i * 225
        parts.append(polyline([x, x + 30], [34, 34], style))
        parts.append(mark(style.mark, x + 15, 34, 2.6, style.colour))
        parts.append(text(x + 36, 38, described(schedule)))
    for i, (name, one) in enumerate(found.items()):
        left, top = 40 + (i % COLUMNS) * (WIDE + GAP_X), TOP + (i // COLUMNS) * (TALL + GAP_Y)
        parts += panel(left, top, MODELS[name], one)
    said = "; ".join(
        f"{MODELS[name]} after {RETENTION[1]:g} days: "
        + ", ".join(f"{schedule} {one.at[schedule][:, 1].mean():.2f}" for schedule in SCHEDULES)
        for name, one in found.items()
    )
    drawn = drawing("memory", "Recall after massed and spaced study, by memory model", said, width, height, *parts)
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace("<desc", LOOK + "<desc", 1)


def described(schedule: str) -> str:
    """A schedule with its gaps."""
    gaps = SCHEDULES[schedule]
    return (
        f"{schedule}: one after the other"
        if not any(gaps)
        else f"{schedule}: gaps {', '.join(f'{g:g}' for g in gaps)} d"
    )


def page(found: dict[str, Recalls], n: int) -> str:
    """Two tables with a few words about how they were made."""
    gaps = "; ".join(described(schedule) for schedule in SCHEDULES)
    return f"""# What spacing is worth: the memory models compared

Made by `python -m benchmarks.pages.memory_figure`. Simulated students; nothing here was tried with people.

## Four lessons

One fact, four practice items of one minute, laid out in four ways ({gaps}; the three spaced ones last 21 days). {n}
students of every file in configs/student, with its own defaults, meet all four with the same luck. Recall is the mean
of `forecast` over the students. "Best" is the schedule whose mean recall is ahead of each of the others by more than
{CLEAR:g} and by more than {SURE:g} standard errors of the paired difference; "none clearly" where there is no such
schedule.

![Recall after massed and spaced study, one panel for each memory model](memory.svg)

{schedule_table(found)}

{summary(found)}

## The best gaps between three lessons

All pairs of gaps out of {", ".join(f"{g:g}" for g in GAPS)} days between the first two and the last two of three
lessons, for a test {", ".join(f"{d:g}" for d in RETENTION[:-1])} or {RETENTION[-1]:g} days after the last. Shown are
the shortest gaps (by their sum) whose mean recall is within {NEAR:g} of the best pair's. "Contracting": the first gap
is the longer one.

{gaps_table(found)}

## How to read this

The models were fitted to different material, by different people, at different time scales, and some take what was
known before the first lesson as given: compare the schedules within a model, not one model's level with another's.
Where massed lessons come out best (half-life regression, Memorize, DASH, DAS3H), right answers strengthen a memory
more than wrong ones do, whenever they come, and nothing else in the equations rewards a gap: so lessons are best where
they succeed, at once. These models were made to predict answers, and that is no finding about study. ACT-R wants the
longer gap first, as Lindsey, Mozer, Cepeda & Pashler (2009) report of it; of MCM they report that equal or expanding
gaps are best for most material and retention intervals (from their abstract).
What a model prefers here is a property of its equations and of these parameters at these gaps.
"""


def schedule_table(found: dict[str, Recalls]) -> str:
    """Mean recall after each schedule."""
    rows = [["model", "days after", *SCHEDULES, "best"]]
    for name, one in found.items():
        for r, days in enumerate(RETENTION):
            means = [f"{one.at[schedule][:, r].mean():.3f}" for schedule in SCHEDULES]
            rows.append([MODELS[name], f"{days:g}", *means, one.best(r)])
    return table(rows)


def gaps_table(found: dict[str, Recalls]) -> str:
    """The best pair of gaps for every model and retention interval, with mean recall."""
    rows = [["model", *(f"test after {days:g} days" for days in RETENTION)]]
    for name, one in found.items():
        cells = []
        for r in range(len(RETENTION)):
            (first, second), recall = one.best_gaps(r)
            kind = "massed" if first == second == 0.0 else "even" if first == second else ""
            kind = kind or ("contracting" if first > second else "expanding")
            cells.append(f"{first:g}, {second:g}: {kind} ({recall:.3f})")
        rows.append([MODELS[name], *cells])
    return table(rows)


def summary(found: dict[str, Recalls]) -> str:
    """Which schedule is best in which models, in words, from the numbers alone."""
    lines = []
    for r, days in enumerate(RETENTION):
        groups = {s: [MODELS[n] for n, one in found.items() if one.best(r) == s] for s in (*SCHEDULES, "none clearly")}
        said = "; ".join(f"{s}: {', '.join(names)}" for s, names in groups.items() if names)
        lines.append(f"* After {days:g} days, best is {said}.")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write memory.svg and memory.md."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--students", type=int, default=STUDENTS, help=f"how many (default {STUDENTS})")
    parser.add_argument("--out", type=Path, default=CONFIGS.parent / "docs" / "students", help="where to write")
    options = parser.parse_args(arguments)
    found = {name: recalls(name, options.students) for name in MODELS}
    for name, content in (("memory.svg", figure(found) + "\n"), ("memory.md", page(found, options.students))):
        (options.out / name).write_text(content, encoding="utf-8")
        print(f"wrote {options.out / name}")


if __name__ == "__main__":
    main()
