"""Warming finds everything by itself, keeps what it compiled whatever happens, and leaves nothing to compile."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from zpdgym.agents.registry import policy_names
from zpdgym.configs.build import config_files
from zpdgym.envs.beliefs.build import kinds
from zpdgym.envs.scenario import scenario_names
from zpdgym.experiments import warming
from zpdgym.experiments.comparison.compare import load_experiment
from zpdgym.experiments.runs.lineup import PRIVILEGED, REFERENCES
from zpdgym.experiments.warming import SAVED, warm
from zpdgym.scripts.cli import main

from tests.helpers import COMPILED

FIRST_COMPARISON = """
import io
from rich.console import Console
from zpdgym.experiments.comparison.compare import compare, load_experiment

few = dict(seeds=1, n_students=10, n_validation=10, lessons=2000, tune_budget=1, lives=2, tracking="none")
compare(load_experiment("quickstart") | few, results="results", jobs=1, console=Console(file=io.StringIO()))
"""
STEPS = """
import zpdgym
for name in zpdgym.list_scenarios():
    for env, item in ((zpdgym.make(name), 0), (zpdgym.make_vec(name, num_envs=3), [0, 0, 0])):
        env.reset(seed=0)
        env.step(item)
"""
COUNTED = """
from zpdgym.students.kernel_cache import compiled, found
print(len(found), len(compiled))
"""


def names(everything):
    return [job.name for job in warming._jobs(everything)]


def test_what_is_registered_is_warmed_without_a_list():
    usual, everything = names(False), names(True)
    assert set(scenario_names()) <= {*usual}
    quick = load_experiment("quickstart")["policies"]
    assert {f"policy {name}" for name in (*quick, *REFERENCES, *PRIVILEGED)} <= {*usual}
    assert {*usual} < {*everything}
    assert {f"policy {name}" for name in policy_names() if name != SAVED} <= {*everything}
    assert {f"student {name}" for name in config_files("student")} <= {*everything}
    assert {f"belief {kind}" for kind in kinds()} <= {*everything}


def only(monkeypatch, *wanted):
    jobs = [job for job in warming._jobs(True) if job.name in wanted]
    monkeypatch.setattr(warming, "_jobs", lambda everything: jobs)


@pytest.mark.skipif(not COMPILED, reason="nothing is compiled in this pass")
def test_what_was_warmed_is_found(monkeypatch, capsys):
    only(monkeypatch, "Tiny-v0", "policy random", "student afm")
    monkeypatch.setattr(warming, "cores", lambda: 2)
    first = warm(processes=2)  # processes of its own: this one has kernels already
    assert not first.failed
    assert main(["warm"]) == 0
    said = capsys.readouterr().out
    there = re.match(r"(\d+) kernels were there, 0 compiled, \d+ s\nkept in (.*)\n", said)
    assert there, said
    assert int(there[1]) == first.there + first.compiled
    assert Path(there[2]) == first.folder


def test_what_cannot_be_warmed_is_said_and_stops_nothing_else(monkeypatch, capsys):
    broken = warming.Job("policy of nobody", (warming._policy, "nobody"))
    jobs = [broken, *(job for job in warming._jobs(False) if job.name == "policy random")]
    monkeypatch.setattr(warming, "_jobs", lambda everything: jobs)
    monkeypatch.setattr(warming, "cores", lambda: 1)
    assert main(["warm"]) == 3
    said = capsys.readouterr()
    assert "not warmed: policy of nobody: unknown policy 'nobody'" in said.err
    assert "kernels were there" in said.out


@pytest.mark.parametrize("words", [["everything"], ["all", "all"], ["--all"], ["jobs=2"]])
def test_a_word_that_means_nothing_is_refused(words, capsys):
    assert main(["warm", *words]) == 2
    assert capsys.readouterr().err == f"zpdgym warm: '{' '.join(words)}': warm takes nothing, or all\n"


def process(code, cache, **more):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("NUMBA_", "ZPDGYM_"))}
    return subprocess.Popen(
        [sys.executable, *code], env=kept | {"XDG_CACHE_HOME": str(cache)}, stdout=subprocess.PIPE, text=True, **more
    )


def end_of(started):
    said, _ = started.communicate(timeout=1500)
    assert started.returncode == 0
    return said


WARM = ("-m", "zpdgym.scripts.warm")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_after_warming_no_first_lesson_and_no_first_comparison_compiles(tmp_path):
    """Killed once, then by two at a time; the folder is as good as if one had done it in peace."""
    killed = process(WARM, tmp_path, start_new_session=True)
    while not list(tmp_path.rglob("*.kernel")):
        time.sleep(0.1)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    for said in [end_of(both) for both in [process(WARM, tmp_path), process(WARM, tmp_path)]]:
        assert re.search(r"^\d+ kernels were there, \d+ compiled", said, re.MULTILINE)
    assert " 0 compiled," in end_of(process(WARM, tmp_path))
    for program in (STEPS, FIRST_COMPARISON):
        found, compiled = map(int, end_of(process(["-c", program + COUNTED], tmp_path)).split()[-2:])
        assert found > 8
        assert compiled == 0
