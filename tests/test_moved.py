"""Files written for version 0.1 keep working: old modules, old ``_target_`` names, the labels of old scenarios."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings

import pytest
from zpdgym.agents import build_policy, teach
from zpdgym.configs.build import load
from zpdgym.envs import Scenario
from zpdgym.moved import MODULES, NAMES, current_name, with_former_names

STILL_THERE = {"students.curriculum", "students.layers", "students.memory"}
"""Modules whose names are packages now: what they offered is found there as before, and nothing has to be changed."""
IMPORT_ALL = """
import importlib, json, warnings
import zpdgym
from zpdgym.moved import MODULES, NAMES

def get(dotted):
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module("zpdgym." + module), name)

said, missing = {}, []
for old, new in MODULES.items():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        module = importlib.import_module("zpdgym." + old)
        again = importlib.import_module("zpdgym." + old)
    said[old] = [f"{w.category.__name__}: {w.message}" for w in caught]
    offered = getattr(importlib.import_module("zpdgym." + new), "__all__", ())
    missing += [f"{old}.{name}" for name in offered if not hasattr(again, name)]
differing = [old for old, new in NAMES.items() if get(old) is not get(new)]
print(json.dumps([said, missing, differing]))
"""
CHAIN = {"_target_": "zpdgym.students.chain", "n_skills": 4}
BKT = {"_target_": "zpdgym.students.BKT", "learn": 0.3, "prior": 0.3}
OLD_CHAIN = {**CHAIN, "_target_": "zpdgym.students.builders.chain"}
OLD_BKT = {**BKT, "_target_": "zpdgym.students.bkt.BKT"}


def test_every_old_module_is_imported_with_one_warning_that_names_the_new_one():
    """In a process of its own, because a module is imported once."""
    pytest.importorskip("stable_baselines3")
    run = subprocess.run([sys.executable, "-c", IMPORT_ALL], capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stderr
    said, missing, differing = json.loads(run.stdout)
    for old, new in MODULES.items():
        public = [f"zpdgym.{name}" for former, name in NAMES.items() if former.rpartition(".")[0] == old]
        where = ", ".join(public) or f"zpdgym.{new}"
        wanted = f"FutureWarning: zpdgym.{old} is now {where}: please change the name"
        assert said[old] == ([] if old in STILL_THERE else [wanted]), old
    assert not missing
    assert not differing


@pytest.mark.parametrize("old", NAMES)
def test_every_old_name_in_a_configuration_is_understood_with_one_warning(old):
    if old.startswith("agents.sb3."):
        pytest.importorskip("stable_baselines3")
    with pytest.warns(FutureWarning, match=rf"^zpdgym\.{old} is now zpdgym\.{NAMES[old]}: ") as caught:
        found = load(f"zpdgym.{old}", "section")
    assert len(caught) == 1
    assert found is load(f"zpdgym.{NAMES[old]}", "section")
    assert current_name(f"zpdgym.{NAMES[old]}") == f"zpdgym.{NAMES[old]}"


def test_other_peoples_names_are_left_alone():
    for dotted in ("my_module.bkt.BKT", "zpdgymnastics.students.bkt.BKT", "students.bkt.BKT"):
        assert current_name(dotted) == dotted
        assert with_former_names({"student": [{"_target_": dotted}]}) == {"student": [{"_target_": dotted}]}


def test_new_names_are_spelled_as_before_where_something_is_counted_in_hashes():
    assert with_former_names({"curriculum": CHAIN, "deeper": [BKT]}) == {"curriculum": OLD_CHAIN, "deeper": [OLD_BKT]}


def test_labels_of_scenarios_are_the_same_whatever_names_they_are_written_with():
    new = Scenario.load("tiny", replace={"curriculum": CHAIN, "student": BKT})
    with pytest.warns(FutureWarning) as caught:
        old = Scenario.load("tiny", replace={"curriculum": OLD_CHAIN, "student": OLD_BKT})
    assert new.label.startswith("Tiny-v0~")
    assert old.label == new.label
    assert {str(w.message).split(" is now ")[0] for w in caught} == {OLD_CHAIN["_target_"], OLD_BKT["_target_"]}


def test_a_teacher_saved_by_version_0_1_is_read_and_teaches_the_same(tiny, tmp_path):
    pytest.importorskip("stable_baselines3")
    from zpdgym.agents.learnt.teacher_files import read_teacher, write_teacher
    from zpdgym.agents.learnt.training import train

    teacher = train(tiny, "ppo", lessons=300, seed=0, n_validation=10)
    teacher.save(tmp_path)
    card, weights = read_teacher(tmp_path)
    write_teacher(tmp_path, with_former_names(card), weights)
    with pytest.warns(FutureWarning, match=r"zpdgym\.agents\.teacher\.Saved is now zpdgym\.agents\.Saved") as caught:
        saved = build_policy({"_target_": "zpdgym.agents.teacher.Saved", "path": str(tmp_path)})
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        taught = teach(tiny, saved, n_students=20, cohort_seed=1)
    assert (
        taught.outcomes["exam"].tolist() == teach(tiny, teacher, n_students=20, cohort_seed=1).outcomes["exam"].tolist()
    )
