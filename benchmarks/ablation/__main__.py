"""What each part of the whole learner does to policies: ``python -m benchmarks.ablation`` writes its page's table."""

from __future__ import annotations

import argparse
import re

import zpdgym
from zpdgym.configs.build import CONFIGS
from zpdgym.envs import Scenario
from zpdgym.students.whole_learner import PARTS

PAGE = CONFIGS.parent / "docs" / "students" / "whole_learner.md"
POLICIES = ("no_teaching", "random", "linear", "interleaved", "streak", "mastery", "greedy", "oracle_greedy")


def measure(n_students: int) -> dict[str, dict[str, float]]:
    """The exam's share of right answers by what is left out and by policy."""
    table: dict[str, dict[str, float]] = {}
    for left_out in ("nothing", *PARTS):
        change = {} if left_out == "nothing" else {f"student.{left_out}": False}
        replace = {"student": "whole_learner", "population": "whole"}
        world = Scenario.load("Practice-v0", replace=replace, change=change)
        table[left_out] = {}
        for policy in POLICIES:
            found = zpdgym.evaluate(world, policy, n_students=n_students).summary()
            table[left_out][policy] = float(found["outcome"])
    return table


def markdown(table: dict[str, dict[str, float]]) -> str:
    """One row per policy, one column per part that is left out."""
    heads = ["policy", *(part if part == "nothing" else f"no {part}" for part in table)]
    rows = [[f"`{p}`", *(f"{column[p]:.3f}" for column in table.values())] for p in POLICIES]
    lines = [f"| {' | '.join(row)} |" for row in (heads, *rows)]
    return "\n".join([lines[0], "|---|" + "---:|" * (len(heads) - 1), *lines[1:]])


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--n-students", type=int, default=2000)
    text = markdown(measure(parser.parse_args().n_students))
    page = PAGE.read_text(encoding="utf-8")
    new = re.sub(r"(<!-- ablation -->\n).*?(<!-- end -->)", lambda m: f"{m[1]}{text}\n{m[2]}", page, flags=re.DOTALL)
    PAGE.write_text(new, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
