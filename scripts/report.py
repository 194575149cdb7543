"""``zpdgym report``: the educator's page of an experiment, made again from its files."""

from __future__ import annotations

from zpdgym.errors import InputError
from zpdgym.files import is_folder

HELP = """zpdgym report: one self-contained HTML page from an experiment's results

Usage: zpdgym report FOLDER [FOLDER ...]

FOLDER is an experiment's folder, such as results/quickstart. The page, FOLDER/report.html, needs no network and no
JavaScript; compare writes it too. Nothing is simulated: the page is made from the files in the folder.

Examples:
  zpdgym report results/quickstart
      the page of one experiment
  zpdgym report results/*
      the pages of all experiments
  zpdgym compare experiment=quickstart seeds=10
      makes the results and the page"""


def run(arguments: list[str]) -> None:
    """Write the page of each folder and say where it is.

    Raises:
        InputError: no folder was given, or one holds no finished experiment.
    """
    if not arguments:
        raise InputError("give the folder of an experiment, such as results/quickstart")
    for argument in arguments:
        if argument.startswith("-") or ("=" in argument and not is_folder(argument)):
            raise InputError(f"'{argument}': report takes only folders; zpdgym report --help tells more")
        if not is_folder(argument):
            raise InputError(f"there is no folder '{argument}'")
    from zpdgym.experiments.report import write_report

    for argument in arguments:
        print(write_report(argument))


if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("report")
