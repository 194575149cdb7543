"""A contributor's loop: lint, types and the nearest tests of what changed, in under a minute; ``make check``.

What changed is what differs from where this branch left ``main``, with everything that is not committed. Tests run in
the order of their distance: tests that changed and the mirrored ones, the house rules, then those that import what
changed, directly or through others. Those for which there was no time are said; ``make test`` runs everything.
"""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from zpdgym.lazy import public_names

from tests.tools import imports

BIN = Path(sys.executable).parent
GENERIC = {
    "student": "tests/students/test_all_students.py",
    "policy": "tests/agents/test_policies.py",
    "belief": "tests/envs/beliefs/test_all_beliefs.py",
}
"""Kind -> the tests that every one of it must pass, by its name in brackets."""
HOUSE = ("tests/test_house.py", "tests/tools/test_ratchet.py")
LAST_START, HARD_STOP = 42.0, 55.0
"""Seconds after the beginning: no test is begun any more; everything ends."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what changed; how many of the checks failed."""
    started = time.monotonic()
    argparse.ArgumentParser(prog="python -m tests.tools.check", description=__doc__).parse_args(arguments)
    changed = changed_files()
    if not changed:
        print("nothing has changed")
        return 0
    code = [name for name in changed if name.endswith(".py")]
    print(f"changed: {', '.join(changed)}", flush=True)
    typed = to_type(code)
    types = _begin("pyright", typed)  # on the second core, while the tests run on the first
    failed = [f"ruff {words[0]}" for words in (("check",), ("format", "--check")) if code and not _ruff(words, code)]
    tests = nearest_tests(changed)
    left = 0
    if tests:
        fine, left = run_tests(tests, started, first=offered(changed))
        failed += [] if fine else ["pytest"]
    if types and not _end(types, started, len(typed)):
        failed.append("pyright")
    well = f"all well as far as it got: {left} tests were not begun" if left else "all well"
    print(f"{time.monotonic() - started:.0f} s: {', '.join(failed) + ' failed' if failed else well}")
    return len(failed)


def changed_files() -> list[str]:
    """The files that differ from the merge base with ``main``, and new ones; without those that are gone."""
    known = [name for name in ("main", "origin/main") if _git("rev-parse", "--verify", "--quiet", name)]
    base = _git("merge-base", "HEAD", known[0])[0] if known else "HEAD"
    names = {*_git("diff", "--name-only", base), *_git("ls-files", "--others", "--exclude-standard")}
    return sorted(name for name in names if (imports.ROOT / name).is_file())


def to_type(code: Iterable[str]) -> list[str]:
    """The changed files of the product and those that import them."""
    files = {imports.module_of(path): path for path in imports.sources(*imports.PRODUCT)}
    imported = imports.graph(files.values())
    changed = {module for module, path in files.items() if imports.name_of(path) in set(code)}
    wanted = changed | {module for module, others in imported.items() if others & changed}
    return sorted(imports.name_of(files[module]) for module in wanted)


def nearest_tests(changed: Sequence[str]) -> list[str]:
    """The test files that have to do with these files, the nearest first."""
    files = {imports.module_of(path): imports.name_of(path) for path in imports.sources(*imports.EVERYTHING)}
    imported = imports.graph(imports.sources(*imports.EVERYTHING))
    tests = {name: module for module, name in files.items() if Path(name).name.startswith("test_")}
    distance = dict.fromkeys((name for name in changed if name in tests), 0.0)
    distance |= {name: 0.1 for name in map(_mirrored, changed) if name in tests and name not in distance}
    if any(name.endswith(".py") for name in changed):
        distance |= {name: 0.2 for name in HOUSE if name in tests and name not in distance}
    if any(name.endswith(".md") for name in changed):
        distance.setdefault("tests/test_docs.py", 1.75)  # after what is quick: it runs snippets of all pages
    named = {module for module, name in files.items() if name in set(changed)}
    reached, steps = set(named), 0
    while named:
        steps += 1
        named = {module for module, others in imported.items() if others & named} - reached
        reached |= named
        for module in sorted(named):
            if files[module] in tests:
                distance.setdefault(files[module], float(steps))
    for kind in offered(changed).values():
        distance.setdefault(GENERIC[kind], 1.5)
    for name in _mentioning(changed, tests):  # names in configuration files and strings are no imports
        distance[name] = min(distance.get(name, 1.5), 1.5)
    return sorted(distance, key=lambda name: (distance[name], name))


def offered(changed: Iterable[str]) -> dict[str, str]:
    """Name -> kind: students and policies whose YAML file or class's file is among these files, and beliefs.

    A belief has no YAML file: the name of its file is its kind.
    """
    words = {name: (imports.ROOT / name).read_text("utf-8") for name in changed if name.endswith(".py")}
    classes = {found for text in words.values() for found in re.findall(r"^class (\w+)", text, re.MULTILINE)}
    names = {Path(name).stem: "belief" for name, text in words.items() if _holds_belief(name, text)}
    for kind in ("student", "policy"):
        for path in sorted((imports.ROOT / "configs" / kind).glob("*.yaml")):
            target = re.search(r"^_target_: \S+\.(\w+)", path.read_text("utf-8"), re.MULTILINE)
            if imports.name_of(path) in set(changed) or (target and target[1] in classes):
                names[path.stem] = kind
    return names


