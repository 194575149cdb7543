"""Students of logistic regression: answers follow from counts of past answers (AFM, PFA)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.parameters import Number, Table

from ..curriculum.curriculum import Curriculum
from ..model import FloatN, FloatNM, IntN, KernelModel, State
from ..normal import SMALLEST
from ..parameters import pack
from ..population import Population
from . import _logistic

__all__ = ["AFM", "PFA"]

PerSkill: TypeAlias = float | Sequence[float] | npt.NDArray[np.float64]

MASTERED_AT = 0.95
READY_AT = 0.5

START = Number("easiness of a skill before its first lesson (beta)", low=-10, high=10, unit="logits", each="skill")
ABILITY_SD = Number("spread of ability between students (theta)", low=0, high=5, unit="logits")


class _Counting(KernelModel):
    """What AFM and PFA share: counts per skill, and the sum of what they add to the logit of an answer."""

    traits = ("ability", "learn")
    """Deviates: logits of ability; the logarithm of what an answer adds."""

    discrete = False
    mastered_at = MASTERED_AT
    ready_at = READY_AT
    lesson_draws = 1
    _kernels = _logistic

    counted: tuple[str, ...] = ()
    """The counts in a student's record."""

    def _finish(self, values: Any, right: FloatN, wrongly: FloatN, unanswered: float) -> None:
        """``right``, ``wrongly`` (K,): logits that an answer adds; ``unanswered``: what a lesson without one counts."""
        c, k = self.curriculum, self.curriculum.n_skills
        self.start, self.ability_sd = values.start, values.ability_sd
        split = k * (len(self.counted) - 1)
        skills = [self.start, right, wrongly]
        self._floats, self._ints = pack(c, [split, unanswered], [c.difficulty, c.minutes, c.asks], skills)
        counts: list[Any] = [(name, np.float64, (k,)) for name in self.counted]
        self._lay_out(("ability", np.float64), ("learn", np.float64), *counts, draws=1)

    def _begin(self, state: State, rows: IntN, deviates: FloatNM, luck: FloatNM) -> None:
        """One draw for ability; nothing is counted yet."""
        from scipy.special import ndtri

        state["ability"][rows] = deviates[:, 0] + self.ability_sd * ndtri(np.maximum(luck[:, 0], SMALLEST))
        state["learn"][rows] = np.exp(deviates[:, 1])
        for name in self.counted:
            state[name][rows] = 0.0


class AFM(_Counting):
    """A student who answers the better, the more lessons a skill has had: the Additive Factors Model.

    logit P(right) = theta + sum over the item's skills of (beta + gamma tries) - difficulty (Cen, Koedinger & Junker
    2006, ITS, "Learning Factors Analysis"), with tries the lessons that the skill has had, right or wrong; the item's
    difficulty is added here. Page: docs/students/afm.md.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: students differ by ``ability_sd`` only.
        start, ability_sd, learn: see ``PARAMETERS``.

    Raises:
        InputError: parameters out of range, all of them together.
    """

    PARAMETERS: ClassVar[Table] = {
        "start": START,
        "ability_sd": ABILITY_SD,
        "learn": Number(
            "what each lesson on a skill adds (gamma)",
            low=0, high=10, unit="logits", why="it is in logits, and no lesson hurts", each="skill",
        ),
    }  # fmt: skip

    counted = ("tries",)
    invariants = frozenset(
        {"answer_then_learn", "elapse_composes", "forgetting_is_monotone", "lessons_never_hurt"}
        | {"never_improves_untaught", "time_changes_nothing"}
    )

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        start: PerSkill = 0.62,
        ability_sd: float = 0.56,
        learn: PerSkill = 0.1,
    ) -> None:
        values, wrong = self._read(curriculum, population, locals())
        wrong.raise_any()
        self.learn = values.learn
        self._finish(values, self.learn, self.learn, 1.0)


class PFA(_Counting):
    """A student whose right and wrong answers each move the next answer: Performance Factors Analysis.

    logit P(right) = sum over the item's skills of (beta + gamma successes + rho failures) - difficulty (Pavlik, Cen &
    Koedinger 2009, AIED), with the counts of right and wrong answers so far; ability and the item's difficulty are
    added here. The answer itself is what changes the student. Page: docs/students/pfa.md.

    Args:
        curriculum: what is taught.
        population: individual differences in ``traits``; None: students differ by ``ability_sd`` only.
        start, ability_sd, learn_right, learn_wrong: see ``PARAMETERS``.

    Raises:
        InputError: parameters out of range, all of them together.
    """

    PARAMETERS: ClassVar[Table] = {
        "start": START,
        "ability_sd": ABILITY_SD,
        "learn_right": Number(
            "what each right answer adds (gamma)", low=0, high=10, unit="logits", each="skill"
        ),
        "learn_wrong": Number(
            "what each wrong answer adds (rho), at most gamma; below 0 where wrong answers tell of a weakness",
            low=-10, high=10, unit="logits", each="skill",
        ),
    }  # fmt: skip

    counted = ("successes", "failures")

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        start: PerSkill = 0.62,
        ability_sd: float = 0.0,
        learn_right: PerSkill = 0.12,
        learn_wrong: PerSkill = 0.06,
    ) -> None:
        values, wrong = self._read(curriculum, population, locals())
        self.learn_right, self.learn_wrong = values.learn_right, values.learn_wrong
        for k in np.flatnonzero(self.learn_wrong > self.learn_right):
            text = f"learn_wrong={self.learn_wrong[k]:g} of '{curriculum.skills[k]}' must be at most "
            wrong.unless(False, f"{text}learn_right={self.learn_right[k]:g}: failing must not teach more than success")
        wrong.raise_any()
        self._finish(values, self.learn_right, self.learn_wrong, 0.0)
        self.invariants = frozenset(
            {"answer_then_learn", "elapse_composes", "forgetting_is_monotone"}
            | {"never_improves_untaught", "time_changes_nothing"}
            | ({"lessons_never_hurt"} if (self.learn_wrong >= 0.0).all() else set())
        )
