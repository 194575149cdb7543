"""Declared parameters: one table makes the checks, the messages and the tables that people read."""

from __future__ import annotations

import math
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from zpdgym.errors import InputError, Violations
from zpdgym.parameters import Choice, Number, Numbers, Parameter, Switch, Table, markdown, read, rows

from benchmarks.pages.parameters import PLACE, renewed

PAGES = sorted((Path(__file__).resolve().parents[1] / "docs").rglob("*.md"))


class Example:
    """A class as a model or a policy is one."""

    PARAMETERS: ClassVar[Table] = {
        "learn": Number("chance of learning in one lesson", low=0, high=1, unit="probability", each="skill"),
        "width": Number("distance at which it is halved", low=0, above=True, unit="logits"),
        "cap": Number("lessons on one skill", low=0, whole=True, unit="lessons"),
        "minutes": Number("length; none: the median", low=0, high=600, unit="minutes", optional=True),
        "kind": Choice("which rule", options=("plain", "odd")),
        "finish": Switch("whether it may end the teaching"),
        "shape": Parameter("numbers of the rule", allowed="see the page"),
    }

    def __init__(self, curriculum, *, learn=0.1, width=math.inf, cap=0, minutes=None, kind="plain", finish=True,
                 shape=None):  # fmt: skip
        wrong = Violations("Example")
        self.values = read(self.PARAMETERS, locals(), wrong, skills=3)
        wrong.raise_any()


def test_values_come_as_the_class_computes_with_them():
    values = Example(None, learn=[0.1, 0, np.float32(1)], cap=np.int64(3), minutes=5).values
    np.testing.assert_allclose(values.learn, [0.1, 0.0, 1.0])
    assert values.learn.dtype == np.float64
    assert (values.width, values.minutes, values.finish, values.shape) == (math.inf, 5.0, True, None)
    assert type(values.cap) is int
    assert Example(None).values.learn.tolist() == [0.1, 0.1, 0.1]


def test_all_violations_are_told_together_each_with_value_bound_and_reason():
    with pytest.raises(InputError) as told:
        Example(None, learn=[0.1, 2], width=0, cap=1.5, minutes=True, kind="od", finish=1)
    assert str(told.value) == (
        "Example: learn has 2 numbers for 3 skills; width=0 must be a number in (0, ∞]: it is in logits; "
        "cap=1.5 must be a whole number of at least 0: it counts lessons; "
        "minutes=True must be a number in [0, 600]: it is in minutes; kind='od' must be one of plain, odd. "
        "Did you mean 'odd'?; "
        "finish=1 must be true or false"
    )


@pytest.mark.parametrize(
    ("value", "hint"),
    [("plian", ". Did you mean 'plain'?"), ("PLAIN", ". Did you mean 'plain'?"), ("other", ""), (3, "")],
)
def test_a_choice_that_does_not_exist_is_told_the_one_that_it_is_most_like(value, hint):
    wrong = Violations("Example")
    assert read({"kind": Example.PARAMETERS["kind"]}, {"kind": value}, wrong).kind == "plain"
    assert wrong.messages == [f"kind={value!r} must be one of plain, odd{hint}"]


@pytest.mark.parametrize("bad", [1.4, -0.1, math.nan, "x", None, True, [0.1, 0.2, "x"]])
def test_what_is_no_probability_is_refused(bad):
    with pytest.raises(InputError, match=r"learn.* must be a number in \[0, 1\]: it is a probability"):
        Example(None, learn=bad)


def test_a_list_of_numbers_is_checked_number_by_number():
    wrong = Violations("Example")
    weights = Numbers("of blocks", low=0, high=100, why="practice helps", most=3)
    table: Table = {"weights": weights, "windows": Numbers("lengths", low=0, unit="days", optional=True)}
    values = read(table, {"weights": np.array([1, 0.5]), "windows": [1, math.inf]}, wrong)
    wrong.raise_any()
    assert (values.weights, values.windows) == ((1.0, 0.5), (1.0, math.inf))
    for bad in ([1, 2, 3, 4], [], "heavy", 3):
        assert read(table, {"weights": bad, "windows": None}, wrong).weights == ()
    read(table, {"weights": [1, -1], "windows": 7}, wrong)
    assert wrong.messages == [
        "weights=[1, 2, 3, 4] must be a list of 1 to 3 numbers",
        "weights=[] must be a list of 1 to 3 numbers",
        "weights='heavy' must be a list of 1 to 3 numbers",
        "weights=3 must be a list of 1 to 3 numbers",
        "weights[1]=-1 must be a number in [0, 100]: practice helps",
        "windows=7 must be a list of numbers",
    ]
    assert [(p.range, p.unit_text) for p in table.values()] == [
        ("[0, 100]", "a list of 1 to 3"),
        ("[0, ∞]", "days, a list"),
    ]


def test_tables_show_defaults_ranges_units_and_meanings_in_the_order_of_the_declaration():
    shown = list(rows(Example, {"cap": 7}))
    assert [row.name for row in shown] == ["learn", "width", "cap", "minutes", "kind", "finish", "shape"]
    assert shown[0] == (
        "learn",
        "0.1",
        "[0, 1]",
        "probability, one, or one per skill",
        "chance of learning in one lesson",
    )
    assert [row.default for row in shown[1:]] == ["∞", "7", "null", "plain", "true", "null"]
    assert "| `cap` | 0 | 0 or more | lessons | lessons on one skill |" in markdown(Example)


def test_a_class_that_declares_nothing_shows_its_defaults():
    class Own:
        def __init__(self, *, ready=0.6): ...

    assert list(rows(Own)) == [("ready", "0.6", "", "", "")]


@pytest.mark.parametrize(
    "page", [p for p in PAGES if PLACE.search(p.read_text(encoding="utf-8"))], ids=lambda p: p.name
)
def test_the_tables_of_pages_are_those_of_the_code(page):
    text = page.read_text(encoding="utf-8")
    assert renewed(text) == text, "python -m benchmarks.pages.parameters writes them again"
