"""Students whose memory fades by a power law and grows with how much was studied, and when."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from zpdgym.errors import Violations

from ..curriculum.curriculum import Curriculum
from ..parameters import number, per_skill
from ..population import Population
from . import _power_law
from .exponential import LOG_SPREAD, MemoryModel, PerSkill, one_each

__all__ = ["PowerLaw"]

WEIGHTS = (1.0, 1 / 4, 1 / 9, 1 / 16, 1 / 25)
LOGITS = "it is in logits"
MAX_BLOCKS = 20


class PowerLaw(MemoryModel):
    """A student whose recall grows with the amount of study, the recent most, and fades by a power law.

    Recall is ``sigmoid(ability - difficulty + practice) / (1 + r days) ^ f``: the generalised power law. Equations and
    the source of every default: docs/students/power_law.md.

    Args:
        curriculum: what is taught; prerequisites do not matter.
        population: individual differences in ``traits``; None: students differ by the spreads only.
        difficulty: of each skill in logits (the mean over students).
        difficulty_sd: its spread over the skills of one student.
        decay: mean of the logarithm of a skill's resistance d; the exponent f is ``exp(-d)``, per skill.
        decay_sd: spread of that logarithm over the skills of one student.
        delay: r, per day.
        delay_sd: spread of its logarithm over students.
        weights: of practice in the block that now lasts, in the one before it, and so on; they must not rise with age.
        blocks: ``recent``: blocks count back from now, and all that are older share the last weight; ``episode``:
            block b of the whole episode has its weight for good, the last block the first of ``weights``.
        block_days: length of a block.
        prior: P(a skill was met before the first lesson), per skill.
        prior_days: how many days ago that was (median).
        prior_days_sd: spread of its logarithm.

    Raises:
        InputError: parameters out of range, all of them together.

    Source: Reddy, Levine & Dragan (2017), NIPS workshop, after Wixted & Carpenter (2007) and Lindsey et al. (2014);
    constants from the authors' notebook (rddy/deeptutor).
    """

    traits = ("prior", "ability", "forget")
    """Deviates: logits of prior and of ability; the logarithm of the exponent of decay."""

    _kernels = _power_law
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
        wrong = self._begin(curriculum, population, (prior, prior_days, prior_days_sd))
        self.difficulty = per_skill(difficulty, "difficulty", curriculum, -10.0, 10.0, wrong, LOGITS)
        self.difficulty_sd = number(difficulty_sd, "difficulty_sd", 0.0, 5.0, wrong, LOGITS)
        self.decay = per_skill(decay, "decay", curriculum, -5.0, 5.0, wrong, "it is the mean of a logarithm")
        self.decay_sd = number(decay_sd, "decay_sd", 0.0, 5.0, wrong, LOG_SPREAD)
        self.delay = number(delay, "delay", 1e-9, 1e6, wrong, "it is per day")
        self.delay_sd = number(delay_sd, "delay_sd", 0.0, 5.0, wrong, LOG_SPREAD)
        self.weights = _weights(weights, wrong)
        known = blocks in ("recent", "episode")
        wrong.unless(known, f"blocks={blocks!r} must be 'recent' or 'episode'")
        self.blocks = blocks
        self.block_days = number(block_days, "block_days", 1e-3, 36500.0, wrong, "it is in days")
        wrong.raise_any()
        spreads = [self.prior_days, self.prior_days_sd, self.difficulty_sd, self.decay_sd]
        constants = [*spreads, self.delay, self.delay_sd, self.block_days, *self.weights]
        single = one_each("last", "level", "difficulty", "decay", "attempts", "right")
        fields = [*single, ("practice", len(self.weights))]
        self._finish(
            constants, [self.difficulty, self.decay], fields, int(blocks == "recent"), marks=("scale", "block")
        )
        self.reset_draws += 1


def _weights(given: Sequence[float], wrong: Violations) -> tuple[float, ...]:
    """The weights of the blocks, the newest first."""
    if isinstance(given, str) or not isinstance(given, Sequence) or not 0 < len(given) <= MAX_BLOCKS:
        wrong.unless(False, f"weights={given!r} must be a list of 1 … {MAX_BLOCKS} numbers, the newest block's first")
        return (0.0,)
    read = tuple(number(v, f"weights[{n}]", 0.0, 100.0, wrong, "practice helps") for n, v in enumerate(given))
    falling = all(old <= new for new, old in pairwise(read))
    wrong.unless(falling, f"weights={list(read)} must not rise: time must not raise what practice has brought")
    return read
