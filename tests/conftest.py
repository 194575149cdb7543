"""What holds for all tests: how hypothesis looks for examples, and the smallest scenario."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

# One thread of arithmetic a worker, and before torch is imported: workers that share the cores would wait for each
# other at every small product, which takes six times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings
from zpdgym.envs.scenario import Scenario

# The first example of a kernel compiles it, which no deadline could allow for.
settings.register_profile("zpdgym", deadline=None)
settings.load_profile("zpdgym")


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the garbage collector need not go through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], Path]]:
    """Writes a module of the user's own, by name and text, into the current folder, which Python does not search."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    written: list[str] = []

    def write(name: str, text: str) -> Path:
        if name not in written:  # else the other module would be found, in some orders of the tests only
            assert find_spec(name) is None, f"there is a module '{name}' already"
        (tmp_path / f"{name}.py").write_text(text)
        written.append(name)
        return tmp_path

    yield write
    for name in written:
        sys.modules.pop(name, None)


@pytest.fixture(scope="session")
def tiny() -> Scenario:
    """Tiny-v0: a few skills, six lessons."""
    return Scenario.load("tiny")
