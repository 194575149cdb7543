"""``zpdgym warm``: compile the kernels now, so that no first lesson waits for them."""

from __future__ import annotations

from zpdgym.errors import InputError
from zpdgym.notes import say

HELP = """zpdgym warm: compile the kernels before they are needed

Usage: zpdgym warm [all]

Simulated students, beliefs and baselines run in compiled kernels. Each is compiled when it is first used, which takes
seconds, and kept. This compiles those of the registered environments and of the quick start now. Kernels that are
there are found, not compiled again; after an edit or an update only what it touches is. What was done is kept when
the command is stopped, and two of them do no harm.

  all   those of every bundled student, belief and policy, too; some minutes

Examples:
  zpdgym warm
      before the first lesson; make setup does this
  zpdgym warm all
      before a machine goes off the network, or many jobs begin at once
  zpdgym warm && zpdgym compare experiment=quickstart
      the first comparison without a second of compiling"""


def run(arguments: list[str]) -> int | None:
    """Compile, and print how many kernels were there and how many were compiled; 3: something could not be warmed.

    Raises:
        InputError: a word that is not ``all``.
    """
    if arguments not in ([], ["all"]):
        raise InputError(f"'{' '.join(arguments)}': warm takes nothing, or all")
    from zpdgym.experiments.warming import warm

    found = warm(everything=bool(arguments))
    for name, why in found.failed.items():
        say(f"not warmed: {name}: {why}")
    print(f"{found.there} kernels were there, {found.compiled} compiled, {found.seconds:.0f} s")
    print(f"kept in {found.folder}" if found.folder else "kept nowhere: no folder can be written")
    return 3 if found.failed else 0


if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("warm")
