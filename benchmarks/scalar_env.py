"""A teaching environment as one would write it with Gymnasium and NumPy: one student, one file, no compilation.

``ScalarTutorEnv`` is the yardstick of the simulator's benchmark: clear code over small arrays. ``TunedScalarTutorEnv``
is what remains to be gained by hand without a compiler. Both do what ``TutorEnv`` does with practice items of one
skill each; a test feeds all of them the same luck and compares every observation.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any, Protocol

import gymnasium
import numpy as np

from benchmarks.scalar_graph import ScalarGraphBelief

COLUMNS = (
    "belief", "ready", "tries", "successes", "streak", "days_since", "was_last", "last_correct",
    "time_left", "session_left", "lesson",
)  # fmt: skip
BELIEF, READY, TRIES, SUCCESSES, STREAK, DAYS_SINCE, WAS_LAST, LAST_CORRECT, TIME_LEFT, SESSION_LEFT, LESSON = range(11)


class Luck(Protocol):
    """Where the random numbers come from."""

    def reset(self, count: int) -> np.ndarray: ...

    def lesson(self, count: int) -> np.ndarray: ...


class GeneratorLuck:
    """The usual source: one NumPy generator."""

    def __init__(self, seed: int | None = None) -> None:
        self.generator = np.random.default_rng(seed)

    def reset(self, count: int) -> np.ndarray:
        return self.generator.random(count)

    def lesson(self, count: int) -> np.ndarray:
        return self.generator.random(count)


class Student(Protocol):
    lesson_draws: int

    def reset(self, luck: Luck) -> None: ...

    def teach(self, item: int, u: np.ndarray) -> tuple[bool, bool]: ...

    def exam(self, days: float) -> tuple[float, np.ndarray]: ...

    def rest(self, days: float) -> None: ...


class ScalarBKTStudent:
    """Knows a skill or does not; a known skill lasts for a lifetime that is drawn when it is learnt."""

    lesson_draws = 2

    def __init__(self, model: Any) -> None:
        self.model = model
        self.parents = [list(np.flatnonzero(row)) for row in model.curriculum.prerequisites]
        self.skill = [int(np.flatnonzero(row)[0]) for row in model.curriculum.q]
        self.skills = np.array(self.skill)
        self.order = [int(k) for k in model.curriculum.order]
        self.prior_odds = model.prior / (1 - model.prior)
        self.learn_odds = model.learn / (1 - model.learn)
        self.guess_odds = model.item_guess / (1 - model.item_guess)
        self.slip_odds = model.item_slip / (1 - model.item_slip)
        self.left = np.zeros(len(model.prior))

    def reset(self, luck: Luck) -> None:
        model = self.model
        u = luck.reset(model.reset_draws)
        split = model.population.draws(model.traits)
        _, deviates = model.population.sample(u[None, :split], model.traits)
        prior, self.learn, self.guess, self.slip, self.forget, _ = np.exp(deviates[0])
        self.left[:] = 0.0
        for k in self.order:
            odds = self.prior_odds[k] * prior
            p, draw = odds / (1 + odds), u[split + k]
            if draw < p and all(self.left[j] > 0 for j in self.parents[k]):
                self.left[k] = max(-math.log(1 - draw / p), 1e-300)

    def teach(self, item: int, u: np.ndarray) -> tuple[bool, bool]:
        k = self.skill[item]
        known = self.left[k] > 0
        odds = self.slip_odds[item] * self.slip if known else self.guess_odds[item] * self.guess
        correct = u[0] * (1 + odds) < (1.0 if known else odds)
        if not known and all(self.left[j] > 0 for j in self.parents[k]):
            odds = self.learn_odds[k] * self.learn
            spent = u[1] * (1 + odds)
            if spent < odds:
                self.left[k] = max(-math.log(1 - spent / odds), 1e-300)
        return bool(correct), False

    def exam(self, days: float) -> tuple[float, np.ndarray]:
        """Expected share of exam items right, and mastery, after some days untaught."""
        c = self.model.curriculum
        mastery = (self.left > 0) * np.exp(-self.model.forget * (self.forget * days))
        known = mastery[self.skills]
        slip, guess = self.slip_odds * self.slip, self.guess_odds * self.guess
        right = known / (1 + slip) + (1 - known) * guess / (1 + guess)
        return float(right[c.exam_items].mean()), mastery

    def rest(self, days: float) -> None:
        np.maximum(self.left - self.model.forget * (self.forget * days), 0.0, out=self.left)


FLOW, CONFUSED, FRUSTRATED, BORED = range(4)


MOODS = {FRUSTRATED: (0.95, 0.7), BORED: (0.765, 0.3)}  # share of attention and of the gain that is left


class ScalarBandStudent:
    """Ability grows most from items neither too easy nor too hard; with moods, which make some give up, or without."""

    def __init__(self, model: Any) -> None:
        self.lesson_draws = model.lesson_draws
        self.model, c = model, model.curriculum
        self.parents = [np.flatnonzero(row) for row in c.prerequisites]
        self.skill = c.q.argmax(axis=1)
        self.help = model.shape["help"]
        self.scale = (1 + math.exp(-model.slope * self.help / 2)) ** 2

    def reset(self, luck: Luck) -> None:
        from scipy.special import ndtri

        model = self.model
        u = luck.reset(model.reset_draws)
        split = model.population.draws(model.traits)
        _, deviates = model.population.sample(u[None, :split], model.traits)
        ability, self.learn, self.forget, self.engagement = deviates[0]
        self.mood, self.streak = FLOW, 0
        self.learn, self.forget = math.exp(self.learn), math.exp(self.forget)
        self.ability = model.start + model.start_sd * ndtri(np.maximum(u[split:], 2.0**-54)) + ability
        for k in model.curriculum.order:
            if len(self.parents[k]):
                self.ability[k] = min(self.ability[k], self.ability[self.parents[k]].min())
        self.start = self.ability.copy()

    def teach(self, item: int, u: np.ndarray) -> tuple[bool, bool]:
        model, k = self.model, self.skill[item]
        gap = model.curriculum.difficulty[item] - self.ability[k]
        p = sigmoid(-model.slope * gap)
        mastered = model.guess + (1 - model.guess) * sigmoid(model.slope * self.ability[k]) >= model.mastered_at
        attention, absorption = MOODS.get(self.mood, (1.0, 1.0))
        correct = u[0] < model.guess + (1 - model.guess) * p * attention
        gain = (1 - p) * sigmoid(model.slope * (self.help - gap)) * self.scale
        for j in self.parents[k]:
            gain *= sigmoid(model.sharpness * self.ability[j])
        gain *= self.learn * model.learn[k] * model.minutes_factor[item] * (1.0 if correct else model.feedback)
        self.ability[k] += gain * absorption
        if not model.engagement:
            return bool(correct), False
        self.streak = 0 if correct else self.streak + 1
        self._feel(model.guess + (1 - model.guess) * p, bool(correct), bool(mastered), u[1])
        hazard = -5.3 + {BORED: 1.5, FRUSTRATED: 1.0}.get(self.mood, 0.0) + 0.3 * self.streak - self.engagement
        return bool(correct), bool(u[2] < sigmoid(hazard))

    def _feel(self, expected: float, correct: bool, mastered: bool, draw: float) -> None:
        if self.mood == FLOW:
            bored = sigmoid(-2.6 + 2.0 * (10.0 * max(expected - 0.9, 0.0) + 0.5 * mastered))
            confused = (1 - bored) * sigmoid(-2.2 + 2.0 * (max(0.5 - expected, 0.0) + (not correct)))
            self.mood = BORED if draw < bored else CONFUSED if draw < bored + confused else FLOW
        elif self.mood == CONFUSED:
            frustrated = sigmoid(-2.0 + 0.7 * self.streak)
            resolved = (1 - frustrated) * sigmoid(1.5 * correct)
            self.mood = FRUSTRATED if draw < frustrated else FLOW if draw < frustrated + resolved else CONFUSED
        elif self.mood == FRUSTRATED:
            bored = sigmoid(-2.0 + 0.5 * self.streak)
            self.mood = BORED if draw < bored else FLOW if draw < bored + (1 - bored) * 0.5 else FRUSTRATED
        else:
            in_band = 0.4 < expected < 0.85 and not mastered
            self.mood = FLOW if draw < (0.5 if in_band else 0.15) else BORED

    def exam(self, days: float) -> tuple[float, np.ndarray]:
        """Expected share of exam items right, and mastery, after some days untaught; without the mood of the moment."""
        model, c = self.model, self.model.curriculum
        ability = self.start + (self.ability - self.start) * np.exp(-model.forget * (self.forget * days))
        right = 1 / (1 + np.exp(model.slope * (c.difficulty - ability[self.skill])))
        return float((model.guess + (1 - model.guess) * right)[c.exam_items].mean()), 1 / (1 + np.exp(-ability))

    def rest(self, days: float) -> None:
        keep = np.exp(-self.model.forget * (self.forget * days))
        self.ability = self.start + (self.ability - self.start) * keep
        self.mood, self.streak = FLOW, 0


def sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def posterior(p: float, guess: float, slip: float, correct: bool) -> float:
    """How probable it is after an answer that the skill was known: Bayes' rule."""
    if correct:
        return p * (1 - slip) / (p * (1 - slip) + (1 - p) * guess)
    return p * slip / (p * slip + (1 - p) * (1 - guess))


