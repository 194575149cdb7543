"""A comparison is checked before it writes, complete when it ends, resumable when it is killed, and exact."""

import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from zpdgym.agents.registry import load_policy
from zpdgym.envs.beliefs import fitting as beliefs
from zpdgym.envs.beliefs import refit as beliefs_refit
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.compare import compare, load_experiment
from zpdgym.experiments.comparison.formats import SIGNS
from zpdgym.experiments.evaluate import evaluate
from zpdgym.experiments.runs.lineup import entry_of
from zpdgym.experiments.store.runs import Run

from tests.experiments.comparison.small import REFERENCES, TINY, contents
from tests.helpers import quiet


def test_reference_lines_are_always_there(compared):
    found, _ = compared
    rows = {row["policy"]: row for row in found.table["scenarios"]["Tiny-v0"]["policies"]}
    assert set(rows) == REFERENCES | {"linear", "greedy_ready"}
    assert {name for name, row in rows.items() if row["kind"] == "privileged"} == {"oracle_greedy", "optimal"}
    assert found.made == len(rows)


def test_every_policy_meets_the_same_students_expected_or_not(compared):
    found, _ = compared
    pre = [Run(p).csv("students.csv")["pre"] for p in found.folder.glob("Tiny-v0/*/seed0")]
    assert all(column.equals(pre[0]) for column in pre)
    rows = found.table["scenarios"]["Tiny-v0"]["unexpected"]
    kinds = found.table["scenarios"]["Tiny-v0"]["unexpected_kinds"]
    assert len(kinds) >= 2
    assert {(r["students_kind"], r["policy"]) for r in rows} >= {(k, p) for k in kinds for p in ("linear", "mastery")}


def test_repeating_skips_everything_and_changes_nothing(compared):
    found, _ = compared
    before = contents(found.folder)
    again = compare(TINY, results=found.folder.parent, **quiet())
    assert again.made == 0
    assert contents(found.folder) == before


def test_the_written_specification_makes_the_same_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec = TINY | {"scenarios": [{"scenario": "tiny", "change": {"student.slip": 0.2}}], "policies": ["random"]}
    first = compare(spec, **quiet())
    again = json.loads((first.folder / "experiment.json").read_text())["again"]
    assert again == "zpdgym compare experiment=results/tiny/experiment.yaml"
    before = contents(first.folder)
    second = compare(again.split("experiment=")[1], **quiet())
    assert (first.made > 0, second.made) == (True, 0)
    assert contents(second.folder) == before


LEAST_KNOWN = '''
import numpy as np


class LeastKnown:
    """The skill that is believed weakest."""

    name, privileged, learnt, draws = "least_known", False, False, 0
    needs = frozenset({"belief"})

    def bind(self, problem):
        self.problem, self.first = problem, problem.curriculum.q.argmax(axis=0)

    def predict(self, observation, state=None, episode_start=None, deterministic=False, *, action_masks=None, u=None):
        return self.first[self.problem.column(observation, "belief").argmin(axis=1)], None
'''


def test_a_users_policy_joins_the_leaderboard_without_an_edit_of_ours(tmp_path, monkeypatch):
    (tmp_path / "my_least_known.py").write_text(LEAST_KNOWN)
    assert LEAST_KNOWN.count("\n") <= 18
    monkeypatch.syspath_prepend(tmp_path)
    wanted = {"policies": ["my_least_known.LeastKnown"], "scenarios": ["tiny", "kt6kc"], "n_students": 30}
    found = compare(load_experiment("leaderboard") | TINY | wanted, results=tmp_path, **quiet())
    for scenario in found.table["scenarios"].values():
        row = next(row for row in scenario["policies"] if row["policy"] == "least_known")
        assert row["kind"] == "baseline"
        assert row["vs_tuned_verdict"] in SIGNS
        assert scenario["cannot_teach"] == []
    assert "least_known" in (found.folder / "table.md").read_text()


