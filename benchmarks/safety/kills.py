"""A comparison is killed at many moments; repeated, it must end with the files of one that nobody disturbed.

``python -m benchmarks.safety.kills --kills 100``. The comparison has two processes, a training with checkpoints, and
lives. It is killed several times before it is let go to its end. Every second kill comes at the k-th write of a file,
in turn before it is moved into its place, right after, and with only half of it on disk; the others at a moment. Every
second comparison was finished before with other test students, so that it is evaluated again. A kill of each comes
between training and evaluation, or when the old evaluation is laid aside. The signal is SIGKILL, to the command and its
workers at once. Of the files only timings are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

LEARNER = {
    "_target_": "zpdgym.agents.ScorerPPO",
    "name": "scorer",
    "trainer": "fast",  # the one that writes checkpoints
    "reward": "gain",
    "ready": 0.5,
    "rollout": 256,
    "batch": 128,
}
SPEC: dict[str, object] = {
    "name": "killed",
    "scenarios": ["Tiny-v0"],
    "policies": ["linear", LEARNER],
    "seeds": 1,
    "n_students": 40,
    "n_validation": 20,
    "tune_budget": 2,
    "lessons": 6000,
    "lives": 3,
    "tracking": "none",
}
FEWER = 25
"""Test students of a comparison that is then evaluated again."""
BETWEEN, ASIDE = "scorer/seed0/prepared", "scorer/seed0.old-1"
"""What is moved into its place between training and evaluation, and before an evaluation is repeated."""
IN_A_ROW = 10
"""So many kills before a comparison is let go to its end."""
COMMAND = """
import json, sys
from zpdgym import compare
compare(json.loads(sys.argv[1]), results=sys.argv[2], jobs=2)
"""
AT_A_WRITE = '''
"""Counts the files that the command and its workers move into their places, and kills all of them at one of those."""
import os


def counted(move):
    def moved(source, target, **more):
        with open(os.environ["KILLS_COUNT"], "ab") as count:
            count.write(b".")
            number = count.tell()
        name = os.environ["KILLS_NAME"]
        if number == int(os.environ["KILLS_AT"]) or (name and os.fspath(target).endswith(name)):
            if os.environ["KILLS_HOW"] == "cut" and os.path.isfile(source):
                os.truncate(source, os.path.getsize(source) // 2)
            if os.environ["KILLS_HOW"] == "after":
                move(source, target, **more)
            os.killpg(os.getpgid(0), 9)
        move(source, target, **more)

    return moved


os.replace, os.rename = counted(os.replace), counted(os.rename)
'''
HOW = ("before", "after", "cut")


@dataclass(frozen=True)
class Kill:
    """When to kill.

    Attributes:
        write: at the k-th write, from 1; 0: at a moment.
        how: before, after or in the middle of that write.
        seconds: after the start.
        name: how the name of the file or folder ends at whose write it is; "": whatever is written.
    """

    write: int = 0
    how: str = "before"
    seconds: float = 0.0
    name: str = ""

    def __str__(self) -> str:
        if self.name:
            return f"{self.how} {self.name}"
        return f"{self.how} write {self.write}" if self.write else f"after {self.seconds:.1f} s"


def moments(kills: int, *, writes: int, starts: float, ends: float) -> Iterator[Kill]:
    """So many kills, at a write and at a moment in turn, spread evenly over what one start may come to.

    Args:
        kills: how many.
        writes: how many files an undisturbed comparison moves into their places.
        starts: after so many seconds it makes the first of them.
        ends: after so many seconds it is done.
    """
    for i in range(kills):
        share = (i // 2 * 0.6180339887) % 1  # the golden ratio: evenly spread however many there are
        if i % 2:
            yield Kill(seconds=starts + share * 2 * (ends - starts) / IN_A_ROW)
        else:
            yield Kill(write=1 + int(share * 2 * writes / IN_A_ROW), how=HOW[i // 2 % 3])


class Comparison:
    """The small comparison, run in processes of its own below a folder.

    Args:
        folder: for everything.
        spec: what is compared.
    """

    def __init__(self, folder: Path, spec: dict[str, object] | None = None) -> None:
        self.folder, self.spec = folder, spec or SPEC
        (folder / "sitecustomize.py").write_text(AT_A_WRITE, encoding="utf-8")

    def run(self, name: str, kill: Kill | None = None, **other: object) -> bool:
        """Run it, or kill it; whether it came to its end.

        Args:
            name: the folder.
            kill: when.
            other: what is set otherwise.
        """
        (self.folder / "count").write_bytes(b"")
        at = {"KILLS_COUNT": str(self.folder / "count"), "KILLS_AT": str(kill.write if kill else 0)}
        at |= {"KILLS_HOW": kill.how if kill else "", "KILLS_NAME": kill.name if kill else ""}
        at |= {"PYTHONPATH": str(self.folder), "COLUMNS": "100"}
        command = [sys.executable, "-c", COMMAND, json.dumps(self.spec | other), str(self.folder / name)]
        with (self.folder / "printed.txt").open("w") as printed:
            process = subprocess.Popen(
                command, cwd=self.folder, env=os.environ | at, stdout=printed, stderr=printed, start_new_session=True
            )
            try:
                code = process.wait(kill.seconds if kill and kill.seconds else None)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                code = process.wait()
        if code not in (0, -signal.SIGKILL) or (code and not kill):
            raise RuntimeError(f"exit code {code}: {(self.folder / 'printed.txt').read_text(encoding='utf-8')}")
        return code == 0

    @property
    def writes(self) -> int:
        """How many files were moved into their places since the last start."""
        return (self.folder / "count").stat().st_size

    def files(self, name: str) -> dict[str, bytes]:
        """Every file without timings, and without the folder's own name; but for what was laid aside."""
        folder = self.folder / name
        return {
            path.relative_to(folder).as_posix(): _timeless(path).replace(name.encode(), b"")
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != ".lock" and ".old-" not in path.relative_to(folder).as_posix()
        }

    def finished(self, name: str) -> int:
        """How many runs are finished."""
        return sum(".old-" not in path.parent.name for path in (self.folder / name).rglob("seed*/done"))


