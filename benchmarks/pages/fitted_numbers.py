"""What better fitted numbers are worth: docs/results/fitted_numbers.md is written again from a finished comparison.

``python -m benchmarks.pages.fitted_numbers results/fitted_numbers``. How near the chances to learn are to those of
typical students is worked out here; the log that judges is not the one that they were fitted to.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from zpdgym.envs import Scenario
from zpdgym.envs.beliefs.build import build_belief, true_population
from zpdgym.envs.beliefs.course import course_log
from zpdgym.envs.beliefs.refit import with_own_belief

from benchmarks.pages.better_beliefs import Comparison, Floats, difference, estimated, value
from benchmarks.pages.scenarios import table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "results" / "fitted_numbers.md"
BELIEFS = ("graph", "practice", "graph, true numbers", "practice, true numbers")
CELLS = {
    "Algebra": ("Algebra-v1", "algebra-practice", "algebra-true", "algebra-practice-true"),
    "Practice": ("Practice-v1", "practice-practice", "practice-true", "practice-practice-true"),
}
POLICIES = {
    "mastery": "`mastery`",
    "mastery_tuned": "`mastery_tuned`",
    "outer_fringe": "`outer_fringe`",
    "greedy_per_minute": "`greedy_per_minute`",
    "index_untuned": "`tuned_index`, not tuned",
    "index_same": "`tuned_index`, the weights found under *graph* in Algebra",
    "tuned_index": "`tuned_index`, tuned anew (800 000 lessons)",
    "ppo_scorer": "`ppo_scorer`, trained anew (800 000 lessons, learnt)",
}
LESSONS = (0, 1, 4, 8)
"""After how many lessons on the skill the chances are compared."""
JUDGES = 2000
"""Students of the log that judges."""


def logits(p: Floats) -> Floats:
    """Log odds."""
    p = np.clip(p, 1e-6, 1.0 - 1e-6)
    return np.log(p / (1.0 - p))


def numbers(scenario_name: str, kind: str, source: str) -> dict[str, Any]:
    """The numbers of a belief that a comparison's cell has."""
    scenario = Scenario.load(scenario_name, change={"belief": {"kind": kind, "source": source}})
    return (
        with_own_belief(scenario).belief_parameters if source == "fitted" else true_population(kind, scenario.student)
    )


def nearness(scenario_name: str) -> str:
    """For each belief: correlation of the chances to learn with those of typical students, and how it foretells."""
    scenario = Scenario.load(scenario_name)
    truth = np.array(true_population("practice", scenario.student)["learn"])
    log = course_log(scenario, n_students=JUDGES, seed=1)
    rows = [["belief", *(f"after {n}" for n in LESSONS), "log odds too high by", "log-loss of an answer"]]
    for name, (kind, source) in zip(
        BELIEFS, [(k, s) for s in ("fitted", "true_population") for k in ("graph", "practice")], strict=True
    ):
        found = numbers(scenario_name, kind, source)
        learn = np.asarray(found["learn"], np.float64).reshape(len(truth), -1)
        learn = np.broadcast_to(learn, truth.shape) if learn.shape[1] == 1 else learn
        near = [f"{np.corrcoef(learn[:, n], truth[:, n])[0, 1]:.2f}" for n in LESSONS]
        belief: Any = build_belief({"kind": kind, **found}, scenario.curriculum)
        high = (logits(learn) - logits(truth))[:, list(LESSONS)].mean()
        rows.append([name, *near, f"{high:+.2f}", f"{belief.foretold(log).sum():.4f}"])
    return table(rows)


def outcomes(told: Comparison) -> Iterable[str]:
    """For each scenario the policies by the beliefs, and what each belief is worth over the fitted graph belief."""
    for name, cells in CELLS.items():
        exam, worth = [["", *BELIEFS]], [["", *BELIEFS[1:]]]
        for policy, words in POLICIES.items():
            runs = [told.runs(cell, policy) for cell in cells]
            exam.append([words, *map(value, runs)])
            worth.append([words, *(difference(estimated(other, runs[0])) for other in runs[1:])])
        brier = [told.runs(cell, "mastery_tuned", "belief_brier") for cell in cells]
        exam.append(["*distance from the truth (Brier) under* `mastery_tuned`", *map(value, brier)])
        less = "Less the same policy with the fitted *graph* belief, paired:"
        yield f"### {name}\n\n{table(exam)}\n\n{less}\n\n{table(worth)}"


def page(told: Comparison) -> str:
    """The whole page."""
    near = [f"### {name}\n\n{nearness(cells[0])}" for name, cells in CELLS.items()]
    parts = [
        "# What better fitted numbers are worth",
        f"Made by `zpdgym compare experiment=fitted_numbers` and `python -m benchmarks.pages.fitted_numbers "
        f"results/fitted_numbers` on {date.today():%Y-%m-%d}. Simulated students; nothing was tried with children.",
        WORDS,
        "## How near the chances to learn are to the truth",
        "Correlation over all items with the chances of typical students of the scenario, after so many lessons on the "
        "skill; by how much the log odds are too high in the mean; and the log-loss of the next answer in a log of "
        f"{JUDGES} other students.",
        *near,
        NEAR,
        "## Exam",
        *outcomes(told),
        "± and [] are 95 % intervals over students and, of `ppo_scorer`, over trainings; not corrected for their "
        "number. One search each for the tuned policies, whose luck is not in the intervals: neither in those of the "
        "exam nor in those of the distance from the truth, which depends on what the settings that were found ask. "
        "Weights found in Algebra need not suit Practice, where the same belief has other levels.",
    ]
    return "\n\n".join(parts) + "\n"


WORDS = (
    "The same log of students, and two beliefs fitted to it: *graph*, one chance to learn an item, fitted skill by "
    "skill as if skills were independent, then shifted by one number; *practice*, chances that depend on the lessons "
    "so far, fitted with what all skills have in common ([how](../calibration.md#what-a-tutor-believes)). Beside them "
    "both beliefs with the numbers of typical students, which no tutor knows."
)
NEAR = (
    "True numbers do not foretell best: students differ, the belief takes them as alike, and whoever is still taught a "
    "skill after many lessons is mostly one who learns slowly. What is fitted has that in it."
)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    PAGE.write_text(page(Comparison(parser.parse_args(arguments).folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
