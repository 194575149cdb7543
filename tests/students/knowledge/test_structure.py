"""Structure students: knowledge states by exact enumeration, published values of TMS, and their promises."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.configs.build import build, read_choice
from zpdgym.students import BLIM, KSS, TMS, InputError, Population, allocate_outcome, check_student
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain, independent, random_dag
from zpdgym.students.curriculum.readers import read_curriculum
from zpdgym.students.knowledge.structure import knowledge_states

from benchmarks.published.knowledge import fringe_curve, published_tms, two_random_lessons
from tests.helpers import COMPILED, cohort
from tests.students.lessons import digest_of_lessons, side_by_side

DIFFERENT = Population(
    [{"name": "quick", "share": 0.4, "shift": {"learn": 0.8}}, {"name": "others", "share": 0.6}],
    sd={"prior": 0.7, "learn": 0.5, "guess": 0.3, "slip": 0.3},
)
ABLE = Population(sd={"ability": 1.0, "learn": 0.3})


def in_state(model, *rows):
    """Students who know exactly these sets of skills."""
    state = cohort(model, len(rows))
    state["known"] = np.array(rows, float)
    return state


def down_sets(curriculum):
    """All sets that hold every prerequisite of what they hold, by trying all sets."""
    every = itertools.product((False, True), repeat=curriculum.n_skills)
    up = curriculum.prerequisites
    return {s for s in every if all(not s[k] or all(s[j] for j in np.flatnonzero(up[k])) for k in range(len(s)))}


@pytest.mark.parametrize(("make", "population"), [(BLIM, DIFFERENT), (TMS, DIFFERENT), (KSS, ABLE)])
@pytest.mark.parametrize("curriculum", [check_curriculum(), random_dag(9, seed=4)], ids=["check", "network"])
def test_lessons_equal_the_plain_students(make, population, curriculum):
    side_by_side(make(curriculum, population=population), n=40, lessons=50)


@pytest.mark.parametrize(
    ("curriculum", "count"),
    [(chain(7), 8), (independent(list("abcdef")), 64), (check_curriculum(), 6), (random_dag(10, seed=1), None)],
)
def test_the_knowledge_states_are_the_down_sets(curriculum, count):
    states = knowledge_states(curriculum)
    found = {tuple(map(bool, row)) for row in states}
    assert found == down_sets(curriculum)
    assert len(states) == len(found)
    assert count in (None, len(states))
    assert not states[0].any()
    assert states[-1].all()
    for a, b in itertools.islice(itertools.combinations(states, 2), 500):
        assert tuple(a | b) in found
        assert tuple(a & b) in found


def test_more_states_than_can_be_written_out_are_refused():
    assert len(knowledge_states(chain(15))) == 16
    with pytest.raises(InputError, match="'chain' has 16 skills; the knowledge states of at most 15"):
        knowledge_states(chain(16))


def test_the_outer_fringe_holds_what_completes_another_state():
    c = random_dag(9, seed=2)
    model, states = BLIM(c), knowledge_states(c)
    everything = {tuple(map(bool, s)) for s in states}
    fringe = model.outer_fringe(in_state(model, *states))
    for known, found in zip(states, fringe, strict=True):
        for k in range(c.n_skills):
            with_it = known.copy()
            with_it[k] = True
            assert found[k] == (not known[k] and tuple(with_it) in everything)


def exact_transition(curriculum, learn, item, known):
    """P(next state) by the definition of the model: only what completes another state can be learnt."""
    states, table = down_sets(curriculum), {}
    fringe = []
    for k in np.flatnonzero(curriculum.q[item]):
        if not known[k] and (*known[:k], True, *known[k + 1 :]) in states:
            fringe.append(int(k))
    for outcome in itertools.product((False, True), repeat=len(fringe)):
        after, p = list(known), 1.0
        for k, learnt in zip(fringe, outcome, strict=True):
            p *= learn[k] if learnt else 1 - learn[k]
            after[k] = after[k] or learnt
        if p > 0:
            table[tuple(after)] = table.get(tuple(after), 0.0) + p
    return table


@pytest.mark.parametrize("make", [BLIM, TMS])
def test_every_transition_is_the_exact_one(make):
    """With probabilities in quarters, four draws per skill go through all the luck there is."""
    c, learn = check_curriculum(), [0.25, 0.5, 0.75, 0.25]
    model = make(c, learn=learn)
    quarters = (0.125, 0.375, 0.625, 0.875)
    luck = np.array(list(itertools.product((0.5,), *[quarters] * (model.lesson_draws - 1))))
    for known in sorted(down_sets(c)):
        for item in range(c.n_items):
            state = in_state(model, *[known] * len(luck))
            gain = model.expected_gain(state)[0, item]
            model.step(state, np.full(len(luck), item), luck, allocate_outcome(len(luck)))
            after = [tuple(map(bool, row)) for row in state["known"]]
            expected = exact_transition(c, learn, item, known)
            assert {s: after.count(s) / len(luck) for s in set(after)} == pytest.approx(expected)
            assert gain == pytest.approx(sum(p * (sum(s) - sum(known)) for s, p in expected.items()))


def test_a_cohort_spreads_over_the_states_as_enumerated():
    c, rng = check_curriculum(), np.random.default_rng(5)
    prior, learn = [0.5, 0.3, 0.2, 0.4], [0.3, 0.2, 0.4, 0.5]
    model, n = BLIM(c, prior=prior, learn=learn), 20000 if COMPILED else 300
    now = {}
    for state in down_sets(c):
        p = 1.0
        for k in range(4):
            ready = all(state[j] for j in np.flatnonzero(c.prerequisites[k]))
            p *= (prior[k] if state[k] else 1 - prior[k]) if ready else 1.0
        now[state] = p
    students = cohort(model, n)
    for item in (0, 8, 3, 5, 9, 2, 8, 9, 6, 9):
        after: dict = {}
        for state, weight in now.items():
            for target, p in exact_transition(c, learn, item, state).items():
                after[target] = after.get(target, 0.0) + weight * p
        now = after
        model.step(students, np.full(n, item), rng.random((n, model.lesson_draws)), allocate_outcome(n))
    assert sum(now.values()) == pytest.approx(1.0)
    where, counts = np.unique(students["known"].astype(bool), axis=0, return_counts=True)
    assert {tuple(map(bool, s)) for s in where} <= set(now)
    for state, count in zip(where, counts, strict=True):
        assert count / n == pytest.approx(now[tuple(map(bool, state))], abs=4.5 * 0.5 / n**0.5)


@pytest.mark.skipif(not COMPILED, reason="many students")
def test_what_is_ready_is_learnt_as_enumerated():
    model, n, rng = BLIM(chain(6), prior=0.0, learn=0.3), 5000, np.random.default_rng(0)
    students = cohort(model, n)
    for _ in range(20):
        item = model.outer_fringe(students).argmax(axis=1)
        model.step(students, item, rng.random((n, 2)), allocate_outcome(n))
    assert model.mastery(students).mean() == pytest.approx(fringe_curve(fringe=True)[19], abs=0.01)


def test_answers_are_right_by_knowledge_but_for_careless_errors_and_lucky_guesses():
    """P(R | K) of the basic local independence model, for a whole response pattern."""
    beta, eta = [0.05, 0.1, 0.2], [0.25, 0.0, 0.15]
    model = BLIM(chain(3), guess=eta, slip=beta)
    p = model.p_all(in_state(model, [1, 1, 0]))[0]
    pattern = [1, 0, 1]  # a right; b wrong, a careless error; c right, a lucky guess
    found = math.prod(x if r else 1 - x for x, r in zip(p, pattern, strict=True))
    assert found == pytest.approx((1 - beta[0]) * beta[1] * eta[2])


def test_two_skills_of_one_item_do_not_open_each_other_in_one_lesson():
    for make in (BLIM, TMS):
        model = make(check_curriculum(), prior=0.0, learn=1.0)  # item 8: skills 0 and 1, and 1 needs 0
        state = cohort(model, 1)
        model.step(state, np.array([8]), np.full((1, model.lesson_draws), 0.5), allocate_outcome(1))
        assert model.mastery(state)[0].tolist() == [1, 0, 0, 0]


def test_two_random_lessons_of_the_published_student_gain_596():
    """States (0,0), (1,0) equally likely; .6 and .7; two independent uniform actions gain .59625, exactly."""
    assert published_tms().prior.tolist() == [0.5, 0.0]
    by_hand = 0.5 * (0.3 + 0.3 * 0.35 + 0.7 * 0.3) + 0.5 * (0.35 + 0.65 * 0.35)
    assert two_random_lessons() == pytest.approx(by_hand, abs=1e-12)


@pytest.mark.skipif(not COMPILED, reason="many students")
def test_taught_students_gain_596_too():
    model, n, rng = published_tms(), 40000, np.random.default_rng(0)
    state = cohort(model, n)
    before = model.mastery(state).sum(axis=1)
    for _ in range(2):
        model.step(state, rng.integers(0, 8, n), rng.random((n, 2)), allocate_outcome(n))
    gained = model.mastery(state).sum(axis=1) - before
    assert gained.mean() == pytest.approx(0.59625, abs=3 * gained.std() / n**0.5)


def test_the_published_matrices_come_out():
    """EduSim's transition matrices of the states (0,0), (1,0), (1,1) under either lesson."""
    model = published_tms()
    matrices = ([[0.4, 0.6, 0], [0, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 0.3, 0.7], [0, 0, 1]])
    states = [(0, 0), (1, 0), (1, 1)]
    for skill, matrix in enumerate(matrices):
        for s, row in enumerate(matrix):
            p = model.expected_gain(in_state(model, states[s]))[0, 4 * skill]
            assert p == pytest.approx(1 - row[s], abs=1e-12)


