"""Rewards that files name: judged as students and policies are, never called for that, and part of a fingerprint."""

from __future__ import annotations

import pytest
from zpdgym.agents.registry import build_policy
from zpdgym.configs.trust import trusting
from zpdgym.envs import Scenario
from zpdgym.errors import InputError
from zpdgym.experiments.store.fingerprint import fingerprint, user_modules
from zpdgym.scripts.cli import main

OWN = '''
import numpy as np
from os import remove


class Mine:
    """Pays right answers."""
    def __init__(self, weight=1.0): self.weight = weight
    def __call__(self, lesson): return self.weight * lesson.outcome["correct"].astype(float)


class Shop:
    """No reward."""
    def __init__(self): open("canary", "w").close()


def right(lesson, *, weight=1.0) -> np.ndarray: return Mine(weight)(lesson)
def silent(lesson): return Mine()(lesson)
def clear(path) -> None: open("canary", "w").close()
def count(path) -> "int": open("canary", "w").close()
def nothing() -> np.ndarray: open("canary", "w").close()
'''
SCENARIO = """# Mine.
name: Mine-v0
curriculum: {{_target_: zpdgym.students.chain, n_skills: 2}}
student: {{_target_: zpdgym.students.BKT, learn: 0.2}}
schedule: {{lessons: 5}}
belief: {{kind: bkt, source: true_population}}
reward: {reward}
"""
LEARNER = """# Mine.
_target_: zpdgym.agents.FlatPPO
reward: {reward}
"""


@pytest.fixture(autouse=True)
def folder(own_module):
    folder = own_module("pays_for_test", OWN)
    yield folder
    assert not (folder / "canary").exists()


def scenario(folder, reward):
    path = folder / "mine.yaml"
    path.write_text(SCENARIO.format(reward=reward))
    return Scenario.load(str(path))


def learner(folder, reward):
    path = folder / "learner.yaml"
    path.write_text(LEARNER.format(reward=reward))
    return build_policy(str(path))


@pytest.mark.parametrize("load", [scenario, learner])
@pytest.mark.parametrize("target", ["Mine", "right"])
def test_a_file_may_name_what_the_current_folder_defines(folder, capsys, load, target):
    made = load(folder, f"{{_target_: pays_for_test.{target}, weight: 2}}")
    assert str(made.reward) == f"pays_for_test.{target}"
    assert made.reward.told() == {"_target_": f"pays_for_test.{target}", "weight": 2}
    assert "importing pays_for_test.py from the current folder" in capsys.readouterr().err


@pytest.mark.parametrize("load", [scenario, learner])
@pytest.mark.parametrize(
    ("reward", "message"),
    [
        ("{_target_: os.remove}", "yaml, line .: _target_: os.remove is refused: os is part of Python's standard"),
        ("{_target_: gymnasium.make}", "gymnasium is not a module of the current folder; trust=gymnasium allows it"),
        ("{_target_: pays_for_test.remove}", "os is part of Python's standard library"),
        ("{_target_: pays_for_test.silent}", "silent does not say what it returns"),
        ("{_target_: pays_for_test.mine}", "Did you mean 'Mine'"),
        ("{_target_: zpdgym.agents.build_policy}", "no reward"),
        ("{_target_: zpdgym.configs.build.load}", "offers nothing that a file may name"),
        ("{_target_: pays_for_test.Shop}", "pays_for_test.Shop has no __call__: it is no reward"),
        ("{_target_: pays_for_test.clear}", "pays_for_test.clear gives None, no reward"),
        ("{_target_: pays_for_test.count}", "pays_for_test.count gives int, no reward"),
        ("{_target_: pays_for_test.nothing}", "must take one lesson"),
        ("{_target_: pays_for_test.Mine, kind: gain}", "contradict each other: give one"),
        ("{_target_: pays_for_test.Mine, wieght: 2}", "Did you mean 'reward.weight'"),
        ("pays_for_test.Mine", "reward"),
    ],
)
def test_and_nothing_else(folder, load, reward, message):
    with pytest.raises(InputError, match=message):
        load(folder, reward)


def test_whoever_is_trusted_may_be_named_but_what_pays_nobody_is_no_reward(folder):
    with trusting(["pays_for_test", "os"]):
        assert str(scenario(folder, "{_target_: pays_for_test.silent}").reward) == "pays_for_test.silent"
        with pytest.raises(InputError, match=r"os\.remove is no reward"):
            scenario(folder, "{_target_: os.remove}")


def test_runs_depend_on_the_file_of_a_reward(folder):
    made = learner(folder, "{_target_: pays_for_test.Mine}")
    settings = {"policy": {"_target_": "zpdgym.agents.FlatPPO", "reward": made.reward.told()}}
    assert user_modules(settings) == {(folder / "pays_for_test.py").resolve()}
    before = fingerprint(settings)
    (folder / "pays_for_test.py").write_text(OWN.replace("self.weight *", "2 * self.weight *"))
    after = fingerprint(settings)
    assert after.differences(before.parts, settings) == "pays_for_test.py"


def test_the_command_line_takes_one(folder, capsys):
    name = "{_target_: pays_for_test.Mine, weight: 2}"
    assert main(["evaluate", "scenario=tiny", "policy=linear", "n_students=5", f"scenario.reward={name}"]) == 0
    assert main(["evaluate", "scenario=tiny", "policy=linear", "n_students=5", "scenario.reward.kind=exam"]) == 0
    for wrong in (f"policy.reward={name[:-1]}, kind: gain}}", "policy.reward._target_=os.remove", "policy.reward=mine"):
        assert main(["train", "scenario=tiny", "policy=ppo", "lessons=500", wrong]) == 2
    assert len([line for line in capsys.readouterr().err.splitlines() if line.startswith("zpdgym train: ")]) == 3
    assert not (folder / "results").exists()
    scenario(folder, name)
    assert main(["list", "scenario", "mine.yaml"]) == 0
    assert "pays_for_test.Mine: of your own" in capsys.readouterr().out
