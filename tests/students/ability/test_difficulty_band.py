"""Difficulty-band students: against a second implementation, the shapes of the gain, moods and giving up."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.students import DifficultyBandLearner, InputError, Population, allocate_outcome, check_student
from zpdgym.students.ability._difficulty_band import BORED, FLOW, shape_value
from zpdgym.students.ability.difficulty_band import KERNELS, _kernel_numbers
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain

from benchmarks.pages.dropout_figure import FIGURES
from benchmarks.published.ability import moods_at
from tests.helpers import COMPILED, cohort, one_skill
from tests.students.lessons import golden_lessons, side_by_side

DIFFERENT = Population(sd={"ability": 0.7, "learn": 0.4, "forget": 0.4, "engagement": 1.0})


def sigma(x):
    return 1 / (1 + math.exp(-x))


@pytest.mark.kernels
@pytest.mark.parametrize("name", KERNELS)
def test_lessons_equal_a_second_implementation(name):
    sharpness = math.inf if name == "gaussian" else 2.0
    model = DifficultyBandLearner(
        check_curriculum(), population=DIFFERENT, start=[0.5, 0.0, 0.3, -0.5], kernel=name, guess=0.15, slope=1.3,
        forget=[0.1, 0.05, 0.0, 0.2], sharpness=sharpness, engagement=False,
    )  # fmt: skip
    side_by_side(model, lessons=25)


@pytest.mark.kernels
@pytest.mark.parametrize("name", KERNELS)
def test_the_largest_gain_is_the_given_one(name):
    numbers = _kernel_numbers(name, DifficultyBandLearner(check_curriculum(), kernel=name).shape, 1.0)
    code, gaps = list(KERNELS).index(name), np.linspace(-6, 6, 481)
    values = np.array([shape_value(code, *numbers, 1.0, 0.0, gap, sigma(-gap)) for gap in gaps])
    assert 0.95 <= values.max() <= 1.0 + 1e-12
    best = gaps[values.argmax()]
    peak = {"gaussian": 0.5, "success_variance": 0.0, "challenge": 0.5, "trapezoid": 0.5, "assisted_band": 1.0}
    assert best == pytest.approx(peak.get(name, best), abs=0.03)
    assert values[0] < 0.1
    assert values[-1] < 0.1


@pytest.mark.kernels
def test_the_assisted_band_asks_for_failure_alone_and_success_with_help():
    model = DifficultyBandLearner(one_skill(-2, 1, 5), start=0.0, start_sd=0.0, engagement=False, shape={"help": 2.0})
    state = cohort(model, 1)
    before = state["ability"].copy()
    gains = []
    for item in range(3):
        trial = state.copy()
        model.step(trial, np.array([item]), np.zeros((1, 1)), allocate_outcome(1))
        gains.append(float((trial["ability"] - before)[0, 0]))
    alone, helped = sigma(-1), sigma(2 - 1)
    assert gains[1] == pytest.approx(0.2 * (1 - alone) * helped / sigma(1) ** 2)
    assert gains[1] > 4 * gains[0]
    assert gains[1] > 4 * gains[2]


def test_the_success_variance_peaks_where_it_is_told_to():
    """The 85 % rule as an option: target .85 (Wilson et al. 2019)."""
    ladder = np.linspace(-5, 3, 161)
    model = DifficultyBandLearner(
        one_skill(*ladder), start=0.0, start_sd=0.0, kernel="success_variance", shape={"target": 0.85},
        engagement=False, feedback=1.0,
    )  # fmt: skip
    state = cohort(model, 1)
    best = model.expected_gain(state)[0].argmax()
    assert model.p_all(state)[0, best] == pytest.approx(0.85, abs=0.01)


@pytest.mark.kernels
def test_a_wrong_answer_leaves_a_share_of_the_gain():
    model = DifficultyBandLearner(one_skill(0.5), start_sd=0.0, feedback=0.4, engagement=False)
    gains = []
    for luck in (0.0, 0.999):
        state = cohort(model, 1)
        before = state["ability"][0, 0]
        out = model.step(state, np.zeros(1, np.int64), np.array([[luck]]), allocate_outcome(1))
        gains.append(state["ability"][0, 0] - before)
        assert out["correct"][0] == (luck == 0.0)
    assert gains[1] == pytest.approx(0.4 * gains[0])


@pytest.mark.kernels
def test_gained_ability_decays_towards_the_start():
    model = DifficultyBandLearner(one_skill(0.0), start=-1.0, start_sd=0.0, forget=0.1, engagement=False)
    state = cohort(model, 1)
    state["ability"] += 2.0
    model.elapse(state, np.array([7.0]), np.empty((1, 0)))
    assert state["ability"][0, 0] == pytest.approx(-1 + 2 * math.exp(-0.7))
    assert model.mastery(state)[0, 0] == pytest.approx(sigma(-1 + 2 * math.exp(-0.7)))


@pytest.mark.kernels
def test_a_new_day_brings_a_fresh_mood():
    model = DifficultyBandLearner(one_skill(0.0))
    state = cohort(model, 2)
    state["affect"], state["streak"] = BORED, 4.0
    model.elapse(state, np.array([0.0, 1.0]), np.empty((2, 0)))
    assert state["affect"].tolist() == [BORED, FLOW]
    assert state["streak"].tolist() == [4.0, 0.0]


@pytest.mark.kernels
def test_bored_students_answer_and_learn_less():
    model = DifficultyBandLearner(one_skill(1.0), start_sd=0.0)
    state = cohort(model, 2)
    state["affect"][1] = BORED
    p, gain = model.p_all(state)[:, 0], model.expected_gain(state)[:, 0]
    assert p[1] == pytest.approx(0.9 * 0.85 * p[0])
    assert gain[1] < 0.35 * gain[0]
    assert model.mastery(state)[0] == pytest.approx(model.mastery(state)[1])  # the mood is not the knowledge


@pytest.mark.skipif(not COMPILED, reason="a million lessons")
@pytest.mark.parametrize(("success", "dropout", "time_bored"), FIGURES)
def test_giving_up_has_its_minimum_between_too_hard_and_too_easy(success, dropout, time_bored):
    """The figures that the mood model was checked against: 50 items at a fixed success probability."""
    gone, bored = moods_at(success)
    # both sides are samples: 4000 students there, 20000 here; 3 standard errors and half a digit
    assert gone == pytest.approx(dropout, abs=3 * (dropout * (1 - dropout) * (1 / 4000 + 1 / 20000)) ** 0.5 + 0.005)
    assert bored == pytest.approx(time_bored, abs=0.035)


@pytest.mark.skipif(not COMPILED, reason="many lessons")
def test_students_give_up_on_what_is_too_easy_or_too_hard():
    c = one_skill(-4.0, -1.1, 1.5)
    model = DifficultyBandLearner(c, population=Population(sd={"engagement": 1.0}), start=0.0, start_sd=0.0, learn=0.0)
    share, n, rng = [], 2000, np.random.default_rng(0)
    for item in range(3):
        state, gone = cohort(model, n), np.zeros(n, bool)
        for _ in range(50):
            out = model.step(state, np.where(gone, -1, item), rng.random((n, 3)), allocate_outcome(n))
            gone |= out["quit"]
        share.append(gone.mean())
    assert share[0] > share[1] + 0.05
    assert share[2] > share[1] + 0.1


@pytest.mark.kernels
def test_nobody_gives_up_where_engagement_is_off():
    model = DifficultyBandLearner(one_skill(4.0), engagement=False)
    state, out = cohort(model, 50), allocate_outcome(50)
    for _ in range(20):
        model.step(state, np.zeros(50, np.int64), np.zeros((50, 1)), out)
        assert not out["quit"].any()
        assert not state["affect"].any()
    assert model.reports == frozenset()
    assert model.lesson_draws == 1


@pytest.mark.kernels
def test_no_skill_starts_above_its_weakest_prerequisite():
    state = cohort(DifficultyBandLearner(chain(5), start_sd=1.0), 200)
    assert (np.diff(state["ability"], axis=1) <= 0).all()


@pytest.mark.kernels
@given(
    start=st.floats(-6, 6), learn=st.floats(0, 5), guess=st.floats(0, 0.49), forget=st.floats(0, 3),
    name=st.sampled_from(list(KERNELS)), seed=st.integers(0, 1000),
)  # fmt: skip
@settings(max_examples=10)
def test_promises_hold_for_any_parameters(start, learn, guess, forget, name, seed):
    model = DifficultyBandLearner(
        check_curriculum(), start=start, learn=learn, guess=guess, forget=forget, kernel=name, population=DIFFERENT
    )
    rng, state = np.random.default_rng(seed), cohort(model, 10, seed)
    for _ in range(10):
        before = model.mastery(state)
        model.step(state, rng.integers(-1, 10, 10), rng.random((10, 3)), allocate_outcome(10))
        middle = model.mastery(state)
        assert (middle >= before - 1e-12).all()
        assert (middle <= 1).all()
        model.elapse(state, rng.random(10), np.empty((10, 0)))
        assert (model.mastery(state) <= middle + 1e-12).all()
        assert (model.p_all(state) >= 0).all()
        assert (model.p_all(state) <= 1).all()
        assert (model.expected_gain(state) >= -1e-12).all()


@pytest.mark.parametrize("arguments", [{}, {"kernel": "challenge", "sharpness": math.inf, "forget": 0.1, "guess": 0.2}])
def test_the_model_keeps_its_promises(arguments):
    report = check_student(DifficultyBandLearner(check_curriculum(), population=DIFFERENT, **arguments))
    assert ("no_learning_without_prerequisite" in report.invariants) == ("sharpness" in arguments)


def test_the_trajectory_of_the_first_release():
    """Golden: a change here is a change of every scenario with these students, and needs new versions of them."""
    model, seen = DifficultyBandLearner(check_curriculum(), population=DIFFERENT, forget=0.05), []
    for state, out in golden_lessons(model, lessons=50, days=0.25):
        seen += [out["correct"].astype(np.int64), out["quit"].astype(np.int64)]
        seen += [np.round(1e6 * model.mastery(state)).astype(np.int64).ravel()]
    assert hashlib.sha256(np.concatenate(seen).tobytes()).hexdigest()[:16] == "cf7fe25433a662d1"


def test_one_student_alone_has_the_life_they_have_among_a_hundred():
    model = DifficultyBandLearner(check_curriculum(), population=DIFFERENT, forget=0.02)
    u = np.random.default_rng(0).random((31, 100, 20))

    def life(rows):
        state = model.allocate(len(rows))
        model.reset(state, np.arange(len(rows)), np.ascontiguousarray(u[30, rows, : model.reset_draws]))
        for t in range(30):
            luck = np.ascontiguousarray(u[t, rows, :3])
            model.step(state, (rows + t) % 10, luck, allocate_outcome(len(rows)))
            model.elapse(state, np.full(len(rows), 0.5), np.empty((len(rows), 0)))
        return state.tobytes()

    everybody = np.arange(100)
    whole = life(everybody)
    assert b"".join(life(everybody[i : i + 1]) for i in range(100)) == whole
    assert life(everybody[:37]) + life(everybody[37:]) == whole


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel": "gausian"}, "Did you mean 'gaussian'"),
        ({"shape": {"hlep": 1}}, "parameter of the kernel assisted_band.*Did you mean 'help'"),
        ({"shape": 3}, "shape must map"),
        ({"kernel": "band", "shape": {"low": 0.9, "high": 0.3}}, r"shape.low=0.9 must be below high=0.3"),
        ({"shape": {"help": -1}}, r"shape.help=-1 must be a number in \[0.01, 10\]: it is in logits"),
        ({"feedback": 2}, "feedback=2"),
        ({"guess": 0.5}, "guess=0.5"),
        ({"engagement": "on"}, "engagement='on' must be true or false"),
        ({"learn": [0.1]}, "learn has 1 numbers for 4 skills"),
        ({"population": Population(sd={"prior": 1.0})}, "prior"),
    ],
)
def test_mistakes_are_told(arguments, message):
    with pytest.raises(InputError, match=message):
        DifficultyBandLearner(check_curriculum(), **arguments)
