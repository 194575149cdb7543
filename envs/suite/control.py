"""Scenarios that are there to be won by nobody: what proves that nobody can, and what a table makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zpdgym.errors import InputError
from zpdgym.parameters import Choice, Number, Table, read_section

__all__ = ["Control"]

NO_TEACHING = "no_teaching"
CONTROL: Table = {
    "bound": Choice(
        "what proves that nobody can do better", options=("everything_known", "fully_observed", "optimal", NO_TEACHING)
    ),
    "value": Number("the bound, in the primary outcome", low=0, high=1, optional=True),
}
"""What the section ``control`` of a scenario may hold."""


@dataclass(frozen=True)
class Control:
    """What nobody can pass in a scenario that nobody may win.

    Attributes:
        bound: what proves it, as ``zpdgym bounds`` calls it; "no_teaching": no lesson changes these students.
        value: the bound, in the primary outcome; None for "no_teaching", whose outcome is that of the very students.
    """

    bound: str
    value: float | None

    @classmethod
    def from_section(cls, section: Mapping[str, object]) -> Control:
        """What a scenario's section ``control`` says.

        Raises:
            InputError: an unknown key or bound, a bound without its value, or a value where no teaching is the bound.
        """
        given = read_section(CONTROL, section, "control", {"value": None})
        if (given.value is None) != (given.bound == NO_TEACHING):
            wanted = (
                "has no value of its own" if given.bound == NO_TEACHING else "needs its value, as zpdgym bounds says"
            )
            raise InputError(f"control: bound={given.bound} {wanted}; given: value={given.value}")
        return cls(given.bound, given.value)
