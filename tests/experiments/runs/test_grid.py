"""Axes and the cells that they make."""

import dataclasses
import io

import pytest
import zpdgym
from rich.console import Console
from zpdgym.errors import InputError
from zpdgym.experiments.comparison import rows as table_rows
from zpdgym.experiments.runs import outcomes
from zpdgym.experiments.runs.grid import axes_of, cell_axes, cells_of, variants_of
from zpdgym.experiments.runs.scenarios import load_cells
from zpdgym.experiments.runs.specification import Experiment
from zpdgym.experiments.runs.taken import TAKEN
from zpdgym.experiments.store.columns import columns

MATRIX = {column.name for column in columns(table_rows.MatrixRow)}
"""A matrix has no grid."""

BASE = {"name": "g", "scenarios": ["practice"], "policies": ["streak"]}


def grid_of(grid, **others):
    return Experiment.of(BASE | {"grid": grid} | others)


def test_every_combination_is_a_cell_with_a_label_and_its_axes():
    experiment = grid_of({"student.forget": [0.01, 0.03], "schedule": ["seven_weeks", "once_a_week"]})
    cells = cells_of(experiment.scenarios, experiment.grid)
    assert [cell.entry["name"] for cell in cells] == [
        "Practice-v1,forget=0.01,schedule=seven_weeks",
        "Practice-v1,forget=0.01,schedule=once_a_week",
        "Practice-v1,forget=0.03,schedule=seven_weeks",
        "Practice-v1,forget=0.03,schedule=once_a_week",
    ]
    assert cells[3].entry["change"] == {"student.forget": 0.03}
    assert cells[3].entry["replace"] == {"schedule": "once_a_week"}
    assert cells[3].axes == {"forget": 0.03, "schedule": "once_a_week"}
    assert cell_axes(experiment.scenarios, experiment.grid)["forget"] == (0.01, 0.03)


def test_keys_are_written_in_full_however_they_were_given():
    short, full = grid_of({"student.forget": [0.1]}), grid_of({"scenario.student.forget": [0.1]})
    assert short.grid == full.grid == {"scenario.student.forget": [0.1]}
    assert Experiment.of(short.to_dict()) == short


def test_a_short_name_is_as_long_as_it_must_be():
    axes = axes_of({"scenario.student.learn": [0.1], "policies.mine.learn": [1], "scenario.student.forget": [0.1]})
    assert [axis.name for axis in axes] == ["student.learn", "mine.learn", "forget"]


def test_a_range_is_so_many_points():
    even = grid_of({"student.forget": {"low": 0.0, "high": 1.0, "points": 5}}).grid
    assert even["scenario.student.forget"] == [0.0, 0.25, 0.5, 0.75, 1.0]
    log = grid_of({"student.forget": {"low": 0.01, "high": 1.0, "points": 3, "log": True}}).grid
    assert log["scenario.student.forget"] == [0.01, 0.1, 1.0]


def test_settings_of_a_policy_make_variants_of_it():
    grid = grid_of({"policies.streak.n": [2, 3], "policies.streak.cap": [0, 6]}).grid
    names = [variant.name for variant in variants_of("streak", grid)]
    assert names == ["streak,n=2,cap=0", "streak,n=2,cap=6", "streak,n=3,cap=0", "streak,n=3,cap=6"]
    assert variants_of("streak", grid)[1].settings == {"n": 2, "cap": 6}
    assert cells_of(["practice"], grid)[0].axes == {}


def test_several_scenarios_are_an_axis_of_the_grid():
    experiment = grid_of({"lessons": [1000, 2000]}, scenarios=["tiny", "practice"])
    cells = cells_of(experiment.scenarios, experiment.grid)
    assert cells[0].axes == {"base_scenario": "Tiny-v0", "experiment.lessons": 1000}
    assert cells[1].settings == {"lessons": 2000}


def test_cohorts_and_draws_are_worlds_with_people_and_trainings_of_their_own():
    cohorts = grid_of({}, cohorts=3, cohort_seed=7)
    assert cohorts.grid == {"cohort_seed": [7, 8, 9]}
    cells = cells_of(cohorts.scenarios, cohorts.grid, cohort_seed=7)
    assert [cell.seeds((0, 1)) for cell in cells] == [(0, 1), (1000, 1001), (2000, 2001)]
    assert cells_of(cohorts.scenarios, {"cohort_seed": [9]}, cohort_seed=7)[0].seeds((0,)) == (2000,)
    ranges = {"student.forget": {"low": 0.003, "high": 0.1, "log": True}}
    few, more = (grid_of({}, draws={"number": n, **ranges}).grid["draw"] for n in (3, 5))
    assert more[:3] == few
    cells = cells_of(["practice"], {"draw": more})
    assert len({cell.settings["cohort_seed"] for cell in cells}) == 5
    assert cells[2].entry["change"] == {"student.forget": few[2]["student.forget"]}
    assert cells[2].axes == {"draw": 2}


def test_a_section_has_a_name_where_it_is_written_out():
    quick = {"name": "quick", "value": {"_target_": "zpdgym.students.BKT", "prior": 0.3, "learn": 0.4}}
    cells = cells_of(["practice"], {"student": ["typical", quick]})
    assert [cell.axes["scenario.student"] for cell in cells] == ["typical", "quick"]
    assert cells[1].entry["replace"]["student"]["learn"] == 0.4


