"""Parameters that several policies have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zpdgym.errors import InputError, Violations
from zpdgym.parameters import Choice, Number, Parameter, Switch

from .item_rule import ITEM_RULES, ItemRule


@dataclass(frozen=True)
class RuleForItems(Parameter):
    """One of ``ITEM_RULES``, or a wanted chance of a right answer; the policy gets the ``ItemRule``."""

    @property
    def range(self) -> str:
        """The rules, and the numbers beside them."""
        return ", ".join((*ITEM_RULES, "or a number in (0, 1)"))

    def read(self, value: Any, name: str, wrong: Violations, sizes: Mapping[str, int]) -> ItemRule:
        """The rule; the first one after a violation."""
        try:
            return ItemRule(value)
        except InputError as error:
            wrong.unless(False, str(error))
            return ItemRule(ITEM_RULES[0])


ITEMS = RuleForItems("which item of the skill")
THRESHOLD = Number("a skill counts as mastered from this belief on", low=0, high=1, above=True, unit="belief")
READY = Number("a skill is taught only when the product of its prerequisites' beliefs reaches this",
               low=0, high=1, unit="belief")  # fmt: skip
READY_ITEMS = Number("only items all of whose skills have this readiness (the product of the direct prerequisites' "
                     "beliefs) are considered, where there is one; 0: all", low=0, high=1, unit="belief")  # fmt: skip
CAP = Number("lessons on one skill after which others come first; 0: no cap", low=0, whole=True, unit="lessons")
FINISH = Switch("whether the teaching ends where all is done and the scenario has `finish`")
PER = Choice("what the gain is divided by", options=("lesson", "minute"))


def count(meaning: str, *, unit: str = "") -> Number:
    """A whole number of at least 1."""
    return Number(meaning, low=1, whole=True, unit=unit)
