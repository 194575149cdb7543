"""What does not depend on a tutor's belief is refused before one is fitted, which may take minutes."""

from __future__ import annotations

import pytest
import zpdgym
from zpdgym.envs.beliefs import fitting
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.experiments.runs.plan import Plan
from zpdgym.experiments.runs.specification import Experiment
from zpdgym.scripts.cli import main

CHANGE = {"student.learn": 0.2718}
"""Nobody else has such students, so that their belief is in no cache."""
OWN = {"scenario": "practice", "change": CHANGE}
BLIND = {"scenario": "practice", "change": {**CHANGE, "observe.columns": ["belief", "ready", "tries", "was_last"]}}
ITEMS = {"scenario": "practice", "change": {**CHANGE, "observe.rows": "items"}}
OTHER = {"scenario": "practice", "name": "other", "change": {**CHANGE, "actions.finish": True}}
LEARNER = {"_target_": "zpdgym.agents.ScorerPPO", "name": "ppo_scorer", "reward": "gain"}

MISFITS = {"misfits": {"student": {"_target_": "zpdgym.students.BKT", "prior": [0.1, 0.2]}}}

EXPERIMENTS = {
    "a column that nobody shows": ({"scenarios": [BLIND], "policies": ["streak"]}, "needs the columns"),
    "other rows": ({"scenarios": [ITEMS], "policies": ["streak"]}, r"needs observe\.rows=skills"),
    "the line that all are set beside": (
        {"scenarios": [{**BLIND, "change": {**CHANGE, "observe.columns": ["tries"]}}], "policies": ["random"]},
        "mastery_tuned needs",
    ),
    "two of one label": ({"scenarios": [OWN, OWN], "policies": ["streak"]}, "is there twice"),
    "two of one name": ({"scenarios": [OWN], "policies": ["streak", "streak"]}, "two policies are called 'streak'"),
    "fewer students of nobody": (
        {"scenarios": [OWN], "policies": ["streak"], "fewer_students": {"nobody": 20}}, "unknown policy",
    ),
    "unexpected students who do not fit": (
        {"scenarios": [{"scenario": "practice", "change": {**CHANGE, "unexpected": MISFITS}}],
         "policies": ["streak"]}, "prior has 2 numbers",
    ),
    "scenarios that show something else": (
        {"scenarios": [OWN], "policies": [LEARNER], "train_on": [OWN, OTHER]}, "must show the same",
    ),
    "a network for one curriculum": (
        {"scenarios": [OWN], "policies": ["ppo"], "train_on": [{**OWN, "name": "a"}, {**OWN, "name": "b"}]},
        "train_on is for item scorers",
    ),
    "a reward that does not arrive": (
        {"scenarios": [{"scenario": "practice", "change": {**CHANGE, "reward.kind": "exam"}}], "policies": ["ppo"]},
        "would change nothing",
    ),
    "a world that is too large": ({"scenarios": [OWN], "policies": ["optimal"]}, "cannot solve scenario"),
    "students of another kind": ({"scenarios": [OWN], "policies": ["ssp_mmc"]}, "is for DHP students"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def nobody_fits(monkeypatch, tmp_path):
    def fit(*_, **__):
        raise AssertionError("a belief is fitted")

    monkeypatch.setattr(fitting, "fit_belief", fit)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("spec", "message"), EXPERIMENTS.values(), ids=EXPERIMENTS)
def test_experiments(spec, message, tmp_path):
    with pytest.raises(InputError, match=message):
        Plan.of(Experiment.of({"name": "early", **spec}), tmp_path)


def test_matrices(tmp_path):
    spec = {"name": "early", "scenario": BLIND, "policies": ["streak"], "students": ["bkt"]}
    with pytest.raises(InputError, match="needs the columns"):
        Plan.of(Experiment.of_matrix(spec), tmp_path)


TYPED = ["scenario=practice", "scenario.student.learn=0.2718"]
BLINDLY = [*TYPED, "scenario.observe.columns=[belief,ready]"]
COMMANDS = {
    "evaluate": (["evaluate", *BLINDLY, "policy=streak"], "needs the columns"),
    "evaluate an untrained one": (["evaluate", *TYPED, "policy=ppo"], "has to be trained"),
    "tune": (["tune", *BLINDLY, "policy=streak"], "needs the columns"),
    "train": (["train", *BLINDLY, "policy=streak"], "needs the columns"),
    "train a learner": (["train", *TYPED, "scenario.observe.columns=[tries]", "policy=ppo_scorer"], "needs the column"),
    "train for a reward": (["train", *TYPED, "policy=ppo", "scenario.reward.kind=exam"], "would change nothing"),
}


@pytest.mark.parametrize(("typed", "message"), COMMANDS.values(), ids=COMMANDS)
def test_commands(typed, message, capsys):
    assert main(typed) == 2
    assert message in capsys.readouterr().err


def test_training_from_python():
    pytest.importorskip("torch")
    scenarios = [Scenario.load("practice", change=change) for change in (CHANGE, OTHER["change"])]
    with pytest.raises(InputError, match="must show the same"):
        zpdgym.train(scenarios, LEARNER, lessons=300, seed=0)
    with pytest.raises(InputError, match="made for one curriculum"):
        zpdgym.train([scenarios[0], scenarios[0]], "ppo", lessons=300, seed=0)


def test_what_can_teach_is_then_fitted_for(tmp_path):
    with pytest.raises(AssertionError, match="a belief is fitted"):
        Plan.of(Experiment.of({"name": "late", "scenarios": [OWN], "policies": ["streak", "ppo_scorer"]}), tmp_path)