def test_test_items_err_between_a_tenth_and_three_tenths():
    model, other = TMS(random_dag(30, seed=0)), TMS(random_dag(30, seed=0), seed=1)
    for errors in (model.guess, model.slip):
        assert 0.1 <= errors.min() < 0.15
        assert 0.25 < errors.max() <= 0.3
    assert not np.array_equal(model.guess, other.guess)
    assert np.array_equal(model.guess, TMS(random_dag(30, seed=0)).guess)
    p = model.p_all(in_state(model, [1] * 30))[0]
    assert p == pytest.approx(1 - model.slip)


def test_tms_learns_first_and_answers_then():
    model = TMS(chain(2), prior=0.0, guess=0.1, slip=0.1)
    state = cohort(model, 1)
    assert model.p_all(state)[0, 0] == pytest.approx(0.1)
    out = model.step(state, np.array([0]), np.array([[0.5, 0.59]]), allocate_outcome(1))
    assert out["correct"][0]
    assert model.mastery(state)[0].tolist() == [1, 0]


@pytest.mark.parametrize(
    "model",
    [
        BLIM(check_curriculum(), population=DIFFERENT),
        BLIM(random_dag(30, seed=1), prior=0.0),
        TMS(check_curriculum(), population=DIFFERENT),
        KSS(check_curriculum(), population=ABLE),
        KSS(read_curriculum("kss.csv")),
    ],
    ids=["blim", "blim 30", "tms", "kss", "kss map"],
)
def test_the_model_keeps_its_promises(model):
    report = check_student(model)
    assert "time_changes_nothing" in report.invariants
    assert ("learn_then_answer" in report.invariants) == isinstance(model, TMS)
    assert ("no_learning_without_prerequisite" in report.invariants) == (not isinstance(model, KSS))


