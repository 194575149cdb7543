"""The pages of the leaderboard and of the learners: what they show is in the run folders, what hands wrote stays."""

from __future__ import annotations

import json

import numpy as np
import pytest
from zpdgym.agents import teach
from zpdgym.agents.registry import build_policy
from zpdgym.envs import Scenario
from zpdgym.experiments.figures.lessons import Lessons

from benchmarks import publish
from benchmarks.pages import decisions, learners
from benchmarks.pages.better_beliefs import Comparison


def run(folder, cell, policy, kind, exam, validation, seconds):
    """A run folder with what the page reads."""
    at = folder / cell / policy / "seed0"
    at.mkdir(parents=True)
    lines = ["student,exam", *(f"{i},{exam + 0.01 * (i % 2)}" for i in range(20))]
    (at / "students.csv").write_text("\n".join(lines), encoding="utf-8")
    (at / "validation.json").write_text(json.dumps({"mean": validation}), encoding="utf-8")
    (at / "run.json").write_text(json.dumps({"kind": kind, "seconds": seconds}), encoding="utf-8")
    if "tune" in seconds:
        (at / "tuning.json").write_text("{}", encoding="utf-8")


@pytest.fixture
def compared(tmp_path):
    """A comparison in which the index with the better validation students has the worse test students."""
    for cell, exam in (*((cell, 0.580) for cell in learners.CELLS if cell != "Practice-v1"), ("Practice-v1", 0.800)):
        run(tmp_path, cell, "ppo_scorer", "learnt", exam, 0.5, {"train": 12.4})
        run(tmp_path, cell, "tuned_index", "baseline", 0.590, 0.57, {"tune": 31.0})
        run(tmp_path, cell, "tuned_index_3m", "baseline", 0.570, 0.58, {"tune": 80.0})
        run(tmp_path, cell, "outer_fringe", "baseline", 0.577, 0.53, {})
    return Comparison(tmp_path)


def test_the_strongest_index_is_chosen_on_validation_students(compared):
    cell = learners.Cell("Algebra-v1", compared, None)
    assert cell.best(learners.INDEXES).policy == "tuned_index_3m"
    assert "| `tuned_index_3m` | +0.010" in learners.ahead([cell])


def test_a_line_is_held_or_missed_or_was_not_run(compared):
    cells = {name: learners.Cell(name, compared, None) for name in learners.CELLS}
    verdicts = [row.split("|")[-2].strip() for row in learners.lines(cells).splitlines()[2:]]
    assert verdicts == ["held", "not run", "missed", "held"]


def test_the_page_has_the_seconds_of_a_training_and_of_a_search(compared):
    told = learners.Cell("Algebra-v1", compared, None).outcomes()
    assert "| `ppo_scorer`, 800 000 lessons (learnt) | 0.585 ± 0.002 | 0.500 | 1 | 12 |" in told
    assert "| 0.570 | 1 | 31 |" in told
    assert "| 0.530 |  |  |" in told


def test_what_hands_wrote_stays_when_the_page_is_made_again(compared, tmp_path):
    out = tmp_path / "learners.md"
    learners.main([str(compared.folder), "--out", str(out)])
    said = out.read_text(encoding="utf-8").replace("Not said yet.", "It waits.", 1).replace("## Exam", "## Old")
    out.write_text(said, encoding="utf-8")
    learners.main([str(compared.folder), "--out", str(out)])
    again = out.read_text(encoding="utf-8")
    assert "<!-- by hand of Algebra-v1 -->\nIt waits.\n<!-- end -->" in again
    assert "## Old" not in again


def test_whoever_is_asked_beside_the_teacher_changes_none_of_its_lessons():
    scenario, options = Scenario.load("tiny"), {"n_students": 30, "cohort_seed": 5, "keep": 30}
    alone = teach(scenario, build_policy("greedy"), **options)
    both = decisions.Both(build_policy("greedy"), build_policy("greedy_ready"))
    beside = teach(scenario, both, chunk=30, **options)
    assert np.array_equal(alone.kept["items"], beside.kept["items"])
    same = decisions.Both(build_policy("greedy"), build_policy("greedy"))
    taught = teach(scenario, same, chunk=30, **options).kept["items"]
    assert np.array_equal(np.stack(same.others).T[:, : taught.shape[1]][taught >= 0], taught[taught >= 0])


def lessons_by_hand():
    """One student: two lessons on the first skill, one on the second, and back to the first."""
    curriculum = Scenario.load("tiny").curriculum
    first, second = (int(curriculum.q[:, k].argmax()) for k in (0, 1))
    items = np.array([[first, first, second, first]])
    belief, tries = np.zeros((1, 4, 3)), np.zeros((1, 4, 3))
    belief[0, :, 0], tries[0, :, 0] = (0.2, 0.6, 0.8, 0.95), (0, 1, 2, 2)
    belief[0, 2, 1] = 0.3
    none = np.zeros(items.shape, bool)
    seen = {"belief": belief, "tries": tries}
    return Lessons(curriculum, items, none.astype(np.int8), none * 0.0, seen, np.zeros((1, 5, 3)), None, none)


def test_lessons_are_told_in_numbers():
    told = decisions.as_columns(lessons_by_hand(), sessions=2)
    assert told["belief in the skill that is taught, mean"] == pytest.approx((0.2 + 0.6 + 0.3 + 0.95) / 4)
    assert told["share of lessons that come back to a skill believed known to more than 0.9"] == 0.25
    assert told["skills begun a session"] == 1.0
    assert told["lessons on a skill before moving on"] == pytest.approx(4 / 3)


def test_it_is_counted_where_the_other_would_do_the_same():
    lessons = lessons_by_hand()
    first, second = lessons.items[0, 0], lessons.items[0, 2]
    of_first = np.flatnonzero(lessons.curriculum.q[:, 0])
    other = int(of_first[of_first != first][0]) if len(of_first) > 1 else int(second)
    found = decisions.agreeing(lessons, np.array([[first], [second], [second], [other]]))
    same_skill = bool(lessons.curriculum.q[other, 0])
    assert found["the same item"] == 0.5
    assert found["an item of the same skill"] == 0.5 + 0.25 * same_skill
    assert found["an item of the same skill, where the teacher moves on"] == pytest.approx((2 + same_skill) / 3)


def test_a_picture_of_an_older_version_gives_way(tmp_path, monkeypatch):
    monkeypatch.setattr(publish, "DOCS", tmp_path)
    for name in ("board-Algebra-v0.svg", "board-Algebra-v1.svg", "board-Game-v0.svg", "board_full-Algebra-v0.svg"):
        (tmp_path / name).touch()
    gone = publish.give_way("board", [tmp_path / "board-Algebra-v1.svg"])
    assert gone == {"board-Algebra-v0.svg": "board-Algebra-v1.svg"}
    assert {path.name for path in tmp_path.iterdir()} == {
        "board-Algebra-v1.svg", "board-Game-v0.svg", "board_full-Algebra-v0.svg",
    }  # fmt: skip
