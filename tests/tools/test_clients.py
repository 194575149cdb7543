"""``make clients`` runs what the page says, whole programs only, and counts whatever did not train as a failure."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from benchmarks.clients import __main__ as runner
from benchmarks.clients.clients import CLIENTS
from benchmarks.clients.page import PAGE, shared_files, snippet
from benchmarks.clients.programs import CLEANRL, Program, Unobtainable

TOLD = {
    "seconds": 3.0,
    "references": {"random": [0.5, 0.49, 0.51], "mastery": [0.57, 0.56, 0.58]},
    "trained": {"teacher": [0.6, 0.59, 0.61]},
    "versions": {},
}


@pytest.fixture
def client(tmp_path, monkeypatch):
    """The first client, with nothing installed; what its environment tells can be changed."""
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    monkeypatch.setattr(runner, "environment", lambda *_: tmp_path / "python")
    monkeypatch.setattr(runner, "clashes", lambda _: [])
    told = dict(TOLD)

    def run(command, folder, log, *, at_home):
        (folder / command[3]).write_text(json.dumps(told), encoding="utf-8")

    monkeypatch.setattr(runner, "run", run)
    return CLIENTS[0], told


@pytest.mark.parametrize("client", CLIENTS, ids=lambda one: one.name)
def test_every_client_has_a_snippet_that_is_python_and_leaves_a_teacher(client):
    compile(snippet(client.heading), client.heading, "exec")
    assert "Teacher(network=" in snippet(client.heading)
    assert "class Teacher" in shared_files()["my_teacher.py"]


def test_a_client_is_ok_when_what_it_trained_teaches_better_than_chance(client):
    assert runner.tried(client[0]).fault == ""
    for worse in (0.505, float("nan")):
        client[1]["trained"] = {"teacher": [0.6, worse, 0.7]}
        assert runner.tried(client[0]).fault == "teacher teaches no better than chance"
    client[1]["trained"] = {}
    assert runner.tried(client[0]).fault == "left no teacher"


def test_a_client_that_cannot_be_installed_has_failed(client, monkeypatch, capsys):
    def refuse(*_):
        raise runner.Failed("no matching distribution (exit code 1)")

    monkeypatch.setattr(runner, "environment", refuse)
    monkeypatch.setattr("sys.argv", ["clients", client[0].name])
    assert runner.main() == 1
    assert "FAILED: no matching distribution (exit code 1) |" in capsys.readouterr().out


def test_a_program_runs_only_with_the_bytes_of_its_commit(tmp_path, monkeypatch):
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "run.py").write_bytes(b"print(1)\n")
    checksum = hashlib.sha256(b"print(1)\n").hexdigest()
    program = Program("somebody/program", "0" * 40, {"run.py": checksum}, "ZPDGYM_PROGRAM")
    monkeypatch.setenv("ZPDGYM_PROGRAM", str(tmp_path / "given"))
    program.put_into(tmp_path / "here")
    assert (tmp_path / "here" / "run.py").read_bytes() == b"print(1)\n"
    (tmp_path / "given" / "run.py").write_bytes(b"print(2)\n")
    with pytest.raises(Unobtainable, match=r"run.py of somebody/program has checksum .*, expected "):
        program.put_into(tmp_path / "there")
    (tmp_path / "given" / "run.py").unlink()
    with pytest.raises(Unobtainable, match=r"ZPDGYM_PROGRAM=.*: there is no run.py"):
        program.put_into(tmp_path / "there")


def test_the_pages_name_the_commit_that_is_run_and_what_each_client_came_to():
    page = PAGE.read_text(encoding="utf-8")
    assert f"https://github.com/{CLEANRL.repository}/tree/{CLEANRL.commit}" in page
    results = (PAGE.parents[1] / "results" / "clients.md").read_text(encoding="utf-8")
    for client in CLIENTS:
        assert re.search(rf"^\| {re.escape(client.heading)} \|.*\| ok \|$", results, re.MULTILINE), client.name
