"""With a real scheduler and real workers on this machine: jobs, comparisons, matrices and searches."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from zpdgym.agents.registry import load_policy
from zpdgym.errors import RunsFailed
from zpdgym.experiments.cluster.clusters import DaskCluster
from zpdgym.experiments.cluster.errand import end
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.comparison.robustness import robustness
from zpdgym.experiments.tuning import tune
from zpdgym.experiments.workers import Job, run_jobs
from zpdgym.scripts.cli import main

from tests.cluster.hosts import wait_until
from tests.experiments.comparison.small import TINY, contents

pytest.importorskip("distributed")
if TYPE_CHECKING:
    from distributed import LocalCluster

WORK = """
    import os, signal, time
    from pathlib import Path

    def work(argument, report):
        time.sleep(0.3)  # nobody is told more often
        report(0.5)
        if argument == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if argument == "raises":
            raise KeyError("ours")
        if argument == "sleeps":
            Path("asleep").touch()
            time.sleep(600)
        return argument, os.getpid(), os.getcwd()
"""


@pytest.fixture(scope="module")
def inside() -> Generator[LocalCluster]:
    """A scheduler and a worker in this process."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp://", host="127.0.0.1",
        dashboard_address="127.0.0.1:0", silence_logs=50,
    ) as found:  # fmt: skip
        yield found


@pytest.fixture
def work(tmp_path, monkeypatch):
    (tmp_path / "cluster_work.py").write_text(textwrap.dedent(WORK))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    import cluster_work

    yield cluster_work.work
    sys.modules.pop("cluster_work", None)


