"""Several student models in one cohort: shares, groups, and that everybody is who they would be without the others."""

import hashlib

import numpy as np
import pytest
from zpdgym.configs.build import read_choice, student_section
from zpdgym.envs.scenario import Scenario
from zpdgym.students import (
    BKT,
    Affect,
    DifficultyBandLearner,
    InputError,
    Mixture,
    Population,
    allocate_outcome,
    check_student,
)
from zpdgym.students.check import check_curriculum
from zpdgym.students.curriculum.builders import chain

from tests.helpers import COMPILED
from tests.reference import plain_student
from tests.students.layers.test_layers import Chooser, cohort, teach_both

GROUPS = [{"name": "fast", "share": 0.5, "shift": {"learn": 1.0}}, {"name": "slow", "share": 0.5}]
SIX = [{"_target_": "zpdgym.students.KT6KC", "model": k} for k in range(3)]
THREE = ["bkt_forgetting", "difficulty_band", {"_target_": "zpdgym.students.Affect", "student": "bkt"}]


def test_every_student_is_who_they_would_be_in_a_cohort_of_their_own_model():
    """Step by step and to the bit: the same luck in a mixture and alone."""
    c, rng, n = check_curriculum(), np.random.default_rng(1), 30
    population = Population(GROUPS, sd={"learn": 0.5, "ability": 0.5, "engagement": 1.0})
    mixture = Mixture(c, students=THREE, shares=[0.3, 0.3, 0.4], population=population)
    u = rng.random((n, mixture.reset_draws))
    state = mixture.allocate(n)
    mixture.reset(state, np.arange(n), u)
    alone = {}
    for m, student in enumerate(mixture.students):
        rows = np.flatnonzero(state["model"] == m)
        part = student.allocate(len(rows))
        student.reset(part, np.arange(len(rows)), u[rows, 1 : 1 + student.reset_draws].copy())
        alone[m] = (student, rows, part)
    for _ in range(20):
        items, luck = rng.integers(-1, c.n_items, n), rng.random((n, mixture.lesson_draws))
        days, rest = rng.choice([0.0, 2.0], n), rng.random((n, mixture.rest_draws))
        out = mixture.step(state, items, luck, allocate_outcome(n))
        mixture.elapse(state, days, rest)
        for student, rows, part in alone.values():
            told = student.step(
                part, items[rows], luck[rows, : student.lesson_draws].copy(), allocate_outcome(len(rows))
            )
            student.elapse(part, days[rows], rest[rows, : student.rest_draws].copy())
            assert np.array_equal(out[rows], told)
            assert np.array_equal(mixture.p_all(state)[rows], student.p_all(part))
            assert np.array_equal(mixture.mastery(state)[rows], student.mastery(part))
            assert np.array_equal(mixture.expected_gain(state)[rows], student.expected_gain(part))
    assert len(alone) == 3
    assert all(len(rows) for _, rows, _ in alone.values())


def test_lessons_equal_a_second_implementation():
    assert "quit" in teach_both(Mixture(check_curriculum(), students=THREE, population=Population(GROUPS)), n=16)


