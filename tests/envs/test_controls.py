"""Controls: scenarios that nobody may win, and what every scenario must be."""

from __future__ import annotations

import numpy as np
import pytest
from zpdgym.envs import Scenario, check_scenario, scenario_names
from zpdgym.errors import InputError
from zpdgym.experiments.bounds import _everything_known, _solved
from zpdgym.experiments.comparison.compare import compare, load_experiment
from zpdgym.experiments.comparison.rows import ComparisonTable
from zpdgym.experiments.evaluate import evaluate
from zpdgym.experiments.store.columns import from_plain

from tests.envs.test_scenarios import MINE, write
from tests.helpers import quiet

CONTROLS = {"Chain-v0", "Drill-v0", "Placebo-v0"}
OLDER_THAN_THE_RULE = {"KT6KC-v0", "KT6KC-v1"}
"""A published world whose budget does for everything; it was frozen before controls were called so."""


def test_the_controls_are_those_that_say_so():
    assert {name for name in scenario_names() if Scenario.load(name).control} == CONTROLS


@pytest.mark.parametrize("name", sorted(set(scenario_names()) - OLDER_THAN_THE_RULE))
def test_every_scenario_asks_something_or_is_a_control(name):
    check_scenario(name)


@pytest.mark.parametrize("name", sorted(OLDER_THAN_THE_RULE))
def test_the_published_chain_has_a_budget_for_everything(name):
    with pytest.raises(AssertionError, match=r"the budget is too long: 100\.0%"):
        check_scenario(name)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"change": {"schedule.lessons": 500}}, "the budget is too long"),
        ({"change": {"student.learn": 0.0, "student.prior": 0.0}}, "nobody masters 'skill 1'"),
        ({"change": {"belief": {"kind": "truth"}}}, "the tutor is told"),
        ({"change": {"observe.columns": ["belief", "tries"]}}, "decide by ready"),
    ],
)
def test_a_scenario_that_asks_nothing_is_refused(given, said):
    with pytest.raises(AssertionError, match=said):
        check_scenario(Scenario.load("tiny", **given))


@pytest.mark.parametrize("name", ["Chain-v0", "Drill-v0"])
def test_the_bound_of_a_control_is_what_is_proven(name):
    scenario = Scenario.load(name)
    assert scenario.control is not None
    if scenario.control.bound == "everything_known":
        proven = _everything_known(scenario, 20, 0)["value"]
    else:
        proven = _solved(scenario, scenario.control.bound)["value"]
    assert 0 <= scenario.control.value - proven + 1e-12 < 1e-8


@pytest.mark.parametrize("name", ["Chain-v0", "Drill-v0"])
def test_a_rule_comes_within_the_margin_of_the_bound(name):
    found = evaluate(name, "mastery", n_students=400)
    assert Scenario.load(name).control.value - found.outcomes["exam"].mean() < 0.002
    assert evaluate(name, "random", n_students=100).outcomes["exam"].mean() < found.outcomes["exam"].mean() - 0.02


def test_nobody_teaches_the_students_of_placebo_anything():
    untaught = evaluate("placebo", "no_teaching", n_students=40).outcomes["exam"]
    for policy in ("random", "linear", "mastery", "greedy", "outer_fringe", "oracle_greedy"):
        assert np.array_equal(evaluate("placebo", policy, n_students=40).outcomes["exam"], untaught)
    for other in Scenario.load("placebo").unexpected().values():
        assert "lessons_change_nothing" in other.student.invariants


def test_a_changed_control_is_none_any_more_and_its_bound_cannot_be_changed():
    assert Scenario.load("drill", change={"schedule.lessons": 10}).control is None
    with pytest.raises(InputError, match="control"):
        Scenario.load("drill", change={"control.value": 0.8})


@pytest.mark.parametrize(
    ("control", "said"),
    [
        ("{bound: everything_known}", "needs its value"),
        ("{bound: no_teaching, value: 0.5}", "has no value of its own"),
        ("{bound: everything_know, value: 0.5}", "Did you mean 'everything_known'"),
        ("{bound: no_teaching, margin: 0.5}", "margin"),
        ("3", "must be a section of keys"),
    ],
)
def test_mistakes_about_a_control_are_told_in_one_line(tmp_path, control, said):
    with pytest.raises(InputError, match=said) as error:
        Scenario.load(write(tmp_path, f"{MINE}control: {control}\n"))
    assert "\n" not in str(error.value)


def test_a_scenario_file_may_name_its_students(tmp_path):
    named = MINE.replace("{_target_: zpdgym.students.BKT}", "bkt")
    assert named != MINE
    assert Scenario.load(write(tmp_path, named)).sections["student"]["_target_"] == "zpdgym.students.BKT"
    with pytest.raises(InputError, match="Did you mean 'bkt'"):
        Scenario.load(write(tmp_path, MINE.replace("{_target_: zpdgym.students.BKT}", "bktt")))


@pytest.mark.slow
def test_no_learnt_teacher_wins_where_nobody_can(tmp_path):
    pytest.importorskip("torch")
    small = {"seeds": 3, "n_students": 200, "n_validation": 100, "lessons": 4_000, "tune_budget": 5}
    asked = {**load_experiment("controls"), **small, "policies": ["ppo_scorer", "greedy", "outer_fringe"]}
    found = compare(asked, results=tmp_path, **quiet())
    tables = from_plain(ComparisonTable, found.table, where="table.json").scenarios
    assert set(tables) == CONTROLS
    assert all(any(row.kind == "learnt" for row in table.policies) for table in tables.values())
    found.all_made()
