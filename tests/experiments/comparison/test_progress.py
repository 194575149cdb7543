"""What is told while runs are made: a bar on a terminal, elsewhere a line for every finished run."""

import io
import re

import pytest
from rich.console import Console
from zpdgym.experiments.comparison import making
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.comparison.making import runs_progress
from zpdgym.experiments.comparison.robustness import robustness
from zpdgym.scripts.command import console as told
from zpdgym.scripts.command.console import progress_bar

from tests.experiments.comparison.small import TINY

SPEC = TINY | {"policies": ["linear"], "n_students": 20, "n_validation": 10, "unexpected": False}
LINE = r" *(\d+)/(\d+)  \d+\.\d s  Tiny-v0/(\w+)/seed0: exam 0\.\d{4} of validation students"


def printed(make, spec, results, **options):
    console = Console(file=io.StringIO(), width=60)  # narrower than the lines
    make(spec, results=results, console=console, **options)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_finished_run_is_a_line(tmp_path, jobs):
    lines = printed(compare, SPEC, tmp_path, jobs=jobs)
    found = [match for line in lines if (match := re.fullmatch(LINE, line))]
    assert [int(match[1]) for match in found] == list(range(1, len(found) + 1))
    assert {int(match[2]) for match in found} == {len(found)}
    assert {match[3] for match in found} >= {"linear", "mastery_tuned", "random"}
    assert not any(re.fullmatch(LINE, line) for line in printed(compare, SPEC, tmp_path, jobs=1))  # nothing is made


def test_a_matrix_has_a_line_for_every_run_too(tmp_path):
    spec = {"name": "m", "scenario": "Tiny-v0", "students": ["slow"], "policies": ["linear"], "seeds": 1}
    lines = printed(robustness, spec | {"n_students": 20, "n_validation": 10, "tune_budget": 2}, tmp_path, jobs=1)
    assert any(re.fullmatch(r" *\d+/\d+  \d+\.\d s  mastery_tuned/mixture/seed0", line) for line in lines)


def test_a_failed_run_is_told_once(tmp_path, monkeypatch):
    make = making.make_run

    def fails(plan, report):
        if plan.entry.name == "linear":
            raise ValueError("no chalk")
        make(plan, report)

    monkeypatch.setattr(making, "make_run", fails)
    lines = printed(compare, SPEC, tmp_path, jobs=1)
    (said,) = [line for line in lines if "Tiny-v0/linear/seed0" in line]
    assert said.startswith("failed: Tiny-v0/linear/seed0: ")


def test_long_runs_are_not_silent(monkeypatch):
    monkeypatch.setattr(making, "SILENT", 0.0)
    console = Console(file=io.StringIO(), width=40)
    with runs_progress({"a/long/name/that/does/not/fit/into/forty": 30.0, "b": 10.0}, console) as (update, end):
        update("a/long/name/that/does/not/fit/into/forty", 0.5)
        end("b", "1.0 s  b")
        update("a/long/name/that/does/not/fit/into/forty", 0.4)  # never backwards
    assert console.file.getvalue().splitlines() == [
        "0/2 runs, 38% of all; a/long/name/that/does/not/fit/into/forty: 50%",
        "1/2  1.0 s  b",
        "1/2 runs, 62% of all; a/long/name/that/does/not/fit/into/forty: 50%",
    ]


def test_a_terminal_keeps_its_bar():
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    with runs_progress({"a": 1.0, "b": 1.0}, console) as (update, end):
        update("a", 0.5)
        end("b", "1.0 s  b")
    shown = console.file.getvalue()
    assert "1/2 runs" in shown
    assert "1.0 s  b" not in shown


def test_other_verbs_say_every_ten_seconds_how_far_they_are(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(told.time, "monotonic", lambda: now[0])
    with progress_bar("tuning", total=40, unit="settings") as show:
        for second in range(0, 26, 5):
            now[0] = float(second)
            show(second)
    assert capsys.readouterr().err.splitlines() == [
        "tuning: 10 of 40 settings, 25%, about 30 s left",
        "tuning: 20 of 40 settings, 50%, about 20 s left",
    ]


def test_nothing_is_said_of_the_time_left_before_there_is_a_hundredth(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(told.time, "monotonic", lambda: now[0])
    with progress_bar("training", total=1000) as show:
        for second, done in ((11, 0), (22, 9), (33, 10)):
            now[0] = float(second)
            show(done)
    assert capsys.readouterr().err.splitlines() == [
        "training: 0 of 1,000 lessons, 0%",
        "training: 9 of 1,000 lessons, 1%",
        "training: 10 of 1,000 lessons, 1%, about 54 min left",
    ]


def test_tuning_tells_how_far_it_is(tmp_path):
    from zpdgym.experiments.runs.execute import make_run
    from zpdgym.experiments.runs.plan import Plan
    from zpdgym.experiments.runs.specification import Experiment

    plan = Plan.of(Experiment.of(SPEC | {"tune_budget": 5}), tmp_path)
    (run,) = [run for run in plan.runs if run.entry.name == "mastery_tuned"]
    shares = list[float]()
    make_run(run, shares.append)
    assert len([share for share in shares if 0 < share < 0.9]) >= 4
    assert shares == sorted(shares)
    assert max(shares) <= 1.0
