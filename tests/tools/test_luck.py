"""The luck of tuning as its page tells it: one tuning, all of them, and single ones."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.pages import luck


def planted(folder, policies):
    """Runs of 400 students, whose outcomes differ from mastery learning's by as much as is said."""
    rng = np.random.default_rng(0)
    rows = []
    for policy, kind, shifts in policies:
        rows.append({"policy": policy, "kind": kind})
        for seed, shift in enumerate(shifts):
            run = folder / "X-v0" / policy / f"seed{seed}"
            run.mkdir(parents=True)
            exam = 0.5 + shift + 0.01 * rng.standard_normal(400)
            (run / "students.csv").write_text("exam\n" + "\n".join(map(str, exam)) + "\n")
    (folder / "table.json").write_text(json.dumps({"scenarios": {"X-v0": {"policies": rows}}}))
    return folder


def test_a_policy_that_was_lucky_once_is_told_with_all_its_tunings(tmp_path):
    shifts = [0.03, -0.01, -0.02, 0.0, 0.0]
    told = luck.told(
        planted(
            tmp_path,
            [
                ("mastery_tuned", "baseline", [0.0] * 5),
                ("streak", "baseline", shifts),
                ("random", "baseline", [0.1]),  # it has nothing to tune
                ("ppo_scorer", "learnt", [0.2] * 5),
            ],
        )
    )
    *_, row = told.splitlines()
    assert len(told.splitlines()) == 3, "neither what is learnt nor what is not tuned has a row"
    scenario, policy, once, ten, apart, spread = (cell.strip() for cell in row.strip("|").split("|"))
    assert (scenario, policy) == ("X-v0", "`streak`")
    assert once.startswith("+0.03")
    low, high = map(float, ten[ten.index("[") + 1 : -1].split(", "))
    assert low < 0 < high, "five tunings do not tell what one seemed to"
    assert apart == "-0.020 to +0.030"
    assert float(spread) == pytest.approx(np.std(shifts, ddof=1), abs=0.002)


def test_what_was_tuned_once_has_no_table(tmp_path):
    folder = planted(tmp_path, [("mastery_tuned", "baseline", [0.0]), ("streak", "baseline", [0.1])])
    with pytest.raises(SystemExit, match="nothing in it was tuned more than once"):
        luck.told(folder)
