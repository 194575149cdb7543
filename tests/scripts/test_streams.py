"""What is printed arrives, or nearly so, and what was computed is kept, whatever the streams can show."""

import io
import os
import subprocess
import sys

import pytest
from zpdgym.errors import one_line
from zpdgym.scripts.cli import main
from zpdgym.scripts.command import guard
from zpdgym.streams import Output, near

ENCODINGS = ("ascii", "cp1252", "cp437", "latin-1", "koi8-r", "shift_jis", "utf-8", "utf-16")
SIGNS = "Größe — 0.5 ± 0.1, ≈ † ‡ … ° “so” ✓ │─┐ ⠋ 漢 \udce9"
SCRIPT = """
from zpdgym import compare
found = compare({"name": "ng", "scenarios": ["tiny"], "policies": ["streak", "random"], "seeds": 1, "n_students": 20,
                 "n_validation": 20, "tune_budget": 1, "unexpected": False, "tracking": "none"}, jobs=1)
"""


class Full(io.StringIO):
    """A stream to a disk without room."""

    encoding = "utf-8"

    def write(self, text):
        return len(text)

    def flush(self):
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_signs_that_a_stream_does_not_know_become_near_ones(encoding):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="strict", write_through=True)
    Output(lambda: stream).writelines([SIGNS, "\n"])
    shown = raw.getvalue().decode(encoding)
    assert shown.endswith("\n")
    assert "0.5" in shown
    if encoding == "ascii":
        assert shown.startswith("Grosse - 0.5 +- 0.1, ~ + ++ ... ^ ")
    if encoding == "utf-8":
        assert shown.startswith(SIGNS[:-1])


def test_near_signs_say_the_same():
    assert near("Größe — 0.5 ± 0.1 ≈ … ✓") == "Grosse - 0.5 +- 0.1 ~ ... x"
    assert near("é ½ ﬁ │ 漢") == "e 12 fi - ?"


def test_names_do_not_move_the_cursor():
    assert one_line("red \x1b[31m\r\n\x07end") == r"red \x1b[31m  \x07end"


def test_a_message_has_no_control_signs(capsys):
    assert main(["evaluate", "scenario=ti\x1b[2Jny", "policy=random"]) == 2
    assert capsys.readouterr().err.strip().isprintable()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_command_ends_well_on_a_stream_of_an_old_kind(encoding, monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, errors="strict"))
    assert main(["evaluate", "scenario=tiny", "policy=random", "n_students=10"]) == 0
    assert main(["list", "policies"]) == 0
    assert b"primary outcome" in raw.getvalue()


def test_closed_streams_end_no_work(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["evaluate", "scenario=tiny", "policy=random", "n_students=10", "save=rows.csv"]) == 0
    assert (tmp_path / "rows.csv").is_file()
    assert main(["nothing"]) == 2


@pytest.mark.parametrize(("verb", "code"), [("list", 1), ("compare", 0)])
def test_a_full_disk_under_standard_output_is_told_and_fails_only_what_prints(verb, code, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", Full())
    assert guard.guarded(verb, lambda: print("the results")) == code
    told = capsys.readouterr().err
    assert told == f"zpdgym {verb}: what was to be printed could not be written: No space left on device\n"


def test_a_reader_who_goes_away_is_no_fault():
    command = [sys.executable, "-c", "from zpdgym.scripts.cli import main; raise SystemExit(main(['list']))"]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=120)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii:strict", "cp1252:strict"])
def test_a_script_compares_on_a_stream_of_an_old_kind(tmp_path, encoding):
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    command = [sys.executable, "-"]
    done = subprocess.run(
        command, input=SCRIPT.encode(), env=environment, cwd=tmp_path, capture_output=True, timeout=300
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"0." in done.stdout
    assert (tmp_path / "results" / "ng" / "report.html").is_file()
