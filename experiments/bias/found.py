"""What an audit finds: of every log and every group of test students, means with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .logs import LOGS

__all__ = ["Audit"]

MEASURES = {
    "belief_brier": "mean squared distance of the tutor's belief from the truth, over skills and lessons",
    "overbelief": "mean belief less mean true mastery at the exam: above 0, the tutor believes too much",
    "exam": "expected share of exam items right",
    "easy": "share of lessons on items all of whose skills the student had mastered already",
    "unready": "share of lessons on items that the student was not ready for",
}
"""What is measured of every student, in a sentence."""


@dataclass(frozen=True)
class Span:
    """A mean over students, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class AuditRow:
    """What became of some test students whose tutor's belief was fitted to a certain log.

    Attributes:
        audited: the group that the logs are skewed against.
        log: which log, a key of ``LOGS``.
        who: the test students: the name of their group, or ``OTHERS``: all that are not of the audited one.
        students: how many of them.
        found: a key of ``MEASURES`` -> the mean over them.
        difference: the same -> how far that is above the balanced log's, paired over students.
    """

    audited: str
    log: str
    who: str
    students: int
    found: Mapping[str, Span]
    difference: Mapping[str, Span]


@dataclass(frozen=True)
class Audit:
    """What skewed logs cost whom, and what helps.

    Attributes:
        scenario: its label.
        policy: the policy's name.
        settings: its specification, the same for all logs.
        belief: the kind of the tutor's belief.
        n_students, n_log, share, taught, cohort_seed, seed: as ``audit`` was given them.
        groups: the names of all groups.
        audited: the groups that logs were skewed against.
        rows: what was found.
    """

    scenario: str
    policy: str
    settings: Mapping[str, object]
    belief: str
    n_students: int
    n_log: int
    share: float
    taught: float
    cohort_seed: int
    seed: int
    groups: Sequence[str]
    audited: Sequence[str]
    rows: Sequence[AuditRow]

    def of(self, audited: str, who: str) -> list[AuditRow]:
        """The rows about these students under the logs skewed against this group."""
        return [row for row in self.rows if (row.audited, row.who) == (audited, who)]

    def told(self, log: str) -> str:
        """What a log is, in a sentence."""
        return LOGS[log].text.format(share=self.share, taught=self.taught)
