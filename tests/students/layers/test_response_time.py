"""Minutes of answers: their distribution, quick and slow ones, rapid guesses."""

import math

import numpy as np
import pytest
from scipy import stats
from zpdgym.students import (
    ResponseTime,
    allocate_outcome,
)

from tests.helpers import COMPILED, cohort
from tests.students.layers.inside import STILL, ladder


def test_minutes_are_lognormal_around_the_items_minutes():
    """Against scipy's lognormal: median the item's minutes at success 1/2, shape the spread; quick students sooner."""
    n = 4000 if COMPILED else 400
    model = ResponseTime(ladder(0.5), student=STILL, rapid=0.0, contrast=0.0, spread=0.4)
    state = cohort(model, n)
    out = model.step(state, np.zeros(n, np.int64), np.random.default_rng(0).random((n, 4)), allocate_outcome(n))
    assert stats.kstest(out["minutes"], stats.lognorm(s=0.4, scale=2.0).cdf).pvalue > 0.01
    state["time_speed"] = 0.5
    out = model.step(state, np.zeros(n, np.int64), np.random.default_rng(0).random((n, 4)), allocate_outcome(n))
    assert stats.kstest(out["minutes"], stats.lognorm(s=0.4, scale=2.0 * math.exp(-0.5)).cdf).pvalue > 0.01


def test_right_answers_to_easy_items_are_fast_and_to_hard_ones_slow():
    model, n = ResponseTime(ladder(0.2, 0.9), student=STILL, rapid=0.0, spread=0.0), 200
    medians = {}
    for item in (0, 1):
        state, luck = cohort(model, n), np.random.default_rng(0).random((n, 4))
        out = model.step(state, np.full(n, item), luck, allocate_outcome(n))
        for correct in (False, True):
            medians[item, correct] = math.log(np.median(out["minutes"][out["correct"] == correct]) / 2.0)
    assert medians[1, True] == pytest.approx(-0.7 * 0.4)
    assert medians[1, False] == pytest.approx(-0.1 * 0.4)
    assert medians[0, True] == pytest.approx(0.7 * 0.3)
    assert medians[0, False] == pytest.approx(0.1 * 0.3)


def test_a_rapid_guess_takes_seconds_and_teaches_nothing():
    model, n = ResponseTime(ladder(0.9), student={**STILL, "learn": 0.3}, rapid=1.0), 1000
    state = cohort(model, n)
    before = model.mastery(state)
    out = model.step(state, np.zeros(n, np.int64), np.random.default_rng(0).random((n, 4)), allocate_outcome(n))
    assert np.median(out["minutes"]) == pytest.approx(0.06, rel=0.1)
    assert out["correct"].mean() == pytest.approx(0.2, abs=0.05)
    assert np.array_equal(model.mastery(state), before)
    assert model.expected_gain(state).tolist() == [[0.0]] * n
