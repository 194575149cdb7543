"""What is felt of speed, an older checkout beside this one.

    python -m benchmarks.speed ../before --page docs/results/speed.md

Both are copied as they would be installed and take turns in processes of their own, one thread, CPU time; every figure
is the best of all turns. Only ratios mean anything, and only those of one run.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
from datetime import date
from pathlib import Path

from benchmarks.speed import cold_start
from benchmarks.speed.places import ROOT, installed, run

PROCESSES = 3
SCALAR = ("simulator.py", "scalar_env.py", "scalar_graph.py")
FIGURES = Path(__file__).with_name("figures.py")
READ = "read a curriculum of 8100 items"


def measure(checkouts: dict[str, Path], room: Path) -> dict[str, dict[str, float]]:
    """Name of a checkout -> what -> nanoseconds a lesson, or seconds (``READ``)."""
    beside, places = room / "beside", dict[str, Path]()
    (beside / "benchmarks").mkdir(parents=True)
    for name in SCALAR:  # the same in both: the plain environment is what the ratios are of
        shutil.copy(ROOT / "benchmarks" / name, beside / "benchmarks")
    for name, checkout in checkouts.items():
        places[name] = installed(checkout, room / name / "figures")
    found: dict[str, dict[str, float]] = {name: {} for name in checkouts}
    for _ in range(PROCESSES):
        for name, place in places.items():
            told = run(place, room / name / "kernels", [str(FIGURES), str(room / "teacher")], beside)
            for what, figure in json.loads(told).items():
                found[name][what] = min(figure, found[name].get(what, float("inf")))
    return found


def starts(checkouts: dict[str, Path], room: Path) -> list[str]:
    """Rows on the first lesson."""
    measured = cold_start.measure(checkouts, "Algebra-v0", room)
    rows = list[str]()
    for state in ("empty", "warm", "warm, another path"):
        before, after = (min(lesson["cpu"] for lesson in measured[name][state]) for name in checkouts)
        last = measured["after"][state][-1]
        kernels = f"{int(last['found'])} of {int(last['found'] + last['compiled'])} kernels found"
        rows.append(f"| first lesson, {state} | {before:.2f} s | {after:.2f} s | {before / after:.2f} | {kernels} |")
    return rows


def table(found: dict[str, dict[str, float]]) -> list[str]:
    """Rows on everything else, with the ratio to the plain environment of the same world in brackets."""
    rows = list[str]()
    for what, after in found["after"].items():
        before, (world, colon, _) = found["before"][what], what.partition(":")
        plain = f"{world}: plain" if colon else ""
        if what == READ:
            cells = [f"{seconds:.3f} s" for seconds in (before, after)]
        else:
            cells = [f"{figure:,.0f} ns" for figure in (before, after)]
        told = ""
        if plain:
            told = " to ".join(f"{found[name][plain] / found[name][what]:.1f}" for name in ("before", "after"))
        rows.append(f"| {what} | {' | '.join(cells)} | {before / after:.2f} | {told} |")
    return rows


def page(before: Path, room: Path) -> str:
    """All of it as a page."""
    checkouts = {"before": before, "after": ROOT}
    commits = [
        subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=folder, stdout=subprocess.PIPE, text=True, check=True
        ).stdout.strip()
        for folder in checkouts.values()
    ]
    rows = [*starts(checkouts, room / "starts"), *table(measure(checkouts, room / "figures"))]
    return "\n".join(
        [
            "# What is felt of speed",
            "",
            f"Made by `python -m benchmarks.speed CHECKOUT` on {date.today()}: {commits[0]} before, {commits[1]} after."
            " CPU time of one thread, the best of processes that took turns; only the ratios mean anything.",
            "",
            "| what | before | after | before / after | beside |",
            "|---|---:|---:|---:|---|",
            *rows,
            "",
            "A lesson is one of one student. `plain` is the scalar Gymnasium environment of `benchmarks/scalar_env.py` "
            "with the same observation; beside stands how many times as fast as it ours is, before and after. Teachers "
            "and mastery learning teach without metrics.",
            "",
        ]
    )


def main() -> None:
    """Print the page, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path, help="a checkout of the version before")
    parser.add_argument("--page", type=Path, help="also write it to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="speed-") as room:
        text = page(options.before.resolve(), Path(room))
    print(text)
    if options.page:
        options.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
