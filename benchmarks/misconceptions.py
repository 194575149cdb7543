"""What a tutor gains that reads which option was chosen: in what it believes, and in what is learnt.

    python -m benchmarks.misconceptions [--students 1000] [--policies mastery_tuned outer_fringe …]

First, in small random worlds, how far the belief is from the joint over all states of all skills, with and without the
options. Then Practice-v1 with students who have misconceptions: the same policies with beliefs that know more or less.
Beliefs are fitted to a log of these students, policies that can be tuned are tuned for each.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.agents.tuning import prepare
from zpdgym.envs import Scenario
from zpdgym.envs.beliefs.course import course_log
from zpdgym.envs.beliefs.misconceptions import MisconceptionsBelief
from zpdgym.envs.beliefs.refit import with_own_belief
from zpdgym.envs.observe import DEFAULT_COLUMNS
from zpdgym.students import random_dag
from zpdgym.students.model import allocate_outcome

from tests.reference.misconception import follow_minds, random_minds

POLICIES = ("mastery_tuned", "outer_fringe", "greedy_per_minute", "tuned_index")
BESIDE = ("graph", "options hidden", "options hidden, bugs shown")
SHOWN = ["belief", "ready", "open", "bug_1", "bug_2", *DEFAULT_COLUMNS[2:]]
"""Columns of an observation that says how likely each bug is."""


def worlds(count: int) -> None:
    """How far beliefs are from the joint in worlds of two to five skills with one to three bugs each."""
    sizes = [(2 + seed % 4, 1 + seed % 3 if seed % 4 < 3 else 2) for seed in range(count)]
    judged = [
        follow_minds(seed, skills, bugs=bugs, parents=1 + seed % 3, students=2, lessons=30)
        for seed, (skills, bugs) in enumerate(sizes)
    ]
    print(f"Excess log-loss of P(known), nats a skill and lesson, {count} worlds of 2 to 5 skills\n")
    print("| belief | above the joint that reads | mean | median | 90 % | worst |\n|---|---|---:|---:|---:|---:|")
    rows = {"options": ("options", "seen"), "right and wrong": ("options", "hidden"), " ": ("right and wrong", "alike")}
    for name, (joint, field) in rows.items():
        excess = np.array([getattr(world, field) for world in judged])
        figures = (excess.mean(), np.median(excess), np.quantile(excess, 0.9), excess.max())
        print(f"| {name.strip() or 'right and wrong'} | {joint} | {' | '.join(f'{x:.5f}' for x in figures)} |")


def cost() -> None:
    """Nanoseconds of a lesson."""
    print("\n| world | bugs | combinations | left out | ns a lesson |\n|---|---:|---:|---:|---:|")
    practice, dag = Scenario.load("Practice-v1").curriculum, random_dag(30, seed=1, max_prerequisites=3)
    for curriculum, bugs in ((practice, 2), (practice, 4), (dag, 2), (dag, 9)):
        _, numbers = random_minds(0, 2, bugs=bugs)
        numbers |= {name: numbers[name][0] for name in ("prior", "misconceived", "learn", "catch", "slip", "stray")}
        numbers |= {"diagnostic": np.ones((curriculum.n_items, bugs), int), "options": bugs + 1}
        belief, n, rng = MisconceptionsBelief(curriculum, **numbers), 256, np.random.default_rng(0)
        state, out, best = belief.allocate(n), allocate_outcome(n), np.inf
        for _ in range(30):
            items = rng.integers(0, curriculum.n_items, n)
            out["answered"], out["option"] = True, rng.integers(0, numbers["options"], n)
            out["correct"] = out["option"] == 0
            start = time.process_time()
            belief.update(state, items, out)
            best = min(best, (time.process_time() - start) / n)
        left_out = int((np.array(curriculum.prerequisites) & ~belief.tree.kept).sum())
        print(f"| {curriculum.name} | {bugs} | {belief.tree.size} | {left_out} | {best * 1e9:,.0f} |")


def tutors() -> dict[str, Scenario]:
    """The same students before tutors who know more and more, and whose policies are shown which bug it may be."""

    def scenario(change: dict[str, Any] | None = None, **belief: Any) -> Scenario:
        changed = {"belief": {"source": "fitted", **belief}, **(change or {})}
        return with_own_belief(Scenario.load("Practice-v1", change=changed, replace={"student": "misconceptions"}))

    reads = scenario(kind="misconceptions")
    numbers: dict[str, Any] = {**reads.belief_parameters, "source": "given"}
    blind, shown = {**numbers, "options_seen": False}, {"observe.columns": SHOWN}
    return {
        BESIDE[0]: scenario(kind="graph"),
        BESIDE[1]: scenario(**blind),
        BESIDE[2]: scenario(shown, **blind),
        "options seen": reads,
        "options seen, bugs shown": scenario(shown, **numbers),
        "truth": scenario(kind="truth"),
    }


def foretold(students: int) -> None:
    """How well the fitted belief foretells right and wrong, with and without the options, of the same lessons."""
    for name, scenario in tutors().items():
        if isinstance(belief := scenario.belief, MisconceptionsBelief):
            loss = belief.foretold(course_log(scenario, n_students=students, seed=99), whole=False).sum()
            print(f"\n{name}: log-loss of right and wrong in the plain course, one lesson ahead, {loss:.4f}")


def searched(policy: str, scenario: Scenario, students: int, searches: int) -> tuple[np.ndarray, np.ndarray, str]:
    """A policy tuned several times for a tutor, on other students each time, and tried on the same ones.

    Returns:
        (N,) the exam and (2, N) Brier score and log-loss of the belief, means over the searches; and the means of
        single searches, where there are several.
    """
    exams, losses = list[np.ndarray](), list[np.ndarray]()
    for seed in range(1, searches + 1):
        ready, trials = prepare(load_policy(policy), scenario, cohort_seed=seed)
        done = teach(scenario, build_policy(ready), n_students=students, cohort_seed=1)
        exams.append(done.outcomes["exam"])
        losses.append(np.stack([done.outcomes[name] for name in ("belief_brier", "belief_log_loss")]))
        if not trials:
            break
    single = " ".join(f"{exam.mean():.3f}" for exam in exams) if len(exams) > 1 else ""
    return np.mean(exams, axis=0), np.mean(losses, axis=0), single


def taught(policies: Sequence[str], students: int, searches: int) -> None:
    """The exam of every policy under every tutor, beside the same students' under three of these tutors."""
    print(f"\n| tutor | policy | exam | beside {' | beside '.join(BESIDE)} | Brier | log-loss | searches |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---|")
    known = tutors()
    for policy in policies:
        exams, wrong = dict[str, np.ndarray](), dict[str, list[str]]()
        for name, scenario in known.items():
            exams[name], losses, single = searched(policy, scenario, students, searches)
            wrong[name] = [*(f"{loss.mean():.3f}" for loss in losses), single]
        for name, exam in exams.items():
            apart = [("" if name == other else _with_error(exam - exams[other], "+")) for other in BESIDE]
            cells = (name, f"`{policy}`", _with_error(exam), *apart, *wrong[name])
            print(f"| {' | '.join(cells)} |", flush=True)


def _with_error(values: np.ndarray, sign: str = "") -> str:
    """A mean with its 95 % interval."""
    return f"{values.mean():{sign}.4f} ± {1.96 * values.std(ddof=1) / np.sqrt(len(values)):.4f}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=1000)
    parser.add_argument("--worlds", type=int, default=30)
    parser.add_argument("--searches", type=int, default=3)
    parser.add_argument("--policies", nargs="*", default=POLICIES)
    options = parser.parse_args()
    worlds(options.worlds)
    cost()
    foretold(options.students)
    taught(options.policies, options.students, options.searches)


if __name__ == "__main__":
    main()
