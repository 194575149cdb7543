"""Modules of the current folder: named in files as before, told when they are imported, and nothing else with them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import zpdgym
from zpdgym.configs.build import load, read_yaml
from zpdgym.configs.own_modules import definitions
from zpdgym.configs.trust import TRUSTED, check_names
from zpdgym.errors import InputError
from zpdgym.experiments.store.runs import Run
from zpdgym.scripts.cli import main

from tests.helpers import reseal

POLICY = '''
import numpy as np
from os import system
from zpdgym.agents import Streak
from subprocess import *


class Mine:
    """Always the same item."""
    name, privileged, learnt, draws, needs = "mine", False, False, 0, frozenset()
    def __init__(self, *, item=0): self.item = item
    def bind(self, problem): pass
    def predict(self, observation, state=None, episode_start=None, deterministic=False, *, action_masks=None, u=None):
        return np.full(len(observation), self.item), None

class Helper:
    def __init__(self): open("canary", "w").close()

def make(item: int = 0) -> Mine: return Mine(item=item)
def silent(item=0): open("canary", "w").close()
def clear() -> None: open("canary", "w").close()

other = Mine
run = system

if True:
    class Inside(Mine): ...
'''
TUNED = "name: tuned\nitem: 0\ntune: {budget: 2, space: {item: [0, 1]}}\n"
QUICK = ("n_students=20", "n_validation=20", "unexpected=false", "tracking=none")


@pytest.fixture(autouse=True)
def an_empty_folder(tmp_path, monkeypatch):
    """A current folder of its own with a policy, not searched by Python, and a package that is."""
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    (here / "own_code.py").write_text(POLICY)
    (elsewhere / "borrowed.py").write_text(POLICY)
    monkeypatch.chdir(here)
    monkeypatch.delenv(TRUSTED, raising=False)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry] + [str(elsewhere)])
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", None)):
            del sys.modules[name]


def judged(dotted: str) -> str:
    """What a file that names this is told; "" where nothing is said."""
    try:
        check_names({"_target_": dotted}, Path("x.yaml"))
    except InputError as error:
        return str(error)
    return ""


def test_ones_own_module_is_named_in_files_and_told_once(capsys):
    Path("mine.yaml").write_text("_target_: own_code.Mine\nitem: 1\n")
    assert main(["evaluate", "scenario=tiny", "policy=mine.yaml", "n_students=5"]) == 0
    assert capsys.readouterr().err == "importing own_code.py from the current folder\n"
    assert main(["evaluate", "scenario=tiny", "policy=mine.yaml", "n_students=5"]) == 0
    assert capsys.readouterr().err == ""


def test_what_is_typed_needs_no_word(capsys):
    assert main(["evaluate", "scenario=tiny", "policy._target_=own_code.Mine", "n_students=5"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["evaluate", "scenario=tiny", "policy._target_=borrowed.Mine", "n_students=5"]) == 0
    for typed in (["policy._target_=subprocess.Popen"], ["policy=custom", "policy._target_=os.system"],
                  ["policy=random", "scenario.student={_target_: pathlib.Path}"]):  # fmt: skip
        assert main(["evaluate", "scenario=tiny", *typed, "n_students=5"]) == 2
        assert "is part of Python's standard library" in capsys.readouterr().err


def test_a_module_that_is_typed_may_be_named_in_the_files_of_the_same_command(capsys):
    Path("mine.yaml").write_text("_target_: borrowed.Mine\nname: other\n")
    command = ["compare", "scenario=tiny", "policies=mine.yaml,borrowed.Mine", *QUICK, "tune_budget=1", "--cfg", "job"]
    assert main(command) == 0
    command[2] = "policies=mine.yaml"
    capsys.readouterr()
    assert main(command) == 2
    assert "borrowed is not a module of the current folder; trust=borrowed allows it" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["Mine", "make", "Streak", "Inside"])
def test_what_a_module_defines_or_takes_from_us_is_its_own(name):
    assert judged(f"own_code.{name}") == ""


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("own_code.system", "os is part of Python's standard library"),
        ("own_code.os.system", "there is no module 'own_code.os'"),
        ("own_code.np.load", "there is no module 'own_code.np'"),
        ("own_code.run", "run is neither a class nor a function that own_code defines"),
        ("own_code.other", "other is neither a class nor a function"),
        ("own_code.np", "np is neither"),
        ("own_code.Popen", "subprocess is part of Python's standard library"),
        ("own_code.silent", "the function silent does not say what it returns"),
        ("own_code.__builtins__", "is part of Python's standard library"),
        ("borrowed.Mine", "borrowed is not a module of the current folder; trust=borrowed allows it"),
    ],
)
def test_what_a_module_only_has_is_not_its_own(name, says):
    assert says in judged(name)
    assert "own_code" not in sys.modules


def test_a_name_that_is_not_there_is_told_with_the_nearest():
    Path("few.py").write_text("class Teacher: ...\nclass Other: ...\n")
    assert "unknown name in few 'Taecher'. Did you mean 'Teacher'?" in judged("few.Taecher")


@pytest.mark.parametrize(("name", "says"), [("Helper", "has no bind"), ("clear", "gives None, no policy")])
def test_what_is_no_policy_is_not_called(name, says, capsys):
    Path("bad.yaml").write_text(f"_target_: own_code.{name}\n")
    assert main(["evaluate", "scenario=tiny", "policy=bad.yaml", "n_students=5"]) == 2
    assert f"own_code.{name} {says}" in capsys.readouterr().err
    assert not Path("canary").exists()


def test_packages_are_followed_through_what_they_import():
    for name, text in {
        "__init__.py": "from .inner import A, B as C\nfrom .deep.er import *\n"
                       "from .circle import Z\nfrom os import path\n",
        "inner.py": "class A: ...\nfrom .other import B\n",
        "other.py": "class B: ...\n",
        "deep/er.py": "class D: ...\n",
        "circle.py": "from . import Z\n",
    }.items():  # fmt: skip
        path = Path("house", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in ("A", "C", "D", "inner.A", "inner.B", "deep.er.D"):
        assert judged(f"house.{name}") == "", name
    assert "imported in a circle" in judged("house.Z")
    assert "standard library" in judged("house.path")
    assert "there is no module 'house.nowhere'" in judged("house.nowhere.X")
    assert "house" not in sys.modules


def test_a_module_that_hides_another_or_lies_elsewhere_is_not_ones_own(tmp_path, monkeypatch):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "linked.py").write_text("class A: ...\n")
    Path("linked.py").symlink_to(outside / "linked.py")
    Path("linked_folder").symlink_to(outside)
    Path("half").mkdir()
    Path("half/__init__.py").symlink_to(outside / "linked.py")
    Path("half/whole.py").write_text("class A: ...\n")
    for name in ("json", "numpy", "borrowed", "wandb"):
        Path(f"{name}.py").write_text("class A: ...\n")
    Path("compiled.pyc").write_bytes(b"")
    assert "linked leads out of the current folder" in judged("linked.A")
    assert "linked_folder leads out" in judged("linked_folder.linked.A")
    assert "half leads out" in judged("half.whole.A")
    assert "json is part of Python's standard library" in judged("json.A")
    assert "numpy is not a module of the current folder" in judged("numpy.A")
    assert "borrowed is not a module of the current folder" in judged("borrowed.A")
    assert "compiled is not written in Python" in judged("compiled.A")
    monkeypatch.syspath_prepend(os.getcwd())  # found before the others, it still hides them
    assert "numpy is not a module" in judged("numpy.A")
    assert "borrowed is not a module" in judged("borrowed.A")


def test_a_folder_of_installed_packages_is_no_current_folder(monkeypatch):
    Path("site-packages").mkdir()
    Path("site-packages/package_there.py").write_text("class A: ...\n")
    monkeypatch.chdir("site-packages")
    assert "package_there is an installed package" in judged("package_there.A")


def test_a_file_that_is_no_python_has_no_definitions():
    Path("broken.py").write_text("def (:\n")
    assert definitions("broken") is None
    with pytest.raises(InputError, match=r"broken\.py, line 1"):
        load("broken.X", "policy")


@pytest.mark.slow
def test_trust_reaches_workers_and_stands_in_the_printed_commands(capsys):
    """A saved specification is a stranger's file again: only ``trust=`` behind the command opens it."""
    Path("mine.yaml").write_text(f"_target_: borrowed.Mine\n{TUNED}")
    command = ["compare", "scenario=tiny", "policies=mine.yaml", "name=mine", *QUICK, "tune_budget=2", "lives=2"]
    assert main([*command, "jobs=2"]) == 2
    assert not Path("results").exists()
    assert main([*command, "jobs=2", "trust=borrowed"]) == 0
    told = json.loads(Path("results/mine/experiment.json").read_text())["again"]
    assert told == "zpdgym compare experiment=results/mine/experiment.yaml trust=borrowed"
    assert "experiment.yaml trust=borrowed</code>" in Path("results/mine/report.html").read_text()
    capsys.readouterr()
    assert main(["compare", "experiment=results/mine/experiment.yaml"]) == 2
    assert "mine.yaml, line 1: _target_: borrowed.Mine is refused" in capsys.readouterr().err
    assert main(told.split()[1:]) == 0
    assert main(["report", "results/mine"]) == 0
    spec = {"_target_": "os.system", "command": "touch canary"}
    Path("results/mine/Tiny-v0/tuned/seed0/tuning.json").write_text(json.dumps({"spec": spec, "trials": []}))
    Path("results/mine/Tiny-v0/tuned/seed0/lives.npz").unlink()
    reseal(Path("results"))
    capsys.readouterr()
    assert main(told.split()[1:]) == 3  # its lives cannot be made; everything else stands
    assert "tuning.json, line 1: _target_: os.system is refused" in capsys.readouterr().err
    assert not Path("canary").exists()


