"""Hints: who asks for them, what they do to the answer and to learning."""

import math

import numpy as np
import pytest
from zpdgym.students import (
    Hints,
    allocate_outcome,
)

from tests.helpers import COMPILED, cohort
from tests.students.layers.inside import STILL, ladder


def test_hints_are_asked_for_on_hard_items_by_the_impatient_and_help_now():
    n = 4000 if COMPILED else 400
    asked, right = {}, {}
    for patience in (-1.0, 1.0):
        model = Hints(ladder(0.2, 0.9), student=STILL)
        for item in (0, 1):
            state = cohort(model, n)
            state["hints_patience"] = patience
            luck = np.random.default_rng(0).random((n, model.lesson_draws))
            out = model.step(state, np.full(n, item), luck, allocate_outcome(n))
            asked[patience, item], right[patience, item] = (out["hints"] > 0).mean(), out["correct"].mean()
            assert out["minutes"] == pytest.approx(2.0 + 0.25 * out["hints"])
            assert out["hints"].max() <= 3
    assert asked[-1.0, 0] == pytest.approx(1 / (1 + math.exp(3 - 4 * 0.8 - 1)), abs=0.03 if COMPILED else 0.1)
    assert asked[-1.0, 0] > asked[1.0, 0] > asked[1.0, 1]
    assert right[-1.0, 0] > right[1.0, 0] > 0.2


def test_whoever_asks_is_wrong_where_hinted_answers_are_scored_so():
    model = Hints(ladder(0.5), student=STILL, base=50.0, difficulty=0.0, scored_right=False)
    state = cohort(model, 50)
    out = model.step(state, np.zeros(50, np.int64), np.zeros((50, 4)), allocate_outcome(50))
    assert not out["correct"].any()
    assert model.p_all(state).max() < 1e-9
    model = Hints(ladder(0.5), student=STILL, base=50.0, difficulty=0.0, most=1, help=0.5)
    assert model.p_all(cohort(model, 1))[0, 0] == pytest.approx(0.75)


def test_lessons_with_hints_teach_less_on_average():
    c = ladder(0.3)
    gains = [Hints(c, student={**STILL, "learn": 0.3}, learning=x) for x in (0.0, 0.5, 1.0)]
    without, half, full = (float(m.expected_gain(cohort(m, 1))[0, 0]) for m in gains)
    asking = 1 / (1 + math.exp(3 - 4 * 0.7))
    assert without == pytest.approx(full * (1 - asking))
    assert half == pytest.approx((without + full) / 2)
