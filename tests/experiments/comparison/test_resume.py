"""A comparison that was changed or killed goes on where it was, and ends with the same bytes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from zpdgym.errors import InputError
from zpdgym.experiments.comparison.compare import compare
from zpdgym.experiments.store.runs import Run

from benchmarks.safety import kills
from tests.experiments.comparison.small import TINY, contents
from tests.helpers import quiet

OWN_POLICY = '''
import time
from zpdgym.agents.baselines.fixed import Linear
from own_help import PAUSE


class Mine(Linear):
    """Linear teaching by a teacher who takes his time."""

    name = "mine"

    def choose(self, observation, masks, u):
        time.sleep(PAUSE)
        return super().choose(observation, masks, u)
'''


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder with a policy of the user's own."""
    (tmp_path / "own_policy.py").write_text(OWN_POLICY)
    (tmp_path / "own_help.py").write_text("PAUSE = 0.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in ("own_policy", "own_help"):
        sys.modules.pop(name, None)


def test_editing_an_own_policy_makes_its_runs_new_and_no_others(own):
    spec = TINY | {"policies": [{"_target_": "own_policy.Mine"}]}
    first = compare(spec, results=own / "results", **quiet())
    assert Run(first.folder / "Tiny-v0" / "mine" / "seed0").has("lessons.npz")
    (own / "own_help.py").write_text("PAUSE = 0\n")
    with pytest.raises(InputError, match=r"mine/seed0 was made with something else: own_help\.py changed"):
        compare(spec, results=own / "results", **quiet())
    again = compare(spec, results=own / "results", **quiet(rerun=True))
    assert again.made == 1
    assert (first.folder / "Tiny-v0" / "mine" / "seed0.old-1" / "done").is_file()


SCRIPT = """
import json, sys
from zpdgym.experiments.comparison.compare import compare

if __name__ == "__main__":
    compare(json.loads(sys.argv[1]), results=sys.argv[2], jobs=2)
"""

SLOW = TINY | {"policies": [{"_target_": "own_policy.Mine"}, "ppo_scorer"]}


def start(folder, spec, results):
    (folder / "script.py").write_text(SCRIPT)
    command = [sys.executable, str(folder / "script.py"), json.dumps(spec), str(results)]
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "100"}
    with (folder / "printed.txt").open("w") as printed:
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdout=printed, stderr=subprocess.STDOUT, start_new_session=True
        )


def children(pid):
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_comparison_goes_on_and_ends_with_the_same_bytes(own, how):
    pytest.importorskip("stable_baselines3")
    spec = SLOW if how == signal.SIGKILL else SLOW | {"policies": SLOW["policies"][:1]}
    whole = compare(spec, results=own / "whole", **quiet())
    # a teacher so slow that the kill meets him in the middle of his run
    (own / "own_help.py").write_text("PAUSE = 1.5\n")
    process = start(own, spec, own / "killed")
    folder = own / "killed" / "tiny" / "Tiny-v0"
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        done = {path.parent.parent.name for path in folder.glob("*/seed*/done")}
        if len(done) >= 2 and (folder / "mine" / "seed0").is_dir():
            break
        assert process.poll() is None, (own / "printed.txt").read_text()
        time.sleep(0.02)
    helpers = children(process.pid)
    os.kill(process.pid, how)
    process.wait(timeout=20)
    finished = {p.parent: p.stat().st_mtime_ns for p in folder.glob("*/seed*/done")}
    unfinished = [p for p in folder.glob("*/seed*") if p not in finished]
    assert finished
    assert unfinished
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and any(alive(pid) for pid in helpers):
        time.sleep(0.1)
    assert not any(alive(pid) for pid in helpers)
    (own / "own_help.py").write_text("PAUSE = 0.0\n")
    resumed = compare(spec, results=own / "killed", **quiet())
    assert 0 < resumed.made < whole.made
    assert all((p / "done").stat().st_mtime_ns == when for p, when in finished.items())
    assert contents(resumed.folder) == contents(whole.folder)


@pytest.mark.slow
def test_two_processes_write_what_one_writes(tmp_path):
    """With lives, and with a teacher whose training leaves checkpoints."""
    spec = TINY | {"policies": ["linear", kills.LEARNER], "n_students": 20, "n_validation": 10, "lives": 3}
    one = compare(spec, results=tmp_path / "one", **quiet())
    two = compare(spec, results=tmp_path / "two", **quiet(jobs=2))
    assert contents(one.folder) == contents(two.folder)
    assert Run(two.folder / "Tiny-v0" / "scorer" / "seed1").has("lives.npz")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kills process groups")
def test_kills_at_writes_and_moments_leave_the_same_files(tmp_path):
    """``python -m benchmarks.safety.kills`` does the same a hundred times."""
    found = list(kills.tried(kills.Comparison(tmp_path), 6))
    assert sum(len(chain.kills) for chain in found) == 6
    assert [chain.differ for chain in found] == [[]] * len(found)


def test_a_file_that_differs_after_a_kill_would_be_seen(tmp_path):
    """So that the comparison of files can fail."""
    comparison = kills.Comparison(tmp_path)
    for name, number in (("a", "1"), ("b", "2")):
        run = tmp_path / name / "killed" / "seed0"
        run.mkdir(parents=True)
        (run / "run.json").write_text(json.dumps({"seconds": number, "checksum": number, "kind": "x"}))
        (run / "students.csv").write_text(name + number)
    first, second = comparison.files("a"), comparison.files("b")
    assert {name for name in first if first[name] != second[name]} == {"killed/seed0/students.csv"}
    kinds = list(kills.moments(100, writes=150, starts=1.0, ends=10.0))
    assert len(set(kinds)) > 80
    assert {kill.how for kill in kinds if kill.write} == set(kills.HOW)
