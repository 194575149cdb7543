"""How far the graph belief is from the joint over all combinations of known skills, and what a lesson costs.

    python -m benchmarks.beliefs [--page docs/results/beliefs.md]

Small random worlds, in which the joint can be computed: up to four prerequisites a skill, with common ancestors; items
of two skills; half of them leak, two in three forget. Nothing is fitted: all three beliefs have the students' numbers.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
from zpdgym.envs import Scenario, build_belief
from zpdgym.envs.beliefs.graph import GraphBelief
from zpdgym.students import random_dag
from zpdgym.students.curriculum.curriculum import Curriculum
from zpdgym.students.model import allocate_outcome

from tests.reference.joint import Judged, follow, random_world

NUMBERS = {"prior": 0.5, "learn": 0.2, "guess": 0.2, "slip": 0.1, "forget": 0.02, "leak": 0.1}
AIMS = {"mean": 0.01, "tenth": 0.02, "above": 0.002, "gain": 0.1}
"""Excess log-loss in nats a skill and lesson: mean over worlds, the worst tenth, above the factored belief anywhere;
the error of expected gains, as a share of them, in the mean."""


def worlds(students: int) -> list[tuple[str, int, Judged]]:
    """What kind of world, how many skills, and how beliefs did: 200 of 2 to 8 skills, 20 of 12 to 14."""
    found = list[tuple[str, int, Judged]]()
    for size, count, people in (("2 to 8 skills", 200, students), ("12 to 14 skills", 20, max(students // 2, 1))):
        for seed in range(count):
            skills = 2 + seed % 7 if count == 200 else 12 + seed % 3
            parents = 2 + seed % 3
            found.append((size, parents, follow(seed, skills, parents=parents, students=people, lessons=40)))
    return found


def features(size: str, seed: int, parents: int) -> list[str]:
    """The cells to which a world belongs."""
    skills = 2 + seed % 7 if size.startswith("2") else 12 + seed % 3
    _, numbers = random_world(seed, skills, parents=parents)
    return [
        size,
        f"at most {parents} prerequisites",
        "leak" if numbers["leak"] else "no leak",
        "forgetting" if np.any(numbers["forget"]) else "no forgetting",
        "teaches before it asks" if numbers["learn_first"] else "asks before it teaches",
    ]


def distribution(judged: Sequence[tuple[str, int, Judged]]) -> list[str]:
    """A row a cell: worlds, excess of both beliefs, errors of gains."""
    cells: dict[str, list[Judged]] = {"all": []}
    seeds: dict[str, int] = {}
    for size, parents, world in judged:
        seed = seeds[size] = seeds.get(size, -1) + 1
        for cell in ["all", *features(size, seed, parents)]:
            cells.setdefault(cell, []).append(world)
    rows = list[str]()
    for cell, members in cells.items():
        graph, factored = np.array([world.excess for world in members]).T
        gain, other = np.array([(world.gain_error, world.factored_gain_error) for world in members]).T
        rows.append(
            f"| {cell} | {len(members)} | {graph.mean():.5f} | {np.quantile(graph, 0.9):.5f} | {graph.max():.5f} "
            f"| {factored.mean():.5f} | {factored.max():.5f} | {(graph - factored).max():+.5f} "
            f"| {gain.mean():.1%} | {gain.max():.1%} | {other.mean():.1%} | {other.max():.1%} |"
        )
    return rows


def verdicts(judged: Sequence[tuple[str, int, Judged]]) -> list[str]:
    """The aims, and whether they are met."""
    graph, factored = np.array([world.excess for _, _, world in judged]).T
    gain = float(np.mean([world.gain_error for _, _, world in judged]))
    figures = {
        "mean": (float(graph.mean()), "excess log-loss, mean over worlds"),
        "tenth": (float(np.quantile(graph, 0.9)), "its 90th percentile"),
        "above": (float((graph - factored).max()), "above the factored belief, worst world"),
        "gain": (gain, "error of expected gains, mean over worlds"),
    }
    return [
        f"* {text}: {value:.5f}, at most {AIMS[name]:g} asked: {'met' if value <= AIMS[name] else 'NOT met'}"
        for name, (value, text) in figures.items()
    ]


def nanoseconds(curriculum: Curriculum, kind: str, n: int = 256) -> float:
    """Of one lesson's update, the best of six turns."""
    belief = build_belief({"kind": kind, **NUMBERS}, curriculum)
    state, out, rng = belief.allocate(n), allocate_outcome(n), np.random.default_rng(0)
    items, correct = rng.integers(curriculum.n_items, size=(30, n)), rng.random((30, n)) < 0.6
    out["answered"] = True
    belief.update(state, items[0], out)
    best = np.inf
    for _ in range(6):
        began = time.process_time()
        for lesson in range(30):
            out["correct"] = correct[lesson]
            belief.update(state, items[lesson], out)
        best = min(best, (time.process_time() - began) / (30 * n))
    return best * 1e9


def costs() -> list[str]:
    """A row a curriculum: cliques, what is left out, nanoseconds of both beliefs."""
    chosen = {name: Scenario.load(name).curriculum for name in ("Algebra-v0", "Practice-v0", "KT6KC-v0")}
    for skills, parents in ((30, 2), (30, 3), (30, 4), (30, 8), (60, 2), (120, 2), (200, 2), (200, 4)):
        curriculum = random_dag(skills, seed=1, max_prerequisites=parents)
        chosen[f"random, {skills} skills, at most {parents} prerequisites"] = curriculum
    rows = list[str]()
    for name, curriculum in chosen.items():
        tree = GraphBelief(curriculum, **NUMBERS).tree
        lost = int((np.array(curriculum.prerequisites) & ~tree.kept).sum())
        fast, slow = nanoseconds(curriculum, "bkt"), nanoseconds(curriculum, "graph")
        rows.append(
            f"| {name} | {len(tree.cliques)} | {max(map(len, tree.cliques))} | {tree.size} "
            f"| {lost} of {int(curriculum.prerequisites.sum())} | {fast:,.0f} | {slow:,.0f} |"
        )
    return rows


def page(students: int) -> str:
    """All of it."""
    judged = worlds(students)
    return "\n".join(
        [
            "# Beliefs against the joint",
            "",
            f"Made by `python -m benchmarks.beliefs` on {date.today()}.",
            "",
            (__doc__ or "").rpartition("\n\n")[2].strip().replace("\n", " "),
            "Excess is the expected log-loss of P(known) above that of the joint, in nats a skill and lesson, averaged "
            "over a world; gains are what a lesson with each item is expected to add to the number of known skills, "
            "and their error the sum of the differences over the sum of the gains. Forty lessons with random items, "
            "some days after every ten.",
            "",
            *verdicts(judged),
            "",
            "| worlds | how many | graph: mean | 90 % | worst | factored: mean | worst | graph - factored, worst "
            "| gains, graph: mean | worst | factored: mean | worst |",
            "|---|" + "---:|" * 11,
            *distribution(judged),
            "",
            "The factored belief is `bkt`: every skill by itself.",
            "",
            "## What an update costs",
            "",
            "Nanoseconds of one student's lesson, CPU time of one thread, 256 students, the belief alone. `left out` "
            "are prerequisites along which no evidence travels, because cliques would become too large.",
            "",
            "| curriculum | cliques | largest | combinations | left out | bkt | graph |",
            "|---|" + "---:|" * 6,
            *costs(),
            "",
        ]
    )


def main() -> None:
    """Print the page, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=4, help="of each world")
    parser.add_argument("--page", type=Path, help="also write it to this file")
    options = parser.parse_args()
    text = page(options.students)
    print(text)
    if options.page:
        options.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
