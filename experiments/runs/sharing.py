"""Runs that several cells of a grid have in common: made once, and copied.

A cell that differs in what a policy does not depend on, such as lessons of training, has the same run of it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from zpdgym.files import writing

from ...students.draws import spawn_seed
from ..store.runs import LIVES, RESULTS, TUNING, Run
from .lives import wanted_shape, write_lives
from .plan import RunPlan


def copied(plan: RunPlan, run: Run) -> bool:
    """Make a run by copying the one that it is like, if that is there.

    Args:
        plan: the run.
        run: its folder.
    """
    if plan.same_as is None:
        return False
    folder, theirs = plan.same_as
    other = Run(folder)
    if other.done != theirs.value or other.damage is not None:
        return False
    run.start(plan.settings, fingerprint=plan.fingerprint)
    if not run.is_prepared(plan.fingerprint):
        if other.has(TUNING):
            _copy(other.path / TUNING, run.path / TUNING)
        run.prepared(plan.fingerprint, seconds={})
    for name in RESULTS:
        if name not in (TUNING, LIVES) and other.has(name):
            _copy(other.path / name, run.path / name)
    seeds = {role: spawn_seed(plan.cohort_seed, role) for role in ("validation", "test", "calendar")}
    run.finish(plan.fingerprint, kind=plan.entry.kind, seeds={"policy": plan.seed} | seeds, seconds={}, name=plan.name)
    _copy_lives(plan, run, other, str(theirs.prepared))
    return True


def _copy_lives(plan: RunPlan, run: Run, other: Run, mark: str) -> None:
    """The same lives under the mark of this run, where the other one has as many as are wanted."""
    n_lives, n_students = wanted_shape(plan)
    if not n_lives or not other.has(LIVES):
        return
    stored = other.arrays(LIVES)
    outcome = stored["outcome"]
    if str(stored["fingerprint"]) == mark and outcome.shape[1] == n_students and len(outcome) >= n_lives:
        write_lives(plan, run, outcome)


def _copy(here: Path, there: Path) -> None:
    with writing(there):
        if here.is_dir():
            shutil.copytree(here, there, dirs_exist_ok=True)
        else:
            shutil.copyfile(here, there)
