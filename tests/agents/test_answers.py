"""How often a student is wrong, counted lesson by lesson and held to the lessons themselves."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.agents import build_policy, teach
from zpdgym.agents.answers import Answers

from tests import helpers


def test_runs_of_wrong_answers_by_hand():
    """Right, wrong, no question, wrong, right, wrong: two in a row; the second student is never asked."""
    answers = Answers(2)
    for asked, correct in ((1, 1), (1, 0), (0, 0), (1, 0), (1, 1), (1, 0)):
        answers.after(np.array([bool(asked), False]), np.array([bool(correct), True]))
    found = answers.outcomes()
    assert found["right"][0] == pytest.approx(2 / 5)
    assert np.isnan(found["right"][1])
    assert found["longest_wrong"].tolist() == [2, 0]


@pytest.mark.kernels
def test_columns_agree_with_the_lessons_that_were_kept():
    """Counted here as a person would, from strings of right and wrong."""
    world = helpers.world(
        student={"prior": 0.3, "forget": 0.03},
        schedule={"sessions": 3, "session_lessons": 7},
        replace={"curriculum": {"_target_": "zpdgym.students.chain", "n_skills": 4}},
    )
    taught = teach(world, build_policy("mastery"), n_students=40, cohort_seed=2, keep=40)
    for i, row in enumerate(taught.kept["correct"]):
        answers = [int(answer) for answer in row if answer >= 0]
        runs = "".join(map(str, answers)).split("1")
        assert taught.outcomes["longest_wrong"][i] == max(map(len, runs))
        assert taught.outcomes["right"][i] == pytest.approx(sum(answers) / len(answers))
