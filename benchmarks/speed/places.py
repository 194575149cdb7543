"""Checkouts as they would be installed, and programs that run in them."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("agents", "configs", "envs", "experiments", "scripts", "students")


def installed(checkout: Path, place: Path) -> Path:
    """Copy what would be installed; the folder to import it from."""
    shutil.copytree(checkout / "zpdgym", place / "zpdgym", ignore=shutil.ignore_patterns("__pycache__"))
    for name in FOLDERS:
        shutil.copytree(checkout / name, place / "zpdgym" / name, ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(place, quiet=1)  # writing the byte code of Python is not what is measured
    return place


def run(place: Path, cache: Path, program: Sequence[str], beside: Path | None = None) -> str:
    """The last line that a Python program prints in one process and one thread.

    Args:
        place: of ``installed``.
        cache: the folder with its kernels.
        program: what stands behind ``python``.
        beside: another folder to import from.
    """
    path = os.pathsep.join(str(folder) for folder in (place, beside) if folder)
    own = {"PYTHONPATH": path, "XDG_CACHE_HOME": str(cache), "OMP_NUM_THREADS": "1"}
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("NUMBA_", "ZPDGYM_"))}
    done = subprocess.run(
        [sys.executable, *program], env=kept | own, cwd=place, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.splitlines()[-1]
