"""Makes the DKT student that comes with zpdgym, and the figures of its page: ``python -m benchmarks.train_dkt``.

It is trained on simulated students of Practice-v0, so here, unlike with a real log, the truth is at hand: the second
table teaches the same courses to the students whom the network imitates and to the network.

    python -m benchmarks.train_dkt           train, write configs/student/dkt/Practice-v0, print both tables (a minute)
    python -m benchmarks.train_dkt figures   the tables only, of the network that is there
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from zpdgym.envs.scenario import Scenario
from zpdgym.experiments.calibration.dkt import imitate, lines
from zpdgym.experiments.calibration.dkt_lessons import FORCED_RIGHT, FORCED_WRONG, random_items
from zpdgym.students import DKT, allocate_outcome
from zpdgym.students.neural.dkt_files import BUNDLED

NAME, STUDENTS, COMMAND = "Practice-v0", 8000, "python -m benchmarks.train_dkt"
TAUGHT, LESSONS = 500, 80

Choose = Callable[[int, Any], Any]


def make() -> None:
    began = time.perf_counter()
    told = lambda line: print(line, file=sys.stderr)  # noqa: E731
    imitate(Scenario.load(NAME), BUNDLED / NAME, n_students=STUDENTS, made_by=COMMAND, say=told)
    print(f"trained in {time.perf_counter() - began:.0f} s\n")


def taught(scenario: Scenario, student: Any, watcher: DKT, choose: Choose, seed: int = 1) -> tuple[float, float]:
    """Teach students while a network watches them: their true expected exam share at the end, and the network's."""
    schedule = scenario.schedule
    g, items = np.random.default_rng(seed), student.curriculum.exam_items
    state, seen, out = student.allocate(TAUGHT), watcher.allocate(TAUGHT), allocate_outcome(TAUGHT)
    student.reset(state, np.arange(TAUGHT), g.random((TAUGHT, student.reset_draws)))
    watcher.reset(seen, np.arange(TAUGHT), np.zeros((TAUGHT, watcher.reset_draws)))
    for t in range(LESSONS):
        if t and t % schedule.session_lessons == 0:
            days = schedule.days_between[(t // schedule.session_lessons - 1) % len(schedule.days_between)]
            student.elapse(state, np.full(TAUGHT, float(days)), g.random((TAUGHT, student.rest_draws)))
        chosen = choose(t, seen)
        student.step(state, chosen, g.random((TAUGHT, student.lesson_draws)), out)
        watched = np.where(out["correct"], FORCED_RIGHT, FORCED_WRONG)[:, None]
        watcher.step(seen, chosen, watched, allocate_outcome(TAUGHT))
    return float(student.p_all(state)[:, items].mean()), float(watcher.p_all(seen)[:, items].mean())


def figures() -> None:
    scenario = Scenario.load(NAME)
    network = DKT(scenario.curriculum, weights=NAME)
    print("\n".join(lines(network.card["about"]["held_out"])))
    c = scenario.curriculum
    anything = random_items(c, TAUGHT, LESSONS, 3)
    practice = np.flatnonzero(c.exam)
    order = np.array([practice[k] for k in np.argsort(np.argsort(c.order))])
    courses: dict[str, Choose] = {
        "at random": lambda t, seen: anything[:, t],
        "every skill ten times in a row": lambda t, seen: np.full(TAUGHT, order[c.order[t // 10]]),
        "one skill after the other, again and again": lambda t, seen: np.full(TAUGHT, order[c.order[t % 8]]),
        "only the first skill": lambda t, seen: np.full(TAUGHT, order[c.order[0]]),
        "the item with the largest gain in the network": lambda t, seen: network.expected_gain(seen).argmax(axis=1),
    }
    print("\n| course of 80 lessons | students, in truth | as the network sees them | network taught alone |")
    print("|---|---|---|---|")
    for name, choose in courses.items():
        true, believed = taught(scenario, scenario.student, network, choose)
        alone, _ = taught(scenario, network, network, choose)
        print(f"| {name} | {true:.3f} | {believed:.3f} | {alone:.3f} |")


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["figures"]):
        sys.exit(__doc__)
    if not sys.argv[1:]:
        make()
    figures()