class ScalarBKTBelief:
    """The filter of Bayesian knowledge tracing; one more belief, always 1, stands in for missing prerequisites."""

    def __init__(self, belief: Any) -> None:
        c, self.numbers = belief.curriculum, belief
        self.parents = np.where(c.parents < 0, c.n_skills, c.parents)
        self.learn, self.guess, self.slip = (self.numbers.items[n].copy() for n in ("learn", "guess", "slip"))

    def reset(self) -> None:
        self.p = np.append(self.numbers.prior, 1.0)

    def update(self, item: int, k: int, correct: bool) -> None:
        p = posterior(self.p[k], self.guess[item], self.slip[item], correct)
        ready = self.p[self.parents[k]].prod()
        self.p[k] = p + (1 - p) * self.learn[item] * (self.numbers.leak + (1 - self.numbers.leak) * ready)

    def after(self, days: float) -> np.ndarray:
        return self.p[:-1] * np.exp(-self.numbers.forget * days)

    def rest(self, days: float) -> None:
        self.p[:-1] = self.after(days)


class OneStudentEnv(gymnasium.Env, ABC):
    """What both plain environments have: a student, a calendar, luck and an exam."""

    metadata = {"render_modes": []}  # noqa: RUF012

    def __init__(self, scenario: Any, student: Student, *, luck: Luck | None = None) -> None:
        c, self.schedule = scenario.curriculum, scenario.schedule
        self.student, self.luck = student, luck or GeneratorLuck()
        self.n_skills, self.n_items = c.n_skills, c.n_items
        self.horizon = float(self.schedule.horizon(c.minutes))
        self.day_scale = max(self.schedule.total_days, 1.0)
        self.observation_space = gymnasium.spaces.Box(0.0, 1.0, (self.n_skills, len(COLUMNS)), np.float32)
        self.action_space = gymnasium.spaces.Discrete(self.n_items)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        super().reset(seed=seed)
        if seed is not None:
            self.luck = GeneratorLuck(seed)
        self.student.reset(self.luck)
        self.before = self.student.exam(0.0)[0]
        self.taught_on = np.full(self.n_skills, -1.0)
        self.lessons, self.session, self.day, self.last = 0, 0, 0.0, -1
        self._begin()
        return self._observation(), {}

    @abstractmethod
    def _begin(self) -> None:
        """Nothing was taught yet."""

    @abstractmethod
    def _observation(self) -> np.ndarray:
        """(K, F) what the tutor sees."""

    def _exam(self) -> dict[str, Any]:
        exam, mastery = self.student.exam(self.schedule.retention_days)
        return {"pre": self.before, "post": self.student.exam(0.0)[0], "exam": exam, "mastery": mastery}


