"""A log is followed by kernels that touch only what a lesson touches: against the belief itself, lesson by lesson."""

from dataclasses import replace

import numpy as np
import pytest
from zpdgym.envs.beliefs.bkt import Course
from zpdgym.envs.beliefs.build import build_belief
from zpdgym.envs.beliefs.course import CourseLog
from zpdgym.envs.beliefs.em import Parameters, Sequences, expectation
from zpdgym.envs.beliefs.fitting import fit_belief
from zpdgym.envs.scenario import Scenario
from zpdgym.students.model import allocate_outcome

from tests.helpers import pair

BKT = {"prior": [0.3, 0.6], "learn": [0.2, 0.1, 0.3], "guess": [0.2, 0.1, 0.25], "slip": 0.1, "forget": [0.05, 0.01]}


def gated():
    """Two skills, one the prerequisite of the other, and an item of both."""
    return replace(pair(), prerequisites=np.array([[False, False], [True, False]]))


def random_log(seed, *, learn_first=False, n=6, lessons=30):
    """Students who are taught at random, with days between, lessons without an answer, and some who quit."""
    g = np.random.default_rng(seed)
    items, answers = g.integers(0, 3, (n, lessons)), g.integers(-1, 2, (n, lessons)).astype(np.int8)
    for student, left in enumerate(g.integers(lessons // 2, lessons + 1, n)):
        items[student, left:], answers[student, left:] = -1, -1
    day = np.cumsum(g.choice([0.0, 0.0, 2.0, 3.0], lessons))
    return CourseLog(items, answers, np.full_like(answers, -1), day, gated(), learn_first)


def walked(log, belief):
    """(N, T, K) what the belief says before every lesson, taken one lesson at a time."""
    state, out, seen = belief.allocate(len(log.items)), allocate_outcome(len(log.items)), []
    for t, gap in enumerate(log.gaps):
        belief.elapse(state, np.full(len(log.items), gap))
        seen.append(state.copy())
        out["answered"], out["correct"] = log.answers[:, t] >= 0, log.answers[:, t] == 1
        belief.update(state, log.items[:, t], out)
    return seen


def log_loss(log, chance):
    """Mean log-loss of all answers; ``chance`` says how likely a right one was to a student, lesson and item."""
    found = [
        -np.log(chance(i, t, log.items[i, t]) if right else 1 - chance(i, t, log.items[i, t]))
        for (i, t), right in np.ndenumerate(log.answers)
        if right >= 0
    ]
    return np.mean(found)


@pytest.mark.kernels
@pytest.mark.parametrize("learn_first", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_known_of_prerequisites_and_other_skills_is_what_the_filter_says_lesson_by_lesson(seed, learn_first):
    log, leak = random_log(seed, learn_first=learn_first), 0.1
    belief = build_belief({"kind": "bkt", **BKT, "leak": leak, "learn_first": learn_first}, log.curriculum)
    numbers = Parameters(
        belief.prior, *(belief.items[name].copy() for name in ("learn", "guess", "slip")), belief.forget
    )
    course, seen = Course(log, leak), walked(log, belief)
    ready, others, loss = course.follow(numbers)

    def known(i, t, m):
        """P(known) of the item's skills when it asks, and how far each could be learnt."""
        now, skills = seen[t]["belief"][i], np.flatnonzero(log.curriculum.q[m])
        open_ = {k: leak + (1 - leak) * (now[0] if k == 1 else 1.0) for k in skills}
        taught = numbers.learn[m] if learn_first else 0.0
        return {k: now[k] + (1 - now[k]) * taught * open_[k] for k in skills}, open_

    row = 0
    for i in range(len(log.items)):  # an item of both makes one group of both skills, student by student
        for k in (0, 1):
            for t in np.flatnonzero(log.items[i] >= 0):
                m = log.items[i, t]
                if log.curriculum.q[m, k]:
                    now, open_ = known(i, t, m)
                    assert ready[row] == pytest.approx(open_[k], abs=1e-12)
                    assert others[row] == pytest.approx(np.prod([p for a, p in now.items() if a != k]), abs=1e-12)
                    assert course.item[row] == m
                    assert course.correct[row] == log.answers[i, t]
                    row += 1
    assert row == len(ready)

    def chance(i, t, m):
        return numbers.guess[m] + (1 - numbers.guess[m] - numbers.slip[m]) * np.prod(list(known(i, t, m)[0].values()))

    assert loss == pytest.approx(log_loss(log, chance), abs=1e-12)


@pytest.mark.kernels
@pytest.mark.parametrize(
    "numbers",
    [
        {"kind": "elo", "prior": [-1.0, 0.5], "learn": 0.3, "forget": 0.05, "width": 2.0, "guess": 0.1, "leak": 0.2},
        {"kind": "graph", **BKT, "leak": 0.1},
    ],
    ids=lambda numbers: numbers["kind"],
)
def test_the_log_loss_of_a_log_is_that_of_the_belief_lesson_by_lesson(numbers):
    log = random_log(3)
    belief = build_belief(numbers, log.curriculum)
    seen = walked(log, belief)

    def chance(i, t, m):
        state = seen[t][i : i + 1]
        if belief.kind == "elo":
            ability = state["ability"][0][log.curriculum.q[m]].mean()
            return 0.1 + 0.9 / (1 + np.exp(log.curriculum.difficulty[m] - ability))
        both = state["belief"][0, min(m, 1)]
        if m == 2:  # known together: what is ready and not open of the skill that needs the other
            both = state["ready"][0, 1] - state["open"][0, 1]
        return belief.items["guess"][m] + (1 - belief.items["guess"][m] - belief.items["slip"][m]) * both

    assert belief.foretold(log).sum() == pytest.approx(log_loss(log, chance), abs=1e-10)


@pytest.mark.kernels
def test_sequences_of_any_length_count_the_same_alone_as_among_others():
    """Eight are taken at a time; sums are those of one at a time, to the last bit."""
    g, lengths = np.random.default_rng(4), [1, 5, 2, 9, 3, 1, 30, 4, 4, 7, 2]
    rows, skill = sum(lengths), np.arange(len(lengths)) % 2
    data = Sequences(
        offsets=np.append(0, np.cumsum(lengths)), skill=skill, count=np.ones(len(lengths)),
        correct=g.integers(-1, 2, rows).astype(np.int8), emission=g.integers(0, 3, rows),
        transition=g.integers(0, 3, rows), ready=g.choice([0.3, 1.0], rows), others=g.choice([0.5, 1.0], rows),
        days=g.choice([0.0, 2.0, 9.0], rows), n_skills=2, n_emissions=3, n_transitions=3,
    )  # fmt: skip
    numbers = [g.uniform(0.05, 0.4, (1, size)) for size in (2, 3, 3, 3, 2)]
    likelihood, counts = expectation(data, numbers, np.ones((1, 2), bool))
    total, sums = np.zeros_like(likelihood), [np.zeros_like(count) for count in counts]
    for n, (first, last) in enumerate(zip(data.offsets[:-1], data.offsets[1:], strict=True)):
        of_rows = ("correct", "emission", "transition", "ready", "others", "days")
        one = {name: getattr(data, name)[first:last] for name in of_rows}
        alone = replace(data, offsets=np.array([0, last - first]), skill=skill[n : n + 1], count=np.ones(1), **one)
        own, found = expectation(alone, numbers, np.ones((1, 2), bool))
        total += own
        for count, more in zip(sums, found, strict=True):
            count += more
    assert likelihood == pytest.approx(total, rel=1e-13)
    for count, expected in zip(counts, sums, strict=True):
        np.testing.assert_allclose(count, expected, rtol=1e-13)


@pytest.mark.parametrize("kind", ["bkt", "graph", "elo", "half_life", "fsrs"])
def test_a_fit_says_how_far_it_is_from_nothing_to_all(kind):
    shares = []
    belief = {"kind": kind, "source": "fitted"}
    fit_belief(Scenario.load("Tiny-v0", change={"belief": belief}), n_students=10, tell=shares.append)
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.05
    assert shares[-1] == pytest.approx(1.0)
