"""``python -m benchmarks.peers``: what cannot be installed, or breaks, says so in the table, and the others stay."""

from __future__ import annotations

import sys

import pytest

from benchmarks.clients.environment import Failed
from benchmarks.peers import __main__ as runner

PROGRAM = """
from answering import answer

print("what a library prints is no answer")
answer({"turn": lambda: {"py-fsrs": [1000, 0.01]}, "stabilities": lambda reviews: [1.0] * len(reviews)})
"""
ROWS = ("students alone", "`TutorEnv`", "vector environment", "students alone, 1,024", "vector environment, 1,024")


@pytest.fixture
def played(tmp_path, monkeypatch):
    """All peers; what is installed is this Python, and py-fsrs alone is there."""
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    monkeypatch.setattr(runner.ours, "turns", lambda world: {row: lambda: (100.0, 0.01) for row in ROWS})

    def installed(steps, folder):
        if "EduSim" in str(steps):
            raise Failed("no matching distribution (exit code 1)")
        return sys.executable

    monkeypatch.setattr(runner, "installed", installed)
    place = tmp_path / "programs"
    place.mkdir()
    (place / "answering.py").write_text((runner.HERE / "answering.py").read_text())
    (place / "play_pyfsrs.py").write_text(PROGRAM)
    (place / "play_optimizer.py").write_text("raise ImportError('no simulator here')")
    monkeypatch.setattr(runner, "HERE", place)
    everybody = runner.peers()
    for peer in everybody:
        peer.start()
    yield everybody
    for peer in everybody:
        peer.end()


def test_what_cannot_be_played_says_so_and_the_others_are_measured(played):
    agreed = runner.agreement(played)
    text = runner.page(played, runner.measure(played, 1), agreed)
    assert len(agreed) == 1  # with py-fsrs; there is no EduSim to ask
    lines = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("| ")}
    assert "- (not installed: no matching distribution (exit code 1))" in lines["EduSim 0.0.2"]
    assert "- (not run: ImportError: no simulator here)" in lines["fsrs-optimizer 6.5.0, 1000 cards"]
    assert "| 100 k | 10.00 |" in lines["py-fsrs 6.3.2"]
    assert "| 10 k | 1.00 |" in lines["ours: `TutorEnv`"]


def test_ours_are_measured_in_both_worlds():
    for world in runner.WORLDS:
        found = runner.ours.turns(world)
        assert tuple(found) == ROWS
        assert set(found) == set(runner.ours_in(dict.fromkeys(found, 1.0)))
        lessons, seconds = found["vector environment"]()
        assert lessons == runner.ours.LESSONS
        assert seconds > 0.0


def test_every_row_of_a_peer_has_its_world():
    for peer in runner.peers():
        assert peer.world in runner.WORLDS
        assert (runner.HERE / peer.program).is_file()
        assert peer.rows