def _timeless(path: Path) -> bytes:
    if path.name != "run.json":
        return path.read_bytes()
    origin = json.loads(path.read_text(encoding="utf-8"))
    return json.dumps({key: value for key, value in origin.items() if key not in ("seconds", "checksum")}).encode()


@dataclass(frozen=True)
class Tried:
    """A comparison that was killed and repeated.

    Attributes:
        again: whether it was finished before with other test students.
        kills: each with how many runs were finished then.
        differ: the files that are not those of an undisturbed one.
    """

    again: bool
    kills: Sequence[tuple[Kill, int]]
    differ: Sequence[str]


def tried(comparison: Comparison, kills: int) -> Iterator[Tried]:
    """Kill until there were so many kills; a comparison that comes to its end before is no kill."""
    comparison.run("undisturbed-warm")  # kernels are compiled now, not while time is measured
    started = time.monotonic()
    comparison.run("undisturbed")
    ends, writes, whole = time.monotonic() - started, comparison.writes, comparison.files("undisturbed")
    started = time.monotonic()
    comparison.run("only-started", Kill(write=1))
    starts = time.monotonic() - started
    every = moments(3 * kills, writes=writes, starts=starts, ends=ends)
    done, chain = 0, 0
    while done < kills:
        name, hits, ended = f"killed-and-repeated-{chain}", list[tuple[Kill, int]](), False
        again = bool(chain % 2)
        if again:
            comparison.run(name, n_students=FEWER)
        while len(hits) < min(IN_A_ROW, kills - done) and not ended:
            kill = next(every)
            if again and not hits:
                kill = Kill(how=HOW[chain % 3], name=ASIDE)
            elif not again and len(hits) == min(IN_A_ROW, kills - done) - 1:
                kill = Kill(how="after", name=BETWEEN)
            ended = comparison.run(name, kill)
            hits += [] if ended else [(kill, comparison.finished(name))]
        comparison.run(name)
        found = comparison.files(name)
        done, chain = done + len(hits), chain + 1
        yield Tried(again, hits, sorted(n for n in whole.keys() | found.keys() if whole.get(n) != found.get(n)))


def main() -> None:
    """Print every kill, and how many comparisons ended with other files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    kills = parser.parse_args().kills
    started, chains = time.monotonic(), list[Tried]()
    print("# Killed and repeated\n")
    command = f"python -m benchmarks.safety.kills --kills {kills}"
    print(f"Made by `{command}`; what it promises: [compare](../verbs/compare.md).\n")
    print("| evaluated again | killed (runs finished by then) | files that differ afterwards |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for found in tried(Comparison(Path(folder)), kills):
            chains.append(found)
            killed = "; ".join(f"{kill} ({finished})" for kill, finished in found.kills)
            print(f"| {'yes' if found.again else 'no'} | {killed} | {', '.join(found.differ) or 'none'} |", flush=True)
    differ, count = sum(bool(found.differ) for found in chains), sum(len(found.kills) for found in chains)
    seconds = time.monotonic() - started
    print(f"\n{count} kills of {len(chains)} comparisons; {differ} ended with other files. {seconds:.0f} s.")


if __name__ == "__main__":
    main()
