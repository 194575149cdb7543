"""What is printed and written says what the rows say, and fits."""

from __future__ import annotations

import io
import json
import time

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from zpdgym.experiments.comparison.formats import number
from zpdgym.experiments.questions.cells import Cell, named
from zpdgym.experiments.questions.contrasts import contrasts
from zpdgym.experiments.questions.crossing import crossing
from zpdgym.experiments.questions.rows import ContrastTable, CrossingTable, WorldsTable
from zpdgym.experiments.questions.show import markdown, save, sheets, terminal
from zpdgym.experiments.questions.worlds import worlds
from zpdgym.experiments.store.columns import from_plain

from tests.experiments.questions.made import made

AXES = {"student.forget": (0.01, 0.1), "schedule": ("seven_weeks", "once_a_week")}


def answers():
    """One of each kind."""
    rng = np.random.default_rng(0)
    grid = made(AXES, lambda forget, schedule: forget, rng)
    short = [*grid, *(Cell({**c.axes, "schedule": "none"}, {"base": c.outcomes["base"]}) for c in grid[::2])]
    line = made({"student.forget": (0.003, 0.01, 0.03, 0.1)}, lambda forget: 0.1 * np.log(forget / 0.02), rng)
    many = made({"cohort": range(4)}, lambda cohort: 0.1, rng)
    return {
        "contrasts": contrasts(short, ["own - base by forget x schedule"], smallest=0.02),
        "sensitivity": crossing(line, "own - base", "forget", smallest=0.02),
        "worlds": worlds(many, ["own - base"], smallest=0.02),
    }


@pytest.fixture(scope="module")
def found():
    return answers()


def printed(answer):
    console = Console(file=io.StringIO(), width=100)
    for part in terminal(sheets(answer), width=100):
        console.print(part)
    return console.file.getvalue()


def test_contrasts_are_printed_row_by_row(found):
    said = " ".join(printed(found["contrasts"]).split())
    assert "forget=0.1, schedule=once_a_week" in said
    assert "interaction: forget 0.01 → 0.1, schedule seven_weeks → once_a_week" in said
    assert f"corrected for all {found['contrasts'].verdicts} rows together" in said
    assert "left out: own - base is not there in student.forget=0.01, schedule=none" in said
    for row in found["contrasts"].rows:
        assert f"{number(row.difference.value, '{:+.3f}')} ± " in said


def test_crossings_and_worlds_are_printed_with_their_sentence(found):
    flat = {name: " ".join(printed(answer).split()) for name, answer in found.items()}
    assert found["sensitivity"].says in flat["sensitivity"]
    assert "straight lines on the logarithmic scale" in flat["sensitivity"]
    assert "Which verdict holds where" in flat["sensitivity"]
    assert found["worlds"].together[0].says in flat["worlds"]


def test_too_few_seeds_are_explained():
    cells = made({"a": (0, 1)}, lambda a: 0.0, np.random.default_rng(1), seeds=2)
    said = printed(contrasts(cells, ["own - base by a"], smallest=0.02))
    assert " few" in said
    assert "few: trained with fewer than 3 seeds" in said


@pytest.mark.parametrize("row", [ContrastTable, CrossingTable, WorldsTable])
def test_files_give_the_answer_back(found, tmp_path, row):
    name, answer = next((name, answer) for name, answer in found.items() if isinstance(answer, row))
    paths = save(tmp_path, answer)
    assert [path.name for path in paths] == [f"{name}.json", f"{name}.csv", f"{name}.md"]
    assert from_plain(row, json.loads(paths[0].read_text()), where="file") == answer
    frame = pd.read_csv(paths[1])
    assert {"difference", "difference_low", "difference_high_corrected", "verdict"} <= set(frame.columns)
    if row is ContrastTable:
        assert set(AXES) <= set(frame.columns)
        assert len(frame) == len(answer.rows)


def test_markdown_shows_names_letter_by_letter():
    (cell,) = made({}, lambda: 0.1, np.random.default_rng(2), seeds=1)
    odd = [Cell({"a|b": level}, cell.outcomes) for level in ("*x*", "y, a=z")]
    text = markdown(sheets(contrasts(odd, ["own - base by a|b"], smallest=0.02)))
    assert "| change: a\\|b \\*x\\* → y, a=z |" in text
    assert "| a\\|b=\\*x\\* | +0." in text


def test_a_large_grid_is_answered_at_once():
    """Forty cells of ten policies, ten seeds and 2000 students: what takes time is reading them."""
    rng, cells = np.random.default_rng(3), []
    for forget in range(8):
        for schedule in range(5):
            outcomes = {f"p{n}": rng.random((10, 2000), np.float32).astype(float) for n in range(2)}
            cells.append(Cell({"forget": forget, "schedule": schedule}, {**outcomes, "base": rng.random((1, 2000))}))
    started = time.process_time()
    table = contrasts(cells, [f"p{n} - base by forget x schedule" for n in range(2)], smallest=0.02)
    assert len(table.rows) == 2 * (40 + 7 + 4 + 28)
    assert time.process_time() - started < 5.0


def test_a_switch_is_called_as_in_the_labels_of_cells():
    assert named({"scored_right": True, "help": 0.2, "schedule": "once_a_week"}) == (
        "scored_right=true, help=0.2, schedule=once_a_week"
    )
