"""The whole learner: every part does what it says, and leaving it out leaves the luck alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.students import InputError, Population, allocate_outcome, check_student
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain, independent
from zpdgym.students.whole_learner import PARTS, WholeLearner

from tests.helpers import cohort
from tests.students.lessons import side_by_side

DIFFERENT = Population(sd={"ability": 0.5, "learn": 0.3, "forget": 0.4, "engagement": 1.0, "patience": 1.0})
QUIET = {"engagement": False, "hints": False}


def lesson(model, state, item, seed=1):
    u = np.random.default_rng(seed).random((len(state), model.lesson_draws))
    return model.step(state, np.full(len(state), item), u, allocate_outcome(len(state)))


@pytest.mark.parametrize("left_out", [(), *((part,) for part in PARTS), PARTS])
def test_lessons_equal_a_second_implementation(left_out):
    side_by_side(WholeLearner(check_curriculum(), population=DIFFERENT, guess=0.1, **dict.fromkeys(left_out, False)))


@pytest.mark.parametrize("left_out", [(), *((part,) for part in PARTS)])
def test_the_model_keeps_its_promises(left_out):
    check_student(WholeLearner(check_curriculum(), population=DIFFERENT, **dict.fromkeys(left_out, False)), n=16)


def test_without_prerequisites_the_last_skill_of_a_chain_is_learnt_at_once():
    c = chain(3)
    gains = [
        WholeLearner(c, start=-3.0, start_sd=0.0, prerequisites=there, **QUIET).expected_gain(
            cohort(WholeLearner(c, start=-3.0, start_sd=0.0, prerequisites=there, **QUIET), 1)
        )[0]
        for there in (True, False)
    ]
    assert gains[0][2] < 0.01 * gains[1][2]
    assert gains[0][0] == pytest.approx(gains[1][0])


def test_the_band_makes_items_of_middling_difficulty_teach_most():
    c = independent(["s"], items=[{"difficulty": d} for d in (-6.0, 1.0, 8.0)])
    banded = WholeLearner(c, start=0.0, start_sd=0.0, **QUIET)
    gain = banded.expected_gain(cohort(banded, 1))[0]
    assert gain[1] > 5 * max(gain[0], gain[2])
    flat = WholeLearner(c, start=0.0, start_sd=0.0, band=False, feedback=1.0, **QUIET)
    gain = flat.expected_gain(cohort(flat, 1))[0]
    assert gain == pytest.approx(np.full(3, gain[0]))


def test_spaced_lessons_last_longer_than_massed_ones():
    model = WholeLearner(independent(["s"]), start=0.0, start_sd=0.0, **QUIET)
    massed, spaced = cohort(model, 200), cohort(model, 200)
    for t in range(6):
        lesson(model, massed, 0, seed=t)
        lesson(model, spaced, 0, seed=t)
        model.elapse(spaced, np.full(200, 3.0), np.empty((200, 0)))
    assert (spaced["stability"] > 1.5 * massed["stability"]).all()
    for state in (massed, spaced):
        model.elapse(state, np.full(200, 60.0), np.empty((200, 0)))
    assert spaced["ability"].mean() > massed["ability"].mean() + 0.1


def test_memory_decays_to_one_over_e_in_the_days_of_its_stability():
    model = WholeLearner(independent(["s"]), start=-1.0, start_sd=0.0, stability=7.0, **QUIET)
    state = cohort(model, 1)
    lesson(model, state, 0)
    gained = state["ability"][0, 0] + 1.0
    model.elapse(state, np.array([7.0]), np.empty((1, 0)))
    assert state["ability"][0, 0] + 1.0 == pytest.approx(gained / np.e)


def test_hints_follow_wrong_answers_and_take_time():
    model = WholeLearner(independent(["s"]), population=DIFFERENT, start=-1.0, engagement=False)
    out = lesson(model, cohort(model, 4000), 0)
    hinted = out["hints"] == 1
    assert not (hinted & out["correct"]).any()
    assert 0.4 < hinted[~out["correct"]].mean() < 0.8
    assert np.array_equal(out["minutes"], 1.0 + 0.5 * hinted)


def test_leaving_a_part_out_changes_nobodys_luck():
    """The first answers of the same students are the same, whatever part is missing."""
    c = check_curriculum()
    answers = []
    for left_out in ((), *((part,) for part in PARTS)):
        model = WholeLearner(c, population=DIFFERENT, **dict.fromkeys(left_out, False))
        answers.append(lesson(model, cohort(model, 200), 4)["correct"])
    assert all(np.array_equal(answers[0], other) for other in answers[1:])


def test_a_lesson_without_the_prerequisite_teaches_a_little():
    """The exception that the page names: the gate is soft."""
    model = WholeLearner(chain(2), start=[-1.0, -1.0], start_sd=0.0, **QUIET)
    state = cohort(model, 1)
    before = model.mastery(state)
    assert before[0, 0] < model.ready_at
    lesson(model, state, 1)
    assert model.mastery(state)[0, 1] > before[0, 1]


@settings(max_examples=20)
@given(a=st.floats(0, 40), b=st.floats(0, 40), stability=st.floats(0.5, 400), spacing=st.floats(0, 10))
def test_two_rests_are_one_of_their_sum(a, b, stability, spacing):
    model = WholeLearner(check_curriculum(), stability=stability, spacing=spacing)
    state = cohort(model, 5)
    lesson(model, state, 9)
    once = state.copy()
    model.elapse(once, np.full(5, a + b), np.empty((5, 0)))
    for days in (a, b):
        model.elapse(state, np.full(5, days), np.empty((5, 0)))
    for field in ("ability", "retained", "mastery"):
        assert state[field] == pytest.approx(once[field], abs=1e-9)


def test_mistakes_are_told_together():
    with pytest.raises(InputError) as told:
        WholeLearner(check_curriculum(), stability=0.0, feedback=2.0, hints="no", approaches=3)
    for part in ("stability=0.0", "feedback=2.0", "hints='no'", "approaches=3"):
        assert part in str(told.value)
