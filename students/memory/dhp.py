"""Students of the SSP-MMC scheduler: memory as difficulty, half-life and probability of recall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from zpdgym.errors import Violations
from zpdgym.parameters import Number, Parameter, Table

from ..curriculum.curriculum import Curriculum
from ..model import Traits
from ..parameters import PerSkill
from ..population import Population
from . import _exponential as _memory
from .exponential import SHARED, MemoryModel, one_each

__all__ = ["DHP"]

RECALLED = (3.81, -0.534, -0.127, 0.97)
FORGOTTEN = (-0.041, -0.041, 0.377, -0.227)
"""Fitted on MaiMemo's logs: maimemo/SSP-MMC, model/utils.py, commit 2007c14, to the digits that give the published
minimal costs (there 3.80863264, -0.53420593, -0.127362, 0.9678043; -0.04158382, -0.04067209, 0.37745957, -0.22724425).
"""


@dataclass(frozen=True)
class _Update(Parameter):
    """The four numbers of an update of the half-life, each with bounds of its own."""

    low: Sequence[float] = field(kw_only=True)
    high: Sequence[float] = field(kw_only=True)

    @property
    def range(self) -> str:
        """The four ranges."""
        return ", ".join(f"[{low:g}, {high:g}]" for low, high in zip(self.low, self.high, strict=True))

    def read(self, value: Any, name: str, wrong: Violations, sizes: Mapping[str, int]) -> tuple[float, ...]:
        """The four numbers."""
        if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != 4:
            wrong.unless(False, f"{name}={value!r} must be four numbers: a, b, c, e")
            return (0.0,) * 4
        bounds = zip(self.low, self.high, strict=True)
        each = [Number("", low=low, high=high, why="it keeps half-lives finite") for low, high in bounds]
        return tuple(each[n].one(v, f"{name}[{n}]", wrong) for n, v in enumerate(value))


class DHP(MemoryModel):
    """A student whose memory of a word has a half-life and a difficulty; spaced reviews lengthen it most.

    Recall is ``2^(-days / h)``. Recalled: ``h (1 + e^a d^b h^c (1 - p)^e)``; forgotten: ``e^a d^b h^c (1 - p)^e`` with
    other numbers, and the difficulty d rises. Equations and the source of every default: docs/students/dhp.md.

    Args:
        curriculum: what is taught; prerequisites do not matter.
        population: individual differences in ``traits``; None: students differ by their difficulties only.
        difficulty, recalled, …: see ``PARAMETERS``; ``zpdgym list student dhp`` prints them.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Ye, Su & Cao (2022), A stochastic shortest path algorithm for optimizing spaced repetition scheduling, KDD.
    """

    TRAITS: ClassVar[Traits] = {**MemoryModel.TRAITS, "learn": "logarithm of a recalled review's growth"}

    shared_clock = "clock"

    PARAMETERS: ClassVar[Table] = {
        "difficulty": Number(
            "of each skill; none: drawn from 1, 2, …, 10, for each student and skill",
            low=1, high=18, why="1 is the easiest", each="skill", optional=True,
        ),
        "recalled": _Update(
            "(a, b, c, e) of a recalled review", low=(-10, -10, -1, 0), high=(10, 10, 10, 10)
        ),
        "forgotten": _Update(
            "(a, b, c, e) of a forgotten one", low=(-10, -10, -10, -1), high=(10, 10, 0.999, 10)
        ),
        "difficulty_step": Number(
            "by how much forgetting raises the difficulty", low=0, high=18, why="forgetting makes harder"
        ),
        "hardest": Number("the largest difficulty", low=10, high=18, why="the fit knows difficulties up to 18"),
        **SHARED,
    }  # fmt: skip

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
        values, wrong = self._read(curriculum, population, locals())
        self.difficulty, self.hardest, self.difficulty_step = values.difficulty, values.hardest, values.difficulty_step
        self.recalled, self.forgotten = values.recalled, values.forgotten
        largest = 1.0 if self.difficulty is None else self.difficulty.max()
        wrong.unless(largest <= self.hardest, f"difficulty={largest:g} must not exceed hardest={self.hardest:g}")
        wrong.raise_any()
        constants = self._constants(0.0, [*self.recalled, *self.forgotten, self.difficulty_step, self.hardest])
        first = [0.0] * curriculum.n_skills if self.difficulty is None else self.difficulty
        self._finish(constants, [first], one_each("last", "rate", "half_life", "difficulty"), _memory.DHP)
