"""How good the tutor's belief is: Brier's score and log-loss by hand, and calibration curves that lose nothing."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.agents import build_policy, rollout, teach
from zpdgym.agents.belief_quality import FEWEST, MARKS, BeliefQuality, calibration, marks
from zpdgym.envs.scenario import Scenario

from tests import helpers

pytestmark = pytest.mark.kernels


def world(lessons=5, **student):
    return helpers.world(
        student=student,
        schedule={"sessions": 3, "session_lessons": lessons},
        replace={"curriculum": {"_target_": "zpdgym.students.chain", "n_skills": 2}},
    )


def judged(beliefs, truth, *, certain=True, items=None):
    """What two skills' beliefs of some students score before one lesson at a mark."""
    env = world().make(len(beliefs), seed=0, autoreset=False)
    env.reset(seed=0)
    env.belief_state["belief"] = beliefs
    quality = BeliefQuality(env)
    quality.certain = certain
    items = np.zeros(len(beliefs), np.int64) if items is None else np.array(items)
    quality.before(0, items, np.array(truth, np.float64))
    return quality


def test_brier_and_log_loss_are_those_worked_out_by_hand():
    found = judged([[0.8, 0.3], [0.5, 0.5]], [[1, 0], [0, 1]]).outcomes()
    np.testing.assert_allclose(found["belief_brier"], [(0.04 + 0.09) / 2, 0.25])
    np.testing.assert_allclose(found["belief_log_loss"], [-(np.log(0.8) + np.log(0.7)) / 2, np.log(2)])


def test_of_a_chance_only_what_it_costs_not_to_know_it_counts():
    found = judged([[0.8, 0.3]], [[0.6, 0.3]], certain=False).outcomes()
    np.testing.assert_allclose(found["belief_brier"], [0.04 / 2])
    np.testing.assert_allclose(found["belief_log_loss"], [(0.6 * np.log(0.6 / 0.8) + 0.4 * np.log(0.4 / 0.2)) / 2])


@pytest.mark.parametrize(("truth", "certain"), [([[1.0, 0.0], [0.0, 0.0]], True), ([[0.37, 1.0], [0.0, 0.99]], False)])
def test_a_perfect_belief_scores_0(truth, certain):
    found = judged(truth, truth, certain=certain).outcomes()
    assert not found["belief_brier"].any()
    assert not found["belief_log_loss"].any()


@pytest.mark.parametrize("certain", [True, False])
def test_a_belief_that_is_certain_and_wrong_costs_much_and_not_without_end(certain):
    found = judged([[1.0, 0.0]], [[0.0, 1.0]], certain=certain).outcomes()
    np.testing.assert_allclose(found["belief_brier"], [1.0])
    np.testing.assert_allclose(found["belief_log_loss"], [-np.log(FEWEST)])


def test_many_skills_are_no_more_than_the_sum_of_each():
    """The logarithm of a product of probabilities that no float could hold."""
    n = 300
    scenario = helpers.world(replace={"curriculum": {"_target_": "zpdgym.students.chain", "n_skills": n}})
    env = scenario.make(1, seed=0, autoreset=False)
    env.reset(seed=0)
    env.belief_state["belief"] = belief = np.linspace(0.001, 0.05, n)
    quality = BeliefQuality(env)
    quality.before(0, np.zeros(1, np.int64), np.ones((1, n)))
    np.testing.assert_allclose(quality.outcomes()["belief_log_loss"], [-np.log(belief).mean()])


def test_who_has_no_lesson_is_not_judged():
    found = judged([[0.5, 0.5]] * 2, [[1, 0]] * 2, items=[-1, 0])
    assert np.isnan(found.outcomes()["belief_brier"]).tolist() == [True, False]
    assert found.bins[:, :, 0].sum(axis=1).tolist() == [0, 2]


def test_the_curve_is_the_mean_of_each_bin_and_says_nothing_of_an_empty_one():
    curve = calibration(judged([[0.8, 0.86], [1.0, 0.05]], [[1, 0], [1, 0]]).bins)
    assert curve["weight"].tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 2, 1]
    np.testing.assert_allclose(curve["belief"][[0, 8, 9]], [0.05, 0.83, 1.0])
    np.testing.assert_allclose(curve["known"][[0, 8, 9]], [0.0, 0.5, 1.0])
    np.testing.assert_allclose(curve["spread"][[0, 8, 9]], [0.0, 0.25, 0.0])
    assert np.isnan(curve["known"][1:8]).all()
    np.testing.assert_allclose((curve["low"][0], curve["high"][-1], curve["low"][8]), (0.0, 1.0, 0.8))


def test_weights_are_students_times_skills_times_lessons():
    taught = teach(world(), build_policy("random"), n_students=30, cohort_seed=1)
    assert taught.calibration is not None
    assert taught.calibration["weight"].sum() == 2 * taught.lessons == 30 * 2 * 15


@pytest.mark.parametrize("lessons", [5, 40])
def test_a_rollout_scores_what_its_lessons_say_one_by_one(lessons):
    """Before every lesson of a short one, at the marks of a long one."""
    scenario, n = world(forget=0.05, lessons=lessons), 12
    taught = teach(scenario, build_policy("random"), n_students=n, cohort_seed=2, keep=n)
    env = scenario.make(n, seed=2, autoreset=False)
    env.reset(seed=2)
    brier, at = np.zeros(n), marks(env.horizon)
    for t in range(env.horizon):
        if t in at:
            brier += ((env.belief_state["belief"] - env.probe.mastery()) ** 2).mean(axis=1)
        env.step(taught.kept["items"][:, t].astype(np.int64))
    np.testing.assert_allclose(taught.outcomes["belief_brier"], brier / len(at))


@pytest.mark.parametrize("student", ["bkt", "half_life"])
def test_neither_score_nor_curve_depends_on_the_chunks(student):
    """Neither where a skill is known or not, nor where it is a chance."""
    scenario, policy = Scenario.load("practice", replace={"student": student}), build_policy("random")
    whole = teach(scenario, policy, n_students=30, cohort_seed=3)
    for chunk in (1, 7):
        parts = teach(scenario, policy, n_students=30, cohort_seed=3, chunk=chunk)
        assert whole.calibration is not None
        assert parts.calibration is not None
        for name in ("belief_brier", "belief_log_loss"):
            np.testing.assert_array_equal(whole.outcomes[name], parts.outcomes[name])
        for name, values in whole.calibration.items():
            np.testing.assert_array_equal(values, parts.calibration[name])


def test_nothing_is_judged_without_metrics_or_without_lessons():
    env = world().make(4, seed=0, autoreset=False)
    plain = rollout(env, build_policy("random"), metrics=False)
    assert plain.calibration is None
    assert "belief_brier" not in plain.outcomes
    idle = rollout(env, build_policy("no_teaching"))
    assert np.isnan(idle.outcomes["belief_brier"]).all()
    assert idle.calibration is not None
    assert not idle.calibration["weight"].any()


@pytest.mark.parametrize("horizon", [1, 12, 20, 21, 400])
def test_marks_are_every_lesson_or_twenty_from_the_first_to_near_the_last(horizon):
    found = sorted(marks(horizon))
    assert len(found) == min(horizon, MARKS)
    assert found[0] == 0
    assert horizon - horizon // MARKS - 1 <= found[-1] < horizon


def test_marks_keep_no_step_with_sessions():
    """Twenty sessions of twenty lessons: not always the first lesson of a session."""
    assert len({mark % 20 for mark in marks(400)}) == MARKS
