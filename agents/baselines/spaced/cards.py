"""What schedulers of reviews share: a card per skill, what an answer does to it, and which skill comes next."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from zpdgym.parameters import Number, Table

from ....students.jit import kernel
from ....students.memory import _fsrs
from ...problem import Actions, Baseline, Memory, Observation, Problem
from ..item_rule import column_readers
from ..parameters import ITEMS

Floats = npt.NDArray[np.float64]

DUE, SEEN, SHOWN, A, B, C, D = range(7)
"""Of a card: when it is due; the lesson it was last seen in (-1: never); how often in a row it was shown without being
asked; then what its rule keeps. A rule has as many of the last ones as it needs."""
DAY, SESSION, NEW, LESSON = range(4)  # of a student's clock; NEW: skills introduced in this session
NO_LESSON, UNASKED, WRONG, RIGHT = range(4)  # what a lesson told about a card


@dataclass(kw_only=True, eq=False)
class Scheduler(Baseline):
    """Review what is due, else introduce something new, else review what is nearest to due.

    Every skill is a card. New skills come in curriculum order, the first one whose prerequisites are believed known;
    an answer counts for all skills of the item. A lesson that asks nothing leaves its card due at once, so that the
    question follows; where no question comes, it counts as a right answer. Reviews that are equally due: the one that
    was not seen for longest first.

    Raises:
        InputError: a parameter out of range.
    """

    ready: float = 0.5
    items: str | float = "level"

    PARAMETERS: ClassVar[Table] = {
        "ready": Number("a skill may be introduced from this product of its prerequisites' beliefs on",
                        low=0, high=1, unit="belief"),
        "items": ITEMS,
    }  # fmt: skip
    columns = A
    """How many numbers a card has."""
    unit = DAY
    """What cards are due in: days or sessions."""

    def configure(self, given: SimpleNamespace) -> None:
        """Take over what all schedulers have; nothing limits how many skills are new in a session."""
        self.limits = np.array([np.inf, given.ready])
        self.rule = given.items
        self.needs = frozenset({"days_since", "last_correct", "ready"}) | self.rule.needs

    def prepare(self, problem: Problem) -> None:
        """Lay out the ladders and find the columns."""
        self.rule.bind(problem)
        self.positions, self.scales = column_readers(problem, ("days_since", "last_correct", "ready"))
        self.asks = problem.curriculum.asks

    def _note(self, observation: Observation, cards: Floats, clock: Floats, last: npt.NDArray[np.int64]) -> Floats:
        """Move the cards of the last lesson and the clock. Returns (N,) the days since that lesson."""
        skills = self.problem.curriculum.item_skills
        told, gap = np.zeros((len(last), skills.shape[1]), np.int8), np.zeros(len(last))
        _note(
            observation, cards, clock, last, gap, skills, self.asks, self.rule.shown, self.positions, self.scales, told
        )
        for slot, column in enumerate(told.T):
            for rows in (np.flatnonzero(column == UNASKED), np.flatnonzero(column > UNASKED)):
                if len(rows):
                    skill, now = skills[last[rows], slot], clock[rows]
                    card = cards[rows, skill]
                    if column[rows[0]] == UNASKED:
                        card[:, DUE] = now[:, self.unit]
                    else:
                        self.review(card, column[rows] == RIGHT, now[:, DAY], now[:, SESSION])
                    cards[rows, skill] = card
        passed = gap > 0
        clock[:, DAY] += gap
        clock[:, SESSION] += passed
        clock[passed, NEW] = 0.0
        return gap

    def blank(self) -> Memory:
        """No card seen, a clock at 0, no lesson yet."""
        cards = np.zeros((self.problem.curriculum.n_skills, self.columns))
        cards[:, DUE], cards[:, SEEN] = np.inf, -1.0
        return {"cards": cards, "clock": np.zeros(4), "last": np.array(-1)}

    def review(self, cards: Floats, right: npt.NDArray[np.bool_], day: Floats, session: Floats) -> None:
        """What an answer does to a card, in place.

        Args:
            cards: (n, C) the cards that were answered, one a row.
            right: (n,) how.
            day: (n,) today, in days since the first lesson.
            session: (n,) which session it is, from 0.
        """

    def keys(
        self, observation: Observation, cards: Floats, clock: Floats, gap: Any, u: Any
    ) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """(N, K) in which order seen skills come for review, least first, and (N, K) which of them are due."""
        due = np.ascontiguousarray(cards[:, :, DUE])
        return due, due <= clock[:, self.unit, None]

    def skills(self, observation: Observation, memory: Memory, gap: Any, u: Any) -> npt.NDArray[np.int64]:
        """(N,) the skill to teach."""
        key, due = self.keys(observation, memory["cards"], memory["clock"], gap, u)
        out = np.empty(len(observation), np.int64)
        _next(
            observation, memory["cards"], memory["clock"], key, due, self.problem.curriculum.order, self.positions,
            self.scales, self.limits, out,
        )  # fmt: skip
        return out

    def decide(self, observation: Observation, memory: Memory, masks: npt.NDArray[np.bool_], u: Any) -> Actions:
        """Note what came of the last lesson, then choose the next."""
        gap = self._note(observation, memory["cards"], memory["clock"], memory["last"])
        actions = self.rule(observation, self.skills(observation, memory, gap, u), masks)
        memory["last"] = np.where(actions < self.problem.curriculum.n_items, actions, -1)
        return actions


@dataclass(kw_only=True, eq=False)
class DatedScheduler(Scheduler):
    """What schedulers share whose cards fall due: so many new skills a session at most."""

    new_per_session: int = 0

    PARAMETERS: ClassVar[Table] = {
        "new_per_session": Number("new skills a session, at most; 0: as many as there is time for", low=0, whole=True),
        **Scheduler.PARAMETERS,
    }

    def configure(self, given: SimpleNamespace) -> None:
        """Keep to so many new skills."""
        super().configure(given)
        self.limits[0] = given.new_per_session or np.inf


@kernel
def _note(observation, cards, clock, last, gap, item_skills, asks, shown, at, scale, told):
    """What each student's last lesson told about the cards of its skills, and how many days have passed since."""
    for i in range(observation.shape[0]):
        m = last[i]
        if m < 0:
            continue
        seen = item_skills[m, 0]
        answer = observation[i, seen, at[1]] * scale[1]
        for slot in range(item_skills.shape[1]):
            k = item_skills[m, slot]
            if k < 0:
                break
            clock[i, NEW] += cards[i, k, SEEN] < 0.0
            cards[i, k, SEEN] = clock[i, LESSON]
            told[i, slot] = RIGHT if answer > 0.75 else WRONG
            if not asks[m] or 0.25 < answer < 0.75:
                cards[i, k, SHOWN] += 1.0
                told[i, slot] = RIGHT if cards[i, k, SHOWN] > shown[k] else UNASKED
            if told[i, slot] > UNASKED:
                cards[i, k, SHOWN] = 0.0
        # the column is a rounded share of the whole time
        gap[i] = np.rint(observation[i, seen, at[0]] * scale[0] * 100.0) / 100.0
        clock[i, LESSON] += 1.0


