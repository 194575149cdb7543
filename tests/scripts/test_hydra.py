"""Hydra's own options: the resolved configuration, a folder of the user's own, what Hydra tells about itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
import zpdgym
from zpdgym.configs.build import OWN, config_files
from zpdgym.envs.scenario import Scenario, scenario_names
from zpdgym.experiments.runs.specification import UNSAID, WORLDS, Experiment
from zpdgym.scripts import compare
from zpdgym.scripts.cli import main
from zpdgym.scripts.command.settings import resolved_experiment

from tests.scripts.helpers import ROOT, SMALL, fails

CUSTOM = "# Mastery learning with a lower threshold.\n_target_: zpdgym.agents.Mastery\nthreshold: 0.8\n"
EXPERIMENT = "scenarios: [small]\npolicies: [early, streak]\nn_students: 20\ntracking: none\n"


def printed(capsys, *arguments):
    """What a command line prints, as YAML; nothing is run and nothing is written."""
    before = sorted(os.listdir())
    assert main(arguments) == 0
    assert sorted(os.listdir()) == before
    return yaml.safe_load(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("group", "name", "text", "place"),
    [
        ("policy", "streak", "_target_: zpdgym.agents.Mastery\nthreshold: 0.77\n", ("policy", "threshold")),
        ("student", "bkt", "_target_: zpdgym.students.BKT\nprior: 0.77\n", ("scenario", "student", "prior")),
        ("population", "varied", "_target_: zpdgym.students.Population\nsd: {slip: 0.77}\n",
         ("scenario", "population", "sd", "slip")),
        ("schedule", "one_session", "lessons: 77\n", ("scenario", "schedule", "lessons")),
    ],
)  # fmt: skip
def test_a_file_of_ones_own_is_read_also_where_one_of_ours_has_its_name(group, name, text, place, capsys):
    assert name in config_files(group)
    Path(f"{name}.yaml").write_text(text)
    for path in (f"{name}.yaml", f"./{name}.yaml"):
        policy = [] if group == "policy" else ["policy=streak"]
        shown = printed(capsys, "evaluate", *SMALL, *policy, f"{group}={path}", "--cfg", "job")
        assert group != "policy" or shown["policy"]["name"] == name
        for key in place:
            shown = shown[key]
        assert str(shown).removeprefix("0.") == "77"


def test_an_experiment_of_ones_own_is_read_also_where_one_of_ours_has_its_name(capsys):
    Path("quickstart.yaml").write_text("scenarios: [tiny]\npolicies: [streak]\nseeds: 3\ncohort_seed: 77\n")
    for path in ("quickstart.yaml", "./quickstart.yaml", os.path.abspath("quickstart.yaml")):
        shown = printed(capsys, "compare", f"experiment={path}", "--cfg", "job")
        assert (shown["cohort_seed"], shown["name"]) == (77, "quickstart")
    assert printed(capsys, "compare", "experiment=quickstart", "--cfg", "job")["cohort_seed"] == 0


@pytest.fixture
def own() -> Path:
    """A folder of the user's own with a file in several groups."""
    tiny = Path(ROOT, "configs/scenario/Tiny-v0.yaml").read_text()
    files = {
        "policy/early.yaml": CUSTOM,
        "student/quick.yaml": "_target_: zpdgym.students.BKT\nlearn: 0.6\n",
        "scenario/Small-v1.yaml": tiny.replace("Tiny-v0", "Small-v1"),
        "experiment/trial.yaml": EXPERIMENT,
    }
    for name, text in files.items():
        path = Path("conf", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Path("conf")


def test_compare_prints_scenarios_with_sections_and_policies_with_parameters(capsys):
    shown = printed(capsys, "compare", "experiment=tiny", "policies=mastery,streak", "seeds=2", "--cfg", "job")
    assert (shown["name"], shown["seeds"], shown["n_students"]) == ("tiny", [0, 1], 4000)
    (scenario,) = shown["scenarios"]
    assert scenario["replace"]["student"] == Scenario.load("tiny").sections["student"]
    assert scenario["change"]["unexpected"]["slow"]["student"]["learn"] == [0.15, 0.18, 0.1]
    mastery, streak = shown["policies"]
    assert (mastery["name"], mastery["_target_"], mastery["threshold"]) == ("mastery", "zpdgym.agents.Mastery", 0.95)
    assert streak["tune"]["space"]["n"] == [1, 2, 3, 4, 5, 6]
    assert shown["tracking"]["_target_"].endswith("WandbTracker")


def test_what_compare_prints_is_the_same_experiment(capsys):
    arguments = ("scenario=practice", "scenario.student.leak=.2", "policies=mastery_tuned", "--cfg", "job")
    assert main(["compare", *arguments]) == 0
    text = capsys.readouterr().out
    Path("again.yaml").write_text(text)
    assert yaml.safe_load(text) == printed(capsys, "compare", "experiment=again.yaml", "--cfg", "job")


def test_what_robustness_prints_is_the_same_matrix(capsys):
    arguments = (
        "scenario=tiny",
        "students=slow,bkt",
        "unseen=pfa",
        "policies=streak,linear",
        "seeds=2",
        "--cfg",
        "job",
    )
    assert main(["robustness", *arguments]) == 0
    text = capsys.readouterr().out
    Path("again.yaml").write_text(text)
    assert yaml.safe_load(text) == printed(capsys, "robustness", "matrix=again.yaml", "--cfg", "job")


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_written_out_is_itself(name):
    (entry,) = resolved_experiment({"name": "x", "scenarios": [name], "policies": ["random"]})["scenarios"]
    again = Scenario.load(entry["scenario"], replace=entry["replace"], change=entry["change"])
    assert (again.label, again.sections) == (name, Scenario.load(name).sections)


@pytest.mark.parametrize("verb", ["evaluate", "train", "tune"])
def test_a_verb_about_one_policy_prints_it_with_the_scenario(verb, capsys):
    arguments = ("scenario=tiny", "scenario.student.slip=.2", "student=bkt", "policy=streak", "policy.cap=5")
    shown = printed(capsys, verb, *arguments, "-c", "job")
    assert shown["scenario"]["label"].startswith("Tiny-v0~")
    assert shown["scenario"]["student"]["slip"] == 0.2
    assert shown["policy"]["cap"] == 5
    assert shown["policy"]["name"].startswith("streak~")
    assert "schedule" not in shown


def test_robustness_and_calibrate_print_theirs(capsys):
    shown = printed(capsys, "robustness", "scenario=tiny", "students=bkt", "policies=streak", "--cfg", "job")
    assert shown["students"][0]["student"]["_target_"] == "zpdgym.students.BKT"
    assert shown["policies"][0]["name"] == "streak"
    assert shown["scenario"]["name"] == "Tiny-v0"
    shown = printed(capsys, "calibrate", "data.path=log.csv", "model=dkt", "--cfg", "job")
    assert (shown["data"]["path"], shown["world"]) == ("log.csv", {})
    assert shown["model"]["_target_"].endswith("DeepTracing")


def test_a_part_of_the_configuration_is_printed(capsys):
    arguments = ("evaluate", *SMALL, "policy=mastery", "--cfg=job", "--package")
    assert printed(capsys, *arguments, "policy") == {
        "name": "mastery", "_target_": "zpdgym.agents.Mastery", "threshold": 0.95, "items": "cycle",
    }  # fmt: skip
    assert printed(capsys, *arguments, "policy.threshold") == 0.95
    assert printed(capsys, *arguments, "scenario.student.prior.1") == 0.3


def test_hydras_own_configuration_is_printed_too(capsys):
    shown = printed(capsys, "evaluate", *SMALL, "policy=mastery", "--cfg", "hydra", "--resolve", "-p", "hydra.runtime")
    assert shown["choices"]["policy"] == "mastery"
    assert set(printed(capsys, "evaluate", *SMALL, "policy=mastery", "--cfg", "all")) > {"hydra", "policy", "scenario"}


def test_info_tells_where_files_are_looked_for(own):
    arguments = ["evaluate", *SMALL, "policy=early", "--config-dir", str(own), "--info"]
    for what, says in ((["searchpath"], str(own.resolve())), (["defaults"], "policy/early"), ([], "Hydra 1.")):
        command = [sys.executable, "-m", "zpdgym.scripts.cli", *arguments, *what]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        assert says in run.stdout
        assert run.stderr == ""


def test_names_are_found_in_a_folder_of_ones_own(own, capsys):
    at = ("--config-dir", str(own))
    shown = printed(capsys, "evaluate", "scenario=small", "policy=EARLY", "student=quick", *at, "--cfg", "job")
    assert shown["scenario"]["name"] == "Small-v1"
    assert shown["scenario"]["student"]["learn"] == 0.6
    assert (shown["policy"]["name"], shown["policy"]["threshold"]) == ("early", 0.8)
    shown = printed(capsys, "compare", "experiment=trial", *at, "--cfg", "job")
    assert shown["name"] == "trial"
    assert [policy["name"] for policy in shown["policies"]] == ["early", "streak"]
    assert shown["scenarios"][0]["name"] == "Small-v1"
    shown = printed(capsys, "robustness", "scenario=small", "students=quick", "policies=early", *at, "-c", "job")
    assert shown["students"][0]["student"]["learn"] == 0.6
    shown = printed(capsys, "evaluate", "scenario=practice", "student=affect", "student.student=quick", "policy=early",
                    *at, "--cfg", "job", "-p", "scenario.student.student")  # fmt: skip
    assert shown["learn"] == 0.6
    assert OWN not in os.environ
    assert "unknown policy 'early'" in fails(capsys, "evaluate", *SMALL, "policy=early")


@pytest.mark.slow
def test_a_folder_of_ones_own_serves_sweeps_workers_and_the_other_verbs(own, capsys):
    at = ("--config-dir", str(own))
    assert main(["evaluate", "-m", "scenario=small,tiny", "policy=early,random", "n_students=20", *at]) == 0
    assert capsys.readouterr().out.count("early on Small-v1") == 1
    small = ("n_validation=20", "tune_budget=1", "jobs=2", "unexpected=false")
    assert main(["compare", "experiment=trial", *small, *at]) == 0
    assert Path("results/trial/Small-v1/early/seed0/done").is_file()
    again = ("compare", "experiment=results/trial/experiment.yaml", *at)
    capsys.readouterr()
    assert main(again) == 0
    assert "0 of " in capsys.readouterr().out
    told = json.loads(Path("results/trial/experiment.json").read_text())["again"]
    assert told == f"zpdgym compare experiment=results/trial/experiment.yaml --config-dir {own}"
    assert main(["list", "policies", *at]) == 0
    assert "early" in capsys.readouterr().out
    assert main(["bounds", "small", "n_students=10", *at]) == 0


def test_the_variable_does_what_the_option_does(own, monkeypatch, capsys):
    monkeypatch.setenv(OWN, str(own))
    assert zpdgym.evaluate("small", "early", n_students=5).policy == "early"
    assert zpdgym.make("small").unwrapped.scenario.name == "Small-v1"
    assert "early" in zpdgym.list_policies()
    assert "quick" in zpdgym.list_students()
    assert printed(capsys, "evaluate", *SMALL, "policy=early", "--cfg", "job", "-p", "policy.threshold") == 0.8
    monkeypatch.setenv(OWN, "nowhere")
    assert f"{OWN}=nowhere: there is no such folder" in fails(capsys, "evaluate", *SMALL, "policy=random")


def test_a_configuration_of_hydras_kind_may_build_on_another(own, capsys):
    (own / "policy" / "later.yaml").write_text("defaults: [early, _self_]\ncap: 4\n")
    arguments = ("evaluate", *SMALL, "policy=later", "--config-dir", str(own), "--cfg", "job", "-p", "policy")
    shown = printed(capsys, *arguments)
    assert (shown["threshold"], shown["cap"], shown["name"]) == (0.8, 4, "later")
    assert main(["list", "policies", "--config-dir", str(own)]) == 0
    assert "later" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "says"), [("a: [\n", "student/bad.yaml: not readable as YAML"), ("- a\n", "bad.yaml: must hold keys and")]
)
def test_a_file_of_ones_own_that_is_no_configuration_is_named(text, says, own, capsys):
    (own / "student" / "bad.yaml").write_text(text)
    assert says in fails(capsys, "evaluate", *SMALL, "policy=early", "--config-dir", str(own))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--cfg"], "--cfg needs a value: job, hydra, all"),
        (["--cfg", "jbo"], "unknown value of --cfg 'jbo'. Did you mean 'job'?"),
        (["--cfg", "job", "--package", "polcy"], "unknown part in --package 'polcy'. Did you mean 'policy'?"),
        (["--cfg", "job", "-p"], "--package needs a value: a dotted key"),
        (["--cfg", "job", "policy.treshold=.9"], "Did you mean 'policy.threshold'?"),
        (["--cfg", "job", "scenario.student.lern=.9"], "Did you mean 'student.learn'?"),
        (["--package", "policy"], "--package says how --cfg shows the configuration: add --cfg job"),
        (["--resolve"], "--resolve says how --cfg shows the configuration"),
        (["-m", "--cfg", "job"], "--multirun and --cfg: give one of them"),
        (["--info", "pluggins"], "unknown value of --info 'pluggins'. Did you mean 'plugins'?"),
        (["--confg", "job"], "unknown option '--confg'. Did you mean '--cfg'?"),
        (["--config-name", "x"], "there is no option '--config-name': every verb has one configuration"),
        (["--hydra-help"], "there is no option '--hydra-help': --help tells about the verb"),
        (["-x"], "unknown option '-x'. Choices: --cfg, --config-dir"),
        (["--config-dir"], "--config-dir needs a folder"),
        (["--config-dir", "nowhere"], "--config-dir nowhere: there is no such folder"),
        (["--config-dir", "empty"], "--config-dir empty: holds no folder of a group (cluster, curriculum, data,"),
        (
            ["--config-dir", "same"],
            "same/policy/streak.yaml: zpdgym has a policy 'streak' itself; give the file",
        ),
        (["--config-dir=a", "--config-dir=b"], "--config-dir a and b: give one folder"),
    ],
)
def test_a_mistake_in_an_option_gets_one_line(options, says, capsys):
    Path("empty").mkdir()
    Path("same/policy").mkdir(parents=True)
    Path("same/policy/streak.yaml").write_text(CUSTOM)
    assert says in fails(capsys, "evaluate", *SMALL, "policy=mastery", *options)


def test_an_option_before_the_verb_is_told_where_it_stands(capsys):
    assert "'--cfg' must stand behind a verb: zpdgym VERB --cfg" in fails(capsys, "--cfg", "job", "compare")


def test_the_printed_experiment_is_the_one_that_would_be_run(capsys):
    """The keys of the command line reach what is printed, and it is accepted as an experiment."""
    shown = printed(capsys, "compare", "scenario=tiny", "policies=random", "cohort_seed=4", "--cfg", "job")
    assert Experiment.of(shown).cohort_seed == 4
    usual = {*UNSAID, *WORLDS}
    assert set(shown) == {"name", *(key.name for key in compare.OF_THE_EXPERIMENT), "tracking"} - usual
