"""What a worker's process does: where it works, what it refuses, and that two never write one run."""

from __future__ import annotations

import errno
import fcntl
import os
import pickle
import sys
import threading
import time
from multiprocessing.connection import Pipe
from pathlib import Path

import pytest
from zpdgym.errors import CannotWrite, InputError
from zpdgym.experiments.cluster import hand
from zpdgym.experiments.cluster.errand import Seen, Session
from zpdgym.experiments.cluster.identity import differences, identity
from zpdgym.experiments.cluster.luggage import OWN_THERE
from zpdgym.experiments.cluster.task import Brought, Task, deliver


@pytest.fixture(autouse=True)
def somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("ZPDGYM_TRUST", "ZPDGYM_CONFIG_DIR"):
        monkeypatch.setenv(name, "")


def writes(argument, report):
    report(0.5)
    if argument == "full":
        raise CannotWrite("the disk is full")
    Path("results/run").mkdir(parents=True)
    Path("results/run/done").write_text(Path("mine.txt").read_text())
    return os.getcwd()


def at_once(argument, report):
    for word in ("begins", "ends"):
        with Path("log.txt").open("a") as log:
            log.write(f"{argument} {word}\n")
        time.sleep(0.1)


@pytest.fixture(autouse=True)
def locks(somewhere):
    Path("locks").mkdir()


def done(sent: Task) -> Brought:
    return pickle.loads(deliver(pickle.dumps(sent), lambda share: None))


def test_a_job_works_with_what_came_along_and_gives_back_what_it_wrote():
    Path("results/run").mkdir(parents=True)
    Path("results/run/old").touch()  # of the job before
    brought = done(Task(writes, "x", {"mine.txt": b"?"}, "results/run"))
    assert (brought.answer, brought.files) == (os.getcwd(), {"results/run/done": b"?"})
    assert done(Task(writes, "x", {"mine.txt": b"?"})).files == {}


def test_a_full_disk_of_a_worker_is_no_full_disk_of_the_command():
    with pytest.raises(OSError, match="the disk is full"):
        done(Task(writes, "full", {}))
    with pytest.raises(CannotWrite):
        done(Task(writes, "full"))


def test_two_never_write_one_run():
    both = [threading.Thread(target=done, args=(Task(at_once, name, lock="locks/run"),)) for name in "ab"]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    lines = Path("log.txt").read_text().split("\n")
    assert [line.partition(" ")[2] for line in lines[:4]] == ["begins", "ends", "begins", "ends"]


def test_a_disk_without_locks_is_named_with_the_way_out(monkeypatch):
    def refuse(handle, how):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(InputError, match=r"locks lies on a disk without locks .*: cluster\.shared=false has runs sent"):
        done(Task(at_once, "a", lock="locks/run"))
    with pytest.raises(InputError, match="cannot be seen from this worker any more"):
        done(Task(at_once, "a", lock="gone/run"))


def session(**given) -> Session:
    return Session(
        **{"token": "t", "folder": os.getcwd(), "sign": "", "shared": True, "trusted": "mine", "names": "",
           "identity": tuple(identity().items()), **given}
    )  # fmt: skip


def test_a_worker_works_on_the_command_s_disk_where_it_sees_it(tmp_path, monkeypatch):
    (tmp_path / "sign").touch()
    for name in ("command", "worker", "names"):
        (tmp_path / name).mkdir()
    seen = session(folder=str(tmp_path / "command"), sign=str(tmp_path / "sign"), names=str(tmp_path / "names"))
    monkeypatch.chdir("worker")
    assert hand._settle(seen)
    assert (os.getcwd(), sys.path[-1]) == (str(tmp_path / "command"), str(tmp_path / "command"))
    assert (os.environ["ZPDGYM_TRUST"], os.environ["ZPDGYM_CONFIG_DIR"]) == ("mine", str(tmp_path / "names"))


@pytest.mark.parametrize("why", ["not asked", "not seen"])
def test_elsewhere_it_works_in_a_folder_of_its_own(tmp_path, why):
    (tmp_path / "sign").touch()
    sign = str(tmp_path / ("sign" if why == "not asked" else "none"))
    assert not hand._settle(session(folder="/", sign=sign, shared=why != "not asked", names="/names"))
    assert os.getcwd() == str(tmp_path)
    assert os.environ["ZPDGYM_CONFIG_DIR"] == str(tmp_path / OWN_THERE)


def test_who_does_not_fit_says_so_and_unpickles_nothing():
    here, there = Pipe()
    here.send(session(identity=(("python", "3.1"), *list(identity().items())[1:])))
    hand.main([str(os.dup(there.fileno())), str(os.getppid())])  # it ends by itself
    seen: Seen = here.recv()
    assert not seen.fits
    assert differences(seen.identity, {"python": "3.1"}) == f"python {identity()['python']} there, 3.1 here"


def test_what_is_compared_is_said_in_words():
    ours = identity()
    assert differences(ours, ours) == ""
    assert {"python", "numpy", "torch", "distributed", "processor", "zpdgym's source"} <= set(ours)
    assert differences({}, {"numpy": "2", "zpdgym's source": "x"}) == (
        "numpy unknown there, 2 here, zpdgym's source differs"
    )
