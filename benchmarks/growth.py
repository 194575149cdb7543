"""How time grows with skills, items, students and lessons: ``python -m benchmarks.growth`` prints exponents.

Time goes with size to the power of the exponent: at 1 twice as much takes twice as long, at 2 four times. It is fitted
to four sizes, each twice the one before. Where a fixed cost is in the way it is below 1 for small sizes, so the last
column says what holds from the third to the fourth alone. ``--quick`` takes one turn of each and few of the student
models; names of what is done measure only these; ``--page FILE`` writes the page.

One process, one thread, CPU time (``process_time``), best of several turns, which the sizes take in rotation, because
machines are noisy. Everything is done once before it is measured, so nothing is compiled meanwhile.
"""

from __future__ import annotations

import os

os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import io
import json
import platform
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from zpdgym.agents import load_policy
from zpdgym.agents.tuning import prepare
from zpdgym.configs.build import CONFIGS, build, student_section
from zpdgym.envs import Scenario, fit_belief
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.evaluate import evaluate
from zpdgym.experiments.report import write_report
from zpdgym.students import Curriculum, allocate_outcome
from zpdgym.students.curriculum.builders import random_dag
from zpdgym.students.curriculum.readers import read_curriculum

from benchmarks.pages.scenarios import table

FACTORS = (1, 2, 4, 8)
ALL = ("skills", "items", "students", "lessons")
SESSION = 10
Turn = Callable[[], object]


