"""A small grid: cells of two axes, and variants of a learner by a third."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from rich.console import Console
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.comparison.show import save_tables
from zpdgym.experiments.comparison.table import comparison
from zpdgym.experiments.store.columns import to_plain
from zpdgym.experiments.store.runs import seal_experiment, unseal_experiment, write_json

SLIPS, GUESSES, GAMMAS = (0.05, 0.3), ("few", "many"), (0.5, 0.9)
GUESS = {"few": 0.1, "many": 0.4}
AXES: dict[str, list[Any]] = {"slip": list(SLIPS), "guess": list(GUESSES), "gamma": list(GAMMAS)}
"""Two axes of the students, and one of the learner's settings."""


def small(**changes: Any) -> dict[str, Any]:
    """The specification of the grid."""
    learner = {"_target_": "zpdgym.agents.ScorerPPO", "name": "ppo_scorer", "reward": "gain", "ready": [0.5, 0.9]}
    return {
        "name": "grid",
        "scenarios": ["tiny"],
        "policies": [learner],
        "seeds": 3,
        "n_students": 60,
        "n_validation": 40,
        "lessons": 600,
        "tune_budget": 2,
        "lives": 0,
        "unexpected": False,
        "tracking": "none",
        "grid": {
            "student.slip": list(SLIPS),
            "student.guess": [{"name": name, "value": value} for name, value in GUESS.items()],
            "policies.ppo_scorer.gamma": list(GAMMAS),
        },
        **changes,
    }


def made(spec: dict[str, Any], results: Path) -> Path:
    """The folder of a finished comparison."""
    return compare(spec, results=results, jobs=1, console=Console(file=io.StringIO())).folder


def make_grid(results: Path) -> Path:
    """The folder of a finished grid."""
    return made(small(), results)


def write_again(folder: Path, about: dict[str, Any]) -> None:
    """Write ``experiment.json``, and the table of it, as a comparison does."""
    unseal_experiment(folder)
    write_json(folder / "experiment.json", about)
    table = comparison(folder, about)
    write_json(folder / "table.json", to_plain(table))
    save_tables(folder, table)
    seal_experiment(folder, ["table.json", *(f"{label}/scenario.json" for label in about["compared"])])
