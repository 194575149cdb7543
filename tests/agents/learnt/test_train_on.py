"""Comparisons whose teachers were trained on other scenarios than they teach, and trainings that were interrupted."""

from dataclasses import replace

import numpy as np
import pytest
from zpdgym.agents.learnt.teacher import Saved, Teacher
from zpdgym.agents.learnt.training import train
from zpdgym.agents.registry import load_policy
from zpdgym.envs.scenario import Scenario
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.runs import execute
from zpdgym.experiments.runs.plan import Plan
from zpdgym.experiments.runs.scenarios import load_scenarios, load_train_on
from zpdgym.experiments.runs.specification import Experiment
from zpdgym.experiments.store.runs import CHECKPOINT, Run

from tests.helpers import quiet

pytest.importorskip("stable_baselines3")


def chain(n_skills: int) -> dict:
    """A scenario of an experiment: a chain of so many skills."""
    return {
        "name": f"chain{n_skills}",
        "scenario": "tiny",
        "replace": {
            "curriculum": {"_target_": "zpdgym.students.chain", "n_skills": n_skills},
            "student": {"_target_": "zpdgym.students.BKT", "prior": 0.2, "learn": 0.3},
            "schedule": {"lessons": 3 * n_skills},
        },
        "change": {"belief": {"kind": "bkt", "source": "true_population"}, "unexpected": {}},
    }


SCORER = dict(load_policy("ppo_scorer", change={"trainer": "fast", "ready": 0.5, "evaluations": 2}))
SPEC = {
    "name": "moved",
    "scenarios": [chain(4), chain(6)],
    "train_on": [chain(3), chain(4)],
    "policies": [SCORER, "ppo", "linear"],
    "seeds": 2,
    "n_students": 40,
    "n_validation": 20,
    "tune_budget": 2,
    "lessons": 2000,
    "lives": 0,
    "unexpected": False,
    "tracking": "none",
}


def plans(spec, folder):
    """The runs of an experiment, as ``compare`` plans them."""
    return Plan.of(Experiment.of(spec), folder).runs


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    return compare(SPEC, results=tmp_path_factory.mktemp("results"), **quiet())


def test_each_teacher_is_trained_once_and_teaches_every_scenario(moved):
    members = load_train_on(Experiment.of(SPEC), [])
    wanted = train(members, SCORER, lessons=2000, seed=1, n_validation=20)
    runs = [Run(moved.folder / f"chain{n}" / "ppo_scorer" / "seed1") for n in (4, 6)]
    assert [run.has("last.csv") for run in runs] == [True, False]
    assert "train" in runs[0].json("run.json")["seconds"]
    assert "train" not in runs[1].json("run.json")["seconds"]
    for run in runs:
        teacher = Teacher.load(run.path / "teacher")
        assert teacher.card["trained_on"] == ["chain3", "chain4"]
        np.testing.assert_array_equal(teacher.weights["scorer.0.weight"], wanted.weights["scorer.0.weight"])
        assert run.config()["train_on"][0]["label"] == "chain3"


def test_the_table_says_what_the_teachers_know(moved):
    tables = moved.table["scenarios"].items()
    notes = {label: next(note for note in table["notes"] if "trained on" in note) for label, table in tables}
    assert notes["chain4"].endswith("2 scenarios together (chain3, chain4); this one is among them.")
    assert notes["chain6"].endswith("2 scenarios together (chain3, chain4); they never met this one.")
    refused = {row["policy"]: row["reason"] for row in moved.table["scenarios"]["chain6"]["cannot_teach"]}
    assert "its network is made for one curriculum" in refused["ppo"]