def test_other_commands_that_are_printed_say_trust_too(capsys):
    Path("mine.yaml").write_text(f"_target_: borrowed.Mine\n{TUNED}")
    at = ("n_validation=20", "tune_budget=2", "trust=[borrowed]")
    assert main(["tune", "scenario=tiny", "policy=mine.yaml", *at]) == 0
    assert "policy.yaml trust=borrowed\n" in capsys.readouterr().out
    assert main(["evaluate", "-m", "scenario=tiny", "policy=mine.yaml", "seed=1,2", "n_students=5", at[2]]) == 0
    assert "policy=mine seed=1 n_students=5 trust=borrowed\n" in capsys.readouterr().err
    assert main(["list", "policy", "mine.yaml", "trust=borrowed"]) == 0
    assert "policy=mine.yaml trust=borrowed\n" in capsys.readouterr().out


def test_what_python_names_needs_trust_where_it_is_read_from_a_file_again():
    spec = {"_target_": "borrowed.Mine", "name": "tuned", "item": 0, "tune": {"budget": 2, "space": {"item": [0, 1]}}}
    experiment = {"name": "mine", "scenarios": ["tiny"], "policies": [spec], "n_students": 20, "n_validation": 20,
                  "unexpected": False, "tracking": "none", "lives": 2, "tune_budget": 2}  # fmt: skip
    zpdgym.compare(experiment, jobs=1)
    told = json.loads(Path("results/mine/experiment.json").read_text())["again"]
    assert told.endswith("experiment.yaml trust=borrowed")
    assert TRUSTED not in os.environ
    with pytest.raises(InputError, match="borrowed is not a module of the current folder"):
        read_yaml(Path("results/mine/experiment.yaml"))
    assert Run(Path("results/mine/Tiny-v0/tuned/seed0")).config()["policy"]["_target_"] == "borrowed.Mine"


