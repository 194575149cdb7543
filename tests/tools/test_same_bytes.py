"""What two versions wrote is compared file by file; when and where it was written does not count."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.same_bytes import compared, report


@pytest.fixture
def written(tmp_path):
    """The folders of two versions that wrote the same, each with its own spelling and its own time."""
    for which, target in (("old", "zpdgym.agents.mastery.Mastery"), ("new", "zpdgym.agents.Mastery")):
        run = tmp_path / which / "tiny" / "Tiny-v0" / "mastery" / "seed0"
        (run / "unexpected").mkdir(parents=True)
        (run / "tuning.json").write_text(f'{{"_target_": "{target}"}}\n', encoding="utf-8")
        (run / "students.csv").write_text("student,exam\n0,0.5\n1,0.25\n", encoding="utf-8")
        (run / "unexpected" / "slow.csv").write_text("student,exam\n0,0.5\n", encoding="utf-8")
        np.savez_compressed(run / "curves.npz", mastery_by_lesson=np.arange(3.0))
        (run / "run.json").write_text(f'{{"seconds": {len(which + target)}}}', encoding="utf-8")
    return tmp_path / "old", tmp_path / "new", tmp_path / "new" / "tiny" / "Tiny-v0" / "mastery" / "seed0"


def test_the_same_numbers_are_the_same(written, capsys):
    old, new, _ = written
    counts, aside = compared(old, new)
    assert {kind for kind, count in counts.items() if count.equal} == {
        "students.csv", "tuning.json", "unexpected/*.csv", "curves.npz",
    }  # fmt: skip
    assert aside == {"run.json"}
    assert report(counts, aside) == 0
    assert "left aside: run.json" in capsys.readouterr().out


def test_what_differs_is_named(written, capsys):
    old, new, run = written
    (run / "students.csv").write_text("student,exam\n0,0.5\n1,0.26\n", encoding="utf-8")
    np.savez_compressed(run / "curves.npz", mastery_by_lesson=np.arange(3, dtype=np.float32))
    (run / "unexpected" / "slow.csv").unlink()
    counts, aside = compared(old, new)
    assert report(counts, aside) == 1
    said = capsys.readouterr().out
    assert "students.csv: line 3 differs: 1,0.25 | 1,0.26" in said
    assert "curves.npz: mastery_by_lesson differs" in said
    assert "slow.csv: there is none of the new code" in said


def test_nothing_compared_is_no_success(tmp_path):
    assert report(*compared(tmp_path / "old", tmp_path / "new")) == 1
