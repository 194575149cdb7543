"""A scenario as an experiment names it: wrong keys are refused by whoever reads one, with what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from zpdgym.errors import InputError
from zpdgym.experiments.runs.scenarios import read_cells, scenario_of
from zpdgym.experiments.runs.specification import Experiment
from zpdgym.scripts.cli import main

from tests.scripts.helpers import fails


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


FORGET = {"student.slip": [0.1, 0.2]}


def experiment(entry, **more) -> Experiment:
    return Experiment.of({"name": "mine", "scenarios": [entry], "policies": ["random"], **more})


WRONG = [
    ({"student": "hints"}, r"unknown key 'student': write replace: \{student: hints\}"),
    ({"schedule": "once_a_week"}, r"write replace: \{schedule: once_a_week\}"),
    ({"student": {"slip": 0.1}}, r"write change: \{student: "),
    ({"student.slip": 0.1}, r"unknown key 'student.slip': write change: \{student.slip: 0.1\}"),
    ({"studnet": "hints"}, r"write replace: \{student: hints\}"),
    ({"reward": "exam"}, r"write change: \{reward.kind: exam\}"),
    ({"replace.student": "hints"}, r"write replace: \{student: hints\}"),
    ({"replaces": {"student": "hints"}}, "unknown key 'replaces'. Did you mean 'replace'"),
    ({"chnage": {"student.slip": 0.1}}, "unknown key 'chnage'. Did you mean 'change'"),
    ({"replace": {"student.slip": 0.1}}, r"no place there: write change: \{student.slip: 0.1\}"),
    ({"change": {"schedule": "once_a_week"}}, r"no place there: write replace: \{schedule: once_a_week\}"),
    ({"replace": "hints"}, "replace='hints' must be keys: section"),
    ({"change": ["student.slip"]}, "change=.* must be keys: section.key"),
    ({"scenario": 3}, "scenario=3 must be a name"),
]


@pytest.mark.parametrize(("wrong", "says"), WRONG)
@pytest.mark.parametrize("grid", [{}, FORGET])
def test_wrong_keys_are_refused_with_and_without_a_grid(wrong, says, grid):
    with pytest.raises(InputError, match=rf"^experiment\.scenarios: .*{says}"):
        experiment({"scenario": "tiny", **wrong}, grid=grid)
    with pytest.raises(InputError, match=rf"^experiment\.train_on: .*{says}"):
        scenario_of("train_on", {"scenario": "tiny", **wrong})


@pytest.mark.parametrize("grid", [{}, FORGET])
def test_an_entry_must_say_which_scenario_it_is(grid):
    with pytest.raises(InputError, match="must say which scenario it is: scenario: NAME"):
        experiment({"name": "x", "replace": {"student": "hints"}}, grid=grid)


@pytest.mark.parametrize("verb", [("compare", "experiment", "scenarios"), ("robustness", "matrix", "scenario")])
def test_cfg_job_refuses_what_the_run_refuses(capsys, verb):
    name, group, key = verb
    entry = {"scenario": "tiny", "student": "hints"}
    spec = {key: [entry] if key == "scenarios" else entry, "policies": ["random"]}
    Path("mine.yaml").write_text(yaml.safe_dump(spec))
    said = [fails(capsys, name, f"{group}=mine.yaml", *more) for more in ((), ("--cfg", "job"))]
    assert said[0] == said[1]
    assert "write replace: {student: hints}" in said[0]


@pytest.mark.parametrize(
    ("entry", "grid"),
    [
        ({"change": {"student.slip": 0.3}}, FORGET),
        ({"change": {"student": {"slip": 0.3}}}, {"scenario.student.slip": [0.1, 0.2]}),
        ({"change": {"student.slip": 0.3}}, {"draw": [{"student.slip": 0.1}, {"student.slip": 0.2}]}),
        ({"replace": {"schedule": "once_a_week"}}, {"schedule": ["once_a_week", "seven_weeks"]}),
        ({"change": {"population": None}}, {"population": ["varied", "abilities"]}),
    ],
)
def test_what_the_grid_sets_in_every_cell_is_not_set_beside_it(entry, grid):
    with pytest.raises(InputError, match=r"tiny sets .*, and grid.* sets it in every cell: leave one of them out"):
        read_cells(experiment({"scenario": "tiny", **entry}, grid=grid))


def test_it_is_set_where_the_tutor_is_to_know_the_students_without_the_grid():
    entry = {"scenario": "tiny", "change": {"student.slip": 0.3}}
    assert len(read_cells(experiment(entry, grid=FORGET, belief={"fit_to": "base"}))) == 2


def test_other_numbers_of_a_student_may_be_set_beside_a_grid():
    entry = {"scenario": "tiny", "change": {"student.guess": 0.3}}
    assert len(read_cells(experiment(entry, grid=FORGET))) == 2


def test_what_cfg_job_prints_of_a_grid_is_the_same_experiment(capsys):
    axes = ["grid.student.slip=[.1,.2]", "grid.schedule=[once_a_week,seven_weeks]", "grid.reward.kind=[exam,gain]"]
    assert main(["compare", "scenario=tiny", "policies=random", *axes, "--cfg", "job"]) == 0
    printed = capsys.readouterr().out
    Path("mine.yaml").write_text(printed)
    assert main(["compare", "experiment=mine.yaml", "--cfg", "job"]) == 0
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    ("typed", "axis"),
    [
        ("lessons=3000", "lessons=[1000,2000]"),
        ("n_validation=30", "n_validation=20,30"),
        ("tune_budget=3", "tune_budget=[2,3]"),
        ("belief.fit_to=base", "belief.fit_to=[cell,base]"),
    ],
)
def test_a_number_of_the_experiment_is_not_typed_beside_an_axis_over_it(capsys, typed, axis):
    said = fails(capsys, "compare", "scenario=tiny", "policies=random", typed, f"grid.{axis}")
    assert f"has no effect: grid.{axis.partition('=')[0]} sets it in every cell" in said
