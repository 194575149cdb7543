"""``zpdgym report``: the educator's page of an experiment, made again from its files."""

from __future__ import annotations

from zpdgym.errors import InputError
from zpdgym.files import is_folder

START = "start="
HELP = """zpdgym report: one self-contained HTML page from an experiment's results

Usage: zpdgym report FOLDER [FOLDER ...] [start=DAY]

FOLDER is an experiment's folder, such as results/quickstart. The page, FOLDER/report.html, needs no network;
compare writes it too. Nothing is simulated: the page is made from the files in the folder.

Keys, written key=value [default]:
  start          the day of the first session, such as 2027-01-11: the plan then comes as a calendar, too [none]

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
        InputError: no folder was given, one holds no finished experiment, or the first day is none.
    """
    starts = [argument for argument in arguments if argument.startswith(START) and not is_folder(argument)]
    folders = [argument for argument in arguments if argument not in starts]
    if len(starts) > 1:
        raise InputError(f"'{starts[1]}': there is one first day, and {starts[0]} said it")
    if not folders:
        raise InputError("give the folder of an experiment, such as results/quickstart")
    for argument in folders:
        if argument.startswith("-") or ("=" in argument and not is_folder(argument)):
            raise InputError(f"'{argument}': report takes only folders and {START}DAY; zpdgym report --help tells more")
        if not is_folder(argument):
            raise InputError(f"there is no folder '{argument}'")
    from zpdgym.experiments.report import write_report

    start = starts[0].removeprefix(START) if starts else None
    for folder in folders:
        print(write_report(folder, start=start))


if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("report")
