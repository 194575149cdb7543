"""Students of logistic regression: what they count, what a count adds, and what they promise."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.students import AFM, PFA, InputError, Population, allocate_outcome, check_student
from zpdgym.students.check import INVARIANTS, check_curriculum
from zpdgym.students.curriculum.builders import chain, random_dag

from tests.helpers import COMPILED, cohort
from tests.students.lessons import after_golden_lessons, side_by_side

PEOPLE = Population(
    [{"name": "fast", "share": 0.4, "shift": {"learn": 0.7}}, {"name": "slow", "share": 0.6}],
    sd={"ability": 0.6, "learn": 0.3}, correlation={"ability,learn": 0.4},
)  # fmt: skip
EACH = [0.5, 0.0, -0.5, -1.0]
PROMISED_BY_NEITHER = {
    "consistent_start", "no_learning_without_prerequisite", "lessons_change_nothing",
    "learn_then_answer", "elapse_composes_on_average",
}  # fmt: skip

MODELS = [
    (AFM, {}),
    (AFM, {"population": PEOPLE, "start": EACH, "learn": [0.1, 0.2, 0.0, 0.4], "ability_sd": 1.0}),
    (PFA, {}),
    (PFA, {"population": PEOPLE, "start": EACH, "learn_right": 0.4, "learn_wrong": [0.1, 0, -0.1, -0.5]}),
]


def teach(model, state, item, right):
    """One lesson for everybody, answered right or wrong."""
    luck = np.full((len(state), 1), 0.0 if right else 1 - 1e-12)
    return model.step(state, np.full(len(state), item), luck, allocate_outcome(len(state)))


def sigma(x):
    return 1 / (1 + math.exp(-x))


@pytest.mark.parametrize(("model", "arguments"), MODELS)
def test_lessons_equal_those_of_plain_python(model, arguments):
    side_by_side(model(check_curriculum(), **arguments), n=25, tolerance=1e-12, extremes=True)


@pytest.mark.parametrize(("model", "arguments"), MODELS)
def test_the_models_keep_their_promises(model, arguments):
    report = check_student(model(check_curriculum(), **arguments))
    assert "answer_then_learn" in report.invariants


@pytest.mark.parametrize("model", [AFM, PFA])
def test_the_models_teach_other_curricula(model):
    check_student(model(random_dag(12 if COMPILED else 3, seed=0, items=[{}, {"difficulty": 1.0}])), n=8)


def test_the_additive_factors_model_by_hand():
    """Item 9 exercises skills 1, 2 and 3 and has difficulty 1; skill 1 had two lessons more, one of them an example."""
    model = AFM(check_curriculum(), start=EACH, learn=[0.1, 0.2, 0.3, 0.4], ability_sd=0.0)
    state = cohort(model, 1)
    assert model.p_all(state)[0, 9] == pytest.approx(sigma(0.0 - 0.5 - 1.0 - 1.0))
    teach(model, state, 2, right=True)
    assert not teach(model, state, 3, right=True)["answered"][0]
    teach(model, state, 9, right=False)
    assert state["tries"][0].tolist() == [0, 3, 1, 1]
    assert model.p_all(state)[0, 9] == pytest.approx(sigma(0.0 + 3 * 0.2 - 0.5 + 0.3 - 1.0 + 0.4 - 1.0))
    assert model.mastery(state)[0] == pytest.approx([sigma(0.5), sigma(0.6), sigma(-0.2), sigma(-0.6)])


def test_worked_examples_count_as_tries_but_neither_as_right_nor_as_wrong():
    example = 1  # of skill 0
    for model, fields in ((AFM(check_curriculum()), {"tries": 1}), (PFA(check_curriculum()), {})):
        state = cohort(model, 1)
        out = teach(model, state, example, right=True)
        assert not out["answered"][0]
        for name in model.counted:
            assert state[name][0, 0] == fields.get(name, 0)


def test_performance_factors_analysis_by_hand():
    model = PFA(check_curriculum(), start=0.3, learn_right=0.25, learn_wrong=-0.05)
    state = cohort(model, 1)
    for right in (True, False, True):
        assert teach(model, state, 0, right)["correct"][0] == right
    teach(model, state, 8, right=True)  # skills 0 and 1
    assert state["successes"][0].tolist() == [3, 1, 0, 0]
    assert state["failures"][0].tolist() == [1, 0, 0, 0]
    assert model.p_all(state)[0, 8] == pytest.approx(sigma(0.3 + 3 * 0.25 - 0.05 + 0.3 + 0.25))
    assert model.mastery(state)[0, 0] == pytest.approx(sigma(0.3 + 3 * 0.25 - 0.05))


def test_with_equal_slopes_and_no_examples_the_two_models_are_one():
    c, rng = chain(3, items=[{}, {"difficulty": 0.7}]), np.random.default_rng(0)
    afm = AFM(c, learn=0.15, ability_sd=0.8)
    pfa = PFA(c, learn_right=0.15, learn_wrong=0.15, ability_sd=0.8)
    one, other = cohort(afm, 40), cohort(pfa, 40)
    for _ in range(20):
        items, luck = rng.integers(0, 6, 40), rng.random((40, 1))
        a = afm.step(one, items, luck, allocate_outcome(40))
        b = pfa.step(other, items, luck, allocate_outcome(40))
        assert np.array_equal(a, b)
    assert afm.p_all(one) == pytest.approx(pfa.p_all(other), abs=1e-12)
    assert afm.expected_gain(one) == pytest.approx(pfa.expected_gain(other), abs=1e-12)


def test_the_default_learner_is_the_typical_one_of_27_data_sets():
    """65 % right at first, .1 logits a lesson, some seven lessons to 80 % (Koedinger et al. 2023, abstract)."""
    model = AFM(chain(1), ability_sd=0.0)
    state = cohort(model, 1)
    assert model.mastery(state)[0, 0] == pytest.approx(0.65, abs=0.005)
    lessons = 0
    while model.mastery(state)[0, 0] < 0.8:
        teach(model, state, 0, right=True)
        lessons += 1
    assert lessons in (7, 8)
    assert PFA(chain(1)).expected_gain(cohort(PFA(chain(1)), 1)) == pytest.approx(
        AFM(chain(1), ability_sd=0.0).expected_gain(cohort(AFM(chain(1), ability_sd=0.0), 1)), abs=3e-4
    )


def test_ability_is_spread_as_asked():
    model = AFM(chain(1))
    chance = model.mastery(cohort(model, 20000))[:, 0]
    low, high = np.sort(chance)[:10000], np.sort(chance)[10000:]
    assert low.mean() == pytest.approx(0.55, abs=0.02)
    assert high.mean() == pytest.approx(0.75, abs=0.02)


def test_a_pfa_student_rewards_a_teacher_who_asks_what_is_easy():
    """Why the page warns: the easier item of the same skill has the larger expected gain."""
    model = PFA(chain(1, items=[{"difficulty": -3.0}, {"difficulty": 3.0}]), learn_right=0.3, learn_wrong=0.0)
    easy, hard = model.expected_gain(cohort(model, 1))[0]
    assert easy > 5 * hard


@pytest.mark.parametrize("model", [AFM, PFA])
def test_prerequisites_play_no_part(model):
    """The exceptions to consistent_start and to no_learning_without_prerequisite."""
    model = model(chain(2), start=[-3.0, 0.0], ability_sd=0.0)
    state = cohort(model, 1)
    before = model.mastery(state)[0]
    assert before[1] > before[0]
    assert before[0] < model.ready_at
    teach(model, state, 1, right=True)
    assert model.mastery(state)[0, 1] > before[1]


def test_a_wrong_answer_may_hurt():
    """The exception to lessons_never_hurt, where rho is below 0."""
    assert "lessons_never_hurt" in PFA(chain(1), learn_wrong=0.0).invariants
    model = PFA(chain(1), learn_wrong=-0.1)
    assert "lessons_never_hurt" not in model.invariants
    state = cohort(model, 1)
    before = model.mastery(state)[0, 0]
    teach(model, state, 0, right=False)
    assert model.mastery(state)[0, 0] < before


@pytest.mark.parametrize("model", [AFM, PFA])
def test_every_invariant_is_declared_or_an_exception(model):
    assert model(chain(2)).invariants == set(INVARIANTS) - PROMISED_BY_NEITHER


@given(
    start=st.floats(-10, 10), sd=st.floats(0, 5), right=st.floats(0, 10), share=st.floats(-1, 1),
    seed=st.integers(0, 1000),
)  # fmt: skip
@settings(max_examples=15)
def test_promises_hold_for_any_parameters(start, sd, right, share, seed):
    c = check_curriculum()
    afm = AFM(c, start=start, ability_sd=sd, learn=right)
    pfa = PFA(c, start=start, ability_sd=sd, learn_right=right, learn_wrong=right * share)
    for model in (afm, pfa):
        rng, state = np.random.default_rng(seed), cohort(model, 8, seed)
        for _ in range(6):
            before = model.mastery(state)
            items = rng.integers(-1, 10, 8)
            model.step(state, items, rng.random((8, 1)), allocate_outcome(8))
            after = model.mastery(state)
            assert not ((after < before) & ("lessons_never_hurt" in model.invariants)).any()
            assert not ((after != before) & ~(c.q[items] & (items >= 0)[:, None])).any()
            model.elapse(state, np.full(8, 50.0), np.empty((8, 0)))
            p = model.p_all(state)
            assert ((p >= 0) & (p <= 1)).all()
            gain = model.expected_gain(state)
            assert (np.abs(gain) <= 4).all()
            assert (gain >= 0).all() or "lessons_never_hurt" not in model.invariants


@pytest.mark.parametrize(("index", "digest"), [(1, "f580aa9b669bf4dc"), (3, "3a88877af17a939e")])
def test_the_trajectory_of_the_first_release(index, digest):
    """Golden: a change here is a change of every scenario with these students, and needs new versions of them."""
    make, arguments = MODELS[index]
    told = after_golden_lessons(make(check_curriculum(), **arguments), stride=3)
    text = " ".join(f"{value:.10f}" for value in told)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (AFM, {"learn": -0.1}, r"learn=-0.1 must be a number in \[0, 10\]: it is in logits, and no lesson hurts"),
        (AFM, {"start": [0.1], "ability_sd": -1}, "start has 1 numbers for 4 skills; ability_sd=-1"),
        (AFM, {"population": Population(sd={"forget": 1.0})}, "AFM students do not have"),
        (PFA, {"learn_right": 0.1, "learn_wrong": 0.2}, "learn_wrong=0.2 of 'root' must be at most learn_right=0.1"),
        (PFA, {"learn_right": "x", "learn_wrong": 11, "start": 12}, r"start=12.*learn_right='x'.*learn_wrong=11"),
    ],
)
def test_mistakes_are_told(make, arguments, message):
    with pytest.raises(InputError, match=message):
        make(check_curriculum(), **arguments)
