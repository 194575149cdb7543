"""What the number and the luck of training seeds do to a table and to the page: few, alike, and one that failed."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import shutil
from pathlib import Path

import pytest
from zpdgym.experiments.comparison import show
from zpdgym.experiments.comparison.table import comparison
from zpdgym.experiments.report import write_report
from zpdgym.experiments.statistics import VERDICTS
from zpdgym.experiments.store.columns import as_csv, to_plain
from zpdgym.experiments.store.runs import Run, write_json

from tests.experiments.report.made_up import WAYS, make_results, most_promising, small_curriculum
from tests.experiments.report.outline import Outline
from tests.helpers import reseal


def made_with(folder: Path, seeds: int) -> Path:
    ways = WAYS | {"ppo_scorer": ("learnt", seeds, most_promising)}
    return make_results(folder, small_curriculum(), n=30, lessons=16, keep=9, ways=ways)


def told(folder: Path) -> tuple[show.ScenarioTable, str, str]:
    """The table, as Markdown, and the page, made again from the files of the runs."""
    table = comparison(folder, json.loads((folder / "experiment.json").read_text()))
    write_json(folder / "table.json", to_plain(table))
    page = Outline(write_report(folder).read_text(encoding="utf-8")).said
    return table.scenarios["Small-v0"], show.markdown(table), re.sub(r"\s+", " ", page)


def learnt(scenario: show.ScenarioTable) -> show.PolicyRow:
    return next(row for row in scenario.policies if row.policy == "ppo_scorer")


@pytest.mark.parametrize("seeds", [4, 6, 10])
def test_seeds_that_differ_by_less_than_lessons_do_not_end_in_nan(tmp_path, seeds):
    folder = made_with(tmp_path, seeds)
    for seed in range(1, seeds):
        shutil.copy(folder / "Small-v0/ppo_scorer/seed0/students.csv", folder / f"Small-v0/ppo_scorer/seed{seed}")
    reseal(folder)
    scenario, text, _ = told(folder)
    row = learnt(scenario)
    assert row.vs_tuned is not None
    assert all(math.isfinite(number) for number in to_plain(row.vs_tuned).values())
    assert row.vs_tuned_verdict in VERDICTS
    assert "nan" not in text


def test_two_trainings_get_neither_p_nor_verdict_and_three_do(tmp_path):
    scenario, text, page = told(made_with(tmp_path / "two", 2))
    row = learnt(scenario)
    assert row.vs_tuned is not None
    assert (row.vs_tuned_verdict, row.vs_tuned.p, row.vs_tuned.p_corrected, row.vs_best_verdict) == (None,) * 4
    assert "no verdict from 2 training seeds; 3 are the fewest" in text
    assert "few: trained with fewer than 3 seeds, so no p and no verdict" in text
    assert "There is no verdict after 2 trainings, 3 are the fewest" in page
    assert "no verdict: too few trainings" in page
    others = [r.vs_tuned_verdict for r in scenario.policies if r.kind == "baseline" and r.policy != "mastery_tuned"]
    assert set(others) <= set(VERDICTS)  # who does not train has one run, and a verdict
    assert scenario.verdicts == len(others)  # the best untrained policy is the yardstick itself
    scenario, text, page = told(made_with(tmp_path / "three", 3))
    assert learnt(scenario).vs_tuned_verdict in VERDICTS
    assert scenario.verdicts == len(others) + 1
    assert not [words for words in ("There is no verdict", "no verdict from", "no verdict:") if words in text + page]


def test_a_teacher_that_was_saved_before_needs_no_seeds(tmp_path):
    folder = made_with(tmp_path, 1)
    shutil.rmtree(folder / "Small-v0/ppo_scorer/seed0/teacher")
    reseal(folder)
    assert learnt(told(folder)[0]).vs_tuned_verdict in VERDICTS


def test_a_training_that_failed_is_named_and_rare_ones_are_said_not_to_be_covered(tmp_path):
    folder = made_with(tmp_path, 6)
    scenario, text, page = told(folder)
    assert learnt(scenario).outlying_seeds == ()
    assert "ended far from" not in text + page
    assert "trainings that fail rarely are not covered" in text
    assert "Trainings that fail rarely are not covered by these intervals" in page
    run = Run(folder / "Small-v0/ppo_scorer/seed4")
    students = run.csv("students.csv")
    run.write_csv("students.csv", {str(c): students[c] for c in students} | {"exam": students["exam"] - 0.5})
    reseal(folder)
    scenario, text, page = told(folder)
    assert learnt(scenario).outlying_seeds == (4,)
    assert "ppo_scorer: seed 4 ended far from the other 5" in text
    (row,) = csv.DictReader(io.StringIO(as_csv([learnt(scenario)])))
    assert row["outlying_seeds"] == "4"
    assert "Of the learnt teacher, the training with seed 4 ended far from the other 5" in page


def test_a_table_of_the_first_version_still_has_its_page(tmp_path):
    folder = made_with(tmp_path, 3)
    written = (folder / "table.json").read_text()
    old = json.loads(written.replace("_corrected", "_holm"))
    for row in old["scenarios"]["Small-v0"]["policies"]:
        row.pop("outlying_seeds")
        row |= {"vs_tuned_verdict": "cannot tell"} if row.get("vs_tuned_verdict") else {}
    write_json(folder / "table.json", old)
    low = next(r for r in old["scenarios"]["Small-v0"]["policies"] if r["policy"] == "ppo_scorer")["vs_tuned_low_holm"]
    page = write_report(folder).read_text(encoding="utf-8")
    assert f"from {abs(8 * low):.1f} fewer" in page
    assert "So we cannot tell" in page
