"""A grid is one comparison: cells with axes, one correction, answers, and nothing made twice."""

import csv
import io
import json

import pytest
from rich.console import Console
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.compare import compare

from tests.experiments.comparison.small import TINY, contents

ASKED = TINY | {
    "name": "grid",
    "policies": ["streak"],
    "seeds": 1,
    "unexpected": False,
    "grid": {"student.learn": [0.2, 0.4], "policies.streak.n": [2, 3]},
    "contrasts": ["streak,n=3 - mastery_tuned by learn", "streak,n=2 - mastery_tuned along learn"],
    "baseline": "random",
}


def made(spec, folder, **options):
    console = Console(file=io.StringIO(), width=160)
    found = compare(spec, results=folder, jobs=1, console=console, **options)
    return found, console.file.getvalue()


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    return made(ASKED, tmp_path_factory.mktemp("results"))


def test_axes_are_columns_of_every_table(grid):
    found, _ = grid
    assert found.table["axes"] == {"learn": [0.2, 0.4], "n": [2, 3]}
    with (found.folder / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["learn"] for row in rows} == {"0.2", "0.4"}
    assert {row["n"] for row in rows if row["policy"].startswith("streak")} == {"2", "3"}
    assert {row["n"] for row in rows if row["policy"] == "random"} == {""}


def test_all_cells_are_corrected_together(grid):
    found, _ = grid
    cells = found.table["scenarios"].values()
    assert len({cell["verdicts"] for cell in cells}) == 1
    counted = sum(len({row["policy"] for row in cell["policies"]}) for cell in cells)
    assert next(iter(cells))["verdicts"] > counted / 2


def test_another_baseline_has_columns_of_its_own(grid):
    found, said = grid
    for cell in found.table["scenarios"].values():
        assert cell["baseline"] == "random"
        rows = {row["policy"]: row for row in cell["policies"]}
        assert "vs_baseline" not in rows["random"]
        values = {name: row["outcome"] - rows["random"]["outcome"] for name, row in rows.items()}
        assert rows["mastery"]["vs_baseline"] == pytest.approx(values["mastery"])
    assert "random" in said


def test_questions_are_answered_from_the_same_files(grid):
    found, said = grid
    contrasts = json.loads((found.folder / "contrasts.json").read_text())
    cells = found.table["scenarios"]
    for row in contrasts["rows"]:
        if row["kind"] == "difference":
            cell = next(c for c in cells.values() if c["axes"]["learn"] == row["axes"]["learn"])
            same = next(r for r in cell["policies"] if r["policy"] == "streak,n=3")
            assert row["difference"] == pytest.approx(same["vs_tuned"])
            assert row["difference_low"] == pytest.approx(same["vs_tuned_low"])
    assert (found.folder / "sensitivity.csv").is_file()
    assert "streak,n=2 - mastery_tuned along learn" in said


def test_one_value_more_makes_the_new_cells_only(grid):
    found, _ = grid
    more = ASKED | {"grid": {"student.learn": [0.3], "policies.streak.n": [2, 3]}}
    grown, _ = made(more, found.folder.parent)
    assert grown.table["axes"]["learn"] == [0.2, 0.3, 0.4]
    n_runs = len(grown.table["scenarios"]["Tiny-v0,learn=0.3"]["policies"])
    assert grown.made == n_runs
    again, _ = made(
        more | {"grid": {"student.learn": [0.2, 0.3, 0.4], "policies.streak.n": [2, 3]}}, found.folder.parent
    )
    assert again.made == 0


def test_a_grid_over_other_axes_needs_another_name(grid):
    found, _ = grid
    with pytest.raises(InputError, match=r"holds a grid over .* give this experiment another name"):
        made(ASKED | {"grid": {"student.slip": [0.1, 0.2]}, "contrasts": []}, found.folder.parent)


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ({"contrasts": ["streak,n=3 - mastery_tuned by lern"]}, "learn"),
        ({"contrasts": ["streek - mastery_tuned"]}, "streak"),
        ({"contrasts": ["streak,n=3 - mastery_tuned along base"]}, "axis"),
        ({"baseline": "oracle_greedy"}, "looks inside the students"),
        ({"contrasts": ["streak,n=3 - oracle_greedy"]}, "oracle_greedy looks inside the students"),
        ({"contrasts": ["sm2 - mastery_tuned"]}, "sm2 is not in this comparison: add=sm2"),
        ({"baseline": "rando"}, "random"),
        ({"grid": {"policies.strike.n": [1]}, "contrasts": []}, "streak"),
        ({"grid": {"policies.streak.m": [1]}, "contrasts": []}, "m"),
        ({"grid": {"student.lern": [0.1]}, "contrasts": []}, "lern"),
    ],
)
def test_mistakes_are_refused_before_anything_is_written(tmp_path, others, says):
    with pytest.raises(InputError, match=says):
        made(ASKED | others, tmp_path)
    assert not list(tmp_path.iterdir())


