"""What goes along to a machine that does not see this disk, and what comes back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.cluster.luggage import HOME, Luggage, collected, lay_out, there

ALONE = Path("elsewhere")


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "mine.py": "from helper import x", "helper.py": "x = 1", "other.py": "", "numbers.csv": "1,2",
        "net/dkt.json": "{}", "net/weights.safetensors": "w", "exp/S/a/seed0/tuning.json": "t",
        "exp/S/a/seed0/students.csv": "s", "exp/S/b/seed1/config.yaml": "c", "exp/S/b/seed1/.writing-x": "half",
        "exp/S/b/seed1/checkpoint-1": "half", "exp/S/b/seed1/unexpected/k.csv": "k",
    }.items():  # fmt: skip
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def luggage(**given) -> Luggage:
    return Luggage(**{"home": Path("exp"), "folder": Path("exp/S/b/seed1"), "argument": None, "settings": {}, **given})


def packed(**given) -> list[str]:
    return sorted(luggage(**given).pack())


def test_what_a_job_writes_and_reads_goes_along_but_no_half_files():
    own = ["results/S/b/seed1/config.yaml", "results/S/b/seed1/unexpected/k.csv"]
    assert packed() == own
    reads = {Path("exp/S/a/seed0"): ("tuning.json", "missing.json"), Path("exp/S/none"): ("x",)}
    assert packed(reads=reads) == ["results/S/a/seed0/tuning.json", *own]
    assert packed(folder=None) == []


def test_files_and_modules_that_settings_name_go_along(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(tmp_path)
    settings = {"policy": {"_target_": "mine.Policy"}, "curriculum": {"path": "numbers.csv"}, "student": {"net": "net"}}
    assert packed(folder=None, settings=settings) == [
        "helper.py", "mine.py", "net/dkt.json", "net/weights.safetensors", "numbers.csv",
    ]  # fmt: skip
    assert packed(folder=None, files=(Path("other.py").resolve(),)) == ["other.py"]
    assert packed(folder=None, settings={"curriculum": {"path": "kss.csv"}}) == []  # ours is there already


def test_files_that_cannot_be_found_again_are_named(tmp_path):
    with pytest.raises(InputError, match=r"numbers\.csv cannot go along to a worker that does not see this disk"):
        packed(settings={"path": str(tmp_path / "numbers.csv")})
    Path("inside").mkdir()
    os.chdir("inside")
    with pytest.raises(InputError, match=r"numbers\.csv cannot go along"):
        packed(settings={"path": "../numbers.csv"}, folder=None)
    with pytest.raises(InputError, match=r"net\S+ cannot go along"):
        packed(files=(tmp_path / "net" / "dkt.json",), folder=None)


def test_a_folder_of_names_goes_along(monkeypatch, tmp_path):
    Path("names/policy").mkdir(parents=True)
    Path("names/policy/mine.yaml").touch()
    monkeypatch.setenv("ZPDGYM_CONFIG_DIR", str(tmp_path / "names"))
    assert packed(folder=None) == ["names/policy/mine.yaml"]


def test_what_comes_back_takes_the_place_of_what_was_there(monkeypatch):
    written = list[str]()
    monkeypatch.setattr("zpdgym.experiments.cluster.luggage.write_bytes", lambda path, data: written.append(path.name))
    one = luggage()
    one.unpack({f"{one.brought}/{name}": b"x" for name in ("config.yaml", "done", "run.json", "a.csv")})
    assert written == ["config.yaml", "run.json", "a.csv", "done"]  # whoever sees done sees all
    assert not Path("exp/S/b/seed1/unexpected/k.csv").exists()
    assert Path("exp/S/b/seed1/.writing-x").exists()  # somebody may be writing it
    luggage(folder=None).unpack({})


def test_there_and_back_again(monkeypatch):
    one = luggage()
    files = one.pack()
    ALONE.mkdir()
    monkeypatch.chdir(ALONE)
    lay_out(files)
    (there(Path("exp/S/b/seed1"), Path("exp")) / "done").write_text("!")
    assert (HOME / "S/b/seed1/config.yaml").read_text() == "c"
    brought = collected(one.brought)
    monkeypatch.chdir("..")
    one.unpack(brought)
    assert {path.name for path in Path("exp/S/b/seed1").rglob("*") if path.is_file()} == {
        "config.yaml", "k.csv", "done", ".writing-x", "checkpoint-1",
    }  # fmt: skip
