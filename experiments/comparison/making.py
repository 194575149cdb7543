"""The missing runs of a plan made, and what is told of that."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from zpdgym.errors import InputError
from zpdgym.streams import standard_output

from ..runs.execute import effort, make_run
from ..runs.lives import missing_lives
from ..runs.plan import Plan, RunPlan
from ..runs.specification import TUNED
from ..store.runs import RUN, Run, to_do
from .progress import runs_progress
from .workers import Job, cores, run_jobs

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


@dataclass(frozen=True, eq=False)
class Made:
    """What came of a plan.

    Attributes:
        folder: where everything lies: ``results/<name>``.
        table: all numbers; see ``docs/evidence.md`` and ``docs/robustness.md``.
        made: how many runs were made now (the others were finished before).
    """

    folder: Path
    table: Mapping[str, Any]
    made: int


class Making:
    """Makes the runs of a plan that are not finished yet.

    Args:
        jobs: how many processes; None: one per core.
        console: where progress and results are shown; None: the terminal.

    Raises:
        InputError: ``jobs`` is below 1.
    """

    def __init__(self, jobs: int | None, console: Console | None) -> None:
        from rich.console import Console

        if jobs is not None and jobs < 1:
            raise InputError(f"jobs={jobs} must be at least 1")
        self.workers, self.console = jobs or cores(), console or Console(file=cast("IO[str]", standard_output()))
        self.started = time.perf_counter()

    def make(self, runs: Sequence[RunPlan], *, on_finished: Callable[[RunPlan], None] = lambda run: None) -> None:
        """Make runs, the longest first, so that no core is idle at the end.

        Args:
            runs: what to make.
            on_finished: called with each of them when it is done.
        """
        if not runs:
            return
        by_name, names = {run.name: run for run in runs}, {run.folder: run.name for run in runs}
        # what others wait for comes before everything else
        ordered = sorted(runs, key=lambda run: (run.entry.name != TUNED, -effort(run)))
        jobs = [
            Job(run.name, run, frozenset(names[f] for f in (run.mastery, run.trained_by) if f in names))
            for run in ordered
        ]
        with runs_progress({run.name: effort(run) for run in runs}, self.console) as (on_progress, on_done):

            def done(name: str, _: None) -> None:
                on_done(name)
                on_finished(by_name[name])

            run_jobs(make_run, jobs, workers=self.workers, on_progress=on_progress, on_done=done)

    def tell(self, plan: Plan, made: int, parts: Sequence[RenderableType], files: str) -> None:
        """Print the result, how long it took, and where its files are."""
        for part in parts:
            self.console.print(part)
        computing = sum(sum(Run(run.folder).json(RUN)["seconds"].values()) for run in plan.runs)
        now = f"{made} of {len(plan.runs)} runs made now; {time.perf_counter() - self.started:.0f} s"
        self.console.print(f"{now}, {computing:.0f} s of computing in all.\n{files}", highlight=False, soft_wrap=True)


def missing_runs(plan: Plan, *, rerun: bool) -> list[RunPlan]:
    """The runs of a plan that are not finished or lack lives; those of another fingerprint are moved aside or refused.

    Args:
        plan: the experiment.
        rerun: move finished runs of another fingerprint aside, instead of refusing.

    Raises:
        InputError: a finished run has another fingerprint, or a folder holds files that no run writes.
    """
    missing: set[Path] = {run.path for run in to_do((run.run for run in plan.runs), rerun=rerun)}
    return [run for run in plan.runs if run.folder in missing or missing_lives(run)]
