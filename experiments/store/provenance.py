"""What made the numbers of a run: the state of our source, and the versions of what it stands on."""

from __future__ import annotations

import functools
import importlib.metadata
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

from .fingerprint import ROOT


@functools.cache
def provenance() -> dict[str, object]:
    """What made the numbers: the git commit of our source (None without git), versions, and the kind of machine."""
    versions = {"python": platform.python_version()}
    for package in ("zpdgym", "numpy", "numba", "scipy", "gymnasium", "torch", "stable_baselines3", "sb3_contrib"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "git": git_state(),
        "versions": versions,
        "machine": platform.machine(),
        "processor": processor(),
        "system": platform.system(),
    }


def processor() -> str:
    """The model of the processor, by which a last digit may differ; "" where the system does not say."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # no Linux
        return platform.processor()
    told = (line.partition(":") for line in lines)
    return next((model.strip() for key, _, model in told if key.strip() == "model name"), platform.processor())


def git_state() -> dict[str, Any] | None:
    """The commit of our source and whether it was changed since; None where git does not know."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        return None
    git = ["git", "-C", str(ROOT)]
    commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    if commit.returncode != 0:
        return None
    status = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=False)
    return {"commit": commit.stdout.strip(), "changed": bool(status.stdout.strip())}
