"""Students who know or do not: against a second implementation, against theory, and against their promises."""

import hashlib
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.students import BKT, InputError, Population, allocate_outcome, check_student
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain
from zpdgym.students.curriculum.curriculum import Curriculum
from zpdgym.students.draws import LESSON, RESET, draw

from tests.helpers import COMPILED, cohort, one_skill
from tests.students.lessons import golden_lessons, side_by_side

MANY = 20000 if COMPILED else 500
PLAIN = {"level_width": math.inf, "familiarity_rate": 0.0}
DIFFERENT = Population(
    [{"name": "fast", "share": 0.4, "shift": {"learn": 0.8}}, {"name": "slow", "share": 0.6}],
    sd={"prior": 0.8, "learn": 0.5, "guess": 0.3, "slip": 0.3, "forget": 0.4, "ability": 0.5},
    correlation={"learn,prior": 0.3},
)


@pytest.mark.parametrize("leak", [0.0, 0.3])
def test_lessons_equal_a_second_implementation(leak):
    numbers = {"prior": [0.8, 0.6, 0.5, 0.4], "forget": 0.03, "leak": leak, "durability": 0.4}

    def familiarity_too(state, students, out):
        assert state["familiarity"] == pytest.approx(np.array([s.familiarity for s in students]))

    side_by_side(BKT(check_curriculum(), population=DIFFERENT, **numbers), n=40, lessons=40, watch=familiarity_too)


def test_the_learning_curve_is_the_textbooks():
    """P(known before lesson n) = 1 - (1 - L0)(1 - T)^(n-1); right answers follow (Corbett & Anderson 1995)."""
    prior, learn, guess, slip = 0.3, 0.2, 0.25, 0.1
    model = BKT(one_skill(), prior=prior, learn=learn, guess=guess, slip=slip, **PLAIN)
    state, rng = cohort(model, MANY), np.random.default_rng(2)
    for n in range(1, 9):
        known = 1 - (1 - prior) * (1 - learn) ** (n - 1)
        right = (1 - slip) - (1 - slip - guess) * (1 - known)
        error = 4.5 * 0.5 / MANY**0.5
        assert model.mastery(state).mean() == pytest.approx(known, abs=error)
        out = model.step(state, np.zeros(MANY, np.int64), rng.random((MANY, 2)), allocate_outcome(MANY))
        assert out["correct"].mean() == pytest.approx(right, abs=error)


def test_a_textbook_item_has_exactly_the_given_numbers():
    model = BKT(one_skill(), prior=0.0, learn=0.2, guess=0.25, slip=0.1, **PLAIN)
    state = cohort(model, 1)
    assert model.p_all(state)[0, 0] == pytest.approx(0.25)
    assert model.expected_gain(state)[0, 0] == pytest.approx(0.2)
    state["left"] = 1.0
    assert model.p_all(state)[0, 0] == pytest.approx(0.9)
    assert model.expected_gain(state)[0, 0] == 0.0


def test_known_skills_are_forgotten_exponentially():
    model = BKT(one_skill(), prior=1.0, forget=0.05)
    state = cohort(model, MANY)
    p, mastery = model.forecast(state, np.full(MANY, 10.0))
    assert mastery[:, 0] == pytest.approx(math.exp(-0.5))
    assert p[:, 0] == pytest.approx(math.exp(-0.5) * 0.9 + (1 - math.exp(-0.5)) * 0.2)
    for day in (10, 20):
        model.elapse(state, np.full(MANY, 10.0), np.empty((MANY, 0)))
        assert model.mastery(state).mean() == pytest.approx(math.exp(-0.05 * day), abs=4.5 * 0.5 / MANY**0.5)


def test_practice_makes_knowledge_durable():
    model = BKT(one_skill(), prior=1.0, forget=0.05, durability=0.8, familiarity_rate=0.5)
    state = cohort(model, 1)
    before = model.forecast(state, np.array([14.0]))[1][0, 0]
    for _ in range(5):
        model.step(state, np.zeros(1, np.int64), np.full((1, 2), 0.5), allocate_outcome(1))
    assert model.forecast(state, np.array([14.0]))[1][0, 0] > before + 0.2