def test_a_skill_may_be_learnt_in_a_lesson_that_was_answered_from_before_it():
    """What blim.md names as exceptions happens."""
    blim = BLIM(chain(2), prior=0.0, learn=1.0, guess=0.0, slip=0.0)
    state = cohort(blim, 1)
    out = blim.step(state, np.array([0]), np.full((1, 2), 0.5), allocate_outcome(1))
    assert not out["correct"][0]  # no learn_then_answer: learnt in this lesson, but answered from before it
    assert state["known"][0, 0] == 1.0  # no lessons_change_nothing


@given(
    prior=st.floats(0, 1), learn=st.floats(0, 1), guess=st.floats(0, 0.5), slip=st.floats(0, 0.49),
    seed=st.integers(0, 1000), make=st.sampled_from([BLIM, TMS]),
)  # fmt: skip
@settings(max_examples=10)
def test_every_state_ever_reached_is_a_knowledge_state(prior, learn, guess, slip, seed, make):
    c = random_dag(6, seed=seed)
    model, states = make(c, prior=prior, learn=learn, guess=guess, slip=slip, population=DIFFERENT), down_sets(c)
    rng, state = np.random.default_rng(seed), cohort(model, 20, seed)
    for _ in range(12):
        before = model.mastery(state)
        model.step(state, rng.integers(-1, 6, 20), rng.random((20, model.lesson_draws)), allocate_outcome(20))
        assert (model.mastery(state) >= before).all()
        assert {tuple(map(bool, row)) for row in state["known"]} <= states
        p = model.p_all(state)
        assert ((p >= 0) & (p <= 1)).all()


