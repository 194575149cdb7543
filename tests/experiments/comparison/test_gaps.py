"""How far groups are from each other: two means, with an interval of their difference."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from zpdgym.experiments.comparison.gaps import gap
from zpdgym.experiments.comparison.show import markdown

from tests.experiments.comparison.small import rows_of


class Runs:
    """What a policy's runs say of students in three groups."""

    def __init__(self, exam, sizes=(40, 60, 9), pre=(0.2, 0.5, 0.9)):
        self.groups = np.repeat(["low", "high", "few"], sizes)
        self.students = [{"group": self.groups, "pre": np.repeat(pre, sizes)}]
        self.exam = exam(self.groups)

    def column(self, name):
        assert name == "exam"
        return self.exam


def drawn(groups, seeds=1):
    rng = np.random.default_rng(0)
    mean = np.where(groups == "high", 0.7, 0.6)
    return mean + rng.normal(0.0, 0.1, (seeds, len(groups)))


def test_it_is_the_difference_of_the_groups_that_knew_most_and_least_before():
    runs = Runs(drawn)
    found = gap(runs, np.random.default_rng(0))
    high, low = (runs.exam[0][runs.groups == name] for name in ("high", "low"))
    assert found["gap_between"] == "high – low"  # nine students are too few
    assert found["gap_before"] == pytest.approx(0.3)
    assert found["gap"].value == pytest.approx(high.mean() - low.mean())
    welch = stats.ttest_ind(high, low, equal_var=False).confidence_interval(0.95)
    assert found["gap"].low == pytest.approx(welch.low, abs=0.004)
    assert found["gap"].high == pytest.approx(welch.high, abs=0.004)


def test_a_gap_may_turn_round():
    turned = gap(Runs(lambda groups: np.where(groups == "low", 0.9, 0.5)[None]), np.random.default_rng(0))
    assert turned["gap"].value == pytest.approx(-0.4)


def test_trainings_count_too():
    def by_seed(groups):
        return drawn(groups, 4) + np.array([[0.0], [0.1], [0.0], [-0.1]]) * (groups == "high")

    one, several = gap(Runs(drawn), np.random.default_rng(0)), gap(Runs(by_seed), np.random.default_rng(0))
    assert several["gap"].high - several["gap"].low > one["gap"].high - one["gap"].low


def test_one_group_has_no_gap():
    assert gap(Runs(drawn, sizes=(40, 0, 9)), np.random.default_rng(0)) == {}


def test_the_page_has_it_only_where_there_are_groups(compared):
    table = rows_of(compared[0])
    (rows,) = [scenario.policies for scenario in table.scenarios.values()]
    assert all(row.gap is None for row in rows)
    assert "gap at the exam" not in markdown(table)
