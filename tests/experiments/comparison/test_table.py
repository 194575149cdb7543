"""The table of a comparison: what the files say."""

import json

import numpy as np
import pytest
from scipy import stats
from zpdgym.experiments.comparison.formats import SIGNS
from zpdgym.experiments.comparison.show import markdown
from zpdgym.experiments.comparison.taught import Taught
from zpdgym.experiments.gaps import gap
from zpdgym.experiments.store.runs import Run

from tests.experiments.comparison.small import rows_of


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


def gap_of(exam, sizes=(40, 60, 9), pre=(0.2, 0.5, 0.9)):
    """The gap of three groups, of whom the third is too small."""
    groups = np.repeat(["low", "high", "few"], sizes)
    return gap(exam(groups), np.repeat(pre, sizes), groups, np.random.default_rng(0))


def drawn(groups, seeds=1):
    rng = np.random.default_rng(0)
    return np.where(groups == "high", 0.7, 0.6) + rng.normal(0.0, 0.1, (seeds, len(groups)))


def test_a_gap_is_the_difference_of_the_groups_that_knew_most_and_least_before():
    found, groups = gap_of(drawn), np.repeat(["low", "high", "few"], (40, 60, 9))
    high, low = (drawn(groups)[0][groups == name] for name in ("high", "low"))
    assert (found.most, found.least) == ("high", "low")  # nine students are too few
    assert found.before == pytest.approx(0.3)
    assert found.after.value == pytest.approx(high.mean() - low.mean())
    welch = stats.ttest_ind(high, low, equal_var=False).confidence_interval(0.95)
    assert found.after.interval() == pytest.approx((welch.low, welch.high), abs=0.004)


def test_a_gap_may_turn_round_and_of_one_group_there_is_none():
    turned = gap_of(lambda groups: np.where(groups == "low", 0.9, 0.5)[None])
    assert turned.after.value == pytest.approx(-0.4)
    assert gap_of(drawn, sizes=(40, 0, 9)) is None


def test_the_interval_of_a_gap_has_the_luck_of_trainings_in_it():
    def by_seed(groups):
        return drawn(groups, 4) + np.array([[0.0], [0.1], [0.0], [-0.1]]) * (groups == "high")

    one, several = (np.ptp(gap_of(exam).after.interval()) for exam in (drawn, by_seed))
    assert several > one


def test_the_page_has_gaps_only_where_there_are_groups(compared):
    table = rows_of(compared[0])
    (rows,) = [scenario.policies for scenario in table.scenarios.values()]
    assert all(row.gap is None for row in rows)
    assert "gap at the exam" not in markdown(table)
