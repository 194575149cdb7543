"""``zpdgym tune``: the search of compare, shown, kept, and never repeated for nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from zpdgym.agents import load_policy, teach
from zpdgym.agents.registry import build_policy
from zpdgym.agents.tuning import prepare
from zpdgym.envs.scenario import Scenario
from zpdgym.experiments.evaluate import evaluate
from zpdgym.scripts.cli import main
from zpdgym.students.draws import spawn_seed

SMALL = ("n_validation=40", "tune_budget=6")


def tuned(*arguments, policy="streak"):
    assert main(["tune", "scenario=tiny", f"policy={policy}", *SMALL, *arguments]) == 0
    return Path("results/tuning/Tiny-v0")


def contents(folder):
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.name != "run.json"}


def test_it_is_the_search_of_compare_with_every_trial_told(capsys):
    folder = tuned() / "streak"
    stored = json.loads((folder / "tuning.json").read_text())
    spec, trials = prepare(load_policy("streak"), Scenario.load("tiny"), cohort_seed=0, n_students=40, budget=6)
    cost = {"settings": 6, "training": 0, "validation": sum(trial["taught"] for trial in trials)}
    assert stored == {"spec": spec, "budget": cost, "trials": trials}
    said = capsys.readouterr().out
    assert f"Budget: 6 settings, {cost['validation']:,} lessons of validation students, " in said
    means = [float(m) for m in re.findall(r"^ (0\.\d{4}) ", said, re.MULTILINE)]
    assert len(means) == 6
    assert means[0] == max(means)
    assert means[1:] == sorted(means[1:], reverse=True)
    assert said.count("*") == 2  # the policy's own settings, and what the star means
    assert str(folder / "policy.yaml") in said


def test_differences_are_paired_and_their_errors_too():
    folder = tuned() / "streak"
    stored = json.loads((folder / "tuning.json").read_text())
    scenario, cohort = Scenario.load("tiny"), spawn_seed(0, "validation")

    def outcomes(trial, n):
        settings = {k: v for k, v in trial.items() if k in stored["spec"]}
        policy = build_policy(stored["spec"] | settings)
        return teach(scenario, policy, n_students=n, cohort_seed=cohort, metrics=False).outcomes["exam"]

    for trial in stored["trials"]:
        n = trial["students"]
        differences = outcomes(trial, n) - outcomes(stored["spec"], n)
        assert trial["difference"] == pytest.approx(differences.mean(), abs=1e-12)
        assert trial["error"] == pytest.approx(differences.std() / n**0.5, abs=1e-12)
        assert n in (10, 40)


def test_the_policy_file_teaches_as_the_best_trial_did():
    path = tuned() / "streak" / "policy.yaml"
    text = path.read_text()
    assert re.match(r"# streak as it is best in Tiny-v0, of 6 settings on 40 validation students .*\.\n", text)
    spec = yaml.safe_load(text)
    assert spec["name"] == "streak~Tiny-v0"
    assert "tune" not in spec
    found = evaluate("tiny", str(path), n_students=30)
    best = json.loads((path.parent / "tuning.json").read_text())["spec"]
    assert (found.policy, found.tuning) == ("streak~Tiny-v0", None)
    assert found.summary() == evaluate("tiny", best, n_students=30).summary()


def test_what_was_found_is_not_repeated_and_the_same_seed_gives_the_same_bytes(capsys):
    folder = tuned() / "streak"
    first, made = contents(folder), folder.joinpath("run.json").read_bytes()
    tuned()
    assert "found before, not repeated" in capsys.readouterr().out
    assert (contents(folder), folder.joinpath("run.json").read_bytes()) == (first, made)
    (folder / "done").unlink()  # as if it had been interrupted
    tuned()
    assert contents(folder) == first
    assert main(["tune", "scenario=tiny", "policy=streak", *SMALL, "cohort_seed=1"]) == 2
    assert "cohort_seed: 0 -> 1" in capsys.readouterr().err
    tuned("cohort_seed=1", "rerun=true")
    assert contents(folder)["tuning.json"] != first["tuning.json"]
    assert contents(folder.with_name("streak.old-1")) == first


def test_changed_parameters_have_a_folder_of_their_own():
    folder = tuned("policy.cap=6")
    (made,) = (p.name for p in folder.glob("[!.]*"))  # beside it lies its lock
    assert re.fullmatch("streak~[0-9a-f]{4}", made)
    assert json.loads((folder / made / "tuning.json").read_text())["trials"][0]["cap"] == 6


def test_a_rehearsed_policy_is_kept_with_what_it_rehearsed():
    spec = yaml.safe_load((tuned(policy="classroom") / "classroom" / "policy.yaml").read_text())
    assert len(spec["calendar"]) == Scenario.load("tiny").schedule.horizon(Scenario.load("tiny").curriculum.minutes)


def test_a_policy_of_ones_own_is_tuned_by_its_file():
    Path("my_own_for_tuning.py").write_text(
        "from zpdgym.agents.baselines.mastery import Mastery\n\nclass Mine(Mastery):\n    name = 'mine'\n"
    )
    Path("mine.yaml").write_text(
        "_target_: my_own_for_tuning.Mine\nthreshold: 0.9\ntune:\n  space:\n    threshold: [0.6, 0.8]\n"
    )
    folder = tuned(policy="mine.yaml") / "mine"
    assert len(json.loads((folder / "tuning.json").read_text())["trials"]) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["policy=linear"], "policy linear has nothing to tune"),
        (["policy=streek"], "Did you mean 'streak'"),
        (["policy=streak", "policy.n=0"], r"n=0 must be a whole number in \[1, 10\]"),
        (["policy=streak", "tune_budget=1"], "give tune_budget once"),
        (["policy=streak", "scenario.observe.columns=[belief]"], "streak needs the columns"),
        (["policy=streak", "policy.tune.space={n: 3}"], r"space\.n=3 must be a list"),
        (["policy=streak", "policy.tune.space={n: [0, 2]}"], r"n=0 must be a whole number in \[1, 10\]"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(arguments, message, capsys):
    assert main(["tune", "scenario=tiny", *SMALL, *arguments]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert re.search(message, said.err)
    assert not list(Path().glob("results/tuning/*/*/tuning.json"))


def test_without_what_it_needs_it_says_so(capsys):
    assert main(["tune", "scenario=tiny"]) == 2
    assert "policy" in capsys.readouterr().err


def test_a_search_by_evolution_counts_lessons_and_tells_what_was_validated(capsys):
    pytest.importorskip("cma")
    folder = tuned("policy.tune.lessons=2000", "policy.name=mine", policy="tuned_index") / "mine"
    stored = json.loads((folder / "tuning.json").read_text())
    captured = capsys.readouterr()
    assert stored["budget"]["training"] >= 2000
    assert "the middle of the cloud of settings" in captured.out
    assert f"({stored['budget']['training']:,} of training" in captured.out
    assert captured.out.count("log_gain=") == 1  # of the best alone
    best = yaml.safe_load((folder / "policy.yaml").read_text())
    assert evaluate("tiny", best, n_students=10).tuning is None
