"""Every name that becomes a folder or a file passes one check, wherever it comes from."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
import zpdgym
from hypothesis import example, given
from hypothesis import strategies as st
from zpdgym.configs.build import CONFIGS
from zpdgym.envs import Scenario
from zpdgym.errors import InputError
from zpdgym.experiments.report import write_report
from zpdgym.names import LONGEST_NAME, check_name, name_fault
from zpdgym.scripts.cli import main

from tests.helpers import reseal

TINY = (CONFIGS / "scenario" / "Tiny-v0.yaml").read_text(encoding="utf-8")
STUDENT = "{_target_: zpdgym.students.BKT, learn: 0.3}"
BAD = (
    "", " ", ".", "..", "../x", "../../x", "a/../../x", "/tmp/x", "a/b", "a\\b", "..\\x", ".hidden", "x.", "x ", " x",
    "a\nb", "a\tb", "a\x00b", "a\x7f", "a\u2028b", "a\ud800", "C:x", "c:", "con", "NUL", "aux.csv", "Com1", "lpt9.txt",
    "x" * (LONGEST_NAME + 1), "ü" * 51, "~/../x/y",
)  # fmt: skip
GOOD = ("slow", "x" * LONGEST_NAME, "Spelling-v0", "langsame Schüler", "mastery~3f2a", "a..b", "console", "1", "学")


@pytest.fixture(autouse=True)
def an_empty_folder(tmp_path, monkeypatch):
    """A folder in a folder, so that what leads out of it is seen."""
    (tmp_path / "deep" / "here").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "here")


def files(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


@pytest.mark.parametrize("name", BAD)
def test_what_leads_elsewhere_is_refused(name):
    assert name_fault(name) is not None
    assert name_fault(name, plain=True) is not None
    with pytest.raises(InputError) as told:
        check_name(name, "name")
    assert "\n" not in str(told.value)
    assert str(told.value).startswith("name=")
    assert len(str(told.value).encode("utf-8", "backslashreplace")) < 220


@pytest.mark.parametrize("name", GOOD)
def test_other_names_are_the_users_own(name):
    assert check_name(name, "name") == name


@pytest.mark.parametrize("name", [None, 3, ["a"], {"a": 1}, b"a", True])
def test_what_is_no_text_is_no_name(name):
    assert name_fault(name) is not None


@given(name=st.text(max_size=150) | st.lists(st.sampled_from([*".~/\\:\0 aC"]), max_size=8).map("".join))
@example(name="C:")
@example(name="a/..")
def test_a_name_that_passes_is_one_part_of_a_path_everywhere(name):
    if name_fault(name) is not None:
        return
    assert PurePosixPath("folder", name).parts == ("folder", name)
    assert PureWindowsPath("folder", name).parts == ("folder", name)
    assert (Path("folder") / f"{name}.csv").parent == Path("folder")
    assert len(name.encode()) <= LONGEST_NAME


@pytest.mark.parametrize("name", ["../x", "", "..", ".x", "a/b", "/tmp/zpdgym-x", "x" * 300, "con", "a\nb"])
@pytest.mark.parametrize(
    "command",
    [
        ("train", "scenario=tiny", "policy=random", "tracking=none"), ("tune", "scenario=tiny", "policy=streak"),
        ("compare", "scenario=tiny", "policies=random", "tracking=none"), ("calibrate", "data.path=log.csv"),
        ("robustness", "scenario=tiny", "students=slow", "policies=random"), ("audit", "scenario=algebra"),
    ],
    ids=lambda command: command[0],
)  # fmt: skip
def test_a_typed_name_writes_nowhere_else(command, name, capsys, tmp_path):
    Path("log.csv").write_text("student,skill,correct\n" + "a,x,1\na,x,0\nb,x,1\n" * 200)
    before = files(tmp_path)
    assert main([*command, f"name='{name}'"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert files(tmp_path) == before


def refused_by(call: object, tmp_path: Path) -> str:
    before = files(tmp_path)
    with pytest.raises(InputError) as told:
        call()  # type: ignore[operator]
    assert files(tmp_path) == before
    return str(told.value)


@pytest.mark.parametrize("name", ["../../x", "..", "a/b", ".x", "", "nul", "x" * 101])
def test_names_in_files_and_in_python_write_nowhere_else(name, tmp_path):
    """The names of scenarios, of kinds of students, of policies, of experiments and of matrices."""
    Path("kinds.yaml").write_text(
        TINY.partition("unexpected:")[0] + f"unexpected: {{'{name}': {{student: {STUDENT}}}}}"
    )
    Path("named.yaml").write_text(TINY.replace("name: Tiny-v0", f"name: '{name}'"))
    quick = {"policies": ["random"], "n_students": 20, "n_validation": 20, "tune_budget": 1, "tracking": "none"}
    random = {"_target_": "zpdgym.agents.Random", "name": name}
    kind = {"name": name, "student": {"_target_": "zpdgym.students.BKT"}}
    calls = {
        "kind": lambda: zpdgym.compare({"name": "x", "scenarios": ["kinds.yaml"], **quick}),
        "scenario": lambda: zpdgym.evaluate("named.yaml", "random", n_students=5),
        "tuned": lambda: zpdgym.tune("named.yaml", "streak", out="results"),
        "label": lambda: zpdgym.compare({"name": "x", "scenarios": [{"scenario": "tiny", "name": name}], **quick}),
        "changed": lambda: zpdgym.compare(
            {"name": "x", "scenarios": [{"scenario": "tiny", "change": {"unexpected": {name: kind}}}], **quick}
        ),
        "experiment": lambda: zpdgym.compare({"name": name, "scenarios": ["tiny"], **quick}),
        "policy": lambda: zpdgym.compare({"name": "x", "scenarios": ["tiny"], **quick, "policies": [random]}),
        "made": lambda: Scenario(name, name, {}),
        "students": lambda: Scenario.load("tiny").with_students({name: {"population": None}}),
    }  # fmt: skip
    for what, call in calls.items():
        said = refused_by(call, tmp_path)
        assert "must" in said or "unknown key" in said, what


def test_a_calibration_needs_a_folder_with_a_name(tmp_path):
    Path("log.csv").write_text("student,skill,correct\na,x,1\n")
    for out in (".", "..", "results/.."):
        said = refused_by(lambda out=out: zpdgym.calibrate({"path": "log.csv"}, out=out), tmp_path)
        assert "out: the folder's name" in said


def test_a_forged_table_is_read_from_nowhere_else(tmp_path):
    quick = {"n_students": 20, "n_validation": 20, "tune_budget": 1, "tracking": "none", "lives": 0}
    zpdgym.compare({"name": "x", "scenarios": ["tiny"], "policies": ["random"], "unexpected": False, **quick}, jobs=1)
    os.rename("results/x/Tiny-v0", "Tiny-v0")
    for name in ("experiment.json", "table.json"):
        path = Path("results/x", name)
        path.write_text(path.read_text().replace('"Tiny-v0": {', '"../../Tiny-v0": {'))
    reseal(Path("results/x"))
    said = refused_by(lambda: write_report("results/x"), tmp_path)
    assert "table.json: name='../../Tiny-v0' must be without '/'" in said