def test_models_come_in_their_shares_and_groups_are_models_by_groups():
    n = 4000 if COMPILED else 1000
    model = Mixture(
        check_curriculum(), students=["bkt", "difficulty_band"], shares=[0.7, 0.3], population=Population(GROUPS)
    )
    assert model.population.group_names == (
        "BKT, fast", "BKT, slow", "DifficultyBandLearner, fast", "DifficultyBandLearner, slow"
    )  # fmt: skip
    assert [g.share for g in model.population.groups] == pytest.approx([0.35, 0.35, 0.15, 0.15])
    state = cohort(model, n)
    error = 3 * 0.5 / n**0.5
    for group, share in enumerate([0.35, 0.35, 0.15, 0.15]):
        assert (state["group"] == group).mean() == pytest.approx(share, abs=error)
    assert np.array_equal(state["group"] // 2, state["model"])
    only = Mixture(check_curriculum(), students=["bkt", "difficulty_band"], names=["all or nothing", "gradual"])
    assert only.population.group_names == ("all or nothing", "gradual")


@pytest.mark.parametrize(
    ("students", "population"),
    [
        (["bkt", "difficulty_band"], None),
        (["bkt_forgetting", "difficulty_band", "fsrs6"], Population(GROUPS, sd={"ability": 1.0})),
        (["bkt", {"_target_": "zpdgym.students.Mixture", "students": ["difficulty_band", "bkt"]}], None),
        (THREE, Population(GROUPS, sd={"engagement": 1.0})),
    ],
    ids=["two", "three with groups", "a mixture in a mixture", "one with moods"],
)
def test_a_mixture_keeps_the_promises_that_all_its_models_make(students, population):
    model = Mixture(check_curriculum(), students=students, population=population)
    report = check_student(model)
    assert set(report.invariants) == frozenset.intersection(*(s.invariants for s in model.students))
    assert hasattr(model, "forecast") == all(hasattr(s, "forecast") for s in model.students)


def test_a_layer_goes_around_a_mixture_and_shares_its_groups():
    section = {"_target_": "zpdgym.students.Mixture", "students": ["bkt", "difficulty_band"]}
    groups = [{"name": "patient", "share": 0.5, "shift": {"engagement": 3.0}}, {"name": "others", "share": 0.5}]
    model = Affect(check_curriculum(), student=section, population=Population(groups))
    check_student(model)
    state = cohort(model, 200)
    assert len(model.population.groups) == 4
    assert np.array_equal(state["affect_engagement"] == 3.0, state["group"] % 2 == 0)


def test_the_unexpected_students_of_the_published_game_can_be_one_class():
    model = Mixture(chain(6), students=SIX)
    check_student(model)
    assert model.discrete
    assert model.mastered_at == 1.0
    assert model.population.group_names == ("KT6KC 1", "KT6KC 2", "KT6KC 3")


def test_where_one_model_learns_first_the_mixture_says_so():
    c = chain(6)
    model = Mixture(c, students=[SIX[0], "bkt", Chooser(c)])
    report = check_student(model)
    assert "learn_then_answer" in report.invariants
    assert not model.discrete
    assert model.mastered_at == 0.95
    assert model.reports == {"option", "rating"}
    assert not hasattr(model, "expected_gain")


def test_it_teaches_in_a_scenario_from_the_name_alone():
    scenario = Scenario.load("practice", replace={"student": "mixture"})
    env = scenario.make(8, seed=1)
    env.reset()
    rng = np.random.default_rng(0)
    for _ in range(100):
        env.step(rng.integers(0, env.n_actions, 8))
    assert [g.name for g in env.student.population.groups] == list(env.student.names)
    assert scenario.sections["student"]["students"][0] == student_section("bkt")
    assert (read_choice("student", "mixture") or {})["students"][0] == "bkt"


def test_the_trajectory_of_the_first_release():
    """Golden: a change here is a change of every scenario with these students, and needs new versions of them."""
    model = Mixture(check_curriculum(), students=["bkt", "difficulty_band"], population=Population(GROUPS))
    rng, n = np.random.default_rng(5), 12
    state, seen = cohort(model, n), []
    for t in range(20):
        out = model.step(state, (np.arange(n) + t) % 10, rng.random((n, model.lesson_draws)), allocate_outcome(n))
        seen += [out["correct"], out["quit"]]
    seen += [np.round(model.p_all(state), 10), np.round(model.mastery(state), 10)]
    text = b"".join(np.asarray(x, np.float64).tobytes() for x in seen)
    assert hashlib.sha256(text).hexdigest()[:16] == "261351e98d538112"


def test_plain_mixtures_know_their_model():
    model = Mixture(check_curriculum(), students=["bkt", "difficulty_band"])
    plain = plain_student(model)
    plain.reset(np.full(model.reset_draws, 0.9))
    assert isinstance(model.students[plain.kind], DifficultyBandLearner)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"students": ["bkt"]}, "must list two or more student models"),
        ({"students": "bkt"}, "must list two or more student models"),
        ({"shares": [0.5, 0.3]}, "the shares sum to 0.8, must sum to 1"),
        ({"shares": [0.5, 0.3, 0.2], "names": ["a"]}, "3 shares for 2 students.*1 names for 2 students"),
        ({"shares": [1.0, 0.0]}, "a share of 0 is no part of the students"),
        ({"shares": ["half", 0.5]}, r"shares\[0\]='half' must be a number in \[0, 1\]"),
        ({"names": ["a", "a"]}, "names must be unique: a, a"),
        ({"students": ["bkt", "bandd"]}, "unknown student 'bandd'"),
        ({"students": ["bkt", 3]}, "Mixture: student=3 must be a student model"),
        ({"population": Population(sd={"lern": 1.0})}, r"Mixture \(BKT, DifficultyBandLearner\).*Did you mean 'learn'"),
        ({"students": ["bkt", BKT(chain(3))]}, "the BKT inside was built for the curriculum 'chain', not 'check'"),
    ],
)
def test_mistakes_are_told(arguments, message):
    with pytest.raises(InputError, match=message):
        Mixture(check_curriculum(), **{"students": ["bkt", "difficulty_band"], **arguments})


OURS = ["bkt", "kt6kc", "difficulty_band", "elo", "irt_2pl", "pfa", "afm", "fsrs6", "exponential_forgetting", "kss"]


@pytest.mark.parametrize("name", OURS)
def test_our_models_look_at_no_row_without_an_item(name):
    """So that a mixture may hand them the whole cohort, in which the other rows hold other models' records."""
    from zpdgym.students.layers.base import student_inside

    model = student_inside(chain(6), name, None, "test")
    state = model.allocate(3)
    state.view(np.float64).reshape(3, -1)[:] = np.array([[np.nan], [1e300], [-7.0]])
    kept, out = state.copy(), allocate_outcome(3)
    model.step(state, np.full(3, -1), np.full((3, max(model.lesson_draws, 1)), 0.5), out)
    assert state.tobytes() == kept.tobytes()
    assert not out["answered"].any()
    assert state.dtype.names[0] == "group"
