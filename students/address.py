"""Kernels that call kernels by address: the caller is compiled once, whichever kernels it is to call.

What calls a kernel by name is compiled with it, again for every choice of kernels, and every such choice takes as long
as the kernels themselves. A call by address inlines nothing, so it is for what is called once for a whole cohort.
Arrays are handed over by address, too, where they stay the same from call to call: each argument of a compiled
function costs 50 ns and more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numba
import numba.extending
import numpy as np
import numpy.typing as npt
from numba.core import cgutils, types
from numba.core.dispatcher import Dispatcher

from .jit import config

Ints = npt.NDArray[np.int64]
intrinsic = vars(numba.extending)["intrinsic"]  # what it makes of functions has no types


def compiled() -> bool:
    """Whether kernels are compiled, so that they have addresses."""
    return not config.DISABLE_JIT


def address_of(kernel: Callable[..., object], arguments: Sequence[object]) -> int:
    """Where the machine code of a kernel for arguments like these begins; it is compiled, or loaded, if need be."""
    kinds = tuple(numba.typeof(argument) for argument in arguments)
    dispatcher = cast(Dispatcher, kernel)
    dispatcher.compile(kinds)
    found = dispatcher.overloads[kinds]
    return found.library.get_pointer_to_function(found.fndesc.llvm_func_name)


def fit_for_address(kernels: Sequence[object], floats: Sequence[object], wholes: Sequence[object]) -> bool:
    """Whether these kernels can be called by address and these arrays handed over by theirs.

    Nobody checks either in a call: a kernel must be one that is compiled for what it is given, an array flat, in one
    piece and of the numbers that the caller takes it for.

    Args:
        kernels: None where there is none.
        floats: arrays that are taken for real numbers.
        wholes: arrays that are taken for whole numbers.
    """
    return all(kernel is None or _compiles(kernel) for kernel in kernels) and all(
        isinstance(array, np.ndarray)
        and (array.dtype, array.ndim) == (dtype, 1)
        and array.flags.c_contiguous
        and array.flags.aligned
        for dtype, arrays in ((np.dtype(np.float64), floats), (np.dtype(np.int64), wholes))
        for array in arrays
    )


def _compiles(kernel: object) -> bool:
    """Whether a kernel is compiled for whatever it is given: one with signatures of its own is for those alone."""
    return isinstance(kernel, Dispatcher) and bool(getattr(kernel, "_can_compile", True))


def table_of(addresses: Sequence[int], arrays: Sequence[npt.NDArray[np.generic]]) -> Ints:
    """Addresses of kernels, then address and length of each array (of its rows, where it is a matrix).

    Whoever keeps the table must keep the arrays.

    Raises:
        ValueError: an array is not contiguous.
    """
    numbers = list(addresses)
    for array in arrays:
        if not array.flags.c_contiguous:
            raise ValueError("only contiguous arrays can be handed over by address")
        numbers += [array.ctypes.data, array.shape[-1]]
    return np.array(numbers, np.int64)


def _call(returns: types.Type):
    def call(typing, address, arguments):
        kinds = tuple(arguments)

        def generate(context, builder, signature, values):
            shape = context.call_conv.get_function_type(returns, kinds)
            where = builder.inttoptr(values[0], shape.as_pointer())
            given = [builder.extract_value(values[1], place) for place in range(len(kinds))]
            status, result = context.call_conv.call_function(builder, where, returns, kinds, given)
            with cgutils.if_unlikely(builder, status.is_error):
                context.call_conv.return_status_propagate(builder, status)
            return context.get_dummy_value() if returns == types.none else result

        return returns(types.int64, arguments), generate

    return intrinsic(call)


call, ask = _call(types.none), _call(types.int64)
"""Call the kernel at an address with a tuple of arguments: one that gives back nothing, and one a whole number."""


def _pointer(typing, address):
    def generate(context, builder, signature, values):
        return builder.inttoptr(values[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), generate


pointer = intrinsic(_pointer)
"""An address as ``array_at`` takes it."""
array_at = vars(numba)["carray"]
"""The array that begins at a pointer: of this shape and dtype, and as long as somebody keeps it."""
