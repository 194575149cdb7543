"""Compiling kernels with numba, with a disk cache that notices every change of our source."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
from numba.core import config as numba_config
from numba.core.registry import CPUDispatcher

from .kernel_cache import KernelCache, Name

F = TypeVar("F", bound=Callable[..., Any])
Whole: TypeAlias = int | np.int64
"""A whole number in a kernel: a literal, or an element of an array."""
Truth: TypeAlias = bool | np.bool_
"""A yes or no in a kernel; a real number is a ``float``, which elements of arrays are too."""
_OPTIONS = {"nopython": True, "error_model": "numpy", "no_cfunc_wrapper": True}
config: Any = numba_config  # its attributes are set when it is loaded: no type checker can know them


def kernel(function: F) -> F:
    """Compile a batch kernel: one thread, no fast-math, cached on disk.

    Fast-math is off because results must be bit-equal for every cohort size and split.
    """
    return _cached(function)


def kernel_of(family: ModuleType) -> Callable[[F], F]:
    """Compile a kernel that calls helpers of this module: it is kept with what that module's file imports.

    The function has the module as a free variable, by whose name the kernels of several families are told apart.
    """
    return lambda function: _cached(function, str(family.__file__))


def _cached(function: F, *files: str) -> F:
    if config.DISABLE_JIT:
        return _plain(function)
    made = cast("FunctionType", function)
    name = Name(made, (inspect.getsourcefile(made) or "", *files))
    if name.mark:
        # of two machine codes with one symbol the linker may take either, and numba numbers them in each process anew
        made.__qualname__ += f"-{name.mark}"
    compiled: Any = CPUDispatcher(function, targetoptions=dict(_OPTIONS))
    compiled._cache = KernelCache(name)
    return compiled


def inline(function: F) -> F:
    """Compile a small helper that kernels call; it becomes a part of them.

    It may take arrays, but makes none: without ``_nrt`` it counts no references to them, which would be two atomic
    operations for each array and call, and without ``forceinline`` LLVM calls helpers with many arguments instead:
    a probability that takes 2 ns took 10 (numba 0.68.1).
    """
    return _helper(function, forceinline=True, _nrt=False)


def splice(function: F) -> F:
    """The same for a helper with a loop that is to take eight numbers at a time: a part of kernels before any is fast.

    What ``inline`` makes is optimised on its own before it becomes a part of a kernel. There nobody knows that the
    arrays share no memory, and finding that out at every call costs a third of a short loop.
    """
    return _helper(function, inline="always")


class _Helper(CPUDispatcher):
    """A helper is compiled without the way in from Python, which takes a quarter of the time and no kernel uses.

    Who calls one from Python gets it compiled once more, with a way in.
    """

    def add_overload(self, cres: Any) -> None:
        """What kernels call; nothing that Python could."""
        self.overloads[tuple(cres.signature.args)] = cres

    def _compile_for_args(self, *_: object, **__: object) -> object:
        return self._with_a_way_in

    @functools.cached_property
    def _with_a_way_in(self) -> object:
        return CPUDispatcher(self.py_func, targetoptions=self.targetoptions | {"no_cpython_wrapper": False})


def _helper(function: F, **options: Any) -> F:
    if config.DISABLE_JIT:
        return _plain(function)
    compiled: Any = _Helper(function, targetoptions=_OPTIONS | {"no_cpython_wrapper": True} | options)
    return compiled


def _plain(function: F) -> F:
    """The function as Python: machine arithmetic wraps around without a warning, as it does when compiled."""
    return np.errstate(all="ignore")(function)
