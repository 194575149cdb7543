"""A pilot's files become a plan: who is planned for, what it costs, and what a small pilot leaves open."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.questions.cells import Cell
from zpdgym.experiments.questions.planning import GRID_STUDENTS, WIDER, Wanted, duration, plan
from zpdgym.experiments.questions.reading import cells_of, read_cells, read_results
from zpdgym.scripts.cli import main

from tests.experiments.questions.made import made, written

BASE = {"baseline": "base"}
WANTED = Wanted(0.02, **BASE)
SECONDS = {"train": 40.0, "validation": 1.0, "test": 2.0, "sampled": 1.0}


@pytest.fixture(scope="module")
def pilot(tmp_path_factory):
    """Two scenarios, a trained policy with five seeds, another baseline, and one that looks inside."""
    rng, cells = np.random.default_rng(0), {}
    for label in ("One-v0", "Two-v0"):
        (cell,) = made({}, lambda: 0.03, rng, seeds=5, students=100)
        outcomes = {**cell.outcomes, "rule": cell.outcomes["base"] + 0.05 * rng.standard_normal((1, 100))}
        cells[label] = Cell({}, outcomes, {}, cell.trained)
    return written(tmp_path_factory.mktemp("results") / "pilot", cells, seconds=SECONDS)


def test_every_policy_that_looks_inside_nobody_is_planned_for(pilot):
    tables = plan(pilot, Wanted(0.02, **BASE))
    assert [table.scenario for table in tables] == ["One-v0", "Two-v0"]
    for table in tables:
        assert [row.policy for row in table.spreads] == ["own", "rule"]
        assert (table.verdicts, table.smallest_difference, table.baseline) == (5, 0.02, "base")
        assert {row.seeds for row in table.grid if row.policy == "rule"} == {1}
        assert all(row.enough == (row.power >= 0.8) for row in table.grid)
        assert all(row.enough and row.smallest for row in table.sizes)
    assert [t.scenario for t in plan(pilot, Wanted(0.02, **BASE), scenario="two-V0")] == ["Two-v0"]


def test_the_pilot_is_told_as_its_table_tells_it(pilot):
    (one,) = (row for row in plan(pilot, Wanted(0.02, **BASE))[0].spreads if row.policy == "own")
    assert (one.seeds, one.students) == (5, 100)
    assert one.difference.low_corrected < one.difference.low < one.difference.value
    assert one.between_seeds.low < 0.02 < one.between_seeds.high
    assert one.lessons == pytest.approx(0.05, abs=0.01)


def test_seconds_grow_with_seeds_and_students(pilot):
    rows = [row for row in plan(pilot, Wanted(0.02, **BASE))[0].grid if row.policy == "own"]
    for row in rows:
        expected = (row.seeds + 1) * (41.0 + 0.03 * row.students)  # the baseline's run, too
        assert row.seconds == pytest.approx(expected)


def test_a_better_verdict_takes_more_than_a_different_one(pilot):
    sizes = {}
    for verdict in ("different", "better"):
        table = plan(pilot, Wanted(0.04, verdict=verdict, policies=("rule",), **BASE))[0]
        sizes[verdict] = table.sizes[0].students
    assert sizes["better"] > sizes["different"]
    with pytest.raises(InputError, match=r"difference=0\.02 must be above 0\.02, the smallest difference of One-v0"):
        plan(pilot, Wanted(0.02, verdict="better", **BASE))


def test_fewer_verdicts_take_less(pilot):
    many, one = (plan(pilot, Wanted(0.02, policies=("rule",), verdicts=n, **BASE))[0].sizes[0] for n in (50, 1))
    assert many.students > one.students


def test_sentences_name_the_cheapest_size_and_what_the_pilot_leaves_open(pilot):
    table = plan(pilot, Wanted(0.03, policies=("own",), **BASE))[0]
    cheapest = min(table.sizes, key=lambda row: row.seconds)
    size = f"{cheapest.seeds} seeds and {cheapest.students:,} students"
    assert table.says[0].startswith(f"own: {size} ({duration(cheapest.seconds)})")
    assert "5 seeds of the pilot leave open how far trainings differ" in table.says[1]
    assert f"{size} have a power of 0." in table.says[1]
    nothing = plan(pilot, Wanted(1e-6, policies=("own",), **BASE))[0]
    assert nothing.sizes == ()
    assert nothing.says == ("own: no size that was tried (up to 50 seeds and 100,000 students) is enough.",)


def test_one_seed_of_a_training_tells_nothing(tmp_path):
    (cell,) = made({}, lambda: 0.03, np.random.default_rng(1), seeds=1)
    folder = written(tmp_path / "one", {"One-v0": cell})
    table = plan(folder, Wanted(0.02, **BASE))[0]
    assert table.spreads == ()
    assert table.says == ("own: no plan: own was trained with one seed, which tells nothing of their luck.",)


@pytest.mark.parametrize("apart", [0.0, 0.1])
@pytest.mark.parametrize("others", [0, 1, 9, 10])
def test_who_ended_alike_in_the_pilot_has_no_plan(tmp_path, others, apart):
    """Of the luck in a difference that was not there, or was the same for everybody, nothing is known."""
    (cell,) = made({}, lambda: 0.1, np.random.default_rng(8), seeds=3)
    alike = cell.outcomes["base"] + apart
    alike[:, :others] += 0.2
    (table,) = plan(written(tmp_path, {"A": replace(cell, outcomes={**cell.outcomes, "alike": alike})}), WANTED)
    planned = {row.policy for row in table.grid}
    if others == 10:
        assert planned == {"own", "alike"}
        return
    assert planned == {row.policy for row in table.spreads} == {row.policy for row in table.sizes} == {"own"}
    (said,) = (line for line in table.says if line.startswith("alike"))
    ended = f"only {others} of 200 students ended otherwise" if others else "all 200 students ended alike"
    assert said.startswith(f"alike: no plan: in the pilot {ended} ({'+0.100' if apart else 'nothing'} apart)")


def test_where_more_students_widen_the_interval_that_is_explained(tmp_path):
    """Trainings differ by less than the lessons of a hundred students: three seeds cannot tell that apart."""
    (cell,) = made({}, lambda: 0.1, np.random.default_rng(3), seeds=20, students=4000, seed_sd=0.01, lesson_sd=0.3)
    (table,) = plan(written(tmp_path, {"A": cell}), replace(WANTED, verdicts=33))
    widths = {(row.seeds, row.students): row.half_width for row in table.grid}
    assert widths[3, 5000] > WIDER * widths[3, 100]
    assert widths[20, 5000] < widths[20, 100]
    (line,) = (line for line in table.says if "wider" in line)
    least, most = min(widths[3, n] for n in GRID_STUDENTS), widths[3, 5000]
    assert line.startswith("own: with 3 seeds more students make the interval wider, from ±")
    assert f"±{least:.3f} (" in line
    assert f"to ±{most:.3f}" in line
    assert "the interval reaches 26 standard errors" in line
    (even,) = made({}, lambda: 0.1, np.random.default_rng(3), seeds=10, students=500, seed_sd=0.05, lesson_sd=0.05)
    (table,) = plan(written(tmp_path / "even", {"A": even}), WANTED)
    assert not any("wider" in line for line in table.says)


def test_a_trained_baseline_is_paired_by_the_seeds_that_both_have(tmp_path):
    rng = np.random.default_rng(2)
    (cell,) = made({}, lambda: 0.03, rng, seeds=5)
    (other,) = made({}, lambda: 0.0, rng, seeds=4)
    outcomes = {**cell.outcomes, "other": other.outcomes["own"]}
    folder = written(tmp_path / "two", {"One-v0": Cell({}, outcomes, {}, frozenset({"own", "other"}))}, seconds=SECONDS)
    table = plan(folder, Wanted(0.05, baseline="best_learner"))[0]
    assert table.baseline == "own"
    row = next(row for row in table.spreads if row.policy == "other")
    assert row.seeds == 4
    size = next(row for row in table.grid if row.policy == "other")
    assert size.seconds == pytest.approx(2 * size.seeds * (41.0 + 0.015 * size.students))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"baseline": "bas"}, "unknown policy 'bas'. Did you mean 'base'"),
        ({"policies": ("onw",), **BASE}, "unknown policy 'onw'. Did you mean 'own'"),
        ({"policies": ("base",), **BASE}, "base is the baseline"),
    ],
)
def test_policies_that_there_are_not_are_refused(pilot, wanted, said):
    with pytest.raises(InputError, match=said):
        plan(pilot, Wanted(0.02, **wanted))


def test_results_are_read_as_cells(pilot, tmp_path):
    scenes = read_results(pilot)
    cells = cells_of(scenes)
    assert [cell.axes for cell in cells] == [{"scenario": "One-v0"}, {"scenario": "Two-v0"}]
    assert set(cells[0].outcomes) == {"base", "own", "rule"}
    assert cells[0].outcomes["own"].shape == (5, 100)
    assert cells[0].roles == {"best_untrained": "base", "best_learner": "own"}
    assert cells[0].trained == {"own"}
    assert cells[0].teachers == ""
    assert cells_of(scenes[:1])[0].axes == {}
    grid = made({"a": (0, 1)}, lambda a: 0.0, np.random.default_rng(3), seeds=2)
    labels = {f"One-v0,a={cell.axes['a']}": cell for cell in grid}
    found = read_cells(written(tmp_path / "grid", labels, axes=True, train_on=["One-v0"]))
    assert [cell.axes for cell in found] == [{"a": 0}, {"a": 1}]
    assert [cell.teachers for cell in found] == ["all", "all"]
    assert np.array_equal(found[1].outcomes["own"], grid[1].outcomes["own"])


def test_damaged_results_are_refused(tmp_path):
    (cell,) = made({}, lambda: 0.0, np.random.default_rng(4), seeds=2, students=20)
    folder = written(tmp_path / "pilot", {"One-v0": cell})
    students = folder / "One-v0" / "own" / "seed1" / "students.csv"
    whole = students.read_text()
    students.write_text(whole.replace("0.", "1.", 1))
    with pytest.raises(InputError, match=r"seed1 is damaged"):
        read_results(folder)
    students.write_text(whole)
    (folder / "table.json").write_text("[]")
    with pytest.raises(InputError, match=r"table\.json.* is \[\], which it cannot be"):
        read_results(folder)
    (folder / "table.json").unlink()
    with pytest.raises(InputError, match=r"has no table\.json: repeat zpdgym compare"):
        read_results(folder)


def test_an_outcome_that_no_run_has_is_refused(tmp_path):
    (cell,) = made({}, lambda: 0.0, np.random.default_rng(6), seeds=1, students=10)
    folder = written(tmp_path / "pilot", {"One-v0": cell})
    told = (folder / "experiment.json").read_text()
    (folder / "experiment.json").write_text(told.replace('"exam"', '"exams"'))
    with pytest.raises(InputError, match=r"One-v0\.primary is exams, which .*seed0 lacks"):
        read_results(folder)


@pytest.mark.parametrize("text", ['{"scenarios": {}}', '{"scenarios": {"One-v0": {}}}', '{"scenarios": 3}', "{}", "{"])
def test_tables_that_were_changed_are_refused_in_one_line(tmp_path, text):
    (cell,) = made({}, lambda: 0.0, np.random.default_rng(5), seeds=1, students=10)
    folder = written(tmp_path / "pilot", {"One-v0": cell})
    (folder / "table.json").write_text(text)
    with pytest.raises(InputError, match=r"table\.json"):
        read_results(folder)


def test_the_verb_prints_the_plan(pilot, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    before = sorted(path for path in pilot.rglob("*"))
    assert main(["plan", str(pilot), "difference=.03", "baseline=base"]) == 0
    said = capsys.readouterr().out
    assert sorted(path for path in pilot.rglob("*")) == before
    assert "One-v0: the pilot's luck in differences to base" in said
    assert "own: half-width of the interval, and power" in said
    assert "What does not train" in said
    assert max(map(len, said.splitlines())) <= 100


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give the folder of a comparison"),
        (["PILOT"], "difference is missing"),
        (["PILOT", "difference=.1", "contrast=own - base by a"], "no contrasts over cells: give policies="),
        (["PILOT", "contrasts=[own - base]"], "no contrasts over cells: give policies="),
        (["nowhere", "difference=.1"], "there is no folder 'nowhere'"),
        (["PILOT", "difference=0"], "difference=0 must be a number above 0"),
        (["PILOT", "difference=-1"], "difference=-1 must be a number above 0"),
        (["PILOT", "difference=nan"], "difference=nan must be a number above 0"),
        (["PILOT", "difference=inf"], "difference=inf must be a number above 0"),
        (["PILOT", "difference=two"], "difference=two must be a number above 0"),
        (["PILOT", "difference="], "difference= has no value"),
        (["PILOT", "difference=.1", "power=1"], "power=1 must be a number above 0 and below 1"),
        (["PILOT", "difference=.1", "verdict=worse"], "verdict=worse must be different or better"),
        (["PILOT", "difference=.1", "verdicts=0"], r"verdicts=0 must be a whole number in \[1, 1,000,000\]"),
        (["PILOT", "difference=.1", "verdicts=2.5"], "verdicts=2.5 must be a whole number"),
        (["PILOT", "difference=.1", "verdicts=9999999999"], "must be a whole number"),
        (["PILOT", "difference=.1", "policies=,"], "policies= must name one policy or more"),
        (["PILOT", "diference=.1"], "unknown key 'diference'. Did you mean 'difference'"),
        (["PILOT", "difference=.1", "difference=.2"], "give difference once"),
        (["PILOT", "PILOT", "difference=.1"], "give one folder"),
        (["PILOT", "difference=.1", "-m"], "there is no option '-m'"),
        (["PILOT", "difference=.1", "scenario=three"], "unknown scenario 'three'"),
        (["PILOT", "difference=x", "power=2"], "difference=x .*; power=2 "),
    ],
)
def test_the_verb_refuses_in_one_line(pilot, capsys, arguments, said):
    assert main(["plan", *(str(pilot) if a == "PILOT" else a for a in arguments)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(said, line), line


def test_times_are_told_in_the_unit_that_fits():
    assert [duration(s) for s in (0.4, 59, 90, 3599, 3600, 90_000)] == [
        "0 s",
        "59 s",
        "2 min",
        "60 min",
        "1.0 h",
        "25.0 h",
    ]