def test_what_is_known_at_the_start_is_known_with_its_prerequisites():
    model = BKT(chain(4), prior=[0.8, 0.7, 0.6, 0.5])
    mastery = model.mastery(cohort(model, MANY))
    assert (np.diff(mastery, axis=1) <= 0).all()
    assert mastery.mean(axis=0) == pytest.approx(np.cumprod([0.8, 0.7, 0.6, 0.5]), abs=4.5 * 0.5 / MANY**0.5)


def test_two_skills_of_one_item_do_not_open_each_other_in_one_lesson():
    c = check_curriculum()  # item 8: skills 0 and 1, and 1 needs 0
    model = BKT(c, prior=0.0, learn=1.0)
    state = cohort(model, 1)
    model.step(state, np.array([8]), np.full((1, model.lesson_draws), 0.5), allocate_outcome(1))
    assert model.mastery(state)[0].tolist() == [1, 0, 0, 0]


def test_worked_examples_are_for_novices_and_practice_for_the_experienced():
    model = BKT(check_curriculum())
    novice, experienced = model.item_learn(0.0), model.item_learn(1.0)
    practice, example = 0, 1
    assert novice[example] > novice[practice]
    assert experienced[example] < experienced[practice]


def test_difficulty_and_help_shift_guess_and_slip():
    model = BKT(check_curriculum(), guess=0.2, slip=0.1)
    logit = lambda p: np.log(p / (1 - p))  # noqa: E731
    assert logit(model.item_guess[3]) - logit(0.2) == pytest.approx(-0.5)
    assert logit(model.item_slip[3]) - logit(0.1) == pytest.approx(0.5)
    assert logit(model.item_guess[5]) - logit(0.2) == pytest.approx(-1.0 + model.guided_help)
    assert (model.item_guess + model.item_slip < 1).all()


HIGHEST = {"prior": 1, "learn": 1, "guess": 0.5, "slip": 0.49, "forget": 2, "leak": 1}


@given(
    numbers=st.fixed_dictionaries({name: st.floats(0, high) for name, high in HIGHEST.items()}),
    seed=st.integers(0, 1000),
)
@settings(max_examples=10)
def test_promises_hold_for_any_parameters(numbers, seed):
    model = BKT(check_curriculum(), **numbers)
    rng, state = np.random.default_rng(seed), cohort(model, 20, seed)
    for _ in range(15):
        before = model.mastery(state)
        model.step(state, rng.integers(-1, 10, 20), rng.random((20, model.lesson_draws)), allocate_outcome(20))
        middle = model.mastery(state)
        assert (middle >= before).all()
        model.elapse(state, rng.random(20), np.empty((20, 0)))
        assert (model.mastery(state) <= middle).all()
        p = model.p_all(state)
        assert ((p >= 0) & (p <= 1)).all()
        gain = model.expected_gain(state)
        assert ((gain >= 0) & (gain <= 4 - model.mastery(state).sum(axis=1)[:, None] + 1e-12)).all()


@pytest.mark.parametrize("arguments", [{}, {"population": DIFFERENT, "forget": 0.1, "leak": 0.2, "durability": 0.5}])
def test_the_model_keeps_its_promises(arguments):
    report = check_student(BKT(check_curriculum(), **arguments))
    assert ("no_learning_without_prerequisite" in report.invariants) == ("leak" not in arguments)


def test_one_student_alone_has_the_life_they_have_among_a_hundred():
    model = BKT(check_curriculum(), population=DIFFERENT, forget=0.02)

    def life(students):
        n, zero = len(students), np.zeros(len(students), np.int64)
        state = model.allocate(n)
        start = draw(5, stream=RESET, students=students, episodes=zero, lessons=zero, count=model.reset_draws)
        model.reset(state, np.arange(n), start)
        for t in range(30):
            luck = draw(5, stream=LESSON, students=students, episodes=zero, lessons=zero + t, count=model.lesson_draws)
            model.step(state, (students + 3 * t) % 10, luck, allocate_outcome(n))
            model.elapse(state, np.full(n, 0.5), np.empty((n, 0)))
        return state

    everybody = np.arange(100)
    whole = life(everybody)
    assert life(everybody[42:43]).tobytes() == whole[42:43].tobytes()
    assert np.concatenate([life(everybody[:37]), life(everybody[37:])]).tobytes() == whole.tobytes()