def test_who_cannot_teach_a_scenario_is_listed_there_and_stops_nobody(tmp_path):
    columns = {"observe.columns": ["belief", "ready", "tries", "lesson", "time_left"]}
    blind = {"scenario": "tiny", "change": columns}
    spec = TINY | {"policies": ["streak", "linear"], "scenarios": ["tiny", blind], "n_students": 20}
    said = io.StringIO()
    found = compare(spec, results=tmp_path, jobs=1, console=Console(file=said, width=200))
    seeing, not_seeing = found.table["scenarios"].values()
    assert seeing["cannot_teach"] == []
    (gone,) = not_seeing["cannot_teach"]
    assert gone["policy"] == "streak"
    assert gone["reason"].startswith("policy streak needs the columns days_since, streak, which scenario Tiny-v0~")
    assert "streak" not in {row["policy"] for row in not_seeing["policies"]}
    line = "streak: cannot teach here: policy streak needs the columns days_since, streak"
    assert line in said.getvalue()
    assert line in (found.folder / "table.md").read_text()
    assert "cannot teach here: policy streak needs the columns days_since, streak" in found.report.read_text()
    assert gone["reason"] in (found.folder / "table.csv").read_text()
    with pytest.raises(InputError, match="streak needs the columns"):
        compare(spec | {"policies": ["streak"], "scenarios": [blind]}, results=tmp_path, **quiet())
    sightless = {"scenario": "tiny", "change": {"observe.columns": ["lesson", "time_left", "tries"]}}
    with pytest.raises(InputError, match="mastery_tuned needs the columns"):
        compare(spec | {"scenarios": [sightless]}, results=tmp_path, **quiet())


def test_a_slow_policy_may_teach_fewer_students_and_is_compared_on_those(tmp_path):
    spec = TINY | {"policies": ["linear", "greedy"], "fewer_students": {"greedy": 20, "optimal": 30}}
    said = io.StringIO()
    found = compare(spec, results=tmp_path, jobs=1, console=Console(file=said, width=200))
    scenario = found.table["scenarios"]["Tiny-v0"]
    rows = {row["policy"]: row for row in scenario["policies"]}
    assert {name: row["students"] for name, row in rows.items() if row["students"] != 60} == {
        "greedy": 20,
        "optimal": 30,
    }
    students = {n: Run(found.folder / "Tiny-v0" / n / "seed0").csv("students.csv")["exam"].to_numpy() for n in rows}
    greedy, tuned = students["greedy"], students["mastery_tuned"]
    assert len(greedy) == 20
    assert rows["greedy"]["vs_tuned"] == pytest.approx((greedy - tuned[:20]).mean())
    none, best = students["no_teaching"][:20].mean(), students["optimal"][:20].mean()
    assert rows["greedy"]["of_the_way"] == pytest.approx((greedy.mean() - none) / (best - none))
    assert scenario["best_untrained"] != "greedy"
    assert Run(found.folder / "Tiny-v0/greedy/seed0").json("validation.json")["students"] == 20
    printed = said.getvalue()
    assert "greedy‡" in printed
    assert "‡ slow, so fewer students: " in printed
    assert "greedy 20" in printed


@pytest.mark.parametrize(
    ("fewer", "message"),
    [
        ({"greedi": 20}, "Did you mean 'greedy'"),
        ({"greedy": 5}, r"greedy=5 must be a whole number in \[10, "),
        (20, "must say how many"),
        ({"mastery_tuned": 20}, "mastery_tuned is a reference line"),
    ],
)
def test_fewer_students_are_for_policies_that_there_are(fewer, message, tmp_path):
    with pytest.raises(InputError, match=message):
        compare(TINY | {"policies": ["greedy"], "fewer_students": fewer}, results=tmp_path, **quiet())
    assert not list(tmp_path.iterdir())


