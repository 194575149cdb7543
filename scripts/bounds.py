"""``zpdgym bounds``: what can be known about the best possible outcome of a scenario."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

from zpdgym.errors import InputError

if TYPE_CHECKING:
    from zpdgym.experiments.bounds import Bound

HELP = """zpdgym bounds: what can be known about the best possible outcome of a scenario

Usage: zpdgym bounds SCENARIO [student=NAME] [n_students=500] [tuned=true]

Prints the expected share of right answers in the exam for: everything known (a bound), the exact optimum of somebody
who sees what the student knows (a bound), the exact optimum of a tutor who sees only answers, privileged references
that look inside the students, and no teaching. An optimum or a bound is proven; a reference is only what
one policy reaches, and a better one may exist. What cannot be computed is printed with the reason. Nothing is written.

SCENARIO is a name (kt6kc is the newest version of KT6KC) or the path of a scenario file. student puts other students
in the place of the scenario's: a name (zpdgym list student) or the path of a YAML file. n_students is how many test
students the references teach; they are those of evaluate. tuned=true also tunes the strongest reference, oracle_index,
on other students, which takes a minute or more and needs pip install 'zpdgym[tune]'.
Files may name classes of zpdgym and of modules in this folder; trust=my_module adds another.

Examples:
  zpdgym bounds tiny
      a world that is small enough for everything to be exact
  zpdgym bounds kt6kc n_students=2000
      a bound and references, with narrower intervals
  zpdgym bounds practice student=fsrs6
      the same calendar and items for students of another kind
  zpdgym bounds algebra tuned=true
      with the best that a search found for somebody who looks inside the students
  zpdgym bounds my_scenario.yaml
      a scenario of your own"""
WIDTH = 110


def run(arguments: list[str]) -> None:
    """Print what is known, the strongest first.

    Raises:
        InputError: no scenario, more than one, an unknown key, or a number that is none.
    """
    scenario, student, n_students, tuned = _understood(arguments)
    from zpdgym.envs.scenario import Scenario
    from zpdgym.experiments.bounds import bounds

    world = Scenario.load(scenario, replace={} if student is None else {"student": student})

    def tell(name: str) -> None:
        print(f"computing {name}", file=sys.stderr)

    found = bounds(world, n_students=n_students, tuned=tuned, told=tell)
    days = world.schedule.retention_days
    when = f"{days:g} days after the last lesson" if days else "right after the last lesson"
    print(f"{world.label}: expected share of right answers in the exam, {when} ({n_students} test students)\n")
    for entry in found:
        head = f"  {entry.name:<17} {entry.kind:<10} {_number(entry):<24}"
        print(textwrap.fill(entry.text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head)))
    print()
    print(textwrap.fill(conclusion(found), WIDTH))


def _understood(arguments: list[str]) -> tuple[str, str | None, int, bool]:
    names = [a for a in arguments if "=" not in a and not a.startswith("-")]
    given = dict[str, str]()
    for argument in arguments:
        if argument in names:
            continue
        key, _, value = argument.partition("=")
        whole = value.isascii() and value.isdecimal() and len(value) < 10 and int(value) >= 2
        good = {"student": bool(value), "n_students": whole, "tuned": value in ("true", "false")}
        if not good.get(key):
            raise InputError(
                f"'{argument}': bounds takes a scenario, student=, n_students=, a whole number of at least 2, and "
                "tuned=true or false"
            )
        if key in given:
            raise InputError(f"{key}={given[key]} and {argument}: give {key} once")
        given[key] = value
    student, number = given.get("student"), int(given.get("n_students", 500))
    if len(names) != 1:
        found = f", not {len(names)} of them" if names else ", such as kt6kc"
        raise InputError(f"give one scenario{found}; zpdgym bounds --help tells more")
    return names[0], student, number, given.get("tuned") == "true"


def _number(entry: Bound) -> str:
    if entry.value is None:
        return "-"
    if entry.low is None or entry.high is None:
        return f"{entry.value:.4f}"
    return f"{entry.value:.3f} [{entry.low:.3f}, {entry.high:.3f}]"


def conclusion(found: list[Bound]) -> str:
    """What all of it says about a tutor, in one or two sentences."""
    proven = {b.name: b.value for b in found if b.kind != "reference" and b.value is not None}
    reached = {b.name: b.value for b in found if b.kind == "reference" and b.value is not None}
    if "optimal" in proven:
        return f"The best that a tutor can reach is exactly {proven['optimal']:.4f}."
    best = max(reached, key=lambda name: reached[name])
    if not proven:
        return (
            f"Nothing is proven here but that a share is at most 1. {best} reaches {reached[best]:.3f}, which is a "
            "reference; what a tutor can reach at best is not known."
        )
    least = min(proven, key=lambda name: proven[name])
    return (
        f"No tutor can reach more than {proven[least]:.4f} ({least}). {best} reaches {reached[best]:.3f}, which is a "
        "reference: whether a tutor, who sees only answers, can reach as much is not known."
    )


if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("bounds")
