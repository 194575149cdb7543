"""Runs that fail: the others are finished, table and page say what is missing and why, and a repetition mends it."""

import io
import json
import sys
from dataclasses import replace

import pytest
from rich.console import Console
from zpdgym.errors import CannotWrite, InputError, RunsFailed
from zpdgym.experiments.comparison import making
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.comparison.robustness import robustness
from zpdgym.experiments.report import write_report
from zpdgym.experiments.runs import execute
from zpdgym.experiments.runs.execute import make_run
from zpdgym.scripts.command.guard import guarded

from tests.experiments.comparison.small import TINY, contents, rows_of
from tests.helpers import quiet

SMALL = TINY | {"policies": ["linear"], "n_students": 20, "n_validation": 10, "unexpected": False}
OWN = '''
from pathlib import Path
from zpdgym.agents.baselines.fixed import Linear


class Mine(Linear):
    """Linear, once it is well."""

    name = "mine"

    def choose(self, observation, masks, u):
        if Path("ill").exists():
            raise ZeroDivisionError("nothing to divide by")
        return super().choose(observation, masks, u)
'''


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder with a policy of the user's own."""
    (tmp_path / "own_failing.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    sys.modules.pop("own_failing", None)


@pytest.fixture
def failing(monkeypatch):
    """Lets the runs fail whose name holds one of the words that are put into the list."""
    words = []

    def make(plan, report):
        if any(word in plan.name for word in words):
            raise ValueError("no")
        make_run(plan, report)

    monkeypatch.setattr(making, "make_run", make)
    return words


def test_a_policy_that_raises_stops_no_other_and_is_tried_again(own):
    spec = SMALL | {"policies": ["linear", "own_failing.Mine"]}
    (own / "ill").touch()
    said = io.StringIO()
    first = compare(spec, results=own / "a", jobs=1, console=Console(file=said, width=200))
    why = "ZeroDivisionError: nothing to divide by (own_failing.py:13)"
    assert [(run.policy, run.seed, run.lacks, run.why) for run in first.failed] == [("mine", 0, "run", why)]
    scenario = rows_of(first).scenarios["Tiny-v0"]
    assert {row.policy for row in scenario.policies} >= {"linear", "mastery_tuned"}
    assert "mine" not in {row.policy for row in scenario.policies}
    line = f"failed: mine, seed 0: {why}"
    assert line in said.getvalue()
    assert line in (first.folder / "table.md").read_text()
    assert line in first.report.read_text()
    assert why in (first.folder / "table.csv").read_text().splitlines()[-1]
    with pytest.raises(RunsFailed, match=r"mine in Tiny-v0, seed 0, failed: Zero.*the same command tries it again"):
        first.all_made()
    again = write_report(first.folder).read_text()
    assert line in again
    (own / "ill").unlink()
    second = compare(spec, results=own / "a", **quiet())
    assert (second.made, second.failed) == (1, ())
    second.all_made()
    whole = compare(spec, results=own / "b", **quiet())
    assert contents(second.folder) == contents(whole.folder)


def test_the_exit_code_says_that_runs_failed(capsys):
    def run(error):
        def work():
            raise error

        return guarded("compare", work)

    assert run(RunsFailed("one of ten", traced=True)) == 3
    assert run(RunsFailed("the scheduler is gone")) == 3
    assert run(CannotWrite("x cannot be written")) == 4
    assert run(InputError("no")) == 2
    assert capsys.readouterr().err.splitlines()[:3] == [
        "zpdgym compare: one of ten; ZPDGYM_DEBUG=1 shows the whole way",
        "zpdgym compare: the scheduler is gone",
        "zpdgym compare: x cannot be written",
    ]


def test_without_tuned_mastery_the_table_stands_without_differences(tmp_path, failing):
    failing.append("mastery_tuned")
    found = compare(SMALL | {"policies": ["linear", "ppo_scorer"], "lives": 2}, results=tmp_path, **quiet())
    scenario = rows_of(found).scenarios["Tiny-v0"]
    assert all(row.vs_tuned is None and row.vs_tuned_verdict is None for row in scenario.policies)
    assert scenario.harm == ()
    assert any("mastery_tuned failed, so there are no differences to it" in note for note in scenario.notes)
    whys = {run.policy: run.why for run in found.failed}
    assert whys["ppo_scorer"] == "waits for Tiny-v0/mastery_tuned/seed0, which failed"
    assert whys["mastery_tuned"].startswith("ValueError: no (")
    page = found.report.read_text()
    assert "nobody is said to be better or worse" in page
    assert "failed: ppo_scorer, seeds 0, 1: waits for Tiny-v0/mastery_tuned/seed0, which failed" in page
    assert "vs mastery" not in (found.folder / "table.md").read_text().partition("### Groups")[0]


def test_of_several_trainings_the_others_count(tmp_path, failing):
    failing.append("ppo_scorer/seed1")
    found = compare(SMALL | {"policies": ["ppo_scorer"]}, results=tmp_path, **quiet())
    rows = {row.policy: row for row in rows_of(found).scenarios["Tiny-v0"].policies}
    assert rows["ppo_scorer"].seeds == 1
    about = json.loads((found.folder / "experiment.json").read_text())["compared"]["Tiny-v0"]
    assert next(of["seeds"] for of in about["policies"] if of["policy"] == "ppo_scorer") == [0]
    assert "failed: ppo_scorer, seed 1: ValueError: no" in found.report.read_text()


def test_lives_that_fail_leave_the_run(tmp_path, monkeypatch):
    real = execute.lives_of

    def live(plan, run, told):
        if plan.entry.name == "linear":
            raise ValueError("no")
        return real(plan, run, told)

    monkeypatch.setattr(execute, "lives_of", live)
    found = compare(SMALL | {"lives": 2}, results=tmp_path, **quiet())
    assert [(run.policy, run.lacks) for run in found.failed] == [("linear", "lives")]
    scenario = rows_of(found).scenarios["Tiny-v0"]
    assert "linear" in {row.policy for row in scenario.policies}
    assert "linear" not in {row.policy for row in scenario.harm}
    assert "failed: the lives of linear, seed 0: ValueError: no" in (found.folder / "table.md").read_text()


def test_who_shares_a_failed_training_is_told_whose(tmp_path, failing):
    failing.append("Tiny-v0/ppo_scorer")
    other = {"scenario": "tiny", "change": {"student.slip": 0.2}, "name": "slips"}
    spec = SMALL | {"policies": ["ppo_scorer"], "scenarios": ["tiny", other], "train_on": ["tiny"], "seeds": 1}
    found = compare(spec, results=tmp_path, **quiet())
    whys = {run.scenario: run.why for run in found.failed}
    assert whys["slips"] == "waits for Tiny-v0/ppo_scorer/seed0, which failed"


def test_without_anybody_left_there_is_no_table(tmp_path, failing):
    failing.append("Tiny-v0")
    with pytest.raises(RunsFailed, match=r"there is no table: .* failed: ValueError: no .*and 8 more runs failed"):
        compare(SMALL, results=tmp_path, **quiet())
    assert not (tmp_path / "tiny" / "table.json").exists()


MATRIX = {"name": "m", "scenario": "tiny", "policies": ["linear", "ppo_scorer"], "seeds": 2, "n_students": 20}
MATRIX |= {"n_validation": 10, "lessons": 300, "tune_budget": 2}


@pytest.mark.parametrize("word", ["linear", "mastery_tuned/own", "ppo_scorer/own/seed1", "ppo_scorer/mixture"])
def test_a_matrix_says_what_is_missing(tmp_path, failing, word):
    failing.append(word)
    found = robustness(MATRIX, results=tmp_path, **quiet())
    text = (found.folder / "matrix.md").read_text()
    row = word.removesuffix("/seed1").replace("/", "@")
    assert f"failed: {row}, seed" in text
    rows = {row["row"]: row for row in found.table["rows"]}
    assert (row in rows) == word.endswith("/seed1")
    assert "ValueError: no" in (found.folder / "matrix.csv").read_text()
    if word == "mastery_tuned/own":
        assert "mastery_tuned for own failed, so nothing is set beside it in that column" in text
    if word.endswith("/seed1"):
        assert {row["seeds"] for row in rows.values()} == {1}  # seed by seed, so the others count it no more


def test_failed_runs_are_named_for_people():
    run = making.FailedRun(scenario="s", policy="p", home="any", seed=3, lacks="lives", why="no")
    assert making.some_failed([run, run]).startswith("the lives of p in s, seed 3, failed: no (and 1 more run failed)")
    assert replace(run, home="own", lacks="run").name == "p@own in s, seed 3,"
