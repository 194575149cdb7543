"""The exam that is one compiled call is the one that the model's methods tell."""

import numpy as np
import pytest
import zpdgym
from zpdgym.envs import Scenario, kernels
from zpdgym.envs.lessons import exam
from zpdgym.envs.reward import examination
from zpdgym.students import BKT, PFA, Affect, DifficultyBandLearner
from zpdgym.students.check import check_student
from zpdgym.students.exam import exam_kernels

from benchmarks.columns import world
from tests.helpers import COMPILED, cohort

compiled = pytest.mark.skipif(not COMPILED, reason="kernels are plain Python here")


def taught(scenario, n, lessons):
    env = scenario.make(n, seed=2, autoreset=False)
    env.reset(seed=2)
    rng = np.random.default_rng(1)
    for _ in range(lessons):
        env.step(rng.integers(0, env.curriculum.n_items, n))
    return env


@compiled
@pytest.mark.parametrize("name", zpdgym.list_students())
def test_every_student_who_is_all_kernels_gets_the_bits_of_its_methods(name):
    env = taught(world(name), 9, 30)
    student, items, n_skills = env.student, np.array(env.curriculum.exam_items)[::-1].copy(), env.curriculum.n_skills
    arrays = (env._real, env._before, env.outcome, env.items)
    table, _kept = exam.exam_table(student, env.belief, env.state, env.belief_state, items, arrays)
    assert len(table) > 0 if exam_kernels(student) else len(table) == 0
    if not len(table):
        return
    env._real[:, kernels.DAY] += np.arange(9)  # as where a student has given up and the calendar goes on
    rng = np.random.default_rng(0)
    before = env.state.tobytes()
    for rows in (np.arange(9), np.array([7]), np.array([5, 0, 2])):
        luck, reward = rng.random((len(rows), student.rest_draws)), np.ones(9)
        told, mastery, left = np.full((3, 9), -1.0), np.full((9, n_skills), -1.0), np.zeros(9, bool)
        exam.examine(table, rows, 4.0, luck, told, mastery, left, reward)
        days = np.maximum(4.0 - (env.records["day"] - env.records["last_day"])[rows], 0.0)
        right = env._before[rows], *examination(student, env.state[rows], days, luck, items)
        others = np.setdiff1d(np.arange(9), rows)
        for one, other in zip((*told, mastery), right, strict=True):
            assert one[rows].tobytes() == np.ascontiguousarray(other).tobytes()
            assert (one[others] == -1.0).all()
        np.testing.assert_array_equal(left[rows], env.outcome["quit"][rows])
        assert not left[others].any()
        beliefs = env.belief_state[rows]
        env.belief.elapse(beliefs, days)
        paid = np.ones(9)
        paid[rows] += beliefs["total"] - env.records["value"][rows]
        assert reward.tobytes() == paid.tobytes()
    assert env.state.tobytes() == before


@pytest.mark.kernels
def test_the_families_that_most_people_use_are_examined_in_one_call():
    for name in (
        "bkt_forgetting",
        "difficulty_band",
        "whole_learner",
        "pfa",
        "irt_2pl",
        "half_life",
        "actr",
        "fsrs6",
        "dkt",
    ):
        assert exam_kernels(world(name).student) is not None, name


class Worried(DifficultyBandLearner):
    def p_exam(self, state, items, days=None, u=None):
        return super().p_exam(state, items, days, u) / 2


class Forgetful(PFA):
    def elapse(self, state, days, u):
        state["group"] = 0


class Sure(BKT):
    def p_all(self, state):
        return np.ones((len(state), self.curriculum.n_items))


class Proud(PFA):
    def mastery(self, state):
        return np.ones((len(state), self.curriculum.n_skills))


class Hopeful(BKT):
    def forecast(self, state, days):
        return tuple(np.ones((len(state), k)) for k in (self.curriculum.n_items, self.curriculum.n_skills))


@pytest.mark.parametrize("kind", [Worried, Forgetful, Sure, Proud, Hopeful])
def test_a_class_that_writes_one_of_the_methods_is_asked_by_its_methods(kind):
    scenario = Scenario.load("practice")
    assert exam_kernels(kind.__mro__[1](scenario.curriculum)) is not None
    assert exam_kernels(kind(scenario.curriculum)) is None


class Dreaming(Affect):
    """Over an inner student who forecasts: a forecast of its own."""

    def forecast(self, state, days):
        p, mastery = super().forecast(state, days)
        return p, mastery / 4


@pytest.mark.kernels
def test_what_a_derived_class_says_of_exams_holds_for_their_results():
    curriculum = Scenario.load("practice").curriculum
    model = Worried(curriculum)
    state, days = cohort(model, 6), np.full(6, 3.0)
    items, luck = curriculum.exam_items, np.zeros((6, 0))
    now, later, _ = examination(model, state, days, luck, items)
    np.testing.assert_allclose(now, model.p_exam(state, items).mean(axis=1))
    np.testing.assert_allclose(later, model.p_exam(state, items, days, luck).mean(axis=1))
    usual, dreaming = (kind(curriculum, student="bkt_forgetting") for kind in (Affect, Dreaming))
    state = cohort(usual, 6)
    masteries = [examination(model, state, days, luck, items)[2] for model in (usual, dreaming)]
    np.testing.assert_array_equal(masteries[0] / 4, masteries[1])


@pytest.mark.kernels
def test_a_model_whose_results_of_exams_contradict_it_is_refused():
    class Twisted(DifficultyBandLearner):
        def sit_exam(self, state, items, days, u):
            now, _, mastery = super().sit_exam(state, items, days, u)
            return now, now, mastery

    with pytest.raises(AssertionError, match=r"sit_exam .later. differs"):
        check_student(Twisted(Scenario.load("practice").curriculum, forget=0.1))
