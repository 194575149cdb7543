"""The page of words against minutes: what is read off the runs of a comparison."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.pages import words
from benchmarks.pages.better_beliefs import Comparison

PLANTED = {"sm2": (0.2, 0.4, 0.6, 0.8), "fsrs_scheduler": (0.3, 0.5, 0.7, 0.9)}
"""Shares of the words that are recalled, for each of the minutes."""


@pytest.fixture
def told(tmp_path):
    for scheduler, shares in PLANTED.items():
        for minutes, share in zip(words.MINUTES, shares, strict=True):
            run = tmp_path / words.cell("fsrs", minutes) / scheduler / "seed0"
            run.mkdir(parents=True)
            marks = share + 0.01 * np.array([-1.0, 0.0, 1.0, 0.0])
            (run / "students.csv").write_text("exam\n" + "".join(f"{mark}\n" for mark in marks), encoding="utf-8")
    return Comparison(tmp_path)


def test_minutes_for_as_many_words_are_read_between_those_tried(told):
    kept = words.Kept(told, "fsrs")
    np.testing.assert_allclose(kept.words["sm2"], [24.0, 48.0, 72.0, 96.0])
    assert kept.minutes_for("sm2", 72.0) == pytest.approx(5.0)
    assert kept.minutes_for("sm2", 60.0) == pytest.approx(2.5 * 2**0.5)  # halfway on a logarithmic axis
    assert kept.ratio() == pytest.approx(2**0.5)
    assert np.isnan(kept.minutes_for("sm2", 100.0))  # more than with any of the minutes
    ahead = kept.ahead()
    assert ahead.value == pytest.approx(12.0)
    assert words.published_order(ahead) == "holds"
    assert words.published_order(None) == "cannot be told"


def test_the_page_says_what_is_missing_and_what_there_is(told):
    kept = words.Kept(told, "fsrs")
    page, drawn = words.page([kept]), words.figure([kept])
    assert "| `sm2` | 24.0 | 48.0 | 72.0 | 96.0 |" in page
    assert "The published order holds with FSRS-6 students." in page
    assert "| `linear` | nan | nan | nan | nan |" in page
    assert "sm2 48, " in drawn
