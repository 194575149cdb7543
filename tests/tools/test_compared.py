"""What a comparison found, on the page of its scenario: numbers of the table, rules of the report."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from zpdgym.experiments.report.results import read_experiment

from benchmarks.pages import compared
from tests.experiments.report.made_up import make_results, small_curriculum


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = make_results(tmp_path_factory.mktemp("results"), small_curriculum())
    told = json.loads((made / "experiment.json").read_text())
    (made / "experiment.json").write_text(json.dumps({**told, "lessons": 100_000, "train_on": []}))
    return made


@pytest.fixture
def world(folder):
    return read_experiment(folder)[1][0]


def test_the_page_has_the_teacher_the_best_untrained_and_who_shows_what_numbers_are_worth(folder, world):
    told = compared.results(world)
    table = json.loads((folder / "table.json").read_text())["scenarios"][world.label]
    for row in table["policies"]:
        spoken = row["kind"] == "learnt" or row["policy"] in (
            table["reference"], table["best_untrained"], table["tuned"], *compared.ALWAYS
        )  # fmt: skip
        assert (f"| `{row['policy']}`" in told) == spoken
    means = [float(found) for found in re.findall(r"\| (\d\.\d{3}) ±", told)]
    assert means == sorted(means, reverse=True)


def test_a_verdict_stands_with_its_interval_or_it_is_said_that_there_is_none(world):
    learnt = next(row for row in world.table.policies if row.policy == world.table.best_learner)
    assert compared.between(learnt.vs_best) in compared.ahead(world)
    one = replace(world.table, policies=tuple(replace(row, vs_best_verdict=None) for row in world.table.policies))
    assert f"**{compared.FEW}**" in compared.ahead(replace(world, table=one))
    nobody = replace(world, table=replace(world.table, best_learner=None))
    assert "trainings)" not in compared.ahead(nobody)


def test_rules_say_how_often_they_are_right_where_mastery_learning_would_choose_otherwise(world):
    told = compared.rules(world)
    shares = [int(found) for found in re.findall(r"(\d+) %", told.split("\n\n")[0])]
    assert len(shares) == 3
    assert all(0 <= share <= 100 for share in shares)
    assert "| 1 | " in told


def test_the_block_is_written_between_its_marks_with_a_picture_that_loads_nothing(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(compared, "DOCS", tmp_path)
    monkeypatch.setattr(compared, "PAGES", tmp_path)
    label = read_experiment(folder)[1][0].label
    page = tmp_path / f"{label}.md"
    page.write_text("Before.\n\n<!-- compared -->\nold\n<!-- end -->\n\nAfter.\n")
    compared.main([str(folder)])
    text = page.read_text()
    assert text.startswith("Before.")
    assert text.endswith("After.\n")
    assert "old" not in text
    drawn = (tmp_path / f"{folder.name}-learnt.svg").read_text()
    assert not re.search(r"href|url\(|<script", drawn)
    page.write_text("No marks.")
    with pytest.raises(SystemExit):
        compared.main([str(folder)])
