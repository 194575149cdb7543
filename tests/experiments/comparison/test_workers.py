"""Jobs in worker processes: in their order, and with their failures told."""

import os
import sys

import pytest
from zpdgym.errors import Failure, InputError
from zpdgym.experiments.store import workers

WORK = """
import os
from zpdgym.errors import InputError

def work(argument, report):
    report(0.5)
    if argument == "wrong":
        raise InputError("give something else")
    if argument == "bug":
        raise KeyError("ours")
    if argument == "dies":
        os._exit(9)
    return os.getpid()
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    (tmp_path / "work_module.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    import work_module

    yield work_module.work
    sys.modules.pop("work_module", None)


def do(work, jobs, n):
    done = []
    workers.run_jobs(
        work,
        [workers.Job(name, name, frozenset(after)) for name, after in jobs],
        workers=n,
        on_progress=lambda name, share: None,
        on_done=lambda name, answer: done.append((name, answer)),
    )
    return done


@pytest.mark.parametrize("n", [1, 2])
def test_jobs_wait_for_what_they_need(work, n):
    done = [name for name, _ in do(work, [("c", ["b"]), ("b", ["a"]), ("a", ["elsewhere"]), ("d", [])], n)]
    assert sorted(done) == ["a", "b", "c", "d"]
    assert done.index("a") < done.index("b") < done.index("c")


def test_workers_are_other_processes(work):
    assert os.getpid() not in {pid for _, pid in do(work, [("a", []), ("b", [])], 2)}


@pytest.mark.parametrize(
    ("argument", "error", "message"),
    [
        ("wrong", InputError, "give something else"),
        ("bug", Failure, r"^bug: KeyError: 'ours'$"),
        ("dies", RuntimeError, "exit code 9"),
    ],
)
def test_failures_in_workers_are_told(work, argument, error, message):
    with pytest.raises(error, match=message):
        do(work, [(argument, []), ("other", [])], 2)


def test_jobs_that_wait_for_each_other_are_a_bug(work):
    with pytest.raises(ValueError, match="wait for each other"):
        do(work, [("a", ["b"]), ("b", ["a"])], 1)
