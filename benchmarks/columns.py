"""Which columns of a comparison apply to which students: a table over all student configurations.

Each kind of students is taught in Practice-v0 (KT6KC-v0 where a model needs its six skills) by six policies: nobody, at
random, mastery learning, outer fringe, mastery by streaks, and the greedy oracle. A column applies if it holds a number
for some policy and not the same for all. What does not apply is listed with the reason that tables and report give.

    .venv/bin/python -m benchmarks.columns [--students 200] [--only fsrs6 irt_1pl]
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import zpdgym
from zpdgym.agents.registry import build_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs.scenario import Scenario
from zpdgym.experiments.comparison.telling import silent
from zpdgym.experiments.metrics import MEANING, Limits, summary

HOMES = {"kt6kc": "KT6KC-v0", "mixed_kt6kc": "KT6KC-v0"}
BELIEF = {"kind": "bkt", "source": "given", "prior": 0.3, "learn": 0.15, "guess": 0.2, "slip": 0.1, "forget": 0.02}
"""One tutor for all: which column applies does not hang on a fit."""
POLICIES = ("no_teaching", "random", "mastery", "outer_fringe", "streak", "oracle_greedy")
SHORT = {
    "outcome": "exam", "normalised_gain": "norm. gain", "mastery_exam": "mastery", "skills_mastered": "skills",
    "worst_decile": "worst 10 %", "gain_per_hour": "per hour", "lessons_to_mastery": "lessons to",
    "minutes_to_mastery": "minutes to", "wasted_mastered": "wasted: known", "wasted_unready": "wasted: unready",
    "in_band": "in band", "misbelief": "wrongly believed",
}  # fmt: skip
EVERYWHERE = ("pre", "exam")
"""Before the first lesson all policies are alike, and the exam is the outcome here."""


def world(name: str) -> Scenario:
    """The scenario in which these students are taught."""
    return Scenario.load(HOMES.get(name, "Practice-v0"), replace={"student": name}, change={"belief": BELIEF})


def not_applying(name: str, *, n_students: int) -> dict[str, str]:
    """Column -> why it does not apply to these students."""
    scenario, found = world(name), list[Mapping[str, float]]()
    for policy in POLICIES:
        taught = teach(scenario, build_policy(policy), n_students=n_students, cohort_seed=0)
        found.append(summary(taught.outcomes, primary="exam", limits=Limits.of(scenario)))
    return silent({column: [numbers[column] for numbers in found] for column in MEANING if column not in EVERYWHERE})


def main() -> None:
    """Print the table, and the reasons."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--only", nargs="*", default=zpdgym.list_students())
    options = parser.parse_args()
    columns = [column for column in MEANING if column not in EVERYWHERE]
    print(f"| students | {' | '.join(SHORT.get(column, column) for column in columns)} |")
    print(f"|---|{'---|' * len(columns)}")
    reasons: dict[str, str] = {}
    for name in options.only:
        gone = not_applying(name, n_students=options.students)
        print(f"| `{name}` | {' | '.join('–' if column in gone else '+' for column in columns)} |", flush=True)
        if gone:
            reasons[name] = "; ".join(f"{SHORT.get(column, column)}: {why}" for column, why in gone.items())
    print("\n" + "\n".join(f"* `{name}`: {told}." for name, told in reasons.items()))


if __name__ == "__main__":
    main()
