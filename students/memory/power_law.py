"""Students whose memory fades by a power law and grows with how much was studied, and when."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from zpdgym.parameters import Choice, Number, Numbers, Table

from ..curriculum.curriculum import Curriculum
from ..model import Traits
from ..parameters import PerSkill, logits, logits_of
from ..population import Population
from . import _power_law
from .exponential import SHARED, MemoryModel, log_spread, one_each

__all__ = ["PowerLaw"]

WEIGHTS = (1.0, 1 / 4, 1 / 9, 1 / 16, 1 / 25)


class PowerLaw(MemoryModel, kernels=_power_law):
    """A student whose recall grows with the amount of study, the recent most, and fades by a power law.

    Recall is ``sigmoid(ability - difficulty + practice) / (1 + r days) ^ f``: the generalised power law. Equations and
    the source of every default: docs/students/power_law.md.

    Args:
        curriculum: what is taught; prerequisites do not matter.
        population: individual differences in ``traits``; None: students differ by the spreads only.
        difficulty, decay, …: see ``PARAMETERS``; ``zpdgym list student power_law`` prints them.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Reddy, Levine & Dragan (2017), NIPS workshop, after Wixted & Carpenter (2007) and Lindsey et al. (2014);
    constants from the authors' notebook (rddy/deeptutor).
    """

    TRAITS: ClassVar[Traits] = {**logits_of("prior", "ability"), "forget": "logarithm of the exponent of decay"}

    PARAMETERS: ClassVar[Table] = {
        "difficulty": logits("of each skill (the mean over students)", -10, 10, each="skill"),
        "difficulty_sd": logits("spread of the difficulties over the skills of one student", 0, 5),
        "decay": Number(
            "mean of the logarithm of a skill's resistance d; the exponent f is exp(-d)",
            low=-5, high=5, unit="logarithm", why="it is the mean of a logarithm", each="skill",
        ),
        "decay_sd": log_spread("spread of that logarithm over the skills of one student"),
        "delay": Number("r, how fast a memory ages", low=1e-9, high=1e6, unit="per day", why="it is per day"),
        "delay_sd": log_spread("spread of its logarithm over students"),
        "weights": Numbers(
            "of practice in the block that now lasts, in the one before it, and so on; they must not rise with age",
            low=0, high=100, why="practice helps", most=20,
        ),
        "blocks": Choice(
            "recent: blocks count back from now, and all that are older share the last weight; episode: a block of the "
            "whole episode has its weight for good, the last block the first weight",
            options=("recent", "episode"),
        ),
        "block_days": Number("length of a block", low=1e-3, high=36500, unit="days"),
        **SHARED,
    }  # fmt: skip

    _draws_per_skill = 4

    def __init__(
        self,
        curriculum: Curriculum,
        *,
        population: Population | None = None,
        difficulty: PerSkill = 1.0,
        difficulty_sd: float = 1.0,
        decay: PerSkill = 1.0,
        decay_sd: float = 1.0,
        delay: float = 1.0,
        delay_sd: float = 0.01,
        weights: Sequence[float] = WEIGHTS,
        blocks: str = "recent",
        block_days: float = 7.0,
        prior: PerSkill = 1.0,
        prior_days: float = 1.0,
        prior_days_sd: float = 0.01,
    ) -> None:
        values, wrong = self._read(curriculum, population, locals())
        self.difficulty, self.difficulty_sd = values.difficulty, values.difficulty_sd
        self.decay, self.decay_sd = values.decay, values.decay_sd
        self.delay, self.delay_sd = values.delay, values.delay_sd
        self.weights, self.blocks, self.block_days = values.weights, values.blocks, values.block_days
        falling = all(old <= new for new, old in pairwise(self.weights))
        text = f"weights={list(self.weights)} must not rise: time must not raise what practice has brought"
        wrong.unless(falling, text)
        wrong.raise_any()
        spreads = [self.prior_days, self.prior_days_sd, self.difficulty_sd, self.decay_sd]
        constants = [*spreads, self.delay, self.delay_sd, self.block_days, *self.weights]
        single = one_each("last", "level", "difficulty", "decay", "attempts", "right")
        fields = [*single, ("practice", len(self.weights))]
        self._finish(
            constants, [self.difficulty, self.decay], fields, int(self.blocks == "recent"), marks=("scale", "block")
        )
        self.reset_draws += 1
