"""What students have in common for whom days only move a clock: what they recall follows from how long ago it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model import KernelModel

if TYPE_CHECKING:
    from ..model import FloatN, FloatNM, State


class Clocked(KernelModel):
    """A student with a field ``clock``, in days."""

    def elapse(self, state: State, days: FloatN, u: FloatNM) -> None:
        """Days pass: the clock moves."""
        state["clock"] += days  # by NumPy: for one addition each, calling a kernel costs more than the kernel
