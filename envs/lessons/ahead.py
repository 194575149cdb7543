"""Students who are drawn before they are needed, many at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...students import draws
from ...students.jit import kernel
from ...students.model import FloatN, IntN, StudentModel
from ..episodes import Seeds
from ..kernels import EPISODE, STUDENT
from ..reward import exam_now

Bytes = npt.NDArray[np.uint8]
IntNM = npt.NDArray[np.int64]

FEW = 64
"""So many students or more who begin at the same time are drawn at once: there is little to gain by waiting."""
MOST = 16384
"""Students who wait at most; larger cohorts draw when they must, of whom there are always many."""


def drawn_ahead(n: int) -> int:
    """How many next students are drawn for each of ``n`` rows; 0: none are.

    The more rows there are, the sooner one of them ends its next one, too, and the more are then drawn together.
    """
    ahead = 8 if n < 256 else 4
    return ahead if n * ahead <= MOST else 0


class Ahead:
    """The next students of N rows, each with the share of the exam that they would get right untaught.

    Luck is keyed by seed, student and episode: who is drawn ahead is, bit by bit, who would be drawn then. A student
    alone costs some fifty microseconds, in a batch two or three, and where students give up they begin one by one.

    Args:
        student: the model.
        exam_items: (E,) of the exam.
        n: rows.
    """

    def __init__(self, student: StudentModel, exam_items: IntN, n: int) -> None:
        self._student, self._exam_items, self._n = student, exam_items, n
        self._depth = drawn_ahead(n)
        self._episode = np.zeros((0, self._depth), np.int64)

    def __reduce__(self) -> tuple[type[Ahead], tuple[StudentModel, IntN, int]]:
        """Copies begin with nobody: it follows from the seeds who waits."""
        return Ahead, (self._student, self._exam_items, self._n)

    def serves(self, count: int) -> bool:
        """Whether so many who begin at the same time come from here."""
        return 0 < count < FEW and self._depth > 0

    def forget(self) -> None:
        """Nobody waits any more."""
        self._episode = np.zeros((0, self._depth), np.int64)

    def move(self, seeds: Seeds, seed: int, rows: IntN, whole: IntNM, records: Bytes, before: FloatN) -> None:
        """Put the students who begin in these rows there: their records, and their shares of the exam before.

        Args:
            seeds: of all rows: whoever is missing where it is the same is drawn along with them.
            seed: of all these ``rows``.
            rows: (n,) where students begin.
            whole: (N, …) the environment's records as integers; the episodes of these rows have begun.
            records: (N, …) the students' as bytes, changed in these rows.
            before: (N,) the shares, changed in these rows.
        """
        if not len(self._episode):
            self._allocate()
        if not _move(seed, rows, whole, self._episode, self._seed, self._bytes, self._before, records, before):
            self._draw(seed, rows, seeds.of(seed, self._n), whole[:, STUDENT], whole[:, EPISODE])
            _move(seed, rows, whole, self._episode, self._seed, self._bytes, self._before, records, before)

    def _allocate(self) -> None:
        n = self._n * self._depth
        self._state, self._before = self._student.allocate(n), np.zeros(n)
        self._bytes: Bytes = self._state.view(np.uint8).reshape(n, -1)
        self._episode = np.full((self._n, self._depth), -1)
        self._seed = np.full(self._n, -1)

    def _draw(self, seed: int, rows: IntN, of_seed: IntN, who: IntN, episodes: IntN) -> None:
        """Everybody whom the rows with this seed will need next and who is not there yet."""
        first = episodes + 1
        first[rows] -= 1
        self._episode[of_seed[self._seed[of_seed] != seed]] = -1
        self._seed[of_seed] = seed
        wanted = first[of_seed, None] + np.arange(self._depth)
        slots = wanted % self._depth
        missing = self._episode[of_seed[:, None], slots] != wanted
        own = of_seed[np.nonzero(missing)[0]]
        at = own * self._depth + slots[missing]
        u = draws.draw(
            seed, stream=draws.RESET, students=who[own], episodes=wanted[missing], lessons=np.zeros(len(own), np.int64),
            count=self._student.reset_draws,
        )  # fmt: skip
        self._student.reset(self._state, at, u)
        fresh = self._bytes.take(at, axis=0).view(self._state.dtype).reshape(-1)
        self._before[at] = exam_now(self._student, fresh, self._exam_items)
        self._episode[own, slots[missing]] = wanted[missing]


@kernel
def _move(
    seed: int, rows: IntN, whole: IntNM, episode: IntNM, own_seed: IntN, waiting: Bytes, shares: FloatN, records: Bytes,
    before: FloatN,
) -> bool:  # fmt: skip
    """Move those who wait into their rows; where somebody is missing nobody moves."""
    depth = episode.shape[1]
    for r in range(rows.shape[0]):
        now = whole[rows[r], EPISODE]
        if episode[rows[r], now % depth] != now or own_seed[rows[r]] != seed:
            return False
    for r in range(rows.shape[0]):
        i = rows[r]
        at = i * depth + whole[i, EPISODE] % depth
        before[i] = shares[at]
        for byte in range(records.shape[1]):
            records[i, byte] = waiting[at, byte]
    return True
