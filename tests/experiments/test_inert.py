"""Axes that changed nothing are named, and no others."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.inert import Placed, inert_axes

from tests.experiments.comparison.small import TINY, rows_of

AXES: dict[str, Sequence[Any]] = {"help": (0.2, 0.8), "scored": (True, False), "minutes": (1, 5)}


@dataclass
class Runs:
    """What a policy left behind: an outcome that follows from the axes, and a fingerprint."""

    outcome: np.ndarray
    runs: list[SimpleNamespace]


def placed(
    truth: Callable[..., float], *, policies: Sequence[str] = ("rule", "other", "no_teaching"), same: bool = False
) -> list[Placed]:
    found = list[Placed]()
    for values in itertools.product(*AXES.values()):
        cell: Mapping[str, Any] = dict(zip(AXES, values, strict=True))
        for policy in policies:
            value = 0.1 if policy == "no_teaching" else truth(policy, **cell)
            runs: Any = Runs(np.full((2, 5), value), [SimpleNamespace(done="same" if same else str((policy, values)))])
            found.append(Placed(policy, cell, {}, runs))
    return found


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        (lambda policy, help, scored, minutes: help + scored, ["minutes changed nothing in any run:"]),
        (
            lambda policy, help, scored, minutes: minutes + help * scored,
            ["help changed nothing in any run with scored=false:"],
        ),
        (
            lambda policy, help, scored, minutes: help + 2 * scored + minutes * (policy == "rule"),
            ["minutes changed nothing in any run of other:"],
        ),
        (
            lambda policy, help, scored, minutes: help + 2 * scored + 4 * minutes * (help > 0.5) * scored,
            ["minutes changed nothing in any run with help=0.2 or scored=false:"],
        ),
        (
            lambda policy, help, scored, minutes: (
                2 * scored + minutes + help * (policy == "rule" or minutes == 5 or not scored)
            ),
            [],
        ),
        (lambda policy, help, scored, minutes: help + 2 * scored + 4 * minutes, []),
    ],
)
def test_an_axis_is_named_as_far_as_it_changed_nothing(truth, said):
    lines = inert_axes(placed(truth), "exam")
    assert [line.removeprefix("axis ").partition(":")[0] + ":" for line in lines] == said
    assert all("exam" in line for line in lines)


def test_one_student_is_enough_to_be_a_change():
    runs = placed(lambda policy, **cell: cell["help"] + 2 * cell["scored"])
    runs[1].taught.outcome[1, 3] += 1e-9
    assert not [line for line in inert_axes(runs, "exam") if "minutes changed nothing in any run:" in line]


def test_what_is_no_setting_of_a_run_is_no_news():
    assert inert_axes(placed(lambda policy, **cell: 0.5, same=True), "exam") == []


def test_settings_of_a_policy_are_axes_too():
    runs = [SimpleNamespace(done=str(n)) for n in range(2)]
    several: list[Any] = [Placed("streak", {}, {"n": n}, Runs(np.ones((1, 5)), [runs[n]])) for n in range(2)]
    (line,) = inert_axes(several, "exam")
    assert line.startswith("axis n changed nothing in any run:")


def test_the_line_stands_in_terminal_table_and_report(tmp_path):
    console = Console(file=io.StringIO(), width=200)
    grid = {"student.overhead_minutes": [0.25, 0.5], "student.learn": [0.2, 0.4]}
    spec = TINY | {"policies": ["streak"], "seeds": 1, "unexpected": False, "grid": grid}
    found = compare(spec, results=tmp_path, jobs=1, console=console)
    line = "axis overhead_minutes changed nothing in any run: every student's exam is the same at all its values"
    assert rows_of(found).notes == (line,)
    assert console.file.getvalue().count(line) == 1
    assert (found.folder / "table.md").read_text().count(f"* {line}") == 1
    assert found.report.read_text().count("axis overhead_minutes changed nothing in any run") == 1
