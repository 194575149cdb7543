"""The item scorer before its first lesson, as a policy."""

import numpy as np
import pytest
from zpdgym.agents.baselines.untrained_scorer import UntrainedScorer
from zpdgym.agents.check import check_policy
from zpdgym.agents.learnt.training import train
from zpdgym.agents.problem import Problem
from zpdgym.agents.registry import build_policy, load_policy
from zpdgym.agents.rollouts import teach
from zpdgym.agents.tuning import prepare
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.students.draws import spawn_seed


def outcome(scenario, ready, n=300):
    spec, _ = prepare({**load_policy("untrained_scorer"), "ready": ready}, scenario, cohort_seed=0, budget=1)
    options = {"n_students": n, "cohort_seed": spawn_seed(0, "validation"), "metrics": False}
    return teach(scenario, build_policy(spec), **options).outcomes[scenario.outcome.primary].mean()


@pytest.mark.parametrize("ready", [0.6, 0.8])
@pytest.mark.parametrize("name", ["tiny", "game"])
def test_it_teaches_like_the_learner_before_its_first_lesson(name, ready):
    scenario = Scenario.load(name)
    learner = {**load_policy("ppo_scorer"), "ready": ready}
    curve = train(scenario, learner, lessons=256, seed=0, n_validation=300).curve
    assert curve[0]["lessons"] == 0
    assert outcome(scenario, ready) == pytest.approx(curve[0]["validation"], abs=0.02)


def test_it_is_the_largest_weighted_sum_among_ready_items():
    scenario = Scenario.load("practice")
    env = scenario.make(40, seed=3, autoreset=False)
    policy = UntrainedScorer(ready=0.6, spread=1.5)
    policy.bind(Problem.of(env))
    observation, _ = env.reset()
    for _ in range(12):
        actions, _ = policy.predict(observation, action_masks=env.action_masks())
        ready = policy.problem.column(observation, "ready")
        gains, q = policy.problem.belief.expected_gain(policy.problem.believed(observation)), scenario.curriculum.q
        least = np.where(q[None], ready[:, None], 1.0).min(axis=2)
        cost = scenario.curriculum.minutes
        with np.errstate(divide="ignore"):
            score = np.log(gains / cost) / 1.5 + 4 * np.log(np.maximum(least, 0.01))
        open_ = least >= 0.6
        score[~open_ & open_.any(axis=1, keepdims=True)] = -np.inf
        best = score.max(axis=1)
        taken = score[np.arange(40), actions]
        # the belief is looked up in a table, so that what is nearly as good may be taken
        assert (best - taken < 0.05).all()
        observation = env.step(actions)[0]


def test_it_keeps_the_contract_of_a_policy():
    check_policy(UntrainedScorer(spread=1.5))


def test_the_spread_is_measured_once_with_a_class_of_its_own():
    scenario = Scenario.load("tiny")
    spec = {k: v for k, v in load_policy("untrained_scorer").items() if k != "tune"}
    found = UntrainedScorer().rehearse(scenario, cohort_seed=0)
    assert found == UntrainedScorer().rehearse(scenario, cohort_seed=0)
    assert found != UntrainedScorer().rehearse(scenario, cohort_seed=1)
    assert prepare(spec, scenario, cohort_seed=0)[0]["spread"] == found["spread"]
    assert prepare({**spec, "spread": 2.0}, scenario, cohort_seed=0)[0]["spread"] == 2.0


def test_without_a_spread_it_says_how_one_is_measured():
    with pytest.raises(InputError, match="knows no spread of gains yet"):
        UntrainedScorer().bind(Problem.of(Scenario.load("tiny").make(2, seed=0)))
