"""What the page says of harm: a share beside its floor, that it cannot be told, or that it was not measured."""

import json
import re
from pathlib import Path

from zpdgym.experiments.report import write_report
from zpdgym.experiments.store.runs import write_json

from tests.experiments.report.outline import Outline


def row(policy: str, *, harmed: float, told: bool) -> dict:
    ends = {"harmed_low": harmed / 2, "harmed_high": 2 * harmed, "gained_low": 0.5, "gained_high": 0.7}
    return {
        "scenario": "Small-v0", "policy": policy, "kind": "learnt", "group": None, "students": 300, "lives": 64,
        "difference": 0.1, "difference_low": 0.0, "difference_high": 0.2, "reliability": 0.9, "noise": 0.01,
        "harmed": harmed, "gained": 0.6, "harmed_told": told, "gained_told": told, **ends,
    }  # fmt: skip


def said_with(folder: Path, harm: list[dict]) -> str:
    file = folder / "table.json"
    before = file.read_text()
    table = json.loads(before)
    table["scenarios"]["Small-v0"]["harm"] = harm
    write_json(file, table)
    try:
        return re.sub(r"\s+", " ", Outline(write_report(folder).read_text(encoding="utf-8")).said)
    finally:
        file.write_text(before)


def test_harm_is_told_beside_the_floor(experiment):
    rows = [row("ppo_scorer", harmed=0.08, told=True), row("mastery_tuned", harmed=0.0, told=True)]
    said = said_with(experiment, rows)
    assert "in each way: under these 2 trainings, 8 in 100 can expect to end noticeably worse than" in said
    assert "and 60 in 100 noticeably better." in said
    assert (
        "As a check: of mastery learning (tuned) against itself, where nobody can expect to lose, "
        "the same count says none." in said
    )


def test_harm_that_cannot_be_told(experiment):
    said = said_with(experiment, [row("ppo_scorer", harmed=0.1, told=False)])
    assert "That is too few to tell how many can expect to end noticeably worse than under" in said
    assert "between 5 and 20 in 100, under these 2 trainings." in said
    assert "As a check" not in said
    assert "Under the worst" not in said


def test_harm_that_was_not_measured(experiment):
    said = said_with(experiment, [])
    assert "was not measured: each was taught once, with one luck." in said
    assert "in 100 of the simulated pupils" not in said
