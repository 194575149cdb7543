"""Questions are read before a tutor's belief is fitted, and by --cfg job as by the run."""

from __future__ import annotations

import pytest

from tests.scripts.helpers import fails

GRID = ("grid.student.forget=.01,.03", "grid.schedule=[seven_weeks,once_a_week]")
WRONG = [
    ("streak - mastery along schedule", "along schedule there must be two numbers at least"),
    ("streak - mastery along day", "unknown axis 'day'"),
    ("streak - mastery by schedul", "unknown axis 'schedul'"),
    ("streak - sm2", "sm2 is not in this comparison: add=sm2"),
    ("streak - oracle_greedy", "looks inside the students"),
    ("streak-mastery", "must be written policy - policy"),
]


@pytest.mark.parametrize(("line", "says"), WRONG)
def test_a_wrong_question_is_refused_before_anything_is_fitted(tmp_path, monkeypatch, capsys, line, says):
    monkeypatch.chdir(tmp_path)

    def fit(*_, **__):
        raise AssertionError("a belief is fitted")

    monkeypatch.setattr("zpdgym.experiments.runs.scenarios.with_own_belief", fit)
    asked = ("compare", "scenario=practice", "policies=streak", *GRID, f"contrasts=[{line}]")
    assert says in fails(capsys, *asked)
    assert says in fails(capsys, *asked, "--cfg", "job")


def test_a_policy_that_the_grid_varies_is_asked_about_by_its_variants(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    asked = ("compare", "scenario=tiny", "policies=streak", "grid.policies.streak.n=2,3", "contrasts=[streak - random]")
    assert "streak is varied by the grid; there are streak,n=2, streak,n=3" in fails(capsys, *asked)
