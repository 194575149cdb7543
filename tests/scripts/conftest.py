"""The command line works in the folder that it is called in: every test of it has an empty one."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture(autouse=True)
def an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))  # restored afterwards: the command line adds the working directory
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", None)):
            del sys.modules[name]  # a user's own module of this test


@pytest.fixture(autouse=True)
def nothing_said_of_compiling(monkeypatch):
    """What is compiled in a test depends on who ran before; tests/students/test_kernel_cache.py hears it."""
    monkeypatch.setattr("zpdgym.students.kernel_cache.say_from_anywhere", lambda line: None)
