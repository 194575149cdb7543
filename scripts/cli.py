"""The command line: finds the verb and hands it the arguments."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import NoReturn

from zpdgym.configs.trust import trusting
from zpdgym.errors import InputError, unknown
from zpdgym.scripts.command.guard import guarded
from zpdgym.scripts.command.options import own_folder, take_config_dir, take_trust
from zpdgym.scripts.command.verbs import Verb

VERBS = {
    "list": "what there is: scenarios, students, policies; and what one of them is",
    "train": "train a teacher, evaluate it on students it has never met, write the run",
    "evaluate": "evaluate a policy: ours, a saved teacher or your own",
    "tune": "the best settings of a policy in a scenario, on validation students",
    "compare": "the main job: every policy and seed of an experiment, then the table and the report",
    "robustness": "every way of teaching before every kind of students, also those that it was not made for",
    "bounds": "what can be known about the best possible outcome of a scenario",
    "audit": "whom a skewed log costs what, and what helps",
    "calibrate": "student models from a real log of answers, with held-out checks",
    "curriculum": "what a spreadsheet of a curriculum says, and what was guessed",
    "report": "one self-contained HTML page from an experiment's results",
    "plan": "how many students and seeds a verdict takes, from a pilot's results",
    "diff": "two results set beside each other, student by student",
    "merge": "two comparisons that were made apart become one",
    "figure": "a figure for a paper from an experiment's results",
    "export": "table, figures, methods and sources of an experiment for a paper",
    "pack": "a tutor to take away, as data and a program that reads it",
    "warm": "compile the kernels now, so that no first lesson waits for them",
}
LEARNER = "ppo_scorer"
"""Whose settings the help page of ``train`` lists, where no other policy was chosen."""
HELP = """zpdgym: which item should a tutor show this learner next?

Simulated students, learnt teachers, honest comparisons.

Usage: zpdgym VERB [group=choice] [key=value] ...

{verbs}

zpdgym VERB --help tells more, with examples. Start here:

  zpdgym list
  zpdgym evaluate scenario=kt6kc policy=mastery
  zpdgym compare experiment=quickstart
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; the exit code, as ``guarded`` gives it."""
    name, *rest = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    return guarded(name if name in VERBS else "", lambda: _run(name, rest))


def load_verb(name: str) -> Verb:
    """The description of a verb that takes ``group=choice key=value``."""
    return importlib.import_module(f"zpdgym.scripts.{name}").VERB


def _run(name: str, arguments: list[str]) -> int | None:
    if name in ("-h", "--help", "help"):
        print(HELP.format(verbs="\n".join(f"  {name:<10} {text}" for name, text in VERBS.items())), end="")
        return 0
    if name == "--version":
        from zpdgym import __version__

        print(f"zpdgym {__version__}")
        return 0
    if name.startswith("-"):
        raise InputError(f"'{name}' must stand behind a verb: zpdgym VERB {name}; zpdgym --help lists the verbs")
    if name not in VERBS:
        raise unknown("verb", name, VERBS)
    module = importlib.import_module(f"zpdgym.scripts.{name}")
    verb: Verb | None = getattr(module, "VERB", None)
    asked = [argument for argument in arguments if argument not in ("-h", "--help")]
    helped = len(asked) < len(arguments)
    if helped:
        print(module.HELP if verb is None else verb.help())
    arguments, folder = take_config_dir(asked)
    arguments, modules = take_trust(arguments)
    with trusting(modules), own_folder(folder):
        if helped:
            return None if verb is None else _tell_choices(verb, arguments)
        return module.run(arguments) if verb is None else _do(verb, arguments)


def _tell_choices(verb: Verb, arguments: Sequence[str]) -> None:
    """Behind a help page, what was chosen and what can be set of it: ``zpdgym train policy=ppo --help``."""
    from zpdgym.scripts.command import describe

    chosen = {key: value for key, _, value in (argument.partition("=") for argument in arguments)}
    if verb.name == "train":
        chosen.setdefault("policy", LEARNER)
    for group in ("policy", "student", "schedule", "cluster"):
        if group in chosen and group in verb.names() and chosen[group] != "custom":
            print(f"\n{getattr(describe, f'describe_{group}')(chosen[group])}")


def _do(verb: Verb, arguments: list[str]) -> int | None:
    from zpdgym.scripts.command.overrides import understand

    request = understand(verb, arguments)
    from zpdgym.scripts.command import compose

    if request.options.multirun:
        return compose.sweep(verb, request)
    if request.options.info:
        return compose.tell(verb, request)
    if request.options.cfg:
        return compose.show(verb, request)
    verb.run(compose.settings_of(verb, request))
    return 0


def start(verb: str) -> NoReturn:
    """Run a verb whose file was started as a program: ``python -m zpdgym.scripts.train …``."""
    sys.exit(main([verb, *sys.argv[1:]]))


if __name__ == "__main__":
    sys.exit(main())
