"""Whether a scenario asks anything of whoever teaches in it, or, as a control, nothing that anybody could win by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from zpdgym.parameters import Number, Table, read_arguments

from ..attainable import LUCKY, mastery_levels
from ..beliefs.base import Privileged
from ..check import random_actions
from ..reward import log_score
from ..scenario import Scenario
from .control import NO_TEACHING
from .outcome import SCORE

if TYPE_CHECKING:
    from ..tutor import TutorVectorEnv

__all__ = ["check_scenario"]

Floats = npt.NDArray[np.float64]

CHECK: Table = {
    "n_students": Number("how many students are taught", low=3, high=10_000, whole=True),
    "seed": Number("of the cohort and of the actions", low=0, whole=True),
}
LESSONS = 60
"""So many lessons in which all goes well must do for a skill, or nobody can be said to reach it."""
EVERYTHING = 0.98
"""Whoever has this share of the exam's skills mastered has as good as everything."""
SEEN = ("belief", "ready")
"""The columns that the baselines decide by."""


def check_scenario(scenario: Scenario | str, *, n_students: int = 40, seed: int = 0) -> None:
    """Look whether a scenario is worth teaching in, or, if it is a control, whether nobody can win it.

    Every skill of the exam can be reached; the budget is too short for everything, even for somebody who sees what is
    known (in a control it is long enough, or nothing can be learnt); the baselines see what a learnt teacher sees; and
    outcomes and columns differ, between students and from lesson to lesson. Where the outcome is ``log_score``, which
    asks for no learning, only the last two are looked at.

    Args:
        scenario: a scenario or its name.
        n_students: how many students are taught.
        seed: of the cohort and of the actions.

    Raises:
        AssertionError: one of these is not so; the message says which.
    """
    given = read_arguments(CHECK, locals(), "check_scenario")
    loaded = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    placebo = loaded.control is not None and loaded.control.bound == NO_TEACHING
    _check_sight(loaded)
    if not placebo and loaded.outcome.primary != SCORE:  # who is only asked questions need not get anywhere
        _check_reachable(loaded)
        _check_budget(loaded, given.n_students, given.seed)
    _check_outcomes(loaded, given.n_students, given.seed, placebo=placebo)


def _check_sight(scenario: Scenario) -> None:
    """A learnt teacher reads no column that baselines have no use for, and nobody is told the truth."""
    assert not isinstance(scenario.belief, Privileged), "the tutor is told what students know"
    missing = [name for name in SEEN if name not in scenario.column_names]
    assert not missing, f"the baselines decide by {', '.join(missing)}, which the observation does not show"
    own = [column.name for column in scenario.observe.own]
    assert not own, f"a learnt teacher sees {', '.join(own)}, which no baseline knows"


def _needed(scenario: Scenario) -> npt.NDArray[np.bool_]:
    """(K,) whether a skill is in the exam, or below one that is."""
    c = scenario.curriculum
    needed: npt.NDArray[np.bool_] = np.asarray(c.q[c.exam_items].any(axis=0))
    for skill in reversed(c.order):
        if needed[skill]:
            needed |= c.prerequisites[skill]
    return needed


def _check_reachable(scenario: Scenario) -> None:
    """A student to whom all goes well gets to every skill of the exam."""
    c, student = scenario.curriculum, scenario.student
    untaught = [c.skills[k] for k in np.flatnonzero(_needed(scenario) & ~c.q.any(axis=0))]
    assert not untaught, f"no item teaches {untaught[0]!r}, which the exam needs"
    tutor = scenario.make(16, seed=0, autoreset=False)
    tutor.reset(seed=0)
    state, out = tutor.state, tutor.outcome
    luck = np.full((len(state), student.lesson_draws), LUCKY)
    for skill in c.order:
        items = np.flatnonzero(c.q[:, skill])
        for lesson in range(LESSONS):
            student.step(state, np.full(len(state), items[lesson % len(items)]), luck, out)
    best, levels = student.mastery(state).max(axis=0), mastery_levels(scenario)
    for k in np.flatnonzero(c.q[c.exam_items].any(axis=0)):
        assert best[k] >= levels[k] - 1e-9, f"nobody masters {c.skills[k]!r}: {best[k]:.3f} of {levels[k]:.3f} at most"


