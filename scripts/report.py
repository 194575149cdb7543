"""``zpdgym report``: the educator's page of an experiment, made again from its files."""

from __future__ import annotations

from zpdgym.errors import InputError
from zpdgym.files import is_folder

START, LANG = "start=", "lang="
HELP = """zpdgym report: one self-contained HTML page from an experiment's results

Usage: zpdgym report FOLDER [FOLDER ...] [start=DAY] [lang=FILE]

FOLDER is an experiment's folder, such as results/quickstart. The page, FOLDER/report.html, needs no network;
compare writes it too. Nothing is simulated: the page is made from the files in the folder.

Keys, written key=value [default]:
  start          the day of the first session, such as 2027-01-11: the plan then comes as a calendar, too [none]
  lang           a file of translations, such as de.po: the page speaks its language [English]

Examples:
  zpdgym report results/quickstart
      the page of one experiment
  zpdgym report results/*
      the pages of all experiments
  zpdgym report results/quickstart start=2027-01-11
      with a calendar of the plan that begins on that Monday
  zpdgym compare experiment=quickstart seeds=10
      makes the results and the page"""


def run(arguments: list[str]) -> None:
    """Write the page of each folder and say where it is.

    Raises:
        InputError: no folder was given, one holds no finished experiment, the first day is none, or the file of
            translations cannot be read.
    """
    values, folders = _parted(arguments)
    if not folders:
        raise InputError("give the folder of an experiment, such as results/quickstart")
    for argument in folders:
        if argument.startswith("-") or ("=" in argument and not is_folder(argument)):
            raise InputError(
                f"'{argument}': report takes only folders, {START}DAY and {LANG}FILE; zpdgym report --help tells more"
            )
        if not is_folder(argument):
            raise InputError(f"there is no folder '{argument}'")
    from zpdgym.experiments.report import write_report

    for folder in folders:
        print(write_report(folder, start=values.get(START), lang=values.get(LANG)))


def _parted(arguments: list[str]) -> tuple[dict[str, str], list[str]]:
    """The value of each key, and what is not a key."""
    values, folders = dict[str, str](), list[str]()
    for argument in arguments:
        key = next((key for key in (START, LANG) if argument.startswith(key) and not is_folder(argument)), None)
        if key is None:
            folders.append(argument)
        elif key in values:
            raise InputError(f"'{argument}': it was said before, {key}{values[key]}")
        else:
            values[key] = argument.removeprefix(key)
    return values, folders


if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("report")
