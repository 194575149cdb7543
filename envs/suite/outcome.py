"""What a scenario is judged by: the outcome that counts, and when it is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zpdgym.parameters import Choice, Number, Table, read_section

from ..scenario_file import DEFAULTS
from ..schedule import MAX_DAYS

SCORE = "log_score"
PRIMARY = ("exam", "gain", "post", "mastery_exam", SCORE)

OUTCOME: Table = {
    "primary": Choice("the outcome that the scenario is judged by", options=PRIMARY),
    "smallest_difference": Number("the smallest difference in it that is worth having", low=0, high=1),
    "mastered_at": Number("a skill counts as mastered from here on", low=0, high=1, optional=True),
    "later_days": Number(
        "days after the exam at which its items are asked once more: what is left then stands beside the outcome",
        low=0, high=MAX_DAYS, above=True, optional=True,
    ),
    "price": Number("what a lesson costs, where the outcome or the reward is log_score", low=0, high=1, unit="nats"),
}  # fmt: skip
"""What a scenario's section ``outcome`` may hold."""


@dataclass(frozen=True)
class OutcomeSpec:
    """What the scenario is judged by.

    Attributes:
        primary: the outcome column that tuning, selection, significance and the headline use.
        smallest_difference: the smallest difference in it that is worth having.
        mastered_at: a skill counts as mastered from here on; None: ``Scenario.mastery_levels`` of the student model.
        later_days: days after the exam at which its items are asked once more; None: they are not.
        price: nats that a lesson costs, of ``log_score``.
    """

    primary: str
    smallest_difference: float
    mastered_at: float | None
    later_days: float | None
    price: float

    @classmethod
    def from_section(cls, section: Mapping[str, object]) -> OutcomeSpec:
        """What a scenario's section ``outcome`` says.

        Raises:
            InputError: an unknown key, or a value that is refused.
        """
        given = read_section(OUTCOME, section, "outcome", {**DEFAULTS["outcome"], "later_days": None, "price": 0.0})
        return cls(**vars(given))
