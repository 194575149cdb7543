"""What a setting of the item scorer is worth: trainings with it, tried on students that no table is made of.

Every training is tried on the same 4000 students (most probable item); printed are the mean exam over the trainings,
its standard deviation, processor seconds of one training, and every exam.

    python -m benchmarks.settings Algebra-v1 --lessons 800000 --seeds 4 gamma=.99 critic=truth imitate=tuned_index

Without settings, `ppo_scorer` as its file has it; each setting is tried by itself. Several at once: gamma=1,ready=.6
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import yaml
from zpdgym.agents.learnt.training import train
from zpdgym.agents.registry import load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs.scenario import Scenario

STUDENTS, COHORT, FIRST_SEED = 4000, 77, 1000


def settings_of(text: str) -> dict[str, Any]:
    """``gamma=1,ready=.6`` as a mapping; a list stands in brackets."""
    return yaml.safe_load("{" + text.replace("=", ": ") + "}")


def tried(scenario: Scenario, change: dict[str, Any], *, lessons: int, seeds: int) -> tuple[np.ndarray, float]:
    """The exam of every training, and the mean processor seconds of one."""
    exams, seconds = [], []
    for seed in range(seeds):
        began = time.process_time()
        teacher = train(scenario, load_policy("ppo_scorer", change=change), lessons=lessons, seed=FIRST_SEED + seed)
        seconds.append(time.process_time() - began)
        taught = teach(scenario, teacher, n_students=STUDENTS, cohort_seed=COHORT, metrics=False)
        exams.append(taught.mean(scenario.outcome.primary))
    return np.array(exams), float(np.mean(seconds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario")
    parser.add_argument("settings", nargs="*", default=[""])
    parser.add_argument("--lessons", type=int, default=800_000)
    parser.add_argument("--seeds", type=int, default=4)
    arguments = parser.parse_intermixed_args()
    scenario = Scenario.load(arguments.scenario)
    for text in arguments.settings:
        exams, seconds = tried(scenario, settings_of(text), lessons=arguments.lessons, seeds=arguments.seeds)
        spread = f" (sd {exams.std(ddof=1):.4f})" if len(exams) > 1 else ""
        each = " ".join(f"{exam:.4f}" for exam in exams)
        print(
            f"{scenario.label} {text or 'as shipped'}: {exams.mean():.4f}{spread}, {seconds:.0f} s: {each}", flush=True
        )


if __name__ == "__main__":
    main()
