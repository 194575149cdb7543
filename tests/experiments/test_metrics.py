"""The numbers of a run, worked out by hand."""

from pathlib import Path

import numpy as np
import pytest
from zpdgym.experiments.metrics import MEANING, Limits, summary


def test_metrics_by_hand():
    students = {
        "group": np.array(["a", "b"]),
        "exam": np.array([0.5, 0.9]),
        "pre": np.array([0.3, 0.5]),
        "gain": np.array([0.2, 0.4]),
        "mastery_exam": np.array([0.4, 0.8]),
        "skills_mastered": np.array([1, 3]),
        "lessons": np.array([10, 30]),
        "minutes": np.array([20.0, 40.0]),
        "lessons_to_mastery": np.array([np.nan, 20.0]),
        "minutes_to_mastery": np.array([np.nan, 30.0]),
        "reached": np.array([False, True]),
        "wasted_mastered": np.array([1, 5]),
        "wasted_unready": np.array([2, 0]),
        "in_band": np.array([0.5, 0.1]),
        "quit": np.array([True, False]),
    }
    found = summary(students, primary="exam", limits=Limits(40, 60.0))
    assert list(found) == list(MEANING)
    assert found["outcome"] == pytest.approx(0.7)
    assert found["normalised_gain"] == pytest.approx(0.3 / 0.6)
    assert found["gain_per_hour"] == pytest.approx(0.3 / 0.5)
    assert (found["lessons_to_mastery"], found["minutes_to_mastery"], found["reached"]) == (30.0, 45.0, 0.5)
    assert found["wasted"] == pytest.approx(8 / 40)
    assert found["in_band"] == pytest.approx((0.5 * 10 + 0.1 * 30) / 40)
    untaught = summary(
        students | {"lessons": np.zeros(2), "minutes": np.zeros(2), "in_band": np.full(2, np.nan)},
        primary="exam",
        limits=Limits(40, 60.0),
    )
    assert np.isnan([untaught["gain_per_hour"], untaught["wasted"], untaught["in_band"]]).all()


def test_page_explains_every_metric():
    page = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text()
    for name, sentence in MEANING.items():
        assert f"| `{name}` | {sentence} |" in page
