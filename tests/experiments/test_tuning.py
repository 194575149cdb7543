"""``zpdgym.tune``: the search of ``compare`` from Python, with names or specifications, and a folder only if wanted."""

from __future__ import annotations

import json
import os

import pytest
import zpdgym
from zpdgym.agents import load_policy
from zpdgym.agents.tuning import prepare
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError

SMALL = {"budget": 5, "n_validation": 40}


def test_it_is_the_search_of_compare_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = zpdgym.tune("tiny", "streak", cohort_seed=3, **SMALL)
    spec, trials = prepare(load_policy("streak"), Scenario.load("tiny"), cohort_seed=3, n_students=40, budget=5)
    assert (found.spec, found.own) == (spec, trials[0])
    assert sorted(map(str, found.trials)) == sorted(map(str, trials))
    assert found.trials[0]["outcome"] == max(trial["outcome"] for trial in trials)
    assert {name: found.trials[0][name] for name in found.parameters} == {n: spec[n] for n in found.parameters}
    assert (found.folder, found.policy, found.made) == (None, None, True)
    assert os.listdir() == []
    assert repr(found).startswith("<Tuned streak: 0.")


def test_what_was_found_can_teach_at_once():
    found = zpdgym.tune("tiny", "streak", **SMALL)
    taught = zpdgym.evaluate("tiny", found.spec, n_students=30)
    assert (taught.policy, taught.tuning) == ("streak", None)


def test_a_folder_keeps_what_was_found(tmp_path):
    first = zpdgym.tune("tiny", "streak", out=tmp_path, **SMALL)
    assert first.folder == tmp_path / "Tiny-v0" / "streak"
    assert json.loads((first.folder / "tuning.json").read_text())["spec"] == first.spec
    again = zpdgym.tune("tiny", "streak", out=str(tmp_path), **SMALL)
    assert (first.made, again.made) == (True, False)
    assert (again.spec, again.trials, again.own) == (first.spec, first.trials, first.own)
    assert again.policy == first.folder / "policy.yaml"
    assert zpdgym.evaluate("tiny", str(again.policy), n_students=10).policy == "streak~Tiny-v0"
    with pytest.raises(InputError, match="n_validation: 40 -> 41"):
        zpdgym.tune("tiny", "streak", out=tmp_path, budget=5, n_validation=41)


def test_a_specification_and_a_changed_scenario_are_tuned():
    spec = {"_target_": "zpdgym.agents.Mastery", "threshold": 0.9, "tune": {"space": {"threshold": [0.6, 0.8]}}}
    told = []
    found = zpdgym.tune(
        Scenario.load("tiny", change={"student.slip": 0.2}), spec, progress=lambda *done: told.append(done), **SMALL
    )
    assert len(found.trials) == 3
    assert found.spec["threshold"] in (0.6, 0.8, 0.9)
    assert told[-1][0] == 3


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"policy": "linear"}, "policy linear has nothing to tune"),
        ({"policy": "streek"}, "Did you mean 'streak'"),
        ({"scenario": "tinny"}, "Did you mean 'Tiny-v0'"),
        (
            {"budget": 1, "n_validation": 3},
            r"budget=1 must be a whole number in \[2, .*n_validation=3 must be a whole number in \[10",
        ),
        ({"policy": object()}, "must be a name, the path of a policy file, or a specification"),
        ({"policy": {"_target_": "zpdgym.agents.Streak", "tune": {"space": {"n": 3}}}}, r"space\.n=3 must be a list"),
    ],
)
def test_a_mistake_is_told_before_anything_is_taught(given, says, tmp_path):
    with pytest.raises(InputError, match=says):
        zpdgym.tune(**{"scenario": "tiny", "policy": "streak", "out": tmp_path / "out", **SMALL, **given})
    assert not (tmp_path / "out").exists()
