"""A learnt row that wins on a control is marked red, and then nothing is called done."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from zpdgym.configs.build import CONFIGS
from zpdgym.errors import ControlBeaten
from zpdgym.experiments.comparison import show
from zpdgym.experiments.comparison.compare import Comparison
from zpdgym.experiments.comparison.first import impossible
from zpdgym.experiments.comparison.table import comparison
from zpdgym.experiments.store.columns import to_plain
from zpdgym.experiments.store.runs import Run
from zpdgym.scripts.cli import main
from zpdgym.scripts.command.guard import guarded

WORLD, LEARNT, SEEDS = "Easy-v0", "ppo_scorer", 3


def of_json(path: Path):
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def beaten(tmp_path_factory) -> tuple[Path, int, str]:
    """A comparison on a control whose bound is far too low, its exit code and what it said on stderr."""
    home = tmp_path_factory.mktemp("control")
    text = (CONFIGS / "scenario" / "Tiny-v0.yaml").read_text(encoding="utf-8")
    text = text.replace("name: Tiny-v0", f"name: {WORLD}\ncontrol: {{bound: optimal, value: 0.1}}", 1)
    (home / "easy.yaml").write_text(text, encoding="utf-8")
    numbers = "n_students=60 n_validation=40 lessons=600 tune_budget=2 lives=0 unexpected=false tracking=none jobs=1"
    where = [f"scenarios=[{home / 'easy.yaml'}]", f"results={home}", "name=won"]
    with pytest.MonkeyPatch.context() as patch:
        told = io.StringIO()
        patch.setattr("sys.stderr", told)
        code = main(["compare", *where, f"policies=[linear,{LEARNT}]", f"seeds={SEEDS}", *numbers.split()])
    return home / "won", code, told.getvalue()


def test_a_win_on_a_control_is_told_in_one_line_and_by_the_exit_code_when_all_is_written(beaten):
    folder, code, told = beaten
    assert code == 5
    (line,) = [line for line in told.splitlines() if line.startswith("zpdgym compare: ")]
    assert f"{LEARNT} wins on the control {WORLD}: above the bound (0.1) by" in line
    assert "this is a bug or a leak; table and report are written" in line
    assert f"{LEARNT} wins on the control" in (folder / "table.md").read_text(encoding="utf-8")
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "A control was won" in report
    assert '<strong class="alarm">' in report
    stored = of_json(folder / "table.json")["scenarios"][WORLD]
    assert (stored["control_bound"], stored["control_value"]) == ("optimal", 0.1)
    assert {row["policy"] for row in stored["policies"] if "beats_control" in row} == {LEARNT}


@pytest.fixture
def planted(beaten, tmp_path):
    """A table in which the learnt row is the best untrained one on the same students, and so much higher."""
    shutil.copytree(beaten[0], tmp_path / "planted")
    folder, best = tmp_path / "planted", comparison(beaten[0], of_json(beaten[0] / "experiment.json"))
    untrained = best.scenarios[WORLD].best_untrained

    def plant(higher: float, *, bound: str = "optimal", value: float | None = 1.0, noise: float = 1e-5):
        about = of_json(folder / "experiment.json")
        about["compared"][WORLD] |= {"control_bound": bound, "control_value": value}
        columns = Run(folder / WORLD / untrained / "seed0").columns("students.csv")
        if bound == "no_teaching":
            columns = Run(folder / WORLD / bound / "seed0").columns("students.csv")
        rng = np.random.default_rng(0)
        for seed in range(SEEDS):
            exam = columns["exam"] + higher + noise * rng.standard_normal(len(columns["exam"]))
            Run(folder / WORLD / LEARNT / f"seed{seed}").write_csv("students.csv", {**columns, "exam": exam})
        return comparison(folder, about)

    return plant


@pytest.mark.parametrize(("higher", "red"), [(0.006, True), (0.001, False), (0.0, False), (-0.006, False)])
def test_a_learnt_row_is_red_where_its_corrected_interval_lies_above_the_margin(planted, higher, red):
    table = planted(higher)
    scenario = table.scenarios[WORLD]
    lines = impossible(scenario)
    assert bool(lines) == red
    printed = io.StringIO()
    console = Console(file=printed, width=120, force_terminal=True, color_system="standard")
    for part in show.terminal(table, width=120):
        console.print(part)
    in_red = [line for line in printed.getvalue().splitlines() if f"\x1b[1;31m{LEARNT}* ✗" in line]
    assert len(in_red) == red
    assert ("✗ wins where nobody can" in printed.getvalue()) == red
    if red:
        assert lines[0].startswith(f"{LEARNT} wins on the control {WORLD}: +0.0060 [+0.00")


def test_a_wide_interval_is_not_red_by_itself(planted):
    assert not impossible(planted(0.006, noise=0.5).scenarios[WORLD])


def test_a_learnt_row_is_red_where_it_lies_above_the_bound_by_three_standard_errors(planted):
    (row,) = [row for row in planted(0.001).scenarios[WORLD].policies if row.policy == LEARNT]
    error = (row.outcome.high - row.outcome.low) / 4  # a little more than one
    assert impossible(planted(0.001, value=row.outcome.value - 4 * error).scenarios[WORLD])
    assert not impossible(planted(0.001, value=row.outcome.value - error).scenarios[WORLD])


def test_where_nothing_can_be_learnt_any_difference_is_red(planted):
    assert impossible(planted(1e-6, bound="no_teaching", value=None, noise=0.0).scenarios[WORLD])
    assert not impossible(planted(0.0, bound="no_teaching", value=None, noise=0.0).scenarios[WORLD])


def test_elsewhere_nobody_is_refused_for_winning(planted):
    table = planted(0.006, bound=None, value=None)
    assert not impossible(table.scenarios[WORLD])
    assert "control" not in str(to_plain(table))


def test_a_win_comes_before_runs_that_failed(planted, capsys):
    table = to_plain(planted(0.006))
    found = Comparison(Path(), table, 0, (), Path("report.html"))
    with pytest.raises(ControlBeaten, match="table and report are written"):
        found.all_made()
    assert guarded("compare", found.all_made) == 5
    assert capsys.readouterr().err.startswith(f"zpdgym compare: {LEARNT} wins on the control")
    Comparison(Path(), to_plain(planted(0.001)), 0, (), Path("report.html")).all_made()
