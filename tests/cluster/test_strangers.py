"""With real workers that cannot do what they are asked: zpdgym is not there, or they hang with their line open."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.cluster import dask_engine, line, roll
from zpdgym.experiments.cluster.clusters import DaskCluster
from zpdgym.experiments.workers import Job, run_jobs

from tests.cluster.hosts import wait_until

pytest.importorskip("distributed")
if TYPE_CHECKING:
    from distributed import LocalCluster

WORK = """
import os
import time
from pathlib import Path

def work(argument, report):
    if argument == "sleeps" and not Path("asleep").exists():
        Path("asleep").write_text(str(os.getppid()))
        time.sleep(600)
    return argument
"""


WITHOUT = """
import sys

class NotInstalled:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "zpdgym":
            raise ModuleNotFoundError("No module named 'zpdgym'", name="zpdgym")

sys.meta_path.insert(0, NotInstalled)
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    (tmp_path / "stranger_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    import stranger_work

    yield stranger_work.work
    sys.modules.pop("stranger_work", None)


@pytest.fixture
def said(monkeypatch) -> list[str]:
    lines = list[str]()
    for module in (dask_engine, roll):
        monkeypatch.setattr(module, "say", lines.append)
    return lines


@pytest.fixture
def nobody() -> Generator[LocalCluster]:
    """A scheduler that nobody works for."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=0, processes=False, protocol="tcp://", host="127.0.0.1", dashboard_address="127.0.0.1:0",
        silence_logs=50,
    ) as found:  # fmt: skip
        yield found


@contextlib.contextmanager
def worker(cluster, folder: Path, *words: str, knows: bool = True) -> Generator[subprocess.Popen[bytes]]:
    """A worker in a process of its own, in whose Python zpdgym is installed or is not."""
    environment = dict(os.environ)
    if not knows:
        (folder / "without").mkdir()
        (folder / "without" / "sitecustomize.py").write_text(WITHOUT)
        environment["PYTHONPATH"] = str(folder / "without")
    words = ("--nthreads", "1", *(words or ("--host", "127.0.0.1")))
    program = [sys.executable, "-m", "distributed.cli.dask_worker", cluster.scheduler_address, *words]
    there = len(cluster.scheduler.workers)
    with (folder / "worker.txt").open("ab") as log:
        process = subprocess.Popen([*program, "--no-nanny", "--no-dashboard"], cwd=folder, stdout=log, stderr=log,
                                   env=environment)  # fmt: skip
    try:
        wait_until(lambda: len(cluster.scheduler.workers) > there, 60)
        yield process
    finally:
        process.kill()
        process.wait(10)


def do(cluster, work, *jobs: str, patience: float = 60) -> list[str]:
    done = dict[str, str]()
    with DaskCluster(address=cluster.scheduler_address, patience=patience).open(home=Path("exp"), jobs=None) as engine:
        run_jobs(work, [Job(name, name) for name in jobs], workers=1, engine=engine,
                 on_progress=lambda name, share: None, on_done=done.__setitem__,
                 on_failed=lambda name, why: pytest.fail(why.said))  # fmt: skip
    return list(done)


def test_a_worker_without_zpdgym_is_named_and_left_alone_and_one_that_has_it_does_the_work(
    nobody, work, said, tmp_path
):
    with worker(nobody, tmp_path, knows=False) as stranger:
        (address,) = nobody.scheduler.workers
        with pytest.raises(InputError) as told:
            do(nobody, work, "a", patience=20)
        why = f"worker {address} does not fit: zpdgym is not installed there"
        assert str(told.value) == f"{why}; no other worker is there"
        assert not Path("exp").exists()
        with worker(nobody, tmp_path):
            assert do(nobody, work, "a", "b") == ["a", "b"]
        assert f"{why}; it gets no work" in said
        assert stranger.poll() is None
        assert address in nobody.scheduler.workers


@pytest.mark.slow
def test_a_worker_that_listens_to_everybody_gets_no_work(nobody, work, tmp_path):
    with (
        worker(nobody, tmp_path, "--worker-port", "0"),
        pytest.raises(InputError, match=r"listens on tcp://0\.0\.0\.0:\d+, where whoever reaches the port"),
    ):
        do(nobody, work, "a")


@pytest.fixture
def impatient(monkeypatch) -> Generator[None]:
    """A second without a sign is long, and interrupts are heeded (a shell in the background has them ignored)."""
    monkeypatch.setattr(roll, "SILENT", 1.0)
    monkeypatch.setattr(roll, "LISTEN", 0.3)
    monkeypatch.setattr(line, "_ENDS", 1.0)
    monkeypatch.setattr(dask_engine, "EVERY", 0.3)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_worker_that_freezes_is_told_and_an_interrupt_ends_the_command_all_the_same(
    nobody, work, said, tmp_path, impatient
):
    interrupted = list[float]()

    def freeze(process):
        try:
            wait_until(Path("asleep").exists, 30)
            process.send_signal(signal.SIGSTOP)
            wait_until(lambda: any("gave no sign for 1 s" in one for one in said), 30)
        finally:  # or the test would wait for the job
            interrupted.append(time.monotonic())
            signal.raise_signal(signal.SIGINT)

    with worker(nobody, tmp_path) as frozen:
        threading.Thread(target=freeze, args=(frozen,)).start()
        with pytest.raises(KeyboardInterrupt):
            do(nobody, work, "sleeps")
        assert time.monotonic() - interrupted[0] < 10
    assert sum("gave no sign" in one for one in said) == 1


@pytest.mark.slow
def test_what_a_frozen_worker_had_is_made_elsewhere_once_dask_gives_it_up(work, said, tmp_path, impatient):
    import dask
    from distributed import LocalCluster

    with (
        dask.config.set({"distributed.scheduler.worker-ttl": "2 s"}),
        LocalCluster(n_workers=0, processes=False, protocol="tcp://", host="127.0.0.1", silence_logs=50,
                     dashboard_address="127.0.0.1:0") as cluster,
        worker(cluster, tmp_path), worker(cluster, tmp_path),
    ):  # fmt: skip

        def freeze():
            wait_until(lambda: Path("asleep").exists() and Path("asleep").read_text(), 60)
            os.kill(int(Path("asleep").read_text()), signal.SIGSTOP)  # the one of the two that has the job

        threading.Thread(target=freeze).start()
        assert sorted(do(cluster, work, "sleeps", "a")) == ["a", "sleeps"]