def test_the_trajectory_of_the_first_release():
    """Golden: a change here is a change of every scenario with these students, and needs new versions of them."""
    model, seen = BKT(check_curriculum(), population=DIFFERENT, forget=0.05), []
    for state, out in golden_lessons(model, lessons=50, days=0.25):
        seen += [out["correct"], model.mastery(state).astype(bool).ravel()]
    digest = hashlib.sha256(np.packbits(np.concatenate(seen)).tobytes()).hexdigest()[:16]
    assert digest == "e55905ec8c808978"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"learn": 1.4}, r"learn=1.4 must be a number in \[0, 1\]: it is a probability"),
        ({"learn": [0.1, 0.2]}, "learn has 2 numbers for 4 skills"),
        ({"learn": "fast"}, "learn='fast' must be a number"),
        ({"prior": [0.1, 0.2, 0.3, True]}, r"prior\[3\]=True"),
        ({"guess": 0.6, "slip": 0.5}, "guess=0.6 and slip=0.5 of 'root' must sum to less than 1"),
        ({"forget": -1}, "forget=-1 must be a number in .* rate per day"),
        ({"approaches": {"game": [1, 1]}}, "unknown approach 'game'"),
        ({"approaches": {"example": 2}}, "must be two numbers"),
        ({"approaches": [1, 2]}, "approaches must map names"),
        ({"level_width": 0.0}, "level_width=0.0"),
        ({"overhead_minutes": 5.0}, "overhead_minutes=5 must be less than the reference item's 1 minutes"),
        ({"population": Population(sd={"speed": 1.0})}, "speed"),
        ({"learn": 2, "slip": -1}, r"learn=2.*slip=-1"),  # all that is wrong
    ],
)
def test_mistakes_are_told(arguments, message):
    with pytest.raises(InputError, match=message):
        BKT(check_curriculum(), **arguments)


def test_lists_of_numbers_may_come_from_numpy_and_from_yaml():
    model = BKT(chain(3), prior=np.array([0.1, 0.2, 0.3]), learn=np.float64(0.25), guess=(0.1, 0.2, 0.3))
    assert model.prior.tolist() == [0.1, 0.2, 0.3]
    assert model.learn.tolist() == [0.25] * 3


@pytest.mark.parametrize("seed", range(10))
def test_what_a_lesson_adds_to_an_exam_is_what_it_adds_to_every_item_of_it(seed):
    """Also where items ask for several skills, in any order of the exam."""
    luck = np.random.default_rng(seed)
    q = np.concatenate([np.eye(5, dtype=bool), luck.random((9, 5)) < 0.4])
    q[:, 0] |= ~q.any(axis=1)
    made = Curriculum(
        name="drawn", skills=tuple("abcde"), items=tuple(str(i) for i in range(14)), q=q,
        prerequisites=np.tril(luck.random((5, 5)) < 0.3, -1), difficulty=np.zeros(14), minutes=np.ones(14),
        approach=luck.choice([0, 0, 1], 14),
    )  # fmt: skip
    model = BKT(made, prior=0.4, learn=0.3, forget=0.05, durability=0.5)
    state, days, exam = cohort(model, 10), np.full(10, 3.0), luck.permutation(14)[:8]
    single = [model.exam_gain(state, days, exam[e : e + 1]) for e in range(len(exam))]
    np.testing.assert_allclose(model.exam_gain(state, days, exam), np.mean(single, axis=0), atol=1e-15)


@pytest.mark.skipif(not COMPILED, reason="seconds are those of compiled code")
def test_what_lessons_add_to_an_exam_takes_as_long_as_there_are_items():
    """Eight times the skills: eight to ten times the time, and not 64 times."""

    def seconds(skills: int) -> float:
        model, taken = BKT(chain(skills)), []
        state, days, exam = cohort(model, 50), np.full(50, 3.0), model.curriculum.exam_items
        for _ in range(6):
            began = time.process_time()
            model.exam_gain(state, days, exam)
            taken.append(time.process_time() - began)
        return min(taken)

    assert seconds(640) < 20 * seconds(80)
