"""Runs made on other machines: which cluster, how alike its workers are, what goes there and what comes back.

A Dask worker starts a process of its own for every command (``hand``), so that a run has what it has here: the main
thread, the working directory, the modules as they are now. Whoever hands runs out is ``dask_engine``.
"""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
