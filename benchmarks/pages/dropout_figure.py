"""How many give up, by how hard the items are: docs/students/dropout.svg and a table.

``python -m benchmarks.pages.dropout_figure`` makes both. Students with moods answer 50 items whose probability of
success for an attentive student never changes. The table goes into docs/students/affect.md, between its two marks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from zpdgym.students import Affect, Curriculum, Population, allocate_outcome

PAGE = Path(__file__).resolve().parents[2] / "docs" / "students" / "affect.md"
PICTURE = PAGE.with_name("dropout.svg")
BEGIN, END = "<!-- dropout: begin -->", "<!-- dropout: end -->"
LESSONS, BORED = 50, 3
FIGURES = (
    (0.2, 0.87, 0.35),
    (0.4, 0.62, 0.28),
    (0.6, 0.43, 0.13),
    (0.75, 0.38, 0.13),
    (0.9, 0.43, 0.23),
    (0.98, 0.55, 0.59),
)
"""Success, drop-out and share of lessons in boredom that the moods were chosen for (4000 students)."""
NO_EFFECTS: dict[str, Mapping[str, float]] = {
    "attention": {"frustrated": 1.0, "bored": 1.0},
    "careless": {"frustrated": 0.0, "bored": 0.0},
    "gaming": {"bored": 0.0},
}
"""Moods that neither spoil answers nor cost learning: the moods by themselves."""


def dropout(
    successes: Sequence[float] = tuple(u for u, *_ in FIGURES), *, n: int, seed: int = 7, **moods: Any
) -> dict[float, tuple[float, float]]:
    """By success: the share of ``n`` students who give up, and the share of the lessons spent in boredom."""
    found = {}
    for success in successes:
        still = {
            "_target_": "zpdgym.students.DifficultyBandLearner",
            **{"start": 0.0, "start_sd": 0.0, "learn": 0.0, "engagement": False},
        }
        model = Affect(_one_item(success), student=still, population=Population(sd={"engagement": 1.0}), **moods)
        rng, state = np.random.default_rng(seed), model.allocate(n)
        model.reset(state, np.arange(n), rng.random((n, model.reset_draws)))
        gone, bored, lessons = np.zeros(n, bool), 0, 0
        for _ in range(LESSONS):
            out = model.step(state, np.where(gone, -1, 0), rng.random((n, model.lesson_draws)), allocate_outcome(n))
            bored += int((state["affect_mood"][~gone] == BORED).sum())
            lessons += int((~gone).sum())
            gone |= out["quit"]
        found[success] = (float(gone.mean()), bored / lessons)
    return found


def _one_item(success: float) -> Curriculum:
    """One skill, one item, which students of ability 0 answer right with this probability."""
    return Curriculum(
        name="one item", skills=("s",), items=("i",), q=np.ones((1, 1), bool), prerequisites=np.zeros((1, 1), bool),
        difficulty=np.array([math.log((1 - success) / success)]), minutes=np.ones(1), approach=np.zeros(1, np.int64),
    )  # fmt: skip


def draw(curves: Mapping[str, Mapping[float, tuple[float, float]]]) -> str:
    """An SVG: drop-out against success, one line per kind of moods, and the share of lessons in boredom."""
    left, top, width, height = 56, 40, 520, 260
    styles = (("#D55E00", "none"), ("#0072B2", "7 3"), ("#666666", "2 3"))

    def place(x: float, y: float) -> str:
        return f"{left + x * width:.1f} {top + (1 - y) * height:.1f}"

    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 400" width="620" height="400" role="img" '
        'aria-labelledby="title about" font-family="sans-serif" font-size="12">',
        '<title id="title">Who gives up within 50 items, by how often an attentive student is right</title>',
        '<desc id="about">Drop-out is lowest near three right answers in four and rises to both sides.</desc>',
        '<rect width="620" height="400" fill="#ffffff"/>',
        f'<text x="{left}" y="22" font-size="14">Students who gave up within 50 items</text>',
    ]
    for level in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = place(0, level).split()
        parts.append(f'<path d="M{x} {y}h{width}" stroke="#dddddd"/>')
        parts.append(f'<text x="{left - 6}" y="{float(y) + 4:.1f}" text-anchor="end">{level:.0%}</text>')
        parts.append(
            f'<text x="{place(level, 0).split()[0]}" y="{top + height + 18}" text-anchor="middle">{level:g}</text>'
        )
    axis = "probability that an attentive student answers right"
    parts.append(f'<text x="{left + width / 2}" y="{top + height + 36}" text-anchor="middle">{axis}</text>')
    lines = [(name, {u: values[0] for u, values in curve.items()}) for name, curve in curves.items()]
    lines.append(("share of lessons in boredom", {u: values[1] for u, values in next(iter(curves.values())).items()}))
    for n, ((name, line), (colour, dash)) in enumerate(zip(lines, styles, strict=True)):
        path = "L".join(place(u, y) for u, y in line.items())
        look = f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}" fill="none"'
        parts.append(f'<path d="M{path}" {look}/>')
        y = top + height + 56 + 16 * n
        parts.append(f'<path d="M{left} {y}h34" {look}/><text x="{left + 42}" y="{y + 4}">{name}</text>')
    for success, gone, _ in FIGURES:
        x, y = place(success, gone).split()
        parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="none" stroke="#000000"/>')
    parts.append(f'<circle cx="{left + 380}" cy="{top + height + 56}" r="4" fill="none" stroke="#000000"/>')
    parts.append(f'<text x="{left + 390}" y="{top + height + 60}">what they were chosen for</text>')
    return "\n".join([*parts, "</svg>", ""])


def table(curves: Mapping[str, Mapping[float, tuple[float, float]]]) -> str:
    """The same numbers as a table in Markdown, at the figures that the moods were chosen for."""
    alone, whole = curves.values()
    rows = [
        "| success of an attentive student | chosen for: drop-out, boredom | moods alone | with their effects |",
        "|---|---|---|---|",
    ]
    for u, gone, bored in FIGURES:
        found = " | ".join(f"{a:.2f}, {b:.2f}" for a, b in (alone[u], whole[u]))
        rows.append(f"| {u:g} | {gone:.2f}, {bored:.2f} | {found} |")
    return "\n".join(rows)


def main(n: int = 20_000) -> None:
    """Draw the figure and write the table."""
    ladder = sorted({*np.round(np.arange(0.1, 0.96, 0.05), 2).tolist(), 0.98, *(u for u, *_ in FIGURES)})
    curves = {
        "drop-out, moods alone": dropout(ladder, n=n, **NO_EFFECTS),
        "drop-out, with careless answers and clicking through": dropout(ladder, n=n),
    }
    PICTURE.write_text(draw(curves), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table(curves)}\n{END}{after}", encoding="utf-8")
    print(f"{PICTURE}\n{table(curves)}")


if __name__ == "__main__":
    main()
