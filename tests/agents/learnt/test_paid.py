"""A scenario's reward reaches the learner, or a line says that it does not."""

from __future__ import annotations

import logging

import pytest
import zpdgym
from zpdgym.agents.learnt.paid import must_reach, take_reward
from zpdgym.agents.learnt.recipes import FlatPPO
from zpdgym.agents.registry import build_policy, policy_names
from zpdgym.configs.build import read_yaml
from zpdgym.envs.reward import KINDS
from zpdgym.envs.scenario import Scenario
from zpdgym.envs.scenario_set import ScenarioSet
from zpdgym.errors import InputError
from zpdgym.experiments.runs.plan import Plan
from zpdgym.experiments.runs.specification import Experiment
from zpdgym.scripts.cli import main

CHANGES = [
    {"reward.kind": "exam"},
    {"reward": {"kind": "exam"}},
    {"reward": {"_target_": "paid_for_test.Gain"}},
    {"reward._target_": "paid_for_test.Gain"},
]
OWN = """
class Gain:
    def __call__(self, lesson):
        return (lesson.mastery - lesson.mastery_before).sum(axis=1)
"""
TINY = {"name": "paid", "seeds": 1, "n_students": 20, "n_validation": 20, "lessons": 300, "lives": 0}


@pytest.fixture(autouse=True)
def own(own_module):
    return own_module("paid_for_test", OWN)


def learners():
    return [name for name in policy_names() if getattr(build_policy_or_none(name), "algorithm", "")]


def build_policy_or_none(name):
    return None if name == "saved" else build_policy(name)


def test_a_learner_without_a_reward_of_its_own_is_paid_what_the_scenario_pays():
    for change in ({}, *CHANGES):
        scenario = Scenario.load("practice", change=change)
        must_reach(FlatPPO(), scenario, [scenario])
        assert str(take_reward(FlatPPO(), ScenarioSet([scenario])).reward) == str(scenario.reward)


def test_whatever_a_scenario_may_pay_a_learner_may_be_paid():
    assert set(FlatPPO.PARAMETERS["reward"].options) == {*KINDS, "scenario"}


def test_a_reward_that_says_nothing_of_beliefs_is_refused_where_those_are_judged():
    scenario = Scenario.load("placement")
    with pytest.raises(InputError, match=r"reward=gain, which says nothing of log_score, .*policy\.reward=scenario"):
        must_reach(FlatPPO(reward="gain"), scenario, [scenario])
    for reward in ("scenario", "log_score"):
        must_reach(FlatPPO(reward=reward), scenario, [scenario])


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_reward_that_does_not_reach_the_learner_is_refused_naming_both(change):
    scenario = Scenario.load("tiny", change=change)
    with pytest.raises(InputError, match=r"reward=gain, which .* so scenario\.reward.*policy\.reward=scenario") as told:
        must_reach(FlatPPO(reward="gain"), scenario, [scenario])
    assert str(scenario.reward) in str(told.value)
    must_reach(FlatPPO(reward="scenario"), scenario, [scenario])
    must_reach(FlatPPO(reward=scenario.reward), scenario, [scenario])


@pytest.mark.parametrize("name", learners())
def test_every_bundled_learner_keeps_its_reward_in_every_scenario_as_it_is(name):
    for scenario in map(Scenario.load, ("tiny", "practice")):
        learner = build_policy(name)
        must_reach(learner, scenario, [scenario])
        assert take_reward(learner, ScenarioSet([scenario])).reward == "gain"


def test_a_scenario_is_followed_through_names_kinds_and_further_changes():
    changed = Scenario.load("tiny", change={"reward.kind": "exam"})
    more = Scenario.load(changed, change={"student.slip": 0.2})
    for scenario in (changed, more, *more.unexpected().values()):
        with pytest.raises(InputError, match="would change nothing"):
            must_reach(FlatPPO(reward="gain"), scenario, [scenario])


def test_a_reward_that_the_file_has_by_itself_is_no_change_but_is_named(caplog):
    caplog.set_level(logging.INFO, "zpdgym")
    said = Scenario.load("tiny", change={"reward": {"kind": "belief_gain"}})
    must_reach(FlatPPO(reward="gain"), said, [said])
    assert take_reward(FlatPPO(reward="gain", name="mine"), ScenarioSet([said])).reward == "gain"
    assert "mine is trained with reward=gain, not with belief_gain of Tiny-v0" in caplog.text


def test_who_is_trained_on_other_scenarios_does_not_hear_of_this_ones_reward():
    taught, other = Scenario.load("tiny", change={"reward.kind": "exam"}), Scenario.load("tiny")
    with pytest.raises(InputError, match=r"trained on Tiny-v0 \(train_on\), so scenario\.reward\.kind=exam"):
        must_reach(FlatPPO(), taught, [other])


@pytest.mark.parametrize("change", CHANGES)
def test_an_experiment_is_refused_as_a_whole_before_anything_else(tmp_path, change):
    spec = {**TINY, "scenarios": [{"scenario": "tiny", "name": "mine", "change": change}], "policies": ["linear"]}
    _ = Plan.of(Experiment.of(spec), tmp_path)
    with pytest.raises(InputError, match="policy ppo_scorer is trained with reward=gain"):
        Plan.of(Experiment.of({**spec, "policies": ["linear", "ppo_scorer"]}), tmp_path)
    taken = {**read_yaml_of("ppo_scorer"), "reward": "scenario"}
    _ = Plan.of(Experiment.of({**spec, "policies": ["linear", taken]}), tmp_path)


def read_yaml_of(policy):
    from zpdgym.configs.build import CONFIGS

    return read_yaml(CONFIGS / "policy" / f"{policy}.yaml")


def test_the_command_line_refuses_it_in_one_line(capsys):
    typed = ["train", "scenario=tiny", "policy=ppo", "scenario.reward.kind=exam", "lessons=300", "tracking=none"]
    assert main(typed) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main([*typed, "policy.reward=recall"]) == 2
    assert "reward=recall" in capsys.readouterr().err
    assert main(["compare", "scenario=tiny", "policies=ppo,linear", "scenario.reward.kind=recall"]) == 2


def test_python_refuses_it_unless_training_is_told_what_to_pay():
    pytest.importorskip("torch")
    scenario = Scenario.load("tiny", change={"reward.kind": "exam"})
    with pytest.raises(InputError, match="would change nothing"):
        zpdgym.train(scenario, "ppo", lessons=300, seed=0)
    told = zpdgym.train(scenario, "ppo", lessons=300, seed=0, reward="recall")
    assert told.card["settings"]["reward"] == "recall"
