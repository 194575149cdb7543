"""The table of a comparison: what the files say."""

import json

import pytest
from zpdgym.experiments.comparison.formats import SIGNS
from zpdgym.experiments.comparison.taught import Taught
from zpdgym.experiments.store.runs import Run


def test_table_is_what_the_files_say(compared):
    found, _ = compared
    folder = found.folder / "Tiny-v0"
    scenario = found.table["scenarios"]["Tiny-v0"]
    rows = {row["policy"]: row for row in scenario["policies"]}
    students = {name: Run(folder / name / "seed0").csv("students.csv") for name in rows}
    linear, tuned = students["linear"]["exam"], students["mastery_tuned"]["exam"]
    assert rows["linear"]["outcome"] == pytest.approx(linear.mean())
    assert rows["linear"]["vs_tuned"] == pytest.approx((linear - tuned).mean())
    assert rows["linear"]["worse_off"] == pytest.approx(
        (linear < tuned - scenario["smallest_difference"] - 1e-9).mean()
    )
    low, high = rows["linear"]["vs_tuned_low"], rows["linear"]["vs_tuned_high"]
    assert (low + high) / 2 == pytest.approx(rows["linear"]["vs_tuned"])
    assert (rows["no_teaching"]["of_the_way"], rows["optimal"]["of_the_way"]) == (0, 1)
    assert "vs_tuned" not in rows["mastery_tuned"]
    assert rows["optimal"]["vs_tuned_verdict"] is None  # privileged policies cannot win
    assert rows["random"]["vs_tuned_verdict"] in SIGNS
    stored = json.loads((found.folder / "table.json").read_text())
    assert [r["policy"] for r in stored["scenarios"]["Tiny-v0"]["policies"]] == list(rows)


def test_best_untrained_is_chosen_on_validation_students(compared):
    found, _ = compared
    scenario = found.table["scenarios"]["Tiny-v0"]
    fair = {row["policy"]: row["validation"] for row in scenario["policies"] if row["kind"] == "baseline"}
    assert scenario["best_untrained"] == max(fair, key=fair.get)
    validation = Run(found.folder / "Tiny-v0" / "linear" / "seed0").json("validation.json")
    assert validation == {"primary": "exam", "mean": fair["linear"], "students": 40}
    outcome = next(row["outcome"] for row in scenario["policies"] if row["policy"] == "linear")
    assert validation["mean"] != outcome  # other students


def test_taught_stacks_seeds_in_order(tmp_path):
    for seed, value in ((0, 0.25), (1, 0.75)):
        run = Run(tmp_path / f"seed{seed}")
        run.write_csv("students.csv", {"exam": [value, value]})
        run.write_json("validation.json", {"mean": value})
    taught = Taught("p", "learnt", (Run(tmp_path / "seed0"), Run(tmp_path / "seed1")), "exam")
    assert taught.outcome.tolist() == [[0.25, 0.25], [0.75, 0.75]]
    assert taught.validation == 0.5
