"""The six-skill students: exact curves of the source's chain, and the other published models."""

import numpy as np
import pytest
from zpdgym.envs.scenario import Scenario
from zpdgym.students import KT6KC, InputError, Population, allocate_outcome, check_student, kt6kc_graph
from zpdgym.students.curriculum.builders import chain

from benchmarks.published.knowledge import at_random, best_next, exact_curve


@pytest.mark.parametrize(
    ("choose", "published"), [(at_random, (0.1389, 0.2775, 0.5426)), (best_next, (0.7665, 0.9877, 1.0))]
)
def test_the_exact_curves_are_the_references(choose, published):
    curve = exact_curve(0, choose, 100)
    assert [curve[24], curve[49], curve[99]] == pytest.approx(published, abs=5e-5)


@pytest.mark.parametrize("model", range(5))
def test_students_learn_as_the_exact_curve_says(model):
    n, lessons, rng = 800, 25, np.random.default_rng(model)
    students = KT6KC(chain(6), model=model)
    state = students.allocate(n)
    students.reset(state, np.arange(n), rng.random((n, students.reset_draws)))
    for _ in range(lessons):
        out = allocate_outcome(n)
        students.step(state, students.expected_gain(state).argmax(axis=1), rng.random((n, 2)), out)
    expected = exact_curve(model, best_next, lessons)[-1]
    assert students.mastery(state).mean() == pytest.approx(expected, abs=0.03)


def test_learning_comes_first_and_the_answer_then():
    students = KT6KC(chain(6))
    state = students.allocate(1)
    students.reset(state, np.arange(1), np.zeros((1, students.reset_draws)))
    assert students.p_all(state)[0].tolist() == pytest.approx([0.1] * 6)
    out = students.step(state, np.array([0]), np.array([[0.19, 0.5]]), allocate_outcome(1))
    assert out["correct"][0]
    assert students.mastery(state)[0].tolist() == [1, 0, 0, 0, 0, 0]
    assert students.p_correct(state, np.array([0]))[0] == pytest.approx(0.9)
    assert students.expected_gain(state)[0].tolist() == pytest.approx([0, 0.2, 0, 0, 0, 0])


def test_perturbed_students_differ_as_published():
    students = KT6KC(chain(6), perturbed=True)
    n, rng = 4000, np.random.default_rng(0)
    state = students.allocate(n)
    students.reset(state, np.arange(n), rng.random((n, students.reset_draws)))
    draws = np.maximum(rng.normal(0.05, 0.005**0.5, 400000), -np.inf)
    floored = np.where(draws < 0, 0.01, draws)
    assert state["learn"][:, 0].mean() == pytest.approx(np.maximum(0.2 - floored, 0).mean(), abs=0.005)
    assert state["guess"].mean() == pytest.approx(np.maximum(0.1 - floored, 0).mean(), abs=0.003)
    assert state["depends"][:, 1, 0].mean() == pytest.approx(np.maximum(0.2 - draws, 0).mean(), abs=0.005)
    assert state["depends"][:, 1, 0].max() > 0.2  # a dependency may become stronger
    assert not state["learn"][:, 1:].any()
    assert not state["depends"][:, 0].any()


def test_groups_shift_the_odds_of_learning():
    slow = Population([{"name": "slow", "share": 1.0, "shift": {"learn": -1.0, "guess": 1.0}}])
    students = KT6KC(chain(6), population=slow)
    state = students.allocate(1)
    students.reset(state, np.arange(1), np.zeros((1, students.reset_draws)))
    assert students.expected_gain(state)[0, 0] == pytest.approx(1 / (1 + 4 * np.e))
    assert students.p_all(state)[0, 0] == pytest.approx(np.e / (9 + np.e))


