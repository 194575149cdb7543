"""What is said of many cells at once, and how numbers and times are written."""

from __future__ import annotations

import pytest
from zpdgym.experiments.runs.grid import level_named, without_axes
from zpdgym.notes import duration

from tests.scripts.helpers import fails


@pytest.mark.parametrize("typed", [".8", "0.8", "0.80", "8e-1", 0.8])
def test_a_value_of_an_axis_is_found_however_its_number_is_written(typed):
    assert level_named(typed, (0.2, 0.8)) == 0.8


@pytest.mark.parametrize(
    ("typed", "levels", "found"),
    [
        ("5", (1, 5), 5),
        ("5.0", (1, 5), 5),
        ("true", (True, False), True),
        ("False", (True, False), False),
        ("1", (True, False), None),
        ("once_a_week", ("once_a_week",), "once_a_week"),
        ("once", ("once_a_week",), None),
        ("none", ("none", 1), "none"),
        (".81", (0.2, 0.8), None),
    ],
)
def test_what_is_no_value_is_none(typed, levels, found):
    assert level_named(typed, levels) is found


def test_cells_tell_alike_without_their_axes():
    told = {without_axes(f"not in {label}: 8 skills", label) for label in ("Tiny-v0,slip=0.1", "Tiny-v0,slip=0.2")}
    assert told == {"not in Tiny-v0: 8 skills"}
    assert without_axes("not in Tiny-v0", "Tiny-v0") == "not in Tiny-v0"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (99, "99 s"), (100, "2 min"), (5999, "100 min"), (7200, "2.0 h"), (1_284_947, "15 days")],
)
def test_a_time_is_said_in_a_unit_that_fits(seconds, words):
    assert duration(seconds) == words


def test_a_policy_that_can_teach_no_cell_is_refused_once(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    said = fails(capsys, "compare", "scenario=practice", "policies=optimal", "grid.student.forget=.01,.03")
    assert said.count("optimal cannot solve scenario Practice-v1 exactly") == 1