def test_a_report_builds_nothing_that_its_folder_names(capsys):
    quick = {
        "n_students": 20,
        "n_validation": 20,
        "unexpected": False,
        "tracking": "none",
        "lives": 0,
        "tune_budget": 1,
    }
    zpdgym.compare({"name": "x", "scenarios": ["tiny"], "policies": ["random"], **quick}, jobs=1)
    for path in [*Path("results").rglob("*.json"), *Path("results").rglob("*.yaml")]:
        path.write_text(re.sub(r"zpdgym\.(students|agents)\.\w+", "own_code.silent", path.read_text()))
    reseal(Path("results"))
    capsys.readouterr()
    assert main(["report", "results/x"]) == 0
    assert "own_code" not in sys.modules
    assert not Path("canary").exists()


def test_the_command_looks_into_the_current_folder_for_nothing_else():
    """Hydra imports whatever lies in ``hydra_plugins``, and we what is optional: not from a folder that was sent."""
    Path("hydra_plugins").mkdir()
    for name in ("hydra_plugins/evil.py", "sb3_contrib.py", "cupy.py"):
        Path(name).write_text("open('canary', 'w').close()\n")
    code = "import sys; sys.path[:] = [p for p in sys.path if p]; from zpdgym.scripts.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "evaluate", "scenario=tiny", "policy=random", "n_students=5"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert not Path("canary").exists()
