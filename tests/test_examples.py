"""The examples run in small form, each as a user starts it, and what they print is true."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))
EVALUATION = re.compile(r"<Evaluation of (\w+) in \S+: exam ([\d.]+) \[([\d.]+), ([\d.]+)\], (\d+) students>")


def printed(name: str, size: int, folder: Path) -> list[str]:
    """The lines that an example prints, started in an empty folder with a small number of students or updates."""
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), str(size)]
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    run = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=240, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout.splitlines()


def test_every_example_is_short_is_tested_here_and_is_shown_in_the_readme():
    tests = Path(__file__).read_text(encoding="utf-8")
    readme = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
    for script in SCRIPTS:
        assert len(script.read_text(encoding="utf-8").splitlines()) <= 60, script.name
        assert f'printed("{script.stem}"' in tests, script.name
        assert f"examples/{script.name}" in readme, script.name


def test_the_first_comparison_prints_the_table_and_leaves_the_page(tmp_path):
    lines = printed("first_comparison", 40, tmp_path)
    rows = lines[lines.index("The same from Python, the best first:") + 1 :]
    found = [re.fullmatch(r"(\w+) +([\d.]+) \[([\d.]+), ([\d.]+)\] (\w+)", row) for row in rows[:-2]]
    assert {"linear", "streak", "greedy_ready", "mastery_tuned", "optimal"} <= {row[1] for row in found if row}
    outcomes = [float(row[2]) for row in found if row]
    assert len(outcomes) == len(found)
    assert outcomes == sorted(outcomes, reverse=True)
    assert rows[-2].rpartition(" ")[2] in {row[1] for row in found if row and row[5] == "baseline"}
    assert (tmp_path / rows[-1].rpartition(" ")[2]).is_file()


def test_a_policy_of_ones_own_keeps_the_contract_and_teaches(tmp_path):
    checked, *rows = printed("own_policy", 100, tmp_path)
    assert checked.startswith("least_known keeps the contract")
    outcomes = {row.split()[0]: float(row.split()[1]) for row in rows}
    assert list(outcomes) == ["random", "mastery", "least_known(ready=0.6)", "least_known(ready=0.9)"]
    assert outcomes["least_known(ready=0.9)"] > outcomes["random"]


def test_a_student_of_ones_own_keeps_its_promises_and_is_taught(tmp_path):
    lines = printed("own_student", 40, tmp_path)
    assert lines[0].startswith("Halver: keeps its promises")
    found = {row[1]: float(row[2]) for row in map(EVALUATION.fullmatch, lines[-3:]) if row}
    assert list(found) == ["random", "linear", "mastery"]
    assert found["random"] > found["linear"]  # every further lesson on one skill closes less: equal shares are better


def test_a_curriculum_of_ones_own_is_taught_and_shown_lesson_by_lesson(tmp_path):
    lines = printed("own_curriculum", 40, tmp_path)
    with (EXAMPLES / "own_curriculum.csv").open(encoding="utf-8") as file:
        items = {row["item"]: row["approach"] for row in csv.DictReader(file)}
    assert lines[0].startswith(f"4 skills, {len(items)} items: Reading a clock, ")
    shares = {line.split()[0]: float(line.split()[-1]) for line in lines[1:5]}
    assert shares["mastery"] > shares["random"]
    lessons = [line.split(maxsplit=1) for line in lines[6:]]
    assert lessons
    for answer, item in lessons:
        assert (answer == "shown") == (items[item] in ("example", "explanation")), (answer, item)


@pytest.mark.slow
def test_plain_torch_learns_to_teach_towards_the_exact_optimum(tmp_path):
    lines = printed("train_with_another_library", 40, tmp_path)
    *before, trained = (EVALUATION.search(line) for line in lines)
    found = {row[1]: float(row[2]) for row in before if row}
    assert list(found) == ["random", "greedy_ready", "optimal", "reinforce"]
    assert trained is not None
    assert trained[1] == "reinforce"
    assert found["reinforce"] + 0.05 < float(trained[2]) < found["optimal"] + 0.02


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_an_example_says_how_it_is_started(script):
    assert f"\npython examples/{script.name} [" in script.read_text(encoding="utf-8")
