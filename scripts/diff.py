"""``zpdgym diff``: two results set beside each other, student by student."""

from __future__ import annotations

from zpdgym.scripts.command.positional import understood

HELP = """zpdgym diff: two results set beside each other, student by student

Usage: zpdgym diff FIRST SECOND

Each is the folder of a comparison, such as results/quickstart, or of one run. The runs that are in both (one scenario,
policy and seed) are paired: the same students with the same luck. Printed are the mean differences, the second less
the first, with 95 % intervals, what may be said of them (nothing from fewer than three trainings), and which settings
the runs differ in. Nothing is written.

Examples:
  zpdgym diff results/before results/after
      what a changed setting, or a new version, did
  zpdgym diff results/a/Tiny-v0/mastery/seed0 results/a/Tiny-v0/random/seed0
      two runs
  zpdgym diff results/mine copies/mine
      whether two machines made the same"""


def run(arguments: list[str]) -> None:
    """Print the differences.

    Raises:
        InputError: whatever ``zpdgym.diff`` refuses, or a command line that is not understood.
    """
    (first, second), _, _ = understood("diff", arguments, folders=2, keys=())
    from zpdgym.experiments.reading.diff import diff

    found = diff(first, second)
    for row in found.rows:
        difference = row.difference
        told = f"{difference.value:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}]"
        print(
            f"{row.runs or f'{row.scenario} {row.policy}'}: {row.first:.3f} -> {row.second:.3f}, {told}, "
            f"{row.verdict or 'too few seeds for a verdict'} ({row.students} students, {row.seeds} "
            f"run{'s' * (row.seeds > 1)} each)"
        )
        print(f"  differs: {row.differs or 'nothing: the same fingerprint'}")
    for where, left in ((first, found.only_first), (second, found.only_second)):
        if left:
            print(f"only in {where}: {', '.join(left[:5])}{f' and {len(left) - 5} more' if len(left) > 5 else ''}")


if __name__ == "__main__":
    from zpdgym.scripts.cli import start

    start("diff")