@pytest.mark.parametrize("name", ["blim", "tms", "kss"])
@pytest.mark.parametrize("curriculum", [check_curriculum(), random_dag(30, seed=2), chain(4)], ids=lambda c: c.name)
def test_the_configured_students_fit_any_curriculum(name, curriculum):
    model = build(read_choice("student", name) or {}, "student", curriculum=curriculum)
    assert model.expected_gain(cohort(model, 50)).max() > 0.0
    assert model.dtype.itemsize <= 8192


@pytest.mark.parametrize(
    ("make", "digest"), [(BLIM, "e41d97f2f88e283d"), (TMS, "c51d7e21efe4efed"), (KSS, "ab0d1f7f83eaec47")]
)
def test_the_trajectory_of_the_first_release(make, digest):
    """Golden: a change here is a change of every scenario with these students, and needs new versions of them."""
    assert digest_of_lessons(make(check_curriculum(), population=Population(sd={"learn": 0.5}))) == digest


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (BLIM, {"learn": 1.4}, r"BLIM: learn=1.4 must be a number in \[0, 1\]: it is a probability"),
        (BLIM, {"guess": [0.1, 0.2]}, "guess has 2 numbers for 10 items"),
        (BLIM, {"guess": 0.6, "slip": 0.5}, "guess=0.6 and slip=0.5 of 'item 0' must sum to less than 1"),
        (BLIM, {"population": Population(sd={"forget": 1.0})}, "which BLIM students do not have"),
        (TMS, {"prior": [0.1, 0.2, 0.3]}, "TMS: prior has 3 numbers for 4 skills"),
        (TMS, {"seed": -1}, "seed=-1 must be a whole number of at least 0"),
        (KSS, {"start_lowest": -2.5}, r"start_lowest=-2.5 must be a whole number in \[-20, 20\]"),
        (KSS, {"start_lowest": 2}, "start_lowest=2 must not exceed start_highest=0"),
        (KSS, {"guess": 1}, "guess=1 must be .* below 1"),
        (KSS, {"population": Population(sd={"prior": 1.0})}, "prior"),
    ],
)
def test_mistakes_are_told(make, arguments, message):
    with pytest.raises(InputError, match=message):
        make(check_curriculum(), **arguments)


def test_all_mistakes_are_told_together():
    with pytest.raises(InputError, match=r"learn=2.*seed=|seed=.*learn=2"):
        TMS(check_curriculum(), learn=2, seed="x")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match=r"spread=3.*slope=0"):
        KSS(check_curriculum(), spread=3, slope=0)
