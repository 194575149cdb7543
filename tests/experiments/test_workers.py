"""Jobs in worker processes: in their order, and with their failures told while the others are done."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest
from zpdgym.errors import CannotWrite
from zpdgym.experiments import workers

WORK = """
import os
import signal
import sys
import time
from pathlib import Path
from zpdgym.errors import CannotWrite, InputError

def work(argument, report):
    name, _, folder = argument.partition(" ")
    report(0.5)
    if name == "wrong":
        raise InputError("give something else")
    if name == "bug":
        raise KeyError("ours")
    if name == "leaves":
        sys.exit("enough")
    if name == "lacks":
        import package_that_is_not_there
    if name == "full":
        raise CannotWrite("x cannot be written")
    if name == "exits":
        os._exit(9)
    if name in ("killed", "crashes"):
        os.kill(os.getpid(), signal.SIGKILL if name == "killed" else signal.SIGSEGV)
    tries = Path(folder) / name if folder else None
    if name in ("once", "large") and not tries.exists():
        tries.touch()
        if name == "large":
            raise MemoryError("too large")
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "slow":
        time.sleep(0.5)
        (Path(folder) / "slow").touch()
    if name == "once":
        assert (Path(folder) / "slow").exists(), "somebody was beside it"
    return os.getpid()
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    (tmp_path / "work_module.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    import work_module

    yield work_module.work
    sys.modules.pop("work_module", None)


def do(work, jobs, n, *, there=()):
    """What was done, in order, and why the others failed."""
    done, failed = {}, {}

    def fail(name, why):
        failed[name] = why
        return name in there

    workers.run_jobs(
        work,
        [workers.Job(name.partition(" ")[0], name, frozenset(after)) for name, after in jobs],
        workers=n,
        on_progress=lambda name, share: None,
        on_done=done.__setitem__,
        on_failed=fail,
    )
    return done, failed


@pytest.mark.parametrize("n", [1, 2])
def test_jobs_wait_for_what_they_need(work, n):
    done = list(do(work, [("c", ["b"]), ("b", ["a"]), ("a", ["elsewhere"]), ("d", [])], n)[0])
    assert sorted(done) == ["a", "b", "c", "d"]
    assert done.index("a") < done.index("b") < done.index("c")


def test_workers_are_other_processes(work):
    assert os.getpid() not in do(work, [("a", []), ("b", [])], 2)[0].values()


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("wrong", "give something else"),
        ("bug", "KeyError: 'ours' (work_module.py:LINE)"),
        ("leaves", "SystemExit: enough (work_module.py:LINE)"),
        ("lacks", "the package 'package_that_is_not_there' is not installed (work_module.py:LINE)"),
    ],
)
def test_a_job_that_raises_stops_no_other(work, argument, said, n):
    done, failed = do(work, [(argument, []), ("other", []), ("later", ["other"])], n)
    assert list(done) == ["other", "later"]
    line = next(i for i, text in enumerate(WORK.splitlines(), 1) if f'"{argument}"' in text) + 1
    assert failed[argument].said == said.replace("LINE", str(line))
    assert "Traceback" in failed[argument].told


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("exits", "its process ended by itself, twice (exit code 9)"),
        ("killed", "its process was killed twice (SIGKILL), probably for lack of memory"),
        ("crashes", "its process crashed twice (SIGSEGV)"),
    ],
)
def test_a_worker_that_dies_twice_stops_no_other(work, argument, said):
    done, failed = do(work, [(argument, []), *((name, []) for name in "abcd")], 2)
    assert sorted(done) == ["a", "b", "c", "d"]
    assert failed[argument].said == said


@pytest.mark.parametrize("name", ["once", "large"])
def test_a_worker_that_died_or_lacked_memory_is_tried_again_alone(work, name, tmp_path):
    done, failed = do(work, [(f"{name} {tmp_path}", []), (f"slow {tmp_path}", []), ("after", [name])], 2)
    assert failed == {}
    assert list(done) == ["slow", name, "after"]


@pytest.mark.parametrize("n", [1, 2])
def test_who_waits_for_a_failed_job_is_told_its_name(work, n):
    done, failed = do(work, [("bug", []), ("b", ["bug"]), ("c", ["b"]), ("d", [])], n)
    assert list(done) == ["d"]
    assert [failed[name].said for name in "bc"] == ["waits for bug, which failed"] * 2
    done, failed = do(work, [("bug", []), ("b", ["bug"])], n, there=("bug",))
    assert (list(done), list(failed)) == (["b"], ["bug"])


@pytest.mark.parametrize("n", [1, 2])
def test_a_full_disk_ends_everything(work, n):
    with pytest.raises(CannotWrite, match="x cannot be written"):
        do(work, [("full", []), ("other", []), ("later", [])], n)


def test_lack_of_memory_is_named(monkeypatch):
    monkeypatch.setattr(workers, "_LONGEST", 3)
    assert "memory" in workers.Failed.died(-signal.SIGKILL).said
    try:
        raise MemoryError("too large")
    except MemoryError as error:
        failed = workers.Failed.of(error)
    assert failed.again
    assert failed.said.startswith("not enough memory: MemoryError: too (")


def test_jobs_that_wait_for_each_other_are_a_bug(work):
    with pytest.raises(ValueError, match="wait for each other"):
        do(work, [("a", ["b"]), ("b", ["a"])], 1)


SCRIPT = """
    from zpdgym.experiments import workers
    import work_module
    jobs = [workers.Job(name, name) for name in "ab"]
    done, failed = {}, {}
    workers.run_jobs(work_module.work, jobs, workers=2, on_progress=lambda *_: None,
                     on_done=done.__setitem__, on_failed=failed.__setitem__)
    print(sorted(done), failed)
"""


@pytest.mark.parametrize("how", ["file", "stdin", "-c"])
def test_a_script_needs_no_main_guard(work, tmp_path, how):
    text = textwrap.dedent(SCRIPT)
    (tmp_path / "script.py").write_text(text)
    command = {"file": ["script.py"], "stdin": ["-"], "-c": ["-c", text]}[how]
    told = subprocess.run(
        [sys.executable, *command], input=text, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (told.stdout, told.stderr) == ("['a', 'b'] {}\n", "")
