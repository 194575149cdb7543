"""Schedules of spaced repetition: against plain versions that see the lessons themselves, and the packages."""

import csv
import math
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from fsrs import Card, Rating
from fsrs import Scheduler as Package
from zpdgym.agents import Problem, build_policy, teach
from zpdgym.agents.baselines.spaced.cards import DUE

from tests.agents.baselines.spaced.facts import HERE, facts


class Plain:
    """One student's scheduler, told what happened: skills, answers, days. Subclasses say when a skill comes again."""

    def __init__(self, n_skills, cap=math.inf):
        self.due, self.seen, self.cap, self.n_skills = {}, {}, cap, n_skills
        self.lesson = self.session = self.new = 0
        self.day = 0.0
        self.cards = {}

    def now(self):
        return self.day

    def told(self, skill, right, days):
        """The lesson on ``skill`` was answered so, and then ``days`` passed."""
        self.new += skill not in self.seen
        self.seen[skill] = self.lesson
        self.due[skill] = self.review(skill, right)
        self.lesson += 1
        if days > 0.5:
            self.day, self.session, self.new = self.day + round(days), self.session + 1, 0

    def next(self):
        order = sorted(self.seen, key=lambda k: (self.due[k], self.seen[k]))
        unseen = [k for k in range(self.n_skills) if k not in self.seen]
        if order and self.due[order[0]] <= self.now():
            return order[0]
        if unseen and self.new < self.cap:
            return unseen[0]
        return order[0]


class PlainLeitner(Plain):
    down = None

    def now(self):
        return self.session

    def review(self, skill, right):
        box = self.cards.get(skill, 1)
        box = min(box + 1, 5) if right else 1 if self.down is None else max(box - self.down, 1)
        self.cards[skill] = box
        return self.session + 2 ** (box - 1)


class PlainOneDown(PlainLeitner):
    down = 1


class PlainSM2(Plain):
    """Wozniak 1990, grades 4 and 1."""

    def review(self, skill, right):
        n, interval, easiness, lapsed = self.cards.get(skill, (0, 0, 2.5, None))
        if lapsed == self.day:  # the repetitions on the same day, until it is right
            self.cards[skill] = (0, 1, easiness, None if right else self.day)
            return self.day + 1 if right else self.day
        if not right:
            self.cards[skill] = (0, 1, easiness, self.day)
            return self.day
        interval = {0: 1, 1: 6}.get(n) or math.ceil(interval * easiness)
        self.cards[skill] = (n + 1, interval, easiness, None)
        return self.day + interval


class PlainFSRS(Plain):
    """The package itself, without learning steps and fuzz."""

    package = Package(learning_steps=(), relearning_steps=(), enable_fuzzing=False, desired_retention=0.85)
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def review(self, skill, right):
        card, rating = self.cards.get(skill) or Card(), Rating.Good if right else Rating.Again
        self.cards[skill], _ = self.package.review_card(card, rating, self.start + timedelta(days=self.day))
        return (self.cards[skill].due - self.start).days


PLAIN = {
    "leitner": (PlainLeitner, {"_target_": HERE + "Leitner"}),
    "one_down": (PlainOneDown, {"_target_": HERE + "Leitner", "wrong": "one_down"}),
    "sm2": (PlainSM2, {"_target_": HERE + "SM2"}),
    "fsrs": (PlainFSRS, {"_target_": HERE + "FSRSScheduler", "retention": 0.85}),
}


@pytest.mark.kernels
@pytest.mark.parametrize("cap", [0, 2])
@pytest.mark.parametrize("kind", sorted(PLAIN))
def test_every_skill_chosen_is_that_of_a_plain_scheduler(kind, cap):
    make, spec = PLAIN[kind]
    scenario, n = facts(n_skills=9, days=(1, 1, 3, 6), lessons=7), 12
    policy = build_policy({**spec, "new_per_session": cap, "ready": 0.0})
    kept = teach(scenario, policy, n_students=n, cohort_seed=3, keep=n).kept
    schedulers = [make(9, cap or math.inf) for _ in range(n)]
    for t in range(kept["items"].shape[1]):
        assert [s.next() for s in schedulers] == kept["items"][:, t].tolist(), f"lesson {t}"
        after = kept["day"][:, t + 1] - kept["day"][:, t] if t + 1 < kept["items"].shape[1] else np.zeros(n)
        for i, s in enumerate(schedulers):
            s.told(int(kept["items"][i, t]), bool(kept["correct"][i, t]), float(after[i]))


class One:
    """One skill, one student: a policy is told answers and days by the columns alone."""

    def __init__(self, spec, days=3000.0):
        schedule = {"sessions": 3, "session_lessons": 50, "days_between": days / 2, "retention_days": 0}
        self.env = facts(n_skills=1, schedule=schedule).make(1, seed=0)
        self.env.reset(seed=0)
        self.policy, self.state = build_policy(spec), None
        self.policy.bind(Problem.of(self.env))
        self.observation = np.zeros((1, 1, len(self.env.columns)), np.float32)
        self.set(ready=1.0, days_since=days, last_correct=0.5)
        self.ask()

    def set(self, **values):
        for name, value in values.items():
            j = self.policy.problem.index(name)
            self.observation[0, 0, j] = value / self.env.columns[j].scale

    def ask(self):
        _, self.state = self.policy.predict(self.observation, self.state)

    def answer(self, right, days):
        """An answer, then so many days; returns the card as it was scheduled."""
        self.set(last_correct=float(right), days_since=days)
        before = self.state["clock"][0, 0]
        self.ask()
        card = self.state["cards"][0, 0].copy()
        card[DUE] -= before
        return card


