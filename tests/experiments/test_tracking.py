"""Trackers mirror finished runs: offline, silently, once, and without rows about single students."""

import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from zpdgym.errors import InputError
from zpdgym.experiments import tracking
from zpdgym.experiments.places import A_PATH, without_places

from tests.experiments.stub_of_wandb import stub_of_wandb

RUN = {
    "settings": {"policy": "ppo_scorer", "seed": 0, "kind": "learnt"},
    "curves": {
        "train": {"lessons": [1000, 2000], "exam": [0.4, 0.5], "loss": [float("nan"), 0.1]},
        "test": {"lesson": [0, 1, 2], "mastery": [0.1, 0.2, 0.3]},
    },
    "numbers": {"exam": 0.61, "worst_decile": 0.4},
}
PAGE = '<p>who won</p><svg aria-labelledby="w0-growth-title"><title>growth</title></svg>'
TABLES = {"table": tracking.Table(["policy", "outcome"], [["random", 0.2], ["ppo_scorer", 0.61]])}


def records(path):
    """Every record of a W&B file: LevelDB frames in blocks of 32 KiB after a header of 7 bytes."""
    from wandb.proto.wandb_internal_pb2 import Record

    data, at, whole = path.read_bytes(), 7, b""
    while at + 7 <= len(data):
        left = 32768 - at % 32768
        if left < 7:
            at += left
            continue
        _, length, kind = struct.unpack("<IHB", data[at : at + 7])
        if kind == 0:
            at += left
            continue
        whole += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # a full frame, or the last of several
            yield Record.FromString(whole)
            whole = b""


def history(path):
    for record in records(path):
        if record.WhichOneof("record_type") == "history":
            yield {"/".join(item.nested_key) or item.key: item.value_json for item in record.history.item}


@pytest.fixture
def report(tmp_path):
    page = tmp_path / "report.html"
    page.write_text(PAGE)
    return page


def test_wandb_mirrors_offline_and_in_silence(tmp_path, report, capfd, monkeypatch):
    pytest.importorskip("wandb")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    before = dict(os.environ)
    mirror = tracking.Mirror.open("wandb", folder=tmp_path, experiment="quick")
    try:
        mirror.run("Algebra-v0/ppo_scorer/seed0", "abc", **RUN)
        for _ in range(2):  # the same comparison is shown once
            mirror.experiment("def", settings={"name": "quick"}, tables=TABLES, report=report)
    finally:
        mirror.tracker.close()
    folders = sorted((tmp_path / "wandb").glob("offline-run-*"))
    assert len(folders) == 2
    rows = [row for path in (tmp_path / "wandb").glob("offline-run-*/*.wandb") for row in history(path)]
    assert {"train/lessons", "train/exam"} <= {key for row in rows for key in row}
    assert [row["test/mastery"] for row in rows if "test/mastery" in row] == ["0.1", "0.2", "0.3"]
    assert [row.get("train/loss") for row in rows if "train/exam" in row] == [None, "0.1"]
    kinds = {
        record.WhichOneof("record_type") for path in (tmp_path / "wandb").rglob("*.wandb") for record in records(path)
    }
    assert "artifact" not in kinds  # W&B looks for an artifact's files in absolute paths of this machine
    written = {path.name.split("_")[0] for path in (tmp_path / "wandb").glob("offline-run-*/files/media/*/*")}
    assert written == {"table", "report", "growth-0"}
    kinds_of_jobs = {
        record.run.job_type
        for path in (tmp_path / "wandb").rglob("*.wandb")
        for record in records(path)
        if record.run.job_type
    }
    assert kinds_of_jobs == {"learnt", "comparison"}
    assert capfd.readouterr() == ("", "")
    assert dict(os.environ) == before
    assert not (tmp_path / "home").exists() or not list((tmp_path / "home").rglob("*wandb*"))


@pytest.mark.slow
def test_a_copy_of_the_folder_is_uploaded_whole_when_the_original_is_gone(tmp_path, report, monkeypatch):
    pytest.importorskip("wandb")
    original, copy = tmp_path / "original", tmp_path / "elsewhere"
    original.mkdir()
    mirror = tracking.Mirror.open("wandb", folder=original, experiment="quick")
    try:
        mirror.run("Algebra-v0/ppo_scorer/seed0", "abc", **RUN)
        mirror.experiment("def", settings={"name": "quick"}, tables=TABLES, report=report)
    finally:
        mirror.tracker.close()
    shutil.copytree(original, copy)
    shutil.rmtree(original)
    report.unlink()
    runs = [str(path) for path in (copy / "wandb").glob("offline-run-*")]
    with stub_of_wandb() as server:
        environment = {
            "WANDB_BASE_URL": server.address,
            "WANDB_API_KEY": "0123456789" * 4,
            "WANDB_ERROR_REPORTING": "false",
            "HOME": str(tmp_path / "home"),
        }
        command = [sys.executable, "-m", "wandb", "sync", *runs]
        done = subprocess.run(
            command, env=os.environ | environment, cwd=copy, capture_output=True, text=True, timeout=120
        )
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    media = {name.rsplit("/", 1)[1].split("_")[0]: data for name, data in server.uploads.items() if "media" in name}
    assert media["report"] == PAGE.encode()
    assert b"<svg" in media["growth-0"]
    assert json.loads(media["table"])["data"] == TABLES["table"].rows
    assert b"train/exam" in server.streamed
    assert not server.unknown


