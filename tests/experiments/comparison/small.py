"""The smallest comparison, and what two comparisons must have in common to be the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zpdgym.experiments.comparison import plan
from zpdgym.experiments.store.runs import RUN

TINY: dict[str, Any] = {
    "name": "tiny",
    "scenarios": ["Tiny-v0"],
    "policies": ["linear", "greedy_ready"],
    "seeds": 2,
    "n_students": 60,
    "n_validation": 40,
    "tune_budget": 2,
    "lessons": 600,
    "tracking": "none",
}

REFERENCES = {*plan.REFERENCES, *plan.PRIVILEGED}


def contents(folder: Path) -> dict[str, bytes]:
    """The files of an experiment but for the timings; where it lies (told by the command to repeat it) is left out."""
    here = str(folder.parent).encode()
    return {
        str(path.relative_to(folder)): path.read_bytes().replace(here, b"")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (RUN, ".lock")
    }
