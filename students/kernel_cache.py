"""Compiled kernels are kept between runs: each in a file named by all that it was compiled from, wherever that lies.

numba's own cache knows a kernel by the path of its file. It notices an edit of that file but not of the files whose
kernels it inlines, it numbers the files of a kernel, so that two processes may write into one, and where its folder
cannot be written it falls back to ``__pycache__`` beside the source, past every check of ours.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import os
import pickle
import platform
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import cast

import llvmlite
import llvmlite.binding as llvm
import numba
import numpy as np
from numba.core import config as numba_config
from numba.core.caching import NullCache
from numba.core.codegen import CPUCodegen
from numba.core.compiler import CompileResult
from numba.core.cpu import CPUContext
from numba.core.dispatcher import Dispatcher
from numba.core.serialize import dumps
from zpdgym.notes import say_from_anywhere

from .kernel_files import content_of, kernels_folder, read_sealed, write_sealed

_SAY_EVERY = 5.0  # seconds
_SETTINGS = (
    "OPT", "BOUNDSCHECK", "LOOP_VECTORIZE", "SLP_VECTORIZE", "USING_SVML", "DEBUGINFO_DEFAULT", "ENABLE_PROFILING",
    "EXTEND_VARIABLE_LIFETIMES", "LLVM_REFPRUNE_PASS", "LLVM_REFPRUNE_FLAGS",
)  # fmt: skip
"""What can be set of numba (``NUMBA_OPT=0``, …) and changes the machine code."""
_BY_ADDRESS = " at 0x"
"""So does Python name what has no name of its own: another process would mean something else by it."""


def compiler() -> tuple[str, ...]:
    """What compiles: the versions of all that has a part in it, and how numba is set."""
    settings = (f"{name}={getattr(numba_config, name, None)}" for name in _SETTINGS)
    versions = (numba.__version__, llvmlite.__version__, str(llvm.llvm_version_info), np.__version__)
    return (sys.implementation.cache_tag or "", platform.python_version(), *versions, *settings)


found, compiled = set[Path](), set[Path]()
"""The files of the kernels that this process found, and of those that it compiled."""


class _Compiling:
    """What is said while kernels are compiled: at the first of them, then from time to time."""

    def __init__(self) -> None:
        self.kernels, self.begun = 0, 0
        self.since, self.said = 0.0, 0.0

    def one_more(self) -> None:
        self.begun += 1
        now = time.monotonic()
        if self.begun == 1:
            self.since = self.said = now
            some = f"at most {self.kernels}"
            say_from_anywhere(f"compiling kernels, {some}; once for this version of zpdgym, then they are kept")
        elif now - self.said >= _SAY_EVERY:
            self.said = now
            some = f"{self.begun} of at most {max(self.begun, self.kernels)}"
            say_from_anywhere(f"compiling kernels: {some}, {now - self.since:.0f} s so far")


_compiling = _Compiling()


class Name:
    """By what a kernel is known, in every process and at every path.

    Its content is that of the moment at which it was defined: who edits a file while a program runs changes what the
    next one finds, not what this one means by it.

    Args:
        function: the kernel.
        files: the source files that it, and the families whose helpers it calls, stand in.
    """

    def __init__(self, function: FunctionType, files: Iterable[str]) -> None:
        reads = set(files)
        self._made_with = "; ".join(_made_with(function, reads))
        self._whole, self._short = _called(function), f"{function.__name__}-{function.__code__.co_firstlineno}"
        lasts = _BY_ADDRESS not in self._made_with and all(map(os.path.isfile, reads))
        self._content = content_of(frozenset(reads)) if lasts and kernels_folder() else ""

    @property
    def mark(self) -> str:
        """Tells apart what one line makes several times: the lesson of each family of students."""
        return hashlib.sha256(self._made_with.encode()).hexdigest()[:8] if self._made_with else ""

    def place(self, signature: object, codegen: CPUCodegen) -> tuple[Path, bytes] | None:
        """The file in which it is kept as compiled for these arguments by this machine, and its key; None: nowhere.

        The folder is the content that it was compiled from. What compiles, and for which processor, is in the key.
        """
        folder, told = kernels_folder(), str(signature)
        if folder is None or not self._content or _BY_ADDRESS in told:
            return None
        whole = (self._content, self._whole, self._made_with, told, codegen.magic_tuple(), compiler())
        key = hashlib.sha256(repr(whole).encode()).hexdigest()
        return folder / self._content[:16] / f"{self._short}.{key[:16]}.kernel", key.encode()


def _called(function: FunctionType) -> str:
    return f"{function.__module__}.{function.__qualname__}, line {function.__code__.co_firstlineno}"


def _made_with(function: FunctionType, files: set[str], within: tuple[FunctionType, ...] = ()) -> list[str]:
    """The values that a function was made with, as any process would say them; the files they stand in are added."""
    told = list[str]()
    for cell in function.__closure__ or ():
        try:
            told.append(_told(cell.cell_contents, files, (*within, function)))
        except ValueError:  # it will be defined later
            told.append(_BY_ADDRESS)
    return told


def _told(value: object, files: set[str], within: tuple[FunctionType, ...]) -> str:
    if isinstance(value, ModuleType):
        return value.__name__
    if isinstance(value, Dispatcher):
        function = cast("FunctionType", value.py_func)
        files.add(inspect.getsourcefile(function) or "")
        # what calls itself is made with itself
        return f"{_called(function)} {[] if function in within else _made_with(function, files, within)}"
    if isinstance(value, tuple):
        return f"({', '.join(_told(one, files, within) for one in cast('tuple[object, ...]', value))})"
    if isinstance(value, np.ndarray | np.generic):
        return f"{value.dtype}{value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}"
    return repr(value) if isinstance(value, bool | int | float | str | None) else _BY_ADDRESS


class KernelCache(NullCache):
    """The disk cache of one kernel: what was cut or changed is compiled again, what cannot be kept is not.

    Args:
        name: by what it is known.
    """

    def __init__(self, name: Name) -> None:
        _compiling.kernels += 1
        self._name = name

    @property
    def cache_path(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride] (numba says None)
        """Where kernels are kept."""
        return str(kernels_folder() or "")

    def load_overload(self, sig: object, target_context: CPUContext) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The kernel as it was kept; None: it is compiled now, which takes a second or more, and is said."""
        target_context.refresh()
        place = self._name.place(sig, target_context.codegen())
        if place is not None:
            path, key = place
            content = read_sealed(path)
            if content is not None and content.startswith(key):
                found.add(path)
                return CompileResult._rebuild(target_context, *pickle.loads(content[len(key) :]))
        _compiling.one_more()
        return None

    def save_overload(self, sig: object, cres: CompileResult) -> None:
        """Keep a kernel. A full disk costs the time to compile it again, not the run."""
        place = self._name.place(sig, cres.codegen)
        # what holds an address of this process, or loops that it compiles for themselves, cannot be kept
        if place is None or cres.library.has_dynamic_globals or any(not one.can_cache for one in cres.lifted):
            return
        path, key = place
        compiled.add(path)
        with contextlib.suppress(OSError):
            write_sealed(path, key + dumps(cres._reduce()))
