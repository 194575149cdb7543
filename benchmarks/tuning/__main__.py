"""What tuning is worth: a learner and baselines, tuned with the same budget, beside themselves as they are shipped.

Every policy may try 20 settings on 300 validation students of cohort 0; the learner is trained on 60 000 lessons with
each. Then students of another cohort are taught: by the shipped settings and by those that the search found, the
learner trained anew with eight seeds and either of them (its checkpoints are chosen on that cohort's validation
students). Because a learner's search takes many more lessons for the same number of settings, tuned mastery learning
also gets a search of as many lessons. Differences are paired, intervals are those of `zpdgym compare`.

    .venv/bin/python -m benchmarks.tuning [--scenarios algebra practice] [--page docs/results/tuned_learners.md]

One process, one core; searches and outcomes are kept in `results/tuned_learners` and not repeated.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt
import zpdgym
from zpdgym.agents.learnt.training import train
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.agents.tuning import rehearsed
from zpdgym.envs.beliefs.refit import with_own_belief
from zpdgym.envs.scenario import Scenario
from zpdgym.experiments.statistics import Estimate, estimate
from zpdgym.experiments.tuning import Tuned
from zpdgym.students.draws import spawn_seed

BUDGET, VALIDATION, LESSONS = 20, 300, 60_000
SEARCHED, FRESH = 0, 1
SEEDS, STUDENTS, LOOKS = 8, 2000, 4
BASELINES = ("mastery_tuned", "greedy_ready", "streak")
SPACE = {
    "learning_rate": {"low": 0.001, "high": 0.1, "log": True},
    "gamma": [0.9, 0.95, 0.98, 0.99, 1.0],
    "gae_lambda": [0.5, 0.8, 0.95],
    "rollout": [2048, 4096, 16384],
    "batch": [512, 1024, 4096],
    "epochs": [2, 4, 8],
    "entropy": [0.0, 0.001, 0.01],
    "ready": [[0.5, 0.9], 0.0, 0.5, 0.8],
    "reward": ["gain", "belief_gain", "exam"],
}
Floats = npt.NDArray[np.float64]


class Row(NamedTuple):
    """A policy: what its search cost and found, and what came of it on fresh students."""

    policy: str
    found: Tuned
    shipped: Floats
    tuned: Floats


def outcomes(scenario: Scenario, spec: Mapping[str, Any]) -> Floats:
    """(S, N) primary outcome of the fresh test students."""
    learns = "ScorerPPO" in str(spec["_target_"])
    options: dict[str, Any] = {"lessons": LESSONS, "cohort_seed": FRESH, "n_validation": VALIDATION}
    if learns:
        policies = [train(scenario, spec, seed=seed, **options) for seed in range(SEEDS)]
    else:
        plain = {key: value for key, value in spec.items() if key != "tune"}
        policies = [build_policy(rehearsed(plain, scenario, cohort_seed=FRESH))]
    cohort = spawn_seed(FRESH, "test")
    taught = [teach(scenario, policy, n_students=STUDENTS, cohort_seed=cohort, metrics=False) for policy in policies]
    return np.stack([np.asarray(one.outcomes[scenario.outcome.primary], np.float64) for one in taught])


def row(scenario: Scenario, spec: Mapping[str, Any], out: Path, **options: Any) -> Row:
    """Search, then teach fresh students with both settings."""
    options = {"budget": BUDGET, "n_validation": VALIDATION, "cohort_seed": SEARCHED, "out": out, **options}
    found = zpdgym.tune(scenario, spec, **options)
    print(f"{scenario.label} {spec['name']}: {found.budget}", flush=True)
    assert found.folder is not None
    kept = found.folder.parent / f"{spec['name']}.npz"
    if found.made or not kept.exists():
        np.savez(kept, shipped=outcomes(scenario, spec), tuned=outcomes(scenario, found.spec))
    with np.load(kept) as stored:
        return Row(str(spec["name"]), found, stored["shipped"], stored["tuned"])


def rows_of(scenario: Scenario, out: Path) -> list[Row]:
    """The learner, the baselines with as many settings, and mastery learning with as many lessons."""
    scorer = load_policy("ppo_scorer", change={"trainer": "fast", "evaluations": LOOKS})
    rows = [row(scenario, scorer, out, space=SPACE, lessons=LESSONS)]
    rows += [row(scenario, load_policy(policy), out) for policy in BASELINES]
    learner, mastery = (rows[i].found.budget for i in (0, 1))
    settings = round((learner["training"] + learner["validation"]) / (mastery["validation"] / mastery["settings"]))
    tuned = load_policy("mastery_tuned")
    change = {"name": "mastery_tuned_long", "tune": {**tuned["tune"], "budget": settings}}
    return [*rows, row(scenario, {**tuned, **change}, out, budget=settings)]


def said(found: Estimate, sign: str = "") -> str:
    """An estimate with its 95 % interval."""
    low, high = found.interval()
    return f"{found.value:{sign}.4f} [{low:{sign}.4f}, {high:{sign}.4f}]"


def verdict(difference: Estimate) -> str:
    """Whether tuning helped, in a word."""
    low, high = difference.interval()
    return "gained" if low > 0 else "lost" if high < 0 else "cannot tell"


def page(scenario: Scenario, rows: list[Row]) -> str:
    """The tables of one scenario."""
    luck = np.random.default_rng(0)
    lines = [f"## {scenario.label}", "", "What the searches cost:", ""]
    lines += ["| policy | settings | lessons of training | lessons of validation students | seconds |"]
    lines += ["|---|---:|---:|---:|---:|"]
    for one in rows:
        cost = one.found.budget
        lines.append(
            f"| `{one.policy}` | {cost['settings']} | {cost['training']:,} | {cost['validation']:,} | "
            f"{cost['seconds']:.0f} |"
        )
    lines += ["", f"{STUDENTS} fresh students ({scenario.outcome.primary}):", ""]
    lines += ["| policy | shipped | tuned | tuned - shipped | tuning | tuned, on the students of the search |"]
    lines += ["|---|---|---|---|---|---:|"]
    for one in rows:
        difference = estimate(one.tuned, one.shipped, generator=luck)
        shipped, tuned = (estimate(values, generator=luck) for values in (one.shipped, one.tuned))
        lines.append(
            f"| `{one.policy}` | {said(shipped)} | {said(tuned)} | {said(difference, '+')} | {verdict(difference)} | "
            f"{one.found.trials[0]['outcome']:.4f} |"
        )
    learner, lines = rows[0], [*lines, ""]
    for mastery in (rows[1], rows[-1]):
        beside = [estimate(values, mastery.tuned, generator=luck) for values in (learner.shipped, learner.tuned)]
        shipped, tuned = (said(difference, "+") for difference in beside)
        lines += [f"`{learner.policy}` less tuned `{mastery.policy}`: shipped {shipped}, tuned {tuned}.", ""]
    means = [", ".join(f"{mean:.3f}" for mean in sorted(of.mean(axis=1))) for of in (learner.shipped, learner.tuned)]
    lines += [f"Means of the {SEEDS} trainings, in order: shipped {means[0]}; tuned {means[1]}.", ""]
    lines += ["Settings that were found:", ""]
    for one in rows:
        trials, best = one.found.trials, one.found.trials[0]
        changed = ", ".join(f"{k}={best[k]}" for k in one.found.parameters if best[k] != one.found.own[k])
        given_up = sum(bool(trial.get("given_up")) or trial["students"] < VALIDATION for trial in trials)
        lines.append(f"- `{one.policy}`: {changed or 'the shipped ones'}; {given_up} of {len(trials)} given up early.")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenarios", nargs="+", default=["Algebra-v0", "Practice-v0"])
    parser.add_argument("--page", type=Path, default=None)
    parser.add_argument("--out", type=Path, default=Path("results/tuned_learners"))
    given = parser.parse_args()
    head = (
        "# What tuning is worth\n\nMade by `python -m benchmarks.tuning --page docs/results/tuned_learners.md`; how "
        f"policies are tuned: [policies](../policies/index.md#tuning). Every policy may try {BUDGET} settings on "
        f"{VALIDATION} validation students of cohort {SEARCHED}; the learner is trained on {LESSONS:,} lessons with "
        f"each (`trainer: fast`, `evaluations: {LOOKS}`). The students below are of cohort {FRESH}, and the learner "
        f"was trained anew, with seeds 0 to {SEEDS - 1}, with either settings. `mastery_tuned_long` is tuned mastery "
        "learning with more than half of the lessons of the learner's search. Seconds are those of a machine that "
        "others used too. Intervals: 95 %, over seeds and students; differences are "
        "paired.\n"
    )
    parts = [head]
    for name in given.scenarios:
        started, scenario = time.perf_counter(), with_own_belief(Scenario.load(name))
        parts.append(page(scenario, rows_of(scenario, given.out)))
        print(parts[-1], f"{time.perf_counter() - started:.0f} s", flush=True)
        if given.page is not None:
            given.page.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
