"""What every learner reaches with a small budget: Tiny, where the optimum is known, and the six skills of KT6KC.

Scores are the share of the way from no teaching to the reference (Tiny: the exact optimum; KT6KC: the privileged
one-step oracle) on 4000 unseen students, by the most probable item and by sampled ones, and seconds of training on one
core, validation included.

    .venv/bin/python -m benchmarks.learners [--seeds 3] [policy ...]
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from zpdgym.agents.learnt import training
from zpdgym.agents.registry import build_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs.scenario import Scenario

POLICIES = ("ppo_scorer", "ppo_attention", "ppo", "ppo_recurrent", "a2c", "dqn", "qrdqn")
WORLDS = {"tiny": (100_000, "optimal"), "KT6KC-v0": (200_000, "oracle_greedy")}
STUDENTS, COHORT = 4000, 77


def score(scenario: Scenario, policy: Any, *, deterministic: bool = True) -> float:
    taught = teach(
        scenario, policy, n_students=STUDENTS, cohort_seed=COHORT, deterministic=deterministic, metrics=False
    )
    return taught.mean("exam")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("policies", nargs="*", default=POLICIES)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    print(f"{'world':6} {'policy':14} {'best item, by seed':24} {'sampled, by seed':24} {'seconds':>8}")
    for world, (lessons, reference) in WORLDS.items():
        scenario = Scenario.load(world)
        start, best = (score(scenario, build_policy(name)) for name in ("no_teaching", reference))
        for name in arguments.policies:
            rows, seconds = [], []
            for seed in range(arguments.seeds):
                began = time.process_time()
                teacher = training.train(scenario, name, lessons=lessons, seed=seed)
                seconds.append(time.process_time() - began)
                rows.append([score(scenario, teacher, deterministic=how) for how in (True, False)])
            ways = (np.array(rows).T - start) / (best - start)
            argmax, sampled = (" ".join(f"{value:.3f}" for value in row) for row in ways)
            print(f"{world:6} {name:14} {argmax:24} {sampled:24} {np.mean(seconds):8.1f}", flush=True)


if __name__ == "__main__":
    main()