@pytest.fixture
def heeds_interrupts() -> Generator[None]:
    """Where tests run in the background, a shell has told them to ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def do(cluster, work, *jobs: str):
    done, failed, shares = {}, {}, {}
    with DaskCluster(address=cluster.scheduler_address).open(home=Path("exp"), jobs=None) as engine:
        run_jobs(
            work,
            [Job(name, name) for name in jobs],
            workers=1,
            engine=engine,
            on_progress=shares.__setitem__,
            on_done=done.__setitem__,
            on_failed=lambda name, why: failed.__setitem__(name, why.said) or False,
        )
    return done, failed, shares


def test_jobs_are_done_in_a_process_of_the_worker_s(inside, work, tmp_path):
    done, failed, shares = do(inside, work, "a", "dies", "raises", "b")
    assert [done[name][0] for name in done] == ["a", "b"]
    assert os.getpid() not in {process for _, process, _ in done.values()}
    assert {folder for _, _, folder in done.values()} == {str(tmp_path)}
    assert set(shares) >= {"a", "b"}
    assert failed == {
        "raises": "KeyError: 'ours' (cluster_work.py:11)",
        "dies": "its process was killed twice (SIGKILL), probably for lack of memory",
    }
    assert not Path("exp").exists()


def test_an_interrupted_command_leaves_no_work_behind(inside, work, heeds_interrupts):
    from distributed import Status, worker

    def interrupt():
        try:
            wait_until(Path("asleep").exists, 30)
            # those of earlier tests may still be waiting to be collected
            running = [one for one in worker.Worker._instances if one.status == Status.running]
            tokens.extend(name for one in running for name in os.listdir(one.local_directory))
        finally:  # or the test would wait for the job
            signal.raise_signal(signal.SIGINT)

    tokens: list[str] = []
    threading.Thread(target=interrupt).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        do(inside, work, "sleeps")
    assert time.monotonic() - began < 40
    (token,) = (name for name in tokens if name.startswith("zpdgym-"))
    end(token)  # nobody any more
    assert do(inside, work, "a")[0]["a"][0] == "a"


ONE = ("--host", "127.0.0.1", "--nthreads", "1")


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Generator[str]:
    """A scheduler with two workers, each a program of its own, as people start them."""
    folder = tmp_path_factory.mktemp("dask")
    program = [sys.executable, "-m", "distributed.cli."]
    said = folder / "said.txt"
    with said.open("wb") as log:

        def start(name: str, *words: str) -> subprocess.Popen[bytes]:
            whole = [*program[:-1], program[-1] + name, *words, "--no-dashboard"]
            return subprocess.Popen(whole, stdout=log, stderr=log, cwd=folder)

        scheduler = start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", "address.json")
        wait_until((folder / "address.json").exists, 60)
        workers = [
            start("dask_worker", "--scheduler-file", "address.json", *ONE, "--local-directory", name)
            for name in ("one", "two")
        ]
        import json

        yield json.loads((folder / "address.json").read_text())["address"]
        for process in (*workers, scheduler):
            process.terminate()
        for process in (*workers, scheduler):
            process.wait(30)


POLICY = '''
import numpy as np

class Mine:
    """Always the same item."""
    name, privileged, learnt, draws, needs = "mine", False, False, 0, frozenset()
    def __init__(self, *, item=0): self.item = item
    def bind(self, problem): pass
    def predict(self, observation, state=None, episode_start=None, deterministic=False, *, action_masks=None, u=None):
        return np.full(len(observation), self.item), None
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    Path("mine.py").write_text(POLICY)
    Path("mine.yaml").write_text("_target_: mine.Mine\nitem: 1\n")
    yield
    sys.modules.pop("mine", None)


EXPERIMENT = TINY | {
    "policies": ["mine.yaml", "streak", "greedy_ready", "ppo_scorer"],
    "grid": {"lessons": [600, 700]},  # runs of what learns nothing are copied from one cell to the other
    "lives": 2,
    "seeds": 1,
}


@pytest.mark.slow
@pytest.mark.parametrize("shared", [True, False])
def test_a_comparison_has_the_same_bytes_and_is_resumed(address, folder, shared):
    cluster = DaskCluster(address=address, shared=shared)
    there = compare(EXPERIMENT, results=Path.cwd() / "there", cluster=cluster)
    here = compare(EXPERIMENT, results=Path.cwd() / "here", jobs=2)
    assert contents(there.folder) == contents(here.folder)
    assert there.made == here.made
    for lost in ("streak/seed0/lives.npz", "greedy_ready/seed0/done"):
        (next(here.folder.glob("Tiny-v0*")) / lost).unlink()
    again = compare(EXPERIMENT, results=Path.cwd() / "here", cluster=cluster)
    assert again.made == 2
    assert contents(there.folder) == contents(again.folder)


@pytest.mark.slow
@pytest.mark.parametrize("shared", [True, False])
def test_a_learner_s_search_and_the_trainings_that_wait_for_it_are_made_there(address, folder, shared):
    tuned = load_policy("ppo_scorer") | {"tune": {"budget": 2, "space": {"learning_rate": [0.01]}}}
    experiment = TINY | {"policies": [tuned], "seeds": 2}
    there = compare(experiment, results=Path.cwd() / "there", cluster=DaskCluster(address=address, shared=shared))
    here = compare(experiment, results=Path.cwd() / "here", jobs=1)
    assert contents(there.folder) == contents(here.folder)


@pytest.mark.slow
@pytest.mark.parametrize("shared", [True, False])
def test_a_matrix_has_the_same_bytes(address, folder, shared):
    matrix = {"scenario": "tiny", "students": ["bkt_forgetting"], "policies": ["streak", "mine.yaml"], "seeds": 1,
              "n_students": 20, "n_validation": 20, "tune_budget": 2}  # fmt: skip
    there = robustness(matrix, results=Path.cwd() / "there", cluster=DaskCluster(address=address, shared=shared))
    here = robustness(matrix, results=Path.cwd() / "here", jobs=1)
    assert contents(there.folder) == contents(here.folder)


@pytest.mark.slow
def test_a_search_is_the_same(address, folder, capsys):
    words = ("tune", "scenario=tiny", "policy=streak", "n_validation=40", "tune_budget=3")
    assert main([*words, "name=there", "cluster=dask", f"cluster.address={address}"]) == 0
    assert main([*words, "name=here"]) == 0
    assert contents(Path.cwd() / "results/there") == contents(Path.cwd() / "results/here")
    assert "found before" not in capsys.readouterr().out
    found = tune("tiny", "streak", budget=3, n_validation=40, cluster=DaskCluster(address=address))
    assert found.folder is None
    assert found.spec == tune("tiny", "streak", budget=3, n_validation=40).spec


@pytest.mark.slow
def test_a_run_that_fails_there_is_told_as_one_that_fails_here(address, folder):
    Path("mine.py").write_text(POLICY.replace("return np.full", "raise KeyError('mine')\n        return np.full"))
    Path("late.yaml").write_text("_target_: mine.Mine\nname: late\n")
    experiment = TINY | {"policies": ["late.yaml", "streak"], "unexpected": False}
    found = compare(experiment, results=Path.cwd() / "there", cluster=DaskCluster(address=address))
    assert [run.why for run in found.failed] == [
        run.why for run in compare(experiment, results=Path.cwd() / "here", jobs=1).failed
    ]
    with pytest.raises(RunsFailed):
        found.all_made()
