"""How many lessons a second every student model gives, against the same model in plain Python, in the same run.

``python -m benchmarks.students`` prints a table for every file of configs/student; ``--quick`` measures less, names
measure only these, ``--json FILE`` keeps the numbers. A lesson is ``step`` of the model alone, with its luck given, and
two days pass after every ten. One thread, CPU time (``process_time``), best of several turns taken in rotation: only
the ratios within one run mean anything.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from zpdgym.configs.build import CONFIGS, build, student_section
from zpdgym.envs import Scenario
from zpdgym.students import allocate_outcome
from zpdgym.students.curriculum.builders import chain, random_dag

from tests.reference import plain_student

SIZES = (1, 64, 1024, 16384)
LESSONS, SESSION = 200, 10
GROWING = {"ACTR", "DASH", "DAS3H", "MCM"}
"""Their cost grows with the history (or with 20 integrators a skill): their bar is the lower one."""
BARS = {"closed form": 100.0, "history or exp/log": 50.0}
EXPLOG = {
    "FSRS", "HalfLife", "PowerLaw", "DHP", "Memorize", "ExponentialForgetting", "IRT", "DynamicIRT", "Elo", "AFM",
    "PFA", "DifficultyBandLearner", "KidLearnQ", "KidLearnP", "KSS", "Affect", "ResponseTime", "Hints", "Mixture",
    "WholeLearner",
}  # fmt: skip
"""Models whose every lesson needs several exponentials or logarithms."""


def make_student(name: str) -> Any:
    """The student of this file, on thirty skills with three practice items each, or on the curriculum that it needs."""
    items = [{"difficulty": d} for d in (-1.0, 0.0, 1.0)]
    section = student_section(name)
    if section["_target_"].endswith("KT6KC") or "kt6kc" in name:
        return build(section, "student", curriculum=chain(6))
    if name == "dkt":  # its network is trained for one curriculum
        return build(section, "student", curriculum=Scenario.load("practice").curriculum)
    return build(section, "student", curriculum=random_dag(30, seed=1, items=items))


def plain_turn(model: Any, lessons: int) -> Callable[[], float]:
    """Lessons a second of one plain student after another."""
    rng, n_items = np.random.default_rng(0), model.curriculum.n_items
    student, starts = plain_student(model), rng.random((8, model.reset_draws))
    items = rng.integers(0, n_items, LESSONS).tolist()
    luck = [tuple(row) for row in rng.random((LESSONS, model.lesson_draws)).tolist()]
    rest = rng.random(model.rest_draws).tolist()

    def turn() -> float:
        spent = 0.0
        for n in range(lessons // LESSONS):
            student.reset(starts[n % 8])
            began = time.process_time()
            for t, item in enumerate(items):
                student.step(item, luck[t])
                if t % SESSION == SESSION - 1:
                    student.elapse(2.0, rest)
            spent += time.process_time() - began
        return lessons / spent

    return turn


def cohort_turn(model: Any, n: int, lessons: int) -> Callable[[], float]:
    """Lessons a second of N students at once."""
    rng = np.random.default_rng(0)
    items = rng.integers(0, model.curriculum.n_items, (LESSONS, n))
    luck = rng.random((8, n, model.lesson_draws))
    start, rest = rng.random((n, model.reset_draws)), rng.random((n, model.rest_draws))
    state, out, days, rows = model.allocate(n), allocate_outcome(n), np.full(n, 2.0), np.arange(n)
    repeats = max(lessons // (n * LESSONS), 1)

    def turn() -> float:
        spent = 0.0
        for _ in range(repeats):
            model.reset(state, rows, start)
            began = time.process_time()
            for t in range(LESSONS):
                model.step(state, items[t], luck[t % 8], out)
                if t % SESSION == SESSION - 1:
                    model.elapse(state, days, rest)
            spent += time.process_time() - began
        return repeats * n * LESSONS / spent

    turn()
    return turn


def measure(name: str, *, turns: int, lessons: int) -> dict[str, Any]:
    """Lessons a second of one student model, plain and at every size."""
    model = make_student(name)
    jobs = {"plain": plain_turn(model, 2000)}
    jobs |= {str(n): cohort_turn(model, n, min(lessons, 4000 * n)) for n in SIZES}
    best = dict.fromkeys(jobs, 0.0)
    for _ in range(turns):
        for label, job in jobs.items():
            best[label] = max(best[label], job())
    return {"model": type(model).__name__, "bytes": model.dtype.itemsize, **best}


def bar_of(model: str) -> float | None:
    """The pass line of the ratio at N = 1024; None for deep knowledge tracing, whose lesson is a network's."""
    if model == "DKT":
        return None
    return BARS["history or exp/log" if model in GROWING | EXPLOG else "closed form"]


def show(results: dict[str, dict[str, Any]], console: Console) -> None:
    """Print lessons a second, ratios to plain Python and memory."""
    table = Table(title="Student-lessons a second (the model alone, 30 skills, one thread, CPU time)")
    for heading in ("student", "plain", *(f"N = {n}" for n in SIZES), "ratio at 1024", "bar", "KB each"):
        table.add_column(heading, justify="left" if heading == "student" else "right")
    for name, row in results.items():
        ratio, bar = row["1024"] / row["plain"], bar_of(row["model"])
        told = "" if bar is None else f"{bar:g} {'passed' if ratio >= bar else 'MISSED'}"
        rates = [
            f"{row[k] / 1e6:.2f} M" if row[k] >= 1e6 else f"{row[k] / 1e3:.0f} k" for k in ("plain", *map(str, SIZES))
        ]
        table.add_row(name, *rates, f"{ratio:.0f}", told, f"{row['bytes'] / 1e3:.1f}")
    console.print(table)


def names() -> list[str]:
    """Every student of configs/student."""
    return sorted(path.stem for path in (CONFIGS / "student").glob("*.yaml"))


def main(arguments: list[str] | None = None) -> dict[str, dict[str, Any]]:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", help="students; without any: all of them")
    parser.add_argument("--quick", action="store_true", help="fewer lessons and turns")
    parser.add_argument("--json", type=Path, help="also write the numbers to this file")
    options = parser.parse_args(arguments)
    effort = {"turns": 2, "lessons": 200_000} if options.quick else {"turns": 4, "lessons": 1_000_000}
    results: dict[str, dict[str, Any]] = {}
    for name in options.names or names():
        results[name] = measure(name, **effort)
    show(results, Console(width=130))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    return results


if __name__ == "__main__":
    main()
