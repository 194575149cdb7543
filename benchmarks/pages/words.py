"""Words remembered against minutes: docs/results/words.* are written again from a finished comparison.

``python -m benchmarks.pages.words results/words``. A cell of the comparison is a kind of student and how many minutes
there are a day; the same students meet all schedulers, so that differences are paired.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
from zpdgym.experiments.figures.markup import Markup, tag
from zpdgym.experiments.figures.svg import BLACK, BLUE, GREEN, RED, Frame, Style, drawing, mark, polyline, text, ticks
from zpdgym.experiments.statistics import Estimate

from benchmarks.pages.better_beliefs import Comparison, difference, estimated
from benchmarks.pages.scenarios import table

DOCS = Path(__file__).resolve().parents[2] / "docs" / "results"
WORDS, DAYS = 120, 60
MINUTES = (1.25, 2.5, 5.0, 10.0)
"""A day; the scenario has 2.5."""
FROZEN = 2.5
STUDENTS = {"fsrs": "FSRS-6, everybody with a memory of their own", "dhp": "DHP", "actr": "ACT-R"}
SCHEDULERS = {
    "linear": Style(BLACK, "2 3", "square"),
    "sm2": Style(RED, "7 3", "down"),
    "leitner_queue": Style("#6b6b6b", None, "circle"),
    "most_forgotten": Style("#7a4fa3", "3 3", "square"),
    "recall_threshold": Style(GREEN, "9 3 2 3", "triangle"),
    "fsrs_scheduler": Style(BLUE, None, "circle"),
}
PUBLISHED = 1.14
"""FSRS-6 over SM-2, words kept a minute where as many are known: mean over 7954 users (open-spaced-repetition,
srs-simulator, README of April 2026), with a neural network in the place of the users' memory."""
WIDE, TALL, GAP, TOP = 220.0, 190.0, 56.0, 92.0
LOOK = "<style>text{font:12px system-ui,sans-serif;fill:#222}svg{background:#fff}</style>"
Floats = npt.NDArray[np.float64]


def cell(student: str, minutes: float) -> str:
    """The label of a cell."""
    return f"{student}_{minutes:g}".replace(".", "p")


class Kept:
    """How many words every scheduler keeps, of one kind of student: scheduler -> (len(MINUTES),)."""

    def __init__(self, told: Comparison, student: str) -> None:
        self.told, self.student = told, student
        self.words: dict[str, Floats] = {}
        for scheduler in SCHEDULERS:
            runs = [told.runs(cell(student, minutes), scheduler) for minutes in MINUTES]
            self.words[scheduler] = np.array([np.nan if run is None else WORDS * run.mean() for run in runs])

    def minutes_for(self, scheduler: str, words: float) -> float:
        """Minutes a day for so many words, between those that were tried (in their logarithm); nan outside."""
        kept = self.words[scheduler]
        if not (np.diff(kept) > 0).all() or not kept[0] <= words <= kept[-1]:
            return float("nan")
        return float(np.exp(np.interp(words, kept, np.log(MINUTES))))

    def ratio(self) -> float:
        """How many times the minutes SM-2 takes for the words that FSRS keeps with the scenario's minutes."""
        words = self.words["fsrs_scheduler"][MINUTES.index(FROZEN)]
        return self.minutes_for("sm2", words) / FROZEN

    def ahead(self) -> Estimate | None:
        """FSRS less SM-2 at the scenario's minutes, in words, paired; None where either is missing."""
        at = cell(self.student, FROZEN)
        runs = [self.told.runs(at, scheduler) for scheduler in ("fsrs_scheduler", "sm2")]
        return estimated(*(None if run is None else WORDS * run for run in runs))


def panel(left: float, kept: Kept) -> list[Markup]:
    """One kind of student: words against minutes a day, on a logarithmic axis."""
    frame = Frame(left, TOP, WIDE, TALL, (float(np.log2(MINUTES[0])), float(np.log2(MINUTES[-1]))), (0.0, WORDS))
    parts = [text(left, TOP - 10, STUDENTS[kept.student], font_weight="bold")]
    for level in ticks(0.0, WORDS, 6):
        y = frame.py(level)
        parts.append(tag("line", x1=left, x2=left + WIDE, y1=y, y2=y, stroke="#ddd"))
        parts.append(text(left - 5, y + 4, f"{level:g}", anchor="end"))
    for minutes in MINUTES:
        x = frame.px(float(np.log2(minutes)))
        parts.append(tag("line", x1=x, x2=x, y1=TOP + TALL, y2=TOP + TALL + 4, stroke="#444"))
        parts.append(text(x, TOP + TALL + 17, f"{minutes:g}", anchor="middle"))
    xs = [frame.px(float(x)) for x in np.log2(MINUTES)]
    for scheduler, style in SCHEDULERS.items():
        ys = [frame.py(float(words)) for words in kept.words[scheduler]]
        parts.append(polyline(xs, ys, style))
        parts += [mark(style.mark, x, y, 2.8, style.colour) for x, y in zip(xs, ys, strict=True)]
    return parts