def _check_budget(scenario: Scenario, n_students: int, seed: int) -> None:
    """Not even somebody who sees what is known gets everything done; in a control, somebody does."""
    taught = _teach(scenario, n_students, seed, knowing=True)
    examined = scenario.curriculum.q[scenario.curriculum.exam_items].any(axis=0)
    share = float((taught.mastery >= mastery_levels(scenario) - 1e-9)[:, examined].mean())
    if scenario.control is None:
        assert share < EVERYTHING, f"the budget is too long: {share:.1%} of the exam's skills can be mastered"
    else:
        assert share >= EVERYTHING, f"a control's budget must do for everything; this does for {share:.1%}"


def _check_outcomes(scenario: Scenario, n_students: int, seed: int, *, placebo: bool) -> None:
    """Students end differently, teaching changes them (or nothing, if nothing can be learnt), and columns move."""
    taught = _teach(scenario, n_students, seed, knowing=False)
    assert np.isfinite(taught.after).all(), "an outcome is not a finite number"
    assert np.ptp(taught.after) > 0, f"all students end with the same outcome, {taught.after[0]:.3f}"
    if placebo:
        assert np.array_equal(taught.before, taught.after), "nothing can be learnt here, and yet something was"
    else:
        assert not np.array_equal(taught.before, taught.after), "no lesson changes the outcome"
    without = {"ready"} if not scenario.curriculum.prerequisites.any() else set[str]()
    still = [name for name, moved in zip(scenario.column_names, taught.moved, strict=True) if not moved]
    assert set(still) <= without, f"column {still[0]} is the same whatever happens"


class _Taught(NamedTuple):
    """What came of one course: outcomes (N,) before and after it, mastery (N, K) at the exam, which columns moved."""

    before: Floats
    after: Floats
    mastery: Floats
    moved: npt.NDArray[np.bool_]


def _teach(scenario: Scenario, n_students: int, seed: int, *, knowing: bool) -> _Taught:
    """Teach to the end: at random, or by the largest true gain of each lesson."""
    env, rng = scenario.make(n_students, seed=seed, autoreset=False), np.random.default_rng(seed)
    observation, info = env.reset(seed=seed)
    before, after = np.zeros(n_students), np.zeros(n_students)
    start = log_score(np.ascontiguousarray(env.believed()), env.probe.mastery())
    mastery = np.zeros((n_students, env.curriculum.n_skills))
    low, high = observation.min(axis=(0, 1)), observation.max(axis=(0, 1))
    while not env.done.all():
        mask = info["action_mask"]
        actions = _best(env, mask) if knowing else random_actions(mask, rng)
        observation, _, ended, _, info = env.step(actions)
        low, high = np.minimum(low, observation.min(axis=(0, 1))), np.maximum(high, observation.max(axis=(0, 1)))
        if ended.any():
            rows = np.flatnonzero(info["_final_info"])
            truth = {name: values[rows] for name, values in info["final_info"]["privileged"].items()}
            scored = scenario.outcome.primary == SCORE
            after[rows], mastery[rows] = truth[SCORE if scored else "exam"], truth["mastery"]
            before[rows] = start[rows] if scored else truth["pre"]
    return _Taught(before, after, mastery, high > low)


def _best(env: TutorVectorEnv, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """(N,) the item with the largest true gain of one lesson, whoever could see it."""
    gain = np.full(mask.shape, -1.0)
    gain[:, : env.curriculum.n_items] = env.probe.expected_gain()
    return np.where(mask, gain, -2.0).argmax(axis=1)
