"""Processes that write into one folder of results keep out of each other's way, and no more than that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.store import locks
from zpdgym.experiments.tracking import MIRRORED, Mirror
from zpdgym.files import read_json

SETTINGS = ["scenario=tiny", "n_students=10", "n_validation=10", "unexpected=false", "tracking=none"]


def another(code: str, folder: Path) -> subprocess.Popen[str]:
    """A process of its own that says what became of it."""
    head = (
        f"import sys; from pathlib import Path; from zpdgym.experiments.store.locks import *; p = Path({str(folder)!r})"
    )
    told = f"{head}\ntry:\n with {code}: print('in')\nexcept ValueError as e: print(e)"
    return subprocess.Popen([sys.executable, "-c", told], stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("held", "asked", "together"),
    [
        ("only_writer", "only_writer", False),
        ("only_writer", "writer_beside_others", False),
        ("writer_beside_others", "only_writer", False),
        ("writer_beside_others", "writer_beside_others", True),
    ],
)
def test_a_comparison_writes_its_folder_alone_and_trainings_share_theirs(tmp_path, held, asked, together):
    with getattr(locks, held)(tmp_path):
        said, _ = another(f"{asked}(p)", tmp_path).communicate(timeout=60)
    assert (said == "in\n") == together
    assert together or f"another zpdgym is writing {tmp_path} at this moment" in said
    said, _ = another(f"{asked}(p)", tmp_path).communicate(timeout=60)
    assert said == "in\n", "the lock ends with its holder"


def test_who_writes_the_same_run_waits_and_who_writes_another_does_not(tmp_path):
    with locks.in_turn(tmp_path / "seed0"):
        other, _ = another("in_turn(p / 'seed1')", tmp_path).communicate(timeout=60)
        same = another("in_turn(p / 'seed0')", tmp_path)
        with pytest.raises(subprocess.TimeoutExpired):
            same.wait(timeout=2)
    assert other == "in\n"
    assert same.communicate(timeout=60)[0] == "in\n"


def test_a_folder_that_cannot_be_made_is_told_in_one_line():
    for lock in (locks.only_writer, locks.writer_beside_others, lambda path: locks.in_turn(path / "seed0")):
        with pytest.raises(InputError, match="no folder can be made there"), lock(Path("/proc/none")):
            pass


def test_what_others_showed_meanwhile_is_remembered_too(tmp_path):
    first, second = (Mirror.open("none", folder=tmp_path, experiment="e") for _ in range(2))
    for mirror, name in ((first, "a"), (second, "b"), (first, "c")):
        mirror.run(name, "1234", settings={}, curves={}, numbers={})
    assert read_json(tmp_path / MIRRORED, way_out="") == dict.fromkeys("abc", "1234")


def test_two_shells_train_at_the_same_time_and_the_same_run_is_made_once(tmp_path):
    command = [sys.executable, "-m", "zpdgym.scripts.cli", "train", *SETTINGS, "policy=random"]
    seeds = ("seed=0", "seed=1", "seed=1")
    shells = [subprocess.Popen([*command, seed], cwd=tmp_path, stdout=subprocess.PIPE, text=True) for seed in seeds]
    said = [shell.communicate(timeout=300)[0] for shell in shells]
    assert [shell.returncode for shell in shells] == [0, 0, 0]
    assert "made now" in said[0]
    assert sorted("made now" in text for text in said[1:]) == [False, True]
    assert sorted("finished before, not repeated" in text for text in said[1:]) == [False, True]
