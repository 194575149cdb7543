"""The luck of tuning: the table between the marks of docs/evidence.md is written again from a finished comparison.

``python -m benchmarks.pages.luck results/luck_true``. The comparison was made with ``tune_seeds=true``: every seed of a
policy is another tuning of it. *Once* is the first of them alone, as tables without ``tune_seeds`` have it.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.pages.better_beliefs import Comparison, Floats, difference, estimated
from benchmarks.pages.scenarios import table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "evidence.md"
MARKS = re.compile(r"(<!-- luck -->\n).*?(<!-- end -->)", re.DOTALL)
YARDSTICK = "mastery_tuned"
HEAD = ["scenario", "policy less `mastery_tuned`", "tuned once", "ten tunings", "one by one", "standard deviation"]


def line(scenario: str, policy: str, runs: Floats, base: Floats) -> list[str]:
    """What one tuning says of a policy, what all say, and how far single ones lie apart."""
    each = (runs - base).mean(axis=1)
    once, all_of_them = estimated(runs[:1], base[:1]), estimated(runs, base)
    lowest, highest, spread = each.min(), each.max(), each.std(ddof=1)
    apart = f"{lowest:+.3f} to {highest:+.3f}"
    return [scenario, f"`{policy}`", difference(once), difference(all_of_them), apart, f"{spread:.4f}"]


def told(folder: Path) -> str:
    """The table of all policies that were tuned more than once.

    Raises:
        SystemExit: no policy was.
    """
    comparison = Comparison(folder)
    rows = list[list[str]]()
    for scenario, about in json.loads((folder / "table.json").read_text(encoding="utf-8"))["scenarios"].items():
        base = comparison.runs(scenario, YARDSTICK)
        for row in about["policies"]:
            runs = comparison.runs(scenario, row["policy"])
            tuned = row["kind"] == "baseline" and row["policy"] != YARDSTICK
            if tuned and runs is not None and base is not None and len(runs) == len(base) > 1:
                rows.append(line(scenario, row["policy"], runs, base))
    if not rows:
        raise SystemExit(f"{folder}: nothing in it was tuned more than once; make it with tune_seeds=true")
    return table([HEAD, *rows])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    page, new = PAGE.read_text(encoding="utf-8"), told(parser.parse_args(arguments).folder)
    PAGE.write_text(MARKS.sub(lambda found: f"{found[1]}{new}\n{found[2]}", page), encoding="utf-8")


if __name__ == "__main__":
    main()
