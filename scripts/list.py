"""``zpdgym list``: what there is, each with its kind and one sentence."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable
from pathlib import Path

from zpdgym.configs.build import config_files
from zpdgym.errors import InputError, unknown

KINDS = {
    "scenarios": "scenario",
    "students": "student",
    "policies": "policy",
    "schedules": "schedule",
    "experiments": "experiment",
    "matrices": "matrix",
}
HELP = """zpdgym list: what there is, and what one of them is

Usage: zpdgym list [scenarios|students|policies|schedules|experiments|matrices] [NAME]

Without a word it lists all six, each with its kind and one sentence. With a NAME it tells what that one is, its
parameters with default, range, unit and meaning, and its page; of a scenario, an experiment or a matrix every key that
can be changed, of a schedule in what the others differ from it. NAME may be the path of a YAML file of your own, and
--config-dir DIR lists those in DIR/policy, DIR/student, … too.
Files may name classes of zpdgym and of modules in this folder; trust=my_module adds another.
Kinds of policies: baseline (a rule; some are tuned on validation students), learnt (trained by reinforcement),
privileged (looks inside the simulated students: a reference, no tutor could do it).

Examples:
  zpdgym list
      everything
  zpdgym list policies
      who can teach
  zpdgym list scenarios
      what can be taught to whom: names for scenario=, and with zpdgym/ before them the Gymnasium ids
  zpdgym list experiments
      what can be compared: names for compare experiment=; list matrices: for robustness matrix=
  zpdgym list student fsrs6
      what it is, and its parameters
  zpdgym list scenario algebra
      what it is, and what can be changed"""


def run(arguments: list[str]) -> None:
    """Print what there is, or what one of them is.

    Raises:
        InputError: a word that is none of ``KINDS``, or an unknown name behind it.
    """
    if any(argument.startswith("-") for argument in arguments):
        raise InputError(f"'{' '.join(arguments)}': list takes no option but --help and --config-dir DIR")
    many = {one: kind for kind, one in KINDS.items()} | {kind: kind for kind in KINDS}
    if arguments and arguments[0] not in many:
        raise unknown("kind", arguments[0], many)
    if len(arguments) > 2:
        told = f"give one of {', '.join(KINDS)} and one name, or nothing for all of them"
        raise InputError(f"'{' '.join(arguments)}': {told}")
    if len(arguments) == 2:
        print(_described(KINDS[many[arguments[0]]], arguments[1]))
        return
    for i, kind in enumerate([many[word] for word in arguments] or KINDS):
        print(f"{'' if i == 0 else chr(10)}{kind}")
        _print(_policies() if kind == "policies" else _named(KINDS[kind]))


def _described(kind: str, name: str) -> str:
    from zpdgym.scripts.command import describe

    return getattr(describe, f"describe_{kind}")(name)


def _named(group: str) -> list[tuple[str, str, str]]:
    return [(name, "", _sentence(path)) for name, path in config_files(group).items()]


def _policies() -> list[tuple[str, str, str]]:
    from zpdgym.scripts.command.describe import kind_of, made_of

    return [(name, kind_of(made_of(path)), _sentence(path)) for name, path in config_files("policy").items()]


def _sentence(path: Path) -> str:
    """The first comment line of a configuration file."""
    with path.open(encoding="utf-8") as lines:
        return next(lines, "").lstrip("# ").strip()


def _print(rows: Iterable[tuple[str, str, str]]) -> None:
    rows = list(rows)
    width = min(shutil.get_terminal_size((100, 24)).columns, 100)
    columns = [max((len(row[i]) for row in rows), default=0) + 2 for i in range(2)]
    for name, kind, sentence in rows:
        head = f"  {name:<{columns[0]}}" + (f"{kind:<{columns[1]}}" if columns[1] > 2 else "")
        filled = textwrap.wrap(sentence, max(width - len(head), 30), break_on_hyphens=False) or [""]
        print(f"\n{' ' * len(head)}".join([head + filled[0], *filled[1:]]))


if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("list")
