"""Logs in which groups of students are few or unfinished, as real logs are, and what can be done about that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from zpdgym.errors import InputError

from ..beliefs.base import Ints
from ..beliefs.course import CourseLog, beginning, log_of, silent

if TYPE_CHECKING:
    from ..scenario import Scenario

AT_ONCE, MOST = 4096, 2_000_000
"""Students that are looked at together for those of a group, and at most."""
NOTHING = {"items": -1, "answers": -1, "options": -1, "minutes": 0, "hints": 0}
"""What a log holds of a lesson that there was not."""


@dataclass(frozen=True)
class GroupedLog:
    """A log of students whose groups are known.

    Attributes:
        log: what a tutor saw of N students.
        group: (N,) the group that each is of.
    """

    log: CourseLog
    group: Ints

    def rows(self, which: Ints) -> GroupedLog:
        """These students, in this order; one may come several times."""
        return GroupedLog(self.log.rows(which), self.group[which])

    def of(self, group: int) -> Ints:
        """Which rows are of students of this group."""
        return np.flatnonzero(self.group == group)

    def unfinished(self, rows: Ints, taught: float) -> GroupedLog:
        """The same log if these students had only been taught the first part of the course, this share of it."""
        end = self._end(taught)
        cells = {name: table.copy() for name, table in self.log.cells.items()}
        for name, table in cells.items():
            table[rows, end:] = NOTHING[name]
        return replace(self, log=replace(self.log, **cells))

    def levelled(self, *, seed: int) -> GroupedLog:
        """Every group's students again and again, until each group has as many rows as the largest: nobody is left out.

        The mixture of groups in the log is then even, but a group of few still says only what those few did.
        """
        sizes = np.bincount(self.group)
        rows = [np.resize(np.flatnonzero(self.group == g), int(sizes.max())) for g in np.flatnonzero(sizes)]
        return self.rows(np.random.default_rng([seed, 1]).permutation(np.concatenate(rows)))

    def continued(self, rows: Ints, like: Ints, taught: float, *, seed: int) -> GroupedLog:
        """Unfinished rows, each ended as that of a student who went on and was like it so far.

        Who that is: the one with the most similar share of right answers in the lessons that both had (hot-deck
        imputation by the nearest neighbour); chance decides between equals.

        Args:
            rows: which are unfinished.
            like: rows of those who went on.
            taught: the share of the course that all had.
            seed: of that chance.
        """
        end, said = self._end(taught), self.log.answers[:, : self._end(taught)]
        asked = (said >= 0).sum(axis=1)
        # less than one answer of chance, so that equals do not all end as the same student
        luck = np.random.default_rng([seed, 2]).random(len(said)) / (1 + asked.max())
        right = (said == 1).sum(axis=1) / np.maximum(asked, 1) + luck
        nearest = like[np.abs(right[like][None, :] - right[rows][:, None]).argmin(axis=1)]
        cells = {name: table.copy() for name, table in self.log.cells.items()}
        for table in cells.values():
            table[rows, end:] = table[nearest, end:]
        return replace(self, log=replace(self.log, **cells))

    def _end(self, taught: float) -> int:
        return round(taught * self.log.items.shape[1])


def grouped_log(
    scenario: Scenario,
    shares: Sequence[float],
    *,
    n_students: int,
    seed: int,
    tell: Callable[[float], None] = silent,
) -> GroupedLog:
    """A log of the plain course in which every group has a given share of the students.

    Students are those of the scenario's population by their numbers: of each group the first, so that logs with other
    shares are of the same students as far as both need them. They stand in mixed order.

    Args:
        scenario: whose students, curriculum and schedule.
        shares: of every group, in the order of the population; they sum to 1.
        n_students: N.
        seed: which students.
        tell: told which share of a whole fit is done.

    Raises:
        InputError: too few of two million students are of a group.
    """
    sizes = np.diff(np.round(np.cumsum(shares) * n_students), prepend=0.0).astype(np.int64)
    who, group = _students(scenario, sizes, seed)
    mixed = np.random.default_rng([seed, 0]).permutation(n_students)
    who, group = who[mixed], group[mixed]
    return GroupedLog(log_of(scenario, who, seed=seed, tell=tell), group)


def _students(scenario: Scenario, sizes: Ints, seed: int) -> tuple[Ints, Ints]:
    """The numbers of the first students of each group, so many of each, and their groups."""
    found, first = [np.zeros(0, np.int64) for _ in sizes], 0
    while any(len(numbers) < size for numbers, size in zip(found, sizes.tolist(), strict=True)):
        if first >= MOST:
            names = scenario.student.population.group_names
            rare = min(range(len(found)), key=lambda g: len(found[g]) - int(sizes[g]))
            raise InputError(
                f"the group '{names[rare]}' is too rare: of {MOST:,} students {len(found[rare])} are of it, and a log "
                f"of {int(sizes[rare])} was asked for"
            )
        who = np.arange(first, first + AT_ONCE, dtype=np.int64)
        groups = np.asarray(beginning(scenario, who, seed=seed)["group"])
        found = [np.concatenate([numbers, who[groups == g]]) for g, numbers in enumerate(found)]
        first += AT_ONCE
    who = np.concatenate([numbers[:size] for numbers, size in zip(found, sizes.tolist(), strict=True)])
    return who, np.repeat(np.arange(len(sizes)), sizes)
