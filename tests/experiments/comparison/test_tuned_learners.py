"""A learner with a section tune in a comparison: one search a scenario, done before test students are taught."""

from __future__ import annotations

import io
import json
import re

import pytest
from rich.console import Console
from zpdgym.agents import race as of_baselines
from zpdgym.agents import rollouts
from zpdgym.agents.registry import load_policy
from zpdgym.errors import InputError, RunsFailed
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.comparison.robustness import robustness
from zpdgym.experiments.store.runs import Run
from zpdgym.students.draws import spawn_seed

from tests.experiments.comparison.small import TINY, contents
from tests.helpers import quiet

pytest.importorskip("stable_baselines3")

from zpdgym.agents.learnt import training

SPACE = {"learning_rate": {"low": 0.001, "high": 0.3, "log": True}, "gamma": [0.9, 0.99]}
LEARNER = {
    **load_policy("ppo_scorer", change={"trainer": "fast", "ready": 0.5, "evaluations": 2}),
    "name": "learner",
    "tune": {"budget": 3, "space": SPACE},
}
SPEC = TINY | {"policies": [LEARNER], "tune_budget": 3, "unexpected": False}


@pytest.fixture
def trained(monkeypatch):
    """The seed and the specification of every training in this process."""
    seen, plain = [], training.train

    def noting(scenario, spec, **options):
        seen.append((options["seed"], spec))
        return plain(scenario, spec, **options)

    monkeypatch.setattr(training, "train", noting)
    return seen


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """The comparison, and what it printed."""
    console = Console(file=io.StringIO(), width=100)
    results = tmp_path_factory.mktemp("results")
    return compare(SPEC, results=results, jobs=1, console=console), console.file.getvalue()


def test_seeds_share_one_search_and_are_trained_with_what_it_found(tuned):
    folder = tuned[0].folder / "Tiny-v0" / "learner"
    found = Run(folder / "tuning").json("tuning.json")
    assert len(found["trials"]) == 3
    assert set(found["spec"]) >= set(SPACE)
    for seed in (0, 1):
        run = Run(folder / f"seed{seed}")
        assert run.json("tuning.json") == found
        settings = run.json("teacher/teacher.json")["settings"]
        assert {name: settings[name] for name in SPACE} == {name: found["spec"][name] for name in SPACE}
        assert run.json("teacher/teacher.json")["training"]["seed"] == seed
    assert "seed" not in Run(folder / "tuning").config()


def test_the_budget_is_told_for_both_in_files_table_report_and_terminal(tuned):
    found, said = tuned
    (note,) = (n for n in found.table["scenarios"]["Tiny-v0"]["notes"] if n.startswith("Settings were sought"))
    for policy in ("learner", "mastery_tuned"):
        cost = json.loads((found.folder / "Tiny-v0" / policy / "seed0" / "tuning.json").read_text())["budget"]
        lessons = cost["training"] + cost["validation"]
        assert f"{policy} {cost['settings']} settings, {lessons:,} lessons" in note
        assert cost["settings"] == 3
        assert (cost["training"] > 0) == (policy == "learner")
    assert note in (found.folder / "report.html").read_text()
    assert "Settings were sought" in said
    assert re.search(r"Seeking settings took: learner \d+ s, .*mastery_tuned \d+ s", said)  # not in files: timings


def test_tables_without_a_tuned_learner_stay_as_they_were(compared):
    assert "Settings were sought" not in (compared[0].folder / "table.md").read_text()


@pytest.mark.slow
def test_repeating_makes_nothing_and_another_process_makes_the_same(tuned, tmp_path):
    found, _ = tuned
    before = contents(found.folder)
    assert compare(SPEC, results=found.folder.parent, **quiet()).made == 0
    assert contents(found.folder) == before
    other = compare(SPEC, results=tmp_path, jobs=2, console=Console(file=io.StringIO(), width=100))
    assert contents(other.folder) == before


def test_no_test_student_is_taught_before_the_settings_are_frozen(tmp_path, monkeypatch):
    done = tmp_path / "tiny" / "Tiny-v0" / "learner" / "tuning" / "done"
    test, plain, taught = spawn_seed(0, "test"), rollouts.teach, []

    def guarded(*args, **options):
        if options["cohort_seed"] == test:
            assert done.exists(), "a test student was taught before the search had ended"
            taught.append(1)
        return plain(*args, **options)

    for module in (rollouts, training, of_baselines):
        monkeypatch.setattr(module, "teach", guarded)
    _ = compare(SPEC, results=tmp_path, jobs=1, console=Console(file=io.StringIO()))
    assert taught


