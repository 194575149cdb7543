"""``zpdgym list``: what there is, each with its kind and one sentence."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path

from zpdgym.errors import InputError, unknown

KINDS = ("scenarios", "students", "policies")
HELP = """zpdgym list: what there is, each with its kind and one sentence

Usage: zpdgym list [scenarios|students|policies]

Without a word it lists all three. Kinds of policies: baseline (a rule; some are tuned on validation students),
learnt (trained by reinforcement), privileged (looks inside the simulated students: a reference, no tutor could do it).

Examples:
  zpdgym list
      everything
  zpdgym list policies
      who can teach
  zpdgym list scenarios
      what can be taught to whom: names for scenario=, and with zpdgym/ before them the Gymnasium ids"""


def run(arguments: list[str]) -> None:
    """Print what there is.

    Raises:
        InputError: a word that is none of scenarios, students, policies.
    """
    if len(arguments) > 1:
        raise InputError(f"'{' '.join(arguments)}': give one of {', '.join(KINDS)}, or nothing for all of them")
    if arguments and arguments[0] not in KINDS:
        raise unknown("list", arguments[0], KINDS)
    for i, kind in enumerate(arguments or KINDS):
        print(f"{'' if i == 0 else chr(10)}{kind}")
        _print({"scenarios": _scenarios, "students": _students, "policies": _policies}[kind]())


def _scenarios() -> list[tuple[str, str, str]]:
    from zpdgym.configs.build import CONFIGS
    from zpdgym.envs.scenario import scenario_names

    return [(name, "", _sentence(CONFIGS / "scenario" / f"{name}.yaml")) for name in scenario_names()]


def _students() -> list[tuple[str, str, str]]:
    import zpdgym

    folder = Path(zpdgym.configs.__path__[0]) / "student"
    return [(name, "", _sentence(folder / f"{name}.yaml")) for name in zpdgym.list_students()]


def _policies() -> list[tuple[str, str, str]]:
    from zpdgym.agents.registry import build_policy, load_policy, policy_names, policy_sentence
    from zpdgym.configs.build import TARGET, load

    rows = []
    for name in policy_names():
        target = str(load_policy(name)[TARGET])
        made = None
        if name == "saved":  # there is none without a path
            made = load(target, f"policy {name}")
        elif target != "???":
            made = build_policy(name)
        kind = "yours" if made is None else "baseline"
        kind = "privileged" if getattr(made, "privileged", False) else kind
        rows.append((name, "learnt" if getattr(made, "learnt", False) else kind, policy_sentence(name)))
    return rows


def _sentence(path: Path) -> str:
    """The first comment line of a configuration file."""
    with path.open(encoding="utf-8") as lines:
        return next(lines, "").lstrip("# ").strip()


def _print(rows: Iterable[tuple[str, str, str]]) -> None:
    rows = list(rows)
    width = shutil.get_terminal_size((110, 24)).columns
    columns = [max((len(row[i]) for row in rows), default=0) + 2 for i in range(2)]
    for name, kind, sentence in rows:
        head = f"  {name:<{columns[0]}}" + (f"{kind:<{columns[1]}}" if columns[1] > 2 else "")
        filled = textwrap.wrap(sentence, max(width - len(head), 30), break_on_hyphens=False) or [""]
        print(f"\n{' ' * len(head)}".join([head + filled[0], *filled[1:]]))


if __name__ == "__main__":
    from zpdgym.scripts.cli import main

    sys.exit(main(["list", *sys.argv[1:]]))
