"""An exam is taken without help, and whatever the mood; other answers of a layer stay."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.agents.registry import build_policy
from zpdgym.agents.rollouts import teach
from zpdgym.envs.reward import examination

from benchmarks.columns import world
from tests.helpers import cohort


def marks(model, state, days):
    items, rest = model.curriculum.exam_items, np.zeros((len(state), model.rest_draws))
    return examination(model, state, np.full(len(state), days), rest, items)[:2]


@pytest.mark.parametrize("inner", ["bkt_forgetting", "fsrs6", "difficulty_band"])
def test_nobody_helps_in_the_exam(inner):
    alone = world(inner).student
    hinted = with_inside("hints", inner)
    state, own = cohort(hinted, 30), alone.allocate(30)
    for name in alone.dtype.names:
        own[name] = state[name]
    for found, expected in zip(marks(hinted, state, 9.0), marks(alone, own, 9.0), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-12)
    items = alone.curriculum.exam_items
    assert (hinted.p_all(state)[:, items].mean(axis=1) > marks(hinted, state, 0.0)[0] + 0.05).all()


def with_inside(layer, inner, **change):
    from zpdgym.envs.scenario import Scenario

    own = world(layer)
    return Scenario.load(own, change={"student.student": inner, **change}).student


@pytest.mark.parametrize("kind", ["affect", "whole_learner", "difficulty_band"])
def test_the_mood_of_the_moment_is_not_in_the_mark(kind):
    model = world(kind).student
    state, bored = cohort(model, 20), cohort(model, 20)
    bored["affect_mood" if kind == "affect" else "affect"] = 3.0
    items = model.curriculum.exam_items
    assert (model.p_all(bored)[:, items] < model.p_all(state)[:, items] - 1e-6).any()
    for found, expected in zip(marks(model, bored, 0.0), marks(model, state, 0.0), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_carelessness_in_flow_stays_in_the_mark():
    careless = with_inside("affect", "bkt", **{"student.careless": {"flow": 0.2}})
    steady = with_inside("affect", "bkt")
    found, expected = (marks(model, cohort(model, 9), 0.0)[0] for model in (careless, steady))
    np.testing.assert_allclose(found, 0.8 * expected)


def test_rapid_guesses_stay_in_the_mark():
    timed = with_inside("response_time", "bkt")
    state = cohort(timed, 20)
    expected = timed.p_all(state)[:, timed.curriculum.exam_items].mean(axis=1)
    np.testing.assert_allclose(marks(timed, state, 0.0)[0], expected)


def test_in_a_mixture_everybody_is_examined_by_the_own_model():
    taught = teach(world("mixture"), build_policy("mastery"), n_students=60, cohort_seed=2)
    np.testing.assert_allclose(taught.outcomes["post"], taught.outcomes["exam"], atol=1e-9)  # nothing is forgotten
    assert not hasattr(world("mixed_kt6kc").student, "p_exam")
