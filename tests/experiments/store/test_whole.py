"""Damaged files of finished runs: one line names run, file and the way out, and only what is damaged is made anew."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from zpdgym.agents.learnt.checkpoints import Checkpoint
from zpdgym.agents.learnt.teacher import Teacher
from zpdgym.envs.beliefs import refit
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.report import write_report
from zpdgym.experiments.store import whole
from zpdgym.experiments.store.whole import damage_of

from tests.experiments.comparison.small import TINY, contents
from tests.helpers import quiet

SPEC = TINY | {"policies": ["linear", "ppo_scorer"], "seeds": 1, "n_students": 20, "n_validation": 10, "lives": 2}


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def changed(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def emptied(path):
    path.write_bytes(b"")


def missing(path):
    path.unlink()


def a_folder(path):
    path.unlink()
    path.mkdir()


HARMS = (cut, changed, emptied, missing, a_folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A comparison with a trained teacher, lives and lessons."""
    return compare(SPEC, results=tmp_path_factory.mktemp("whole"), **quiet()).folder


@pytest.fixture
def copied(made, tmp_path):
    shutil.copytree(made, tmp_path / "tiny")
    return tmp_path / "tiny"


def files(run):
    return sorted(path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file())


def as_version_0_1(run):
    """The same run without checksums, and without what that version did not write."""
    shutil.rmtree(run / "last_teacher", ignore_errors=True)
    for later in ("prepared", "belief.csv"):
        (run / later).unlink(missing_ok=True)
    done = run / "done"
    done.write_text(done.read_text().splitlines()[0] + "\n")
    origin = json.loads((run / "run.json").read_text())
    del origin["checksum"], origin["run"]
    (run / "run.json").write_text(json.dumps(origin))
    return run


@pytest.mark.parametrize("policy", ["ppo_scorer", "mastery_tuned"])
@pytest.mark.parametrize("older", [False, True])
def test_whatever_happens_to_a_file_is_seen(made, tmp_path, policy, older):
    run = made / "Tiny-v0" / policy / "seed0"
    for name in files(run):
        for harm in HARMS:
            copy = tmp_path / name.replace("/", "-") / harm.__name__
            shutil.copytree(run, copy)
            if older and not (as_version_0_1(copy) / name).exists():
                continue
            assert damage_of(copy) is None
            harm(copy / name)
            if name == "done" and harm is missing:
                continue  # as after a kill: it is made again
            if name == "lives.npz" and harm in (missing, changed):
                continue  # likewise; and a byte of the archive's own may change without a word of what it holds
            if older and harm in (cut, changed) and name in ("config.yaml", "teacher/teacher.json", "train.csv"):
                continue  # without checksums not every cut shows
            if older and (harm is changed or (name == "last.csv" and harm is missing)):
                continue
            found = damage_of(copy)
            if older and name == "lessons.npz" and harm is missing:
                continue
            assert found is not None, (name, harm.__name__)
            assert found.file in (name, "run.json", "teacher/teacher.json"), (name, found)
            assert found.said.startswith(found.file)


@given(at=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255), keep=st.booleans(), pick=st.integers(0, 10**6))
def test_no_bytes_make_reading_fall_over(made, tmp_path_factory, at, byte, keep, pick):
    run = made / "Tiny-v0" / "ppo_scorer" / "seed0"
    copy = tmp_path_factory.mktemp("bytes") / run.relative_to(made)  # elsewhere a run is one that was renamed
    shutil.copytree(run, copy)
    path = copy / files(run)[pick % len(files(run))]
    data = bytearray(path.read_bytes())
    place = int(at * len(data))
    same = keep and data[place] == byte
    data[place] = byte
    path.write_bytes(data if keep else data[:place])
    seen = damage_of(copy) is not None
    if path.name not in ("run.json", "lives.npz"):  # which hold checksums of what they say, not of their bytes
        assert seen != same
    (copy / "done").write_bytes((run / "done").read_bytes()[:65])
    damage_of(copy)  # says something or nothing, and never raises


def test_numbers_that_cannot_be_are_seen_without_checksums(made, tmp_path):
    run = as_version_0_1(Path(shutil.copytree(made / "Tiny-v0" / "linear" / "seed0", tmp_path / "seed0")))
    path, frame = run / "students.csv", pd.read_csv(run / "students.csv")
    for wrong, said in [
        (frame.assign(exam=np.nan), "students.csv holds what is no number under exam"),
        (frame.assign(exam=np.inf), "students.csv holds what is no number under exam"),
        (frame.assign(exam="x"), "students.csv holds what is no number under exam"),
        (frame.iloc[:-1], "students.csv has 19 rows of 20"),
        (frame.drop(columns="gain"), "students.csv has no column gain"),
    ]:
        wrong.to_csv(path, index=False)
        found = damage_of(run)
        assert found is not None
        assert found.said == said
    later = ["right", "longest_wrong", "misbelief", "belief_brier", "belief_log_loss"]
    frame.drop(columns=later).to_csv(path, index=False)  # as version 0.1 wrote it
    assert damage_of(run) is None


