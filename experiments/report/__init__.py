"""The educator's report: one self-contained HTML page made from the files of an experiment."""

from __future__ import annotations

from zpdgym.lazy import lazy

__getattr__, __dir__ = lazy(__name__, __path__)
