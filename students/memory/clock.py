"""What students have in common for whom days only move a clock: what they recall follows from how long ago it was."""

from __future__ import annotations

from ..model import KernelModel

FORGETS = frozenset({"answer_then_learn", "elapse_composes", "forgetting_is_monotone", "never_improves_untaught"})
"""What holds for whoever answers from memory, learns from that and forgets meanwhile; see ``check_student``."""


class Clocked(KernelModel):
    """A student with a field ``clock``, in days, who remembers more or less and never for certain.

    Its kernel of ``elapse`` is that of ``_facts.elapse_of``, unless days do more.
    """

    discrete = False
    remembered = True
    mastered_at = 0.95
    ready_at = 0.5
