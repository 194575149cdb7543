"""Several lives of a run's students: the same people, other luck, so that harm can be told from bad luck."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...students.draws import spawn_seed
from ..store.runs import LIVES, TEACHER, TUNING, Run
from ..store.runs import STUDENTS as STUDENTS_CSV
from ..store.whole import lives_sum
from .lineup import ready_policy

if TYPE_CHECKING:
    from ...agents.problem import Policy
    from .plan import RunPlan

STUDENTS = 300
"""So many of the test students live several times: what lives cost is better spent on lives than on students."""
FLOOR = 6
"""The policy that others are set beside lives so many times as often, and one half of that is set against the other.

Two policies in the same life have luck in common, two lives of one policy have not: the floor needs more of them to be
as free of noise.
"""


def missing_lives(plan: RunPlan) -> bool:
    """Whether a run lacks lives that it should have.

    They are no part of a run's fingerprint, and hold that of its teacher or tuning: more test students, of whom the
    first ones live, leave them as they are.
    """
    run, wanted = Run(plan.folder), wanted_shape(plan)
    if not wanted[0]:
        return False
    if not run.has(LIVES):
        return True
    stored = run.arrays(LIVES)
    other = str(stored["fingerprint"]) != plan.fingerprint.prepared
    return other or stored["outcome"].shape[1] != wanted[1] or len(stored["outcome"]) < wanted[0]


def wanted_shape(plan: RunPlan) -> tuple[int, int]:
    """How many lives, of how many students."""
    return plan.lives, min(STUDENTS, int(plan.settings["n_students"]))


def lives_of(plan: RunPlan, run: Run, told: Callable[[float], None]) -> npt.NDArray[np.float64]:
    """Let the students of a finished run live again: (lives, students) primary outcomes.

    Life 0 is that of ``students.csv``, and is read there.

    Args:
        plan: the run.
        run: its folder, finished.
        told: called with the share that is done.
    """
    from ...agents.rollouts import teach

    policy, primary = _policy(plan, run), plan.scenario.outcome.primary
    n_lives, n_students = wanted_shape(plan)
    outcome: npt.NDArray[np.float64] = np.empty((n_lives, n_students))
    outcome[0] = run.columns(STUDENTS_CSV)[primary][:n_students]
    for life in range(1, n_lives):
        taught = teach(
            plan.scenario,
            policy,
            n_students=n_students,
            cohort_seed=spawn_seed(plan.cohort_seed, "test"),
            seed=plan.seed,
            metrics=False,
            life=life,
        )
        outcome[life] = taught.outcomes[primary]
        told((life + 1) / n_lives)
    return outcome


def write_lives(plan: RunPlan, run: Run, outcome: npt.NDArray[np.float64]) -> None:
    """Write ``lives.npz``, the last file of a run that has lives."""
    mark = str(plan.fingerprint.prepared)
    total = np.array(lives_sum(outcome, mark))
    run.write_arrays(LIVES, {"outcome": outcome, "fingerprint": np.array(mark), "sha256": total})


def _policy(plan: RunPlan, run: Run) -> Policy:
    """The policy of a finished run, as its files have it."""
    from ...agents.learnt.teacher import Teacher
    from ...agents.registry import build_policy

    if plan.trained:
        return Teacher.load(run.path / TEACHER)
    if run.has(TUNING):
        return build_policy(run.chosen(plan.entry.spec))
    return ready_policy(plan.entry.spec, plan.scenario, cohort_seed=plan.cohort_seed)[0]
