"""Moods: what they do to a lesson, when they pass, and who gives up."""

import numpy as np
import pytest
from zpdgym.students import (
    Affect,
    allocate_outcome,
)
from zpdgym.students.check import check_curriculum

from benchmarks.pages.dropout_figure import FIGURES, dropout
from tests.helpers import COMPILED, cohort
from tests.students.layers.inside import STILL, ladder, without_effects

FLOW, BORED = 0, 3


def test_a_lesson_in_boredom_is_mostly_lost_and_carelessly_answered():
    n = 4000 if COMPILED else 400
    model = Affect(ladder(0.6), student={**STILL, "learn": 0.3})
    state = cohort(model, n)
    state["affect_mood"] = BORED
    before = model.mastery(state)
    assert model.p_all(state)[0, 0] == pytest.approx(0.85 * 0.9 * 0.6 + 0.15 * 0.2)
    out = model.step(state, np.zeros(n, np.int64), np.random.default_rng(1).random((n, 5)), allocate_outcome(n))
    error = 4 * 0.5 / n**0.5
    assert (model.mastery(state) > before).mean() == pytest.approx(0.3, abs=error)
    assert (out["minutes"] < 2.0).mean() == pytest.approx(0.15, abs=error)
    assert out["correct"].mean() == pytest.approx(0.85 * 0.9 * 0.6 + 0.15 * 0.2, abs=error)


def test_a_new_session_begins_in_flow():
    model = Affect(ladder(0.5), student=STILL)
    state = cohort(model, 2)
    state["affect_mood"], state["affect_streak"], state["affect_minutes"] = BORED, 3.0, 30.0
    later = model.p_all(state)
    model.elapse(state, np.array([0.0, 1.0]), np.empty((2, 0)))
    assert state["affect_mood"].tolist() == [BORED, FLOW]
    assert state["affect_streak"].tolist() == [3.0, 0.0]
    assert state["affect_minutes"].tolist() == [30.0, 0.0]
    assert model.p_all(state)[1] > later[1]


def test_the_forecast_counts_on_flow_from_tomorrow_on():
    model = Affect(check_curriculum(), student="bkt_forgetting")
    state = cohort(model, 3)
    state["affect_mood"] = BORED
    now, tomorrow = (model.forecast(state, np.full(3, d))[0] for d in (0.0, 1.0))
    assert np.array_equal(now, model.p_all(state))
    assert np.array_equal(tomorrow, model.student.forecast(state, np.ones(3))[0])


def test_the_longer_the_session_the_more_give_up_where_that_is_asked_for():
    n = 3000 if COMPILED else 300
    gone = []
    for hour in (0.0, 4.0):
        model = Affect(ladder(0.7), student=STILL, quit_hour=hour)
        state, rng, away = cohort(model, n), np.random.default_rng(0), np.zeros(n, bool)
        for _ in range(20):
            out = model.step(state, np.where(away, -1, 0), rng.random((n, 5)), allocate_outcome(n))
            away |= out["quit"]
        gone.append(away.mean())
    assert gone[1] > gone[0] + 0.04


@pytest.mark.skipif(not COMPILED, reason="a million lessons")
def test_giving_up_is_least_where_the_items_are_neither_too_hard_nor_too_easy():
    """The figures that the moods were checked against: 50 items at a fixed success probability, 4000 students."""
    found = dropout(n=8000, **without_effects())
    for u, gone, bored in FIGURES:
        assert found[u][0] == pytest.approx(gone, abs=0.03)
        assert found[u][1] == pytest.approx(bored, abs=0.03)
    rates = [found[u][0] for u, *_ in FIGURES]
    assert rates[:4] == sorted(rates[:4], reverse=True)
    assert rates[3:] == sorted(rates[3:])
    with_effects = dropout(n=4000)
    assert min(with_effects, key=lambda u: with_effects[u][0]) == 0.75