def test_more_seeds_are_trained_with_the_settings_that_were_found(tuned, trained, tmp_path):
    _ = compare(SPEC, results=tmp_path, jobs=1, console=Console(file=io.StringIO()))
    assert sum(seed < 0 for seed, _ in trained) >= 5  # the first setting is trained three times
    trained.clear()
    _ = compare(SPEC | {"seeds": 3}, results=tmp_path, jobs=1, console=Console(file=io.StringIO()))
    assert [seed for seed, _ in trained] == [2]
    (tmp_path / "tiny" / "Tiny-v0" / "learner" / "tuning").rename(tmp_path / "gone")
    assert compare(SPEC | {"seeds": 3}, results=tmp_path, **quiet()).made == 0  # nobody waits for it any more


def test_a_kill_in_the_middle_of_a_search_repeats_no_finished_trial(tuned, trained, tmp_path, monkeypatch):
    noting = training.train

    def killed(*args, **options):
        if len(trained) == 5:
            raise KeyboardInterrupt
        return noting(*args, **options)

    monkeypatch.setattr(training, "train", killed)
    alone = {"jobs": 1, "console": Console(file=io.StringIO(), width=100)}
    with pytest.raises(KeyboardInterrupt):
        compare(SPEC, results=tmp_path, **alone)
    monkeypatch.setattr(training, "train", noting)
    before = [seed for seed, _ in trained]
    again = compare(SPEC, results=tmp_path, **alone)
    assert not set(before[:3]) & {seed for seed, _ in trained[5:]}
    assert contents(again.folder) == contents(tuned[0].folder)
    assert not list(again.folder.rglob("checkpoint-*"))


def test_a_changed_space_is_another_search(tuned, tmp_path):
    _ = compare(SPEC, results=tmp_path, **quiet())
    other = {**LEARNER, "tune": {"budget": 3, "space": {"gamma": [0.8]}}}
    with pytest.raises(InputError, match=r"learner/tuning \(and 2 more\) was made with something else"):
        compare(SPEC | {"policies": [other]}, results=tmp_path, **quiet())
    again = compare(SPEC | {"policies": [other]}, results=tmp_path, **quiet(rerun=True))
    assert (again.folder / "Tiny-v0" / "learner" / "tuning.old-1").is_dir()
    assert len(Run(again.folder / "Tiny-v0" / "learner" / "tuning").json("tuning.json")["trials"]) == 2


def test_one_setting_is_no_search(tmp_path, trained):
    found = compare(SPEC | {"tune_budget": 1}, results=tmp_path, jobs=1, console=Console(file=io.StringIO()))
    assert sorted(seed for seed, _ in trained) == [0, 1]
    assert not (found.folder / "Tiny-v0" / "learner" / "tuning").exists()


def test_a_search_that_fails_is_the_reason_why_its_seeds_do(tmp_path, monkeypatch):
    plain = training.train

    def failing(scenario, spec, **options):
        if options["seed"] < 0:
            raise ValueError("out of luck")
        return plain(scenario, spec, **options)

    monkeypatch.setattr(training, "train", failing)
    found = compare(SPEC, results=tmp_path, jobs=1, console=Console(file=io.StringIO()))
    assert {(run.policy, run.seed) for run in found.failed} == {("learner", 0), ("learner", 1)}
    assert all("the search for its settings failed: " in run.why and "out of luck" in run.why for run in found.failed)
    with pytest.raises(RunsFailed, match="the search for its settings failed"):
        found.all_made()


@pytest.mark.slow
def test_a_learner_of_several_scenarios_is_tuned_on_them_once(tmp_path, trained):
    other = {"name": "other", "scenario": "tiny", "change": {"student.slip": 0.2}}
    spec = SPEC | {"scenarios": ["tiny", other], "train_on": ["tiny", other], "seeds": 1}
    found = compare(spec, results=tmp_path, jobs=1, console=Console(file=io.StringIO()))
    assert [seed for seed, _ in trained if seed >= 0] == [0]
    searches = list(found.folder.glob("*/learner/tuning"))
    assert len(searches) == 1
    tunings = [Run(found.folder / label / "learner" / "seed0").json("tuning.json") for label in ("Tiny-v0", "other")]
    assert tunings[0] == tunings[1] == Run(searches[0]).json("tuning.json")


@pytest.mark.slow
def test_a_matrix_tunes_a_learner_for_everybody_it_is_made_for(tmp_path):
    spec = {
        "name": "tiny",
        "scenario": "Tiny-v0",
        "students": ["slow"],
        "policies": [{**LEARNER, "tune": {"space": {"gamma": [0.9]}}}, "interleaved"],
        "seeds": 2,
        "n_students": 40,
        "n_validation": 20,
        "tune_budget": 2,
        "lessons": 600,
    }
    found = robustness(spec, results=tmp_path, **quiet())
    searches = sorted(path.parent.name for path in found.folder.glob("learner/*/tuning"))
    assert searches == ["mixture", "own", "slow"]
    config = Run(found.folder / "learner" / "slow" / "tuning").config()
    assert (config["made_for"], config["tune_budget"], config["lessons"]) == ("slow", 2, 600)
    with pytest.raises(InputError, match="tune_budget: 2 -> 3"):
        robustness(spec | {"tune_budget": 3}, results=tmp_path, **quiet())
