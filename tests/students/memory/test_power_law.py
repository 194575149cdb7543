"""Students who forget by a power law: against the equations in plain Python, by hand, and against their promises."""

import functools
import hashlib
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.students import InputError, Population, PowerLaw, allocate_outcome, check_student
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain, tree
from zpdgym.students.curriculum.curriculum import EXAMPLE

from tests.helpers import cohort, one_skill
from tests.students.lessons import after_golden_lessons, side_by_side

DIFFERENT = Population(sd={"prior": 0.5, "ability": 0.7, "forget": 0.4})
ALIKE: dict[str, Any] = {"difficulty_sd": 0.0, "decay_sd": 0.0, "delay_sd": 0.0, "prior_days_sd": 0.0}
one_fact = functools.partial(one_skill, minutes=1e-6)
"""One skill and one item of next to no length."""


def teach(model, state, luck, item=0):
    n = len(state)
    return model.step(state, np.full(n, item), np.full((n, model.lesson_draws), luck), allocate_outcome(n))


def wait(model, state, days):
    model.elapse(state, np.full(len(state), float(days)), np.empty((len(state), 0)))


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"blocks": "episode", "block_days": 3.0},
        {"block_days": 0.002, "weights": [1.0, 0.5]},
        {"blocks": "episode", "block_days": 0.01, "weights": [0.5, 0.0, 0.0]},
        {"weights": [0.7], "prior": 0.4, "difficulty": [0.0, 1.0, 2.0, -1.0], "decay": [0.0, 1.0, 0.5, -1.0]},
        {"block_days": 1.0, "weights": [1, 1, 0.2], "delay": 3.0, "prior_days": 10.0, "prior_days_sd": 1.0},
    ],
)
def test_lessons_equal_the_equations_in_plain_python(arguments):
    model = PowerLaw(check_curriculum(), population=DIFFERENT, **arguments)
    side_by_side(model, n=30, lessons=60, days=(*[0.0] * 12, *[1.0] * 4, *[2.5] * 3, 40.0))


def test_the_equation_by_hand():
    """Two studies, one right, in this block and one right study in the block before; then 3 days."""
    model = PowerLaw(one_fact(), difficulty=0.5, decay=0.2, block_days=10.0, **ALIKE)
    state = cohort(model, 1)
    assert model.mastery(state)[0, 0] == pytest.approx(1 / (1 + math.exp(0.5)) / 2 ** math.exp(-math.exp(0.2)))
    teach(model, state, 0.0)
    wait(model, state, 12.0)
    for luck in (0.0, 1 - 1e-9):
        teach(model, state, luck)
    wait(model, state, 3.0)
    practice = (math.log(2) + math.log(3)) + (math.log(2) + math.log(2)) / 4
    level = 1 / (1 + math.exp(0.5 - practice))
    assert model.mastery(state)[0, 0] == pytest.approx(level / 4 ** math.exp(-math.exp(0.2)))


def test_practice_counts_at_once_and_not_from_the_next_block_on():
    """The published notebook sums over finished blocks only, so that no lesson helps before its block is over."""
    for blocks in ("recent", "episode"):
        model = PowerLaw(one_fact(), blocks=blocks, **ALIKE)
        state = cohort(model, 1)
        before = state["memory"]["level"][0, 0]
        teach(model, state, 0.0)
        assert state["memory"]["level"][0, 0] > before


def test_the_blocks_of_an_episode_have_the_published_weights_for_good():
    model = PowerLaw(one_fact(), blocks="episode", block_days=1.0, **ALIKE)
    state, level = cohort(model, 1), 0.0
    for weight in (1 / 25, 1 / 16, 1 / 9, 1 / 4, 1, 1):
        tries = 1 + (state["memory"]["attempts"][0, 0] if weight == 1 else 0)
        level += weight * 2 * math.log((1 + tries) / tries)
        teach(model, state, 0.0)
        assert state["memory"]["level"][0, 0] == pytest.approx(level)
        wait(model, state, 1.0)
        assert state["memory"]["level"][0, 0] == pytest.approx(level)


def test_recent_blocks_lose_weight_with_age_until_the_last_weight():
    model = PowerLaw(one_fact(), block_days=1.0, **ALIKE)
    state = cohort(model, 1)
    teach(model, state, 0.0)
    for weight in (1, 1 / 4, 1 / 9, 1 / 16, 1 / 25, 1 / 25, 1 / 25):
        assert state["memory"]["level"][0, 0] == pytest.approx(weight * 2 * math.log(2))
        wait(model, state, 1.0)


def test_the_start_has_the_published_spread():
    model = PowerLaw(chain(10))
    state = cohort(model, 2000)
    for values in (state["memory"]["difficulty"], np.log(-np.log(state["memory"]["decay"]))):
        assert values.mean() == pytest.approx(1.0, abs=0.03)
        assert values.std() == pytest.approx(1.0, abs=0.03)
    assert np.log(state["scale"]).std() == pytest.approx(0.01, abs=0.001)
    assert np.log(-state["memory"]["last"]).std() == pytest.approx(0.01, abs=0.001)


