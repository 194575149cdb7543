"""The smallest comparison, and what two comparisons must have in common to be the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zpdgym.experiments.comparison.rows import ComparisonTable
from zpdgym.experiments.runs import lineup
from zpdgym.experiments.store.columns import from_plain
from zpdgym.experiments.store.runs import RUN

if TYPE_CHECKING:
    from zpdgym.experiments.comparison.compare import Comparison

TINY: dict[str, Any] = {
    "name": "tiny",
    "scenarios": ["Tiny-v0"],
    "policies": ["linear", "greedy_ready"],
    "seeds": 2,
    "n_students": 60,
    "n_validation": 40,
    "tune_budget": 2,
    "lessons": 600,
    "lives": 0,
    "tracking": "none",
}

REFERENCES = {*lineup.REFERENCES, *lineup.PRIVILEGED} - {lineup.BY_MINUTE}
"""The reference lines of Tiny-v0, where lessons are counted."""


def rows_of(found: Comparison) -> ComparisonTable:
    """The table of a comparison, as its file gives it back."""
    return from_plain(ComparisonTable, json.loads((found.folder / "table.json").read_text()), where="table.json")


def contents(folder: Path) -> dict[str, bytes]:
    """The files of an experiment but for the timings; where it lies (told by the command to repeat it) is left out."""
    here = re.compile(rf"{re.escape(str(folder.parent))}|(?<==){re.escape(folder.parent.name)}(?=[/ \"<&])".encode())
    return {
        str(path.relative_to(folder)): here.sub(b"", path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (RUN, ".lock")
    }