def test_settings_are_shown_without_the_folders_of_this_machine():
    shown = {"url": "https://example.org/a", "ratio": "1/2", "n": 3}
    given = {"path": "/home/quandt/x", "own": "~quandt/y", "win": "C:\\q\\z", "again": "compare results='/home/a b'"}
    hidden = dict.fromkeys(given, A_PATH)
    assert without_places({**given, **shown, "list": [{"file": Path("/q")}]}) == {
        **hidden,
        **shown,
        "list": [{"file": A_PATH}],
    }


def test_run_is_shown_once_and_again_when_it_is_another(tmp_path):
    class Counting(tracking.NoTracker):
        shown: tuple[str, ...] = ()

        def run(self, name, **contents):
            self.shown = (*self.shown, name)

    def mirror():
        opened = tracking.Mirror.open("none", folder=tmp_path, experiment="quick")
        opened.tracker = Counting(folder=tmp_path, experiment="quick")
        return opened

    first, again = mirror(), None
    first.run("a/seed0", "1", **RUN)
    first.run("a/seed0", "1", **RUN)
    assert first.tracker.shown == ("a/seed0",)
    again = mirror()
    again.run("a/seed0", "1", **RUN)
    again.run("a/seed0", "2", **RUN)
    assert again.tracker.shown == ("a/seed0",)


def test_tensorboard_writes_scalars_over_their_own_axis(tmp_path, report):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    mirror = tracking.Mirror.open("tensorboard", folder=tmp_path, experiment="quick")
    for _ in range(2):  # repeating replaces
        mirror.tracker.run("Tiny-v0/ppo/seed0", **RUN)
    mirror.tracker.experiment(settings={}, tables=TABLES, report=report)
    mirror.tracker.close()

    def scalars(folder, tag):
        events = EventAccumulator(str(folder)).Reload()
        return [(e.step, round(float(make_ndarray(e.tensor_proto)), 3)) for e in events.Tensors(tag)]

    run = tmp_path / "tensorboard" / "Tiny-v0" / "ppo" / "seed0"
    assert scalars(run, "train/exam") == [(1000, 0.4), (2000, 0.5)]
    assert scalars(run, "test/worst_decile") == [(0, 0.4)]
    assert scalars(tmp_path / "tensorboard" / "comparison", "table/ppo_scorer/outcome") == [(0, 0.61)]
    names = [path.name for path in (tmp_path / "tensorboard").rglob("events*")]
    assert names == ["events.out.tfevents.0"] * 2  # TensorBoard's own names end with that of the machine


def test_no_tracker_writes_nothing(tmp_path, report):
    mirror = tracking.Mirror.open("none", folder=tmp_path / "results", experiment="quick")
    mirror.tracker.run("a", **RUN)
    mirror.tracker.experiment(settings={}, tables=TABLES, report=report)
    mirror.tracker.close()
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(("tracker", "module"), [("wandb", "wandb"), ("tensorboard", "tensorboard.summary")])
def test_missing_package_names_the_extra_and_the_way_without(tmp_path, monkeypatch, tracker, module):
    monkeypatch.setitem(sys.modules, module, None)
    before = dict(os.environ)
    with pytest.raises(InputError, match=r"zpdgym\[track\].*tracking=none"):
        tracking.Mirror.open(tracker, folder=tmp_path, experiment="quick")
    assert dict(os.environ) == before


def test_online_without_an_account_is_one_clear_line(tmp_path, monkeypatch):
    wandb = pytest.importorskip("wandb")

    def refuse():
        raise wandb.errors.UsageError("No API key configured.")

    monkeypatch.setattr(wandb, "login", refuse)
    with pytest.raises(InputError, match=r"wandb login.*tracking=wandb"):
        tracking.Mirror.open("online", folder=tmp_path, experiment="quick")
    monkeypatch.setattr(wandb, "login", lambda: False)
    with pytest.raises(InputError, match="did not accept"):
        tracking.Mirror.open("online", folder=tmp_path, experiment="quick")


def test_wrong_names_are_refused(tmp_path):
    with pytest.raises(InputError, match="Did you mean 'tensorboard'"):
        tracking.load_tracking("tensorbord")
    with pytest.raises(InputError, match="_target_"):
        tracking.load_tracking({"mode": "offline"})
    with pytest.raises(InputError, match=r"tracking\.mode 'of'.*offline"):
        tracking.WandbTracker(folder=tmp_path, experiment="quick", mode="of")