@pytest.mark.parametrize(
    ("policy", "name", "harm"),
    [("linear", "students.csv", changed), ("ppo_scorer", "teacher/teacher.json", cut), ("mastery", "done", emptied)],
)
def test_compare_names_the_run_and_makes_it_alone_anew(made, copied, policy, name, harm):
    run = copied / "Tiny-v0" / policy / "seed0"
    harm(run / name)
    line = (
        rf"{policy}/seed0 is damaged: {re.escape(name)} .*makes the damaged runs anew, and no others, with rerun=true"
    )
    before = contents(copied)
    with pytest.raises(InputError, match=line):
        compare(SPEC, results=copied.parent, **quiet())
    with pytest.raises(InputError, match=line):
        write_report(copied)
    assert contents(copied) == before
    again = compare(SPEC, results=copied.parent, **quiet(rerun=True))
    assert (again.made, again.failed) == (1, ())
    shutil.rmtree(run.with_name("seed0.old-1"))
    assert contents(copied) == contents(made)


@pytest.mark.parametrize("harm", [harm for harm in HARMS if harm is not changed])
def test_damaged_lives_are_made_anew_and_nothing_else(made, copied, harm):
    run = copied / "Tiny-v0" / "linear" / "seed0"
    harm(run / "lives.npz")
    if harm is not missing:
        with pytest.raises(InputError, match=r"linear/seed0 is damaged: lives.npz "):
            compare(SPEC, results=copied.parent, **quiet())
    assert compare(SPEC, results=copied.parent, **quiet(rerun=True)).made == 1
    assert not run.with_name("seed0.old-1").exists()
    assert contents(copied) == contents(made)


def test_several_damaged_runs_are_one_line(copied):
    for policy in ("linear", "mastery", "random"):
        cut(copied / "Tiny-v0" / policy / "seed0" / "students.csv")
    with pytest.raises(InputError, match=r"\(and 2 more runs damaged\)"):
        compare(SPEC, results=copied.parent, **quiet())


def test_a_run_is_read_once_for_its_checksums(made, monkeypatch):
    real, calls = whole._damage, []
    monkeypatch.setattr(whole, "_checked", {})
    monkeypatch.setattr(whole, "_damage", lambda folder: (calls.append(folder), real(folder))[1])
    compare(SPEC, results=made.parent, **quiet())
    assert len(calls) == len(set(calls)) > 0


@pytest.mark.parametrize("name", ["table.json", "experiment.json", "Tiny-v0/scenario.json", "done"])
@pytest.mark.parametrize("harm", HARMS)
def test_the_experiments_own_files_are_written_again(made, copied, name, harm):
    harm(copied / name)
    unseen = (name == "done" and harm is missing) or (name == "experiment.json" and harm is changed)
    if not unseen:
        with pytest.raises(InputError, match=name.rpartition("/")[2]) as caught:
            write_report(copied)
        assert "\n" not in str(caught.value)
    if harm is not a_folder or name == "done":
        assert compare(SPEC, results=copied.parent, **quiet()).made == 0
        assert contents(copied) == contents(made)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("scenarios",), 3),
        (("scenarios", "Tiny-v0", "policies"), {}),
        (("scenarios", "Tiny-v0", "policies", 0, "outcome"), "high"),
        (("scenarios", "Tiny-v0", "policies", 0, "policy"), None),
        (("scenarios", "Tiny-v0", "students"), True),
        (("scenarios", "Tiny-v0", "best_untrained"), "nobody"),
    ],
)
def test_a_table_of_other_kinds_is_one_line(copied, where, value):
    (copied / "done").unlink()
    table = json.loads((copied / "table.json").read_text())
    inner = table
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = value
    (copied / "table.json").write_text(json.dumps(table))
    with pytest.raises(InputError, match=r"table\.json"):
        write_report(copied)


def test_a_teacher_that_is_read_out_of_a_run_must_be_the_one_that_it_wrote(copied):
    folder = copied / "Tiny-v0" / "ppo_scorer" / "seed0" / "teacher"
    assert Teacher.load(folder)
    card = json.loads((folder / "teacher.json").read_text())
    (folder / "teacher.json").write_text(json.dumps(card | {"name": "forged"}))
    with pytest.raises(InputError, match=r"ppo_scorer/seed0 is damaged: teacher/teacher.json was changed"):
        Teacher.load(folder)
    assert Teacher.load(shutil.copytree(folder, copied / "elsewhere")).name  # nothing is known of it there


def test_a_changed_checkpoint_is_refused(tmp_path):
    checkpoint = Checkpoint(tmp_path / "state", {"seed": 1})
    checkpoint.write({"weights": np.arange(100.0), "update": 3})
    state = checkpoint.read()
    assert state is not None
    assert state["update"] == 3
    data = bytearray(checkpoint.path.read_bytes())
    data[-1] ^= 1
    checkpoint.path.write_bytes(data)
    with pytest.raises(InputError, match=r"state is not a whole checkpoint of zpdgym .*delete it"):
        checkpoint.read()


@pytest.mark.parametrize("harm", HARMS)
def test_a_damaged_belief_in_the_cache_is_named(tmp_path, monkeypatch, tiny, harm):
    monkeypatch.setattr(refit, "kept_in", lambda: tmp_path)
    monkeypatch.setattr("zpdgym.envs.beliefs.fitting.fit_belief", lambda *_, **__: {"kind": "bkt", "learn": [0.1] * 9})
    first = refit._numbers(tiny)
    (kept,) = tmp_path.glob("*.json")
    harm(kept)
    if harm is missing:
        assert refit._numbers(tiny) == first
        return
    with pytest.raises(InputError, match=rf"{kept.name} .*delete it"):
        refit._numbers(tiny)
