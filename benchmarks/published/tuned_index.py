"""The tuned index beside tuned rules: what each teaches students whom nothing was tuned on."""

from __future__ import annotations

from collections.abc import Mapping

from zpdgym.agents import build_policy, teach
from zpdgym.agents.registry import load_policy
from zpdgym.agents.tuning import prepare
from zpdgym.envs import Scenario
from zpdgym.envs.beliefs.refit import with_own_belief
from zpdgym.students.draws import spawn_seed

from benchmarks.published.figure import Figure

STUDENTS, TEST_COHORT = 2000, 90
WORLDS: dict[str, tuple[str, dict[str, object]]] = {
    "Algebra": ("Algebra-v0", {}),
    "Algebra, graph": ("Algebra-v0", {"belief": {"kind": "graph"}}),
    "Practice": ("Practice-v0", {}),
}
POLICIES: dict[str, tuple[str, dict[str, object]]] = {
    "greedy": ("greedy", {}),
    "greedy_per_minute": ("greedy_per_minute", {}),
    "greedy_ready": ("greedy_ready", {}),
    "mastery_tuned": ("mastery_tuned", {}),
    "outer_fringe": ("outer_fringe", {}),
    "tuned_index": ("tuned_index", {}),
    "tuned_index, 3 million": ("tuned_index", {"lessons": 3_000_000}),
}


def tuned_index() -> list[Figure]:
    """Mean exam of 2000 students of cohort 90, by policies that were tuned for cohort 0."""
    found = list[Figure]()
    for world, (name, change) in WORLDS.items():
        scenario = with_own_belief(Scenario.load(name, change=change))
        found += [Figure(f"{world}, {policy}", _exam(scenario, *what)) for policy, what in POLICIES.items()]
    return found


def _exam(scenario: Scenario, name: str, section: Mapping[str, object]) -> float:
    spec = load_policy(name)
    if section:
        spec = {**spec, "tune": {**spec["tune"], **section}}
    tuned, _ = prepare(spec, scenario, cohort_seed=0)
    seed = spawn_seed(TEST_COHORT, "test")
    return teach(scenario, build_policy(tuned), n_students=STUDENTS, cohort_seed=seed, metrics=False).mean("exam")
