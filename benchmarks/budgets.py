"""What a tuned index and trained teachers reach for how much work: docs/results/budgets.md is written again.

``python -m benchmarks.budgets [SCENARIO]`` (Algebra-v1) searches for the weights of `tuned_index` until 30 generations
bring no gain and trains `ppo_scorer` on 800 000 and on 3 million lessons, one search and one training each, one thread.
Whenever one of them looks at the validation students, lessons of training, processor time and the mean outcome there
are noted. The time for looking counts, for nobody can stop at the best without it. It takes a quarter of an hour.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from zpdgym.agents.learnt.training import train
from zpdgym.agents.registry import load_policy
from zpdgym.agents.tuning import prepare
from zpdgym.envs.scenario import Scenario
from zpdgym.experiments.figures.markup import Markup, tag
from zpdgym.experiments.figures.svg import BLUE, GREEN, RED, Frame, Style, drawing, mark, polyline, text, ticks

from benchmarks.pages.scenarios import table

DOCS = Path(__file__).resolve().parent.parent / "docs" / "results"
LONG, PATIENCE = 60_000_000, 30
TRAININGS = (800_000, 3_000_000)
STYLES = (Style(BLUE, "7 3", "square"), Style(GREEN, "9 3 2 3", "triangle"), Style(RED, None, "circle"))
BUDGETS = ((100_000, 300_000, 800_000, 3_000_000, 10_000_000, 30_000_000), (10, 20, 40, 80, 160, 320, 640))
LOOK = "<style>text{font:12px system-ui,sans-serif;fill:#222}svg{background:#fff}</style>"
WIDE, TALL, LEFT, TOP, GAP = 300.0, 220.0, 46.0, 60.0, 70.0


@dataclass(frozen=True)
class Point:
    """One look at the validation students: what had been spent, and their mean outcome."""

    lessons: int
    seconds: float
    outcome: float


def searched(scenario: Scenario) -> list[Point]:
    """The looks of one search by evolution."""
    spec = load_policy("tuned_index")
    spec["tune"] = {**spec["tune"], "lessons": LONG, "patience": PATIENCE}
    began, clock = time.process_time(), list[float]()
    _, trials = prepare(spec, scenario, cohort_seed=0, progress=lambda *_: clock.append(time.process_time() - began))
    per_look = math.ceil(len(clock) / (len(trials) - 1))
    lessons, points = 0, list[Point]()
    for k, trial in enumerate(trials[1:], start=1):
        lessons += trial["trained"]
        points.append(Point(lessons, clock[min(k * per_look, len(clock)) - 1], trial["outcome"]))
    return points


def trained(scenario: Scenario, lessons: int) -> list[Point]:
    """The looks of one training."""
    rows = list[Mapping[str, float]]()
    _ = train(scenario, "ppo_scorer", lessons=lessons, seed=0, on_evaluate=rows.append)
    return [Point(int(row["lessons"]), row["seconds"], row["validation"]) for row in rows]


def best_within(points: Sequence[Point], spent: Callable[[Point], float], budget: float) -> str:
    """The best outcome that was seen within a budget."""
    found = [point.outcome for point in points if spent(point) <= budget]
    return f"{max(found):.3f}" if found else "–"


def page(label: str, ways: Mapping[str, Sequence[Point]], picture: str) -> str:
    """The words of the page, with two tables."""
    rows = [
        [f"{budget:,} {unit}", *(best_within(points, spent, budget) for points in ways.values())]
        for budgets, unit, spent in zip(BUDGETS, ("lessons", "s"), (_lessons, _seconds), strict=True)
        for budget in budgets
    ]
    ends = "; ".join(f"{name}: {p[-1].lessons:,} lessons, {p[-1].seconds:.0f} s" for name, p in ways.items())
    return (
        f"# What a budget buys\n\nMade by `python -m benchmarks.budgets` on {date.today():%Y-%m-%d}, {label}.\n\n"
        "The best mean exam of 1000 validation students that was seen so far, by lessons of training and by seconds of "
        "processor time on one thread. One search and one training each: another seed gives another curve. These "
        "students also choose what is kept, so the numbers are a little too high for all; [the comparison on students "
        "whom nobody had seen](better_beliefs.md) is another page. Spent when they ended: "
        f"{ends}.\n\n{table([['within', *ways], *rows])}\n\n![the same as curves]({picture})\n"
    )


def _lessons(point: Point) -> float:
    return point.lessons


def _seconds(point: Point) -> float:
    return point.seconds


def picture(ways: Mapping[str, Sequence[Point]]) -> Markup:
    """Two panels, lessons and seconds, both on logarithmic axes."""
    outcomes = [point.outcome for points in ways.values() for point in points]
    parts: list[Markup] = []
    for j, (title, spent) in enumerate((("lessons of training", _lessons), ("seconds of processor time", _seconds))):
        all_ = [math.log10(spent(point)) for points in ways.values() for point in points]
        frame = Frame(LEFT + j * (WIDE + GAP), TOP, WIDE, TALL, (min(all_), max(all_)), (min(outcomes), max(outcomes)))
        for level in ticks(*frame.y):
            y = frame.py(level)
            parts.append(tag("line", x1=frame.left, x2=frame.left + WIDE, y1=y, y2=y, stroke="#ddd"))
            parts.append(text(frame.left - 5, y + 4, f"{level:g}", anchor="end"))
        for power in range(math.ceil(frame.x[0]), math.floor(frame.x[1]) + 1):
            x = frame.px(power)
            parts.append(tag("line", x1=x, x2=x, y1=TOP + TALL, y2=TOP + TALL + 4, stroke="#444"))
            parts.append(text(x, TOP + TALL + 17, f"{10**power:,}", anchor="middle"))
        parts.append(text(frame.left + WIDE / 2, TOP + TALL + 36, title, anchor="middle"))
        for points, style in zip(ways.values(), STYLES, strict=True):
            xs = [frame.px(math.log10(spent(point))) for point in points]
            ys = [frame.py(max(p.outcome for p in points[: k + 1])) for k in range(len(points))]
            parts += [polyline(xs, ys, style), mark(style.mark, xs[-1], ys[-1], 4, style.colour)]
    for j, (name, style) in enumerate(zip(ways, STYLES, strict=True)):
        x = LEFT + j * 210
        parts += [polyline([x, x + 26], [24, 24], style), mark(style.mark, x + 13, 24, 4, style.colour)]
        parts.append(text(x + 32, 28, name))
    return drawing(
        "budgets", "What a budget buys", "The best mean exam of validation students by lessons and by processor time",
        LEFT + 2 * WIDE + GAP + 20, TOP + TALL + 50, *parts,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="?", default="Algebra-v1")
    parser.add_argument("--out", type=Path, default=DOCS)
    arguments = parser.parse_args()
    scenario = Scenario.load(arguments.scenario)
    train(scenario, "ppo_scorer", lessons=2000, seed=0)  # compiles the kernels
    ways = {"tuned_index": searched(scenario)}
    ways |= {f"ppo_scorer, {lessons:,} lessons": trained(scenario, lessons) for lessons in TRAININGS}
    svg = str(picture(ways)).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    svg = svg.replace("<desc", f"{LOOK}<desc", 1)
    (arguments.out / "budgets.svg").write_text(svg + "\n", encoding="utf-8")
    (arguments.out / "budgets.md").write_text(page(scenario.label, ways, "budgets.svg"), encoding="utf-8")


if __name__ == "__main__":
    main()
