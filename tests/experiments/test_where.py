"""A folder of results that was copied or renamed is used where it lies."""

import json
import os
import shutil

import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.comparison.robustness import robustness
from zpdgym.experiments.report import write_report
from zpdgym.experiments.runs import execute
from zpdgym.files import write_yaml
from zpdgym.scripts.cli import main

from tests.experiments.comparison.small import TINY
from tests.helpers import quiet

SPEC = TINY | {"name": "mine", "policies": ["linear"], "n_students": 20, "n_validation": 10, "unexpected": False}
MATRIX = {"name": "mine", "scenario": "Tiny-v0", "students": ["slow"], "policies": ["linear"], "seeds": 1}
MATRIX |= {"n_students": 20, "n_validation": 10, "tune_budget": 2}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    compare(SPEC, results=folder, **quiet())
    return folder / "mine"


@pytest.fixture
def here(made, tmp_path, monkeypatch):
    """A working folder with results/mine."""
    shutil.copytree(made, tmp_path / "results" / "mine")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder):
    return {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != ".lock"
    }


def test_a_copy_is_used_where_it_lies(here, capsys):
    shutil.copytree("results/mine", "other/place/mine")
    shutil.rmtree("results")
    assert main(["compare", "experiment=other/place/mine/experiment.yaml"]) == 0
    told = capsys.readouterr()
    assert "0 of" in told.out
    assert "lies in a comparison's folder, so that is used: other/place/mine" in told.err
    assert not (here / "results").exists()


@pytest.mark.parametrize("new", ["results/yours", "results/(my) copies/yours", "yours"])
def test_a_renamed_folder_is_used_under_its_name(here, capsys, monkeypatch, new):
    os.makedirs(os.path.dirname(new) or ".", exist_ok=True)
    os.rename("results/mine", new)
    before = files(here / new)
    assert main(["compare", f"experiment={new}/experiment.yaml"]) == 0
    assert "0 of" in capsys.readouterr().out
    assert json.loads((here / new / "table.json").read_text())["experiment"] == "yours"
    monkeypatch.chdir(new)
    assert main(["compare", "experiment=experiment.yaml"]) == 0
    assert "0 of" in capsys.readouterr().out
    assert files(here / new) == before
    assert not (here / "results" / "mine").exists()


def test_where_it_always_was_nothing_is_said(here, capsys):
    assert main(["compare", "experiment=results/mine/experiment.yaml"]) == 0
    assert "lies in" not in capsys.readouterr().err
    assert main(["compare", "experiment=results/mine/experiment.yaml", "results=results"]) == 0
    assert "0 of" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("said", "goes"),
    [
        ("name=other", "results/other"),
        pytest.param("results=there", "there/mine", marks=pytest.mark.slow),
        ("n_students=20", "copy/mine"),
    ],
)
def test_name_and_results_say_otherwise(here, said, goes):
    shutil.copytree("results/mine", "copy/mine")
    before = {path: path.read_bytes() for path in (here / "results/mine").rglob("*") if path.is_file()}
    assert main(["compare", "experiment=copy/mine/experiment.yaml", said]) == 0
    assert (here / goes / "table.json").is_file()
    assert before == {path: path.read_bytes() for path in (here / "results/mine").rglob("*") if path.is_file()}


def test_a_specification_of_ones_own_goes_to_results(here):
    os.makedirs("plans")
    write_yaml(here / "plans" / "experiment.yaml", SPEC)  # nothing was made there
    assert main(["compare", "experiment=plans/experiment.yaml"]) == 0
    assert sorted(os.listdir("plans")) == ["experiment.yaml"]


def test_a_folder_that_cannot_name_a_comparison_is_refused(here, capsys):
    os.rename("results/mine", "results/mine (copy)")
    assert main(["compare", "experiment=results/mine (copy)/experiment.yaml"]) == 2
    assert "but 'mine (copy)' must be letters" in capsys.readouterr().err


def test_the_same_from_python(here, monkeypatch):
    os.rename("results/mine", "yours")
    monkeypatch.setattr(execute, "_make", None)  # nothing is made
    found = compare("yours/experiment.yaml", **quiet())
    assert (found.made, found.folder.name, found.table["experiment"]) == (0, "yours", "yours")


def test_a_copied_matrix_too(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    robustness(MATRIX, **quiet())
    os.rename("results/mine", "yours")
    assert main(["robustness", "matrix=yours/matrix.yaml"]) == 0
    assert "0 of" in capsys.readouterr().out
    assert robustness("yours/matrix.yaml", **quiet()).made == 0
    assert os.listdir("results") == []


def test_two_copies_in_one_sweep_are_refused(here, capsys):
    shutil.copytree("results/mine", "copy/mine")
    both = "experiment=results/mine/experiment.yaml,copy/mine/experiment.yaml"
    assert main(["compare", "-m", both]) == 2
    assert "one sweep cannot have two files of one name" in capsys.readouterr().err


def test_a_renamed_folder_of_a_policy_is_damage(here):
    world = here / "results" / "mine" / "Tiny-v0"
    for old, new in (("linear", "x"), ("random", "linear"), ("x", "random")):
        (world / old).rename(world / new)
    said = r"linear/seed0 is damaged: run\.json is that of Tiny-v0/random/seed0: a folder was renamed"
    with pytest.raises(InputError, match=said):
        write_report(here / "results" / "mine")
    with pytest.raises(InputError, match=said):
        compare(SPEC, **quiet())
    assert compare(SPEC, **quiet(rerun=True)).made == 2


def test_no_file_says_where_it_lies(made):
    places = [str(made.parent), str(made.parent.parent)]
    for path in made.rglob("*"):
        if path.is_file():
            assert not any(place.encode() in path.read_bytes() for place in places), path
