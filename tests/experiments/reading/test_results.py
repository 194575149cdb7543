"""What a comparison found, as data frames."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import zpdgym
from zpdgym.errors import DoubtfulInput, InputError

from tests.experiments.made_grid import AXES

FRAMES = ("runs", "students", "curves", "training", "lessons")
KEYS = ["scenario", *AXES, "policy", "kind", "seed"]


@pytest.fixture
def copied(grid, tmp_path) -> Path:
    return Path(shutil.copytree(grid, tmp_path / "copied"))


@pytest.mark.parametrize("name", FRAMES)
def test_every_frame_begins_with_what_its_rows_are_of(grid, name):
    results = zpdgym.load(grid)
    frame = getattr(results, name)()
    assert list(frame.columns[: len(KEYS)]) == KEYS
    assert len(frame)
    learnt = frame[frame["kind"] == "learnt"]
    assert set(learnt["gamma"]) == set(AXES["gamma"])
    assert frame[frame["kind"] != "learnt"]["gamma"].isna().all()
    assert frame["scenario"].dtype == "category"
    assert frame["policy"].dtype == "category"


def test_a_run_has_the_mean_of_its_students_and_the_table_the_mean_of_its_runs(grid):
    results = zpdgym.load(grid)
    by = ["scenario", "policy", "seed"]
    of_students = results.students(columns="exam").groupby(by, observed=True)["exam"].mean()
    runs = results.runs().set_index(by)
    assert np.allclose(runs["outcome"], of_students.loc[runs.index])
    table = results.table().set_index(["scenario", "policy"])
    means = runs["outcome"].groupby(["scenario", "policy"], observed=True).mean()
    assert np.allclose(table["outcome"], means.loc[table.index])
    assert list(results.axes.items()) == [(name, tuple(values)) for name, values in AXES.items()]
    assert set(table["slip"]) == set(AXES["slip"])
    assert (runs["fingerprint"].str.len() == 64).all()
    assert all(Path(folder).is_dir() for folder in runs["folder"])


def test_lessons_are_those_that_were_taught(grid):
    results = zpdgym.load(grid)
    lessons = results.lessons(policies="mastery_tuned")
    students = results.students(policies="mastery_tuned")
    by = ["scenario", "student"]
    counted = lessons.groupby(by, observed=True).size()
    assert (counted == students.set_index(by)["lessons"].loc[counted.index]).all()
    right = lessons.groupby(by, observed=True)["correct"].mean()
    assert np.allclose(right, students.set_index(by)["right"].loc[right.index])
    assert set(lessons["item_name"]) == {"skill 1 practice", "skill 1.1 practice", "skill 1.2 practice"}
    seen = results.lessons(seen=True, policies="mastery_tuned")
    assert np.allclose(seen.filter(like="mastery:").mean(axis=1), seen["mastery"])
    assert seen["belief:skill 1.2"].between(0, 1).all()


def test_less_is_read_where_less_is_asked_for(grid):
    results = zpdgym.load(grid)
    frame = results.students(columns=["exam"], policies="ppo_scorer", scenarios="Tiny-v0,slip=0.3,guess=few")
    assert list(frame.columns) == [*KEYS, "student", "group", "exam"]
    assert set(frame["policy"]) == {"ppo_scorer,gamma=0.5", "ppo_scorer,gamma=0.9"}
    assert len(results.runs(policies=["ppo_scorer,gamma=0.5"])) == 12
    assert results.training(policies="random").empty


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"columns": "exma"}, "unknown column 'exma'. Did you mean 'exam'"),
        ({"policies": ["ppo_scorr"]}, "unknown policy 'ppo_scorr'. Did you mean 'ppo_scorer'"),
        ({"scenarios": "Tiny"}, "unknown scenario 'Tiny'."),
        ({"policies": 3}, "policies=3 must be a name or a list of names"),
        ({"columns": []}, r"columns=\[\] must be a name or a list of names"),
    ],
)
def test_a_wrong_name_is_refused_with_the_nearest(grid, asked, told):
    with pytest.raises(InputError, match=told):
        zpdgym.load(grid).students(**asked)


def test_damaged_runs_are_refused(copied):
    file = next(copied.glob("*/random/seed0/students.csv"))
    file.write_text(file.read_text().replace("False", "True", 1))
    with pytest.raises(InputError, match=r"random/seed0 is damaged: students\.csv was changed"):
        zpdgym.load(copied)


def test_a_changed_table_is_refused(copied):
    (copied / "table.json").write_text((copied / "table.json").read_text() + " ")
    with pytest.raises(InputError, match=r"is damaged: table\.json was changed"):
        zpdgym.load(copied)


def test_unfinished_runs_are_left_out_and_named(copied):
    folder = next(copied.glob("*/random/seed0"))
    (folder / "done").unlink()
    with pytest.warns(DoubtfulInput, match="1 run not finished and left out, such as .*random/seed0"):
        results = zpdgym.load(copied)
    assert results.unfinished == (folder,)
    assert len(results.runs(policies="random")) == 3


def test_what_is_no_comparison_is_told_in_one_line(grid, tmp_path):
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "matrix.yaml").write_text("name: matrix\n")
    run = next(grid.glob("*/random/seed0"))
    for path, told in (
        (tmp_path / "nothing", "there is no folder"),
        (tmp_path / "matrix", "holds a matrix"),
        (tmp_path, "holds no comparison"),
        (run, "is one run: give the comparison's folder"),
        (None, "results=None must be the folder of a comparison"),
    ):
        with pytest.raises(InputError, match=told):
            zpdgym.load(path)


def test_without_axes_there_are_no_columns_of_them(copied):
    about = json.loads((copied / "experiment.json").read_text())
    del about["axes"]
    for cell in about["compared"].values():
        del cell["axes"]
        for runs in cell["policies"]:
            runs.pop("axes", None)
    (copied / "experiment.json").write_text(json.dumps(about))
    assert list(zpdgym.load(copied).curves().columns) == ["scenario", "policy", "kind", "seed", "lesson", "mastery"]
