"""What students have in common for whom days only move a clock: what they recall follows from how long ago it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model import KernelModel

if TYPE_CHECKING:
    from ..model import FloatN, FloatNM, State


FORGETS = frozenset({"answer_then_learn", "elapse_composes", "forgetting_is_monotone", "never_improves_untaught"})
"""What holds for whoever answers from memory, learns from that and forgets meanwhile; see ``check_student``."""


class Clocked(KernelModel):
    """A student with a field ``clock``, in days, who remembers more or less and never for certain."""

    discrete = False
    remembered = True
    mastered_at = 0.95
    ready_at = 0.5

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass: the clock moves."""
        state["clock"] += days  # by NumPy: for one addition each, calling a kernel costs more than the kernel
