"""When being wrong would frustrate, and results that do not say how often pupils were wrong."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.experiments.mistakes import RUN, frustrates, frustrating, mistakes, of_some


def students(right: list[float], longest: list[float]) -> dict:
    return {"right": np.array(right), "longest_wrong": np.array(longest), "exam": np.zeros(len(right))}


def test_mistakes_by_hand():
    found = mistakes(students([0.4, 0.8, np.nan, 0.9], [9, 2, 0, 1]))
    assert found == {"right": pytest.approx(0.7), "longest_wrong": 2.0, "mostly_wrong": pytest.approx(1 / 3)}


@pytest.mark.parametrize(
    ("right", "longest", "flag"),
    [
        ([0.4, 0.45, 0.6], [3, 3, 3], True),  # most students below half, .483 on average
        ([0.49, 0.49, 0.9], [3, 3, 3], True),  # .627 on average, yet most students below half
        ([0.1, 0.55, 0.55], [3, 3, 3], True),  # one in three below half, .4 on average
        ([0.5, 0.6, 0.7], [3, RUN - 1, 99], False),
        ([0.5, 0.6, 0.7], [3, RUN, 99], True),
    ],
)
def test_the_flag_is_for_the_average_the_most_and_the_one_in_the_middle(right, longest, flag):
    assert frustrates(mistakes(students(right, longest))) is flag


def test_old_results_and_untaught_students_have_no_flag():
    old = mistakes({"exam": np.zeros(3)})
    assert all(np.isnan(value) for value in old.values())
    assert frustrates(old) is None
    untaught = mistakes(students([np.nan, np.nan], [0, 0]))
    assert frustrating([untaught]) is None
    assert of_some({"exam": np.zeros(2)}, np.array([True, False])) == pytest.approx(old, nan_ok=True)


def test_runs_that_would_frustrate_are_counted():
    good, bad = mistakes(students([0.8], [1])), mistakes(students([0.2], [1]))
    assert frustrating([good, bad, bad]) == 2
    assert frustrating([good]) == 0


def test_a_limit_of_five_in_a_row_would_be_chance():
    """What ``docs/evidence.md`` says of who gets every second of two hundred questions right."""
    flips = np.random.default_rng(0).integers(0, 2, size=(400, 200))
    longest = [max(map(len, "".join(map(str, row)).split("1"))) for row in flips]
    assert np.mean(longest) == pytest.approx(7, abs=0.3)