@dataclass(frozen=True)
class Size:
    """How large a world is; every skill has the same number of items."""

    skills: int = 30
    items: int = 60
    students: int = 500
    lessons: int = 100

    def times(self, axis: str, factor: int) -> Size:
        """The same world with more of one thing; items come with their skills."""
        more = {axis: factor * getattr(self, axis)} | ({"items": factor * self.items} if axis == "skills" else {})
        return replace(self, **more)

    def kinds(self) -> list[dict[str, float]]:
        """The items of every skill, from easy to hard."""
        return [{"difficulty": level} for level in np.linspace(-1, 1, self.items // self.skills).round(3).tolist()]

    def curriculum(self) -> Curriculum:
        """A random network of skills."""
        return random_dag(self.skills, seed=1, items=self.kinds())


BKT = {
    "_target_": "zpdgym.students.BKT", "prior": 0.3, "learn": 0.15, "guess": 0.2, "slip": 0.1, "forget": 0.01
}  # fmt: skip
BELIEF = {"kind": "bkt", "source": "given", **{key: value for key, value in BKT.items() if key != "_target_"}}


def sections(size: Size) -> dict[str, Any]:
    """What a scenario of this size has in place of Tiny's: sessions of ten lessons with two days between them."""
    network = {"_target_": "zpdgym.students.random_dag", "n_skills": size.skills, "seed": 1, "items": size.kinds()}
    rhythm = {"sessions": size.lessons // SESSION, "session_lessons": SESSION, "days_between": 2, "retention_days": 14}
    return {"replace": {"curriculum": network, "student": BKT, "schedule": rhythm}, "change": {"belief": BELIEF}}


def world(size: Size) -> Scenario:
    """A scenario of this size."""
    return Scenario.load("Tiny-v0", **sections(size))


def reading(ending: str) -> Callable[[Size, Path], Turn]:
    """Reading a curriculum from a file."""

    def ready(size: Size, home: Path) -> Turn:
        made, path = size.curriculum().to_dict(), home / f"{size.skills}x{size.items}.{ending}"
        if ending == "json":
            path.write_text(json.dumps(made), encoding="utf-8")
        else:
            before = {skill["name"]: "; ".join(skill["prerequisites"]) for skill in made["skills"]}
            rows = [
                f"{skill},,{before[skill]},{item['name']},{item['approach']},{item['difficulty']},{item['minutes']},"
                for item in made["items"]
                for skill in item["skills"]
            ]
            head = "skill,topic,prerequisites,item,approach,difficulty,minutes,exam"
            path.write_text("\n".join([head, *rows]), encoding="utf-8")
        return lambda: read_curriculum(path)

    return ready


def step(size: Size, home: Path) -> Turn:
    """Teaching all students a whole episode, items drawn at random, with the restart at its end."""
    env = world(size).make(size.students)
    actions = np.random.default_rng(0).integers(0, env.n_actions, (size.lessons, size.students))
    env.reset(seed=0)

    def turn() -> None:
        for chosen in actions:
            env.step(chosen)

    return turn


def reset(size: Size, home: Path) -> Turn:
    """Five cohorts of new students."""
    env = world(size).make(size.students)
    return lambda: [env.reset(seed=seed) for seed in range(5)]


def fitting(kind: str) -> Callable[[Size, Path], Turn]:
    """Fitting the tutor's belief to a log of the scenario's students; its course is 16 lessons a skill or more."""

    def ready(size: Size, home: Path) -> Turn:
        scenario = Scenario.load(
            "Tiny-v0", replace=sections(size)["replace"], change={"belief": {"kind": kind, "source": "fitted"}}
        )
        return lambda: fit_belief(scenario, n_students=size.students)

    return ready


def tune(size: Size, home: Path) -> Turn:
    """Tuning the mastery rule: six settings."""
    scenario, spec = world(size), load_policy("mastery_tuned")
    return lambda: prepare(spec, scenario, cohort_seed=0, n_students=size.students, budget=6)


def evaluating(policy: str) -> Callable[[Size, Path], Turn]:
    """Evaluating a policy with all metrics."""

    def ready(size: Size, home: Path) -> Turn:
        scenario = world(size)
        return lambda: evaluate(scenario, policy, n_students=size.students)

    return ready


def report(size: Size, home: Path) -> Turn:
    """Writing the page of a comparison that is there: the references and plain order."""
    name = f"{size.skills}x{size.items}x{size.students}x{size.lessons}"
    asked = {
        "name": name, "scenarios": [{"scenario": "Tiny-v0", "name": "World", **sections(size)}],
        "policies": ["linear"], "seeds": 1, "n_students": size.students, "n_validation": 50, "tune_budget": 1,
        "lives": 0, "unexpected": False, "tracking": "none",
    }  # fmt: skip
    with redirect_stderr(io.StringIO()):
        compare(asked, results=home, jobs=1, console=Console(file=io.StringIO()))
    return lambda: write_report(home / name)


def student(name: str) -> Callable[[Size, Path], Turn]:
    """Teaching the students of a file of ``configs/student``, no environment around them."""

    def ready(size: Size, home: Path) -> Turn:
        model = build(student_section(name), "student", curriculum=size.curriculum())
        n, rng = size.students, np.random.default_rng(0)
        items = rng.integers(0, size.items, (size.lessons, n))
        luck, rest = rng.random((8, n, model.lesson_draws)), rng.random((n, model.rest_draws))
        state, out, days, rows = model.allocate(n), allocate_outcome(n), np.full(n, 2.0), np.arange(n)
        start = rng.random((n, model.reset_draws))

        def turn() -> None:
            model.reset(state, rows, start)
            for lesson, chosen in enumerate(items):
                model.step(state, chosen, luck[lesson % 8], out)
                if lesson % SESSION == SESSION - 1:
                    model.elapse(state, days, rest)

        return turn

    return ready


@dataclass(frozen=True)
class Task:
    """Something that is done in worlds of several sizes."""

    ready: Callable[[Size, Path], Turn]
    base: Size
    axes: tuple[str, ...] = ALL
    turns: int = 5


TASKS = {
    "read a table": Task(reading("csv"), Size(skills=100, items=400), ("skills", "items")),
    "read JSON": Task(reading("json"), Size(skills=100, items=400), ("skills", "items")),
    "step": Task(step, Size(students=1000)),
    "step of few students": Task(step, Size(students=64, lessons=400), ("skills",)),
    "reset": Task(reset, Size(students=1000)),
    "fit": Task(fitting("bkt"), Size(skills=8, items=16, students=40), ("skills", "items", "students"), turns=1),
    "fit as scenarios do": Task(fitting("bkt"), Size(skills=25, items=50, students=4000), ("skills",), turns=1),
    "fit the graph belief": Task(fitting("graph"), Size(skills=8, items=16, students=600), ("skills",), turns=1),
    "fit the graph belief as scenarios do": Task(
        fitting("graph"), Size(skills=25, items=50, students=4000), ("skills",), turns=1
    ),
    "tune": Task(tune, Size(), turns=3),
    "evaluate": Task(evaluating("mastery"), Size(), turns=3),
    "evaluate the oracle": Task(evaluating("oracle_greedy"), Size(skills=20, items=40, students=200), turns=2),
    "report": Task(report, Size(students=100), turns=1),
}
FIXED = ("dkt", "kt6kc", "mixed_kt6kc")
"""Students whose curriculum is given."""
FEW = ("bkt_forgetting", "fsrs6", "actr", "dash", "difficulty_band")
LIVES = Size(students=100, lessons=400)


@dataclass(frozen=True)
class Growth:
    """How long something took at each size.

    Attributes:
        axis: what there was more of.
        sizes: how much of it.
        seconds: what the best turn took, CPU time.
    """

    axis: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]

    @property
    def exponent(self) -> float:
        """Of all sizes: the slope of the logarithms."""
        return float(np.polyfit(np.log(self.sizes), np.log(self.seconds), 1)[0])

    @property
    def last(self) -> float:
        """From the last size but one to the last."""
        return float(np.log(self.seconds[-1] / self.seconds[-2]) / np.log(self.sizes[-1] / self.sizes[-2]))


def measure(task: Task, axis: str, turns: int, home: Path) -> Growth:
    """Do it in worlds with more and more of one thing, in rotation."""
    sizes = [task.base.times(axis, factor) for factor in FACTORS]
    jobs = [task.ready(size, home) for size in sizes]
    best = [np.inf] * len(jobs)
    jobs[0]()
    for _ in range(turns):
        for i, job in enumerate(jobs):
            began = time.process_time()
            job()
            best[i] = min(best[i], time.process_time() - began)
    return Growth(axis, tuple(getattr(size, axis) for size in sizes), tuple(best))


def row_of(name: str, growth: Growth) -> list[str]:
    """A row of the first table."""
    seconds = " / ".join(f"{1e3 * spent:.3g}" for spent in growth.seconds)
    sizes = " / ".join(map(str, growth.sizes))
    return [name, growth.axis, sizes, seconds, f"{growth.exponent:.2f}", f"{growth.last:.2f}"]


def things(names: Sequence[str], *, quick: bool, home: Path) -> Iterator[list[str]]:
    """The rows of what is done with a scenario."""
    for name in names:
        task = TASKS[name]
        for axis in task.axes:
            yield row_of(name, measure(task, axis, 1 if quick else task.turns, home))


def students(*, quick: bool, home: Path) -> Iterator[list[str]]:
    """The rows of the models of students: one a model, both exponents of each axis."""
    names = sorted(path.stem for path in (CONFIGS / "student").glob("*.yaml") if path.stem not in FIXED)
    for name in FEW if quick else names:
        found = [measure(Task(student(name), LIVES), axis, 1 if quick else 3, home) for axis in ALL]
        yield [name, *(f"{growth.exponent:.2f} ({growth.last:.2f})" for growth in found)]


def page(rows: Sequence[list[str]], models: Sequence[list[str]], seconds: float, *, asked: str = "") -> str:
    """Both tables, with what they mean; ``asked`` is what was said behind the command."""
    lines = [
        "# How time grows", "",
        f"Made by `python -m benchmarks.growth{asked}`. Time goes with size to the power of the exponent: at 1 twice "
        "as much takes twice as long. It is fitted to four sizes; *last* is that from the third to the fourth alone.",
        "",
        f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, one process, one thread, CPU time, the best "
        f"turn; {seconds:.0f} s of the processor in all. Networks of skills are random; where sizes do not say it, "
        "there are 30 skills with two items each, 500 students, 100 lessons in sessions of ten; more skills bring "
        "their items. Fits `as scenarios do` have 4000 students, `fit the graph belief` 600.",
    ]  # fmt: skip
    if rows:
        heading = ["what", "grows", "sizes", "milliseconds", "exponent", "last"]
        lines += ["", "## What is done with a scenario", "", table([heading, *rows]), "", *NOTES]
    if models:
        heading = ["student", *ALL]
        lines += [
            "", "## Students alone", "",
            f"An episode of {LIVES.students} students and {LIVES.lessons} lessons, no environment around them; "
            "exponent, and in brackets the last one.", "", table([heading, *models]), "", LIVES_NOTE,
        ]  # fmt: skip
    return "\n".join(lines) + "\n"


NOTES = (
    "What is as good as flat has a fixed cost that sizes like these do not move: a lesson looks at one item however "
    "many there are, a reset knows no lessons, a report reads a fixed number of students in detail.",
    "",
    "What is above 1, or is on other machines: observations, fresh ones at every lesson, grow out of the processor's "
    "caches (`step` with many skills and students). Fitting follows a course that is longer with every skill; in "
    "larger networks the EM also takes more steps, on average over the skills, and filter and EM more turns until the "
    "last skill agrees. The `graph` belief passes an answer on to what the next lesson looks at, and before days pass "
    "to all that hangs together, which grows with the network until cliques have eight skills: 120, 468, 1936 and 2500 "
    "combinations at 25, 50, 100 and 200 random skills. A report draws the map of the skills with few crossings, "
    "where arrows pass every layer between their ends: a third of its time at 240 random skills.",
)
LIVES_NOTE = (
    "`actr`, `dash`, `das3h` and `mcm` look back on a history that grows to their capacity: they are exact, and above "
    "1 until it is reached. From then on `actr` makes one trace of two at every lesson, which costs more than keeping "
    "one, so it is above 1 until most lessons are of that kind. `students` above 1: records that grow out of the "
    "caches."
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(TASKS)}, students")
    parser.add_argument("--quick", action="store_true", help="one turn of each, few student models")
    parser.add_argument("--page", type=Path, help="also write the page, such as docs/results/growth.md")
    options = parser.parse_args(arguments)
    if wrong := [name for name in options.names if name not in (*TASKS, "students")]:
        parser.error(f"there is no '{wrong[0]}'; there are {', '.join(TASKS)}, students")
    chosen, began = options.names or [*TASKS, "students"], time.process_time()
    rows: list[list[str]] = []
    models: list[list[str]] = []
    with tempfile.TemporaryDirectory() as home:
        for row in things([name for name in TASKS if name in chosen], quick=options.quick, home=Path(home)):
            print(*row, sep="  ", file=sys.stderr, flush=True)
            rows.append(row)
        if "students" in chosen:
            for row in students(quick=options.quick, home=Path(home)):
                print(*row, sep="  ", file=sys.stderr, flush=True)
                models.append(row)
    asked = "".join(f" {shlex.quote(name)}" for name in options.names) + " --quick" * options.quick
    text = page(rows, models, time.process_time() - began, asked=asked)
    print(text)
    if options.page:
        options.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