def figure(found: Sequence[Kept]) -> str:
    """All kinds of students side by side in one SVG."""
    parts: list[Markup] = [
        text(40, 18, f"Words of {WORDS} recalled a month later, against minutes a day on {DAYS} days")
    ]
    for i, (scheduler, style) in enumerate(SCHEDULERS.items()):
        x, y = 40 + (i % 3) * 260, 38 + 20 * (i // 3)
        parts.append(polyline([x, x + 30], [y, y], style))
        parts.append(mark(style.mark, x + 15, y, 2.8, style.colour))
        parts.append(text(x + 36, y + 4, scheduler))
    for i, kept in enumerate(found):
        parts += panel(40 + i * (WIDE + GAP), kept)
    said = "; ".join(
        f"{STUDENTS[kept.student]}: "
        + ", ".join(f"{name} {words[MINUTES.index(FROZEN)]:.0f}" for name, words in kept.words.items())
        for kept in found
    )
    said = f"With {FROZEN:g} minutes a day: {said}"
    width, height = 40 + len(found) * (WIDE + GAP), TOP + TALL + 40
    drawn = drawing("words", "Words recalled against minutes, by scheduler", said, width, height, *parts)
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace("<desc", LOOK + "<desc", 1)


def page(found: Sequence[Kept]) -> str:
    """Tables with a few words about how they were made."""
    parts = [
        "# Words against minutes",
        f"Made by `zpdgym compare experiment=words` and `python -m benchmarks.pages.words results/words` on "
        f"{date.today():%Y-%m-%d}. Simulated students; nothing was tried with people.",
        "How many of the 120 words of [Vocabulary-v0](../scenarios/Vocabulary-v0.md) are recalled a month later, for "
        "one and a quarter to ten minutes on each of sixty days. Every scheduler that has settings is tuned anew in "
        "each cell, on the same few validation students. DHP and ACT-R are other laws of memory than the one that the "
        "tutor's belief has; who is told recall by that belief is told it wrongly there.",
        "![Words recalled against minutes a day, a line for each scheduler](words.svg)",
    ]
    for kept in found:
        rows = [["scheduler", *(f"{minutes:g} minutes a day" for minutes in MINUTES)]]
        rows += [[f"`{name}`", *(f"{words:.1f}" for words in each)] for name, each in kept.words.items()]
        parts += [f"## {STUDENTS[kept.student]}", table(rows)]
    orders: dict[str, list[str]] = {"holds": [], "is turned round": [], "cannot be told": []}
    rows = [["students", "FSRS less SM-2, words", "minutes of SM-2 for one of FSRS, at as many words"]]
    for kept in found:
        ratio, ahead = kept.ratio(), kept.ahead()
        orders[published_order(ahead)].append(STUDENTS[kept.student].partition(",")[0])
        rows.append(
            [STUDENTS[kept.student], difference(ahead).replace(".000", ""), "–" if np.isnan(ratio) else f"{ratio:.2f}"]
        )
    parts += [
        "## Beside what is published",
        f"At {FROZEN:g} minutes a day. open-spaced-repetition's srs-simulator reports {PUBLISHED:g} times as many "
        "words a minute for FSRS-6 as for SM-2, over 7954 users of Anki whose memory is played by a neural network; "
        "its users, cards and settings are others, so that only the order can be compared. – where SM-2 keeps as many "
        "words with none of the minutes tried.",
        " ".join(
            f"The published order {what} with {' and '.join(who)} students." for what, who in orders.items() if who
        ),
        table(rows),
    ]
    return "\n\n".join(parts) + "\n"


def published_order(ahead: Estimate | None) -> str:
    """What a difference, FSRS less SM-2, says of the published order."""
    low, high = (0.0, 0.0) if ahead is None else ahead.interval()
    return "holds" if low > 0 else "is turned round" if high < 0 else "cannot be told"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    told = Comparison(parser.parse_args(arguments).folder)
    found = [Kept(told, student) for student in STUDENTS]
    (DOCS / "words.svg").write_text(figure(found) + "\n", encoding="utf-8")
    (DOCS / "words.md").write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
