"""A small real comparison as a grid leaves it: cells of two axes, and variants of a learner by a third."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.comparison.rows import ComparisonTable
from zpdgym.experiments.comparison.show import save_tables
from zpdgym.experiments.comparison.table import comparison
from zpdgym.experiments.store.columns import from_plain, to_plain
from zpdgym.experiments.store.runs import seal_experiment, unseal_experiment, write_json

SLIPS, GUESSES, GAMMAS = (0.05, 0.3), ("few", "many"), (0.5, 0.9)
GUESS = {"few": 0.1, "many": 0.4}
AXES: dict[str, list[Any]] = {"slip": list(SLIPS), "guessing": list(GUESSES), "gamma": list(GAMMAS)}
"""Two axes of the students, and one of the learner's settings."""


def small(**changes: Any) -> dict[str, Any]:
    """The specification of the smallest comparison with a learner."""
    learner = {"_target_": "zpdgym.agents.ScorerPPO", "reward": "gain", "ready": [0.5, 0.9]}
    return {
        "name": "grid",
        "scenarios": [_cell(slip, guess) for slip in SLIPS for guess in GUESSES],
        "policies": ["mastery_tuned", *({**learner, "gamma": g, "name": f"ppo_scorer-{g}"} for g in GAMMAS)],
        "seeds": 3,
        "n_students": 60,
        "n_validation": 40,
        "lessons": 600,
        "tune_budget": 2,
        "lives": 0,
        "unexpected": False,
        "tracking": "none",
        **changes,
    }


def made(spec: dict[str, Any], results: Path) -> Path:
    """The folder of a finished comparison."""
    return compare(spec, results=results, jobs=1, console=Console(file=io.StringIO())).folder


def make_grid(results: Path) -> Path:
    """The folder of a grid: a real comparison whose cells and policies get the names that a grid gives them."""
    folder = made(small(), results)
    about = json.loads((folder / "experiment.json").read_text())
    compared: dict[str, Any] = {}
    for slip in SLIPS:
        for guess in GUESSES:
            old, new = _label(slip, guess), f"Tiny-v0,slip={slip},guessing={guess}"
            (folder / old).rename(folder / new)
            compared[new] = {**about["compared"][old], "axes": {"slip": slip, "guessing": guess}}
            for runs in compared[new]["policies"]:
                if runs["policy"].startswith("ppo_scorer-"):
                    gamma = float(runs["policy"].partition("-")[2])
                    variant = f"ppo_scorer,gamma={gamma}"
                    (folder / new / runs["policy"]).rename(folder / new / variant)
                    runs |= {"policy": variant, "axes": {"gamma": gamma}}
    write_again(folder, {**about, "compared": compared, "axes": AXES})
    return folder


def write_again(folder: Path, about: dict[str, Any]) -> None:
    """Write ``experiment.json``, and the table of it, as a comparison does."""
    unseal_experiment(folder)
    write_json(folder / "experiment.json", about)
    stored = to_plain(comparison(folder, about))
    stored["axes"] = about.get("axes")
    for label, scenario in stored["scenarios"].items():
        cell = about["compared"][label]
        variants = {runs["policy"]: runs.get("axes", {}) for runs in cell["policies"]}
        scenario["axes"] = cell.get("axes")
        for row in scenario["policies"]:
            row["axes"] = cell.get("axes", {}) | variants[row["policy"]] or None
    write_json(folder / "table.json", stored)
    save_tables(folder, from_plain(ComparisonTable, stored, where="table.json"))
    seal_experiment(folder, ["table.json", *(f"{label}/scenario.json" for label in about["compared"])])


def _label(slip: float, guess: str) -> str:
    return f"slip{slip}-{guess}"


def _cell(slip: float, guess: str) -> dict[str, Any]:
    change = {"student": {"slip": slip, "guess": GUESS[guess]}}
    return {"scenario": "tiny", "name": _label(slip, guess), "change": change}
