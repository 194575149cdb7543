"""One student of a large world as one would write it with Gymnasium and NumPy, without a compiler: the yardstick.

Students are those of ``tests.reference``; beliefs are arrays over all words, or over a grid of abilities. A test feeds
this and ``TutorEnv`` the same luck and compares every observation and reward.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import gymnasium
import numpy as np
import numpy.typing as npt

from tests.reference import plain_student

Floats = npt.NDArray[np.float64]
COLUMNS = (
    "belief", "ready", "tries", "successes", "streak", "days_since", "was_last", "last_correct",
    "time_left", "session_left", "lesson",
)  # fmt: skip
MINUTES_PER_DAY = 1440.0


class Believing(Protocol):
    """What a tutor believes of one student: (K,) beliefs."""

    believed: Floats

    def reset(self) -> None: ...

    def update(self, item: int, right: bool, rating: int, minutes: float) -> None: ...

    def rest(self, days: float) -> None: ...


class PlainFSRSBelief:
    """Stability, difficulty and last review of every word, by the equations of FSRS-6 (docs/students/fsrs.md)."""

    def __init__(self, belief: Any) -> None:
        self.w, self.prior = belief.weights.tolist(), belief.prior
        self.factor = 0.9 ** (-1.0 / self.w[20]) - 1.0

    def reset(self) -> None:
        self.stability, self.difficulty, self.last = np.zeros((3, len(self.prior)))
        self.clock = 0.0
        self.believed = self.prior.copy()

    def recall(self) -> Floats:
        met = self.stability > 0
        days = (self.clock - self.last) / np.where(met, self.stability, 1.0)
        return np.where(met, (1.0 + self.factor * days) ** -self.w[20], self.prior)

    def first_difficulty(self, rating: int) -> float:
        return self.w[4] - math.exp(self.w[5] * (rating - 1)) + 1.0

    def update(self, item: int, right: bool, rating: int, minutes: float) -> None:
        w, k, s, d = self.w, item, float(self.stability[item]), float(self.difficulty[item])
        rating = max(rating, 2) if right else 1
        days = self.clock - self.last[k]
        recall = (1.0 + self.factor * days / s) ** -w[20] if s > 0 else 0.0
        if s <= 0:
            s, d = w[rating - 1], self.first_difficulty(rating)
        else:
            if days < 1 - 1e-6:
                increase = math.exp(w[17] * (rating - 3 + w[18])) * s ** -w[19]
                s *= max(increase, 1.0) if rating >= 2 else increase
            elif rating == 1:
                lapsed = w[11] * d ** -w[12] * ((s + 1) ** w[13] - 1) * math.exp(w[14] * (1 - recall))
                s = min(lapsed, s / math.exp(w[17] * w[18]))
            else:
                bonus = {2: w[15], 3: 1.0, 4: w[16]}[rating]
                s *= 1 + math.exp(w[8]) * (11 - d) * s ** -w[9] * (math.exp(w[10] * (1 - recall)) - 1) * bonus
            d -= w[6] * (rating - 3) * (10 - d) / 9
            d = w[7] * self.first_difficulty(4) + (1 - w[7]) * d
        self.stability[k], self.difficulty[k] = min(max(s, 0.001), 36500.0), min(max(d, 1.0), 10.0)
        self.last[k] = self.clock
        self.clock += minutes / MINUTES_PER_DAY
        self.believed = self.recall()

    def rest(self, days: float) -> None:
        self.clock += days
        self.believed = self.recall()


class PlainAbilityBelief:
    """The posterior of one ability on the same grid."""

    def __init__(self, belief: Any) -> None:
        self.nodes, self.start = belief.nodes, belief.start
        self.slope, self.guess = belief.scale * belief.discrimination, belief.guess
        self.difficulty, self.scale, self.sd = belief.curriculum.difficulty, belief.scale, belief.ability_sd
        self.skill = belief.curriculum.q.argmax(axis=1)
        self.known = 1.0 / (1.0 + np.exp(-self.scale * (self.start[:, None] + self.nodes)))

    def reset(self) -> None:
        self.posterior = np.exp(-0.5 * (self.nodes / self.sd) ** 2)
        self.posterior /= self.posterior.sum()
        self.believed = self.known @ self.posterior

    def update(self, item: int, right: bool, rating: int, minutes: float) -> None:
        level = self.start[self.skill[item]] + self.nodes - self.difficulty[item]
        p = self.guess[item] + (1.0 - self.guess[item]) / (1.0 + np.exp(-self.slope[item] * level))
        self.posterior *= p if right else 1.0 - p
        self.posterior /= self.posterior.sum()
        self.believed = self.known @ self.posterior

    def rest(self, days: float) -> None:
        """Nothing is forgotten."""


BELIEFS: dict[str, Any] = {"fsrs": PlainFSRSBelief, "ability": PlainAbilityBelief}


class PlainTutor(gymnasium.Env[Any, Any]):
    """One student, one item of one skill a lesson, sessions of so many lessons."""

    def __init__(self, scenario: Any, luck: Any) -> None:
        self.scenario, self.luck, self.schedule = scenario, luck, scenario.schedule
        self.student, self.model = plain_student(scenario.student), scenario.student
        self.belief: Believing = BELIEFS[scenario.belief.kind](scenario.belief)
        self.skill = scenario.curriculum.q.argmax(axis=1).tolist()
        self.n_skills, self.n_items = scenario.curriculum.n_skills, scenario.curriculum.n_items
        self.horizon, self.once = self.schedule.sessions * self.schedule.session_lessons, scenario.once
        self.total_days = max(self.schedule.total_days, 1.0)
        self.observation_space = gymnasium.spaces.Box(0.0, 1.0, (self.n_skills, len(COLUMNS)), np.float32)
        self.action_space = gymnasium.spaces.Discrete(self.n_items)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        self.student.reset(self.luck.reset(self.model.reset_draws))
        self.belief.reset()
        self.tries, self.successes, self.streak = np.zeros((3, self.n_skills))
        self.last_correct, self.taught_on = np.full(self.n_skills, 0.5), np.full(self.n_skills, -1.0)
        self.lessons, self.session, self.day, self.last = 0, 0, 0.0, -1
        self.allowed = np.ones(self.n_items, bool)
        self.value = self._value()
        return self._observation(), {"action_mask": self.allowed.copy()}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        k = self.skill[action]
        _, right, minutes = self.student.step(action, self.luck.lesson(self.model.lesson_draws))
        self.belief.update(action, right, getattr(self.student, "rating", 0), minutes)
        self.tries[k] += 1
        self.successes[k] += right
        self.streak[k] = self.streak[k] + 1 if right else 0
        self.last_correct[k], self.taught_on[k], self.last = right, self.day, k
        self.allowed[action] = not self.once
        self.lessons += 1
        ended = self.lessons >= self.horizon
        if not ended and self.lessons % self.schedule.session_lessons == 0:
            self._rest(float(self.schedule.days_between[self.session]))
        before, self.value = self.value, self._value()
        return self._observation(), self.value - before, ended, False, {"action_mask": self.allowed.copy()}

    def _rest(self, days: float) -> None:
        self.session += 1
        self.day += days
        self.student.elapse(days)
        self.belief.rest(days)

    def _value(self) -> float:
        """What the reward pays the change of: words recalled at the exam, or the score of the beliefs."""
        if self.scenario.reward == "recall":
            memory = self.student.student
            memory.clock += self.schedule.retention_days
            recalled = math.fsum(self.student.mastery())
            memory.clock -= self.schedule.retention_days
            return recalled
        total = 0.0
        for m, b in zip(self.student.mastery(), self.belief.believed.tolist(), strict=True):
            total += m * math.log(b / m) + (1 - m) * math.log((1 - b) / (1 - m))
        return total / self.n_skills

    def _observation(self) -> npt.NDArray[np.float32]:
        table = np.zeros((self.n_skills, len(COLUMNS)), np.float32)
        table[:, 0], table[:, 1] = self.belief.believed, 1.0
        table[:, 2], table[:, 3] = self.tries / self.horizon, self.successes / self.horizon
        table[:, 4] = np.minimum(self.streak, 10) / 10
        since = np.minimum((self.day - self.taught_on) / self.total_days, 1.0)
        table[:, 5] = np.where(self.taught_on >= 0, since, 1.0)
        if self.last >= 0:
            table[self.last, 6] = 1.0
        table[:, 7] = self.last_correct
        used = self.lessons - self.session * self.schedule.session_lessons
        table[:, 8] = 1 - self.lessons / self.schedule.total
        table[:, 9] = 1 - used / self.schedule.session_lessons
        table[:, 10] = self.lessons / self.horizon
        return table
