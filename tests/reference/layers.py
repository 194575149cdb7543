"""Layers and mixtures in plain Python, from the equations of their pages: around the plain student inside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from tests.reference.bkt import sigma
from tests.reference.difficulty_band import unsettled
from tests.reference.one import BORED, CONFUSED, EXAMPLE, EXPLANATION, FLOW, FRUSTRATED

NORMAL = NormalDist()


class _Around:
    """Someone with a plain student inside, whose past they can bring back."""

    student: Any

    def begin(self, u: Sequence[float]) -> None:
        """A fresh student inside; what ``reset`` sets is what lessons may change."""
        before = dict(vars(self.student))
        self.student.reset(u)
        self.moving = [name for name, value in vars(self.student).items() if before.get(name) is not value]

    def remember(self) -> tuple[dict[str, Any], Any]:
        kept = {name: _copied(getattr(self.student, name)) for name in self.moving}
        return kept, self.student.remember() if isinstance(self.student, _Around) else None

    def restore(self, past: tuple[dict[str, Any], Any]) -> None:
        vars(self.student).update(past[0])
        if past[1] is not None:
            self.student.restore(past[1])


def _copied(value: Any) -> Any:
    if isinstance(value, list):
        return [list(v) for v in value] if value and isinstance(value[0], list) else list(value)
    return dict(value) if isinstance(value, dict) else value


class _PlainLayer(_Around):
    def __init__(self, model: Any) -> None:
        from tests.reference import plain_student

        self.model, self.student = model, plain_student(model.student)
        c = model.curriculum
        self.asks = [a not in (EXAMPLE, EXPLANATION) for a in c.approach.tolist()]
        self.n_start, self.n_lesson = model.student.reset_draws, model.student.lesson_draws
        self.first = "learn_then_answer" in model.student.invariants
        self.quit, self.hints, self.option, self.rating = False, 0, -1, 0

    def trait(self, u: Sequence[float], name: str) -> float:
        """The layer's own deviate of a fresh student, of the group that the student inside fell into."""
        m, row = self.model, np.asarray(u, float)[None]
        state = m.student.allocate(1)
        m.student.reset(state, np.zeros(1, np.int64), np.ascontiguousarray(row[:, : self.n_start]))
        traits = tuple(m.trait_columns)
        deviates = m.population.deviates(state["group"], row[:, list(m.trait_columns.values())], traits)
        return float(deviates[0, traits.index(name)])

    def lesson(self, item: int, u: Sequence[float], lost: bool) -> tuple[bool, bool, float]:
        """The inner student's lesson; nothing of a lost one stays."""
        past = self.remember() if lost else None
        result = self.student.step(item, u[: self.n_lesson])
        self.quit, self.hints = getattr(self.student, "quit", False), getattr(self.student, "hints", 0)
        self.option, self.rating = getattr(self.student, "option", -1), getattr(self.student, "rating", 0)
        if past is not None:
            self.restore(past)
        return result

    def settle(self, said: bool, right: bool) -> bool:
        """What goes with an answer that is not the one that the inner student gave."""
        if said != right:
            self.option = -1
            self.rating = self.rating and (2 if right else 1)
        return right

    def elapse(self, days: float, u: Sequence[float] = ()) -> None:
        self.student.elapse(days, u)

    def mastery(self) -> list[float]:
        return self.student.mastery()


class PlainAffect(_PlainLayer):
    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.skills = [[int(k) for k in np.flatnonzero(row)] for row in model.curriculum.q]
        self.helps = [a != 0 for a in model.curriculum.approach.tolist()]
        self.attention, self.careless = model.attention.tolist(), model.careless.tolist()
        self.gaming = model.gaming.tolist()

    def reset(self, u: Sequence[float]) -> None:
        self.begin(u[: self.n_start])
        self.mood, self.streak, self.minutes, self.engagement = FLOW, 0.0, 0.0, self.trait(u, "engagement")

    def p(self, item: int) -> float:
        p, gaming = self.student.p(item), self.gaming[self.mood]
        return (1 - gaming) * (1 - self.careless[self.mood]) * p + gaming * self.model.gaming_guess

    def step(self, item: int, u: Sequence[float]) -> tuple[bool, bool, float]:
        m, mood, p = self.model, self.mood, self.student.p(item)
        known = self.student.mastery()
        mastered = all(known[k] >= m.mastered_at for k in self.skills[item])
        effect, answer, change, leave = u[self.n_lesson : self.n_lesson + 4]
        attends = effect < self.attention[mood]
        games = not attends and effect >= 1 - self.gaming[mood]
        asked, said, minutes = self.lesson(item, u, not attends)
        right = said and answer < 1 - self.careless[mood]
        if games:
            right, minutes = asked and answer < m.gaming_guess, minutes * m.gaming_minutes
        elif self.first and not attends:
            right = asked and answer < (1 - self.careless[mood]) * p
        right = self.settle(said, bool(right))
        wrong = asked and not right
        self.streak = 0.0 if right else self.streak + wrong
        self.minutes += minutes
        self.mood = self.next_mood(p, right, wrong, self.helps[item] or self.hints > 0, mastered, change)
        x = m.quit_base + m.quit_streak * self.streak + m.quit_hour * self.minutes / 60 - self.engagement
        x += {BORED: m.quit_bored, FRUSTRATED: m.quit_frustrated}.get(self.mood, 0.0)
        self.quit = bool(self.quit or leave < sigma(x))
        return asked, right, minutes

    def next_mood(self, p: float, right: bool, wrong: bool, helped: bool, mastered: bool, draw: float) -> int:
        m = self.model
        if self.mood == FLOW:
            bored = sigma(-2.6 + 2 * (m.boredom * max(p - 0.9, 0) + m.repetition * mastered))
            confused = (1 - bored) * sigma(-2.2 + 2 * (m.confusion * max(0.5 - p, 0) + wrong))
            return BORED if draw < bored else CONFUSED if draw < bored + confused else FLOW
        if self.mood in (CONFUSED, FRUSTRATED):
            return unsettled(self.mood, self.streak, right, helped, draw)
        return FLOW if draw < (0.5 if 0.4 < p < 0.85 and not mastered else 1 - m.persistence) else BORED

    def elapse(self, days: float, u: Sequence[float] = ()) -> None:
        self.student.elapse(days, u)
        if days > 0.0:
            self.mood, self.streak, self.minutes = FLOW, 0.0, 0.0


