"""What is foretold of a problem of several steps, from what is foretold of each step by itself."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ....students.jit import Truth, Whole, inline, kernel
from ..base import Floats, Ints

Items: TypeAlias = npt.NDArray[np.void]


@inline
def _first(parts: Ints, skills: Ints, m: Whole, t: Whole) -> Truth:
    """Whether no step before this one has its skill."""
    first = True
    for before in range(t):
        first &= skills[parts[m, before]] != skills[parts[m, t]]
    return first


@kernel
def gain_of_problems(parts: Ints, skills: Ints, belief: Floats, gain: Floats, out: Floats) -> None:
    """What every item is expected to teach, from what each part would by itself.

    Steps of one skill add up, the later ones from what is then still unknown; what prerequisites let through stays as
    it is before the problem.

    Args:
        parts: (M, L) of every item, padded with -1.
        skills: (M',) the skill of each part that is a step.
        belief: (N, K).
        gain: (N, M') of the parts.
        out: (N, M) becomes what the items are expected to teach.
    """
    for i in range(out.shape[0]):
        for m in range(out.shape[1]):
            total = 0.0
            for t in range(parts.shape[1]):
                part = parts[m, t]
                if part >= 0 and (parts[m, 1] < 0 or _first(parts, skills, m, t)):
                    unknown, total = 1.0 - belief[i, skills[part]], total + gain[i, part]
                    left = unknown - gain[i, part]
                    for later in range(t + 1, parts.shape[1]):
                        other = parts[m, later]
                        if other >= 0 and skills[other] == skills[part] and unknown > 0.0:
                            more = left * gain[i, other] / unknown
                            total, left = total + more, left - more
            out[i, m] = total


@kernel
def right_in_problems(
    parts: Ints, skills: Ints, numbers: Items, belief: Floats, gain: Floats, right: Floats, out: Floats
) -> None:
    """How likely all steps of every item are right, from what each part would be by itself.

    Skills are taken as independent of each other here; steps of one skill are not, and it may be learnt between them.

    Args:
        parts: as for ``gain_of_problems``.
        skills: likewise.
        numbers: (M',) guess and slip of the parts.
        belief: as for ``gain_of_problems``.
        gain: likewise.
        right: (N, M') of the parts.
        out: (N, M) becomes how likely right answers to the items are.
    """
    for i in range(out.shape[0]):
        for m in range(out.shape[1]):
            if parts[m, 1] < 0:
                out[i, m] = right[i, parts[m, 0]]
                continue
            out[i, m] = 1.0
            for t in range(parts.shape[1]):
                if parts[m, t] >= 0 and _first(parts, skills, m, t):
                    known = belief[i, skills[parts[m, t]]]
                    before, not_ = 1.0 - known, 1.0 - known
                    for later in range(t, parts.shape[1]):
                        part = parts[m, later]
                        if part >= 0 and skills[part] == skills[parts[m, t]]:
                            known, not_ = known * (1.0 - numbers[part]["slip"]), not_ * numbers[part]["guess"]
                            moved = not_ * gain[i, part] / before if before > 0.0 else 0.0
                            known, not_ = known + moved, not_ - moved
                    out[i, m] *= known + not_
