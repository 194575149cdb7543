"""``zpdgym export``: what a paper needs of a comparison."""

from __future__ import annotations

from zpdgym.scripts.command.positional import listed, understood

HELP = """zpdgym export: table, figures, methods and sources of an experiment for a paper

Usage: zpdgym export FOLDER [formats=[tex,csv,figures,methods,bib]] [out=DIR] [size=page]

FOLDER is a comparison's folder, such as results/quickstart. Nothing is simulated.

Keys, written key=value [default]:
  formats  some of: tex (LaTeX tables with intervals and verdicts: of the policies, and of contrasts, crossings, cohorts
           and draws where they were asked for; and paper.tex, which puts all together), csv (the data frames of
           zpdgym.load), figures (needs matplotlib: pip install 'zpdgym[figures]'), methods (a paragraph,
           as .tex and .md), bib (the sources of students, policies, beliefs and scenarios) [all]
  out      the folder to write to; a file that you changed there is left as it is [paper]
  size     of the figures: column or page [page]

Examples:
  zpdgym export results/quickstart
      everything, into paper/
  zpdgym export results/grid formats=[tex,bib] out=draft
      the table and the sources
  zpdgym export results/grid formats=figures size=column out=figures
      the figures alone, as wide as a column"""


def run(arguments: list[str]) -> None:
    """Write the files, and say which.

    Raises:
        InputError: whatever ``zpdgym.export`` refuses, or a command line that is not understood.
    """
    (folder,), given, _ = understood("export", arguments, folders=1, keys=("formats", "out", "size"))
    from zpdgym.experiments.paper.export import FORMATS, export

    formats = listed(given, "formats") if "formats" in given else FORMATS
    written = export(folder, out=given.get("out", "paper"), formats=formats, size=given.get("size", "page"))
    print("\n".join([*map(str, written.files), *written.left_out]))
    if written.kept:
        print(f"changed since they were written, and left as they are: {', '.join(map(str, written.kept))}")


if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("export")
