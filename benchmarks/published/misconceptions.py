"""Students with misconceptions: what the chosen option tells, and what a tutor makes of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from zpdgym.students import Curriculum, Misconceptions, allocate_outcome

from benchmarks.published.figure import Figure
from tests.helpers import COMPILED, cohort, one_skill

TELLS = {"tells both": [1, 2], "tells 1": [1], "tells 2": [2]}
BOTH, ONE, TWO, NONE = range(4)
"""The items of ``questions``, by which bugs they tell."""
PUPILS = 20_000 if COMPILED else 500
Many = npt.NDArray[np.int64]
Tutor = Callable[[int, Many, Many], Many]
"""The next item of every pupil, from the lesson's number, the last items and the options chosen there."""


def misconceptions() -> list[Figure]:
    """What the chosen option tells of two equally likely bugs, and whom eight lessons set right."""
    model = Misconceptions(questions(), diagnostic=TELLS)
    tutors: dict[str, Tutor] = {
        "choosing by the last option": lambda t, item, option: np.where((option == item) | (t == 0), item, 3 - item),
        "taking turns": lambda t, item, option: np.full(PUPILS, 1 + t % 2),
        "whose items tell both bugs": lambda t, item, option: np.full(PUPILS, BOTH),
        "whose items tell nothing": lambda t, item, option: np.full(PUPILS, NONE),
    }
    return [
        Figure("bits from the option chosen", information(model, BOTH, lambda option: option), digits=2),
        Figure("bits from right or wrong", information(model, BOTH, lambda option: int(option > 0)), digits=2),
        *(Figure(f"share set right, tutor {name}", set_right(choose), digits=2) for name, choose in tutors.items()),
    ]


def questions() -> Curriculum:
    """One skill with four questions: one that tells both bugs, one for each of them, and one that tells none."""
    return one_skill(items=(*TELLS, "tells none"))


def information(model: Misconceptions, item: int, seen: Callable[[int], int]) -> float:
    """Mutual information in bits between the state (bug 1 or bug 2, equally likely) and what is seen of an answer."""
    state = cohort(model, 2)
    state["mind"][:, 0] = 1, 2
    p = model.p_options(state, item)
    joint = 0.5 * np.stack([p[:, [o for o in range(4) if seen(o) == value]].sum(axis=1) for value in (0, 1, 2, 3)])
    outer = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.nansum(joint * np.log2(joint / outer)))


def set_right(choose: Tutor, lessons: int = 8) -> float:
    """Share of pupils with a bug who are set right by a tutor that sees the last item and option."""
    model, rng = Misconceptions(questions(), diagnostic=TELLS, prior=0, misconceived=1), np.random.default_rng(6)
    state = cohort(model, PUPILS)
    item, option = np.full(PUPILS, ONE), np.full(PUPILS, -1)
    for t in range(lessons):
        item = np.broadcast_to(choose(t, item, option), PUPILS)
        luck = rng.random((PUPILS, model.lesson_draws))
        option = model.step(state, item, luck, allocate_outcome(PUPILS))["option"].astype(np.int64)
    return float(model.mastery(state).mean())
