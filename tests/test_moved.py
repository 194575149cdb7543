"""Files written for version 0.1 keep working: old modules, old ``_target_`` names, the labels of old scenarios."""

from __future__ import annotations

import importlib
import sys
import warnings
from pathlib import Path

import pytest
from zpdgym import moved
from zpdgym.agents import build_policy, teach
from zpdgym.configs.build import build, load
from zpdgym.envs import Scenario
from zpdgym.errors import InputError
from zpdgym.moved import MODULES, NAMES, current_name, with_former_names

ROOT = Path(__file__).resolve().parents[1]
STILL_THERE = {"experiments.runs", "students.curriculum", "students.layers", "students.memory"}
"""Modules whose names are packages now: what they offered is found there as before, and importing them says nothing."""
TEACHER = Path(__file__).parent / "data" / "teacher_0_1"
"""Written by version 0.1: an item scorer with eight hidden units, trained on Tiny-v0."""
ITEMS_BY_VERSION_0_1 = (
    "000011 000001 001212 000111 000011 000000 000112 000111 001121 000000 "
    "001111 001221 001222 000012 001112 000000 001121 001121 000000 000112"
)
"""What that version chose with it for twenty students, lesson by lesson."""
CHAIN = {"_target_": "zpdgym.students.chain", "n_skills": 4}
BKT = {"_target_": "zpdgym.students.BKT", "learn": 0.3, "prior": 0.3}
OLD_CHAIN = {**CHAIN, "_target_": "zpdgym.students.builders.chain"}
OLD_BKT = {**BKT, "_target_": "zpdgym.students.bkt.BKT"}


@pytest.fixture
def as_if_never_imported(monkeypatch):
    """Old modules are imported afresh, and are gone again afterwards."""
    former = [old for old in MODULES if old not in STILL_THERE]
    monkeypatch.setattr(moved, "_SAID", set())

    def forget():
        for old in former:
            package, _, name = f"zpdgym.{old}".rpartition(".")
            sys.modules.pop(f"{package}.{name}", None)
            if package in sys.modules:
                vars(sys.modules[package]).pop(name, None)

    forget()
    yield
    forget()


def named(dotted):
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(f"zpdgym.{module}"), name)


def test_every_old_module_is_imported_with_one_warning_that_names_the_new_one(as_if_never_imported):
    pytest.importorskip("stable_baselines3")
    for old, new in MODULES.items():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            importlib.import_module(f"zpdgym.{old}")
            again = importlib.import_module(f"zpdgym.{old}")
        public = [f"zpdgym.{name}" for former, name in NAMES.items() if former.rpartition(".")[0] == old]
        where = ", ".join(public) or f"zpdgym.{new}"
        wanted = f"FutureWarning: zpdgym.{old} is now {where}: please change the name"
        said = [f"{w.category.__name__}: {w.message}" for w in caught]
        assert said == ([] if old in STILL_THERE else [wanted])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # names that the package in an old module's place does not hold warn too
            offered = getattr(importlib.import_module(f"zpdgym.{new}"), "__all__", ())
            assert not [name for name in offered if not hasattr(again, name)], old


def test_a_package_in_an_old_modules_place_knows_the_names_of_the_module(as_if_never_imported):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")  # as users have it: once a line
        from zpdgym.experiments.runs import Run
    wanted = "zpdgym.experiments.runs.Run is now zpdgym.experiments.Run: please change the name"
    assert [(str(w.message), w.filename) for w in caught] == [(wanted, __file__)]
    assert Run is named("experiments.Run")


@pytest.mark.filterwarnings("ignore:zpdgym:FutureWarning")
def test_every_old_name_is_the_same_thing_as_the_public_one(as_if_never_imported):
    pytest.importorskip("stable_baselines3")
    assert not [old for old, new in NAMES.items() if named(old) is not named(new)]


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


def test_labels_of_scenarios_are_the_same_whatever_names_they_are_written_with(as_if_never_imported):
    new = Scenario.load("tiny", replace={"curriculum": CHAIN, "student": BKT})
    with pytest.warns(FutureWarning) as caught:
        old = Scenario.load("tiny", replace={"curriculum": OLD_CHAIN, "student": OLD_BKT})
    assert new.label.startswith("Tiny-v0~")
    assert old.label == new.label
    assert {str(w.message).split(" is now ")[0] for w in caught} == {OLD_CHAIN["_target_"], OLD_BKT["_target_"]}


def test_a_teacher_saved_by_version_0_1_is_read_and_teaches_the_same(tiny, as_if_never_imported):
    with pytest.warns(FutureWarning, match=r"zpdgym\.agents\.teacher\.Saved is now zpdgym\.agents\.Saved") as caught:
        saved = build_policy({"_target_": "zpdgym.agents.teacher.Saved", "path": str(TEACHER)})
    assert len(caught) == 1
    taught = teach(tiny, saved, n_students=20, cohort_seed=1, keep=20, metrics=False)
    assert " ".join("".join(map(str, items)) for items in taught.kept["items"]) == ITEMS_BY_VERSION_0_1


def test_a_file_with_old_names_is_read_with_one_warning_a_name_at_its_line(tmp_path, as_if_never_imported):
    own = tmp_path / "Mine-v0.yaml"
    text = (ROOT / "configs/scenario/Tiny-v0.yaml").read_text().replace("name: Tiny-v0", "name: Mine-v0")
    own.write_text(
        text.replace("zpdgym.students.tree", "zpdgym.students.builders.tree").replace(
            "students.BKT", "students.bkt.BKT"
        )
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            scenario = Scenario.load(str(own))
    assert {str(w.message) for w in caught} == {
        "zpdgym.students.builders.tree is now zpdgym.students.tree: please change the name",
        "zpdgym.students.bkt.BKT is now zpdgym.students.BKT: please change the name",
    }
    assert len(caught) == 2
    lines = own.read_text().splitlines()
    assert all(w.filename == str(own) and "students.b" in lines[w.lineno - 1] for w in caught)
    assert scenario.sections["student"]["_target_"] == "zpdgym.students.BKT"


def test_a_wrong_name_under_an_old_address_is_met_with_the_nearest(as_if_never_imported):
    with pytest.warns(FutureWarning), pytest.raises(InputError, match="Did you mean 'Mastery'"):
        build({"_target_": "zpdgym.agents.mastery.Mastry"}, "policy")
