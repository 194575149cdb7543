"""Students of the SSP-MMC scheduler: memory as difficulty, half-life and probability of recall."""

from __future__ import annotations

from collections.abc import Sequence

from zpdgym.errors import Violations

from ..curriculum.curriculum import Curriculum
from ..parameters import number, per_skill
from ..population import Population
from . import _exponential as _memory
from .exponential import MemoryModel, PerSkill, one_each

__all__ = ["DHP"]

RECALLED = (3.81, -0.534, -0.127, 0.97)
FORGOTTEN = (-0.041, -0.041, 0.377, -0.227)
"""Fitted on MaiMemo's logs: maimemo/SSP-MMC, model/utils.py, commit 2007c14, to the digits that give the published
minimal costs (there 3.80863264, -0.53420593, -0.127362, 0.9678043; -0.04158382, -0.04067209, 0.37745957, -0.22724425).
"""


class DHP(MemoryModel):
    """A student whose memory of a word has a half-life and a difficulty; spaced reviews lengthen it most.

    Recall is ``2^(-days / h)``. Recalled: ``h (1 + e^a d^b h^c (1 - p)^e)``; forgotten: ``e^a d^b h^c (1 - p)^e`` with
    other numbers, and the difficulty d rises. Equations and the source of every default: docs/students/dhp.md.

    Args:
        curriculum: what is taught; prerequisites do not matter.
        population: individual differences in ``traits``; None: students differ by their difficulties only.
        difficulty: of each skill in [1, 18]; None: drawn from 1, 2, …, 10, for each student and skill.
        recalled: (a, b, c, e) of a recalled review.
        forgotten: (a, b, c, e) of a forgotten one.
        difficulty_step: by how much forgetting raises the difficulty.
        hardest: the largest difficulty.
        prior: P(a skill was met before the first lesson, without having been asked), per skill.
        prior_days: how many days ago that was (median).
        prior_days_sd: spread of its logarithm.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Ye, Su & Cao (2022), A stochastic shortest path algorithm for optimizing spaced repetition scheduling, KDD.
    """

    traits = ("prior", "learn", "forget")
    """Deviates: logits of prior; the logarithms of a recalled review's growth and of the forgetting rate."""

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        difficulty: PerSkill | None = None,
        recalled: Sequence[float] = RECALLED,
        forgotten: Sequence[float] = FORGOTTEN,
        difficulty_step: float = 2.0,
        hardest: float = 18.0,
        prior: PerSkill = 0.0,
        prior_days: float = 1.0,
        prior_days_sd: float = 0.0,
    ) -> None:
        wrong = self._begin(curriculum, population, (prior, prior_days, prior_days_sd))
        self.hardest = number(hardest, "hardest", 10.0, 18.0, wrong, "the fit knows difficulties up to 18")
        drawn = difficulty is None
        known = 1.0 if difficulty is None else difficulty
        self.difficulty = per_skill(known, "difficulty", curriculum, 1.0, self.hardest, wrong, "1 is the easiest")
        self.difficulty_step = number(difficulty_step, "difficulty_step", 0.0, 18.0, wrong, "forgetting makes harder")
        self.recalled = _four(recalled, "recalled", (-10.0, -10.0, -1.0, 0.0), (10.0, 10.0, 10.0, 10.0), wrong)
        self.forgotten = _four(forgotten, "forgotten", (-10.0, -10.0, -10.0, -1.0), (10.0, 10.0, 0.999, 10.0), wrong)
        wrong.raise_any()
        if drawn:
            self.difficulty = None
        constants = self._constants(0.0, [*self.recalled, *self.forgotten, self.difficulty_step, self.hardest])
        first = [0.0] * curriculum.n_skills if self.difficulty is None else self.difficulty
        self._finish(constants, [first], one_each("last", "rate", "half_life", "difficulty"), _memory.DHP)


def _four(
    given: Sequence[float], name: str, low: Sequence[float], high: Sequence[float], wrong: Violations
) -> tuple[float, ...]:
    """The numbers (a, b, c, e) of one update."""
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != 4:
        wrong.unless(False, f"{name}={given!r} must be four numbers: a, b, c, e")
        return (0.0,) * 4
    why = "it keeps half-lives finite"
    pairs = zip(given, low, high, strict=True)
    return tuple(number(v, f"{name}[{n}]", a, b, wrong, why) for n, (v, a, b) in enumerate(pairs))
