"""What the student models share: kinds of parameters, how they are packed, what length and approach are worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from zpdgym.errors import InputError, Violations, unknown
from zpdgym.parameters import Number, Table

from .curriculum.curriculum import APPROACHES, PRACTICE, Curriculum

PerSkill: TypeAlias = float | Sequence[float] | npt.NDArray[np.float64]
PerItem: TypeAlias = PerSkill
"""One number for all, or one for each skill or item."""

MINUTES: Table = {
    "reference_minutes": Number(
        "length at which learn holds; none: the median of the practice items",
        low=1e-3, high=600, unit="minutes", optional=True,
    ),
    "overhead_minutes": Number("minutes of every item in which nothing is learnt", low=0, high=60, unit="minutes"),
    "minutes_power": Number(
        "exponent of an item's length: below 1 the second minute is worth less than the first",
        low=0, high=1, why="returns of longer items diminish",
    ),
}  # fmt: skip
"""What ``minutes_factors`` takes."""

FACTOR = Number("worth of an approach", low=0, high=100, why="it multiplies the odds of learning")
CAUTIOUS = 1e-12  # a probability of 1 has odds 1e12: what must happen fails once in 10^12


def probability(meaning: str, *, each: str = "", optional: bool = False) -> Number:
    """A declared probability, one for all or one for each skill or item."""
    return Number(meaning, low=0, high=1, unit="probability", each=each, optional=optional)


def share(meaning: str, *, of: str = "", each: str = "") -> Number:
    """A declared share; ``of``: of what, for messages."""
    return Number(meaning, low=0, high=1, unit="share", why=f"it is a share of {of}" * bool(of), each=each)


def logits(meaning: str, low: float, high: float, *, each: str = "", optional: bool = False) -> Number:
    """A declared number of logits, within bounds."""
    return Number(meaning, low=low, high=high, unit="logits", each=each, optional=optional)


def logits_of(*traits: str) -> dict[str, str]:
    """Traits whose deviates are logits of the parameter of that name."""
    return {trait: f"logits of {trait}" for trait in traits}


def odds(p: Any) -> Any:
    """Odds p / (1 - p) of a probability."""
    return p / np.maximum(1.0 - p, CAUTIOUS)


def approach_factors(
    given: Mapping[str, Sequence[float]] | None,
    default: Mapping[str, tuple[float, float]],
    wrong: Violations,
    who: str = "novice, experienced",
) -> npt.NDArray[np.float64]:
    """(4, 2) what each approach is worth to a novice and to an experienced learner of the skill.

    Args:
        given: some of the approaches, each with its two factors; the others keep their default.
        default: all of the approaches.
        wrong: where violations go.
        who: for whom the two factors are, where that is somebody else.
    """
    if given is not None and not isinstance(given, Mapping):
        raise InputError(f"approaches must map names to [{who}], not {given!r}")
    table = np.array([default[name] for name in APPROACHES])
    for approach, pair in approach_pairs(given or {}, "approaches", who, FACTOR, wrong):
        table[approach] = pair
    return table


def approach_pairs(
    given: Mapping[str, Sequence[float]], parameter: str, what: str, number: Number, wrong: Violations
) -> Iterator[tuple[int, list[float]]]:
    """Two numbers for each of some approaches, with the approach's place in ``APPROACHES``; violations are left out.

    Args:
        given: the numbers by approach.
        parameter: what it is called.
        what: what the two numbers are.
        number: what each may be.
        wrong: where violations go.

    Raises:
        InputError: an approach that does not exist.
    """
    for name, pair in given.items():
        if name not in APPROACHES:
            raise unknown("approach", str(name), APPROACHES)
        two = isinstance(pair, Sequence) and not isinstance(pair, str) and len(pair) == 2
        wrong.unless(two, f"{parameter}.{name}={pair!r} must be two numbers: [{what}]")
        if two:
            yield APPROACHES.index(name), [float(number.one(v, f"{parameter}.{name}", wrong)) for v in pair]


def minutes_factors(
    curriculum: Curriculum, *, reference: float | None, overhead: float, power: float
) -> npt.NDArray[np.float64]:
    """(M,) how much an item's length is worth: diminishing returns, after a fixed overhead, shared by its skills.

    ``((minutes - overhead) / n_skills / (reference - overhead)) ** power``; 0 for an item no longer than the overhead.

    Args:
        curriculum: the items.
        reference: minutes at which a single-skill item counts 1; None: the median of the practice items' (of all
            items where none is practice).
        overhead: minutes that pass before learning begins (reading the instruction, changing the subject).
        power: in (0, 1]; below 1 the second minute is worth less than the first.
    """
    if reference is None:
        practice = curriculum.approach == PRACTICE
        reference = float(np.median(curriculum.minutes[practice] if practice.any() else curriculum.minutes))
    if reference <= overhead:
        raise InputError(
            f"overhead_minutes={overhead:g} must be less than the reference item's {reference:g} minutes: "
            "otherwise nothing is left to learn in"
        )
    useful = np.maximum(curriculum.minutes - overhead, 0.0) / curriculum.q.sum(axis=1)
    return (useful / (reference - overhead)) ** power


def pack(
    curriculum: Curriculum, constants: Sequence[float], items: Sequence[Any], skills: Sequence[Any]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """A model's parameters as the two arrays that its kernels take: every array argument costs time in each call.

    Floats: the constants, then the items' columns row by row, then the skills'. Integers: K, M, skills per item S,
    parents per skill P, then the items' skills (M, S), the parents (K, P) and the curriculum order (K,). The skills of
    an item stand children first, so that a lesson opens no door that it then walks through itself.
    """
    c, rank = curriculum, np.argsort(curriculum.order)
    listed = np.full_like(c.item_skills, -1)
    for m in range(c.n_items):
        own = np.flatnonzero(c.q[m])
        listed[m, : len(own)] = own[np.argsort(-rank[own])]
    sizes = np.array([c.n_skills, c.n_items, listed.shape[1], c.parents.shape[1]])
    floats = np.concatenate([constants, np.column_stack(items).ravel(), np.column_stack(skills).ravel()])
    whole = np.concatenate([sizes, listed.ravel(), c.parents.ravel(), c.order])
    return floats.astype(np.float64), whole.astype(np.int64)
