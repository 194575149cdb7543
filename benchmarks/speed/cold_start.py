"""Seconds from the start of a program to the first lesson, with an empty folder of kernels and with a full one.

    python -m benchmarks.speed.cold_start                     this checkout
    python -m benchmarks.speed.cold_start ../before           another one, too, in turns
    python -m benchmarks.speed.cold_start ../before Game-v0   in another scenario

Each checkout is copied to two places, as it would be installed. The first place begins with an empty folder, then both
begin with what the first has left: a fresh clone at another path finds the kernels that the old one compiled, or not.
Every figure is the best of several processes, which take turns, so that a busy machine slows all alike.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.speed.places import ROOT, installed, run

EMPTY, WARM = 2, 5  # processes: compiling takes long, and its seconds differ less
FIRST_LESSON = """
import gc, json, sys, time
cpu, wall = time.process_time(), time.perf_counter()
import zpdgym
env = zpdgym.make(sys.argv[1])
env.reset(seed=0)
env.step(0)
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
from numba.core.dispatcher import Dispatcher
from zpdgym.students.kernel_cache import KernelCache
kernels = [k.stats for k in gc.get_objects() if isinstance(k, Dispatcher) and isinstance(k._cache, KernelCache)]
found, compiled = (sum(sum(getattr(k, name).values()) for k in kernels) for name in ("cache_hits", "cache_misses"))
print(json.dumps({"cpu": cpu, "wall": wall, "found": found, "compiled": compiled}))
"""


def first_lesson(place: Path, cache: Path, scenario: str) -> dict[str, float]:
    """What one process took to its first lesson."""
    return json.loads(run(place, cache, ["-c", FIRST_LESSON, scenario]))


def measure(checkouts: dict[str, Path], scenario: str, room: Path) -> dict[str, dict[str, list[dict[str, float]]]]:
    """Name of a checkout -> what was there -> one entry a process."""
    places = {
        name: [installed(checkout, room / name / place) for place in ("here", "elsewhere")]
        for name, checkout in checkouts.items()
    }
    found: dict[str, dict[str, list[dict[str, float]]]] = {name: {} for name in checkouts}
    for turn in range(EMPTY):
        for name, (here, _) in places.items():
            lesson = first_lesson(here, room / name / f"cache{turn}", scenario)
            found[name].setdefault("empty", []).append(lesson)
    for _ in range(WARM):
        for name, both in places.items():
            for what, place in zip(("warm", "warm, another path"), both, strict=True):
                lesson = first_lesson(place, room / name / "cache0", scenario)
                found[name].setdefault(what, []).append(lesson)
    return found


def main(arguments: Sequence[str]) -> None:
    """Print a line for each checkout and state of the folder."""
    folders = [Path(argument) for argument in arguments if (Path(argument) / "zpdgym").is_dir()]
    scenario = next((argument for argument in arguments if Path(argument) not in folders), "Algebra-v0")
    checkouts = {f"before{i or ''}": folder for i, folder in enumerate(folders)} | {"after": ROOT}
    with tempfile.TemporaryDirectory(prefix="cold-start-") as room:
        measured = measure(checkouts, scenario, Path(room))
    print(f"{scenario}: seconds to the first lesson, import included, best of {EMPTY} (empty) and {WARM} (warm)")
    print(f"{'':<10}{'kernels':<20}{'CPU':>7}{'wall':>7}  found, compiled")
    for name, states in measured.items():
        for state, lessons in states.items():
            cpu, wall = (min(lesson[key] for lesson in lessons) for key in ("cpu", "wall"))
            kernels = {(int(lesson["found"]), int(lesson["compiled"])) for lesson in lessons}
            told = "; ".join(f"{found}, {compiled}" for found, compiled in sorted(kernels))
            print(f"{name:<10}{state:<20}{cpu:>7.2f}{wall:>7.2f}  {told}")


if __name__ == "__main__":
    main(sys.argv[1:])
