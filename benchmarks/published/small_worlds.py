"""How near the item scorer comes to the exact optimum, in worlds small enough that it is computed; trains teachers."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from zpdgym.agents.problem import Policy
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs.scenario import Scenario

from benchmarks.published.figure import Figure

WORLDS = Path(__file__).resolve().parents[2] / "tests" / "worlds"
LESSONS, STUDENTS, COHORT = 1_000_000, 20_000, 77
SEARCH = {"ready": 0.0, "entropy": 0.005, "rollout": 4096, "batch": 1024}
"""Every item may be tried, choices stay open for longer, and updates come four times as often."""
FILE, OPEN = "as in its file", "open search"
TRAININGS = [
    *[("tiny", FILE, seed, 0.98) for seed in (0, 1, 2)],
    *[("two_skills", FILE, seed, 0.97) for seed in (0, 1, 2)],
    *[(name, OPEN, seed, 0.97) for name in ("forgetful_chain", "fading_tree") for seed in (0, 1, 2)],
    ("forgetful_chain", FILE, 0, 0.97),
    ("fading_tree", FILE, 0, 0.91),  # the best teaching shows what is hardly ready; the mask forbids it
]
"""World, settings, seed, and the share of the way to the optimum that a test asks for.

Somewhat less than what the page shows: where a training ends depends on the processor, whose sums round otherwise.
"""


def optimum() -> list[Figure]:
    """Shares of the way from no teaching to the optimum, by a teacher of a million lessons and by two rules."""
    rules = [
        Figure(f"{name}, {policy}", way(name, score_of(name, policy)), digits=2)
        for name in dict.fromkeys(name for name, *_ in TRAININGS)
        for policy in ("mastery", "greedy_ready")
    ]
    return rules + [
        Figure(f"{name}, {settings}, seed {seed}", learn(name, settings, seed)) for name, settings, seed, _ in TRAININGS
    ]


def learn(name: str, settings: str, seed: int) -> float:
    """The share of the way that a new teacher reaches; needs torch."""
    from zpdgym.agents.learnt import training

    change: dict[str, Any] = SEARCH if settings == OPEN else {}
    teacher = training.train(world(name), load_policy("ppo_scorer", change=change), lessons=LESSONS, seed=seed)
    return way(name, score(name, teacher))


def way(name: str, value: float) -> float:
    """The share of the way from no teaching to the optimum."""
    start, best = score_of(name, "no_teaching"), score_of(name, "optimal")
    return (value - start) / (best - start)


@cache
def score_of(name: str, policy: str) -> float:
    """What an untrained policy reaches."""
    return score(name, build_policy(policy))


def score(name: str, policy: Policy) -> float:
    """The mean exam of unseen students, the same ones for every policy."""
    return teach(world(name), policy, n_students=STUDENTS, cohort_seed=COHORT, metrics=False).mean("exam")


@cache
def world(name: str) -> Scenario:
    """Tiny, or one of the tests' worlds."""
    return Scenario.load("tiny" if name == "tiny" else str(WORLDS / f"{name}.yaml"))
