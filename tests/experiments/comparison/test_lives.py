"""Lives of a comparison: files of their own, made later or not at all, and what the table says of harm."""

import io
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from zpdgym import files
from zpdgym.errors import InputError
from zpdgym.experiments.comparison import harm_show
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.comparison.rows import TaughtShare
from zpdgym.experiments.runs.specification import Experiment
from zpdgym.experiments.store.runs import Run

from tests.experiments.comparison.small import TINY, contents, rows_of
from tests.helpers import quiet

LIVED = TINY | {"policies": ["ready_random", "linear"], "lives": 4, "unexpected": False}


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A comparison whose students lived once, then several times."""
    results = tmp_path_factory.mktemp("results")
    once = compare(LIVED | {"lives": 0}, results=results, **quiet())
    before = contents(once.folder)
    return compare(LIVED, results=results, **quiet()), before


def run_of(found, policy):
    return Run(found.folder / "Tiny-v0" / policy / "seed0")


def test_lives_are_added_to_finished_runs_and_change_nothing_else(lived):
    found, before = lived
    assert found.made == 7  # all but the two that look inside
    after = contents(found.folder)
    runs = {name: data for name, data in after.items() if "/seed0/" in name and not name.endswith("lives.npz")}
    assert runs == {name: data for name, data in before.items() if "/seed0/" in name}
    lives = run_of(found, "linear").arrays("lives.npz")
    mark = (run_of(found, "linear").path / "prepared").read_text().split()[0]
    assert str(lives["fingerprint"]) == mark  # not the run's: more test students leave the lives as they are
    assert lives["outcome"].shape == (4, 60)
    assert lives["outcome"][0].tolist() == run_of(found, "linear").csv("students.csv")["exam"].tolist()
    assert (lives["outcome"][0] != lives["outcome"][1]).any()
    assert run_of(found, "mastery_tuned").arrays("lives.npz")["outcome"].shape == (24, 60)
    assert not run_of(found, "optimal").has("lives.npz")
    assert run_of(found, "linear").json("run.json")["seconds"]["lives"] >= 0


def test_lives_are_the_same_bytes_in_one_go_and_when_only_they_were_lost(lived, tmp_path):
    found, _ = lived
    whole = compare(LIVED, results=tmp_path, **quiet())
    assert contents(whole.folder) == contents(found.folder)
    lost = run_of(whole, "linear")
    done, lives = (lost.path / "done").stat().st_mtime_ns, (lost.path / "lives.npz").read_bytes()
    (lost.path / "lives.npz").unlink()  # as after a kill: the file is moved into its place when it is whole
    again = compare(LIVED, results=tmp_path, **quiet())
    assert again.made == 1
    assert (lost.path / "done").stat().st_mtime_ns == done
    assert (lost.path / "lives.npz").read_bytes() == lives
    assert compare(LIVED, results=tmp_path, **quiet()).made == 0
    fewer = compare(LIVED | {"lives": 3}, results=tmp_path, **quiet())
    assert fewer.made == 0


def test_lives_are_the_last_file_so_that_an_interruption_leaves_nothing_half_written(lived, tmp_path, monkeypatch):
    found, _ = lived
    shutil.copytree(found.folder, tmp_path / "tiny")
    run = tmp_path / "tiny" / "Tiny-v0" / "linear" / "seed0"
    (run / "lives.npz").unlink()
    order, real = [], files.os.replace
    monkeypatch.setattr(files.os, "replace", lambda a, b: (order.append(Path(b).name), real(a, b)))
    compare(LIVED, results=tmp_path, **quiet())
    assert order.index("run.json") < order.index("lives.npz")


def test_table_says_who_loses_beside_the_floor(lived):
    found, _ = lived
    rows = {(row["policy"], row["group"]): row for row in found.table["scenarios"]["Tiny-v0"]["harm"]}
    everybody = {"ready_random", "linear", "no_teaching", "random", "classroom", "mastery", "mastery_tuned"}
    assert {policy for policy, _ in rows} == everybody
    row = rows["no_teaching", None]
    assert (row["students"], row["lives"]) == (60, 4)
    assert row["harmed_low"] <= row["harmed"] <= row["harmed_high"]
    assert row["harmed"] > 0.7
    assert row["difference"] < 0
    assert abs(rows["mastery_tuned", None]["difference"]) < 0.05
    assert "Who loses and who gains" in (found.folder / "table.md").read_text()
    assert (found.folder / "harm.csv").read_text().startswith("scenario,policy,kind,group,students,lives,difference")


def test_untold_is_a_question_mark_and_told_a_share(lived):
    scenario = rows_of(lived[0]).scenarios["Tiny-v0"]
    assert harm_show.harm_cell(scenario, "linear") == "?"
    assert harm_show.harm_cell(scenario, "optimal") == ""
    assert "cannot tell (" in harm_show.harm_sentence(scenario, "linear")
    told = [replace(row, harmed=TaughtShare(0.07, 0.05, 0.1), harmed_told=True) for row in scenario.harm]
    sure = replace(scenario, harm=tuple(told))
    assert harm_show.harm_cell(sure, "linear") == "7 %"
    assert harm_show.harm_cell(sure, "mastery_tuned") == "(7 %)"
    assert "7 in 100 students (5 to 10 in 100 students)" in harm_show.harm_sentence(sure, "linear")


def test_without_lives_the_table_says_so(tmp_path):
    said = io.StringIO()
    found = compare(LIVED | {"lives": 1}, results=tmp_path, jobs=1, console=Console(file=said, width=120))
    assert "harm: not measured" in said.getvalue()
    assert "harmed" not in said.getvalue()
    assert found.table["scenarios"]["Tiny-v0"]["harm"] == []
    assert not run_of(found, "linear").has("lives.npz")


@pytest.mark.parametrize("wrong", [-1, 2.5, True])
def test_lives_are_a_whole_number(wrong):
    with pytest.raises(InputError, match=r"lives=.* must be a whole number in \[0, 1000\]"):
        Experiment.of(TINY | {"lives": wrong})
