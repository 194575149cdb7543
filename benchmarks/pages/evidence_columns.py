"""Writes the lists of columns of the pages on results again, from the rows as they are declared.

``python -m benchmarks.pages.evidence_columns``. A list stands between ``<!-- columns of ROW -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
from pathlib import Path

from zpdgym.experiments.comparison import rows
from zpdgym.experiments.questions import rows as questions
from zpdgym.experiments.runs.outcomes import BeliefBin, StudentRow, TrainRow
from zpdgym.experiments.store.columns import Column, columns

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = ("evidence.md", "robustness.md", "how-to/questions.md")
ROWS = {row.__name__: row for row in (StudentRow, BeliefBin, TrainRow)} | {
    name: row
    for name, row in (vars(rows) | vars(questions)).items()
    if name.endswith(("Row", "Cell", "Table", "Compared", "Leader"))
}


def listed(row: type) -> str:
    """The columns of a row as a Markdown table."""
    lines = ["| column | meaning | in |", "|---|---|---|"]
    lines += [f"| {_name(column)} | {column.meaning} | {column.unit} |" for column in columns(row)]
    return "\n".join(lines)


def _name(column: Column) -> str:
    return ", ".join(f"`{name}`" for name in (column.name, *column.parts))


def refreshed(text: str) -> str:
    """A page with its lists of columns written again."""

    def again(found: re.Match[str]) -> str:
        return f"<!-- columns of {found[1]} -->\n{listed(ROWS[found[1]])}\n<!-- end -->"

    return re.sub(r"<!-- columns of (\w+) -->\n.*?<!-- end -->", again, text, flags=re.DOTALL)


if __name__ == "__main__":
    for page in PAGES:
        path = DOCS / page
        path.write_text(refreshed(path.read_text(encoding="utf-8")), encoding="utf-8")
