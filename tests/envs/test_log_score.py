"""The log score of the tutor's beliefs, as outcome and as reward."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from zpdgym.envs.check import check_tutor_env
from zpdgym.envs.reward import log_score
from zpdgym.envs.scenario import Scenario
from zpdgym.envs.suite.check import check_scenario
from zpdgym.errors import InputError
from zpdgym.experiments.evaluate import evaluate

from tests.helpers import world

SCORED = {"primary": "log_score", "price": 0.01}


def placement(**change):
    return Scenario.load("placement", change=change)


def test_it_is_the_mean_logarithm_of_what_was_believed_of_the_truth():
    found = log_score(np.array([[0.9, 0.2, 0.5]]), np.array([[1.0, 0.0, 1.0]]))
    assert found[0] == pytest.approx((math.log(0.9) + math.log(0.8) + math.log(0.5)) / 3)
    assert log_score(np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]]))[0] == pytest.approx(math.log(1e-6), rel=1e-6)
    assert log_score(np.array([[1.0, 0.0]]), np.array([[1.0, 0.0]]))[0] == pytest.approx(0.0, abs=1e-5)


@given(truth=st.floats(0.01, 0.99), said=st.floats(0.01, 0.99))
def test_nobody_can_expect_more_than_by_saying_what_they_believe(truth, said):
    def expected(b):
        right, wrong = log_score(np.full((2, 1), b), np.array([[1.0], [0.0]]))
        return truth * right + (1 - truth) * wrong

    assert expected(said) <= expected(truth) + 1e-12


def test_who_finishes_at_once_has_what_no_teaching_has():
    scenario = placement()
    env = scenario.make(5, seed=1, autoreset=False)
    env.reset(seed=1)
    believed, known = env.believed().copy(), env.probe.mastery().copy()
    _, reward, ended, _, info = env.step(np.full(5, env.finish))
    assert ended.all()
    np.testing.assert_allclose(info["final_info"]["privileged"]["log_score"], log_score(believed, known))
    np.testing.assert_allclose(reward, 0.0, atol=1e-12)
    untaught = evaluate(scenario, "no_teaching", n_students=50).outcomes
    assert untaught["log_score"].mean() == pytest.approx(-0.63, abs=0.05)
    assert (untaught["lessons"] == 0).all()


def test_every_question_has_its_price():
    cheap, dear = (evaluate(placement(**{"outcome.price": p}), "linear", n_students=20).outcomes for p in (0.0, 0.01))
    np.testing.assert_allclose(cheap["log_score"] - dear["log_score"], 0.01 * dear["lessons"])
    assert (dear["lessons"] == 30).all()


def test_the_contract_holds_for_tests_and_where_something_is_learnt_and_forgotten():
    check_tutor_env(placement())
    check_scenario(placement())
    check_tutor_env(world(outcome={**SCORED, "smallest_difference": 0.01}, reward={"kind": "log_score"}))


def test_it_stands_in_the_rows_of_students_only_where_it_decides():
    assert "log_score" not in evaluate(world(), "random", n_students=5).per_student
    scored = world(outcome={**SCORED, "smallest_difference": 0.01})
    found = evaluate(scored, "random", n_students=30)
    assert found.primary == "log_score"
    numbers = found.summary()
    assert numbers["outcome_low"] < numbers["outcome"] < numbers["outcome_high"] <= 0
    assert numbers["outcome"] == pytest.approx(found.outcomes["log_score"].mean())


@pytest.mark.parametrize("price", [-0.1, 1.5, "much"])
def test_a_price_that_cannot_be_is_refused(price):
    with pytest.raises(InputError, match=r"outcome\.price=.* must be a number in \[0, 1\]"):
        placement(**{"outcome.price": price})
