"""The command line: what it understands, what it says to mistakes, and that it leaves nothing lying about."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from zpdgym.errors import InputError
from zpdgym.scripts import calibrate, compare, evaluate, train, tune
from zpdgym.scripts.cli import VERBS, load_verb, main
from zpdgym.scripts.compose import settings_of
from zpdgym.scripts.overrides import choices, understand

SMALL = ["n_students=20", "scenario=tiny"]
ROOT = Path(__file__).resolve().parents[2]
POLICY = '''
import numpy as np

class MyPolicy:
    """Always the same item."""
    name, privileged, learnt, draws, needs = "mine", False, False, 0, frozenset()
    def __init__(self, *, item=0): self.item = item
    def bind(self, problem): pass
    def predict(self, observation, state=None, episode_start=None, deterministic=False, *, action_masks=None, u=None):
        return np.full(len(observation), self.item), None
'''


@pytest.fixture(autouse=True)
def an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))  # restored afterwards: the command line adds the working directory
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", None)):
            del sys.modules[name]  # a user's own module of this test


def settings(verb, *arguments):
    return settings_of(verb, understand(verb, arguments))


def fails(capsys, *arguments) -> str:
    """The one line that a mistaken command line says; nothing else happens."""
    before = sorted(os.listdir())
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert sorted(os.listdir()) == before
    return said.err


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_has_a_help_page_with_three_examples(verb, capsys):
    assert main([verb, "--help"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"zpdgym {verb}: ")
    assert len(re.findall(r"^  zpdgym ", said, re.MULTILINE)) >= 3
    assert max(map(len, said.splitlines())) <= 120


def test_help_names_every_verb_and_key(capsys):
    assert main(["--help"]) == main([]) == 0
    said = capsys.readouterr().out
    assert all(f"\n  {verb} " in said for verb in VERBS)
    for module in (calibrate, compare, evaluate, train, tune):
        page = module.VERB.help()
        assert all(re.search(rf"^  {name}\s", page, re.MULTILINE) for name in module.VERB.names())


@pytest.mark.parametrize("module", [calibrate, compare, evaluate, train, tune])
def test_the_examples_of_the_help_pages_are_understood(module):
    Path("mine.csv").write_text("")
    Path("my_policy.yaml").write_text("_target_: my_module.MyPolicy")
    understood = []
    for command, _ in module.VERB.examples:
        program, verb, *arguments = command.split()
        assert program == "zpdgym"
        understand(load_verb(verb), arguments)
        understood.append(verb)
    assert len(understood) >= 3
    assert module.VERB.name in understood


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_runs_by_path_and_as_a_module(verb):
    for how in ([str(ROOT / "scripts" / f"{verb}.py")], ["-m", f"zpdgym.scripts.{verb}"]):
        run = subprocess.run([sys.executable, *how, "--help"], capture_output=True, text=True, check=True)
        assert run.stdout.startswith(f"zpdgym {verb}: ")


def test_list_says_what_there_is(capsys):
    assert main(["list"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^  KT6KC-v0 +Six skills in a row", said, re.MULTILINE)
    assert re.search(r"^  mastery +baseline ", said, re.MULTILINE)
    assert re.search(r"^  oracle_greedy +privileged ", said, re.MULTILINE)
    assert re.search(r"^  ppo_scorer +learnt ", said, re.MULTILINE)
    assert main(["list", "students"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "students"


def test_settings_carry_groups_changes_and_keys():
    found = settings(
        evaluate.VERB,
        "scenario=KT6KC", "scenario.student.learn=.3", "student=bkt", "student.guess=.1",
        "policy=Mastery", "policy.threshold=.9", "n_students=7",
    )  # fmt: skip
    assert found["scenario"]["name"] == "KT6KC"
    assert found["scenario"]["change"] == {"student": {"learn": 0.3}}
    assert found["scenario"]["replace"]["student"]["guess"] == 0.1
    assert found["scenario"]["replace"]["student"]["_target_"] == "zpdgym.students.BKT"
    assert (found["policy"]["name"], found["policy"]["threshold"]) == ("mastery", 0.9)
    assert (found["n_students"], found["seed"], found["save"]) == (7, 0, None)


def test_a_replaced_section_does_not_keep_the_keys_of_the_old_one():
    from zpdgym.scripts.settings import load_scenario

    found = load_scenario(settings(evaluate.VERB, "scenario=tiny", "policy=random", "student=bkt", "population=none"))
    assert found.sections["student"]["_target_"] == "zpdgym.students.BKT"
    assert set(found.sections["student"]) == {"_target_", "prior", "learn", "guess", "slip", "forget"}
    assert found.sections["population"] is None
    assert re.fullmatch(r"Tiny-v0~[0-9a-f]{4}", found.label)


def test_students_who_do_not_fit_another_curriculum_are_told_who_does(capsys):
    said = fails(capsys, "evaluate", "scenario=algebra", "curriculum=chain", "policy=random")
    assert "prior has 30 numbers for 10 skills" in said
    assert said.startswith("zpdgym evaluate: add student=typical")


def test_unexpected_students_fit_another_curriculum(capsys):
    from zpdgym.scripts.settings import load_scenario, scenario_entry

    asked = settings(evaluate.VERB, "scenario=algebra", "curriculum=chain", "student=typical", "policy=linear")
    found = load_scenario(asked).unexpected()
    assert len(found) >= 2
    assert all(other.curriculum.n_skills == 10 for other in found.values())
    assert "unexpected" not in capsys.readouterr().err  # evaluate does not teach them
    entry = scenario_entry(asked)
    assert 0.1 < entry["change"]["unexpected"]["quick_forgetting"]["student"]["learn"] < 0.3
    assert capsys.readouterr().err.count("unexpected students get the median") == 1


def test_another_curriculum_keeps_the_schedule_and_a_line_says_so(capsys):
    from zpdgym.scripts.settings import load_scenario

    head, rows = (
        "skill,item,prerequisites,approach,difficulty,minutes",
        ("Adding,1+1,,practice,0,2", "Less,5-2,,practice,0,5"),
    )
    Path("small.csv").write_text("\n".join([head, *rows]))
    asked = ["scenario=algebra", "curriculum.path=small.csv", "student=typical", "policy=linear"]
    load_scenario(settings(evaluate.VERB, *asked))
    assert capsys.readouterr().err == (
        "another curriculum: the schedule stays Algebra-v0's, 300 lessons at most for 2 skills; "
        "scenario.schedule.sessions=… or another schedule=… changes that\n"
    )
    for schedule in ("schedule=one_session", "scenario.schedule.sessions=4"):
        load_scenario(settings(evaluate.VERB, *asked, schedule))
        assert capsys.readouterr().err == ""


def test_paths_are_choices_and_need_no_quotes():
    Path("a~b.yaml").write_text("_target_: my_module.MyPolicy\nitem: 2\n")
    found = settings(evaluate.VERB, "scenario=tiny", "policy=a~b.yaml", "save=x~1/my file.csv")
    assert found["policy"] == {"name": "a~b", "_target_": "my_module.MyPolicy", "item": 2}
    assert found["save"] == "x~1/my file.csv"
    Path("c.csv").write_text("")
    found = settings(evaluate.VERB, "scenario=tiny", "policy=random", "curriculum.path=c.csv")
    assert found["scenario"]["replace"]["curriculum"]["path"] == "c.csv"


def test_an_experiment_is_set_from_the_command_line():
    Path("own.yaml").write_text("scenarios: [tiny]\npolicies: [random]\nseeds: 2\nn_students: 50\n")
    spec = compare.specification(settings(compare.VERB, "experiment=own.yaml", "seeds=0,3", "policies=mastery"))
    assert spec == {"name": "own", "scenarios": ["tiny"], "policies": ["mastery"], "seeds": [0, 3], "n_students": 50}
    spec = compare.specification(settings(compare.VERB, "scenario=tiny", "student=bkt", "policies=random,mastery"))
    assert spec["name"] == "comparison"
    assert spec["policies"] == ["random", "mastery"]
    assert spec["scenarios"][0]["scenario"] == "tiny"
    assert set(spec["scenarios"][0]["replace"]) == {"student"}


def test_a_world_is_set_key_by_key():
    found = settings(calibrate.VERB, "data.path=log.csv", "world.n_skills=5", "world.forget=.1")
    assert found["world"] == {"n_skills": 5, "forget": 0.1}
    assert found["data"]["path"] == "log.csv"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["evalute"], "unknown verb 'evalute'. Did you mean 'evaluate'?"),
        (["list", "policy"], "Did you mean 'policies'?"),
        (["list", "policies", "students"], "give one of scenarios, students, policies"),
        (["evaluate"], "scenario is missing: give scenario="),
        (["evaluate", "scenario=tiny"], "policy is missing: give policy="),
        (["evaluate", "scenario=kt6k", "policy=random"], "unknown scenario 'kt6k'. Did you mean 'KT6KC-v0'?"),
        (["evaluate", "scenario=no.yaml", "policy=random"], "there is no file 'no.yaml'"),
        (["evaluate", "scenario=tiny", "policy=rndom"], "unknown policy 'rndom'. Did you mean 'random'?"),
        (["evaluate", "scenario=tiny", "policy=no.yaml"], "policy=no.yaml: there is no such file"),
        (["evaluate", "scenario=tiny", "polcy=random"], "unknown key 'polcy'. Did you mean 'policy'?"),
        (["evaluate", "scenario=tiny", "seed.x=1", "policy=random"], "unknown key 'seed.x'"),
        (["evaluate", "--seed=1"], "there is no option '--seed=1': write seed=value"),
        (["evaluate", "tiny"], "'tiny' must be written key=value"),
        (["evaluate", *SMALL, "policy=random", "seed=one"], "seed=one must be a whole number in [0, 2,147,483,647]"),
        (["evaluate", *SMALL, "policy=random", "seed=1.5"], "seed=1.5 must be a whole number"),
        (["evaluate", *SMALL, "policy=random", "seed=true"], "seed=True must be a whole number"),
        (["evaluate", *SMALL, "policy=random", "seed=null"], "seed=null must be a whole number"),
        (["evaluate", *SMALL, "policy=random", "seed=[1"], "seed=[1 must be a whole number"),
        (["evaluate", "scenario=tiny", "policy=random", "n_students=0"], "n_students=0 must be a whole number in [1,"),
        (["evaluate", *SMALL, "policy=random,mastery"], "policy=random,mastery gives several values: add -m"),
        (["evaluate", *SMALL, "policy=mastery", "policy.treshold=.9"], "Did you mean 'policy.threshold'?"),
        (["evaluate", *SMALL, "policy=mastery", "policy.threshold=9"], "threshold=9 must be in (0, 1]"),
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
    assert "not a YAML file" in fails(capsys, "evaluate", *SMALL, "policy=broken.yaml")


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
    from zpdgym.scripts.settings import tell_if_no_fewer

    tell_if_no_fewer({"streak": 5000, "random": 20}, 50)
    said = capsys.readouterr().err
    assert said.startswith("fewer_students.streak=5000 is not fewer than n_students=50: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_fault_in_a_run_names_the_run_and_the_users_own_line(jobs, capsys):
    Path("boom.py").write_text(POLICY.replace("return np.full", "raise RuntimeError('kaboom')\n        return np.full"))
    arguments = ["scenario=tiny", "policies=boom.MyPolicy", "n_students=20", "n_validation=20", "tune_budget=1"]
    assert main(["compare", *arguments, "tracking=none", f"jobs={jobs}"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("zpdgym compare: Tiny-v0/mine/seed0: RuntimeError: kaboom (")
    assert re.search(r"boom\.py, line 10; ZPDGYM_DEBUG=1", said)


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


def test_workers_of_a_killed_comparison_end_without_a_word():
    Path("slow.py").write_text(
        "import time, pathlib\n"
        + POLICY.replace("return np.full", "pathlib.Path('busy').touch(); time.sleep(0.25)\n        return np.full")
    )
    arguments = ["scenario=tiny", "policies=slow.MyPolicy,random", "tracking=none", "jobs=2", "n_students=10"]
    with open("said.txt", "w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "zpdgym.scripts.cli", "compare", *arguments], stdout=subprocess.DEVNULL, stderr=said
        )
    deadline = time.monotonic() + 60
    while not Path("busy").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert Path("busy").exists()
    process.kill()
    process.wait()
    time.sleep(3)
    assert Path("said.txt").read_text() == ""


def test_evaluate_prints_a_table_and_writes_only_what_is_asked_for(capsys):
    assert main(["evaluate", *SMALL, "policy=mastery"]) == 0
    assert "mastery on Tiny-v0, 20 students" in capsys.readouterr().out
    assert os.listdir() == []
    assert main(["evaluate", *SMALL, "policy=mastery", "save=students.csv"]) == 0
    assert os.listdir() == ["students.csv"]
    assert len(Path("students.csv").read_text().splitlines()) == 21


def test_a_policy_from_the_working_directory_teaches(capsys):
    Path("own_policy.py").write_text(POLICY)
    assert main(["evaluate", *SMALL, "policy=custom", "policy._target_=own_policy.MyPolicy", "policy.item=1"]) == 0
    assert "mine on Tiny-v0" in capsys.readouterr().out


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


def test_a_sweep_runs_every_combination_and_leaves_nothing(capsys):
    assert main(["evaluate", "-m", *SMALL, "policy=random,mastery", "seed=0,1"]) == 0
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        f"zpdgym evaluate {' '.join(SMALL)} policy={policy} seed={seed}"
        for policy in ("random", "mastery") for seed in (0, 1)
    ]  # fmt: skip
    assert said.out.count(" on Tiny-v0") == 4
    closing = said.out.splitlines()[-4:]
    assert all(re.match(r"scenario.* policy=\w+ seed=\d +exam 0\.\d{4} \[", line.partition(" ")[2]) for line in closing)
    assert os.listdir() == []


def test_a_mistake_in_a_sweep_does_not_stop_the_others(capsys):
    assert main(["evaluate", "-m", *SMALL, "policy=mastery", "policy.threshold=9,.9"]) == 2
    said = capsys.readouterr()
    assert "threshold=9 must be in (0, 1]" in said.err
    assert "mastery on Tiny-v0" in said.out


@pytest.mark.slow
def test_a_launcher_takes_the_sweep_to_other_processes(capfd):
    assert main(["evaluate", "-m", *SMALL, "policy=random", "seed=0,1", "hydra/launcher=joblib"]) == 0
    assert capfd.readouterr().out.count("random on Tiny-v0") == 2
    assert os.listdir() == []


def test_train_writes_one_run_and_does_not_repeat_it(capsys):
    arguments = ["train", "scenario=tiny", "policy=mastery", "n_students=20", "n_validation=20", "tracking=none"]
    assert main(arguments) == 0
    assert "made now: results/training/Tiny-v0/mastery/seed0" in capsys.readouterr().out
    folder = Path("results/training/Tiny-v0/mastery/seed0")
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    assert folder / "done" in before
    assert main(arguments) == 0
    assert "finished before, not repeated" in capsys.readouterr().out
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before
    assert main([*arguments, "unexpected=false"]) == 2
    assert "rerun=true" in capsys.readouterr().err
    assert os.listdir() == ["results"]


@pytest.mark.parametrize("lessons", [10, 4095, 4096])
def test_a_training_that_is_too_short_to_learn_anything_is_announced(lessons, capsys):
    small = ["scenario=tiny", "n_students=20", "n_validation=20", "tracking=none", "unexpected=false"]
    assert main(["train", *small, "policy=ppo", f"lessons={lessons}"]) == 0
    said = capsys.readouterr().err
    assert said.count("\n") == (lessons < 4096)
    assert not said or said.startswith(f"lessons={lessons} teaches ppo next to nothing: fewer than 16 updates of 256")
    assert Path("results/training/Tiny-v0/ppo/seed0/done").is_file()
    assert main(["train", *small, "policy=random", "lessons=10"]) == 0
    assert capsys.readouterr().err == ""


def test_a_sweep_over_a_parameter_fills_one_folder_per_value(capsys):
    arguments = ["train", "-m", "scenario=tiny", "n_students=20", "n_validation=20", "tracking=none", "policy=mastery"]
    assert main([*arguments, "policy.threshold=.8,.9"]) == 0
    folders = sorted(p.name for p in Path("results/training/Tiny-v0").iterdir())
    assert len(folders) == 2
    assert all(re.fullmatch(r"mastery~[0-9a-f]{4}", name) for name in folders)
    assert all(any(f"{name}/seed0" in line for name in folders) for line in capsys.readouterr().out.splitlines()[-2:])
    assert main([*arguments[:1], *arguments[2:], "policy.threshold=.8"]) == 0  # the same as in the sweep
    assert "finished before, not repeated" in capsys.readouterr().out
    assert main([*arguments[:1], *arguments[2:], "policy.threshold=.8", "policy.name=eager"]) == 0
    assert Path("results/training/Tiny-v0/eager/seed0/done").is_file()


def test_the_defaults_that_compare_shows_are_those_of_an_experiment():
    from zpdgym.experiments.comparison.specification import DEFAULTS

    shown = {key.name: key.usual for key in compare.OF_THE_EXPERIMENT}
    for name in DEFAULTS.keys() - {"tracking"}:
        assert shown[name] == f"the experiment's, else {str(DEFAULTS[name]).lower()}"
    assert "[one per core]" in compare.VERB.help()


def test_compare_and_report_go_the_whole_way(capsys):
    Path("own_policy.py").write_text(POLICY)
    arguments = ["scenario=tiny", "policies=own_policy.MyPolicy", "n_students=20", "n_validation=20", "tune_budget=2"]
    assert main(["compare", *arguments, "tracking=none", "jobs=1", "name=small", "unexpected=false"]) == 0
    assert Path("results/small/Tiny-v0/mine/seed0/done").is_file()  # a class by its dotted name
    assert "results/small/report.html" in capsys.readouterr().out
    page = Path("results/small/report.html").read_bytes()
    Path("results/small/report.html").unlink()
    assert main(["report", "results/small"]) == 0
    assert Path("results/small/report.html").read_bytes() == page


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
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.count("\n") == 1
    assert "interrupted" in said


def test_choices_are_the_files_of_a_group():
    assert {"bkt", "kt6kc"} <= set(choices("student"))
    assert "custom" in choices("policy")


def world_of(*arguments):
    from zpdgym.scripts.settings import load_scenario

    return load_scenario(settings(evaluate.VERB, "scenario=practice", "policy=random", *arguments))


@pytest.mark.parametrize(
    "arguments",
    [
        ["student=affect", "student.student=pfa", "student.student.learn_right=.3"],
        ["student=affect", "scenario.student.student=pfa", "scenario.student.student.learn_right=.3"],
        ["student=affect", "student.student.learn_right=.3", "student.student=pfa"],
    ],
)
def test_a_student_inside_a_layer_is_chosen_and_then_changed(arguments):
    found = world_of("student=affect", *arguments[1:])
    section = found.sections["student"]
    assert section["_target_"].endswith("Affect")
    assert section["student"]["_target_"].endswith("PFA")
    assert section["student"]["learn_right"] == 0.3


def test_a_number_of_the_student_inside_a_layer_is_changed():
    found = world_of("student=affect", "student.student.prior=.7")
    assert found.sections["student"]["student"]["prior"] == 0.7
    assert found.student.student.prior.tolist() == [0.7] * 8


def test_other_students_in_a_mixture_have_equal_shares():
    found = world_of("student=mixture", "scenario.student.students=[bkt,fsrs6]")
    assert found.student.population.group_names == ("BKT", "FSRS")


def test_the_population_is_no_key_of_a_student():
    with pytest.raises(InputError, match=r"unknown key 'student\.population'"):
        world_of("student=bkt", "scenario.student.population=varied")
