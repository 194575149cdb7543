"""What Hydra or a shell would take for adding to a value or taking one away; and help behind a choice."""

from __future__ import annotations

import pytest
from zpdgym.scripts.cli import load_verb, main

from tests.scripts.helpers import fails, settings


@pytest.mark.parametrize(
    ("verb", "argument", "message"),
    [
        ("compare", "+policies=[streak]", "'policies' is there already; add=streak adds to the experiment's"),
        ("compare", "+policies=streak,sm2", "add=streak,sm2 adds"),
        ("compare", "policies+=streak", "nothing is added to with '+='; add=streak adds"),
        ("compare", "policies+=[streak,sm2]", "add=streak,sm2 adds"),
        ("compare", "~policies", "drop=NAME leaves a policy out"),
        ("compare", "~policies=[streak]", "drop=NAME leaves a policy out"),
        ("compare", "scenarios+=tiny", "write scenarios=… with the whole value"),
        ("compare", "+scenarios=[tiny]", "write scenarios=[tiny]"),
        ("compare", "+seeds=1", "write seeds=1"),
        ("robustness", "policies+=streak", "write policies=… with the whole value"),
        ("robustness", "~students", "leave it out"),
        ("train", "+lessons=300", "write lessons=300"),
        ("train", "train_on+=tiny", "write train_on=… with the whole value"),
        ("train", "~population", "write population=none"),
        ("train", "~tracking", "write tracking=none"),
        ("train", "~policy.reward", "leave it out"),
        ("evaluate", "scenario.student.learn+=0.1", "write scenario.student.learn=… with the whole value"),
        ("tune", "~save", "leave it out"),
    ],
)
def test_nothing_is_added_to_or_taken_away_in_silence(capsys, verb, argument, message):
    assert message in fails(capsys, verb, "scenario=tiny", argument)


def test_what_hydra_adds_or_sets_whether_it_is_there_or_not_is_understood():
    base = ["scenario=tiny", "policy=mastery"]
    assert settings(load_verb("evaluate"), *base, "++n_students=20")["n_students"] == 20
    assert settings(load_verb("evaluate"), *base, "+policy.threshold=.5")["policy"]["threshold"] == 0.5
    assert settings(load_verb("evaluate"), *base, "+student=typical")["scenario"]["replace"]["student"]
    assert (
        settings(load_verb("evaluate"), *base, "++scenario.student.learn=.4")["scenario"]["change"]["student"]["learn"]
        == 0.4
    )
    assert settings(load_verb("compare"), "experiment=tiny", "++policies=[sm2]")["policies"] == ["sm2"]


@pytest.mark.parametrize("policy", ["ppo_scorer", "dqn", "mastery"])
def test_help_behind_a_policy_lists_its_settings(capsys, policy):
    from zpdgym.agents.registry import load_policy
    from zpdgym.configs.build import load

    assert main(["train", f"policy={policy}", "--help"]) == 0
    told = capsys.readouterr().out
    assert f"policy {policy}" in told
    assert all(f"\n  {name} " in told for name in load(load_policy(policy)["_target_"], "policy").PARAMETERS)


def test_help_behind_a_cluster_lists_its_keys(capsys):
    assert main(["compare", "cluster=dask", "--help"]) == 0
    told = capsys.readouterr().out
    assert all(f"\n  {key} " in told for key in ("address", "ca", "cert", "key", "insecure", "shared", "patience"))
    assert "parameters (cluster.KEY=VALUE)" in told
    assert main(["tune", "cluster=slrum", "--help"]) == 2
    assert "Did you mean 'slurm'?" in capsys.readouterr().err


def test_help_of_train_lists_the_settings_of_a_learner(capsys):
    assert main(["train", "--help"]) == 0
    told = capsys.readouterr().out
    assert "parameters (policy.KEY=VALUE)" in told
    assert "learning_rate" in told
    assert main(["evaluate", "--help", "student=bkt", "schedule=ten_weeks"]) == 0
    told = capsys.readouterr().out
    assert "parameters (student.KEY=VALUE)" in told
    assert "in what the others differ" in told
    assert main(["train", "--help", "policy=ppo_scorr"]) == 2
