"""A folder of results holds the files of one's own that it was made from, and can be moved without them."""

import json
import os
import shutil
from pathlib import Path

import pytest
from zpdgym.configs.build import CONFIGS
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.kept_files import keep_files, named_from
from zpdgym.experiments.reading.merge import merge
from zpdgym.experiments.runs import execute
from zpdgym.files import write_yaml
from zpdgym.scripts.cli import main

from tests.helpers import quiet

SMALL = {"seeds": 1, "n_students": 20, "n_validation": 10, "tune_budget": 2, "lives": 0, "unexpected": False}
SMALL["tracking"] = "none"
SCENARIO = (CONFIGS / "scenario" / "Tiny-v0.yaml").read_text().replace("name: Tiny", "name: Mine")


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A working folder with a scenario, a policy and a student in it."""
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    Path("in/mine.yaml").write_text(SCENARIO)
    Path("in/steady.yaml").write_text("_target_: zpdgym.agents.Streak\nname: steady\nn: 2\n")
    Path("in/quick.yaml").write_text("_target_: zpdgym.students.BKT\nlearn: 0.4\n")
    return tmp_path


def specification(name="mine", **more):
    scenarios = [
        "in/mine.yaml",
        {"scenario": "tiny", "name": "quick", "replace": {"student": {"choice": "in/quick.yaml"}}},
    ]
    return {"name": name, "scenarios": scenarios, "policies": ["in/steady.yaml", "linear"], **SMALL, **more}


def test_a_comparison_is_moved_without_the_files_that_it_was_made_from(own, capsys, monkeypatch):
    before = compare(specification(), **quiet())
    assert sorted(path.name for path in (before.folder / "files").iterdir()) == [
        "mine.yaml",
        "quick.yaml",
        "steady.yaml",
    ]
    table = (before.folder / "table.json").read_bytes()
    shutil.copytree("results/mine", "elsewhere/mine")
    shutil.rmtree("results")
    shutil.rmtree("in")
    monkeypatch.setattr(execute, "_make", None)  # nothing is made
    assert main(["compare", "experiment=elsewhere/mine/experiment.yaml"]) == 0
    assert "0 of" in capsys.readouterr().out
    os.chdir("elsewhere/mine")
    assert compare("experiment.yaml", **quiet()).made == 0
    assert Path("table.json").read_bytes() == table
    assert json.loads(Path("experiment.json").read_text())["scenarios"][0] == "files/mine.yaml"


def test_a_matrix_too(own, capsys, monkeypatch):
    matrix = {"name": "m", "scenario": "in/mine.yaml", "students": ["in/quick.yaml"], "policies": ["in/steady.yaml"]}
    write_yaml(Path("m.yaml"), matrix | {k: SMALL[k] for k in ("seeds", "n_students", "n_validation", "tune_budget")})
    assert main(["robustness", "matrix=m.yaml"]) == 0
    shutil.move("results/m", "m")
    shutil.rmtree("in")
    monkeypatch.setattr(execute, "_make", None)
    assert main(["robustness", "matrix=m/matrix.yaml"]) == 0
    assert "0 of" in capsys.readouterr().out


def test_what_is_asked_for_again_goes_before_the_copy(own, capsys):
    compare(specification(), **quiet())
    Path("in/steady.yaml").write_text("_target_: zpdgym.agents.Streak\nname: steady\nn: 3\n")
    with pytest.raises(InputError, match="steady"):
        compare(specification(), **quiet())  # made with other settings
    assert "n: 2" in Path("results/mine/files/steady.yaml").read_text()
    assert compare(specification(), rerun=True, **quiet()).made == 2
    assert "n: 3" in Path("results/mine/files/steady.yaml").read_text()
    shutil.rmtree("in")
    more = compare({**specification(), "scenarios": ["tiny"], "policies": ["interleaved"]}, **quiet())
    assert set(more.table["scenarios"]) == {"Tiny-v0", "Mine-v0", "quick"}


def test_names_in_a_folder_of_ones_own_become_files(own, capsys, monkeypatch):
    for group, name in (("scenario", "mine"), ("policy", "steady")):
        Path("conf", group).mkdir(parents=True)
        shutil.copy(f"in/{name}.yaml", f"conf/{group}/{name}.yaml")
    small = [f"{key}={value}".lower() for key, value in SMALL.items()]
    asked = ["compare", "scenarios=mine", "policies=steady", "name=mine", *small]
    assert main([*asked, "--config-dir", "conf"]) == 0
    shutil.rmtree("conf")
    capsys.readouterr()
    monkeypatch.setattr(execute, "_make", None)
    assert main(["compare", "experiment=results/mine/experiment.yaml"]) == 0
    assert "0 of" in capsys.readouterr().out


def test_two_files_of_one_name_are_both_kept(own):
    Path("other").mkdir()
    Path("other/mine.yaml").write_text(SCENARIO.replace("Mine-v0", "Other-v0"))
    spec = {"scenarios": ["in/mine.yaml", {"scenario": "other/mine.yaml", "name": "b"}, "in/mine.yaml"], "n": 3}
    kept = keep_files(spec, own / "results")
    assert kept == {
        "scenarios": ["files/mine.yaml", {"scenario": "files/2/mine.yaml", "name": "b"}, "files/mine.yaml"],
        "n": 3,
    }
    again = named_from(kept, own / "results")
    assert [Path(p if isinstance(p, str) else p["scenario"]).read_text() for p in again["scenarios"]] == [
        SCENARIO, SCENARIO.replace("Mine-v0", "Other-v0"), SCENARIO,
    ]  # fmt: skip
    assert keep_files(again, own / "results") == kept


def test_merged_comparisons_hold_the_files_of_both_and_others_of_that_name_are_refused(own):
    compare(specification("a"), **quiet())
    Path("in/still.yaml").write_text("_target_: zpdgym.agents.Streak\nname: still\nn: 4\n")
    compare({**specification("b"), "policies": ["in/still.yaml"]}, **quiet())
    merge("results/a", "results/b", into="results/both")
    names = {path.name for path in Path("results/both/files").iterdir()}
    assert names == {"mine.yaml", "quick.yaml", "steady.yaml", "still.yaml"}
    shutil.rmtree("in")
    assert compare("results/both/experiment.yaml", **quiet()).made == 0
    Path("results/b/files/mine.yaml").write_text("# another\n" + SCENARIO)
    with pytest.raises(InputError, match="are not the same"):
        merge("results/a", "results/b", into="results/neither")
    assert not Path("results/neither").exists()
