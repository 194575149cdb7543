"""How a question travels to a Dask worker of which nobody knows yet whether zpdgym is there.

Whatever a scheduler or a worker cannot unpickle breaks its connection: Dask then removes the worker, and the question
is never answered. So nothing of ours travels as an object. What goes is Python's own ``eval``, the source of a function
below, which is compiled over there by whatever Python that is, and bytes.
"""

from __future__ import annotations

import inspect

ASK = "exec(source, globals()) or answer(question)"
"""What ``eval`` is given, with ``source`` and ``question`` as its names."""


def answer(question: bytes) -> tuple[str, object]:
    """Have zpdgym answer over there; where it cannot be imported, say so in words of Python's own."""
    from importlib import import_module

    try:
        errand = import_module("zpdgym.experiments.cluster.errand")
    except Exception as error:
        if isinstance(error, ImportError) and error.name == "zpdgym":
            return "absent", "zpdgym is not installed there"
        return "absent", f"zpdgym does not start there ({type(error).__name__}: {error})"
    return errand.answered(question)


SOURCE = inspect.getsource(answer)