def _holds_belief(name: str, text: str) -> bool:
    told = re.search(r"^    kind = \"(\w+)\"$", text, re.MULTILINE)
    return name.startswith("envs/beliefs/") and told is not None and told[1] == Path(name).stem


def _mirrored(name: str) -> str:
    path = Path(name)
    return (Path("tests") / path.parent / f"test_{path.stem}.py").as_posix()


def _mentioning(changed: Sequence[str], tests: Iterable[str]) -> list[str]:
    """The tests that name a changed file of configs/ or a public name that a changed file offers."""
    words: set[str] = set()
    for name in changed:
        path = imports.ROOT / name
        if name.startswith("configs/"):
            words.add(f"[\"']{re.escape(path.name.split('.')[0])}[\"']")
        elif name.startswith(imports.LAYERS) and path.suffix == ".py":
            layer = name.partition("/")[0]
            offered = public_names(f"zpdgym.{layer}", str(imports.ROOT / layer))
            words.update(rf"\b{word}\b" for word, module in offered.items() if module == imports.module_of(path))
    if not words:
        return []
    pattern = re.compile("|".join(sorted(words)))
    return [name for name in tests if pattern.search((imports.ROOT / name).read_text(encoding="utf-8"))]


@dataclass(eq=False)
class _InTime:
    """Lets pytest begin no test after some time, and says how many there were."""

    last_start: float
    first: Mapping[str, str]
    collected: int = 0
    begun: list[str] = field(default_factory=list)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        wanted = tuple((GENERIC[kind], f"[{name}]") for name, kind in self.first.items())
        items.sort(key=lambda i: not any(i.nodeid.startswith(file) and i.name.endswith(name) for file, name in wanted))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.collected = len(session.items)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.begun.append(nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self) -> None:
        if time.monotonic() > self.last_start and len(self.begun) < self.collected:
            pytest.exit("there is no time for more tests", returncode=0)


def run_tests(tests: Sequence[str], started: float, *, first: Mapping[str, str]) -> tuple[bool, int]:
    """Run the tests for ``first`` of their kind, then these files in order while there is time.

    Returns:
        whether none failed, and how many were not begun.
    """
    watch = _InTime(started + LAST_START, first)

    def stop(*_: object) -> None:
        pytest.exit(f"time is over in the middle of {watch.begun[-1] if watch.begun else 'reading the tests'}", 0)

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, max(1.0, started + HARD_STOP - time.monotonic()))
    failures = _Failures()
    quick = ["-q", "-m", "not slow", "-p", "no:xdist", "--no-header"]
    code = pytest.main([*quick, *tests], plugins=[watch, failures])
    signal.setitimer(signal.ITIMER_REAL, 0)
    reached = sorted({nodeid.partition("::")[0] for nodeid in watch.begun}, key=tests.index)
    print(f"\n{len(watch.begun)} of {watch.collected} tests in {len(reached)} of {len(tests)} files", end="")
    left = tests[max(0, len(reached) - 1) :] if len(watch.begun) < watch.collected else []
    print(f"; there was no time for the rest, from {left[0]} on: make test" if left else "")
    fine = code in (0, pytest.ExitCode.NO_TESTS_COLLECTED) and not failures.names
    return fine, watch.collected - len(watch.begun)


@dataclass(eq=False)
class _Failures:
    """What failed, because a session that ends early does not tell by its exit code."""

    names: list[str] = field(default_factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.names.append(report.nodeid)


def _ruff(words: Sequence[str], files: Sequence[str]) -> bool:
    return subprocess.run([BIN / "ruff", *words, "--quiet", *files], cwd=imports.ROOT, check=False).returncode == 0


def _begin(program: str, files: Sequence[str]) -> subprocess.Popen[str] | None:
    if not files:
        return None
    return subprocess.Popen([BIN / program, *files], cwd=imports.ROOT, stdout=subprocess.PIPE, text=True)


def _end(types: subprocess.Popen[str], started: float, n_files: int) -> bool:
    """Wait for pyright and show what it says; whether the types are right, as far as there was time to look."""
    try:
        said, _ = types.communicate(timeout=max(1.0, started + HARD_STOP - time.monotonic()))
    except subprocess.TimeoutExpired:
        types.kill()
        print(f"pyright: there was no time to look at {n_files} files: make lint")
        return True
    print(f"pyright, {n_files} files: {said.strip()}")
    return types.returncode == 0


def _git(*words: str) -> list[str]:
    run = subprocess.run(["git", *words], cwd=imports.ROOT, capture_output=True, text=True, check=False)
    return run.stdout.split("\n")[:-1] if run.returncode == 0 else []


if __name__ == "__main__":
    sys.exit(main())
