"""A virtual environment for each client: what it asks for, zpdgym from this checkout, and torch first."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.clients.clients import Client

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 1800
"""Seconds that an installation or a training may take."""


class Failed(Exception):
    """A client could not be installed or run; the text is for the table."""


def environment(client: Client, folder: Path) -> Path:
    """The Python of the client's environment in ``folder``, made unless it is there.

    Raises:
        Failed: pip found no versions that fit together, or something else went wrong.
    """
    torch = re.search(r"^torch==\S+$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert torch is not None
    # torch goes first and keeps its pin: which build is taken is decided before another package asks for any torch
    return installed([[torch[0]], [torch[0], *client.packages, "--editable", str(ROOT)]], folder)


def installed(steps: list[list[str]], folder: Path) -> Path:
    """The Python of a virtual environment in ``folder`` for which pip was given these arguments, one list a call.

    It is made unless it is there.

    Raises:
        Failed: pip found no versions that fit together, or something else went wrong.
    """
    home, python = folder / "venv", folder / "venv" / "bin" / "python"
    stamp, wanted = folder / "installed", repr((sys.version, steps))
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    shutil.rmtree(home, ignore_errors=True)
    log = folder / "install.log"
    log.unlink(missing_ok=True)
    run([sys.executable, "-m", "venv", str(home)], folder, log)
    for step in steps:
        run([str(python), "-m", "pip", "--disable-pip-version-check", "install", *step], folder, log)
    stamp.write_text(wanted, encoding="utf-8")
    return python


def clashes(python: Path) -> list[str]:
    """What pip says of packages whose pins are not kept."""
    told = subprocess.run([str(python), "-m", "pip", "check"], capture_output=True, text=True, check=False).stdout
    return [line for line in told.splitlines() if "No broken requirements" not in line]


def run(command: list[str], folder: Path, log: Path, *, at_home: Path | None = None) -> str:
    """What a command prints; everything that it says goes to the end of ``log``.

    Args:
        command: the command and its arguments.
        folder: where it is started.
        log: what it says is added to this file.
        at_home: what it takes for the user's home, so that data sets, tokens and results are left there; it is made.

    Raises:
        Failed: it ended with an error, or took too long; with the last line that it said.
    """
    own = {"OMP_NUM_THREADS": "1"}
    if at_home is not None:
        kept = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))  # where compiled kernels lie
        at_home.mkdir(exist_ok=True)
        own |= {"HOME": str(at_home), "XDG_CACHE_HOME": kept}
    with log.open("a+", encoding="utf-8") as file:
        begun = file.tell()
        try:
            ended = subprocess.run(
                command, cwd=folder, stdout=file, stderr=subprocess.STDOUT, timeout=LONGEST, check=False,
                env={**os.environ, **own},
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise Failed(f"took longer than {LONGEST} s; see {os.path.relpath(log, ROOT)}") from error
        file.seek(begun)
        said = file.read()
    if ended.returncode:
        last = said.strip().splitlines()[-1:] or ["nothing was said"]
        raise Failed(f"{last[0]} (exit code {ended.returncode}, see {os.path.relpath(log, ROOT)})")
    return said