@pytest.mark.kernels
def test_sm2_intervals_are_one_six_and_then_times_the_easiness():
    one = One({"_target_": HERE + "SM2"})
    assert [one.answer(True, 1.0)[DUE] for _ in range(6)] == [1, 6, 15, 38, 95, 238]  # 6 x 2.5, and rounded up
    again = one.answer(False, 2.0)
    assert (again[DUE], again[3]) == (0, 0)  # repeated on the same day, from the beginning
    assert [one.answer(True, 1.0)[DUE] for _ in range(3)] == [1, 6, 15]


@pytest.mark.kernels
@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"rounding": "nearest"}, [1, 6, 15, 38]),  # 37.5: a half goes up
        ({"rounding": "nearest", "right": 5}, [1, 6, 17, 49]),  # 16.8, 49.3
        ({"right": 5}, [1, 6, 17, 50]),  # 2.8 after the third answer, 2.9 after the fourth
        ({"right": 5, "easiness": "before"}, [1, 6, 17, 48]),  # 2.7 and 2.8
    ],
)
def test_sm2s_easiness_may_count_before_or_after_its_change(choice, expected):
    one = One({"_target_": HERE + "SM2", **choice})
    assert [one.answer(True, 0.0)[DUE] for _ in range(4)] == expected


@pytest.mark.kernels
def test_sm2s_easiness_stays_on_a_lapse_as_published_or_falls_but_not_below_1_3():
    for choice, expected in (("keep", 2.5), ("update", 1.96)):
        one = One({"_target_": HERE + "SM2", "on_wrong": choice})
        assert one.answer(False, 1.0)[5] == pytest.approx(expected)
    for _ in range(3):
        card = one.answer(False, 1.0)
    assert card[5] == pytest.approx(1.3)


@pytest.mark.kernels
def test_fsrs_schedules_are_those_of_the_package_over_one_persons_reviews():
    """201 cards of an Anki user; the gaps are his, the answers right or wrong, the schedule is ours."""
    path = Path(__file__).parents[3] / "data" / "anki_reviews.csv"
    cards = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            cards.setdefault(row["card"], []).append((int(float(row["day"])), int(row["rating"]) > 1))
    start = datetime(2026, 1, 1, tzinfo=UTC)
    checked = 0
    for retention, reviews in zip((0.7, 0.9, 0.97) * 12, cards.values(), strict=False):
        package = Package(learning_steps=(), relearning_steps=(), enable_fuzzing=False, desired_retention=retention)
        one = One({"_target_": HERE + "FSRSScheduler", "retention": retention})
        card, since = Card(), reviews[0][0]
        for (day, right), (following, _) in zip(reviews, [*reviews[1:], reviews[-1]], strict=True):
            when = start + timedelta(days=day - since)
            card, _ = package.review_card(card, Rating.Good if right else Rating.Again, when)
            mine = one.answer(right, float(following - day))
            assert mine[DUE] == (card.due - when).days
            np.testing.assert_allclose(mine[3:5], [card.stability, card.difficulty], rtol=1e-9)
            checked += 1
    assert checked > 200


class PlainQueues:
    """Reddy et al. 2016 with Python's own queues."""

    def __init__(self, n_skills, new):
        self.unseen, self.queues, self.new, self.n = deque(range(n_skills)), {}, new, n_skills

    def next(self, u):
        full = sorted(q for q in self.queues if self.queues[q])
        if self.unseen and (u[0] < self.new or not full):
            self.from_queue, skill = 0, self.unseen.popleft()
            return skill
        ends = np.cumsum([1 / math.sqrt(q) for q in full])
        self.from_queue = full[int(np.searchsorted(ends, u[1] * ends[-1], side="right"))]
        return self.queues[self.from_queue].popleft()

    def told(self, skill, right):
        queue = self.from_queue + 1 if right else max(1, self.from_queue - 1)
        self.queues.setdefault(queue, deque()).append(skill)


@pytest.mark.kernels
def test_the_queue_network_draws_as_plain_queues_do():
    n, scenario = 8, facts(n_skills=9)
    policy = build_policy({"_target_": HERE + "LeitnerQueue", "new": 0.4, "ready": 0.0})
    env = scenario.make(n, seed=1, autoreset=False)
    observation, _ = env.reset(seed=1)
    policy.bind(Problem.of(env))
    rng, plain, state = np.random.default_rng(0), [PlainQueues(9, 0.4) for _ in range(n)], None
    for lesson in range(env.horizon):
        u = rng.random((n, 2))
        actions, state = policy.predict(observation, state, u=u)
        assert [p.next(row) for p, row in zip(plain, u, strict=True)] == actions.tolist(), f"lesson {lesson}"
        observation, _, _, _, info = env.step(actions)
        for p, action, right in zip(plain, actions.tolist(), info["correct"], strict=True):
            p.told(action, bool(right))
