"""The command line: what it offers, what it runs, and that it leaves nothing lying about."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import joblib
import pandas as pd
import pytest
from zpdgym.scripts import calibrate, compare, evaluate, train, tune
from zpdgym.scripts.cli import VERBS, load_verb, main
from zpdgym.scripts.command.overrides import understand

from tests.scripts.helpers import POLICY, ROOT, SMALL


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
    for command in re.findall(r"^  zpdgym .*$", module.VERB.examples, re.MULTILINE):
        _, verb, *arguments = shlex.split(command)
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


@pytest.mark.slow
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
    lines = Path("said.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("compiling kernels")] == []


def test_evaluate_prints_a_table_and_writes_only_what_is_asked_for(capsys):
    assert main(["evaluate", *SMALL, "policy=mastery"]) == 0
    assert "mastery on Tiny-v0, 20 students" in capsys.readouterr().out
    assert os.listdir() == []
    assert main(["evaluate", *SMALL, "policy=mastery", "save=students.csv"]) == 0
    assert os.listdir() == ["students.csv"]
    assert len(Path("students.csv").read_text().splitlines()) == 21


def test_evaluate_writes_parquet_where_the_name_says_so(capsys):
    pytest.importorskip("pyarrow")
    for name in ("students.csv", "students.PARQUET"):
        assert main(["evaluate", *SMALL, "policy=mastery", f"save={name}"]) == 0
    pd.testing.assert_frame_equal(pd.read_parquet("students.PARQUET"), pd.read_csv("students.csv"), check_dtype=False)


def test_a_sweep_writes_a_file_for_each_of_its_combinations(capsys):
    sweep = ["evaluate", "-m", *SMALL, "policy=random", "seed=0,1"]
    for name in ("save=same.csv", "save=same-${n_students}.csv", "cohort_seed=0,1 save=${seed}.csv"):
        assert main([*sweep, *name.split()]) == 2
        assert (
            "would write one file; give each its own: save='students-${hydra:job.num}.csv'" in capsys.readouterr().err
        )
        assert os.listdir() == []
    for name in ("save=a-${seed}.csv", "save=b-${hydra:job.num}.csv"):
        assert main([*sweep, name]) == 0
    assert sorted(os.listdir()) == ["a-0.csv", "a-1.csv", "b-0.csv", "b-1.csv"]
    assert Path("a-0.csv").read_text() == Path("b-0.csv").read_text() != Path("b-1.csv").read_text()
    assert main(["evaluate", "-m", *SMALL, "policy=random", "save=c.csv,d.csv"]) == 0
    assert Path("c.csv").read_text() == Path("d.csv").read_text()


def test_parquet_without_its_package_is_refused_before_anybody_is_taught(capsys, monkeypatch):
    monkeypatch.setattr("zpdgym.scripts.evaluate.find_spec", lambda name: None)
    monkeypatch.setattr("zpdgym.experiments.evaluate.evaluate", lambda *_, **__: pytest.fail("taught"))
    assert main(["evaluate", *SMALL, "policy=mastery", "save=students.parquet"]) == 2
    assert "save=students.parquet: the package 'pyarrow' is not installed: pip install" in capsys.readouterr().err
    assert os.listdir() == []


def test_a_policy_from_the_working_directory_teaches(capsys):
    Path("own_policy.py").write_text(POLICY)
    assert main(["evaluate", *SMALL, "policy=custom", "policy._target_=own_policy.MyPolicy", "policy.item=1"]) == 0
    assert "mine on Tiny-v0" in capsys.readouterr().out


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
    assert "threshold=9 must be a number in (0, 1]" in said.err
    assert "mastery on Tiny-v0" in said.out


@pytest.mark.slow
def test_a_launcher_takes_the_sweep_to_other_processes(capfd):
    assert main(["evaluate", "-m", *SMALL, "policy=random", "seed=0,1", "hydra/launcher=joblib"]) == 0
    assert capfd.readouterr().out.count("random on Tiny-v0") == 2
    assert os.listdir() == []


@pytest.mark.slow
@pytest.mark.parametrize(("verb", "values"), [("train", "seed=0,1"), ("tune", "policy=mastery_tuned,streak")])
def test_a_launcher_writes_all_of_a_sweep_into_one_folder(capfd, verb, values):
    joblib.externals.loky.get_reusable_executor().shutdown()  # workers of an earlier sweep are in its folder
    same = ["scenario=tiny", "n_validation=20", "tune_budget=2", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    own = ["policy=mastery", "n_students=20", "unexpected=false", "tracking=none"] if verb == "train" else []
    assert main([verb, "-m", *same, *own, values]) == 0
    assert capfd.readouterr().out.count("made now: results/") == 2


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
    assert main([*arguments, "cohort_seed=1"]) == 2
    assert "rerun=true" in capsys.readouterr().err
    assert main([*arguments, "unexpected=false"]) == 0
    assert capsys.readouterr().err.startswith("evaluated again: unexpected: True -> False (1 run;")
    assert os.listdir() == ["results"]


@pytest.mark.parametrize("lessons", [10, 4095, 4096])
def test_a_training_that_is_too_short_to_learn_anything_is_announced(lessons, capsys):
    small = ["scenario=tiny", "n_students=20", "n_validation=20", "tracking=none", "unexpected=false"]
    assert main(["train", *small, "policy=ppo", f"lessons={lessons}"]) == 0
    announced = next_to_nothing(capsys.readouterr().err)
    assert len(announced) == (lessons < 4096)
    assert all(line.startswith(f"lessons={lessons} teaches ppo") and "16 updates of 256" in line for line in announced)
    assert Path("results/training/Tiny-v0/ppo/seed0/done").is_file()
    assert main(["train", *small, "policy=random", "lessons=10"]) == 0
    assert not next_to_nothing(capsys.readouterr().err)


def next_to_nothing(said):
    """The lines that say so; where a machine is slow there are lines on progress beside them."""
    return [line for line in said.splitlines() if "next to nothing" in line]


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
