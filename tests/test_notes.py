"""What takes long is told on stderr: line by line, or in place on a terminal."""

from __future__ import annotations

import io
import sys

import pytest
from zpdgym import notes
from zpdgym.notes import under_way


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(monkeypatch, stream: io.StringIO) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    with under_way("fitting \x1b[31mred") as tell:
        tell("10%")
        tell("50%")
    return stream.getvalue()


def test_elsewhere_than_on_a_terminal_it_is_lines_with_time_between_them(monkeypatch):
    assert told(monkeypatch, io.StringIO()) == "fitting \\x1b[31mred\n"
    monkeypatch.setattr(notes, "EVERY", 0.0)
    lines = told(monkeypatch, io.StringIO()).splitlines()
    assert lines == [r"fitting \x1b[31mred", r"fitting \x1b[31mred: 10%", r"fitting \x1b[31mred: 50%"]


def test_on_a_terminal_it_changes_in_place_and_ends_with_a_new_line(monkeypatch):
    monkeypatch.setattr(notes, "OFTEN", 0.0)
    text = told(monkeypatch, Terminal())
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert text.count("\r") == 2


def test_the_line_ends_where_the_work_fails(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with pytest.raises(ZeroDivisionError), under_way("dividing"):
        _ = 1 / 0
    assert stream.getvalue() == "dividing\n"
