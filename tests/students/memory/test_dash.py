"""Students who remember by windows of time: against plain Python, against numbers by hand, and their promises."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.students import Curriculum, InputError, Population, allocate_outcome, check_student
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain, random_dag
from zpdgym.students.memory.dash import DAS3H, DASH, PRESETS, WINDOWS_DAS3H

from tests.helpers import cohort
from tests.students.lessons import after_golden_lessons, side_by_side

DIFFERENT = Population(
    [{"name": "strong", "share": 0.4, "shift": {"ability": 0.8}}, {"name": "weak", "share": 0.6}], sd={"ability": 0.7}
)
RIGHT, WRONG = 0.0, 0.9999999
MINUTE = 1 / 1440


def facts(n=1, difficulty=0.0):
    """n skills with one practice item of a minute each."""
    return Curriculum(
        name="facts", skills=tuple(f"s{k}" for k in range(n)), items=tuple(f"i{k}" for k in range(n)), q=np.eye(n),
        prerequisites=np.zeros((n, n)), difficulty=np.full(n, difficulty), minutes=np.ones(n), approach=np.zeros(n),
    )  # fmt: skip


def lesson(model, state, luck, item=0):
    n = len(state)
    return model.step(state, np.full(n, item), np.full((n, model.lesson_draws), luck), allocate_outcome(n))


def rest(model, state, days):
    model.elapse(state, np.full(len(state), days), np.empty((len(state), 0)))


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


MODELS = {
    "dash": (DASH, {}),
    "dash, few answers kept": (DASH, {"capacity": 3}),
    "dash, low bias": (DASH, {"bias": -1.5, "windows": [0.5, 2.0], "weights": [0.1, 1, -0.2, 0.5]}),
    "mcm": (DASH, {"kernel": "mcm", "bias": -1.5}),
    "mcm, few answers kept": (DASH, {"kernel": "mcm", "capacity": 2, "bias": -1.5}),
    "act_r": (DASH, {"kernel": "act_r", "bias": -1.5}),
    "das3h": (DAS3H, {}),
    "das3h, few answers kept": (DAS3H, {"capacity": 3, "easiness": [0.5, 0, -1, -2]}),
    "das3h, weights per skill": (
        DAS3H,
        {"windows": [1, math.inf], "weights": [[0.1 * k, 0.5, -0.1, 0.3] for k in range(4)]},
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_lessons_equal_plain_python(name):
    make, arguments = MODELS[name]
    model = make(check_curriculum(), population=DIFFERENT, **arguments)
    days = (*[0.0] * 6, 0.03, 1.0, 4.0, 20.0)
    state, students = side_by_side(model, lessons=50, days=days, tolerance=1e-11)
    assert state["history"][:, :, 0] == pytest.approx(np.array([[len(h) for h in s.history] for s in students]))


def test_dash_by_hand():
    """Right on day 0, wrong on day 5, right on day 10, asked on day 12: counted window by window."""
    model = DASH(facts(difficulty=0.3))
    state = cohort(model)
    assert model.p_all(state)[0, 0] == pytest.approx(sigmoid(0.787 - 0.3))
    for luck, days in ((RIGHT, 5.0), (WRONG, 5.0), (RIGHT, 2.0)):
        lesson(model, state, luck)
        rest(model, state, days - MINUTE)
    week, month = 0.1255 * math.log(2) + 0.6039 * math.log(2), -0.1485 * math.log(4) + 0.572 * math.log(3)
    ever = 0.0933 * math.log(4) + 0.4801 * math.log(3)
    logit = 0.787 - 0.3 + week + month + ever  # nothing in the last day; one answer in the last week: 12 - 5 = 7 is out
    assert model.p_all(state)[0, 0] == pytest.approx(sigmoid(logit), abs=1e-12)
    assert model.mastery(state)[0, 0] == pytest.approx(sigmoid(logit + 0.3), abs=1e-12)


def test_das3h_by_hand():
    """Two skills in one item: easiness and history of both add up, each with its own weights."""
    c = check_curriculum()  # item 8: skills 0 and 1, 2 minutes, difficulty 0; items 0 and 2: each alone, a minute
    weights = [[0.1 * (k + 1), 0.3, -0.2, 0.4 + k] for k in range(4)]
    model = DAS3H(c, windows=[1 / 24, math.inf], weights=weights, easiness=[-0.5, -1.0, 0, 0])
    state = cohort(model)
    lesson(model, state, RIGHT, 0)
    rest(model, state, 0.5)
    lesson(model, state, WRONG, 8)
    lesson(model, state, RIGHT, 2)
    first = -0.5 + 0.1 * math.log(2) - 0.2 * math.log(3) + 0.4 * math.log(2)  # the right answer is half a day old
    second = -1.0 + 0.2 * math.log(3) + 0.3 * math.log(2) - 0.2 * math.log(3) + 1.4 * math.log(2)
    assert model.p_all(state)[0, 8] == pytest.approx(sigmoid(first + second), abs=1e-12)
    assert model.mastery(state)[0, :2] == pytest.approx([sigmoid(first), sigmoid(second)], abs=1e-12)


def test_the_preset_is_laid_out_answers_before_right_answers():
    weights, bias = PRESETS["counts"]
    model = DASH(facts())
    state = cohort(model)
    lesson(model, state, WRONG)
    assert model.mastery(state)[0, 0] == pytest.approx(sigmoid(bias + math.log(2) * sum(weights[0::2])))
    model.reset(state, np.array([0]), np.zeros((1, model.reset_draws)))
    lesson(model, state, RIGHT)
    assert model.mastery(state)[0, 0] == pytest.approx(sigmoid(bias + math.log(2) * sum(weights)))
    assert model.mastery(state)[0, 0] == pytest.approx(0.926727, abs=1e-6)


@pytest.mark.parametrize("window", [1 / 24, 1.0, 7.0, 30.0])
def test_an_answer_as_old_as_the_window_is_out_of_it(window):
    """Strictly younger, whatever the rounding of a clock that moved in single minutes."""
    model = DAS3H(facts(2), windows=[window], weights=[0.0, 1.0], easiness=0.0)
    state = cohort(model)
    lesson(model, state, RIGHT)
    for _ in range(58):
        lesson(model, state, RIGHT, 1)
    rest(model, state, window - 1 / 24)
    assert model.mastery(state)[0, 0] > 0.6
    lesson(model, state, RIGHT, 1)
    assert model.mastery(state)[0, 0] == pytest.approx(0.5)


def test_counts_that_fade_and_powers_of_the_age_by_hand():
    (w, bias), (a, bias_a) = PRESETS["mcm"], PRESETS["act_r"]
    faded, powers = DASH(facts(), kernel="mcm"), DASH(facts(), kernel="act_r")
    for model in (faded, powers):
        state = cohort(model)
        lesson(model, state, RIGHT)
        rest(model, state, 3.0 - MINUTE)
        lesson(model, state, WRONG)
        rest(model, state, 2.0 - MINUTE)
        if model is faded:
            h = bias
            for k, (window, span) in enumerate(zip((1, 7, 30, 99), (0.2434, 1.9739, 16.009, 129.8426), strict=True)):
                old, new = (math.exp(-age / span) * (age < window) for age in (5, 2))
                h += w[2 * k] * math.log(1 + old + new) + w[2 * k + 1] * math.log(1 + old)
        else:
            h = bias_a + a[0] * math.log(1 + a[3] * 5 ** -a[1] + a[2] * 2 ** -a[1])
        assert model.mastery(state)[0, 0] == pytest.approx(sigmoid(h), abs=1e-9)


def test_recall_steps_down_as_answers_leave_the_windows_and_stays_at_the_floor():
    model = DASH(facts(), bias=-1.5)
    state = cohort(model)
    for _ in range(4):
        lesson(model, state, RIGHT)
    days = np.array([0.0, 0.5, 2.0, 6.0, 8.0, 25.0, 31.0, 1000.0])
    recall = model.forecast(np.repeat(state, len(days)), days)[1][:, 0]
    assert recall[0] == recall[1] > recall[2] == recall[3] > recall[4] == recall[5] > recall[6] == recall[7]
    assert recall[-1] == pytest.approx(sigmoid(-1.5 + (0.0933 + 0.4801) * math.log(5)))


def test_answers_that_leave_the_ring_count_in_the_infinite_window_only():
    """Five answers in a day, three places: the windows count three, the infinite one five, and the loss is told."""
    model = DASH(facts(), capacity=3)
    state = cohort(model)
    for luck in (RIGHT, RIGHT, WRONG, WRONG, WRONG):
        lesson(model, state, luck)
    w = PRESETS["counts"][0]
    logit = 0.787 + sum(w[0:6:2]) * math.log(4) + w[6] * math.log(6) + w[7] * math.log(3)
    assert model.mastery(state)[0, 0] == pytest.approx(sigmoid(logit))
    assert state["history"][0, 0, :3].tolist() == [5.0, 2.0, 2.0]
    rest(model, state, 31.0)
    lesson(model, state, RIGHT)
    assert state["history"][0, 0, 2] == 2.0  # what left now was too old to matter


def test_a_ring_of_the_default_size_loses_nothing_in_a_month_of_practice():
    small, large = DASH(chain(30)), DASH(facts())
    assert (small.capacity, large.capacity) == (30, 900)
    assert small.dtype.itemsize <= 8192
    state = cohort(small, 1)
    for _ in range(29):
        lesson(small, state, RIGHT)
        rest(small, state, 1.0)
    assert state["history"][0, 0, :3].tolist() == [29.0, 29.0, 0.0]


def test_examples_and_explanations_take_time_and_leave_no_trace():
    model = DASH(check_curriculum())
    state = cohort(model)
    out = lesson(model, state, RIGHT, 1)
    assert (out["answered"][0], out["minutes"][0]) == (False, 2.0)
    assert not state["history"].any()
    assert state["clock"][0] == pytest.approx(2 * MINUTE)


@pytest.mark.parametrize("name", MODELS)
def test_the_models_keep_their_promises(name):
    make, arguments = MODELS[name]
    check_student(make(check_curriculum(), population=DIFFERENT, **arguments), n=16)


@pytest.mark.parametrize("model", [DASH, DAS3H])
def test_they_keep_them_on_a_larger_curriculum(model):
    items = [{"approach": "practice", "difficulty": d, "minutes": 1.0 + d} for d in (0.0, 0.5)]
    report = check_student(model(random_dag(12, seed=3, items=items)), n=8)
    assert ("forgetting_is_monotone" in report.invariants) == (model is DAS3H)


def test_exceptions_are_real():
    """With a negative weight of answers in a finite window, time raises what was answered wrong (DASH's preset)."""
    model = DASH(facts(2))
    assert not {"forgetting_is_monotone", "never_improves_untaught", "lessons_never_hurt"} & model.invariants
    state = cohort(model)
    lesson(model, state, WRONG)
    rest(model, state, 29.999)
    before = model.mastery(state)[0, 0]
    lesson(model, state, RIGHT, 1)  # on another fact
    assert model.mastery(state)[0, 0] > before
    strict = DAS3H(facts(2), windows=[1.0], weights=[-0.5, 1.0])  # a wrong answer counts against the student
    state = cohort(strict)
    before = strict.mastery(state)[0, 0]
    lesson(strict, state, WRONG)
    assert strict.mastery(state)[0, 0] < before
    free = DASH(chain(2))  # prerequisites hold nothing back
    state = cohort(free)
    state["ability"] = -2.0
    assert free.mastery(state)[0, 0] < free.ready_at
    before = free.mastery(state)[0, 1]
    lesson(free, state, RIGHT, 1)
    assert free.mastery(state)[0, 1] > before
    hard_first = DAS3H(chain(2), easiness=[-1.0, 0.0])
    assert "consistent_start" not in hard_first.invariants
    assert np.diff(hard_first.mastery(cohort(hard_first))[0]) > 0


@given(
    weights=st.lists(st.floats(0, 2), min_size=6, max_size=6), first=st.floats(0.01, 3), capacity=st.integers(1, 9),
    bias=st.floats(-3, 3), seed=st.integers(0, 1000),
)  # fmt: skip
@settings(max_examples=10)
def test_time_only_takes_away_whatever_the_parameters(weights, first, capacity, bias, seed):
    c = check_curriculum()
    model = DASH(c, windows=[first, 7.0, math.inf], weights=weights, capacity=capacity, bias=bias)
    assert "forgetting_is_monotone" in model.invariants
    rng, state = np.random.default_rng(seed), cohort(model, 10, seed)
    for _ in range(15):
        model.step(state, rng.integers(-1, 10, 10), rng.random((10, 1)), allocate_outcome(10))
        p = model.p_all(state)
        assert ((p >= 0) & (p <= 1)).all()
        days, before = rng.random(10) * 10, model.mastery(state)
        told = model.forecast(state, days)
        model.elapse(state, 0.25 * days, np.empty((10, 0)))
        model.elapse(state, 0.75 * days, np.empty((10, 0)))
        assert (model.mastery(state) <= before + 1e-12).all()
        assert model.mastery(state) == pytest.approx(told[1], abs=1e-12)
        assert model.p_all(state) == pytest.approx(told[0], abs=1e-12)


def test_windows_do_not_see_how_answers_were_spaced_inside_them():
    """Four right answers on one day or over nine: no difference from 20 days on, until the first leaves the month."""
    model, left = DASH(facts(), bias=-1.5), []
    for gap in (0.0, 3.0):
        state = cohort(model)
        for _ in range(4):
            lesson(model, state, RIGHT)
            rest(model, state, gap)
        left += [model.forecast(state, np.array([days - gap]))[1][0, 0] for days in (10.0, 20.0, 25.0)]
    assert left[0] == left[1] == left[2] == left[3] == left[4] > left[5]


@pytest.mark.parametrize(("model", "digest"), [(DASH, "2c2152f520e9851c"), (DAS3H, "48611c814512fb0b")])
def test_the_trajectory_of_the_first_release(model, digest):
    """Golden: a change here is a change of every scenario with these students, and needs new versions of them."""
    seen = after_golden_lessons(model(check_curriculum(), population=DIFFERENT), days=0.75)
    assert hashlib.sha256(np.round(seen, 10).tobytes()).hexdigest()[:16] == digest


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda c: DASH(c, kernel="powers"), "unknown kernel 'powers'"),
        (lambda c: DASH(c, kernel="act_r", windows=[1]), "windows: the kernel act_r has none"),
        (lambda c: DASH(c, spans=[1, 2, 3, 4]), "spans: the kernel counts has none"),
        (lambda c: DASH(c, kernel="mcm", spans=[1, 2]), "spans has 2 numbers for 4 windows"),
        (lambda c: DASH(c, kernel="act_r", weights=[-1, 0.5, 0, 1]), "scale and decay of the kernel act_r"),
        (lambda c: DASH(c, windows=[7, 1], weights=[0, 0, 0, 0]), r"windows=\[7, 1\] must increase"),
        (lambda c: DASH(c, windows=[0, 1], weights=[0, 0, 0, 0]), r"windows\[0\]=0 must be a number"),
        (lambda c: DASH(c, windows=[1]), "weights has 8 numbers, must have 2: two per window"),
        (lambda c: DASH(c, weights="heavy"), "weights='heavy' must be a list of numbers"),
        (lambda c: DASH(c, bias=40), "bias=40 must be a number"),
        (lambda c: DASH(c, capacity=0), "capacity=0 must be a whole number"),
        (lambda c: DAS3H(c, easiness=[1, 2]), "easiness has 2 numbers for 4 skills"),
        (lambda c: DAS3H(c, weights=[[0.0] * 10] * 3), "weights has 3 lists for 4 skills"),
        (lambda c: DAS3H(c, windows=WINDOWS_DAS3H[:2], weights=[0.0, 1.0]), "weights has 2 numbers, must have 4"),
        (lambda c: DAS3H(c, capacity=2.5, easiness=99), "easiness=99.*capacity=2.5"),
        (lambda c: DASH(c, population=Population(sd={"learn": 1.0})), "learn"),
    ],
)
def test_mistakes_are_told(make, message):
    with pytest.raises(InputError, match=message):
        make(check_curriculum())
