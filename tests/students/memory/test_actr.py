"""ACT-R students: against hand computation, a second implementation, the whole history, and their promises."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.students import ACTR, Curriculum, InputError, Population, allocate_outcome, check_student
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain
from zpdgym.students.elementary import exp, log, power
from zpdgym.students.jit import kernel

from benchmarks.published.memory import HISTORIES, errors_of_capacity
from tests.helpers import COMPILED, cohort
from tests.students.lessons import digest_of_lessons_and_rests, side_by_side

A, C = 0.177, 0.217
DIFFERENT = Population(
    [{"name": "all", "share": 1.0, "shift": {"activation": 0.2}}], sd={"activation": 0.3, "decay": 0.2}
)


def study(model, state, item=0, luck=0.5):
    n = len(state)
    return model.step(state, np.full(n, item), np.full((n, 1), luck), allocate_outcome(n))


def studied_at(model, seconds, now):
    """One student who studied item 0 at these seconds of psychological time, looked at now."""
    state = cohort(model)
    for second in seconds:
        state["clock"] = second
        study(model, state)
    state["clock"] = now
    return state


def by_hand(seconds, now, a=A, c=C):
    """The activation as the papers define it: ages, decays and a sum, nothing else."""
    decays = []
    for k, at in enumerate(seconds):
        before = sum((at - t) ** -d for t, d in zip(seconds[:k], decays, strict=True))
        decays.append(c * before + a)
    return math.log(sum((now - t) ** -d for t, d in zip(seconds, decays, strict=True)))


@kernel
def _powers(x, y, out):
    for n in range(len(x)):
        out[n, 0], out[n, 1], out[n, 2] = exp(y[n]), power(x[n], y[n]), log(x[n])


def test_our_exponential_logarithm_and_power_are_the_librarys():
    rng = np.random.default_rng(0)
    x, y = np.exp(rng.uniform(-20, 25, 2000)), rng.uniform(-25, 25, 2000)
    out = np.empty((2000, 3))
    _powers(x, y, out)
    assert out[:, 0] == pytest.approx(np.exp(y), rel=1e-14)
    assert out[:, 2] == pytest.approx(np.log(x), rel=1e-14, abs=1e-16)
    assert out[:, 1] == pytest.approx(x**-y, rel=2e-13)  # |y log x| up to 600 costs digits in any implementation
    _powers(np.array([1.0, 1e300]), np.array([0.0, 400.0]), out)
    assert out[0].tolist() == [1.0, 1.0, 0.0]
    assert out[1, :2] == pytest.approx([math.exp(400.0), math.exp(-700.0)], rel=1e-12)


def test_one_study_decays_with_a():
    """m = -a ln(age): worked out with a pocket calculator."""
    model = ACTR(chain(1))
    for age, activation, recall in (
        (10.0, -0.407558, 0.761790),
        (60.0, -0.724699, 0.479718),
        (2160.0, -1.358982, 0.071190),
    ):
        state = studied_at(model, [0.0], age)
        assert model.activation(state)[0, 0] == pytest.approx(activation, abs=1e-6)
        assert model.mastery(state)[0, 0] == pytest.approx(recall, abs=1e-6)


def test_three_studies_by_hand():
    """Ages and decays of three studies at 0, 100 and 1000 s, seen at 5000 s, step by step."""
    e1 = 100.0**-0.177  # exp(activation) at the second study
    d2 = 0.217 * e1 + 0.177
    e2 = 1000.0**-0.177 + 900.0**-d2  # at the third
    d3 = 0.217 * e2 + 0.177
    m = math.log(5000.0**-0.177 + 4900.0**-d2 + 4000.0**-d3)
    model = ACTR(chain(1))
    state = studied_at(model, [0.0, 100.0, 1000.0], 5000.0)
    assert state["trace"][0, 0, 2, :3] == pytest.approx([0.177, d2, d3], abs=1e-12)
    assert model.activation(state)[0, 0] == pytest.approx(m, abs=1e-12)
    assert m == pytest.approx(-0.862468, abs=1e-6)
    assert model.mastery(state)[0, 0] == pytest.approx(1 / (1 + math.exp((-0.704 - m) / 0.255)), abs=1e-12)
    assert model.latency(state, scale=2.0, fixed=0.3)[0, 0] == pytest.approx(2 * math.exp(-m) + 0.3)


@given(gaps=st.lists(st.floats(1.0, 1e6), min_size=1, max_size=32), a=st.floats(0.01, 0.8), c=st.floats(0.0, 1.0))
@settings(max_examples=40 if COMPILED else 5)
def test_any_history_up_to_the_capacity_is_exact(gaps, a, c):
    times = np.concatenate([[0.0], np.cumsum(gaps)])
    expected = by_hand(times[:-1].tolist(), float(times[-1]), a, c)
    found = ACTR(chain(1), a=a, c=c).activation(studied_at(ACTR(chain(1), a=a, c=c), times[:-1], times[-1]))
    assert found[0, 0] == pytest.approx(expected, abs=1e-9)


def test_minutes_count_in_full_and_days_are_scaled():
    """A lesson's minute is 60 s, a day between sessions 86400 h = 2160 s of psychological time."""
    model = ACTR(chain(1))  # items of one minute
    state = cohort(model)
    study(model, state)
    assert model.activation(state)[0, 0] == pytest.approx(-A * math.log(60.0))
    model.elapse(state, np.array([2.0]), np.empty((1, 0)))
    assert model.activation(state)[0, 0] == pytest.approx(-A * math.log(60.0 + 2 * 2160.0))
    study(model, state)
    assert model.activation(state)[0, 0] == pytest.approx(by_hand([0.0, 4380.0], 4440.0))


