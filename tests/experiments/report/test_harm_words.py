"""What the page says of harm: a share beside its floor, that it cannot be told, or that it was not measured."""

import json
import re
from pathlib import Path

import numpy as np
from zpdgym.experiments.comparison import show
from zpdgym.experiments.comparison.harm_show import under_trainings
from zpdgym.experiments.comparison.rows import ComparisonTable
from zpdgym.experiments.report import write_report
from zpdgym.experiments.report.results import read_experiment
from zpdgym.experiments.store.columns import from_plain
from zpdgym.experiments.store.runs import LIVES, write_json

from tests.experiments.report.made_up import seal
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


def test_the_worst_training_is_named_beside_the_share_of_all(experiment):
    """The second training harms a fifth of the pupils, the first nobody; shares of one training are of that one."""
    base, n, lives = np.full((40, 60), 0.5), 60, 40
    rng = np.random.default_rng(0)
    luck = 0.002 * rng.normal(size=(3, lives, n))
    _, (world,) = read_experiment(experiment)
    harmed = np.where(np.arange(n) < n // 5, -0.2, 0.0)
    runs = [world.mastery.runs[0], *world.teacher.runs]
    for run, moved, noise in zip(runs, (0.0, 0.0, harmed), luck, strict=True):
        run.write_arrays(LIVES, {"outcome": base + moved + noise, "fingerprint": np.array("f" * 64)})
        seal(run)
    try:
        said = said_with(experiment, [row("ppo_scorer", harmed=0.1, told=True)])
        assert "under these 2 trainings, 10 in 100 can expect to end noticeably worse" in said
        assert "Under the worst of these trainings alone: 20 in 100." in said
        assert "All shares are those under these 2 trainings; another training may harm more or fewer." in said
        untold = said_with(experiment, [row("ppo_scorer", harmed=0.1, told=False)])
        assert "Under the worst" not in untold
    finally:
        for run in runs:
            (run.path / LIVES).unlink()
            seal(run)


def test_what_does_not_train_harms_under_no_training():
    assert [under_trainings(kind, 3) for kind in ("baseline", "privileged")] == ["", ""]
    assert under_trainings("learnt", 1) == "under this training"
    assert under_trainings("learnt", 3) == "under these 3 trainings"


def test_terminal_and_markdown_say_under_which_trainings(experiment):
    """And the difference over all lives has another name than that of one life."""
    table = json.loads((experiment / "table.json").read_text())
    table["scenarios"]["Small-v0"]["harm"] = [
        row("ppo_scorer", harmed=0.08, told=True) | {"difference": -0.0001},
        row("mastery_tuned", harmed=0.0, told=True),
    ]
    rows = from_plain(ComparisonTable, table, where="table.json")
    scenario = rows.scenarios["Small-v0"]
    made = "ppo_scorer against mastery_tuned, in expectation over lives, under these 2 trainings: harmed by more"
    assert made in " ".join(show.headlines(scenario))
    text = show.markdown(rows)
    assert "of learnt policies: under the trainings that were made; others may harm more or fewer" in text
    harm_part, others = text.split("### Who loses and who gains in expectation")[1].split("### Groups of students")
    assert "| vs mastery_tuned over all lives |" in harm_part
    assert "over all lives" not in others
    assert "-0.000" not in text
    assert "+0.000" not in text


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
