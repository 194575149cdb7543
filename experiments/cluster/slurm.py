"""Jobs of Slurm that are Dask workers: they are asked for with submitit, and find the scheduler that runs here."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from zpdgym.errors import InputError, RunsFailed
from zpdgym.files import make_folder
from zpdgym.notes import say

if TYPE_CHECKING:
    from distributed import Client, LocalCluster, Security

    from .clusters import SlurmCluster

FOLDER = ".zpdgym-jobs"
"""Where jobs of Slurm keep their files, below the current folder."""
EVERY = 15.0
"""Seconds between two looks at Slurm's queue."""
AGAIN = 3
"""So many jobs per worker that end before they are of any use: then something is wrong."""
NO_PAGE = "127.0.0.1:0"
"""Dask serves a page about itself in any case: at least nobody else reads it."""
_NO_SCHEDULER = "120"
"""Seconds that a job waits for a scheduler that does not answer."""
_FILES = {"ca": "ca.pem", "cert": "cert.pem", "key": "key.pem"}


@dataclass
class Hired:
    """The jobs of one command.

    Attributes:
        asked: what the user said.
        number: how many are wanted.
        folder: their files.
        scheduler: of Dask, in this process.
        security: the certificate of all.
        arrays: Slurm's numbers of the arrays of jobs.
        jobs: how many jobs there were so far.
    """

    asked: SlurmCluster
    number: int
    folder: Path
    scheduler: LocalCluster
    security: Security
    arrays: list[str] = field(default_factory=list)
    jobs: int = 0
    looked: float = 0.0
    alive: int = 0

    @classmethod
    @contextmanager
    def by(cls, asked: SlurmCluster, number: int) -> Generator[Hired]:
        """A scheduler, and jobs as soon as they are needed.

        Raises:
            InputError: there is no Slurm here.
        """
        from distributed import LocalCluster, Security

        _must_be_taken(asked)
        security = Security.temporary()
        folder = Path(FOLDER, secrets.token_hex(4)).resolve()
        make_folder(folder)
        folder.chmod(0o700)
        for name, file in _FILES.items():
            content = security.get_tls_config_for_role("worker")[f"{name}_file" if name == "ca" else name]
            path = folder / file
            path.touch(0o600)
            path.write_text(content)
        host = asked.host or _own_address()
        try:
            scheduler = LocalCluster(
                n_workers=0,
                host=host,
                protocol="tls://",
                security=security,
                dashboard_address=NO_PAGE,
                silence_logs=50,
            )
        except (RuntimeError, OSError) as error:
            shutil.rmtree(folder)
            raise InputError(f"cluster.host={host}: nobody can connect to this machine by that ({error})") from error
        hired = cls(asked, number, folder, scheduler, security)
        try:
            yield hired
        finally:
            for array in hired.arrays:
                subprocess.run(["scancel", array], capture_output=True, check=False)
            scheduler.close()
            for file in _FILES.values():
                (folder / file).unlink(missing_ok=True)

    @property
    def address(self) -> str:
        """Of the scheduler."""
        return str(self.scheduler.scheduler_address)

    def connect(self) -> Client:
        """A client of the scheduler."""
        from distributed import Client

        return Client(self.address, security=self.security, set_as_default=False)

    def keep_up(self, present: int) -> None:
        """Ask for jobs where some are missing.

        Args:
            present: how many workers there are.

        Raises:
            RunsFailed: Slurm refuses them, or they end before they are of any use.
        """
        if self.jobs and time.monotonic() - self.looked < EVERY:
            return
        self.looked = time.monotonic()
        self.alive = self._in_queue() if self.arrays else 0
        missing = self.number - self.alive
        if missing > 0 and not present and self.jobs >= AGAIN * self.number:
            raise RunsFailed(f"{self.jobs} jobs of Slurm ended without a worker: {self.folder} holds what they said")
        if missing > 0:
            self._hire(missing)

    def _hire(self, number: int) -> None:
        from submitit import AutoExecutor
        from submitit.core.utils import FailedJobError

        executor = AutoExecutor(folder=self.folder, cluster="slurm")
        executor.update_parameters(**self._parameters(number))
        try:
            jobs = executor.map_array(work_for, [self.address] * number, [str(self.folder)] * number)
        except FailedJobError as error:
            raise RunsFailed(f"Slurm refuses the jobs: {' '.join(str(error).split())}") from error
        self.arrays.append(jobs[0].job_id.partition("_")[0])
        self.jobs += number
        say(f"asked Slurm for {number} job{'s' * (number > 1)} (array {self.arrays[-1]})")

    def _parameters(self, number: int) -> dict[str, object]:
        asked = self.asked
        given = {"slurm_partition": asked.partition, "slurm_account": asked.account}
        return {
            "name": "zpdgym",
            "timeout_min": asked.minutes,
            "mem_gb": asked.memory,
            "cpus_per_task": 1,
            "slurm_array_parallelism": number,
            "slurm_additional_parameters": asked.options,
            **{name: value for name, value in given.items() if value is not None},
        }

    def _in_queue(self) -> int:
        """How many of the jobs run or wait; all of them where Slurm does not answer now."""
        told = subprocess.run(
            ["squeue", "-h", "-r", "-o", "%i", "-j", ",".join(self.arrays)], capture_output=True, text=True, check=False
        )
        if told.returncode and "Invalid job id" not in told.stderr:
            return self.number
        return len(told.stdout.split())


def work_for(address: str, folder: str) -> int:
    """What a job of Slurm does: it is a worker until the scheduler ends."""
    shown = [f"--tls-{'ca-file' if name == 'ca' else name}={Path(folder, file)}" for name, file in _FILES.items()]
    worker = [sys.executable, "-P", "-m", "distributed.cli.dask_worker", address, "--nthreads", "1"]
    return subprocess.run(
        [*worker, "--no-dashboard", "--dashboard-address", NO_PAGE, "--death-timeout", _NO_SCHEDULER, *shown],
        env=dict(os.environ),
        check=False,
    ).returncode


def _must_be_taken(asked: SlurmCluster) -> None:
    """Refuse what Slurm would refuse, before anything is written.

    Raises:
        InputError: it does, or there is no Slurm here.
    """
    if shutil.which("sbatch") is None:
        raise InputError("cluster=slurm: there is no sbatch here; start the command where jobs are submitted")
    wanted = {"partition": asked.partition, "account": asked.account, "time": asked.minutes, **asked.options}
    words = [f"--{name}={value}" for name, value in wanted.items() if value is not None]
    memory = f"--mem={int(asked.memory * 1024)}M"
    tried = ["sbatch", "--test-only", "--wrap=true", "--ntasks=1", memory, *words]
    told = subprocess.run(tried, capture_output=True, text=True, check=False)
    if told.returncode:
        raise InputError(f"cluster=slurm: {' '.join(told.stderr.split())}")


def _own_address() -> str:
    """The address by which other machines reach this one, as far as it can tell."""
    from distributed.utils import get_ip

    return str(get_ip())
