"""Who may be named in a file: judged for every kind of file and verb, before anything is imported or called."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import zpdgym
from hypothesis import example, given
from hypothesis import strategies as st
from zpdgym.configs.build import CONFIGS, build, read_yaml
from zpdgym.configs.trust import TRUSTED, check_names, needed, printed, trusted, trusting
from zpdgym.errors import InputError
from zpdgym.lazy import public_names
from zpdgym.scripts.cli import main

TINY = (CONFIGS / "scenario" / "Tiny-v0.yaml").read_text(encoding="utf-8").replace("name: Tiny-v0", "name: Mine")
EVIL = "{_target_: os.system, command: touch canary}"
STUDENT = "{_target_: zpdgym.students.BKT, learn: 0.3}"
SMALL = ("n_students=20", "n_validation=20", "tune_budget=1")
LOG = "student,skill,correct\n" + "a,x,1\n" * 5


@pytest.fixture(autouse=True)
def an_empty_folder(tmp_path, monkeypatch):
    """A current folder of its own, and beside it one that Python searches, with a module that leaves a trace."""
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    trace = f"import pathlib\npathlib.Path({str(tmp_path / 'canary')!r}).touch()\n"
    (elsewhere / "installed_somewhere.py").write_text(f"{trace}def run(command): ...\nclass Policy: ...\n")
    monkeypatch.chdir(here)
    monkeypatch.delenv(TRUSTED, raising=False)
    monkeypatch.setattr(sys, "path", [*sys.path, str(elsewhere)])
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", None)):
            del sys.modules[name]


def scenario(**sections: str) -> str:
    """The smallest scenario with some sections in another way."""
    kept, dropped = list[str](), False
    for line in TINY.splitlines():
        if not line.startswith((" ", "#")):
            dropped = line.partition(":")[0] in sections
        if not dropped:
            kept.append(line)
    return "\n".join([*kept, *(f"{key}: {text}" for key, text in sections.items())]) + "\n"


EXPERIMENT = "scenarios: [tiny]\npolicies: [random]\ntracking: none\n"
FILES = {
    "student": scenario(student=EVIL),
    "curriculum": scenario(curriculum=EVIL),
    "population": scenario(population=EVIL),
    "schedule": scenario(schedule=EVIL),
    "unexpected": scenario(unexpected=f"{{odd: {{student: {EVIL}}}}}"),
    "sources": scenario(sources=f"{{a: {EVIL}}}"),
    "inner": scenario(student=f"{{_target_: zpdgym.students.Affect, student: {EVIL}}}"),
    "mixture": scenario(student=f"{{_target_: zpdgym.students.Mixture, students: [{STUDENT}, {EVIL}]}}"),
    "section": f"{EVIL}\n",
    "tuned": "_target_: zpdgym.agents.Streak\nn: 2\ntune: {space: {n: [1, 2], _target_: [os.system]}}\n",
    "zip": "_target_: zpdgym.agents.Saved\npath: model.zip\ntrust: true\n",
    "policies": f"scenarios: [tiny]\npolicies: [random, {EVIL}]\n",
    "policy as text": "scenarios: [tiny]\npolicies: [random, os.system]\n",
    "replaced": f"scenarios: [{{scenario: tiny, replace: {{student: {EVIL}}}}}]\npolicies: [random]\n",
    "changed": "scenarios: [{scenario: tiny, change: {student._target_: os.system}}]\npolicies: [random]\n",
    "trained on": f"{EXPERIMENT}train_on: [{{scenario: tiny, change: {{unexpected: {{x: {{student: {EVIL}}}}}}}}}]\n",
    "tracked": f"scenarios: [tiny]\npolicies: [random]\ntracking: {EVIL}\n",
    "matrix": f"scenario: tiny\nstudents: [{{name: odd, student: {EVIL}}}]\npolicies: [random]\n",
    "another file": "scenarios: [bad.yaml]\npolicies: [random]\n",
    "a folder's": "scenarios: [tiny]\npolicies: [mine]\n",
}
COMMANDS = {
    ("evaluate", "scenario=FILE", "policy=random"): ("student", "curriculum", "population", "schedule", "unexpected",
                                                     "sources", "inner", "mixture"),
    ("evaluate", "scenario=tiny", "policy=FILE"): ("section", "tuned", "zip"),
    ("evaluate", "scenario=tiny", "policy=random", "student=FILE"): ("section",),
    ("evaluate", "scenario=tiny", "policy=random", "population=FILE"): ("section",),
    ("evaluate", "scenario=tiny", "policy=random", "curriculum=FILE"): ("section",),
    ("evaluate", "scenario=tiny", "policy=random", "schedule=FILE"): ("section",),
    ("evaluate", "-m", "scenario=tiny", "policy=FILE", "seed=1,2"): ("section",),
    ("train", "scenario=FILE", "policy=random", "tracking=none"): ("student", "unexpected"),
    ("train", "scenario=tiny", "policy=random", "tracking=FILE"): ("section",),
    ("train", "scenario=tiny", "policy=FILE", "tracking=none"): ("section", "zip"),
    ("tune", "scenario=FILE", "policy=streak"): ("student",),
    ("tune", "scenario=tiny", "policy=FILE"): ("section", "tuned"),
    ("compare", "experiment=FILE"): ("policies", "policy as text", "replaced", "changed", "trained on", "tracked"),
    ("compare", "scenarios=FILE", "policies=random"): ("student",),
    ("compare", "scenarios=tiny", "policies=random,FILE"): ("section",),
    ("compare", "scenario=tiny", "policies=random", "tracking=FILE"): ("section",),
    ("compare", "scenario=tiny", "policies=random", "cluster=FILE"): ("section",),
    ("tune", "scenario=tiny", "policy=streak", "cluster=FILE"): ("section",),
    ("robustness", "matrix=FILE"): ("matrix",),
    ("robustness", "scenario=tiny", "students=FILE", "policies=random"): ("section",),
    ("robustness", "scenario=FILE", "policies=random"): ("unexpected",),
    ("bounds", "FILE"): ("student",),
    ("audit", "scenario=FILE"): ("student",),
    ("audit", "scenario=algebra", "policy=FILE"): ("section",),
    ("bounds", "tiny", "student=FILE"): ("section",),
    ("list", "policy", "FILE"): ("section",),
    ("list", "student", "FILE"): ("section",),
    ("list", "scenario", "FILE"): ("population",),
    ("calibrate", "data=FILE", "data.path=log.csv"): ("section",),
    ("calibrate", "data=long", "data.path=log.csv", "model=FILE"): ("section",),
    ("evaluate", "scenario=tiny", "policy=FILE", "--cfg", "job"): ("section",),
    ("evaluate", "scenario=tiny", "policy=FILE", "--info", "config"): ("section",),
}  # fmt: skip
CASES = [(command, kind) for command, kinds in COMMANDS.items() for kind in kinds]
STRANGERS = ("os.system", "installed_somewhere.run")


def refused(capsys, tmp_path, *arguments: str) -> str:
    """The one line of a command that was refused before anything was imported, called or written."""
    before = sorted(os.listdir())
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert sorted(os.listdir()) == before
    assert not (tmp_path / "canary").exists()
    assert "installed_somewhere" not in sys.modules
    return said.err


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize(("command", "kind"), CASES, ids=lambda value: value if isinstance(value, str) else value[0])
def test_a_stranger_in_a_file_is_neither_imported_nor_called(command, kind, stranger, capsys, tmp_path):
    Path("log.csv").write_text(LOG)
    Path("file.yaml").write_text(FILES[kind].replace("os.system", stranger))
    said = refused(capsys, tmp_path, *(word.replace("FILE", "file.yaml") for word in command))
    assert "file.yaml, line " in said
    assert "trust=stable_baselines3" in said if kind == "zip" else f"{stranger} is refused" in said


@pytest.mark.parametrize("group", [path.name for path in CONFIGS.iterdir() if path.is_dir() and path.name[0] != "_"])
def test_a_folder_of_files_is_judged_before_hydra_sees_it(group, capsys, tmp_path):
    Path("conf", group).mkdir(parents=True)
    Path("conf", group, "mine.yaml").write_text(f"a: 1\nb: {EVIL}\n")
    command = ("evaluate", "scenario=tiny", "policy=random", "--config-dir", "conf")
    assert f"conf/{group}/mine.yaml, line 2: _target_: os.system" in refused(capsys, tmp_path, *command)
    for text, says in (
        ("hydra: {launcher: {_target_: os.system}}\n", "no file may set how Hydra works"),
        ("hydra: {run: {dir: elsewhere}}\n", "hydra: no file may set how Hydra works"),
        ("a: ${oc.env:HOME}\n", "line 1: ${oc.env:HOME}: nothing is looked up in a file"),
        ("a: ${now:%Y}\n", "nothing is looked up"),
        ("a: [{b: '${oc.decode:${oc.env:X}}'}]\n", "nothing is looked up"),
        ("defaults: [override /hydra/launcher: joblib]\n", "defaults: must be a list of names of the same group"),
        ("defaults: [/policy/streak]\n", "defaults: must be"),
        ("defaults: ['../x']\n", "defaults: must be"),
        ("defaults: [{override hydra/sweeper: basic}]\n", "must be"),
        ("a: 1\na: 2\n", "line 2: the key 'a' is there twice"),
        ("a: 1:30\n", "1:30 is read as a number to the base of 60"),
    ):
        Path("conf", group, "mine.yaml").write_text(text)
        assert says in refused(capsys, tmp_path, *command)


def test_hydra_reads_nothing_of_a_folder_itself(capsys, monkeypatch):
    """Neither another root, nor another launcher, nor orders in a comment."""
    monkeypatch.setenv("SECRET", "open sesame")
    Path("conf/policy").mkdir(parents=True)
    Path("conf/hydra/launcher").mkdir(parents=True)
    Path("conf/hydra/launcher/basic.yaml").write_text(EVIL)
    Path("conf/zpdgym_evaluate.yaml").write_text("results: ${oc.env:SECRET}\nhydra: {job: {name: '${oc.env:SECRET}'}}")
    Path("conf/policy/mine.yaml").write_text("# @package hydra.job\n_target_: zpdgym.agents.Streak\nn: 3\n")
    asked = ("evaluate", "scenario=tiny", "policy=mine", "--config-dir", "conf")
    assert main([*asked, "--cfg", "job", "-p", "policy.n"]) == 0
    assert capsys.readouterr().out == "3\n"
    for shown in (("--cfg", "all"), ("--info", "all")):  # Hydra keeps a process's logging, so in one of its own
        command = [sys.executable, "-m", "zpdgym.scripts.cli", *asked, *shown]
        said = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "sesame" not in said.stdout + said.stderr


@given(dotted=st.from_regex(r"(zpdgym|os|numpy|yaml|tests|[a-z]{1,5})(\.[a-zA-Z_]{1,9}){0,4}\.?\Z"))
@example(dotted="zpdgym.experiments.runs.os.system")
@example(dotted="zpdgym.experiments.store.runs.shutil.rmtree")
@example(dotted="zpdgym.experiments.store.runs.move_aside")
@example(dotted="zpdgym.files.write_bytes")
@example(dotted="zpdgym.files.os.replace")
@example(dotted="zpdgym.errors.InputError")
@example(dotted="zpdgym.scripts.command.guard.traceback.print_exc")
@example(dotted="zpdgym.scripts.cli.main")
@example(dotted="zpdgym.configs.trust.trust")
@example(dotted="zpdgym.trust")
@example(dotted="zpdgym.agents.registry._read")
@example(dotted="zpdgym.agents.learnt.sb3.load_sb3_zip")
@example(dotted="zpdgym.students.check._build")
@example(dotted="zpdgym.students.np.load")
@example(dotted="zpdgym.students.model.importlib.import_module")
@example(dotted="zpdgym.moved.sys.exit")
@example(dotted="zpdgym.__builtins__.eval")
@example(dotted="zpdgym.students.BKT.__init__.__globals__")
@example(dotted="zpdgym")
@example(dotted="builtins.exec")
@example(dotted="__main__.main")
@example(dotted="os..system")
@example(dotted="numpy.load")
@example(dotted="hydra.utils.instantiate")
def test_only_public_names_pass(dotted):
    path = Path("file.yaml")
    public = {f"zpdgym.{package}.{name}" for package in ("students", "envs", "agents", "experiments")
              for name in offered(package)}  # fmt: skip
    public |= {f"{module}.{name}" for package in ("students", "envs", "agents", "experiments")
               for name, module in offered(package).items()}  # fmt: skip
    if dotted in public:
        check_names({"_target_": dotted}, path)
    elif dotted.partition(".")[0] in ("zpdgym", "os", "numpy", "yaml", "builtins", "hydra", "__main__"):
        with pytest.raises(InputError):
            check_names({"_target_": dotted}, path)


def offered(package: str) -> dict[str, str]:
    """The public names of one of our packages with the modules that define them."""
    name = f"zpdgym.{package}"
    return public_names(name, str(importlib.import_module(name).__path__[0]))


@pytest.mark.parametrize("package", ["students", "envs", "agents", "experiments"])
def test_what_is_public_is_defined_where_its_address_says(package):
    for name, module in offered(package).items():
        found = getattr(importlib.import_module(f"zpdgym.{package}"), name)
        if callable(found) and hasattr(found, "__module__") and isinstance(found, type):
            assert found.__module__ == module


@pytest.mark.parametrize(
    ("where", "target"),
    [
        ("student", "zpdgym.agents.Mastery"), ("student", "zpdgym.students.chain"),
        ("student", "zpdgym.students.Population"), ("student", "zpdgym.students.check_student"),
        ("student inside Affect", "zpdgym.agents.Mastery"), ("policy", "zpdgym.students.BKT"),
        ("policy", "zpdgym.agents.build_policy"), ("policy", "zpdgym.agents.load_policy"),
        ("policy", "zpdgym.agents.teach"), ("policy", "zpdgym.experiments.Run"), ("policy", "zpdgym.agents.World"),
        ("population", "zpdgym.students.BKT"), ("population", "zpdgym.students.chain"),
        ("curriculum", "zpdgym.students.BKT"), ("curriculum", "zpdgym.students.knowledge_states"),
        ("data", "zpdgym.students.read_curriculum"), ("data", "zpdgym.experiments.Run"),
        ("model", "zpdgym.students.BKT"), ("tracking", "zpdgym.experiments.Calibration"),
        ("tracking", "zpdgym.agents.require"), ("policy", "os.system"), ("curriculum", "builtins.print"),
        ("student", "os.path"), ("policy", "subprocess.check_call"), ("data", "subprocess.run"),
    ],
)  # fmt: skip
def test_what_is_of_another_kind_is_not_called(where, target):
    with pytest.raises(InputError, match=rf"^{where}: {target} (has no|gives|is no) "):
        build({"_target_": target, "command": "touch canary", "path": "x"}, where)
    assert not Path("canary").exists()


def test_every_file_of_ours_is_of_its_kind():
    kinds = {"student", "policy", "population", "curriculum", "data", "model", "tracking", "cluster"}
    from zpdgym.configs.build import TARGET, load
    from zpdgym.configs.kinds import unfit

    for kind in kinds:
        for path in (CONFIGS / kind).glob("*.yaml"):
            section = read_yaml(path)
            assert unfit(load(section[TARGET], kind), kind) is None, path


def test_python_may_name_whatever_it_likes_but_not_the_files_that_it_names(tmp_path):
    Path("bad.yaml").write_text(f"{EVIL}\n")
    Path("world.yaml").write_text(FILES["population"])
    for call in (
        lambda: zpdgym.evaluate("tiny", "bad.yaml", n_students=5),
        lambda: zpdgym.evaluate("world.yaml", "random", n_students=5),
        lambda: zpdgym.compare({"name": "x", "scenarios": ["tiny"], "policies": ["bad.yaml"], "tracking": "none"}),
        lambda: zpdgym.compare({"name": "x", "scenarios": ["world.yaml"], "policies": ["random"]}),
        lambda: zpdgym.tune("tiny", "bad.yaml"),
        lambda: zpdgym.make("world.yaml"),
        lambda: zpdgym.make_vec("world.yaml", 2),
    ):
        with pytest.raises(InputError, match=r"os\.system is refused"):
            call()
    with pytest.raises(InputError, match=r"has no bind"):
        zpdgym.evaluate("tiny", {"_target_": "installed_somewhere.Policy"}, n_students=5)
    assert (tmp_path / "canary").exists()  # it was imported


def test_trust_lets_files_name_a_module_and_what_is_in_it(monkeypatch):
    assert trusted() == ()
    with trusting(["installed_somewhere", "a.b"]):
        check_names({"_target_": "installed_somewhere.run"}, Path("x"))
        check_names({"_target_": "a.b.c.D"}, Path("x"))
        for other in ("installed_somewhere_else.run", "a.c", "a.bc.D", "os.system"):
            with pytest.raises(InputError):
                check_names({"_target_": other, "policies": ["numpy.x"]}, Path("x"))
        assert printed() == " 'trust=[installed_somewhere,a.b]'"
    assert TRUSTED not in os.environ
    with pytest.raises(InputError, match="must name modules"), trusting(["a b"]):
        pass
    monkeypatch.setenv(TRUSTED, "")  # so that it is gone again afterwards
    zpdgym.trust("numpy.linalg")
    assert trusted() == ("numpy.linalg",)
    assert needed([{"_target_": "numpy.load"}, {"x": {"trust": True}}, {"_target_": "zpdgym.students.BKT"}]) == [
        "numpy", "stable_baselines3",
    ]  # fmt: skip
    with trusting(["stable_baselines3"]):
        check_names({"trust": True}, Path("x"))


@pytest.mark.parametrize("given", ["trust=", "trust=a b", "trust=[a,]", "trust=a;b", "trust=../x", "trust=a..b"])
def test_a_mistyped_trust_is_told(given, capsys, tmp_path):
    assert "must name modules" in refused(capsys, tmp_path, "evaluate", "scenario=tiny", "policy=random", given)