def test_other_cohorts_have_trainings_of_their_own(tmp_path):
    spec = TINY | {
        "policies": ["linear"],
        "unexpected": False,
        "seeds": 1,
        "cohorts": 3,
        "contrasts": ["linear - random"],
    }
    found, said = made(spec, tmp_path)
    worlds = json.loads((found.folder / "worlds.json").read_text())
    assert [row["world"] for row in worlds["worlds"]] == [0, 1, 2]
    assert "over cohort" in said
    taught = [p.name for p in found.folder.glob("Tiny-v0,cohort=*/linear/seed*")]
    assert sorted(taught) == ["seed0", "seed1000", "seed2000"]


def test_what_cells_have_in_common_is_made_once(tmp_path, monkeypatch):
    """Untrained policies do not depend on lessons of training; the copies are what they would be if made alone."""
    from zpdgym.experiments.runs import execute

    spec = TINY | {"policies": ["streak"], "seeds": 1, "lives": 2, "grid": {"lessons": [600, 700]}}
    made_now = []
    monkeypatch.setattr(
        execute, "_make", lambda plan, *rest, make=execute._make: made_now.append(plan.name) or make(plan, *rest)
    )
    found, _ = made(spec, tmp_path / "shared")
    assert len(made_now) == found.made // 2
    monkeypatch.setattr("zpdgym.experiments.runs.execute.copied", lambda plan, run: False)
    alone, _ = made(spec, tmp_path / "alone")
    assert contents(found.folder) == contents(alone.folder)


def test_what_the_grid_sets_is_not_searched(grid):
    found, _ = grid
    for n in (2, 3):
        tuning = json.loads((found.folder / f"Tiny-v0,learn=0.2/streak,n={n}/seed0/tuning.json").read_text())
        assert tuning["spec"]["n"] == n
        assert all("n" not in trial for trial in tuning["trials"])


def test_another_cohort_added_later_is_made_and_leaves_the_others(tmp_path):
    spec = {**TINY, "policies": ["streak", "ppo_scorer"], "unexpected": False, "seeds": 1, "lessons": 300}
    made(spec | {"grid": {"cohort_seed": [0, 1]}}, tmp_path)
    more, _ = made(spec | {"grid": {"cohort_seed": [5]}}, tmp_path)
    assert [cell["axes"]["cohort"] for cell in more.table["scenarios"].values()] == [0, 1, 5]
    seeds = {path.parent.parent.name: path.name for path in more.folder.glob("*/ppo_scorer/seed*")}
    assert seeds["Tiny-v0,cohort=5"] == "seed5000"
    assert more.made == len(list((more.folder / "Tiny-v0,cohort=5").glob("*/seed*")))


def test_who_knows_which_students_is_said_of_those_cells_alone(tmp_path):
    grid = {"student.slip": [0.1, 0.2], "belief.fit_to": ["cell", "base"]}
    found, said = made(ASKED | {"grid": grid, "contrasts": [], "name": "known"}, tmp_path)
    told = {path.parent.name: path.read_text() for path in found.folder.glob("*/scenario.json")}
    assert all(("does not know of these changes" in text) == ("fit_to=base" in label) for label, text in told.items())
    assert "does not know of these changes" in found.report.read_text()
    assert "2 of 4 cells: The tutor's belief was fitted to the students of the scenario without the grid" in said


@pytest.mark.parametrize("width", [40, *(pytest.param(width, marks=pytest.mark.slow) for width in (60, 80)), 100])
def test_cells_can_be_told_apart_at_any_width(tmp_path, grid, width):
    console = Console(file=io.StringIO(), width=width)
    compare(ASKED, results=grid[0].folder.parent, jobs=1, console=console)
    table = console.file.getvalue().partition("* learnt;")[0]
    rows = [line for line in table.splitlines() if "mastery_tuned" in line]
    assert {line.split()[0] for line in rows} >= {"0.2", "0.4"}


def test_a_question_that_a_failed_run_leaves_open_is_said_and_the_table_stands(tmp_path, monkeypatch):
    from zpdgym.experiments.runs import execute

    def fail(plan, *rest, make=execute._make):
        if plan.entry.name == "streak" and "learn=0.4" in plan.name:
            raise ValueError("not today")
        make(plan, *rest)

    monkeypatch.setattr(execute, "_make", fail)
    spec = ASKED | {
        "name": "fails",
        "grid": {"student.learn": [0.2, 0.4]},
        "contrasts": ["streak - mastery along learn"],
    }
    found, said = made(spec, tmp_path)
    assert found.failed
    assert "not answered: streak - mastery along learn" in " ".join(said.split())
    assert found.report.is_file()