def test_base_activation_and_differences_enter_recall_and_decay():
    model = ACTR(
        chain(1),
        base=0.3,
        population=Population([{"name": "x", "share": 1.0, "shift": {"activation": 0.2, "decay": 0.1}}]),
    )
    state = studied_at(model, [0.0, 50.0], 400.0)
    d1 = math.exp(0.1) * A
    d2 = math.exp(0.1) * (C * math.exp(0.5) * 50.0**-d1 + A)
    assert model.activation(state)[0, 0] == pytest.approx(0.5 + math.log(400.0**-d1 + 350.0**-d2))


def test_no_activation_is_ever_infinite():
    model = ACTR(chain(2))
    state = cohort(model, 3)
    assert (model.mastery(state) == 0.0).all()
    assert np.isfinite(model.activation(state)).all()
    study(model, state)
    state["clock"] = 0.0  # looked at in the very moment of the study: the age is 1 second, the activation ln(1)
    assert model.activation(state)[:, 0] == pytest.approx(0.0)
    study(model, state)
    state["clock"] = 0.0
    assert model.activation(state)[:, 0] == pytest.approx(math.log(2.0))
    model.elapse(state, np.full(3, 1e7), np.empty((3, 0)))
    assert np.isfinite(model.activation(state)).all()


def short_items(n_skills=1):
    """Practice items of a thousandth of a minute: shorter than the youngest age."""
    return chain(n_skills, items=[{"minutes": 0.001}])


def test_many_reviews_in_one_second_stay_finite():
    model = ACTR(short_items(), capacity=8)
    state = cohort(model)
    for _ in range(50):
        study(model, state)
        assert np.isfinite(model.activation(state)).all()
        assert 0.0 < model.mastery(state)[0, 0] < 1.0
    assert np.isfinite(state["trace"]).all()


@pytest.mark.parametrize(
    ("capacity", "recall_error", "activation_error"), [(8, 0.03, 0.02), (16, 0.01, 0.006), (32, 0.003, 0.003)]
)
@pytest.mark.parametrize("kind", HISTORIES)
def test_beyond_the_capacity_the_error_is_small(kind, capacity, recall_error, activation_error):
    """200 reviews of one skill against a student who keeps every trace."""
    recall, activation = errors_of_capacity(kind, capacity)
    assert recall < recall_error
    assert activation < activation_error


@pytest.mark.parametrize(
    "arguments", [{}, {"population": DIFFERENT, "b": 0.5, "base": [0.0, 0.2, -0.1, 0.3], "capacity": 5}]
)
def test_lessons_equal_a_second_implementation(arguments):
    side_by_side(ACTR(check_curriculum(), **arguments), lessons=60 if COMPILED else 12, days=(0.0, 0.5, 3.0))


