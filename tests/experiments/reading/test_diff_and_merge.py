"""Two results set beside each other, and two comparisons put together."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zpdgym
from zpdgym.errors import InputError
from zpdgym.scripts.cli import main

from tests.experiments.made_grid import write_again

LABEL = "Tiny-v0,slip=0.3,guess=few"


def part(grid: Path, folder: Path, seeds: Sequence[int], **changes: Any) -> Path:
    """The same grid as if its learners had been trained with these seeds alone."""
    shutil.copytree(grid, folder)
    about = json.loads((folder / "experiment.json").read_text()) | {"seeds": list(seeds), **changes}
    for label, cell in about["compared"].items():
        for runs in cell["policies"]:
            if runs["kind"] == "learnt":
                runs["seeds"] = list(seeds)
                for gone in {0, 1, 2} - {*seeds}:
                    shutil.rmtree(folder / label / runs["policy"] / f"seed{gone}")
    write_again(folder, about)
    return folder


def numbers(folder: Path) -> dict[str, Any]:
    """What the table says, but for the axes, which stand there in a way of their own."""
    table = json.loads((folder / "table.json").read_text())
    rows = [row for scenario in table["scenarios"].values() for row in scenario["policies"]]
    return {"seeds": table["seeds"], "rows": [{k: v for k, v in row.items() if k != "axes"} for row in rows]}


@pytest.fixture(scope="module")
def halves(grid, tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("halves")
    return part(grid, folder / "a", [0, 1]), part(grid, folder / "b", [1, 2])


def test_what_was_made_apart_is_what_is_made_together(grid, halves, tmp_path):
    merged = zpdgym.merge(*halves, into=tmp_path / "all")
    assert merged.runs == 56
    assert merged.said == ()
    assert numbers(merged.folder) == numbers(grid)
    for name in ("table.csv", "table.md", "report.html", "experiment.yaml", "done"):
        assert (merged.folder / name).stat().st_size
    results, whole = zpdgym.load(merged.folder), zpdgym.load(grid)
    assert results.axes == whole.axes
    assert results.experiment["seeds"] == [0, 1, 2]
    assert results.students().drop(columns="folder", errors="ignore").shape == whole.students().shape
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all"]


def test_conflicts_are_refused_and_nothing_is_written(grid, halves, tmp_path):
    one, other = halves
    into = tmp_path / "all"
    lessons = part(grid, tmp_path / "lessons", [2], lessons=700)
    code = part(grid, tmp_path / "code", [2])
    for run in code.glob("*/ppo_scorer*/seed2"):
        _made_with_other_code(run)
    for second, told in (
        (lessons, "differ in lessons: 600 and 700; only seeds, policies and scenarios may differ"),
        (code, "were made with different zpdgym: they cannot be put together"),
        (tmp_path / "nothing", "there is no folder"),
    ):
        with pytest.raises(InputError, match=told):
            zpdgym.merge(one, second, into=into)
        assert not into.exists()
    with pytest.raises(InputError, match="exists: give a folder that does not"):
        zpdgym.merge(one, other, into=one)
    assert {path.name for path in tmp_path.iterdir()} == {"lessons", "code"}


def _made_with_other_code(run: Path) -> None:
    """The run as another version of the source would have left it."""
    from zpdgym.experiments.store.whole import CHECKSUM, files_of, origin_sum
    from zpdgym.seal import Seal
    from zpdgym.sources import digest_of

    origin = json.loads((run / "run.json").read_text())
    origin["parts"]["zpdgym"] = "0" * 64
    origin["fingerprint"] = digest_of(origin["parts"])
    origin[CHECKSUM] = origin_sum(origin)
    (run / "run.json").write_text(json.dumps(origin))
    (run / "done").write_text(Seal.of(origin["fingerprint"], run, files_of(run)).text())


def test_the_same_results_differ_in_nothing(grid, halves):
    found = zpdgym.diff(grid, halves[0])
    assert len(found.rows) == 4 * 10
    assert all(row.difference.value == 0.0 and row.differs == "" for row in found.rows)
    assert len(found.only_first) == 8
    assert found.only_second == ()
    assert list(found.table().columns[:2]) == ["scenario", "policy"]


def test_two_runs_are_paired_student_by_student(grid):
    runs = [grid / LABEL / policy / "seed0" for policy in ("random", "mastery_tuned")]
    found = zpdgym.diff(*runs)
    (row,) = found.rows
    exams = [np.loadtxt(run / "students.csv", delimiter=",", skiprows=1, usecols=4) for run in runs]
    difference = exams[1] - exams[0]
    assert row.difference.value == pytest.approx(difference.mean())
    half = 2.0010 * difference.std(ddof=1) / np.sqrt(60)  # Student's t with 59 degrees of freedom
    assert row.difference.high - row.difference.value == pytest.approx(half, rel=1e-3)
    assert "policy.name: random -> mastery_tuned" in row.differs
    assert zpdgym.diff(*reversed(runs)).rows[0].difference.value == -row.difference.value


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("other", ["streak", "mastery_tuned", "random"])
def test_one_training_on_either_side_gets_no_word_and_both_runs_are_named(grid, capsys, turned, other):
    """From any cell to any other: whoever is first, one training tells nothing of their luck."""
    there = other if (grid / LABEL / other).exists() else "no_teaching"
    (learner, *_) = sorted((grid / LABEL).glob("ppo_scorer*"))
    runs = [learner / "seed1", grid / LABEL.replace("few", "many") / there / "seed0"]
    runs = runs[::-1] if turned else runs
    (row,) = zpdgym.diff(*runs).rows
    assert row.verdict is None
    assert main(["diff", *map(str, runs)]) == 0
    said = capsys.readouterr().out
    assert f"{' -> '.join(' '.join(run.parts[-3:]) for run in runs)}: " in said
    assert "too few seeds for a verdict" in said


def test_what_cannot_be_paired_is_refused(grid, tmp_path, capsys):
    run = grid / LABEL / "random" / "seed0"
    other = tmp_path / "cohort"
    shutil.copytree(run, other)
    origin = json.loads((other / "run.json").read_text())
    from zpdgym.experiments.store.whole import CHECKSUM, origin_sum

    origin["seeds"]["test"] += 1
    origin[CHECKSUM] = origin_sum(origin)
    (other / "run.json").write_text(json.dumps(origin))
    with pytest.raises(InputError, match="cannot be paired: they taught other students"):
        zpdgym.diff(run, other)
    assert main(["diff", str(run)]) == 2
    assert "diff needs 2 folders; 1 given" in capsys.readouterr().err
    assert main(["merge", str(grid), str(grid)]) == 2
    assert "merge needs into=FOLDER" in capsys.readouterr().err
    assert main(["diff", str(run), str(grid / LABEL / "mastery" / "seed0")]) == 0
    assert "60 students, 1 run each" in capsys.readouterr().out
