"""``zpdgym merge``: two comparisons that were made apart become one."""

from __future__ import annotations

from zpdgym.errors import InputError
from zpdgym.scripts.command.positional import understood

HELP = """zpdgym merge: two comparisons that were made apart become one

Usage: zpdgym merge FIRST SECOND into=FOLDER

FIRST and SECOND are comparisons' folders, made on two machines, say, that differ in nothing but seeds, policies and
scenarios. FOLDER gets all finished runs of both, verified by their checksums and fingerprints, and the table and the
report of them; it must not exist. The two folders stay as they are.

Examples:
  zpdgym merge results/seeds0to4 results/seeds5to9 into=results/all
      ten seeds from two times five
  zpdgym merge results/learners results/baselines into=results/everybody
      two lists of policies
  zpdgym merge here/results/mine there/results/mine into=results/mine
      what two machines made"""


def run(arguments: list[str]) -> None:
    """Write the folder, and say what is in it.

    Raises:
        InputError: whatever ``zpdgym.merge`` refuses, or a command line that is not understood.
    """
    (first, second), given, _ = understood("merge", arguments, folders=2, keys=("into",))
    if "into" not in given:
        raise InputError("merge needs into=FOLDER: where the two are put together")
    from zpdgym.experiments.reading.merge import merge

    merged = merge(first, second, into=given["into"])
    print("\n".join([f"{merged.folder}: {merged.runs} runs", *merged.said]))


if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("merge")
