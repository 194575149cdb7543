"""A comparison on several hosts: the same bytes as on one, whatever is lost in the middle.

The hosts are network namespaces of this machine. One of them does not see the folder of results, so its runs are sent
back; connections are encrypted. ``-s`` shows the log.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cluster.hosts import PORT, Hosts, several, wait_until
from tests.experiments.comparison.small import contents

pytest.importorskip("distributed")
POLICY = '''
import os
import time

class Waits:
    """Always an item that may be taught, after a while."""
    name, privileged, learnt, draws, needs = "waits", False, False, 0, frozenset()
    def __init__(self, *, item=0): self.item = item
    def bind(self, problem): pass
    def predict(self, observation, state=None, episode_start=None, deterministic=False, *, action_masks=None, u=None):
        time.sleep(float(os.environ.get("WAITS", "0")))
        return action_masks.argmax(axis=1), None
'''
RUNS = 18
"""More than one worker makes while the other is cut off, so that the scheduler is lost in the middle, too."""
SLOW = {"WAITS": "0.15"}
SMALL = ("scenario=tiny", "n_students=20", "n_validation=20", "tune_budget=2", "lives=2", "tracking=none")
CUT = 60.0


@pytest.fixture
def hosts(tmp_path):
    try:
        with several(["shares", "alone", "user"], tmp_path / "certificates") as found:
            yield found
    except OSError as error:
        pytest.skip(f"network namespaces are not allowed here: {error}")


class Command:
    """``zpdgym compare`` in a folder of its own, and what it says."""

    def __init__(self, folder: Path, *more: str, on: Hosts | None = None) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "waits.py").write_text(POLICY)
        for number in range(RUNS):
            (folder / f"waits{number}.yaml").write_text(f"_target_: waits.Waits\nname: waits{number}\nitem: {number}\n")
        policies = ",".join(f"waits{number}.yaml" for number in range(RUNS))
        words = [sys.executable, "-m", "zpdgym.scripts.cli", "compare", *SMALL, f"policies={policies},streak", *more]
        self.folder, self.said, self.began = folder, folder.parent / f"{folder.name}.log", time.monotonic()
        with self.said.open("wb") as log:
            self.process = subprocess.Popen(
                on.command("user", *words) if on else words, cwd=folder, stdout=log, stderr=log
            )

    @property
    def lines(self) -> list[str]:
        return self.said.read_text(encoding="utf-8").splitlines()

    def made(self) -> int:
        return len(list(self.folder.glob("results/comparison/*/*/seed*/done")))

    def under_way(self) -> bool:
        """Whether a run that takes its time is being made on this disk."""
        begun = self.folder.glob("results/comparison/*/waits*/seed0/config.yaml")
        return any(not path.with_name("done").exists() for path in begun)

    def tell(self, what: str) -> None:
        print(f"{time.monotonic() - self.began:5.0f} s  {self.made():2} runs made  {what}")

    def end(self, seconds: float) -> int:
        code = self.process.wait(seconds)
        print(
            "\n".join(
                f"         {line}" for line in self.lines if " s  " in line or "worker" in line or "sched" in line
            )
        )
        return code


@pytest.mark.slow
@pytest.mark.timeout(290)
def test_the_bytes_are_those_of_one_machine_whatever_is_lost(hosts, tmp_path):
    here, there = Command(tmp_path / "here"), tmp_path / "there"
    logs, worker = tmp_path / "logs", ("distributed.cli.dask_worker",)
    logs.mkdir()
    there.mkdir()
    hosts.serve("middle", logs / "middle.log", "distributed.cli.dask_scheduler", "--protocol", "tls",
                "--host", "0.0.0.0", "--port", str(PORT), environment={})  # fmt: skip
    for host, hide in (("shares", None), ("alone", there)):
        hosts.serve(host, logs / f"{host}.log", *worker, hosts.scheduler(host), "--nthreads", "1",
                    "--local-directory", str(tmp_path / host), hide=hide, environment=SLOW)  # fmt: skip
    assert here.end(120) == 0
    shown = [f"cluster.{key}={hosts.certificates / file}" for key, file in
             (("ca", "ca.pem"), ("cert", "cert.pem"), ("key", "key.pem"))]  # fmt: skip
    command = Command(there, "cluster=dask", f"cluster.address={hosts.scheduler('user')}", *shown, on=hosts)

    def said(words: str) -> bool:
        assert command.process.poll() is None, command.lines[-5:]
        return any(words in line for line in command.lines)

    wait_until(lambda: command.made() >= 2 and command.under_way() and not said("elsewhere"), 60)
    command.tell("one worker is killed")
    hosts.kill("shares")
    wait_until(lambda: said("is made elsewhere"), 40)
    command.tell("it is noticed; the cable of the other host is pulled out")
    cut = time.monotonic()
    hosts.cable("alone", "down")
    wait_until(lambda: time.monotonic() - cut >= CUT, CUT + 5)
    hosts.cable("alone", "up")
    command.tell("the cable is in again")
    wait_until(lambda: sum("is made elsewhere" in line for line in command.lines) >= 2, 30)
    command.tell("the scheduler is killed")
    hosts.kill("middle")
    wait_until(lambda: said("is back"), 60)
    command.tell("it is back")
    assert command.end(120) == 0
    command.tell("the comparison is over")
    assert contents(there / "results" / "comparison") == contents(tmp_path / "here" / "results" / "comparison")
    assert not (there / "results" / "comparison" / ".elsewhere").exists()
