"""A mistaken command line gets one line that names the remedy, and nothing is written."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from zpdgym.scripts.cli import main

from tests.scripts.helpers import POLICY, SMALL, fails


def test_students_who_do_not_fit_another_curriculum_are_told_who_does(capsys):
    said = fails(capsys, "evaluate", "scenario=algebra", "curriculum=chain", "policy=random")
    assert "prior has 30 numbers for 10 skills" in said
    assert said.startswith("zpdgym evaluate: add student=typical")


LIST_OF_KINDS = "give one of scenarios, students, policies, schedules, experiments, matrices and one name"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["evalute"], "unknown verb 'evalute'. Did you mean 'evaluate'?"),
        (["list", "polices"], "unknown kind 'polices'. Did you mean 'policies'?"),
        (["list", "policies", "students"], "unknown policy 'students'. Choices"),
        (["list", "policy", "mastery", "streak"], LIST_OF_KINDS),
        (["list", "student", "fsrs7"], "unknown student 'fsrs7'. Did you mean 'fsrs6'?"),
        (["list", "scenarios", "algebr"], "unknown scenario 'algebr'. Did you mean 'Algebra-v1'?"),
        (["list", "student", "no.yaml"], "student: there is no file 'no.yaml'"),
        (["list", "--open"], "'--open': list takes no option but --help and --config-dir DIR"),
        (["evaluate"], "scenario is missing: give scenario="),
        (["evaluate", "scenario=tiny"], "policy is missing: give policy="),
        (["evaluate", "scenario=kt6k", "policy=random"], "unknown scenario 'kt6k'. Did you mean 'KT6KC-v1'?"),
        (["evaluate", "scenario=no.yaml", "policy=random"], "there is no file 'no.yaml'"),
        (["evaluate", "scenario=tiny", "policy=rndom"], "unknown policy 'rndom'. Did you mean 'random'?"),
        (["evaluate", "scenario=tiny", "policy=no.yaml"], "policy=no.yaml: there is no such file"),
        (["evaluate", "scenario=tiny", "polcy=random"], "unknown key 'polcy'. Did you mean 'policy'?"),
        (["evaluate", "scenario=tiny", "seed.x=1", "policy=random"], "unknown key 'seed.x'"),
        (["evaluate", "--seed=1"], "there is no option '--seed=1': write seed=value"),
        (["evaluate", "tiny"], "'tiny' must be written key=value"),
        (["evaluate", *SMALL, "policy=random", "seed=one"], "seed=one must be a whole number in [0, 2,147,483,647]"),
        (["evaluate", *SMALL, "policy=random", "seed=1.5e0"], "seed=1.5 must be a whole number"),
    (["evaluate", *SMALL, "policy=random", "seed=1e400"], "must be a whole number"),
    (["evaluate", *SMALL, "policy=random", "seed=1.5"], "seed=1.5 must be a whole number"),
        (["evaluate", *SMALL, "policy=random", "seed=true"], "seed=True must be a whole number"),
        (["evaluate", *SMALL, "policy=random", "seed=null"], "seed=null must be a whole number"),
        (["compare", "experiment=tiny", "results=null"], "results=null must be a text; leave it out"),
        (["robustness", "results=null"], "results=null must be a text; leave it out"),
        (["compare", "experiment=tiny", "name=null"], "name=null must be a text; leave it out"),
        (["evaluate", *SMALL, "policy=random", "seed=[1"], "seed=[1 must be a whole number"),
        (["evaluate", "scenario=tiny", "policy=random", "n_students=0"], "n_students=0 must be a whole number in [1,"),
        (["evaluate", *SMALL, "policy=random,mastery"], "policy=random,mastery gives several values: add -m"),
        (["evaluate", *SMALL, "policy=mastery", "policy.treshold=.9"], "Did you mean 'policy.threshold'?"),
        (["evaluate", *SMALL, "policy=mastery", "policy.threshold=9"], "threshold=9 must be a number in (0, 1]"),
        (["evaluate", *SMALL, "policy=mastery", "student.learn=.1"], "write scenario.student.learn="),
        (["evaluate", *SMALL, "policy.threshold=.1"], "choose a policy first with policy="),
        (["evaluate", *SMALL, "policy=random", "scenario.studnt.learn=.1"], "Did you mean 'scenario.student'?"),
        (["evaluate", *SMALL, "policy=random", "scenario.student.lern=.1"], "Did you mean 'student.learn'?"),
        (["evaluate", *SMALL, "policy=random", "scenario.student.learn=2"], "learn=2 must be a number in [0, 1]"),
        (["evaluate", *SMALL, "policy=random", "student=bktt"], "unknown student 'bktt'. Did you mean 'bkt'?"),
        (["evaluate", *SMALL, "student=bkt", "student=irt_1pl", "policy=random"], "student=bkt and student=irt_1pl: "),
        (["train", "-m", "scenario=tiny", "policy=ppo", "policy=ppo_scorer"], "policy=ppo and policy=ppo_scorer: "),
        (["compare", "scenario=tiny", "scenario=game", "policies=random"], "scenario=tiny and scenario=game: give one"),
        (["evaluate", *SMALL, "policy=custom"], "policy._target_ is missing: give policy._target_="),
        (["evaluate", *SMALL, "policy._target_=no_such.Policy"], "there is no module 'no_such'"),
        (["evaluate", *SMALL, "policy=saved", "policy.path=nowhere"], "nowhere"),
        (["evaluate", *SMALL, "policy=random", "curriculum.path=no.csv"], "there is no file 'no.csv' here; "),
        (["evaluate", "scenario=algebra", "student=difficulty_band", "policy=random"], "add population=alike"),
        (["evaluate", *SMALL, "policy=my_policy.MyPolicy"], "write policy._target_=my_policy.MyPolicy"),
        (["evaluate", *SMALL, "policy._target_=zpdgym.agents.baselines.mastery.Mastry"], "Choices: Mastery, Streak"),
        (["evaluate", *SMALL, "policy=random", "save=no/such/file.csv"], "there is no folder 'no/such'"),
        (["evaluate", *SMALL, "policy=random", "save=file.XLSX"], "save=file.XLSX: what is written is CSV, or Parquet"),
        (["evaluate", "-m", *SMALL, "policy=random,rndom"], "unknown policy 'rndom'"),
        (["train", *SMALL, "policy=ppo_scorer", "lessons=-1"], "lessons=-1 must be a whole number in [1,"),
        (["train", "scenario=tiny", "policy=random", "name=../out"], "name='../out' must be letters"),
        (["train", "scenario=tiny", "policy=random", "tracking=wandbb"], "Did you mean 'wandb'?"),
        (["compare"], "nothing to compare: give experiment=…"),
        (["compare", "experiment=nowhere.yaml"], "experiment=nowhere.yaml: there is no such file"),
        (["compare", "scenario=tiny", "policies=rndom"], "unknown policy 'rndom'. Did you mean 'random'?"),
        (["compare", "scenario=tiny", "scenarios=tiny", "policies=random"], "give scenario= or scenarios=, not both"),
        (["compare", "student=bkt", "policies=random"], "say with scenario= whose sections"),
        (["compare", "scenario=tiny", "policies=random", "jobs=0"], "jobs=0 must be a whole number in [1,"),
        (["compare", "scenario=tiny", "policies=random", "unexpected=maybe"], "unexpected=maybe must be true or false"),
        (["calibrate"], "data.path is missing: give data.path="),
        (["calibrate", "data.path=no.csv"], "no.csv"),
        (["calibrate", "data=wyde", "data.path=no.csv"], "unknown data 'wyde'. Did you mean 'wide'?"),
        (["calibrate", "data.path=no.csv", "world=3"], "world=3: write world.KEY=VALUE"),
        (["compare", "scenario=tiny", "policies=random", "fewer_students=10"], "write fewer_students.POLICY=N"),
        (["compare", "scenario=tiny", "policies="], "policies= has an empty entry"),
        (["compare", "scenario=tiny", "policies=[]"], "policies is empty: list at least one"),
        (["frobnicate"], "unknown verb 'frobnicate'. Choices"),
        (["robustness", "scenario=tiny", "name=x/y"], "robustness: name='x/y' must be letters"),
        (["report"], "give the folder of an experiment"),
        (["report", "nowhere"], "there is no folder 'nowhere'"),
        (["report", "."], "experiment.json"),
        (["report", "--open", "."], "'--open': report takes only folders"),
    ],
)  # fmt: skip
def test_a_mistake_gets_one_line_and_exit_code_2_and_nothing_is_written(arguments, says, capsys):
    said = fails(capsys, *arguments)
    assert says in said
    assert said.startswith("zpdgym")


def test_a_file_that_is_no_configuration_is_refused(capsys):
    Path("list.yaml").write_text("- a\n")
    Path("broken.yaml").write_text("a: [\n")
    assert "must hold keys and values" in fails(capsys, "evaluate", *SMALL, "policy=list.yaml")
    assert "broken.yaml: not readable as YAML" in fails(capsys, "evaluate", *SMALL, "policy=broken.yaml")


def test_what_is_wrong_in_a_file_names_the_file(capsys):
    Path("exp.yaml").write_text("scenarios: []\npolicies: [random]\n")
    Path("mine.yaml").write_text("scenario: tiny\nstudents: [nobody]\n")
    assert "exp.yaml: scenarios is empty" in fails(capsys, "compare", "experiment=exp.yaml")
    said = fails(capsys, "robustness", "matrix=mine.yaml")
    assert "mine.yaml: unknown kind 'robustness.students.nobody'. Choices: " in said
    assert " slow," in said  # a kind of the scenario's own
    assert "mine.yaml, with students from the command line: " in fails(
        capsys, "robustness", "matrix=mine.yaml", "students=slwo,bkt"
    )


def test_who_teaches_no_fewer_students_is_announced(capsys):
    from zpdgym.scripts.command.settings import tell_if_no_fewer

    tell_if_no_fewer({"streak": 5000, "random": 20}, 50)
    said = capsys.readouterr().err
    assert said.startswith("fewer_students.streak=5000 is not fewer than n_students=50: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_fault_in_a_run_names_the_run_and_the_users_own_line(jobs, capsys):
    Path("boom.py").write_text(POLICY.replace("return np.full", "raise RuntimeError('kaboom')\n        return np.full"))
    arguments = ["scenario=tiny", "policies=boom.MyPolicy", "n_students=20", "n_validation=20", "tune_budget=1"]
    assert main(["compare", *arguments, "lives=0", "unexpected=false", "tracking=none", f"jobs={jobs}"]) == 3
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    assert shown.err.startswith("zpdgym compare: mine in Tiny-v0, seed 0, failed: RuntimeError: kaboom (boom.py:10); ")
    assert "ZPDGYM_DEBUG=1" in shown.err
    assert "failed: mine, seed 0: RuntimeError: kaboom (boom.py:10)" in shown.out


def test_an_action_that_does_not_exist_names_policy_and_scenario(capsys):
    Path("wild.py").write_text(POLICY.replace("self.item)", "10000)"))
    assert main(["evaluate", *SMALL, "policy._target_=wild.MyPolicy"]) == 2
    assert "policy mine in Tiny-v0: row 0: action 10000 does not exist" in capsys.readouterr().err


@pytest.mark.parametrize(("verb", "other"), [("compare", "robustness"), ("robustness", "compare")])
def test_a_comparison_and_a_matrix_do_not_share_a_folder(verb, other, capsys):
    marker = {"compare": "experiment.json", "robustness": "matrix.yaml"}[other]
    Path("results/shared").mkdir(parents=True)
    Path("results/shared", marker).write_text("")
    said = fails(capsys, verb, "scenario=tiny", "policies=interleaved", "name=shared", "tune_budget=1")
    assert f"holds a {'comparison' if other == 'compare' else 'matrix'} ({marker})" in said
    assert os.listdir("results/shared") == [marker]


@pytest.mark.parametrize("verb", ["evaluate", "train", "compare"])
@pytest.mark.parametrize("part", ["policy", "student"])
def test_a_module_of_ones_own_that_is_not_python_is_named_with_its_line(verb, part, capsys):
    Path("broken.py").write_text(POLICY + "def half(:\n    pass\n")
    Path("broken.yaml").write_text("_target_: broken.MyPolicy\n")
    line = POLICY.count("\n") + 1
    policy = "broken.yaml" if part == "policy" else "random"
    arguments = ["scenario=tiny", f"policies={policy}" if verb == "compare" else f"policy={policy}"]
    if part == "student":
        Path("mine.yaml").write_text("_target_: broken.Student\n")
        arguments.append("student=mine.yaml")
    said = fails(capsys, verb, *arguments)
    assert f"{part}._target_: " in said
    assert f"broken.py, line {line}: " in said


def test_a_fault_of_the_program_is_told_in_one_line_with_its_place(capsys, monkeypatch):
    Path("faulty.py").write_text(POLICY.replace("pass", "return 1 / 0"))
    arguments = ["evaluate", *SMALL, "policy._target_=faulty.MyPolicy"]
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "ZeroDivisionError" in said
    assert re.search(r"faulty\.py, line 8; ZPDGYM_DEBUG=1", said)
    monkeypatch.setenv("ZPDGYM_DEBUG", "1")
    assert main(arguments) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_interruption_gets_one_line_and_exit_code_130():
    Path("slow.py").write_text("import time\n" + POLICY.replace("pass", "print('here', flush=True); time.sleep(60)"))
    command = [sys.executable, "-m", "zpdgym.scripts.cli", "evaluate", *SMALL, "policy._target_=slow.MyPolicy"]
    # a shell that started the tests in the background has them, and their children, ignore interruptions
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **heard)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.count("\n") == 1
    assert "interrupted" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([*SMALL, "policy=random", "n_students=10"], "n_students=20 and n_students=10: give n_students once"),
        ([*SMALL, "policy=random", "scenario.student.leak=.1", "scenario.student.leak=.2"], "once"),
        ([*SMALL, "policy=mastery", "policy.threshold=.8", "+policy.threshold=.9"], "give policy.threshold once"),
        (
            [*SMALL, "policy=random", "hydra.run.dir=elsewhere"],
            "hydra.run.dir: Hydra's own keys say how a sweep is run",
        ),
        (["-m", *SMALL, "policy=random", "hydra.sweep.dir=x"], "hydra.sweep.dir is set by zpdgym itself"),
        ([*SMALL, "policy=[random]"], "policy=[random] must be one name"),
        ([*SMALL, "policy=random", "scenario.student=5"], "must be a section of keys"),
        ([*SMALL, "policy=mastery", "policy.threshold=abc"], "policy mastery: threshold='abc' must be a number"),
        ([*SMALL, "policy=random", "scenario.reward.kind=[a]"], "reward.kind=['a'] must be one of"),
        ([*SMALL, "policy=random", "scenario.unexpected.slow.student.lern=1"], "unexpected.slow: unknown key"),
        ([*SMALL, "policy=random", "seed=" + "9" * 400], "must be a whole number in [0, 2,147,483,647]"),
        ([*SMALL, f"policy={'x' * 300}"], "unknown policy"),
        ([*SMALL, "policy=a\x07\u2028b"], "unknown policy 'a\\x07 b'"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(arguments, says, capsys):
    assert says in fails(capsys, "evaluate", *arguments)


@pytest.mark.parametrize("save", ["folder", "folder/", "link", "pipe", "file/x.csv", ".", "..", "''", "x" * 300, "[a]"])
def test_where_no_file_can_be_saved_is_seen_before_anybody_is_taught(save, capsys, monkeypatch):
    monkeypatch.setattr("zpdgym.experiments.evaluate.evaluate", lambda *_, **__: pytest.fail("taught"))
    Path("folder").mkdir()
    Path("file").write_text("")
    Path("link").symlink_to("nowhere")
    os.mkfifo("pipe")
    assert "save=" in fails(capsys, "evaluate", *SMALL, "policy=random", f"save={save}")


@pytest.mark.parametrize("verb", ["compare", "train", "tune", "robustness", "calibrate", "audit"])
@pytest.mark.parametrize("results", ["file", "file/x", "link", "pipe", "''", "x" * 300, "[a]"])
def test_where_no_folder_can_be_is_no_place_for_results(verb, results, capsys):
    Path("file").write_text("")
    Path("link").symlink_to("nowhere")
    os.mkfifo("pipe")
    Path("log.csv").write_text("student,skill,correct\n")
    policy = "policies=random" if verb in ("compare", "robustness") else "policy=streak"
    arguments = ["data.path=log.csv"] if verb == "calibrate" else ["scenario=tiny", policy]
    assert "results=" in fails(capsys, verb, *arguments, f"results={results}")


@pytest.mark.parametrize("seeds", ["1000000000", "1001", "[-1]", "[0,0]", "1.5", "true", "9" * 30, "[a]"])
def test_there_are_so_many_seeds_as_somebody_can_train(seeds, capsys):
    said = fails(capsys, "compare", "scenario=tiny", "policies=random", f"seeds={seeds}")
    assert "must be how many seeds (10; at most 1000), or a list of different ones" in said


@pytest.mark.parametrize(
    "value",
    [
        *("holdout=0", "holdout=1", "holdout=x", "columns=5", "time_unit=[a]", "encoding=5", "separator=5"),
        *("max_malformed=abc", "columns.student=[a]", "path=folder"),
    ],
)
def test_how_a_log_is_read_is_checked(value, capsys):
    Path("folder").mkdir()
    Path("log.csv").write_text("student,skill,correct\na,b,1\n")
    path = [] if value.startswith("path") else ["data.path=log.csv"]
    said = fails(capsys, "calibrate", *path, f"data.{value}")
    assert value.partition("=")[0].partition(".")[0] in said