def test_own_students_may_leave_out_expected_gain(tmp_path, monkeypatch):
    page = (Path(__file__).parents[3] / "docs" / "students" / "index.md").read_text()
    source = next(b for b in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "class Halver" in b)
    (tmp_path / "halver_compared.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    students = {"student": {"_target_": "halver_compared.Halver", "learn": 0.2}}
    fit = beliefs.fit_belief
    monkeypatch.setattr(beliefs, "fit_belief", lambda scenario, **_: fit(scenario, n_students=200))
    monkeypatch.setattr(beliefs_refit, "kept_in", lambda: tmp_path / "beliefs")
    belief = {"belief.kind": "bkt", "belief.source": "fitted"}
    wanted = {"scenario": "tiny", "replace": students, "change": belief}
    found = compare(TINY | {"scenarios": [wanted], "policies": ["streak"]}, results=tmp_path, **quiet())
    ((label, scenario),) = found.table["scenarios"].items()
    assert not {"oracle_greedy", "optimal"} & {row["policy"] for row in scenario["policies"]}
    assert any("expected_gain, which Halver has not" in note for note in scenario["notes"])
    assert (scenario["reference"], scenario["reference_kind"]) == (None, None)
    assert "way to" not in (found.folder / "table.md").read_text()
    assert label in found.report.read_text()
    with pytest.raises(InputError, match="expected_gain"):
        compare(TINY | {"scenarios": [wanted], "policies": ["oracle_greedy"]}, results=tmp_path / "no", **quiet())


def test_other_settings_are_refused_and_concern_only_the_runs_that_they_change(compared, tmp_path):
    found, _ = compared
    shutil.copytree(found.folder, tmp_path / "tiny")
    with pytest.raises(InputError, match=r"\d+ more.*settings \(cohort_seed: 0 -> 1\) changed.*rerun=true"):
        compare(TINY | {"cohort_seed": 1}, results=tmp_path, **quiet())
    # the budget of tuning concerns the tuned policies, the lessons of training nobody here
    done = compare(TINY | {"tune_budget": 3, "lessons": 700}, results=tmp_path, **quiet(rerun=True))
    moved = {path.parent.name for path in (tmp_path / "tiny").glob("Tiny-v0/*/seed0.old-1")}
    assert moved == {"greedy_ready", "ready_random", "classroom", "mastery_tuned"}
    assert done.made == 4


def test_what_is_kept_of_lessons(compared):
    found, _ = compared
    folder = found.folder / "Tiny-v0"
    kept = Run(folder / "mastery_tuned" / "seed0").arrays("lessons.npz")
    assert kept["items"].shape == (60, 6)
    assert kept["obs"].shape[:3] == (60, 6, 3)
    assert not Run(folder / "random" / "seed0").has("lessons.npz")
    about = json.loads((folder / "scenario.json").read_text())
    assert kept["obs"].shape[3] == len(about["columns"])
    assert about["label"] == "Tiny-v0"


@pytest.mark.slow
def test_learnt_policies_have_a_run_per_seed_and_are_shown_both_ways(tmp_path):
    pytest.importorskip("stable_baselines3")
    found = compare(TINY | {"policies": ["ppo_scorer"]}, results=tmp_path, **quiet())
    scenario = found.table["scenarios"]["Tiny-v0"]
    row = next(r for r in scenario["policies"] if r["policy"] == "ppo_scorer")
    assert (row["kind"], row["seeds"]) == ("learnt", 2)
    assert {"sampled", "last", "vs_best"} <= set(row)
    assert (row["vs_best_verdict"], "vs_best_p" in row) == (None, False)  # two seeds are too few
    assert scenario["best_learner"] == "ppo_scorer"
    assert "2 training seeds" in found.table["warning"]
    assert "A headline needs 10" in (found.folder / "table.md").read_text()
    run = Run(found.folder / "Tiny-v0" / "ppo_scorer" / "seed1")
    assert run.csv("train.csv").columns.tolist() == ["lessons", "reward", "validation"]
    kept = run.arrays("lessons.npz")
    assert kept["mastery_choice"].shape == kept["items"].shape
    assert ((kept["mastery_choice"] >= 0) == (kept["items"] >= 0)).all()
    # the saved teacher is the one in the table
    saved = load_policy("saved", change={"path": str(run.path / "teacher")})
    again = evaluate("tiny", saved, n_students=60)
    assert np.array_equal(again.per_student["exam"], run.csv("students.csv")["exam"])


def test_evaluate_answers_like_compare(compared):
    found, _ = compared
    alone = evaluate("tiny", "linear", n_students=60)
    assert np.array_equal(
        alone.per_student["exam"], Run(found.folder / "Tiny-v0/linear/seed0").csv("students.csv")["exam"]
    )
    assert alone.mastery_by_lesson.shape == (7,)
    numbers = alone.summary()
    assert numbers["outcome_low"] < numbers["outcome"] < numbers["outcome_high"]
    assert alone.tuning is None
    tuned = evaluate("tiny", {**entry_of("greedy_ready").spec}, n_students=20)
    assert tuned.tuning is not None
    assert len(tuned.tuning["trials"]) > 1
