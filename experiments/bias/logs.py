"""The logs of an audit: balanced, skewed against a group, and mended; and the beliefs that are fitted to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np

from ...envs.beliefs.base import Numbers
from ...envs.beliefs.fitting import fit_to_log
from ...envs.beliefs.refit import kept_numbers
from ...envs.logs.grouped import GroupedLog, grouped_log
from ...students.draws import spawn_seed
from ..runs.outcomes import group_names

if TYPE_CHECKING:
    from ...envs.scenario import Scenario

BALANCED = "balanced"
OTHERS = "everybody else"
"""All test students that are not of the group that the logs are skewed against."""


@dataclass(frozen=True)
class Kind:
    """A log that a belief is fitted to.

    Attributes:
        text: what it is, in a sentence.
        make: makes it, from all logs and the group that it is skewed against.
        skewed: whether it depends on the group.
        own: whether only the group's tutor believes by it; everybody else keeps the belief of the log without help.
    """

    text: str
    make: Callable[[Logs, int], GroupedLog]
    skewed: bool = True
    own: bool = False


LOGS = {
    BALANCED: Kind("every group has an equal share of the log", lambda logs, _: logs.balanced, skewed=False),
    "balanced, other students": Kind(
        "the same with other students in the log: what its luck alone does", lambda logs, _: logs.others, skewed=False
    ),
    "balanced, own belief": Kind(
        "the group has a belief of its own, fitted to its rows of the balanced log",
        lambda logs, group: logs.of_one(logs.balanced, group),
        own=True,
    ),
    "few": Kind("the group is {share:.3g} of the learners in the log", lambda logs, group: logs.few(group)),
    "few, levelled": Kind(
        "what may help: its rows are repeated until it has as many as any other group",
        lambda logs, group: logs.few(group).levelled(seed=logs.seed),
    ),
    "few, own belief": Kind(
        "what may help: the group has a belief of its own, fitted to its few rows",
        lambda logs, group: logs.of_one(logs.few(group), group),
        own=True,
    ),
    "unfinished": Kind(
        "equal shares, but the group was only taught the first {taught:.3g} of the course",
        lambda logs, group: logs.unfinished(group),
    ),
    "unfinished, continued": Kind(
        "what may help: each of its rows ends as that of a student of another group who was like it so far",
        lambda logs, group: logs.continued(group),
    ),
    "unfinished, some taught on": Kind(
        "what may help: one in ten of the group is taught on, and each of its other rows ends as that of the most like",
        lambda logs, group: logs.taught_on(group),
    ),
    "unfinished, own belief": Kind(
        "what may help: the group has a belief of its own, fitted to its rows so mended",
        lambda logs, group: logs.of_one(logs.taught_on(group), group),
        own=True,
    ),
}
"""All logs of an audit, in the order of its tables."""


class Logs:
    """The logs of one audit; each is made when a belief is to be fitted to it.

    Args:
        scenario: whose students, curriculum and schedule.
        share: of the group where it is few.
        taught: the share of the course that the group was taught where it is unfinished.
        n_log: students in every log.
        seed: which students.
    """

    def __init__(self, scenario: Scenario, *, share: float, taught: float, n_log: int, seed: int) -> None:
        self.scenario, self.share, self.taught, self.n_log, self.seed = scenario, share, taught, n_log, seed
        self.names, self.kind = group_names(scenario), str(scenario.sections["belief"].get("kind", "bkt"))
        self.few = cache(self._few)

    @cached_property
    def balanced(self) -> GroupedLog:
        """Equal shares."""
        return self._even(self.seed)

    @property
    def others(self) -> GroupedLog:
        """Equal shares, of other students."""
        return self._even(spawn_seed(self.seed, "another log"))

    def unfinished(self, group: int) -> GroupedLog:
        """Equal shares, of which one group was not taught the whole course."""
        return self.balanced.unfinished(self.balanced.of(group), self.taught)

    def continued(self, group: int) -> GroupedLog:
        """The same, each unfinished row continued as that of a student of another group who was like it."""
        theirs = self.balanced.of(group)
        others = np.setdiff1d(np.arange(self.n_log), theirs)
        return self.unfinished(group).continued(theirs, others, self.taught, seed=self.seed)

    def taught_on(self, group: int) -> GroupedLog:
        """Equal shares, but of one group only one in ten was taught the whole course; the others end like those."""
        theirs = self.balanced.of(group)
        some, rest = np.split(theirs, [-(-len(theirs) // 10)])
        return self.balanced.unfinished(rest, self.taught).continued(rest, some, self.taught, seed=self.seed)

    @staticmethod
    def of_one(log: GroupedLog, group: int) -> GroupedLog:
        """What a log holds of one group."""
        return log.rows(log.of(group))

    def belief(self, log: str, group: int) -> Numbers:
        """The numbers of the belief fitted to a log, found before or now.

        Args:
            log: a key of ``LOGS``.
            group: the group that it is skewed against, or whose own belief it is.
        """
        kind = LOGS[log]

        def fit(tell: Callable[[float], None]) -> Numbers:
            made = kind.make(self, group).log
            return {"kind": self.kind, **fit_to_log(self.kind, replace(made, tell=tell), seed=self.seed)[0]}

        against = f" ({self.names[group]})" if kind.skewed else ""
        told = f"{self.scenario.label}: fitting the tutor's belief to a log: {log}{against}"
        about = [log, group if kind.skewed else None, self.share, self.taught, self.n_log, self.seed]
        return kept_numbers(self.scenario, fit, told=told, about=["audit", *about])

    def _few(self, group: int) -> GroupedLog:
        rest = (1 - self.share) / (len(self.names) - 1)
        return self._made([self.share if g == group else rest for g in range(len(self.names))], self.seed)

    def _even(self, seed: int) -> GroupedLog:
        return self._made([1 / len(self.names)] * len(self.names), seed)

    def _made(self, shares: list[float], seed: int) -> GroupedLog:
        return grouped_log(self.scenario, shares, n_students=self.n_log, seed=seed)