@pytest.mark.parametrize("arguments", [{}, {"blocks": "episode"}, {"block_days": 1.0}, {"block_days": 0.003}])
def test_the_model_keeps_its_promises(arguments):
    check_student(PowerLaw(check_curriculum(), **arguments))
    check_student(PowerLaw(tree(6, branching=2), population=DIFFERENT, prior=0.5, **arguments))


@pytest.mark.parametrize("block_days", [7.0, 0.0015])
def test_the_expected_gain_is_the_mean_over_both_answers(block_days):
    """Exactly, also where the lesson's own minutes end a block."""
    c = check_curriculum()
    model = PowerLaw(c, block_days=block_days, prior=0.7)
    state, rng = cohort(model, 40), np.random.default_rng(2)
    for _ in range(8):
        model.step(state, rng.integers(0, 10, 40), rng.random((40, model.lesson_draws)), allocate_outcome(40))
    gain, before = model.expected_gain(state), model.mastery(state)
    for j in range(8):  # items of one skill
        k = int(np.flatnonzero(c.q[j])[0])
        ends = []
        for luck in (0.0, 1 - 1e-12):
            then = state.copy()
            teach(model, then, luck, j)
            ends.append(model.mastery(then).sum(axis=1) - before.sum(axis=1))
        p = before[:, k]
        assert gain[:, j] == pytest.approx(np.where(p > 0, p * ends[0] + (1 - p) * ends[1], ends[1]), abs=1e-9)


def test_an_example_is_a_study_without_an_answer():
    model = PowerLaw(one_fact(approach=EXAMPLE), **ALIKE)
    state = cohort(model, 1)
    out = teach(model, state, 0.0)
    assert not out["answered"][0]
    assert state["memory"]["attempts"][0, 0] == 1
    assert not state["memory"]["right"].any()


@given(
    seed=st.integers(0, 1000), days=st.floats(0.001, 30), block_days=st.floats(0.01, 20), delay=st.floats(0.01, 50),
    weights=st.lists(st.floats(0, 3), min_size=1, max_size=6), episode=st.booleans(), decay=st.floats(-5, 5),
)  # fmt: skip
@settings(max_examples=8)
def test_promises_hold_for_any_parameters(seed, days, block_days, delay, weights, episode, decay):
    falling = sorted(weights, reverse=True)
    model = PowerLaw(
        check_curriculum(), population=DIFFERENT, block_days=block_days, delay=delay, weights=falling, prior=0.6,
        blocks="episode" if episode else "recent", decay=decay,
    )  # fmt: skip
    rng, state = np.random.default_rng(seed), cohort(model, 12, seed)
    for _ in range(12):
        before, items = model.mastery(state), rng.integers(-1, 10, 12)
        model.step(state, items, rng.random((12, model.lesson_draws)), allocate_outcome(12))
        middle = model.mastery(state)
        untaught = ~(model.curriculum.q[items] & (items >= 0)[:, None])
        assert (middle <= before + 1e-12)[untaught].all()
        told, passed = model.forecast(state, np.full(12, days))[1], state.copy()
        wait(model, passed, days)
        assert model.mastery(passed) == pytest.approx(told, abs=1e-12)
        wait(model, state, rng.random())
        assert (model.mastery(state) <= middle + 1e-12).all()
        assert ((model.p_all(state) >= 0) & (model.p_all(state) <= 1)).all()


def test_a_million_students_with_thirty_facts_fit_in_eight_gibibytes():
    assert PowerLaw(chain(30)).dtype.itemsize <= 8 * 1024


def test_the_trajectory_of_the_first_release():
    """Golden: a change here is a change of every scenario with these students, and needs new versions of them."""
    seen = after_golden_lessons(PowerLaw(check_curriculum(), population=DIFFERENT, block_days=1.0), days=0.25)
    assert hashlib.sha256((np.round(seen, 10) + 0.0).tobytes()).hexdigest()[:16] == "a5adbdb94284c67a"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"blocks": "weeks"}, "blocks='weeks' must be one of recent, episode"),
        ({"weights": [0.5, 1.0]}, r"weights=\[0.5, 1.0\] must not rise"),
        ({"weights": []}, "weights=.* must be a list of 1"),
        ({"block_days": 0, "delay": -1}, "delay=-1 must be .* block_days=0 must be"),
        ({"decay": [1.0]}, "decay has 1 numbers for 4 skills"),
        ({"population": Population(sd={"learn": 1.0})}, "learn"),
    ],
)
def test_mistakes_are_told(arguments, message):
    with pytest.raises(InputError, match=message):
        PowerLaw(check_curriculum(), **arguments)
