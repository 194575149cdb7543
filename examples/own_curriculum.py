"""A curriculum of your own, filled in as a spreadsheet: what a rule does with it, lesson by lesson.

python examples/own_curriculum.py [students]
"""

import sys
from pathlib import Path

import zpdgym
from zpdgym.agents import build_policy, teach
from zpdgym.envs import Scenario
from zpdgym.students import read_curriculum

CSV = Path(__file__).with_name("own_curriculum.csv")
ANSWER = {1: "right", 0: "wrong", -1: "shown"}  # examples and explanations ask for no answer


def main(n_students: int) -> None:
    """Read the spreadsheet, put it into the calendar of Algebra-v0, teach, and look at one student."""
    curriculum = read_curriculum(str(CSV))
    print(f"{curriculum.n_skills} skills, {curriculum.n_items} items: {', '.join(curriculum.skills)}")
    spreadsheet = {"_target_": "zpdgym.students.read_curriculum", "path": str(CSV)}
    world = Scenario.load(
        "algebra",
        replace={
            "curriculum": spreadsheet,
            "student": "typical",  # the scenario's own students have one set of numbers per skill of its curriculum
            "schedule": {"sessions": 2, "session_minutes": 20, "days_between": 3, "retention_days": 14},
        },
        # what the tutor supposes; without this line it is fitted to a simulated log of these students first
        change={"belief": {"kind": "bkt", "source": "given", "prior": 0.3, "learn": 0.2, "guess": 0.2, "slip": 0.1}},
    )
    for policy in ("random", "interleaved", "mastery", "greedy_ready"):
        found = zpdgym.evaluate(world, policy, n_students=n_students)
        print(f"{policy:<12} expected share of exam items right: {found.summary()['outcome']:.3f}")

    taught = teach(world, build_policy("greedy_ready"), n_students=1, cohort_seed=0, keep=1)
    print("greedy_ready teaches the first student:")
    for item, correct in zip(taught.kept["items"][0], taught.kept["correct"][0], strict=True):
        if item >= 0:
            print(f"  {ANSWER[int(correct)]:<6} {curriculum.items[int(item)]}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