class ScalarTutorEnv(OneStudentEnv):
    """One student, one item a lesson, the tutor's own belief as observation: plain NumPy, the yardstick."""

    def __init__(self, scenario: Any, student: Student, *, luck: Luck | None = None) -> None:
        super().__init__(scenario, student, luck=luck)
        c = scenario.curriculum
        self.joint = scenario.belief.kind == "graph"
        self.belief: Any = (ScalarGraphBelief if self.joint else ScalarBKTBelief)(scenario.belief)
        if self.joint:
            self.observation_space = gymnasium.spaces.Box(0.0, 1.0, (self.n_skills, len(COLUMNS) + 1), np.float32)
        self.skill = c.q.argmax(axis=1)
        self.parents = np.where(c.parents < 0, self.n_skills, c.parents)

    def _begin(self) -> None:
        self.belief.reset()
        self.tries, self.successes, self.streak = np.zeros((3, self.n_skills))
        self.last_correct = np.full(self.n_skills, 0.5)

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        if not self.action_space.contains(action):
            raise ValueError(f"action {action} is not in {self.action_space}")
        k, before, day = self.skill[action], self.belief.p.sum(), self.day
        correct, quit_ = self.student.teach(action, self.luck.lesson(self.student.lesson_draws))
        self.belief.update(action, k, correct)
        self.tries[k] += 1
        self.successes[k] += correct
        self.streak[k] = self.streak[k] + 1 if correct else 0
        self.last_correct[k] = correct
        self.taught_on[k] = self.day
        self.last = k
        self.lessons += 1
        terminated = self.lessons >= self.horizon or quit_
        if not terminated and self.lessons % self.schedule.session_lessons == 0:
            days = float(self.schedule.days_between[self.session])
            self.session += 1
            self.day += days
            self.student.rest(days)
            self.belief.rest(days)
        reward = self.belief.p.sum() - before
        if terminated:
            reward += (self.belief.after(self.schedule.retention_days) - self.belief.p[:-1]).sum()
        info = {"correct": correct, "item": action, "days": day, "action_mask": np.ones(self.n_items, bool)}
        if terminated:
            info["final_info"] = self._exam()
        return self._observation(), float(reward), terminated, False, info

    def _observation(self) -> np.ndarray:
        table = np.zeros((self.n_skills, len(COLUMNS)), np.float32)
        table[:, BELIEF] = self.belief.p[:-1]
        table[:, READY] = self.belief.ready if self.joint else self.belief.p[self.parents].prod(axis=1)
        table[:, TRIES] = self.tries / self.horizon
        table[:, SUCCESSES] = self.successes / self.horizon
        table[:, STREAK] = np.minimum(self.streak, 10) / 10
        since = np.minimum((self.day - self.taught_on) / self.day_scale, 1.0)
        table[:, DAYS_SINCE] = np.where(self.taught_on >= 0, since, 1.0)
        if self.last >= 0:
            table[self.last, WAS_LAST] = 1.0
        table[:, LAST_CORRECT] = self.last_correct
        used = self.lessons - self.session * self.schedule.session_lessons
        table[:, TIME_LEFT] = 1 - self.lessons / self.schedule.total
        table[:, SESSION_LEFT] = 1 - used / self.schedule.session_lessons
        table[:, LESSON] = self.lessons / self.horizon
        return np.insert(table, TRIES, self.belief.open, axis=1) if self.joint else table