@pytest.mark.parametrize("arguments", [{}, {"population": DIFFERENT, "capacity": 2, "h": 1.0, "b": 0.3}])
@pytest.mark.parametrize("curriculum", [check_curriculum(), chain(30)])
@pytest.mark.skipif(not COMPILED, reason="a million lessons")
def test_the_model_keeps_its_promises(arguments, curriculum):
    check_student(ACTR(curriculum, **arguments), n=16)


@given(a=st.floats(0.001, 5), c=st.floats(0, 5), s=st.floats(0.01, 10), tau=st.floats(-10, 10), h=st.floats(0, 1),
       base=st.floats(-10, 10), capacity=st.integers(2, 9), seed=st.integers(0, 1000))  # fmt: skip
@settings(max_examples=15 if COMPILED else 1)
def test_promises_hold_for_any_parameters(a, c, s, tau, h, base, capacity, seed):
    model = ACTR(check_curriculum(), a=a, c=c, s=s, tau=tau, h=h, base=base, capacity=capacity)
    rng, state = np.random.default_rng(seed), cohort(model, 10, seed)
    for _ in range(20 if COMPILED else 4):
        before = model.mastery(state)
        items = rng.integers(-1, 10, 10)
        gain = model.expected_gain(state)
        model.step(state, items, rng.random((10, 1)), allocate_outcome(10))
        after = model.mastery(state)
        taught = items >= 0
        assert (after - before).sum(axis=1)[taught] == pytest.approx(gain[np.arange(10), items][taught], abs=1e-9)
        days = rng.choice([0.0, 0.1, 10.0], 10)
        expected = model.forecast(state, days)[1]
        model.elapse(state, days, np.empty((10, 0)))
        later = model.mastery(state)
        assert later == pytest.approx(expected, abs=1e-9)
        assert (later <= after + 1e-12).all()
        assert ((later >= 0) & (later <= 1)).all()
        assert np.isfinite(model.activation(state)).all()


def test_exceptions_are_real():
    """A lesson's minutes let everything else fade; a skill can be learnt before its prerequisites."""
    model = ACTR(chain(2))
    state = cohort(model)
    study(model, state, item=1)
    assert model.mastery(state)[0].tolist() == [
        0.0,
        pytest.approx(0.479718, abs=1e-5),
    ]  # learnt, its prerequisite unknown
    before = model.mastery(state)[0, 1]
    study(model, state, item=0)
    assert model.mastery(state)[0, 1] < before


def test_lessons_without_an_answer_leave_a_trace_of_their_own_weight():
    c = check_curriculum()  # item 1 is an example of skill 0, item 0 practice
    model = ACTR(c, b=0.5)
    example, practice = cohort(model), cohort(model)
    assert not study(model, example, item=1)["answered"][0]
    assert study(model, practice, item=0)["answered"][0]
    for state in (example, practice):
        state["clock"] = 100.0
    assert model.activation(example)[0, 0] == pytest.approx(model.activation(practice)[0, 0] + math.log(0.5))


def test_the_trajectory_of_the_first_release():
    """Golden: a change here is a change of every scenario with these students."""
    assert digest_of_lessons_and_rests(ACTR(check_curriculum(), population=DIFFERENT)) == "d2cbe5f957d4ab01"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"a": 0}, r"a=0 must be a number in \[0.001, 5\]: it is a decay"),
        ({"s": "small"}, "s='small' must be a number"),
        ({"h": 2.0}, "h=2.0"),
        ({"base": [0.0, 1.0]}, "base has 2 numbers for 4 skills"),
        ({"capacity": 1}, "capacity=1 must be a whole number in"),
        ({"capacity": 16.5}, "capacity=16.5"),
        ({"a": -1, "b": 0.0, "capacity": 0}, r"a=-1.*b=0.0.*capacity=0"),
        ({"population": Population(sd={"speed": 1.0})}, "speed"),
    ],
)
def test_mistakes_are_told(arguments, message):
    with pytest.raises(InputError, match=message):
        ACTR(check_curriculum(), **arguments)


def test_items_of_one_skill_differ_in_nothing_but_minutes():
    c = check_curriculum()
    assert isinstance(c, Curriculum)
    model = ACTR(c)
    state = cohort(model)
    study(model, state, item=6)
    p = model.p_all(state)[0]
    assert p[6] == p[7] > 0.0
    assert p[8] == 0.0
