"""What a lesson moves of three numbers a skill: P(known), P(ready) and P(open), of skills that hang together.

A joint belief shows these three and keeps the rest, so a lesson that is only thought of moves them alone. Known and
ready of one skill make a table of four, which the three numbers fix: both, open, known without being ready, neither.
Answers are exact in it. Neighbours in the prerequisite graph follow by Jeffrey's rule: what a skill needs is known as
far as the skill is ready, and what builds on it is ready as far as it is known.

A mind's last two rows are ``ready`` and ``open``.
"""

from __future__ import annotations

from ...students.jit import Whole, inline
from .base import Floats, Ints

BELIEF = 0  # of a mind: its first row
LEAST = 1e-9
"""Probabilities below it say nothing of what hangs on them."""


@inline
def worth(mind: Floats, k: Whole, leak: float) -> float:
    """What there is to learn of a skill now: what is open, and the leak of what is neither known nor open."""
    open_ = mind[mind.shape[0] - 1, k]
    return open_ + leak * max(1.0 - mind[BELIEF, k] - open_, 0.0)


@inline
def learn_together(
    mind: Floats, k: Whole, learn: float, leak: float, children: Whole, n_children: Whole, n: Ints
) -> None:
    """The expected learning of one skill; it makes readier what builds on it.

    Args:
        mind: of one student.
        k: the skill.
        learn: the item's chance of teaching it.
        leak: the share of it without the prerequisites.
        children: where the lists of what builds on the skills begin in ``n``, -1 behind each.
        n_children: how long each is.
        n: tables.
    """
    ready, open_ = mind.shape[0] - 2, mind.shape[0] - 1
    before, gain = mind[BELIEF, k], learn * worth(mind, k, leak)
    mind[BELIEF, k] = min(before + gain, 1.0)
    mind[open_, k] -= learn * mind[open_, k]
    first: Whole = children + k * n_children
    for at in range(first, first + n_children):
        j = n[at]
        if j >= 0:
            others = min(mind[ready, j] / before, 1.0) if before > LEAST else 1.0
            more = min(gain * others, max(mind[BELIEF, k] - mind[ready, j], 0.0))
            locked, shut = 1.0 - mind[ready, j], 1.0 - mind[BELIEF, j] - mind[open_, j]
            mind[open_, j] += more * min(max(shut, 0.0) / locked, 1.0) if locked > LEAST else 0.0
            mind[ready, j] += more


@inline
def weigh(mind: Floats, k: Whole, if_known: float, if_not: float) -> None:
    """Evidence on whether a skill is known, by how likely it is in either case: Bayes' rule."""
    ready, open_ = mind.shape[0] - 2, mind.shape[0] - 1
    belief = mind[BELIEF, k]
    evidence = belief * if_known + (1.0 - belief) * if_not
    if evidence > 0.0:
        both = min(max(mind[ready, k] - mind[open_, k], 0.0), belief)
        mind[BELIEF, k] = min(belief * if_known / evidence, 1.0)
        mind[open_, k] *= if_not / evidence
        if mind[ready, k] < 1.0:
            mind[ready, k] = min(both * if_known / evidence + mind[open_, k], 1.0)


@inline
def make_ready(mind: Floats, k: Whole, now: float) -> None:
    """Evidence on whether a skill is ready, after which this is how likely it is."""
    ready, open_ = mind.shape[0] - 2, mind.shape[0] - 1
    before = mind[ready, k]
    if before > LEAST and before < 1.0 - LEAST:
        yes, no = now / before, (1.0 - now) / (1.0 - before)
        both = min(max(before - mind[open_, k], 0.0), mind[BELIEF, k])
        mind[BELIEF, k] = min(both * yes + (mind[BELIEF, k] - both) * no, 1.0)
        mind[open_, k] *= yes
        mind[ready, k] = now


@inline
def lift_children(
    mind: Floats, k: Whole, before: float, but: Whole, children: Whole, n_children: Whole, n: Ints
) -> None:
    """What builds on a skill is as much likelier ready as the skill is likelier known than ``before``.

    ``but`` is a skill that is left as it is.
    """
    ready = mind.shape[0] - 2
    first: Whole = children + k * n_children
    for at in range(first, first + n_children):
        j = n[at]
        if j >= 0 and j != but and before > LEAST:
            make_ready(mind, j, min(mind[ready, j] * mind[BELIEF, k] / before, 1.0))


@inline
def lift_parents(
    mind: Floats, k: Whole, before: float, parents: Whole, n_parents: Whole, children: Whole, n_children: Whole, n: Ints
) -> None:  # fmt: skip
    """What a skill needs is known where the skill is ready; ``before`` is how likely that was before the answer."""
    ready = mind.shape[0] - 2
    first: Whole = parents + k * n_parents
    for at in range(first, first + n_parents):
        p = n[at]
        if p >= 0:
            belief, now = mind[BELIEF, p], mind[ready, k]
            known = belief - before
            if belief > LEAST and belief < 1.0 - LEAST and before < 1.0 - LEAST:
                now = min(now + (1.0 - now) * min(max(known, 0.0) / (1.0 - before), 1.0), 1.0)
                weigh(mind, p, now / belief, (1.0 - now) / (1.0 - belief))
                lift_children(mind, p, belief, k, children, n_children, n)
