"""What an experiment will cost, before anything is made or fitted."""

from __future__ import annotations

from pathlib import Path

from zpdgym.notes import duration

from ..runs.grid import cells_of
from ..runs.lineup import PRIVILEGED, REFERENCES, asked_entries, trains
from ..runs.specification import Experiment
from ..store.runs import RUN, Run

MOST_NAMED = 12
"""So many cells are named."""


def costs_of(experiment: Experiment, folder: Path) -> list[str]:
    """Lines about the cells of an experiment, its runs, and how much of it is there.

    Args:
        experiment: the specification.
        folder: where it lies, or will lie.

    Raises:
        InputError: whatever is wrong with its policies.
    """
    fit_to, seed = experiment.belief["fit_to"], experiment.cohort_seed
    cells = cells_of(experiment.scenarios, experiment.grid, fit_to=fit_to, cohort_seed=seed)
    entries = asked_entries(experiment, "experiment")
    learners, names = sum(map(trains, entries)), {entry.name for entry in entries}
    others = len(entries) - learners + len({*REFERENCES, *PRIVILEGED} - names)
    trainings = len(cells) * learners * len(experiment.seeds)
    lessons = sum(cell.settings.get("lessons", experiment.lessons) for cell in cells) * learners * len(experiment.seeds)
    labels = [cell.label for cell in cells if cell.axes]
    more = f", and {len(labels) - MOST_NAMED} more" if len(labels) > MOST_NAMED else ""
    lines = [f"{len(cells)} cell{'s' * (len(cells) > 1)}: {', '.join(labels[:MOST_NAMED])}{more}"] if labels else []
    tuned = sum(bool(entry.spec.get("tune")) for entry in entries if not trains(entry))
    lines.append(
        f"at most {trainings + len(cells) * others:,} runs: {trainings:,} trainings with {lessons:,} lessons in all, "
        f"{len(cells) * others:,} runs of untrained policies (reference lines among them), of those asked for "
        f"{len(cells) * tuned:,} with a search over up to {experiment.tune_budget} settings"
    )
    return [*lines, *_there(folder)]


def _there(folder: Path) -> list[str]:
    """What is finished in the folder, and how long that took."""
    runs = [Run(path.parent) for path in folder.glob(f"*/*/seed*/{RUN}")]
    seconds = [sum(run.json(RUN)["seconds"].values()) for run in runs if run.done is not None]
    if not seconds:
        return []
    total = sum(seconds)
    return [f"{len(seconds):,} runs are finished in {folder}; they took {duration(total)} of computing"]