class PlainResponseTime(_PlainLayer):
    def reset(self, u: Sequence[float]) -> None:
        self.begin(u[: self.n_start])
        self.speed = self.trait(u, "speed")

    def p(self, item: int) -> float:
        m, p = self.model, self.student.p(item)
        return (1 - m.rapid) * p + m.rapid * m.rapid_guess

    def step(self, item: int, u: Sequence[float]) -> tuple[bool, bool, float]:
        m, p = self.model, self.student.p(item)
        rapid, guess, time = u[self.n_lesson : self.n_lesson + 3]
        fast = self.asks[item] and rapid < m.rapid
        asked, said, minutes = self.lesson(item, u, fast)
        noise = m.spread * NORMAL.inv_cdf(max(time, 2.0**-54))
        if fast:
            right = self.settle(said, bool(asked and guess < m.rapid_guess))
            return asked, right, m.rapid_minutes * math.exp(noise)
        gain = (m.ease + (m.contrast if said else -m.contrast)) * (p - 0.5) if asked else 0.0
        return asked, said, math.exp(math.log(minutes) - self.speed - gain + noise)


class PlainMinutesByOutcome(_PlainLayer):
    def reset(self, u: Sequence[float]) -> None:
        self.begin(u[: self.n_start])
        self.met: set[int] = set()

    def p(self, item: int) -> float:
        return self.student.p(item)

    def step(self, item: int, u: Sequence[float]) -> tuple[bool, bool, float]:
        asked, right, minutes = self.lesson(item, u, False)
        factors = self.model.later if item in self.met else self.model.first
        self.met.add(item)
        rating = self.rating or (3 if right else 1)
        return asked, right, minutes * factors[rating - 1] if asked else minutes


class PlainHints(_PlainLayer):
    def reset(self, u: Sequence[float]) -> None:
        self.begin(u[: self.n_start])
        self.patience = self.trait(u, "patience")

    def ask(self, wrong: float) -> float:
        return sigma(self.model.base + self.model.difficulty * wrong - self.patience)

    def p(self, item: int) -> float:
        m, wrong, here, total = self.model, 1 - self.student.p(item), 1.0, 0.0
        for n in range(m.most + 1):
            more = here * self.ask(wrong) if n < m.most else 0.0
            if n == 0 or m.scored_right:
                total += (here - more) * (1 - wrong)
            here, wrong = more, wrong * (1 - m.help)
        return total

    def step(self, item: int, u: Sequence[float]) -> tuple[bool, bool, float]:
        m, p = self.model, self.student.p(item)
        requests, effect, second = u[self.n_lesson : self.n_lesson + 3]
        n, chance, wrong = 0, 1.0, 1 - p
        while self.asks[item] and n < m.most:
            chance *= self.ask(wrong)
            if requests >= chance:
                break
            n, wrong = n + 1, wrong * (1 - m.help)
        lost = n > 0 and effect >= m.learning
        asked, said, minutes = self.lesson(item, u, lost)
        if not asked or n == 0:
            return asked, said, minutes
        left = (1 - m.help) ** n
        right = second < 1 - (1 - p) * left if lost and self.first else said or second < 1 - left
        self.hints += n
        return asked, self.settle(said, bool(right and m.scored_right)), minutes + n * m.minutes


class PlainMixture(_Around):
    def __init__(self, model: Any) -> None:
        from tests.reference import plain_student

        self.model, self.students = model, [plain_student(student) for student in model.students]
        self.bounds = np.cumsum(model.shares).tolist()[:-1]

    def reset(self, u: Sequence[float]) -> None:
        self.kind = sum(u[0] >= bound for bound in self.bounds)
        self.student, part = self.students[self.kind], self.model.students[self.kind]
        self.n_lesson, self.n_rest = part.lesson_draws, part.rest_draws
        self.begin(u[1 : 1 + part.reset_draws])

    def p(self, item: int) -> float:
        return self.student.p(item)

    def step(self, item: int, u: Sequence[float]) -> tuple[bool, bool, float]:
        result = self.student.step(item, u[: self.n_lesson])
        self.quit, self.hints = getattr(self.student, "quit", False), getattr(self.student, "hints", 0)
        self.option, self.rating = getattr(self.student, "option", -1), getattr(self.student, "rating", 0)
        return result

    def elapse(self, days: float, u: Sequence[float] = ()) -> None:
        self.student.elapse(days, u[: self.n_rest])

    def mastery(self) -> list[float]:
        return self.student.mastery()
