"""The page docs/results/improvement.md, from what ``benchmarks.improvement`` measured."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from zpdgym.experiments.statistics import critical

from benchmarks.pages.scenarios import table

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "results" / "improvement.md"
CLEAR, EPISODES = 0.01, 1000
"""A gain that would be worth distilling, and episodes of better choices that would be imitated."""


class Row:
    """One way of improving one policy, over all blocks of students that were taught so."""

    def __init__(self, blocks: Sequence[dict[str, Any]]) -> None:
        self.run = blocks[0]["run"]
        self.before, self.after = np.concatenate([block["exams"] for block in blocks], axis=1)
        gain = self.after - self.before
        self.gain, self.students = float(gain.mean()), len(gain)
        self.reach = float(critical(0.05, len(gain) - 1) * gain.std(ddof=1) / np.sqrt(len(gain)))
        given = sum(block["given"] for block in blocks)
        self.changed = sum(block["changed"] for block in blocks) / given
        self.a_lesson = sum(block["seconds"] for block in blocks) / given
        self.a_student = self.a_lesson * given / self.students

    @property
    def name(self) -> str:
        """Base policy and (C, S, H) in words."""
        return named(self.run)

    def cells(self) -> list[str]:
        """The row of the table."""
        between = f"{self.gain - self.reach:+.3f} to {self.gain + self.reach:+.3f}"
        return [
            self.name, str(self.students), f"{self.before.mean():.3f}", f"{self.after.mean():.3f}",
            f"{self.gain:+.3f} ({between})", f"{self.changed:.0%}", f"{1e3 * self.a_lesson:.2f}",
            f"{self.a_student:.2f}",
        ]  # fmt: skip

    def verdict(self) -> str:
        """What the interval allows to say."""
        low, high = self.gain - self.reach, self.gain + self.reach
        if self.students < self.run["students"]:
            return f"{self.name}: no verdict, {self.students} of {self.run['students']} students were taught"
        if low > CLEAR:
            return f"{self.name}: ahead by more than {CLEAR:g}"
        if low > 0.0:
            return f"{self.name}: ahead, perhaps by less than {CLEAR:g}"
        return f"{self.name}: {'behind' if high < 0.0 else 'cannot tell'}"


def named(run: dict[str, Any]) -> str:
    """Base policy and (C, S, H) in words."""
    return f"`{run['base']}`, ({run['items']}, {run['samples']}, {run['lessons'] or 'to the end'})"


def page(blocks: Sequence[dict[str, Any]], wanted: Sequence[dict[str, Any]], about: str, settings: str) -> str:
    """The words and the tables.

    Args:
        blocks: of the benchmark.
        wanted: all ways that it would measure, with how many students.
        about: what is done, in words.
        settings: the cohort and the like.
    """
    runs: dict[str, list[dict[str, Any]]] = {}
    for block in blocks:
        runs.setdefault(str(block["run"]), []).append(block)
    rows = [Row(of_run) for of_run in runs.values()]
    missing = [
        f"{named(run)}: {len(runs.get(str(run), ())) * len(blocks[0]['exams'][0])} of {run['students']} students"
        for run in wanted
        if len(runs.get(str(run), ())) * len(blocks[0]["exams"][0]) < run["students"]
    ]
    head = [
        "base policy, (items, students in thought, lessons)", "students", "exam, base", "exam, improved",
        "difference (95 % interval)", "choices changed", "ms a lesson", "s a student",
    ]  # fmt: skip
    return (
        "\n\n".join(
            [
                "# Policy improvement by playing lessons through",
                f"Made by `python -m benchmarks.improvement --page` on {date.today():%Y-%m-%d}, Algebra-v1.",
                about,
                settings,
                table([head, *[row.cells() for row in rows]]),
                "Differences are paired, student by student, with the same luck in the lessons. Seconds are of "
                "processor time on one thread, for the better choices alone. Where fewer students were taught the "
                "row compares with the base policy on the same ones.",
                "\n".join(f"* {row.verdict()}." for row in rows),
                *_first_students(rows),
                *([f"Measured in part only, or not at all: {'; '.join(missing)}."] if missing else []),
                "## At equal time",
                *_equal_time(rows),
                "## Would imitation pay?",
                _imitation(rows),
            ]
        )
        + "\n"
    )


def _first_students(rows: Sequence[Row]) -> list[str]:
    """What a row that was measured in full said of the students of the shortest row: how far few students mislead."""
    few, full = min(row.students for row in rows), max(rows, key=lambda row: row.students)
    first = float((full.after - full.before)[:few].mean())
    told = f"On the first {few} students alone {full.name} came to {first:+.3f}, on all {full.students} to"
    return [f"{told} {full.gain:+.3f}: a row of so few says little."] if few < full.students else []


def _equal_time(rows: Sequence[Row]) -> list[str]:
    """What the seconds of better choices buy when they go into training."""
    told = PAGE.with_name("budgets.md").read_text(encoding="utf-8")
    spent = {n: int(s) for n, s in re.findall(r"ppo_scorer, ([\d,]+) lessons: [\d,]+ lessons, (\d+) s", told)}
    last = re.findall(r"^\| 640 s \|(.+)\|$", told, re.MULTILINE)[0].split("|")
    (few, short), (many, long) = spent.items()
    reached = [float(cell) for cell in last]
    cells = [
        [row.name, f"{200 * row.a_student:,.0f} s", f"{short / row.a_student:,.0f}", f"{long / row.a_student:,.0f}"]
        for row in rows
    ]
    return [
        f"[What a budget buys](budgets.md): `ppo_scorer` took {short} s for {few} lessons and reached "
        f"{reached[1]:.3f} on validation students, and took {long} s for {many} and reached {reached[2]:.3f}; "
        f"`tuned_index` ended at {reached[0]:.3f}. Training is paid once, better choices for every student again:",
        table(
            [
                ["", "200 students take", f"students for the {short} s", f"students for the {long} s"],
                *cells,
            ]
        ),
        "That page has other students than this one, so its exams are not to be set beside those above to the third "
        "digit.",
    ]  # fmt: skip


def _imitation(rows: Sequence[Row]) -> str:
    """The arithmetic of labels."""
    ahead = [row for row in rows if row.gain - row.reach > CLEAR and row.students == row.run["students"]]
    if not ahead:
        return (
            f"No row that was measured in full is ahead by more than {CLEAR:g} with its whole interval, so imitation "
            f"was not tried. {EPISODES} episodes of better choices would take {_labels(rows)}."
        )
    return (
        f"{EPISODES} episodes of better choices, to be imitated, would take {_labels(ahead)}. It was not tried here; "
        "the table above says what these seconds buy in training."
    )


def _labels(rows: Sequence[Row]) -> str:
    return "; ".join(f"{EPISODES * row.a_student:,.0f} s ({row.name})" for row in rows)
