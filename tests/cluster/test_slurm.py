"""Jobs of Slurm: what is asked of it, and, where there is one (Debian's ``slurm-wlm`` will do), a comparison."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from zpdgym.errors import InputError, RunsFailed
from zpdgym.experiments.cluster import slurm
from zpdgym.experiments.cluster.clusters import SlurmCluster
from zpdgym.experiments.cluster.slurm import FOLDER, Hired
from zpdgym.experiments.comparison.compare import compare

from tests.cluster.hosts import wait_until
from tests.experiments.comparison.small import TINY, contents

pytest.importorskip("distributed")
pytest.importorskip("submitit")
pytest.importorskip("cryptography")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


class Queue:
    """Slurm's commands, made up: what was asked for, and how many jobs are in the queue."""

    def __init__(self, monkeypatch) -> None:
        self.asked, self.number, self.refused = list[dict[str, object]](), 0, ""
        monkeypatch.setattr(slurm.subprocess, "run", self.run)
        monkeypatch.setattr(slurm, "EVERY", 0.0)
        monkeypatch.setattr("submitit.AutoExecutor", self.executor)

    def run(self, words, **how):
        if words[0] == "squeue":
            lines = "".join(f"7_{n}\n" for n in range(self.number))
            return SimpleNamespace(returncode=bool(self.refused), stdout=lines, stderr=self.refused)
        return SimpleNamespace(returncode=0, stdout="", stderr="")

    def executor(self, folder, cluster):
        def map_array(work, addresses, folders):
            self.number += len(addresses)
            return [SimpleNamespace(job_id="7_0")]

        return SimpleNamespace(update_parameters=lambda **given: self.asked.append(given), map_array=map_array)


@pytest.fixture
def queue(monkeypatch):
    return Queue(monkeypatch)


def hired(number=2, **asked) -> Hired:
    return Hired(SlurmCluster(**asked), number, Path("jobs"), SimpleNamespace(scheduler_address="tls://x:1"), None)  # type: ignore[arg-type]


def test_jobs_are_asked_for_once_and_again_when_they_end(queue):
    jobs = hired(2, partition="short", account="me", minutes=30, memory=2.5, options={"qos": "low"})
    jobs.keep_up(0)
    assert queue.asked == [
        {"name": "zpdgym", "timeout_min": 30, "mem_gb": 2.5, "cpus_per_task": 1, "slurm_array_parallelism": 2,
         "slurm_additional_parameters": {"qos": "low"}, "slurm_partition": "short", "slurm_account": "me"}
    ]  # fmt: skip
    jobs.keep_up(1)
    assert len(queue.asked) == 1
    queue.number = 1  # one came to its time limit
    jobs.keep_up(1)
    assert (queue.asked[1]["slurm_array_parallelism"], jobs.jobs) == (1, 3)
    queue.refused = "slurm_load_jobs error: Unable to contact slurm controller"
    jobs.keep_up(1)
    queue.number, queue.refused = 0, "slurm_load_jobs error: Invalid job id specified"
    jobs.keep_up(1)
    assert len(queue.asked) == 3


def test_jobs_that_end_before_they_are_of_use_are_not_asked_for_for_ever(queue):
    jobs = hired(2)
    for _ in range(3):
        jobs.keep_up(0)
        queue.number = 0
    with pytest.raises(RunsFailed, match=r"^6 jobs of Slurm ended without a worker: jobs holds what they said"):
        jobs.keep_up(0)


def test_a_refusal_of_slurm_is_told(queue, monkeypatch):
    from submitit.core.utils import FailedJobError

    def refuse(**given):
        def map_array(*arguments):
            raise FailedJobError("sbatch: error:\n invalid partition specified: shrot")

        return SimpleNamespace(update_parameters=lambda **given: None, map_array=map_array)

    monkeypatch.setattr("submitit.AutoExecutor", refuse)
    with pytest.raises(RunsFailed, match=r"^Slurm refuses the jobs: sbatch: error: invalid partition specified"):
        hired().keep_up(0)


def test_without_slurm_that_is_said(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda program: None)
    with pytest.raises(InputError, match="there is no sbatch here"):
        compare(TINY, results="results", jobs=2, cluster=SlurmCluster())
    assert not Path("results").exists()
    assert not Path(FOLDER).exists()


def test_what_slurm_refuses_is_said_before_anything_is_written(queue, monkeypatch):
    tried = list[list[str]]()

    def refuse(words, **how):
        tried.append(words)
        return SimpleNamespace(returncode=1, stdout="", stderr="sbatch: error:\n invalid partition: shrot")

    monkeypatch.setattr(slurm.subprocess, "run", refuse)
    monkeypatch.setattr(shutil, "which", lambda program: program)
    asked = SlurmCluster(partition="shrot", minutes=5, memory=1.5, options={"qos": "low"})
    with pytest.raises(InputError, match=r"^cluster=slurm: sbatch: error: invalid partition: shrot$"):
        compare(TINY, results="results", jobs=2, cluster=asked)
    assert tried == [
        ["sbatch", "--test-only", "--wrap=true", "--ntasks=1", "--mem=1536M", "--partition=shrot", "--time=5",
         "--qos=low"]
    ]  # fmt: skip
    assert not Path("results").exists()
    assert not Path(FOLDER).exists()


def test_a_host_that_is_none_of_this_machine_s_is_refused(monkeypatch):
    monkeypatch.setattr(slurm, "_must_be_taken", lambda asked: None)
    with pytest.raises(InputError, match=r"^cluster\.host=nowhere\.invalid: nobody can connect to this"):
        compare(TINY, results="results", jobs=2, cluster=SlurmCluster(host="nowhere.invalid"))
    assert not Path("results").exists()
    assert not list(Path(FOLDER).iterdir())


@pytest.fixture
def real():
    if shutil.which("sinfo") is None or subprocess.run(["sinfo"], capture_output=True, check=False).returncode:
        pytest.skip("there is no Slurm here: cluster=slurm is not tried")


@pytest.mark.slow
def test_a_comparison_by_slurm_has_the_same_bytes(real, tmp_path):
    there = compare(TINY, results=tmp_path / "there", jobs=2, cluster=SlurmCluster(memory=1))
    here = compare(TINY, results=tmp_path / "here", jobs=1)
    assert contents(there.folder) == contents(here.folder)
    assert not list(Path(FOLDER).rglob("*.pem"))
    wait_until(lambda: not subprocess.run(["squeue", "-h"], capture_output=True, check=True).stdout, 60)
