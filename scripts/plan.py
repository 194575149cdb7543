"""``zpdgym plan``: how many students and seeds it takes to be told a difference, from a pilot's results."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from zpdgym.errors import InputError, Violations, unknown
from zpdgym.files import is_folder

HELP = """zpdgym plan: how many students and seeds a verdict takes, from a pilot

Usage: zpdgym plan RESULTS difference=.02 [power=.8] [verdict=different|better] [key=value ...]

RESULTS is the folder of a finished comparison, the pilot: few seeds and students will do. From how much trainings and
students differ in it, the plan says with how many of both a true difference is told, for every policy against the
baseline, and what that takes in computing time. Cells of a grid are planned one by one, contrasts over them are not.
Nothing is simulated anew and nothing is written.

  difference     the true difference that is to be told [needed]
  power          the chance that it is told, where it is true [0.8]
  verdict        different: the interval is without 0; better: it lies above the smallest difference [different]
  baseline       the policy that the others are set beside [mastery_tuned]
  policies       only these, with commas [all that do not look inside students]
  scenario       only this one, by its label [all]
  verdicts       how many verdicts the intervals are corrected for [as many as in the pilot's table]

Examples:
  zpdgym plan results/quickstart difference=.02
      with how many seeds and students a difference of .02 is told apart from 0, four times in five
  zpdgym plan results/quickstart difference=.04 verdict=better power=.9
      with how many the verdict is better, nine times in ten
  zpdgym plan results/quickstart difference=.02 policies=ppo_scorer verdicts=1
      for one policy that will be compared with nothing but the baseline"""
KEYS = ("difference", "power", "verdict", "baseline", "policies", "scenario", "verdicts")
VERDICTS = ("different", "better")
LARGEST = 10**6
"""More verdicts than that nobody corrects for."""


@dataclass
class Asked:
    """A command line, understood."""

    folder: str = ""
    given: dict[str, str] = field(default_factory=dict[str, str])

    def number(self, key: str, usual: float | None, wrong: Violations, *, high: float) -> float:
        """A number above 0 and below ``high``; what is wrong with it is noted."""
        text = self.given.get(key)
        if text is None:
            wrong.unless(usual is not None, f"{key} is missing: give {key}=0.02")
            return usual or 1.0
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not 0 < value < high:
            wrong.unless(False, f"{key}={text} must be a number above 0{' and below 1' * (high == 1.0)}")
            return 1.0
        return value

    def whole(self, key: str, wrong: Violations) -> int | None:
        """A whole number of at least 1; what is wrong with it is noted."""
        text = self.given.get(key)
        if text is None:
            return None
        fine = text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= LARGEST
        wrong.unless(fine, f"{key}={text} must be a whole number in [1, {LARGEST:,}]")
        return int(text) if fine else None


def run(arguments: list[str]) -> None:
    """Print the plan.

    Raises:
        InputError: no folder of a finished comparison, an unknown key, or a value that is out of range.
    """
    asked = _understood(arguments)
    wrong = Violations("plan")
    difference = asked.number("difference", None, wrong, high=float("inf"))
    power = asked.number("power", 0.8, wrong, high=1.0)
    verdicts = asked.whole("verdicts", wrong)
    verdict = asked.given.get("verdict", VERDICTS[0])
    wrong.unless(verdict in VERDICTS, f"verdict={verdict} must be {' or '.join(VERDICTS)}")
    listed = asked.given.get("policies", "").strip("[]").split(",")
    names = tuple(dict.fromkeys(name.strip() for name in listed if name.strip()))
    wrong.unless("policies" not in asked.given or bool(names), "policies= must name one policy or more")
    if wrong.messages:
        raise InputError("; ".join(wrong.messages))

    from rich.console import Console
    from zpdgym.experiments.questions.plan_show import sheets
    from zpdgym.experiments.questions.planning import Wanted, plan
    from zpdgym.experiments.questions.show import terminal
    from zpdgym.experiments.runs.specification import TUNED

    baseline = asked.given.get("baseline", TUNED)
    wanted = Wanted(difference, power, verdict, baseline, policies=names, verdicts=verdicts)
    console = Console(highlight=False)
    for table in plan(Path(asked.folder), wanted, scenario=asked.given.get("scenario")):
        for part in terminal(sheets(table), width=console.width):
            console.print(part)


def _understood(arguments: list[str]) -> Asked:
    """The folder and the keys, each at most once."""
    asked = Asked()
    for argument in arguments:
        key, sign, value = argument.partition("=")
        if sign and key in KEYS:
            if key in asked.given:
                raise InputError(f"{key}={asked.given[key]} and {argument}: give {key} once")
            if not value:
                raise InputError(f"{argument} has no value; zpdgym plan --help tells more")
            asked.given[key] = value
        elif sign and key in ("contrast", "contrasts"):
            raise InputError(
                f"{argument}: plan knows differences to a baseline in one scenario or cell, "
                "no contrasts over cells: give policies=, baseline= and scenario="
            )
        elif argument.startswith("-"):
            raise InputError(f"there is no option '{argument}'; zpdgym plan --help lists the keys")
        elif sign and not is_folder(argument):
            raise unknown("key", key, KEYS)
        elif asked.folder:
            raise InputError(f"{asked.folder} and {argument}: give one folder, the pilot's")
        elif not is_folder(argument):
            raise InputError(f"there is no folder '{argument}'")
        else:
            asked.folder = argument
    if not asked.folder:
        raise InputError("give the folder of a comparison, such as results/quickstart: the pilot")
    return asked


if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("plan")
