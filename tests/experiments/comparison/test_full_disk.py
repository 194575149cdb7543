"""A full disk, and results that may not be written: one line, no half-written files, and the same command goes on."""

import errno
import os
from pathlib import Path

import pytest
from zpdgym import files
from zpdgym.errors import CannotWrite, InputError
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.comparison.robustness import robustness
from zpdgym.experiments.comparison.show import TABLES
from zpdgym.scripts.command.guard import guarded

from tests.experiments.comparison.small import TINY, contents
from tests.helpers import quiet

SMALL = TINY | {"policies": ["linear"], "n_students": 20, "n_validation": 10, "unexpected": False}


@pytest.fixture
def full(monkeypatch):
    """Lets the writing of the files end in the middle whose path holds one of the words that are put into the list."""
    real, words = Path.write_bytes, []

    def write(path, data):
        if any(word in str(path) for word in words):
            real(path, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(path, data)

    monkeypatch.setattr(Path, "write_bytes", write)
    return words


@pytest.mark.parametrize("where", ["mastery/seed0/.writing-students.csv", "random/seed0/.writing-done", "table.json"])
def test_a_full_disk_is_one_line_and_the_same_command_goes_on(tmp_path, full, where):
    full.append(where)
    said = rf"{where.replace('.writing-', '')} cannot be written: no space left on device; \d of 9 runs are finished"
    with pytest.raises(CannotWrite, match=said):
        compare(SMALL, results=tmp_path / "full", **quiet())
    assert not list(tmp_path.rglob(".writing-*"))
    full.clear()
    after = compare(SMALL, results=tmp_path / "full", **quiet())
    whole = compare(SMALL, results=tmp_path / "whole", **quiet())
    assert contents(after.folder) == contents(whole.folder)


def test_the_command_line_says_it_with_a_code_of_its_own(tmp_path, full, capsys):
    full.append("students.csv")
    matrix = {"name": "m", "scenario": "tiny", "policies": ["linear"], "seeds": 1, "n_students": 20, "n_validation": 10}

    def work():
        robustness(matrix, results=tmp_path, **quiet())

    assert guarded("robustness", work) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert "students.csv cannot be written: no space left on device; 0 of" in line
    assert "the same command goes on from there" in line


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EIO])
def test_what_the_machine_refuses_is_named(tmp_path, monkeypatch, code):
    def refuse(source, target):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files.os, "replace", refuse)
    with pytest.raises(CannotWrite, match=rf"x\.csv cannot be written: {os.strerror(code).lower()}"):
        files.write_bytes(tmp_path / "x.csv", b"1")
    assert not list(tmp_path.iterdir())


def test_a_file_in_a_folders_place_and_the_other_way_are_mistakes(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"results='.*/file' must be a folder"):
        compare(SMALL, results=tmp_path / "file", **quiet())
    with pytest.raises(InputError, match=r"/file is a file: a folder is to be written there"):
        files.write_bytes(tmp_path / "file" / "deep" / "x.csv", b"1")
    with pytest.raises(InputError, match=rf"{tmp_path} is a folder: a file is to be written there"):
        files.write_bytes(tmp_path, b"1")


PLACES = [*TABLES, "experiment.yaml", "experiment.json", "table.json", "report.html", "Tiny-v0/scenario.json"]
PLACES += ["tracked.json"]


@pytest.mark.parametrize("name", [*PLACES, "Tiny-v0"])
def test_what_lies_in_the_way_of_a_result_is_named_before_any_run_is_made(tmp_path, name):
    folder = tmp_path / SMALL["name"]
    wrong = folder / name
    wrong.parent.mkdir(parents=True, exist_ok=True)
    wrong.touch() if name == "Tiny-v0" else wrong.mkdir()
    there = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=rf"{wrong} is a (file|folder): .*move it away"):
        compare(SMALL, results=tmp_path, **quiet())
    assert sorted(tmp_path.rglob("*")) == there


def test_every_place_is_looked_at(tmp_path):
    folder = compare(SMALL, results=tmp_path, **quiet()).folder
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    assert {path.as_posix() for path in files if "seed0" not in path.parts} == {*PLACES, "done"}
