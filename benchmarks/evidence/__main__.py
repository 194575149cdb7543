"""What a tutor gains that takes response times and hints as evidence: in what it believes, and in what is learnt.

    python -m benchmarks.evidence [--students 1000] [--policies mastery_tuned outer_fringe …]

BKT students inside a layer of response times, or of hints. First how near beliefs come to the truth, with and without
the clue, in the same lessons (three right answers in a row, then the next skill) of students to whom nothing was
fitted; then in those of students who are unlike all to whom anything was. Then the same policies with both tutors,
tuned for each, on the same students.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs import Scenario
from zpdgym.envs.beliefs.refit import with_own_belief

from benchmarks.misconceptions import searched

POLICIES = ("mastery_tuned", "outer_fringe", "greedy_per_minute", "tuned_index")
LAYERS = {
    "times": ({"_target_": "zpdgym.students.ResponseTime"}, {}, "times_seen"),
    "times, paces differ": ({"_target_": "zpdgym.students.ResponseTime"}, {"speed": 0.3}, "times_seen"),
    "hints": ({"_target_": "zpdgym.students.Hints"}, {}, "hints_seen"),
    "hints, patience differs": ({"_target_": "zpdgym.students.Hints"}, {"patience": 1.0}, "hints_seen"),
}
"""What students report: the layer, what differs from student to student, and the switch that hides it."""
UNLIKE: dict[str, dict[str, tuple[dict[str, float], dict[str, float]]]] = {
    "times": {
        "all take twice as long": ({}, {"speed": -0.7}),
        "times tell nothing": ({"ease": 0.0, "contrast": 0.0}, {}),
    },
    "hints": {"all ask often": ({}, {"patience": -1.5}), "all ask seldom": ({}, {"patience": 1.5})},
}
"""Students unlike those of the fit: what is different about the layer, and about all of them."""
WORLDS, KINDS = ("Practice-v1", "Algebra-v1"), ("bkt", "graph")


def tutors(world: str, layer: str, kind: str) -> dict[str, Scenario]:
    """The same students before a tutor who is not told of the clue, and one who is."""
    inside, varied, switch = LAYERS[layer]
    usual = Scenario.load(world).sections
    replace: dict[str, dict[str, Any]] = {"student": {**inside, "student": usual["student"]}}
    if varied:
        population: dict[str, Any] = usual["population"] or {"_target_": "zpdgym.students.Population"}
        replace["population"] = {**population, "sd": {**population.get("sd", {}), **varied}}

    def scenario(**belief: Any) -> Scenario:
        return Scenario.load(world, change={"belief": belief}, replace=replace)

    seen = with_own_belief(scenario(kind=kind, source="fitted"))
    numbers = seen.belief_parameters
    if "minutes" not in numbers and "hints" not in numbers:
        return {"hidden": seen}  # nothing was found that foretells answers better
    return {"hidden": scenario(**{**numbers, "source": "given", switch: False}), "seen": seen}


def taught_alike(scenario: Scenario, students: int) -> np.ndarray:
    """(2, N) Brier score and log-loss of beliefs against the truth, in lessons that do not depend on beliefs."""
    done = teach(scenario, build_policy(load_policy("streak")), n_students=students, cohort_seed=1)
    return np.stack([done.outcomes[name] for name in ("belief_brier", "belief_log_loss")])


def believed(students: int, worlds: Sequence[str]) -> None:
    """The table of how near beliefs come to the truth."""
    heads = (
        "world",
        "students report",
        "belief",
        "Brier, hidden",
        "seen − hidden",
        "log-loss, hidden",
        "seen − hidden",
    )
    print(f"| {' | '.join(heads)} |\n|---|---|---|---:|---:|---:|---:|")
    for world in worlds:
        for layer in LAYERS:
            for kind in KINDS:
                losses = {name: taught_alike(one, students) for name, one in tutors(world, layer, kind).items()}
                cells = [world, layer, kind]
                for j, hidden in enumerate(losses["hidden"]):
                    apart = _paired(losses["seen"][j] - hidden) if "seen" in losses else "no clue"
                    cells += [f"{hidden.mean():.4f}", apart]
                print(f"| {' | '.join(cells)} |", flush=True)


def unlike(students: int) -> None:
    """The table of what clues do to a tutor of Practice-v1 whose students are not as those that it was fitted to."""
    print("\n| students report | but | Brier, hidden | seen − hidden |\n|---|---|---:|---:|")
    for layer, cases in UNLIKE.items():
        known = tutors(WORLDS[0], layer, "graph")
        for what, (student, shift) in cases.items():
            groups = [{"name": "all", "share": 1.0, "shift": shift}] if shift else []
            population = {"_target_": "zpdgym.students.Population", "groups": groups} if shift else None
            brier = dict[str, np.ndarray]()
            for name, scenario in known.items():
                section = {"student": {**scenario.sections["student"], **student}, "population": population}
                (other,) = scenario.with_students({"others": section}).values()
                brier[name] = taught_alike(other, students)[0]
            apart = _paired(brier["seen"] - brier["hidden"]) if "seen" in brier else "no clue"
            print(f"| {layer} | {what} | {brier['hidden'].mean():.4f} | {apart} |", flush=True)


def taught(policies: Sequence[str], students: int, searches: int, layers: Sequence[str]) -> None:
    """The exam of every policy under both tutors in Practice-v1, on the same students."""
    print(
        "\n| students report | policy | exam, hidden | exam, seen − hidden | Brier, hidden | Brier, seen | searches |"
    )
    print("|---|---|---:|---:|---:|---:|---|")
    for layer in layers:
        known = tutors(WORLDS[0], layer, "graph")
        for policy in policies:
            exams, brier, singles = dict[str, np.ndarray](), dict[str, float](), list[str]()
            for name, scenario in known.items():
                exams[name], losses, single = searched(policy, scenario, students, searches)
                brier[name] = float(losses[0].mean())
                singles += [f"{name} {single}"] if single else []
            apart = _paired(exams["seen"] - exams["hidden"]) if "seen" in exams else "no clue"
            cells = (layer, f"`{policy}`", f"{exams['hidden'].mean():.4f}", apart, f"{brier['hidden']:.4f}")
            print(f"| {' | '.join(cells)} | {brier.get('seen', np.nan):.4f} | {', '.join(singles)} |", flush=True)


def _paired(values: np.ndarray) -> str:
    """A mean with its 95 % interval."""
    return f"{values.mean():+.4f} ± {1.96 * values.std(ddof=1) / np.sqrt(len(values)):.4f}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=1000)
    parser.add_argument("--searches", type=int, default=3)
    parser.add_argument("--policies", nargs="*", default=POLICIES)
    parser.add_argument("--worlds", nargs="*", default=WORLDS)
    options = parser.parse_args()
    believed(options.students, options.worlds)
    unlike(options.students)
    taught(options.policies, options.students, options.searches, ("times", "hints"))


if __name__ == "__main__":
    main()
