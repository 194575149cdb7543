"""Compiling kernels with numba, with a disk cache that notices every change of our source."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numba.core import config as numba_config

F = TypeVar("F", bound=Callable[..., Any])
config: Any = numba_config  # its attributes are set when it is loaded: no type checker can know them
KERNEL_PACKAGES = ("students", "envs", "agents", "experiments")


@functools.cache
def cache_directory() -> str:
    """Where compiled kernels are kept: one folder per state of the source.

    numba notices an edit of the file that a kernel stands in, not of the files whose kernels it inlines, so the
    folder's name is a hash of all our sources. ``NUMBA_CACHE_DIR``, when set, is used instead.
    """
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for package in KERNEL_PACKAGES:
        for path in sorted((root / package).glob("*.py")):
            digest.update(path.read_bytes())
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return str(Path(base) / "zpdgym" / "kernels" / digest.hexdigest()[:16])


def kernel(function: F) -> F:
    """Compile a batch kernel: one thread, no fast-math, cached on disk.

    Fast-math is off because results must be bit-equal for every cohort size and split.
    """
    if config.DISABLE_JIT:
        return _plain(function)
    compiled: Any = numba.njit(cache=True, error_model="numpy")
    if os.environ.get("NUMBA_CACHE_DIR"):
        return compiled(function)
    previous = config.CACHE_DIR
    config.CACHE_DIR = cache_directory()
    try:
        return compiled(function)
    finally:
        config.CACHE_DIR = previous


def inline(function: F) -> F:
    """Compile a small helper that kernels call; it is inlined into them by LLVM."""
    if config.DISABLE_JIT:
        return _plain(function)
    compiled: Any = numba.njit(error_model="numpy")
    return compiled(function)


def _plain(function: F) -> F:
    """The function as Python: machine arithmetic wraps around without a warning, as it does when compiled."""
    return np.errstate(all="ignore")(function)
