"""KSS students: abilities on a map of concepts, their published start and gains."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zpdgym.students import KSS, Population, allocate_outcome
from zpdgym.students.curriculum.builders import independent, random_dag
from zpdgym.students.curriculum.readers import read_curriculum

from tests.helpers import COMPILED, cohort

ABLE = Population(sd={"ability": 1.0, "learn": 0.3})


def kss(**arguments):
    return KSS(read_curriculum("kss.csv"), **arguments)


def at(model, last, abilities):
    state = cohort(model, 1)
    state["last"], state["ability"] = last, np.array([abilities], float)
    return state


def visit(model, state, item, luck=0.5):
    return model.step(state, np.array([item]), np.array([[luck]]), allocate_outcome(1))


def test_the_map_leads_where_the_source_says():
    leads = [
        {0, 1, 2}, {0, 1, 2, 3}, {0, 1, 2, 4, 8}, {0, 1, 3, 4}, {0, 1, 2, 3, 4, 5, 8, 9}, {4, 5, 9}, {6, 7}, {6, 7, 8},
        {0, 2, 3, 4, 5, 6, 7, 8, 9}, {2, 4, 5, 7, 8, 9},
    ]  # fmt: skip
    model = kss()
    assert [set(np.flatnonzero(row)) for row in model.leads_to] == leads
    state = cohort(model, 2)
    state["last"] = [-1, 6]
    assert model.legal(state)[0].all()
    assert np.flatnonzero(model.legal(state)[1]).tolist() == [6, 7]


def test_a_visit_adds_half_of_what_is_missing_and_passes_half_on_along_every_path():
    model, low = kss(), [0.0, -1.0, -2.0, -3.0, -3.0, -1.0, -2.0, -3.0, -3.0, -3.0]
    state = at(model, -1, low)
    visit(model, state, 0)
    paths = [1, 1 / 2, 1 / 2, 1 / 4, 1 / 4 + 1 / 8, 0, 0, 0, 1 / 4 + 1 / 8 + 1 / 16, 1 / 8 + 1 / 16 + 1 / 32]
    assert state["ability"][0] - low == pytest.approx(2.5 * np.array(paths))
    assert state["last"][0] == 0


def test_weak_prerequisites_shrink_what_is_learnt():
    model = kss()
    state = at(model, 0, [4.0, 1.0, *[-3.0] * 8])
    visit(model, state, 1)
    assert state["ability"][0, 1] == pytest.approx(1.0 + 0.5 * 4.0 * math.exp(-1.0))


def test_no_ability_exceeds_five():
    model = kss(population=Population([{"name": "strong", "share": 1.0, "shift": {"ability": 9.0, "learn": 1.0}}]))
    state = cohort(model, 20)
    assert state["ability"].max() == 5.0
    state["ability"][:, 0] = -3.0
    for item in (0, 1, 3, 4, 8, 9):
        model.step(state, np.full(20, item), np.full((20, 1), 0.5), allocate_outcome(20))
        assert state["ability"].max() <= 5.0
    strong = at(model, -1, [0.0, *[4.9] * 9])
    visit(model, strong, 0)
    assert strong["ability"][0, 1] == 5.0


def test_an_illegal_visit_teaches_nothing_and_moves_nobody_but_is_answered():
    model = kss()
    state = at(model, 6, [3.0] * 10)
    assert model.expected_gain(state)[0, 0] == 0.0
    out = visit(model, state, 0, luck=0.1)
    assert out["answered"][0]
    assert out["correct"][0]
    assert state["last"][0] == 6
    assert (state["ability"] == 3.0).all()
    visit(model, state, 7)
    assert state["last"][0] == 7


def test_answers_are_drawn_from_the_three_parameter_curve():
    model = kss()
    state = at(model, -1, [0.1, 2.0, *[0.0] * 8])
    sigma = lambda x: 1 / (1 + math.exp(-x))  # noqa: E731
    assert model.p_all(state)[0, :2] == pytest.approx([0.25 + 0.75 * sigma(8.5 * 0.1), 0.625])
    p = model.p_all(state)[0, 0]
    assert [bool(visit(model, state.copy(), 0, luck)["correct"][0]) for luck in (p - 0.01, p + 0.01)] == [True, False]


def test_abilities_start_as_published():
    state = cohort(kss(), 5000 if COMPILED else 500)
    whole = state["ability"] + 0.1 * np.arange(10)
    values, counts = np.unique(np.round(whole, 9), return_counts=True)
    assert values.tolist() == [-3, -2, -1, 0]
    assert counts / counts.sum() == pytest.approx(0.25, abs=0.03)
    assert (state["last"] == -1).all()


def test_maps_of_several_pieces_can_be_walked():
    model = KSS(independent(["a", "b", "c"]))
    assert model.leads_to.all()
    pieces = random_dag(20, seed=3, max_prerequisites=1)
    model = KSS(pieces)
    state = cohort(model, 1)
    for _ in range(1500):
        best = model.expected_gain(state).argmax(axis=1)
        model.step(state, best, np.array([[0.5]]), allocate_outcome(1))
    assert state["ability"][0, ~pieces.prerequisites.any(axis=1)].min() > 1.0


def test_the_exceptions_of_kss_are_real():
    """What kss.md names as exceptions happens."""
    model = kss()
    state = cohort(model, 200)
    mastery = model.mastery(state)
    assert (mastery[:, 5] > mastery[:, 0]).any()
    weakest = np.array([state["ability"][:, p].min(axis=1, initial=9) for p in model.curriculum.prerequisites]).T
    assert (state["ability"] > weakest).any()  # no consistent_start
    state = at(model, -1, [2.0, 1.7, *[-3.0] * 8])
    before = model.mastery(state)[0]
    visit(model, state, 0)
    after = model.mastery(state)[0]
    assert after[1] > before[1]  # no never_improves_untaught
    state = at(model, 0, [-0.5, 1.9, *[-3.0] * 8])
    before = model.mastery(state)[0]
    assert before[0] < model.ready_at
    visit(model, state, 1)
    assert model.mastery(state)[0, 1] > before[1]  # no no_learning_without_prerequisite
    out = visit(model, at(model, -1, [-0.1, *[-3.0] * 9]), 0, luck=0.6)
    assert not out["correct"][0]  # no learn_then_answer: after the lesson p is near 1


@given(learn=st.floats(0, 1), spread=st.floats(0, 1), slope=st.floats(0.01, 100), seed=st.integers(0, 1000))
@settings(max_examples=10)
def test_abilities_only_rise_and_only_legally(learn, spread, slope, seed):
    c = random_dag(7, seed=seed)
    model = KSS(c, learn=learn, spread=spread, slope=slope, population=ABLE)
    rng, state = np.random.default_rng(seed), cohort(model, 20, seed)
    for _ in range(12):
        before, legal, items = state.copy(), model.legal(state), rng.integers(0, 7, 20)
        model.step(state, items, rng.random((20, 1)), allocate_outcome(20))
        moved = legal[np.arange(20), items]
        assert (state["ability"] >= before["ability"]).all()
        assert (state["ability"] <= 5.0).all()
        assert state[~moved].tobytes() == before[~moved].tobytes()
        assert np.array_equal(state["last"][moved], items[moved])
