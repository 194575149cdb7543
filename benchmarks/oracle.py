"""Is the greedy oracle ever below random? For all student configurations, with what it costs.

In Practice-v0 (KT6KC-v0 where a model needs its six skills): the mean share of exam items right under `random`, under
the oracle that is greedy for mastery now, for the exam's forecast (where the model has one), and as it decides itself;
and the seconds that this takes for all students, the trying of both included.

    .venv/bin/python -m benchmarks.oracle [--students 500] [--only mcm dkt]
"""

from __future__ import annotations

import argparse
import time

import zpdgym
from zpdgym.agents.references.oracle import OracleGreedy
from zpdgym.agents.registry import build_policy
from zpdgym.agents.rollouts import teach
from zpdgym.students.exam import foresees_exam

from benchmarks.columns import world


def main() -> None:
    """Print the table, and whether any row is below random."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=500)
    parser.add_argument("--only", nargs="*", default=zpdgym.list_students())
    options = parser.parse_args()
    print("| students | `random` | greedy for mastery | greedy for the exam | `oracle_greedy` | seconds |")
    print("|---|---:|---:|---:|---:|---:|")
    below: list[str] = []
    for name in options.only:
        scenario = world(name)
        foresees = foresees_exam(scenario.student)
        policies = [build_policy("random"), OracleGreedy(greed="mastery")]
        policies += [OracleGreedy(greed="exam")] if foresees else []
        found: list[float] = []
        seconds = 0.0
        for policy in (*policies, OracleGreedy()):
            start = time.perf_counter()
            taught = teach(scenario, policy, n_students=options.students, cohort_seed=1, metrics=False)
            seconds = time.perf_counter() - start
            found.append(taught.mean("exam"))
        below += [name] if found[-1] < found[0] - 1e-12 else []
        cells = [f"{value:.3f}" for value in (found if foresees else [*found[:2], float("nan"), found[-1]])]
        print(f"| `{name}` | {' | '.join(cells).replace('nan', '–')} | {seconds:.1f} |", flush=True)
    print(f"\nBelow `random`: {', '.join(below) or 'none'}, of {len(options.only)}.")


if __name__ == "__main__":
    main()
