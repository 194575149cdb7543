"""Writes the tables of docs/scenarios/*.md again: what is observed, where numbers come from, reference scores.

``python -m benchmarks.pages.scenarios`` writes all of them; with ``--quick`` only those that need no simulation.
A table stands between ``<!-- name -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zpdgym.configs.build import CONFIGS
from zpdgym.envs import Scenario, scenario_names

PAGES = CONFIGS.parent / "docs" / "scenarios"
STUDENTS = 4000
POLICIES = ("no_teaching", "random", "linear", "mastery", "greedy", "oracle_greedy")
FORGETTING = {"Algebra-v0": (0.0, 0.005, 0.01, 0.02, 0.04), "Game-v0": (0.0, 0.01, 0.02, 0.04, 0.08)}
OF_TESTS = ("no_teaching", "random", "linear", "closest_to_p", "cat", "most_informative")
"""Who stands on the page of a scenario in which questions are asked and nothing is taught."""
SWEPT = ("random", "mastery", "greedy", "oracle_greedy")


def there(text: str) -> Path:
    """A path that was typed, for argparse.

    Raises:
        argparse.ArgumentTypeError: nothing is there.
    """
    path = Path(text)
    if not path.exists():
        raise argparse.ArgumentTypeError(f"there is no {text}")
    return path


def table(rows: list[list[str]]) -> str:
    """A Markdown table; the first row is its heading."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def observation(scenario: Scenario) -> str:
    """The columns of the observation as the environment has them."""
    env = scenario.make(1)
    rows = [["column", "name", "stored in", "times", "what it says"]]
    for j, c in enumerate(env.columns):
        rows.append([f"`[:, {j}]`", f"`{c.name}`", f"[{c.low:g}, {c.high:g}]", f"{c.scale:g}", c.text])
    shape = env.single_observation_space.shape
    return (
        f"`Box(0, 1, {shape}, float32)`; one row {'a skill' if env.rows == 'skills' else 'an item'}.\n\n{table(rows)}"
    )


def facts(scenario: Scenario) -> str:
    """The sizes of the scenario."""
    c, s, env = scenario.curriculum, scenario.schedule, scenario.make(1)
    budget = f"{s.total:g} minutes" if s.by_minutes else f"{s.total:g} lessons"
    rows = [
        ["skills", "items", "exam items", "sessions", "budget", "days", "exam after", "lessons at most"],
        [str(c.n_skills), str(c.n_items), str(len(c.exam_items)), str(s.sessions), budget, f"{s.total_days:g}",
         f"{s.retention_days:g} days", str(env.horizon)],
    ]  # fmt: skip
    return table(rows)


def sources(scenario: Scenario) -> str:
    """Where every number comes from, as the file says it."""
    return table([["number", "source"], *([f"`{k}`", v] for k, v in scenario.sections["sources"].items())])


def scores(scenario: Scenario) -> str:
    """How well simple and privileged policies teach."""
    from zpdgym.experiments.evaluate import evaluate

    days = scenario.outcome.later_days
    later = [] if days is None else [f"{days:g} days later"]
    primary = scenario.outcome.primary
    digits = 4 if scenario.outcome.smallest_difference < 0.005 else 3
    rows = [["policy", primary, "95 % interval", *later, "skills mastered at the exam", "lessons", "gave up"]]
    for policy in OF_TESTS if primary == "log_score" else POLICIES:
        found = evaluate(scenario, policy, n_students=STUDENTS)
        n, numbers = scenario.curriculum.n_skills, found.summary()
        mean = {k: float(found.outcomes[k].mean()) for k in (primary, "mastery_exam", "lessons", "quit")}
        rows.append(
            [
                f"`{policy}`" + (" (privileged)" if policy in ("oracle_greedy",) else ""),
                f"{mean[primary]:.{digits}f}",
                f"{numbers['outcome_low']:.{digits}f} to {numbers['outcome_high']:.{digits}f}",
                *(f"{found.outcomes['later'].mean():.3f}" for _ in later),
                f"{mean['mastery_exam'] * n:.2f} of {n}",
                f"{mean['lessons']:.0f}",
                f"{mean['quit']:.0%}",
            ]
        )
    return f"{STUDENTS} test students of cohort seed 0.\n\n" + table(rows)


def forgetting(scenario: Scenario) -> str:
    """The exam under other rates of forgetting, with a belief fitted to each."""
    from zpdgym.experiments.evaluate import evaluate

    rows = [["forgetting per day", *(f"`{p}`" for p in SWEPT)]]
    for rate in FORGETTING[scenario.name]:
        changed = Scenario.load(scenario, change={"student.forget": rate})
        marks = [evaluate(changed, p, n_students=STUDENTS).outcomes["exam"].mean() for p in SWEPT]
        rows.append([f"{rate:g}", *(f"{m:.3f}" for m in marks)])
    return table(rows)


CHEAP: dict[str, Callable[[Scenario], str]] = {"observation": observation, "facts": facts, "sources": sources}
SIMULATED: dict[str, Callable[[Scenario], str]] = {"scores": scores, "forgetting": forgetting}


def refresh(text: str, scenario: Scenario, makers: dict[str, Callable[[Scenario], str]]) -> str:
    """A page with the tables of ``makers`` written again."""

    def again(found: re.Match[str]) -> str:
        name = found.group(1)
        return f"<!-- {name} -->\n{makers[name](scenario)}\n<!-- end -->" if name in makers else found.group(0)

    return re.sub(r"<!-- (\w+) -->\n.*?<!-- end -->", again, text, flags=re.DOTALL)


def main(arguments: list[str] | None = None) -> None:
    """Write the pages' tables again."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", default=scenario_names(), help="scenarios (default: all)")
    parser.add_argument("--quick", action="store_true", help="only the tables that need no simulation")
    options = parser.parse_args(arguments)
    makers: dict[str, Any] = CHEAP if options.quick else {**CHEAP, **SIMULATED}
    for name in options.names:
        page = PAGES / f"{name}.md"
        page.write_text(refresh(page.read_text(), Scenario.load(name), makers))
        print(f"wrote {page.relative_to(CONFIGS.parent)}")


if __name__ == "__main__":
    main()
