"""Students with abilities and moods: worked values, and who gives up."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from zpdgym.envs.beliefs.elo import EloBelief
from zpdgym.students import AFM, IRT, allocate_outcome
from zpdgym.students.ability._difficulty_band import BORED, next_affect, quit_hazard
from zpdgym.students.curriculum.builders import chain
from zpdgym.students.jit import kernel

from benchmarks.pages.dropout_figure import FIGURES
from benchmarks.published.figure import Figure
from tests.helpers import cohort, one_skill


def irt() -> list[Figure]:
    """a = 1.2, b = 0, c = .25, theta = .5."""
    model = IRT(one_skill(), discrimination=1.2, guess=0.25, start=0.5, ability_sd=0.0)
    state = cohort(model, 1)
    return [
        Figure("P(right)", model.p_all(state)[0, 0], digits=6),
        Figure("information", model.information(state)[0, 0], digits=6),
    ]


def afm() -> list[Figure]:
    """The default student without differences between students, per cent."""
    model = AFM(chain(1), ability_sd=0.0)
    state, right = cohort(model, 1), []
    for _ in range(9):
        right.append(100 * float(model.mastery(state)[0, 0]))
        model.step(state, np.zeros(1, np.int64), np.full((1, model.lesson_draws), 0.5), allocate_outcome(1))
    return [
        Figure("right before the first lesson, %", right[0], 65, within=0.5, digits=0),
        Figure("right after eight lessons, %", right[8], 80, within=1.0, digits=0),
    ]


def elo() -> list[Figure]:
    """The estimator's first step at K = .4 where ability and difficulty are 0."""
    belief = EloBelief(one_skill(), prior=[0.0], learn=[0.0] * 4, alpha=0.4, beta=0.0)
    state, out = belief.allocate(2), allocate_outcome(2)
    out["answered"], out["correct"] = True, [True, False]
    belief.update(state, np.zeros(2, np.int64), out)
    right, wrong = state["ability"][:, 0]
    return [
        Figure("after a right answer", right, 0.2, within=1e-12, digits=1, signed=True),
        Figure("after a wrong answer", wrong, -0.2, within=1e-12, digits=1, signed=True),
    ]


def giving_up() -> list[Figure]:
    """50 items at a fixed probability of success: who gives up; beside it what the moods were chosen for."""
    figures = []
    for success, dropout, _ in FIGURES:
        # both sides are samples, of 4000 students there and 20 000 here: 3 standard errors and half a digit
        near = 3 * (dropout * (1 - dropout) * (1 / 4000 + 1 / 20_000)) ** 0.5 + 0.005
        found, _ = moods_at(success)
        figures.append(Figure(f"share who give up, success {success:g}", found, dropout, within=near, digits=2))
    return figures


def moods_at(success: float, n: int = 20_000) -> tuple[float, float]:
    """The share of students who give up within 50 items, and that of lessons spent in boredom."""
    rng = np.random.default_rng(7)
    gone, bored = np.zeros(n, np.bool_), np.zeros((n, 2))
    _fifty_items(success, rng.normal(size=n), rng.random((n, 50, 3)), gone, bored)
    return float(gone.mean()), float(bored[:, 0].sum() / bored[:, 1].sum())


@kernel
def _fifty_items(
    u: float,
    engagement: npt.NDArray[np.float64],
    luck: npt.NDArray[np.float64],
    gone: npt.NDArray[np.bool_],
    bored: npt.NDArray[np.float64],
) -> None:
    for i in range(engagement.shape[0]):
        affect, streak = 0.0, 0.0
        for t in range(50):
            correct = 1.0 if luck[i, t, 0] < u else 0.0
            streak = 0.0 if correct > 0.0 else streak + 1.0
            affect = next_affect(affect, u, correct, 1.0 - correct, 0.0, 0.0, streak, luck[i, t, 1])
            bored[i, 0] += 1.0 if affect == BORED else 0.0
            bored[i, 1] += 1.0
            if luck[i, t, 2] < quit_hazard(affect, streak, engagement[i]):
                gone[i] = True
                break