@pytest.mark.slow
def test_untrained_policies_do_not_depend_on_what_teachers_are_trained_on(moved, tmp_path):
    alone = {p.name: p.fingerprint.value for p in plans(SPEC | {"train_on": []}, tmp_path)}
    for p in plans(SPEC, tmp_path):
        same = p.fingerprint.value == alone[p.name]
        assert same == (p.entry.kind != "learnt"), p.name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"train_on": "tiny"}, r"train_on='tiny' must be a list"),
        ({"train_on": ["nowhere"]}, "unknown scenario 'nowhere'"),
        ({"train_on": [chain(3), chain(3)]}, "experiment.train_on: chain3 is there twice"),
        ({"train_on": [chain(3) | {"name": "a/b"}]}, r"experiment.train_on: name='a/b' must be letters"),
        (
            {"train_on": [chain(3) | {"colour": 1}]},
            r"experiment.train_on: unknown key 'colour'. Choices: change, name, replace, scenario",
        ),
        ({"train_on": [chain(3), {"scenario": "tiny", "change": {"actions.finish": True}}]}, "must show the same"),
    ],
)
def test_what_is_wrong_with_train_on_is_said_before_anything_is_written(change, message, tmp_path):
    with pytest.raises(InputError, match=message):
        compare(SPEC | change, results=tmp_path, **quiet())
    assert not list(tmp_path.iterdir())


def test_a_killed_training_goes_on_from_its_checkpoint_to_the_same_bytes(tmp_path, monkeypatch):
    spec = SPEC | {"scenarios": ["tiny"], "train_on": [], "seeds": 1, "policies": [SCORER], "lessons": 20_000}
    whole, cut = (
        replace(p, mastery=None)
        for folder in ("whole", "cut")
        for p in plans(spec, tmp_path / folder)
        if p.entry.kind == "learnt"
    )
    execute.make_run(whole, lambda share: None)
    assert whole.fingerprint == cut.fingerprint

    class Killed(Exception):
        pass

    def kill(meter, done, wanted):
        if done > wanted * 0.7:
            raise Killed

    trained = execute._Meter.trained
    monkeypatch.setattr(execute._Meter, "trained", kill)
    with pytest.raises(Killed):
        execute.make_run(cut, lambda share: None)
    assert [p.name for p in cut.folder.iterdir() if p.name.startswith(CHECKPOINT)] == [cut.checkpoint]
    shares = []
    monkeypatch.setattr(execute._Meter, "trained", lambda meter, done, wanted: shares.append(done / wanted))
    execute.make_run(cut, lambda share: None)
    assert min(shares) > 0.3
    monkeypatch.setattr(execute._Meter, "trained", trained)
    names = sorted(p.relative_to(whole.folder) for p in whole.folder.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(cut.folder) for p in cut.folder.rglob("*") if p.is_file())
    for name in names:
        if name.name != "run.json":
            assert (whole.folder / name).read_bytes() == (cut.folder / name).read_bytes(), name


def test_what_is_wrong_with_a_search_is_said_before_anything_is_written(tmp_path):
    search = {"_target_": "zpdgym.agents.CrossEntropy", "name": "search", "tune": {"space": {"horizon": 4}}}
    with pytest.raises(InputError, match=r"policy search: tune: space.horizon=4 must be a list of values to try"):
        compare(SPEC | {"policies": [search]}, results=tmp_path, **quiet())
    assert not list(tmp_path.iterdir())


def test_another_curriculum_in_a_file_gives_unexpected_students_the_median_numbers():
    replace = {"curriculum": {"_target_": "zpdgym.students.chain", "n_skills": 4}, "student": "typical"}
    entry = {"name": "mine", "scenario": "algebra", "replace": replace, "change": {"belief.source": "true_population"}}
    (scenario,) = load_scenarios(Experiment.of(SPEC | {"scenarios": [entry]}))
    assert scenario.label == "mine"
    quick = scenario.sections["unexpected"]["quick_forgetting"]["student"]
    own = Scenario.load("algebra").sections["unexpected"]["quick_forgetting"]["student"]
    assert quick["learn"] == np.median(own["learn"])
    with pytest.raises(InputError, match=r"experiment.scenarios, mine: .*no_such"):
        load_scenarios(Experiment.of(SPEC | {"scenarios": [entry | {"replace": {"student": "no_such"}}]}))
    with pytest.raises(InputError, match=r"must say which scenario it is"):
        load_scenarios(Experiment.of(SPEC | {"scenarios": [{"name": "mine"}]}))


def test_only_true_and_false_open_what_is_closed():
    for key in ("trust", "transfer"):
        with pytest.raises(InputError, match=rf"policy saved: {key}=.maybe. must be true or false"):
            Saved("somewhere", **{key: "maybe"})