def test_a_long_label_stays_the_name_of_a_folder():
    axes = {f"scenario.student.a_parameter_with_a_long_name_{i}": [0.123456789] for i in range(6)}
    label = cells_of(["practice"], axes)[0].entry["name"]
    assert len(label.encode()) <= 100
    assert label.startswith("Practice-v1,")


@pytest.mark.parametrize(
    ("grid", "says"),
    [
        ({"forget": [1]}, "grid.forget is no axis"),
        ({"student.forget": 3}, "must be a list of values"),
        ({"student.forget": []}, "must be a list of values"),
        ({"lessons": [0]}, "grid.lessons"),
        ({"lessons": [2.5]}, "grid.lessons"),
        ({"belief.fit_to": ["other"]}, "must be one of cell, base"),
        ({"student.forget": {"low": 1, "high": 0}}, "must be a number below high"),
        ({"student.forget": {"low": 0, "high": 1, "log": True}}, "must be above 0"),
        ({"student.forget": {"low": 0, "high": 1, "points": 1}}, "points=1 must be a whole number"),
        ({"student.forget": [0.1], "scenario.student.forget": [0.2]}, "is there twice"),
        ({"student.forget": [i / 1000 for i in range(40)], "lessons": list(range(1, 40))}, "makes 1,560 cells"),
        ([1], "must be axis: list of values"),
        ({"draw": [3]}, "must be changes of the scenario"),
    ],
)
def test_what_is_no_grid_is_refused_in_one_line(grid, says):
    with pytest.raises(InputError, match=says) as told:
        grid_of(grid)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ({"cohorts": 1}, "whole number in"),
        ({"cohorts": 3, "draws": {"number": 2, "student.forget": [0.1]}}, "give one"),
        ({"draws": {"number": 2}}, "draws="),
        ({"cohorts": 3, "grid": {"cohort_seed": [1]}}, "axes themselves"),
        ({"belief": {"fit_to": "else"}}, "fit_to: cell or base"),
        ({"belief": {"fit_to": "base"}}, "has no effect without a grid"),
        ({"draws": {"student.forget": [0.1]}}, "number is missing"),
        ({"sensitivity": {"student.forget": [0.4, 0.1]}}, "the first end must be the lower one$"),
        ({"contrasts": "a - b"}, "must be a list of differences"),
        ({"baseline": 3}, "must be the name of a policy"),
    ],
)
def test_what_is_no_question_is_refused(others, says):
    with pytest.raises(InputError, match=says):
        Experiment.of(BASE | others)


def test_two_values_that_are_called_alike_are_refused():
    with pytest.raises(InputError, match="two values are called 0"):
        axes_of({"scenario.student.forget": [0.1, "0.1"]})
    with pytest.raises(InputError, match="needs a name of at most"):
        axes_of({"scenario.student.learn": [[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]]})


def test_the_tutor_knows_the_students_of_the_cell_or_those_of_the_base():
    """Forgetting is told by the numbers of the belief: those of the base are the same in every cell."""
    grid = {"student.forget": [0.01, 0.05], "belief.fit_to": ["base", "cell"]}
    base = [
        scenario.belief_parameters
        for scenario, cell in load_cells(grid_of(grid | {"belief.fit_to": ["base"]}))
        if cell.fit_to == "base"
    ]
    assert base[0] == base[1]


def test_a_tutor_cannot_know_the_items_of_another_curriculum():
    experiment = grid_of({"curriculum": ["chain"]}, belief={"fit_to": "base"})
    with pytest.raises(InputError, match="another curriculum"):
        load_cells(experiment)


def test_no_axis_is_called_like_a_column():
    """A column of an axis would hide the table's own, or be hidden by it."""
    axes = axes_of(
        {"lessons": [1], "student": ["bkt"], "scenario.belief.kind": ["bkt"], "scenario.student.quit": [0.1]}
    )
    names = ["experiment.lessons", "scenario.student", "belief.kind", "student.quit"]
    assert [axis.name for axis in axes] == names
    rows = [row for row in (vars(table_rows) | vars(outcomes)).values() if dataclasses.is_dataclass(row)]
    in_files = {row for row in rows if isinstance(row, type) and row.__name__.endswith(("Row", "Run"))}
    assert {column.name for row in in_files for column in columns(row)} - {"axes"} <= TAKEN | MATRIX


def test_every_column_of_a_data_frame_is_taken(tmp_path):
    """What ``zpdgym.load`` gives of a finished comparison, but for what begins with a word that no axis begins with."""
    found = zpdgym.compare(
        {"name": "t", "scenarios": ["tiny"], "policies": ["mastery"], "seeds": 1, "n_students": 20, "n_validation": 20}
        | {"lives": 0, "tracking": "none", "unexpected": False, "tune_budget": 2},
        results=tmp_path,
        jobs=1,
        console=Console(file=io.StringIO()),
    )
    read = zpdgym.load(found.folder)
    frames = [read.runs(), read.students(), read.curves(), read.lessons(), read.table()]
    names = {str(name) for frame in frames for name in frame.columns}
    parts = ("_low", "_high", "_p", "_p_corrected", "_low_corrected", "_high_corrected")
    whole = {name for name in names if not name.endswith(parts) and not name.startswith("seconds_")}
    assert whole <= TAKEN