@kernel
def _next(observation, cards, clock, key, due, order, at, scale, limits, out):
    """The seen skill with the least key where one is due, else something new, else that skill all the same."""
    for i in range(observation.shape[0]):
        best, least, longest, pressing, new, unseen = -1, np.inf, np.inf, False, -1, -1
        for k in order:
            if cards[i, k, SEEN] < 0.0:
                if unseen < 0:
                    unseen = k
                if new < 0 and observation[i, k, at[2]] * scale[2] >= limits[1]:
                    new = k
                continue
            pressing |= due[i, k]
            if key[i, k] < least or best < 0 or (key[i, k] == least and cards[i, k, SEEN] < longest):
                best, least, longest = k, key[i, k], cards[i, k, SEEN]
        if best >= 0 and pressing:
            out[i] = best
        elif new >= 0 and clock[i, NEW] < limits[0]:
            out[i] = new
        else:
            out[i] = best if best >= 0 else unseen


@kernel
def next_in_queues(observation, cards, order, at, scale, ready, share, u, out):
    """A new skill with probability ``share``, else the head of a queue drawn with weight 1 / sqrt(queue)."""
    heads = np.empty(cards.shape[1] + 2, np.int64)
    for i in range(observation.shape[0]):
        new, unseen, deepest = -1, -1, 0
        for k in order:
            if cards[i, k, SEEN] < 0.0:
                unseen = k if unseen < 0 else unseen
                if new < 0 and observation[i, k, at[2]] * scale[2] >= ready:
                    new = k
            else:
                deepest = max(deepest, int(cards[i, k, A]), 1)
        if deepest + 1 > heads.shape[0]:
            heads = np.empty(2 * deepest, np.int64)
        if new >= 0 and (u[i, 0] < share or deepest == 0):
            out[i] = new
            continue
        if deepest == 0:
            out[i] = unseen
            continue
        heads[: deepest + 1] = -1
        for k in order:
            queue = max(int(cards[i, k, A]), 1)  # 0: shown, not asked yet
            if cards[i, k, SEEN] >= 0.0 and (heads[queue] < 0 or cards[i, k, SEEN] < cards[i, heads[queue], SEEN]):
                heads[queue] = k
        total = 0.0
        for queue in range(1, deepest + 1):
            total += 1.0 / math.sqrt(queue) if heads[queue] >= 0 else 0.0
        left = u[i, 1] * total
        for queue in range(1, deepest + 1):
            if heads[queue] >= 0:
                out[i] = heads[queue]
                left -= 1.0 / math.sqrt(queue)
                if left < 0.0:
                    break


@kernel
def fsrs_review(cards, right, day, block, retention):
    """FSRS-6 as the package ``fsrs`` has it: whole days, "good" or "again"; cards keep S, D and the day."""
    w = _fsrs.block(block, 0, 0)
    growth, factor, decay = block[0, _fsrs.BLOCK], block[0, _fsrs.BLOCK + 1], w[20]
    for i in range(right.shape[0]):
        stability, recall, rating = cards[i, A], 0.0, _fsrs.GOOD if right[i] else _fsrs.AGAIN
        days = math.floor(day[i] - cards[i, C] + 1e-6)
        if stability > 0.0:
            recall = _fsrs._recall(days, stability, factor, decay, True)
        cards[i, A] = _fsrs.stability_after(w, growth, stability, cards[i, B], rating, days, recall, True, True)
        cards[i, B] = _fsrs.difficulty_after(w, stability, cards[i, B], rating, False)
        interval = cards[i, A] / factor * (math.exp(-math.log(retention) / decay) - 1.0)
        cards[i, C], cards[i, DUE] = day[i], day[i] + min(max(np.rint(interval), 1.0), _fsrs.S_MAX)
