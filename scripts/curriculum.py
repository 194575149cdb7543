"""``zpdgym curriculum``: what a table of a curriculum says, before anything is done with it."""

from __future__ import annotations

import os
from pathlib import Path

from zpdgym.scripts.command.positional import understood

HELP = """zpdgym curriculum: what a spreadsheet of a curriculum says, and what was guessed

Usage: zpdgym curriculum FILE [columns.COLUMN=NAME] [out=FILE.csv]

FILE is a table with one row per item (.csv, .tsv, .xlsx), or the .json of a curriculum. Printed are the skills with
their items and what each builds on, what was guessed (other words, empty cells), and what was hardly meant. Only a
column for the skill is needed. Nothing is simulated. Every other verb reads curriculum.path=FILE in the same way.

Keys, written key=value:
  columns.COLUMN  what a column is called in this table, where another word was used that is not known: COLUMN is
                  skill, topic, prerequisites, item, approach, difficulty, minutes or exam
  out             a file that is not there yet, for the same curriculum as a table in our words

Examples:
  zpdgym curriculum mine.xlsx
      look whether it was read as it was meant
  zpdgym curriculum mine.csv columns.skill=Können out=clean.csv
      a column that nobody could know, and a table without guesses
  zpdgym compare scenario=algebra curriculum.path=clean.csv student=typical policies=greedy_ready
      use it"""


def run(arguments: list[str]) -> None:
    """Print what was read, and write the table in our words where that is wanted.

    Raises:
        InputError: what is wrong in the file, a file that is there already, or a command line that is not understood.
    """
    (path,), given, inner = understood(
        "curriculum", arguments, folders=1, keys=("out",), nested=("columns",), wanted="the file of a curriculum"
    )
    from zpdgym.errors import InputError
    from zpdgym.files import write_bytes, writing
    from zpdgym.students.curriculum.readers import account, locate, read
    from zpdgym.students.curriculum.written import as_table, as_text

    out = Path(given["out"]) if "out" in given else None
    if out is not None and out.suffix.lower() != ".csv":
        raise InputError(f"out={out}: what is written is CSV: let its name end in .csv")
    if out is not None and os.path.lexists(out):
        raise InputError(f"out={out} is there already, and stays as it is: give another name")
    file = locate(path)
    found = read(file, columns=inner["columns"] or None)
    first, _, *guesses = account(found, file.name)
    print("\n".join([first, *guesses, *(f"  look again: line {line}: {told}" for line, told in found.doubts), ""]))
    print("\n".join(as_text(found.curriculum)))
    if out is not None:
        with writing(out):
            write_bytes(out, as_table(found.curriculum).encode())
        print(f"\nthe same in our words: {out}")


if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("curriculum")