class TunedScalarTutorEnv(OneStudentEnv):
    """The same by somebody who has profiled it: Python floats, and a table in which only what changes is written."""

    def __init__(self, scenario: Any, student: Student, *, luck: Luck | None = None) -> None:
        super().__init__(scenario, student, luck=luck)
        c, self.numbers = scenario.curriculum, scenario.belief
        self.skill = [int(np.flatnonzero(row)[0]) for row in c.q]
        self.parents = [list(np.flatnonzero(row)) for row in c.prerequisites]
        self.children = [list(np.flatnonzero(row)) for row in c.prerequisites.T]
        self.learn, self.guess, self.slip = (self.numbers.items[n].tolist() for n in ("learn", "guess", "slip"))

    def _begin(self) -> None:
        self.belief = self.numbers.prior.tolist()
        self.tries, self.successes = [0] * self.n_skills, [0] * self.n_skills
        self.streak = [0] * self.n_skills
        self.table = np.zeros((self.n_skills, len(COLUMNS)), np.float32)
        self.table[:, BELIEF] = self.belief
        for k in range(self.n_skills):
            self._show_ready(k)
        self.table[:, DAYS_SINCE] = 1.0
        self.table[:, LAST_CORRECT] = 0.5
        self._show_time()

    def _observation(self) -> np.ndarray:
        return self.table.copy()

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        if not 0 <= action < self.n_items:
            raise ValueError(f"action {action} is not in {self.action_space}")
        k, before, day = self.skill[action], sum(self.belief), self.day
        correct, quit_ = self.student.teach(action, self.luck.lesson(self.student.lesson_draws))
        self._update_belief(action, k, correct)
        self._count(k, correct)
        self.lessons += 1
        terminated = self.lessons >= self.horizon or quit_
        if not terminated and self.lessons % self.schedule.session_lessons == 0:
            self._rest(float(self.schedule.days_between[self.session]))
        self._show_time()
        reward = sum(self.belief) - before
        if terminated:
            fade = np.exp(-self.numbers.forget * self.schedule.retention_days)
            reward += float((np.array(self.belief) * (fade - 1)).sum())
        info = {"correct": correct, "item": action, "days": day, "action_mask": np.ones(self.n_items, bool)}
        if terminated:
            info["final_info"] = self._exam()
        return self._observation(), reward, terminated, False, info

    def _update_belief(self, item: int, k: int, correct: bool) -> None:
        p = posterior(self.belief[k], self.guess[item], self.slip[item], correct)
        ready = 1.0
        for j in self.parents[k]:
            ready *= self.belief[j]
        p += (1 - p) * self.learn[item] * (self.numbers.leak + (1 - self.numbers.leak) * ready)
        self.belief[k] = p
        self.table[k, BELIEF] = p
        for child in self.children[k]:
            self._show_ready(child)

    def _count(self, k: int, correct: bool) -> None:
        self.tries[k] += 1
        self.successes[k] += correct
        self.streak[k] = self.streak[k] + 1 if correct else 0
        self.taught_on[k] = self.day
        if self.last >= 0:
            self.table[self.last, WAS_LAST] = 0.0
        self.last = k
        self.table[k, TRIES : LAST_CORRECT + 1] = (
            self.tries[k] / self.horizon,
            self.successes[k] / self.horizon,
            min(self.streak[k], 10) / 10,
            0.0,
            1.0,
            correct,
        )

    def _rest(self, days: float) -> None:
        self.session += 1
        self.day += days
        self.student.rest(days)
        self.belief = (np.array(self.belief) * np.exp(-self.numbers.forget * days)).tolist()
        self.table[:, BELIEF] = self.belief
        for k in range(self.n_skills):
            self._show_ready(k)
        since = np.minimum((self.day - self.taught_on) / self.day_scale, 1.0)
        self.table[:, DAYS_SINCE] = np.where(self.taught_on >= 0, since, 1.0)

    def _show_ready(self, k: int) -> None:
        ready = 1.0
        for j in self.parents[k]:
            ready *= self.belief[j]
        self.table[k, READY] = ready

    def _show_time(self) -> None:
        used = self.lessons - self.session * self.schedule.session_lessons
        self.table[:, TIME_LEFT:] = (
            1 - self.lessons / self.schedule.total,
            1 - used / self.schedule.session_lessons,
            self.lessons / self.horizon,
        )
