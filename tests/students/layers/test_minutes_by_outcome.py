"""Minutes by what happens in a lesson: new or not, and how the answer was rated."""

import numpy as np
import pytest
from zpdgym.students import MinutesByOutcome, allocate_outcome
from zpdgym.students.curriculum.builders import independent

from tests.helpers import cohort, one_skill
from tests.students.layers.inside import STILL, ladder

EXAMPLE = 1
FACTORS = {"first": (8.0, 7.0, 6.0, 5.0), "later": (4.0, 3.0, 2.0, 1.0)}


def taught(model, state, item, luck):
    n = len(state)
    u = np.full((n, model.lesson_draws), luck)
    return model.step(state, np.full(n, item), u, allocate_outcome(n))


@pytest.mark.parametrize(("luck", "first", "later"), [(0.0, 6.0, 2.0), (0.999, 8.0, 4.0)])
def test_without_ratings_right_counts_as_good_and_wrong_as_again(luck, first, later):
    model = MinutesByOutcome(ladder(0.5, 0.5), student=STILL, **FACTORS)
    state = cohort(model, 3)
    assert taught(model, state, 0, luck)["minutes"].tolist() == [2.0 * first] * 3
    assert taught(model, state, 0, luck)["minutes"].tolist() == [2.0 * later] * 3
    assert taught(model, state, 1, luck)["minutes"].tolist() == [2.0 * first] * 3  # another item is new again


@pytest.mark.parametrize(("shares", "rating"), [((1.0, 0.0), 2), ((0.0, 0.0), 3), ((0.0, 1.0), 4)])
def test_each_rating_has_its_own_minutes(shares, rating):
    hard, easy = shares
    inside = {"_target_": "zpdgym.students.FSRS", "p_first": 1.0, "hard": hard, "easy": easy}
    model = MinutesByOutcome(independent(n_skills=2), student=inside, **FACTORS)
    state = cohort(model, 2)
    for factors in FACTORS.values():
        out = taught(model, state, 0, 0.5)
        assert out["rating"].tolist() == [rating] * 2
        assert out["minutes"].tolist() == pytest.approx([factors[rating - 1] * model.curriculum.minutes[0]] * 2)


def test_what_asks_nothing_keeps_its_minutes_but_is_a_meeting():
    model = MinutesByOutcome(one_skill(0.0, minutes=2.0, approach=EXAMPLE), student=STILL, **FACTORS)
    assert not model.curriculum.asks.any()
    state = cohort(model, 2)
    assert taught(model, state, 0, 0.5)["minutes"].tolist() == [2.0, 2.0]
    assert state["minutes_met"].tolist() == [[1.0], [1.0]]


def test_a_fresh_student_has_met_nothing_and_others_stay_as_they_are():
    model = MinutesByOutcome(ladder(0.5, 0.5), student=STILL, **FACTORS)
    state = cohort(model, 3)
    taught(model, state, 1, 0.5)
    model.reset(state, np.array([1]), np.full((1, model.reset_draws), 0.5))
    assert state["minutes_met"].tolist() == [[0.0, 1.0], [0.0, 0.0], [0.0, 1.0]]
    out = model.step(state, np.array([-1, 0, -1]), np.full((3, model.lesson_draws), 0.5), allocate_outcome(3))
    assert state["minutes_met"].tolist() == [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
    assert out["minutes"].tolist()[::2] == [0.0, 0.0]
