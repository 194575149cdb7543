"""Kernels of what a tutor expects who knows how likely each bug of a skill is, with skills taken as independent.

``own`` is (K, 4) learn, catch, slip and stray; ``told`` (M, B) which bugs an item tells; ``bugs`` (N, K, B).
``turns``: (M, S, 5) what a lesson may do to an item's skills.
"""

from __future__ import annotations

from ....students.jit import kernel
from ..base import Bools, Floats, Ints

LEARN, CATCH, SLIP, STRAY = range(4)
LEARNT, CAUGHT, LEAVE, REFUTED, HELD = range(5)
"""Of a turn: the unknown becomes right, or a certain bug; a bug becomes right as such, where its own option was chosen,
and where another wrong one was."""


@kernel
def gain_by_bug(
    stray: Floats, told: Bools, asks: Bools, item_skills: Ints, turns: Floats, leak: float, options: float,
    belief: Floats, ready: Floats, open_: Floats, bugs: Floats, out: Floats,
) -> None:  # fmt: skip
    """(N, M) how much the sum of beliefs is expected to grow: from the unknown, and from each bug, by what items tell.

    A bug is taken for as likely where a skill is ready as elsewhere, as far as there is room in what is open; who is
    not ready learns with the leak.
    """
    n_bugs = told.shape[1]
    for i in range(belief.shape[0]):
        for m in range(item_skills.shape[0]):
            total = 0.0
            for s in range(item_skills.shape[1]):
                k = item_skills[m, s]
                if k >= 0:
                    wrong, left = 0.0, 0.0
                    learn, leave = turns[m, s, LEARNT], turns[m, s, LEAVE]
                    refuted = (turns[m, s, REFUTED] - leave) * (1.0 - stray[k])
                    held = (turns[m, s, HELD] - leave) * stray[k]
                    told_by, untold_by = leave + refuted + held * (options - 2.0) / (options - 1.0), leave + held
                    for b in range(n_bugs):
                        here = bugs[i, k, b]
                        wrong += here
                        left += here * ((told_by if told[m, b] else untold_by) if asks[m] else leave)
                    closed = max(1.0 - belief[i, k] - open_[i, k], 0.0)
                    share = min(ready[i, k], open_[i, k] / wrong) if wrong > 0.0 else 0.0
                    rest = min(max(1.0 - share, 0.0), closed / wrong) if wrong > 0.0 else 0.0
                    now = max(open_[i, k] - share * wrong, 0.0) * learn + share * left
                    later = max(closed - rest * wrong, 0.0) * learn + rest * left
                    total += now + leak * later
            out[i, m] = total


@kernel
def right_by_bug(
    own: Floats, told: Bools, basic_first: Ints, options: float, together: Bools, belief: Floats, ready: Floats,
    open_: Floats, bugs: Floats, out: Floats,
) -> None:  # fmt: skip
    """(N, M) the chance of a right answer: the most basic skill that leads astray decides.

    ``basic_first``: the items' skills, prerequisites before what builds on them; ``together``, of the same shape: all
    prerequisites of the skill, of which there are some, stand in the same item, so it counts given those.
    """
    for i in range(belief.shape[0]):
        for m in range(basic_first.shape[0]):
            astray, reach, firm = 0.0, 1.0, 1.0
            for s in range(basic_first.shape[1]):
                k = basic_first[m, s]
                if k >= 0:
                    known, wrong = belief[i, k], 0.0
                    if together[m, s] and ready[i, k] > 0.0:
                        known = min(max((ready[i, k] - open_[i, k]) / ready[i, k], 0.0), 1.0)
                    for b in range(told.shape[1]):
                        wrong += bugs[i, k, b]
                    share = min(1.0, (1.0 - known) / wrong) if wrong > 0.0 else 0.0
                    decides = max(1.0 - known - share * wrong, 0.0)
                    by_luck = decides / options
                    sure = known * (1.0 - own[k, SLIP])
                    for b in range(told.shape[1]):
                        here = share * bugs[i, k, b]
                        if told[m, b]:
                            decides += here
                            by_luck += here * own[k, STRAY] / (options - 1.0)
                        else:
                            sure += here * (1.0 - own[k, STRAY])
                    astray += reach * by_luck
                    reach *= 1.0 - decides
                    firm *= sure
            out[i, m] = min(astray + firm, 1.0)