@pytest.mark.parametrize("arguments", [{}, {"model": 1}, {"model": 2, "perturbed": True}])
def test_the_model_keeps_its_promises(arguments):
    report = check_student(KT6KC(chain(6), **arguments))
    assert "learn_then_answer" in report.invariants
    # in model 1 the second skill can be learnt without the first, whatever the tutor's chain says
    assert ("no_learning_without_prerequisite" in report.invariants) == (arguments == {})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": 5}, r"model=5 must be a whole number in \[0, 4\]"),
        ({"model": True}, "model=True"),
        ({"guess": 0.5, "slip": 0.6}, "must sum to less than 1"),
        ({"perturbed": "yes"}, "perturbed='yes' must be true or false"),
        ({"population": Population(sd={"prior": 1.0})}, "prior"),
    ],
)
def test_mistakes_are_told(arguments, message):
    with pytest.raises(InputError, match=message):
        KT6KC(chain(6), **arguments)


def test_another_curriculum_is_refused():
    with pytest.raises(
        InputError, match="needs 6 skills with one item each, in the same order; 'chain' has 5 items on 5"
    ):
        KT6KC(chain(5))


GRAPHS = {
    0: {2: {1}, 3: {2}, 4: {3}, 5: {4}, 6: {5}},
    1: {3: {1, 2}, 4: {3}, 5: {4}, 6: {5}},
    2: {2: {1}, 4: {2}, 5: {3}, 6: {4}},
    3: {2: {1}, 3: {2}, 5: {3}, 4: {5}, 6: {4}},
    4: {2: {1}, 4: {2}, 3: {4}, 5: {3}, 6: {5}},
}
"""As published: skill -> what it depends on, counted from 1."""


@pytest.mark.parametrize("model", GRAPHS)
def test_every_model_brings_its_published_graph(model):
    graph = kt6kc_graph(model)
    found = {k + 1: {int(j) + 1 for j in np.flatnonzero(row)} for k, row in enumerate(graph.prerequisites) if row.any()}
    assert found == GRAPHS[model]
    assert (graph.skills, graph.items) == (chain(6).skills, chain(6).items)
    strict = "no_learning_without_prerequisite" in KT6KC(graph, model=model).invariants
    assert strict == (model != 1)  # there each of two skills helps alone


@pytest.mark.parametrize("model", [0, 2, 3, 4])
def test_a_scenario_whose_students_change_takes_their_graph(model):
    scenario = Scenario.load("kt6kc", change={"student.model": model})
    np.testing.assert_array_equal(scenario.curriculum.prerequisites, kt6kc_graph(model).prerequisites)
    if model == 0:
        assert scenario.sections["curriculum"] == Scenario.load("kt6kc").sections["curriculum"]
    back = Scenario.load(scenario, change={"student.model": 0})
    assert back.sections == Scenario.load("kt6kc").sections
    timed = {
        "_target_": "zpdgym.students.ResponseTime",
        "student": {"_target_": "zpdgym.students.KT6KC", "model": model},
    }
    layered = Scenario.load("kt6kc", replace={"student": timed})
    np.testing.assert_array_equal(layered.curriculum.prerequisites, kt6kc_graph(model).prerequisites)


def test_what_was_asked_for_and_what_the_tutor_is_told_wrongly_stay():
    home = Scenario.load("kt6kc")
    own = {"_target_": "zpdgym.students.chain", "n_skills": 6, "name": "KT6KC"}
    for scenario in (
        Scenario.load("kt6kc", replace={"curriculum": own}, change={"student.model": 2}),
        Scenario.load("kt6kc", replace={"student": "mixed_kt6kc"}),
        home.unexpected()["other_network"],
        Scenario.load("kt6kc", replace={"student": "bkt"}),
    ):
        assert scenario.sections["curriculum"] == home.sections["curriculum"]


def test_no_such_model_is_said_of_the_graph_too():
    for make in (lambda: kt6kc_graph(5), lambda: Scenario.load("kt6kc", change={"student.model": 5})):
        with pytest.raises(InputError, match=r"model=5 must be a whole number in \[0, 4\]"):
            make()
